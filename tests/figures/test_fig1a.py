import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

from afterpulse.figures import fig1a, style


def curves(axes):
    return [held for held in axes.containers if isinstance(held, ErrorbarContainer)]


def test_one_curve_a_width_at_the_probe_delay(ahe):
    axes = fig1a.draw(ahe, style.new_figure(2.7).subplots())
    assert len(curves(axes)) == ahe.sizes["pulse_width"]
    voltage = ahe["anomalous_hall_voltage"].sel(delay=0.5)
    line, _, bars = curves(axes)[1]
    np.testing.assert_allclose(line.get_xdata(), 1e3 * ahe["pulse_amplitude"])
    expected = 1e6 * voltage.isel(pulse_width=1).values
    np.testing.assert_allclose(line.get_ydata(), expected.mean(axis=1))
    half = np.array([np.ptp(bar[:, 1]) / 2 for bar in bars[0].get_segments()])
    np.testing.assert_allclose(half, expected.std(axis=1, ddof=1) / 6**0.5, rtol=1e-9)


def test_axes_carry_both_units_of_the_amplitude(ahe):
    axes = fig1a.draw(ahe, style.new_figure(2.7).subplots())
    assert axes.get_xlabel() == "pulse amplitude (mA)"
    assert axes.get_ylabel() == "$V_\\mathrm{AHE}$ (µV)\n500 ms after the pulse"
    (upper,) = axes.child_axes
    assert upper.get_xlabel() == r"$I/I_\mathrm{c}$"
    axes.figure.draw_without_rendering()
    # The made-up critical current is 2 mA.
    np.testing.assert_allclose(upper.get_xlim(), np.array(axes.get_xlim()) / 2, rtol=1e-9)
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == ["10 µs", "1 ms", "100 ms"]


def test_walk_has_open_symbols(ahe, walk):
    axes = fig1a.draw(ahe, style.new_figure(2.7).subplots(), walk)
    faces = [curve[0].get_markerfacecolor() for curve in curves(axes)]
    # Three of each, and the one of the legend.
    assert faces.count("white") == 4
    assert len(faces) == 7
    assert "initialised once" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_missing_probe_is_an_error(ahe):
    with pytest.raises(KeyError):
        fig1a.draw(ahe, style.new_figure(2.7).subplots(), probe=0.51)
