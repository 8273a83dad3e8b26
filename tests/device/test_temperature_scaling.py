import numpy as np
import pytest

from afterpulse.device import temperature_scaling as scaling

CURIE, NEEL = 800.0, 650.0


@pytest.mark.parametrize(
    "factor",
    [
        lambda t: scaling.magnetisation(t, CURIE),
        lambda t: scaling.anisotropy(t, CURIE, 2.5),
        lambda t: scaling.exchange(t, CURIE),
        lambda t: scaling.antiferromagnet_anisotropy(t, NEEL),
        lambda t: scaling.interface_coupling(t, NEEL, CURIE),
    ],
)
def test_from_one_at_zero_to_nothing_above_the_critical_temperature(factor):
    assert factor(0.0) == 1.0
    assert factor(900.0) == 0.0
    between = factor(np.linspace(0, 640, 50))
    assert np.all(np.diff(between) < 0)


def test_bloch_law():
    # (1/4)^1.5 = 1/8.
    assert scaling.magnetisation(CURIE / 4, CURIE) == pytest.approx(7 / 8)


def test_powers_of_the_magnetisation():
    m = 7 / 8
    assert scaling.anisotropy(CURIE / 4, CURIE, 3.0) == pytest.approx(m**3)
    assert scaling.exchange(CURIE / 4, CURIE) == pytest.approx(m**2)
    # Demagnetising field of a thin film: mu_0 M_s²/2 = 0.628 MJ/m³ at 1 MA/m.
    effective = scaling.effective_anisotropy(0.7e6, 1e6)
    assert effective == pytest.approx(0.7e6 - 2e-7 * np.pi * 1e12)


def test_antiferromagnet():
    assert scaling.antiferromagnet_anisotropy(NEEL * 0.36, NEEL) == pytest.approx(0.64)
    # The bias needs the order of the antiferromagnet and the moment of the ferromagnet.
    kelvin = NEEL * 0.36
    assert scaling.interface_coupling(kelvin, NEEL, 4 * kelvin) == pytest.approx(0.8 * 7 / 8)
