"""Store a drive, and run a stored one: ``python -m afterpulse.llg.scheduled drive.pickle``."""

import io
import pickle
import sys
from pathlib import Path
from typing import Any

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from .noise_stream import POSITIONS


class _Pickler(pickle.Pickler):
    """Stores a discretisedfield.Field by its parts, since it cannot be unpickled by itself."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, df.Field):
            return _field, (value.mesh, value.nvdim, value.array, value.valid, value.unit)
        return NotImplemented


def _field(
    mesh: df.Mesh, nvdim: int, array: NDArray[np.float64], valid: NDArray[np.bool_], unit: str
) -> df.Field:
    return df.Field(mesh, nvdim=nvdim, value=array, valid=valid, unit=unit)


def store(driver: Any, system: mm.System, arguments: dict[str, Any]) -> bytes:
    """Pickle a drive.

    Parameters
    ----------
    driver : Driver
        Which drives.
    system : micromagneticmodel.System
        What is driven.
    arguments : dict
        Arguments of the drive.

    Returns
    -------
    bytes
        The pickle.

    Raises
    ------
    ValueError
        If a part cannot be stored, such as a function that no module has.
    """
    # Containers of terms do not survive a pickle, lists of terms do.
    parts = {
        "driver": driver,
        "arguments": arguments,
        "name": system.name,
        "energy": list(system.energy),
        "dynamics": list(system.dynamics),
        "m": system.m,
        "T": system.T,
        POSITIONS: getattr(system, POSITIONS, {}),
    }
    buffer = io.BytesIO()
    try:
        _Pickler(buffer).dump(parts)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"system '{system.name}' cannot be scheduled, since a part of it cannot be stored: "
            f"{error}; a function of time must be one of an importable module"
        ) from error
    return buffer.getvalue()


def run(path: Path) -> None:
    """Run a stored drive in the working directory.

    Parameters
    ----------
    path : pathlib.Path
        File that `schedule` wrote. A pickle runs code: take it only from a drive of your own.
    """
    parts = pickle.loads(path.read_bytes())
    system = mm.System(name=parts["name"], m=parts["m"], T=parts["T"])
    setattr(system, POSITIONS, parts[POSITIONS])
    for term in parts["energy"]:
        system.energy += term
    for term in parts["dynamics"]:
        system.dynamics += term
    parts["driver"]._call(system=system, **parts["arguments"])


if __name__ == "__main__":
    run(Path(sys.argv[1]))
