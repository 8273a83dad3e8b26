import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.neuron import cell as cells
from afterpulse.neuron.identify import first_guess

# Result of the rule `cell` for 128 trains of an earlier card pt_co_irmn in the demo's window.
IDENTIFIED = {
    "torque": 22.461,
    "torque_spread": 0.13405,
    "barrier": 27.488,
    "barrier_spread": 2.0163,
    "grain_bias": 22.916,
    "mean_field": -21.101,
    "offset": -0.09732,
    "grain_barrier": 53.732,
    "grain_barrier_spread": 0.26338,
    "grain_coupling": 1.3113,
    "log_grain_attempt": 22.854,
    "anisotropy_exponent": 3.7212,
    "units": 58.6,
    # Of the card at that time: rise of the stages at I_c (K) and attempt frequency of units.
    "stage_rise": np.array([100.0, 65.0, 30.0, 4.0, 2.0]),
    "log_attempt": np.log(3e9),
}


@pytest.fixture(scope="session")
def cell(device_card, experiment_card):
    guess = first_guess(device_card(), experiment_card())
    return cells.in_jax(guess._replace(**IDENTIFIED))


@pytest.fixture(scope="session")
def rest(cell):
    """Aged for the demo's 10⁴ s."""
    return cells.aged(cells.quiet(cell), jax.random.key(0), (), jnp.asarray(1e4))
