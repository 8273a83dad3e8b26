"""The jobs of the workflow, one function a rule: files in, files out."""

import itertools
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets, inference
from afterpulse.calibration import calibrate, calibrated
from afterpulse.cards import load_device, load_experiment, resolved
from afterpulse.cards.device import Device
from afterpulse.cards.experiment import Experiment, MemoryCell
from afterpulse.device.critical_current import initial_sign
from afterpulse.engines.film_system import film_system
from afterpulse.film import sample as samples
from afterpulse.kinetics.blocking import activated_loops
from afterpulse.kinetics.film import make_film
from afterpulse.kinetics.hysteresis import loop_fields, shift_and_coercivity
from afterpulse.timeline import protocol, reduction
from afterpulse.timeline.ageing import aged_state
from afterpulse.timeline.failures import joined, run_those_that_can
from afterpulse.timeline.plan import names, points_of_chunk, read_plan
from afterpulse.timeline.random_streams import SAMPLE, stream, stream_seed
from afterpulse.timeline.refinement import refine
from afterpulse.timeline.trajectory import Report, run_points

logger = logging.getLogger("afterpulse")


def attributes(device: Device, experiment: Experiment) -> dict[str, str | int]:
    """Return the attributes of every dataset: the resolved cards and the seed."""
    return {
        "device_card": json.dumps(resolved(device)),
        "experiment_card": json.dumps(resolved(experiment)),
        "seed": experiment.seed,
    }


def save(
    dataset: xr.Dataset, target: str, device: Device, experiment: Experiment, **more: str
) -> None:
    """Write the dataset of a rule with the cards that it was computed from and its file name."""
    datasets.write(
        datasets.label(dataset),
        target,
        attributes(device, experiment) | {"file": Path(target).name} | more,
    )


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
    save(samples.to_dataset(drawn), sample, device, experiment)


def relax_ground_state(
    device_card: str, experiment_card: str, sample: str, ground_state: str
) -> None:
    """Relax the set film without current at T = 0 and store its magnetisation."""
    from afterpulse import llg

    device, experiment = load_device(device_card), load_experiment(experiment_card)
    film = samples.from_dataset(datasets.read(sample))
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
    save(dataset, ground_state, device, experiment)


def read_ground_state(path: str | Path) -> NDArray[np.float64]:
    """Magnetisation of the relaxed film, shape (nx, ny, 3)."""
    relaxed = datasets.read(path)
    return np.stack([relaxed[f"magnetisation_{name}"].values for name in "xyz"], axis=-1)


def measure_calibration(device_card: str, experiment_card: str, sample: str, target: str) -> None:
    """Measure by micromagnetics what the kinetics need of the units and store it."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    dataset = calibrate(device, experiment, samples.from_dataset(datasets.read(sample)))
    save(dataset, target, device, experiment)


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
    plan: str,
    sample: str,
    ground_state: str,
    calibration: str,
    chunk: str,
    trajectories: str,
) -> None:
    """Compute the trajectories of one chunk of the plan and store them.

    Points that fail are left out; why is in the attribute ``failures``.
    """
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    planned, named = points_of_chunk(device, experiment, read_plan(plan), chunk)
    started = time.monotonic()
    run = partial(
        run_points,
        device,
        experiment,
        samples.from_dataset(datasets.read(sample)),
        read_ground_state(ground_state),
        calibrated(datasets.read(calibration), device),
        report=progress(planned[0].protocol, time.monotonic),
    )
    dataset, failures = run_those_that_can(lambda points: run(points=points), planned)
    for index, reason in failures.items():
        logger.error("point %s failed: %s", named[index], reason)
    done = [index for index in range(len(planned)) if index not in failures]
    if done:
        dataset = with_plan(
            dataset, device, experiment, [planned[i] for i in done], [named[i] for i in done]
        )
    reasons = {named[index]: reason for index, reason in failures.items()}
    save(dataset, trajectories, device, experiment, failures=json.dumps(reasons))
    logger.info(
        "%s: %d points done in %.1f s",
        planned[0].protocol,
        len(done),
        time.monotonic() - started,
    )


def refine_sweep(
    device_card: str,
    experiment_card: str,
    plan: str,
    sample: str,
    ground_state: str,
    calibration: str,
    trajectories: list[str],
    width: int,
    target: str,
) -> None:
    """Compute further amplitudes of a sweep's pulse width where the voltage changes fast.

    A job finds and computes them all, so that their number need not be known before.
    """
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    sweep = experiment.sweep
    if sweep is None or sweep.refine is None:
        raise ValueError(f"{experiment.name} has no sweep to refine")
    film = samples.from_dataset(datasets.read(sample))
    m = read_ground_state(ground_state)
    measured = calibrated(datasets.read(calibration), device)
    critical = protocol.critical_current(device, experiment)
    found: list[xr.Dataset] = []

    def at_probe(chunks: Iterable[xr.Dataset]) -> xr.DataArray:
        reduced = reduction.sweep_dataset(chunks, critical).squeeze("mechanism_set", drop=True)
        voltage = reduced["anomalous_hall_voltage"].sel(
            delay=sweep.probe_delay, pulse_width=sweep.pulse_width[width], method="nearest"
        )
        return voltage.mean("replicate").reset_coords(drop=True)

    def run(points: list[protocol.Point]) -> xr.DataArray:
        report = progress("refinement", time.monotonic)
        dataset = run_points(device, experiment, film, m, measured, points, report)
        named = names(device, experiment, points)
        found.append(with_plan(dataset, device, experiment, points, named))
        return at_probe(found[-1:])

    coarse = at_probe(planned_points(plan, trajectories))
    refine(run, experiment, sweep.refine, sweep.pulse_width[width], coarse)
    dataset = joined(found)
    save(dataset, target, device, experiment)
    logger.info("%d points added at %g s", dataset.sizes["point"], sweep.pulse_width[width])


def tabulate_failures(
    device_card: str, experiment_card: str, plan: str, trajectories: list[str], table: str
) -> None:
    """List the points that failed, with the card, the seed and the reason of each."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    planned, reasons = read_plan(plan), dict[str, str]()
    for path in trajectories:
        with datasets.opened(path) as chunk, datasets.reading(path):
            reasons |= json.loads(chunk.attrs["failures"])
    failed = planned[planned["point"].isin(list(reasons))].assign(
        device=device.name,
        experiment=experiment.name,
        seed=lambda rows: [
            stream_seed(experiment.seed, SAMPLE, replicate, "") for replicate in rows["replicate"]
        ],
        reason=lambda rows: [reasons[point] for point in rows["point"]],
    )
    with datasets.whole(table) as beside:
        failed.to_csv(beside, index=False)
    for row in failed.itertuples():
        logger.error("%s, %.4g A, %.4g s failed: %s", *row[3:4], *row[7:9], row.reason)


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
        samples.from_dataset(datasets.read(sample)),
        calibrated(datasets.read(calibration), device),
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
    save(dataset, target, device, experiment)


def with_plan(
    dataset: xr.Dataset,
    device: Device,
    experiment: Experiment,
    planned: list[protocol.Point],
    named: list[str],
) -> xr.Dataset:
    """Add to a chunk what each of its points was asked to do and its name in the plan.

    By the numbers of steps and pulses `xarray.open_mfdataset` lays chunks side by side.
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
        point=named,
        step=np.arange(dataset.sizes["step"]),
        pulse_number=np.arange(amplitude.shape[1]),
    )


def one_by_one(paths: Iterable[str]) -> Iterator[xr.Dataset]:
    """Open datasets one after the other and close each after use."""
    for path in paths:
        with datasets.opened(path) as dataset:
            yield dataset


def planned_points(plan: str, paths: Iterable[str]) -> Iterator[xr.Dataset]:
    """Open chunks one after the other, without points that the plan no longer has.

    Raises
    ------
    afterpulse.datasets.OutdatedError
        If a chunk neither has a point that the plan gives it nor says why the point failed.
    """
    table = read_plan(plan)
    for path, chunk in zip(paths, one_by_one(paths), strict=True):
        with datasets.reading(path):
            points = chunk["point"].values
        known = {*points.tolist(), *json.loads(chunk.attrs.get("failures", "{}"))}
        expected = table.loc[table["chunk"] == Path(path).stem, "point"]
        missing = [point for point in expected if point not in known]
        if missing:
            raise datasets.OutdatedError(
                path,
                f"lacks {len(missing)} of the {len(expected)} points that the plan gives it, "
                f"first {missing[0]}",
            )
        kept = np.isin(points, table["point"])
        yield chunk if kept.all() else chunk.isel(point=np.flatnonzero(kept))


def reduce_sweep(
    device_card: str,
    experiment_card: str,
    plan: str,
    trajectories: list[str],
    refined: list[str],
    target: str,
) -> None:
    """Reduce the chunks of a sweep, a walk or a comparison to one dataset.

    What refined a sweep is not in the plan, since it follows from the results.
    """
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    dataset = reduction.sweep_dataset(
        itertools.chain(planned_points(plan, trajectories), one_by_one(refined)),
        protocol.critical_current(device, experiment),
    )
    if dataset.sizes["mechanism_set"] == 1:
        dataset = dataset.squeeze("mechanism_set", drop=True)
    save(dataset, target, device, experiment)


def reduce_train(
    device_card: str, experiment_card: str, plan: str, trajectories: list[str], target: str
) -> None:
    """Reduce the chunks of a pulse train to one dataset."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    dataset = reduction.train_dataset(planned_points(plan, trajectories))
    save(dataset, target, device, experiment)


def fit(ahe: str, target: str, table: str, retention: str) -> None:
    """Fit the decays of a sweep; write a dataset, and tables of all fits and of the retention."""
    # lmfit and SciPy's statistics take seconds to import, which only this job should pay.
    from afterpulse import decay

    source = datasets.read(ahe)
    experiment = json.loads(source.attrs["experiment_card"])
    fitted = decay.fit_decays(source)
    kept = {name: source.attrs[name] for name in ("device_card", "experiment_card", "seed")}
    datasets.write(fitted, target, kept | {"file": Path(target).name})
    for target, laid_out in (
        (table, decay.to_table(fitted)),
        (retention, decay.to_retention_table(fitted)),
    ):
        with datasets.whole(target) as path:
            pd.DataFrame(laid_out).to_csv(path, index=False)
    logger.info("%s: decays of %d points", experiment["name"], fitted["refused"].size)


def select_traces(device_card: str, experiment_card: str, ahe: str, target: str) -> None:
    """Store the traces of a sweep by which mechanisms are told, at the delays compared."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    chosen, source = experiment.inference, datasets.read(ahe)
    if chosen is None:
        raise ValueError(f"{experiment.name} asks for no inference")
    amplitudes = [protocol.in_ampere(device, experiment, one) for one in chosen.pulse_amplitude]
    traces = source.sel(
        pulse_amplitude=amplitudes,
        pulse_width=list(chosen.pulse_width),
        delay=inference.comparison_delays(source["delay"].values),
        method="nearest",
    )[["anomalous_hall_voltage", "initial_voltage"]]
    # A change is the difference of two readings.
    noise = np.sqrt(2) * device.hall_bar.read_noise.value
    save(traces.assign(change_noise=noise), target, device, experiment)


def simulate_bank(
    device_card: str, experiment_card: str, calibration: str, traces: str, number: int, target: str
) -> None:
    """Simulate the pulses of some traces over the prior range of the device's parameters."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    observed, settings = datasets.read(traces), experiment.inference
    if settings is None:
        raise ValueError(f"{experiment.name} asks for no inference")
    pulses = inference.pulses_of(observed)
    chosen = inference.combinations()[number]
    name = " and ".join(inference.spelled(one) for one in chosen) or "no mechanism"
    bank = inference.simulate_bank(
        device,
        experiment.model_copy(update={"replicates": settings.replicates}),
        datasets.read(calibration),
        pulses,
        observed["delay"].values,
        chosen,
        settings.draws,
        progress(name, time.monotonic),
    )
    dataset = inference.to_dataset(bank, pulses, observed["delay"].values)
    save(dataset, target, device, experiment)


def infer_mechanisms(
    device_card: str, experiment_card: str, traces: str, banks: list[str], target: str, table: str
) -> None:
    """Weigh the combinations of mechanisms by some traces; write a dataset and a table."""
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    change, replicates, noise = inference.observed_changes(datasets.read(traces))
    simulated = [inference.from_dataset(datasets.read(path)) for path in banks]
    found = inference.infer(inference.grow(simulated, device, replicates, noise), change)
    save(found, target, device, experiment)
    with datasets.whole(table) as path:
        found["probability"].to_dataframe().to_csv(path)
    for line in inference.in_words(found, device):
        logger.info("%s", line)


def tabulate_variants(changes: dict[str, dict[str, Any]], decays: list[str], table: str) -> None:
    """Write the values that each variant has by their fields, and the decays of its sweep.

    Tables of decays are in the order of the variants; there is none where nothing is swept.
    """
    varied = pd.DataFrame([{"variant": name, **values} for name, values in changes.items()])
    if decays:
        found = [
            pd.read_csv(path).assign(variant=name)
            for name, path in zip(changes, decays, strict=True)
        ]
        varied = varied.merge(pd.concat(found), on="variant")
    with datasets.whole(table) as beside:
        varied.to_csv(beside, index=False)


def simulate_neuron_trains(
    device_card: str,
    experiment_card: str,
    sample: str,
    calibration: str,
    role: str,
    first: int,
    last: int,
    target: str,
) -> None:
    """Read a simulated device after each pulse of the random trains from first to last of a role.

    Another device of the card has a film of its own.
    """
    from afterpulse.neuron import chunks, trains

    device, experiment = load_device(device_card), load_experiment(experiment_card)
    film, asked = samples.from_dataset(datasets.read(sample)), memory_cell(experiment)
    part = chunks.role(asked, role)
    drawn = trains.random_trains(
        protocol.critical_current(device, experiment),
        part.trains,
        asked.pulses,
        stream(experiment.seed, SAMPLE, 0, f"trains {role}"),
    )
    if role.startswith("device"):
        other = stream_seed(experiment.seed, SAMPLE, 0, role)
        experiment = experiment.model_copy(update={"seed": other})
        film = samples.make_sample(device, experiment, stream(other, SAMPLE, 0, "sample"))
    measured = calibrated(datasets.read(calibration), device)
    report, found = progress(role, time.monotonic), []
    for number in range(first, last):
        begin = part.first_replicate + number * part.replicates
        own = range(begin, begin + part.replicates)
        found.append(
            trains.simulate_trains(device, experiment, film, measured, [drawn[number]], own)
        )
        report((number + 1 - first) / (last - first), f"train {number + 1} of {last}")
    dataset = xr.concat(found, "train", data_vars="minimal", coords="minimal", compat="equals")
    save(dataset, target, device, experiment)


def memory_cell(experiment: Experiment) -> MemoryCell:
    """What a card says of its memory cell."""
    if experiment.memory_cell is None:
        raise ValueError(f"{experiment.name} asks for no memory cell")
    return experiment.memory_cell


def identify_cell(
    device_card: str,
    experiment_card: str,
    training: list[str],
    held_out: list[str],
    others: list[str],
    target: str,
    table: str,
) -> None:
    """Fit a memory cell to trains of one device, its spread to other devices; store both.

    The table has its errors on held-out trains.
    """
    # JAX takes seconds to import, which only this job should pay.
    from afterpulse.neuron import dataset as cell_dataset
    from afterpulse.neuron import identify

    device, experiment = load_device(device_card), load_experiment(experiment_card)
    ageing = experiment.ageing
    taught = identify.trains_of([datasets.read(path) for path in training])
    kept = identify.trains_of([datasets.read(path) for path in held_out])
    cell = identify.fit(identify.first_guess(device, experiment), taught, ageing)
    found = identify.errors(cell, kept, ageing)
    logger.info(
        "held-out trains: %.1f %% of the swing, worst reading %.1f %%",
        100 * found.rms / found.swing,
        100 * found.worst / found.swing,
    )
    devices = [identify.trains_of([datasets.read(path)]) for path in others]
    spread = identify.spread_of(cell, devices, ageing)
    noisy = cell._replace(units=identify.units_of_noise(cell, taught, ageing))
    stored = cell_dataset.to_dataset(noisy, spread, found, len(taught.amplitude))
    with datasets.whole(table) as path:
        pd.DataFrame(cell_dataset.error_rows(found)).to_csv(path, index=False)
    save(stored, target, device, experiment)


def reservoir_inputs(experiment: Experiment) -> NDArray[np.float64]:
    """Random inputs of an experiment's reservoir, between 0 and 1."""
    random = stream(experiment.seed, SAMPLE, 0, "reservoir")
    return random.random(memory_cell(experiment).reservoir_inputs)


def simulate_protocol(
    device_card: str,
    experiment_card: str,
    sample: str,
    calibration: str,
    name: str,
    target: str,
) -> None:
    """Put a neuron protocol to the simulated device, with all mechanisms and without each."""
    # JAX takes seconds to import.
    from afterpulse.neuron import answers, protocols

    device, experiment = load_device(device_card), load_experiment(experiment_card)
    answer = answers.of_device(
        device,
        experiment,
        samples.from_dataset(datasets.read(sample)),
        calibrated(datasets.read(calibration), device),
        protocols.asked(reservoir_inputs(experiment))[name].protocol,
        memory_cell(experiment).protocol_replicates,
        progress(name, time.monotonic),
    )
    save(answer, target, device, experiment)


def compare_protocols(
    device_card: str,
    experiment_card: str,
    cell: str,
    simulated: list[str],
    targets: list[str],
    table: str,
) -> None:
    """Put the neuron protocols to the cell, store its answers, compare them with the device's."""
    import jax

    from afterpulse.neuron import answers, protocols
    from afterpulse.neuron import cell as cells
    from afterpulse.neuron import dataset as cell_dataset

    device, experiment = load_device(device_card), load_experiment(experiment_card)
    noisy = cells.in_jax(cell_dataset.from_dataset(datasets.read(cell))[0])
    replicates = memory_cell(experiment).protocol_replicates
    asked = protocols.asked(reservoir_inputs(experiment))
    key = jax.random.key(stream_seed(experiment.seed, SAMPLE, 0, "cell") % 2**32)
    rows = []
    for number, (path, target) in enumerate(zip(simulated, targets, strict=True)):
        name = Path(path).stem
        own = jax.random.fold_in(key, number)
        ageing = experiment.ageing
        answer = answers.of_cell(noisy, asked[name].protocol, ageing, replicates, own)
        rows += answers.rows(name, asked[name], datasets.read(path), answer)
        save(answer, target, device, experiment)
        logger.info("%s", name)
    with datasets.whole(table) as beside:
        pd.DataFrame(rows).to_csv(beside, index=False)


def train_networks(
    device_card: str, experiment_card: str, cell: str, part: str, mnist: str | None, target: str
) -> None:
    """Train and test the networks of one part of the comparison.

    Parameters
    ----------
    device_card, experiment_card, cell : str
        Paths.
    part : str
        ``wait_0`` and so on: devices and leaky neurons at a wait, on the small tasks; ``timeless``:
        the others on them; ``mnist_0`` and so on: all on MNIST, one seed.
    mnist : str or None
        File of MNIST.
    target : str
        Dataset to be written.
    """
    import jax

    from afterpulse.neuron import comparison, tasks
    from afterpulse.neuron import dataset as cell_dataset

    device, experiment = load_device(device_card), load_experiment(experiment_card)
    asked = experiment.network
    if asked is None:
        raise ValueError(f"{experiment.name} has no network")
    kind, _, number = part.partition("_")
    if kind == "mnist":
        if mnist is None:
            raise ValueError(f"{part} has no file of MNIST")
        wait, seeds = asked.mnist_wait, [int(number)]
        given = {"mnist": tasks.mnist(mnist)}
        size, epochs = asked.mnist_neurons, asked.mnist_epochs
    else:
        wait = np.nan if kind == "timeless" else asked.waits[int(number)]
        seeds = list(range(asked.seeds))
        given = {"digits": tasks.digits(), "recall": tasks.recall(experiment.seed)}
        size, epochs = asked.neurons, asked.epochs
    described: dict[str, float] = {}
    kinds: list[comparison.Kind] = []
    if kind != "timeless":
        length = max(task.learned.shape[1] for task in given.values())
        key = jax.random.key(stream_seed(experiment.seed, SAMPLE, 0, "network") % 2**32)
        found = comparison.devices(
            *cell_dataset.from_dataset(datasets.read(cell)), asked, wait, length, key
        )
        described = {"surrogate_error": found[1], "reading_noise": found[2]}
        logger.info("surrogate of the cell: error %.3f, noise of a reading %.3f", *found[1:])
        kinds = [found[0], comparison.leaky(asked, wait)]
    if kind != "wait":
        kinds += comparison.timeless()
    parts = []
    for name, task in given.items():
        # What a network is to recall shall lie in its neurons, not go round among them.
        used = [comparison.unconnected(one) for one in kinds] if name == "recall" else kinds
        said = partial(logger.info, "%s: %s", name)
        parts.append(comparison.compare(task, used, size, epochs, seeds, said))
    dataset = xr.concat(parts, xr.Variable("task", list(given))).assign(
        {"neurons": size, "wait": wait, **described}
    )
    save(dataset, target, device, experiment)


def tabulate_networks(parts: list[str], table: str) -> None:
    """Write the accuracies of all networks, one row a task, a wait and what is tested."""
    from afterpulse.neuron import comparison

    with datasets.whole(table) as path:
        found = comparison.rows([datasets.read(part) for part in parts])
        pd.DataFrame(found).to_csv(path, index=False)


def tabulate_energy(device_card: str, experiment_card: str, table: str) -> None:
    """Write the energy of pulses, readings and inferences, with all inputs and their sources."""
    from afterpulse.neuron import energy

    device, experiment = load_device(device_card), load_experiment(experiment_card)
    with datasets.whole(table) as path:
        pd.DataFrame(energy.rows(device, experiment)).to_csv(path, index=False)


def tabulate_trains(trains: list[str], table: str) -> None:
    """Write what each train did as a table, one row a train and mechanism set."""
    rows = []
    for path in trains:
        dataset = datasets.read(path)
        rows += reduction.train_rows(dataset, Path(path).stem)
    with datasets.whole(table) as beside:
        pd.DataFrame(rows).to_csv(beside, index=False)
