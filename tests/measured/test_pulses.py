import numpy as np
import pytest

from afterpulse.measured import TraceError, on_clock, parse_pulse, read_pulses
from afterpulse.measured.samples import to_trace


def pulses_of(tmp_path, text):
    path = tmp_path / "pulses.csv"
    path.write_text(text)
    return read_pulses(path)


def test_pulses_in_any_order_of_columns(tmp_path):
    first, second = pulses_of(
        tmp_path, "# two\nWidth (ms), amplitude (mA), start (s)\n1, 2, 1\n2, -1.5, 3\n"
    )
    assert first[:4] == (1.0, 1e-3, 2e-3, "A")
    assert second[:4] == (3.0, 2e-3, pytest.approx(-1.5e-3), "A")
    assert second.place == f"{tmp_path / 'pulses.csv'}: line 4"


def test_current_density(tmp_path):
    (pulse,) = pulses_of(tmp_path, "start (s);width (us);amplitude (MA/cm^2)\n1,5;10;84\n")
    assert pulse.amplitude == pytest.approx(8.4e11)
    assert (pulse.start, pulse.width, pulse.unit) == (1.5, pytest.approx(1e-5), "A m-2")


def test_a_pulse_may_start_where_the_one_before_ends(tmp_path):
    rows = "1, 1, 2\n2, 1, 2\n"
    assert len(pulses_of(tmp_path, "start (s), width (s), amplitude (A)\n" + rows)) == 2


def test_dates_of_pulses(tmp_path):
    (pulse,) = pulses_of(tmp_path, "start,width (ms),amplitude (mA)\n2026-03-04 12:00:01.5,1,2\n")
    assert pulse.start == 1772625601.5


def test_a_clock_of_dates_counts_pulses_from_the_first_sample():
    pulses = [parse_pulse(f"{start} s", "1 ms", "2 mA") for start in ("1.5", "1772625601.5")]
    for begin, expected in ((0.0, [1.5, 1772625601.5]), (1772625600.0, [1772625601.5] * 2)):
        samples = np.column_stack([begin + np.arange(9.0), np.arange(9.0)])
        trace = to_trace("a.csv", samples, lambda row, column: "")
        assert [pulse.start for pulse in on_clock(pulses, trace)] == expected


def test_pulse_of_the_command_line():
    assert parse_pulse("-1 s", "1 ms", "-2 mA")[:4] == (-1.0, 1e-3, -2e-3, "A")
    assert parse_pulse("1 min", "1 s", "8.4e11 A/m^2")[:4] == (60.0, 1.0, 8.4e11, "A m-2")
    assert parse_pulse("1 s", "1 us", "15 V")[1:4] == (pytest.approx(1e-6), 15.0, "V")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("1", "1 ms", "2 mA"), '--pulse-start: expected a time with its unit, such as "1 s", got'),
        (("1 s", "0 s", "2 mA"), "--pulse-width: expected a positive time"),
        (("1 s", "1 ms", "2 mT"), "--pulse-amplitude: expected a current with its unit"),
    ],
)
def test_faulty_options_are_named(texts, message):
    with pytest.raises(TraceError, match="expected") as caught:
        parse_pulse(*texts)
    assert str(caught.value).startswith(message)
