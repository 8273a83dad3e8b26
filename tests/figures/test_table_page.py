from xml.etree import ElementTree

import pandas as pd
import pytest

from afterpulse.figures import table_page


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("pulse_amplitude", "pulse_amplitude (A)"),
        ("retention_time_interval_upper", "retention_time_interval_upper (s)"),
        ("change_at_probe_stderr", "change_at_probe_stderr (V)"),
        ("share_retained", "share_retained"),
        ("a_column_of_no_dataset", "a_column_of_no_dataset"),
    ],
)
def test_headings_carry_units(column, expected):
    assert table_page.heading(column).replace("\u200b", "") == expected


def test_page_shows_every_cell(tmp_path):
    table = tmp_path / "one.csv"
    table.write_text("pulse_width,share_retained,refused\n0.001,-0.123456,\n1e-05,,<b>&\n1,-0.0,\n")
    table_page.write(str(table), str(tmp_path / "one.html"))
    text = (tmp_path / "one.html").read_text(encoding="utf-8")
    shown = ElementTree.fromstring(text[text.index("<table") :])
    cells = [[(cell.text or "").replace("\u200b", "") for cell in row] for row in shown.iter("tr")]
    assert cells == [
        ["pulse_width (s)", "share_retained", "refused"],
        ["0.001", "-0.1235", ""],
        # A reason that holds markup is text.
        ["1e-05", "", "<b>&"],
        ["1", "0", ""],
    ]


def test_table_without_a_row_has_its_headings():
    assert "pulse_\u200bwidth (s)" in table_page.page(pd.DataFrame(columns=["pulse_width"]))


def test_long_table_is_cut_and_says_so():
    table = pd.DataFrame({"replicate": range(table_page.MOST_ROWS + 1)})
    text = table_page.page(table)
    assert "<p>The first 1000 of 1001 rows of the file.</p>" in text
    assert text.count("<td>") == 1000
    assert "<p>" not in table_page.page(table[:-1])
