import dataclasses

import numpy as np
import pytest
from scipy.constants import e as elementary_charge
from scipy.constants import hbar, mu_0
from scipy.constants import k as boltzmann
from scipy.linalg import eigh

from afterpulse.cards import Experiment
from afterpulse.cards.experiment import Mechanisms
from afterpulse.device import Device
from afterpulse.device.macrospin_rates import Macrospin, Torque
from afterpulse.engines.embedded import drive as embedded
from afterpulse.engines.film_system import film_system
from afterpulse.engines.hand_over import to_units
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film import stray_field
from afterpulse.film.sample import PIXELS_PER_CELL, Sample, border_lengths, contacts, make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import SegmentConditions, initial_state

KELVIN, CELLS, CELL, THICKNESS = 300.0, 12, 8e-9, 2e-9
# So low a magnetisation leaves little stray field, which fluctuates in LLG and not in the kinetics.
MAGNETISATION, DAMPING, GAMMA = 5e4, 0.3, 2.211e5 / mu_0
BARRIER = 5.0  # in k_B T
ALL = Mechanisms(("afm_viscosity", "fm_aftereffect"))


def slowest_eigenvalue(sigma, terms=60):
    """lambda_1 tau_N of Brown's equation for a uniaxial particle, by Legendre polynomials.

    Brown, Phys. Rev. 130, 1677 (1963): p' = (1/2 tau_N) d/dx [(1 - x²)(dp/dx - 2 sigma x p)] for
    the density p of x = m_z. With weights exp(sigma x²) the operator is symmetric.
    """
    x, w = np.polynomial.legendre.leggauss(4 * terms)
    basis = np.polynomial.legendre.legvander(x, terms)
    slope = np.stack(
        [np.polynomial.Legendre.basis(n).deriv()(x) if n else 0 * x for n in range(terms + 1)],
        axis=1,
    )
    weight = w * np.exp(sigma * (x**2 - 1))
    stiffness = 0.5 * (slope * (weight * (1 - x**2))[:, None]).T @ slope
    mass = (basis * weight[:, None]).T @ basis
    odd = np.arange(1, terms + 1, 2)
    return eigh(stiffness[np.ix_(odd, odd)], mass[np.ix_(odd, odd)], eigvals_only=True)[0]


def test_slowest_eigenvalue():
    for sigma, known in ((1, 0.6531), (2, 0.4038), (5, 0.06770), (10, 1.441e-3)):
        assert slowest_eigenvalue(sigma) == pytest.approx(known, rel=1e-3)


def one_unit_a_cell(sample):
    """The sample with each cell a unit of its own."""
    index = np.arange(CELLS**2, dtype=np.int32).reshape(CELLS, CELLS)
    unit, other = stray_field.near_pairs(index)
    each = np.arange(CELLS**2)
    touching = contacts(index, sample.grain_index, CELL / PIXELS_PER_CELL)
    return dataclasses.replace(
        sample,
        unit_index=index,
        anisotropy_factor=np.ones_like(index, dtype=float),
        unit_area=np.full(CELLS**2, CELL**2),
        unit_anisotropy_factor=np.ones(CELLS**2),
        unit_threshold_factor=np.ones(CELLS**2),
        pair_unit=unit,
        pair_other=other,
        pair_border_length=border_lengths(index, CELL, unit, other),
        pair_dipolar_volume=stray_field.dipolar_volumes(index, CELL, THICKNESS, unit, other),
        own_dipolar_volume=stray_field.dipolar_volumes(index, CELL, THICKNESS, each, each),
        contact_unit=touching[0],
        contact_grain=touching[1],
        contact_area=touching[2],
    )


@dataclasses.dataclass(frozen=True)
class Cells:
    """Film of cells that are units of their own, with the barrier and rates of a lone one."""

    device: Device
    experiment: Experiment
    sample: Sample
    barrier: float
    """Over k_B T, with what the demagnetising factor below 1 adds."""
    relaxation: float
    """tau_N (s)."""
    rate: float
    """Out of either well without a field (1/s), from Brown's eigenvalue."""


@pytest.fixture(scope="module")
def cells(device_card, experiment_card):
    volume, thermal = CELL**2 * THICKNESS, boltzmann * KELVIN
    changes = {
        "ferromagnet.thickness": f"{THICKNESS} m",
        "ferromagnet.saturation_magnetisation": f"{MAGNETISATION} A/m",
        "ferromagnet.damping": DAMPING,
        "ferromagnet.interfacial_dmi": "0 mJ/m^2",
        "ferromagnet.exchange_stiffness": "1e-6 pJ/m",
        "ferromagnet.wall_energy_between_units": "0 mJ/m^2",
        # So hot a Curie temperature leaves the film's parameters at those of T = 0.
        "ferromagnet.curie_temperature": "1e5 K",
        "antiferromagnet.interface_coupling": "0 mJ/m^2",
        "heat_path.ambient_temperature": f"{KELVIN} K",
        "ferromagnet.effective_anisotropy": f"{BARRIER * thermal / volume} J/m^3",
        "switching.critical_current_density": None,
        "thermal_spin_torque.polarisation": [0, 0, 1],
    }
    experiment = experiment_card(
        {
            "numerics.window": f"{CELLS * CELL} m",
            "numerics.cell": f"{CELL} m",
            "numerics.llg_time_step": "0.1 ps",
            "numerics.flicker_limit": 1e9,
            "applied_field": ["0 mT", "0 mT", "0 mT"],
        }
    )
    sample = one_unit_a_cell(
        make_sample(device_card(changes), experiment, np.random.default_rng(0))
    )

    # A unit by itself has the barrier K_eff V and what its demagnetising factor below 1 adds.
    own = sample.own_dipolar_volume[0] + volume
    sigma = BARRIER + mu_0 * MAGNETISATION**2 * own / 2 / thermal
    relaxation = volume * MAGNETISATION * (1 + DAMPING**2) / (2 * DAMPING * GAMMA * thermal)
    leave = slowest_eigenvalue(sigma) / relaxation / 2
    device = device_card(
        changes | {"ferromagnet.attempt_frequency": f"{leave * np.exp(sigma)} 1/s"}
    )
    return Cells(device, experiment, sample, sigma, relaxation, leave)


def reversed_fractions(cells, part, films, density=0.0, along_x=0.0):
    """Part of the units that are down after each of five times `part` (s), from all up.

    By LLG and by the kinetics, each of shape (5, films), under a current density (A/m²) and a field
    along it (T).
    """
    device, sample, parts, copies = cells.device, cells.sample, 5, 4
    experiment = cells.experiment.model_copy(update={"applied_field": (along_x, 0.0, 0.0)})
    film = make_film(device, experiment, sample, macrospin(device))
    m = np.zeros((CELLS, CELLS, 3))
    m[..., 2] = 1.0
    grains = np.ones(sample.grain_area.size, dtype=np.int8)

    def drive(fields, duration, number, current):
        conditions = Conditions(KELVIN, current)
        systems = [film_system(device, experiment, sample, m, grains, conditions) for m in fields]
        seeds = [1000 * number + lane for lane in range(films)]
        return [one.m for one in embedded(systems, duration, 1, seeds, experiment.numerics)]

    # LLG fills the well first; the kinetics start from the units it hands over.
    fields = drive([m] * films, 2 * cells.relaxation, 99, 0.0)
    states = [to_units(sample, field) for field in fields]
    llg, kinetics = np.empty((parts, films)), np.empty((parts, films))
    for number in range(parts):
        fields = drive(fields, part, number, density)
        llg[number] = [np.mean(to_units(sample, field) < 0) for field in fields]
    conditions = SegmentConditions.of_cards(device, experiment, ALL, density)
    for lane, unit_state in enumerate(states):
        runs = []
        for copy in range(copies):
            state = initial_state(film, experiment)
            state.unit_state[:] = unit_state
            ends = part * np.arange(1, parts + 1)
            random = np.random.default_rng([lane, copy])
            record = run_segment(film, state, conditions, ends, random)
            runs.append(np.mean(record.unit_state < 0, axis=1))
        kinetics[:, lane] = np.mean(runs, axis=0)
    return llg, kinetics


def error_of_difference(llg, kinetics):
    return np.sqrt(sum(x.var(axis=1, ddof=1) / x.shape[1] for x in (llg, kinetics)))


@pytest.mark.slow
def test_units_over_a_low_barrier_reverse_alike_in_llg_and_kinetics(cells):
    llg, kinetics = reversed_fractions(cells, 0.25 / cells.rate, films=96)
    error = error_of_difference(llg, kinetics)
    assert kinetics.mean(axis=1)[0] < 0.25 < 0.4 < kinetics.mean(axis=1)[-1]
    np.testing.assert_array_less(np.abs((llg - kinetics).mean(axis=1)) / error, 2.0)
    np.testing.assert_array_less(error, 0.006)


@pytest.mark.slow
@pytest.mark.parametrize("sign", [1, -1])
def test_units_under_torque_reverse_alike_in_llg_and_kinetics(cells, sign):
    # Half of the threshold in a field of 0.1 B_K, from relaxation to the stationary occupancy. A
    # table of rates is good to some 2 % of the occupancy.
    current, along_x = 0.5, 0.1
    thermal, volume = boltzmann * KELVIN, CELL**2 * THICKNESS
    anisotropy_field = 2 * cells.barrier * thermal / (MAGNETISATION * volume)
    device, layer = cells.device, cells.device.spin_hall_layer
    field_like = layer.field_like_spin_hall_angle.value / layer.spin_hall_angle.value
    # B_DL = current B_K/2 with B_DL = hbar theta J/(2 e M_s t).
    density = current * anisotropy_field / 2 / (hbar / (2 * elementary_charge))
    density *= MAGNETISATION * THICKNESS / layer.spin_hall_angle.value
    torque = Torque(current, sign * along_x, 0.0, field_like)
    up, down = Macrospin(DAMPING).rates(cells.barrier, torque)
    part = 0.6 / ((up + down) * GAMMA * anisotropy_field)
    field = sign * along_x * anisotropy_field
    llg, kinetics = reversed_fractions(cells, part, 24, density, field)
    error = error_of_difference(llg, kinetics)
    difference = (llg - kinetics).mean(axis=1)
    np.testing.assert_array_less(np.abs(difference), 3 * error + 0.02)
    # The field decides to which side; with B_x > 0 and theta > 0 the current favours m_z > 0.
    assert np.sign(0.5 - llg.mean(axis=1)[-1]) == sign * np.sign(device.favoured_polarity(1.0, 1.0))
    # Five parts of 0.6 relaxation times.
    expected = up / (up + down) * (1 - np.exp(-3))
    assert llg.mean(axis=1)[-1] == pytest.approx(expected, abs=0.02)


@pytest.mark.slow
def test_thermal_spin_torque_sets_the_weights_of_browns_equation_in_llg(cells):
    # Stationary density of m_z, exp(sigma x² + 2 (KV/k_BT)(J/J_c) x): Brown, Phys. Rev. 130, 1677
    # (1963), with the field a_J/alpha of the torque; 0.936 at KV = 5 k_BT and 0.2 J_c.
    ratio, films = 0.2, 24
    film = make_film(cells.device, cells.experiment, cells.sample, macrospin(cells.device))
    x = np.linspace(-1, 1, 20001)
    weight = np.exp(cells.barrier * (x**2 - 1) + 2 * BARRIER * ratio * x)
    exact = np.trapezoid(weight * np.sign(x), x) / np.trapezoid(weight, x)
    m = np.zeros((CELLS, CELLS, 3))
    m[..., 2] = np.where(np.random.default_rng(1).random((CELLS, CELLS)) < 0.5, 1, -1)
    grains = np.ones(cells.sample.grain_area.size, dtype=np.int8)
    current = ratio * film.unit_heat_threshold[0]
    conditions = Conditions(KELVIN, 0.0, current)
    system = film_system(cells.device, cells.experiment, cells.sample, m, grains, conditions)
    # With the torque both rates together are six times the rate out of one well without it.
    numerics, seeds = cells.experiment.numerics, list(range(films))
    driven = embedded([system] * films, 1.5 / cells.rate, 1, seeds, numerics)
    found = np.array([np.mean(to_units(cells.sample, one.m)) for one in driven])
    error = found.std(ddof=1) / np.sqrt(films)
    assert error < 0.01
    assert found.mean() == pytest.approx(exact, abs=3 * error)
