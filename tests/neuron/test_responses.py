import jax
import numpy as np
import pytest

from afterpulse.kinetics.film import macrospin
from afterpulse.neuron import protocols, responses
from afterpulse.neuron.protocols import NeuronProtocol
from afterpulse.neuron.trains import SimulatedDevice


@pytest.fixture(scope="module")
def protocol():
    return protocols.with_rest([[0.9, 0.5], [0.5, 0.9]], 1e-4, 0.1, 1.0)


@pytest.fixture(scope="module")
def device(device_card, experiment_card, small_sample, protocol):
    card = experiment_card({"mechanisms": ["afm_viscosity", "fm_aftereffect"]})
    made = device_card()
    simulated = SimulatedDevice(made, card, small_sample, macrospin(made))
    return responses.simulate_device(simulated, protocol, 3)


def test_device_has_all_mechanisms_and_none_of_each(device, protocol):
    sets = ["card", "without_afm_viscosity", "without_fm_aftereffect"]
    assert list(device["mechanism_set"].values) == sets
    for name in sets:
        z = responses.readings(device, name)
        assert z.shape == (3, 2, 3, 2)
        # All trains of a replicate start from one aged film.
        assert np.all(np.ptp(z[:, :, 0, -1], axis=1) == 0)
    frozen = device["grain_order"].sel(mechanism_set="without_afm_viscosity")
    np.testing.assert_allclose(frozen, 1.0)
    np.testing.assert_allclose(device["relative_amplitude"], protocol.amplitude)


@pytest.mark.slow
def test_responses_of_memory_cell_have_the_layout_of_the_device(cell, device, protocol):
    response = responses.simulate_cell(cell, protocol, 1e4, 3, jax.random.key(0))
    assert response["magnetisation_z"].dims == device["magnetisation_z"].dims
    np.testing.assert_allclose(response["delay"], device["delay"])
    noisy, quiet = (
        responses.readings(response, name) for name in (protocols.CELL, protocols.QUIET)
    )
    assert noisy.std(axis=0).max() > 0.01
    assert quiet.std(axis=0).max() < 1e-6
    # The stronger pulse writes more.
    assert quiet[0, 0, 1, 0] < quiet[0, 1, 1, 0] < quiet[0, 1, 0, -1]


def test_rows_name_the_mechanisms_that_an_effect_needs(device):
    """Made-up readings: an effect that vanishes with frozen grains and is larger in the model."""
    size = {"card": 0.4, "without_afm_viscosity": 0.0, "without_fm_aftereffect": 0.35}
    scatter = 0.01 * np.array([-1.0, 0.0, 1.0])[:, None, None, None]
    simulated = device.assign(
        magnetisation_z=(
            ("mechanism_set", "replicate", "train", "pulse_number", "reading"),
            np.stack([np.full((3, 2, 3, 2), value) + scatter for value in size.values()]),
        )
    )
    cell = simulated.isel(mechanism_set=[0, 0]).assign_coords(
        mechanism_set=[protocols.CELL, protocols.QUIET]
    )
    cell["magnetisation_z"] = cell["magnetisation_z"] + 0.2
    protocol = NeuronProtocol(None, lambda z: {"effect: mean": z.mean(), "mean": z.mean()}, np.mean)
    effect, plain = responses.rows("any", protocol, simulated, cell)
    assert effect["device"] == pytest.approx(0.4)
    assert effect["device_error"] == pytest.approx(0.01 / np.sqrt(3))
    assert effect["cell_less_device_in_errors"] == pytest.approx(0.2 / 0.01 * np.sqrt(3 / 2))
    assert effect["needs"] == "afm_viscosity"
    assert plain["needs"] == ""
    # No effect needs no mechanism.
    simulated["magnetisation_z"] = (
        simulated["magnetisation_z"] * 0.0 + scatter.squeeze()[:, None, None, None]
    )
    assert responses.rows("any", protocol, simulated, cell)[0]["needs"] == "no effect"
