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
