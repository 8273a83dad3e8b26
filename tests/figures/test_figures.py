import numpy as np
import pytest
import xarray as xr
from PIL import Image

from afterpulse import datasets
from afterpulse.figures.registry import FIGURES


@pytest.mark.parametrize(("draw", "ending"), [("domains", "png"), ("animation", "gif")])
def test_chunk_whose_points_all_failed_has_a_figure_that_says_so(film, tmp_path, draw, ending):
    sample, chunk = tmp_path / "sample.nc", tmp_path / "chunk.nc"
    datasets.write(datasets.label(film[["unit_index"]]), sample, {})
    datasets.write(datasets.label(xr.Dataset(coords={"point": np.zeros(0)})), chunk, {})
    FIGURES[draw].draw([str(sample), str(chunk)], str(tmp_path / "drawn"))
    with Image.open(tmp_path / f"drawn.{ending}") as image:
        shades = np.asarray(image.convert("L"))
    assert 0.5 < (shades == 255).mean() < 1
