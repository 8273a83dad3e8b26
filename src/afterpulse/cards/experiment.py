"""The experiment card: protocol, sweep, mechanisms, engine and numerics."""

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    RootModel,
    Strict,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from afterpulse.cards import quantity as q
from afterpulse.cards.claims import CLAIMS
from afterpulse.cards.fields import (
    Card,
    Count,
    Different,
    Filled,
    Name,
    Rising,
    Text,
    Vector,
    fault,
)
from afterpulse.cards.mechanisms import MECHANISMS
from afterpulse.cards.memory_cell import MemoryCell, Network
from afterpulse.cards.numerics import Numerics

MOST_TRAJECTORIES = 1_000_000
MOST_PULSES = 100_000
# Of a stage by LLG throughout (s).
LONGEST_LLG = 1e-3

OWN_MECHANISMS = "card"
"""Label of the card's own mechanisms beside those of `compare`."""
SWEEP_PROTOCOLS = ("sweep", "walk", "compare")
"""Protocols of a sweep; those of trains are their labels."""


def _one_of(kind: str, known: Iterable[str]) -> AfterValidator:
    """Return a validator of names of a kind, which proposes a known one for another."""
    names = list(known)

    def check(name: str) -> str:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            expected = f'"{near[0]}"' if near else "one of " + ", ".join(names)
            raise fault(None, expected, f"an unknown {kind} {q.quoted(name)}")
        return name

    return AfterValidator(check)


MechanismName = Annotated[
    str,
    Strict(),
    _one_of("mechanism", MECHANISMS),
    WithJsonSchema({"type": "string", "enum": list(MECHANISMS)}),
]
ClaimName = Annotated[
    str,
    Strict(),
    _one_of("claim", CLAIMS),
    WithJsonSchema({"type": "string", "enum": list(CLAIMS)}),
]


class Mechanisms(RootModel[tuple[MechanismName, ...]]):
    """Mechanisms that act after a pulse."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"uniqueItems": True})

    @model_validator(mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            acting = ", ".join(name for name in MECHANISMS if value.get(name) is True)
            raise fault(None, f"a list of the mechanisms that act, [{acting}]", "a mapping")
        return value

    @field_validator("root")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if names.count(name) > 1:
                raise fault(None, "each mechanism once", f'"{name}" again')
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


Ratio = Annotated[q.PositiveNumber, Field(ge=0.1, le=10)]


class Calibration(Card):
    """Measurement of single units by micromagnetics for the kinetics."""

    relative_diameters: Rising[Ratio] = (0.6, 0.8, 1.0, 1.25, 1.5)
    """Diameters of discs over the median unit's, rising; others are interpolated."""
    pulse_widths: tuple[q.PositiveTime, ...] = (0.2e-9, 0.5e-9, 1e-9, 2e-9, 5e-9)
    """Widths at which the median unit's critical current is measured."""
    units: Count = 12
    """Units of the sample that are measured one by one, with and without their grains."""


class Refine(Card):
    """Further amplitudes of a sweep where the voltage changes fast, chosen during the run."""

    passes: Annotated[int, Strict(), Field(ge=1, le=8)]
    """Number of times that intervals of amplitude are halved."""
    change: q.PositiveFraction
    """Intervals are halved if the mean voltage at the probe changes by more than this fraction of
    its span."""


class Sweep(Card):
    """Single pulses over all amplitudes and widths."""

    pulse_amplitude: Different[q.PulseAmplitudeField]
    """Amplitudes, all different."""
    pulse_width: Different[q.PositiveTime]
    """Widths, all different."""
    probe_delay: q.PositiveTime
    """Time after the pulse's end at which the Hall voltage is read."""
    duration: q.PositiveTime
    """Time after the pulse's end that is recorded."""
    initialise: Different[Literal["each", "once"]]
    """Fresh device before each pulse, or only before the first of a series of amplitudes; pulses of
    a series follow each other after `duration`. If both are given, both are drawn."""
    refine: Refine | None = None
    """More amplitudes with a fresh device, for each width by itself."""

    @model_validator(mode="after")
    def _consistent(self) -> "Sweep":
        if self.refine is not None and "each" not in self.initialise:
            raise fault("initialise", "each among them, since refine is given", "once")
        if self.probe_delay > self.duration:
            expected = f"no more than the duration of {self.duration:g} s"
            raise fault("probe_delay", expected, f"{self.probe_delay:g} s")
        return self


class Inference(Card):
    """Inference of the mechanisms from the traces after some pulses of the sweep."""

    pulse_amplitude: Filled[q.PulseAmplitudeField]
    """Amplitudes, each one of the sweep's."""
    pulse_width: Filled[q.PositiveTime]
    """Widths, each one of the sweep's."""
    draws: Annotated[int, Strict(), Field(ge=2, le=65536)] = 64
    """Draws from the prior range for each combination of mechanisms; a power of two."""
    replicates: Annotated[int, Strict(), Field(ge=2, le=1_000_000)] = 2
    """Repeats of each draw."""

    @model_validator(mode="after")
    def _power_of_two(self) -> "Inference":
        if self.draws & (self.draws - 1):
            raise fault("draws", "a power of two", str(self.draws))
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
    """Time from a pulse's start to the next one's; required if another pulse follows."""


class Train(Card):
    """A protocol of pulses on one trajectory."""

    description: Text
    """Purpose of the protocol."""
    pulses: Filled[Pulse]
    """Pulses in their order."""
    rest: q.PositiveTime
    """Time after the last pulse's end that is recorded."""

    @model_validator(mode="after")
    def _consistent(self) -> "Train":
        counts = [pulse.count for pulse in self.pulses]
        if sum(counts) > MOST_PULSES:
            largest = f"pulses.{counts.index(max(counts))}.count"
            raise fault(largest, f"at most {MOST_PULSES} pulses in all", str(sum(counts)))
        for index, pulse in enumerate(self.pulses):
            field = f"pulses.{index}.interval"
            followed = pulse.count > 1 or index + 1 < len(self.pulses)
            if followed and pulse.interval is None:
                raise fault(field, "a time, since another pulse follows", "nothing")
            if pulse.interval is not None and pulse.interval <= pulse.width:
                expected = f"more than the pulse width of {pulse.width:g} s"
                raise fault(field, expected, f"{pulse.interval:g} s")
        return self


class Hysteresis(Card):
    """A loop along z, taken on a copy of the film, so that it disturbs nothing."""

    largest_field: q.PositiveMagneticFluxDensity
    """Largest field; the loop starts and ends at its positive value."""
    steps: Annotated[int, Strict(), Field(ge=4, le=100_000)]
    """Steps of the field along each of the two branches."""
    dwell: q.PositiveTime
    """Time at each field."""


class Treatment(Card):
    """A treatment of the device without current, such as field cooling."""

    start_temperature: q.PositiveTemperature
    """Temperature at the start."""
    end_temperature: q.PositiveTemperature
    """Temperature at the end, reached at a constant rate."""
    applied_field: Vector
    """Applied magnetic field along x (current), y and z."""
    duration: q.PositiveTime
    """Duration."""


class Blocking(Card):
    """Blocking temperatures: the prepared and aged device is activated, then a loop is taken."""

    activation_temperature: Different[q.PositiveTemperature]
    """Temperatures, all different; each activation starts from the prepared device."""
    activation_field: q.MagneticFluxDensity
    """Field along z meanwhile, against the set direction; it must hold the ferromagnet."""
    activation_time: q.PositiveTime
    """Time at the temperature."""
    cooling_time: q.PositiveTime
    """Time of cooling to the ambient temperature in this field."""


Plain = StrictStr | StrictInt | StrictFloat | StrictBool


SAME_FOR_ALL = ("experiment.trains", "experiment.replicates", "experiment.samples")


class Vary(Card):
    """Fields of both cards that are varied; each variant is simulated by itself."""

    grid: dict[Text, Filled[Plain]] = Field(default_factory=dict)
    """Values by field, such as `device.ferromagnet.damping` or `experiment.seed` (another seed is
    another random sample), in all combinations. A mechanism, such as
    `experiment.mechanisms.afm_viscosity`, is true or false."""
    rows: tuple[dict[Text, Plain], ...] = ()
    """Variants one by one, each with its values by field."""
    table: Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_]{0,63}\.csv$")] | None = None
    """The same as a CSV file beside this card: fields as columns, variants as rows."""
    hypotheses: dict[Name, dict[Text, Plain | None]] = Field(default_factory=dict)
    """Explanations of the same device that are compared, by label, each with its values by field.
    The first is the one that others are compared with."""
    conditions: dict[Name, dict[Text, Plain | None]] = Field(default_factory=dict)
    """Conditions of the measurement, by label, each with its values by field. Every hypothesis is
    simulated without them and under each one."""

    @model_validator(mode="after")
    def _something(self) -> "Vary":
        if not self.grid and not self.rows and not self.hypotheses and self.table is None:
            raise fault("grid", "a grid, rows, hypotheses or a table", "none of them")
        if self.conditions and not self.hypotheses:
            raise fault("conditions", "hypotheses to compare under them", "none")
        if len(self.hypotheses) == 1:
            raise fault("hypotheses", "at least two to compare", "one")
        for group in ("hypotheses", "conditions"):
            for label, changes in getattr(self, group).items():
                for field in changes:
                    if field.startswith(SAME_FOR_ALL):
                        expected = "the same trains and repeats for all that is compared"
                        raise fault(f"{group}.{label}", expected, field)
        return self


class Experiment(Card):
    """An experiment card."""

    name: Name
    """Name; equals the file's stem."""
    title: Text
    """Title for reports."""
    seed: Annotated[int, Strict(), Field(ge=0, le=2**63 - 1)]
    """Root of every random stream."""
    samples: Count = 1
    """Number of random samples: films with grains and units of their own."""
    replicates: Count
    """Number of repeats on each sample."""
    initial_state: Literal["up", "down"]
    """Direction of the magnetisation, and of the grains, in which the device is set."""
    preparation: tuple[Treatment, ...] = ()
    """Treatments of the device after it is set along the initial state and before it ages."""
    ageing: q.NonNegativeTime
    """Time at the ambient temperature before the first pulse."""
    applied_field: Vector
    """Applied magnetic field as flux density along x (current), y and z."""
    engine: Literal["embedded", "oommf", "mumax3"]
    """Engine of the LLG."""
    mechanisms: Mechanisms
    """Mechanisms that act in the main result."""
    compare: dict[Name, Mechanisms] = Field(default_factory=dict)
    """Other lists of mechanisms to compare with, by label."""
    numerics: Numerics
    """Grid and steps."""
    calibration: Calibration = Calibration()
    """Measurement by micromagnetics for the kinetics."""
    hysteresis: Hysteresis | None = None
    """Loop right before the first pulse and at the end of each trajectory."""
    sweep: Sweep | None = None
    """Sweep of single pulses."""
    trains: dict[Name, Train] = Field(default_factory=dict)
    """Pulse trains, by label."""
    claims: tuple[ClaimName, ...] = ()
    """Claims of the paper that are tested: on the sweep, or on the train of the claim's label."""
    inference: Inference | None = None
    """Inference of the mechanisms from the sweep's traces."""
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
        repeats = self.samples * self.replicates
        if each * repeats > MOST_TRAJECTORIES:
            expected = f"at most {MOST_TRAJECTORIES} trajectories in all"
            raise fault("replicates", expected, f"{repeats} of up to {each} each")
        return self

    @model_validator(mode="after")
    def _tested(self) -> "Experiment":
        for index, name in enumerate(self.claims):
            label = CLAIMS[name].train
            if label and label not in self.trains:
                raise fault(f"claims.{index}", f"a train {label} below trains", "none")
            if not label and (self.sweep is None or "each" not in self.sweep.initialise):
                raise fault(f"claims.{index}", "a sweep with initialise: [each]", "none")
        return self

    @model_validator(mode="after")
    def _llg_times(self) -> "Experiment":
        numerics, fewest = self.numerics, self.numerics.llg_time_step
        kind, ramp = numerics.micromagnetics, numerics.rise_time
        if kind == "none":
            return self
        whole = kind != "edges"
        if whole and numerics.output_interval < fewest:
            expected = f"at least a step of {fewest:g} s (numerics.llg_time_step)"
            raise fault("numerics.output_interval", expected, f"{numerics.output_interval:g} s")
        if self.sweep is not None and self.sweep.probe_delay <= ramp:
            expected = f"more than the fall of the pulse, {ramp:g} s (numerics.rise_time)"
            raise fault("sweep.probe_delay", expected, f"{self.sweep.probe_delay:g} s")
        shortest = max(fewest, ramp, numerics.output_interval if whole else 0.0)
        longest = LONGEST_LLG if kind == "throughout" else math.inf
        for field, duration in self._pulse_times():
            if duration < shortest:
                expected = (
                    f"at least {shortest:g} s, the largest of numerics.llg_time_step, rise_time"
                    + (" and output_interval" if whole else "")
                )
                raise fault(field, expected, f"{duration:g} s")
            if duration > longest:
                expected = f"at most {longest:g} s with micromagnetics: throughout"
                raise fault(field, expected, f"{duration:g} s")
        for label, train in self.trains.items():
            for index, pulse in enumerate(train.pulses):
                # Half of a wait may be computed by LLG, and the current falls within it.
                if pulse.interval is not None and pulse.interval < pulse.width + 2 * ramp:
                    field = f"trains.{label}.pulses.{index}.interval"
                    expected = f"at least the width and twice the rise time of {ramp:g} s"
                    raise fault(field, expected, f"{pulse.interval:g} s")
        for field in ("leading_edge", "trailing_edge"):
            if getattr(numerics, field) < ramp:
                expected = f"at least the rise time of {ramp:g} s"
                raise fault(f"numerics.{field}", expected, f"{getattr(numerics, field):g} s")
        return self

    def _pulse_times(self) -> list[tuple[str, float]]:
        """Return the widths of all pulses, and the times after the last ones, by field (s)."""
        times = []
        if self.sweep is not None:
            widths = enumerate(self.sweep.pulse_width)
            times += [(f"sweep.pulse_width.{index}", width) for index, width in widths]
            times.append(("sweep.duration", self.sweep.duration))
        for label, train in self.trains.items():
            for index, pulse in enumerate(train.pulses):
                times.append((f"trains.{label}.pulses.{index}.width", pulse.width))
            times.append((f"trains.{label}.rest", train.rest))
        return times

    @model_validator(mode="after")
    def _free_labels(self) -> "Experiment":
        for field, taken in (("compare", (OWN_MECHANISMS,)), ("trains", SWEEP_PROTOCOLS)):
            for label in getattr(self, field):
                if label in taken:
                    expected = f"a label other than {', '.join(taken)}, which the results use"
                    raise fault(f"{field}.{label}", expected, f'"{label}"')
        for label in self.vary.conditions if self.vary is not None else ():
            if label in self.trains:
                expected = "a label that no train has"
                raise fault(f"vary.conditions.{label}", expected, f'"{label}"')
        return self

    @model_validator(mode="after")
    def _protocol(self) -> "Experiment":
        protocols = (self.sweep, self.trains or None, self.blocking, self.memory_cell)
        if all(protocol is None for protocol in protocols):
            expected = "a sweep, at least one of trains, blocking, or a memory cell"
            raise fault("sweep", expected, "none of them")
        if self.blocking is not None and self.hysteresis is None:
            raise fault("hysteresis", "a loop, since blocking takes some", "nothing")
        if self.network is not None and self.memory_cell is None:
            raise fault("memory_cell", "a memory cell, since network is given", "nothing")
        if self.inference is None:
            return self
        if self.sweep is not None and "each" not in self.sweep.initialise:
            raise fault("sweep.initialise", "each among them, since inference is given", "once")
        for field in ("pulse_amplitude", "pulse_width"):
            swept = () if self.sweep is None else getattr(self.sweep, field)
            if not set(getattr(self.inference, field)) <= set(swept):
                raise fault(f"inference.{field}", "values of the sweep", "another one")
        return self

    @property
    def initial_sign(self) -> int:
        """State of units and grains before the first pulse, -1 or 1."""
        return 1 if self.initial_state == "up" else -1
