"""A device: its card and the quantities that follow from the card."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afterpulse.cards import CardError, load
from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment
from afterpulse.device import (
    afm_spin_torque,
    exchange_bias,
    heat_path,
    spin_orbit_torque,
    temperature_scaling,
    thermal_spin_torque,
)


class Device(DeviceCard):
    """A device card with the quantities derived from it, in SI units.

    Temperatures are in K, numbers or arrays of any shape, which the results share. A factor is a
    quantity over its value at T = 0, the value on the card.
    """

    @classmethod
    def of(cls, card: DeviceCard) -> Self:
        """Return the device of a card that is already validated."""
        return cls.model_construct(**{name: getattr(card, name) for name in cls.model_fields})

    @property
    def ambient_temperature(self) -> float:
        """Temperature without current (K)."""
        return float(self.heat_path.ambient_temperature.value)

    def magnetisation_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return M_s(T)/M_s(0)."""
        return temperature_scaling.magnetisation(
            temperature, self.ferromagnet.curie_temperature.value
        )

    def anisotropy_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return K_eff(T)/K_eff(0)."""
        magnet = self.ferromagnet
        return temperature_scaling.anisotropy(
            temperature, magnet.curie_temperature.value, magnet.anisotropy_exponent.value
        )

    def exchange_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return A(T)/A(0), which also scales the DMI."""
        return temperature_scaling.exchange(temperature, self.ferromagnet.curie_temperature.value)

    def wall_energy_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return the energy of a wall between units over its value at T = 0."""
        magnet = self.ferromagnet
        return temperature_scaling.wall_energy(
            temperature, magnet.curie_temperature.value, magnet.anisotropy_exponent.value
        )

    def grain_anisotropy_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return K_AF(T)/K_AF(0)."""
        return temperature_scaling.antiferromagnet_anisotropy(
            temperature, self.antiferromagnet.neel_temperature.value
        )

    def interface_coupling_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return J_int(T)/J_int(0)."""
        return temperature_scaling.interface_coupling(
            temperature, self.antiferromagnet.neel_temperature.value
        )

    def saturation_magnetisation(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return M_s(T) (A/m)."""
        value = self.ferromagnet.saturation_magnetisation.value
        return value * self.magnetisation_factor(temperature)

    def effective_anisotropy(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return K_eff(T) of the ferromagnet, the shape term taken off (J/m³)."""
        value = self.ferromagnet.effective_anisotropy.value
        return value * self.anisotropy_factor(temperature)

    def exchange_stiffness(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return A(T) (J/m)."""
        return self.ferromagnet.exchange_stiffness.value * self.exchange_factor(temperature)

    def grain_anisotropy(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return K_AF(T) of the antiferromagnet's grains (J/m³)."""
        return self.antiferromagnet.anisotropy.value * self.grain_anisotropy_factor(temperature)

    def interface_coupling(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return J_int(T) (J/m²)."""
        value = self.antiferromagnet.interface_coupling.value
        return value * self.interface_coupling_factor(temperature)

    def exchange_bias_field(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return the exchange bias of fully aligned grains along their easy axis (T)."""
        return exchange_bias.exchange_bias_field(
            self.interface_coupling(temperature),
            self.saturation_magnetisation(temperature),
            self.ferromagnet.thickness.value,
        )

    @property
    def in_plane_exchange_bias(self) -> float:
        """Exchange bias along the current of grains set upwards, with the values at T = 0 (T)."""
        grains = self.antiferromagnet
        along_current = np.sin(grains.easy_axis_polar_angle.value) * np.cos(
            grains.easy_axis_azimuth.value
        )
        return float(self.exchange_bias_field(0.0) * along_current)

    def in_plane_bias(self, experiment: Experiment) -> float:
        """Return the applied field and the set grains' exchange bias along the current (T)."""
        return float(
            experiment.applied_field[0] + experiment.initial_sign * self.in_plane_exchange_bias
        )

    @property
    def conducting_area(self) -> float:
        """Cross-section of the spin-Hall layer (m²)."""
        return float(self.hall_bar.width.value * self.spin_hall_layer.thickness.value)

    def current_density(self, current: float) -> float:
        """Return the current density in the spin-Hall layer (A/m²) of a current in the bar (A)."""
        return current * self.spin_hall_layer.current_fraction.value / self.conducting_area

    def critical_current(self, experiment: Experiment) -> float:
        """Return the current in the bar (A) at `critical_current_density`, I_c on the cards."""
        density = self.critical_current_density(experiment)
        return density * self.conducting_area / self.spin_hall_layer.current_fraction.value

    def critical_current_density(self, experiment: Experiment) -> float:
        """Return the critical current density of the median unit (A/m²).

        It is the card's value or else the macrospin threshold of the whole film in the field along
        the current.

        Raises
        ------
        CardError
            If the threshold is not positive: the field alone tilts the film.
        """
        given = self.switching.critical_current_density.value
        if given is not None:
            return float(given)
        field = self.in_plane_bias(experiment)
        anisotropy = self.effective_anisotropy(self.ambient_temperature)
        threshold = float(self.macrospin_threshold(anisotropy, field))
        if threshold <= 0:
            raise CardError(
                [
                    f"{self.name}: switching.critical_current_density: expected a value, since the "
                    f"field of {field:g} T along the current leaves no macrospin threshold, got "
                    "null"
                ]
            )
        return threshold

    def macrospin_threshold(
        self, anisotropy: ArrayLike, in_plane_field: float = 0.0
    ) -> NDArray[np.float64]:
        """Return the critical current density (A/m²) of macrospins at the ambient temperature.

        `anisotropy` is K_eff of each at that temperature (J/m³), `in_plane_field` the field along
        the current (T).
        """
        return spin_orbit_torque.macrospin_threshold(
            anisotropy,
            self.saturation_magnetisation(self.ambient_temperature),
            self.ferromagnet.thickness.value,
            self.spin_hall_layer.spin_hall_angle.value,
            in_plane_field,
        )

    def relative_grain_current(self, current_density: float, temperature: float) -> float:
        """Return theta_AF J over the threshold of a grain at a temperature (K), with its sign.

        `current_density` is that in the spin Hall layer (A/m²).
        """
        grains = self.antiferromagnet
        return float(
            afm_spin_torque.relative_current(
                current_density,
                grains.spin_torque_efficiency.value,
                self.grain_anisotropy(temperature) * grains.thickness.value,
            )
        )

    @property
    def torque_ratios(self) -> tuple[float, float]:
        """Gilbert damping, and field-like over damping-like spin Hall angle."""
        layer = self.spin_hall_layer
        return (
            float(self.ferromagnet.damping.value),
            float(layer.field_like_spin_hall_angle.value / layer.spin_hall_angle.value),
        )

    def favoured_polarity(self, current_density: float, in_plane_field: float) -> float:
        """Return the sign of m_z that a current density (A/m²) favours in a field along it (T)."""
        return float(
            spin_orbit_torque.favoured_polarity(
                current_density, self.spin_hall_layer.spin_hall_angle.value, in_plane_field
            )
        )

    @property
    def thermal_resistances(self) -> NDArray[np.float64]:
        """Resistances of the Foster stages (K m²/W), shape (stages,)."""
        return np.array([stage.resistance.value for stage in self.heat_path.stages])

    @property
    def thermal_time_constants(self) -> NDArray[np.float64]:
        """Time constants of the Foster stages (s), shape (stages,)."""
        return np.array([stage.time_constant.value for stage in self.heat_path.stages])

    def areal_power(self, current_density: float) -> float:
        """Return the Joule heat per area (W/m²) of a current density (A/m²)."""
        return float(
            heat_path.areal_power(
                current_density,
                self.spin_hall_layer.resistivity.value,
                self.heat_path.heated_thickness.value,
            )
        )

    def stage_rise(
        self,
        rise: NDArray[np.float64],
        current_density: float,
        duration: float | NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the rise of the Foster stages (K) after a time (s) of constant current (A/m²).

        Shapes are those of `heat_path.stage_rise`.
        """
        return heat_path.stage_rise(
            rise,
            self.areal_power(current_density),
            duration,
            self.thermal_resistances,
            self.thermal_time_constants,
        )

    def mean_stage_rise(
        self,
        rise: NDArray[np.float64],
        current_density: float,
        duration: float | NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the mean of the stages' rise over the duration; parameters as `stage_rise`."""
        return heat_path.mean_stage_rise(
            rise,
            self.areal_power(current_density),
            duration,
            self.thermal_resistances,
            self.thermal_time_constants,
        )

    def spin_current_density(self, heat_flux: float) -> float:
        """Return the spin current density (A/m²) that a heat flux (W/m²) drives."""
        conversion = self.thermal_spin_torque.conversion.value
        return float(thermal_spin_torque.spin_current_density(conversion, heat_flux))

    def collinear_threshold(self, anisotropy: ArrayLike) -> NDArray[np.float64]:
        """Return the critical spin current density (A/m²) along z at an anisotropy (J/m³)."""
        magnet = self.ferromagnet
        return thermal_spin_torque.collinear_threshold(
            anisotropy, magnet.thickness.value, magnet.damping.value
        )


def load_device(path: str | Path) -> Device:
    """Read a device card, a YAML file of the device's name.

    Raises
    ------
    afterpulse.cards.CardError
        If the file cannot be read or the card is not valid: a list of all faults.
    """
    return Device.of(load.load_device(path))
