import numpy as np
import pytest

from afterpulse.cards.experiment import Mechanisms
from afterpulse.kinetics.state import Record
from afterpulse.timeline import records


def mechanisms(drift):
    film = ("afm_viscosity", "fm_aftereffect", "thermal_spin_torque")
    return Mechanisms((*film, "resistance_drift") if drift else film)


BAR = {
    "hall_bar.read_current": "2 mA",
    "hall_bar.anomalous_hall_resistance": "0.5 ohm",
    "hall_bar.planar_hall_resistance": "0.1 ohm",
    "hall_bar.offset_resistance": "0.2 ohm",
    "hall_bar.offset_drift": "3 mohm/K",
    "hall_bar.read_noise": "0 V",
    "heat_path.ambient_temperature": "300 K",
    "ferromagnet.curie_temperature": "1200 K",
}


def test_voltage_by_hand(device_card):
    arguments = (np.array([300.0, 320.0]), np.array([1.0, -0.4]), np.array([0.0, 0.3]), 1)
    # M_s(320 K)/M_s(300 K); 300 K is a quarter of the Curie temperature.
    hot = (1 - (320 / 1200) ** 1.5) / (7 / 8)
    # 2 mA * (0.5 m_z + 0.1 m_x m_y + 0.2), and 0.06 ohm more at 320 K where it drifts.
    steady = records.voltage(device_card(BAR), mechanisms(False), *arguments)
    np.testing.assert_allclose(steady, [1.4e-3, 0.46e-3 - 0.4e-3 * hot])
    drifting = records.voltage(device_card(BAR), mechanisms(True), *arguments)
    np.testing.assert_allclose(drifting, [1.4e-3, 0.58e-3 - 0.4e-3 * hot])


def test_loops_of_a_chunk():
    fields = np.array([0.05, 0.0, -0.05, -0.1, -0.05, 0.0, 0.05, 0.1])
    square = np.array([1.0, 1, -1, -1, -1, -1, 1, 1])
    # The same loop, 50 mT further down after the pulses: that much more bias along z.
    shifted = np.array([1.0, 1, 1, -1, -1, 1, 1, 1])
    dataset = records.loop_dataset(fields, np.array([[square, shifted]]))
    np.testing.assert_allclose(dataset["loop_exchange_bias"], [[0.0, 0.05]], atol=1e-15)
    np.testing.assert_allclose(dataset["loop_coercivity"], [[0.025, 0.025]])
    assert list(dataset["loop"].values) == ["before", "after"]
    np.testing.assert_array_equal(dataset["loop_magnetisation_z"][0, 1], shifted)


def test_read_noise_follows_the_seed(device_card):
    device = device_card(BAR | {"hall_bar.read_noise": "1 uV"})
    steps = 4000
    arguments = (np.full(steps, 300.0), np.zeros(steps), np.zeros(steps))
    noise = records.voltage(device, mechanisms(False), *arguments, 5) - 0.4e-3
    assert noise.std() == pytest.approx(1e-6, rel=3 / np.sqrt(2 * steps))
    again = records.voltage(device, mechanisms(False), *arguments, 5) - 0.4e-3
    np.testing.assert_array_equal(noise, again)
    other = records.voltage(device, mechanisms(False), *arguments, 6) - 0.4e-3
    assert not np.array_equal(noise, other)


def segment(steps, stage, pulse):
    ramp = np.arange(steps, dtype=float)
    record = Record(
        engine="kinetics",
        time=ramp,
        temperature=300 + ramp,
        mean_m=np.stack([ramp, 2 * ramp, 3 * ramp], axis=-1),
        unit_state=np.ones((steps, 2), dtype=np.int8),
        grain_order=5 * ramp,
        unit_grain_order=np.stack([ramp, -ramp], axis=-1),
        exchange_bias_field=6 * ramp,
        flicker_error=7 * ramp,
        flips=np.zeros(steps, dtype=np.int64),
    )
    return records.rows(record, records.Clock(10.0, pulse, 11.0), stage, 2e-3, 4 * ramp)


def test_chunk_of_unequal_trajectories():
    chunk = records.chunk_dataset(
        [[segment(1, "start", -1), segment(3, "wait", 0)], [segment(2, "start", -1)]]
    )
    assert dict(chunk.sizes) == {"point": 2, "step": 4, "unit": 2}
    assert set(chunk.data_vars) == {*records.SERIES, *records.OF_UNITS}
    assert list(chunk["stage"][0].values) == ["start", "wait", "wait", "wait"]
    assert list(chunk["stage"][1].values) == ["start", "start", "", ""]
    np.testing.assert_array_equal(chunk["magnetisation_y"][0], [0, 0, 2, 4])
    np.testing.assert_array_equal(chunk["magnetisation_z"][1], [0, 3, np.nan, np.nan])
    np.testing.assert_array_equal(chunk["unit_state"][1, :, 0], [1, 1, 0, 0])
    np.testing.assert_array_equal(chunk["unit_grain_order"][1, :, 1], [0, -1, np.nan, np.nan])
    np.testing.assert_array_equal(chunk["pulse"][0], [-1, 0, 0, 0])
    np.testing.assert_array_equal(chunk["time"][1], [10, 11, np.nan, np.nan])
    np.testing.assert_array_equal(chunk["delay"][1], [-1, 0, np.nan, np.nan])
    assert chunk["time"].dims == ("point", "step")
