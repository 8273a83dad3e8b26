import numpy as np
import xarray as xr
from matplotlib.patches import Rectangle

from afterpulse.figures import retention_map, style


def hatched(panel, hatch):
    return {
        (round(cell.get_x() + cell.get_width() / 2, 6), round(np.log10(cell.get_y())))
        for cell in panel.patches
        if isinstance(cell, Rectangle) and cell.get_hatch() == hatch
    }


def test_colours_are_the_data(decays):
    *_, share, time = retention_map.draw(decays, style.new_figure(4.6, 6.8))
    for panel, name in ((share, "share_retained"), (time, "retention_time")):
        drawn = np.ma.filled(panel.collections[0].get_array(), np.nan)
        np.testing.assert_allclose(drawn, decays[name].values.T)


def test_refused_and_endless_cells_are_hatched(decays):
    *_, share, time = retention_map.draw(decays, style.new_figure(4.6, 6.8))
    refused = decays["refused"].values != ""
    endless = ~refused & np.isnan(decays["retention_time"].values)
    assert 0 < refused.sum() < refused.size
    assert endless.any()
    amplitude = np.round(1e3 * decays["pulse_amplitude"].values, 6)
    # A width's cell starts a factor ten below it: widths are two decades apart.
    decade = np.round(np.log10(decays["pulse_width"].values) - 1)
    for cells, hatch, panels in (
        (refused, retention_map.REFUSED, (share, time)),
        (endless, retention_map.BEYOND, (time,)),
    ):
        expected = {(amplitude[a], decade[w]) for a, w in np.argwhere(cells)}
        for panel in panels:
            assert hatched(panel, hatch) == expected
    assert hatched(share, retention_map.BEYOND) == set()


def test_labels_carry_units(decays):
    figure = style.new_figure(4.6, 6.8)
    *above, share, _ = retention_map.draw(decays, figure)
    assert share.get_xlabel() == "pulse amplitude (mA)"
    assert [text.get_text() for text in share.get_yticklabels()] == ["10 µs", "1 ms", "100 ms"]
    bars = [axes.get_xlabel() for axes in figure.axes[4:]]
    assert bars == ["fraction retained at 10 s", "retention time (s)"]
    assert [axes.get_ylabel() for axes in above] == bars


def test_intervals_are_the_bars(decays):
    above = retention_map.draw(decays, style.new_figure(4.6, 6.8))[:2]
    window = float(decays["window_end"] - decays["window_start"])
    for axes, name in zip(above, ("share_retained", "retention_time"), strict=True):
        for width, (line, _, (bars,)) in zip(
            decays["pulse_width"], [c.lines for c in axes.containers], strict=True
        ):
            row = decays.sel(pulse_width=width)
            known = row[name].notnull().values
            np.testing.assert_allclose(line.get_ydata(), row[name])
            ends = [bar[:, 1] for bar in bars.get_segments() if len(bar)]
            expected = np.minimum(row[f"{name}_interval"].values[known], window)
            np.testing.assert_allclose(np.reshape(ends, (-1, 2)), expected)


def test_edges_lie_half_way():
    np.testing.assert_allclose(retention_map.edges(np.array([1.0, 2.0, 4.0])), [0.5, 1.5, 3, 5])
    np.testing.assert_allclose(retention_map.edges(np.array([3.0])), [2.5, 3.5])


def test_panel_without_a_retention_time_says_so(decays):
    none = decays.copy(deep=True)
    none["retention_time"][:] = np.nan
    _, above, *_ = retention_map.draw(none, style.new_figure(4.6, 6.8))
    assert above.get_ylim() == (0, float(decays["window_end"] - decays["window_start"]))
    assert above.texts[0].get_text().startswith("longer than the window")


def test_sweep_without_any_decay_is_drawn(decays):
    names = ["share_retained", "share_retained_interval", "retention_time"]
    names += ["retention_time_interval"]
    nothing = decays.assign({name: decays[name] * np.nan for name in names})
    nothing["refused"] = xr.full_like(decays["refused"], "no change")
    figure = style.new_figure(4.6, 6.8)
    fraction, *_ = retention_map.draw(nothing, figure)
    figure.draw_without_rendering()
    assert fraction.get_ylim() == (0.0, 1.0)


def test_axis_shows_all_values_and_the_intervals_that_say_more_than_they_do():
    value = xr.DataArray([-0.4, 0.2, 1.0, np.nan], dims="pulse_amplitude")
    ends = [[-3.0, 5.0], [0.1, 0.3], [0.9, 1.2], [np.nan, np.nan]]
    interval = xr.DataArray(
        ends, dims=("pulse_amplitude", "bound"), coords={"bound": ["lower", "upper"]}
    )
    np.testing.assert_allclose(retention_map.limits(value, interval), (-0.48, 1.28))
    all_alike = retention_map.limits(value[1:2], interval[1:2])
    np.testing.assert_allclose(all_alike, (0.15, 0.25))


def test_times_of_nanoseconds_have_their_unit(decays, nanosecond_decays):
    figure = style.new_figure(4.6, 6.8)
    _, above, _, below = retention_map.draw(nanosecond_decays, figure)
    bars = [axes.get_xlabel() for axes in figure.axes[4:]]
    assert bars == ["fraction retained at 10 ns", "retention time (ns)"]
    drawn = np.ma.filled(below.collections[0].get_array(), np.nan)
    np.testing.assert_allclose(drawn, decays["retention_time"].values.T)
    for width, (line, _, _) in zip(
        decays["pulse_width"], [c.lines for c in above.containers], strict=True
    ):
        np.testing.assert_allclose(
            line.get_ydata(), decays["retention_time"].sel(pulse_width=width)
        )
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert "longer than 19.5 ns" in legends
    assert {"10 fs", "1 ps", "100 ps"} & {*legends}


def test_colours_of_nearly_equal_times_have_ticks(decays):
    window = float(decays["window_end"] - decays["window_start"])
    time = decays["retention_time"]
    near = decays.assign(retention_time=time.where(time.isnull(), 0.8 * window))
    figure = style.new_figure(4.6, 6.8)
    retention_map.draw(near, figure)
    figure.draw_without_rendering()
    labels = [text.get_text() for text in figure.axes[-1].get_xticklabels()]
    assert len([label for label in labels if label]) >= 2
