"""Engine on OOMMF, through oommfc."""

from pathlib import Path

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray
from scipy.constants import e as electron_charge
from scipy.constants import hbar, mu_0

from afterpulse.cards.numerics import Numerics
from afterpulse.engines.engine import Driven, EngineError
from afterpulse.engines.process import (
    guarded_folder,
    last_lines,
    launch,
    logged,
    program,
    shortened,
)
from afterpulse.engines.snapshots import read_snapshots, reduced

# Xf_ThermSpinXferEvolve is a Heun scheme; at a quarter of the embedded integrator's step its means
# are as good (benchmarks/thermal_sweep.py).
STEPS_PER_STEP = 4
NAME = "film"
TIME_TO_LAUNCH = 60.0


def drive(
    systems: list[mm.System],
    duration: float,
    outputs: int,
    seeds: list[int],
    numerics: Numerics,
    weight: NDArray[np.float64] | None = None,
) -> list[Driven]:
    """Drive systems one after the other; see `Engine`."""
    return [
        drive_one(system, duration, outputs, seed, numerics, weight)
        for system, seed in logged("OOMMF", zip(systems, seeds, strict=True), len(systems))
    ]


def drive_one(
    system: mm.System,
    duration: float,
    outputs: int,
    seed: int,
    numerics: Numerics,
    weight: NDArray[np.float64] | None,
) -> Driven:
    """Drive one system and delete its files."""
    # oommfc takes seconds and 260 MB to import, which a job without OOMMF should not pay.
    import oommfc

    # An evolver keeps what a drive before has set, so each drive has a new one.
    if system.T > 0:
        step = numerics.llg_time_step / STEPS_PER_STEP
        evolver = oommfc.Xf_ThermSpinXferEvolver(
            min_timestep=step, max_timestep=step, uniform_seed=seed % 2**31
        )
    else:
        evolver = oommfc.SpinXferEvolver()
    translated, dmi = translate(system), dmi_script(system.energy.dmi.D)
    with guarded_folder() as (folder, group):
        oommfc.TimeDriver(evolver=evolver).write_mif(
            translated,
            dirname=str(folder),
            ovf_format="bin8",
            t=duration,
            n=outputs,
            # Neither this nor uniform_seed alone makes all versions reproducible.
            compute=f"\nRandomSeed {seed % 2**31}\n",
        )
        mif = folder / f"{NAME}.mif"
        mif.write_text(mif.read_text(encoding="utf-8") + dmi, encoding="utf-8")
        run_oommf(mif, group, numerics.engine_time_limit)
        check_table(mif, outputs)
        files = sorted(folder.glob(f"{NAME}-*.omf"))
        snapshots = read_snapshots("OOMMF", files, outputs, system.m)
        return reduced(duration, snapshots, weight, system.m.norm.array[:, :, 0, 0])


def translate(system: mm.System) -> mm.System:
    """Translate a system of `magnet_system` to the terms that OOMMF and oommfc have.

    OOMMF allows one Slonczewski torque, which gets the vector sum of both spin currents. The
    field-like torque becomes a field. The DMI is left to `dmi_script`.
    """
    mesh, terms = system.m.mesh, {term.name: term for term in system.dynamics}
    orbit, thermal = terms["spin_orbit_torque"], terms["thermal_spin_torque"]
    orbit_spin = orbit.J.array * np.array(orbit.mp)
    spin = orbit.P * orbit_spin + thermal.P * thermal.J * np.array(thermal.mp)
    density = np.linalg.norm(spin, axis=-1, keepdims=True)
    direction = np.divide(spin, density, where=density > 0, out=np.zeros_like(spin))
    direction[density[..., 0] == 0] = (0, 1, 0)
    # dm/dt = -gamma_0 beta eps' m x mp, with beta = hbar J / (mu_0 e M_s t).
    magnetisation = system.m.norm.array
    moment = magnetisation * mesh.cell[2]
    # No torque acts where there is no magnet.
    beta = np.divide(
        hbar / (mu_0 * electron_charge), moment, where=moment > 0, out=np.zeros_like(moment)
    )
    field = system.energy.zeeman.H.array + beta * orbit.eps_prime * orbit_spin

    translated = mm.System(name=NAME)
    exchange, anisotropy = system.energy.exchange.A, system.energy.uniaxialanisotropy.K
    translated.energy = (
        mm.Exchange(A=exchange)
        + mm.UniaxialAnisotropy(K=anisotropy, u=system.energy.uniaxialanisotropy.u)
        + mm.Demag()
        + mm.Zeeman(H=df.Field(mesh, nvdim=3, value=field))
    )
    # oommfc writes a scalar field as the norms of vectors and so would lose its sign.
    for name, values in {"A": exchange.array, "K": anisotropy.array}.items():
        if values.min() < 0:
            raise EngineError(
                f"engine oommf: expected {name} >= 0 everywhere, got {values.min():g}"
            )
    translated.dynamics = (
        system.dynamics.precession
        + system.dynamics.damping
        + mm.Slonczewski(
            J=df.Field(mesh, nvdim=1, value=density),
            mp=df.Field(mesh, nvdim=3, value=direction),
            P=1,
            Lambda=1,
        )
    )
    translated.T = system.T
    translated.m = system.m
    return translated


def dmi_script(strength: df.Field) -> str:
    """Return interfacial DMI that varies from cell to cell in MIF, which oommfc cannot write.

    The atlas has a region for each value of D (J/m²), of which there are few. Between two cells
    acts the arithmetic mean of their values.
    """
    values = strength.array[:, :, 0, 0]
    levels, region = np.unique(values, return_inverse=True)
    (nx, ny), cell, upper = values.shape, strength.mesh.cell, strength.mesh.region.pmax
    pairs = "\n".join(
        f"    level{i} level{j} {float(levels[i] + levels[j]) / 2!r}"
        for i in range(levels.size)
        for j in range(i, levels.size)
    )
    return f"""
set dmi_levels {{ {" ".join(map(str, region.reshape(nx, ny).T.ravel() + 1))} }}
proc DmiLevel {{ x y z }} {{
  global dmi_levels
  set i [expr {{int(floor($x / {float(cell[0])!r}))}}]
  set j [expr {{int(floor($y / {float(cell[1])!r}))}}]
  if {{$i < 0}} {{ set i 0 }}
  if {{$j < 0}} {{ set j 0 }}
  if {{$i >= {nx}}} {{ set i {nx - 1} }}
  if {{$j >= {ny}}} {{ set j {ny - 1} }}
  return [lindex $dmi_levels [expr {{$j * {nx} + $i}}]]
}}
Specify Oxs_ScriptAtlas:dmi_levels {{
  xrange {{ 0 {float(upper[0])!r} }}
  yrange {{ 0 {float(upper[1])!r} }}
  zrange {{ 0 {float(upper[2])!r} }}
  regions {{ {" ".join(f"level{i}" for i in range(levels.size))} }}
  script_args rawpt
  script DmiLevel
}}
Specify Oxs_DMI_Cnv_z:dmi {{
  default_D 0
  atlas :dmi_levels
  D {{
{pairs}
  }}
}}
"""


def run_oommf(mif: Path, group: int, time_limit: float) -> None:
    """Run a MIF file in a folder and process group of `guarded_folder`, on one thread."""
    command = program("oommf", "oommf", "environment.yml installs it (see docs/oommf.md)")
    # A host server of its own on a free port keeps concurrent runs apart.
    launcher = [command, "launchhost", "0"]
    port = launch("OOMMF", launcher, mif.parent / "host", group, TIME_TO_LAUNCH, {})
    if not port.isdecimal():
        raise EngineError(f"OOMMF: expected the port of its host server, got {shortened(port)!r}")
    # By default it logs errors in its installation; if that is read-only it ends without a run,
    # with exit code 0.
    errors = ["-logfile", str(mif.parent / "errors")]
    arguments = ["boxsi", "+fg", "-exitondone", "1", "-threads", "1", *errors, mif.name]
    host = {"OOMMF_HOSTPORT": port}
    launch("OOMMF", [command, *arguments], mif.parent / "log", group, time_limit, host)


def check_table(mif: Path, outputs: int) -> None:
    """Raise EngineError if the table of a run has fewer whole rows than outputs.

    OOMMF ends with exit code 0 whatever stopped it, so the message has the end of its log.
    """
    table = mif.with_suffix(".odt")
    lines = table.read_text(errors="replace").splitlines() if table.exists() else []
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    complete = sum(len(row) == len(rows[0]) for row in rows)
    if complete != outputs:
        raise EngineError(
            f"OOMMF: expected a table of {outputs} rows, got {complete}"
            f"{last_lines(mif.parent / 'log')}"
        )
