import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.neuron import cell as cells

torch = pytest.importorskip("torch", reason="the extra snntorch is not installed")
pytest.importorskip("snntorch", reason="the extra snntorch is not installed")


@pytest.fixture(scope="module")
def module(cell):
    from afterpulse.neuron.snntorch_module import MemoryCell

    return MemoryCell(cells.quiet(cell), width=1e-3, wait=0.5, threshold=0.3)


def test_trace_is_that_of_the_source(cell, rest, module):
    amplitude = np.array([[0.9, 0.0], [0.7, 0.95], [-0.6, 0.95], [0.0, 0.3]], dtype=np.float32)
    state, membranes, spikes = None, [], []
    for one in torch.as_tensor(amplitude):
        fired, membrane, state = module(one, state)
        membranes.append(membrane.numpy())
        spikes.append(fired.numpy())
    full = jnp.ones_like(amplitude)
    start = jax.tree.map(lambda x: jnp.broadcast_to(x, (2, *x.shape)), rest)
    key = jax.random.key(0)
    _, found = jax.jit(cells.run)(
        cells.quiet(cell), start, jnp.asarray(amplitude), full * 1e-3, full * 0.5, key
    )
    np.testing.assert_allclose(membranes, (1 - found) / 2, atol=2e-3)
    np.testing.assert_array_equal(spikes, (1 - np.asarray(found)) / 2 > 0.3)
    assert {0.0, 1.0} == set(np.ravel(spikes))


def test_gradient_reaches_the_amplitude(module):
    amplitude = torch.tensor([0.8, 0.9], requires_grad=True)
    _, membrane, _ = module(amplitude)
    membrane.sum().backward()
    assert torch.all(amplitude.grad > 0.1)
