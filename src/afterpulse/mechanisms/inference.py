"""Bayes' theorem over combinations of mechanisms."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import chi2

from afterpulse.cards.device import Device
from afterpulse.mechanisms.bank import SIMULATED, Bank
from afterpulse.mechanisms.emulator import Emulator, emulate, logarithm_of_likelihood, scale_at
from afterpulse.mechanisms.prior import DRIFT, PRIOR, draws, factors, parameters_of
from afterpulse.store import label

Array = NDArray[np.float64]

POINTS = 2**14
SURE = 0.95
"""Probability from which on a verdict is given."""
LEAST_LIKELY = 1e-3
"""Chance of the best combination's misfit below which none explains the trace."""
MECHANISMS = (*SIMULATED, "resistance_drift")
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


def infer(banks: list[Bank], device: Device, change: Array, replicates: int) -> xr.Dataset:
    """Probability of each combination of mechanisms, given the traces of a device.

    All combinations are equally likely before, with and without drift.

    Parameters
    ----------
    banks : list of Bank
        One a combination, for the same pulses and delays.
    device : Device
        The card; its Hall bar tells read current, noise and drift.
    change : ndarray, shape (pulses, delays)
        Mean change of the Hall voltage (V).
    replicates : int
        Over which the mean is.

    Returns
    -------
    Dataset
        ``probability`` and ``log_evidence`` over ``mechanism_set``, ``mechanism_probability`` over
        ``mechanism``, ``verdict``: a combination, or "cannot tell", or "none explains the traces";
        ``mechanism_verdict``: on, off or cannot tell; ``parameter_quantile`` over parameter and
        quantile, averaged over the combinations, and ``effective_draws``.
    """
    bar, trace = device.hall_bar, change.ravel()
    noise = max(bar.read_noise.value, 1e-6 * float(abs(change).max()))
    labels, evidence, states, misfit = [], [], [], []
    posterior: list[tuple[list[str], Array, Array]] = []
    for bank in banks:
        names = parameters_of("thermal_spin_torque" in bank.mechanisms)
        # The same points for all combinations, so that their chance does not tell them apart.
        drawn = draws([*names, "drift"], POINTS, 0)
        parameters, drift = drawn[:, :-1], drawn[:, -1]
        mean = bank.change.mean(axis=1).reshape(len(bank.change), -1)
        simulated = bank.change.shape[1]
        scatter = bank.change - bank.change.mean(axis=1, keepdims=True)
        scatter = scatter.reshape(-1, trace.size)
        inside = scatter.T @ scatter / max(len(bank.change) * (simulated - 1), 1)
        emulator = emulate(bank.drawn, mean, noise / np.sqrt(simulated))
        extra = inside * max(1 / replicates - 1 / simulated, 0.0)
        # The sign of a drift is not known before: half of the draws have each.
        low, high = np.log(DRIFT)
        size = np.exp(low + 2 * abs(drift - 0.5) * (high - low)) * np.sign(drift - 0.5)
        slope = size * float(abs(trace).max()) / float(bank.rise.max())
        for drifting in (False, True):
            added = (slope[:, None] if drifting else 0.0) * bank.rise.ravel() * np.ones((POINTS, 1))
            likely = logarithm_of_likelihood(emulator, parameters, trace, added, extra)
            chosen = (*bank.mechanisms, *(["resistance_drift"] * drifting))
            labels.append("+".join(chosen) or "none")
            states.append([name in chosen for name in MECHANISMS])
            evidence.append(float(logsumexp(likely) - np.log(POINTS)))
            posterior.append((names, factors(names, parameters), likely))
            misfit.append(least_misfit(emulator, parameters, trace, added, extra))
    logarithm = np.array(evidence)
    probability = np.exp(logarithm - logsumexp(logarithm))
    on = probability @ np.array(states, dtype=float)
    best = int(np.argmax(probability))
    explained = float(chi2.sf(min(misfit), trace.size)) >= LEAST_LIKELY
    verdict = labels[best] if probability[best] >= SURE else "cannot tell"
    quantile, effective = parameter_quantiles(posterior, probability)
    return label(
        xr.Dataset(
            {
                "log_evidence": ("mechanism_set", logarithm),
                "probability": ("mechanism_set", probability),
                "mechanism_probability": ("mechanism", on),
                "verdict": ((), verdict if explained else "none explains the traces"),
                "mechanism_verdict": (
                    "mechanism",
                    np.array([said(one) if explained else "cannot tell" for one in on], object),
                ),
                "parameter_quantile": (("parameter", "quantile"), quantile),
                "effective_draws": ("mechanism_set", effective),
            },
            coords={
                "mechanism_set": labels,
                "mechanism": list(MECHANISMS),
                "parameter": list(PRIOR),
                "quantile": list(QUANTILES),
            },
        )
    )


def said(probability: float) -> str:
    """Verdict on one mechanism."""
    return "on" if probability >= SURE else "off" if probability <= 1 - SURE else "cannot tell"


def least_misfit(
    emulator: Emulator, parameters: Array, trace: Array, added: Array, extra: Array
) -> float:
    """Chi-square of the observed trace at the parameters that fit it best."""
    off = trace - emulator.mean(parameters) - added
    scale = scale_at(emulator.slopes, parameters)
    inverse = np.linalg.inv(emulator.covariance + extra)
    square = np.einsum("pi,ij,pj->p", off, inverse, off)
    return float((square / np.maximum(scale, 1.0) ** 2).min())


def parameter_quantiles(
    posterior: list[tuple[list[str], Array, Array]], probability: Array
) -> tuple[Array, Array]:
    """Quantiles of each parameter over all combinations that have it, and effective draws."""
    effective = []
    values: dict[str, list[Array]] = {name: [] for name in PRIOR}
    weights: dict[str, list[Array]] = {name: [] for name in PRIOR}
    for (names, factor, likely), share in zip(posterior, probability, strict=True):
        weight = np.exp(likely - likely.max())
        weight /= weight.sum()
        effective.append(1 / float((weight**2).sum()))
        for column, name in enumerate(names):
            values[name].append(factor[:, column])
            weights[name].append(share * weight)
    found = np.full((len(PRIOR), len(QUANTILES)), np.nan)
    for row, name in enumerate(PRIOR):
        if values[name]:
            value, weight = np.concatenate(values[name]), np.concatenate(weights[name])
            order = np.argsort(value)
            total = np.cumsum(weight[order])
            found[row] = np.interp(QUANTILES, total / total[-1], value[order])
    return found, np.array(effective)
