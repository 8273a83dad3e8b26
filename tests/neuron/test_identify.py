import jax
import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from afterpulse.calibration import rules as calibration_rules
from afterpulse.cards import load_experiment
from afterpulse.cards.load import read_card
from afterpulse.datasets import read
from afterpulse.device import load_device
from afterpulse.film import rules as film_rules
from afterpulse.neuron import cell as cells
from afterpulse.neuron import dataset as cell_dataset
from afterpulse.neuron import identify, rules
from afterpulse.neuron.cell import Spread


@pytest.fixture(scope="module")
def made_up(cell):
    """Readings of the cell itself on four trains."""
    random = np.random.default_rng(5)
    amplitude = random.uniform(-0.3, 1.1, (4, 3))
    width = 10 ** random.uniform(-6, -2, (4, 3))
    delay = np.tile([1e-3, 1e-1, np.nan, 0.7], (4, 3, 1))
    quiet = cell._replace(units=np.inf)
    z, order = identify.trace(quiet, amplitude, width, delay, 1e4, jax.random.key(0))
    known = ~np.isnan(delay)
    return identify.Trains(
        amplitude,
        width,
        delay,
        np.where(known, z, np.nan),
        np.where(known, order, np.nan),
        np.where(known, 0.03, np.nan),
        2,
    )


@pytest.mark.slow
def test_the_parameters_that_made_the_readings_are_found(cell, made_up):
    started = cell._replace(torque=cell.torque * 1.1, grain_barrier=cell.grain_barrier * 0.95)
    found = identify.fit(started, made_up, 1e4, ("torque", "grain_barrier"))
    assert found.torque == pytest.approx(float(cell.torque), rel=0.01)
    assert found.grain_barrier == pytest.approx(float(cell.grain_barrier), rel=0.01)
    assert identify.errors(found, made_up, 1e4).rms < 0.004


@pytest.mark.slow
def test_errors_are_what_their_names_say(cell, made_up):
    shifted = made_up._replace(magnetisation=made_up.magnetisation + 0.02)
    shifted.magnetisation[2, 1, 0] += 0.3
    found = identify.errors(cell, shifted, 1e4)
    assert found.worst == pytest.approx(0.32, abs=1e-5)
    count = np.sum(~np.isnan(shifted.magnetisation))
    assert found.rms == pytest.approx(np.sqrt((0.02**2 * (count - 1) + 0.32**2) / count), rel=1e-3)
    assert found.worst_train == pytest.approx(np.sqrt((0.02**2 * 8 + 0.32**2) / 9), rel=1e-3)
    assert found.swing == pytest.approx(
        np.nanmax(shifted.magnetisation) - np.nanmin(shifted.magnetisation)
    )
    assert found.standard_error == pytest.approx(0.03 / np.sqrt(2))


def readings(replicates):
    of = ("train", "replicate", "pulse_number", "reading")
    values = np.arange(2.0 * replicates).reshape(2, replicates, 1, 1)
    return xr.Dataset(
        {
            "magnetisation_z": (of, values),
            "grain_order": (of, values),
            "relative_amplitude": (("train", "pulse_number"), np.ones((2, 1))),
            "pulse_width": (("train", "pulse_number"), np.ones((2, 1))),
            "delay": (("train", "pulse_number", "reading"), np.ones((2, 1, 1))),
        }
    )


def test_replicates_give_mean_and_scatter():
    found = identify.trains_of([readings(2), readings(2)])
    np.testing.assert_allclose(found.magnetisation.ravel(), [0.5, 2.5] * 2)
    np.testing.assert_allclose(found.scatter.ravel(), np.sqrt(0.5))
    assert np.all(np.isnan(identify.trains_of([readings(1)]).scatter))
    with pytest.raises(ValueError, match="unequal numbers of replicates"):
        identify.trains_of([readings(2), readings(3)])


def test_first_guess_has_the_cards_numbers(device_card, experiment_card):
    resistance = np.array([2.96e-7, 1.93e-7])
    device = device_card(
        {"spin_hall_layer.resistivity": "30 uohm*cm", "heat_path.heated_thickness": "6 nm"},
        stages=[
            (f"{each} K*m^2/W", time)
            for each, time in zip(resistance, ("30 ns", "1 s"), strict=True)
        ],
    )
    guess = identify.first_guess(device, experiment_card())
    # Stages of the heat path at I_c: J² rho t.
    density = device.critical_current_density
    np.testing.assert_allclose(guess.stage_rise, density**2 * 3e-7 * 6e-9 * resistance)
    # A positive current drives the film down (docs/findings.md).
    assert (guess.torque_sign, guess.initial_sign) == (-1, 1)
    assert len(identify.FITTED) == 12
    assert set(Spread._fields) < set(identify.FITTED)


@pytest.mark.slow
def test_a_cell_read_off_a_device_holds_on_other_trains(tmp_path):
    """The jobs from cards to cell: 24 trains of the card's film, error on 6 others below 5 %."""
    card = read_card("experiments/memory_cell.yaml")
    card["memory_cell"] |= {
        "training_trains": 24,
        "held_out_trains": 6,
        "held_out_replicates": 6,
        "devices": 2,
        "device_trains": 4,
    }
    experiment = tmp_path / "memory_cell.yaml"
    experiment.write_text(yaml.safe_dump(card))
    cards = load_device("devices/pt_co_irmn.yaml"), load_experiment(experiment)
    sample, calibration = str(tmp_path / "sample.nc"), str(tmp_path / "calibration.nc")
    film_rules.sample(*cards, sample)
    calibration_rules.calibration(*cards, sample, calibration)
    paths = {}
    for role, count in (("training", 24), ("held_out", 6), ("device_0", 4), ("device_1", 4)):
        paths[role] = str(tmp_path / f"{role}.nc")
        rules.neuron_trains(*cards, sample, calibration, (role, 0, count), paths[role])
    target, table = str(tmp_path / "cell.nc"), tmp_path / "cell.csv"
    others = [paths["device_0"], paths["device_1"]]
    rules.cell(*cards, [paths["training"]], [paths["held_out"]], others, target, str(table))
    found = read(target)
    assert found["error_rms"] < 0.05 * found["error_swing"]
    assert found["error_standard_error"] < found["error_rms"]
    # Units pull others along, so that a film scatters as one of fewer.
    assert found["cell_units"] < 91
    kept = identify.trains_of([read(paths["held_out"])])
    cell = cells.in_jax(cell_dataset.from_dataset(found)[0])
    runs = [
        identify.trace(cell, kept.amplitude, kept.width, kept.delay, 1e4, key)[0]
        for key in jax.random.split(jax.random.key(1), 16)
    ]
    known = ~np.isnan(kept.delay)
    variance = np.var(np.asarray(runs), axis=0, ddof=1)[known].mean()
    assert 0.5 < variance / np.mean(kept.scatter[known] ** 2) < 2
    errors = pd.read_csv(table).set_index("quantity")["over_swing"]
    assert errors.iloc[0] == pytest.approx(float(found["error_rms"] / found["error_swing"]))
