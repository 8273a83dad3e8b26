"""The jobs of the workflow, one function a rule: files in, files out."""

import atexit
import errno
import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import cast

import numpy as np
import pandas as pd
import xarray as xr
import yaml

from afterpulse import mechanisms, store
from afterpulse.calibration import calibrate, calibrated
from afterpulse.cards import (
    CardError,
    card_for_engine,
    load_device,
    load_experiment,
    resolved,
)
from afterpulse.cards.device import Device
from afterpulse.cards.experiment import Experiment
from afterpulse.kinetics.blocking import activated_loops
from afterpulse.kinetics.film import initial_sign, make_film
from afterpulse.kinetics.hysteresis import loop_fields, shift_and_coercivity
from afterpulse.kinetics.segment import KineticsError
from afterpulse.stack import sample as samples
from afterpulse.timeline import protocol, reduction
from afterpulse.timeline.ageing import aged_state
from afterpulse.timeline.engines import EngineError
from afterpulse.timeline.film_system import film_system
from afterpulse.timeline.random_streams import SAMPLE, stream, stream_seed
from afterpulse.timeline.trajectory import Report, run_points

logger = logging.getLogger("afterpulse")


def start_log(path: str, job: str) -> None:
    """Send progress to a log file and to the terminal, each line with the job's name."""
    form = logging.Formatter(f"%(asctime)s {job}: %(message)s", datefmt="%H:%M:%S")
    for handler in (logging.StreamHandler(), logging.FileHandler(path, mode="w")):
        handler.setFormatter(form)
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # A log on a full disk must not hide what a job says of it.
    logging.raiseExceptions = False
    sys.excepthook = report_end
    say_if_killed(path, job)
    # A scheduler ends a job by these where it is over its time.
    for number in (signal.SIGTERM, signal.SIGXCPU):
        signal.signal(number, report_signal)


def report_signal(number: int, frame: FrameType | None) -> None:
    """Log the signal that ends a job, and end it."""
    # A limit of processor time sends its signal every second.
    signal.signal(number, signal.SIG_IGN)
    name = signal.Signals(number).name
    logger.error("ended by %s: by a user, or at a limit of time", name)
    sys.exit(128 + number)


def report_end(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Log the error that ends a job: what a user can mend in one line, all else in full."""
    # With no memory left nothing more can be imported; what was raised is of a module that is.
    llg = sys.modules.get("afterpulse.llg")
    integration = () if llg is None else (llg.IntegrationError,)

    if issubclass(kind, CardError):
        for fault in cast(CardError, error).faults:
            logger.error("%s", fault)
    elif issubclass(kind, (EngineError, KineticsError, store.StoreError, *integration)):
        logger.error("%s", error)
    elif issubclass(kind, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        # NumPy and JAX say how much they asked for.
        said = " ".join(str(error).split())[:300]
        logger.error("out of memory%s", f" ({said})" if said else "")
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        logger.error("%s", error)
    else:
        logger.error("this should not happen", exc_info=(kind, error, traceback))


def say_if_killed(path: str, job: str) -> None:
    """Have a shell say so, in the log and on the terminal, if this process is killed or crashes.

    It waits for a word, which a process that comes to its end gives; a killed one only hangs up.
    """
    said = (
        f"{job}: killed or crashed: by a user, for memory (fewer --cores need less), "
        "or at a limit of time"
    )
    shell = subprocess.Popen(
        ["sh", "-c", 'read -r word || echo "$0" | tee -a "$1" >&2', said, path],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    atexit.register(shell.communicate, b"ended\n")


def attributes(device: Device, experiment: Experiment) -> dict[str, str | int]:
    """Attributes of every dataset: the resolved cards and the seed."""
    return {
        "device_card": json.dumps(resolved(device)),
        "experiment_card": json.dumps(resolved(experiment)),
        "seed": experiment.seed,
    }


def write_experiment_card(experiment_card: str, engine: str, target: str) -> None:
    """Write an experiment card whose micromagnetics another engine computes."""
    content = card_for_engine(experiment_card, engine)
    with store.whole(target) as path, open(path, "w", encoding="utf-8") as stream:
        yaml.safe_dump(content, stream, sort_keys=False)


def write_plan(device_card: str, experiment_card: str, plan: str) -> None:
    """Write the plan of an experiment as a table."""
    table = protocol.plan_table(load_device(device_card), load_experiment(experiment_card))
    with store.whole(plan) as path:
        table.to_csv(path, index=False)


def make_sample(device_card: str, experiment_card: str, sample: str) -> None:
    """Draw the sample of an experiment and store it."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    drawn = samples.make_sample(device, experiment, stream(experiment.seed, SAMPLE, 0, "sample"))
    logger.info(
        "%d FM units and %d AFM grains on %d x %d cells",
        drawn.unit_area.size,
        drawn.grain_area.size,
        *drawn.unit_index.shape,
    )
    store.write(store.label(samples.to_dataset(drawn)), sample, attributes(device, experiment))


def relax_ground_state(
    device_card: str, experiment_card: str, sample: str, ground_state: str
) -> None:
    """Relax the set film without current at T = 0 and store its magnetisation."""
    from afterpulse import llg

    device, experiment = load_device(device_card), load_experiment(experiment_card)
    film = samples.from_dataset(store.read(sample))
    upright = np.zeros((*film.unit_index.shape, 3))
    upright[..., 2] = initial_sign(experiment)
    grains = np.full(film.grain_area.size, initial_sign(experiment), dtype=np.int8)
    # The parameters are those of the ambient temperature; there is no thermal field.
    ambient = device.heat_path.ambient_temperature.value
    system = film_system(device, experiment, film, upright, grains, ambient, 0.0, 0.0)
    system.T = 0
    llg.relax_batch([system])
    m = system.m.orientation.array[:, :, 0, :]
    logger.info("relaxed: mean m_z = %.4f", m[..., 2].mean())
    axis = (np.arange(m.shape[0]) + 0.5) * film.cell
    dataset = xr.Dataset(
        {f"magnetisation_{name}": (("x", "y"), m[..., index]) for index, name in enumerate("xyz")},
        coords={"x": axis, "y": axis},
    )
    store.write(store.label(dataset), ground_state, attributes(device, experiment))


def measure_calibration(device_card: str, experiment_card: str, sample: str, target: str) -> None:
    """Measure by micromagnetics what the kinetics need of the units and store it."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    dataset = calibrate(device, experiment, samples.from_dataset(store.read(sample)))
    store.write(store.label(dataset), target, attributes(device, experiment))


def progress(name: str, clock: Callable[[], float]) -> Report:
    """Report that logs a line every five seconds, with the time gone and the time left.

    LLG edges come before the first point is done; the rest goes at the pace of the points.
    """
    started = clock()
    last = -np.inf
    first: tuple[float, float] | None = None

    def report(share: float, line: str) -> None:
        nonlocal last, first
        elapsed = clock() - started
        if first is None and share > 0:
            first = share, elapsed
        if elapsed - last > 5:
            last = elapsed
            left = ""
            if first is not None and share > first[0]:
                pace = (elapsed - first[1]) / (share - first[0])
                left = f", {pace * (1 - share):.0f} s left"
            logger.info("%s: %s, %.0f s gone%s", name, line, elapsed, left)

    return report


def run_chunk(
    device_card: str,
    experiment_card: str,
    sample: str,
    ground_state: str,
    calibration: str,
    chunk: int,
    trajectories: str,
) -> None:
    """Compute the trajectories of one chunk of the plan and store them."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    chunks = protocol.chunks(
        protocol.points(device, experiment), experiment.numerics.points_per_chunk
    )
    planned, first = chunks[chunk], sum(len(earlier) for earlier in chunks[:chunk])
    relaxed = store.read(ground_state)
    started = time.monotonic()
    dataset = run_points(
        device,
        experiment,
        samples.from_dataset(store.read(sample)),
        np.stack([relaxed[f"magnetisation_{name}"].values for name in "xyz"], axis=-1),
        calibrated(store.read(calibration), device),
        planned,
        progress(planned[0].protocol, time.monotonic),
    )
    store.write(
        store.label(with_plan(dataset, device, experiment, planned, first)),
        trajectories,
        attributes(device, experiment),
    )
    logger.info(
        "%s: %d points done in %.1f s",
        planned[0].protocol,
        len(planned),
        time.monotonic() - started,
    )


def measure_blocking(
    device_card: str, experiment_card: str, sample: str, calibration: str, target: str
) -> None:
    """Take hysteresis loops after thermal activation of each replicate and store them."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    blocking, hysteresis = experiment.blocking, experiment.hysteresis
    if blocking is None or hysteresis is None:
        raise ValueError(f"{experiment.name} has no blocking to measure")
    film = make_film(
        device,
        experiment,
        samples.from_dataset(store.read(sample)),
        calibrated(store.read(calibration), device),
    )
    loops, bias = [], []
    for replicate in range(experiment.replicates):
        state = aged_state(device, experiment, experiment.mechanisms, film, replicate)
        found = activated_loops(
            device,
            experiment,
            experiment.mechanisms,
            film,
            state,
            blocking,
            hysteresis,
            partial(stream, experiment.seed, SAMPLE, replicate),
        )
        loops.append(found[0])
        bias.append(found[1])
        logger.info("%d of %d replicates", replicate + 1, experiment.replicates)
    fields = loop_fields(hysteresis)
    shift = np.array([[shift_and_coercivity(fields, loop) for loop in one] for one in loops])
    dims = ("replicate", "activation_temperature")
    dataset = xr.Dataset(
        {
            "loop_field": ("loop_step", fields),
            "loop_magnetisation_z": ((*dims, "loop_step"), np.array(loops)),
            "loop_exchange_bias": (dims, shift[..., 0]),
            "loop_coercivity": (dims, shift[..., 1]),
            "exchange_bias_field": (dims, np.array(bias)),
        },
        coords={
            "replicate": np.arange(experiment.replicates),
            "activation_temperature": np.array(blocking.activation_temperature),
        },
    )
    store.write(store.label(dataset), target, attributes(device, experiment))


def with_plan(
    dataset: xr.Dataset,
    device: Device,
    experiment: Experiment,
    planned: list[protocol.Point],
    first: int,
) -> xr.Dataset:
    """Add to a chunk what each of its points was asked to do, and the numbers of its entries.

    Chunks with such numbers are laid side by side by `xarray.open_mfdataset`.
    """
    amplitude = np.array([[pulse.amplitude for pulse in point.pulses] for point in planned])
    width = np.array([[pulse.width for pulse in point.pulses] for point in planned])
    return dataset.assign(
        pulse_amplitude=(("point", "pulse_number"), amplitude),
        pulse_width=(("point", "pulse_number"), width),
        pulse_current_density=(
            ("point", "pulse_number"),
            protocol.current_density(device, 1.0) * amplitude,
        ),
        protocol=("point", [point.protocol for point in planned]),
        mechanism_set=("point", [point.mechanism_set for point in planned]),
        pulse_edges=("point", [point.pulse_edges for point in planned]),
        replicate=("point", [point.replicate for point in planned]),
        seed=(
            "point",
            [stream_seed(experiment.seed, SAMPLE, point.replicate, "") for point in planned],
        ),
        current_density=dataset["current"] * protocol.current_density(device, 1.0),
    ).assign_coords(
        point=first + np.arange(len(planned)),
        step=np.arange(dataset.sizes["step"]),
        pulse_number=np.arange(amplitude.shape[1]),
    )


def checked(paths: Iterable[str]) -> Iterator[xr.Dataset]:
    """Open chunks one after the other, each compared with its digest and closed after use."""
    for path in paths:
        store.check(path)
        with store.opened(path) as chunk:
            yield chunk


def reduce_sweep(
    device_card: str, experiment_card: str, trajectories: list[str], target: str
) -> None:
    """Reduce the chunks of a sweep, a walk or a comparison to one dataset."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    dataset = reduction.sweep_dataset(
        checked(trajectories),
        protocol.critical_current(device, experiment),
    )
    if dataset.sizes["mechanism_set"] == 1:
        dataset = dataset.squeeze("mechanism_set", drop=True)
    store.write(store.label(dataset), target, attributes(device, experiment))


def reduce_train(
    device_card: str, experiment_card: str, trajectories: list[str], target: str
) -> None:
    """Reduce the chunks of a pulse train to one dataset."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    dataset = reduction.train_dataset(checked(trajectories))
    store.write(store.label(dataset), target, attributes(device, experiment))


def fit(ahe: str, target: str, table: str) -> None:
    """Fit the decays of a sweep; write a dataset and a table."""
    # lmfit and SciPy's statistics take seconds to import, which only this job should pay.
    from afterpulse import decay

    source = store.read(ahe)
    experiment = json.loads(source.attrs["experiment_card"])
    fitted = decay.fit_decays(source)
    kept = {name: source.attrs[name] for name in ("device_card", "experiment_card", "seed")}
    store.write(fitted, target, kept)
    with store.whole(table) as path:
        decay_table = decay.to_table(fitted)
        pd.DataFrame(decay_table).to_csv(path, index=False)
    logger.info("%s: decays of %d points", experiment["name"], fitted["refused"].size)


def select_traces(device_card: str, experiment_card: str, ahe: str, target: str) -> None:
    """Store the traces of a sweep by which mechanisms are told, at the delays compared."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    chosen, source = experiment.inference, store.read(ahe)
    if chosen is None:
        raise ValueError(f"{experiment.name} asks for no inference")
    amplitudes = [protocol.in_ampere(device, experiment, one) for one in chosen.pulse_amplitude]
    traces = source.sel(
        pulse_amplitude=amplitudes,
        pulse_width=list(chosen.pulse_width),
        delay=mechanisms.comparison_delays(source["delay"].values),
        method="nearest",
    )[["anomalous_hall_voltage", "initial_voltage"]]
    store.write(traces, target, attributes(device, experiment))


def simulate_bank(
    device_card: str, experiment_card: str, calibration: str, traces: str, number: int, target: str
) -> None:
    """Simulate the pulses of some traces over the prior range of the device's parameters."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    observed, inference = store.read(traces), experiment.inference
    if inference is None:
        raise ValueError(f"{experiment.name} asks for no inference")
    pulses = mechanisms.pulses_of(observed)
    chosen = mechanisms.combinations()[number]
    name = " and ".join(chosen) or "no mechanism"
    bank = mechanisms.simulate_bank(
        device,
        experiment.model_copy(update={"replicates": inference.replicates}),
        store.read(calibration),
        pulses,
        observed["delay"].values,
        chosen,
        inference.draws,
        progress(name.replace("_", " "), time.monotonic),
    )
    dataset = mechanisms.to_dataset(bank, pulses, observed["delay"].values)
    store.write(dataset, target, attributes(device, experiment))


def infer_mechanisms(
    device_card: str, experiment_card: str, traces: str, banks: list[str], target: str, table: str
) -> None:
    """Weigh the combinations of mechanisms by some traces; write a dataset and a table."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    change, replicates = mechanisms.observed_changes(store.read(traces))
    simulated = [mechanisms.from_dataset(store.read(path)) for path in banks]
    found = mechanisms.infer(mechanisms.grow(simulated, device, replicates), change)
    store.write(found, target, attributes(device, experiment))
    with store.whole(table) as path:
        found["probability"].to_dataframe().to_csv(path)
    for line in mechanisms.in_words(found, device):
        logger.info("%s", line)


def tabulate_trains(trains: list[str], table: str) -> None:
    """Write what each train did as a table, one row a train and mechanism set."""
    rows = []
    for path in trains:
        dataset = store.read(path)
        rows += reduction.train_rows(dataset, Path(path).stem)
    with store.whole(table) as beside:
        pd.DataFrame(rows).to_csv(beside, index=False)
