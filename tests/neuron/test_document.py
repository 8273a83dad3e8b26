import re
from pathlib import Path

import numpy as np
import pytest

from afterpulse import datasets
from afterpulse.neuron import dataset
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.identify import Errors

DOCUMENT = Path(__file__).parents[2] / "docs" / "neuron.md"


@pytest.mark.slow
def test_examples_run(cell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spread, errors = Spread(0.04, 0.01, 0.01), Errors(0.03, 0.1, 1.8, 0.4, 0.01, 0.05)
    datasets.write(dataset.to_dataset(cell, spread, errors, 128), "cell.nc")
    in_jax, in_torch, in_nir = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    names: dict = {}
    exec(in_jax, names)
    np.testing.assert_allclose(names["amplitude"], [0.85, 0.85, 0.0, -0.6], atol=1e-6)
    readings = names["readings"]
    assert readings[1] < readings[0] < 0.8  # written down
    assert readings[3] > readings[2]  # and up again by the other polarity
    assert names["devices"].torque.shape == (3,)
    pytest.importorskip("nir", reason="the extra nir is not installed")
    exec(in_nir, names)
    assert (tmp_path / "cell.nir").is_file()
    torch = pytest.importorskip("torch", reason="the extra snntorch is not installed")
    pytest.importorskip("snntorch", reason="the extra snntorch is not installed")
    names["amplitude"] = torch.tensor([0.9, 0.0])
    exec(in_torch, names)
    assert names["membrane"][0] > names["membrane"][1]
