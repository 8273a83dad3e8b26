"""The rules of the memory cell and of its networks."""

import logging
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.calibration import calibrated
from afterpulse.cards.experiment import Experiment, MemoryCell
from afterpulse.cards.sections import CRITICAL_CURRENT_DENSITY, GRID, KINETICS, MATERIALS, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.film import sample as samples
from afterpulse.film.random_streams import SAMPLE, stream, stream_seed
from afterpulse.timeline.protocol import critical_current
from afterpulse.workflow.progress import progress

logger = logging.getLogger("afterpulse")


# A chunk has the trains and replicates that its parameters name.
@reads(
    MATERIALS,
    GRID,
    KINETICS,
    device=("hall_bar",),
    experiment=("hysteresis", "mechanisms", "memory_cell.pulses"),
    keyed=("memory_cell", "compare"),
)
def neuron_trains(
    device: Device,
    experiment: Experiment,
    sample: str,
    calibration: str,
    chunk: tuple[str, int, int],
    target: str,
) -> None:
    """Read a simulated device after each pulse of the random trains from first to last of a role.

    Another device of the card has a film of its own.
    """
    from afterpulse.neuron import chunks, trains

    role, first, last = chunk
    film, asked = samples.from_dataset(datasets.read(sample)), memory_cell(experiment)
    part = chunks.role(asked, role)
    drawn = trains.random_trains(
        critical_current(device, experiment),
        part.trains,
        asked.pulses,
        stream(experiment.seed, SAMPLE, 0, f"trains {role}"),
    )
    own_experiment = experiment
    if role.startswith("device"):
        other = stream_seed(experiment.seed, SAMPLE, 0, role)
        own_experiment = experiment.model_copy(update={"seed": other})
        film = samples.make_sample(device, own_experiment, stream(other, SAMPLE, 0, "sample"))
    measured = calibrated(datasets.read(calibration), device)
    report, found = progress(role, time.monotonic), []
    for number in range(first, last):
        begin = part.first_replicate + number * part.replicates
        own = range(begin, begin + part.replicates)
        found.append(
            trains.simulate_trains(device, own_experiment, film, measured, [drawn[number]], own)
        )
        report((number + 1 - first) / (last - first), f"train {number + 1} of {last}")
    dataset = xr.concat(found, "train", data_vars="minimal", coords="minimal", compat="equals")
    save(dataset, target, device, experiment)


def memory_cell(experiment: Experiment) -> MemoryCell:
    """Return the settings of the card's memory cell."""
    if experiment.memory_cell is None:
        raise ValueError(f"{experiment.name} asks for no memory cell")
    return experiment.memory_cell


@reads(CRITICAL_CURRENT_DENSITY, experiment=("ageing", "numerics.window"))
def cell(
    device: Device,
    experiment: Experiment,
    training: list[str],
    held_out: list[str],
    others: list[str],
    dataset: str,
    table: str,
) -> None:
    """Fit a memory cell to trains of one device, its spread to other devices; store both.

    The table has its errors on held-out trains.
    """
    # JAX takes seconds to import, which only this job should pay.
    from afterpulse.neuron import dataset as cell_dataset
    from afterpulse.neuron import identify

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
    save(stored, dataset, device, experiment)


def reservoir_inputs(experiment: Experiment) -> NDArray[np.float64]:
    """Return random inputs of an experiment's reservoir, between 0 and 1."""
    random = stream(experiment.seed, SAMPLE, 0, "reservoir")
    return random.random(memory_cell(experiment).reservoir_inputs)


@reads(
    MATERIALS,
    KINETICS,
    device=("hall_bar",),
    experiment=(
        "hysteresis",
        "mechanisms",
        "memory_cell.reservoir_inputs",
        "memory_cell.protocol_replicates",
    ),
)
def protocol(
    device: Device,
    experiment: Experiment,
    sample: str,
    calibration: str,
    neuron_protocol: str,
    target: str,
) -> None:
    """Put a neuron protocol to the simulated device, with all mechanisms and without each."""
    # JAX takes seconds to import.
    from afterpulse.neuron import answers, protocols

    answer = answers.of_device(
        device,
        experiment,
        samples.from_dataset(datasets.read(sample)),
        calibrated(datasets.read(calibration), device),
        protocols.asked(reservoir_inputs(experiment))[neuron_protocol].protocol,
        memory_cell(experiment).protocol_replicates,
        progress(neuron_protocol, time.monotonic),
    )
    save(answer, target, device, experiment)


@reads(
    experiment=(
        "seed",
        "ageing",
        "memory_cell.reservoir_inputs",
        "memory_cell.protocol_replicates",
    )
)
def protocols(
    device: Device,
    experiment: Experiment,
    cell: str,
    simulated: list[str],
    of_cell: list[str],
    table: str,
) -> None:
    """Put the neuron protocols to the cell, store its answers, compare them with the device's."""
    import jax

    from afterpulse.neuron import answers, protocols
    from afterpulse.neuron import cell as cells
    from afterpulse.neuron import dataset as cell_dataset

    noisy = cells.in_jax(cell_dataset.from_dataset(datasets.read(cell))[0])
    replicates = memory_cell(experiment).protocol_replicates
    asked = protocols.asked(reservoir_inputs(experiment))
    key = jax.random.key(stream_seed(experiment.seed, SAMPLE, 0, "cell") % 2**32)
    rows = []
    for number, (path, target) in enumerate(zip(simulated, of_cell, strict=True)):
        name = Path(path).stem
        own = jax.random.fold_in(key, number)
        ageing = experiment.ageing
        answer = answers.of_cell(noisy, asked[name].protocol, ageing, replicates, own)
        rows += answers.rows(name, asked[name], datasets.read(path), answer)
        save(answer, target, device, experiment)
        logger.info("%s", name)
    with datasets.whole(table) as beside:
        pd.DataFrame(rows).to_csv(beside, index=False)


@reads(experiment=("seed", "network"))
def network(
    device: Device,
    experiment: Experiment,
    cell: str,
    network_part: str,
    mnist: list[str],
    target: str,
) -> None:
    """Train and test the networks of one part of the comparison.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    cell : str
        Path of the memory cell.
    network_part : str
        ``wait_0`` and so on: devices and leaky neurons at a wait, on the small tasks; ``timeless``:
        the others on them; ``mnist_0`` and so on: all on MNIST, one seed.
    mnist : list of str
        File of MNIST, if the part needs it.
    target : str
        Dataset to be written.
    """
    import jax

    from afterpulse.neuron import comparison, tasks
    from afterpulse.neuron import dataset as cell_dataset

    asked = experiment.network
    if asked is None:
        raise ValueError(f"{experiment.name} has no network")
    kind, _, number = network_part.partition("_")
    if kind == "mnist":
        wait, seeds = asked.mnist_wait, [int(number)]
        given = {"mnist": tasks.mnist(mnist[0])}
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


@reads()
def networks(inputs: list[str], target: str) -> None:
    """Write the accuracies of all networks, one row a task, a wait and what is tested."""
    from afterpulse.neuron import comparison

    with datasets.whole(target) as path:
        found = comparison.rows([datasets.read(part) for part in inputs])
        pd.DataFrame(found).to_csv(path, index=False)


# The table has the sources of its inputs.
@reads(
    CRITICAL_CURRENT_DENSITY,
    device=(
        "hall_bar",
        "spin_hall_layer.resistivity.source",
        "spin_hall_layer.thickness.source",
        "spin_hall_layer.current_fraction.source",
        "heat_path.heated_thickness.source",
        "hall_bar.width.source",
        "hall_bar.read_current.source",
        "switching.critical_current_density.source",
    ),
    experiment=("numerics.window",),
)
def energy(device: Device, experiment: Experiment, target: str) -> None:
    """Write the energy of pulses, readings and inferences, with all inputs and their sources."""
    from afterpulse.neuron import energy

    with datasets.whole(target) as path:
        pd.DataFrame(energy.rows(device, experiment)).to_csv(path, index=False)
