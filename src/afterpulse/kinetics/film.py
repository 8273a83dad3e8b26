"""Energies, thresholds and couplings of a film for the kinetics, at T = 0."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.cards.experiment import Experiment
from afterpulse.cards.numerics import Numerics
from afterpulse.device import Device
from afterpulse.device.torque_law import TorqueLaw, macrospin_law
from afterpulse.film.sample import Sample, border_vectors
from afterpulse.film.stray_field import film_coupling, film_spectrum
from afterpulse.kinetics.monte_carlo import Couplings, Links


@dataclass(frozen=True)
class Calibrated:
    """Properties of single units from micromagnetics.

    Attributes
    ----------
    unit_diameter : ndarray, shape (n,)
        Of a disc of the same area (m), rising; beyond its ends the last value holds.
    threshold_factor : ndarray, shape (n,)
        Critical current over that of a macrospin with the unit's anisotropy and shape (1).
    barrier_factor : ndarray, shape (n,)
        Barrier over that of coherent rotation of the unit (1).
    chiral_field : float
        Field in the plane that a reversed neighbour exerts by the DMI, over D w/(M_s A) for a
        border of length w of a unit of area A (1).
    attempt_frequency : float
        Of the median unit (1/s).
    torque_law : TorqueLaw
        Rates under spin-orbit torque.
    """

    unit_diameter: NDArray[np.float64]
    threshold_factor: NDArray[np.float64]
    barrier_factor: NDArray[np.float64]
    chiral_field: float
    attempt_frequency: float
    torque_law: TorqueLaw


def macrospin(device: Device) -> Calibrated:
    """Return the properties of units that rotate coherently, without a field by the DMI.

    The attempt frequency neglects the shape anisotropy of the median unit.
    """
    magnet = device.ferromagnet
    volume = np.pi / 4 * magnet.unit_diameter.value**2 * magnet.thickness.value
    barrier = float(device.effective_anisotropy(device.ambient_temperature)) * volume
    attempts = device.attempt_frequency(barrier, volume)
    law = macrospin_law(*device.torque_ratios)
    return Calibrated(np.ones(1), np.ones(1), np.ones(1), 0.0, attempts, law)


@dataclass(frozen=True)
class Film:
    """Elements and couplings at T = 0, unless stated otherwise.

    Attributes
    ----------
    device : Device
        Temperature laws, attempt frequencies, heat path.
    numerics : Numerics
        Flicker limit and time steps.
    anisotropy_energy : ndarray, shape (units,)
        K_eff V of each FM unit (J).
    shape_energy : ndarray, shape (units,)
        Gain of a unit's barrier over that of the whole film, because its own demagnetising
        factors are N < 1 along z and (1 - N)/2 in the plane: 3 mu_0 M_s² (1 - N) V / 4 (J). The
        stray field of its neighbours makes up for some of it.
    unit_moment : ndarray, shape (units,)
        M_s V (A m²).
    unit_fraction, grain_fraction : ndarray, shape (units,), (grains,)
        Fractions of the film's area (1).
    barrier_factor : ndarray, shape (units,)
        Barrier over the sum of anisotropy energy and shape energy (1).
    unit_threshold : ndarray, shape (units,)
        Critical current density at the card's ambient temperature (A/m²).
    attempt_frequency : float
        Of the units (1/s).
    torque_law : TorqueLaw
        Rates of units under spin-orbit torque.
    unit_heat_threshold : ndarray, shape (units,)
        Critical density of a spin current polarised along z (A/m²).
    own_dipolar : ndarray, shape (units,)
        mu_0 M_s² G of each unit with itself (J).
    unit_index : ndarray of int32, shape (nx, ny)
        Unit of each cell.
    dipolar_spectrum : ndarray of float32
        mu_0 M_s² times `film_spectrum` (J). Single precision is several times faster and rounds
        at 1e-5 of k_B T.
    distant_reach : float
        Largest energy of a unit in the stray field of all units that are not near, if those are
        parallel (J).
    grain_barrier : ndarray, shape (grains,)
        K_AF V (J).
    couplings : Couplings
        Half the wall energy between touching units, mu_0 M_s² G between near ones and
        J_int A u_z between units and grains (J).
    contact_energy : ndarray, shape (contacts,)
        J_int A of each of `couplings.grains_of_unit` (J).
    in_plane_contact : ndarray, shape (contacts, 2)
        J_int A u along x and y of each of `couplings.grains_of_unit` (J).
    in_plane_wall : ndarray, shape (walls, 2)
        Field along x and y, times M_s V, that the first unit of each of `couplings.walls` exerts
        on the other by the DMI where its state is 1 (J).
    """

    device: Device
    numerics: Numerics
    anisotropy_energy: NDArray[np.float64]
    shape_energy: NDArray[np.float64]
    unit_moment: NDArray[np.float64]
    unit_fraction: NDArray[np.float64]
    grain_fraction: NDArray[np.float64]
    barrier_factor: NDArray[np.float64]
    unit_threshold: NDArray[np.float64]
    attempt_frequency: float
    torque_law: TorqueLaw
    unit_heat_threshold: NDArray[np.float64]
    own_dipolar: NDArray[np.float64]
    unit_index: NDArray[np.int32]
    dipolar_spectrum: NDArray[np.float32]
    distant_reach: float
    grain_barrier: NDArray[np.float64]
    couplings: Couplings
    contact_energy: NDArray[np.float64]
    in_plane_contact: NDArray[np.float64]
    in_plane_wall: NDArray[np.float64]

    def unit_barrier(self, anisotropy: float, magnetisation: float) -> NDArray[np.float64]:
        """Return the barrier of each unit without current (J), at least 0.

        The arguments are K_eff and M_s over those at T = 0 (1).
        """
        energy = self.anisotropy_energy * anisotropy + self.shape_energy * magnetisation**2
        return np.maximum(self.barrier_factor * energy, 0.0)

    @cached_property
    def ambient_barrier(self) -> NDArray[np.float64]:
        """`unit_barrier` at the card's ambient temperature (J)."""
        ambient = self.device.ambient_temperature
        factors = self.device.anisotropy_factor(ambient), self.device.magnetisation_factor(ambient)
        return self.unit_barrier(*map(float, factors))

    @cached_property
    def first_of_wall(self) -> NDArray[np.intp]:
        """Index of the first unit of each of `couplings.walls`."""
        return first_elements(self.couplings.walls)

    @cached_property
    def unit_of_contact(self) -> NDArray[np.intp]:
        """Index of the unit of each of `couplings.grains_of_unit`."""
        return first_elements(self.couplings.grains_of_unit)


def make_film(
    device: Device, experiment: Experiment, sample: Sample, calibrated: Calibrated
) -> Film:
    """Return couplings and barriers of a sample at T = 0.

    Values on the device card precede those of `calibrated`.
    """
    magnet, antiferromagnet = device.ferromagnet, device.antiferromagnet
    volume = sample.unit_area * magnet.thickness.value
    magnetisation = float(device.saturation_magnetisation(0.0))
    anisotropy = device.effective_anisotropy(0.0) * sample.unit_anisotropy_factor
    contact = device.interface_coupling(0.0) * sample.contact_area
    bias = contact[:, None] * sample.grain_axis[sample.contact_grain]
    stray_field = mu_0 * magnetisation**2
    own_dipolar = stray_field * sample.own_dipolar_volume
    shape_energy = 0.75 * (stray_field * volume + own_dipolar)
    diameter = np.sqrt(4 / np.pi * sample.unit_area)
    units, grains = volume.size, sample.grain_area.size
    near = stray_field * sample.pair_dipolar_volume
    spectrum = film_spectrum(sample.unit_index.shape[0], sample.cell, magnet.thickness.value)
    dipolar_spectrum = (stray_field * spectrum).astype(np.float32)
    parallel = film_coupling(sample.unit_index, dipolar_spectrum, np.ones(units, dtype=np.int8))
    distant = parallel - own_dipolar - np.bincount(sample.pair_unit, near, minlength=units)
    touch = sample.pair_border_length > 0
    between = sample.pair_unit[touch], sample.pair_other[touch]
    wall = device.wall_energy_between_units(0.0) * sample.pair_border_length[touch]
    walls = links(*between, magnet.thickness.value * wall / 2, units)
    borders = border_vectors(sample.unit_index, sample.cell, sample.pair_unit, sample.pair_other)
    unit, grain = sample.contact_unit, sample.contact_grain
    given = magnet.attempt_frequency.value
    attempts = calibrated.attempt_frequency if given is None else float(given)
    by_unit, by_grain = np.lexsort((grain, unit)), np.lexsort((unit, grain))
    return Film(
        device=device,
        numerics=experiment.numerics,
        anisotropy_energy=anisotropy * volume,
        shape_energy=shape_energy,
        unit_moment=magnetisation * volume,
        unit_fraction=sample.unit_area / sample.unit_area.sum(),
        grain_fraction=sample.grain_area / sample.grain_area.sum(),
        barrier_factor=np.interp(diameter, calibrated.unit_diameter, calibrated.barrier_factor),
        unit_threshold=sample.unit_threshold_factor
        * unit_threshold(device, anisotropy, shape_energy / volume, diameter, calibrated),
        attempt_frequency=attempts,
        torque_law=calibrated.torque_law,
        unit_heat_threshold=device.collinear_threshold(anisotropy),
        own_dipolar=own_dipolar,
        unit_index=sample.unit_index,
        dipolar_spectrum=dipolar_spectrum,
        distant_reach=float(np.abs(distant).max()),
        grain_barrier=device.grain_anisotropy(0.0)
        * sample.grain_area
        * antiferromagnet.thickness.value,
        couplings=Couplings(
            walls=walls,
            in_plane_walls=walls._replace(factor=0.0),
            stray_field=links(sample.pair_unit, sample.pair_other, near, units),
            grains_of_unit=links(unit[by_unit], grain[by_unit], bias[by_unit, 2], units),
            units_of_grain=links(grain[by_grain], unit[by_grain], bias[by_grain, 2], grains),
        ),
        contact_energy=contact[by_unit],
        in_plane_contact=bias[by_unit, :2],
        # A neighbour that reverses changes the field by twice that of its state.
        in_plane_wall=calibrated.chiral_field
        / 2
        * device.interfacial_dmi(0.0)
        * magnet.thickness.value
        * borders[touch],
    )


def unit_threshold(
    device: Device,
    anisotropy: NDArray[np.float64],
    shape_anisotropy: NDArray[np.float64],
    diameter: NDArray[np.float64],
    calibrated: Calibrated,
) -> NDArray[np.float64]:
    """Return the critical current density of each unit at the ambient temperature (A/m²).

    It is without any field, which the law of the torque counts, and before the
    spread of the sample. `anisotropy` and `shape_anisotropy` are K_eff and the contribution of a
    unit's own shape at T = 0 (J/m³), `diameter` is in m; all have the shape (units,).
    """
    given = device.switching.critical_current_density.value
    if given is not None:
        return np.full(diameter.size, given)
    ambient = device.ambient_temperature
    macrospin = device.macrospin_threshold(
        anisotropy * device.anisotropy_factor(ambient)
        + shape_anisotropy * device.magnetisation_factor(ambient) ** 2
    )
    return macrospin * np.interp(diameter, calibrated.unit_diameter, calibrated.threshold_factor)


def links(
    element: NDArray[np.integer],
    other: NDArray[np.integer],
    energy: NDArray[np.float64],
    elements: int,
) -> Links:
    """Return the links of index pairs that are sorted by their first element, with factor 1.

    `energy` is that at T = 0 (J), `elements` the number of first elements, linked or not.
    """
    start = np.searchsorted(element, np.arange(elements + 1))
    return Links(start.astype(np.uint32), other.astype(np.uint32), energy, 1.0)


def first_elements(links: Links) -> NDArray[np.intp]:
    """Return the index of the element to which each link belongs, shape (links,)."""
    counts = np.diff(links.start.astype(np.intp))
    return np.repeat(np.arange(counts.size), counts)
