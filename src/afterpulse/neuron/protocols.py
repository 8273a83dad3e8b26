"""Protocols for a neuron or synapse: pulses, and the measures of the response.

A protocol is a function that returns pulses and reading times. Its measures take readings of shape
(replicates, trains, pulses, readings), of device and memory cell alike. Each train starts with a
pulse of zero amplitude, read as the device at rest. Changes are counted towards reversal: rest
minus reading. `PROTOCOLS` lists all protocols.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Measure = Callable[[Array], dict[str, Array]]

AT_ONCE = 1e-2
"""Delay of a reading right after the pulse (s)."""
WEAK, WEAK_WIDTH = 0.8, 1e-4
"""Input pulse that leaves little lasting change (over the critical current, s)."""
REST = 30.0
"""Wait after which a change counts as lasting (s)."""
NO_WAIT = 1e-9
"""Wait between the pieces of a waveform (s), negligible for film and heat path."""
CELL, QUIET = "cell", "cell_without_noise"
"""Names of the memory cell's responses beside those of the device, by mechanism set."""


class Protocol(NamedTuple):
    """Pulses of shape (trains, pulses), and reading times."""

    amplitude: Array  # over the critical current
    width: Array  # s
    wait: Array  # from the end of the pulse to the next (s)
    delays: tuple[float, ...]  # readings after a pulse, if within the wait (s); its end is read too


def with_rest(
    amplitude: ArrayLike, width: ArrayLike, wait: ArrayLike, last_wait: float = REST
) -> Protocol:
    """Put a pulse of zero amplitude before trains of pulses, and a long wait after them.

    `amplitude`, `width` and `wait` are broadcast to (trains, pulses). Pulses are read at `AT_ONCE`
    and at the end of each wait.
    """
    shaped = np.broadcast_arrays(*(np.atleast_2d(values) for values in (amplitude, width, wait)))
    rest = [np.full((shaped[0].shape[0], 1), value) for value in (0.0, 1e-6, 1.0)]
    amplitudes, widths, waits = (
        np.concatenate([a, b], axis=1) for a, b in zip(rest, shaped, strict=True)
    )
    waits[:, -1] = last_wait
    return Protocol(amplitudes, widths, waits, (AT_ONCE,))


def at_rest(z: Array) -> Array:
    """Return the reading before the first pulse, shape (replicates, trains)."""
    return z[:, :, 0, -1]


def changes(z: Array, reading: int) -> Array:
    """Return the change after each pulse, mean over replicates, shape (trains, pulses)."""
    return np.mean(at_rest(z)[..., None] - z[:, :, 1:, reading], axis=0)


def leaky_integration() -> Protocol:
    """Return ten weak pulses, 0.1 s apart, and a wait of 30 s."""
    pulses = with_rest(np.full(10, WEAK), WEAK_WIDTH, 0.1)
    return pulses._replace(delays=(AT_ONCE, 0.1, 0.3, 1.0, 3.0, 10.0))


def measure_leaky_integration(z: Array) -> dict[str, Array]:
    """Measure the rise over the train and its decay in 30 s."""
    change, later = changes(z, 0)[0], changes(z, -1)[0, -1]
    return {
        "change after one pulse": change[0],
        "change after ten pulses": change[-1],
        "integration: ten less one": change[-1] - change[0],
        "leak: ten less 30 s later": change[-1] - later,
    }


def curve_leaky_integration(z: Array) -> Array:
    """Return the change after each pulse, and after the last one at each delay."""
    decay = (at_rest(z)[:, 0, None] - z[:, 0, -1, 1:]).mean(axis=0)
    return np.concatenate([changes(z, 0)[0], decay])


CYCLES, SPIKES = 3, 8
"""Cycles of `fire_and_reset`, and input pulses in each."""
THRESHOLD = 0.32
"""Reading below which the neuron fires (m_z)."""


def fire_and_reset() -> Protocol:
    """Return three cycles of strong input pulses and a reset by the other polarity.

    A reset follows `SPIKES` pulses, fired or not, since pulses are fixed before a run.
    """
    amplitude = ([0.85] * SPIKES + [-0.9]) * CYCLES
    wait = ([0.05] * SPIKES + [1.0]) * CYCLES
    return with_rest(amplitude, 1e-3, wait, 1.0)


def measure_fire_and_reset(z: Array) -> dict[str, Array]:
    """Count the pulses until the neuron fires in each cycle, and measure the resets.

    A replicate that never fires counts one more than there are pulses.
    """
    readings = z[:, 0, 1:, -1].reshape(z.shape[0], CYCLES, SPIKES + 1)
    below = readings[:, :, :-1] < THRESHOLD
    first = np.where(below.any(axis=-1), below.argmax(axis=-1) + 1, SPIKES + 1).mean(axis=0)
    last, after = readings[:, :, -2].mean(axis=0), readings[:, :, -1].mean(axis=0)
    return {f"pulses to fire, cycle {n + 1}": first[n] for n in range(CYCLES)} | {
        "rise: rest less the end of cycle 1": at_rest(z).mean() - last[0],
        "given back by the first reset": after[0] - last[0],
        "not given back by the third reset": at_rest(z).mean() - after[-1],
    }


def curve_fire_and_reset(z: Array) -> Array:
    """Return the reading at the end of each wait."""
    return np.mean(z[:, 0, 1:, -1], axis=0)


INTERVALS = np.array([1e-2, 1e-1, 1.0, 10.0])
"""Intervals of `paired_pulses`, from the end of a pulse to the start of the next (s)."""


def paired_pulses() -> Protocol:
    """Return two equal pulses at several intervals."""
    wait = np.stack([INTERVALS, np.full(INTERVALS.size, REST)], axis=1)
    return with_rest(np.full(2, WEAK), WEAK_WIDTH, wait)._replace(delays=(1e-3,))


def measure_paired_pulses(z: Array) -> dict[str, Array]:
    """Measure the change 1 ms after the second pulse over that after the first."""
    change = changes(z, 0)
    ratio = curve_paired_pulses(z)
    return {
        "facilitation at 10 ms": ratio[0],
        "facilitation at 10 s": ratio[-1],
        "facilitation: second change, 10 ms less 10 s": change[0, 1] - change[-1, 1],
    }


def curve_paired_pulses(z: Array) -> Array:
    """Return the facilitation at each interval, over the mean first change of all trains."""
    change = changes(z, 0)
    # NaN where pulses change nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(change[:, 1], change[:, 0].mean())


RATES = np.array([0.1, 1.0, 10.0, 50.0])
"""Rates of `spike_rate` (Hz)."""


def spike_rate() -> Protocol:
    """Return ten equal pulses at several rates."""
    wait = np.repeat(1 / RATES[:, None] - WEAK_WIDTH, 10, axis=1)
    return with_rest(np.full(10, WEAK), WEAK_WIDTH, wait)


def measure_spike_rate(z: Array) -> dict[str, Array]:
    """Measure the change right after the train and 30 s later, at the extreme rates."""
    at_once, later = np.split(curve_spike_rate(z), 2)
    return {
        "change at 0.1 Hz": at_once[0],
        "change at 50 Hz": at_once[-1],
        "rate: change at 50 Hz less 0.1 Hz": at_once[-1] - at_once[0],
        "lasting: 30 s later, 50 Hz less 0.1 Hz": later[-1] - later[0],
    }


def curve_spike_rate(z: Array) -> Array:
    """Return the change after the train at each rate, then 30 s later."""
    return np.concatenate([changes(z, 0)[:, -1], changes(z, -1)[:, -1]])


SHIFTS = 1e-3 * np.array([-2.5, -1.75, -1.25, -0.75, -0.25, 0.25, 0.75, 1.25, 1.75, 2.5])
"""Start of the post pulse minus that of the pre pulse of `timing_window` (s)."""
HALF_WIDTH, HALF_AMPLITUDE = 1e-3, 0.45
"""Width (s) and amplitude of each half of a pulse; the halves have opposite signs."""


def overlapped(shift: float, width: float, amplitude: float) -> tuple[Array, Array]:
    """Add a pre pulse (first half positive) and a post pulse (first half negative).

    `shift` is the start of the post pulse minus that of the pre pulse (s), no multiple of `width`;
    `width` (s) and `amplitude` are those of a half. Returns amplitudes and widths of the five
    pieces of the sum. Halves that meet add up to twice the amplitude: negative if the pre pulse
    came first, positive if the post pulse did.
    """
    edges = np.sort(np.concatenate([np.arange(3) * width, shift + np.arange(3) * width]))
    middle = (edges[1:] + edges[:-1]) / 2

    def wave(time: Array) -> Array:
        inside = (time > 0) & (time < 2 * width)
        return np.where(inside, np.where(time < width, amplitude, -amplitude), 0.0)

    return wave(middle) - wave(middle - shift), np.diff(edges)


def timing_window() -> Protocol:
    """Return a pulse that writes half-way, a pre and a post pulse at several shifts, and 30 s."""
    pieces = np.array([overlapped(shift, HALF_WIDTH, HALF_AMPLITUDE) for shift in SHIFTS])

    def after_writing(first: float, values: ArrayLike) -> Array:
        shape = (SHIFTS.size, 5)
        return np.insert(np.broadcast_to(values, shape), 0, first, axis=1)

    return with_rest(
        after_writing(0.85, pieces[:, 0]),
        after_writing(1e-3, pieces[:, 1]),
        after_writing(5.0, NO_WAIT),
    )


def measure_timing_window(z: Array) -> dict[str, Array]:
    """Measure the lasting change at shifts with and without overlap of the pulses."""
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
    """Return the lasting change at each shift: reading before the pulses minus that 30 s later."""
    return np.mean(z[:, :, 1, -1] - z[:, :, -1, -1], axis=0)


WRITE, BURST, RESET = (1.0, 1e-3), (WEAK, WEAK_WIDTH), (-1.0, 1e-6)
"""Amplitude (over the critical current) and width (s) of the pulses that write, of those of a burst
below the threshold, and of those of the other polarity."""
TRAINS = ("LTP", "LTD", "STP", "STD")
"""Trains of `learning_rules`, in the words of the paper (`afterpulse.cards.claims`)."""
LTP_PULSES, LTD_PULSES, BURST_PULSES = 10, 5, 5


def learning_rules() -> Protocol:
    """Return dense pulses, sparse pulses, and a burst of each polarity on a state that was written.

    The burst of the other polarity is the second one, since the first changes the state for good.
    Shorter trains begin with pulses of zero amplitude.
    """

    def repeated(pulse: tuple[float, float], count: int, wait: float, last: float) -> list[Array]:
        waits = np.full(count, wait)
        waits[-1] = last
        return [np.full(count, pulse[0]), np.full(count, pulse[1]), waits]

    trains = [
        [repeated(WRITE, LTP_PULSES, 1.0, REST)],
        [repeated(WRITE, LTD_PULSES, REST, REST)],
        [repeated(WRITE, 1, REST, REST), repeated(BURST, BURST_PULSES, 0.1, REST)],
        [
            repeated(WRITE, LTP_PULSES, 1.0, REST),
            repeated(RESET, BURST_PULSES, 0.1, REST),
            repeated(RESET, BURST_PULSES, 0.1, REST),
        ],
    ]
    joined = [np.concatenate(parts, axis=1) for parts in trains]
    longest = max(each.shape[1] for each in joined)
    nothing = np.array([[0.0], [NO_WAIT], [NO_WAIT]])
    filled = [
        np.concatenate([np.repeat(nothing, longest - each.shape[1], axis=1), each], axis=1)
        for each in joined
    ]
    return with_rest(*np.stack(filled, axis=1))


def measure_learning_rules(z: Array) -> dict[str, Array]:
    """Measure growth by dense pulses, loss between sparse ones and what bursts leave."""
    at_once, later = changes(z, 0), changes(z, -1)
    sparse = slice(-LTD_PULSES, None)

    def left(train: int) -> Array:
        before, after = later[train, -BURST_PULSES - 1], at_once[train, -1]
        return np.asarray((later[train, -1] - before) / (after - before))

    return {
        "LTP: change after ten pulses less that after one": at_once[0, -1]
        - at_once[0, -LTP_PULSES],
        "LTD: lost between sparse pulses": (at_once - later)[1, sparse].mean(),
        "left of a burst that potentiates": left(2),
        "left of a burst that depresses": left(3),
    }


def curve_learning_rules(z: Array) -> Array:
    """Return the change right after each pulse of all trains, then that at the end of its wait."""
    pulses = learning_rules().amplitude[:, 1:] != 0
    return np.concatenate([changes(z, 0)[pulses], changes(z, -1)[pulses]])


LAGS = 10
"""Largest lag of the reservoir's memory, in inputs."""
WASHOUT = 20
"""First inputs that are left out."""
RIDGE = 1e-6
"""Regularisation of the linear readout over the variance of a node."""
VIRTUAL_NODES = (1e-2, 3e-2, 1e-1)
"""Delays of the readings after each input beside the end of the wait (s): four virtual nodes of one
device (time multiplexing)."""


def reservoir(inputs: Array) -> Protocol:
    """Return a pulse of 1 ms for each input from 0 to 1, 0.3 s apart, read four times each.

    The amplitude goes from -0.8 to 0.8 of the critical current, since inputs of one polarity
    saturate the device.
    """
    return with_rest(0.8 * (2 * inputs - 1), 1e-3, 0.3, 0.3)._replace(delays=VIRTUAL_NODES)


def memory_function(inputs: Array, nodes: Array) -> Array:
    """Return the linear memory of a reservoir (H. Jaeger, GMD Report 152, 2001).

    It is the squared correlation of the input at lags 0 to `LAGS` with the best linear readout,
    trained on the first half and tested on the second, minus the value by chance, (1 - r²)/(T - 2),
    so it may be negative. Its sum from lag 1 on, the capacity, is at most the number of nodes.
    `inputs`, of shape (time,), are independent uniform numbers; `nodes`, (time, nodes), the states
    after each.
    """
    memory = np.zeros(LAGS + 1)
    start = max(WASHOUT, LAGS)
    states = np.column_stack([nodes[start:], np.ones(nodes.shape[0] - start)])
    half = states.shape[0] // 2
    train, test = states[:half], states[half:]
    penalty = RIDGE * half * np.diag([*nodes[start:].var(axis=0), 0.0])
    for lag in range(LAGS + 1):
        target = inputs[start - lag : inputs.size - lag]
        # Nodes that never move leave the normal equations singular.
        weights = np.linalg.lstsq(train.T @ train + penalty, train.T @ target[:half], rcond=None)[0]
        readout = test @ weights
        if readout.std() >= 1e-9:
            square = np.corrcoef(readout, target[half:])[0, 1] ** 2
            memory[lag] = square - (1 - square) / (len(test) - 2)
    return memory


def measure_reservoir(z: Array, inputs: Array) -> dict[str, Array]:
    """Measure the memory capacity of a device, and of the mean of all replicates in parallel."""
    memory = curve_reservoir(z, inputs)
    return {
        "input itself, lag 0": memory[0],
        "one input back, lag 1": memory[1],
        "memory: capacity, lags 1 to 10": memory[1:].sum(),
        "capacity of all replicates in parallel": memory_function(inputs, z.mean(axis=0)[0, 1:])[
            1:
        ].sum(),
    }


def curve_reservoir(z: Array, inputs: Array) -> Array:
    """Return the memory at each lag, mean over the devices."""
    return np.mean([memory_function(inputs, device[0, 1:]) for device in z], axis=0)


def estimate(measure: Callable[[Array], Array], z: Array) -> tuple[Array, Array]:
    """Return a measure over at least two replicates and its standard error by the jackknife.

    B. Efron, The jackknife, the bootstrap and other resampling plans, 1982, ch. 3.
    """
    count = z.shape[0]
    without = np.stack([measure(np.delete(z, index, axis=0)) for index in range(count)])
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(measure(z)), np.sqrt((count - 1) / count * spread)


class NeuronProtocol(NamedTuple):
    """Protocol and the analysis of its readings.

    A named number of `measure` with a colon is an effect, for which the needed mechanisms are
    determined; `curve` returns the values of the figure.
    """

    protocol: Protocol
    measure: Measure
    curve: Callable[[Array], Array]


PROTOCOLS: dict[str, Callable[[Array], NeuronProtocol]] = {
    "leaky_integration": lambda inputs: NeuronProtocol(
        leaky_integration(), measure_leaky_integration, curve_leaky_integration
    ),
    "fire_and_reset": lambda inputs: NeuronProtocol(
        fire_and_reset(), measure_fire_and_reset, curve_fire_and_reset
    ),
    "paired_pulses": lambda inputs: NeuronProtocol(
        paired_pulses(), measure_paired_pulses, curve_paired_pulses
    ),
    "spike_rate": lambda inputs: NeuronProtocol(spike_rate(), measure_spike_rate, curve_spike_rate),
    "timing_window": lambda inputs: NeuronProtocol(
        timing_window(), measure_timing_window, curve_timing_window
    ),
    "reservoir": lambda inputs: NeuronProtocol(
        reservoir(inputs),
        partial(measure_reservoir, inputs=inputs),
        partial(curve_reservoir, inputs=inputs),
    ),
    "learning_rules": lambda inputs: NeuronProtocol(
        learning_rules(), measure_learning_rules, curve_learning_rules
    ),
}
"""Registry of the neuron protocols: functions of the inputs of the reservoir, by name."""
