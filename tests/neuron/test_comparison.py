import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from afterpulse.cards.memory_cell import Network
from afterpulse.neuron import comparison, surrogate
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.layers import lstm_layer, memoryless_layer
from afterpulse.neuron.tasks import Task


def small_task():
    """Two steps of one input; the class is the sign of the last."""
    sequences = np.random.default_rng(1).normal(size=(400, 2, 1)).astype(np.float32)
    classes = (sequences[:, 1, 0] > 0).astype(int)
    return Task(sequences[:300], classes[:300], sequences[300:], classes[300:], 0)


def test_each_kind_and_seed_is_trained_and_tested():
    lines = []
    found = comparison.compare(small_task(), comparison.timeless(), 8, 150, [3, 5], lines.append)
    assert list(found["tested"].values) == ["memoryless", "lstm"]
    assert list(found["network_seed"].values) == [3, 5]
    assert found["accuracy"].values.min() > 0.9
    assert len(lines) == 4
    assert lines[0].startswith("memoryless, seed 3: loss ")


def test_each_network_has_devices_of_its_own(cell, monkeypatch):
    guess = surrogate.first_guess(jax.random.key(1))._replace(
        target=jax.random.normal(jax.random.key(2), (surrogate.LATENT, surrogate.HIDDEN))
    )
    monkeypatch.setattr(surrogate, "distil", lambda *given: (guess, 0.01))
    monkeypatch.setattr(surrogate, "noise", lambda *given: 0.0)
    asked = Network.model_validate(
        {"pulse_width": "1 ms", "waits": ["1 s"], "mnist_wait": "1 s", "leak": "2 s"}
    )
    spread = Spread(np.array(0.1), np.array(0.0), np.array(0.0))
    kind, error, noise = comparison.devices(cell, spread, asked, 1.0, 8, jax.random.key(0))
    assert (error, noise) == (0.01, 0.0)

    def output(layer):
        key = jax.random.key(5)
        return np.asarray(layer.step(layer.start((1, 4), key), jnp.full((1, 1, 4), 0.5), key)[1])[0]

    one, same, two = kind(4, 0), kind(4, 0), kind(4, 1)
    assert list(one) == ["surrogate", "device", "other_device"]
    trained = output(one["surrogate"])
    np.testing.assert_array_equal(trained, output(same["surrogate"]))
    assert not np.isin(trained, output(two["surrogate"])).any()
    assert np.ptp(trained) > 0
    films = [output(one[name]) for name in ("device", "other_device")]
    assert not np.isin(*films).any()


def test_unconnected_neurons_do_not_see_each_other():
    (_, lstm) = comparison.timeless()
    alone = comparison.unconnected(lstm)(8, 0)
    assert not alone["lstm"].recurrent
    assert lstm_layer().recurrent
    assert not memoryless_layer().recurrent


def part(task, tested, accuracy, seeds, wait):
    return xr.Dataset(
        {
            "accuracy": (("task", "tested", "network_seed"), accuracy),
            "weights": (("task", "tested"), np.full(np.shape(accuracy)[:2], 7)),
            "neurons": 4,
            "wait": wait,
        },
        coords={"task": task, "tested": tested, "network_seed": seeds},
    )


def test_rows_are_over_all_seeds_of_all_parts():
    parts = [
        part(["mnist"], ["device"], [[[0.8]]], [0], 0.1),
        part(["mnist"], ["device"], [[[0.9]]], [1], 0.1),
        part(["digits"], ["lstm"], [[[0.5, 0.7]]], [0, 1], np.nan),
    ]
    table = comparison.accuracy_table(parts)
    assert list(table["task"]) == ["mnist", "digits"]
    mnist, digits = table.to_dict("records")
    assert mnist["accuracy"] == pytest.approx(0.85)
    assert mnist["standard_deviation"] == pytest.approx(0.1 / np.sqrt(2))
    assert (mnist["worst"], mnist["best"], mnist["seeds"]) == (0.8, 0.9, 2)
    assert (mnist["tested"], mnist["weights"], mnist["neurons"]) == ("device", 7, 4)
    assert digits["accuracy"] == pytest.approx(0.6)
    assert np.isnan(digits["wait_s"])
