"""A short name for all that a simulated result follows from."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import afterpulse
from afterpulse.store import LIBRARIES, version


def fingerprint(content: Any) -> str:
    """Name a content together with this package and the libraries it computes with.

    Parameters
    ----------
    content : any
        What JSON can hold, such as resolved cards.

    Returns
    -------
    str
        Twelve hexadecimal digits of an SHA-256; another one where anything differs.
    """
    text = json.dumps([content, versions(), sources()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def versions() -> dict[str, str]:
    """Versions of this package and of the libraries that datasets name."""
    return {name: version(name) for name in ("afterpulse", *LIBRARIES)}


@cache
def sources() -> str:
    """SHA-256 of the package's source, which changes more often than its version."""
    sums = hashlib.sha256()
    folder = Path(afterpulse.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        sums.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return sums.hexdigest()
