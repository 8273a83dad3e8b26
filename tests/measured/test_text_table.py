import numpy as np
import pytest

from afterpulse.measured import TraceError
from afterpulse.measured.dates import ANY_DAY
from afterpulse.measured.text_table import read_table


def table_of(tmp_path, content, **options):
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, **options)


def names_and_units(table):
    return [(column.name, column.unit) for column in table.columns]


HEADER, ROWS = "time (s),voltage (uV)\n", "0.5,-1.25\n0.1,2\n"
BLANKS, TABS = ROWS.replace(",", "  "), ROWS.replace(",", "\t")
COMMAS = "0,5;-1,25\n1,0E-1;2\n"


@pytest.mark.parametrize(
    "content",
    [
        "time (s), voltage (uV)\n0.5, -1.25\n1e-1, +2.\n",
        "time (s),voltage (uV)\r\n0.5,-1.25\r\n.1,2\r\n",
        "time (s),voltage (uV)\r0.5,-1.25\r.1,2",
        "time [s];voltage [uV]\n0.5;-1.25\n0.1;2\n",
        f"time [s];voltage [uV]\n{COMMAS}",
        f"time (s)\tvoltage (uV)\n{COMMAS.replace(';', chr(9))}",
        f"time (s)  voltage (uV)\n{COMMAS.replace(';', ' ')}",
        f"time (s)\tvoltage (uV)\n{TABS}",
        f"time(s) voltage(uV)\n{BLANKS}",
        f"time (s) voltage (uV)\n{BLANKS}",
        f"# time (s) voltage (uV)\n{BLANKS}",
        f"# {HEADER}{ROWS}",
        f"\ufeff{HEADER}{ROWS}",
        '"time (s)", "voltage (uV)"\n"0.5", "-1.25"\n"0.1", "2"\n',
        f"{HEADER}{ROWS}\n \n",
        f"{HEADER}0.5,-1.25\n# pulse\n\n0.1,2\n% end\n",
        f"{HEADER}{ROWS}finished at 12:00\n",
        f"{HEADER}{ROWS}0.",
        f"time(s) voltage(uV)\n{BLANKS}finished at 12:00\n",
        f"time,voltage\ns,uV\n{ROWS}",
        f"time,voltage\n(s),[uV]\n{ROWS}",
        f"time_s,voltage_uV\n{ROWS}",
        f"time/s,voltage/uV\n{ROWS}",
        f"time, s\tvoltage, uV\n{TABS}",
        f"Sample: HB3\nRead current: 100 uA\n\n{HEADER}{ROWS}",
        f"#Procedure: <Retention>\n#Parameters:\n#\tPulse: 2 mA\n#Data:\n{HEADER}{ROWS}",
        "time (s),voltage (uV)\n5.0D-1,-1.25D+0\n0.1,2\n",
        (HEADER + ROWS).encode("utf-16"),
        f"# 20 \u00b0C\n{HEADER}{ROWS}".encode("latin-1"),
    ],
)
def test_dialects(tmp_path, content):
    table = table_of(tmp_path, content)
    assert names_and_units(table) == [("time", "s"), ("voltage", "uV")]
    values = np.transpose([column.values for column in table.columns])
    np.testing.assert_array_equal(values, [[0.5, -1.25], [0.1, 2.0]])


@pytest.mark.parametrize("sign", ["\u00b5", "\u03bc"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_micro_in_any_encoding(tmp_path, sign, encoding):
    text = f"time (s),voltage ({sign}V)\n{ROWS}"
    if sign == "\u03bc" and encoding == "latin-1":
        pytest.skip("Latin-1 has no Greek letters")
    (_, voltage) = table_of(tmp_path, text.encode(encoding)).columns
    assert (voltage.quantity.dimension, voltage.size) == ("voltage", 1e-6)


def test_savetxt(tmp_path):
    samples = np.column_stack([np.linspace(0, 9, 10), np.geomspace(1e-7, 1e-5, 10)])
    for how in ({}, {"delimiter": ","}, {"delimiter": ";"}, {"delimiter": "\t"}):
        header = how.get("delimiter", " ").join(["t (s)", "V_xy (V)"])
        np.savetxt(tmp_path / "a.txt", samples, header=header, **how)
        table = read_table(tmp_path / "a.txt")
        assert names_and_units(table) == [("t", "s"), ("V_xy", "V")]
        np.testing.assert_array_equal(np.transpose([c.values for c in table.columns]), samples)
    np.savetxt(tmp_path / "a.txt", samples)
    assert names_and_units(read_table(tmp_path / "a.txt")) == [("column 1", ""), ("column 2", "")]


def test_dates_are_seconds_since_1970(tmp_path):
    rows = "2026-03-04 12:00:00.250,1\n2026-03-04T12:00:01Z,2\n2026/03/04 12:00:02,3\n"
    (date, _) = table_of(tmp_path, f"when,V (uV)\n{rows}").columns
    assert date.is_date
    # By date -u -d "2026-03-04 12:00:00" +%s
    np.testing.assert_array_equal(date.values, 1772625600 + np.array([0.25, 1.0, 2.0]))


def test_time_of_day(tmp_path):
    (clock, _) = table_of(tmp_path, "clock,V (uV)\n12:00:00.5,1\n12:01:00,2\n13:00,3\n").columns
    np.testing.assert_array_equal(clock.values - ANY_DAY - 43200, [0.5, 60.0, 3600.0])
    assert clock.is_date


@pytest.mark.parametrize(
    "word", ["", "--", "nan", "NaN", "N/A", "inf", "OVLD", "9.91E+37", "-9.9e37"]
)
def test_missing_values(tmp_path, word):
    (_, voltage) = table_of(tmp_path, f"t (s),V (V)\n0,1\n1,{word}\n2,3\n3,4\n").columns
    np.testing.assert_array_equal(voltage.values, [1, np.nan, 3, 4])
    assert voltage.fault is None


def test_text_and_constant_columns(tmp_path):
    rows = "0,1,ok,4,\n1,2,,4,\n2,3,bad,4,\n"
    columns = table_of(tmp_path, f"t (s),V (V),remark,status (code),\n{rows}").columns
    assert [column.is_text for column in columns] == [False, False, True, False, False]
    assert [column.is_constant for column in columns] == [False, False, True, True, True]
    assert columns[4].described() == "'column 5' (empty)"


def test_comments_before_the_header_count_as_lines(tmp_path):
    table = table_of(tmp_path, "# Keithley, 3 May\n\n  # 2 mA; 1 ms\ntime (s),V (uV)\n\n1,2\n3,4\n")
    assert table.place(-1, 1).endswith(": line 4, column 2 ('V')")
    assert table.place(1, 1).endswith(": line 7, column 2 ('V')")


def test_lines_before_the_header_can_be_given(tmp_path):
    metadata = "1,2\n3,4\n5,6\n"
    table = table_of(tmp_path, f"{metadata}{HEADER}{ROWS}", skip=3)
    assert names_and_units(table) == [("time", "s"), ("voltage", "uV")]
    assert table.place(0, 0).endswith(": line 5, column 1 ('time')")


def test_the_last_brackets_are_the_unit(tmp_path):
    table = table_of(tmp_path, "t (lab clock) (s); V, Hall [x] [mV]\n1;2\n")
    assert names_and_units(table) == [("t (lab clock)", "s"), ("V, Hall [x]", "mV")]


def test_a_hall_voltage_is_no_time_in_hours(tmp_path):
    table = table_of(tmp_path, f"t_h,V_h\n{ROWS}")
    assert names_and_units(table) == [("t", "h"), ("V_h", "")]


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr("afterpulse.measured.text_table.LARGEST_FILE", 30)
    assert len(table_of(tmp_path, "time (s),voltage (uV)\n1,2\n").columns[0].values) == 1
    with pytest.raises(TraceError, match="expected at most 30 bytes, got more"):
        table_of(tmp_path, "time (s),voltage (uV)\n1,2\n3,4\n5,6\n")
