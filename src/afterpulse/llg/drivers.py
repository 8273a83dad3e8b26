"""Drivers in ubermag's manner: one system, one directory.

A drive makes ``<dirname>/<system.name>/drive-<n>`` with `m0.omf`, one OVF file and one line of the
table (`<system.name>.odt`) for each output, and `info.json`, which says whether it succeeded. The
system changes only if it did. What drives of all calculators have in common (`drive`, `schedule`,
directories, `info.json`) is micromagneticmodel's `ExternalDriver`.
"""

import dataclasses
import json
import numbers
import shlex
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from micromagneticmodel.consts import mu0
from numpy.typing import NDArray

from . import scheduled
from .arguments import finite_number, vector, whole_number
from .batch import relax_steps
from .checkpoint import remove
from .evolution import evolve, thermal_steps
from .evolvers import AdaptiveEvolver, DescentEvolver, ThermalEvolver
from .mesh import warn_of_large_cells
from .noise_stream import NoiseStream, resume_stream, store_position
from .relaxation import MOST_STEPS, TOLERANCE
from .system import Parameters, as_dtype, orientation, system_parameters, with_orientation
from .table import Output, Recorder, make_table, measure, short_name, write_table
from .threads import limited_threads

Vector = tuple[float, float, float]

OVF_FORMATS = ("bin8", "bin4", "txt")
SCHEDULED = "drive.pickle"
# Step of an evolver that has none, in s.
TIME_STEP = 2.5e-13


class Driver(mm.ExternalDriver):
    """What all drivers share.

    Parameters
    ----------
    evolver : micromagneticmodel.Evolver, optional
        How the magnetisation moves.
    dtype : str, optional
        "float64" (default) or "float32".
    """

    _allowed_attributes = ["evolver", "dtype"]
    _arguments: tuple[str, ...] = ()
    _evolvers: tuple[type[mm.Evolver], ...] = ()
    # OOMMF's class, without "Oxs_", of which the table has the columns.
    _oommf_driver = "MinDriver"

    def drive_kwargs_setup(self, drive_kwargs: dict[str, Any]) -> None:
        """Check the arguments of `drive`.

        Parameters
        ----------
        drive_kwargs : dict
            fixed_subregions : list of str, optional, subregions that do not move;
            output_step : bool, optional, an output for each step of a minimisation;
            n_threads : int, optional, most processor cores to use;
            and those of the driver.

        Raises
        ------
        TypeError, ValueError
            Naming the argument.
        """
        known = {*self._arguments, "fixed_subregions", "output_step", "n_threads"}
        for name in drive_kwargs:
            if name not in known:
                raise TypeError(
                    f"{type(self).__name__} has no argument '{name}', only {sorted(known)}"
                )
        if hasattr(self, "evolver") and not isinstance(self.evolver, self._evolvers):
            raise TypeError(f"{type(self).__name__} cannot use {type(self.evolver).__name__}")
        if getattr(self, "dtype", "float64") not in TOLERANCE:
            raise ValueError(f"dtype must be 'float32' or 'float64', not {self.dtype!r}")
        for name in ("stopping_mxHxm", "stopping_dm_dt"):
            if hasattr(self, name):
                finite_number(name, getattr(self, name), positive=True)
        if isinstance(drive_kwargs.get("fixed_subregions"), str):
            name = drive_kwargs["fixed_subregions"]
            raise ValueError(f"fixed_subregions must be a list of names, such as ['{name}']")
        if drive_kwargs.get("n_threads") is not None:
            drive_kwargs["n_threads"] = whole_number("n_threads", drive_kwargs["n_threads"])

    def schedule_kwargs_setup(self, schedule_kwargs: dict[str, Any]) -> None:
        """Check the arguments of `schedule`, the same as those of `drive`."""
        self.drive_kwargs_setup(schedule_kwargs)

    def _check_system(self, system: mm.System) -> None:
        self._check_for_driver(system)
        if len(system.energy) == 0:
            raise RuntimeError("System's energy is not defined")
        if system.m is not None:
            # Points at the caller of `drive`.
            warn_of_large_cells(system.m.mesh, stacklevel=3)

    def _check_for_driver(self, system: mm.System) -> None:
        """Check what this driver alone needs."""

    def _write_input_files(self, system: mm.System, ovf_format: str, **arguments: Any) -> None:
        if ovf_format not in OVF_FORMATS:
            raise ValueError(f"ovf_format must be one of {OVF_FORMATS}, not {ovf_format!r}")
        self._ovf_format = ovf_format
        self._drive_arguments = arguments
        system.m.to_file("m0.omf", representation=ovf_format)

    def _write_schedule_script(
        self, system: mm.System, header: str | Path, script_name: str, runner: Any
    ) -> None:
        Path(SCHEDULED).write_bytes(scheduled.store(self, system, self._drive_arguments))
        super()._write_schedule_script(system, header, script_name, runner)

    def _write_info_json(self, system: mm.System, start_time: Any, **arguments: Any) -> None:
        plain = {name: _plain(value) for name, value in arguments.items()}
        super()._write_info_json(system, start_time, **plain)

    def _schedule_commands(self, system: mm.System, runner: Any) -> list[str]:
        return [f"{shlex.quote(sys.executable)} -m afterpulse.llg.scheduled {SCHEDULED}"]

    def _call(
        self, system: mm.System, runner: Any = None, verbose: int = 1, **arguments: Any
    ) -> None:
        n_threads = arguments.pop("n_threads", None)
        fixed = arguments.pop("fixed_subregions", None) or ()
        stride = 1 if arguments.pop("output_step", False) else MOST_STEPS
        dtype = getattr(self, "dtype", "float64")
        lines, last = [], orientation(system)
        with limited_threads(n_threads):
            recorder: Recorder | None = None
            for number, output in enumerate(
                self._outputs(system, fixed, stride, dtype, **arguments)
            ):
                # By the first output, the parameters have shown that all terms are complete.
                recorder = recorder or Recorder(
                    system, self._oommf_driver, dtype, loop=output.hysteresis is not None
                )
                last = np.array(output.m)
                lines.append(recorder.line(output))
                with_orientation(system, last).to_file(
                    f"{system.name}-{number:07d}.omf", representation=self._ovf_format
                )
                if verbose > 1:
                    (x,) = (v for column, v in lines[-1].items() if short_name(column) == self._x)
                    print(f"{system.name}: output {number + 1}, {self._x} = {x:.6g}")
        table = make_table(lines, self._x)
        write_table(lines, Path(f"{system.name}.odt"), system.name)
        system.m = with_orientation(system, last)
        system.table = table
        self._finish(system)
        if verbose:
            print(f"{system.name}: {type(self).__name__}, {len(lines)} outputs")

    def _finish(self, system: mm.System) -> None:
        """Do what only a drive that succeeded may do."""

    def _read_data(self, system: mm.System) -> None:
        """Do nothing: the drive has set the system already."""

    def _outputs(
        self,
        system: mm.System,
        fixed_subregions: Iterable[str],
        stride: int,
        dtype: str,
        **arguments: Any,
    ) -> Iterator[Output]:
        raise NotImplementedError


def _field_steps(step: Any) -> tuple[Vector, Vector, int]:
    if not isinstance(step, list | tuple | np.ndarray) or len(step) != 3:
        raise ValueError(f"Hsteps: expected (H from, H to, n), not {step!r}")
    first, last, count = step
    return (
        vector("Hsteps: H from", first),
        vector("Hsteps: H to", last),
        whole_number("Hsteps: n", count, least=2),
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; fields, functions and paths as their text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, numbers.Real):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(entry) for entry in value]
    return str(value)


class TimeDriver(Driver):
    """Drive a system in time.

    ``drive(system, t=..., n=...)`` integrates over t seconds with n outputs. T is multiplied by
    ``temperature_in_space=...``, a scalar field, and ``temperature_in_time=...``, a function of
    the time in s, where they are given. With ``checkpoint=...``, a directory, a drive that was
    killed goes on where it stood. At T = 0 the evolver is `AdaptiveEvolver` where none is
    given; at T > 0 one with a step and a seed is needed, `ThermalEvolver`. The random numbers of
    a seed go on from drive to drive, of one evolver and of one system.

    Parameters
    ----------
    evolver, dtype
        See `Driver`.
    stopping_dm_dt : float, optional
        End after the first output at which no cell turns faster, in degrees a nanosecond.
    """

    _allowed_attributes = [*Driver._allowed_attributes, "stopping_dm_dt"]
    _arguments = ("t", "n", "temperature_in_space", "temperature_in_time", "checkpoint")
    _evolvers = (AdaptiveEvolver, ThermalEvolver)
    _oommf_driver = "TimeDriver"

    @property
    def _x(self) -> str:
        return "t"

    def drive_kwargs_setup(self, drive_kwargs: dict[str, Any]) -> None:
        """Check t and n besides."""
        super().drive_kwargs_setup(drive_kwargs)
        if drive_kwargs.get("t") is None or drive_kwargs.get("n") is None:
            raise TypeError("a time drive needs t, the time in s, and n, the number of outputs")
        drive_kwargs["t"] = finite_number("t", drive_kwargs["t"], positive=True)
        drive_kwargs["n"] = whole_number("n", drive_kwargs["n"])
        if drive_kwargs.get("checkpoint") is not None:
            # The drive works in a directory of its own.
            drive_kwargs["checkpoint"] = str(Path(drive_kwargs["checkpoint"]).resolve())

    def _check_for_driver(self, system: mm.System) -> None:
        if len(system.dynamics) == 0:
            raise RuntimeError("System's dynamics is not defined")
        thermal = isinstance(getattr(self, "evolver", None), ThermalEvolver)
        if system.T > 0 and not thermal:
            raise RuntimeError(
                f"T = {system.T} K needs an evolver with a fixed step, such as "
                "TimeDriver(evolver=ThermalEvolver(time_step=1e-13, seed=1))"
            )
        if thermal and not system.T > 0:
            raise RuntimeError("ThermalEvolver is for T > 0; leave the evolver out at T = 0")

    def _outputs(
        self,
        system: mm.System,
        fixed_subregions: Iterable[str],
        stride: int,
        dtype: str,
        **arguments: Any,
    ) -> Iterator[Output]:
        t, n = arguments["t"], arguments["n"]
        parameters = as_dtype(
            system_parameters(
                system,
                duration=t,
                outputs=n,
                fixed_subregions=fixed_subregions,
                temperature_in_space=arguments.get("temperature_in_space"),
                temperature_in_time=arguments.get("temperature_in_time"),
            ),
            dtype,
        )
        evolver = getattr(self, "evolver", AdaptiveEvolver())
        step = getattr(evolver, "time_step", TIME_STEP)
        self._noise = resume_stream(getattr(evolver, "seed", 0), system, evolver)
        before, start = orientation(system), 0.0
        place = arguments.get("checkpoint")
        checkpoint = None if place is None else Path(place)
        tolerance = getattr(evolver, "tolerance", None)
        outputs = evolve(system, parameters, t, n, self._noise, step, dtype, tolerance, checkpoint)
        for stage, (time, m) in enumerate(outputs):
            yield Output(m, parameters, {"Stage": float(stage), "Simulation time": time})
            turned = np.sqrt(np.sum((m - before) ** 2, axis=0)).max() / (time - start)
            before, start = m, time
            # rad/s to degrees a nanosecond
            if np.degrees(turned) * 1e-9 < getattr(self, "stopping_dm_dt", 0.0):
                break
        if checkpoint is not None:
            remove(checkpoint)

    def _finish(self, system: mm.System) -> None:
        if system.T > 0:
            store_position(self._noise, system, self.evolver)

    def _write_schedule_script(
        self, system: mm.System, header: str | Path, script_name: str, runner: Any
    ) -> None:
        super()._write_schedule_script(system, header, script_name, runner)
        if system.T > 0:
            # The drive runs elsewhere and later; what it will draw is used up from now on.
            t, n = self._drive_arguments["t"], self._drive_arguments["n"]
            step = getattr(self.evolver, "time_step", TIME_STEP)
            noise = resume_stream(getattr(self.evolver, "seed", 0), system, self.evolver)
            drawn = n * thermal_steps(t, n, step)
            used = NoiseStream(noise.seed, noise.position + drawn)
            store_position(used, system, self.evolver)


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

    @property
    def _x(self) -> str:
        return "iteration"

    def _tolerance(self, dtype: str) -> float:
        default = {"float64": 1e-4, "float32": 100.0}[dtype]
        return float(mu0 * getattr(self, "stopping_mxHxm", default))

    def _outputs(
        self,
        system: mm.System,
        fixed_subregions: Iterable[str],
        stride: int,
        dtype: str,
        **arguments: Any,
    ) -> Iterator[Output]:
        parameters = as_dtype(system_parameters(system, fixed_subregions=fixed_subregions), dtype)
        for descent in relax_steps(system, parameters, self._tolerance(dtype), dtype, stride):
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
    added to what the system has.
    """

    _arguments = ("Hmin", "Hmax", "n", "Hsteps")

    @property
    def _x(self) -> str:
        return "B_hysteresis"

    def _check_for_driver(self, system: mm.System) -> None:
        if system.T > 0:
            warnings.warn(
                f"HysteresisDriver disregards T = {system.T:g} K: it minimises the energy in each "
                "field, so there is no thermally activated switching",
                stacklevel=4,
            )

    def drive_kwargs_setup(self, drive_kwargs: dict[str, Any]) -> None:
        """Check the fields besides."""
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

    def _outputs(
        self,
        system: mm.System,
        fixed_subregions: Iterable[str],
        stride: int,
        dtype: str,
        **arguments: Any,
    ) -> Iterator[Output]:
        base = system_parameters(system, fixed_subregions=fixed_subregions)
        shape = (3, *base.saturation_magnetisation.shape)
        present = np.zeros(shape) if base.applied is None else base.applied
        at = mm.System(name=system.name, m=system.m)
        previous: NDArray[np.float64] | None = None
        iterations, stage = 0.0, 0.0
        loop = [arguments.get(name) for name in ("Hmin", "Hmax", "n")]
        steps = arguments.get("Hsteps") or [loop, [loop[1], loop[0], loop[2]]]
        fields = [np.linspace(first, last, count) for first, last, count in steps]
        first = as_dtype(dataclasses.replace(base, applied=present), dtype)
        if _rests_along(np.concatenate(fields), orientation(at), first, self._tolerance(dtype)):
            warnings.warn(
                "HysteresisDriver: the loop runs exactly along an axis of symmetry, such as an "
                "easy axis. The magnetisation along it has no torque in any of the fields, so it "
                "stays there even beyond its switching field. Tilt the field by about a degree, "
                "or add a small field across it",
                stacklevel=4,
            )
        for branch in fields:
            for field in branch:
                # The end of one branch is the start of the next.
                if previous is not None and np.array_equal(field, previous):
                    continue
                previous = field
                applied = present + field.reshape(3, 1, 1, 1)
                parameters = as_dtype(dataclasses.replace(base, applied=applied), dtype)
                tolerance = self._tolerance(dtype)
                *_, descent = relax_steps(at, parameters, tolerance, dtype, stride)
                m, steps = np.array(descent.m), float(descent.steps)
                at.m = with_orientation(system, m)
                iterations += steps
                count = {"Iteration": iterations, "Stage iteration": steps, "Stage": stage}
                stage += 1
                yield Output(m, parameters, count, field)


def _rests_along(
    fields: NDArray[np.float64],
    start: NDArray[np.float64],
    parameters: Parameters,
    tolerance: float,
) -> bool:
    """Say if m along a loop would rest in all of its fields, also in those opposite to m.

    Parameters
    ----------
    fields : ndarray
        Fields of the loop in A/m, shape (n, 3).
    start : ndarray
        Unit magnetisation before the loop, shape (3, nz, nx, ny).
    parameters : Parameters
        Without the field of the loop, in the precision of the drive.
    tolerance : float
        Largest |m x B| in T at which a minimisation ends.
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
