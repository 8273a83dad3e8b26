"""The notebooks run on stored datasets, and lie in the repository without outputs."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from afterpulse import datasets

FOLDER = Path(__file__).parents[2] / "analysis" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["figures", "film", "retention"]


@pytest.fixture(scope="module")
def beside(ahe, walk, compare, trains, decays, film, chunk, tmp_path_factory):
    """Folder from which the notebooks see results as from where they lie."""
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
    return root / "analysis/notebooks"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_shows_its_figures(path, beside):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(beside)}}).execute()
    for cell in code[1:]:
        (output,) = cell.outputs
        kind = "image/png" if cell.source.endswith("\nfigure") else "text/html"
        assert len(output.data[kind]) > 1000
    assert np.count_nonzero(["image/png" in cell.outputs[0].data for cell in code[1:]]) >= 1
