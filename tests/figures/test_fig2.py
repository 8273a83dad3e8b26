import json

import numpy as np
import xarray as xr

from afterpulse.figures import fig2, style
from afterpulse.timeline.readings import READING


def test_four_panels_in_the_papers_order(trains):
    panels = fig2.draw(dict(reversed(trains.items())), style.new_figure(3.2))
    assert [panel.get_title() for panel in panels] == ["LTP", "LTD", "STP", "STD"]
    assert panels[2].get_xlabel() == "time (s)"
    assert panels[0].get_ylabel() == r"$V_\mathrm{AHE}$ (µV)"


def test_curve_band_and_a_tick_a_pulse(trains):
    panels = fig2.draw(trains, style.new_figure(3.2))
    for panel, train in zip(panels, trains.values(), strict=True):
        band, *ticks = panel.collections
        voltage = 1e6 * train["anomalous_hall_voltage"].isel(mechanism_set=0)
        np.testing.assert_allclose(panel.lines[0].get_ydata(), voltage.mean("replicate"))
        read = voltage.mean("replicate").sel(time=panel.lines[1].get_xdata())
        np.testing.assert_allclose(panel.lines[1].get_ydata(), read)
        late = train["pulse_end"].values + READING
        np.testing.assert_array_less(panel.lines[1].get_xdata(), late + 1e-9)
        baseline = voltage.isel(time=0).mean("replicate")
        np.testing.assert_allclose(panel.lines[2].get_ydata(), baseline)
        drawn = np.concatenate([[line[0, 0] for line in tick.get_segments()] for tick in ticks])
        np.testing.assert_allclose(np.sort(drawn), train["pulse_start"])
        error = voltage.std("replicate", ddof=1) / 6**0.5
        top = band.get_paths()[0].vertices[:, 1].max()
        np.testing.assert_allclose(top, (voltage.mean("replicate") + error).max())


def test_criteria_of_claims_are_drawn(trains):
    card = {"experiment_card": json.dumps({"claims": ["ltp", "ltd"]})}
    tested = {label: train.assign_attrs(card) for label, train in trains.items()}
    plain = fig2.draw(trains, style.new_figure(3.2))
    drawn = fig2.draw(tested, style.new_figure(3.2))
    # A line across LTP at its first reading; a level a pulse of LTD; none of the others.
    assert [len(b.lines) - len(a.lines) for a, b in zip(plain, drawn, strict=True)] == [1, 0, 0, 0]
    more = [len(b.collections) - len(a.collections) for a, b in zip(plain, drawn, strict=True)]
    assert more == [0, 1, 0, 0]
    first = drawn[0].lines[1].get_ydata()[0]
    np.testing.assert_allclose(drawn[0].lines[-1].get_ydata(), first)
    baseline = drawn[1].lines[2].get_ydata()[0]
    reached = drawn[1].lines[1].get_ydata()
    levels = [segment[0, 1] for segment in drawn[1].collections[-1].get_segments()]
    np.testing.assert_allclose(levels, baseline + 0.9 * (reached - baseline))


def test_polarity_has_its_colour(trains):
    panels = fig2.draw(trains, style.new_figure(3.2))
    positive, negative, many = (
        [len(c.get_segments()) for c in p.collections[1:]]
        for p in (panels[2], panels[3], panels[0])
    )
    assert positive == [5, 0, 0]
    assert negative == [0, 5, 0]
    assert many == [15, 0, 0]


def test_nothing_is_cut_off_by_the_shared_axis(trains):
    panels = fig2.draw(trains, style.new_figure(3.2))
    low, high = panels[0].get_ylim()
    for panel in panels:
        assert panel.get_ylim() == (low, high)
        assert low < panel.lines[0].get_ydata().min()
        assert panel.lines[0].get_ydata().max() < high


def test_named_set_is_drawn(trains):
    (panel,) = fig2.draw({"LTP": trains["LTP"]}, style.new_figure(2), "frozen_grains")
    expected = trains["LTP"]["anomalous_hall_voltage"].isel(mechanism_set=1).mean("replicate")
    np.testing.assert_allclose(panel.lines[0].get_ydata(), 1e6 * expected)


def test_burst_after_a_day_is_drawn_by_itself():
    starts = np.array([0.0, 1e5, 1e5 + 0.1])
    time = np.array([-1e-9, 0.0, 1e-3, 1.0, 1e5, 1e5 + 0.05, 1e5 + 0.1, 1e5 + 1.0, 1e5 + 100.0])
    voltage = np.array([9.0, 9.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0, 4.0])
    train = xr.Dataset(
        {"anomalous_hall_voltage": (("replicate", "time"), [voltage, voltage])},
        {
            "time": time,
            "current": ("time", np.zeros(time.size)),
            "pulse_start": ("pulse", starts),
            "pulse_end": ("pulse", starts + 1e-3),
        },
    )
    panel = fig2.draw_train(train, style.new_figure(2.0).add_subplot(), (2.0, 9.0))
    trace, readings, baseline = panel.lines
    np.testing.assert_allclose(trace.get_xdata(), [0.0, 0.05, 0.1, 1.0, 100.0], atol=1e-9)
    np.testing.assert_allclose(trace.get_ydata(), [4.0, 5.0, 5.0, 6.0, 4.0])
    # Right before the second pulse, and at the last stored time up to 0.5 s after it.
    np.testing.assert_allclose(readings.get_xdata(), [0.1, 0.1], atol=1e-9)
    np.testing.assert_allclose(baseline.get_ydata(), 4.0)
    assert panel.get_xlabel() == "time since the first pulse of the burst (s)"
    # The change by the burst, 1, must fall to a fifth.
    tested = train.assign_attrs(experiment_card=json.dumps({"claims": ["stp"]}))
    (panel,) = fig2.draw({"STP": tested}, style.new_figure(2.0))
    np.testing.assert_allclose(panel.lines[-1].get_ydata(), 4.2)
