"""The same trace, written as instruments and programs write it."""

import datetime
import importlib.util

import numpy as np
import pytest
import xarray as xr

from afterpulse.measured import Selection, TraceError, read_trace

TIME = np.round(np.linspace(0, 12, 25), 6)
VOLTAGE = np.round(4.5e-5 - 2e-5 * np.exp(-TIME / 4), 12)


def rows(pattern, decimal="."):
    lines = (
        pattern.format(t=t, v=v, n=n) for n, (t, v) in enumerate(zip(TIME, VOLTAGE, strict=True))
    )
    return "".join(line.replace(".", decimal) + "\n" for line in lines)


def assert_trace(trace, voltage=VOLTAGE, time=TIME, atol=0.0):
    np.testing.assert_allclose(trace["time"], time, rtol=1e-12, atol=atol)
    np.testing.assert_allclose(trace["anomalous_hall_voltage"], [voltage], rtol=1e-12)


PYMEASURE = (
    "#Procedure: <__main__.Retention>\n#Parameters:\n#\tPulse amplitude: 2 mA\n#Data:\n"
    "Time (s),Hall Voltage (V),Temperature (K),Status\n" + rows("{t},{v:.12e},300.1,0")
)
LVM = (
    "LabVIEW Measurement\t\nSeparator\tTab\nDecimal_Separator\t,\nX_Columns\tOne\n"
    "***End_of_Header***\t\n\t\nChannels\t1\t\nY_Unit_Label\tVolts\t\nX_Dimension\tTime\t\n"
    "X0\t0,0E+0\t\nDelta_X\t0,500000\t\n***End_of_Header***\t\t\nX_Value\tVoltage\tComment\n"
)
BENCHVUE = (
    "Name: ,Data\nSample Count:,25\nNPLC,NullState,Function,Range,\n1,False,DC Voltage,0.1,\n"
    "Sample No,Time,Elapsed Time (sec),[1] 34420A // USBInstrument1 (Vdc),\n"
    + rows("{n},2026-04-14 11:27:33.861,{t},{v:.12e},")
)
KICKSTART = (
    "KickStart Export\nInstrument,2182A\n\nReading,Units,Date,Time,Relative Time (s)\n"
    + rows("{v:.12e},Volt DC,03/04/2026,12:00:00,{t}")
)
DMM6500 = (
    "Model:,DMM6500\nSerial,1234\n"
    "Index,Reading,Unit,Range Digits,Math,Limit1 High,Relative Time,Date,Time,Fractional Seconds\n"
    + rows("{n},{v:.12E},Volt DC,6.5,F,F,{t},03/04/2026,12:00:01,0.5")
)
MEASURELINK = (
    "Timestamp,Elapsed time (s),Hall voltage (V),Hall voltage quadrature (V),Field (T)\n"
    + rows("2026-03-04 12:00:{t:06.3f},{t},{v:.12e},0,0.000")
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pymeasure.csv", PYMEASURE),
        ("trace.lvm", LVM + rows("{t}\t{v:.12f}", ",")),
        ("no_times.lvm", LVM + rows("\t{v:.12f}", ",")),
        ("benchvue.csv", BENCHVUE),
        ("kickstart.csv", KICKSTART),
        ("measurelink.csv", MEASURELINK),
    ],
)
def test_text(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert_trace(read_trace(tmp_path / name))


QUANTUM_DESIGN = (
    "[Header]\n; PPMS Resistivity Data File\nTITLE,relax\nBYAPP,Resistivity,1.0,1.0\n[Data]\n"
    "Comment,Time Stamp (sec),Status (code),Temperature (K),Bridge 1 Resistance (Ohms),"
    "Bridge 1 Excitation (uA),Bridge 2 Resistance (Ohms),Bridge 2 Excitation (uA)\n"
    + "".join(
        f",{3765697694.25 + t:.5f},4449,300.0012,{v / 1e-4:.10f},100.0,,\n"
        for t, v in zip(TIME, VOLTAGE, strict=True)
    )
)


def test_quantum_design(tmp_path):
    path = tmp_path / "ppms.dat"
    path.write_text(QUANTUM_DESIGN)
    trace = read_trace(path, Selection(read_current=100e-6))
    assert_trace(trace, time=3765697694.25 + TIME)
    assert_trace(read_trace(path), VOLTAGE / 1e-4, time=3765697694.25 + TIME)


def test_labone(tmp_path):
    path = tmp_path / "dev_demods_0_sample_00000.csv"
    path.write_text(
        "chunk;timestamp;x;y;freq;phase;dio;trigger;auxin0;auxin1\n"
        + "".join(
            f"0;{48538160796470 + round(210e6 * t)};{v:.12e};1e-8;1327.0;0.1;0;0;0;0\n"
            for t, v in zip(TIME, VOLTAGE, strict=True)
        )
    )
    assert_trace(read_trace(path, Selection("timestamp (210 MHz)")), atol=5e-9)
    with pytest.raises(TraceError, match=r'--time-column "timestamp \(60 MHz\)" --column x'):
        read_trace(path)


def test_relative_time_without_a_unit(tmp_path):
    path = tmp_path / "dmm6500.csv"
    path.write_text(DMM6500)
    assert_trace(read_trace(path, Selection("Relative Time (s)")))
    with pytest.raises(TraceError, match=r'--time-column "Relative Time \(s\)" --column Reading'):
        read_trace(path)


def test_columns_without_names(tmp_path):
    path = tmp_path / "zicontrol.csv"
    path.write_text(rows("{t},{v:.12e},1e-8,1327,0,0,0"))
    assert_trace(read_trace(path, Selection("1 (s)", ["column 2 (V)"])))


def test_qcodes(tmp_path):
    path = tmp_path / "qcodes.nc"
    dataset = xr.Dataset(
        {
            "lockin_X": ("elapsed", VOLTAGE * 1e6, {"units": "uV", "long_name": "X"}),
            "lockin_Y": ("elapsed", 0 * VOLTAGE, {"units": "uV", "long_name": "Y"}),
            "temperature": ("elapsed", 300 + 0 * VOLTAGE, {"units": "K"}),
        },
        coords={"elapsed": ("elapsed", TIME, {"units": "s"})},
        attrs={"sample_name": "HB3", "captured_run_id": 5},
    )
    dataset.to_netcdf(path, engine="h5netcdf")
    assert_trace(read_trace(path))


@pytest.mark.parametrize("kind", ["elapsed", "date", "unix"])
def test_clocks(tmp_path, kind):
    start = datetime.datetime(2026, 3, 4, 12)
    times = {
        "elapsed": [f"{t:.4f}" for t in TIME],
        "date": [(start + datetime.timedelta(seconds=t)).isoformat() for t in TIME.tolist()],
        "unix": [f"{1772625600 + t:.4f}" for t in TIME],
    }[kind]
    body = "".join(f"{t},{v:.12e}\n" for t, v in zip(times, VOLTAGE, strict=True))
    (tmp_path / "a.csv").write_text(f"time (s),Vxy (V)\n{body}")
    begin = 0.0 if kind == "elapsed" else 1772625600.0
    assert_trace(read_trace(tmp_path / "a.csv"), time=begin + TIME)


needs_nptdms = pytest.mark.skipif(
    importlib.util.find_spec("nptdms") is None, reason="npTDMS is not installed"
)


def write_tdms(path, *channels):
    from nptdms import ChannelObject, TdmsWriter

    with TdmsWriter(path) as writer:
        writer.write_segment([ChannelObject("group", *channel) for channel in channels])


@needs_nptdms
def test_tdms(tmp_path):
    path = tmp_path / "trace.tdms"
    seconds, volts = {"unit_string": "s"}, {"unit_string": "V"}
    write_tdms(path, ("Time", TIME, seconds), ("Vxy", VOLTAGE, volts))
    assert_trace(read_trace(path))
    write_tdms(path, ("Vxy", VOLTAGE, volts | {"wf_increment": 0.5}))
    assert_trace(read_trace(path))
    dates = np.datetime64("2026-03-04T12:00:00", "us") + (TIME * 1e6).astype("timedelta64[us]")
    write_tdms(path, ("Stamp", dates, {}), ("Vxy", VOLTAGE, volts))
    assert_trace(read_trace(path), time=1772625600 + TIME)
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(TraceError, match=r"trace\.tdms.*: expected"):
            read_trace(path)


def test_tdms_without_nptdms(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nptdms", None)
    (tmp_path / "a.tdms").write_bytes(b"TDSm")
    with pytest.raises(TraceError, match=r"npTDMS to read TDMS: pip install 'afterpulse\[tdms\]'"):
        read_trace(tmp_path / "a.tdms")
