import jax
import jax.numpy as jnp
import pytest

from afterpulse.neuron import cell as cells
from afterpulse.neuron.identify import first_guess

# What `jobs.identify_cell` made of 128 trains of the card pt_co_irmn in the demo's window.
IDENTIFIED = {
    "torque": 22.2,
    "torque_spread": 0.135,
    "barrier": 31.0,
    "barrier_spread": 1.81,
    "grain_bias": 22.8,
    "mean_field": -21.2,
    "offset": -0.098,
    "grain_barrier": 53.3,
    "grain_barrier_spread": 0.265,
    "grain_coupling": 1.32,
    "log_attempt": 25.3,
    "log_grain_attempt": 22.7,
    "anisotropy_exponent": 2.83,
    "units": 75.0,
}


@pytest.fixture(scope="session")
def cell(device_card, experiment_card):
    guess = first_guess(device_card(), experiment_card())
    return cells.in_jax(guess._replace(**IDENTIFIED))


@pytest.fixture(scope="session")
def rest(cell):
    """Aged for the demo's 10⁴ s."""
    return cells.aged(cells.quiet(cell), jax.random.key(0), (), jnp.asarray(1e4))
