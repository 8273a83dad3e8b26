"""Energy barriers of a two-state element and the rates over them.

An element has the states s = -1, 1 with the energy -e s, and a barrier KV between them. The
functions take numbers and are compiled, since the kinetics call them at every event.
"""

import math

from scipy.constants import k as boltzmann

from afterpulse.device.compiled import compiled


@compiled
def barrier(barrier_energy: float, bias: float) -> float:
    """Return the barrier out of a state (J), KV (1 + h)² with h = bias/(2 KV) inside |h| < 1.

    Outside that range one well is gone: 2 bias uphill, 0 downhill. Forward and backward barriers
    differ by 2 bias everywhere, so detailed balance holds.

    Parameters
    ----------
    barrier_energy : float
        KV >= 0 (J).
    bias : float
        e s of the present state (J), positive where that state is favoured.

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
    """Return the Néel-Arrhenius rate f_0 exp(-dE / k_B T) (1/s), dE in J and T > 0 in K."""
    return attempt_frequency * math.exp(-barrier_height / (boltzmann * temperature))
