import os

import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.measured import TraceError
from afterpulse.measured.folder import beside, check_folder


def ours(folder):
    datasets.write(xr.Dataset(), folder / "decay.nc", {"measured_trace": "a.csv"})
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
