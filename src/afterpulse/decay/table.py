"""Tables of the fits."""

import pandas as pd
import xarray as xr

RETENTION = (
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
"""Variables of `to_retention_table`, in this order."""


def to_table(decay: xr.Dataset) -> pd.DataFrame:
    """Convert the result of `fit_decays` to a table with a row per point and model.

    Columns are the point's coordinates, the model, the model-free quantities and the fit, with
    each parameter, its standard error and both ends of its interval. SI units.
    """
    flat = split_bounds(decay.drop_vars("parameter_units"))
    for suffix in ("value", "stderr", "interval_lower", "interval_upper"):
        for parameter in flat["parameter"].values:
            column = str(parameter) + ("" if suffix == "value" else f"_{suffix}")
            flat[column] = flat[f"parameter_{suffix}"].sel(parameter=parameter, drop=True)
        flat = flat.drop_vars(f"parameter_{suffix}")
    flat = flat.drop_dims("parameter", errors="ignore")
    dims = [*(dim for dim in decay["refused"].dims), "model"]
    return flat.to_dataframe(dim_order=dims).reset_index()


def to_retention_table(decay: xr.Dataset) -> pd.DataFrame:
    """Convert the model-free quantities of `fit_decays` to a table with a row per point.

    Columns are the point's coordinates and `RETENTION`, with both ends of intervals. SI units.
    """
    flat = split_bounds(decay[list(RETENTION)])
    return flat.to_dataframe(dim_order=[*decay["refused"].dims]).reset_index()


def to_switching_table(switching: xr.Dataset) -> pd.DataFrame:
    """Convert the result of `switching_currents` to a table with a row per pulse width.

    Columns are the width, the switching current and the parameters of the law, which are those of
    all widths, with both ends of intervals and the reasons for missing values. SI units.
    """
    flat = split_bounds(switching.drop_dims(["pulse_amplitude", "fitted_width"]))
    return flat.to_dataframe(dim_order=["pulse_width"]).reset_index()


def split_bounds(decay: xr.Dataset) -> xr.Dataset:
    """Replace each interval by two variables, at the same position."""
    flat = xr.Dataset(coords=decay.coords)
    for name, variable in decay.data_vars.items():
        if "bound" not in variable.dims:
            flat[name] = variable
            continue
        for index, bound in enumerate(("lower", "upper")):
            flat[f"{name}_{bound}"] = variable.isel(bound=index, drop=True)
    return flat.drop_dims("bound", errors="ignore")
