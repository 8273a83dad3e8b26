import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.measured import TraceError, read_trace

TIME = [0.0, 1.0, 2.0, 3.0, 5.0]
VOLTAGE = [1.0, 2.0, 3.0, 5.0, 8.0]


def plain(units=("ms", "uV"), dims=("time",), voltage=VOLTAGE, names=("time", "v")):
    return xr.Dataset(
        {names[1]: (dims, voltage, {"units": units[1]})},
        coords={names[0]: ("time", TIME, {"units": units[0]})},
    )


def read_back(tmp_path, dataset, **how):
    path = tmp_path / "a.nc"
    dataset.to_netcdf(path, **({"engine": "h5netcdf"} | how))
    return read_trace(path)


@pytest.mark.parametrize(
    "how", [{}, {"engine": "scipy"}, {"engine": "scipy", "format": "NETCDF3_64BIT"}]
)
def test_formats(tmp_path, how):
    trace = read_back(tmp_path, plain(), **how)
    np.testing.assert_allclose(trace["time"], np.array(TIME) * 1e-3)
    np.testing.assert_allclose(trace["anomalous_hall_voltage"], [np.array(VOLTAGE) * 1e-6])


def test_a_file_without_the_ending_is_known_by_its_bytes(tmp_path):
    plain().to_netcdf(tmp_path / "trace", engine="h5netcdf")
    assert read_trace(tmp_path / "trace").sizes["time"] == 5


def test_repeats_in_either_order(tmp_path):
    both = np.array([VOLTAGE, [2 * one for one in VOLTAGE]])
    for dims, voltage in ((("run", "time"), both), (("time", "run"), both.T)):
        trace = read_back(tmp_path, plain(dims=dims, voltage=voltage))
        np.testing.assert_allclose(trace["anomalous_hall_voltage"], 1e-6 * both)


def test_time_that_is_no_index_and_variables_beside(tmp_path):
    dataset = xr.Dataset(
        {
            "v": ("sample", VOLTAGE, {"units": "volt"}),
            "t": ("sample", TIME, {"units": "seconds"}),
            "temperature": ("sample", VOLTAGE, {"units": "K"}),
            "offset": ((), 1.0, {"units": "V"}),
            "note": ("sample", list("abcde")),
        }
    )
    trace = read_back(tmp_path, dataset)
    np.testing.assert_array_equal(trace["time"], TIME)
    np.testing.assert_array_equal(trace["anomalous_hall_voltage"], [VOLTAGE])


def test_dates_count_from_their_reference(tmp_path):
    dataset = plain()
    dataset["time"] = np.datetime64("2026-05-03T00:00:00", "ns") + np.array(
        [0, 1500, 2000, 3000, 5000], "timedelta64[ms]"
    )
    dataset["time"].encoding = {"units": "milliseconds since 2026-05-02T23:59:59"}
    trace = read_back(tmp_path, dataset)
    np.testing.assert_allclose(trace["time"], [1.0, 2.5, 3.0, 4.0, 6.0])


def test_integers_with_a_scale(tmp_path):
    dataset = plain(("s", "uV"))
    dataset["v"].encoding = {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -1}
    trace = read_back(tmp_path, dataset)
    np.testing.assert_allclose(trace["anomalous_hall_voltage"], [np.array(VOLTAGE) * 1e-6])


def test_our_own_layout(tmp_path):
    train = datasets.label(
        xr.Dataset(
            {
                "anomalous_hall_voltage": (("mechanism_set", "replicate", "time"), [[VOLTAGE] * 2]),
                "magnetisation_z": (("mechanism_set", "replicate", "time"), [[VOLTAGE] * 2]),
                "current": ("time", VOLTAGE),
                "pulse_start": ("pulse", [0.5, 2.0]),
            },
            coords={"time": TIME, "mechanism_set": ["all_on"], "replicate": [0, 1]},
        )
    )
    datasets.write(train, tmp_path / "train.nc")
    trace = read_trace(tmp_path / "train.nc")
    np.testing.assert_array_equal(trace["anomalous_hall_voltage"], [VOLTAGE] * 2)
    np.testing.assert_array_equal(trace["time"], TIME)


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
def test_wherever_a_file_is_cut_it_is_refused_or_whole(tmp_path, engine):
    plain().to_netcdf(tmp_path / "whole.nc", engine=engine)
    whole = (tmp_path / "whole.nc").read_bytes()
    cut = tmp_path / "cut.nc"
    refused = []
    for length in np.linspace(0, len(whole) - 1, 40).astype(int):
        cut.write_bytes(whole[:length])
        try:
            trace = read_trace(cut)
        except TraceError as error:
            refused.append(str(error))
        else:
            np.testing.assert_allclose(trace["anomalous_hall_voltage"], [np.array(VOLTAGE) * 1e-6])
    assert len(refused) >= 38
    assert all(line.startswith(f"{cut}: expected ") for line in refused)
    assert not any("\n" in line for line in refused)


def test_huge_declared_variable_is_not_loaded(tmp_path):
    import h5netcdf

    with h5netcdf.File(tmp_path / "a.nc", "w") as file:
        file.dimensions = {"time": 10**11}
        for name, units in (("time", "s"), ("v", "V")):
            variable = file.create_variable(name, ("time",), "f8", chunks=(1000,))
            variable.attrs["units"] = units
    with pytest.raises(TraceError, match="expected at most 20000000 samples"):
        read_trace(tmp_path / "a.nc")
