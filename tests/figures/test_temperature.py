import numpy as np

from afterpulse.figures import style, temperature


def test_rise_of_the_largest_pulse_of_each_width_is_drawn(ahe):
    figure = style.new_figure(2.8)
    axes = figure.add_subplot()
    temperature.draw(ahe, axes, 300.0)
    assert len(axes.lines) == ahe.sizes["pulse_width"]
    largest = float(ahe["relative_amplitude"].max())
    for line in axes.lines:
        np.testing.assert_array_equal(line.get_xdata(), ahe["delay"])
        # The temperature of the made sweep, see conftest.py.
        rise = 40 * largest**2 * np.exp(-ahe["delay"] / 1e-3)
        np.testing.assert_allclose(line.get_ydata(), rise, atol=1e-9)
    assert "(K)" in axes.get_ylabel()
    figure.draw_without_rendering()


def test_times_of_nanoseconds_have_their_unit_and_the_axis_its_range(nanosecond):
    axes = style.new_figure(2.8).add_subplot()
    sweep = nanosecond.sel(delay=slice(1e-13, 1e-12))
    temperature.draw(sweep, axes, 300.0)
    for line in axes.lines:
        np.testing.assert_allclose(line.get_xdata(), 1e12 * sweep["delay"])
    assert axes.get_xlabel() == "time since the end of the pulse (ps)"
    # 48 K at first, and 18 K a time constant later.
    assert 3 < axes.get_ylim()[0] < 40 * 1.1**2 * np.exp(-1)
