import sys

import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.time_dependence import Sampled, Sinc, Sine, factor, sampled, tcl_function


def test_sine_and_sinc():
    time = 0.4e-9
    angle = 2 * np.pi * 2e9 * (time - 0.1e-9)
    assert factor(Sine(2e9, 0.1e-9), jnp.float64(time)) == pytest.approx(np.sin(angle), rel=1e-12)
    assert factor(Sinc(2e9, 0.1e-9), jnp.float64(time)) == pytest.approx(np.sin(angle) / angle)
    assert factor(Sinc(2e9, 0.1e-9), jnp.float64(0.1e-9)) == 1.0


def test_samples_are_joined_by_straight_lines():
    dependence = sampled(lambda t: 3 * t / 1e-12 - 1, duration=1e-11, spacing=1e-12)
    assert dependence.values.shape == (11,)
    for time in (0.0, 0.34e-12, 5e-12, 9.99e-12, 1e-11):
        assert factor(dependence, jnp.float64(time)) == pytest.approx(3 * time / 1e-12 - 1)
    # The error of a straight line is at most (w dt)^2 / 8.
    curved = sampled(lambda t: np.sin(1e12 * t), duration=1e-11, spacing=1e-13)
    times = np.linspace(0, 1e-11, 777)
    found = np.array([factor(curved, jnp.float64(time)) for time in times])
    assert abs(found - np.sin(1e12 * times)).max() <= 0.1**2 / 8


def test_samples_cover_a_drive_that_is_no_multiple():
    assert sampled(lambda t: t, duration=1.05e-12, spacing=1e-13).values.shape == (12,)
    assert sampled(lambda t: t, duration=1e-15, spacing=1e-13).values.shape == (2,)


def test_matrix():
    dependence = sampled(lambda t: [1, 2, 3, 4, 5, 6, 7, 8, t], duration=1.0, spacing=1.0)
    expected = [[1, 2, 3], [4, 5, 6], [7, 8, 0.25]]
    np.testing.assert_allclose(factor(dependence, jnp.float64(0.25)), expected)


@pytest.mark.parametrize("function", [lambda t: [1, 2], lambda t: float("nan")])
def test_wrong_values_are_refused(function):
    with pytest.raises(ValueError, match="time dependence"):
        sampled(function, 1e-12, 1e-13)


def test_tcl():
    pytest.importorskip("tkinter", reason="this Python has no Tcl")
    script = "proc Wave { total_time } { return [expr {sin(1e10 * $total_time)}] }"
    wave = tcl_function(script, "Wave")
    assert wave(3e-11) == pytest.approx(np.sin(0.3), rel=1e-15)
    # OOMMF's field scripts give a matrix and its derivative.
    matrix = tcl_function(
        "proc M { t } { return [list 1 0 0 0 1 0 0 0 $t 9 9 9 9 9 9 9 9 9] }", "M"
    )
    assert matrix(0.5) == [1, 0, 0, 0, 1, 0, 0, 0, 0.5]


@pytest.mark.parametrize(
    "script",
    ["exec touch x", "open x w", "proc F { t } { exec touch x }", "proc G { t } { return 1 }"],
)
def test_tcl_is_safe_and_says_what_is_wrong(script, tmp_path, monkeypatch):
    pytest.importorskip("tkinter", reason="this Python has no Tcl")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="tcl_strings"):
        tcl_function(script, "F")(0.0)
    assert not list(tmp_path.iterdir())


def test_python_without_tcl_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "tkinter", None)
    with pytest.raises(ValueError, match="tcl_strings: this Python has no Tcl"):
        tcl_function("proc F { t } { return 1 }", "F")


def test_samples_end_with_their_last_value():
    dependence = Sampled(np.array([0.0, 1.0, 4.0]), 2.0)
    assert [float(factor(dependence, jnp.float64(t))) for t in (0, 1, 2, 3, 4, 9)] == [
        0,
        0.5,
        1,
        2.5,
        4,
        4,
    ]
