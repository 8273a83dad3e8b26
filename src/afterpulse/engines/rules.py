"""Workflow rule that relaxes the film."""

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
from afterpulse.engines.film_system import film_system
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film.rules import read_sample

logger = logging.getLogger("afterpulse")


@reads(LAYERS, experiment=("initial_state", "applied_field"))
def ground_state(device: Device, experiment: Experiment, sample: str, target: str) -> None:
    """Relax the set film without current at T = 0 and store its magnetisation."""
    from afterpulse import llg

    film = read_sample(sample)
    upright = np.zeros((*film.unit_index.shape, 3))
    upright[..., 2] = experiment.initial_sign
    grains = np.full(film.grain_area.size, experiment.initial_sign, dtype=np.int8)
    # The parameters are those of the ambient temperature; there is no thermal field.
    ambient = Conditions(device.ambient_temperature)
    system = film_system(device, experiment, film, upright, grains, ambient)
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
    """Return the magnetisation of the relaxed film, shape (nx, ny, 3)."""
    relaxed = datasets.read(path)
    return np.stack([relaxed[f"magnetisation_{name}"].values for name in "xyz"], axis=-1)
