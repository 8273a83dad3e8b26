"""What the kinetics need of a film: couplings, barriers and rates, at T = 0 and at a given T."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device, spin_orbit_torque, temperature_scaling, thermal_spin_torque
from afterpulse.film.sample import Sample
from afterpulse.film.stray_field import film_coupling, film_spectrum
from afterpulse.kinetics.monte_carlo import Couplings, Links


@dataclass(frozen=True)
class Calibrated:
    """What micromagnetics says of single units, against their diameter.

    Attributes
    ----------
    unit_diameter : ndarray, shape (n,)
        Of a disc of the same area (m), rising; beyond its ends the last value holds.
    threshold_factor : ndarray, shape (n,)
        Critical current over that of a macrospin with the unit's anisotropy and shape (1).
    barrier_factor : ndarray, shape (n,)
        Barrier over that of a turn of the whole unit (1).
    torque_tilt : float
        Energy tilt of a median unit's wells at the critical current, in units of 2 K V.
    """

    unit_diameter: NDArray[np.float64]
    threshold_factor: NDArray[np.float64]
    barrier_factor: NDArray[np.float64]
    torque_tilt: float


MACROSPIN = Calibrated(np.ones(1), np.ones(1), np.ones(1), 0.0)
"""Units that turn as one, without a field along the current."""


@dataclass(frozen=True)
class Film:
    """Elements and couplings, at T = 0 where nothing else is said.

    Attributes
    ----------
    anisotropy_energy : ndarray, shape (units,)
        K_eff V of each FM unit (J).
    shape_energy : ndarray, shape (units,)
        What a unit's barrier gains over that of the whole film since its own demagnetising
        factors are N < 1 along z and (1 - N)/2 in the plane, 3 mu_0 M_s² (1 - N) V / 4 (J). Its
        neighbours' stray field makes up for a part of it.
    unit_moment : ndarray, shape (units,)
        M_s V (A m²).
    unit_share : ndarray, shape (units,)
        Share of the film's area (1).
    grain_share : ndarray, shape (grains,)
        Share of the film's area (1).
    barrier_factor : ndarray, shape (units,)
        Barrier over the sum of anisotropy energy and shape energy (1).
    unit_threshold : ndarray, shape (units,)
        Critical current density at the ambient temperature (A/m²).
    torque_tilt : float
        Energy tilt of a unit's wells at its critical current, in units of 2 K V.
    unit_heat_threshold : ndarray, shape (units,)
        Critical density of a spin current polarised along z (A/m²).
    own_dipolar : ndarray, shape (units,)
        mu_0 M_s² G of each unit with itself (J).
    unit_index : ndarray of int32, shape (nx, ny)
        Unit of each cell.
    dipolar_spectrum : ndarray
        mu_0 M_s² times `film_spectrum` (J); in float32, which is several times faster and
        rounds at 1e-5 of k_B T.
    distant_reach : float
        Largest energy of a unit in the stray field of all units that are not near it, those
        being alike (J).
    grain_barrier : ndarray, shape (grains,)
        K_AF V (J).
    couplings : Couplings
        Half the wall energy between touching units, mu_0 M_s² G between near ones and
        J_int A u_z between units and grains (J).
    """

    anisotropy_energy: NDArray[np.float64]
    shape_energy: NDArray[np.float64]
    unit_moment: NDArray[np.float64]
    unit_share: NDArray[np.float64]
    grain_share: NDArray[np.float64]
    barrier_factor: NDArray[np.float64]
    unit_threshold: NDArray[np.float64]
    torque_tilt: float
    unit_heat_threshold: NDArray[np.float64]
    own_dipolar: NDArray[np.float64]
    unit_index: NDArray[np.int32]
    dipolar_spectrum: NDArray[np.float32]
    distant_reach: float
    grain_barrier: NDArray[np.float64]
    couplings: Couplings


def make_film(
    device: Device, experiment: Experiment, sample: Sample, calibrated: Calibrated
) -> Film:
    """Couplings and barriers of a sample at T = 0.

    Parameters
    ----------
    device : Device
        The materials.
    experiment : Experiment
        Applied field and initial state.
    sample : Sample
        The geometry.
    calibrated : Calibrated
        From micromagnetics; what the card gives goes before.

    Returns
    -------
    Film
        What `segment.run_segment` scales to each step's temperature.
    """
    magnet, antiferromagnet = device.ferromagnet, device.antiferromagnet
    volume = sample.unit_area * magnet.thickness.value
    magnetisation = magnet.saturation_magnetisation.value
    anisotropy = magnet.effective_anisotropy.value * sample.unit_anisotropy_factor
    coupling = (
        antiferromagnet.interface_coupling.value
        * sample.contact_area
        * sample.grain_axis[sample.contact_grain, 2]
    )
    stray_field = mu_0 * magnetisation**2
    own_dipolar = stray_field * sample.own_dipolar_volume
    shape_energy = 0.75 * (stray_field * volume + own_dipolar)
    diameter = np.sqrt(4 / np.pi * sample.unit_area)
    given_tilt = device.switching.torque_tilt.value
    units, grains = volume.size, sample.grain_area.size
    near = stray_field * sample.pair_dipolar_volume
    spectrum = film_spectrum(sample.unit_index.shape[0], sample.cell, magnet.thickness.value)
    dipolar_spectrum = (stray_field * spectrum).astype(np.float32)
    alike = film_coupling(sample.unit_index, dipolar_spectrum, np.ones(units, dtype=np.int8))
    distant = alike - own_dipolar - np.bincount(sample.pair_unit, near, minlength=units)
    touch = sample.pair_border_length > 0
    unit, grain = sample.contact_unit, sample.contact_grain
    by_unit, by_grain = np.lexsort((grain, unit)), np.lexsort((unit, grain))
    return Film(
        anisotropy_energy=anisotropy * volume,
        shape_energy=shape_energy,
        unit_moment=magnetisation * volume,
        unit_share=sample.unit_area / sample.unit_area.sum(),
        grain_share=sample.grain_area / sample.grain_area.sum(),
        barrier_factor=np.interp(diameter, calibrated.unit_diameter, calibrated.barrier_factor),
        unit_threshold=sample.unit_threshold_factor
        * unit_threshold(device, anisotropy, shape_energy / volume, diameter, calibrated),
        torque_tilt=calibrated.torque_tilt if given_tilt is None else given_tilt,
        unit_heat_threshold=thermal_spin_torque.collinear_threshold(
            anisotropy, magnet.thickness.value, magnet.damping.value
        ),
        own_dipolar=own_dipolar,
        unit_index=sample.unit_index,
        dipolar_spectrum=dipolar_spectrum,
        distant_reach=float(np.abs(distant).max()),
        grain_barrier=antiferromagnet.anisotropy.value
        * sample.grain_area
        * antiferromagnet.thickness.value,
        couplings=Couplings(
            walls=links(
                sample.pair_unit[touch],
                sample.pair_other[touch],
                magnet.wall_energy_between_units.value
                * magnet.thickness.value
                * sample.pair_border_length[touch]
                / 2,
                units,
            ),
            stray_field=links(sample.pair_unit, sample.pair_other, near, units),
            grains_of_unit=links(unit[by_unit], grain[by_unit], coupling[by_unit], units),
            units_of_grain=links(grain[by_grain], unit[by_grain], coupling[by_grain], grains),
        ),
    )


def unit_threshold(
    device: Device,
    anisotropy: NDArray[np.float64],
    shape_anisotropy: NDArray[np.float64],
    diameter: NDArray[np.float64],
    calibrated: Calibrated,
) -> NDArray[np.float64]:
    """Critical current density of each unit at the ambient temperature, before its spread.

    Parameters
    ----------
    device : Device
        Its card gives one value for all, or none.
    anisotropy, shape_anisotropy : ndarray, shape (units,)
        K_eff and what a unit's own shape adds to it, at T = 0 (J/m³).
    diameter : ndarray, shape (units,)
        m.
    calibrated : Calibrated
        From micromagnetics.

    Returns
    -------
    ndarray, shape (units,)
        Without any field, which the kinetics count as a tilt of the wells (A/m²).
    """
    given = device.switching.critical_current_density.value
    if given is not None:
        return np.full(diameter.size, given)
    magnet, ambient = device.ferromagnet, device.heat_path.ambient_temperature.value
    curie = magnet.curie_temperature.value
    magnetisation = temperature_scaling.magnetisation(ambient, curie)
    macrospin = spin_orbit_torque.macrospin_threshold(
        anisotropy
        * temperature_scaling.anisotropy(ambient, curie, magnet.anisotropy_exponent.value)
        + shape_anisotropy * magnetisation**2,
        magnet.saturation_magnetisation.value * magnetisation,
        magnet.thickness.value,
        device.spin_hall_layer.spin_hall_angle.value,
    )
    return macrospin * np.interp(diameter, calibrated.unit_diameter, calibrated.threshold_factor)


def links(
    element: NDArray[np.integer],
    other: NDArray[np.integer],
    energy: NDArray[np.float64],
    elements: int,
) -> Links:
    """Links of pairs that are sorted by their first element.

    Parameters
    ----------
    element, other : ndarray of int, shape (links,)
        Numbers.
    energy : ndarray, shape (links,)
        At T = 0 (J).
    elements : int
        Number of all first elements, linked or not.

    Returns
    -------
    Links
        With the factor 1.
    """
    start = np.searchsorted(element, np.arange(elements + 1))
    return Links(start.astype(np.uint32), other.astype(np.uint32), energy, 1.0)
