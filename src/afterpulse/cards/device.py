"""The device card: stack, materials, grains, Hall bar and heat path."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from afterpulse.cards import quantity as q
from afterpulse.cards.fields import Card, Name, Text, fault

T = TypeVar("T")


class Sourced(Card, Generic[T]):
    """A value and where it comes from."""

    # There is one such class a quantity, and each would search all modules for its docstrings.
    model_config = ConfigDict(use_attribute_docstrings=False)

    value: T
    source: Text = Field(
        description='A key of `references`, a citation, or "assumed" with the reason.'
    )


class SourcedAt(Sourced[T], Generic[T]):
    """A value that depends on the temperature, and the temperature that it belongs to."""

    at: q.NonNegativeTemperature = Field(description="Temperature of the value.")


class SpinHallLayer(Card):
    """The layer whose spin Hall effect drives the switching."""

    material: Text
    """Name of the material."""
    thickness: Sourced[q.PositiveLength]
    """Thickness."""
    resistivity: Sourced[q.PositiveResistivity]
    """Resistivity."""
    spin_hall_angle: Sourced[q.NonzeroNumber]
    """Effective damping-like spin Hall angle."""
    field_like_spin_hall_angle: Sourced[q.Number]
    """Effective field-like spin Hall angle."""
    current_fraction: Sourced[q.PositiveFraction]
    """Fraction of the bar's current in this layer."""


class Ferromagnet(Card):
    """The ferromagnetic film and the units in which it reverses."""

    material: Text
    """Name of the material."""
    thickness: Sourced[q.PositiveLength]
    """Magnetic thickness."""
    saturation_magnetisation: SourcedAt[q.PositiveMagnetisation]
    """Saturation magnetisation."""
    curie_temperature: Sourced[q.PositiveTemperature]
    """Curie temperature of the film."""
    exchange_stiffness: SourcedAt[q.PositiveExchangeStiffness]
    """Exchange stiffness."""
    effective_anisotropy: SourcedAt[q.PositiveEnergyDensity]
    """Perpendicular anisotropy K_u less the shape anisotropy, K_eff."""
    anisotropy_spread: Sourced[q.Spread]
    """Relative standard deviation (normal) of the anisotropy between units."""
    anisotropy_exponent: Sourced[q.NonNegativeNumber]
    """Exponent n of K_u(T) = K_u(0) (M_s(T)/M_s(0))^n, without the shape anisotropy."""
    interfacial_dmi: SourcedAt[q.EnergyPerArea]
    """Interfacial Dzyaloshinskii-Moriya constant."""
    damping: Sourced[q.PositiveNumber]
    """Gilbert damping."""
    unit_diameter: Sourced[q.PositiveLength]
    """Median diameter of the units that reverse as a whole."""
    unit_diameter_spread: Sourced[q.Spread]
    """Standard deviation of ln(diameter) of the units."""
    wall_energy_between_units: SourcedAt[q.NonNegativeEnergyPerArea]
    """Energy per area of border between two units that point in opposite directions."""
    attempt_frequency: Sourced[q.PositiveFrequency | None]
    """Attempt frequency of a unit; null: that of a macrospin with the median unit's barrier."""


class Antiferromagnet(Card):
    """The antiferromagnetic film and its grains."""

    material: Text
    """Name of the material."""
    thickness: Sourced[q.PositiveLength]
    """Thickness."""
    grain_diameter: Sourced[q.PositiveLength]
    """Median grain diameter."""
    grain_diameter_spread: Sourced[q.Spread]
    """Standard deviation of ln(diameter) of the grains."""
    anisotropy: SourcedAt[q.PositiveEnergyDensity]
    """Grain anisotropy."""
    neel_temperature: Sourced[q.PositiveTemperature]
    """Neel temperature of the film."""
    interface_coupling: SourcedAt[q.EnergyPerArea]
    """Interface coupling to the ferromagnet."""
    attempt_frequency: Sourced[q.PositiveFrequency]
    """Attempt frequency of a grain."""
    easy_axis_polar_angle: Sourced[q.Angle]
    """Mean polar angle of the grains' easy axes; 0 deg is perpendicular to the film."""
    easy_axis_azimuth: Sourced[q.Angle]
    """Mean azimuth of the grains' easy axes, from the current direction x."""
    easy_axis_spread: Sourced[q.NonNegativeAngle]
    """Standard deviation of the cone of easy axes about the mean axis."""
    spin_torque_efficiency: Sourced[q.Number]
    """Damping-like efficiency of the spin-orbit torque on the grains, of either sign, per current
    density in the spin Hall layer; acts with the mechanism `afm_spin_torque`."""


class Switching(Card):
    """Switching of the film by spin-orbit torque, for the kinetics."""

    critical_current_density: Sourced[q.PositiveCurrentDensity | None]
    """Median critical current density of the units in the spin Hall layer; null: each unit has
    the value that micromagnetics gives for its size."""
    critical_current_spread: Sourced[q.Spread]
    """Standard deviation of ln(critical current) between units."""
    weak_spot_density: Sourced[q.NonNegativeArealDensity]
    """Number of weak spots per area."""
    weak_spot_diameter: Sourced[q.PositiveLength]
    """Diameter of a weak spot."""
    weak_spot_anisotropy: Sourced[q.Fraction]
    """Factor on the anisotropy inside a weak spot."""


class HallBar(Card):
    """The bar and its electrical read-out."""

    width: Sourced[q.PositiveLength]
    """Width of the current channel."""
    arm_width: Sourced[q.PositiveLength] | None = None
    """Width of the voltage arms; null: every part of the film contributes equally."""
    anomalous_hall_resistance: SourcedAt[q.Resistance]
    """Anomalous Hall resistance of the saturated film, proportional to M_s(T)."""
    planar_hall_resistance: Sourced[q.Resistance]
    """Hall resistance at m_x m_y = 1."""
    read_current: Sourced[q.PositiveCurrent]
    """Read current."""
    offset_resistance: Sourced[q.Resistance]
    """Non-magnetic Hall resistance at ambient temperature."""
    offset_drift: Sourced[q.ResistanceDrift]
    """Change of the offset resistance with temperature."""
    read_noise: Sourced[q.NonNegativeVoltage]
    """Root mean square of the noise of one reading."""


class HeatStage(Card):
    """One stage of the Foster chain."""

    resistance: Sourced[q.PositiveArealThermalResistance]
    """Temperature rise per areal power."""
    time_constant: Sourced[q.PositiveTime]
    """Time constant."""


class HeatPath(Card):
    """Heat path from the film to the package, and the heat balance of the AFM/FM interface."""

    ambient_temperature: Sourced[q.PositiveTemperature]
    """Temperature without current."""
    heated_thickness: Sourced[q.PositiveLength]
    """Thickness t in the areal power p = J^2 rho t."""
    upper_layer: Literal["antiferromagnet", "ferromagnet"]
    """Layer on the side of the AFM/FM interface that faces away from the substrate."""
    upper_heat_capacity: Sourced[q.PositiveVolumetricHeatCapacity]
    """Heat capacity per volume of the upper layer."""
    upper_heat_fraction: Sourced[q.Fraction]
    """Fraction of the Joule heat that is dissipated in the upper layer."""
    stages: Annotated[tuple[HeatStage, ...], Field(min_length=1)]
    """Stages of the chain."""


class ThermalSpinTorque(Card):
    """Spin current that the heat flux through the AFM/FM interface drives."""

    conversion: Sourced[q.CurrentPerPower]
    """Spin current density, in units of charge current density, per heat flux towards the
    substrate; of either sign."""
    polarisation: Sourced[q.Direction]
    """Direction of the spin polarisation; normalised on reading."""
    spin_current_persistence: Sourced[q.PositiveTime | None]
    """Decay time of the spin current after a pulse (phenomenological, not a property of the heat
    path); null: the spin current follows the heat flux."""


class DeviceCard(Card):
    """A device card."""

    name: Name
    """Name; equals the file's stem."""
    description: Text
    """Description of the device."""
    references: dict[Text, Text] = Field(default_factory=dict)
    """Full citations by key; a source may name a key."""
    spin_hall_layer: SpinHallLayer
    ferromagnet: Ferromagnet
    antiferromagnet: Antiferromagnet
    switching: Switching
    hall_bar: HallBar
    heat_path: HeatPath
    thermal_spin_torque: ThermalSpinTorque

    @model_validator(mode="after")
    def _ferromagnetic_at_ambient(self) -> "DeviceCard":
        curie = self.ferromagnet.curie_temperature.value
        ambient = self.heat_path.ambient_temperature.value
        if curie <= ambient:
            raise PydanticCustomError(
                "curie_temperature",
                "expected more than the ambient temperature of {ambient}, got {curie}",
                {
                    "field": "ferromagnet.curie_temperature.value",
                    "ambient": f"{ambient:g} K",
                    "curie": f"{curie:g} K",
                },
            )
        return self

    @model_validator(mode="after")
    def _values_below_critical_temperatures(self) -> "DeviceCard":
        curie = ("Curie", self.ferromagnet.curie_temperature.value)
        neel = ("Neel", self.antiferromagnet.neel_temperature.value)
        limits = {"ferromagnet": [curie], "antiferromagnet": [neel], "hall_bar": [curie]}
        for part, temperatures in limits.items():
            section = getattr(self, part)
            for name in type(section).model_fields:
                at = getattr(getattr(section, name), "at", None)
                coupling = [curie] if name == "interface_coupling" else []
                for label, critical in temperatures + coupling:
                    if at is not None and at >= critical:
                        raise fault(
                            f"{part}.{name}.at",
                            f"less than the {label} temperature of {critical:g} K",
                            f"{at:g} K",
                        )
        return self
