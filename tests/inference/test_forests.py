"""Forests grown on banks made by hand, where the answer is known."""

import numpy as np
import pytest

from afterpulse import datasets
from afterpulse.inference.bank import Bank
from afterpulse.inference.forests import grow, infer, verdict
from afterpulse.inference.prior import draws, parameters_of

DELAYS = np.geomspace(1e-3, 20.0, 9)
NAMES = parameters_of(())
NOISE = 1e-6


def bank(mechanisms, curve, seed):
    """Bank of one pulse with traces of four replicates about a curve of the parameters."""
    drawn = draws(NAMES, 64, seed)
    mean = np.array([curve(one) for one in drawn])
    noise = NOISE * np.random.default_rng(seed).standard_normal((64, 4, 1, DELAYS.size))
    return Bank(mechanisms, drawn, mean[:, None, None] + noise, 10 * np.exp(-DELAYS)[None])


def flat(drawn):
    return np.full(DELAYS.size, 1e-4 * (1 + drawn[0]))


def falling(drawn):
    return 1e-4 * (1 + drawn[0]) * np.exp(-DELAYS / (1 + 4 * drawn[1]))


BANKS = [bank((), flat, 1), bank(("fm_aftereffect",), falling, 2)]


def observed(curve, drawn, seed):
    noise = NOISE / 2 * np.random.default_rng(seed).standard_normal(DELAYS.size)
    return (curve(np.array(drawn)) + noise)[None]


@pytest.fixture(scope="module")
def forests(device_card):
    return grow(BANKS, device_card(), 4, 0.0)


def test_decay_and_none_are_told_apart(forests):
    for curve, word in ((flat, "off"), (falling, "on")):
        found = infer(forests, observed(curve, [0.4, 0.6, 0.5], 5))
        assert found["mechanism_verdict"].sel(mechanism="fm_aftereffect").item() == word
        # A mechanism of no bank cannot be on.
        assert found["mechanism_verdict"].sel(mechanism="afm_viscosity").item() == "off"


def test_same_bank_twice_cannot_be_told_apart(device_card):
    twins = [BANKS[1], bank(("afm_viscosity", "fm_aftereffect"), falling, 3)]
    found = infer(grow(twins, device_card(), 4, 0.0), observed(falling, [0.4, 0.6, 0.5], 5))
    assert found["mechanism_verdict"].sel(mechanism="afm_viscosity").item() == "cannot tell"
    assert found["mechanism_verdict"].sel(mechanism="fm_aftereffect").item() == "on"
    assert found["verdict"].item() == "cannot tell"


def test_probabilities_are_frequencies(device_card):
    # Traces of two mechanisms that differ by as much as their noise. Of a trace x from either of
    # N(-+1, 1) the probability of the second is 1 / (1 + exp(-2 x)).
    random = np.random.default_rng(4)

    def noisy(mechanisms, centre):
        height = centre + random.standard_normal((256, 1, 1, 1))
        change = 1e-6 * (5 + height) * np.ones((256, 1, 1, DELAYS.size))
        return Bank(mechanisms, draws(NAMES, 256, 1), change, 10 * np.exp(-DELAYS)[None])

    forests = grow([noisy((), -1), noisy(("fm_aftereffect",), 1)], device_card(), 1, 0.0)
    for x in (-1.5, -0.5, 0.0, 0.5, 1.5):
        found = infer(forests, np.full((1, DELAYS.size), 1e-6 * (5 + x)))
        on = float(found["mechanism_probability"].sel(mechanism="fm_aftereffect"))
        # A leaf holds eight devices or so, whose share has a standard error of up to 0.18.
        assert on == pytest.approx(1 / (1 + np.exp(-2 * x)), abs=0.3)


def test_parameters_are_found(forests):
    found = infer(forests, observed(falling, [0.4, 0.6, 0.5], 5))
    low, high = found["parameter_quantile"].sel(
        parameter="antiferromagnet_anisotropy", quantile=[0.025, 0.975]
    )
    true = 0.8 * (1.25 / 0.8) ** 0.6
    assert low < true < high
    assert high / low < 1.4  # of a range of 1.56


def test_trace_of_no_bank_is_said_to_be_none(forests):
    rising = 1e-4 * (1 + DELAYS)
    found = infer(forests, rising[None])
    assert found["verdict"].item() == "none explains the traces"
    assert set(found["mechanism_verdict"].values) == {"cannot tell"}


def test_traces_of_a_bank_are_as_strange_as_any(device_card, forests):
    # The share of simulated devices that are further off is even between 0 and 1 for another one
    # like them; the mean over 40 has the standard error 0.046.
    random = np.random.default_rng(6)
    shares = [
        float(infer(forests, observed(curve, random.random(3), number))["as_strange"])
        for number in range(20)
        for curve in (flat, falling)
    ]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.15)


def test_drift_is_told_from_its_shape(device_card):
    grown = grow(BANKS[:1], device_card(), 4, 0.0)
    steady = observed(flat, [0.4, 0.6, 0.5], 5)
    found = infer(grown, steady + 3e-5 * np.exp(-DELAYS))
    assert found["mechanism_verdict"].sel(mechanism="resistance_drift").item() == "on"
    # The smallest drifts of the prior range are lost in the noise, so one cannot be excluded.
    found = infer(grown, steady)
    assert float(found["mechanism_probability"].sel(mechanism="resistance_drift")) < 0.3


def test_result_can_be_stored(forests, tmp_path):
    found = infer(forests, observed(flat, [0.4, 0.6, 0.5], 5))
    assert float(found["probability"].sum()) == pytest.approx(1)
    datasets.write(found, tmp_path / "mechanisms.nc")


@pytest.mark.parametrize(
    ("probability", "word"), [(0.96, "on"), (0.04, "off"), (0.5, "cannot tell")]
)
def test_words(probability, word):
    assert verdict(probability) == word
