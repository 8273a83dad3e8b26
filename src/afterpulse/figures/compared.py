"""Observed change of the Hall voltage over the changes of simulated devices."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from afterpulse.cards.mechanisms import ADDED, SIMULATED
from afterpulse.figures.style import COLOURS, scaled_unit
from afterpulse.inference import Bank, observed_changes
from afterpulse.inference.words import spelled

WITHIN = (0.025, 0.5, 0.975)


def draw(traces: xr.Dataset, banks: list[Bank], posterior: xr.Dataset, axes: Axes) -> Axes:
    """Draw observed changes after the first pulse over the central 95 % of simulated devices.

    Parameters
    ----------
    traces : Dataset
        Observed traces, as in `afterpulse.inference.observed_changes`.
    banks : list of Bank
        Simulated devices of all combinations of mechanisms.
    posterior : Dataset
        Result of `afterpulse.inference.infer`; devices of the most likely combination are shaded.
    axes : Axes
        Axes to draw onto, which are returned.
    """
    change, repeats, noise = observed_changes(traces)
    best = str(posterior["mechanism_set"].values[np.argmax(posterior["probability"].values)])
    acting = best.split("+")
    simulated = {name for name in acting if name in SIMULATED}
    likely = next(bank for bank in banks if set(bank.mechanisms) == simulated)
    factor, unit = scaled_unit(float(abs(change[0]).max()), "V")
    delay = traces["delay"].values
    names = ", ".join(spelled(name) for name in likely.mechanisms) or "no mechanism"
    for name in acting:
        if name in ADDED:
            names += f", without {spelled(name)}"
    for group, colour, label in (
        (banks, "0.85", "all simulated, without drift, 95 %"),
        ([likely], COLOURS[4], f"{names}, 95 %"),
    ):
        curves = np.concatenate([first_pulse_changes(bank, repeats) for bank in group])
        low, middle, high = factor * np.quantile(curves, WITHIN, axis=0)
        axes.fill_between(delay, low, high, color=colour, alpha=0.6, linewidth=0, label=label)
    axes.plot(delay, middle, color=COLOURS[0], label="their median")
    axes.errorbar(
        delay,
        factor * change[0],
        factor * noise / np.sqrt(repeats),
        fmt="o",
        color="black",
        label="observed, with read noise",
    )
    axes.axhline(0, color="0.4", linewidth=0.6)
    axes.set_xscale("log")
    axes.set_xlabel("time since the end of the pulse (s)")
    axes.set_ylabel(rf"change of $V_\mathrm{{AHE}}$ ({unit})")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return axes


def outside(traces: xr.Dataset, banks: list[Bank]) -> int:
    """Count delays after the first pulse with changes outside the central 95 % of all devices.

    Parameters are those of `draw`; no bank contains a drift of the resistance.
    """
    change, repeats, _ = observed_changes(traces)
    curves = np.concatenate([first_pulse_changes(bank, repeats) for bank in banks])
    low, _, high = np.quantile(curves, WITHIN, axis=0)
    return int(((change[0] < low) | (change[0] > high)).sum())


def warning(outside: int, delays: int) -> str:
    """Return a warning if more than a quarter of the delays are `outside`, else an empty text."""
    if outside <= delays / 4:
        return ""
    return (
        f"At {outside} of {delays} delays the trace lies outside all simulated devices. The cards "
        "may not describe the measurement. Check the signs of current and voltage, the field and "
        "the heat path before using the probabilities."
    )


def first_pulse_changes(bank: Bank, repeats: int) -> np.ndarray:
    """Return the changes of a bank, mean over the first `repeats`, shape (draws, delays)."""
    return np.asarray(bank.change[:, :repeats, 0].mean(axis=1))
