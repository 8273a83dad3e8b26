"""The rule that relaxes the film."""

import logging
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import LAYERS, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.device.critical_current import initial_sign
from afterpulse.engines.film_system import film_system
from afterpulse.film import sample as samples

logger = logging.getLogger("afterpulse")


@reads(LAYERS, experiment=("initial_state", "applied_field"))
def ground_state(device: Device, experiment: Experiment, sample: str, target: str) -> None:
    """Relax the set film without current at T = 0 and store its magnetisation."""
    from afterpulse import llg

    film = samples.from_dataset(datasets.read(sample))
    upright = np.zeros((*film.unit_index.shape, 3))
    upright[..., 2] = initial_sign(experiment)
    grains = np.full(film.grain_area.size, initial_sign(experiment), dtype=np.int8)
    # The parameters are those of the ambient temperature; there is no thermal field.
    ambient = device.heat_path.ambient_temperature.value
    system = film_system(device, experiment, film, upright, grains, ambient, 0.0, 0.0)
    system.T = 0
    llg.relax_batch([system])
    m = system.m.orientation.array[:, :, 0, :]
    logger.info("relaxed: mean m_z = %.4f", m[..., 2].mean())
    axis = (np.arange(m.shape[0]) + 0.5) * film.cell
    dataset = xr.Dataset(
        {f"magnetisation_{name}": (("x", "y"), m[..., index]) for index, name in enumerate("xyz")},
        coords={"x": axis, "y": axis},
    )
    save(dataset, target, device, experiment)


def read_ground_state(path: str | Path) -> NDArray[np.float64]:
    """Magnetisation of the relaxed film, shape (nx, ny, 3)."""
    relaxed = datasets.read(path)
    return np.stack([relaxed[f"magnetisation_{name}"].values for name in "xyz"], axis=-1)
