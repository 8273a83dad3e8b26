"""Steps in which LLG computes a stage: constant current, and parameters of one temperature.

The current of a pulse rises linearly within the card's rise time from the start of the pulse and
falls within it from the pulse's end. Ramps are cut into equal parts of their mean current.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.numerics import Numerics
from afterpulse.device import Device
from afterpulse.timeline.protocol import Point, TimedPulse

RAMP_PARTS = 10
# Of the edge of a pulse after its ramp.
EDGE_OUTPUTS = 10
# Outputs of one call of an engine, whose magnetisation is kept until they are reduced.
MOST_OUTPUTS = 50
# Relative difference of intervals below which they are equal.
ROUNDING = 1e-6


class Output(NamedTuple):
    """A stored time of a stage.

    Attributes
    ----------
    end : float
        From the start of the stage (s).
    current : float
        Mean current since the last output over the pulse's amplitude.
    kept : bool
        Whether the magnetisation field is stored.
    """

    end: float
    current: float
    kept: bool = False


class LlgStep(NamedTuple):
    """A call of an engine.

    Attributes
    ----------
    duration : float
        s.
    outputs : int
        Equally spaced.
    current : float
        Over the pulse's amplitude.
    stored : bool
        Whether the outputs are stored.
    kept : tuple of int
        Outputs whose magnetisation field is stored.
    """

    duration: float
    outputs: int
    current: float
    stored: bool = True
    kept: tuple[int, ...] = ()


def ramp(rise_time: float, start: float, end: float) -> list[Output]:
    """Return the outputs of a ramp between two currents over the amplitude; none for 0 s."""
    if rise_time == 0:
        return []
    part = np.arange(1, RAMP_PARTS + 1) / RAMP_PARTS
    mean = start + (end - start) * (part - 0.5 / RAMP_PARTS)
    pairs = zip(rise_time * part, mean, strict=True)
    return [Output(float(time), float(current)) for time, current in pairs]


def edge_outputs(
    duration: float, rise_time: float, start: float, end: float, marks: tuple[float, ...] = ()
) -> list[Output]:
    """Return the outputs of an edge between two currents over the amplitude, with the marks (s)."""
    ends = rise_time + (duration - rise_time) * np.arange(1, EDGE_OUTPUTS + 1) / EDGE_OUTPUTS
    fixed = [mark for mark in marks if rise_time < mark < duration]
    kept = [each for each in ends if all(abs(each / mark - 1) > ROUNDING for mark in fixed)]
    return ramp(rise_time, start, end) + [Output(float(each), end) for each in sorted(kept + fixed)]


def pulse_outputs(duration: float, numerics: Numerics) -> list[Output]:
    """Return the outputs from the start of a pulse on, `output_interval` apart after the ramp."""
    rising = ramp(numerics.rise_time, 0.0, 1.0)
    left = duration - numerics.rise_time
    count = max(1, round(left / numerics.output_interval))
    ends = numerics.rise_time + left * np.arange(1, count + 1) / count
    return rising + ([Output(float(end), 1.0) for end in ends] if left > 0 else [])


def wait_outputs(
    duration: float, numerics: Numerics, marks: tuple[float, ...] = ()
) -> list[Output]:
    """Return the outputs after a pulse, whose current falls at first.

    They are `output_interval` apart until their distance would be less than that of
    `steps_per_decade` steps a decade, then logarithmic, and include the marks (s).
    """
    falling = ramp(numerics.rise_time, 1.0, 0.0)
    interval, growth = numerics.output_interval, 10 ** (1 / numerics.steps_per_decade)
    ends, fixed = [], sorted({mark for mark in marks if mark < duration} | {duration})
    end = falling[-1].end if falling else 0.0
    while (end := max(end + interval, end * growth)) < duration:
        ends.append(end)
    # An output that all but meets a mark would make a step of rounding errors.
    kept = [each for each in ends if all(abs(each - mark) > interval / 2 for mark in fixed)]
    after = [mark for mark in fixed if not falling or mark > falling[-1].end]
    return falling + [Output(each, 0.0) for each in sorted({*kept, *after})]


def llg_outputs(
    point: Point, pulse: TimedPulse, numerics: Numerics
) -> tuple[list[Output], list[Output]]:
    """Return the outputs by LLG from the start of a pulse on, and from its end on."""
    if point.micromagnetics == "none":
        # The rules of memory cells do not declare the fields of LLG.
        return [], []
    after = min(numerics.trailing_edge, pulse.wait / 2)
    if point.micromagnetics == "edges":
        short = pulse.width <= numerics.llg_pulse_max
        leading = pulse.width if short else numerics.leading_edge
        rise = numerics.rise_time
        trailing = edge_outputs(after, rise, 1.0, 0.0, point.marks)
        return edge_outputs(leading, rise, 0.0, 1.0), trailing
    if point.micromagnetics == "pulse":
        return pulse_outputs(pulse.width, numerics), wait_outputs(after, numerics, point.marks)
    return (
        pulse_outputs(pulse.width, numerics),
        wait_outputs(pulse.wait, numerics, point.marks),
    )


def llg_time(point: Point, numerics: Numerics) -> float:
    """Return the time that LLG computes of a point (s)."""
    stages = [stage for pulse in point.pulses for stage in llg_outputs(point, pulse, numerics)]
    return sum(stage[-1].end for stage in stages if stage)


def steps(
    device: Device,
    rise: NDArray[np.float64],
    current_density: float,
    outputs: list[Output],
    temperature_step: float,
) -> tuple[LlgStep, ...]:
    """Return the calls of an engine for a stage.

    They are those of a current that is rounded up to a power of the square root of 2 (A/m²), so
    that pulses of similar amplitudes have the same calls and are computed in one batch.

    Parameters
    ----------
    device : Device
        Its heat path.
    rise : ndarray, shape (stages,)
        Temperature rise of the stages at the start (K).
    current_density : float
        Of the whole amplitude (A/m²).
    outputs : list of Output
        In the order of time.
    temperature_step : float
        Most change of the temperature in a call (K).
    """
    size = abs(current_density)
    factor = 2 ** (np.ceil(2 * np.log2(size)) / 2) / size if size else 1.0
    current_density, rise = factor * current_density, factor**2 * rise
    result: list[LlgStep] = []
    intervals = np.diff([0.0, *(output.end for output in outputs)])
    first = 0
    while first < len(outputs):
        interval, current = float(intervals[first]), outputs[first].current
        density = current * current_density
        alike = 1
        while (
            first + alike < len(outputs)
            and outputs[first + alike].current == current
            and abs(intervals[first + alike] / interval - 1) < ROUNDING
        ):
            alike += 1
        ends = interval * np.arange(1.0, min(alike, MOST_OUTPUTS) + 1)
        change = np.abs(device.stage_rise(rise, density, ends[:, None]).sum(axis=1) - rise.sum())
        # The first of them that change it too much, if any.
        count = int(np.argmin(np.append(change <= temperature_step, False)))
        kept = tuple(i for i in range(max(count, 1)) if outputs[first + i].kept)
        if count:
            result.append(LlgStep(interval * count, count, current, kept=kept))
        else:
            count, parts = 1, int(np.ceil(change[0] / temperature_step))
            part = LlgStep(interval / parts, 1, current, stored=False)
            result += [part] * (parts - 1) + [part._replace(stored=True, kept=kept)]
        rise = device.stage_rise(rise, density, interval * count)
        first += count
    return tuple(result)
