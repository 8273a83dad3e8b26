import os

import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.measured import TraceError
from afterpulse.measured.folder import beside, check_folder, folder_names, remove_files


def ours(folder):
    datasets.write(xr.Dataset(), folder / "decay.nc", {"measured_trace": "a.csv"})
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("decay.csv", "pulse_1.png", "pulse_12.pdf", ".DS_Store"):
        (folder / name).write_text("")
    return folder


def test_folder_beside_a_trace(tmp_path):
    assert beside(tmp_path / "run 3.b.csv") == tmp_path / "run 3.b_fit"
    assert beside("trace") == beside("trace.csv")


def test_new_empty_and_own_folders_are_taken(tmp_path):
    check_folder(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    check_folder(tmp_path)
    check_folder(ours(tmp_path))


def test_folder_of_several_files(tmp_path):
    assert beside(tmp_path / "runs") == tmp_path / "runs_fit"
    for name in ("retention_map_1.png", "retention_map_12.pdf", "time_constants.png"):
        (ours(tmp_path) / name).write_text("")
    inside = tmp_path / "files" / "a 1"
    ours(inside)
    check_folder(tmp_path)
    (inside / "notes.txt").write_text("keep")
    with pytest.raises(TraceError, match=r"files/a 1: expected a new folder, .* got another one"):
        check_folder(tmp_path)


def test_killed_fit_of_several_files_is_continued(tmp_path):
    ours(tmp_path / "files" / "a")
    (tmp_path / "files" / "b").mkdir()
    check_folder(tmp_path)


def test_default_folder_of_this_folder(tmp_path, monkeypatch):
    (tmp_path / "day 3").mkdir()
    monkeypatch.chdir(tmp_path / "day 3")
    assert beside(".") == tmp_path / "day 3_fit"


def test_names_of_folders():
    names = ["a.csv", "a.dat", "d/b.csv", "..csv", "run.1.csv"]
    assert folder_names(names) == ["a", "a 2", "d_b", "file", "run.1"]


def test_results_of_earlier_files_are_removed(tmp_path):
    for name in ("a", "b", "c"):
        ours(tmp_path / "files" / name)
    (tmp_path / "files" / "c" / ".DS_Store").unlink()
    (tmp_path / "files" / "b" / "notes.txt").write_text("keep")
    remove_files(tmp_path, ["a"])
    left = {path.name for path in (tmp_path / "files").iterdir()}
    # Hidden files and those of others stay.
    assert left == {"a", "b"}
    assert (tmp_path / "files" / "a" / "decay.nc").exists()
    assert {path.name for path in (tmp_path / "files" / "b").iterdir()} == {
        ".DS_Store",
        "notes.txt",
    }
    remove_files(tmp_path / "nothing", [])


@pytest.mark.parametrize("name", ["notes.txt", "ahe.nc", "pulse_1.png.bak", "pulse_x.png"])
def test_own_folder_with_something_else_is_refused(tmp_path, name):
    (ours(tmp_path) / name).write_text("")
    with pytest.raises(TraceError, match=r"expected a new folder, or one that .* got another one"):
        check_folder(tmp_path)


def test_results_of_the_workflow_are_refused(tmp_path):
    datasets.write(xr.Dataset(), tmp_path / "decay.nc", {"experiment_card": "{}"})
    (tmp_path / "decay.csv").write_text("")
    with pytest.raises(TraceError, match="got another one"):
        check_folder(tmp_path)


def test_table_alone_is_refused(tmp_path):
    (tmp_path / "decay.csv").write_text("somebody else's")
    with pytest.raises(TraceError, match="got another one"):
        check_folder(tmp_path)


def test_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(TraceError, match=r"out: expected a new folder, .* got a file"):
        check_folder(tmp_path / "out")
    os.symlink(tmp_path / "out", tmp_path / "link")
    with pytest.raises(TraceError, match="got a file"):
        check_folder(tmp_path / "link")
