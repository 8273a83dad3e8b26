import numpy as np
import pytest
import xarray as xr

from afterpulse.figures import protocols as drawing
from afterpulse.figures import style
from afterpulse.neuron import protocols

INPUTS = np.random.default_rng(1).random(80)


def answer(asked, sets, level):
    """Readings of chance about a level, another one a set."""
    shape = (*asked.protocol.wait.shape, len(asked.protocol.delays) + 1)
    random = np.random.default_rng(2)
    z = [
        level + 0.1 * number + 0.01 * random.standard_normal((4, *shape))
        for number in range(len(sets))
    ]
    # At rest all are up.
    for one in z:
        one[:, :, 0] = 1.0
    dims = ("mechanism_set", "replicate", "train", "pulse_number", "reading")
    return xr.Dataset({"magnetisation_z": (dims, np.stack(z))}, coords={"mechanism_set": sets})


@pytest.fixture(scope="module")
def panels():
    asked = {name: make(INPUTS) for name, make in protocols.PROTOCOLS.items()}
    sets = ["card", "without_afm_viscosity", "without_fm_aftereffect"]
    device = {name: answer(one, sets, 0.5) for name, one in asked.items()}
    cell = {
        name: answer(one, [protocols.CELL, protocols.QUIET], 0.4) for name, one in asked.items()
    }
    figure = style.new_figure(6.6, width=6.8)
    drawing.draw(device, cell, INPUTS, figure)
    return dict(zip(asked, figure.axes, strict=True)), figure


def test_a_panel_a_protocol_with_all_sets_in_one_legend(panels):
    by_name, figure = panels
    assert list(drawing.PANELS) == list(by_name)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "device",
        "no AFM viscosity",
        "no FM after-effect",
        "cell",
        "cell without noise",
    ]


def test_points_are_what_the_protocols_measure(panels):
    by_name, _ = panels
    device, *_ = by_name["leaky_integration"].containers
    time, change = device.lines[0].get_data()
    np.testing.assert_allclose(change, 0.5, atol=0.02)
    # Ten pulses 0.1 s apart, and the last delay 30 s after the tenth.
    np.testing.assert_allclose(time[:10], 0.1 * np.arange(1, 11))
    assert time[-1] == pytest.approx(31.0)
    device, *_ = by_name["timing_window"].containers
    np.testing.assert_allclose(device.lines[0].get_xdata(), 1e3 * protocols.SHIFTS)
    cell = by_name["fire_and_reset"].containers[3]
    assert cell.lines[0].get_ydata().size == protocols.CYCLES * (protocols.SPIKES + 1)
    np.testing.assert_allclose(cell.lines[0].get_ydata(), 0.4, atol=0.02)


def test_facilitation_of_nothing_is_not_drawn():
    axes = style.new_figure(2.0).add_subplot()
    ratio = np.ones(protocols.INTERVALS.size)
    drawing.draw_paired_pulses(axes, np.nan * ratio, np.nan * ratio, {"label": "frozen"})
    drawing.draw_paired_pulses(axes, ratio, 50 * ratio, {"label": "noise"})
    assert not axes.containers
    drawing.draw_paired_pulses(axes, ratio, 0.1 * ratio, {"label": "device"})
    assert len(axes.containers) == 1
