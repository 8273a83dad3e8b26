"""The embedded micromagnetic calculator: a micromagneticmodel.System in, drives on JAX out."""

import jax

# Times, step numbers and the T = 0 integrator need 64 bits; the arrays of a float32 run are
# cast explicitly.
jax.config.update("jax_enable_x64", True)

from .batch import BatchOptions, BatchResult, drive_batch, relax_batch  # noqa: E402
from .compilation_cache import enable_compilation_cache  # noqa: E402
from .compute import compute, snapshot_energies  # noqa: E402
from .delete import delete  # noqa: E402
from .energy_drivers import HysteresisDriver, MinDriver, RelaxDriver  # noqa: E402
from .evolution import IntegrationError  # noqa: E402
from .evolvers import (  # noqa: E402
    AdaptiveEvolver,
    CGEvolver,
    DescentEvolver,
    EulerEvolver,
    RungeKuttaEvolver,
    SpinTEvolver,
    SpinXferEvolver,
    ThermalEvolver,
    UHH_ThetaEvolver,
    Xf_ThermHeunEvolver,
    Xf_ThermSpinXferEvolver,
)
from .mesh import UnsupportedSystem  # noqa: E402
from .string_method import EnergyPath, minimum_energy_path  # noqa: E402
from .time_driver import TimeDriver  # noqa: E402

enable_compilation_cache()

__all__ = [
    "AdaptiveEvolver",
    "BatchOptions",
    "BatchResult",
    "CGEvolver",
    "DescentEvolver",
    "EnergyPath",
    "EulerEvolver",
    "ThermalEvolver",
    "HysteresisDriver",
    "IntegrationError",
    "MinDriver",
    "RelaxDriver",
    "RungeKuttaEvolver",
    "SpinTEvolver",
    "SpinXferEvolver",
    "TimeDriver",
    "UHH_ThetaEvolver",
    "UnsupportedSystem",
    "Xf_ThermHeunEvolver",
    "Xf_ThermSpinXferEvolver",
    "compute",
    "delete",
    "drive_batch",
    "minimum_energy_path",
    "relax_batch",
    "snapshot_energies",
]
