"""No text ends in anything but a trace or one line."""

import contextlib
import string

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from afterpulse.measured import Selection, TraceError, read_pulses, read_trace

SEED = "# Hall bar 3, 20 \u00b0C\nwhen;time (s);V_xy (\u00b5V);R/ohm;note\n" + "".join(
    f"2026-03-04 12:00:{n:02d},5;{n},5;{n % 3},25;{n};{'ok' if n % 2 else ''}\n" for n in range(9)
)
LVM = (
    "LabVIEW Measurement\t\nSeparator\tTab\n***End_of_Header***\t\nY_Unit_Label\tVolts\n"
    "X0\t0\nDelta_X\t0,5\n***End_of_Header***\nX_Value\tVoltage\tComment\n"
    + "".join(f"{n}\t{n % 4}\n" for n in range(8))
)
PPMS = "[Header]\nTITLE,a\n[Data]\nTime Stamp (sec),R (Ohms),I (uA)\n" + "".join(
    f"{n},{n % 4},100\n" for n in range(8)
)
LABONE = "chunk;timestamp;x;y\n" + "".join(f"0;{n * 60};{n % 4};0\n" for n in range(8))
PIECES = [*string.printable, "\x1b[2J", "\0", "\u00b5", '"', "1e999", "-", "(s)", "[", "9.91e37"]
SELECTIONS = [
    Selection(),
    Selection(repeats=True),
    Selection(read_current=1e-4),
    Selection("1 (s)", ["2 (V)"]),
    Selection("timestamp (60 MHz)", skip=1),
]
EDITS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 12), st.sampled_from(PIECES)), max_size=6
)


def assert_trace_or_one_line(read, path, *arguments):
    with catching() as caught:
        return read(path, *arguments)
    assert caught[0].isprintable()
    assert ": expected " in caught[0]
    return None


@contextlib.contextmanager
def catching():
    caught = []
    try:
        yield caught
    except TraceError as error:
        caught.append(str(error))


@pytest.mark.parametrize("seed", [SEED, LVM, PPMS, LABONE], ids=["text", "lvm", "ppms", "labone"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(EDITS, st.sampled_from(SELECTIONS), st.sampled_from(["utf-8", "latin-1", "utf-16"]))
@example([], SELECTIONS[0], "utf-8")
def test_mutated_files(tmp_path_factory, seed, edits, selection, encoding):
    text = seed
    for begin, length, piece in edits:
        text = text[:begin] + piece + text[begin + length :]
    path = tmp_path_factory.getbasetemp() / "mutated.csv"
    path.write_bytes(text.encode(encoding, errors="replace"))
    trace = assert_trace_or_one_line(read_trace, path, selection)
    assert_trace_or_one_line(read_pulses, path)
    if trace is not None:
        assert np.isfinite(trace["anomalous_hall_voltage"]).all()
        assert (np.diff(trace["time"]) > 0).all()
        assert trace.attrs["columns"].isprintable()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
@example(b"\xff\xfe1\x00,\x002\x00\n\x00")
@example(b"TDSm\x0e\0\0\0")
@example(b"1 2\n3 4 5\n6 7\n")
@example(b"12:99:00,1\n12:61:00,2\n13:00:00,3\n")
@example(b"2026-13-45 12:00:00,1\n2026-02-30 12:00:00,2\n2026-01-01 25:00:00,3\n")
def test_random_bytes(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_bytes(content)
    for selection in SELECTIONS:
        assert_trace_or_one_line(read_trace, path, selection)
    assert_trace_or_one_line(read_pulses, path)
