import math

import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import constants

from afterpulse.cards import quantity as q


def read(field, text):
    return TypeAdapter(field).validate_python(text)


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        (q.PositiveLength, "5 nm", 5e-9),
        (q.PositiveLength, "0.5um", 5e-7),
        (q.PositiveLength, "0.5 µm", 5e-7),
        (q.PositiveLength, "5 angstrom", 5e-10),
        (q.EnergyPerArea, "0.12 mJ/m^2", 1.2e-4),
        (q.EnergyPerArea, "-0.12 erg/cm^2", -1.2e-4),
        (q.PositiveResistivity, "30 uohm*cm", 3e-7),
        (q.PositiveResistivity, "30 uohm cm", 3e-7),
        (q.PositiveResistivity, "30 µΩ.cm", 3e-7),
        (q.PositiveCurrentDensity, "8.4e11 A/m^2", 8.4e11),
        (q.PositiveCurrentDensity, "84 MA/cm^2", 8.4e11),
        (q.PositiveMagnetisation, "1.0 MA/m", 1e6),
        (q.PositiveEnergyDensity, "0.05 MJ/m^3", 5e4),
        (q.MagneticFluxDensity, "-120 mT", -0.12),
        (q.MagneticFluxDensity, "100 uT", 1e-4),
        (q.PositiveTime, "250 fs", 2.5e-13),
        (q.PositiveTime, "1e4 s", 1e4),
        (q.PositiveTime, "2 hour", 7200.0),
        (q.PositiveFrequency, "1 GHz", 1e9),
        (q.PositiveFrequency, "1e9 1/s", 1e9),
        (q.PositiveFrequency, "1e9 s^-1", 1e9),
        (q.PositiveTemperature, "27 degC", 300.15),
        (q.NonNegativeArealDensity, "40 1/um^2", 4e13),
        (q.PositiveArealThermalResistance, "1e-7 K m^2/W", 1e-7),
        (q.CurrentPerPower, "300 mA/W", 0.3),
        (q.ResistanceDrift, "-1 mohm/K", -1e-3),
        (q.Angle, "180 deg", math.pi),
        (q.Angle, "10 mrad", 0.01),
    ],
)
def test_known_conversions(field, text, expected):
    assert read(field, text) == pytest.approx(expected, rel=1e-15, abs=0)


def test_energy_in_electronvolt():
    field_value = read(q.PositiveEnergyDensity, "1 eV/nm^3")
    assert field_value == pytest.approx(constants.e * 1e27, rel=1e-12)


@pytest.mark.parametrize(
    ("field", "text", "mention"),
    [
        (q.PositiveLength, 5e-9, "bare number"),
        (q.PositiveLength, 5, "bare number"),
        (q.PositiveLength, "5", "length"),
        (q.PositiveLength, "5 kg", "not of the dimension length"),
        (q.PositiveLength, "5 nm^2", "not of the dimension length"),
        (q.PositiveLength, "5 parrots", "unknown unit"),
        (q.PositiveLength, "5 I_c", "length"),
        (q.PositiveLength, "-5 nm", "positive length"),
        (q.PositiveLength, "0 nm", "positive length"),
        (q.NonNegativeTime, "-1 s", "non-negative time"),
        (q.PositiveLength, "nan nm", "length"),
        (q.PositiveLength, "inf nm", "length"),
        (q.PositiveLength, "1e999 nm", "not finite"),
        (q.PositiveLength, float("nan"), "bare number"),
        (q.PositiveLength, None, "null"),
        (q.PositiveLength, True, "true"),
        (q.PositiveLength, ["5 nm"], "a list of 1"),
        (q.PositiveLength, {"value": 5}, "a mapping"),
        (q.PositiveLength, "5 nm; import os", "length"),
        (q.PositiveLength, "__import__('os').getcwd() m", "length"),
        (q.PositiveLength, "2**9**9**9 m", "length"),
        (q.PositiveLength, "1 m^999999999", "length"),
        (q.PositiveLength, "5 nm\n6 nm", "length"),
        (q.PositiveLength, "٥ nm", "length"),
        (q.PositiveLength, "5 " + "n" * 100, "length"),
        (q.Angle, "5", "angle"),
        (q.Angle, "5 percent", "not an angle"),
        (q.PositiveTemperature, "-300 degC", "positive temperature"),
        (q.MagneticFluxDensity, "100 A/m", "not of the dimension magnetic flux density"),
    ],
)
def test_refused_with_the_expected_dimension(field, text, mention):
    with pytest.raises(ValidationError) as caught:
        read(field, text)
    message = caught.value.errors()[0]["msg"]
    assert message.startswith("expected ")
    assert mention in message
    assert "\n" not in message
    assert len(message) < 250


@pytest.mark.parametrize("text", ["5 nm", "0.1 nm", "1e-7 m", "3.3333333333333333 um", "47 nm"])
def test_written_in_si_reads_back_exactly(text):
    adapter = TypeAdapter(q.PositiveLength)
    value = adapter.validate_python(text)
    written = adapter.dump_python(value, mode="json")
    assert written.endswith(" m")
    assert adapter.validate_python(written) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2 mA", (1.2e-3, "A")),
        ("-0.5 mA", (-5e-4, "A")),
        ("0.8 I_c", (0.8, "I_c")),
        ("-1.1I_c", (-1.1, "I_c")),
    ],
)
def test_pulse_amplitude(text, expected):
    adapter = TypeAdapter(q.PulseAmplitudeField)
    amplitude = adapter.validate_python(text)
    assert amplitude == expected
    assert adapter.validate_python(adapter.dump_python(amplitude, mode="json")) == amplitude


@pytest.mark.parametrize("text", [0.8, "0.8", "0.8 V", "0.8 i_c", "I_c", "nan I_c", "1e999 I_c"])
def test_pulse_amplitude_refused(text):
    with pytest.raises(ValidationError, match="expected a current .* multiple of the critical"):
        read(q.PulseAmplitudeField, text)


def test_direction_is_normalised():
    assert read(q.Direction, [0, 0, 3]) == (0.0, 0.0, 1.0)
    direction = read(q.Direction, [-3, 0, 4])
    assert direction == pytest.approx((-0.6, 0.0, 0.8))
    assert read(q.Direction, list(direction)) == direction
    with pytest.raises(ValidationError, match="zero vector"):
        read(q.Direction, [0, 0, 0])


@pytest.mark.parametrize("value", ["0.5", True, float("nan"), float("inf"), None])
def test_plain_numbers_are_numbers(value):
    with pytest.raises(ValidationError):
        read(q.Number, value)
