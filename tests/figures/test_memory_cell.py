import numpy as np
import pytest

from afterpulse.figures import memory_cell, style


def test_cell_stands_against_device_and_errors_against_delay():
    delay = np.tile([1e-3, 1e-1, np.nan, 5.0], (6, 3, 1))
    device = np.linspace(-0.5, 0.9, delay.size).reshape(delay.shape)
    device[np.isnan(delay)] = np.nan
    cell = device + np.where(delay < 1e-2, 0.04, -0.02)
    figure = style.new_figure(2.8, width=6.8)
    memory_cell.draw(device, 0.01, cell, delay, figure)
    left, right = figure.axes
    shown = left.lines[1]
    assert shown.get_xdata().size == 6 * 3 * 3
    np.testing.assert_allclose(
        np.unique(np.round(shown.get_ydata() - shown.get_xdata(), 9)), [-0.02, 0.04]
    )
    rms, mean = right.lines[0], right.lines[1]
    np.testing.assert_allclose(rms.get_ydata(), [0.04, 0.02, 0.02])
    np.testing.assert_allclose(mean.get_ydata(), [0.04, -0.02, -0.02])
    assert right.lines[2].get_ydata()[0] == pytest.approx(0.01)
    # Delays of a bin lie about its middle.
    assert np.all(np.abs(np.log(rms.get_xdata() / [1e-3, 1e-1, 5.0])) < 1)
