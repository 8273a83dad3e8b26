"""Bayes' theorem on banks made by hand, where the answer is known."""

import numpy as np
import pytest

from afterpulse import store
from afterpulse.mechanisms.bank import Bank
from afterpulse.mechanisms.inference import infer, said
from afterpulse.mechanisms.prior import draws, parameters_of

DELAYS = np.geomspace(1e-3, 20.0, 9)
NAMES = parameters_of(False)
NOISE = 1e-6


def bank(mechanisms, curve, seed):
    """Bank of one pulse with traces of four replicates about a curve of the parameters."""
    drawn = draws(NAMES, 128, seed)
    mean = np.array([curve(one) for one in drawn])
    noise = NOISE * np.random.default_rng(seed).standard_normal((128, 4, 1, DELAYS.size))
    return Bank(mechanisms, drawn, mean[:, None, None] + noise, 10 * np.exp(-DELAYS)[None])


def flat(drawn):
    return np.full(DELAYS.size, 1e-4 * (1 + drawn[0]))


def falling(drawn):
    return 1e-4 * (1 + drawn[0]) * np.exp(-DELAYS / (1 + 4 * drawn[1]))


BANKS = [bank((), flat, 1), bank(("fm_aftereffect",), falling, 2)]


def observed(curve, drawn, seed):
    noise = NOISE / 2 * np.random.default_rng(seed).standard_normal(DELAYS.size)
    return (curve(np.array(drawn)) + noise)[None]


def test_decay_and_none_are_told_apart(device_card):
    for curve, label in ((flat, "none"), (falling, "fm_aftereffect")):
        found = infer(BANKS, device_card(), observed(curve, [0.4, 0.6, 0.5], 5), 4)
        share = found["probability"].sel(mechanism_set=[label, drifting(label)]).sum()
        assert float(share) > 0.999
        on = found["mechanism_probability"].sel(mechanism="fm_aftereffect")
        assert float(on) == pytest.approx(float(label != "none"), abs=1e-3)


def drifting(label):
    return "resistance_drift" if label == "none" else f"{label}+resistance_drift"


def test_same_bank_twice_cannot_be_told_apart(device_card):
    twins = [BANKS[1], BANKS[1]._replace(mechanisms=("afm_viscosity", "fm_aftereffect"))]
    found = infer(twins, device_card(), observed(falling, [0.4, 0.6, 0.5], 5), 4)
    on = found["mechanism_probability"].sel(mechanism="afm_viscosity")
    assert float(on) == pytest.approx(0.5, abs=0.1)
    verdict = found["mechanism_verdict"].sel(mechanism="afm_viscosity").item()
    assert verdict == "cannot tell"
    assert found["verdict"].item() == "cannot tell"


def test_parameters_are_found(device_card):
    found = infer(BANKS, device_card(), observed(falling, [0.4, 0.6, 0.5], 5), 4)
    low, high = found["parameter_quantile"].sel(
        parameter="antiferromagnet_anisotropy", quantile=[0.025, 0.975]
    )
    true = 0.8 * (1.25 / 0.8) ** 0.6
    assert low < true < high
    assert high / low < 1.2  # of a range of 1.56


def test_trace_of_no_bank_is_said_to_be_none(device_card):
    rising = 1e-4 * (1 + DELAYS / 5)
    found = infer(BANKS, device_card(), rising[None], 4)
    assert found["verdict"].item() == "none explains the traces"
    assert set(found["mechanism_verdict"].values) == {"cannot tell"}


def test_drift_is_told_from_its_shape(device_card):
    drift = 3e-5 * np.exp(-DELAYS)
    found = infer(BANKS[:1], device_card(), observed(flat, [0.4, 0.6, 0.5], 5) + drift, 4)
    assert float(found["mechanism_probability"].sel(mechanism="resistance_drift")) > 0.999


def test_result_can_be_stored(device_card, tmp_path):
    found = infer(BANKS, device_card(), observed(flat, [0.4, 0.6, 0.5], 5), 4)
    assert float(found["probability"].sum()) == pytest.approx(1)
    store.write(found, tmp_path / "mechanisms.nc")


@pytest.mark.parametrize(
    ("probability", "word"), [(0.96, "on"), (0.04, "off"), (0.5, "cannot tell")]
)
def test_words(probability, word):
    assert said(probability) == word
