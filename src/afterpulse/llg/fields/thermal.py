"""Brown's thermal field: amplitude and random numbers."""

import jax
import jax.numpy as jnp
import numpy as np
from micromagneticmodel.consts import kB, mu0
from numpy.typing import NDArray

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def thermal_amplitude(
    temperature: NDArray[np.float64],
    damping: NDArray[np.float64],
    saturation_magnetisation: NDArray[np.float64],
    gamma0: NDArray[np.float64],
    cell_volume: float,
) -> NDArray[np.float64]:
    """Return the strength of the thermal field in A/m s^(1/2), to be divided by sqrt(time step).

    <H_i(t) H_j(t')> = 2 alpha k_B T / (mu0 gamma0 M_s V) delta_ij delta(t - t'),
    W. F. Brown, Phys. Rev. 130, 1677 (1963), for the Gilbert form with gamma0 in m/(A s). T in K,
    M_s in A/m, V in m^3; no noise where M_s or gamma0 is 0.
    """
    noisy = (saturation_magnetisation > 0) & (gamma0 > 0)
    variance = np.divide(
        2 * damping * kB * temperature,
        mu0 * gamma0 * saturation_magnetisation * cell_volume,
        where=noisy,
        out=np.zeros(noisy.shape),
    )
    return np.sqrt(variance)


def seed_key(seed: int) -> NDArray[np.uint32]:
    """Split a seed (0 to 2**64 - 1) into the words of a Threefry key, as `jax.random.key` does."""
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed must be between 0 and 2**64 - 1, not {seed}")
    return np.array([seed >> 32, seed & 0xFFFFFFFF], dtype=np.uint32)


def threefry(
    key: tuple[jax.Array, jax.Array], first: jax.Array, second: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return two words of random bits by Threefry-2x32 with 20 rounds (Salmon et al., SC'11, 2011).

    Key and counter are two uint32 words each. Written out instead of jax.random.bits since XLA then
    fuses the rounds into one vector loop, several times faster on a CPU; a test checks that the
    numbers are the same.
    """
    words = (key[0], key[1], key[0] ^ key[1] ^ np.uint32(0x1BD11BDA))
    first, second = first + words[0], second + words[1]
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            first = first + second
            second = (second << np.uint32(rotation)) | (second >> np.uint32(32 - rotation))
            second = second ^ first
        first = first + words[(group + 1) % 3]
        second = second + words[(group + 2) % 3] + np.uint32(group + 1)
    return first, second


def standard_normal(key: jax.Array, step: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Draw standard normal float32 numbers that depend on the key and the step only.

    The step's key is `jax.random.fold_in(key, step)`, for steps below 2**32; 23 random bits make a
    uniform number and the inverse error function a normal number, so |z| is at most 5.3. Runs of
    any precision see the same noise.
    """
    step = jnp.asarray(step, jnp.int64)
    high, low = (step >> 32).astype(jnp.uint32), step.astype(jnp.uint32)
    step_key = threefry((key[0], key[1]), high, low)
    half = -(-int(np.prod(shape)) // 2)
    counter = jnp.arange(half, dtype=jnp.uint32)
    bits = jnp.concatenate(threefry(step_key, counter, counter + np.uint32(half)))
    bits = bits[: int(np.prod(shape))].reshape(shape)
    odd = 2 * (bits >> np.uint32(9)).astype(jnp.int32) + (1 - 2**23)
    uniform = odd.astype(jnp.float32) * np.float32(2.0**-23)
    return np.float32(np.sqrt(2.0)) * jax.lax.erf_inv(uniform)
