"""Engine on mumax3, through mumax3c; it needs an NVIDIA GPU.

mumax3c writes mesh, start, fields and damping. Anisotropy and exchange that vary from cell to cell
and the Slonczewski torque, which it lacks, are added to its script here. mumax3 has 256 regions
with parameters of their own, so the anisotropy is rounded to LEVELS values.
"""

from pathlib import Path

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.numerics import Numerics
from afterpulse.engines.engine import Driven
from afterpulse.engines.oommf import NAME, STEPS_PER_STEP, translate
from afterpulse.engines.process import guarded_folder, launch, logged, program
from afterpulse.engines.snapshots import read_snapshots, reduced

# Each with full and with weakened exchange: 256 regions.
LEVELS = 127
HEUN, DORMAND_PRINCE = 2, 5
REMEDY = "it comes from mumax.github.io and needs an NVIDIA GPU"


def drive(
    systems: list[mm.System],
    duration: float,
    outputs: int,
    seeds: list[int],
    numerics: Numerics,
    weight: NDArray[np.float64] | None = None,
) -> list[Driven]:
    """Drive systems one after the other; see `Engine`."""
    command = program("mumax3", "mumax3", REMEDY)
    driven = []
    for system, seed in logged("mumax3", zip(systems, seeds, strict=True), len(systems)):
        with guarded_folder() as (folder, group):
            script = write_script(system, folder, duration, outputs, seed, numerics)
            # Neither web server nor kernel cache outlives the run.
            arguments = [command, "-http", "", "-cache", "", script.name]
            launch("mumax3", arguments, folder / "log", group, numerics.engine_time_limit, {})
            files = sorted((folder / f"{NAME}.out").glob("m_full*.ovf"))
            snapshots = read_snapshots("mumax3", files, outputs, system.m)
        magnetisation = system.m.norm.array[:, :, 0, 0]
        driven.append(reduced(duration, snapshots, weight, magnetisation))
    return driven


def write_script(
    system: mm.System, folder: Path, duration: float, outputs: int, seed: int, numerics: Numerics
) -> Path:
    """Write the script and the fields that it loads into a folder; return the script's path."""
    import mumax3c

    translated, mesh = translate(system), system.m.mesh
    base = mm.System(name=NAME)
    base.energy = (
        mm.Exchange(A=float(system.energy.exchange.A.array.max()))
        + mm.UniaxialAnisotropy(K=0.0, u=system.energy.uniaxialanisotropy.u)
        + mm.Demag()
        + translated.energy.zeeman
    )
    base.dynamics, base.T, base.m = (
        system.dynamics.precession + system.dynamics.damping,
        system.T,
        system.m,
    )
    mumax3c.TimeDriver().write_mx3(
        base, dirname=str(folder), ovf_format="bin4", abspath=False, t=duration, n=outputs
    )
    torque = translated.dynamics.slonczewski
    current = np.zeros((*mesh.n, 3))
    current[..., 2] = torque.J.array[..., 0]
    df.Field(mesh, nvdim=3, value=current).to_file(folder / "current.ovf", representation="bin4")
    torque.mp.to_file(folder / "polarisation.ovf", representation="bin4")
    path = folder / f"{NAME}.mx3"
    before, marker, loop = path.read_text(encoding="utf-8").partition("for snap_counter")
    added = regions_script(system, folder) + torque_script() + solver_script(system, seed, numerics)
    path.write_text(before + added + marker + loop, encoding="utf-8")
    return path


def regions_script(system: mm.System, folder: Path) -> str:
    """Return the parameters that vary from cell to cell and write regions.ovf into a folder.

    Region 2 i + b has the i-th anisotropy, and weakened exchange if b is 1. The last region is
    empty.
    """
    anisotropy = system.energy.uniaxialanisotropy.K.array[..., 0]
    stiffness, dmi = system.energy.exchange.A.array[..., 0], system.energy.dmi.D.array[..., 0]
    weak = stiffness < stiffness.max()
    values, level = np.unique(anisotropy, return_inverse=True)
    if values.size > LEVELS:
        values = np.linspace(anisotropy.min(), anisotropy.max(), LEVELS)
        spacing = values[1] - values[0]
        level = np.rint((anisotropy - values[0]) / spacing).astype(int)
    region = 2 * level.reshape(anisotropy.shape) + weak
    empty = system.m.norm.array[..., 0] == 0
    region[empty] = 2 * values.size
    df.Field(system.m.mesh, nvdim=1, value=region[..., None].astype(float)).to_file(
        folder / "regions.ovf", representation="bin4"
    )
    full = (float(stiffness.max()), float(dmi[~weak].max()))
    weakened = (float(stiffness.min()), float(dmi[weak].max())) if weak.any() else full
    count = values.size
    lines = ['regions.LoadFile("regions.ovf")', f"Msat = {float(system.m.norm.array.max())!r}"]
    for i, value in enumerate(values):
        for b, (a, d) in enumerate((full, weakened)):
            lines += [
                f"Ku1.SetRegion({2 * i + b}, {float(value)!r})",
                f"Aex.SetRegion({2 * i + b}, {a!r})",
                # mumax3's interfacial DMI has the other sign.
                f"Dind.SetRegion({2 * i + b}, {-d!r})",
            ]
    if empty.any():
        lines.append(f"Msat.SetRegion({2 * count}, 0.0)")
    # Between different regions the film has the arithmetic mean of D, mumax3 the harmonic one.
    lines += [
        f"for i := 0; i < {count}; i++ {{",
        f"  for j := 0; j < {count}; j++ {{",
        f"    ext_InterDind(2*i, 2*j+1, {-(full[1] + weakened[1]) / 2!r})",
        "  }",
        "}",
        # Nothing beyond the film's edge, not even for the DMI.
        "OpenBC = true",
    ]
    return "\n".join(lines) + "\n"


def torque_script() -> str:
    """Return the spin torques, with OOMMF's signs for a fixed layer on top.

    Without Lambda the torque is -gamma_0 beta P/2 m x (mp x m), beta from the current along z.
    """
    return (
        "DisableZhangLiTorque = true\nFixedLayerPosition = FIXEDLAYER_TOP\n"
        "Pol = 1\nLambda = 1\nEpsilonPrime = 0\n"
        'J.Add(LoadFile("current.ovf"), 1)\nFixedLayer.Add(LoadFile("polarisation.ovf"), 1)\n'
    )


def solver_script(system: mm.System, seed: int, numerics: Numerics) -> str:
    """Return Heun's scheme with a fixed step at a temperature, else Dormand and Prince's."""
    if system.T > 0:
        step = numerics.llg_time_step / STEPS_PER_STEP
        return f"ThermSeed({seed % 2**31})\nSetSolver({HEUN})\nFixDt = {step!r}\n"
    return f"SetSolver({DORMAND_PRINCE})\nFixDt = 0\n"
