"""What this machine offers afterpulse, and what to install for what is missing."""

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

# One cell under nothing but its anisotropy for a picosecond.
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
    """One thing that was looked for.

    Attributes
    ----------
    what : str
        Its name.
    found : bool
        Whether it can be used.
    detail : str
        Which it is, or what to do for it; one line.
    """

    what: str
    found: bool
    detail: str


def examine() -> list[Finding]:
    """Look for all that afterpulse can use.

    Returns
    -------
    list of Finding
        Python and processor first, then engines, accelerator and cluster.
    """
    return [python(), cores(), embedded(), oommf(), accelerator(), slurm()]


def python() -> Finding:
    """Interpreter and package."""
    versions = f"{platform.python_version()}, afterpulse {importlib.metadata.version('afterpulse')}"
    return Finding("Python", True, versions)


def cores() -> Finding:
    """Cores that this process may use."""
    usable = usable_cores()
    return Finding("cores", True, f"{usable}: make run CORES={usable}")


def embedded() -> Finding:
    """Calculator of this package."""
    return Finding("engine embedded", True, f"JAX {importlib.metadata.version('jax')}")


def oommf() -> Finding:
    """OOMMF, by running one spin."""
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
    """Devices that JAX sees beside the processor."""
    import jax

    devices = [device for device in jax.devices() if device.platform != "cpu"]
    if devices:
        return Finding("accelerator", True, ", ".join(device.device_kind for device in devices))
    return Finding(
        "accelerator", False, "JAX sees none: pip install 'jax[cuda13]' where there is one"
    )


def slurm() -> Finding:
    """Slurm, and Snakemake's way to it."""
    command = shutil.which("sbatch")
    if command is None:
        return Finding(
            "Slurm", False, "there is no command sbatch: work on a login node of a cluster"
        )
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return Finding("Slurm", False, "pip install -r requirements-slurm.txt")
    told = subprocess.run(
        [command, "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    # Without a cluster it says in many lines that it finds none; the last one says most.
    lines = (told.stdout.strip() or told.stderr.strip() or "sbatch says nothing").splitlines()
    return Finding("Slurm", told.returncode == 0, lines[-1])
