import pytest

from afterpulse import llg


def test_names_of_oommf_carry_what_has_a_counterpart():
    evolver = llg.UHH_ThetaEvolver(fixed_timestep=2e-13, uniform_seed=7)
    assert isinstance(evolver, llg.ThermalEvolver)
    assert (evolver.time_step, evolver.seed) == (2e-13, 7)


def test_what_has_no_counterpart_gives_a_warning():
    with pytest.warns(UserWarning, match="RungeKuttaEvolver: method belongs to OOMMF"):
        llg.RungeKuttaEvolver(method="rkf54s")


def test_own_evolvers_refuse_other_attributes():
    with pytest.raises(AttributeError, match="method"):
        llg.AdaptiveEvolver(method="rkf54s")
