"""A device: its card and the quantities that follow from the card."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator
from scipy.constants import k as boltzmann
from scipy.constants import mu_0

from afterpulse.cards import load
from afterpulse.cards.device import DeviceCard, SourcedAt
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.fields import fault
from afterpulse.device import (
    afm_spin_torque,
    exchange_bias,
    heat_path,
    spin_orbit_torque,
    temperature_scaling,
    thermal_spin_torque,
    torque_law,
)
from afterpulse.device.macrospin_rates import GYROMAGNETIC_RATIO, Macrospin


class Device(DeviceCard):
    """A device card with the quantities derived from it, in SI units.

    Temperatures are in K, numbers or arrays of any shape, which the results share. A factor is a
    quantity over its value at T = 0. The card has values at any temperature, from which the laws of
    `temperature_scaling` lead to all others.
    """

    @classmethod
    def of(cls, card: DeviceCard) -> Self:
        """Return the device of a card.

        Raises
        ------
        CardError
            If the film is not perpendicular at T = 0 or at the ambient temperature.
        """
        return load.validated(cls, load.resolved(card), card.name)

    @model_validator(mode="after")
    def _perpendicular(self) -> Self:
        for kelvin in (0.0, self.ambient_temperature):
            anisotropy = float(self.effective_anisotropy(kelvin))
            if anisotropy <= 0:
                raise fault(
                    "ferromagnet.effective_anisotropy",
                    f"more than 0 J/m^3 at {kelvin:g} K, where anisotropy_exponent and "
                    "saturation_magnetisation lead from the value on the card",
                    f"{anisotropy:.4g} J/m^3",
                )
        return self

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
        """Return K_eff(T)/K_eff(0); at most 0 where the film is not perpendicular."""
        return self.effective_anisotropy(temperature) / self.effective_anisotropy(0.0)

    def exchange_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return A(T)/A(0), which also scales the DMI."""
        return temperature_scaling.exchange(temperature, self.ferromagnet.curie_temperature.value)

    def wall_energy_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return the factor of the wall energy 4 sqrt(A K_eff); 0 where K_eff is below 0."""
        anisotropy = np.maximum(self.anisotropy_factor(temperature), 0.0)
        return np.sqrt(self.exchange_factor(temperature) * anisotropy)

    def grain_anisotropy_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return K_AF(T)/K_AF(0)."""
        return temperature_scaling.antiferromagnet_anisotropy(
            temperature, self.antiferromagnet.neel_temperature.value
        )

    def interface_coupling_factor(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return J_int(T)/J_int(0)."""
        return temperature_scaling.interface_coupling(
            temperature,
            self.antiferromagnet.neel_temperature.value,
            self.ferromagnet.curie_temperature.value,
        )

    def saturation_magnetisation(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return M_s(T) (A/m)."""
        given = self.ferromagnet.saturation_magnetisation
        return _scaled(given, self.magnetisation_factor, temperature)

    def uniaxial_anisotropy(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return K_u(T) of the ferromagnet, without the shape term (J/m³)."""
        magnet = self.ferromagnet
        curie, exponent = magnet.curie_temperature.value, magnet.anisotropy_exponent.value
        given = magnet.effective_anisotropy
        there = given.value + mu_0 * self.saturation_magnetisation(given.at) ** 2 / 2
        factor = temperature_scaling.anisotropy(temperature, curie, exponent)
        return there * factor / temperature_scaling.anisotropy(given.at, curie, exponent)

    def effective_anisotropy(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return K_eff(T) of the ferromagnet, the shape term taken off (J/m³).

        It is below 0 where the film lies in the plane.
        """
        return temperature_scaling.effective_anisotropy(
            self.uniaxial_anisotropy(temperature), self.saturation_magnetisation(temperature)
        )

    def in_plane_temperature(self, hottest: float) -> float | None:
        """Return the lowest temperature (K) up to the hottest at which K_eff is not above 0.

        The result is good to 1 K; None if the film is perpendicular everywhere below.
        """
        temperatures = np.append(np.arange(0.0, hottest), hottest)
        lost = self.effective_anisotropy(temperatures) <= 0
        return float(temperatures[lost.argmax()]) if lost.any() else None

    def exchange_stiffness(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return A(T) (J/m)."""
        return _scaled(self.ferromagnet.exchange_stiffness, self.exchange_factor, temperature)

    def interfacial_dmi(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return D(T) (J/m²)."""
        return _scaled(self.ferromagnet.interfacial_dmi, self.exchange_factor, temperature)

    def wall_energy_between_units(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return the energy of a wall between two units (J/m²)."""
        given = self.ferromagnet.wall_energy_between_units
        return _scaled(given, self.wall_energy_factor, temperature)

    def grain_anisotropy(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return K_AF(T) of the antiferromagnet's grains (J/m³)."""
        return _scaled(self.antiferromagnet.anisotropy, self.grain_anisotropy_factor, temperature)

    def interface_coupling(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return J_int(T) (J/m²)."""
        given = self.antiferromagnet.interface_coupling
        return _scaled(given, self.interface_coupling_factor, temperature)

    def anomalous_hall_resistance(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return R_AHE(T) of the saturated film (ohm), proportional to M_s(T)."""
        given = self.hall_bar.anomalous_hall_resistance
        return _scaled(given, self.magnetisation_factor, temperature)

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

    @property
    def critical_current(self) -> float:
        """Current in the bar (A) at `critical_current_density`, I_c on the cards."""
        density = self.critical_current_density
        return density * self.conducting_area / self.spin_hall_layer.current_fraction.value

    @property
    def critical_current_density(self) -> float:
        """Critical current density (A/m²) to which the cards' amplitudes in I_c refer.

        It is the card's value or else the macrospin threshold of the whole film at the ambient
        temperature without a field.
        """
        given = self.switching.critical_current_density.value
        if given is not None:
            return float(given)
        anisotropy = self.effective_anisotropy(self.ambient_temperature)
        return float(self.macrospin_threshold(anisotropy))

    def macrospin_threshold(self, anisotropy: ArrayLike) -> NDArray[np.float64]:
        """Return the critical current density (A/m²) of macrospins at the ambient temperature.

        `anisotropy` is K_eff of each at that temperature (J/m³); there is no field.
        """
        return spin_orbit_torque.macrospin_threshold(
            anisotropy,
            self.saturation_magnetisation(self.ambient_temperature),
            self.ferromagnet.thickness.value,
            self.spin_hall_layer.spin_hall_angle.value,
        )

    def spin_hall_current(self, current_density: ArrayLike) -> NDArray[np.float64]:
        """Return the spin current density (A/m²), polarised along y, of a current density."""
        return np.multiply(self.spin_hall_layer.spin_hall_angle.value, current_density)

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

    def attempt_frequency(self, barrier: float, volume: float) -> float:
        """Return the attempt frequency (1/s) of a unit at the ambient temperature.

        It is the card's value or else that of a macrospin with this barrier (J) and volume (m³).
        """
        given = self.ferromagnet.attempt_frequency.value
        if given is not None:
            return float(given)
        moment = volume * float(self.saturation_magnetisation(self.ambient_temperature))
        return torque_law.attempt_frequency(
            Macrospin(self.ferromagnet.damping.value),
            barrier / (boltzmann * self.ambient_temperature),
        ) * (GYROMAGNETIC_RATIO * 2 * barrier / moment)

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

    def heating_rate(
        self, rise: NDArray[np.float64], current_density: float
    ) -> NDArray[np.float64]:
        """Return dT/dt of the film (K/s) for stages at a rise (K) and a current (A/m²).

        Shapes are those of `heat_path.heating_rate`.
        """
        return heat_path.heating_rate(
            rise,
            self.areal_power(current_density),
            self.thermal_resistances,
            self.thermal_time_constants,
        )

    @property
    def upper_heat_capacity(self) -> float:
        """Areal heat capacity of the layer above the AFM/FM interface (J/(m² K))."""
        thickness = getattr(self, self.heat_path.upper_layer).thickness.value
        return float(self.heat_path.upper_heat_capacity.value * thickness)

    def interface_heat_flux(
        self, current_density: float, heating_rate: ArrayLike
    ) -> NDArray[np.float64]:
        """Return the heat flux through the AFM/FM interface towards the substrate (W/m²).

        `current_density` is in A/m², `heating_rate` is dT/dt of the film (K/s).
        """
        return heat_path.interface_heat_flux(
            self.areal_power(current_density),
            self.heat_path.upper_heat_fraction.value,
            self.upper_heat_capacity,
            heating_rate,
        )

    def spin_current_density(self, heat_flux: ArrayLike) -> NDArray[np.float64]:
        """Return the spin current density (A/m²) that a heat flux (W/m²) drives."""
        conversion = self.thermal_spin_torque.conversion.value
        return thermal_spin_torque.spin_current_density(conversion, heat_flux)

    def holding_spin_current(self, temperature: ArrayLike) -> NDArray[np.float64]:
        """Return the spin current density that balances the bias of set grains along z (A/m²)."""
        return thermal_spin_torque.holding_spin_current(
            self.ferromagnet.damping.value, self.interface_coupling(temperature)
        )

    def collinear_threshold(self, anisotropy: ArrayLike) -> NDArray[np.float64]:
        """Return the critical spin current density (A/m²) along z at an anisotropy (J/m³)."""
        magnet = self.ferromagnet
        return thermal_spin_torque.collinear_threshold(
            anisotropy, magnet.thickness.value, magnet.damping.value
        )


def _scaled(
    given: SourcedAt[Any],
    factor: Callable[[ArrayLike], NDArray[np.float64]],
    temperature: ArrayLike,
) -> NDArray[np.float64]:
    """Return a value of the card at a temperature (K); `factor` is its law over T = 0."""
    return np.asarray(given.value * factor(temperature) / factor(given.at))


def load_device(path: str | Path) -> Device:
    """Read a device card, a YAML file of the device's name.

    Raises
    ------
    afterpulse.cards.CardError
        If the file cannot be read or the card is not valid: a list of all faults.
    """
    return Device.of(load.load_device(path))
