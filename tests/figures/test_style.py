import matplotlib as mpl
import numpy as np
import pytest

from afterpulse.figures import fig1a, style


def test_saved_files_are_whole_and_carry_no_date(ahe, tmp_path):
    written = []
    for folder in ("one", "two"):
        figure = style.new_figure(2.7)
        fig1a.draw(ahe, figure.subplots())
        files = style.save(figure, tmp_path / folder / "fig1a")
        assert sorted(path.name for path in (tmp_path / folder).iterdir()) == [
            "fig1a.pdf",
            "fig1a.png",
        ]
        written.append([path.read_bytes() for path in files])
    assert written[0] == written[1]
    png, pdf = written[0]
    assert png.startswith(b"\x89PNG")
    # Width in pixels from the header: 3.4 inches at 300 dpi.
    assert int.from_bytes(png[16:20], "big") == 1020
    assert pdf.startswith(b"%PDF")
    assert b"CreationDate" not in pdf
    assert pdf.rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2e-12, "2 ps"),
        (9.9999e-10, "1 ns"),
        (1e-5, "10 µs"),
        (1e-3, "1 ms"),
        (0.1, "100 ms"),
        (0.5, "500 ms"),
        (20, "20 s"),
        (0, "0 s"),
    ],
)
def test_printed_quantity(value, text):
    assert style.printed(value, "s") == text


def test_scaled_unit_brings_a_value_between_one_and_a_thousand():
    for value in np.geomspace(1e-11, 900, 50):
        factor, _ = style.scaled_unit(-value, "V")
        assert 1 <= value * factor < 1000
    assert style.scaled_unit(0.0, "V") == (1.0, "V")


def test_round_values_are_one_two_and_five():
    assert style.round_values(0.5, 20) == [0.5, 1, 2, 5, 10, 20]
    assert style.round_values(0.03, 0.2) == [0.05, 0.1, 0.2]
    # Ends that are round but for rounding errors count.
    assert style.round_values(0.1 * (1 + 1e-13), 0.3 - 0.1 - 1e-13) == [0.1, 0.2]


def test_style_of_another_library_does_not_shine_through():
    with mpl.rc_context({"axes.labelsize": 30, "axes.grid": True}):
        axes = style.new_figure(2).add_subplot()
        assert axes.xaxis.label.get_size() == pytest.approx(8)
        assert not axes.xaxis.get_gridlines()[0].get_visible()
