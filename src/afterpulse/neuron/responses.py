"""Responses of a device and of its memory cell to the neuron protocols."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
import xarray as xr

from afterpulse.cards.experiment import OWN_MECHANISMS, Mechanisms
from afterpulse.cards.mechanisms import FILM
from afterpulse.datasets import label
from afterpulse.neuron import cell as cells
from afterpulse.neuron import identify
from afterpulse.neuron.compact import Cell
from afterpulse.neuron.protocols import CELL, QUIET, Array, NeuronProtocol, Protocol, estimate
from afterpulse.neuron.trains import SimulatedDevice, reading_times, simulate_trains
from afterpulse.timeline.protocol import TimedPulse

FIRST_REPLICATE = 2_000_000
"""Beyond the replicates of the random trains, so that no two start from the same aged film."""
MAX_FRACTION_LEFT, MIN_SIGNIFICANCE = 0.5, 3.0
"""An effect needs a mechanism without which less than this fraction of the effect is left, by a
difference of more than this number of standard errors."""


def without_each(mechanisms: Mechanisms) -> dict[str, Mechanisms]:
    """Return the card's mechanisms, and these without each that changes the film."""
    return {OWN_MECHANISMS: mechanisms} | {
        f"without_{name}": mechanisms.without(name) for name in FILM if getattr(mechanisms, name)
    }


def simulate_device(
    simulated: SimulatedDevice,
    protocol: Protocol,
    replicates: int,
    report: Callable[[float, str], None] = lambda fraction, line: None,
) -> xr.Dataset:
    """Apply a protocol to the device, with all mechanisms and without each.

    All trains and mechanism sets start from the same aged films. `report` takes the fraction done
    and a line of progress. The dataset is that of `simulate_trains` with a leading dimension
    ``mechanism_set``.
    """
    experiment = simulated.experiment
    current = simulated.device.critical_current
    pulses = [
        tuple(TimedPulse(a * current, w, t) for a, w, t in zip(*train, strict=True))
        for train in zip(*(x.tolist() for x in protocol[:3]), strict=True)
    ]
    sets = without_each(experiment.mechanisms)
    own = range(FIRST_REPLICATE, FIRST_REPLICATE + replicates)

    def report_set(index: int, fraction: float, line: str) -> None:
        report((index + fraction) / len(sets), line)

    responses = []
    for index, mechanisms in enumerate(sets.values()):
        changed = experiment.model_copy(update={"mechanisms": mechanisms, "compare": {}})
        device = replace(simulated, experiment=changed)
        progress = partial(report_set, index)
        responses.append(simulate_trains(device, pulses, own, protocol.delays, progress))
    names = xr.Variable("mechanism_set", list(sets))
    # Pulses and delays are the same for all sets.
    varied = [name for name, of in responses[0].variables.items() if "replicate" in of.dims]
    return label(xr.concat(responses, names, data_vars=varied, coords="minimal", compat="override"))


def simulate_cell(
    cell: Cell, protocol: Protocol, ageing: float, replicates: int, key: Any
) -> xr.Dataset:
    """Apply a protocol to memory cells that differ in their noise, and without noise.

    `ageing` is the wait before each train (s), `replicates` the number of memory cells. The dataset
    has ``magnetisation_z`` and ``grain_order`` in the layout of `simulate_device`.
    """
    delay = reading_times(protocol.wait, protocol.delays)
    known = ~np.isnan(delay)

    def trace(cell: Cell, key: Any) -> tuple[Array, Array]:
        return identify.trace(cell, protocol.amplitude, protocol.width, delay, ageing, key)

    keys = jax.random.split(key, replicates)
    traces = [
        jax.vmap(partial(trace, variant), out_axes=1)(keys) for variant in (cell, cells.quiet(cell))
    ]
    dims = ("mechanism_set", "train", "replicate", "pulse_number", "reading")
    of_pulse = ("train", "pulse_number")
    values = {
        name: (dims, np.where(known[:, None], np.stack(variants), np.nan).astype(float))
        for name, variants in zip(
            ("magnetisation_z", "grain_order"), zip(*traces, strict=True), strict=True
        )
    }
    dataset = xr.Dataset(
        {
            **values,
            "delay": ((*of_pulse, "reading"), delay),
            "relative_amplitude": (of_pulse, protocol.amplitude),
            "pulse_width": (of_pulse, protocol.width),
        },
        coords={"mechanism_set": [CELL, QUIET]},
    )
    return label(dataset)


def readings(response: xr.Dataset, mechanism_set: str) -> Array:
    """Return the readings of a mechanism set, or of the memory cell, as `protocols` takes them."""
    z = response["magnetisation_z"].sel(mechanism_set=mechanism_set)
    return z.transpose("replicate", "train", "pulse_number", "reading").values


def rows(
    name: str, protocol: NeuronProtocol, device: xr.Dataset, cell: xr.Dataset
) -> list[dict[str, object]]:
    """Return a table row for each quantity of a protocol.

    `device` and `cell` are the datasets of `simulate_device` and `simulate_cell`. A row has device
    and memory cell with standard errors (jackknife over the replicates), their difference in
    combined standard errors, and the device without each mechanism. ``needs`` names the mechanisms
    that an effect needs (`MAX_FRACTION_LEFT`); it is empty for quantities that are no effects, and
    "no effect" if the device shows none.
    """
    quantities = list(protocol.measure(readings(device, OWN_MECHANISMS)))
    estimates = {
        str(name): estimate(
            lambda z: np.array(list(protocol.measure(z).values()), dtype=float),
            readings(response, str(name)),
        )
        for response in (device, cell)
        for name in response["mechanism_set"].values
    }
    return [
        {"protocol": name, "quantity": quantity}
        | _row({key: (v[index], e[index]) for key, (v, e) in estimates.items()}, ":" in quantity)
        for index, quantity in enumerate(quantities)
    ]


def _row(estimates: Mapping[str, tuple[float, float]], is_effect: bool) -> dict[str, object]:
    own, own_error = estimates[OWN_MECHANISMS]
    row: dict[str, object] = {"device": own, "device_error": own_error}
    needed = []
    for key in (CELL, QUIET):
        value, error = estimates[key]
        combined = np.hypot(own_error, error)
        row |= {key: value, f"{key}_error": error}
        row[f"{key}_less_device_in_errors"] = (value - own) / combined if combined > 0 else np.nan
    for key, (value, error) in estimates.items():
        if key in (OWN_MECHANISMS, CELL, QUIET):
            continue
        row |= {key: value, f"{key}_error": error}
        significant = abs(own - value) > MIN_SIGNIFICANCE * np.hypot(own_error, error)
        if value * np.sign(own) < MAX_FRACTION_LEFT * abs(own) and significant:
            needed.append(key.removeprefix("without_"))
    row["needs"] = ""
    if is_effect:
        shown = abs(own) > MIN_SIGNIFICANCE * own_error
        row["needs"] = (" and ".join(needed) or "none of them alone") if shown else "no effect"
    return row
