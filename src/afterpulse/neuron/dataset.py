"""A memory cell, its spread between devices and its errors as a dataset."""

import numpy as np
import xarray as xr

from afterpulse.datasets import OutdatedError, label
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.compact import Cell
from afterpulse.neuron.identify import Errors

DIMS = {
    "stage_rise": ("heat_stage",),
    "stage_time": ("heat_stage",),
    "class_torque": ("unit_class",),
    "class_barrier": ("unit_class",),
    "class_order": ("unit_class",),
    "grain_class": ("unit_class", "grain_level"),
}


def to_dataset(cell: Cell, spread: Spread, errors: Errors, trains: int) -> xr.Dataset:
    """Return a dataset of a memory cell, its spread, and its errors on held-out trains.

    Variables are named ``cell_``, ``spread_`` or ``error_`` and the field; `trains` is the number
    of trains of the fit.
    """
    variables = {
        f"{prefix}_{name}": (DIMS.get(name, ()), np.asarray(value, dtype=float))
        for prefix, values in (("cell", cell), ("spread", spread), ("error", errors))
        for name, value in values._asdict().items()
    }
    variables["training_trains"] = ((), np.asarray(trains))
    return label(xr.Dataset(variables))


def from_dataset(dataset: xr.Dataset) -> tuple[Cell, Spread]:
    """Return a memory cell and its spread, as NumPy arrays, from a dataset of `to_dataset`.

    Raises
    ------
    afterpulse.datasets.OutdatedError
        If the dataset lacks a parameter of the model.
    """
    names = [f"cell_{name}" for name in Cell._fields] + [f"spread_{n}" for n in Spread._fields]
    missing = [name for name in names if name not in dataset]
    if missing:
        path = dataset.encoding.get("source", "memory cell")
        raise OutdatedError(path, f"of another version of the model, without {missing[0]}")
    return (
        Cell(*(dataset[f"cell_{name}"].values for name in Cell._fields)),
        Spread(*(dataset[f"spread_{name}"].values for name in Spread._fields)),
    )


def error_rows(errors: Errors) -> list[dict[str, str | float]]:
    """Return a row for each error: in m_z, over the swing, over the standard deviation."""
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
