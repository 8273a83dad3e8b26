import json

import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.figures import style, variants
from afterpulse.figures.spec import Variant

AMPLITUDES = np.array([1e-3, 2e-3, 3e-3])
WIDTHS = np.array([1e-4, 1e-3, 1e-2])
DELAYS = np.array([0.1, 0.5, 5.0])
CARD = json.dumps({"sweep": {"probe_delay": "0.5 s"}})


def sweep(voltage_at_probe):
    """A sweep of two replicates that scatter by 1 V about a voltage (V) at each amplitude."""
    scatter = np.array([-1.0, 1.0])
    decay = np.array([2.0, 1.0, 0.5])
    shape = (AMPLITUDES.size, WIDTHS.size, 2, DELAYS.size)
    voltage = np.reshape(voltage_at_probe, (-1, 1, 1, 1)) * decay + scatter[:, None]
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    return xr.Dataset(
        {"anomalous_hall_voltage": (dims, np.broadcast_to(voltage, shape))},
        {"pulse_amplitude": AMPLITUDES, "pulse_width": WIDTHS, "delay": DELAYS},
        {"experiment_card": CARD},
    )


@pytest.fixture
def panels():
    sweeps = {"one": sweep([10.0, 10.0, 10.0]), "other": sweep([10.0, 30.0, 20.0])}
    figure = style.new_figure(2.6, 6.8)
    axes = variants.draw(sweeps, figure)
    figure.draw_without_rendering()
    return axes


def test_left_panel_has_the_mean_at_the_probe_and_its_error(panels):
    line, _, (bars,) = panels[0].containers[1].lines
    np.testing.assert_allclose(line.get_xdata(), [1.0, 2.0, 3.0])
    np.testing.assert_allclose(line.get_ydata(), [10.0, 30.0, 20.0])
    # Two values 2 V apart: standard deviation sqrt(2), over sqrt(2).
    np.testing.assert_allclose(bars.get_segments()[1], [[2.0, 29.0], [2.0, 31.0]])
    assert panels[0].get_ylabel().endswith("(V), 500 ms after the pulse")


def test_right_panel_has_the_pulse_of_the_largest_difference_from_the_probe_on(panels):
    one, other = panels[1].lines
    np.testing.assert_allclose(one.get_xdata(), DELAYS[1:])
    np.testing.assert_allclose(one.get_ydata(), [10.0, 5.0])
    np.testing.assert_allclose(other.get_ydata(), [30.0, 15.0])
    assert panels[1].get_title() == "pulse amplitude 2 mA"
    names = [text.get_text() for text in panels[1].get_legend().get_texts()]
    assert names == ["one", "other"]


def test_variants_with_amplitudes_of_their_own_count_at_the_nearest():
    other = sweep([10.0, 12.0, 40.0]).assign_coords(pulse_amplitude=AMPLITUDES + 4e-4)
    of_a_width = [each.isel(pulse_width=1) for each in (sweep([10.0, 10.0, 10.0]), other)]
    assert variants.most_different(of_a_width) == 2


def test_many_variants_are_selected_evenly():
    sweeps = {str(number): sweep([10.0, number, 10.0]) for number in range(20)}
    axes = variants.draw(sweeps, style.new_figure(2.6, 6.8))
    names = [text.get_text() for text in axes[1].get_legend().get_texts()]
    assert (names[0], names[-1], len(names)) == ("0", "19", variants.MOST_CURVES)


def test_names_are_the_last_parts_of_the_fields():
    changes = {
        "device.antiferromagnet.interface_coupling": "0.03 mJ/m^2",
        "experiment.mechanisms.thermal_spin_torque": False,
        "experiment.mechanisms.afm_viscosity": True,
    }
    assert variants.name(changes) == (
        "interface coupling 0.03 mJ/m^2\nno thermal spin torque\nafm viscosity"
    )


def test_hypotheses_have_their_labels():
    changes = {"experiment.seed": 1}
    assert variants.label(Variant(changes, "", "", [])) == "seed 1"
    assert variants.label(Variant(changes, "spin_current", "", [])) == "spin current"
    assert variants.label(Variant(changes, "spin_current", "no_field", [])) == (
        "spin current, no field"
    )


def test_files_are_drawn(tmp_path):
    paths = [str(tmp_path / f"{number}.nc") for number in range(2)]
    for number, path in enumerate(paths):
        made = datasets.label(sweep([10.0, 10.0 + number, 10.0]))
        datasets.write(made, path, {"experiment_card": CARD})
    varied = [
        Variant({"experiment.seed": 1}, "", "", paths[:1]),
        Variant({"experiment.seed": 2}, "again", "warm", paths[1:]),
    ]
    variants.draw_files(varied, str(tmp_path / "variants"))
    assert {path.name for path in tmp_path.glob("variants.*")} == {"variants.png", "variants.pdf"}
