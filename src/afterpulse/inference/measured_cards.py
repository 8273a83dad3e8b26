"""The cards by which the mechanisms of a measured trace are told."""

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
"""Fields of an experiment card that say what is done; the measured pulse takes their place."""


def load_cards(
    device_card: str | Path, experiment_card: str | Path | None
) -> tuple[Device, Experiment]:
    """Read a device card and an experiment card that asks for an inference.

    Parameters
    ----------
    device_card : str or Path
        Of the device that was measured.
    experiment_card : str or Path, optional
        Of the measurement; without one, that of this package, ``measured.yaml``.

    Returns
    -------
    Device, Experiment
        The cards.

    Raises
    ------
    CardError
        With one line for each fault.
    """
    device = load_device(device_card)
    if experiment_card is None:
        with as_file(files("afterpulse.inference") / "measured.yaml") as path:
            experiment = load_experiment(path)
    else:
        experiment = load_experiment(experiment_card)
        if experiment.inference is None:
            raise CardError(
                [
                    f"{printable(experiment_card)}: inference: expected how mechanisms are told "
                    "(draws, replicates), got nothing"
                ]
            )
    check_pair(device, experiment)
    device.critical_current_density(experiment)
    return device, experiment


def amplitude_of(device: Device, pulse: Pulse) -> float:
    """Current through the bar (A) of a pulse; a current density is that of the spin-Hall layer."""
    return pulse.amplitude if pulse.unit == "A" else pulse.amplitude / device.current_density(1.0)


def card_of_pulse(
    device: Device, experiment: Experiment, pulse: Pulse, duration: float
) -> Experiment:
    """Give an experiment card the pulse that was measured, and nothing else to do.

    Parameters
    ----------
    device, experiment : Device, Experiment
        From `load_cards`.
    pulse : Pulse
        The measured one.
    duration : float
        Of the trace after it (s).

    Returns
    -------
    Experiment
        With this pulse in ``sweep`` and ``inference``.

    Raises
    ------
    TraceError
        Where there is no current.
    CardError
        Where the pulse heats the film above its Curie temperature.
    """
    amplitude = amplitude_of(device, pulse)
    if amplitude == 0:
        raise TraceError(pulse.place, "a pulse with a current, to tell mechanisms", "0 A")
    density = device.current_density(amplitude)
    rise = device.stage_rise(0 * device.thermal_resistances, density, pulse.width)
    refuse_above_curie(device, density, device.ambient_temperature + rise.sum())
    content = resolved(experiment)
    inference = content["inference"]
    content = {name: of for name, of in content.items() if name not in PROTOCOLS}
    # What NumPy's numbers say of themselves is no number.
    current, width, end = (float(one) for one in (amplitude, pulse.width, duration))
    single = {"pulse_amplitude": [f"{current!r} A"], "pulse_width": [f"{width!r} s"]}
    content["sweep"] = single | {
        "probe_delay": f"{end!r} s",
        "duration": f"{end!r} s",
        "initialise": ["each"],
    }
    content["inference"] = inference | single
    return Experiment.model_validate(content)
