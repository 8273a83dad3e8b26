"""The drivers that minimise the energy."""

import dataclasses
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from .arguments import vector, whole_number
from .driver import Driver
from .evolvers import DescentEvolver
from .parameters import Parameters, as_dtype
from .relaxation import relax_steps
from .system import orientation, system_parameters, with_orientation
from .table import Output, measure

Vector = tuple[float, float, float]


class MinDriver(Driver):
    """Drive a system to a minimum of its energy; T and the dynamics are disregarded.

    Parameters
    ----------
    evolver, dtype
        See `Driver`.
    stopping_mxHxm : float, optional
        Largest |m x H| at the end in A/m; 1e-4 in float64 and 100 in float32.
    """

    _allowed_attributes = [*Driver._allowed_attributes, "stopping_mxHxm"]
    _evolvers = (DescentEvolver,)
    _x = "iteration"

    def _tolerance(self) -> float:
        default = {"float64": 1e-4, "float32": 100.0}[self._dtype]
        return float(mu0 * getattr(self, "stopping_mxHxm", default))

    def _outputs(self, system: mm.System, arguments: dict[str, Any]) -> Iterator[Output]:
        fixed = arguments.get("fixed_subregions") or ()
        parameters = as_dtype(system_parameters(system, fixed_subregions=fixed), self._dtype)
        stride = 1 if arguments.get("output_step") else None
        for descent in relax_steps(system, parameters, self._tolerance(), stride):
            steps = float(descent.steps)
            count = {"Iteration": steps, "Stage iteration": steps, "Stage": 0.0}
            yield Output(np.asarray(descent.m), parameters, count)


class RelaxDriver(MinDriver):
    """mumax3's name of `MinDriver`."""

    def _write_info_json(self, system: mm.System, start_time: Any, **arguments: Any) -> None:
        super()._write_info_json(system, start_time, **arguments)
        # micromagneticdata knows a RelaxDriver only in mumax3's directories.
        info = json.loads(Path("info.json").read_text(encoding="utf-8"))
        Path("info.json").write_text(
            json.dumps(info | {"driver": MinDriver.__name__}), encoding="utf-8"
        )


class HysteresisDriver(MinDriver):
    """Minimise the energy in a sequence of applied fields.

    ``drive(system, Hmin=..., Hmax=..., n=...)`` goes from Hmin to Hmax and back in n fields each
    way, ``drive(system, Hsteps=[(H0, H1, n), ...])`` from field to field; in A/m. The field is
    added to the fields of the system.
    """

    _arguments = ("Hmin", "Hmax", "n", "Hsteps")
    _x = "B_hysteresis"

    def _check_for_driver(self, system: mm.System) -> None:
        if system.T > 0:
            warnings.warn(
                f"HysteresisDriver disregards T = {system.T:g} K: it minimises the energy in each "
                "field, so there is no thermally activated switching",
                stacklevel=4,
            )

    def drive_kwargs_setup(self, drive_kwargs: dict[str, Any]) -> None:
        """Check the fields in addition."""
        super().drive_kwargs_setup(drive_kwargs)
        loop = [name for name in ("Hmin", "Hmax", "n") if drive_kwargs.get(name) is not None]
        steps = drive_kwargs.get("Hsteps")
        if (steps is None and len(loop) < 3) or (steps is not None and loop):
            raise ValueError(
                "a hysteresis drive needs either Hmin, Hmax and n, or Hsteps, not "
                f"{' and '.join(loop + ['Hsteps'] * (steps is not None)) or 'nothing'}"
            )
        if steps is None:
            for name in ("Hmin", "Hmax"):
                drive_kwargs[name] = vector(name, drive_kwargs[name])
            drive_kwargs["n"] = whole_number("n", drive_kwargs["n"], least=2)
            return
        if not isinstance(steps, list | tuple | np.ndarray) or len(steps) == 0:
            raise ValueError(f"Hsteps must be a list of (H from, H to, n), not {steps!r}")
        drive_kwargs["Hsteps"] = [_field_steps(step) for step in steps]

    def _outputs(self, system: mm.System, arguments: dict[str, Any]) -> Iterator[Output]:
        fixed = arguments.get("fixed_subregions") or ()
        base = system_parameters(system, fixed_subregions=fixed)
        shape = (3, *base.saturation_magnetisation.shape)
        present = np.zeros(shape) if base.applied is None else base.applied
        start = mm.System(name=system.name, m=system.m)
        previous: NDArray[np.float64] | None = None
        iterations, stage = 0.0, 0.0
        loop = [arguments.get(name) for name in ("Hmin", "Hmax", "n")]
        branches = arguments.get("Hsteps") or [loop, [loop[1], loop[0], loop[2]]]
        fields = [np.linspace(first, last, count) for first, last, count in branches]
        without_loop = as_dtype(dataclasses.replace(base, applied=present), self._dtype)
        tolerance = self._tolerance()
        if _rests_along(np.concatenate(fields), orientation(system), without_loop, tolerance):
            warnings.warn(
                "HysteresisDriver: the loop runs exactly along an axis of symmetry, such as an "
                "easy axis. The magnetisation along it has no torque in any of the fields, so it "
                "stays there even beyond its switching field. Tilt the field by about a degree, "
                "or add a small transverse field",
                stacklevel=4,
            )
        for field in np.concatenate(fields):
            # The end of a branch is the start of the next.
            if previous is not None and np.array_equal(field, previous):
                continue
            previous = field
            applied = present + field.reshape(3, 1, 1, 1)
            parameters = as_dtype(dataclasses.replace(base, applied=applied), self._dtype)
            *_, descent = relax_steps(start, parameters, tolerance)
            m, steps = np.array(descent.m), float(descent.steps)
            start.m = with_orientation(system, m)
            iterations += steps
            count = {"Iteration": iterations, "Stage iteration": steps, "Stage": stage}
            stage += 1
            yield Output(m, parameters, count, field)


def _field_steps(step: Any) -> tuple[Vector, Vector, int]:
    if not isinstance(step, list | tuple | np.ndarray) or len(step) != 3:
        raise ValueError(f"Hsteps: expected (H from, H to, n), not {step!r}")
    first, last, count = step
    return (
        vector("Hsteps: H from", first),
        vector("Hsteps: H to", last),
        whole_number("Hsteps: n", count, least=2),
    )


def _rests_along(
    fields: NDArray[np.float64],
    start: NDArray[np.float64],
    parameters: Parameters,
    tolerance: float,
) -> bool:
    """Check if m along a loop would rest in all of its fields, also in those opposite to m.

    The fields of the loop, shape (n, 3), are in A/m and not part of the parameters; `tolerance`
    is the largest |m x B| in T at which a minimisation ends.
    """
    length = np.linalg.norm(fields, axis=1)
    axis = fields[length.argmax()] / max(length.max(), 1e-300)
    if mu0 * np.linalg.norm(np.cross(fields, axis), axis=1).max() > tolerance:
        return False
    constant = np.asarray(parameters.applied, dtype=float).mean(axis=(1, 2, 3))
    magnetic = np.sum(start**2, axis=0) > 0
    sides = [*((fields + constant) @ axis), start[:, magnetic].mean(axis=1) @ axis]
    if min(sides) > -1e-6 or max(sides) < 1e-6:
        return False
    moving = magnetic if parameters.free is None else magnetic & (np.asarray(parameters.free) > 0)
    along = np.where(moving, axis.reshape(3, 1, 1, 1), start)
    m = jnp.asarray(along, parameters.saturation_magnetisation.dtype)
    torque = measure(m, jnp.zeros((), jnp.float64), parameters).max_mxhxm
    return bool(mu0 * torque <= tolerance)
