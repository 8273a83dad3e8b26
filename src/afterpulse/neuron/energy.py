"""Energy of pulses, readings and inferences of devices of any size.

The energy is the Joule heat in the switching part of the bar. Contacts, leads, drivers, the
amplifier of the Hall voltage, and all of a network but the devices are not counted.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device

Array = NDArray[np.float64]

READ_TIME = 1e-3
"""Duration of the read current (s); assumed, of the order of a lock-in period."""
SPIKE_FRACTION = 1.0
"""Fraction of the steps of an inference in which a memory cell gets a pulse; assumed, the worst
case."""


def pulse_energy(device: Device, density: ArrayLike, width: ArrayLike, area: ArrayLike) -> Array:
    """Return the Joule heat (J) of a pulse, E = J² rho t A w.

    `density` J is that in the spin-Hall layer (A/m²); `width` w in s, `area` A in m². The thickness
    t over which the heat is released counts the shunting layers. At a given J the energy is
    proportional to the area: the current of a smaller device falls with its width.
    """
    areal = device.areal_power(1.0) * np.square(density)
    return np.asarray(areal * np.multiply(width, area), dtype=float)


def read_energy(device: Device, area: ArrayLike) -> Array:
    """Return the Joule heat (J) of a reading of a film of an area (m²) for `READ_TIME`.

    The current density is that of the card's read current in the card's bar for any area, so the
    Hall voltage falls with the width.
    """
    density = device.current_density(device.hall_bar.read_current.value)
    return pulse_energy(device, density, READ_TIME, area)


def inference_energy(
    pulse: float, read: float, cells: int, steps: int, fraction: float = SPIKE_FRACTION
) -> float:
    """Return the energy (J) of an inference, E = N T (s E_pulse + E_read).

    Each of N memory cells is read in each of T time steps and gets a pulse in a fraction s of them.
    """
    return cells * steps * (fraction * pulse + read)


PUBLISHED = (
    (
        "domain-wall neuron that leaks by a synthetic antiferromagnet",
        "measured",
        "none in its abstract; the full text was not at hand",
        "Hall bar, none in its abstract",
        "B. Sekh et al., Adv. Sci. (2026), doi 10.1002/advs.202521732",
    ),
    (
        "spin-splitting-torque neuron with self-reset by a synthetic antiferromagnet",
        "measured",
        "none in its abstract; the full text was not at hand",
        "none in its abstract",
        "B. Sekh et al., arXiv 2602.01874 (2026)",
    ),
    (
        "domain-wall and skyrmion neurons and synapses",
        "simulated",
        "of the order of a few fJ an operation",
        "none in its abstract",
        "D. Das et al., arXiv 2211.06630 (2022), abstract",
    ),
    (
        "antiferromagnetic auto-oscillator neuron",
        "theory",
        "about 1e-3 pJ a synaptic operation",
        "none in its abstract",
        "arXiv 2208.06565 (2022), abstract",
    ),
    (
        "skyrmion synapse",
        "simulated",
        "0.87 fJ a state update",
        "none in its abstract",
        "S. Gupta et al., arXiv 2407.08469 (2024), abstract",
    ),
)
"""Published devices: name, kind, energy and size as their abstracts give them, source."""

AMPLITUDES = ((0.5, 1e-5), (0.75, 1e-6), (0.85, 1e-3))
"""Pulses of the table: amplitude over the critical current, width (s)."""
COLUMNS = ("kind", "quantity", "value", "unit", "area_m2", "source")
PULSE_EQUATION = "J² rho t A w"
CELLS, STEPS = 100, 25
"""Memory cells and steps of the inference of the table; assumed, a small network."""


def rows(device: Device, experiment: Experiment) -> list[dict[str, str | float]]:
    """Return the table of inputs, energies and published devices.

    The film is the experiment's window, the bar a square of the card's width.

    Kinds are input, energy and published; a source is that of the card, derived, or "assumed".
    """
    bar, layer, heat = device.hall_bar, device.spin_hall_layer, device.heat_path
    critical = device.critical_current_density
    window, cross = experiment.numerics.window**2, bar.width.value**2
    critical_source = device.switching.critical_current_density.source
    read = device.current_density(bar.read_current.value)
    table: list[tuple[str, str, str | float, str, float, str]] = [
        ("input", name, value, unit, np.nan, source)
        for name, value, unit, source in (
            *(
                (name, field.value, unit, field.source)
                for name, field, unit in (
                    ("resistivity of the spin-Hall layer", layer.resistivity, "ohm m"),
                    ("thickness of the spin-Hall layer", layer.thickness, "m"),
                    ("share of the current in it", layer.current_fraction, "1"),
                    ("thickness over which the heat is released", heat.heated_thickness, "m"),
                    ("width of the bar", bar.width, "m"),
                    ("read current", bar.read_current, "A"),
                )
            ),
            ("critical current density", critical, "A/m²", critical_source),
            ("read current density", read, "A/m²", "read current, share, cross-section"),
            ("length of the bar", bar.width.value, "m", "assumed; a square cross"),
            ("edge of the film", experiment.numerics.window, "m", "experiment card"),
            ("time of a reading", READ_TIME, "s", "assumed"),
            ("cells of the inference", CELLS, "1", "assumed"),
            ("steps of the inference", STEPS, "1", "assumed"),
            ("share of steps with a pulse", SPIKE_FRACTION, "1", "assumed"),
        )
    ]
    for part, area in (("bar", cross), ("film", window)):
        reading = float(read_energy(device, area))
        energies = [(f"reading, {part}", reading, PULSE_EQUATION)]
        for amplitude, width in AMPLITUDES:
            name = f"{amplitude:g} I_c for {width:g} s, {part}"
            pulse = float(pulse_energy(device, amplitude * critical, width, area))
            inference = inference_energy(pulse, reading, CELLS, STEPS)
            energies.append((f"pulse of {name}", pulse, PULSE_EQUATION))
            energies.append((f"inference, {name}", inference, "N T (E_pulse + E_read)"))
        table += [("energy", name, value, "J", area, source) for name, value, source in energies]
    table += [
        ("published", f"{name} ({kind}); size: {size}", value, "", np.nan, source)
        for name, kind, value, size, source in PUBLISHED
    ]
    return [dict(zip(COLUMNS, row, strict=True)) for row in table]
