"""All that the kinetics take from micromagnetics, as one dataset."""

import logging
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.calibration.critical_current import drive_units, leaves_its_well, reverses, search
from afterpulse.calibration.energy_barrier import energy_barrier
from afterpulse.calibration.isolated_unit import (
    IsolatedUnit,
    coherent_barrier,
    disc,
    in_plane_field,
    isolated_system,
    unit_of_sample,
)
from afterpulse.calibration.settling_time import settling_time
from afterpulse.cards import CardError
from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device, spin_orbit_torque
from afterpulse.device.critical_current import in_plane_bias, initial_sign
from afterpulse.engines import Engine, engine_of
from afterpulse.engines.hand_over import RELAXATION, RELAXING_DAMPING
from afterpulse.film import fields
from afterpulse.film.sample import Sample
from afterpulse.kinetics.film import Calibrated

logger = logging.getLogger("afterpulse")

# Cells along the median unit: 4.7 nm for 47 nm, below the exchange length of most films.
CELLS_ACROSS = 10
# A unit that is 1 % above its threshold is lost within this time.
LONG_PULSE = 2e-9
# Between which multiples of the macrospin threshold critical currents are searched for.
LOWEST, HIGHEST, HIGHEST_SHORT = 0.05, 3.0, 8.0
# Fields along the state over the anisotropy field.
BIASES = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])
SETTLING_CURRENT = 0.5
SETTLING_OUTPUTS = 100


def calibrate(device: Device, experiment: Experiment, sample: Sample) -> xr.Dataset:
    """Measure units of a device at the parameters of its ambient temperature, at T = 0.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; the experiment's engine drives, the string method is the embedded one.
    sample : Sample
        Some of its units are measured one by one.

    Returns
    -------
    xarray.Dataset
        Critical currents against diameter, pulse width and exchange bias, barriers against
        diameter, torque tilt and settling time, with what a macrospin has beside them. Not found
        is NaN.
    """
    settings, engine = experiment.calibration, engine_of(experiment.engine)
    diameter = device.ferromagnet.unit_diameter.value
    diameters = diameter * np.array(settings.relative_diameters)
    cell = diameter / CELLS_ACROSS
    cells = int(np.ceil(CELLS_ACROSS * max(settings.relative_diameters))) + 1
    discs = [disc(device, experiment, size, cell, cells) for size in diameters]
    both = against_diameter(engine, device, experiment, discs)
    # The kinetics have a unit lost at J_c/(1 + tilt) one way and J_c/(1 - tilt) the other way.
    critical = 2 / (1 / both).sum(axis=1)
    tilt = (both[:, 1] - both[:, 0]) / both.sum(axis=1)
    median = disc(device, experiment, diameter, cell, cells)
    threshold = macrospin_threshold(device, median)
    paths = [energy_barrier(device, unit) for unit in discs]
    logger.info("barriers of %d diameters found", len(paths))
    return xr.Dataset(
        {
            "critical_current_density": ("unit_diameter", critical),
            "critical_current_density_of_polarity": (("unit_diameter", "polarity"), both),
            "macrospin_critical_current_density": (
                "unit_diameter",
                [macrospin_threshold(device, unit) for unit in discs],
            ),
            "median_macrospin_critical_current_density": ((), threshold),
            "torque_tilt": ("unit_diameter", tilt),
            "energy_barrier": ("unit_diameter", [path.height for path in paths]),
            "coherent_barrier": (
                "unit_diameter",
                [coherent_barrier(device, unit) for unit in discs],
            ),
            "path_position": (("unit_diameter", "image"), [path.reaction for path in paths]),
            "path_energy": (("unit_diameter", "image"), [path.energy for path in paths]),
            "critical_current_density_of_width": (
                "pulse_width",
                against_width(engine, device, experiment, median, threshold),
            ),
            "critical_current_density_of_bias": (
                "relative_bias",
                against_bias(engine, device, experiment, median),
            ),
            "settling_time": ((), settle(engine, device, experiment, median, threshold)),
            **units_of_the_sample(engine, device, experiment, sample),
        },
        coords={
            "unit_diameter": diameters,
            "polarity": ["favoured", "other"],
            "pulse_width": np.array(settings.pulse_widths),
            "relative_bias": BIASES,
        },
    )


def calibrated(dataset: xr.Dataset, device: Device) -> Calibrated:
    """Take what the kinetics use out of a dataset of `calibrate`.

    Parameters
    ----------
    dataset : xarray.Dataset
        As stored.
    device : Device
        Its card.

    Returns
    -------
    Calibrated
        Factors on what a macrospin has.

    Raises
    ------
    CardError
        Where the card leaves a value to micromagnetics that was not found.
    """
    factor = dataset["critical_current_density"] / dataset["macrospin_critical_current_density"]
    sizes = dataset["unit_diameter"].values
    tilt = np.interp(device.ferromagnet.unit_diameter.value, sizes, dataset["torque_tilt"].values)
    switching = device.switching
    faults = [
        f"{device.name}: switching.{name}: expected a value, since micromagnetics finds no "
        f"critical current below {HIGHEST:g} times the macrospin threshold, got null"
        for name, given, found in (
            ("critical_current_density", switching.critical_current_density.value, factor),
            ("torque_tilt", switching.torque_tilt.value, tilt),
        )
        if given is None and not np.isfinite(found).all()
    ]
    if faults:
        raise CardError(faults)
    return Calibrated(
        sizes,
        factor.values,
        (dataset["energy_barrier"] / dataset["coherent_barrier"]).values,
        float(tilt),
    )


def anisotropy_field(device: Device, unit: IsolatedUnit) -> float:
    """Field (T) at which a unit that turns as one reverses."""
    magnet, ambient = device.ferromagnet, device.heat_path.ambient_temperature.value
    volume = unit.inside.sum() * unit.cell**2 * magnet.thickness.value
    moment = fields.saturation_magnetisation(device, ambient) * volume
    return 2 * coherent_barrier(device, unit) / moment


def macrospin_threshold(device: Device, unit: IsolatedUnit) -> float:
    """Critical current density (A/m²) of a unit that turns as one, without a field."""
    magnet = device.ferromagnet
    saturation = fields.saturation_magnetisation(device, device.heat_path.ambient_temperature.value)
    return float(
        spin_orbit_torque.macrospin_threshold(
            anisotropy_field(device, unit) * saturation / 2,
            saturation,
            magnet.thickness.value,
            device.spin_hall_layer.spin_hall_angle.value,
        )
    )


def favoured(device: Device, experiment: Experiment) -> float:
    """Sign of the current that takes the initial state to the other one; 1 where none does."""
    sign = spin_orbit_torque.favoured_polarity(
        1.0, device.spin_hall_layer.spin_hall_angle.value, in_plane_bias(device, experiment)
    )
    return float(-initial_sign(experiment) * sign) or 1.0


def relaxed(
    engine: Engine, device: Device, experiment: Experiment, units: list[IsolatedUnit]
) -> list[NDArray[np.float64]]:
    """Units in the initial state, settled without current."""
    upright = np.array([0.0, 0.0, float(initial_sign(experiment))])
    systems = [isolated_system(device, unit, upright, 0.0) for unit in units]
    for system in systems:
        system.dynamics.damping.alpha = RELAXING_DAMPING
    driven = engine(systems, 10 * RELAXATION, 1, [0] * len(systems), experiment.numerics)
    return [one.m for one in driven]


def thresholds(
    engine: Engine,
    device: Device,
    experiment: Experiment,
    units: list[IsolatedUnit],
    polarity: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Critical current density (A/m²) of units in a long pulse, 1 being the favoured polarity."""
    macrospin = np.array([macrospin_threshold(device, unit) for unit in units])
    enough = leaves_its_well(
        engine,
        device,
        units,
        relaxed(engine, device, experiment, units),
        favoured(device, experiment) * polarity,
        LONG_PULSE,
        experiment.numerics,
    )
    return search(enough, LOWEST * macrospin, HIGHEST * macrospin)


def against_diameter(
    engine: Engine, device: Device, experiment: Experiment, discs: list[IsolatedUnit]
) -> NDArray[np.float64]:
    """Critical current density (A/m²) of discs, shape (discs, 2): favoured polarity, the other."""
    lanes = [unit for unit in discs for _ in range(2)]
    polarity = np.tile([1.0, -1.0], len(discs))
    found = thresholds(engine, device, experiment, lanes, polarity)
    logger.info("critical currents of %d diameters found", len(discs))
    return found.reshape(-1, 2)


def against_width(
    engine: Engine, device: Device, experiment: Experiment, unit: IsolatedUnit, threshold: float
) -> list[float]:
    """Current density (A/m²) that reverses a unit in a pulse of each width."""
    start = relaxed(engine, device, experiment, [unit])[0]
    result = []
    for width in experiment.calibration.pulse_widths:
        enough = reverses(
            engine,
            device,
            unit,
            start,
            favoured(device, experiment),
            width,
            experiment.numerics,
        )
        low, high = np.array([LOWEST * threshold]), np.array([HIGHEST_SHORT * threshold])
        result.append(float(search(enough, low, high)[0]))
        logger.info("critical current at a width of %g s: %.4g A/m²", width, result[-1])
    return result


def against_bias(
    engine: Engine, device: Device, experiment: Experiment, unit: IsolatedUnit
) -> NDArray[np.float64]:
    """Critical current density (A/m²) of a unit in each of `BIASES`."""
    along = initial_sign(experiment) * anisotropy_field(device, unit) * np.array([0.0, 0.0, 1.0])
    units = [replace(unit, field=unit.field + bias * along) for bias in BIASES]
    return thresholds(engine, device, experiment, units, np.ones(len(units)))


def units_of_the_sample(
    engine: Engine, device: Device, experiment: Experiment, sample: Sample
) -> dict[str, tuple[str, NDArray[np.float64]]]:
    """Critical current densities of units of the sample, by themselves and on set grains."""
    by_size = np.argsort(sample.unit_area, kind="stable")
    count = min(experiment.calibration.units, by_size.size)
    chosen = by_size[np.linspace(0, by_size.size - 1, count).round().astype(int)]
    boxes = [np.nonzero(sample.unit_index == number) for number in chosen]
    cells = max(int(np.ptp(axis)) + 1 for box in boxes for axis in box)
    set_grains = np.full(sample.grain_area.size, initial_sign(experiment), dtype=np.int8)
    ambient = device.heat_path.ambient_temperature.value
    grains = fields.exchange_bias_field(device, sample, set_grains, ambient)
    bare = np.tile(in_plane_field(device, experiment), (*sample.unit_index.shape, 1))
    units = [
        unit_of_sample(sample, number, cells, field)
        for field in (bare, grains + np.array(experiment.applied_field))
        for number in chosen
    ]
    found = thresholds(engine, device, experiment, units, np.ones(2 * count))
    along_z = [unit.field[unit.inside, 2].mean() for unit in units[count:]]
    logger.info("critical currents of %d units of the sample found", count)
    return {
        "calibrated_unit": ("measured_unit", chosen),
        "unit_macrospin_critical_current_density": (
            "measured_unit",
            np.array([macrospin_threshold(device, unit) for unit in units[:count]]),
        ),
        "unit_critical_current_density": ("measured_unit", found[:count]),
        "unit_critical_current_density_on_grains": ("measured_unit", found[count:]),
        "measured_unit_diameter": (
            "measured_unit",
            np.sqrt(4 / np.pi * sample.unit_area[chosen]),
        ),
        "unit_anisotropy_field": (
            "measured_unit",
            np.array([anisotropy_field(device, unit) for unit in units[:count]]),
        ),
        "unit_exchange_bias": ("measured_unit", initial_sign(experiment) * np.array(along_z)),
    }


def settle(
    engine: Engine, device: Device, experiment: Experiment, unit: IsolatedUnit, threshold: float
) -> float:
    """Time (s) that a unit takes to follow a current of half its threshold."""
    current = np.array([[SETTLING_CURRENT * threshold * favoured(device, experiment)]])
    driven = drive_units(
        engine,
        device,
        [unit],
        relaxed(engine, device, experiment, [unit]),
        current,
        device.ferromagnet.damping.value,
        LONG_PULSE,
        SETTLING_OUTPUTS,
        experiment.numerics,
    )
    return settling_time(driven[0])
