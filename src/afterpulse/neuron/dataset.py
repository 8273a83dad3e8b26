"""A cell, its spread and its errors as a dataset."""

import numpy as np
import xarray as xr

from afterpulse.datasets import label
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.compact import Cell
from afterpulse.neuron.identify import Errors

DIMS = {
    "stage_rise": ("heat_stage",),
    "stage_time": ("heat_stage",),
    "class_torque": ("unit_class",),
    "class_barrier": ("unit_class",),
    "grain_class": ("unit_class", "grain_level"),
}


def to_dataset(cell: Cell, spread: Spread, errors: Errors, trains: int) -> xr.Dataset:
    """Put a cell into a dataset.

    Parameters
    ----------
    cell : Cell
        Its parameters.
    spread : Spread
        Between devices; zeros where no other device was read.
    errors : Errors
        On trains that it was not fitted to.
    trains : int
        Number of trains that it was fitted to.

    Returns
    -------
    xarray.Dataset
        ``cell_`` and the name of each parameter, ``spread_`` and ``error_`` likewise.
    """
    variables = {
        f"cell_{name}": (DIMS.get(name, ()), np.asarray(value, dtype=float))
        for name, value in zip(Cell._fields, cell, strict=True)
    }
    for prefix, values in (("spread", spread), ("error", errors)):
        for name, value in zip(values._fields, values, strict=True):
            variables[f"{prefix}_{name}"] = ((), np.asarray(value, dtype=float))
    variables["training_trains"] = ((), np.asarray(trains))
    return label(xr.Dataset(variables))


def from_dataset(dataset: xr.Dataset) -> tuple[Cell, Spread]:
    """Take a cell and its spread from the dataset that `to_dataset` made.

    Parameters
    ----------
    dataset : xarray.Dataset
        Read by `afterpulse.datasets.read`.

    Returns
    -------
    Cell, Spread
        Of NumPy arrays.
    """
    return (
        Cell(*(dataset[f"cell_{name}"].values for name in Cell._fields)),
        Spread(*(dataset[f"spread_{name}"].values for name in Spread._fields)),
    )


def error_rows(errors: Errors) -> list[dict[str, str | float]]:
    """Errors of a cell as rows of a table.

    Parameters
    ----------
    errors : Errors
        On held-out trains.

    Returns
    -------
    list of dict
        Each error as mean m_z, over the swing, and over the standard deviation of the readings.
    """
    named = {
        "error, root mean square": errors.rms,
        "worst train": errors.worst_train,
        "worst reading": errors.worst,
        "standard error of the device's mean": errors.standard_error,
    }
    return [
        {
            "quantity": name,
            "magnetisation_z": value,
            "over_swing": value / errors.swing,
            "over_standard_deviation": value / errors.deviation,
        }
        for name, value in named.items()
    ]
