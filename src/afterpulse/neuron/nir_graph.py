"""The cell for small signals as a graph of the Neuromorphic Intermediate Representation (NIR).

NIR's primitives have constant coefficients. So the graph holds the part of the cell that is
linear: the response to one pulse of a fixed amplitude and width on a device at rest, as a sum of
leaky integrators, added up over pulses. What is lost: that the response depends on amplitude and
width, on polarity and on what was written before; saturation; and all that stays for longer than
the slowest integrator.
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
"""Delays over which the modes follow the cell (s)."""
DELAYS_PER_DECADE = 10
TIME_CONSTANTS = 10.0 ** np.arange(-2.5, 2.1, 0.5)
"""Of the leaky integrators (s)."""


class SmallSignal(NamedTuple):
    """Modes of a cell.

    Attributes
    ----------
    time_constant : ndarray, shape (modes,)
        s.
    gain : ndarray, shape (modes,)
        By which one pulse raises each mode (m_z).
    rest : float
        Reading without pulses (m_z).
    """

    time_constant: Array
    gain: Array
    rest: float


def small_signal(cell: Cell, amplitude: float, width: float) -> SmallSignal:
    """Decompose the response to one pulse on an aged device into exponential decays.

    Parameters
    ----------
    cell : Cell
        Of JAX arrays; its noise is left out.
    amplitude : float
        Over the critical current.
    width : float
        s.

    Returns
    -------
    SmallSignal
        Those of `TIME_CONSTANTS` that the response has, by non-negative least squares.
    """
    mean, key = quiet(cell), jax.random.key(0)
    rest = aged(mean, key)
    count = round(DELAYS_PER_DECADE * np.log10(LAST_DELAY / FIRST_DELAY)) + 1
    delay = np.geomspace(FIRST_DELAY, LAST_DELAY, count)
    before = FIRST_DELAY * np.geomspace(1e-3, 0.5, 6)
    steps = np.diff(np.concatenate([before, delay]), prepend=0.0)

    def one(state: State, duration: Array) -> tuple[State, Array]:
        state = step(mean, state, jnp.zeros(()), duration, jnp.zeros(()))
        return state, reading(state)

    pulsed = pulse(mean, rest, jnp.asarray(amplitude), jnp.asarray(width), key)
    found = np.asarray(jax.lax.scan(one, pulsed, jnp.asarray(steps))[1])[before.size :]
    change = found - float(reading(rest))
    decays = np.exp(-delay[:, None] / TIME_CONSTANTS)
    # All modes of a relaxation have one sign.
    sign = np.sign(change.sum()) or 1.0
    gain = sign * nnls(decays, sign * change)[0]
    kept = gain != 0
    return SmallSignal(TIME_CONSTANTS[kept], gain[kept], float(reading(rest)))


def superposed(modes: SmallSignal, pulse_time: Array, time: Array) -> Array:
    """Reading of the small-signal cell.

    Parameters
    ----------
    modes : SmallSignal
        Of the cell.
    pulse_time : array_like, shape (pulses,)
        When each pulse ends (s).
    time : array_like, shape (times,)
        When it is read (s).

    Returns
    -------
    ndarray, shape (times,)
        m_z.
    """
    since = np.asarray(time)[:, None, None] - np.asarray(pulse_time)[None, :, None]
    decay = np.where(since >= 0, np.exp(-np.maximum(since, 0) / modes.time_constant), 0.0)
    return np.asarray(modes.rest + (decay * modes.gain).sum(axis=(1, 2)))


def to_nir(modes: SmallSignal) -> "nir.NIRGraph":
    """Graph of the small-signal cell: spikes in, m_z out.

    Parameters
    ----------
    modes : SmallSignal
        Of the cell.

    Returns
    -------
    nir.NIRGraph
        Input, Linear (gain), LI (time constants in s; its resistance equals them, so that a spike
        of unit area raises a mode by its gain), Affine (sum and rest), Output.

    Raises
    ------
    ModuleNotFoundError
        Where the library nir is not installed (``pip install afterpulse[nir]``).
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
