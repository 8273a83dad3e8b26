"""Datasets cut short or changed after a run: the next run names and recomputes them."""

import os
import shutil

import h5py
import pytest

pytestmark = pytest.mark.faults


def cut_short(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)


def flip_a_bit(path):
    # In numbers; neither attributes nor what lies between numbers is part of the digest.
    with h5py.File(path) as file:
        found = file["magnetisation_z"].id.get_chunk_info(0)
    raw = bytearray(path.read_bytes())
    raw[found.byte_offset + found.size // 2] ^= 8
    path.write_bytes(raw)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("kept", [False, True], ids=["new date", "old date"])
def test_next_run_names_damaged_datasets_and_recomputes_them(
    undisturbed, finish, content, tmp_path, kept
):
    folder, expected = tmp_path / "copy", content(undisturbed)
    shutil.copytree(undisturbed, folder, copy_function=shutil.copy2)
    made = folder / "results/pt_co_irmn/faults"
    chunks = sorted(made.glob("trajectories/[!.]*.nc"))
    damage = {
        chunks[0]: cut_short,
        chunks[5]: flip_a_bit,
        chunks[-1]: empty,
        made / "ahe.nc": flip_a_bit,
        made / "trains/ltp.nc": cut_short,
    }
    whole = {path: path.stat().st_mtime_ns for path in chunks if path not in damage}
    for path, spoil in damage.items():
        before = path.stat()
        spoil(path)
        if kept:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    code, said = finish(folder)
    assert code == 0, said[-3000:]
    named = [line for line in said.splitlines() if line.endswith("removed, to be computed anew")]
    assert sorted(line.split(":")[0] for line in named) == sorted(
        path.relative_to(folder).as_posix() for path in damage
    )
    assert content(folder) == expected
    # Nothing else is computed again.
    assert {path: path.stat().st_mtime_ns for path in whole} == whole
    code, said = finish(folder)
    assert code == 0
    assert "Nothing to be done" in said
