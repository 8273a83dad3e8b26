"""Functions compiled by Numba, whose machine code is kept between processes if possible."""

import os
import stat
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba as nb
from numba.core.caching import FunctionCache


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function by Numba in nopython mode, with NumPy's rules for division by zero.

    Machine code goes to the first writable folder of: beside the module, Numba's cache of the
    user, a private folder for temporary files. Without one, or on a full disk, each process
    compiles anew, after one warning.
    """
    # Nothing calls these functions from C; without that entry a fifth of the compilation is saved.
    njit: Any = nb.njit  # The type hints of Numba lack this option.
    dispatcher: Any = njit(error_model="numpy", no_cfunc_wrapper=True)(function)
    try:
        dispatcher._cache = _Cache(function)
    except RuntimeError:
        config: Any = nb.config
        if not config.CACHE_DIR and (folder := private_folder()) is not None:
            config.CACHE_DIR = str(folder)
            return compiled(function)
        _warn("no folder for it can be written to; NUMBA_CACHE_DIR names one")
    return dispatcher


class _Cache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of a function, without which the function still runs."""

    def save_overload(self, sig: Any, data: Any) -> None:
        """Write machine code, or warn that it cannot be written."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _warn(f"{self.cache_path}: {error.strerror or error}")


def private_folder() -> Path | None:
    """Return a temporary folder that no other account can write to, or None.

    Numba runs the code in its cache.
    """
    folder = Path(tempfile.gettempdir(), f"afterpulse-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return folder if private and status.st_uid == os.getuid() else None


def _warn(reason: str) -> None:
    if not _warned:
        _warned.append(reason)
        warnings.warn(
            f"compiled functions are not kept between processes ({reason})",
            RuntimeWarning,
            stacklevel=3,
        )


_warned: list[str] = []
