"""Rules of the memory cell and of its networks."""

import logging
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.calibration import calibrated
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.memory_cell import MemoryCell
from afterpulse.cards.sections import CRITICAL_CURRENT_DENSITY, GRID, KINETICS, MATERIALS, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.film import sample as samples
from afterpulse.film.random_streams import SAMPLE, stream, stream_seed
from afterpulse.film.rules import read_sample
from afterpulse.workflow.progress import progress

if TYPE_CHECKING:
    from afterpulse.neuron.trains import SimulatedDevice

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
    """Simulate the random trains of a chunk: a role, its first and its last train (excluded).

    Devices other than the first have films of their own.
    """
    from afterpulse.neuron import chunks, trains

    role, first, last = chunk
    settings, current = memory_cell(experiment), device.critical_current
    purpose = chunks.role(settings, role)
    random = stream(experiment.seed, SAMPLE, 0, f"trains {role}")
    drawn = trains.random_trains(current, purpose.trains, settings.pulses, random)
    simulated = _simulated(device, experiment, sample, calibration)
    if role.startswith("device"):
        seed = stream_seed(experiment.seed, SAMPLE, 0, role)
        own_experiment = experiment.model_copy(update={"seed": seed})
        film = samples.make_sample(device, own_experiment, stream(seed, SAMPLE, 0, "sample"))
        simulated = replace(simulated, experiment=own_experiment, sample=film)
    report, responses = progress(role, time.monotonic), []
    for index in range(first, last):
        begin = purpose.first_replicate + index * purpose.replicates
        own = range(begin, begin + purpose.replicates)
        responses.append(trains.simulate_trains(simulated, [drawn[index]], own))
        report((index + 1 - first) / (last - first), f"train {index + 1} of {last}")
    dataset = xr.concat(responses, "train", data_vars="minimal", coords="minimal", compat="equals")
    save(dataset, target, device, experiment)


def _simulated(
    device: Device, experiment: Experiment, sample: str, calibration: str
) -> "SimulatedDevice":
    """Return the device on a stored sample with a stored calibration."""
    from afterpulse.neuron.trains import SimulatedDevice

    film = read_sample(sample)
    return SimulatedDevice(device, experiment, film, calibrated(datasets.read(calibration), device))


def memory_cell(experiment: Experiment) -> MemoryCell:
    """Return the settings of the card's memory cell."""
    if experiment.memory_cell is None:
        raise ValueError(f"{experiment.name} has no memory cell")
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
    """Fit a memory cell to the trains of a device, and its spread to other devices.

    The table lists the errors on held-out trains.
    """
    # JAX takes seconds to import, which only this job should pay.
    from afterpulse.neuron import dataset as cell_dataset
    from afterpulse.neuron import identify

    def read(paths: list[str]) -> identify.Trains:
        return identify.trains_of([datasets.read(path) for path in paths])

    ageing, trains = experiment.ageing, read(training)
    cell = identify.fit(identify.first_guess(device, experiment), trains, ageing)
    errors = identify.errors(cell, read(held_out), ageing)
    logger.info(
        "held-out trains: %.1f %% of the swing, worst reading %.1f %%",
        100 * errors.rms / errors.swing,
        100 * errors.worst / errors.swing,
    )
    spread = identify.spread_of(cell, [read([path]) for path in others], ageing)
    noisy = cell._replace(units=identify.units_of_noise(cell, trains, ageing))
    stored = cell_dataset.to_dataset(noisy, spread, errors, len(trains.amplitude))
    with datasets.whole(table) as path:
        pd.DataFrame(cell_dataset.error_rows(errors)).to_csv(path, index=False)
    save(stored, dataset, device, experiment)


def reservoir_inputs(experiment: Experiment) -> NDArray[np.float64]:
    """Return the random inputs of the reservoir, between 0 and 1."""
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
    """Apply a neuron protocol to the simulated device, with all mechanisms and without each."""
    # JAX takes seconds to import.
    from afterpulse.neuron import protocols, responses

    response = responses.simulate_device(
        _simulated(device, experiment, sample, calibration),
        protocols.PROTOCOLS[neuron_protocol](reservoir_inputs(experiment)).protocol,
        memory_cell(experiment).protocol_replicates,
        progress(neuron_protocol, time.monotonic),
    )
    save(response, target, device, experiment)


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
    """Apply the neuron protocols to the memory cell and compare it with the device."""
    import jax

    from afterpulse.neuron import cell as cells
    from afterpulse.neuron import dataset as cell_dataset
    from afterpulse.neuron import protocols, responses

    noisy = cells.in_jax(cell_dataset.from_dataset(datasets.read(cell))[0])
    replicates = memory_cell(experiment).protocol_replicates
    inputs = reservoir_inputs(experiment)
    key = jax.random.key(stream_seed(experiment.seed, SAMPLE, 0, "cell") % 2**32)
    rows = []
    for index, (path, target) in enumerate(zip(simulated, of_cell, strict=True)):
        name = Path(path).stem
        protocol = protocols.PROTOCOLS[name](inputs)
        own = jax.random.fold_in(key, index)
        response = responses.simulate_cell(
            noisy, protocol.protocol, experiment.ageing, replicates, own
        )
        rows += responses.rows(name, protocol, datasets.read(path), response)
        save(response, target, device, experiment)
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
    """Train and test the networks of a part of the comparison.

    Parts are ``wait_0`` and so on (devices and leaky neurons at a wait, small tasks), ``timeless``
    (other neurons, small tasks), and ``mnist_0`` and so on (all neurons on MNIST, one seed).
    `mnist` holds the path of that data set, if the part needs it.
    """
    import jax

    from afterpulse.neuron import comparison, tasks
    from afterpulse.neuron import dataset as cell_dataset

    settings = experiment.network
    if settings is None:
        raise ValueError(f"{experiment.name} has no network")
    kind, _, index = network_part.partition("_")
    if kind == "mnist":
        wait, seeds = settings.mnist_wait, [int(index)]
        data = {"mnist": tasks.mnist(mnist[0])}
        size, epochs = settings.mnist_neurons, settings.mnist_epochs
    else:
        wait = np.nan if kind == "timeless" else settings.waits[int(index)]
        seeds = list(range(settings.seeds))
        data = {"digits": tasks.digits(), "recall": tasks.recall(experiment.seed)}
        size, epochs = settings.neurons, settings.epochs
    described: dict[str, float] = {}
    kinds: list[comparison.Kind] = []
    if kind != "timeless":
        length = max(task.learned.shape[1] for task in data.values())
        key = jax.random.key(stream_seed(experiment.seed, SAMPLE, 0, "network") % 2**32)
        devices, error, noise = comparison.devices(
            *cell_dataset.from_dataset(datasets.read(cell)), settings, wait, length, key
        )
        described = {"surrogate_error": error, "reading_noise": noise}
        logger.info("surrogate of the cell: error %.3f, noise of a reading %.3f", error, noise)
        kinds = [devices, comparison.leaky(settings, wait)]
    if kind != "wait":
        kinds += comparison.timeless()
    parts = []
    for name, task in data.items():
        # Recall tests the memory of the neurons, not that of a loop between them.
        used = [comparison.unconnected(each) for each in kinds] if name == "recall" else kinds
        report = partial(logger.info, "%s: %s", name)
        parts.append(comparison.compare(task, used, size, epochs, seeds, report))
    dataset = xr.concat(parts, xr.Variable("task", list(data))).assign(
        {"neurons": size, "wait": wait, **described}
    )
    save(dataset, target, device, experiment)


@reads()
def networks(inputs: list[str], target: str) -> None:
    """Write the accuracies of all networks, a row for each task, wait and tested layer."""
    from afterpulse.neuron import comparison

    with datasets.whole(target) as path:
        table = comparison.accuracy_table([datasets.read(part) for part in inputs])
        table.to_csv(path, index=False)


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
