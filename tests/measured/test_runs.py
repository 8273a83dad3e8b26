from pathlib import Path

import numpy as np
import pytest

from afterpulse.measured import TraceError
from afterpulse.measured.runs import Run, find_files, names_of, of_files, read_runs


def runs_of(tmp_path, text, start=1.0):
    path = tmp_path / "runs.csv"
    path.write_text(text)
    return read_runs(path, start)


def test_rows_of_a_table(tmp_path):
    first, second = runs_of(
        tmp_path,
        "# of monday\n# File, note, Amplitude (mA), width [us], temperature (degC)\n"
        'a.csv, "good, clean", 2, 10, 26.85\n\n# left out\nd/b.csv, , -1.5, 1e3,\n',
        start=2.5,
    )
    assert first.file == tmp_path / "a.csv"
    assert first.pulses[0][:4] == (2.5, pytest.approx(1e-5), pytest.approx(2e-3), "A")
    assert first.pulses[0].place == f"{tmp_path / 'runs.csv'}: line 3"
    assert first.temperature == pytest.approx(300.0)
    assert second.file == tmp_path / "d" / "b.csv"
    assert second.pulses[0].amplitude == pytest.approx(-1.5e-3)
    assert np.isnan(second.temperature)


def test_start_of_each_file_and_decimal_comma(tmp_path):
    text = "file;start (ms);width (s);amplitude (MA/cm^2)\na.csv;500,5;0,1;84\n"
    (run,) = runs_of(tmp_path, text, None)
    assert run.pulses[0][:4] == (pytest.approx(0.5005), 0.1, pytest.approx(8.4e11), "A m-2")


HEADER = "file,amplitude (V),width (ms)\n"


@pytest.mark.parametrize(
    ("text", "start", "message"),
    [
        ("", 1.0, "line 1: expected a header with the columns file, amplitude, width, got ''"),
        ("a,b\n1,2\n", 1.0, "line 1: expected a header with the columns file, amplitude, width"),
        ("file,width (s)\na,1\n", 1.0, "line 1: expected the columns file, .*, got no amplitude"),
        (HEADER, 1.0, "line 1: expected a row for each file, got the header alone"),
        (HEADER + "a,2,1\n", None, "line 1: expected either a column start or --pulse-start, got"),
        ("file,amplitude (T),width (s)\na,1,1\n", 1.0, r"line 1, column 2 \('amplitude'\): expec"),
        ("file,amplitude,width (s)\na,1,1\n", 1.0, "column 2 .* a unit of current or .* got ''"),
        (HEADER + "a,2,0\n", 1.0, r"line 2, column 3 \('width'\): expected a positive time"),
        (HEADER + "a,x,1\n", 1.0, r"line 2, column 2 \('amplitude'\): .* got 'x V'"),
        (HEADER + "a,2\n", 1.0, "line 2, column 3 .*: expected a positive time"),
        (HEADER + "a,2,1\n\na,3,1\n", 1.0, "line 4, column 1 .* one row for each file, got 'a'"),
        (HEADER + ",2,1\n", 1.0, "line 2, column 1 .* one row for each file, got none"),
    ],
)
def test_faulty_tables_are_named_by_line_and_column(tmp_path, text, start, message):
    with pytest.raises(TraceError, match=message) as caught:
        runs_of(tmp_path, text, start)
    assert str(caught.value).startswith(f"{tmp_path / 'runs.csv'}: line ")


def test_start_in_the_table_and_as_an_option(tmp_path):
    text = "file,amplitude (V),width (ms),start (s)\na,2,1,1\n"
    with pytest.raises(TraceError, match="either a column start or --pulse-start, got both"):
        runs_of(tmp_path, text, 1.0)


def test_files_of_folders(tmp_path):
    for name in ("b.csv", "a.csv", ".hidden", "runs.csv", "in/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "empty").mkdir()
    found = find_files([tmp_path / "x", tmp_path, tmp_path / "a.csv"], [tmp_path / "runs.csv"])
    # A file that does not exist is refused when it is read.
    assert [path.name for path in found] == ["x", "a.csv", "b.csv"]
    with pytest.raises(TraceError, match="empty: expected a folder with files, got none"):
        find_files([tmp_path / "empty"])


def test_row_of_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = [Run(tmp_path / name, ()) for name in ("d/a.csv", "e/a.csv", "d/b.csv")]
    found, missing = of_files([Path("e/a.csv"), Path("elsewhere/b.csv"), Path("a.csv")], runs)
    # Two rows have the name a.csv, one the name b.csv.
    assert [run.file for run in found] == [Path("e/a.csv"), Path("elsewhere/b.csv")]
    assert missing == {Path("a.csv"): "a.csv: expected a row of the table, got none"}


def test_names_are_short_printable_and_distinct():
    paths = [Path("/x/d/a.csv"), Path("/x/e/a.csv"), Path("/x/e/\x1b[2J.csv")]
    assert names_of(paths) == ["d/a.csv", "e/a.csv", r"e/\x1b[2J.csv"]
    assert names_of([Path("/x/d/a.csv")]) == ["a.csv"]
