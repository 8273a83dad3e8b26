"""Decay of the Hall voltage after a pulse: share retained, retention time and fits.

All of it describes the *change*, the Hall voltage less its value right before the pulse, in the
window from the probe delay to the last delay stored. The time constant of a fit depends on that
window, so compare fits of one window only; the share retained and the retention time need no
model.

Two things limit what the fits can say. The stored points lie on a logarithmic grid and are taken
as given, as if they were independent, though points between two steps of the kinetics are
interpolated. And all points of a trace come from the same replicates, so their residuals are
correlated. Both inflate the differences of the information criteria and make the
standard errors of least squares too small; the jackknife over replicates does not suffer from
either. The criteria of all models are therefore reported side by side and no winner is named.
"""

from __future__ import annotations

import inspect
import itertools
import warnings
from collections.abc import Callable
from typing import NamedTuple

import lmfit
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from afterpulse.store import label

Array = NDArray[np.float64]

CONFIDENCE = 0.95
BOOTSTRAP_DRAWS = 2000
BOOTSTRAP_SEED = 1
LEAST_STANDARD_ERRORS = 3.0
"""A change at the probe below this many standard errors is refused."""
ROUNDING = 1e-9
"""A change below this share of the voltages is what rounding leaves of none."""


def single_exponential(time: Array, amplitude: float, time_constant: float, offset: float) -> Array:
    """One exponential above a part that stays.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    amplitude, offset : float
        Part that decays and part that stays, in V.
    time_constant : float
        Time constant, in s.

    Returns
    -------
    ndarray
        ``offset + amplitude exp(-time / time_constant)``, in V.
    """
    return offset + amplitude * np.exp(-time / time_constant)


def stretched_exponential(
    time: Array, amplitude: float, time_constant: float, exponent: float, offset: float
) -> Array:
    """Kohlrausch's stretched exponential above a part that stays.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    amplitude, offset : float
        Part that decays and part that stays, in V.
    time_constant : float
        Time constant, in s.
    exponent : float
        Below 1 for a spread of time constants.

    Returns
    -------
    ndarray
        ``offset + amplitude exp(-(time / time_constant)**exponent)``, in V.
    """
    return offset + amplitude * np.exp(-((time / time_constant) ** exponent))


def logarithmic(time: Array, level: float, slope: float, reference_time: float) -> Array:
    """Magnetic viscosity, a change linear in the logarithm of the time since the pulse.

    Street and Woolley, Proc. Phys. Soc. A 62, 562 (1949). With the probe delay as the reference
    time the argument of the logarithm is the delay over the probe delay.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    level, slope : float
        Change at the probe and its loss a factor e in time, in V.
    reference_time : float
        Delay of the probe, in s.

    Returns
    -------
    ndarray
        ``level - slope ln(1 + time / reference_time)``, in V.
    """
    return level - slope * np.log1p(time / reference_time)


def double_exponential(
    time: Array,
    amplitude: float,
    time_constant: float,
    slow_amplitude: float,
    slow_time_constant: float,
    offset: float,
) -> Array:
    """Two exponentials above a part that stays.

    Parameters
    ----------
    time : ndarray
        Time since the probe, in s.
    amplitude, slow_amplitude, offset : float
        Parts that decay fast and slowly, and the part that stays, in V.
    time_constant, slow_time_constant : float
        Time constants, in s.

    Returns
    -------
    ndarray
        Sum of `offset` and the two exponentials, in V.
    """
    fast = amplitude * np.exp(-time / time_constant)
    return offset + fast + slow_amplitude * np.exp(-time / slow_time_constant)


MODELS: dict[str, Callable[..., Array]] = {
    function.__name__: function
    for function in (single_exponential, stretched_exponential, logarithmic, double_exponential)
}
PARAMETERS = {
    "amplitude": "V",
    "time_constant": "s",
    "exponent": "1",
    "slow_amplitude": "V",
    "slow_time_constant": "s",
    "level": "V",
    "slope": "V",
    "offset": "V",
}


class Fit(NamedTuple):
    """One model fitted to one trace.

    `value`, `stderr` and `stderr_replicates` follow `PARAMETERS` and are NaN for a parameter that
    the model lacks; `stderr` is that of least squares with independent points,
    `stderr_replicates` the jackknife over replicates. `remark` says why there is no fit, or which
    parameter stopped at its bound.
    """

    value: Array
    stderr: Array
    stderr_replicates: Array
    reduced_chi_square: float
    akaike_corrected: float
    remark: str


def share_retained(ahe: xr.Dataset, at: float = 10.0, probe: float = 0.5) -> xr.Dataset:
    """Share of the change at the probe delay that is left at a later delay.

    The share is a ratio of means over the replicates. Its interval is the expanded percentile
    interval of a bootstrap over replicates (Hesterberg, Am. Stat. 69, 371, 2015), which corrects
    the plain percentile interval for few replicates; below about five it is a guess all the same.

    Parameters
    ----------
    ahe : Dataset
        ``anomalous_hall_voltage`` with the dimensions replicate, delay and any others, and
        ``initial_voltage`` with the same but delay.
    at : float
        Later delay, in s.
    probe : float
        Probe delay, in s.

    Returns
    -------
    Dataset
        ``change_at_probe`` and ``change_at_probe_stderr`` in V, ``share_retained``,
        ``share_retained_interval`` (bound) and ``refused``: empty, or why there is no share. The
        attributes give the delays, the confidence and the bootstrap.

    Raises
    ------
    ValueError
        Where one of the delays is not stored.
    """
    dims, change, delay = _changes(ahe, probe)
    later = _position(delay, at)
    shape = change.shape[:-2]
    share, interval = np.full(shape, np.nan), np.full((*shape, 2), np.nan)
    mean, stderr = np.full(shape, np.nan), np.full(shape, np.nan)
    refused = np.full(shape, "", dtype=object)
    for point in np.ndindex(shape):
        trace = change[point]
        mean[point], stderr[point] = trace[:, 0].mean(), _standard_error(trace[:, 0])
        refused[point] = _reason_to_refuse(trace)
        if refused[point]:
            continue
        share[point] = trace[:, later].mean() / trace[:, 0].mean()
        drawn = _resampled_means(trace[:, [0, later]])
        with np.errstate(divide="ignore", invalid="ignore"):
            interval[point] = _expanded_percentiles(drawn[:, 1] / drawn[:, 0], len(trace))
    return _dataset(
        ahe,
        dims,
        {
            "change_at_probe": (dims, mean),
            "change_at_probe_stderr": (dims, stderr),
            "share_retained": (dims, share),
            "share_retained_interval": ((*dims, "bound"), interval),
            "refused": (dims, refused),
        },
        {"probe_delay": probe, "retained_at": at},
    )


def retention_time(ahe: xr.Dataset, probe: float = 0.5) -> xr.Dataset:
    """Time after the probe until 1/e of the change at the probe is left, without a model.

    The first crossing of the mean over the replicates; between two stored delays the logarithm of
    the change is linear in time, so an exponential gives its time constant exactly.

    Parameters
    ----------
    ahe : Dataset
        See `share_retained`.
    probe : float
        Probe delay, in s.

    Returns
    -------
    Dataset
        ``retention_time`` in s, NaN where it was refused or lies beyond the window;
        ``retention_time_interval`` (bound) as in `share_retained`, infinite where the bound lies
        beyond the window; ``retention_time_refused``: empty, or why there is no time.

    Raises
    ------
    ValueError
        Where the probe delay is not stored.
    """
    dims, change, delay = _changes(ahe, probe)
    shape = change.shape[:-2]
    time, interval = np.full(shape, np.nan), np.full((*shape, 2), np.nan)
    refused = np.full(shape, "", dtype=object)
    for point in np.ndindex(shape):
        trace = change[point]
        refused[point] = _reason_to_refuse(trace)
        if refused[point]:
            continue
        interval[point] = _expanded_percentiles(
            _crossing(delay - delay[0], _resampled_means(trace)), len(trace)
        )
        found = _crossing(delay - delay[0], trace.mean(axis=0)[None])[0]
        if np.isfinite(found):
            time[point] = found
        else:
            left = trace[:, -1].mean() / trace[:, 0].mean()
            refused[point] = f"{left:.2f} of the change is left at the last delay, {delay[-1]:g} s"
    return _dataset(
        ahe,
        dims,
        {
            "retention_time": (dims, time),
            "retention_time_interval": ((*dims, "bound"), interval),
            "retention_time_refused": (dims, refused),
        },
        {"probe_delay": probe},
    )


def fit_decays(ahe: xr.Dataset, probe: float = 0.5, at: float = 10.0) -> xr.Dataset:
    """Share retained, retention time and the fits of all models, for every point of a sweep.

    Each model is fitted to the mean over the replicates of the change from the initial voltage,
    in the window from the probe to the last delay. The weights are the inverse standard errors
    over the replicates, where a standard error below half the trace's median counts as that half:
    with few replicates a small one is mostly chance. The Akaike criterion is that of known
    variances, ``chi_square + 2 k + 2 k (k + 1) / (n - k - 1)`` (Burnham and Anderson, Model
    Selection and Multimodel Inference, 2002). What the criteria and the two standard errors are
    worth is said at the head of this module.

    Parameters
    ----------
    ahe : Dataset
        See `share_retained`.
    probe, at : float
        Probe delay and the later delay of the share retained, in s.

    Returns
    -------
    Dataset
        The variables of `share_retained` and `retention_time`, and with a dimension ``model``
        ``parameter_value``, ``parameter_stderr`` (least squares), ``parameter_stderr_replicates``
        (jackknife), ``reduced_chi_square``, ``akaike_corrected``, ``akaike_difference`` and
        ``fit_remark``; ``window_start``, ``window_end``, ``points`` and ``replicates``.

    Raises
    ------
    ValueError
        Where one of the delays is not stored.
    """
    dims, change, delay = _changes(ahe, probe)
    shape = (*change.shape[:-2], len(MODELS))
    by_parameter = {
        name: np.full((*shape, len(PARAMETERS)), np.nan)
        for name in ("parameter_value", "parameter_stderr", "parameter_stderr_replicates")
    }
    by_model = {name: np.full(shape, np.nan) for name in ("reduced_chi_square", "akaike_corrected")}
    remark = np.full(shape, "", dtype=object)
    for point in np.ndindex(shape[:-1]):
        refused = _reason_to_refuse(change[point])
        for number, name in enumerate(MODELS):
            place = (*point, number)
            if refused:
                remark[place] = refused
                continue
            fit = fit_model(name, delay, change[point])
            by_parameter["parameter_value"][place] = fit.value
            by_parameter["parameter_stderr"][place] = fit.stderr
            by_parameter["parameter_stderr_replicates"][place] = fit.stderr_replicates
            by_model["reduced_chi_square"][place] = fit.reduced_chi_square
            by_model["akaike_corrected"][place] = fit.akaike_corrected
            remark[place] = fit.remark
    criterion = by_model["akaike_corrected"]
    smallest = np.min(criterion, axis=-1, keepdims=True, initial=np.inf, where=criterion < np.inf)
    with np.errstate(invalid="ignore"):
        by_model["akaike_difference"] = criterion - smallest
    fits = _dataset(
        ahe,
        dims,
        {name: ((*dims, "model", "parameter"), values) for name, values in by_parameter.items()}
        | {name: ((*dims, "model"), values) for name, values in by_model.items()}
        | {
            "fit_remark": ((*dims, "model"), remark),
            "parameter_units": (("parameter",), np.array(list(PARAMETERS.values()), dtype=object)),
            "window_start": ((), float(delay[0])),
            "window_end": ((), float(delay[-1])),
            "points": ((), len(delay)),
            "replicates": ((), change.shape[-2]),
        },
        {},
    ).assign_coords(model=list(MODELS), parameter=list(PARAMETERS))
    return xr.merge(
        [share_retained(ahe, at, probe), retention_time(ahe, probe), fits],
        combine_attrs="no_conflicts",
        compat="no_conflicts",
        join="exact",
    )


def to_table(decay: xr.Dataset) -> pd.DataFrame:
    """Lay the fits out as a table, one row a point and model.

    Parameters
    ----------
    decay : Dataset
        What `fit_decays` gives.

    Returns
    -------
    DataFrame
        The point's coordinates, the model, what was found without a model, then the fit; a column
        for each parameter and for each of its two standard errors. SI units.
    """
    flat = decay.drop_vars("parameter_units")
    for name in [str(name) for name in flat.data_vars if "bound" in flat[name].dims]:
        for number, bound in enumerate(("lower", "upper")):
            flat[f"{name}_{bound}"] = flat[name].isel(bound=number, drop=True)
        flat = flat.drop_vars(name)
    for suffix in ("value", "stderr", "stderr_replicates"):
        for parameter in flat["parameter"].values:
            column = str(parameter) + ("" if suffix == "value" else f"_{suffix}")
            flat[column] = flat[f"parameter_{suffix}"].sel(parameter=parameter, drop=True)
        flat = flat.drop_vars(f"parameter_{suffix}")
    flat = flat.drop_dims(["parameter", "bound"], errors="ignore")
    dims = [*(dim for dim in decay["refused"].dims), "model"]
    return flat.to_dataframe(dim_order=dims).reset_index()


def fit_model(name: str, delay: Array, change: Array) -> Fit:
    """Fit one model to the mean over the replicates of one trace.

    Parameters
    ----------
    name : str
        Key of `MODELS`.
    delay : ndarray, shape (n,)
        Delays of the window in s, the first is the probe.
    change : ndarray, shape (replicates, n)
        Change from the initial voltage, in V.

    Returns
    -------
    Fit
        Parameters, standard errors, criteria and a remark.
    """
    nothing = np.full(len(PARAMETERS), np.nan)
    varied = [parameter for parameter in _arguments(name) if parameter in PARAMETERS]
    if len(delay) <= len(varied) + 1:
        remark = f"{len(delay)} delays are too few for {len(varied)} parameters"
        return Fit(nothing, nothing, nothing, np.nan, np.nan, remark)
    mean = change.mean(axis=0)
    # Least squares work on numbers of order one; voltages are scaled back at the end.
    scale = mean[0]
    spread = _standard_error(change) / abs(scale)
    sigma = np.maximum(spread, max(0.5 * float(np.median(spread)), 1e-6))
    time = delay - delay[0]
    start = _start_values(name, delay, mean / scale, sigma)
    best = _least_squares(name, start, time, mean / scale, sigma)
    if not best.success or not np.isfinite(best.chisqr):
        return Fit(nothing, nothing, nothing, np.nan, np.nan, f"no fit: {best.message}")
    replicates = len(change)
    left_out = [
        _ordered(
            name,
            _least_squares(
                name, best.params, time, np.delete(change, number, axis=0).mean(0) / scale, sigma
            ),
        )[0]
        for number in range(replicates)
    ]
    jackknife = np.sqrt((replicates - 1) * np.var(left_out, axis=0))
    value, stderr = _ordered(name, best)
    units = np.array([scale if unit == "V" else 1.0 for unit in PARAMETERS.values()])
    k, n = len(varied), len(delay)
    at_bound = [
        parameter
        for parameter in varied
        if np.isclose(best.params[parameter].value, best.params[parameter].min, rtol=1e-3, atol=0)
        or np.isclose(best.params[parameter].value, best.params[parameter].max, rtol=1e-3, atol=0)
    ]
    return Fit(
        value * units,
        stderr * abs(units),
        jackknife * abs(units),
        float(best.redchi),
        float(best.chisqr + 2 * k + 2 * k * (k + 1) / (n - k - 1)),
        f"stopped at its bound: {', '.join(at_bound)}" if at_bound else "",
    )


def _arguments(name: str) -> list[str]:
    return list(inspect.signature(MODELS[name]).parameters)[1:]


def _start_values(name: str, delay: Array, change: Array, sigma: Array) -> lmfit.Parameters:
    """Best point of a coarse grid in the parameters that are not linear.

    For each point of the grid the linear parameters follow by linear least squares (variable
    projection; Golub and Pereyra, SIAM J. Numer. Anal. 10, 413, 1973), so that a trace of any
    shape starts near its global minimum.
    """
    time = delay - delay[0]
    grid, linear = _start_grid(name, float(delay[0]), float(time[-1]))
    least, found = np.inf, {}
    for point in grid:
        columns = [
            MODELS[name](time, **point, **{other: float(other == one) for other in linear})
            for one in linear
        ]
        design = np.stack(columns, axis=1) / sigma[:, None]
        solution = np.linalg.lstsq(design, change / sigma, rcond=None)[0]
        squares = float(np.sum((design @ solution - change / sigma) ** 2))
        if squares < least:
            least, found = squares, point | dict(zip(linear, solution.tolist(), strict=True))
    bounds = dict.fromkeys(
        ("time_constant", "slow_time_constant"), {"min": 1e-3 * time[-1], "max": 1e3 * time[-1]}
    ) | {"exponent": {"min": 0.05, "max": 3.0}, "reference_time": {"vary": False}}
    parameters = lmfit.Parameters()
    for argument in _arguments(name):
        parameters.add(argument, value=found[argument], **bounds.get(argument, {}))
    return parameters


def _start_grid(
    name: str, reference_time: float, window: float
) -> tuple[list[dict[str, float]], list[str]]:
    """Points of the grid and the names of the linear parameters."""
    constants = [float(constant) for constant in window * np.geomspace(0.02, 5, 10)]
    if name == "logarithmic":
        return [{"reference_time": reference_time}], ["level", "slope"]
    if name == "double_exponential":
        pairs = itertools.combinations(constants, 2)
        grid = [{"time_constant": fast, "slow_time_constant": slow} for fast, slow in pairs]
        return grid, ["amplitude", "slow_amplitude", "offset"]
    grid = [{"time_constant": constant} for constant in constants]
    if name == "stretched_exponential":
        grid = [{**point, "exponent": exponent} for point in grid for exponent in (0.3, 0.6, 1.0)]
    return grid, ["amplitude", "offset"]


def _least_squares(
    name: str, start: lmfit.Parameters, time: Array, change: Array, sigma: Array
) -> lmfit.model.ModelResult:
    with warnings.catch_warnings():
        # A degenerate fit has no covariance; it shows as a standard error that is NaN.
        warnings.simplefilter("ignore")
        return lmfit.Model(MODELS[name]).fit(
            change, start, time=time, weights=1 / sigma, scale_covar=False
        )


def _ordered(name: str, result: lmfit.model.ModelResult) -> tuple[Array, Array]:
    """Values and standard errors in the order of `PARAMETERS`, the fast exponential first."""
    value, stderr = dict.fromkeys(PARAMETERS, np.nan), dict.fromkeys(PARAMETERS, np.nan)
    for parameter in result.params.values():
        if parameter.name in PARAMETERS:
            value[parameter.name] = parameter.value
            stderr[parameter.name] = np.nan if parameter.stderr is None else parameter.stderr
    if name == "double_exponential" and value["slow_time_constant"] < value["time_constant"]:
        for found in (value, stderr):
            for kind in ("amplitude", "time_constant"):
                found[kind], found[f"slow_{kind}"] = found[f"slow_{kind}"], found[kind]
    return np.array(list(value.values())), np.array(list(stderr.values()))


def _changes(ahe: xr.Dataset, probe: float) -> tuple[tuple[str, ...], Array, Array]:
    """Give the point's dimensions, the change (..., replicate, delay) and the window's delays."""
    voltage, initial = ahe["anomalous_hall_voltage"], ahe["initial_voltage"]
    dims = tuple(str(dim) for dim in voltage.dims if dim not in ("replicate", "delay"))
    change = voltage - initial
    largest = np.maximum(abs(voltage).max("delay"), abs(initial))
    change = change.where(~(abs(change) < ROUNDING * largest), 0.0)
    change = change.transpose(*dims, "replicate", "delay")
    delay = np.asarray(ahe["delay"].values, dtype=np.float64)
    first = _position(delay, probe)
    return dims, np.asarray(change.values[..., first:], dtype=np.float64), delay[first:]


def _position(delay: Array, wanted: float) -> int:
    nearest = int(np.argmin(abs(delay - wanted)))
    if not np.isclose(delay[nearest], wanted, rtol=1e-9, atol=0):
        raise ValueError(
            f"no delay of {wanted:g} s is stored, from {delay[0]:g} s to {delay[-1]:g} s the "
            f"nearest is {delay[nearest]:g} s"
        )
    return nearest


def _standard_error(values: Array) -> Array:
    """Give the standard error of the mean over the first axis, NaN for a single replicate."""
    if len(values) < 2:
        return np.full(np.shape(values)[1:], np.nan)
    return np.asarray(np.std(values, axis=0, ddof=1) / np.sqrt(len(values)))


def _reason_to_refuse(change: Array) -> str:
    if not np.isfinite(change).all():
        return "the trace is not finite"
    if len(change) < 2:
        return "a single replicate gives no standard error"
    mean, stderr = float(change[:, 0].mean()), float(_standard_error(change[:, 0]))
    if mean == 0 or abs(mean) < LEAST_STANDARD_ERRORS * stderr:
        return (
            f"the change at the probe, {mean:.3g} V, is below "
            f"{LEAST_STANDARD_ERRORS:g} standard errors of {stderr:.3g} V"
        )
    return ""


def _resampled_means(values: Array) -> Array:
    """Means over resampled replicates, shape (draws, ...), the same draws at every call."""
    replicates = len(values)
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = generator.integers(replicates, size=(BOOTSTRAP_DRAWS, replicates))
    counts = (drawn[:, :, None] == np.arange(replicates)).sum(axis=1)
    return np.asarray(counts @ values / replicates)


def _expanded_percentiles(draws: Array, replicates: int) -> Array:
    quantile = stats.t.ppf(0.5 * (1 + CONFIDENCE), replicates - 1)
    tail = stats.norm.cdf(-np.sqrt(replicates / (replicates - 1)) * quantile)
    # Order statistics, not interpolated ones: a bound may be infinite.
    return np.asarray(np.quantile(draws, [tail, 1 - tail], method="inverted_cdf"))


def _crossing(time: Array, change: Array) -> Array:
    """First time at which each row (rows, n) reaches 1/e of its first value, else infinity."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = change / change[:, :1]
        below = share <= np.exp(-1)
        after = np.argmax(below, axis=1)
        rows = np.arange(len(share))
        high, low = share[rows, after - 1], share[rows, after]
        logarithm = (np.log(high) + 1) / (np.log(high) - np.log(low))
        linear = (high - np.exp(-1)) / (high - low)
        part = np.where(low > 0, logarithm, linear)
    found = time[after - 1] + part * (time[after] - time[after - 1])
    return np.where(below.any(axis=1), found, np.inf)


def _dataset(
    ahe: xr.Dataset, dims: tuple[str, ...], variables: dict, attributes: dict[str, float]
) -> xr.Dataset:
    coordinates = {
        name: coordinate
        for name, coordinate in ahe.coords.items()
        if set(coordinate.dims) <= set(dims) and coordinate.dims
    }
    found = xr.Dataset(variables, coords=coordinates)
    if "bound" in found.dims:
        found = found.assign_coords(bound=["lower", "upper"])
        attributes = attributes | {
            "confidence": CONFIDENCE,
            "bootstrap_draws": BOOTSTRAP_DRAWS,
            "bootstrap_seed": BOOTSTRAP_SEED,
        }
    return label(found.assign_attrs(attributes))
