import numpy as np
import pytest

from afterpulse import datasets
from afterpulse.neuron import dataset
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.identify import Errors


def test_a_cell_comes_back_from_its_file(cell, tmp_path):
    spread, errors = Spread(0.1, 0.02, 0.03), Errors(0.03, 0.1, 1.8, 0.4, 0.01, 0.05)
    made = dataset.to_dataset(cell, spread, errors, 12)
    datasets.write(made, tmp_path / "cell.nc")
    read = datasets.read(tmp_path / "cell.nc")
    found, scatter = dataset.from_dataset(read)
    for name, value in zip(cell._fields, cell, strict=True):
        np.testing.assert_allclose(getattr(found, name), value, err_msg=name)
    assert scatter == spread
    assert read["error_worst"] == 0.1
    assert read["training_trains"] == 12
    assert read["cell_curie"].attrs["units"] == "K"


def test_a_file_of_another_model_is_named(cell, tmp_path):
    spread, errors = Spread(0.1, 0.02, 0.03), Errors(0.03, 0.1, 1.8, 0.4, 0.01, 0.05)
    made = dataset.to_dataset(cell, spread, errors, 12).drop_vars("cell_grain_count")
    datasets.write(made, tmp_path / "cell.nc")
    with pytest.raises(datasets.OutdatedError, match=r"cell\.nc: .*without cell_grain_count"):
        dataset.from_dataset(datasets.read(tmp_path / "cell.nc"))
