import numpy as np

from afterpulse.figures import exchange_bias, style


def test_both_panels_show_the_loops_after_the_pulse(ahe):
    figure = style.new_figure(2.7)
    exchange_bias.draw(ahe, figure)
    shift, coercivity = figure.axes
    for panel, name in ((shift, "loop_exchange_bias"), (coercivity, "loop_coercivity")):
        assert len(panel.containers) == ahe.sizes["pulse_width"]
        line = panel.containers[1].lines[0]
        np.testing.assert_allclose(line.get_xdata(), 1e3 * ahe["pulse_amplitude"])
        expected = 1e3 * ahe[name].sel(loop="after").isel(pulse_width=1).mean("replicate")
        np.testing.assert_allclose(line.get_ydata(), expected)
    assert "mT" in shift.get_ylabel()
    figure.draw_without_rendering()
