"""One random sample of a device on the grid: FM units, AFM grains and their contacts."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.film.stray_field import dipolar_volumes, near_pairs, touching_cells
from afterpulse.film.tessellation import lognormal_diameters, power_diagram

# A grain is much smaller than an FM unit, so grains are drawn on a finer raster than the cells.
PIXELS_PER_CELL = 4


def _array(*dimensions: str) -> Any:
    return field(metadata={"dimensions": dimensions})


@dataclass(frozen=True)
class Sample:
    """Geometry and spreads of one film; lengths in m, first grid axis x.

    Each array is given with its dimensions in the stored dataset.
    """

    cell: float
    """Edge of a cell (m)."""
    unit_index: NDArray[np.int32] = _array("x", "y")
    """FM unit of each cell."""
    grain_index: NDArray[np.int32] = _array("x_fine", "y_fine")
    """AFM grain of each raster point, PIXELS_PER_CELL of them along the edge of a cell."""
    anisotropy_factor: NDArray[np.float64] = _array("x", "y")
    """K of a cell over the card's."""
    unit_area: NDArray[np.float64] = _array("unit")
    """Area of each unit (m²)."""
    unit_anisotropy_factor: NDArray[np.float64] = _array("unit")
    """K of a unit over the card's."""
    unit_threshold_factor: NDArray[np.float64] = _array("unit")
    """Critical current of a unit over the card's."""
    pair_unit: NDArray[np.int32] = _array("pair")
    """First unit of each pair of near units; each pair in both orders, sorted."""
    pair_other: NDArray[np.int32] = _array("pair")
    """Second unit of each pair."""
    pair_border_length: NDArray[np.float64] = _array("pair")
    """Length along which the units of a pair touch (m)."""
    pair_dipolar_volume: NDArray[np.float64] = _array("pair")
    """G of the dipolar energy -(mu_0 M_s²/2) sum_ij G_ij s_i s_j (m³)."""
    own_dipolar_volume: NDArray[np.float64] = _array("unit")
    """G_ii (m³); -G_ii is the unit's volume times its demagnetising factor."""
    grain_area: NDArray[np.float64] = _array("grain")
    """Area of each grain (m²)."""
    grain_axis: NDArray[np.float64] = _array("grain", "component")
    """Easy axes, unit vectors with z >= 0."""
    contact_unit: NDArray[np.int32] = _array("contact")
    """Unit of each pair of unit and grain that overlap; sorted by unit, then grain."""
    contact_grain: NDArray[np.int32] = _array("contact")
    """Grain of each such pair."""
    contact_area: NDArray[np.float64] = _array("contact")
    """Area of the overlap (m²)."""


DIMENSIONS = {
    array.name: array.metadata["dimensions"] for array in fields(Sample) if array.metadata
}


def make_sample(device: Device, experiment: Experiment, random: np.random.Generator) -> Sample:
    """Draw a sample of a device on the window and cells of an experiment."""
    magnet, grain = device.ferromagnet, device.antiferromagnet
    switching, thickness = device.switching, magnet.thickness.value
    cell = experiment.numerics.cell
    cells = round(experiment.numerics.window / cell)
    pixel, window_area = cell / PIXELS_PER_CELL, (cells * cell) ** 2

    # The order of the draws is that of the stored samples.
    diameters = lognormal_diameters(
        magnet.unit_diameter.value, magnet.unit_diameter_spread.value, window_area, random
    )
    unit_index = without_gaps(power_diagram(diameters, cells, cell, random))
    units = int(unit_index.max()) + 1
    diameters = lognormal_diameters(
        grain.grain_diameter.value, grain.grain_diameter_spread.value, window_area, random
    )
    grain_index = without_gaps(power_diagram(diameters, cells * PIXELS_PER_CELL, pixel, random))
    grains = int(grain_index.max()) + 1
    spread = np.maximum(1 + magnet.anisotropy_spread.value * random.standard_normal(units), 0.1)
    anisotropy_factor = spread[unit_index] * weak_spots(
        cells,
        cell,
        switching.weak_spot_density.value,
        switching.weak_spot_diameter.value,
        switching.weak_spot_anisotropy.value,
        random,
    )
    threshold_spread = switching.critical_current_spread.value * random.standard_normal(units)
    grain_axis = easy_axes(
        grains,
        grain.easy_axis_polar_angle.value,
        grain.easy_axis_azimuth.value,
        grain.easy_axis_spread.value,
        random,
    )

    cells_of_unit = np.bincount(unit_index.ravel(), minlength=units)
    contact_unit, contact_grain, contact_area = contacts(unit_index, grain_index, pixel)
    unit, other = near_pairs(unit_index)
    each = np.arange(units)
    return Sample(
        cell=cell,
        unit_index=unit_index,
        grain_index=grain_index,
        anisotropy_factor=anisotropy_factor,
        unit_area=(cells_of_unit * cell**2).astype(np.float64),
        unit_anisotropy_factor=np.bincount(unit_index.ravel(), anisotropy_factor.ravel())
        / cells_of_unit,
        unit_threshold_factor=np.exp(threshold_spread),
        pair_unit=unit,
        pair_other=other,
        pair_border_length=border_lengths(unit_index, cell, unit, other),
        pair_dipolar_volume=dipolar_volumes(unit_index, cell, thickness, unit, other),
        own_dipolar_volume=dipolar_volumes(unit_index, cell, thickness, each, each),
        grain_area=(np.bincount(grain_index.ravel()) * pixel**2).astype(np.float64),
        grain_axis=grain_axis,
        contact_unit=contact_unit,
        contact_grain=contact_grain,
        contact_area=contact_area,
    )


def without_gaps(index: NDArray[np.int32]) -> NDArray[np.int32]:
    """Renumber so that every index from 0 on owns a raster point."""
    return np.unique(index, return_inverse=True)[1].reshape(index.shape).astype(np.int32)


def weak_spots(
    cells: int,
    cell: float,
    density: float,
    diameter: float,
    factor: float,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Draw discs of lowered anisotropy and return the anisotropy factor of each cell.

    Parameters
    ----------
    cells, cell : int, float
        Number along each edge, edge of a cell (m).
    density, diameter, factor : float
        Spots per area (1/m²), diameter of a spot (m), anisotropy inside over that outside.
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
    """Draw easy axes about a mean direction, unit vectors with z >= 0, shape (grains, 3).

    The mean direction and the standard deviation of the two normal tilts about it are in rad.
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
    """Return `contact_unit`, `contact_grain` and `contact_area` of a `Sample`.

    `pixel` is the edge of a raster point of the grains (m).
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
    """Return the length (m) along which the units of each pair of `near_pairs` touch, or 0.

    The staircase of cell edges is 4/pi longer than the curve, averaged over directions.
    """
    units = int(unit_index.max()) + 1
    near, far = touching_cells(unit_index)
    pair, edges = np.unique(near.astype(np.int64) * units + far, return_counts=True)
    length = np.zeros(unit.size)
    length[np.searchsorted(unit.astype(np.int64) * units + other, pair)] = edges
    return length * cell * np.pi / 4


def border_vectors(
    unit_index: NDArray[np.int32],
    cell: float,
    unit: NDArray[np.int32],
    other: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the length of each border times its mean normal from unit to other (m), (pairs, 2).

    Pairs as in `border_lengths`; the normals of a staircase of cell edges add up to those of the
    curve.
    """
    units = int(unit_index.max()) + 1
    pair = unit.astype(np.int64) * units + other
    vectors = np.zeros((unit.size, 2))
    for axis in range(2):
        first = np.moveaxis(unit_index, axis, 0)
        near, far = first[:-1].ravel().astype(np.int64), first[1:].ravel().astype(np.int64)
        touch = near != far
        for sign, keys in ((1, near * units + far), (-1, far * units + near)):
            np.add.at(vectors[:, axis], np.searchsorted(pair, keys[touch]), sign * cell)
    return vectors


def to_dataset(sample: Sample) -> xr.Dataset:
    """Return a dataset with the arrays of a sample and the cell's edge as a scalar."""
    arrays = {name: (dims, getattr(sample, name)) for name, dims in DIMENSIONS.items()}
    axis = (np.arange(sample.unit_index.shape[0]) + 0.5) * sample.cell
    return xr.Dataset({**arrays, "cell": ((), sample.cell)}, coords={"x": axis, "y": axis})


def from_dataset(dataset: xr.Dataset) -> Sample:
    """Undo `to_dataset`."""
    arrays = {name: dataset[name].values for name in DIMENSIONS}
    return Sample(cell=float(dataset["cell"]), **arrays)
