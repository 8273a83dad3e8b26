"""The driver in time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import micromagneticmodel as mm
import numpy as np

from .arguments import finite_number, whole_number
from .checkpoint import remove
from .driver import Driver
from .evolution import TIME_STEP, Stepping, evolve, steps_per_output
from .evolvers import AdaptiveEvolver, ThermalEvolver
from .noise_stream import NoiseStream, resume_stream, store_position
from .parameters import as_dtype
from .system import orientation, system_parameters
from .table import Output
from .time_dependence import Stages


class TimeDriver(Driver):
    """Drive a system in time.

    ``drive(system, t=..., n=...)`` integrates over t seconds with n outputs. Optional arguments:
    ``temperature_in_space``, a scalar field, and ``temperature_in_time``, a function of the time
    in s, multiply T; ``checkpoint`` is a directory from which the same call continues after a
    kill. At T = 0 the default evolver is `AdaptiveEvolver`; T > 0 needs a `ThermalEvolver` with
    step and seed. The random numbers of a seed continue from drive to drive of an evolver or a
    system.

    Parameters
    ----------
    evolver, dtype
        See `Driver`.
    stopping_dm_dt : float, optional
        End after the first output at which no cell turns faster, in degrees per nanosecond.
    """

    _allowed_attributes = [*Driver._allowed_attributes, "stopping_dm_dt"]
    _arguments = ("t", "n", "temperature_in_space", "temperature_in_time", "checkpoint")
    _evolvers = (AdaptiveEvolver, ThermalEvolver)
    _oommf_driver = "TimeDriver"
    _x = "t"

    def drive_kwargs_setup(self, drive_kwargs: dict[str, Any]) -> None:
        """Check t, n and checkpoint in addition."""
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

    def _outputs(self, system: mm.System, arguments: dict[str, Any]) -> Iterator[Output]:
        stages = Stages(arguments["t"], arguments["n"])
        in_float64 = system_parameters(
            system,
            stages=stages,
            fixed_subregions=arguments.get("fixed_subregions") or (),
            temperature_in_space=arguments.get("temperature_in_space"),
            temperature_in_time=arguments.get("temperature_in_time"),
        )
        parameters = as_dtype(in_float64, self._dtype)
        evolver = getattr(self, "evolver", AdaptiveEvolver())
        stepping = Stepping(_time_step(evolver), getattr(evolver, "tolerance", None))
        self._noise = _noise(system, evolver)
        before, start = orientation(system), 0.0
        folder = arguments.get("checkpoint")
        checkpoint = None if folder is None else Path(folder)
        outputs = evolve(system, parameters, stages, self._noise, stepping, checkpoint)
        for stage, (time, m) in enumerate(outputs):
            yield Output(m, parameters, {"Stage": float(stage), "Simulation time": time})
            turned = np.sqrt(np.sum((m - before) ** 2, axis=0)).max() / (time - start)
            before, start = m, time
            # rad/s to degrees per nanosecond
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
            # The drive runs elsewhere and later: its random numbers count as used from now on.
            stages = Stages(self._drive_arguments["t"], self._drive_arguments["n"])
            noise = _noise(system, self.evolver)
            noise.position += stages.n * steps_per_output(stages, _time_step(self.evolver))
            store_position(noise, system, self.evolver)


def _time_step(evolver: mm.Evolver) -> float:
    return getattr(evolver, "time_step", TIME_STEP)


def _noise(system: mm.System, evolver: mm.Evolver) -> NoiseStream:
    return resume_stream(getattr(evolver, "seed", 0), system, evolver)
