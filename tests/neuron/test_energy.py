import pytest

from afterpulse.neuron import energy

PT = {"spin_hall_layer.resistivity": "30 uohm*cm"}


def test_pulse_is_what_the_current_does_in_the_resistance(device_card):
    """I² R of the whole stack: Pt of 3 nm and 30 uohm cm that carries half of the current."""
    device = device_card(PT)
    width, length, current, time = 5e-6, 20e-6, 12e-3, 1e-3
    density = current / 2 / (width * 3e-9)
    alone = 30e-8 * length / (width * 3e-9)
    # The layers beside it carry the other half, so they have its resistance, in parallel.
    expected = current**2 * alone / 2 * time
    found = energy.pulse_energy(device, density, time, width * length)
    assert found == pytest.approx(expected)
    assert energy.pulse_energy(device, density, time, width * length / 4) == pytest.approx(
        expected / 4
    )


def test_reading_in_the_cards_bar(device_card):
    """0.1 mA, half of it in a square of Pt of 100 ohm, for 1 ms: 0.1 mA squared times 50 ohm."""
    found = energy.read_energy(device_card(PT), 5e-6**2)
    assert found == pytest.approx((1e-4) ** 2 * 50 * 1e-3)


def test_inference_reads_always_and_pulses_at_spikes():
    assert energy.inference_energy(3.0, 1.0, 10, 4, 0.25) == pytest.approx(10 * 4 * 1.75)
    assert energy.inference_energy(2.0, 0.5, 2, 3) == pytest.approx(15.0)


def test_table_names_the_source_of_everything(device_card, experiment_card):
    device, experiment = device_card(PT), experiment_card()
    rows = energy.rows(device, experiment)
    assert all(row["source"] for row in rows)
    energies = {row["quantity"]: row for row in rows if row["kind"] == "energy"}
    of_pulse = energies["pulse of 0.75 I_c for 1e-06 s, film"]
    density = 0.75 * device.critical_current_density
    assert of_pulse["value"] == pytest.approx(density**2 * 30e-8 * 6e-9 * 120e-9**2 * 1e-6)
    assert of_pulse["area_m2"] == pytest.approx(120e-9**2)
    for row in rows:
        if row["kind"] == "published":
            assert "doi" in row["source"] or "arXiv" in row["source"]
