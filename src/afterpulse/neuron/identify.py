"""Read a memory cell off the readings of a simulated device."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from scipy.constants import k as boltzmann
from scipy.optimize import least_squares

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device, heating, temperature_scaling
from afterpulse.device.critical_current import critical_current_density, in_plane_bias, initial_sign
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.compact import (
    FIRST_WAIT_STEP,
    Array,
    Cell,
    State,
    consolidated,
    fresh,
    population,
    pulse_steps,
    reading,
    step,
    wait_steps,
)

CLASSES, LEVELS = 16, 4
"""Classes of units and levels of grains; fewer or more were not compared."""
FITTED = (
    "torque",
    "torque_spread",
    "barrier",
    "barrier_spread",
    "grain_bias",
    "mean_field",
    "offset",
    "grain_barrier",
    "grain_barrier_spread",
    "grain_coupling",
    "log_grain_attempt",
    "anisotropy_exponent",
)
"""The units' attempt frequency is the card's: the data do not tell it from their barrier."""
ORDER_WEIGHT = 0.5
"""Of the grains' order in the fit beside m_z; it says where the slow part stands."""
NOISE_REPEATS = 8


class Trains(NamedTuple):
    """Pulses and the mean readings after them.

    Attributes
    ----------
    amplitude, width : ndarray, shape (trains, pulses)
        Over the critical current, and in s.
    delay : ndarray, shape (trains, pulses, readings)
        After the pulse's end (s), NaN where none was read; the last is the end of the wait.
    magnetisation, order : ndarray, shape (trains, pulses, readings)
        Means over the replicates.
    scatter : ndarray, shape (trains, pulses, readings)
        Standard deviation of m_z over the replicates; NaN where there is one.
    replicates : int
        Number of them.
    """

    amplitude: Array
    width: Array
    delay: Array
    magnetisation: Array
    order: Array
    scatter: Array
    replicates: int


def trains_of(datasets: list[xr.Dataset]) -> Trains:
    """Take the trains out of datasets that `trains.simulate_trains` made; equally many pulses."""
    z = [dataset["magnetisation_z"] for dataset in datasets]
    replicates = {one.sizes["replicate"] for one in z}
    if len(replicates) != 1:
        raise ValueError(f"trains of unequal numbers of replicates: {sorted(replicates)}")
    count = replicates.pop()

    def joined(name: str) -> Array:
        return np.concatenate([dataset[name].values for dataset in datasets])

    scatter = [one.std("replicate", ddof=1) if count > 1 else one.isel(replicate=0) for one in z]
    return Trains(
        joined("relative_amplitude"),
        joined("pulse_width"),
        joined("delay"),
        np.concatenate([one.mean("replicate").values for one in z]),
        np.concatenate([one["grain_order"].mean("replicate").values for one in datasets]),
        np.concatenate([one.values for one in scatter]) * (1.0 if count > 1 else np.nan),
        count,
    )


def first_guess(device: Device, experiment: Experiment) -> Cell:
    """Cell of the numbers on the cards, from which the fit starts.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.

    Returns
    -------
    Cell
        What is not fitted has its value; the number of units is that of the window.
    """
    magnet, grains = device.ferromagnet, device.antiferromagnet
    ambient = device.heat_path.ambient_temperature.value
    curie, neel = magnet.curie_temperature.value, grains.neel_temperature.value
    thermal = boltzmann * ambient
    exponent = magnet.anisotropy_exponent.value
    unit_area = np.pi / 4 * magnet.unit_diameter.value**2
    grain_area = np.pi / 4 * grains.grain_diameter.value**2
    anisotropy = temperature_scaling.anisotropy(ambient, curie, exponent)
    volume = unit_area * magnet.thickness.value
    own = magnet.effective_anisotropy.value * anisotropy * volume / thermal
    coupling = grains.interface_coupling.value * temperature_scaling.interface_coupling(
        ambient, neel
    )
    of_grain = grains.anisotropy.value * temperature_scaling.antiferromagnet_anisotropy(
        ambient, neel
    )
    resistance, time_constant = heating.chain(device)
    power = heating.power(device, critical_current_density(device, experiment))
    torque = device.spin_hall_layer.spin_hall_angle.value * in_plane_bias(device, experiment)
    class_torque, class_barrier, grain_class = population(CLASSES, LEVELS)
    bias = coupling * unit_area / thermal
    return Cell(
        # The well of a unit is tilted by 2 K V c J/J_c, where its own J_c is a few times that of
        # the device; its own shape about doubles its barrier, and the stray field of the others
        # all but undoes the grains' bias.
        torque=2 * 2 * own * device.switching.torque_tilt.value / 2.5,
        torque_spread=device.switching.critical_current_spread.value,
        barrier=2 * own,
        barrier_spread=0.07 * 2 * own,
        grain_bias=0.8 * bias,
        mean_field=-0.6 * bias,
        offset=0.0,
        grain_barrier=of_grain * grain_area * grains.thickness.value / thermal,
        grain_barrier_spread=2 * grains.grain_diameter_spread.value,
        grain_coupling=coupling * grain_area / thermal,
        log_attempt=np.log(magnet.attempt_frequency.value),
        log_grain_attempt=np.log(grains.attempt_frequency.value),
        anisotropy_exponent=exponent,
        ambient=ambient,
        curie=curie,
        neel=neel,
        torque_sign=np.sign(torque),
        initial_sign=initial_sign(experiment),
        stage_rise=resistance * power,
        stage_time=time_constant,
        class_torque=class_torque,
        class_barrier=class_barrier,
        grain_class=grain_class,
        units=experiment.numerics.window**2 / unit_area,
    )


@jax.jit
def trace(
    cell: Cell, amplitude: Array, width: Array, delay: Array, ageing: float, key: Array
) -> tuple[Array, Array]:
    """Read a cell after each pulse of some trains, as a device is read.

    Parameters
    ----------
    cell : Cell
        Its parameters; with noise where its number of units is finite.
    amplitude, width : array, shape (trains, pulses)
        Over the critical current, and in s.
    delay : array, shape (trains, pulses, readings)
        As in `Trains`.
    ageing : float
        Before the first pulse (s).
    key : jax.Array
        Of the noise.

    Returns
    -------
    magnetisation, order : array, shape (trains, pulses, readings)
        Mean m_z and interface spin; where the delay is NaN, those at the end of the wait.
    """
    ends = jnp.where(jnp.isnan(delay), delay[..., -1:], delay)
    before = ends[..., :1] * jnp.array([FIRST_WAIT_STEP / 1e-3, 1e-2, 0.1, 0.3])
    waits = jnp.diff(jnp.concatenate([before, ends], -1), axis=-1, prepend=0.0)
    pulses = jnp.stack(pulse_steps(width), -1)
    durations = jnp.concatenate([pulses, waits], -1)
    on = (jnp.arange(durations.shape[-1]) < pulses.shape[-1]) * amplitude[..., None]
    skipped = pulses.shape[-1] + before.shape[-1]
    of_ageing, of_trains = jax.random.split(key)
    count = amplitude.shape[0]

    def one(
        carried: tuple[State, Array], given: tuple[Array, Array]
    ) -> tuple[tuple[State, Array], tuple[Array, Array]]:
        state, key = carried
        key, own = jax.random.split(key)
        deviate = jax.random.normal(own, state.magnetisation.shape[:-1])
        state = step(cell, state, *given, deviate)
        return (state, key), (reading(state), consolidated(state))

    old = jnp.stack(wait_steps(jnp.full(count, ageing)))
    start, _ = jax.lax.scan(one, (fresh(cell, (count,)), of_ageing), (jnp.zeros_like(old), old))
    amplitudes, steps = (jnp.moveaxis(x.reshape(count, -1), 1, 0) for x in (on, durations))
    _, found = jax.lax.scan(one, (start[0], of_trains), (amplitudes, steps))
    magnetisation, order = (jnp.moveaxis(x, 0, 1).reshape(durations.shape) for x in found)
    return magnetisation[..., skipped:], order[..., skipped:]


def fit(guess: Cell, trains: Trains, ageing: float, fitted: tuple[str, ...] = FITTED) -> Cell:
    """Fit some parameters of a cell to the mean readings of a device by least squares.

    Parameters
    ----------
    guess : Cell
        Where to start.
    trains : Trains
        The readings.
    ageing : float
        Before each train (s).
    fitted : tuple of str
        Names of the parameters to fit.

    Returns
    -------
    Cell
        Without noise: its number of units is infinite.
    """
    known = ~np.isnan(trains.magnetisation)
    start = np.array([float(getattr(guess, name)) for name in fitted])
    scale = np.maximum(np.abs(start), 0.3)
    key = jax.random.key(0)
    without_noise = guess._replace(units=np.inf)

    def residual(x: Array) -> Array:
        cell = without_noise._replace(**dict(zip(fitted, x * scale, strict=True)))
        z, order = trace(cell, trains.amplitude, trains.width, trains.delay, ageing, key)
        return jnp.concatenate(
            [
                z[known] - trains.magnetisation[known],
                ORDER_WEIGHT * (order[known] - trains.order[known]),
            ]
        )

    value, slope = jax.jit(residual), jax.jit(jax.jacfwd(residual))
    found = least_squares(
        lambda x: np.asarray(value(x), dtype=float),
        start / scale,
        jac=lambda x: np.asarray(slope(x), dtype=float),
        xtol=1e-5,
        max_nfev=60,
    )
    values = (found.x * scale).tolist()
    return without_noise._replace(**dict(zip(fitted, values, strict=True)))


def units_of_noise(cell: Cell, trains: Trains, ageing: float) -> float:
    """Number of units with which the cell scatters as much as the device's replicates.

    Parameters
    ----------
    cell : Cell
        Fitted.
    trains : Trains
        With at least two replicates.
    ageing : float
        Before each train (s).

    Returns
    -------
    float
        1. The variance goes as its inverse, but for the bounds of m_z, hence two rounds.
    """
    known = ~np.isnan(trains.magnetisation)
    asked = float(np.mean(trains.scatter[known] ** 2))
    units = 100.0
    for _ in range(2):
        noisy = cell._replace(units=units)
        runs = jax.vmap(
            lambda key, noisy=noisy: trace(
                noisy, trains.amplitude, trains.width, trains.delay, ageing, key
            )[0]
        )(jax.random.split(jax.random.key(1), NOISE_REPEATS))
        units *= float(np.mean(np.var(np.asarray(runs), axis=0, ddof=1)[known])) / asked
    return units


def spread_of(cell: Cell, devices: list[Trains], ageing: float) -> Spread:
    """Spread between devices: each has its own few parameters, all else is the cell's.

    Parameters
    ----------
    cell : Cell
        Fitted to one device.
    devices : list of Trains
        Readings of at least two others.
    ageing : float
        Before each train (s).

    Returns
    -------
    Spread
        Standard deviations of the logarithms over the devices.
    """
    own = [fit(cell, trains, ageing, Spread._fields) for trains in devices]
    logs = {name: np.log([getattr(one, name) for one in own]) for name in Spread._fields}
    return Spread(**{name: float(np.std(values, ddof=1)) for name, values in logs.items()})


def predicted(cell: Cell, trains: Trains, ageing: float) -> Array:
    """Mean m_z of a cell without noise at the readings of a device; parameters as in `fit`."""
    given = (trains.amplitude, trains.width, trains.delay)
    return np.asarray(trace(cell._replace(units=np.inf), *given, ageing, jax.random.key(0))[0])


class Errors(NamedTuple):
    """How far a cell lies from the mean readings of a device.

    Attributes
    ----------
    rms, worst : float
        Of m_z over all readings, and the largest of one.
    swing, deviation : float
        Largest less smallest m_z read, and its standard deviation.
    standard_error : float
        Of the device's mean over its replicates, root mean square.
    worst_train : float
        Root mean square over the readings of the train that the cell is worst at.
    """

    rms: float
    worst: float
    swing: float
    deviation: float
    standard_error: float
    worst_train: float


def errors(cell: Cell, trains: Trains, ageing: float) -> Errors:
    """Compare a cell without noise with a device; parameters as in `fit`."""
    off = predicted(cell, trains, ageing) - trains.magnetisation
    read = trains.magnetisation
    scatter = np.sqrt(np.nanmean(trains.scatter**2))
    return Errors(
        rms=float(np.sqrt(np.nanmean(off**2))),
        worst=float(np.nanmax(np.abs(off))),
        swing=float(np.nanmax(read) - np.nanmin(read)),
        deviation=float(np.nanstd(read)),
        standard_error=float(scatter / np.sqrt(trains.replicates)),
        worst_train=float(np.sqrt(np.nanmean(off**2, axis=(1, 2))).max()),
    )
