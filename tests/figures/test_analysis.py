"""The scripts and notebooks of analysis/ run on stored datasets."""

import ast
import io
import runpy
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient
from PIL import Image

from afterpulse import datasets

FOLDER = Path(__file__).parents[2] / "analysis"
SCRIPTS = sorted(FOLDER.glob("*.py"))
NOTEBOOKS = sorted(FOLDER.glob("notebooks/*.ipynb"))


def test_there_are_scripts_and_notebooks():
    assert {"fig1a", "fig1b", "fig2", "retention_map"} <= {path.stem for path in SCRIPTS}
    assert [path.stem for path in NOTEBOOKS] == ["figures", "film", "measured", "retention"]


@pytest.fixture(scope="module")
def analysis(ahe, walk, compare, trains, decays, film, chunk, tmp_path_factory):
    """Folder analysis/ of a project with results."""
    root = tmp_path_factory.mktemp("project")
    found_datasets = {
        "ahe": ahe.isel(pulse_amplitude=slice(0, None, 3)),
        "walk": walk,
        "compare": compare,
        "decay": decays,
        "sample": film,
        "trajectories/c0": chunk,
    } | {f"trains/{label.lower()}": train for label, train in trains.items()}
    for name, dataset in found_datasets.items():
        datasets.write(datasets.label(dataset), root / "results/pt_co_irmn/demo" / f"{name}.nc")
    (root / "results/pt_co_irmn/demo/plan.csv").write_text("point,chunk\np0,c0\n")
    (root / "analysis/notebooks").mkdir(parents=True)
    return root / "analysis"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script_draws_its_figure(path, analysis):
    runpy.run_path(shutil.copy(path, analysis))
    with Image.open(analysis / f"{path.stem}.png") as image:
        shades = np.asarray(image.convert("L"))
    assert np.ptp(shades) > 200
    assert 0.3 < (shades == 255).mean() < 0.99
    assert (analysis / f"{path.stem}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_shows_its_figures(path, analysis):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    folder = {"metadata": {"path": str(analysis / "notebooks")}}
    NotebookClient(notebook, timeout=300, resources=folder).execute()
    for cell in code[1:]:
        (output,) = cell.outputs
        kind = "image/png" if cell.source.endswith("\nfigure") else "text/html"
        assert len(output.data[kind]) > 1000
    assert np.count_nonzero(["image/png" in cell.outputs[0].data for cell in code[1:]]) >= 1


def test_notebook_of_a_measured_trace_has_the_fits_of_the_simulation(analysis):
    notebook = nbformat.read(FOLDER / "notebooks/measured.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[-1].source += ".to_csv()"
    folder = {"metadata": {"path": str(analysis / "notebooks")}}
    NotebookClient(notebook, timeout=300, resources=folder).execute()
    text = ast.literal_eval(code[-1].outputs[0].data["text/plain"])
    table = pd.read_csv(io.StringIO(text), index_col=[0, 1])
    assert len(table) >= 6
    np.testing.assert_allclose(table["file"], table["simulation"], rtol=1e-3)
