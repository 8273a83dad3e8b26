"""Keep compiled programs between processes."""

import os
import threading
import warnings
from pathlib import Path

import jax

# Held for a call of no steps, so that the first thread compiles while the others wait.
COMPILING = threading.Lock()


def enable_compilation_cache() -> None:
    """Let JAX store compiled programs in the user's cache directory.

    The directory is ``$XDG_CACHE_HOME/afterpulse/jax`` or ``~/.cache/afterpulse/jax``, unless JAX
    has one already. If it is not writable, a warning is given and nothing is stored.
    """
    if getattr(jax.config, "jax_compilation_cache_dir", None):
        return
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        directory = Path(base, "afterpulse", "jax")
        directory.mkdir(parents=True, exist_ok=True)
        writable = os.access(directory, os.W_OK | os.X_OK)
    except (OSError, RuntimeError):
        writable = False
    if not writable:
        warnings.warn(
            "JAX compiles its programs again in each process, because its cache folder is not "
            "writable; set JAX_COMPILATION_CACHE_DIR to a writable folder",
            RuntimeWarning,
            stacklevel=2,
        )
        return
    jax.config.update("jax_compilation_cache_dir", str(directory))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
