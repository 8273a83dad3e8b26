"""Heun's method with the thermal field, at a fixed step."""

from functools import partial

import jax
import jax.numpy as jnp

from .equation import effective_field, normalise, torque
from .fields.thermal import standard_normal
from .system import Parameters


@partial(jax.jit, donate_argnums=0)
def heun(
    m: jax.Array,
    parameters: Parameters,
    key: jax.Array,
    first_step: jax.Array,
    steps: jax.Array,
    time_step: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Integrate the stochastic LLG equation over a number of steps.

    Heun's method, with one thermal field for predictor and corrector, converges to the
    Stratonovich solution (Garcia-Palacios and Lazaro, Phys. Rev. B 58, 14937, 1998).

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny); the buffer is given up.
    parameters : Parameters
        From `system_parameters`, in the precision of m.
    key : jax.Array
        From `seed_key`, shape (2,).
    first_step, steps : jax.Array
        Number of the first step of this call, and how many to do; integer scalars.
    time_step : jax.Array
        In s, float64.

    Returns
    -------
    tuple of jax.Array
        The final m, and the largest |m . m - 1| before normalisation at any step and cell:
        far below 1 in a sound run.
    """
    h = time_step.astype(m.dtype)
    amplitude = parameters.thermal / jnp.sqrt(h)
    magnetic = parameters.saturation_magnetisation > 0

    def step(number: jax.Array, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        m, drift = state
        noise = amplitude * standard_normal(key, first_step + number, m.shape).astype(m.dtype)
        start = (first_step + number) * time_step
        end = start + time_step
        first = torque(m, start, effective_field(m, start, parameters) + noise, parameters)
        guess = m + h * first
        second = torque(guess, end, effective_field(guess, end, parameters) + noise, parameters)
        m, square = normalise(m + 0.5 * h * (first + second))
        return m, jnp.maximum(drift, jnp.where(magnetic, jnp.abs(square - 1), 0))

    m, drift = jax.lax.fori_loop(0, steps, step, (m, jnp.zeros(m.shape[1:], m.dtype)))
    return m, drift.max()
