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
    """Stores a discretisedfield.Field by its attributes, since a Field cannot be unpickled."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, df.Field):
            return _field, (value.mesh, value.nvdim, value.array, value.valid, value.unit)
        return NotImplemented


def _field(
    mesh: df.Mesh, nvdim: int, array: NDArray[np.float64], valid: NDArray[np.bool_], unit: str
) -> df.Field:
    return df.Field(mesh, nvdim=nvdim, value=array, valid=valid, unit=unit)


def store(driver: Any, system: mm.System, arguments: dict[str, Any]) -> bytes:
    """Pickle a drive: driver, system and arguments of the drive.

    Raises ValueError if anything cannot be stored, such as a function outside any module.
    """
    # Containers of terms do not survive a pickle, lists of terms do.
    drive = {
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
        _Pickler(buffer).dump(drive)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"system '{system.name}' cannot be scheduled, because it cannot be stored: {error}; "
            "a function of time must be in an importable module"
        ) from error
    return buffer.getvalue()


def run(path: Path) -> None:
    """Run a stored drive in the working directory.

    A pickle runs code: only run files that your own `schedule` wrote.
    """
    drive = pickle.loads(path.read_bytes())
    system = mm.System(name=drive["name"], m=drive["m"], T=drive["T"])
    setattr(system, POSITIONS, drive[POSITIONS])
    for term in drive["energy"]:
        system.energy += term
    for term in drive["dynamics"]:
        system.dynamics += term
    drive["driver"]._call(system=system, **drive["arguments"])


if __name__ == "__main__":
    run(Path(sys.argv[1]))
