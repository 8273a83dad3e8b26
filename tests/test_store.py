import json
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
import xarray as xr

from afterpulse import store


def write_half(path):
    with store.whole(path) as beside:
        beside.write_bytes(b"half")
        raise RuntimeError("half way")


@pytest.fixture
def dataset():
    voltage = np.random.default_rng(0).standard_normal((2, 3, 40))
    return store.label(
        xr.Dataset(
            {
                "anomalous_hall_voltage": (("mechanism_set", "replicate", "delay"), voltage),
                "seed": (("mechanism_set",), np.array([2**63 - 1, 0], dtype=np.int64)),
                "refused": (("mechanism_set",), np.array(["", "too noisy"], dtype=object)),
                "window_end": ((), 20.0),
            },
            coords={
                "delay": np.geomspace(1e-6, 20.0, 40),
                "mechanism_set": ["all_on", "frozen"],
            },
        )
    )


def test_what_is_written_is_read_back(dataset, tmp_path):
    path = tmp_path / "deep" / "er" / "ahe.nc"
    dataset["anomalous_hall_voltage"][0, 0, 0] = np.nan
    store.write(dataset, path, {"device": {"thickness": "5 nm", "n": [1, 2]}, "title": "a µ"})
    found = store.read(path)
    xr.testing.assert_equal(found, dataset)
    assert found["seed"].dtype == np.int64
    assert found["delay"].attrs == {
        "units": "s",
        "long_name": "time since the end of the pulse",
        "standard_name": "delay",
    }
    assert json.loads(found.attrs["device"]) == {"thickness": "5 nm", "n": [1, 2]}
    assert found.attrs["title"] == "a µ"
    assert json.loads(found.attrs["library_versions"])["numpy"] == np.__version__
    assert os.listdir(path.parent) == ["ahe.nc"]


def test_file_opens_with_plain_xarray(dataset, tmp_path):
    store.write(dataset, tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as found:
        xr.testing.assert_equal(found.load(), dataset)
        # Seconds must stay numbers.
        assert found["delay"].dtype == np.float64


def test_same_inputs_give_the_same_bytes_at_another_time(dataset, tmp_path):
    code = (
        "import sys, time, xarray as xr; from afterpulse import store;"
        "time.sleep(1.1); store.write(store.read(sys.argv[1]), sys.argv[2])"
    )
    first, second, third = (tmp_path / name for name in ("a.nc", "b.nc", "c.nc"))
    store.write(dataset, first)
    store.write(store.read(first), second)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, first, third], check=True, env=environment)
    assert second.read_bytes() == third.read_bytes()


@pytest.mark.parametrize("attribute", ["units", "long_name"])
@pytest.mark.parametrize("name", ["anomalous_hall_voltage", "delay", "refused"])
def test_unlabelled_variable_is_refused_by_name(dataset, tmp_path, name, attribute):
    del dataset[name].attrs[attribute]
    with pytest.raises(ValueError, match=f"'{name}' has no {attribute}"):
        store.write(dataset, tmp_path / "a.nc")
    assert not list(tmp_path.iterdir())


def test_label_keeps_what_is_there_and_leaves_its_input(dataset):
    bare = xr.Dataset({"temperature": ("time", [300.0], {"long_name": "chip"})})
    labelled = store.label(bare)
    attributes = {"units": "K", "long_name": "chip", "standard_name": "temperature"}
    assert labelled["temperature"].attrs == attributes
    assert bare["temperature"].attrs == {"long_name": "chip"}


def test_failed_write_leaves_the_old_file(dataset, tmp_path):
    path = tmp_path / "a.nc"
    store.write(dataset, path)
    before = path.read_bytes()
    unstorable = dataset.assign(bad=("delay", np.full(40, object()), {"units": "1"}))
    unstorable["bad"].attrs["long_name"] = "not a number"
    with pytest.raises((TypeError, ValueError)):
        store.write(unstorable, path)
    with pytest.raises(RuntimeError, match="half way"):
        write_half(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.nc"]


def test_every_cut_and_most_turned_bytes_are_noticed(dataset, tmp_path):
    path = tmp_path / "a.nc"
    store.write(dataset, path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 499):
        path.write_bytes(whole[:length])
        with pytest.raises(store.StoreError, match=str(path)):
            store.read(path)
    generator = np.random.default_rng(2)
    for place in generator.integers(len(whole), size=60):
        turned = bytearray(whole)
        turned[place] ^= 0xFF
        path.write_bytes(turned)
        try:
            found = store.read(path)
        except store.StoreError:
            continue
        # What passes has unharmed data: the byte lay in a gap or an attribute.
        xr.testing.assert_equal(found, dataset)


def test_changed_value_is_noticed(dataset, tmp_path):
    store.write(dataset, tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        file["window_end"][()] = 21.0
    with pytest.raises(store.StoreError, match="do not agree with their digest"):
        store.read(tmp_path / "a.nc")


def test_a_reader_keeps_the_old_file_while_a_new_one_replaces_it(dataset, tmp_path):
    path = tmp_path / "a.nc"
    store.write(dataset, path)
    before = path.read_bytes()
    with path.open("rb") as reader:
        store.write(dataset.isel(replicate=[0]), path)
        assert reader.read() == before
    assert path.read_bytes() != before


def test_what_is_not_ours_is_refused_by_name(dataset, tmp_path):
    with pytest.raises(store.StoreError, match=r"absent\.nc: no such dataset"):
        store.read(tmp_path / "absent.nc")
    with pytest.raises(store.StoreError, match="no such dataset"):
        store.read(tmp_path)
    (tmp_path / "text.nc").write_text("time,voltage\n")
    with pytest.raises(store.StoreError, match=r"text\.nc: cut short, damaged or not"):
        store.read(tmp_path / "text.nc")
    dataset.to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(store.StoreError, match=r"other\.nc: not a dataset of the layout"):
        store.read(tmp_path / "other.nc")


def test_digest_follows_the_data_alone(dataset):
    first = store.digest(dataset)
    assert first == store.digest(dataset[list(dataset.data_vars)[::-1]])
    assert first == store.digest(dataset.assign_attrs(note="x"))
    assert first != store.digest(dataset.rename(seed="seeds"))
    changed = dataset.copy(deep=True)
    changed["anomalous_hall_voltage"][0, 0, 0] *= 1 + 1e-15
    assert first != store.digest(changed)


def test_paths():
    path = store.dataset_path("results", "pt_co_irmn", "demo", "trains/LTP")
    assert path.as_posix() == "results/pt_co_irmn/demo/trains/LTP.nc"


@pytest.mark.parametrize(
    "names",
    [
        ("..", "demo", "ahe"),
        ("a/b", "demo", "ahe"),
        ("", "demo", "ahe"),
        ("card", "demo", "../ahe"),
        ("card", "demo", "/etc/ahe"),
        ("card", "demo", "a b"),
        ("card", "demo", "ahe\n"),
    ],
)
def test_a_path_stays_in_its_folder(names):
    with pytest.raises(ValueError, match="not a plain name"):
        store.dataset_path("results", *names)


def test_what_a_killed_process_left_is_removed(tmp_path):
    program = (
        "import os, signal\n"
        "from afterpulse import store\n"
        f"with store.whole({str(tmp_path / 'ahe.nc')!r}) as path:\n"
        "    path.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for name in ("ahe.nc", "ahe.nc", "other"):
        text = program.replace("ahe.nc", name)
        subprocess.run([sys.executable, "-c", text], check=False)
    left = sorted(path.name for path in tmp_path.iterdir())
    # The second one has removed what the first one left.
    assert [name.split(".", 2)[-1] for name in left] == ["ahe.nc", "other"]
    with store.whole(tmp_path / "ahe.nc") as outer:
        outer.write_bytes(b"outer")
        # Somebody alive is writing the same file.
        with store.whole(tmp_path / "ahe.nc") as inner:
            inner.write_bytes(b"inner")
        assert outer.exists()
    assert (tmp_path / "ahe.nc").read_bytes() == b"outer"
    assert len(list(tmp_path.iterdir())) == 2
