import numpy as np
import pandas as pd
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.cards.experiment import OWN_MECHANISMS
from afterpulse.decay.rules import deciding as write_table
from afterpulse.figures import deciding, style
from afterpulse.figures.spec import Variant


@pytest.fixture
def table():
    row = {"hypothesis": "heat", "other": "spin", "scatter": 0.05, "other_scatter": 0.1}
    rows = [
        ("no_field", 0.5, -0.4, 0.1, 4.5),
        ("no_field", 10.0, -0.3, 0.0, 2.7),
        ("warmer", 0.5, 0.1, 0.1, 0.0),
        ("warmer", 10.0, 0.0, 0.1, 0.9),
    ]
    names = ["observation", "reading", "change", "other_change", "separation"]
    return pd.DataFrame([row | dict(zip(names, each, strict=True)) for each in rows])


def test_rows_are_observations_with_both_hypotheses(table):
    figure = style.new_figure(2.0, 5.0)
    axes = deciding.draw(table, figure.subplots())
    figure.draw_without_rendering()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["no field", "warmer"]
    at = [container.lines[0].get_xydata()[0] for container in axes.containers]
    assert [tuple(point.round(2)) for point in at[:4]] == [
        (-0.4, -0.14),
        (0.1, -0.14),
        (-0.3, 0.14),
        (0.0, 0.14),
    ]
    _, _, (bars,) = axes.containers[1].lines
    assert bars.get_segments()[0][:, 0].tolist() == pytest.approx([0.0, 0.2])
    assert [text.get_text() for text in axes.texts] == ["4.5", "0.9"]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["heat, 500 ms", "spin, 500 ms", "heat, 10 s", "spin, 10 s"]


def test_files_are_drawn_and_tabulated(tmp_path):
    def train(change, name):
        """File of a pulse that changes the voltage by a fraction, with some scatter."""
        scatter = np.array([0.0, 0.01, 0.02])
        fraction = np.array([0.0, 0.0, change, change]) + scatter[:, None] * [0, 0, 1, 1]
        dims = ("mechanism_set", "replicate", "time")
        voltage = 5e-5 * (1 - 2 * fraction)
        made = xr.Dataset(
            {
                "anomalous_hall_voltage": (dims, np.stack([voltage, 0 * voltage])),
                "pulse_start": ("pulse", [0.0]),
                "pulse_end": ("pulse", [1e-3]),
            },
            {"mechanism_set": [OWN_MECHANISMS, "other"], "time": [-1e-9, 1e-3, 0.501, 10.0]},
        )
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        datasets.write(datasets.label(made), str(path), {})
        return str(path)

    changes = {"one": (0.5, 0.1), "two": (0.5, 0.4)}
    files = {
        label: [train(a, f"{label}/pulse.nc"), train(b, f"{label}/other.nc")]
        for label, (a, b) in changes.items()
    }
    variants = [Variant({}, label, "", paths) for label, paths in files.items()]
    deciding.draw_files(variants, str(tmp_path / "deciding"))
    assert {path.suffix for path in tmp_path.glob("deciding.*")} == {".png", ".pdf"}
    roles = {f"v{label}": (label, "") for label in files}
    write_table(roles, [*files["one"], *files["two"]], str(tmp_path / "deciding.csv"))
    table = pd.read_csv(tmp_path / "deciding.csv")
    assert list(table["observation"]) == ["other", "other"]
    # (0.1 + 0.01)/(0.5 + 0.01) and (0.4 + 0.01)/(0.5 + 0.01), the mean scatter being 0.01.
    np.testing.assert_allclose(table["change"], 0.11 / 0.51)
    np.testing.assert_allclose(table["other_change"], 0.41 / 0.51)
