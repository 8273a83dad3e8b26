"""Energy barriers of a two-state element and the rates over them.

An element has two states s = -1, 1, the energy -e s and between them a barrier KV. The
functions take floats and are compiled, since the kinetics call them for every event.
"""

import math

from scipy.constants import k as boltzmann

from afterpulse.device.compiled import compiled


@compiled
def barrier(barrier_energy: float, bias: float) -> float:
    """Barrier out of a state, KV (1 + h)² with h = bias/(2 KV) inside |h| < 1.

    Outside that range one of the two wells is gone: 2 bias uphill, 0 downhill. Forward and
    backward differ by 2 bias everywhere, so detailed balance holds.

    Parameters
    ----------
    barrier_energy : float
        KV >= 0 (J).
    bias : float
        e s of the present state (J); positive where that state is favoured.

    Returns
    -------
    float
        J.

    Notes
    -----
    Stoner and Wohlfarth, Phil. Trans. R. Soc. A 240, 599 (1948), field along the easy axis.
    """
    if bias >= 2 * barrier_energy:
        return 2 * bias
    if bias <= -2 * barrier_energy:
        return 0.0
    return barrier_energy * (1 + bias / (2 * barrier_energy)) ** 2


@compiled
def rate(attempt_frequency: float, barrier_height: float, temperature: float) -> float:
    """Néel-Arrhenius rate f_0 exp(-dE / k_B T).

    Parameters
    ----------
    attempt_frequency : float
        1/s.
    barrier_height : float
        J.
    temperature : float
        K, > 0.

    Returns
    -------
    float
        1/s.
    """
    return attempt_frequency * math.exp(-barrier_height / (boltzmann * temperature))
