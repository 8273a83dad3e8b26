"""Values from the literature on the card pt_co_irmn, one at a time.

Expected values are closed forms of the variant: J_int/(M_s t), two rates of each grain, the York
formula and the heat of a long pulse.
"""

from copy import deepcopy
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.optimize import brentq

from afterpulse.cards.experiment import Mechanisms
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin, make_film
from afterpulse.kinetics.grain_order import exchange_bias_at
from afterpulse.kinetics.segment import run_segment, step_ends
from afterpulse.kinetics.state import SegmentConditions, initial_state

GRAINS = Mechanisms(("afm_viscosity",))
ALL = Mechanisms(("afm_viscosity", "fm_aftereffect"))
STAGES = [(8.9e-8, "30 ns"), (5.8e-8, "1.5 us"), (2.7e-8, "0.3 ms"), (3.6e-9, "30 ms")]
# K_AF (J/m³) and J_int (J/m²) at 300 K, grains: median diameter (m) and spread, and heat, as a
# factor of the card's. 0.55 MJ/m³ is York's value for IrMn (Vallejo-Fernandez et al., Appl. Phys.
# Lett. 91, 212503, 2007), 14 mT the bias of Chen et al., IEEE Trans. Magn. 46, 1401 (2010), on 0.77
# mA of M_s t.
CARD = {"anisotropy": 0.24e6, "coupling": 4e-5, "diameter": 12e-9, "spread": 0.15, "heat": 1.0}
VARIANTS = {
    "card": {},
    "anisotropy of York": {"anisotropy": 0.55e6},
    "anisotropy of York, small grains": {"anisotropy": 0.55e6, "diameter": 8e-9, "spread": 0.25},
    "bias of Chen": {"coupling": 14e-3 * 0.7e6 * 1.1e-9},
    "half the heat": {"heat": 0.5},
    "wide distribution": {"spread": 0.3},
}
NEEL, CURIE, GRAIN_ATTEMPTS, AFM_THICKNESS = 650.0, 800.0, 1e10, 5e-9


@pytest.fixture(scope="module")
def variant(device_card, experiment_card):
    """Function of a variant: its values, conditions, sample, film and set state."""

    @cache
    def make(name, **changes):
        values = CARD | VARIANTS[name] | changes
        # `device_card` takes values at T = 0; these belong to 300 K.
        order = np.sqrt(1 - 300 / NEEL) * (1 - (300 / CURIE) ** 1.5)
        heat = values["heat"]
        device = device_card(
            {
                "antiferromagnet.anisotropy": f"{values['anisotropy'] / (1 - 300 / NEEL)} J/m^3",
                "antiferromagnet.interface_coupling": f"{values['coupling'] / order} J/m^2",
                "antiferromagnet.grain_diameter": f"{values['diameter']} m",
                "antiferromagnet.grain_diameter_spread": values["spread"],
                "antiferromagnet.thickness": f"{AFM_THICKNESS} m",
                "antiferromagnet.neel_temperature": f"{NEEL} K",
                "antiferromagnet.attempt_frequency": f"{GRAIN_ATTEMPTS} 1/s",
                "ferromagnet.curie_temperature": f"{CURIE} K",
            },
            stages=[(f"{heat * resistance} K*m^2/W", time) for resistance, time in STAGES],
        )
        experiment = experiment_card(
            {
                "numerics.window": "240 nm",
                "numerics.cell": "6 nm",
                "numerics.steps_per_decade": 12,
                "initial_state": "up",
                "ageing": "0 s",
            }
        )
        sample = make_sample(device, experiment, np.random.default_rng(1))
        film = make_film(device, experiment, sample, macrospin(device))
        conditions = SegmentConditions.of_cards(device, experiment, GRAINS)
        return values, conditions, sample, film, initial_state(film, experiment)

    return make


def two_rates(values, sample, kelvin, time):
    """Mean state by area after a time (s) of grains that start down under a film held up."""
    area, thermal = sample.grain_area, boltzmann * kelvin
    order = np.sqrt((1 - kelvin / NEEL) / (1 - 300 / NEEL))
    order *= (1 - (kelvin / CURIE) ** 1.5) / (1 - (300 / CURIE) ** 1.5)
    barrier = values["anisotropy"] * (1 - kelvin / NEEL) / (1 - 300 / NEEL) * area * AFM_THICKNESS
    energy = values["coupling"] * order * area * sample.grain_axis[:, 2]
    h = energy / (2 * barrier)
    assert (h < 1).all()
    away, back = (
        GRAIN_ATTEMPTS * np.exp(-barrier * (1 + side * h) ** 2 / thermal) for side in (1, -1)
    )
    rest = (back - away) / (away + back)
    state = rest - (1 + rest) * np.exp(-(away + back) * time)
    return area @ state / area.sum(), np.sqrt(np.sum(area**2 * (1 - state**2))) / area.sum()


@pytest.mark.parametrize("name", VARIANTS)
def test_bias_of_the_set_film(name, variant):
    values, _, sample, film, state = variant(name)
    area = sample.grain_area / sample.grain_area.sum()
    # Grains with their axes 10 degrees around z have lost some of J_int/(M_s t).
    expected = values["coupling"] / (0.7e6 * 1.1e-9) * (area @ sample.grain_axis[:, 2])
    assert exchange_bias_at(film, state.grain_state, 300.0) == pytest.approx(expected, rel=1e-3)
    if name == "bias of Chen":
        assert expected == pytest.approx(14e-3, rel=0.05)


@pytest.mark.parametrize("name", VARIANTS)
def test_grains_follow_their_two_rates(name, variant):
    values, conditions, sample, film, state = variant(name)
    curve = []
    for kelvin in (330.0, 400.0, 470.0, 540.0):
        hot, now = deepcopy(state), replace(conditions, ambient_temperature=kelvin)
        hot.grain_state[:] = -1
        run_segment(film, hot, now, np.array([100.0]), np.random.default_rng(5))
        expected, error = two_rates(values, sample, kelvin, 100.0)
        assert film.grain_fraction @ hot.grain_state == pytest.approx(
            expected, abs=4 * error + 1e-6
        )
        curve.append(expected)
    # From blocked to free.
    assert curve[0] < 0.0 < curve[-1]


def test_blocking_temperature_rises_with_the_anisotropy(variant):
    found, formulas = [], []
    for name in ("card", "anisotropy of York"):
        # The formula has no exchange.
        values, conditions, sample, film, state = variant(name, coupling=1e-9)
        area = np.sort(sample.grain_area)
        median = area[np.searchsorted(np.cumsum(area), area.sum() / 2)]

        def excess(kelvin, values=values, median=median):
            factor = (1 - kelvin / NEEL) / (1 - 300 / NEEL)
            barrier = values["anisotropy"] * factor * median * AFM_THICKNESS
            return barrier - boltzmann * kelvin * np.log(2 * GRAIN_ATTEMPTS * 100.0 / np.log(2))

        formula = brentq(excess, 200.0, 640.0)
        temperatures = formula + np.arange(-60.0, 61.0, 20.0)
        orders = []
        for kelvin in temperatures:
            hot, now = deepcopy(state), replace(conditions, ambient_temperature=kelvin)
            run_segment(film, hot, now, np.array([100.0]), np.random.default_rng(6))
            orders.append(film.grain_fraction @ hot.grain_state)
        found.append(np.interp(-0.5, -np.array(orders), temperatures))
        formulas.append(formula)
    # K_AF(T_B) V = k_B T_B ln(2 f_0 t/ln 2) for the grain with half of the area below it, which has
    # lost half of its order after ln 2/(2 rate): O'Grady et al., J. Magn. Magn. Mater. 322, 883
    # (2010).
    assert formulas[1] - formulas[0] > 80
    np.testing.assert_allclose(found, formulas, rtol=0.03)


@pytest.mark.parametrize("name", VARIANTS)
def test_pulse_and_wait_run_through(name, variant):
    values, conditions, _, film, set_state = variant(name)
    state, device = deepcopy(set_state), film.device
    density = device.critical_current_density
    pulse = replace(conditions, mechanisms=ALL, current_density=density)
    random = np.random.default_rng(3)
    record = run_segment(film, state, pulse, step_ends(1e-3, 12), random)
    # rho J² t with t the heated thickness: after 1 ms all stages but the last are warm.
    power = density**2 * device.spin_hall_layer.resistivity.value
    power *= device.heat_path.heated_thickness.value
    warm = 1 - np.exp(-1e-3 / np.array([30e-9, 1.5e-6, 3e-4, 30e-3]))
    rise = values["heat"] * power * (warm @ [resistance for resistance, _ in STAGES])
    assert record.temperature[-1] - 300.0 == pytest.approx(rise, rel=1e-6)
    wait = replace(pulse, current_density=0.0)
    after = run_segment(film, state, wait, step_ends(20.0, 12), random)
    assert after.temperature[-1] == pytest.approx(300.0, abs=1e-6)
    m = np.concatenate([record.mean_m[:, 2], after.mean_m[:, 2]])
    assert (np.abs(m) <= 1 + 1e-12).all()
