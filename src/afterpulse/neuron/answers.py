"""Answers of a device and of its memory cell to the neuron protocols, side by side."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import numpy as np
import xarray as xr

from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment, Mechanisms
from afterpulse.cards.mechanisms import FILM
from afterpulse.datasets import label
from afterpulse.device import Device
from afterpulse.film.sample import Sample
from afterpulse.kinetics.film import Calibrated
from afterpulse.neuron import cell as cells
from afterpulse.neuron import identify
from afterpulse.neuron.compact import Cell
from afterpulse.neuron.protocols import CELL, QUIET, Array, Asked, Protocol, estimate
from afterpulse.neuron.trains import reading_times, simulate_trains
from afterpulse.timeline.protocol import TimedPulse, critical_current

FIRST_REPLICATE = 2_000_000
"""Beyond those of the random trains, so that none of them starts from the same aged film."""
KEPT, SURE = 0.5, 3.0
"""A protocol needs a mechanism without which its effect keeps less than this share, by a difference
of more than so many standard errors."""


def without_each(mechanisms: Mechanisms) -> dict[str, Mechanisms]:
    """Return the card's own mechanisms, and each that changes the film switched off by itself."""
    found = {OWN_MECHANISMS: mechanisms}
    for name in FILM:
        if getattr(mechanisms, name):
            found[f"without_{name}"] = mechanisms.without(name)
    return found


def of_device(
    device: Device,
    experiment: Experiment,
    sample: Sample,
    calibrated: Calibrated,
    protocol: Protocol,
    replicates: int,
    report: Callable[[float, str], None] = lambda share, line: None,
) -> xr.Dataset:
    """Put a protocol to the device, with all mechanisms and without each.

    Parameters
    ----------
    device, experiment, sample, calibrated
        As in `afterpulse.neuron.trains.simulate_trains`.
    protocol : Protocol
        Its pulses.
    replicates : int
        Repeats, the same aged films for all trains and mechanisms.
    report : callable
        Takes the share that is done and a line about it.

    Returns
    -------
    xarray.Dataset
        That of `simulate_trains` with a leading dimension ``mechanism_set``.
    """
    current = critical_current(device, experiment)
    pulses = [
        tuple(TimedPulse(a * current, w, t) for a, w, t in zip(*one, strict=True))
        for one in zip(*(x.tolist() for x in protocol[:3]), strict=True)
    ]
    sets, found = without_each(experiment.mechanisms), []
    own = range(FIRST_REPLICATE, FIRST_REPLICATE + replicates)
    for number, mechanisms in enumerate(sets.values()):
        changed = experiment.model_copy(update={"mechanisms": mechanisms, "compare": {}})
        found.append(
            simulate_trains(
                device,
                changed,
                sample,
                calibrated,
                pulses,
                own,
                protocol.delays,
                partial(_report_part, report, number, len(sets)),
            )
        )
    names = xr.Variable("mechanism_set", list(sets))
    # Pulses and delays are the same for all sets.
    varied = [name for name, of in found[0].variables.items() if "replicate" in of.dims]
    return label(xr.concat(found, names, data_vars=varied, coords="minimal", compat="override"))


def _report_part(
    report: Callable[[float, str], None], number: int, parts: int, share: float, line: str
) -> None:
    report((number + share) / parts, line)


def of_cell(cell: Cell, protocol: Protocol, ageing: float, replicates: int, key: Any) -> xr.Dataset:
    """Put a protocol to cells of one device that differ in their noise, and to those without any.

    Parameters
    ----------
    cell : Cell
        With noise, as `afterpulse.neuron.rules.cell` makes it.
    protocol : Protocol
        Its pulses.
    ageing : float
        Before each train (s).
    replicates : int
        Number of cells.
    key : jax.Array
        Of the noise.

    Returns
    -------
    xarray.Dataset
        ``magnetisation_z`` and ``grain_order`` in the layout of `of_device`.
    """
    delay = reading_times(protocol.wait, protocol.delays)
    known = ~np.isnan(delay)

    def trace(of: Cell, own: Any) -> tuple[Array, Array]:
        return identify.trace(of, protocol.amplitude, protocol.width, delay, ageing, own)

    keys = jax.random.split(key, replicates)
    answers = [jax.vmap(partial(trace, of), out_axes=1)(keys) for of in (cell, cells.quiet(cell))]
    dims = ("mechanism_set", "train", "replicate", "pulse_number", "reading")
    of_pulse = ("train", "pulse_number")
    values = {
        name: (dims, np.where(known[:, None], np.stack(both), np.nan).astype(float))
        for name, both in zip(
            ("magnetisation_z", "grain_order"), zip(*answers, strict=True), strict=True
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


def readings(answer: xr.Dataset, mechanism_set: str) -> Array:
    """Readings of a set of mechanisms, or of the cell, as `protocols` takes them."""
    of = answer["magnetisation_z"].sel(mechanism_set=mechanism_set)
    return of.transpose("replicate", "train", "pulse_number", "reading").values


def rows(name: str, asked: Asked, device: xr.Dataset, cell: xr.Dataset) -> list[dict[str, object]]:
    """What a protocol shows, of device and cell, and which mechanisms it needs.

    Parameters
    ----------
    name : str
        Of the protocol.
    asked : Asked
        What is read off it.
    device, cell : xarray.Dataset
        From `of_device` and `of_cell`.

    Returns
    -------
    list of dict
        A row a quantity: device and cell with standard errors (jackknife over the replicates), the
        cell's difference in standard errors of both, and the device without each mechanism.
        ``needs`` names the mechanisms without which an effect is gone (`KEPT`, `SURE`); it is empty
        for quantities that are no effects, and "no effect" where the device shows none.
    """
    quantities = list(asked.measure(readings(device, OWN_MECHANISMS)))
    found = {
        str(one): estimate(
            lambda z: np.array(list(asked.measure(z).values()), dtype=float),
            readings(answer, str(one)),
        )
        for answer in (device, cell)
        for one in answer["mechanism_set"].values
    }
    return [
        _row(name, quantity, {key: (v[number], e[number]) for key, (v, e) in found.items()})
        for number, quantity in enumerate(quantities)
    ]


def _row(name: str, quantity: str, found: Mapping[str, tuple[float, float]]) -> dict[str, object]:
    own, own_error = found[OWN_MECHANISMS]
    row: dict[str, object] = {
        "protocol": name,
        "quantity": quantity,
        "device": own,
        "device_error": own_error,
    }
    for key in (CELL, QUIET):
        value, error = found[key]
        both = np.hypot(own_error, error)
        row |= {key: value, f"{key}_error": error}
        row[f"{key}_less_device_in_errors"] = (value - own) / both if both > 0 else np.nan
    without = {
        key: value for key, value in found.items() if key not in (OWN_MECHANISMS, CELL, QUIET)
    }
    needed = [
        key.removeprefix("without_")
        for key, (value, error) in without.items()
        if value * np.sign(own) < KEPT * abs(own)
        and abs(own - value) > SURE * np.hypot(own_error, error)
    ]
    for key, (value, error) in without.items():
        row |= {key: value, f"{key}_error": error}
    if ":" in quantity:
        shown = abs(own) > SURE * own_error
        row["needs"] = (" and ".join(needed) or "none of them alone") if shown else "no effect"
    else:
        row["needs"] = ""
    return row
