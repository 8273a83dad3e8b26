"""Inputs and assumptions of an inference from a measured trace, in words."""

import xarray as xr

from afterpulse.cards import Experiment
from afterpulse.device import Device
from afterpulse.inference import combinations, observed_changes
from afterpulse.inference.forests import saturated_voltage


def circumstances(
    traces: xr.Dataset, pulses: int, device: Device, experiment: Experiment
) -> list[str]:
    """List what was used of the trace and of the cards, and which limits follow.

    `traces` are those of `traces_of`, `pulses` their number in the trace, and `experiment` the card
    of `card_of_pulse`.
    """
    amplitude, width = (float(traces[name][0]) for name in ("pulse_amplitude", "pulse_width"))
    delay = traces["delay"].values
    change, repeats, noise = observed_changes(traces)
    saturated = saturated_voltage(device)
    lines = [
        f"pulse: {amplitude:.4g} A for {width:g} s, "
        f"{float(traces['relative_amplitude'][0]):.3g} I_c and "
        f"{device.current_density(amplitude):.3g} A/m^2 in the spin-Hall layer by the device card"
    ]
    if pulses > 1:
        lines.append(
            f"of {pulses} pulses only the first is used: the simulated devices are fresh, and "
            "a device before a later pulse is not"
        )
    lines.append(
        f"compared: single samples at {delay.size} delays from {delay[0]:.3g} s to "
        f"{delay[-1]:.4g} s; earlier and later samples are not used"
    )
    if repeats == 1:
        lines.append(
            "repeats: 1, so the scatter between repeats was not measured; it is assumed to be "
            "that of the simulated film"
        )
    else:
        lines.append(f"repeats: {repeats}, compared by their mean")
    lines.append(
        f"noise of a change: {1e6 * noise:.3g} uV, from {traces.attrs['samples_before']} samples "
        "before the pulse"
    )
    largest = abs(change).max()
    lines.append(
        f"largest change: {1e6 * largest:.3g} uV, {largest / saturated:.3g} of the saturated "
        f"film's {1e6 * saturated:.3g} uV by the device card"
    )
    field = ", ".join(f"{1e3 * component:g}" for component in experiment.applied_field)
    lines.append(
        f"not measured but taken from the card {experiment.name}: set "
        f"{experiment.initial_state} and aged for {experiment.ageing:g} s before the pulse, "
        f"applied field ({field}) mT"
    )
    inference = experiment.inference
    if inference is not None:
        lines.append(
            f"simulated: {len(combinations())} combinations of mechanisms, each with "
            f"{inference.draws} devices over the prior range and {inference.replicates} repeats; "
            "verdicts were checked on other simulated devices, never on a measured device"
        )
    window, across = experiment.numerics.window, device.hall_bar.width.value
    if across > 1.5 * window:
        lines.append(
            f"window: the simulated film is {1e9 * window:g} nm wide, a fraction of the "
            f"{1e6 * across:g} um wide bar, so its traces scatter more"
        )
    return lines
