"""Fits as a table."""

import pandas as pd
import xarray as xr


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
    flat = decay.drop_vars("parameter_units")
    for name in [str(name) for name in flat.data_vars if "bound" in flat[name].dims]:
        for number, bound in enumerate(("lower", "upper")):
            flat[f"{name}_{bound}"] = flat[name].isel(bound=number, drop=True)
        flat = flat.drop_vars(name)
    for suffix in ("value", "stderr", "interval_lower", "interval_upper"):
        for parameter in flat["parameter"].values:
            column = str(parameter) + ("" if suffix == "value" else f"_{suffix}")
            flat[column] = flat[f"parameter_{suffix}"].sel(parameter=parameter, drop=True)
        flat = flat.drop_vars(f"parameter_{suffix}")
    flat = flat.drop_dims(["parameter", "bound"], errors="ignore")
    dims = [*(dim for dim in decay["refused"].dims), "model"]
    return flat.to_dataframe(dim_order=dims).reset_index()
