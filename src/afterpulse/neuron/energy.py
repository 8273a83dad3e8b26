"""Energy of pulses, readings and inferences of devices of any size, and what it rests on.

Counted is the Joule heat in the part of the bar that switches. Contacts, leads, drivers, the
amplifier of the Hall voltage and all of a network but the devices are not.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device, heating
from afterpulse.device.critical_current import critical_current_density
from afterpulse.timeline.protocol import current_density

Array = NDArray[np.float64]

READ_TIME = 1e-3
"""Time for which the read current flows (s); assumed, of the order of a lock-in period."""
SHARE_OF_SPIKES = 1.0
"""Share of the steps of an inference in which a cell gets a pulse; assumed, the worst case."""


def pulse_energy(device: Device, density: ArrayLike, width: ArrayLike, area: ArrayLike) -> Array:
    """Joule heat of a pulse, E = J² rho t A w.

    Parameters
    ----------
    device : Device
        Resistivity of its spin-Hall layer, and the thickness over which that heat is released, in
        which the layers that shunt the current are counted (`afterpulse.device.heating`).
    density : array_like
        J in the spin-Hall layer (A/m²).
    width : array_like
        Of the pulse (s).
    area : array_like
        Of the film, width times length (m²).

    Returns
    -------
    ndarray
        J. It is proportional to the area at a given current density: a smaller device takes less
        current in the same ratio as its width.
    """
    areal = heating.power(device, 1.0) * np.square(density)
    return np.asarray(areal * np.multiply(width, area), dtype=float)


def read_energy(device: Device, area: ArrayLike, time: ArrayLike = READ_TIME) -> Array:
    """Joule heat of a reading with the card's read current.

    Parameters
    ----------
    device : Device
        Its read current, in a bar of the card's width.
    area : array_like
        Of the film (m²). The current density is that of the card's bar whatever the area, so that
        the Hall voltage falls with the width.
    time : array_like
        For which the current flows (s).

    Returns
    -------
    ndarray
        J.
    """
    density = current_density(device, device.hall_bar.read_current.value)
    return pulse_energy(device, density, time, area)


def inference_energy(
    pulse: ArrayLike,
    read: ArrayLike,
    cells: ArrayLike,
    steps: ArrayLike,
    share: ArrayLike = SHARE_OF_SPIKES,
) -> Array:
    """Energy of an inference, E = N T (s E_pulse + E_read).

    Parameters
    ----------
    pulse, read : array_like
        Energy of a pulse and of a reading (J).
    cells, steps : array_like
        Number N of cells and T of time steps; every cell is read in each step.
    share : array_like
        Share s of the steps in which a cell gets a pulse.

    Returns
    -------
    ndarray
        J.
    """
    each = np.multiply(share, pulse) + np.asarray(read)
    return np.asarray(np.multiply(cells, steps) * each, dtype=float)


class Published(NamedTuple):
    """A device of the literature.

    Attributes
    ----------
    device, kind, energy, size, source : str
        What it is; measured or simulated; energy and size as its source gives them, or why there
        is none; where that stands.
    """

    device: str
    kind: str
    energy: str
    size: str
    source: str


PUBLISHED = (
    Published(
        "domain-wall neuron that leaks by a synthetic antiferromagnet",
        "measured",
        "none in its abstract; the full text was not at hand",
        "Hall bar, none in its abstract",
        "B. Sekh et al., Adv. Sci. (2026), doi 10.1002/advs.202521732",
    ),
    Published(
        "spin-splitting-torque neuron with self-reset by a synthetic antiferromagnet",
        "measured",
        "none in its abstract; the full text was not at hand",
        "none in its abstract",
        "B. Sekh et al., arXiv 2602.01874 (2026)",
    ),
    Published(
        "domain-wall and skyrmion neurons and synapses",
        "simulated",
        "of the order of a few fJ an operation",
        "none in its abstract",
        "D. Das et al., arXiv 2211.06630 (2022), abstract",
    ),
    Published(
        "antiferromagnetic auto-oscillator neuron",
        "theory",
        "about 1e-3 pJ a synaptic operation",
        "none in its abstract",
        "arXiv 2208.06565 (2022), abstract",
    ),
    Published(
        "skyrmion synapse",
        "simulated",
        "0.87 fJ a state update",
        "none in its abstract",
        "S. Gupta et al., arXiv 2407.08469 (2024), abstract",
    ),
)
"""Beside which the energies may be set, as their abstracts give them."""

AMPLITUDES = ((0.5, 1e-5), (0.75, 1e-6), (0.85, 1e-3))
"""Pulses of the table: over the critical current, and s."""
CELLS, STEPS = 100, 25
"""Inference of the table; assumed, a small network."""


def rows(device: Device, experiment: Experiment) -> list[dict[str, str | float]]:
    """Table of inputs, energies and published devices.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; the film is the experiment's window, and the bar a square of the card's width.

    Returns
    -------
    list of dict
        ``kind`` (input, energy, published), ``quantity``, ``value``, ``unit``, ``area_m2`` and
        ``source``: of the card, what follows from others, or "assumed".
    """
    bar, layer, heat = device.hall_bar, device.spin_hall_layer, device.heat_path
    critical = critical_current_density(device, experiment)
    window, cross = experiment.numerics.window**2, bar.width.value**2
    read = current_density(device, bar.read_current.value)

    def row(
        kind: str, quantity: str, value: str | float, unit: str, source: str, area: float = np.nan
    ) -> dict[str, str | float]:
        return {
            "kind": kind,
            "quantity": quantity,
            "value": value,
            "unit": unit,
            "area_m2": area,
            "source": source,
        }

    inputs = [
        row("input", name, field.value, unit, field.source)
        for name, field, unit in (
            ("resistivity of the spin-Hall layer", layer.resistivity, "ohm m"),
            ("thickness of the spin-Hall layer", layer.thickness, "m"),
            ("share of the current in it", layer.current_fraction, "1"),
            ("thickness over which the heat is released", heat.heated_thickness, "m"),
            ("width of the bar", bar.width, "m"),
            ("read current", bar.read_current, "A"),
        )
    ] + [
        row(
            "input",
            "critical current density",
            critical,
            "A/m²",
            device.switching.critical_current_density.source,
        ),
        row("input", "read current density", read, "A/m²", "read current, share, cross-section"),
        row("input", "length of the bar", bar.width.value, "m", "assumed; a square cross"),
        row("input", "edge of the film", experiment.numerics.window, "m", "experiment card"),
        row("input", "time of a reading", READ_TIME, "s", "assumed"),
        row("input", "cells of the inference", CELLS, "1", "assumed"),
        row("input", "steps of the inference", STEPS, "1", "assumed"),
        row("input", "share of steps with a pulse", SHARE_OF_SPIKES, "1", "assumed"),
    ]
    energies = []
    for place, area in (("bar", cross), ("film", window)):
        of_read = float(read_energy(device, area))
        energies.append(row("energy", f"reading, {place}", of_read, "J", "J² rho t A w", area))
        for amplitude, width in AMPLITUDES:
            name = f"{amplitude:g} I_c for {width:g} s, {place}"
            of_pulse = float(pulse_energy(device, amplitude * critical, width, area))
            whole = float(inference_energy(of_pulse, of_read, CELLS, STEPS))
            energies.append(row("energy", f"pulse of {name}", of_pulse, "J", "J² rho t A w", area))
            energies.append(
                row("energy", f"inference, {name}", whole, "J", "N T (E_pulse + E_read)", area)
            )
    published = [
        row("published", f"{one.device} ({one.kind}); size: {one.size}", one.energy, "", one.source)
        for one in PUBLISHED
    ]
    return inputs + energies + published
