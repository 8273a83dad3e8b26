"""The film that all benchmarks drive, in each of the codes, and the cores they run on."""

import logging
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any, TypeVar

# Set before any code starts its threads; programs that they start inherit it.
THREADS = int(os.environ.get("THREADS", "1"))
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])

import discretisedfield as df  # noqa: E402
import micromagneticmodel as mm  # noqa: E402
import numpy as np  # noqa: E402

try:
    import oommfc
except ImportError:
    oommfc = None
try:
    import magnumnp
    import torch
except ImportError:
    magnumnp = None
try:
    import diffrax
except ImportError:
    diffrax = None

CELL = 3e-9
THICKNESS = 1e-9
M_S, A, K, D = 1e6, 1.5e-11, 8e5, 1e-3
ALPHA, J, P, EPS_PRIME = 0.1, 3e11, 0.1, 0.01
START = (0.1, 0.1, 1)

Result = TypeVar("Result")


def bias(cells: int, seed: int) -> np.ndarray:
    """Exchange bias of grains of one cell, in A/m, shape (cells, cells, 1, 3)."""
    return 1e4 * np.random.default_rng(seed).normal(size=(cells, cells, 1, 3))


def film(cells: int, seed: int, temperature: float = 0, name: str | None = None) -> mm.System:
    """Film with demag, exchange, anisotropy, DMI, exchange bias and a spin-orbit torque."""
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * CELL, cells * CELL, THICKNESS), n=(cells, cells, 1))
    system = mm.System(name=name or f"film{seed}", T=temperature)
    system.m = df.Field(mesh, nvdim=3, value=START, norm=M_S)
    system.energy = (
        mm.Demag()
        + mm.Exchange(A=A)
        + mm.UniaxialAnisotropy(K=K, u=(0, 0, 1))
        + mm.DMI(D=D, crystalclass="Cnv_z")
        + mm.Zeeman(H=df.Field(mesh, nvdim=3, value=bias(cells, seed)))
    )
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=ALPHA)
        + mm.Slonczewski(J=J, mp=(0, 1, 0), P=P, Lambda=1, eps_prime=EPS_PRIME)
    )
    return system


def magnumnp_film(cells: int, seed: int) -> tuple[Any, list[Any]]:
    """Build the same film for magnum.np at T = 0: its state and its terms."""
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(THREADS)
    torch.set_default_dtype(torch.float64)
    state = magnumnp.State(magnumnp.Mesh((cells, cells, 1), (CELL, CELL, THICKNESS)))
    material = {"Ms": M_S, "A": A, "Ku": K, "Ku_axis": (0, 0, 1), "Di": D, "alpha": ALPHA}
    current = {"J": J, "P": P, "Lambda": 1.0, "mp": (0, 1, 0), "epsilon_prime": EPS_PRIME}
    state.material = {**material, **current, "d": THICKNESS}
    direction = torch.tensor(START) / np.linalg.norm(START)
    state.m = direction.expand(cells, cells, 1, 3).clone()
    terms = [
        magnumnp.DemagField(),
        magnumnp.ExchangeField(),
        magnumnp.UniaxialAnisotropyField(),
        magnumnp.InterfaceDMIField(),
        magnumnp.ExternalField(torch.tensor(bias(cells, seed))),
        magnumnp.SpinTorqueSlonczewski(),
    ]
    return state, terms


def oommf_runner() -> Any:
    """Build a runner that ends OOMMF's servers without Tk, which fails where there is no display.

    Returns None where OOMMF is absent.
    """
    if oommfc is None or shutil.which("oommf") is None:
        return None

    class Runner(oommfc.oommf.oommf.ExeOOMMFRunner):
        def _kill(self, targets: tuple[str, ...] = ("all",), dry_run: bool = False) -> str:
            command = ["oommf", "killoommf", "-tk", "0", "-q", *targets]
            if not dry_run:
                subprocess.run(command, capture_output=True, check=False)
            return " ".join(command)

    return Runner()


def timed(run: Callable[[], Result]) -> tuple[float, Result]:
    """Wall time in s, and the result."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def best(run: Callable[[], object], repeats: int = 3) -> float:
    """Shortest of a few wall times in s."""
    return min(timed(run)[0] for _ in range(repeats))
