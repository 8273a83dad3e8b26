"""Datasets cut short or changed after a run: jobs name them, and --forcerun recomputes them."""

import hashlib
import os
import re
import shutil

import h5py
import pytest
import xarray as xr

pytestmark = pytest.mark.faults


def cut_short(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)


def flip_a_bit(path):
    # In numbers; neither attributes nor what lies between numbers is compared.
    with h5py.File(path) as file:
        found = file["magnetisation_z"].id.get_chunk_info(0)
    raw = bytearray(path.read_bytes())
    raw[found.byte_offset + found.size // 2] ^= 8
    path.write_bytes(raw)


def empty(path):
    path.write_bytes(b"")


def test_damaged_datasets_are_named_and_forcerun_recomputes_them(
    undisturbed, finish, content, tmp_path
):
    folder, expected = tmp_path / "copy", content(undisturbed)
    shutil.copytree(undisturbed, folder, copy_function=shutil.copy2)
    made = folder / "results/pt_co_irmn/faults"
    chunks = sorted(made.glob("trajectories/[!.]*.nc"))
    damage = {chunks[0]: cut_short, chunks[5]: flip_a_bit, chunks[-1]: empty}
    whole = {path: path.stat().st_mtime_ns for path in chunks if path not in damage}
    for path, spoil in damage.items():
        before = path.stat()
        spoil(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    # Without these, the jobs that read all chunks run again.
    (made / "failed.csv").unlink()
    named, again = set(), ()
    for _ in range(len(damage) + 1):
        code, said = finish(folder, *again)
        if code == 0:
            break
        # Each job that reads chunks ends at the first damaged one.
        paths = set(re.findall(r"to compute it again: .* --forcerun (\S+)$", said, re.MULTILINE))
        assert paths
        for path in paths:
            assert re.search(rf"{re.escape(path)}: damaged or cut short \(", said)
        named |= {folder / path for path in paths}
        again = ("--forcerun", *paths)
    assert named == set(damage)
    assert code == 0, said[-3000:]
    assert content(folder) == expected
    # Nothing else is computed again.
    assert {path: path.stat().st_mtime_ns for path in whole} == whole
    code, said = finish(folder)
    assert code == 0
    assert "Nothing to be done" in said


OPTIONS = (
    *("-n", "-np", "-nq", "-nF", "--dry-run", "--dryrun", "--summary", "--detailed-summary"),
    *("--list-rules", "--list-target-rules", "--lint", "--dag", "--rulegraph", "--filegraph"),
    *("--unlock", "--list-input-changes", "--list-params-changes", "--list-code-changes"),
    *("--compilation-stats", "--containerize", "--d3dag", "--cleanup-metadata results/x.nc"),
    *("--until no_such_rule", "--rerun-triggers mtime -n", "--report-html-path x -n"),
)


def test_no_option_that_should_not_write_changes_a_file(undisturbed, finish, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(undisturbed, folder, copy_function=shutil.copy2)
    made = folder / "results/pt_co_irmn/faults"
    flip_a_bit(made / "ahe.nc")
    cut_short(next(iter(sorted(made.glob("trajectories/[!.]*.nc")))))
    with xr.open_dataset(made / "calibration.nc") as ours:
        ours.to_netcdf(made / "my_copy.nc", engine="h5netcdf")
    (made / "notes.nc").write_text("not a dataset")

    def files():
        return {
            path: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (folder / "results").rglob("*")
            if path.is_file()
        }

    before = files()
    for options in OPTIONS:
        finish(folder, *options.split())
        assert files() == before, options
