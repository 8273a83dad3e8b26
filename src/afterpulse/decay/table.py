"""Fits as tables."""

import pandas as pd
import xarray as xr

OF_A_PULSE = (
    "change_at_probe",
    "change_at_probe_stderr",
    "share_retained",
    "share_retained_interval",
    "retention_time",
    "retention_time_interval",
    "chosen_model",
    "refused",
    "retention_time_refused",
    "window_start",
    "window_end",
)
"""What `to_retention_table` holds of a fit, in this order."""


def to_table(decay: xr.Dataset) -> pd.DataFrame:
    """Lay the fits out as a table, one row a point and model.

    Parameters
    ----------
    decay : Dataset
        What `fit_decays` gives.

    Returns
    -------
    DataFrame
        The point's coordinates, the model, what was found without a model, then the fit; columns
        for each parameter, its standard error and both ends of its interval. SI units.
    """
    flat = _both_bounds(decay.drop_vars("parameter_units"))
    for suffix in ("value", "stderr", "interval_lower", "interval_upper"):
        for parameter in flat["parameter"].values:
            column = str(parameter) + ("" if suffix == "value" else f"_{suffix}")
            flat[column] = flat[f"parameter_{suffix}"].sel(parameter=parameter, drop=True)
        flat = flat.drop_vars(f"parameter_{suffix}")
    flat = flat.drop_dims("parameter", errors="ignore")
    dims = [*(dim for dim in decay["refused"].dims), "model"]
    return flat.to_dataframe(dim_order=dims).reset_index()


def to_retention_table(decay: xr.Dataset) -> pd.DataFrame:
    """Lay out what is said of each pulse without a model, one row a point.

    Parameters
    ----------
    decay : Dataset
        What `fit_decays` gives.

    Returns
    -------
    DataFrame
        The point's coordinates, its change at the probe, the share retained and the retention
        time with both ends of their intervals, which model is chosen, why a number is not given
        and the window. SI units.
    """
    flat = _both_bounds(decay[list(OF_A_PULSE)])
    return flat.to_dataframe(dim_order=[*decay["refused"].dims]).reset_index()


def _both_bounds(decay: xr.Dataset) -> xr.Dataset:
    """Each interval as two variables, right where it stood."""
    flat = xr.Dataset(coords=decay.coords)
    for name, variable in decay.data_vars.items():
        if "bound" not in variable.dims:
            flat[name] = variable
            continue
        for number, bound in enumerate(("lower", "upper")):
            flat[f"{name}_{bound}"] = variable.isel(bound=number, drop=True)
    return flat.drop_dims("bound", errors="ignore")
