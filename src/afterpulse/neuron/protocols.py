"""What a neuron or a synapse is asked to do, as pulses, and what is read off its answer.

Every protocol is a function that gives pulses and reading times, and has a function that takes
readings and gives numbers. Readings are arrays of shape (replicates, trains, pulses, readings), of
the device or of the cell alike. Each train starts with a pulse of no amplitude, whose reading is
the device at rest. Changes are counted towards reversal: at rest less the reading.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Measure = Callable[[Array], dict[str, Array]]

AT_ONCE = 1e-2
"""When a change counts as that right after the pulse (s)."""
WEAK, WEAK_WIDTH = 0.5, 1e-5
"""Input pulse that leaves nothing behind (over the critical current, s)."""
REST = 30.0
"""Wait after which a change counts as lasting (s)."""
NO_WAIT = 1e-9
"""Between pieces of one waveform (s); to the film and its heat it is none."""
CELL, QUIET = "cell", "cell_without_noise"
"""Names of the cell's answers beside those of the device, by mechanism set."""


class Protocol(NamedTuple):
    """Pulses and reading times.

    Attributes
    ----------
    amplitude : ndarray, shape (trains, pulses)
        Over the critical current.
    width, wait : ndarray, shape (trains, pulses)
        Of each pulse, and from its end to the next one's start (s).
    delays : tuple of float
        Times after each pulse's end at which the device is read, where the wait is longer (s); the
        last reading is that at the end of the wait.
    """

    amplitude: Array
    width: Array
    wait: Array
    delays: tuple[float, ...]


def trains(
    amplitude: ArrayLike, width: ArrayLike, wait: ArrayLike, last_wait: float = REST
) -> Protocol:
    """Put a pulse of no amplitude before some trains, and a long wait after them.

    Parameters
    ----------
    amplitude, width, wait : array_like, shape (trains, pulses)
        As in `Protocol`; arrays of one train, or numbers, are broadcast.
    last_wait : float
        After the last pulse (s).

    Returns
    -------
    Protocol
        Read `AT_ONCE`, and at the end of each wait.
    """
    shaped = np.broadcast_arrays(*(np.atleast_2d(one) for one in (amplitude, width, wait)))
    none = [np.full((shaped[0].shape[0], 1), value) for value in (0.0, 1e-6, 1.0)]
    amplitudes, widths, waits = (
        np.concatenate([a, b], axis=1) for a, b in zip(none, shaped, strict=True)
    )
    waits[:, -1] = last_wait
    return Protocol(amplitudes, widths, waits, (AT_ONCE,))


def at_rest(z: Array) -> Array:
    """Reading before the first pulse, shape (replicates, trains)."""
    return z[:, :, 0, -1]


def changes(z: Array, reading: int) -> Array:
    """Mean change of each pulse over the replicates, shape (trains, pulses)."""
    found: Array = (at_rest(z)[..., None] - z[:, :, 1:, reading]).mean(axis=0)
    return found


def leaky_integration() -> Protocol:
    """Ten weak pulses, 0.1 s apart, and a wait of 30 s: a leaky integrator's rise and leak."""
    made = trains(np.full(10, WEAK), WEAK_WIDTH, 0.1)
    return made._replace(delays=(AT_ONCE, 0.1, 0.3, 1.0, 3.0, 10.0))


def measure_leaky_integration(z: Array) -> dict[str, Array]:
    """Rise over the train, and how much of the change after it leaks in 30 s."""
    change, later = changes(z, 0)[0], changes(z, -1)[0, -1]
    return {
        "change after one pulse": change[0],
        "change after ten pulses": change[-1],
        "integration: ten less one": change[-1] - change[0],
        "leak: ten less 30 s later": change[-1] - later,
    }


def curve_leaky_integration(z: Array) -> Array:
    """Change after each pulse, and after the last one at each delay."""
    readings = changes(z, 0)[0]
    return np.concatenate([readings, (at_rest(z)[:, 0, None] - z[:, 0, -1, 1:]).mean(axis=0)])


CYCLES, SPIKES = 3, 8
"""Of `fire_and_reset`: cycles, and input pulses in each."""
THRESHOLD = 0.32
"""Reading below which the neuron fires (m_z)."""


def fire_and_reset() -> Protocol:
    """Strong input pulses and one of the other polarity that resets, three times over.

    The reset comes after `SPIKES` pulses, whether the neuron has fired or not, since a protocol is
    fixed before it is run.
    """
    amplitude = ([0.85] * SPIKES + [-0.9]) * CYCLES
    wait = ([0.05] * SPIKES + [1.0]) * CYCLES
    return trains(amplitude, 1e-3, wait, 1.0)


def measure_fire_and_reset(z: Array) -> dict[str, Array]:
    """Pulses until the reading is below the threshold, in each cycle, and what a reset gives back.

    Where a replicate never fires its count is one more than there are pulses.
    """
    readings = z[:, 0, 1:, -1].reshape(z.shape[0], CYCLES, SPIKES + 1)
    below = readings[:, :, :-1] < THRESHOLD
    first = np.where(below.any(axis=-1), below.argmax(axis=-1) + 1, SPIKES + 1).mean(axis=0)
    last, after = readings[:, :, -2].mean(axis=0), readings[:, :, -1].mean(axis=0)
    found = {f"pulses to fire, cycle {n + 1}": first[n] for n in range(CYCLES)}
    return found | {
        "rise: rest less the end of cycle 1": at_rest(z).mean() - last[0],
        "given back by the first reset": after[0] - last[0],
        "not given back by the third reset": at_rest(z).mean() - after[-1],
    }


def curve_fire_and_reset(z: Array) -> Array:
    """Reading at the end of each wait."""
    found: Array = z[:, 0, 1:, -1].mean(axis=0)
    return found


INTERVALS = np.array([1e-2, 1e-1, 1.0, 10.0])
"""Of `paired_pulses`, from the end of one to the start of the other (s)."""


def paired_pulses() -> Protocol:
    """Two equal pulses at several intervals."""
    wait = np.stack([INTERVALS, np.full(INTERVALS.size, REST)], axis=1)
    return trains(np.full(2, WEAK), WEAK_WIDTH, wait)._replace(delays=(1e-3,))


def measure_paired_pulses(z: Array) -> dict[str, Array]:
    """Change 1 ms after the second pulse over that after the first."""
    change = changes(z, 0)
    ratio = curve_paired_pulses(z)
    return {
        "facilitation at 10 ms": ratio[0],
        "facilitation at 10 s": ratio[-1],
        "facilitation: second change, 10 ms less 10 s": change[0, 1] - change[-1, 1],
    }


def curve_paired_pulses(z: Array) -> Array:
    """Facilitation at each interval; the first pulse's change is the mean of all trains'."""
    change = changes(z, 0)
    # Not a number where pulses change nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = change[:, 1] / change[:, 0].mean()
    return found


RATES = np.array([0.1, 1.0, 10.0, 50.0])
"""Of `spike_rate` (Hz)."""


def spike_rate() -> Protocol:
    """Ten equal pulses at several rates."""
    wait = np.repeat(1 / RATES[:, None] - WEAK_WIDTH, 10, axis=1)
    return trains(np.full(10, WEAK), WEAK_WIDTH, wait)


def measure_spike_rate(z: Array) -> dict[str, Array]:
    """Change right after the train, and 30 s later, at the highest and the lowest rate."""
    at_once, later = np.split(curve_spike_rate(z), 2)
    return {
        "change at 0.1 Hz": at_once[0],
        "change at 50 Hz": at_once[-1],
        "rate: change at 50 Hz less 0.1 Hz": at_once[-1] - at_once[0],
        "lasting: 30 s later, 50 Hz less 0.1 Hz": later[-1] - later[0],
    }


def curve_spike_rate(z: Array) -> Array:
    """Change after the train at each rate, then the same 30 s later."""
    return np.concatenate([changes(z, 0)[:, -1], changes(z, -1)[:, -1]])


SHIFTS = 1e-3 * np.array([-2.5, -1.75, -1.25, -0.75, -0.25, 0.25, 0.75, 1.25, 1.75, 2.5])
"""Of `timing_window`: start of the post pulse less that of the pre pulse (s)."""
HALF_WIDTH, HALF_AMPLITUDE = 1e-3, 0.45
"""Each pulse has two halves of opposite sign, of this width (s) and amplitude."""


def overlapped(shift: float, width: float, amplitude: float) -> tuple[Array, Array]:
    """Add a pre pulse (first half positive) and a post pulse (first half negative).

    Parameters
    ----------
    shift : float
        Start of the post pulse less that of the pre pulse (s); no multiple of `width`.
    width, amplitude : float
        Of a half (s, over the critical current).

    Returns
    -------
    amplitude, width : ndarray, shape (5,)
        Of the pieces of the sum. Where the halves meet they add up to twice the amplitude: negative
        if the pre pulse came first, positive if the post pulse did.
    """
    edges = np.sort(np.concatenate([np.arange(3) * width, shift + np.arange(3) * width]))
    middle = (edges[1:] + edges[:-1]) / 2

    def wave(time: Array) -> Array:
        inside = (time > 0) & (time < 2 * width)
        return np.where(inside, np.where(time < width, amplitude, -amplitude), 0.0)

    return wave(middle) - wave(middle - shift), np.diff(edges)


def timing_window() -> Protocol:
    """Write a state half-way, then a pre and a post pulse at several shifts, and a wait of 30 s."""
    pieces = [overlapped(shift, HALF_WIDTH, HALF_AMPLITUDE) for shift in SHIFTS]
    count = SHIFTS.size
    amplitude = np.concatenate([np.full((count, 1), 0.85), [one for one, _ in pieces]], axis=1)
    width = np.concatenate([np.full((count, 1), 1e-3), [one for _, one in pieces]], axis=1)
    wait = np.concatenate([np.full((count, 1), 5.0), np.full((count, 5), NO_WAIT)], axis=1)
    return trains(amplitude, width, wait)


def measure_timing_window(z: Array) -> dict[str, Array]:
    """Lasting change at shifts where the pulses overlap, and where they do not."""
    change = curve_timing_window(z)
    inside = np.abs(np.abs(SHIFTS) - HALF_WIDTH) < HALF_WIDTH / 2
    apart = np.abs(SHIFTS) > 2 * HALF_WIDTH
    post_first, pre_first = (change[inside & side].mean() for side in (SHIFTS < 0, SHIFTS > 0))
    return {
        "post first": post_first,
        "pre first": pre_first,
        "apart": change[apart].mean(),
        "timing: post first less pre first": post_first - pre_first,
    }


def curve_timing_window(z: Array) -> Array:
    """Lasting change at each shift: reading before the pulses less that 30 s later."""
    found: Array = (z[:, :, 1, -1] - z[:, :, -1, -1]).mean(axis=0)
    return found


LAGS = 10
"""Most inputs back that a reservoir is asked for."""
WASHOUT = 20
"""First inputs that are left out."""
RIDGE = 1e-6
"""Of the linear readout, over the variance of a node."""
VIRTUAL_NODES = (1e-2, 3e-2, 1e-1)
"""When the device is read after each input, beside the end of the wait (s): four nodes that one
device gives one after the other (time multiplexing)."""


def reservoir(inputs: Array) -> Protocol:
    """One device driven by random inputs, read four times after each.

    Parameters
    ----------
    inputs : ndarray, shape (inputs,)
        Between 0 and 1; the amplitude goes from -0.8 to 0.8 of the critical current. Inputs of one
        polarity saturate the device.

    Returns
    -------
    Protocol
        One pulse of 1 ms an input, and 0.3 s.
    """
    made = trains(0.8 * (2 * inputs - 1), 1e-3, 0.3, 0.3)
    return made._replace(delays=VIRTUAL_NODES)


def memory_function(inputs: Array, nodes: Array) -> Array:
    """Linear memory of a reservoir (H. Jaeger, GMD Report 152, 2001).

    Parameters
    ----------
    inputs : ndarray, shape (time,)
        Independent and uniform.
    nodes : ndarray, shape (time, nodes)
        State after each input.

    Returns
    -------
    ndarray, shape (LAGS + 1,)
        Squared correlation of the input so many steps back, 0 to `LAGS`, with the best linear
        readout, trained on the first half and tested on the second. What chance gives is taken
        off, (1 - r²)/(T - 2), so that it may be negative. Its sum from lag 1 on is the capacity,
        which is at most the number of nodes.
    """
    found = np.empty(LAGS + 1)
    start = max(WASHOUT, LAGS)
    states = np.column_stack([nodes[start:], np.ones(nodes.shape[0] - start)])
    half = states.shape[0] // 2
    penalty = RIDGE * half * np.diag([*nodes[start:].var(axis=0), 0.0])
    for lag in range(LAGS + 1):
        target = inputs[start - lag : inputs.size - lag]
        train, test = states[:half], states[half:]
        # Nodes that never move leave the normal equations singular.
        weights = np.linalg.lstsq(train.T @ train + penalty, train.T @ target[:half], rcond=None)[0]
        read, asked = test @ weights, target[half:]
        if read.std() < 1e-9:
            found[lag] = 0.0
            continue
        square = np.corrcoef(read, asked)[0, 1] ** 2
        found[lag] = square - (1 - square) / (asked.size - 2)
    return found


def measure_reservoir(z: Array, inputs: Array) -> dict[str, Array]:
    """Memory capacity of one device, and of the mean of all replicates as parallel devices."""
    found = curve_reservoir(z, inputs)
    return {
        "input itself, lag 0": found[0],
        "one input back, lag 1": found[1],
        "memory: capacity, lags 1 to 10": found[1:].sum(),
        "capacity of all replicates in parallel": memory_function(inputs, z.mean(axis=0)[0, 1:])[
            1:
        ].sum(),
    }


def curve_reservoir(z: Array, inputs: Array) -> Array:
    """Memory at each lag, mean over the devices."""
    return np.mean([memory_function(inputs, one[0, 1:]) for one in z], axis=0)


def estimate(measure: Callable[[Array], Array], z: Array) -> tuple[Array, Array]:
    """Value of a measure over replicates and its standard error by the jackknife.

    Parameters
    ----------
    measure : callable
        Takes readings and gives an array.
    z : ndarray, shape (replicates, ...)
        At least two replicates.

    Returns
    -------
    value, standard_error : ndarray
        (B. Efron, The jackknife, the bootstrap and other resampling plans, 1982, ch. 3.)
    """
    count = z.shape[0]
    without = np.stack([measure(np.delete(z, one, axis=0)) for one in range(count)])
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(measure(z)), np.sqrt((count - 1) / count * spread)


class Asked(NamedTuple):
    """A protocol with what is read off it.

    Attributes
    ----------
    protocol : Protocol
        Its pulses.
    measure : callable
        Takes readings and gives named numbers; a name with a colon is an effect, by which it is
        judged which mechanisms the protocol needs.
    curve : callable
        Takes readings and gives what is drawn.
    """

    protocol: Protocol
    measure: Measure
    curve: Callable[[Array], Array]


def asked(inputs: Array) -> dict[str, Asked]:
    """All protocols by name; `inputs` are those of the reservoir."""
    return {
        "leaky_integration": Asked(
            leaky_integration(), measure_leaky_integration, curve_leaky_integration
        ),
        "fire_and_reset": Asked(fire_and_reset(), measure_fire_and_reset, curve_fire_and_reset),
        "paired_pulses": Asked(paired_pulses(), measure_paired_pulses, curve_paired_pulses),
        "spike_rate": Asked(spike_rate(), measure_spike_rate, curve_spike_rate),
        "timing_window": Asked(timing_window(), measure_timing_window, curve_timing_window),
        "reservoir": Asked(
            reservoir(inputs),
            lambda z: measure_reservoir(z, inputs),
            lambda z: curve_reservoir(z, inputs),
        ),
    }
