"""Small-signal memory cell as a graph of the Neuromorphic Intermediate Representation (NIR).

NIR's primitives have constant coefficients, so the graph holds the linear part of the model: the
response of a device at rest to one pulse of fixed amplitude and width, as a sum of leaky
integrators, added up over pulses. Lost are the dependence on amplitude, width, polarity and
history, saturation, and all that stays longer than the slowest integrator.
"""

from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import nnls

from afterpulse.neuron.cell import aged, pulse, quiet
from afterpulse.neuron.compact import Array, Cell, State, reading, step

if TYPE_CHECKING:
    import nir

FIRST_DELAY, LAST_DELAY = 1e-3, 30.0
"""Range of delays of the fit (s)."""
DELAYS_PER_DECADE = 10
TIME_CONSTANTS = 10.0 ** np.arange(-2.5, 2.1, 0.5)
"""Time constants of the leaky integrators (s)."""


class SmallSignal(NamedTuple):
    """Modes of a memory cell, arrays of shape (modes,)."""

    time_constant: Array  # s
    gain: Array  # amplitude of each mode after one pulse (m_z)
    rest: float  # reading without pulses (m_z)


def small_signal(cell: Cell, amplitude: float, width: float) -> SmallSignal:
    """Decompose the response of an aged device to one pulse into exponential decays.

    `amplitude` is over the critical current, `width` in s. The memory cell is of JAX arrays; its
    noise is left out. Returns the modes of `TIME_CONSTANTS` with a gain, by non-negative least
    squares.
    """
    mean, key = quiet(cell), jax.random.key(0)
    rest = aged(mean, key)
    count = round(DELAYS_PER_DECADE * np.log10(LAST_DELAY / FIRST_DELAY)) + 1
    delay = np.geomspace(FIRST_DELAY, LAST_DELAY, count)
    before = FIRST_DELAY * np.geomspace(1e-3, 0.5, 6)
    steps = np.diff(np.concatenate([before, delay]), prepend=0.0)

    def advance(state: State, duration: Array) -> tuple[State, Array]:
        state = step(mean, state, jnp.zeros(()), duration, jnp.zeros(()))
        return state, reading(state)

    pulsed = pulse(mean, rest, jnp.asarray(amplitude), jnp.asarray(width), key)
    readings = np.asarray(jax.lax.scan(advance, pulsed, jnp.asarray(steps))[1])[before.size :]
    change = readings - float(reading(rest))
    decays = np.exp(-delay[:, None] / TIME_CONSTANTS)
    # All modes of a relaxation have one sign.
    sign = np.sign(change.sum()) or 1.0
    gain = sign * nnls(decays, sign * change)[0]
    kept = gain != 0
    return SmallSignal(TIME_CONSTANTS[kept], gain[kept], float(reading(rest)))


def to_nir(modes: SmallSignal) -> "nir.NIRGraph":
    """Return the graph of a small-signal memory cell: spikes in, m_z out.

    The nodes are Input, Linear (gain), LI (time constants in s; its resistance equals them, so that
    a spike of unit area raises a mode by its gain), Affine (sum and rest) and Output.

    Raises
    ------
    ModuleNotFoundError
        If the library nir is not installed (``pip install afterpulse[nir]``).
    """
    import nir

    count = modes.gain.size
    nodes = {
        "spikes": nir.Input(input_type={"input": np.array([1])}),
        "gain": nir.Linear(weight=modes.gain[:, None]),
        "modes": nir.LI(tau=modes.time_constant, r=modes.time_constant, v_leak=np.zeros(count)),
        "sum": nir.Affine(weight=np.ones((1, count)), bias=np.array([modes.rest])),
        "reading": nir.Output(output_type={"output": np.array([1])}),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes=nodes, edges=list(zip(names, names[1:], strict=False)))
