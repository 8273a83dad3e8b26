import numpy as np
import pytest
from scipy.constants import k as boltzmann
from scipy.optimize import brentq, minimize_scalar

from afterpulse.device.barriers import barrier, rate

KV = 3e-20


@pytest.mark.parametrize("h", [-3.0, -1.0, -0.7, 0.0, 0.2, 1.0, 1.5])
def test_forward_and_backward_differ_by_twice_the_bias(h):
    bias = 2 * KV * h
    assert barrier(KV, bias) - barrier(KV, -bias) == pytest.approx(2 * bias, rel=1e-12)


@pytest.mark.parametrize("h", [-0.95, -0.4, 0.0, 0.3, 0.9])
def test_barrier_is_that_of_stoner_and_wohlfarth(h):
    # The top of KV sin²(angle) - 2 KV h cos(angle), seen from the well at angle 0.
    def energy(angle):
        return KV * (np.sin(angle) ** 2 - 2 * h * np.cos(angle))

    top = minimize_scalar(
        lambda angle: -energy(angle) / KV, bounds=(0.01, np.pi - 0.01), method="bounded"
    )
    assert barrier(KV, 2 * KV * h) == pytest.approx(energy(top.x) - energy(0.0), rel=1e-6)


@pytest.mark.parametrize("sign", [-1, 1])
def test_barrier_is_continuous_where_a_well_disappears(sign):
    inside, outside = (barrier(KV, sign * 2 * KV * (1 + step)) for step in (-1e-9, 1e-9))
    assert inside == pytest.approx(outside, abs=1e-7 * KV)


def test_without_a_well_it_goes_down_freely_and_up_by_the_whole_difference():
    assert barrier(KV, -2.5 * KV) == 0.0
    assert barrier(KV, 2.5 * KV) == pytest.approx(5 * KV)
    assert barrier(0.0, 1e-21) == pytest.approx(2e-21)


def test_rate_of_neel_and_arrhenius():
    assert rate(1e9, 10 * boltzmann * 300, 300.0) == pytest.approx(1e9 * np.exp(-10), rel=1e-12)
    assert rate(1e9, 0.0, 300.0) == 1e9


@pytest.mark.parametrize(
    ("time", "diameter_nm"), [(1e-5, 3.9), (1.0, 5.8), (10 * 365.25 * 86400, 8.1)]
)
def test_critical_diameter_of_an_antiferromagnetic_grain(time, diameter_nm):
    # 6 nm of IrMn with K(293 K) = 5.5e5 J/m³, T_N = 690 K and f_0 = 1e9 /s, at 300 K.
    anisotropy = 5.5e5 * (690 - 300) / (690 - 293)

    def turns(diameter):
        volume = np.pi / 4 * diameter**2 * 6e-9
        return np.log(rate(1e9, barrier(anisotropy * volume, 0.0), 300.0) * time)

    assert brentq(turns, 1e-9, 20e-9) * 1e9 == pytest.approx(diameter_nm, abs=0.05)
