import numpy as np
import pytest

from afterpulse import datasets
from afterpulse.measured import TraceError, read_trace

ROWS = [(0, 1), (1, 2), (2, 3), (3, 5), (4, 8)]


def trace_of(tmp_path, header, rows=ROWS):
    path = tmp_path / "a.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]))
    return read_trace(path)


@pytest.mark.parametrize(
    ("header", "second", "volt"),
    [
        ("time (s),voltage (uV)", 1.0, 1e-6),
        ("time [ms],voltage [mV]", 1e-3, 1e-3),
        ("t (min),V_xy (V)", 60.0, 1.0),
        ("Time (microsecond),Voltage (nanovolt)", 1e-6, 1e-9),
        ("time (µs),voltage (µV)", 1e-6, 1e-6),
        ("time (s),voltage (J/C)", 1.0, 1.0),
    ],
)
def test_units(tmp_path, header, second, volt):
    trace = trace_of(tmp_path, header)
    np.testing.assert_allclose(trace["time"], np.arange(5) * second, rtol=1e-15)
    expected = volt * np.array([[1, 2, 3, 5, 8]])
    np.testing.assert_allclose(trace["anomalous_hall_voltage"], expected, rtol=1e-15)


def test_each_voltage_is_a_repeat_wherever_the_time_stands(tmp_path):
    rows = [(1, 0, 1010), (2, 1, 2020), (3, 2, 3030), (5, 3, 5050), (8, 4, 8080)]
    trace = trace_of(tmp_path, "voltage 1 (mV),time (s),voltage 2 (uV)", rows)
    assert trace["anomalous_hall_voltage"].dims == ("replicate", "time")
    np.testing.assert_allclose(
        trace["anomalous_hall_voltage"],
        [[1e-3, 2e-3, 3e-3, 5e-3, 8e-3], [1.01e-3, 2.02e-3, 3.03e-3, 5.05e-3, 8.08e-3]],
    )
    np.testing.assert_array_equal(trace["replicate"], [0, 1])


def test_trace_can_be_stored(tmp_path):
    trace = trace_of(tmp_path, "time (s),voltage (uV)")
    datasets.write(trace, tmp_path / "trace.nc")
    assert datasets.read(tmp_path / "trace.nc")["time"].attrs["units"] == "s"


def test_place_of_a_fault_counts_columns_as_they_stand(tmp_path):
    rows = [(1, 0), (2, 1), (3, 2), (5, 1), (8, 4)]
    with pytest.raises(TraceError, match=r"line 5, column 2 \('time'\): expected a time after"):
        trace_of(tmp_path, "voltage (uV),time (s)", rows)
