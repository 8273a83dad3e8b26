import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets

DELAY = np.unique(np.concatenate([np.geomspace(1e-3, 20.0, 60), [0.5, 10.0]]))


@pytest.fixture(scope="session")
def delay():
    """Delays of a sweep, with those of the probe and of the fraction retained."""
    return DELAY


@pytest.fixture(scope="session")
def dataset():
    """Sweep of one point from changes (replicate, delay)."""

    def make(change, initial=2e-4):
        change = np.asarray(change)[None, None]
        dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
        return datasets.label(
            xr.Dataset(
                {
                    "anomalous_hall_voltage": (dims, initial + change),
                    "initial_voltage": (dims[:-1], np.full(change.shape[:-1], initial)),
                },
                coords={
                    "pulse_amplitude": [1e-3],
                    "relative_amplitude": ("pulse_amplitude", [0.8]),
                    "pulse_width": [1e-3],
                    "delay": DELAY,
                },
            )
        )

    return make
