"""Made-up datasets of the stored layout, from formulas, for tests of drawing only."""

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets, decay
from afterpulse.kinetics.state import Record
from afterpulse.timeline import records

mpl.use("Agg")

CRITICAL_CURRENT = 2e-3
RELATIVE = np.arange(0.3, 1.15, 0.1)
WIDTHS = np.array([1e-5, 1e-3, 1e-1])
REPLICATES = 6


def delays():
    grid = np.geomspace(1e-6, 20.0, 89)
    return np.unique(np.concatenate([grid, [0.5, 10.0]]))


def sweep(seed, shift=0.0, loss=0.4):
    generator = np.random.default_rng(seed)
    delay = delays()
    relative = RELATIVE[:, None, None, None]
    width = WIDTHS[None, :, None, None]
    middle = 0.8 - 0.04 * np.log10(width / 1e-3) + shift
    switched = 1 / (1 + np.exp(-(relative - middle) / 0.06))
    constant = 1 + 6 * switched
    left = 1 - loss * (1 - switched) * (1 - np.exp(-delay / constant))
    m_z = 1 - 2 * switched * left
    points = (len(RELATIVE), len(WIDTHS), REPLICATES)
    m_z = m_z + 0.02 * switched * generator.standard_normal((*points, 1))
    m_z = m_z + 0.005 * generator.standard_normal((*points, len(delay)))
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    temperature = 300 + 40 * relative**2 * np.exp(-delay / 1e-3) + 0 * m_z
    initial = np.ones(m_z.shape[:-1])
    loops = np.stack([initial, m_z[..., -1]], axis=-1)
    return datasets.label(
        xr.Dataset(
            {
                "anomalous_hall_voltage": (dims, 1e-4 * m_z),
                "magnetisation_z": (dims, m_z),
                "temperature": (dims, temperature),
                "initial_voltage": (dims[:-1], 1e-4 * initial),
                "initial_magnetisation_z": (dims[:-1], initial),
                "loop_exchange_bias": ((*dims[:-1], "loop"), 0.02 * loops),
                "loop_coercivity": ((*dims[:-1], "loop"), 0.04 * loops),
            },
            coords={
                "pulse_amplitude": CRITICAL_CURRENT * RELATIVE,
                "relative_amplitude": ("pulse_amplitude", RELATIVE),
                "pulse_width": WIDTHS,
                "replicate": np.arange(REPLICATES),
                "delay": delay,
                "loop": ["before", "after"],
            },
        )
    )


def protocol(seed, amplitude, count, interval, rest=20.0):
    generator = np.random.default_rng(seed)
    width = 1e-3
    start = interval * np.arange(count)
    time = np.unique(
        np.concatenate([s + np.geomspace(1e-6, interval, 40) for s in start]).tolist()
        + (start[-1] + np.geomspace(1e-3, rest, 60)).tolist()
    )
    since = time[:, None] - start
    kicks = np.where(since > 0, 0.6 + 0.4 * np.exp(-np.clip(since, 0, None) / 3), 0).sum(axis=1)
    sets = np.array(["all_on", "frozen_grains"])
    mean = np.stack([1 - 0.1 * kicks * amplitude / 2e-3, 1 - 0.03 * kicks * amplitude / 2e-3])
    noise = 0.03 * generator.standard_normal((2, REPLICATES, 1))
    m_z = mean[:, None, :] + noise
    current = np.where(((since > 0) & (since < width)).any(axis=1), amplitude, 0.0)
    dims = ("mechanism_set", "replicate", "time")
    return datasets.label(
        xr.Dataset(
            {
                "anomalous_hall_voltage": (dims, 1e-4 * m_z),
                "magnetisation_z": (dims, m_z),
                "current": ("time", current),
                "pulse_start": ("pulse", start),
                "pulse_end": ("pulse", start + width),
            },
            coords={"time": time, "mechanism_set": sets, "replicate": np.arange(REPLICATES)},
        )
    )


@pytest.fixture(scope="session")
def ahe():
    return sweep(1)


def scaled_times(dataset, names):
    """Dataset with its times a thousand million times shorter."""
    dataset = dataset.copy()
    for name in names:
        dataset[name] = (dataset[name] * 1e-9).assign_attrs(dataset[name].attrs)
    return dataset


@pytest.fixture(scope="session")
def nanosecond(ahe):
    """The sweep with ns for s, from 1 fs on, with a variable that only LLG has."""
    sweep = scaled_times(ahe, ["delay", "pulse_width"])
    return sweep.assign(wall_length=xr.zeros_like(sweep["temperature"]))


@pytest.fixture(scope="session")
def nanosecond_decays(decays):
    """The fits, as far as they are drawn, with ns for s."""
    times = ("pulse_width", "retention_time", "retention_time_interval", "window_start")
    scaled = scaled_times(decays, [*times, "window_end"])
    return scaled.assign_attrs(retained_at=10e-9, probe_delay=0.5e-9)


@pytest.fixture(scope="session")
def walk():
    return sweep(2, shift=0.03)


@pytest.fixture(scope="session")
def compare():
    sets = [sweep(3), sweep(4, shift=0.1, loss=0.05)]
    joined = xr.concat(sets, xr.Variable("mechanism_set", ["all_on", "frozen_grains"]))
    return datasets.label(joined)


@pytest.fixture(scope="session")
def trains():
    return {
        "LTP": protocol(5, 2e-3, 15, 1.0),
        "LTD": protocol(6, 1e-3, 5, 4.0),
        "STP": protocol(7, 1.5e-3, 5, 0.05),
        "STD": protocol(8, -1e-3, 5, 0.05),
    }


@pytest.fixture(scope="session")
def decays(ahe):
    # Every third amplitude: the fits take the time of these tests.
    return decay.fit_decays(ahe.isel(pulse_amplitude=slice(0, None, 3)))


def segment(stage, pulse, time, pulse_end, reversed_units):
    """Rows of a segment in which the first so many of 49 units are down at each step."""
    state = np.where(np.arange(49) < np.array(reversed_units)[:, None], -1, 1).astype(np.int8)
    time, mean, zeros = np.array(time), state.mean(axis=1), np.zeros(len(time))
    record = Record(
        engine="kinetics",
        time=time,
        temperature=300 + zeros,
        mean_m=np.stack([zeros, zeros, mean], axis=-1),
        unit_state=state,
        grain_order=0.5 * mean,
        unit_grain_order=0.5 * state,
        exchange_bias_field=zeros,
        flicker_error=zeros,
        flips=np.zeros(len(time), dtype=np.int64),
    )
    return records.rows(record, records.Clock(0.0, pulse, pulse_end), stage, 0.0, 1e-4 * mean)


@pytest.fixture(scope="session")
def chunk():
    """Two trajectories; the second returns more, has LLG edges and goes on to a second pulse."""
    start = segment("start", -1, [0.0], 0.0, [0])
    plain = [
        segment("plateau", 0, [1e-6, 1e-3], 1e-3, [5, 20]),
        segment("wait", 0, [2e-3, 1.0], 1e-3, [20, 18]),
    ]
    edged = [
        segment("leading_edge", 0, [1e-9, 2e-9], 1e-3, [1, 1]),
        segment("plateau", 0, [1e-6, 1e-3], 1e-3, [10, 24]),
        segment("trailing_edge", 0, [1e-3 + 1e-9, 1e-3 + 2e-9], 1e-3, [23, 23]),
        segment("wait", 0, [2e-3, 1.0], 1e-3, [22, 12]),
        segment("plateau", 1, [1.001], 1.001, [49]),
        segment("wait", 1, [2.0], 1.001, [0]),
    ]
    joined = records.chunk_dataset([[start, *plain], [start, *edged]])
    return joined.assign(
        pulse_amplitude=(("point", "pulse_number"), [[1e-3, np.nan], [2e-3, 2e-3]]),
        pulse_width=(("point", "pulse_number"), [[1e-3, np.nan], [1e-3, 1e-3]]),
    )


@pytest.fixture(scope="session")
def film():
    edge, cells, across = 7e-7, 70, 7
    index = np.arange(cells) // (cells // across)
    unit_index = index[:, None] * across + index[None, :]
    state = np.where(np.random.default_rng(9).random(across**2) < 0.6, 1, -1)
    position = (np.arange(cells) + 0.5) * edge / cells
    return datasets.label(
        xr.Dataset(
            {
                "unit_index": (("x", "y"), unit_index),
                "unit_state": ("unit", state),
                "unit_area": ("unit", np.full(across**2, (edge / across) ** 2)),
            },
            coords={"x": position, "y": position, "unit": np.arange(across**2)},
        )
    )


@pytest.fixture
def stored_fields():
    """Three snapshots of 32 x 48 cells of 5 nm: halves up and down, and turned in the plane."""
    m = np.zeros((1, 4, 32, 48, 3))
    m[:, 0, :16, :, 2], m[:, 0, 16:, :, 2] = 1, -1
    m[:, 1] = m[:, 0]
    m[:, 2, ..., :2] = 0.6, -0.8
    m[:, 3] = np.nan
    return xr.Dataset(
        {
            "magnetisation": (("point", "snapshot", "x", "y", "component"), m),
            "time": (("point", "snapshot"), [[1e-9, 2e-9, 10e-9, np.nan]]),
            "thickness": ((), 1e-9),
        },
        coords={
            "x": 5e-9 * (np.arange(32) + 0.5),
            "y": 5e-9 * (np.arange(48) + 0.5),
            "component": ["x", "y", "z"],
            "point": ["p0"],
            "snapshot": np.arange(4),
        },
    )
