"""The experiment card: protocol, sweep, mechanisms, engine and numerics."""

import difflib
import itertools
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    RootModel,
    Strict,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from afterpulse.cards import quantity as q
from afterpulse.cards.device import Card, Name, Text
from afterpulse.cards.mechanisms import MECHANISMS

Count = Annotated[int, Strict(), Field(ge=1, le=1_000_000)]
Switch = Annotated[bool, Strict()]

FEWEST_CELLS = 4
# Along an edge; LLG of a film of 4096 x 4096 cells takes some gigabytes.
MOST_CELLS = 4096
MOST_TRAJECTORIES = 1_000_000
MOST_PULSES = 100_000

OWN_MECHANISMS = "card"
"""Label of the card's own mechanisms beside those of `compare`."""
SWEEP_PROTOCOLS = ("sweep", "walk", "compare")
"""Protocols of a sweep; those of trains are their labels."""


def _fault(field: str | None, expected: str, got: str) -> PydanticCustomError:
    context = {"expected": expected, "got": got}
    if field is not None:
        context["field"] = field
    return PydanticCustomError("consistency", "expected {expected}, got {got}", context)


def _known(name: str) -> str:
    if name not in MECHANISMS:
        near = difflib.get_close_matches(name, MECHANISMS, n=1, cutoff=0.5)
        expected = f'"{near[0]}"' if near else "one of " + ", ".join(MECHANISMS)
        raise _fault(None, expected, f"an unknown mechanism {q.quoted(name)}")
    return name


MechanismName = Annotated[
    str,
    Strict(),
    AfterValidator(_known),
    WithJsonSchema({"type": "string", "enum": list(MECHANISMS)}),
]


class Mechanisms(RootModel[tuple[MechanismName, ...]]):
    """Mechanisms that act after a pulse."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"uniqueItems": True})

    @model_validator(mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            acting = ", ".join(name for name in MECHANISMS if value.get(name) is True)
            raise _fault(None, f"a list of the mechanisms that act, [{acting}]", "a mapping")
        return value

    @field_validator("root")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if names.count(name) > 1:
                raise _fault(None, "each mechanism once", f'"{name}" again')
        # Equal sets have equal digests.
        return tuple(name for name in MECHANISMS if name in names)

    def __getattr__(self, name: str) -> bool:
        """Return whether a mechanism acts; a name that is misspelt raises."""
        if name not in MECHANISMS:
            raise AttributeError(f"no mechanism {name}")
        return name in self.root

    def without(self, name: str) -> "Mechanisms":
        """Return these mechanisms with one of them switched off."""
        return Mechanisms(tuple(other for other in self.root if other != name))


class Numerics(Card):
    """Grid, time steps and the division of labour between the engines."""

    window: q.PositiveLength
    """Edge of the square window of the film that is computed; a multiple of the cell."""
    cell: q.PositiveLength
    """Edge of a cell in the plane."""
    llg_time_step: q.PositiveTime
    """Step of the stochastic LLG integrator."""
    llg_pulse_max: q.PositiveTime = Field("20 ns", validate_default=True)
    """A pulse up to this width is LLG throughout."""
    leading_edge: q.PositiveTime = Field("2 ns", validate_default=True)
    """LLG time at the start of a longer pulse."""
    trailing_edge: q.PositiveTime = Field("1 ns", validate_default=True)
    """LLG time after the end of a longer pulse."""
    pulse_edges: Literal["llg", "kinetics"]
    """What computes the edges of a longer pulse."""
    steps_per_decade: Annotated[int, Strict(), Field(ge=1, le=1000)] = 12
    """Steps of the kinetics per decade of time since the last pulse edge."""
    flicker_limit: Annotated[float, Strict(), Field(gt=0, le=1e15)] = 30.0
    """Most turns, there and back, of one element in the time since the current last changed. It is
    doubled where it is estimated to change the mean state by more than 0.02."""
    engine_time_limit: q.PositiveTime = Field("24 h", validate_default=True)
    """Wall time after which a film on an external engine is given up."""
    precision: Literal["float32", "float64"]
    """Floating-point format of LLG."""
    points_per_chunk: Count | None = None
    """Most points in one workflow job; null: as many as take up to ten minutes of one core
    and 1 GB. No result depends on it."""

    @model_validator(mode="after")
    def _whole_cells(self) -> "Numerics":
        cells = self.window / self.cell
        if not math.isclose(cells, round(cells), rel_tol=1e-9):
            raise _fault(
                "window",
                f"a multiple of the cell of {self.cell:g} m",
                f"{self.window:g} m, which is {cells:g} cells",
            )
        if round(cells) < FEWEST_CELLS:
            raise _fault(
                "window",
                f"at least {FEWEST_CELLS} cells of {self.cell:g} m along an edge",
                f"{self.window:g} m, which is {cells:g} cells",
            )
        if cells > MOST_CELLS + 0.5:
            raise _fault(
                "window",
                f"at most {MOST_CELLS} cells of {self.cell:g} m along an edge",
                f"{self.window:g} m, which is {cells:g} cells",
            )
        return self


class Calibration(Card):
    """What micromagnetics measures of single units for the kinetics."""

    relative_diameters: Annotated[
        tuple[Annotated[q.PositiveNumber, Field(ge=0.1, le=10)], ...], Field(min_length=1)
    ] = (
        0.6,
        0.8,
        1.0,
        1.25,
        1.5,
    )
    """Diameters of discs over the median unit's, rising; others are interpolated."""
    pulse_widths: tuple[q.PositiveTime, ...] = (0.2e-9, 0.5e-9, 1e-9, 2e-9, 5e-9)
    """Widths at which the median unit's critical current is measured."""
    units: Count = 12
    """Units of the sample that are measured one by one, with and without their grains."""

    @model_validator(mode="after")
    def _rising(self) -> "Calibration":
        sizes = self.relative_diameters
        for before, after in itertools.pairwise(sizes):
            if after <= before:
                raise _fault("relative_diameters", "rising values", f"{after:g} after {before:g}")
        return self


class Refine(Card):
    """Further amplitudes of a sweep where the voltage changes fast, found while it is computed."""

    passes: Annotated[int, Strict(), Field(ge=1, le=8)]
    """How many times intervals of amplitude are halved."""
    change: q.PositiveFraction
    """Change of the mean voltage at the probe across an interval, over its span, above which the
    interval is halved."""


class Sweep(Card):
    """Single pulses over all amplitudes and widths."""

    pulse_amplitude: Annotated[tuple[q.PulseAmplitudeField, ...], Field(min_length=1)]
    """Amplitudes, all different."""
    pulse_width: Annotated[tuple[q.PositiveTime, ...], Field(min_length=1)]
    """Widths, all different."""
    probe_delay: q.PositiveTime
    """Time after the pulse's end at which the Hall voltage is read."""
    duration: q.PositiveTime
    """Time after the pulse's end that is recorded."""
    initialise: Annotated[tuple[Literal["each", "once"], ...], Field(min_length=1)]
    """Fresh device before each pulse, or only before the first of a series of amplitudes; each
    pulse of a series follows the last one after `duration`. Both are drawn where both are given."""
    refine: Refine | None = None
    """More amplitudes with a fresh device, for each width by itself."""

    @model_validator(mode="after")
    def _consistent(self) -> "Sweep":
        for field in ("pulse_amplitude", "pulse_width", "initialise"):
            values = getattr(self, field)
            if len(set(values)) < len(values):
                raise _fault(field, "values that all differ", "one of them twice")
        if self.refine is not None and "each" not in self.initialise:
            raise _fault("initialise", "each among them, since refine is given", "once")
        if self.probe_delay > self.duration:
            raise _fault(
                "probe_delay",
                f"no more than the duration of {self.duration:g} s",
                f"{self.probe_delay:g} s",
            )
        return self


class Inference(Card):
    """Which mechanisms the traces after some pulses of the sweep support."""

    pulse_amplitude: Annotated[tuple[q.PulseAmplitudeField, ...], Field(min_length=1)]
    """Amplitudes, each one of the sweep's."""
    pulse_width: Annotated[tuple[q.PositiveTime, ...], Field(min_length=1)]
    """Widths, each one of the sweep's."""
    draws: Annotated[int, Strict(), Field(ge=2, le=65536)] = 64
    """Parameters of the prior range at which each combination of mechanisms is simulated; a power
    of two."""
    replicates: Annotated[int, Strict(), Field(ge=2, le=1_000_000)] = 2
    """Repeats of each."""

    @model_validator(mode="after")
    def _power_of_two(self) -> "Inference":
        if self.draws & (self.draws - 1):
            raise _fault("draws", "a power of two", str(self.draws))
        return self


class Pulse(Card):
    """One pulse or a run of equal pulses."""

    amplitude: q.PulseAmplitudeField
    """Amplitude."""
    width: q.PositiveTime
    """Width."""
    count: Count = 1
    """Number of equal pulses."""
    interval: q.PositiveTime | None = None
    """Time from a pulse's start to the next one's; required where another pulse follows."""


class Train(Card):
    """A protocol of pulses on one trajectory."""

    description: Text
    """What the protocol shows."""
    pulses: Annotated[tuple[Pulse, ...], Field(min_length=1)]
    """Pulses in their order."""
    rest: q.PositiveTime
    """Time after the last pulse's end that is recorded."""

    @model_validator(mode="after")
    def _few_enough(self) -> "Train":
        counts = [pulse.count for pulse in self.pulses]
        if sum(counts) > MOST_PULSES:
            largest = f"pulses.{counts.index(max(counts))}.count"
            raise _fault(largest, f"at most {MOST_PULSES} pulses in all", str(sum(counts)))
        return self

    @model_validator(mode="after")
    def _intervals(self) -> "Train":
        for index, pulse in enumerate(self.pulses):
            field = f"pulses.{index}.interval"
            followed = pulse.count > 1 or index + 1 < len(self.pulses)
            if followed and pulse.interval is None:
                raise _fault(field, "a time, since another pulse follows", "nothing")
            if pulse.interval is not None and pulse.interval <= pulse.width:
                raise _fault(
                    field,
                    f"more than the pulse width of {pulse.width:g} s",
                    f"{pulse.interval:g} s",
                )
        return self


class Hysteresis(Card):
    """A loop along z, taken on a copy of the film, so that it disturbs nothing."""

    largest_field: q.PositiveMagneticFluxDensity
    """Field at both ends of the loop, which starts and ends at the positive one."""
    steps: Annotated[int, Strict(), Field(ge=4, le=100_000)]
    """Steps of the field along each of the two branches."""
    dwell: q.PositiveTime
    """Time at each field."""


class Treatment(Card):
    """A stretch of the device's history without current, such as field cooling."""

    start_temperature: q.PositiveTemperature
    """Temperature at its start."""
    end_temperature: q.PositiveTemperature
    """Temperature at its end, reached at a constant rate."""
    applied_field: tuple[q.MagneticFluxDensity, q.MagneticFluxDensity, q.MagneticFluxDensity]
    """Applied magnetic field along x (current), y and z."""
    duration: q.PositiveTime
    """Time that it takes."""


class Blocking(Card):
    """Blocking temperatures: the prepared and aged device is activated, then a loop is taken."""

    activation_temperature: Annotated[tuple[q.PositiveTemperature, ...], Field(min_length=1)]
    """Temperatures, all different; each activation starts from the prepared device."""
    activation_field: q.MagneticFluxDensity
    """Field along z meanwhile; against the set direction, and strong enough to hold the
    ferromagnet."""
    activation_time: q.PositiveTime
    """Time at the temperature."""
    cooling_time: q.PositiveTime
    """Time in which the device cools to the ambient temperature, in the same field."""

    @model_validator(mode="after")
    def _all_different(self) -> "Blocking":
        if len(set(self.activation_temperature)) < len(self.activation_temperature):
            raise _fault("activation_temperature", "values that all differ", "one of them twice")
        return self


Several = Annotated[int, Strict(), Field(ge=2, le=1000)]


class MemoryCell(Card):
    """A memory cell for spiking networks, read off random pulse trains on the kinetics."""

    pulses: Several = 12
    """Pulses of each random train."""
    training_trains: Several = 128
    """Trains that the cell is fitted to."""
    training_replicates: Several = 2
    """Repeats of each."""
    held_out_trains: Several = 24
    """Trains by which the cell is judged."""
    held_out_replicates: Several = 8
    """Repeats of each."""
    devices: Several = 4
    """Other films of the device, whose spread the cell has."""
    device_trains: Several = 8
    """Trains on each of them, repeated as often as those that the cell is fitted to."""
    protocol_replicates: Several = 16
    """Repeats of each neuron protocol, on the device and on the cell."""
    reservoir_inputs: Annotated[int, Strict(), Field(ge=60, le=100_000)] = 200
    """Random inputs of the reservoir whose memory is measured."""


class Network(Card):
    """Networks of memory cells, beside others of the same size."""

    neurons: Several = 32
    """Of a network on the small tasks."""
    epochs: Count = 60
    """Passes of the training on the small tasks."""
    mnist_neurons: Several = 128
    """Of a network on MNIST, which is trained where the configuration names its file."""
    mnist_epochs: Count = 20
    """Passes of the training on MNIST."""
    mnist_wait: q.PositiveTime
    """From the end of a pulse to the reading and to the next pulse, on MNIST."""
    seeds: Several = 5
    """Networks of each kind, which differ in their first weights, batches, noise and devices."""
    pulse_width: q.PositiveTime
    """Of all pulses."""
    waits: Annotated[tuple[q.PositiveTime, ...], Field(min_length=1)]
    """The same as the wait on MNIST, one after the other, on the small tasks."""
    levels: Several = 20
    """Levels of amplitude of one polarity."""
    largest_amplitude: Annotated[float, Strict(), Field(gt=0, le=1.1)] = 1.0
    """Over the critical current."""
    leak: q.PositiveTime
    """Time constant of the ideal leaky neurons."""


Plain = Annotated[str, Strict()] | Annotated[int, Strict()] | Annotated[float, Strict()] | Switch


class Vary(Card):
    """Fields of both cards that are varied; each variant is simulated by itself."""

    grid: dict[Text, Annotated[tuple[Plain, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """Values by field, such as `device.ferromagnet.damping` or `experiment.seed` (another seed is
    another random sample); all combinations are taken. A mechanism is true or false, such as
    `experiment.mechanisms.afm_viscosity`."""
    rows: tuple[dict[Text, Plain], ...] = ()
    """Variants one by one, each with its values by field."""
    table: Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_]{0,63}\.csv$")] | None = None
    """The same as a CSV file beside this card: fields as columns, variants as rows."""

    @model_validator(mode="after")
    def _something(self) -> "Vary":
        if not self.grid and not self.rows and self.table is None:
            raise _fault("grid", "a grid, rows or a table", "none of them")
        return self


class Experiment(Card):
    """An experiment card."""

    name: Name
    """Name; equals the file's stem."""
    title: Text
    """Title for reports."""
    seed: Annotated[int, Strict(), Field(ge=0, le=2**63 - 1)]
    """Root of every random stream."""
    replicates: Count
    """Number of repeats on the one random sample of the device."""
    initial_state: Literal["up", "down"]
    """Direction of the magnetisation, and of the grains, in which the device is set."""
    preparation: tuple[Treatment, ...] = ()
    """What the device, set along the initial state, goes through before it ages."""
    ageing: q.NonNegativeTime
    """Time at the ambient temperature before the first pulse."""
    applied_field: tuple[q.MagneticFluxDensity, q.MagneticFluxDensity, q.MagneticFluxDensity]
    """Applied magnetic field as flux density along x (current), y and z."""
    engine: Literal["embedded", "oommf", "mumax3"]
    """What computes LLG."""
    mechanisms: Mechanisms
    """Mechanisms that act in the main result."""
    compare: dict[Name, Mechanisms] = Field(default_factory=dict)
    """Other lists of mechanisms to compare with, by label."""
    numerics: Numerics
    """Grid and steps."""
    calibration: Calibration = Calibration()
    """What micromagnetics measures for the kinetics."""
    hysteresis: Hysteresis | None = None
    """Loop right before the first pulse and at the end of each trajectory."""
    sweep: Sweep | None = None
    """Sweep of single pulses."""
    trains: dict[Name, Train] = Field(default_factory=dict)
    """Pulse trains, by label."""
    inference: Inference | None = None
    """Mechanisms that the sweep's traces support."""
    blocking: Blocking | None = None
    """Measurement of the blocking temperatures, with the loop of `hysteresis`."""
    memory_cell: MemoryCell | None = None
    """Memory cell read off the device."""
    network: Network | None = None
    """Networks of that cell."""
    vary: Vary | None = None
    """Fields that are varied."""

    @model_validator(mode="after")
    def _few_enough(self) -> "Experiment":
        sets = 1 + len(self.compare)
        each = sets * len(self.trains)
        if self.sweep is not None:
            each += (1 + sets) * len(self.sweep.pulse_amplitude) * len(self.sweep.pulse_width)
        if each * self.replicates > MOST_TRAJECTORIES:
            raise _fault(
                "replicates",
                f"at most {MOST_TRAJECTORIES} trajectories in all",
                f"{self.replicates} of up to {each} each",
            )
        return self

    @model_validator(mode="after")
    def _free_labels(self) -> "Experiment":
        for field, taken in (("compare", (OWN_MECHANISMS,)), ("trains", SWEEP_PROTOCOLS)):
            for label in getattr(self, field):
                if label in taken:
                    raise _fault(
                        f"{field}.{label}",
                        f"a label other than {', '.join(taken)}, which the results use",
                        f'"{label}"',
                    )
        return self

    @model_validator(mode="after")
    def _protocol(self) -> "Experiment":
        asked = (self.sweep, self.trains or None, self.blocking, self.memory_cell)
        if all(one is None for one in asked):
            raise _fault(
                "sweep",
                "a sweep, at least one of trains, blocking, or a memory cell",
                "none of them",
            )
        if self.blocking is not None and self.hysteresis is None:
            raise _fault("hysteresis", "a loop, since blocking takes some", "nothing")
        if self.network is not None and self.memory_cell is None:
            raise _fault("memory_cell", "a cell, since a network of it is asked for", "nothing")
        if self.inference is not None:
            if self.sweep is not None and "each" not in self.sweep.initialise:
                raise _fault(
                    "sweep.initialise", "each among them, since inference is given", "once"
                )
            for field in ("pulse_amplitude", "pulse_width"):
                swept = () if self.sweep is None else getattr(self.sweep, field)
                if not set(getattr(self.inference, field)) <= set(swept):
                    raise _fault(f"inference.{field}", "values of the sweep", "another one")
        return self

    @property
    def initial_sign(self) -> int:
        """State of units and grains before the first pulse, -1 or 1."""
        return 1 if self.initial_state == "up" else -1
