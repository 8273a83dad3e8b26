"""Dataset of all that the kinetics take from micromagnetics."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.calibration.critical_current import leaves_its_well, reverses, search
from afterpulse.calibration.energy_barrier import energy_barriers
from afterpulse.calibration.isolated_unit import (
    IsolatedUnit,
    UnitDriver,
    anisotropy_field,
    coherent_barrier,
    disc,
    in_plane_field,
    macrospin_threshold,
    unit_of_sample,
    without_field,
)
from afterpulse.calibration.neighbour_field import neighbour_field_factor
from afterpulse.cards import CardError
from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.device.torque_law import BARRIERS, TorqueLaw, macrospin_law
from afterpulse.engines import Driven
from afterpulse.film import fields
from afterpulse.film.sample import Sample
from afterpulse.kinetics.film import Calibrated

logger = logging.getLogger("afterpulse")

# Cells along the median unit: 4.7 nm for 47 nm, below the exchange length of most films.
CELLS_ACROSS = 10
# A unit that is 1 % above its threshold leaves its well within this time.
LONG_PULSE = 2e-9
# Bounds of the search for critical currents, over the macrospin threshold.
LOWEST, HIGHEST, HIGHEST_SHORT = 0.05, 3.0, 8.0
# Fields along the state over the anisotropy field.
BIASES = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])
SETTLING_CURRENT = 0.5
LAW_AXES = "relative_current", "relative_in_plane_field", "relative_energy_bias"
LAW_TABLES = "log_attempt_change", "relative_barrier", "well_is_lost"
# KV/k_BT from which each part of the law holds.
LAW_PARTS = "from_relative_energy_barrier"
SETTLING_OUTPUTS = 100
# Fraction of the magnetisation by which a settled unit may still move.
SETTLED = 0.01


def calibrate(device: Device, experiment: Experiment, sample: Sample) -> xr.Dataset:
    """Measure units of a device at T = 0 with the parameters of its ambient temperature.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; the experiment's engine drives, the string method is the embedded one.
    sample : Sample
        Some of its units are measured as well.

    Returns
    -------
    xarray.Dataset
        Critical currents against diameter, pulse width and exchange bias, barriers against
        diameter, field of a reversed neighbour and settling time, with the values of a macrospin,
        and the law of its rates under torque. NaN where none was found.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        # It needs no film.
        law = beside.submit(macrospin_law, *device.torque_ratios)
        return units_measured(device, experiment, sample).assign(stored_law(law.result()))


def units_measured(device: Device, experiment: Experiment, sample: Sample) -> xr.Dataset:
    """Return the dataset of `calibrate` without the law."""
    driver, settings = UnitDriver(device, experiment), experiment.calibration
    diameter = device.ferromagnet.unit_diameter.value
    diameters = diameter * np.array(settings.relative_diameters)
    cell = diameter / CELLS_ACROSS
    cells = int(np.ceil(CELLS_ACROSS * max(settings.relative_diameters))) + 1
    discs = [disc(device, experiment, size, cell, cells) for size in diameters]
    by_polarity = against_diameter(driver, discs)
    # A field along the current lowers one threshold and raises the other by as much.
    critical = by_polarity.mean(axis=1)
    median = disc(device, experiment, diameter, cell, cells)
    threshold = macrospin_threshold(device, median)
    # The kinetics lower barriers by the field in the plane, which therefore does not act here.
    *paths, of_median = energy_barriers(device, list(map(without_field, [*discs, median])))
    logger.info("barriers of %d diameters found", len(paths))
    return xr.Dataset(
        {
            "critical_current_density": ("unit_diameter", critical),
            "critical_current_density_of_polarity": (("unit_diameter", "polarity"), by_polarity),
            "macrospin_critical_current_density": (
                "unit_diameter",
                [macrospin_threshold(device, unit) for unit in discs],
            ),
            "median_macrospin_critical_current_density": ((), threshold),
            "energy_barrier": ("unit_diameter", [path.height for path in paths]),
            "coherent_barrier": (
                "unit_diameter",
                [coherent_barrier(device, unit) for unit in discs],
            ),
            "path_position": (("unit_diameter", "image"), [path.position for path in paths]),
            "path_energy": (("unit_diameter", "image"), [path.energy for path in paths]),
            "critical_current_density_of_width": (
                "pulse_width",
                against_width(driver, median, threshold),
            ),
            "critical_current_density_of_bias": ("relative_bias", against_bias(driver, median)),
            "settling_time": ((), settle(driver, median, threshold)),
            "attempt_frequency": (
                (),
                device.attempt_frequency(of_median.height, median.volume(device)),
            ),
            "neighbour_field_factor": ((), neighbour_field_factor(driver, sample)),
            **units_of_the_sample(driver, sample),
        },
        coords={
            "unit_diameter": diameters,
            "polarity": ["favoured", "other"],
            "pulse_width": np.array(settings.pulse_widths),
            "relative_bias": BIASES,
        },
    )


def stored_law(law: TorqueLaw) -> dict[str, xr.DataArray]:
    """Return the table of a law with its axes."""
    axes = dict(zip(LAW_AXES, law.axes, strict=True))
    parts: dict[str, NDArray[np.float64]] = {LAW_PARTS: np.array([0.0, BARRIERS[1]]), **axes}
    return {
        name: xr.DataArray(values, dims, tuple(dims))
        for name, values, dims in zip(
            LAW_TABLES, (law.prefactor, law.barrier, law.lost), (parts, parts, axes), strict=True
        )
    }


def law_of(dataset: xr.Dataset) -> TorqueLaw:
    """Return the law of a dataset of `calibrate`."""
    prefactor, barrier, lost = (
        dataset[name].transpose(..., *LAW_AXES).values for name in LAW_TABLES
    )
    current, in_plane, bias = (float(np.diff(dataset[name].values[:2])[0]) for name in LAW_AXES)
    steps = current, in_plane, bias
    return TorqueLaw.of_tables(prefactor, barrier, lost.astype(bool), steps)


def calibrated(dataset: xr.Dataset, device: Device) -> Calibrated:
    """Return what the kinetics use of a dataset of `calibrate`: factors on a macrospin's values.

    Raises
    ------
    CardError
        If the card leaves a value to micromagnetics that was not found.
    """
    factor = dataset["critical_current_density"] / dataset["macrospin_critical_current_density"]
    given, dmi = device.switching.critical_current_density, device.ferromagnet.interfacial_dmi.value
    chiral_field = float(dataset["neighbour_field_factor"]) if dmi else 0.0
    faults = []
    if given.value is None and not np.isfinite(factor).all():
        faults.append(
            "switching.critical_current_density: expected a value, since micromagnetics finds no "
            f"critical current below {HIGHEST:g} times the macrospin threshold, got null"
        )
    if not np.isfinite(chiral_field):
        faults.append(
            "ferromagnet.interfacial_dmi: expected a value at which a unit stays reversed in the "
            f"set film at T = 0, got {dmi:g} J/m^2"
        )
    if faults:
        raise CardError([f"{device.name}: {fault}" for fault in faults])
    return Calibrated(
        dataset["unit_diameter"].values,
        factor.values,
        (dataset["energy_barrier"] / dataset["coherent_barrier"]).values,
        chiral_field,
        float(dataset["attempt_frequency"]),
        law_of(dataset),
    )


def favoured(driver: UnitDriver) -> float:
    """Return the sign of the current that reverses the initial state; 1 if neither does."""
    device, experiment = driver.device, driver.experiment
    sign = device.favoured_polarity(1.0, device.in_plane_bias(experiment))
    return float(-experiment.initial_sign * sign) or 1.0


def thresholds(
    driver: UnitDriver, units: list[IsolatedUnit], polarity: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the critical current density (A/m²) of units in a long pulse.

    The polarity of each unit's current is 1 if it is the favoured one, else -1.
    """
    macrospin = np.array([macrospin_threshold(driver.device, unit) for unit in units])
    sign, starts = favoured(driver) * polarity, driver.relaxed(units)
    switches = leaves_its_well(driver, units, starts, sign, LONG_PULSE)
    return search(switches, LOWEST * macrospin, HIGHEST * macrospin)


def against_diameter(driver: UnitDriver, discs: list[IsolatedUnit]) -> NDArray[np.float64]:
    """Return the critical current density (A/m²) of discs, shape (discs, 2): favoured, other."""
    lanes = [unit for unit in discs for _ in range(2)]
    critical = thresholds(driver, lanes, np.tile([1.0, -1.0], len(discs)))
    logger.info("critical currents of %d diameters found", len(discs))
    return critical.reshape(-1, 2)


def against_width(driver: UnitDriver, unit: IsolatedUnit, threshold: float) -> list[float]:
    """Return the current density (A/m²) that reverses a unit in a pulse of each width."""
    start = driver.relaxed([unit])[0]
    low, high = np.array([LOWEST * threshold]), np.array([HIGHEST_SHORT * threshold])
    result = []
    for width in driver.experiment.calibration.pulse_widths:
        switches = reverses(driver, unit, start, favoured(driver), width)
        result.append(float(search(switches, low, high)[0]))
        logger.info("critical current at a width of %g s: %.4g A/m²", width, result[-1])
    return result


def against_bias(driver: UnitDriver, unit: IsolatedUnit) -> NDArray[np.float64]:
    """Return the critical current density (A/m²) of a unit in each of `BIASES`."""
    sign = driver.experiment.initial_sign
    along = sign * anisotropy_field(driver.device, unit) * np.array([0.0, 0.0, 1.0])
    units = [replace(unit, field=unit.field + bias * along) for bias in BIASES]
    return thresholds(driver, units, np.ones(len(units)))


def units_of_the_sample(
    driver: UnitDriver, sample: Sample
) -> dict[str, tuple[str, NDArray[np.float64]]]:
    """Measure units of the sample, evenly chosen by size, alone and on set grains."""
    device, experiment = driver.device, driver.experiment
    by_size = np.argsort(sample.unit_area, kind="stable")
    count = min(experiment.calibration.units, by_size.size)
    chosen = by_size[np.linspace(0, by_size.size - 1, count).round().astype(int)]
    boxes = [np.nonzero(sample.unit_index == index) for index in chosen]
    cells = max(int(np.ptp(axis)) + 1 for box in boxes for axis in box)
    set_grains = np.full(sample.grain_area.size, experiment.initial_sign, dtype=np.int8)
    grains = fields.exchange_bias_field(device, sample, set_grains, device.ambient_temperature)
    bare = np.tile(in_plane_field(device, experiment), (*sample.unit_index.shape, 1))
    units = [
        unit_of_sample(sample, index, cells, field)
        for field in (bare, grains + np.array(experiment.applied_field))
        for index in chosen
    ]
    critical = thresholds(driver, units, np.ones(2 * count))
    alone, on_grains = units[:count], units[count:]
    along_z = [unit.field[unit.inside, 2].mean() for unit in on_grains]
    logger.info("critical currents of %d units of the sample found", count)
    values = {
        "calibrated_unit": chosen,
        "unit_macrospin_critical_current_density": [
            macrospin_threshold(device, unit) for unit in alone
        ],
        "unit_critical_current_density": critical[:count],
        "unit_critical_current_density_on_grains": critical[count:],
        "measured_unit_diameter": np.sqrt(4 / np.pi * sample.unit_area[chosen]),
        "unit_anisotropy_field": [anisotropy_field(device, unit) for unit in alone],
        "unit_exchange_bias": experiment.initial_sign * np.array(along_z),
    }
    return {name: ("measured_unit", np.asarray(value)) for name, value in values.items()}


def settle(driver: UnitDriver, unit: IsolatedUnit, threshold: float) -> float:
    """Return the time (s) that a unit takes to follow a current of half its threshold."""
    current = np.array([[SETTLING_CURRENT * threshold * favoured(driver)]])
    damping = driver.device.ferromagnet.damping.value
    starts = driver.relaxed([unit])
    driven = driver.drive([unit], starts, current, damping, LONG_PULSE, SETTLING_OUTPUTS)
    return settling_time(driven[0])


def settling_time(driven: Driven) -> float:
    """Return the time (s) from which the mean m_z of a long drive stays where it ends.

    It is the whole time if the unit is not settled at the end.
    """
    along_z = driven.mean_m[:, 2]
    moves = np.abs(along_z / along_z[-1] - 1) > SETTLED
    last = np.nonzero(moves)[0]
    return float(driven.time[last[-1] + 1]) if last.size else float(driven.time[0])
