from xml.etree import ElementTree

import pandas as pd
import pytest

from analysis import table_page


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("pulse_amplitude", "pulse amplitude (A)"),
        ("retention_time_interval_upper", "retention time interval upper (s)"),
        ("change_at_probe_stderr", "change at probe stderr (V)"),
        ("share_retained", "share retained"),
        ("a_column_of_no_dataset", "a column of no dataset"),
    ],
)
def test_headings_carry_units(column, expected):
    assert table_page.heading(column) == expected


def test_page_shows_every_cell(tmp_path):
    table = tmp_path / "one.csv"
    table.write_text("pulse_width,share_retained,refused\n0.001,0.123456,\n1e-05,,<b>&\n")
    table_page.write(str(table), str(tmp_path / "one.html"))
    text = (tmp_path / "one.html").read_text(encoding="utf-8")
    shown = ElementTree.fromstring(text[text.index("<table") :])
    cells = [[cell.text or "" for cell in row] for row in shown.iter("tr")]
    assert cells == [
        ["pulse width (s)", "share retained", "refused"],
        ["0.001", "0.1235", ""],
        # A reason that holds markup is text.
        ["1e-05", "", "<b>&"],
    ]


def test_table_without_a_row_has_its_headings():
    assert "pulse width (s)" in table_page.page(pd.DataFrame(columns=["pulse_width"]))
