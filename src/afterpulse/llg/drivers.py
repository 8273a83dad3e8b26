"""Drivers in ubermag's manner: one system, one directory."""

import os
from collections.abc import Sequence

import micromagneticmodel as mm
import numpy as np
import pandas as pd

from .batch import batch_parameters, evolve, mean_magnetisation, relax_batch
from .compute import energy_density
from .output import UNITS, drive_directory, write_table
from .system import with_orientation


class TimeDriver:
    """Drive a system in time."""

    def drive(
        self,
        system: mm.System,
        t: float,
        n: int,
        dirname: str | os.PathLike[str] = ".",
        seed: int = 0,
        time_step: float = 2.5e-13,
        dtype: str = "float64",
        verbose: int = 1,
    ) -> None:
        """Integrate the LLG equation, set ``system.m`` and ``system.table``.

        The directory ``<dirname>/<system.name>/drive-<n>`` has `m0.omf`, one OVF file and one
        line of the table for each output time, and `info.json`.

        Parameters
        ----------
        system : micromagneticmodel.System
            System to drive.
        t : float
            Time in s.
        n : int
            Number of output times.
        dirname : path, optional
            Where the system's directory is made.
        seed : int, optional
            Seed of the thermal field.
        time_step : float, optional
            Longest step in s at T > 0.
        dtype : str, optional
            "float64" or "float32".
        verbose : int, optional
            1 prints a line at the end, 0 nothing.

        Raises
        ------
        UnsupportedSystem
            If the system has something that this calculator does not have.
        IntegrationError
            If the integration diverges.
        """
        (parameters,) = batch_parameters([system], dtype)
        terms = list(system.energy)
        driven = mm.System(name=system.name, dynamics=system.dynamics, m=system.m, T=system.T)
        rows = []
        arguments = {"t": t, "n": n, "seed": seed, "time_step": time_step, "dtype": dtype}
        with drive_directory(system, dirname, "TimeDriver", **arguments) as directory:
            outputs = evolve(system, parameters, t, n, seed, time_step, dtype)
            for index, (time, m) in enumerate(outputs):
                driven.m = with_orientation(system, m)
                driven.m.to_file(str(directory / f"{system.name}-{index:07d}.omf"))
                rows.append([time, _energy(driven, terms), *mean_magnetisation(m, parameters)])
            table = _table(rows)
            write_table(table, directory / f"{system.name}.odt", system.name)
        system.m = driven.m
        system.table = table
        if verbose:
            print(f"{system.name}: TimeDriver, {t:.4g} s in {n} outputs")


class RelaxDriver:
    """Drive a system to a minimum of its energy."""

    def drive(
        self,
        system: mm.System,
        dirname: str | os.PathLike[str] = ".",
        tolerance: float | None = None,
        dtype: str = "float64",
        verbose: int = 1,
    ) -> None:
        """Minimise the energy, set ``system.m`` and ``system.table``; T is disregarded.

        Parameters
        ----------
        system : micromagneticmodel.System
            System to relax, without spin torque.
        dirname : path, optional
            Where the system's directory is made.
        tolerance : float, optional
            Largest |m x B| in T at the end, see `relax_batch`.
        dtype : str, optional
            "float64" or "float32".
        verbose : int, optional
            1 prints a line at the end, 0 nothing.

        Raises
        ------
        UnsupportedSystem
            If the system has something that this calculator does not have.
        IntegrationError
            If the minimisation does not converge.
        """
        arguments = {"tolerance": tolerance, "dtype": dtype}
        with drive_directory(system, dirname, "RelaxDriver", **arguments) as directory:
            (m,) = relax_batch([system], dtype, tolerance)
            system.m.to_file(str(directory / f"{system.name}-0000000.omf"))
            magnetisation = system.m.norm.array[:, :, 0, :]
            mean = np.sum(m * magnetisation, axis=(0, 1)) / magnetisation.sum()
            table = _table([[0.0, _energy(system, list(system.energy)), *mean]])
            write_table(table, directory / f"{system.name}.odt", system.name)
        system.table = table
        if verbose:
            print(f"{system.name}: RelaxDriver, E = {table.E.iloc[-1]:.6g} J")


def _energy(system: mm.System, terms: Sequence[mm.EnergyTerm]) -> float:
    return float(energy_density(system, terms).sum() * system.m.mesh.dV)


def _table(rows: list[list[float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(UNITS), dtype=float)
    table.attrs["units"] = UNITS
    return table
