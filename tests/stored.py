"""Comparison of stored data between runs."""

import numpy as np
import xarray as xr


def stored_data(dataset: xr.Dataset) -> tuple:
    """Return names, dimensions, types and bits of all variables, without attributes."""
    return tuple(
        (
            name,
            variable.dims,
            variable.shape,
            # Texts are objects or have a fixed width.
            *(
                ("text", tuple(variable.values.ravel().tolist()))
                if variable.dtype.kind in "OUST"
                else (variable.dtype.str, np.ascontiguousarray(variable.values).tobytes())
            ),
        )
        for name, variable in sorted((str(n), v) for n, v in dataset.variables.items())
    )
