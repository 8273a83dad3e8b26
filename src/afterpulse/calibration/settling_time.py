"""How long a unit takes to follow a current that is switched on."""

import numpy as np

from afterpulse.engines import Driven

# Share of the magnetisation by which a settled unit may still move.
SETTLED = 0.01


def settling_time(driven: Driven) -> float:
    """Time after which the mean m_z stays where it ends.

    Parameters
    ----------
    driven : Driven
        From a long drive under a constant current.

    Returns
    -------
    float
        s; the whole time where it is not settled at the end.
    """
    along_z = driven.mean_m[:, 2]
    moves = np.abs(along_z / along_z[-1] - 1) > SETTLED
    last = np.nonzero(moves)[0]
    return float(driven.time[last[-1] + 1]) if last.size else float(driven.time[0])
