"""Common style of all figures, and functions that save them.

The workflow and each of its jobs import the declarations of the figures. So matplotlib, which takes
half a second to import, is imported only where something is drawn.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from cycler import cycler

from afterpulse.datasets import whole

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMN = 3.4
"""Width of one column of a journal, in inches."""

# Okabe and Ito's palette, made for colour-blind readers; its yellow is too pale for lines.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
SEQUENTIAL = "viridis"
TWO_SIDED = "cividis"

SETTINGS: Any = {
    "axes.linewidth": 0.6,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.titlesize": 8,
    "errorbar.capsize": 1.5,
    "figure.constrained_layout.use": True,
    "font.size": 8,
    "hatch.linewidth": 0.5,
    "image.cmap": SEQUENTIAL,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,
    "xtick.direction": "in",
    "xtick.major.width": 0.6,
    "ytick.direction": "in",
    "ytick.major.width": 0.6,
}

PREFIXES = {0: "", -3: "m", -6: "µ", -9: "n", -12: "p"}


def apply() -> None:
    """Apply the settings to this process."""
    import matplotlib as mpl

    # discretisedfield brings a style of its own when it is imported.
    mpl.rcdefaults()
    mpl.rcParams.update(SETTINGS)


def new_figure(height: float, width: float = COLUMN) -> Figure:
    """Return an empty figure in this style, without global state; height and width in inches."""
    from matplotlib.figure import Figure

    apply()
    return Figure(figsize=(width, height))


def scaled_unit(largest: float, unit: str) -> tuple[float, str]:
    """Return the factor that scales a value to between 1 and 1000, and the prefixed unit.

    `largest` is the largest value of an axis in the SI unit `unit`.
    """
    size = abs(largest)
    power = 3 * int(np.floor(np.log10(size) / 3)) if size > 0 and np.isfinite(size) else 0
    power = min(max(power, min(PREFIXES)), 0)
    return 10.0**-power, PREFIXES[power] + unit


def printed(value: float, unit: str) -> str:
    """Return the text of a quantity with a prefixed unit, such as 10 µs."""
    # Rounded first, so that 999.9999 ps is 1 ns.
    rounded = float(f"{value:.3g}")
    factor, prefixed = scaled_unit(rounded * (1 + 1e-12), unit)
    return f"{rounded * factor:.3g} {prefixed}"


def round_values(low: float, high: float) -> list[float]:
    """Return the values 1, 2 and 5 times powers of ten between two positive values."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    values = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    return [value for value in values if low <= value * (1 + 1e-9) and value <= high * (1 + 1e-9)]


def lowest_colour(times: xr.DataArray, window: float) -> float:
    """Return the lower end (s) of a colour scale of times up to `window` (s), NaN allowed.

    The scale has a decade at least, so that some round values are on it.
    """
    return float(np.fmin(times.min(), 0.1 * window))


AMPLITUDES = {
    "A": (1e3, "pulse amplitude (mA)"),
    "A m-2": (1e-10, r"current density of the pulse ($10^{10}$ A/m$^2$)"),
    "V": (1.0, "pulse voltage (V)"),
}
"""Factor and label of an axis of amplitudes, by their unit."""


def amplitude_scale(decay: xr.Dataset) -> tuple[float, str]:
    """Return the entry of `AMPLITUDES` for a dataset."""
    return AMPLITUDES[decay["pulse_amplitude"].attrs.get("units", "A")]


def amplitude_axes(axes: Axes, critical_current: float) -> None:
    """Label the x axis, in mA, and add an upper axis in critical currents (A) if finite."""
    axes.set_xlabel(AMPLITUDES["A"][1])
    if np.isfinite(critical_current) and critical_current != 0:
        milliampere = 1e3 * critical_current
        upper = axes.secondary_xaxis(
            "top",
            functions=(
                lambda x: np.asarray(x) / milliampere,
                lambda x: np.asarray(x) * milliampere,
            ),
        )
        upper.set_xlabel(r"$I/I_\mathrm{c}$")


def save(figure: Figure, stem: str | Path) -> list[Path]:
    """Write a figure as PNG (300 dpi) and PDF, whole or not at all and without a date.

    Parameters
    ----------
    figure : Figure
        Figure to save.
    stem : str or Path
        Path without suffix; the folder is created.

    Returns
    -------
    list of Path
        The PNG and the PDF file.
    """
    without_date = {
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None},
    }
    # Both files have one layout, which takes as long as to draw.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    files = []
    for ending, metadata in without_date.items():
        path = Path(f"{stem}.{ending}")
        with whole(path) as beside:
            figure.savefig(beside, format=ending, dpi=300, metadata=metadata)
        files.append(path)
    return files


def save_animation(animation: FuncAnimation, stem: str | Path) -> list[Path]:
    """Write an animation as GIF (150 dpi, ten frames per second) and as HTML, as `save` does.

    Snakemake's report shows HTML pages, but a GIF only as a download.
    """
    from matplotlib.animation import PillowWriter

    picture, page = Path(f"{stem}.gif"), Path(f"{stem}.html")
    with whole(picture) as beside:
        animation.save(beside, writer=PillowWriter(fps=10), dpi=150)
    encoded = b64encode(picture.read_bytes()).decode()
    with whole(page) as beside:
        beside.write_text(
            f'<!doctype html>\n<img src="data:image/gif;base64,{encoded}" alt="film">\n',
            encoding="utf-8",
        )
    return [picture, page]
