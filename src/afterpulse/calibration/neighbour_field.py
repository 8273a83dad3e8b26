"""Field that a reversed neighbour exerts on a unit of a film by the DMI, measured by LLG at T = 0.

The wall between the two turns m at the unit's edge along the line through both, as a field along
that line does. A neighbour at +x is a field along +x if D is positive, whatever the unit's state.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from afterpulse.calibration.isolated_unit import UnitDriver
from afterpulse.engines import engine_of
from afterpulse.engines.hand_over import relaxed
from afterpulse.engines.magnet_system import Conditions, MagneticCells, magnet_system
from afterpulse.film import fields
from afterpulse.film.sample import Sample

# Square units along each edge of the block; cells along each edge of a unit.
UNITS, CELLS_ACROSS = 3, 8
CENTRE = UNITS**2 // 2
AHEAD, BEHIND = CENTRE + UNITS, CENTRE - UNITS
SETTLING = 1e-9
# Small against the anisotropy field (T).
FIELD = 5e-3


@dataclass(frozen=True)
class Block:
    """Square units of the median area with the borders of a film; the one in the middle counts.

    `sample` has the units and cells of the block; no other array of it belongs to the block.
    """

    driver: UnitDriver
    sample: Sample

    @classmethod
    def of_median_units(cls, driver: UnitDriver, sample: Sample) -> Self:
        """Make the block of a device."""
        edge = np.sqrt(np.pi / 4) * driver.device.ferromagnet.unit_diameter.value
        along = np.arange(UNITS * CELLS_ACROSS) // CELLS_ACROSS
        index = (UNITS * along[:, None] + along).astype(np.int32)
        return cls(driver, replace(sample, cell=float(edge / CELLS_ACROSS), unit_index=index))

    @property
    def centre(self) -> NDArray[np.bool_]:
        """Cells of the unit in the middle."""
        return self.sample.unit_index == CENTRE

    def settled(self, states: list[NDArray[np.float64]], along_x: float) -> list[NDArray]:
        """Return m of units in given states, shape (units,), after a while in a field along x (T).

        The parameters are those of the ambient temperature.
        """
        device, index = self.driver.device, self.sample.unit_index
        ambient, shape = device.ambient_temperature, index.shape
        cells = MagneticCells(
            self.sample.cell,
            np.full(shape, device.saturation_magnetisation(ambient)),
            device.exchange_factor(ambient) * fields.border_factor(device, self.sample, ambient),
            fields.uniaxial_anisotropy(device, np.ones(shape), ambient),
            np.tile([along_x, 0.0, 0.0], (*shape, 1)),
            np.ones(shape),
        )
        up = np.array([0.0, 0.0, 1.0])
        systems = [
            magnet_system(device, cells, state[index][..., None] * up, Conditions(0.0))
            for state in states
        ]
        engine = engine_of(self.driver.experiment.engine)
        return relaxed(engine, systems, self.driver.experiment.numerics, SETTLING)


def neighbour_field_factor(driver: UnitDriver, sample: Sample) -> float:
    """Return the field of a reversed neighbour over D w/(M_s A).

    w is the length of the border, A the area of the unit. The film is set upwards but for the
    neighbour, once at +x and once at -x, whose stray fields along x cancel. NaN if no unit stays
    reversed, or without DMI.
    """
    device = driver.device
    ambient = device.ambient_temperature
    dmi = float(device.interfacial_dmi(ambient))
    if dmi == 0:
        return np.nan
    block = Block.of_median_units(driver, sample)
    states = []
    for neighbour in (AHEAD, BEHIND):
        states.append(np.ones(UNITS**2))
        states[-1][neighbour] = -1
    without, within = block.settled(states, 0.0), block.settled(states, FIELD)
    for m, state in zip(without + within, states * 2, strict=True):
        along_z = np.bincount(block.sample.unit_index.ravel(), m[..., 2].ravel())
        if (along_z * state <= 0).any():
            return np.nan
    (ahead, behind), (ahead_in_field, behind_in_field) = (
        [float(m[block.centre, 0].mean()) for m in each] for each in (without, within)
    )
    response = (ahead_in_field - ahead + behind_in_field - behind) / (2 * FIELD)
    field = (ahead - behind) / (2 * response)
    edge = CELLS_ACROSS * block.sample.cell
    return field * float(device.saturation_magnetisation(ambient)) * edge / dmi
