"""What a thermal spin current that persists would have to be, and what a heat path can give."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from afterpulse import datasets
from afterpulse.cards.claims import LEAST_CHANGE
from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.device.reference_pulse import after_pulse
from afterpulse.figures import style
from afterpulse.figures.selection import at_delay, mean_and_standard_error, probe_delay
from afterpulse.figures.spec import FigureSpec, Variant
from afterpulse.figures.style import MARKERS, SEQUENTIAL, printed
from afterpulse.timeline.protocol import required_sweep, sweep_protocols
from afterpulse.timeline.readings import fraction_changed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIELDS = "device.thermal_spin_torque."
EARLIEST = 1e-3
"""First delay that is drawn (s)."""
LOWEST = 1e-16
"""Lowest spin current that is drawn, over that of the spin-orbit torque."""


class Hypothesis(NamedTuple):
    """A hypothesis about the spin current, with the sweep that was simulated under it.

    Attributes
    ----------
    label : str
        Of the card.
    sweep : Dataset
        At one pulse width, with dims (pulse_amplitude, replicate, delay).
    device : Device
        Its device.
    holds : bool
        Whether the spin current favours the state that the pulse writes.
    """

    label: str
    sweep: xr.Dataset
    device: Device
    holds: bool

    @property
    def persistence(self) -> float | None:
        """Return the persistence of the spin current (s); None: it follows the heat flux."""
        return self.device.thermal_spin_torque.spin_current_persistence.value

    @property
    def change(self) -> xr.DataArray:
        """Return the change of the voltage over twice the initial one: 1 is the opposite state."""
        sweep = self.sweep
        change: xr.DataArray = fraction_changed(
            sweep["initial_voltage"], sweep["anomalous_hall_voltage"]
        )
        return change


def hypothesis(label: str, path: str) -> Hypothesis:
    """Return a hypothesis from the sweep of its variant, at the middle pulse width."""
    sweep = datasets.read(path)
    sweep = sweep.isel(pulse_width=sweep.sizes["pulse_width"] // 2).sortby("pulse_amplitude")
    device = Device.model_validate(json.loads(sweep.attrs["device_card"]))
    experiment = Experiment.model_validate(json.loads(sweep.attrs["experiment_card"]))
    torque = device.thermal_spin_torque
    favoured = torque.conversion.value * torque.polarisation.value[2]
    return Hypothesis(label, sweep, device, bool(favoured * experiment.initial_sign < 0))


def draw(hypotheses: list[Hypothesis], figure: Figure) -> list[Axes]:
    """Draw spin currents, readings, traces and half-lives, and return the four panels.

    Traces and half-lives are those of the `intermediate_amplitude` of each hypothesis.
    """
    import matplotlib as mpl

    panels = list(figure.subplots(2, 2).ravel())
    known = sorted({each.persistence for each in hypotheses if each.persistence is not None})
    shades = mpl.colormaps[SEQUENTIAL](np.linspace(0, 0.8, max(len(known), 1)))
    colours: dict[float | None, Any] = {None: "black", **dict(zip(known, shades, strict=False))}
    first = hypotheses[0]
    draw_currents(hypotheses, panels[0], colours)
    for each in hypotheses:
        look: dict[str, Any] = {
            "color": colours[each.persistence],
            "linestyle": "-" if each.holds or each.persistence is None else "--",
        }
        draw_readings(each, panels[1], look)
        draw_trace(each, panels[2], look)
        draw_half_life(each, panels[3], look)
    for panel in panels[2:]:
        panel.set_title("intermediate state of each")
    width = printed(float(first.sweep["pulse_width"]), "s")
    panels[0].set_title(f"after a pulse of 1 $I_\\mathrm{{c}}$, {width}")
    panels[1].set_title(f"{printed(probe_delay(first.sweep), 's')} after the pulse")
    figure.legend(*panels[2].get_legend_handles_labels(), loc="outside right center")
    return panels


def draw_currents(
    hypotheses: list[Hypothesis], axes: Axes, colours: dict[float | None, Any]
) -> None:
    """Draw the spin current after a pulse of 1 I_c over the spin-orbit one in it."""
    delays = np.geomspace(EARLIEST, float(hypotheses[0].sweep["delay"][-1]), 200)
    for each in hypotheses:
        width, driven = float(each.sweep["pulse_width"]), spin_orbit_current(each.device)
        density = each.device.critical_current_density
        _, current = after_pulse(each.device, density, width, delays)
        axes.loglog(delays, np.abs(current / driven), color=colours[each.persistence])
    device = hypotheses[0].device
    holding = float(device.holding_spin_current(device.ambient_temperature))
    relative = holding / spin_orbit_current(device)
    axes.axhline(relative, color="0.4", linewidth=0.8, linestyle=":")
    axes.annotate(
        "holds a unit",
        (delays[0], relative),
        xytext=(2, 2),
        textcoords="offset points",
        va="bottom",
    )
    axes.set_ylim(LOWEST, 3.0)
    axes.set_xlabel("time since the end of the pulse (s)")
    axes.set_ylabel("thermal over spin-orbit spin current")


def spin_orbit_current(device: Device) -> float:
    """Return the spin-orbit spin current at 1 I_c (A/m²)."""
    return float(device.spin_hall_current(device.critical_current_density))


def draw_readings(each: Hypothesis, axes: Axes, look: dict[str, Any]) -> None:
    """Draw the change at the probe delay against amplitude."""
    mean, error = mean_and_standard_error(at_delay_of(each, probe_delay(each.sweep)))
    relative = each.sweep["pulse_amplitude"].values / each.device.critical_current
    axes.errorbar(relative, mean, error, marker=".", **look)
    axes.set_xlabel(r"pulse amplitude ($I_\mathrm{c}$)")
    axes.set_ylabel("change (of full switching)")


def at_delay_of(each: Hypothesis, delay: float) -> xr.DataArray:
    """Return the change at a stored delay (s)."""
    return at_delay(each.change.to_dataset(name="change"), delay)["change"]


def draw_trace(each: Hypothesis, axes: Axes, look: dict[str, Any]) -> None:
    """Draw the change after the pulse of the intermediate amplitude."""
    trace = each.change.sel(pulse_amplitude=intermediate_amplitude(each))
    mean, error = mean_and_standard_error(trace.sel(delay=slice(EARLIEST, None)))
    axes.plot(mean["delay"], mean, label=each.label.replace("_", " "), **look)
    axes.fill_between(
        mean["delay"], mean - error, mean + error, color=look["color"], alpha=0.2, linewidth=0
    )
    axes.set_xscale("log")
    axes.set_xlabel("time since the end of the pulse (s)")
    axes.set_ylabel("change (of full switching)")


def draw_half_life(each: Hypothesis, axes: Axes, look: dict[str, Any]) -> None:
    """Draw the time at which half of the change is lost against the persistence.

    A hypothesis without a persistence is a line; half-lives beyond the trace are left out.
    """
    trace = each.change.sel(pulse_amplitude=intermediate_amplitude(each))
    mean, _ = mean_and_standard_error(trace)
    time = half_life(mean["delay"].values, mean.values)
    if each.persistence is None:
        if np.isfinite(time):
            axes.axhline(time, **look)
    else:
        axes.plot(each.persistence, time, MARKERS[0 if each.holds else 4], color=look["color"])
    axes.set_xlabel("persistence of the spin current (s)")
    axes.set_ylabel("half of the change is lost after (s)")


def half_life(delay: NDArray[np.float64], change: NDArray[np.float64]) -> float:
    """Return when a change has fallen to half of that at `EARLIEST` (s).

    NaN if it does not fall, or is below `LEAST_CHANGE`.
    """
    start = int(np.searchsorted(delay, EARLIEST * (1 - 1e-9)))
    if start == delay.size or not change[start] >= LEAST_CHANGE:
        return float("nan")
    below = np.flatnonzero(change[start:] < change[start] / 2)
    if not below.size:
        return float("nan")
    at = start + int(below[0])
    fraction = (change[at - 1] - change[start] / 2) / (change[at - 1] - change[at])
    logarithms = np.log(delay[[at - 1, at]])
    return float(np.exp(logarithms[0] + fraction * np.diff(logarithms)[0]))


def intermediate_amplitude(each: Hypothesis) -> float:
    """Return the amplitude whose change at the probe is closest to half of the largest (A)."""
    mean, _ = mean_and_standard_error(at_delay_of(each, probe_delay(each.sweep)))
    away = abs(mean - mean.max() / 2).fillna(np.inf).values
    return float(mean["pulse_amplitude"][int(np.argmin(away))])


def draw_files(variants: list[Variant], stem: str) -> None:
    """Draw the hypotheses among variants as the cards are; each has one sweep."""
    hypotheses = [
        hypothesis(each.hypothesis, each.files[0])
        for each in variants
        if each.hypothesis and not each.condition
    ]
    figure = style.new_figure(4.6, 2.3 * style.COLUMN)
    draw(hypotheses, figure)
    style.save(figure, stem)


def inputs(card: Experiment) -> list[str]:
    """Return the sweep if hypotheses about the thermal spin current are compared."""
    if card.vary is None or "sweep" not in sweep_protocols(card):
        return []
    if required_sweep(card).duration <= EARLIEST:
        return []
    fields = [field for changes in card.vary.hypotheses.values() for field in changes]
    return ["ahe.nc"] if any(field.startswith(FIELDS) for field in fields) else []


FIGURE = FigureSpec(
    name="spin_current",
    caption="""\
What a thermal spin current that persists would have to be. Black: what the heat path gives.
Colours: persistence of the spin current; it favours the state that the pulse writes (lines,
circles) or the initial one (dashed, triangles). Dotted: the spin current that holds a unit against
its exchange bias. Below: the pulse whose change at the probe delay is closest to half of the
largest of each; half of the change 1 ms after it.""",
    inputs=inputs,
    draw=draw_files,
    of_variants=True,
)
