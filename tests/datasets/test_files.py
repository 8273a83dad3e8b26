import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.datasets import files
from tests.stored import stored_data

ROOT = Path(__file__).parents[2]


def write_half(path):
    with datasets.whole(path) as beside:
        beside.write_bytes(b"half")
        raise RuntimeError("half way")


def failed(states):
    raise RuntimeError("half way")


@pytest.fixture
def many_steps():
    """States of units above the size of a piece; each trajectory is a number of stored chunks."""
    states = np.random.default_rng(1).integers(-1, 1, (6, 512, 2048), dtype=np.int8)
    return datasets.label(
        xr.Dataset({"unit_state": (("point", "step", "unit"), states)}, {"point": np.arange(6)})
    )


@pytest.fixture
def dataset():
    voltage = np.random.default_rng(0).standard_normal((2, 3, 40))
    return datasets.label(
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
    datasets.write(dataset, path, {"device": {"thickness": "5 nm", "n": [1, 2]}, "title": "a µ"})
    found = datasets.read(path)
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
    datasets.write(dataset, tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as found:
        xr.testing.assert_equal(found.load(), dataset)
        # Seconds must stay numbers.
        assert found["delay"].dtype == np.float64


def test_h5py_finds_numbers_texts_and_units(dataset, tmp_path):
    datasets.write(dataset, tmp_path / "a.nc", {"seed": 5})
    with h5py.File(tmp_path / "a.nc") as file:
        for name, variable in dataset.variables.items():
            stored = file[name].asstr() if variable.dtype.kind in "OU" else file[name]
            np.testing.assert_array_equal(stored[()], variable.values)
            assert dict(file[name].attrs).items() >= variable.attrs.items()
        # Of the coordinates by their position.
        voltage = file["anomalous_hall_voltage"]
        assert [dimension[0].name for dimension in voltage.dims][2] == "/delay"
        assert file.attrs["seed"] == 5


@pytest.mark.skipif(shutil.which("ncdump") is None, reason="ncdump is not installed (netcdf-bin)")
def test_ncdump_finds_numbers_texts_and_units(dataset, tmp_path):
    datasets.write(dataset, tmp_path / "a.nc")
    told = subprocess.run(
        ["ncdump", "-p", "9,17", tmp_path / "a.nc"], capture_output=True, text=True, check=True
    ).stdout
    header, data = told.split("\ndata:\n")
    for name, variable in dataset.variables.items():
        units = re.search(rf'\t(?:string )?{name}:units = "(.*)" ;', header)
        assert units[1] == variable.attrs["units"]
        values = re.search(rf"\n {name} =\s(.*?) ;\n", data, re.DOTALL)[1]
        if variable.dtype.kind in "OU":
            # An empty text is a missing one to it.
            texts = re.findall('"(.*?)"', re.sub(r"\b_\b", '""', values))
            assert texts == list(variable.values)
        else:
            found = [float(value) for value in values.replace("\n", " ").split(",")]
            np.testing.assert_array_equal(found, variable.values.ravel())


@pytest.mark.parametrize(
    ("sizes", "itemsize", "chunk"),
    [
        # All of it is below 256 KiB.
        ({"pulse_amplitude": 12, "replicate": 8, "delay": 100}, 8, (12, 8, 100)),
        # 256 KiB are one trajectory's 128 steps of 2048 units, or 256 trajectories' 128 steps.
        ({"point": 24, "step": 1000, "unit": 2048}, 1, (1, 128, 2048)),
        ({"point": 5000, "step": 1000}, 8, (256, 128)),
        ({"point": 5000, "step": 100}, 8, (327, 100)),
        # Fewer steps where one step of all units is large, and never less than one.
        ({"point": 24, "step": 1000, "unit": 2**17}, 1, (1, 2, 2**17)),
        ({"point": 24, "step": 1000, "unit": 2**20}, 1, (1, 1, 2**18)),
        ({"pulse": 3}, 2**20, (1,)),
        ({}, 8, ()),
    ],
)
def test_stored_chunk(sizes, itemsize, chunk):
    assert datasets.stored_chunk(sizes, itemsize) == chunk


def test_chunks_on_disk_are_compressed_and_checked(many_steps, tmp_path):
    datasets.write(many_steps, tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc") as file:
        states = file["unit_state"]
        assert states.chunks == (1, 128, 2048)
        assert (states.compression, states.shuffle, states.fletcher32) == ("gzip", True, True)
        # Two values are a bit each.
        assert states.id.get_storage_size() < states.nbytes / 4


def test_opened_reads_what_is_asked_for(many_steps, tmp_path):
    path = tmp_path / "a.nc"
    datasets.write(many_steps, path)
    with h5py.File(path) as file:
        harmed = file["unit_state"].id.get_chunk_info_by_coord((4, 128, 0))
    content = bytearray(path.read_bytes())
    content[harmed.byte_offset + harmed.size // 2] ^= 1
    path.write_bytes(content)
    with datasets.opened(path) as found:
        assert found["unit_state"].chunks is not None
        for point, steps in ((3, slice(None)), (4, slice(0, 128))):
            unharmed = found["unit_state"].isel(point=point, step=steps)
            xr.testing.assert_equal(
                unharmed.compute(), many_steps["unit_state"].isel(point=point, step=steps)
            )
        with pytest.raises(datasets.OutdatedError, match=r"a\.nc: damaged"), datasets.reading(path):
            found["unit_state"].isel(point=4).compute()
    with pytest.raises(datasets.OutdatedError, match=r"a\.nc: damaged or cut short"):
        datasets.read(path)


def test_lazy_dataset_is_written_as_one_in_memory(many_steps, tmp_path):
    lazy = many_steps.chunk(point=2, step=200)
    datasets.write(many_steps, tmp_path / "memory.nc")
    datasets.write(many_steps.chunk(point=1), tmp_path / "lazy.nc")
    xr.testing.assert_identical(
        datasets.read(tmp_path / "lazy.nc"), datasets.read(tmp_path / "memory.nc")
    )
    failing = lazy.copy(
        data={"unit_state": lazy["unit_state"].data.map_blocks(failed, dtype=np.int8)}
    )
    with pytest.raises(RuntimeError, match="half way"):
        datasets.write(failing, tmp_path / "memory.nc")
    xr.testing.assert_identical(
        datasets.read(tmp_path / "memory.nc"), datasets.read(tmp_path / "lazy.nc")
    )
    assert sorted(os.listdir(tmp_path)) == ["lazy.nc", "memory.nc"]


def test_chunks_of_unequal_steps_lie_side_by_side(tmp_path):
    for first, steps in ((0, 3), (2, 5)):
        states = np.full((2, steps), first, dtype=np.float64)
        chunk = xr.Dataset(
            {
                "magnetisation_z": (("point", "step"), states),
                "loop_field": ("loop_step", [1.0, 2.0]),
            },
            {"point": [first, first + 1], "step": np.arange(steps)},
        )
        datasets.write(datasets.label(chunk), tmp_path / f"{first}.nc")
    with xr.open_mfdataset(
        str(tmp_path / "*.nc"),
        join="outer",
        data_vars="minimal",
        coords="minimal",
        compat="override",
    ) as points:
        assert points["magnetisation_z"].chunks is not None
        assert points["loop_field"].dims == ("loop_step",)
        assert points["magnetisation_z"].attrs["units"] == "1"
        last = points["magnetisation_z"].isel(step=-1)
        np.testing.assert_array_equal(last, [np.nan, np.nan, 2.0, 2.0])


def test_git_state_is_the_commit(dataset, tmp_path):
    datasets.write(dataset, tmp_path / "a.nc")
    told = datasets.read(tmp_path / "a.nc").attrs["git_state"]
    git = ["git", "-C", ROOT, "rev-parse", "HEAD"]
    try:
        found = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    assert told in (found, f"{found}-dirty")


def test_package_outside_of_a_checkout_has_no_commit(tmp_path):
    # Inside of a repository of something else, as an installed package may be.
    package = tmp_path / "package"
    shutil.copytree(ROOT / "src" / "afterpulse", package / "afterpulse")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    code = "from afterpulse.datasets import files; print(files._git_state(), files.__file__)"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.strip() == f"not a git checkout {package / 'afterpulse/datasets/files.py'}"


def test_checkout_of_another_account_is_recorded_as_such(monkeypatch):
    said = "fatal: detected dubious ownership in repository at '/checkout'"

    def refused(command, **_):
        raise subprocess.CalledProcessError(128, command, stderr=said)

    monkeypatch.setattr(files.subprocess, "run", refused)
    state = files._git_state.__wrapped__()
    assert state == "checkout of another account, commit unknown"


def test_document_has_every_name_with_its_units():
    document = (ROOT / "docs" / "data.md").read_text()
    _, names = document.split("\n## Names\n")
    listed = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", names, re.MULTILINE)
    assert listed == [(name, *of) for name, of in datasets.VARIABLES.items()]


def test_same_inputs_give_the_same_bytes_at_another_time(dataset, tmp_path):
    code = (
        "import sys, time, xarray as xr; from afterpulse import datasets;"
        "time.sleep(1.1); datasets.write(datasets.read(sys.argv[1]), sys.argv[2])"
    )
    first, second, third = (tmp_path / name for name in ("a.nc", "b.nc", "c.nc"))
    datasets.write(dataset, first)
    datasets.write(datasets.read(first), second)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, first, third], check=True, env=environment)
    assert second.read_bytes() == third.read_bytes()


@pytest.mark.parametrize("attribute", ["units", "long_name"])
@pytest.mark.parametrize("name", ["anomalous_hall_voltage", "delay", "refused"])
def test_unlabelled_variable_is_refused_by_name(dataset, tmp_path, name, attribute):
    del dataset[name].attrs[attribute]
    with pytest.raises(ValueError, match=f"'{name}' has no {attribute}"):
        datasets.write(dataset, tmp_path / "a.nc")
    assert not list(tmp_path.iterdir())


def test_label_keeps_what_is_there_and_leaves_its_input(dataset):
    bare = xr.Dataset({"temperature": ("time", [300.0], {"long_name": "chip"})})
    labelled = datasets.label(bare)
    attributes = {"units": "K", "long_name": "chip", "standard_name": "temperature"}
    assert labelled["temperature"].attrs == attributes
    assert bare["temperature"].attrs == {"long_name": "chip"}


def test_failed_write_leaves_the_old_file(dataset, tmp_path):
    path = tmp_path / "a.nc"
    datasets.write(dataset, path)
    before = path.read_bytes()
    unstorable = dataset.assign(bad=("delay", np.full(40, object()), {"units": "1"}))
    unstorable["bad"].attrs["long_name"] = "not a number"
    with pytest.raises((TypeError, ValueError)):
        datasets.write(unstorable, path)
    with pytest.raises(RuntimeError, match="half way"):
        write_half(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.nc"]


def test_every_cut_is_noticed(dataset, tmp_path):
    path = tmp_path / "a.nc"
    datasets.write(dataset, path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 499):
        path.write_bytes(whole[:length])
        with pytest.raises(datasets.OutdatedError, match=str(path)):
            datasets.read(path)


def test_every_changed_byte_of_an_array_is_noticed(dataset, tmp_path):
    path = tmp_path / "a.nc"
    datasets.write(dataset, path)
    whole = path.read_bytes()
    with h5py.File(path) as file:
        (stored,) = [
            file["anomalous_hall_voltage"].id.get_chunk_info(number)
            for number in range(file["anomalous_hall_voltage"].id.get_num_chunks())
        ]
    for place in range(stored.byte_offset, stored.byte_offset + stored.size, 37):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        with pytest.raises(datasets.OutdatedError, match="damaged or cut short"):
            datasets.read(path)


LIMITED = """
import os, resource, sys
import numpy as np
from afterpulse import datasets
path, limits = sys.argv[1], np.random.default_rng(3).integers(2**16, 2**24, 50)
datasets.read(path)
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
for limit in limits:
    process = os.fork()
    if not process:
        resource.setrlimit(resource.RLIMIT_AS, (held + int(limit), held + 2**40))
        try:
            datasets.read(path)
            code = 0
        except MemoryError:
            code = 1
        except datasets.OutdatedError as error:
            print(error, flush=True)
            code = 2
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory limits need Linux")
def test_want_of_memory_is_no_damage(many_steps, tmp_path):
    path = tmp_path / "a.nc"
    datasets.write(many_steps, path)
    before = path.read_bytes()
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=False
    )
    codes = run.stdout.splitlines()
    assert set(codes) <= {"0", "1"}, run.stdout
    assert len(codes) == 50
    assert "1" in codes
    assert path.read_bytes() == before


FAILING_READS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Let one read of a dataset fail, the one whose number is in the environment. */
static int fails(int file)
{
    static int number = 0;
    char link[64], path[4096] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (readlink(link, path, sizeof path - 1) < 0 || !strstr(path, ".nc")) return 0;
    return number++ == atoi(getenv("FAILING_READ"));
}

ssize_t pread64(int file, void *buffer, size_t count, off64_t offset)
{
    ssize_t (*real)(int, void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pread64");
    if (fails(file)) {
        errno = atoi(getenv("FAILING_WITH"));
        return -1;
    }
    return real(file, buffer, count, offset);
}

ssize_t pread(int file, void *buffer, size_t count, off_t offset)
{
    return pread64(file, buffer, count, offset);
}
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
@pytest.mark.skipif(sys.platform != "linux", reason="reads are made to fail on Linux")
def test_failed_reads_are_no_damage(dataset, tmp_path):
    path, source, library = tmp_path / "a.nc", tmp_path / "failing.c", tmp_path / "failing.so"
    source.write_text(FAILING_READS)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    datasets.write(dataset, path)
    before, said = path.read_bytes(), set()
    code = (
        "import sys; from afterpulse import datasets\n"
        "try: datasets.read(sys.argv[1])\n"
        "except datasets.DatasetError as error: print(type(error).__name__, error)\n"
        "else: print('read')"
    )
    for number, reason in ((0, errno.EIO), (2, errno.ESTALE), (5, errno.EIO), (9, errno.ESTALE)):
        environment = {
            "LD_PRELOAD": str(library),
            "FAILING_READ": str(number),
            "FAILING_WITH": str(reason),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        run = subprocess.run(
            [sys.executable, "-c", code, path],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout == f"DatasetError {path}: cannot be read ({os.strerror(reason)})\n"
        said.add(run.stdout)
    assert len(said) == 2
    assert path.read_bytes() == before


def test_a_reader_keeps_the_old_file_while_a_new_one_replaces_it(dataset, tmp_path):
    path = tmp_path / "a.nc"
    datasets.write(dataset, path)
    before = path.read_bytes()
    with path.open("rb") as reader:
        datasets.write(dataset.isel(replicate=[0]), path)
        assert reader.read() == before
    assert path.read_bytes() != before


def test_what_is_not_ours_is_refused_by_name(dataset, tmp_path):
    with pytest.raises(datasets.DatasetError, match=r"absent\.nc: no such dataset"):
        datasets.read(tmp_path / "absent.nc")
    with pytest.raises(datasets.DatasetError, match="no such dataset"):
        datasets.read(tmp_path)
    (tmp_path / "text.nc").write_text("time,voltage\n")
    with pytest.raises(datasets.OutdatedError, match=r"text\.nc: damaged or cut short"):
        datasets.read(tmp_path / "text.nc")
    dataset.to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(datasets.DatasetError, match=r"other\.nc: not a dataset of the layout"):
        datasets.read(tmp_path / "other.nc")


def test_comparison_of_stored_data_sees_every_bit_and_no_attribute(dataset):
    first = stored_data(dataset)
    assert first == stored_data(dataset[list(dataset.data_vars)[::-1]].assign_attrs(note="x"))
    assert first != stored_data(dataset.rename(seed="seeds"))
    changed = dataset.copy(deep=True)
    changed["anomalous_hall_voltage"][0, 0, 0] *= 1 + 1e-15
    assert first != stored_data(changed)


def test_what_a_killed_process_left_is_removed(tmp_path):
    program = (
        "import os, signal\n"
        "from afterpulse import datasets\n"
        f"with datasets.whole({str(tmp_path / 'ahe.nc')!r}) as path:\n"
        "    path.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for name in ("ahe.nc", "ahe.nc", "other"):
        text = program.replace("ahe.nc", name)
        subprocess.run([sys.executable, "-c", text], check=False)
    left = sorted(path.name for path in tmp_path.iterdir())
    # The second one has removed what the first one left.
    assert [name.split(".", 2)[-1] for name in left] == ["ahe.nc", "other"]
    with datasets.whole(tmp_path / "ahe.nc") as outer:
        outer.write_bytes(b"outer")
        # Somebody alive is writing the same file.
        with datasets.whole(tmp_path / "ahe.nc") as inner:
            inner.write_bytes(b"inner")
        assert outer.exists()
    assert (tmp_path / "ahe.nc").read_bytes() == b"outer"
    assert len(list(tmp_path.iterdir())) == 2


FULL = """
import resource, sys
import numpy as np, xarray as xr
from afterpulse import datasets
numbers = np.random.default_rng(1).random(100_000)
dataset = xr.Dataset({"speed": ("x", numbers, {"units": "m/s", "long_name": "speed"})})
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    datasets.write(dataset, sys.argv[1])
except datasets.DatasetError as error:
    print(error)
"""


@pytest.mark.parametrize("size", [0, 3000, 100_000, 500_000])
def test_file_that_cannot_grow_is_one_line_and_no_file(tmp_path, size):
    # HDF5 crashes the process where a write fails while it closes a file.
    path = tmp_path / "speed.nc"
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(size)], capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"{path}: cannot be written (File too large)\n"
    assert list(tmp_path.iterdir()) == []


def write_and_fail_again(path):
    with datasets.whole(path):
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        finally:
            # As matplotlib's PDF writer, which does not get over the first error.
            raise AttributeError("'Stream' object has no attribute 'pos'")


def test_library_that_fails_again_on_a_full_disk_hides_nothing(tmp_path):
    with pytest.raises(datasets.DatasetError, match=r"a\.pdf: cannot be written \(No space left"):
        write_and_fail_again(tmp_path / "a.pdf")
    with pytest.raises(RuntimeError, match="half way"):
        write_half(tmp_path / "a.pdf")
