"""One random sample of a device on the grid: FM units, AFM grains and how they touch."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.film.stray_field import dipolar_volumes, near_pairs, touching_cells
from afterpulse.film.tessellation import lognormal_diameters, power_diagram

# A grain is much smaller than an FM unit, so it is drawn on a finer raster than the cells.
PIXELS_PER_CELL = 4


@dataclass(frozen=True)
class Sample:
    """Geometry and spreads of one film; lengths in m, first grid axis x.

    Attributes
    ----------
    cell : float
        Edge of a cell (m).
    unit_index : ndarray of int32, shape (nx, ny)
        FM unit of each cell.
    grain_index : ndarray of int32, shape (nx * PIXELS_PER_CELL, ny * PIXELS_PER_CELL)
        AFM grain of each raster point.
    anisotropy_factor : ndarray, shape (nx, ny)
        K of a cell over the card's.
    unit_area : ndarray, shape (units,)
        m².
    unit_anisotropy_factor, unit_threshold_factor : ndarray, shape (units,)
        K and critical current of a unit over the card's.
    pair_unit, pair_other : ndarray of int32, shape (pairs,)
        Units that are near each other, each pair in both orders, sorted.
    pair_border_length : ndarray, shape (pairs,)
        Length along which they touch (m).
    pair_dipolar_volume : ndarray, shape (pairs,)
        G of the dipolar energy -(mu_0 M_s²/2) sum_ij G_ij s_i s_j (m³).
    own_dipolar_volume : ndarray, shape (units,)
        G_ii (m³); -G_ii is the unit's volume times its demagnetising factor.
    grain_area : ndarray, shape (grains,)
        m².
    grain_axis : ndarray, shape (grains, 3)
        Easy axes, unit vectors with z >= 0.
    contact_unit, contact_grain : ndarray of int32, shape (contacts,)
        Pairs that touch.
    contact_area : ndarray, shape (contacts,)
        m².
    """

    cell: float
    unit_index: NDArray[np.int32]
    grain_index: NDArray[np.int32]
    anisotropy_factor: NDArray[np.float64]
    unit_area: NDArray[np.float64]
    unit_anisotropy_factor: NDArray[np.float64]
    unit_threshold_factor: NDArray[np.float64]
    pair_unit: NDArray[np.int32]
    pair_other: NDArray[np.int32]
    pair_border_length: NDArray[np.float64]
    pair_dipolar_volume: NDArray[np.float64]
    own_dipolar_volume: NDArray[np.float64]
    grain_area: NDArray[np.float64]
    grain_axis: NDArray[np.float64]
    contact_unit: NDArray[np.int32]
    contact_grain: NDArray[np.int32]
    contact_area: NDArray[np.float64]


def make_sample(device: Device, experiment: Experiment, random: np.random.Generator) -> Sample:
    """Draw a sample.

    Parameters
    ----------
    device : Device
        Materials, grains and units.
    experiment : Experiment
        Window and cell.
    random : numpy.random.Generator
        All of the sample's randomness.

    Returns
    -------
    Sample
        The film.
    """
    magnet, antiferromagnet = device.ferromagnet, device.antiferromagnet
    switching = device.switching
    cell = experiment.numerics.cell
    cells = round(experiment.numerics.window / cell)
    window_area = (cells * cell) ** 2

    unit_diameters = lognormal_diameters(
        magnet.unit_diameter.value, magnet.unit_diameter_spread.value, window_area, random
    )
    unit_index = without_gaps(power_diagram(unit_diameters, cells, cell, random))
    units = int(unit_index.max()) + 1

    pixel = cell / PIXELS_PER_CELL
    grain_diameters = lognormal_diameters(
        antiferromagnet.grain_diameter.value,
        antiferromagnet.grain_diameter_spread.value,
        window_area,
        random,
    )
    grain_index = without_gaps(
        power_diagram(grain_diameters, cells * PIXELS_PER_CELL, pixel, random)
    )
    grains = int(grain_index.max()) + 1

    spread_of_unit = np.maximum(
        1 + magnet.anisotropy_spread.value * random.standard_normal(units), 0.1
    )
    anisotropy_factor = spread_of_unit[unit_index] * weak_spots(
        cells,
        cell,
        switching.weak_spot_density.value,
        switching.weak_spot_diameter.value,
        switching.weak_spot_anisotropy.value,
        random,
    )
    cells_of_unit = np.bincount(unit_index.ravel(), minlength=units)
    contact_unit, contact_grain, contact_area = contacts(unit_index, grain_index, pixel)
    unit, other = near_pairs(unit_index)
    each, thickness = np.arange(units), magnet.thickness.value
    return Sample(
        cell=cell,
        unit_index=unit_index,
        grain_index=grain_index,
        anisotropy_factor=anisotropy_factor,
        unit_area=(cells_of_unit * cell**2).astype(np.float64),
        unit_anisotropy_factor=np.bincount(unit_index.ravel(), anisotropy_factor.ravel())
        / cells_of_unit,
        unit_threshold_factor=np.exp(
            switching.critical_current_spread.value * random.standard_normal(units)
        ),
        pair_unit=unit,
        pair_other=other,
        pair_border_length=border_lengths(unit_index, cell, unit, other),
        pair_dipolar_volume=dipolar_volumes(unit_index, cell, thickness, unit, other),
        own_dipolar_volume=dipolar_volumes(unit_index, cell, thickness, each, each),
        grain_area=(np.bincount(grain_index.ravel()) * pixel**2).astype(np.float64),
        grain_axis=easy_axes(
            grains,
            antiferromagnet.easy_axis_polar_angle.value,
            antiferromagnet.easy_axis_azimuth.value,
            antiferromagnet.easy_axis_spread.value,
            random,
        ),
        contact_unit=contact_unit,
        contact_grain=contact_grain,
        contact_area=contact_area,
    )


def without_gaps(index: NDArray[np.int32]) -> NDArray[np.int32]:
    """Renumber so that every number from 0 on owns a raster point."""
    return np.unique(index, return_inverse=True)[1].reshape(index.shape).astype(np.int32)


def weak_spots(
    cells: int,
    cell: float,
    density: float,
    diameter: float,
    factor: float,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Anisotropy factor of each cell with discs of lowered anisotropy at random places.

    Parameters
    ----------
    cells : int
        Along each edge.
    cell : float
        m.
    density : float
        Spots an area (1/m²).
    diameter : float
        m.
    factor : float
        Anisotropy inside a spot over that outside.
    random : numpy.random.Generator
        Number and places.

    Returns
    -------
    ndarray, shape (cells, cells)
        1 or `factor`.
    """
    count = random.poisson(density * (cells * cell) ** 2)
    centres = random.uniform(0, cells * cell, size=(count, 2))
    axis = (np.arange(cells) + 0.5) * cell
    result = np.ones((cells, cells))
    for x, y in centres:
        inside = (axis[:, None] - x) ** 2 + (axis[None, :] - y) ** 2 <= (diameter / 2) ** 2
        result[inside] = factor
    return result


def easy_axes(
    grains: int, polar: float, azimuth: float, spread: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Easy axes around a mean direction, with a normal spread of the angle to it.

    Parameters
    ----------
    grains : int
        Number.
    polar, azimuth : float
        Mean direction (rad).
    spread : float
        Standard deviation of each of the two tilts (rad).
    random : numpy.random.Generator
        The tilts.

    Returns
    -------
    ndarray, shape (grains, 3)
        Unit vectors with z >= 0.
    """
    mean = np.array(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
    )
    along = np.array(
        [np.cos(polar) * np.cos(azimuth), np.cos(polar) * np.sin(azimuth), -np.sin(polar)]
    )
    across = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
    tilts = np.tan(spread * random.standard_normal((grains, 2)))
    axes = mean + tilts[:, :1] * along + tilts[:, 1:] * across
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    return np.where(axes[:, 2:] < 0, -axes, axes)


def contacts(
    unit_index: NDArray[np.int32], grain_index: NDArray[np.int32], pixel: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Pairs of unit and grain that overlap, with their areas.

    Parameters
    ----------
    unit_index : ndarray, shape (nx, ny)
        On the cells.
    grain_index : ndarray, shape (nx * p, ny * p)
        On the finer raster.
    pixel : float
        Edge of a raster point (m).

    Returns
    -------
    unit, grain : ndarray of int32, shape (contacts,)
        Sorted by unit, then grain.
    area : ndarray, shape (contacts,)
        m².
    """
    fine = grain_index.shape[0] // unit_index.shape[0]
    unit = np.repeat(np.repeat(unit_index, fine, axis=0), fine, axis=1)
    grains = int(grain_index.max()) + 1
    pairs, count = np.unique(unit.astype(np.int64) * grains + grain_index, return_counts=True)
    return (pairs // grains).astype(np.int32), (pairs % grains).astype(np.int32), count * pixel**2


def border_lengths(
    unit_index: NDArray[np.int32],
    cell: float,
    unit: NDArray[np.int32],
    other: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Length along which the units of each pair touch.

    A staircase is 4/pi longer than the curve that it stands for, averaged over directions.

    Parameters
    ----------
    unit_index : ndarray of int32, shape (nx, ny)
        On the cells.
    cell : float
        m.
    unit, other : ndarray of int32, shape (pairs,)
        From `near_pairs`.

    Returns
    -------
    ndarray, shape (pairs,)
        m, 0 where they do not touch.
    """
    units = int(unit_index.max()) + 1
    one, across = touching_cells(unit_index)
    pair, edges = np.unique(one.astype(np.int64) * units + across, return_counts=True)
    length = np.zeros(unit.size)
    length[np.searchsorted(unit.astype(np.int64) * units + other, pair)] = edges
    return length * cell * np.pi / 4


DIMENSIONS = {
    "unit_index": ("x", "y"),
    "grain_index": ("x_fine", "y_fine"),
    "anisotropy_factor": ("x", "y"),
    "unit_area": ("unit",),
    "unit_anisotropy_factor": ("unit",),
    "unit_threshold_factor": ("unit",),
    "pair_unit": ("pair",),
    "pair_other": ("pair",),
    "pair_border_length": ("pair",),
    "pair_dipolar_volume": ("pair",),
    "own_dipolar_volume": ("unit",),
    "grain_area": ("grain",),
    "grain_axis": ("grain", "component"),
    "contact_unit": ("contact",),
    "contact_grain": ("contact",),
    "contact_area": ("contact",),
}


def to_dataset(sample: Sample) -> xr.Dataset:
    """Put a sample's arrays into a dataset, with the cell's edge as a scalar."""
    arrays = {name: (dims, getattr(sample, name)) for name, dims in DIMENSIONS.items()}
    axis = (np.arange(sample.unit_index.shape[0]) + 0.5) * sample.cell
    return xr.Dataset({**arrays, "cell": ((), sample.cell)}, coords={"x": axis, "y": axis})


def from_dataset(dataset: xr.Dataset) -> Sample:
    """Undo `to_dataset`."""
    arrays = {name: dataset[name].values for name in DIMENSIONS}
    return Sample(cell=float(dataset["cell"]), **arrays)
