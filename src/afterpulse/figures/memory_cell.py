"""Memory-cell model against the device on held-out trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.figures import style
from afterpulse.figures.spec import FigureSpec
from afterpulse.figures.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(
    device: NDArray[np.float64],
    standard_error: float,
    cell: NDArray[np.float64],
    delay: NDArray[np.float64],
    figure: Figure,
) -> None:
    """Draw the readings of the model against those of the device, and the error against delay.

    Parameters
    ----------
    device, cell : ndarray, shape (trains, pulses, readings)
        Mean m_z, NaN without a reading.
    standard_error : float
        Standard error of the device's mean, root mean square.
    delay : ndarray, shape (trains, pulses, readings)
        Time since the end of the pulse (s).
    figure : Figure
        Figure to draw onto, about twice as wide as high.
    """
    left, right = figure.subplots(1, 2)
    known = ~np.isnan(device)
    ends = [np.nanmin(device) - 0.05, np.nanmax(device) + 0.05]
    left.plot(ends, ends, color="0.6", linewidth=0.6, zorder=0)
    left.plot(device[known], cell[known], ".", color=COLOURS[0], markersize=1.5)
    left.set_xlabel(r"$\langle m_z\rangle$, device")
    left.set_ylabel(r"$\langle m_z\rangle$, model")
    off, after = (cell - device)[known], delay[known]
    edges = np.geomspace(after.min() * 0.99, after.max() * 1.01, 12)
    bin_of = np.digitize(after, edges) - 1
    used = [n for n in range(edges.size - 1) if np.any(bin_of == n)]
    middle = [np.sqrt(edges[n] * edges[n + 1]) for n in used]
    for values, label, marker in (
        ([np.sqrt(np.mean(off[bin_of == n] ** 2)) for n in used], "root mean square", "o"),
        ([np.mean(off[bin_of == n]) for n in used], "mean", "s"),
    ):
        right.plot(middle, values, marker=marker, label=label)
    right.axhline(
        standard_error, color="0.4", linestyle=":", label="standard error\nof the device's mean"
    )
    right.axhline(0.0, color="0.6", linewidth=0.6, zorder=0)
    right.set_xscale("log")
    right.set_xlabel("time after the pulse (s)")
    right.set_ylabel("model less device")
    right.margins(y=0.3)
    right.legend(loc="upper right")


def draw_files(paths: list[str], stem: str) -> None:
    """Draw the memory-cell model against the device on held-out trains."""
    # Importing JAX takes seconds, which the other figures do not need.
    from afterpulse.neuron import dataset, identify

    source = datasets.read(paths[0])
    cell, _ = dataset.from_dataset(source)
    device = identify.trains_of([datasets.read(path) for path in paths[1:]])
    predicted = identify.predicted(cell, device, datasets.card_time(source, "ageing"))
    figure = style.new_figure(2.8, width=2 * style.COLUMN)
    scatter = np.sqrt(np.nanmean(device.scatter**2) / device.replicates)
    draw(device.magnetisation, scatter, predicted, device.delay, figure)
    style.save(figure, stem)


FIGURE = FigureSpec(
    name="memory_cell",
    caption="Memory-cell model against the device on held-out trains. Right: error by delay.",
    inputs=lambda card: (
        ["cell.nc", "neuron/{held_out_part}.nc"] if card.memory_cell is not None else []
    ),
    draw=draw_files,
)
