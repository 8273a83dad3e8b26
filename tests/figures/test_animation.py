from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from afterpulse import datasets
from afterpulse.figures import animation, style


def test_point_with_the_largest_decay_is_chosen(chunk):
    # From 22 to 12 reversed units, not from 20 to 18; the second pulse does not count.
    assert animation.largest_decay(chunk) == 1


def test_frames_go_through_the_first_pulse_and_its_edges(chunk):
    shown = animation.frames(chunk.isel(point=1))
    np.testing.assert_allclose(
        shown["time"], [0, 1e-9, 2e-9, 1e-6, 1e-3, 1e-3 + 1e-9, 1e-3 + 2e-9, 2e-3, 1.0], atol=1e-12
    )
    assert set(shown["pulse"].values) == {-1, 0}


def test_many_steps_are_thinned_to_both_ends(chunk, monkeypatch):
    monkeypatch.setattr(animation, "MOST_FRAMES", 3)
    shown = animation.frames(chunk.isel(point=1))
    np.testing.assert_allclose(shown["time"], [0, 1e-3, 1.0])


@pytest.fixture
def drawn(film, chunk):
    figure = style.new_figure(3.2)
    return animation.draw(film, chunk.isel(point=1), figure), figure


def test_each_frame_shows_its_states_and_its_time(drawn, film, tmp_path):
    moving, figure = drawn
    units, grains, during, after = figure.axes[:4]
    seen = []

    def keep(number, _):
        seen.append(
            (
                units.images[0].get_array().copy(),
                grains.images[0].get_array().copy(),
                figure.get_suptitle(),
                float(during.lines[-1].get_xdata()[0]),
                float(after.lines[-1].get_xdata()[0]),
            )
        )

    moving.save(tmp_path / "film.gif", writer="pillow", progress_callback=keep)
    assert len(seen) == 9 + animation.LAST_FRAMES
    reversed_cells = [np.count_nonzero(frame[0] == -1) for frame in seen[:9]]
    assert reversed_cells == [100 * units for units in (0, 1, 1, 10, 24, 23, 23, 22, 12)]
    np.testing.assert_allclose(seen[4][1], 0.5 * seen[4][0])
    # Unit 20 of 49 lies in column 2, row 6; it is up again in the last frame.
    assert seen[4][0][65, 25] == -1
    assert seen[8][0][65, 25] == 1
    assert [frame[2].splitlines()[1] for frame in seen[:9]] == [
        "before it",
        "1 ns after its start",
        "2 ns after its start",
        "1 µs after its start",
        "1 ms after its start",
        "1 ns after its end",
        "2 ns after its end",
        "1 ms after its end",
        "999 ms after its end",
    ]
    assert seen[0][2].startswith("pulse of 2 mA, 1 ms")
    # The pulse of 1 ms is drawn in ms, and the second after it in ms too: it lasts 999 ms.
    assert [panel.get_xlabel() for panel in (during, after)] == [
        "time since start (ms)",
        "time since end (ms)",
    ]
    of_pulse, of_wait = [frame[3] for frame in seen[:5]], [frame[4] for frame in seen[5:9]]
    np.testing.assert_allclose(of_pulse, [np.nan, 1e-6, 2e-6, 1e-3, 1])
    np.testing.assert_allclose(of_wait, [1e-6, 2e-6, 1, 999], rtol=1e-6)


def test_curves_are_the_means(drawn):
    moving, figure = drawn
    *_, during, after = figure.axes[:4]
    moving.pause()
    m_z, order = during.lines[:2]
    np.testing.assert_allclose(m_z.get_ydata(), 1 - 2 * np.array([0, 1, 1, 10, 24]) / 49)
    np.testing.assert_allclose(order.get_ydata(), 0.5 * m_z.get_ydata())
    np.testing.assert_allclose(
        after.lines[0].get_ydata(), 1 - 2 * np.array([23, 23, 22, 12]) / 49, rtol=1e-6
    )
    moving._draw_was_started = True  # not shown on purpose


def test_saved_file_is_one_column_wide_and_the_same_each_time(film, chunk, tmp_path):
    written = []
    for name in ("one", "two"):
        moving = animation.draw(film, chunk.isel(point=1), style.new_figure(3.2))
        written.append(
            [path.read_bytes() for path in style.save_animation(moving, tmp_path / name)]
        )
    assert written[0] == written[1]
    with Image.open(tmp_path / "one.gif") as picture:
        assert picture.size == (510, 480)
        # The frames held at the end are one longer frame.
        assert picture.n_frames == 9
    shown = (tmp_path / "one.html").read_text().split("base64,")[1].split('"')[0]
    assert b64decode(shown) == written[0][0]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["one.gif", "one.html", "two.gif", "two.html"]


@pytest.mark.parametrize("keep", [None, "all"])
def test_stored_fields_are_an_input(keep, experiment_card):
    fields = {"numerics.fields": {"interval": "1 ns", "keep": keep}} if keep else {}
    card = experiment_card({"numerics.micromagnetics": "pulse", **fields})
    stored = ["fields/{first_chunk}.nc"] if keep else []
    assert animation.FIGURE.inputs(card) == [
        "sample.nc",
        "trajectories/{first_chunk}.nc",
        *stored,
    ]


def test_frames_of_cells_are_the_stored_fields(stored_fields):
    point = stored_fields.isel(point=0, snapshot=slice(3)).assign(pulse_width=2e-9)
    moving = animation.draw_cells(point, style.new_figure(4.0))
    (cells, mean), seen = moving._fig.axes[:2], []
    for frame in moving.new_frame_seq():
        moving._draw_frame(frame)
        seen.append((cells.get_title(), cells.collections[0].get_array()[0, [0, -1]].tolist()))
    assert seen[:3] == [
        ("1 ns after its start", [1, -1]),
        ("2 ns after its start", [1, -1]),
        ("8 ns after its end", [0, 0]),
    ]
    assert seen[3:] == [seen[2]] * animation.LAST_FRAMES
    np.testing.assert_allclose(mean.lines[0].get_xdata(), [1, 2, 10])
    np.testing.assert_allclose(mean.lines[0].get_ydata(), [0, 0, 0])
    moving._draw_was_started = True  # not shown on purpose


def test_no_label_of_the_cells_is_cut_off(stored_fields, tmp_path):
    point = stored_fields.isel(point=0, snapshot=slice(3)).assign(pulse_width=2e-9)
    moving = animation.draw_cells(point, style.new_figure(4.0))
    style.save_animation(moving, tmp_path / "cells")
    with Image.open(tmp_path / "cells.gif") as picture:
        for frame in range(picture.n_frames):
            picture.seek(frame)
            pixels = np.asarray(picture.convert("L"))
            for border in (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:]):
                assert border.min() > 250


@pytest.mark.parametrize(("last", "drawn"), [(1.0, "cells"), (0.5, "units")])
@pytest.mark.parametrize("second", [False, True])
def test_cells_are_drawn_if_fields_reach_the_end_of_the_wait(
    film, chunk, stored_fields, tmp_path, monkeypatch, last, drawn, second
):
    """Fields of a second pulse are left out."""
    points, first = chunk.sizes["point"], chunk["time"].where(chunk["pulse"] <= 0)
    end = float(first.isel(point=animation.largest_decay(chunk)).max())
    times = [0.1 * end, 0.2 * end, last * end, 2 * end if second else np.nan]
    stored = stored_fields.isel(point=[0] * points).assign(
        time=(("point", "snapshot"), [times] * points), thickness=stored_fields["thickness"]
    )
    stored = stored.assign_coords(point=[f"p{n}" for n in range(points)])
    paths = [str(tmp_path / name) for name in ("sample.nc", "chunk.nc", "fields.nc")]
    for dataset, path in zip((film, chunk, stored), paths, strict=True):
        datasets.write(datasets.label(dataset), path)
    seen = []
    monkeypatch.setattr(
        animation, "draw_cells", lambda point, _: seen.append(("cells", point.sizes["snapshot"]))
    )
    monkeypatch.setattr(animation, "draw", lambda *given: seen.append(("units", 0)))
    monkeypatch.setattr(style, "save_animation", lambda *given: None)
    animation.draw_files(paths, str(tmp_path / "animation"))
    assert seen == [(drawn, 3 if drawn == "cells" else 0)]
