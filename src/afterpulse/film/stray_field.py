"""Stray field between FM units: near pairs one by one, the whole film by FFT.

The cells of a film are given by `unit_index`, the unit of each, of shape (nx, ny).
"""

import numpy as np
import scipy
from numpy.typing import NDArray

from afterpulse.device.dipolar_field import prism_field_zz

POINTS_IN_CELL = 6
# Units whose centres are closer than this many mean diameters count as near: some 130 in a large
# film. Beyond it a unit that reverses changes the energy of another by a hundredth of k_B T.
NEAR = 5.7


def cell_kernel(cells: int, cell: float, thickness: float) -> NDArray[np.float64]:
    """Return H_z/M (1) of a cell, averaged over another cell, at all offsets in the film.

    The film has `cells` of the edge `cell` (m) along each edge. The result has the shape
    (2 cells - 1, 2 cells - 1), zero offset in the middle.
    """
    offset = np.arange(-(cells - 1), cells) * cell
    # The field of a neighbour varies strongly over a cell: average it over points inside.
    inside = ((np.arange(POINTS_IN_CELL) + 0.5) / POINTS_IN_CELL - 0.5) * cell
    return np.mean(
        [
            prism_field_zz(offset[:, None] + x, offset[None, :] + y, cell, cell, thickness)
            for x in inside
            for y in inside
        ],
        axis=0,
    )


def near_pairs(unit_index: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return pairs of units that touch or whose centres are within `NEAR` mean diameters.

    Each pair is listed in both orders, sorted by the first unit, then by the second.
    """
    area = np.bincount(unit_index.ravel())
    positions = np.indices(unit_index.shape).reshape(2, -1)
    centres = np.stack([np.bincount(unit_index.ravel(), axis) / area for axis in positions], axis=1)
    reach = NEAR * np.sqrt(4 / np.pi * area.mean())
    close = scipy.spatial.cKDTree(centres).query_pairs(reach, output_type="ndarray")
    pairs = np.concatenate(
        [close, close[:, ::-1], np.stack(touching_cells(unit_index), axis=1)]
    ).astype(np.int64)
    unit, other = np.divmod(np.unique(pairs[:, 0] * area.size + pairs[:, 1]), area.size)
    return unit.astype(np.int32), other.astype(np.int32)


def touching_cells(
    unit_index: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the units on both sides of each edge between cells of unlike units, both orders."""
    across, along = (unit_index[1:], unit_index[:-1]), (unit_index[:, 1:], unit_index[:, :-1])
    near = np.concatenate([side.ravel() for side in (*across, *along)])
    far = np.concatenate([side.ravel() for side in (*across[::-1], *along[::-1])])
    unlike = near != far
    return near[unlike], far[unlike]


def dipolar_volumes(
    unit_index: NDArray[np.int32],
    cell: float,
    thickness: float,
    unit: NDArray[np.integer],
    other: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Return the dipolar coupling G of pairs of units (m³), summed over their cells.

    The energy is -(mu_0 M_s²/2) sum_ij G_ij s_i s_j.

    Parameters
    ----------
    unit_index : ndarray of int32, shape (nx, ny)
        On the cells.
    cell, thickness : float
        m.
    unit, other : ndarray of int, shape (pairs,)
        Units of each pair, sorted by `unit`; they may be the same unit.
    """
    # Takes half a second to import, which jobs that read their sample should not pay.
    from scipy.signal import fftconvolve

    units = int(unit_index.max()) + 1
    low, high = np.full((units, 2), max(unit_index.shape)), np.zeros((units, 2), int)
    for axis, position in enumerate(np.indices(unit_index.shape)):
        np.minimum.at(low[:, axis], unit_index, position)
        np.maximum.at(high[:, axis], unit_index, position + 1)
    start = np.searchsorted(unit, np.arange(units + 1))
    patches = {}
    for source in np.unique(unit):
        partners = slice(start[source], start[source + 1])
        involved = np.append(other[partners], source)
        (left, bottom), (right, top) = low[involved].min(axis=0), high[involved].max(axis=0)
        patches[source] = partners, unit_index[left:right, bottom:top]
    reach = max((max(patch.shape) for _, patch in patches.values()), default=1)
    kernel = cell_kernel(reach, cell, thickness)
    middle = reach - 1
    result = np.empty(unit.size)
    for source, (partners, patch) in patches.items():
        x, y = patch.shape
        around = kernel[middle - x + 1 : middle + x, middle - y + 1 : middle + y]
        field = fftconvolve((patch == source).astype(float), around, mode="same")
        total = np.bincount(patch.ravel(), field.ravel(), minlength=units)
        result[partners] = total[other[partners]]
    return result * cell**2 * thickness


def film_spectrum(cells: int, cell: float, thickness: float) -> NDArray[np.float64]:
    """Return the Fourier transform (m³) of the coupling between cells, for `film_coupling`.

    Parameters are those of `cell_kernel`. The result is on the padded film, shape
    (p // 2 + 1, p), y before x; it is real, since the coupling is even in both directions.
    """
    padded = scipy.fft.next_fast_len(2 * cells - 1, real=True)
    spread = np.zeros((padded, padded))
    position = np.arange(-(cells - 1), cells) % padded
    spread[np.ix_(position, position)] = cell_kernel(cells, cell, thickness)
    return np.asarray(scipy.fft.rfft2(spread).real.T * cell**2 * thickness, dtype=np.float64)


def film_coupling(
    unit_index: NDArray[np.int32], spectrum: NDArray[np.floating], state: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the sum of G_ij s_j over all units j, including j = i.

    Parameters
    ----------
    unit_index : ndarray of int32, shape (nx, ny)
        On the cells.
    spectrum : ndarray
        From `film_spectrum`; its precision and unit are those of the result.
    state : ndarray, shape (units,)
        s_j, -1 or 1.
    """
    padded, nx, ny = spectrum.shape[1], *unit_index.shape
    magnetisation = state[unit_index].astype(spectrum.dtype)
    # One axis after the other: lines that are only padding are never transformed.
    lines = np.ascontiguousarray(scipy.fft.rfft(magnetisation, n=padded, axis=1).T)
    product = scipy.fft.ifft(
        scipy.fft.fft(lines, n=padded, axis=1) * spectrum, axis=1, overwrite_x=True
    )
    field = scipy.fft.irfft(np.ascontiguousarray(product[:, :nx].T), n=padded, axis=1)[:, :ny]
    total = np.bincount(unit_index.ravel(), field.ravel(), minlength=state.size)
    return np.asarray(total, dtype=np.float64)
