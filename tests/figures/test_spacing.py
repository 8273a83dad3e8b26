import numpy as np
import pytest
import xarray as xr

from afterpulse.figures import spacing, style

TAU = 2.0


def train(interval, count=4, width=1e-3, rest=30.0):
    """Pulses that each add 0.1, of which half relaxes exponentially with `TAU`."""
    starts = interval * np.arange(count)
    ends = starts + width
    time = np.sort(np.concatenate([[-1e-9], starts + 1e-12, ends, [ends[-1] + rest]]))
    passed = time[:, None] - ends
    change = np.where(passed >= 0, 0.05 + 0.05 * np.exp(-np.maximum(passed, 0) / TAU), 0.0)
    change = change.sum(axis=1) + np.array([-0.01, 0.01])[:, None]
    change[:, 0] = 0.0
    return xr.Dataset(
        {
            "anomalous_hall_voltage": (("replicate", "time"), 5e-5 * (1 - 2 * change)),
            "pulse_start": ("pulse", starts),
            "pulse_end": ("pulse", ends),
        },
        {"time": time},
    )


def test_change_before_the_next_pulses_and_at_the_end():
    spacings = [0.1, 1.0, 10.0]
    figure = style.new_figure(2.6)
    axes = spacing.draw([train(each) for each in (1.0, 0.1, 10.0)], figure.subplots())
    figure.draw_without_rendering()
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["before pulse 2", "before pulse 3", "before pulse 4", "30 s after the last"]
    first, *_, end = (container.lines[0].get_data() for container in axes.containers)
    np.testing.assert_allclose(first[0], spacings)
    waits = np.array(spacings) - 1e-3
    np.testing.assert_allclose(first[1], 0.05 * (1 + np.exp(-waits / TAU)), rtol=1e-6)
    np.testing.assert_allclose(end[1], 4 * 0.05, rtol=1e-3)
    _, _, (bars,) = axes.containers[0].lines
    assert np.diff(bars.get_segments()[0][:, 1])[0] == pytest.approx(0.02)


def test_only_trains_that_differ_in_their_spacing_alone_are_compared(experiment_card):
    def one(interval, amplitude="1.0 I_c", count=4):
        pulse = {"amplitude": amplitude, "width": "1 ms", "count": count, "interval": interval}
        return {"description": "x", "pulses": [pulse], "rest": "1 s"}

    trains = {
        "a": one("1 s"),
        "b": one("2 s"),
        "c": one("1 s", "0.5 I_c"),
        "d": one("3 s", count=5),
    }
    card = experiment_card({"trains": trains, "inference": None})
    assert spacing.FIGURE.inputs(card) == []
    card = experiment_card({"trains": trains | {"e": one("3 s")}, "inference": None})
    assert spacing.FIGURE.inputs(card) == ["trains/a.nc", "trains/b.nc", "trains/e.nc"]
