"""Engines, cores, accelerators and cluster of this machine."""

import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
from dataclasses import dataclass

from afterpulse.cli.cores import usable_cores
from afterpulse.engines import EngineError
from afterpulse.engines.oommf import check_table, run_oommf
from afterpulse.engines.process import guarded_folder

# One cell with uniaxial anisotropy for a picosecond.
ONE_SPIN = """# MIF 2.1
Specify Oxs_BoxAtlas:atlas { xrange {0 1e-9} yrange {0 1e-9} zrange {0 1e-9} }
Specify Oxs_RectangularMesh:mesh { cellsize {1e-9 1e-9 1e-9} atlas :atlas }
Specify Oxs_UniaxialAnisotropy { K1 1e5 axis {0 0 1} }
Specify Oxs_RungeKuttaEvolve:evolver {}
Specify Oxs_TimeDriver {
  evolver :evolver mesh :mesh stopping_time 1e-12 Ms 1e6 m0 {1 0 1} basename spin
}
Destination archive mmArchive
Schedule DataTable archive Stage 1
"""
OOMMF_TIME_LIMIT = 60.0


@dataclass(frozen=True)
class Finding:
    """Availability of a component; `detail` is its version, or how to install it."""

    name: str
    available: bool
    detail: str


def examine() -> list[Finding]:
    """Return the availability of all components that afterpulse can use."""
    return [python(), cores(), embedded(), oommf(), accelerator(), slurm()]


def python() -> Finding:
    """Report the versions of Python and afterpulse."""
    versions = f"{platform.python_version()}, afterpulse {importlib.metadata.version('afterpulse')}"
    return Finding("Python", True, versions)


def cores() -> Finding:
    """Report the cores that this process may use."""
    usable = usable_cores()
    return Finding("cores", True, f"{usable}: make run CORES={usable}")


def embedded() -> Finding:
    """Report the embedded calculator."""
    return Finding("engine embedded", True, f"JAX {importlib.metadata.version('jax')}")


def oommf() -> Finding:
    """Test OOMMF by running one spin."""
    name = "engine oommf"
    if importlib.util.find_spec("oommfc") is None:
        return Finding(name, False, "oommfc is missing: pip install oommfc")
    try:
        with guarded_folder() as (folder, group):
            mif = folder / "spin.mif"
            mif.write_text(ONE_SPIN)
            run_oommf(mif, group, OOMMF_TIME_LIMIT)
            check_table(mif, 1)
    except EngineError as error:
        return Finding(name, False, str(error))
    version = importlib.metadata.version("oommfc")
    return Finding(name, True, f"{shutil.which('oommf')} ran a spin, oommfc {version}")


def accelerator() -> Finding:
    """Report the devices of JAX other than the CPU."""
    import jax

    devices = [device for device in jax.devices() if device.platform != "cpu"]
    if devices:
        return Finding("accelerator", True, ", ".join(device.device_kind for device in devices))
    return Finding("accelerator", False, "none for JAX; with a GPU: pip install 'jax[cuda13]'")


def slurm() -> Finding:
    """Report Slurm and Snakemake's plugin for it."""
    command = shutil.which("sbatch")
    if command is None:
        return Finding("Slurm", False, "no command sbatch; use a login node of a cluster")
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return Finding("Slurm", False, "pip install -r requirements-slurm.txt")
    run = subprocess.run(
        [command, "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    # Without a cluster, the last line of the message is the most informative.
    lines = (run.stdout.strip() or run.stderr.strip() or "no output of sbatch").splitlines()
    return Finding("Slurm", run.returncode == 0, lines[-1])
