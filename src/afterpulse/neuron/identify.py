"""Fit the memory-cell model to the readings of a simulated device."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from scipy.constants import k as boltzmann
from scipy.optimize import least_squares

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.device.macrospin_rates import Macrospin, Torque
from afterpulse.neuron import compact
from afterpulse.neuron.cell import Spread
from afterpulse.neuron.compact import Array, Cell, State

CLASSES, LEVELS = 16, 4
"""Classes of units and levels of grains; other numbers were not compared."""
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
"""Fitted parameters. The data do not separate the attempt frequency of the units from their
barrier, so the attempt frequency is the card's."""
ORDER_WEIGHT = 0.5
"""Weight of the grain order in the fit relative to m_z; the order determines the slow part."""
NOISE_REPEATS = 8


class Trains(NamedTuple):
    """Pulses of shape (trains, pulses), and readings of shape (trains, pulses, readings)."""

    amplitude: Array  # over the critical current
    width: Array  # s
    delay: Array  # after the end of the pulse (s), NaN for no reading; last the end of the wait
    magnetisation: Array  # mean m_z over the replicates
    order: Array  # mean interface spin of the grains
    scatter: Array  # standard deviation of m_z over the replicates; NaN for a single one
    replicates: int


def trains_of(datasets: list[xr.Dataset]) -> Trains:
    """Join the trains of datasets of `trains.simulate_trains` that have equally many pulses.

    Raises
    ------
    ValueError
        If the datasets differ in the number of replicates.
    """
    replicates = {dataset.sizes["replicate"] for dataset in datasets}
    if len(replicates) != 1:
        raise ValueError(f"trains of unequal numbers of replicates: {sorted(replicates)}")
    (count,) = replicates

    def joined(values: list[xr.DataArray]) -> Array:
        return np.concatenate([value.values for value in values])

    def stored(name: str) -> list[xr.DataArray]:
        return [dataset[name] for dataset in datasets]

    z = stored("magnetisation_z")
    scatter = [values.std("replicate", ddof=1) for values in z] if count > 1 else []
    return Trains(
        joined(stored("relative_amplitude")),
        joined(stored("pulse_width")),
        joined(stored("delay")),
        joined([values.mean("replicate") for values in z]),
        joined([values.mean("replicate") for values in stored("grain_order")]),
        joined(scatter or [values.isel(replicate=0) * np.nan for values in z]),
        count,
    )


def first_guess(device: Device, experiment: Experiment) -> Cell:
    """Return the memory cell of the cards' numbers, from which the fit starts.

    Parameters that are not fitted have their final value; the number of units is the window's.
    """
    magnet, grains = device.ferromagnet, device.antiferromagnet
    ambient = device.ambient_temperature
    thermal = boltzmann * ambient
    unit_area = np.pi / 4 * magnet.unit_diameter.value**2
    grain_area = np.pi / 4 * grains.grain_diameter.value**2
    volume = unit_area * magnet.thickness.value
    own = float(device.effective_anisotropy(ambient)) * volume / thermal
    coupling = float(device.interface_coupling(ambient))
    grain_anisotropy = float(device.grain_anisotropy(ambient))
    resistance, time_constant = (device.thermal_resistances, device.thermal_time_constants)
    power = device.areal_power(device.critical_current_density)
    torque = device.spin_hall_layer.spin_hall_angle.value * device.in_plane_bias(experiment)
    class_torque, class_barrier, class_order, grain_class = compact.population(CLASSES, LEVELS)
    bias = coupling * unit_area / thermal
    return Cell(
        # The shape anisotropy of a unit about doubles its barrier. The stray field of the others
        # nearly cancels the bias of the grains.
        torque=bias_of_torque(device, experiment, 2 * own),
        torque_spread=device.switching.critical_current_spread.value,
        barrier=2 * own,
        barrier_spread=0.07 * 2 * own,
        grain_bias=0.8 * bias,
        grain_count=max(1.0, unit_area / grain_area),
        mean_field=-0.6 * bias,
        offset=0.0,
        grain_barrier=grain_anisotropy * grain_area * grains.thickness.value / thermal,
        grain_barrier_spread=2 * grains.grain_diameter_spread.value,
        grain_coupling=coupling * grain_area / thermal,
        log_attempt=np.log(device.attempt_frequency(2 * own * thermal, volume)),
        log_grain_attempt=np.log(grains.attempt_frequency.value),
        anisotropy_exponent=barrier_exponent(device),
        ambient=ambient,
        curie=magnet.curie_temperature.value,
        neel=grains.neel_temperature.value,
        torque_sign=np.sign(torque),
        initial_sign=experiment.initial_sign,
        stage_rise=resistance * power,
        stage_time=time_constant,
        class_torque=class_torque,
        class_barrier=class_barrier,
        # A film that is set down is the mirror image of one that is set up.
        class_order=experiment.initial_sign * class_order,
        grain_class=grain_class,
        units=experiment.numerics.window**2 / unit_area,
    )


def bias_of_torque(device: Device, experiment: Experiment, barrier: float) -> float:
    """Return half of d ln(ratio of a unit's rates)/d(I/I_c), a bias e/k_BT, of a macrospin.

    `barrier` is KV/k_BT; the bias is proportional to it.
    """
    ambient, solved, low = device.ambient_temperature, 8.0, 0.2
    anisotropy = 2 * float(device.effective_anisotropy(ambient))
    density = device.critical_current_density
    given = device.switching.critical_current_density.value
    threshold = given or float(device.macrospin_threshold(anisotropy))
    anisotropy_field = 2 * anisotropy / float(device.saturation_magnetisation(ambient))
    in_plane = abs(device.in_plane_bias(experiment)) / anisotropy_field
    damping, field_like = device.torque_ratios
    up, down = Macrospin(damping).rates(solved, Torque(low, in_plane, 0.0, field_like))
    return float(abs(np.log(up / down)) / 2 / low * barrier / solved * density / threshold)


def barrier_exponent(device: Device) -> float:
    """Return d ln(barrier)/d ln(M_s) of a unit at the ambient temperature.

    Half of the barrier is K_eff V, the other half the shape anisotropy of the unit, which is
    proportional to M_s².
    """
    ambient = device.ambient_temperature
    uniaxial = float(device.uniaxial_anisotropy(ambient))
    effective = float(device.effective_anisotropy(ambient))
    exponent = device.ferromagnet.anisotropy_exponent.value
    # K_eff = K_u - K_s, with K_u as the power `exponent` of M_s and K_s as its square.
    return float((exponent * uniaxial - 2 * (uniaxial - effective)) / effective + 2) / 2


@jax.jit
def trace(
    cell: Cell, amplitude: Array, width: Array, delay: Array, ageing: float, key: Array
) -> tuple[Array, Array]:
    """Return the readings of a memory cell after each pulse of some trains.

    `amplitude`, `width` and `delay` are as in `Trains`; `ageing` is the wait before the first pulse
    (s). There is noise if the number of units is finite.

    Returns
    -------
    magnetisation, order : array, shape (trains, pulses, readings)
        Mean m_z and interface spin; where the delay is NaN, those at the end of the wait.
    """
    ends = jnp.where(jnp.isnan(delay), delay[..., -1:], delay)
    before = ends[..., :1] * jnp.array([compact.FIRST_WAIT_STEP / 1e-3, 1e-2, 0.1, 0.3])
    waits = jnp.diff(jnp.concatenate([before, ends], -1), axis=-1, prepend=0.0)
    pulses = jnp.stack(compact.pulse_steps(width), -1)
    durations = jnp.concatenate([pulses, waits], -1)
    current = (jnp.arange(durations.shape[-1]) < pulses.shape[-1]) * amplitude[..., None]
    skipped = pulses.shape[-1] + before.shape[-1]
    ageing_key, train_key = jax.random.split(key)
    count = amplitude.shape[0]

    def advance(
        carried: tuple[State, Array], inputs: tuple[Array, Array]
    ) -> tuple[tuple[State, Array], tuple[Array, Array]]:
        state, key = carried
        key, own = jax.random.split(key)
        deviate = jax.random.normal(own, state.magnetisation.shape[:-1])
        state = compact.step(cell, state, *inputs, deviate)
        return (state, key), (compact.reading(state), compact.consolidated(state))

    age = jnp.stack(compact.wait_steps(jnp.full(count, ageing)))
    start = compact.fresh(cell, (count,)), ageing_key
    (aged, _), _ = jax.lax.scan(advance, start, (jnp.zeros_like(age), age))
    amplitudes, steps = (jnp.moveaxis(x.reshape(count, -1), 1, 0) for x in (current, durations))
    _, read = jax.lax.scan(advance, (aged, train_key), (amplitudes, steps))
    magnetisation, order = (jnp.moveaxis(x, 0, 1).reshape(durations.shape) for x in read)
    return magnetisation[..., skipped:], order[..., skipped:]


def fit(guess: Cell, trains: Trains, ageing: float, fitted: tuple[str, ...] = FITTED) -> Cell:
    """Fit named parameters of a memory cell to the mean readings of a device by least squares.

    The fit starts from `guess`; `ageing` is the wait before each train (s). The result has no
    noise: its number of units is infinite.
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
    result = least_squares(
        lambda x: np.asarray(value(x), dtype=float),
        start / scale,
        jac=lambda x: np.asarray(slope(x), dtype=float),
        xtol=1e-5,
        max_nfev=60,
    )
    values = (result.x * scale).tolist()
    return without_noise._replace(**dict(zip(fitted, values, strict=True)))


def units_of_noise(cell: Cell, trains: Trains, ageing: float) -> float:
    """Return the number of units whose noise equals the scatter of at least two replicates.

    The variance goes as 1/units but for the bounds of m_z, hence two rounds.
    """
    known = ~np.isnan(trains.magnetisation)
    variance = float(np.mean(trains.scatter[known] ** 2))
    units = 100.0
    for _ in range(2):
        noisy = cell._replace(units=units)
        runs = jax.vmap(
            lambda key, noisy=noisy: trace(
                noisy, trains.amplitude, trains.width, trains.delay, ageing, key
            )[0]
        )(jax.random.split(jax.random.key(1), NOISE_REPEATS))
        units *= float(np.mean(np.var(np.asarray(runs), axis=0, ddof=1)[known])) / variance
    return units


def spread_of(cell: Cell, devices: list[Trains], ageing: float) -> Spread:
    """Return the spread of the parameters fitted to at least two devices; the others are fixed."""
    own = [fit(cell, trains, ageing, Spread._fields) for trains in devices]
    logs = {name: np.log([getattr(fitted, name) for fitted in own]) for name in Spread._fields}
    return Spread(**{name: float(np.std(values, ddof=1)) for name, values in logs.items()})


def predicted(cell: Cell, trains: Trains, ageing: float) -> Array:
    """Return the mean m_z of a memory cell without noise at the readings of some trains."""
    inputs = (trains.amplitude, trains.width, trains.delay)
    return np.asarray(trace(cell._replace(units=np.inf), *inputs, ageing, jax.random.key(0))[0])


class Errors(NamedTuple):
    """Difference in m_z between a memory cell and the mean readings of a device."""

    rms: float  # over all readings
    worst: float  # of a single reading
    swing: float  # range of the device's readings
    deviation: float  # standard deviation of the device's readings
    standard_error: float  # root mean square, of the device's mean over its replicates
    worst_train: float  # root mean square of the worst train


def errors(cell: Cell, trains: Trains, ageing: float) -> Errors:
    """Compare a memory cell without noise with a device; parameters as in `fit`."""
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
