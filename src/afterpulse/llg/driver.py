"""The base of ubermag drivers: one system, one directory.

A drive makes ``<dirname>/<system.name>/drive-<n>`` with `m0.omf`, one OVF file and one line of the
table (`<system.name>.odt`) for each output, and `info.json`, which records success. The system
changes only after success. `drive`, `schedule`, directories and `info.json` are those of
micromagneticmodel's `ExternalDriver`.
"""

import numbers
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import micromagneticmodel as mm
import numpy as np

from . import scheduled
from .arguments import finite_number, whole_number
from .mesh import warn_of_large_cells
from .relaxation import TOLERANCE
from .system import orientation, with_orientation
from .table import Output, Recorder, make_table, short_name, write_table
from .threads import limited_threads

OVF_FORMATS = ("bin8", "bin4", "txt")
SCHEDULED = "drive.pickle"


class Driver(mm.ExternalDriver):
    """Base class of all drivers.

    Parameters
    ----------
    evolver : micromagneticmodel.Evolver, optional
        Method that moves the magnetisation.
    dtype : str, optional
        "float64" (default) or "float32".
    """

    _allowed_attributes = ["evolver", "dtype"]
    _arguments: tuple[str, ...] = ()
    _evolvers: tuple[type[mm.Evolver], ...] = ()
    # OOMMF's class, without "Oxs_", whose columns the table has.
    _oommf_driver = "MinDriver"
    # Independent variable of the table.
    _x = ""

    def drive_kwargs_setup(self, drive_kwargs: dict[str, Any]) -> None:
        """Check the arguments of `drive`; errors name the argument.

        Parameters
        ----------
        drive_kwargs : dict
            fixed_subregions : list of str, optional, subregions that do not move;
            output_step : bool, optional, an output for each step of a minimisation;
            n_threads : int, optional, largest number of processor cores to use;
            and those of the driver.
        """
        known = {*self._arguments, "fixed_subregions", "output_step", "n_threads"}
        for name in drive_kwargs:
            if name not in known:
                raise TypeError(
                    f"{type(self).__name__} has no argument '{name}', only {sorted(known)}"
                )
        if hasattr(self, "evolver") and not isinstance(self.evolver, self._evolvers):
            raise TypeError(f"{type(self).__name__} cannot use {type(self.evolver).__name__}")
        if self._dtype not in TOLERANCE:
            raise ValueError(f"dtype must be 'float32' or 'float64', not {self.dtype!r}")
        for name in ("stopping_mxHxm", "stopping_dm_dt"):
            if hasattr(self, name):
                finite_number(name, getattr(self, name), positive=True)
        if isinstance(drive_kwargs.get("fixed_subregions"), str):
            name = drive_kwargs["fixed_subregions"]
            raise ValueError(
                f"fixed_subregions must be a list of names, such as ['{name}'], not '{name}'"
            )
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
        """Check the needs of this driver alone."""

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
        plain = {name: _json_value(value) for name, value in arguments.items()}
        super()._write_info_json(system, start_time, **plain)

    def _schedule_commands(self, system: mm.System, runner: Any) -> list[str]:
        return [f"{shlex.quote(sys.executable)} -m afterpulse.llg.scheduled {SCHEDULED}"]

    def _call(
        self, system: mm.System, runner: Any = None, verbose: int = 1, **arguments: Any
    ) -> None:
        lines, last = [], orientation(system)
        with limited_threads(arguments.get("n_threads")):
            recorder: Recorder | None = None
            for index, output in enumerate(self._outputs(system, arguments)):
                # Made after the first output, when all terms are known to be complete.
                recorder = recorder or Recorder(
                    system, self._oommf_driver, self._dtype, loop=output.hysteresis is not None
                )
                last = np.array(output.m)
                lines.append(recorder.line(output))
                with_orientation(system, last).to_file(
                    f"{system.name}-{index:07d}.omf", representation=self._ovf_format
                )
                if verbose > 1:
                    (x,) = (v for column, v in lines[-1].items() if short_name(column) == self._x)
                    print(f"{system.name}: output {index + 1}, {self._x} = {x:.6g}")
        table = make_table(lines, self._x)
        write_table(lines, Path(f"{system.name}.odt"), system.name)
        system.m = with_orientation(system, last)
        system.table = table
        self._finish(system)
        if verbose:
            print(f"{system.name}: {type(self).__name__}, {len(lines)} outputs")

    def _finish(self, system: mm.System) -> None:
        """Do what only a successful drive may do."""

    def _read_data(self, system: mm.System) -> None:
        """Do nothing: the drive has set the system already."""

    def _outputs(self, system: mm.System, arguments: dict[str, Any]) -> Iterator[Output]:
        raise NotImplementedError

    @property
    def _dtype(self) -> str:
        return getattr(self, "dtype", "float64")


def _json_value(value: Any) -> Any:
    """Return a value as JSON has it; fields, functions and paths as their text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, numbers.Real):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    if isinstance(value, list | tuple | np.ndarray):
        return [_json_value(entry) for entry in value]
    return str(value)
