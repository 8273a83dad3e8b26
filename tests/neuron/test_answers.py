import jax
import numpy as np
import pytest

from afterpulse.kinetics.film import MACROSPIN
from afterpulse.neuron import answers, protocols
from afterpulse.neuron.protocols import Asked


@pytest.fixture(scope="module")
def protocol():
    return protocols.trains([[0.9, 0.5], [0.5, 0.9]], 1e-4, 0.1, 1.0)


@pytest.fixture(scope="module")
def device(device_card, experiment_card, small_sample, protocol):
    card = experiment_card({"mechanisms": ["afm_viscosity", "fm_aftereffect"]})
    return answers.of_device(device_card(), card, small_sample, MACROSPIN, protocol, 3)


def test_device_has_all_mechanisms_and_none_of_each(device, protocol):
    sets = ["card", "without_afm_viscosity", "without_fm_aftereffect"]
    assert list(device["mechanism_set"].values) == sets
    for name in sets:
        z = answers.readings(device, name)
        assert z.shape == (3, 2, 3, 2)
        # All trains of a replicate start from one aged film.
        assert np.all(np.ptp(z[:, :, 0, -1], axis=1) == 0)
    frozen = device["grain_order"].sel(mechanism_set="without_afm_viscosity")
    np.testing.assert_allclose(frozen, 1.0)
    np.testing.assert_allclose(device["relative_amplitude"], protocol.amplitude)


@pytest.mark.slow
def test_cell_answers_in_the_devices_layout(cell, device, protocol):
    answer = answers.of_cell(cell, protocol, 1e4, 3, jax.random.key(0))
    assert answer["magnetisation_z"].dims == device["magnetisation_z"].dims
    np.testing.assert_allclose(answer["delay"], device["delay"])
    noisy, quiet = (answers.readings(answer, one) for one in (answers.CELL, answers.QUIET))
    assert noisy.std(axis=0).max() > 0.01
    assert quiet.std(axis=0).max() < 1e-6
    # The stronger pulse writes more.
    assert quiet[0, 0, 1, 0] < quiet[0, 1, 1, 0] < quiet[0, 1, 0, -1]


def test_row_says_what_an_effect_needs(device):
    """Made-up readings: an effect that is gone without grains and larger in the cell."""
    size = {"card": 0.4, "without_afm_viscosity": 0.0, "without_fm_aftereffect": 0.35}
    scatter = 0.01 * np.array([-1.0, 0.0, 1.0])[:, None, None, None]
    made = device.assign(
        magnetisation_z=(
            ("mechanism_set", "replicate", "train", "pulse_number", "reading"),
            np.stack([np.full((3, 2, 3, 2), value) + scatter for value in size.values()]),
        )
    )
    cell = made.isel(mechanism_set=[0, 0]).assign_coords(
        mechanism_set=[answers.CELL, answers.QUIET]
    )
    cell["magnetisation_z"] = cell["magnetisation_z"] + 0.2
    asked = Asked(None, lambda z: {"effect: mean": z.mean(), "mean": z.mean()}, np.mean)
    effect, plain = answers.rows("any", asked, made, cell)
    assert effect["device"] == pytest.approx(0.4)
    assert effect["device_error"] == pytest.approx(0.01 / np.sqrt(3))
    assert effect["cell_less_device_in_errors"] == pytest.approx(0.2 / 0.01 * np.sqrt(3 / 2))
    assert effect["needs"] == "afm_viscosity"
    assert plain["needs"] == ""
    # Without an effect nothing is needed for it.
    made["magnetisation_z"] = made["magnetisation_z"] * 0.0 + scatter.squeeze()[:, None, None, None]
    assert answers.rows("any", asked, made, cell)[0]["needs"] == "no effect"
