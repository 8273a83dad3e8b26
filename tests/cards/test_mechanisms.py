import pytest

from afterpulse.cards.experiment import Mechanisms
from afterpulse.cards.mechanisms import ADDED, FILM, MECHANISMS, SIMULATED
from afterpulse.inference.prior import COMMON, card_value
from afterpulse.inference.training import ADDITIONS


def test_each_mechanism_is_an_attribute():
    acting = Mechanisms(("fm_aftereffect",))
    assert acting.fm_aftereffect
    assert not acting.afm_viscosity
    assert acting.without("fm_aftereffect") == Mechanisms(())
    with pytest.raises(AttributeError, match="no mechanism fm_afterefect"):
        acting.fm_afterefect  # noqa: B018


def test_order_on_the_card_is_of_no_account():
    one, other = Mechanisms(tuple(MECHANISMS)), Mechanisms(tuple(MECHANISMS)[::-1])
    assert one == other
    assert one.model_dump(mode="json") == list(MECHANISMS)


def test_inferred_mechanisms_are_simulated_or_added():
    inferred = {name for name, each in MECHANISMS.items() if each.inferred}
    assert {*SIMULATED, *ADDED} == inferred
    assert set(SIMULATED) <= set(FILM)
    assert set(ADDITIONS) == set(ADDED)


def test_only_simulated_mechanisms_have_parameters(device_card):
    assert {name for name, each in MECHANISMS.items() if each.prior} <= set(SIMULATED)
    parameters = [name for each in MECHANISMS.values() for name in each.prior]
    assert len(set(parameters) | set(COMMON)) == len(parameters) + len(COMMON)
    for name in parameters:
        card_value(device_card(), name)  # the field exists
