import numpy as np
import pytest

from afterpulse.measured import TraceError
from afterpulse.measured.text_table import read_table


def table_of(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)


@pytest.mark.parametrize(
    "content",
    [
        "time (s), voltage (uV)\n0.5, -1.25\n1e-1, +2.\n",
        "time (s),voltage (uV)\r\n0.5,-1.25\r\n.1,2\r\n",
        "time (s),voltage (uV)\r0.5,-1.25\r.1,2",
        "time [s];voltage [uV]\n0.5;-1.25\n0.1;2\n",
        "time [s];voltage [uV]\n0,5;-1,25\n1,0E-1;2\n",
        "time (s)\tvoltage (uV)\n0.5\t-1.25\n0.1\t2\n",
        "\ufefftime (s),voltage (uV)\n0.5,-1.25\n0.1,2\n",
        '"time (s)", "voltage (uV)"\n"0.5", "-1.25"\n"0.1", "2"\n',
        "time (s),voltage (uV)\n0.5,-1.25\n0.1,2\n\n \n",
    ],
    ids=["spaces", "crlf", "cr", "points", "commas", "tabs", "bom", "quotes", "empty end"],
)
def test_forms(tmp_path, content):
    table = table_of(tmp_path, content)
    assert table.names == ["time", "voltage"]
    assert table.units == ["s", "uV"]
    np.testing.assert_array_equal(table.values, [[0.5, -1.25], [0.1, 2.0]])
    assert table.header_line == 1
    assert table.place(1) == f"{tmp_path / 'a.csv'}: line 3"


def test_comments_before_the_header_count_as_lines(tmp_path):
    table = table_of(tmp_path, "# Keithley, 3 May\n\n  # 2 mA; 1 ms\ntime (s),V (uV)\n1,2\n")
    assert table.header_line == 4
    assert table.place(0, 1).endswith(": line 5, column 2 ('V')")


def test_the_last_brackets_are_the_unit(tmp_path):
    table = table_of(tmp_path, "t (lab clock) (s); V, Hall [x] [mV]\n1;2\n")
    assert table.names == ["t (lab clock)", "V, Hall [x]"]
    assert table.units == ["s", "mV"]


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr("afterpulse.measured.text_table.LARGEST_FILE", 30)
    assert table_of(tmp_path, "time (s),voltage (uV)\n1,2\n").values.shape == (1, 2)
    with pytest.raises(TraceError, match="expected at most 30 bytes, got more"):
        table_of(tmp_path, "time (s),voltage (uV)\n1,2\n3,4\n5,6\n")
