"""Fraction of the film that a pulse switches, switching current, and its law of short pulses."""

from typing import NamedTuple

import lmfit
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from afterpulse.datasets import label, sample_means
from afterpulse.decay.bootstrap import (
    BOOTSTRAP,
    CONFIDENCE,
    expanded_percentiles,
    resampled_means,
)
from afterpulse.decay.window import delay_index

Array = NDArray[np.float64]

FEWEST_WIDTHS = 3
"""Two widths determine a law of two parameters without an error."""
FITTED_WIDTHS = 64
"""Widths at which the fitted law is given."""


class ShortPulseLaw(NamedTuple):
    """Fit of I = I_c0 + q/w, with the scatter of the switching currents about the law.

    Attributes
    ----------
    best : ndarray, shape (2,)
        I_c0 (A) and q (C).
    covariance : ndarray, shape (2, 2)
        Of both.
    quantile : float
        Of Student's t at `CONFIDENCE`.
    """

    best: Array
    covariance: Array
    quantile: float

    def parameters(self) -> tuple[Array, Array]:
        """Return I_c0 (A) and q (C), and their intervals, shape (2, 2), bounds last."""
        reach = self.quantile * np.sqrt(np.diag(self.covariance))
        return self.best, np.stack([self.best - reach, self.best + reach], axis=-1)

    def current(self, width: Array) -> tuple[Array, Array]:
        """Return the current at widths (n,) in s, and its interval, shape (n, 2) (A)."""
        terms = np.stack([np.ones_like(width), 1 / width], axis=-1)
        variance = np.einsum("ni,ij,nj->n", terms, self.covariance, terms)
        value, reach = terms @ self.best, self.quantile * np.sqrt(variance)
        return value, np.stack([value - reach, value + reach], axis=-1)


def switching_currents(ahe: xr.Dataset, probe: float) -> xr.Dataset:
    """Return the fraction switched by each pulse, and the switching current of each width.

    The fraction is (1 - m_z/m_z before the pulse)/2 at the probe delay: 0 in the initial state, 1
    in its opposite. The switching current is the lowest amplitude at which it reaches one half,
    by linear interpolation of the mean over the replicates between amplitudes. Its interval is
    the expanded percentile interval of a bootstrap over replicates (Hesterberg, Am. Stat. 69, 371,
    2015).
    The law I_c0 + q/w is that of a macrospin under short pulses (Sun, Phys. Rev. B 62, 570, 2000;
    Garello et al., Appl. Phys. Lett. 105, 212402, 2014), see `fit_short_pulses`.

    Parameters
    ----------
    ahe : Dataset
        Sweep with ``magnetisation_z`` (pulse_amplitude, pulse_width, replicate, delay) and
        ``initial_magnetisation_z`` without the last one. Of two polarities the one that switches
        more counts. Means of samples replace replicates if there are several samples.
    probe : float
        Probe delay (s).

    Returns
    -------
    Dataset
        ``switched_fraction`` and ``switched_fraction_stderr`` (pulse_amplitude, pulse_width) of
        the counted polarity; ``switching_current`` (A), ``switching_current_interval`` (bound) and
        ``switching_current_refused`` (pulse_width), empty or the reason for no current. A bound is
        0 where one half has switched at the lowest amplitude, infinite where at none.
        ``intrinsic_current`` (A) and ``switching_charge`` (C), with intervals, and
        ``switching_fit_refused``; the fitted law at ``fitted_width``.

    Raises
    ------
    ValueError
        If the probe delay is not stored.
    """
    at_probe = ahe.isel(delay=delay_index(ahe["delay"].values, probe))
    fraction = 0.5 * (1 - at_probe["magnetisation_z"] / ahe["initial_magnetisation_z"])
    fraction = sample_means(fraction.reset_coords(drop=True).assign_coords(_repeats(ahe)))
    fraction = _one_polarity(fraction.transpose("pulse_amplitude", "pulse_width", "replicate"))
    size: Array = np.abs(np.asarray(fraction["pulse_amplitude"].values, dtype=np.float64))
    count = fraction.notnull().sum("replicate")
    stderr = fraction.std("replicate", ddof=1).where(count > 1) / np.sqrt(count)
    widths = fraction["pulse_width"].values
    current, interval = np.full(widths.size, np.nan), np.full((widths.size, 2), np.nan)
    refused = np.full(widths.size, "", dtype=object)
    for index in range(widths.size):
        current[index], interval[index], refused[index] = switching_current(
            size, fraction.values[:, index].T
        )
    law = fit_short_pulses(widths, current)
    fitted_width = np.geomspace(widths.min(), widths.max(), FITTED_WIDTHS)
    best, bounds = np.full(2, np.nan), np.full((2, 2), np.nan)
    fitted = np.full(FITTED_WIDTHS, np.nan), np.full((FITTED_WIDTHS, 2), np.nan)
    if not isinstance(law, str):
        best, bounds = law.parameters()
        fitted = law.current(fitted_width)
    found = xr.Dataset(
        {
            "switched_fraction": fraction.mean("replicate"),
            "switched_fraction_stderr": stderr,
            "switching_current": ("pulse_width", current),
            "switching_current_interval": (("pulse_width", "bound"), interval),
            "switching_current_refused": ("pulse_width", refused),
            "intrinsic_current": ((), best[0]),
            "intrinsic_current_interval": ("bound", bounds[0]),
            "switching_charge": ((), best[1]),
            "switching_charge_interval": ("bound", bounds[1]),
            "switching_fit_refused": ((), law if isinstance(law, str) else ""),
            "fitted_switching_current": ("fitted_width", fitted[0]),
            "fitted_switching_current_interval": (("fitted_width", "bound"), fitted[1]),
        },
        coords={"bound": ["lower", "upper"], "fitted_width": fitted_width},
        attrs={"probe_delay": probe} | BOOTSTRAP,
    )
    if "relative_amplitude" in ahe:
        found = found.assign_coords(relative_amplitude=ahe["relative_amplitude"])
    return label(found)


def switching_current(amplitude: Array, fraction: Array) -> tuple[float, Array, str]:
    """Return the switching current of a width, its interval, and the reason if there is none.

    Parameters
    ----------
    amplitude : ndarray, shape (amplitudes,)
        Rising (A).
    fraction : ndarray, shape (replicates, amplitudes)
        Fraction switched; NaN for failed replicates and for amplitudes of other widths.
    """
    nothing = np.full(2, np.nan)
    there = ~np.isnan(fraction).all(axis=0)
    amplitude, fraction = amplitude[there], fraction[:, there]
    fraction = fraction[np.isfinite(fraction).all(axis=1)]
    if not fraction.size:
        return np.nan, nothing, "there is no replicate with all amplitudes"
    current = float(_crossing(amplitude, fraction.mean(axis=0)[None])[0])
    interval = nothing
    if len(fraction) > 1:
        draws = _crossing(amplitude, resampled_means(fraction))
        interval = expanded_percentiles(draws, len(fraction))
    if current == 0:
        return (
            np.nan,
            interval,
            f"half or more switches at {1e3 * amplitude[0]:.3g} mA, the lowest",
        )
    if np.isinf(current):
        return np.nan, interval, f"less than half switches up to {1e3 * amplitude[-1]:.3g} mA"
    return current, interval, ""


def fit_short_pulses(width: Array, current: Array) -> ShortPulseLaw | str:
    """Fit I_c0 + q/w to switching currents, or return the reason why there is no fit.

    All currents have the same relative weight, since the curves of a film are about equally steep
    over a logarithmic amplitude; intervals follow from the scatter about the law, with Student's t.
    They contain neither an error common to all widths, such as that of a sample, nor thermal
    activation by long pulses.

    Parameters
    ----------
    width, current : ndarray, shape (n,)
        Pulse widths (s) and switching currents (A), NaN where there is none.
    """
    known = np.isfinite(current)
    if known.sum() < FEWEST_WIDTHS:
        return f"{known.sum()} switching currents, fewer than {FEWEST_WIDTHS}"
    width, current = width[known], current[known]
    # Least squares are conditioned best for numbers of order one.
    ampere, second = current.max(), width.min()
    model = lmfit.Model(_law, independent_vars=["width"])
    fit = model.fit(
        current / ampere,
        model.make_params(intrinsic=0.5, charge=0.5),
        width=width / second,
        weights=ampere / current,
    )
    if fit.covar is None:
        return "the fit failed"
    scale = np.array([ampere, ampere * second])
    return ShortPulseLaw(
        scale * np.array([fit.params[name].value for name in fit.var_names]),
        scale[:, None] * scale * fit.covar,
        float(stats.t.ppf(0.5 * (1 + CONFIDENCE), fit.nfree)),
    )


def _law(width: Array, intrinsic: float, charge: float) -> Array:
    return intrinsic + charge / width


def _repeats(ahe: xr.Dataset) -> dict[str, xr.DataArray]:
    return {name: ahe[name] for name in ("sample",) if name in ahe.coords}


def _one_polarity(fraction: xr.DataArray) -> xr.DataArray:
    """Return the fractions of the polarity with the largest mean, sorted by size of amplitude."""
    amplitude = fraction["pulse_amplitude"].values
    largest = fraction.mean("replicate").max("pulse_width").fillna(0.0).values
    sign = np.sign(amplitude[np.argmax(largest)])
    order = np.argsort(abs(amplitude))
    return fraction.isel(pulse_amplitude=order[np.sign(amplitude[order]) == sign])


def _crossing(amplitude: Array, fraction: Array) -> Array:
    """Return where each row (rows, amplitudes) first reaches one half, see `switching_currents`."""
    reached = fraction >= 0.5
    after = np.argmax(reached, axis=1)
    before = np.maximum(after - 1, 0)
    rows = np.arange(len(fraction))
    low, high = fraction[rows, before], fraction[rows, after]
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (0.5 - low) / (high - low)
        step = np.where(after == 0, 0.0, step)
    current = amplitude[before] + step * (amplitude[after] - amplitude[before])
    current = np.where(after == 0, 0.0, current)
    return np.asarray(np.where(reached.any(axis=1), current, np.inf))
