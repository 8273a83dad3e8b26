"""Dates with the year last in a column of times."""

import datetime

import numpy as np
import pytest

from afterpulse.measured import Selection, TraceError, read_pulses, read_trace

VOLTAGE = [1e-6, 2e-6, 4e-6, 5e-6, 7e-6, 8e-6]
UTC = datetime.UTC


def written(tmp_path, dates, header="Time", separator="\t"):
    rows = [separator.join([date, f"{v:.1e}"]) for date, v in zip(dates, VOLTAGE, strict=False)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([separator.join([header, "V (V)"]), *rows]))
    return path


def dates(form, begin, step=0.25):
    """Six dates of a format of strftime; %f is cut to milliseconds."""
    times = [begin + datetime.timedelta(seconds=step * index) for index in range(6)]
    cut = slice(None, -3) if form.endswith("%f") else slice(None)
    return [time.strftime(form)[cut] for time in times]


def assert_times(trace, begin, step=0.25):
    seconds = begin.timestamp() + step * np.arange(6)
    np.testing.assert_allclose(trace["time"], seconds, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(trace["anomalous_hall_voltage"], [VOLTAGE])


@pytest.mark.parametrize(
    ("form", "day"),
    [
        ("%d.%m.%Y %H:%M:%S,%f", 4),
        ("%d.%m.%Y %H:%M:%S.%f", 4),
        ("%d.%m.%Y, %H:%M:%S,%f", 4),
        ("%d/%m/%Y %H:%M:%S.%f", 13),
        ("%d-%m-%Y %H:%M:%S,%f", 30),
        ("%m/%d/%Y %H:%M:%S.%f", 13),
    ],
)
def test_order_that_dots_or_a_value_show(tmp_path, form, day):
    # A minute before midnight: the date changes within the column.
    begin = datetime.datetime(2026, 3, day, 23, 59, 59, tzinfo=UTC)
    assert_times(read_trace(written(tmp_path, dates(form, begin))), begin)


@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_decimal_comma_of_the_time_is_no_separator(tmp_path, separator):
    begin = datetime.datetime(2026, 3, 4, 12, tzinfo=UTC)
    for form in ("%d.%m.%Y %H:%M:%S,%f", "%Y-%m-%d %H:%M:%S,%f"):
        path = written(tmp_path, dates(form, begin), separator=separator)
        assert_times(read_trace(path), begin)


def test_a_single_value_shows_the_order(tmp_path):
    # Once a day, from the 9th to the 14th of March.
    begin, day = datetime.datetime(2026, 3, 9, 9, 5, 1, tzinfo=UTC), 86_400.0
    path = written(tmp_path, dates("%d/%m/%Y %H:%M:%S", begin, day))
    assert_times(read_trace(path), begin, day)


def test_header_or_option_shows_the_order(tmp_path):
    begin = datetime.datetime(2026, 3, 4, 12, tzinfo=UTC)
    day_first = dates("%d/%m/%Y %H:%M:%S.%f", begin)
    path = written(tmp_path, day_first, "Time (DD/MM/YYYY hh:mm:ss)")
    assert_times(read_trace(path), begin)
    path = written(tmp_path, day_first)
    assert_times(read_trace(path, Selection("Time (dd/mm/yyyy)")), begin)
    as_april = datetime.datetime(2026, 4, 3, 12, tzinfo=UTC)
    assert_times(read_trace(path, Selection("1 (mm/dd/yyyy)")), as_april)


def test_ambiguous_dates_are_refused(tmp_path):
    begin = datetime.datetime(2026, 3, 4, 12, tzinfo=UTC)
    path = written(tmp_path, dates("%d/%m/%Y %H:%M:%S.%f", begin))
    with pytest.raises(TraceError) as caught:
        read_trace(path)
    assert str(caught.value) == (
        f"{path}: line 1: expected --time-column with the order of day and month, got 'Time' "
        "(dates, dd/mm/yyyy or mm/dd/yyyy), 'V' (V, voltage); for example: afterpulse fit "
        f'{path} --time-column "Time (dd/mm/yyyy)" --column V ...'
    )
    for column in ("Time", "Time (s)"):
        with pytest.raises(TraceError) as caught:
            read_trace(path, Selection(column))
        assert str(caught.value) == (
            "--time-column: 'Time': expected the order of day and month, --time-column "
            '"Time (dd/mm/yyyy)" or "Time (mm/dd/yyyy)", got dates of either order'
        )


def test_ambiguous_dates_beside_a_time_are_left_out(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"03/04/2026 12:00:0{index},{index},{v}" for index, v in enumerate(VOLTAGE)]
    path.write_text("\n".join(["Date,t (s),V (V)", *rows]))
    np.testing.assert_array_equal(read_trace(path)["time"], np.arange(6))


@pytest.mark.parametrize(
    ("dates", "line"),
    [
        # Neither order is possible for all rows, and April has 30 days.
        (["13/04/2026", "14/04/2026", "04/15/2026", "16/04/2026", "17/04/2026"], 4),
        (["30.04.2026", "31.04.2026", "01.05.2026", "02.05.2026", "03.05.2026"], 3),
    ],
)
def test_dates_that_do_not_exist(tmp_path, dates, line):
    path = written(tmp_path, [f"{date} 12:00:00" for date in dates])
    got = f"line {line}, column 1 \\('Time'\\): expected a date, got '{dates[line - 2]} 12:00:00'"
    with pytest.raises(TraceError, match=got):
        read_trace(path, Selection("Time"))


def test_start_of_a_pulse(tmp_path):
    path = tmp_path / "pulses.csv"
    path.write_text("start;width (ms);amplitude (mA)\n04.03.2026 12:00:01,5;1;2\n")
    begin = datetime.datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
    assert read_pulses(path)[0].start == begin + 1.5
    path.write_text("start;width (ms);amplitude (mA)\n04/03/2026 12:00:01;1;2\n")
    with pytest.raises(TraceError, match=r"of time, got 'dd/mm/yyyy or mm/dd/yyyy'$"):
        read_pulses(path)
