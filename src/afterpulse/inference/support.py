"""Which mechanisms a measured trace supports, from cards and traces to files in a folder."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xarray as xr
from rich.console import Console
from rich.progress import Progress

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
from afterpulse.workflow.progress import Report, logger, progress

DATASET, TABLE, SELF_TEST = "mechanisms.nc", "mechanisms.csv", "self_test.csv"
WORK = "mechanisms"
"""Folder of what the inference starts from, in the folder of the results."""


def infer_support(question: Question, folder: Path, cores: int) -> xr.Dataset:
    """Tell the mechanisms of a measured trace; go on where an earlier call was killed.

    What is simulated lies in the folder `WORK`, each file with a digest of all that it follows
    from in its name (`afterpulse.cards.sections`): what lies there whole is taken, all else is made
    anew. Progress goes to the terminal and to ``fit.log``.

    Parameters
    ----------
    question : Question
        Cards and traces.
    folder : Path
        Gets `DATASET`, `TABLE`, `SELF_TEST` and `WORK`.
    cores : int
        Processes; the numbers do not depend on it.

    Returns
    -------
    Dataset
        See `afterpulse.inference.infer`.
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
        if not whole(sample):
            film_rules.sample(*cards, str(sample))
        if not whole(calibration):
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
    """File of each combination's bank, named by what it follows from.

    Parameters
    ----------
    question : Question
        Cards, pulse and delays.
    folder : Path
        Of the results.

    Returns
    -------
    dict
        Paths by the mechanisms that are on.
    """
    device, experiment, traces, _ = question
    follows_from = {
        "cards": digest(content(device, experiment, TRAJECTORY)),
        "inference": resolved(experiment)["inference"],
        "prior": PRIOR,
        "pulses": inference.pulses_of(traces),
        "delays": traces["delay"].values.tolist(),
    }
    name = digest(follows_from)
    return {
        chosen: folder / WORK / f"bank_{number}_{name}.nc"
        for number, chosen in enumerate(inference.combinations())
    }


def banks_of(question: Question, folder: Path) -> list[inference.Bank]:
    """Read the banks; parameters as in `bank_files`."""
    files = bank_files(question, folder).values()
    return [inference.from_dataset(datasets.read(path)) for path in files]


def simulate_missing(
    question: Question,
    calibration: Path,
    banks: dict[tuple[str, ...], Path],
    cores: int,
    report: Report,
) -> None:
    """Simulate the banks that do not lie there whole."""
    device, experiment, traces, _ = question
    missing = [chosen for chosen, path in banks.items() if not whole(path)]
    logger.info("%d of %d banks are there", len(banks) - len(missing), len(banks))
    settings = experiment.inference
    if not missing or settings is None:
        return
    pulses, delays = inference.pulses_of(traces), traces["delay"].values
    in_log = progress("banks", time.monotonic)

    def both(share: float, line: str) -> None:
        report(share, f"simulation, {line}")
        in_log(share, line)

    def keep(bank: inference.Bank) -> None:
        dataset = inference.to_dataset(bank, pulses, delays)
        datasets.write(dataset, banks[bank.mechanisms], datasets.attributes(device, experiment))

    report(0.0, "simulation")
    simulate_banks(
        device,
        experiment.model_copy(update={"replicates": settings.replicates}),
        datasets.read(calibration),
        pulses,
        delays,
        missing,
        settings.draws,
        cores,
        keep,
        both,
    )


@contextmanager
def shown() -> Iterator[Report]:
    """Show progress on the terminal, beside the output."""
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, line: bar.update(task, completed=share, description=line)


def whole(path: Path) -> bool:
    """Return whether an undamaged dataset is there."""
    try:
        datasets.read(path)
    except datasets.DatasetError:
        return False
    return True


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Add the progress of what is done meanwhile to a log file."""
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
