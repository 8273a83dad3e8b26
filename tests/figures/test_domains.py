from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.quiver import Quiver

from afterpulse import datasets
from afterpulse.cards import load_experiment
from afterpulse.cards.numerics import Fields
from afterpulse.figures import domains, style

NANOSECOND = Path(__file__).parents[2] / "experiments/nanosecond.yaml"


def test_map_is_the_state_of_each_cells_unit(film):
    axes = domains.draw(film, style.new_figure(2.7).subplots())
    drawn = axes.collections[0].get_array()
    assert drawn.shape == (70, 70)
    # Cell x 35, y 12 lies in the unit of column 3, row 1.
    assert drawn[12, 35] == film["unit_state"].values[3 * 7 + 1]
    assert set(np.unique(drawn)) == {-1.0, 1.0}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (nm)", "y (nm)")
    np.testing.assert_allclose(axes.get_xlim(), (0, 700), atol=1e-9)


def test_field_is_drawn_as_map_and_arrows(stored_fields):
    axes = style.new_figure(2.7).subplots()
    image = domains.draw_field(stored_fields.isel(point=0, snapshot=0), axes)
    drawn = image.get_array()
    assert drawn.shape == (48, 32)
    assert (drawn[:, :16] == 1).all()
    assert (drawn[:, 16:] == -1).all()
    axes = style.new_figure(2.7).subplots()
    domains.draw_field(stored_fields.isel(point=0, snapshot=2), axes)
    (arrows,) = (each for each in axes.collections if isinstance(each, Quiver))
    # Squares of 3 x 3 cells; the two last columns are no square.
    assert (arrows.U.size, set(arrows.X)) == (16 * 10, set(15.0 * np.arange(10) + 7.5))
    np.testing.assert_allclose(arrows.U, 0.6)
    np.testing.assert_allclose(arrows.V, -0.8)
    # An arrow of length one is as long as its square.
    assert 1 / arrows.scale == pytest.approx(15.0)


def test_snapshots_of_a_point_have_their_times(stored_fields):
    figure = style.new_figure(2.2, 2 * style.COLUMN)
    row = domains.draw_snapshots(stored_fields.isel(point=0), figure)
    assert [axes.get_title() for axes in row] == ["1 ns", "2 ns", "10 ns"]


@pytest.mark.parametrize("stored", [True, False])
def test_files_of_the_strongest_point(stored_fields, film, tmp_path, monkeypatch, stored):
    """Its fields are drawn if some are stored, and its units otherwise."""
    sample = film[["unit_index"]].assign(cell=((), 1e-8))
    chunk = xr.Dataset(
        {
            "pulse_amplitude": (("point", "pulse_number"), [[1e-3], [-2e-3]]),
            "pulse_width": (("point", "pulse_number"), [[1e-9], [1e-9]]),
            "time": (("point", "step"), [[0.0, 11e-9], [0.0, 11e-9]]),
            "delay": (("point", "step"), [[-1e-9, 10e-9], [-1e-9, 10e-9]]),
            "unit_state": (("point", "step", "unit"), np.ones((2, 2, film.sizes["unit"]), "i1")),
        }
    )
    weak = stored_fields.assign_coords(point=["p1"]) * 0
    fields = xr.concat(
        [weak, stored_fields], "point", data_vars="minimal", coords="minimal", compat="override"
    )
    fields["thickness"] = stored_fields["thickness"]
    if not stored:
        fields = fields[["thickness"]].assign_coords(snapshot=np.arange(0))
    paths = [str(tmp_path / name) for name in ("sample.nc", "chunk.nc", "fields.nc")]
    for dataset, path in zip((sample, chunk, fields), paths, strict=True):
        datasets.write(datasets.label(dataset), path)
    drawn = []
    monkeypatch.setattr(style, "save", lambda figure, stem: drawn.append(figure))
    domains.draw_files(paths, str(tmp_path / "domains"))
    (figure,) = drawn
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    expected = ["1 ns", "2 ns", "10 ns"] if stored else ["10 ns after a pulse of -2 mA, 1 ns"]
    assert titles == expected


def test_card_with_fields_draws_them():
    card = load_experiment(NANOSECOND)
    plain = card.model_copy(update={"numerics": card.numerics.model_copy(update={"fields": None})})
    assert domains.FIGURE.inputs(plain) == ["sample.nc", "trajectories/{first_chunk}.nc"]
    numerics = card.numerics.model_copy(update={"fields": Fields(keep="final")})
    kept = card.model_copy(update={"numerics": numerics})
    assert domains.FIGURE.inputs(kept)[2:] == ["fields/{first_chunk}.nc"]
