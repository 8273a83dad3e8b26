"""Cards for the inference from a measured trace."""

from importlib.resources import as_file, files
from pathlib import Path

from afterpulse.cards import CardError, Experiment, check_pair, load_experiment, resolved
from afterpulse.cards.quantity import printable
from afterpulse.device import Device, load_device
from afterpulse.kinetics.segment import refuse_above_curie
from afterpulse.measured.error import TraceError
from afterpulse.measured.pulses import Pulse

PROTOCOLS = (
    "sweep",
    "trains",
    "compare",
    "hysteresis",
    "blocking",
    "inference",
    "memory_cell",
    "network",
)
"""Fields of an experiment card that the measured pulse replaces."""


def load_cards(
    device_card: str | Path, experiment_card: str | Path | None
) -> tuple[Device, Experiment]:
    """Load the card of the measured device and that of the measurement.

    Without an experiment card ``measured.yaml`` of this package is used; the card must have an
    inference. Raises CardError with one line per fault.
    """
    device = load_device(device_card)
    if experiment_card is None:
        with as_file(files("afterpulse.inference") / "measured.yaml") as path:
            experiment = load_experiment(path)
    else:
        experiment = load_experiment(experiment_card)
        if experiment.inference is None:
            place = f"{printable(experiment_card)}: inference"
            raise CardError([f"{place}: expected draws and replicates, got nothing"])
    check_pair(device, experiment)
    return device, experiment


def amplitude_of(device: Device, pulse: Pulse) -> float:
    """Return the current of a pulse through the bar (A).

    A current density is that in the spin-Hall layer. Raises TraceError for a voltage.
    """
    if pulse.unit == "V":
        expected = "a pulse of known current or current density, to infer mechanisms"
        raise TraceError(pulse.place, expected, f"{pulse.amplitude:g} V")
    return pulse.amplitude if pulse.unit == "A" else pulse.amplitude / device.current_density(1.0)


def card_of_pulse(
    device: Device, experiment: Experiment, pulse: Pulse, duration: float
) -> Experiment:
    """Return an experiment card whose only protocol is the measured pulse.

    `duration` is that of the trace after the pulse (s). Raises TraceError if the current is zero,
    and CardError if the pulse heats the film above its Curie temperature.
    """
    amplitude = amplitude_of(device, pulse)
    if amplitude == 0:
        raise TraceError(pulse.place, "a pulse with a current, to infer mechanisms", "0 A")
    density = device.current_density(amplitude)
    rise = device.stage_rise(0 * device.thermal_resistances, density, pulse.width)
    refuse_above_curie(device, density, device.ambient_temperature + rise.sum())
    content = resolved(experiment)
    inference = content["inference"]
    content = {name: value for name, value in content.items() if name not in PROTOCOLS}
    # The repr of a NumPy number is not a number.
    current, width, end = (float(value) for value in (amplitude, pulse.width, duration))
    single = {"pulse_amplitude": [f"{current!r} A"], "pulse_width": [f"{width!r} s"]}
    content["sweep"] = single | {
        "probe_delay": f"{end!r} s",
        "duration": f"{end!r} s",
        "initialise": ["each"],
    }
    content["inference"] = inference | single
    return Experiment.model_validate(content)
