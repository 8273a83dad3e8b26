"""Inference of the mechanisms of a measured trace, from cards and traces to files in a folder."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xarray as xr

from afterpulse import datasets, inference
from afterpulse.calibration import rules as calibration_rules
from afterpulse.cards import resolved
from afterpulse.cards.sections import content, declaration, digest
from afterpulse.datasets.cards import write_card
from afterpulse.film import rules as film_rules
from afterpulse.inference import rules
from afterpulse.inference.pool import simulate_banks
from afterpulse.inference.prior import PRIOR
from afterpulse.inference.question import Question
from afterpulse.inference.self_test import self_test
from afterpulse.llg.threads import limited_threads
from afterpulse.timeline.plan import TRAJECTORY
from afterpulse.workflow.progress import Report, logger, progress, shown

DATASET, TABLE, SELF_TEST = "mechanisms.nc", "mechanisms.csv", "self_test.csv"
WORK = "mechanisms"
"""Subfolder of the results for inputs and simulations of the inference."""


def infer_support(question: Question, folder: Path, cores: int) -> xr.Dataset:
    """Infer the mechanisms of a measured trace; continue an earlier call that was killed.

    Each simulation in the subfolder `WORK` has a digest of its inputs (`afterpulse.cards.sections`)
    in its name. An undamaged file is used, and all others are computed. Progress goes to the
    terminal and to ``fit.log``. The folder receives `DATASET`, `TABLE` and `SELF_TEST`; the dataset
    is returned, see `afterpulse.inference.infer`. Results do not depend on the number of processes,
    `cores`.
    """
    device, experiment, traces, words = question
    work = folder / WORK
    cards = device, experiment
    write_card(device, work / "devices" / f"{device.name}.yaml")
    write_card(experiment, work / "experiments" / f"{experiment.name}.yaml")
    observed = work / "traces.nc"
    datasets.write(traces, observed, datasets.attributes(device, experiment))
    with logged(work / "fit.log"), shown() as report:
        for line in words:
            logger.info("%s", line)
        of_sample = declaration(film_rules.sample).sections
        of_calibration = of_sample | declaration(calibration_rules.calibration).sections
        sample = work / f"sample_{digest(content(*cards, of_sample))}.nc"
        calibration = work / f"calibration_{digest(content(*cards, of_calibration))}.nc"
        if not is_whole(sample):
            film_rules.sample(*cards, str(sample))
        if not is_whole(calibration):
            report(0.0, "calibration by micromagnetics")
            with limited_threads(cores):
                calibration_rules.calibration(*cards, str(sample), str(calibration))
        banks = bank_files(question, folder)
        simulate_missing(question, calibration, banks, cores, report)
        report(1.0, "random forests")
        rules.mechanisms(
            *cards,
            str(observed),
            [str(path) for path in banks.values()],
            str(folder / DATASET),
            str(folder / TABLE),
        )
        report(1.0, "self-test")
        _, replicates, noise = inference.observed_changes(traces)
        tested = self_test(banks_of(question, folder), device, replicates, noise)
        with datasets.whole(folder / SELF_TEST) as path:
            tested.to_csv(path, index=False)
    return datasets.read(folder / DATASET)


def bank_files(question: Question, folder: Path) -> dict[tuple[str, ...], Path]:
    """Return the file of each combination's bank, by its mechanisms."""
    device, experiment, traces, _ = question
    inputs = {
        "cards": digest(content(device, experiment, TRAJECTORY)),
        "inference": resolved(experiment)["inference"],
        "prior": PRIOR,
        "pulses": inference.pulses_of(traces),
        "delays": traces["delay"].values.tolist(),
    }
    name = digest(inputs)
    return {
        mechanisms: folder / WORK / f"bank_{index}_{name}.nc"
        for index, mechanisms in enumerate(inference.combinations())
    }


def banks_of(question: Question, folder: Path) -> list[inference.Bank]:
    """Read the banks of all combinations."""
    files = bank_files(question, folder).values()
    return [inference.from_dataset(datasets.read(path)) for path in files]


def simulate_missing(
    question: Question,
    calibration: Path,
    banks: dict[tuple[str, ...], Path],
    cores: int,
    report: Report,
) -> None:
    """Simulate the banks that are missing or damaged."""
    device, experiment, traces, _ = question
    missing = [mechanisms for mechanisms, path in banks.items() if not is_whole(path)]
    logger.info("%d of %d banks are there", len(banks) - len(missing), len(banks))
    if not missing:
        return
    draws = rules.settings_of(experiment).draws
    measurement = rules.measurement_of(device, experiment, calibration, traces)
    log = progress("banks", time.monotonic)

    def report_and_log(fraction: float, line: str) -> None:
        report(fraction, f"simulation, {line}")
        log(fraction, line)

    def store(bank: inference.Bank) -> None:
        dataset = inference.to_dataset(bank, measurement.pulses, measurement.delays)
        datasets.write(dataset, banks[bank.mechanisms], datasets.attributes(device, experiment))

    report(0.0, "simulation")
    simulate_banks(measurement, missing, draws, cores, store, report_and_log)


def is_whole(path: Path) -> bool:
    """Return whether a file is an undamaged dataset."""
    try:
        datasets.read(path)
    except datasets.DatasetError:
        return False
    return True


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Append log messages to a file."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()
