import numpy as np
import xarray as xr

from afterpulse.figures import blocking, style


def test_both_measures_are_drawn_with_their_errors():
    kelvins = np.array([400.0, 300.0, 500.0])
    random = np.random.default_rng(0)
    dims = ("replicate", "activation_temperature")
    dataset = xr.Dataset(
        {name: (dims, random.normal(size=(4, 3))) for name in blocking.CURVES},
        coords={"activation_temperature": kelvins},
    )
    figure = style.new_figure(2.7)
    axes = figure.add_subplot()
    blocking.draw(dataset, axes)
    assert len(axes.containers) == 2
    for container, name in zip(axes.containers, blocking.CURVES, strict=True):
        line = container.lines[0]
        np.testing.assert_array_equal(line.get_xdata(), [300.0, 400.0, 500.0])
        expected = 1e3 * dataset[name].mean("replicate").values[[1, 0, 2]]
        np.testing.assert_allclose(line.get_ydata(), expected)
    assert "K" in axes.get_xlabel()
    assert "mT" in axes.get_ylabel()
    figure.draw_without_rendering()
