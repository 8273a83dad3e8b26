"""Hall voltage of a device whose card has an arm width."""

import numpy as np
import pytest
import xarray as xr

from afterpulse.engines.quiet_film import QuietFilm
from afterpulse.engines.snapshots import reduced
from afterpulse.kinetics.film import macrospin
from afterpulse.kinetics.state import initial_state
from afterpulse.timeline import bench as bench_module
from afterpulse.timeline import hall, llg_schedule, llg_stage, protocol, trajectory
from afterpulse.timeline.bench import Bench, Trajectory, store_start
from afterpulse.timeline.hall_cross import response_density

CELLS = 16
CROSSES = [(60, 40), (80, 80), (5000, 300)]


@pytest.fixture
def bench(device_card, experiment_card, small_sample):
    """Bench of a film whose ground state is perpendicular but for one tilted cell."""

    def make(width=None, arm_width=None, tilted=()):
        changes = {
            "hall_bar.planar_hall_resistance": "0.3 ohm",
            "hall_bar.offset_resistance": "0.1 ohm",
            "hall_bar.offset_drift": "0 ohm/K",
            "hall_bar.read_noise": "0 V",
        }
        if width is not None:
            changes["hall_bar.width"] = f"{width} nm"
        if arm_width is not None:
            changes["hall_bar.arm_width"] = f"{arm_width} nm"
        experiment = experiment_card({"numerics.precision": "float64"})
        ground = np.zeros((CELLS, CELLS, 3))
        ground[..., 2] = 1.0
        for place in tilted:
            ground[place] = 0.48, 0.64, 0.6
        device = device_card(changes)
        return Bench.of_sample(device, experiment, small_sample, ground, macrospin(device))

    return make


def start(bench, reversed_units=()):
    """Trajectory of the set film with some units reversed."""
    state = initial_state(bench.film, bench.experiment)
    state.unit_state[:] = 1
    state.unit_state[list(reversed_units)] = -1
    return Trajectory(protocol.points(bench.device, bench.experiment)[0], state, "test")


def kinetic_voltage(bench, trajectory):
    store_start(bench, trajectory)
    (voltage,) = trajectory.rows[-1]["anomalous_hall_voltage"]
    return voltage


def llg_voltage(bench, trajectory, monkeypatch):
    """Voltage of an edge without current on an engine that leaves the film as it is."""

    def engine(systems, duration, outputs, seeds, numerics, weight=None):
        fields = [system.m.orientation.array[:, :, 0] for system in systems]
        return [reduced(duration, [field] * outputs, weight) for field in fields]

    def every_cell(sample, weight):
        return np.full((CELLS, CELLS), CELLS**-2) if weight is None else weight

    def still(film, temperature):
        return np.ones((CELLS, CELLS))

    monkeypatch.setattr(llg_stage, "engine_of", lambda name: engine)
    # The engine's film has no thermal noise.
    monkeypatch.setattr(QuietFilm, "magnetisation", still)
    monkeypatch.setattr(bench_module, "weight_without_borders", every_cell)
    silent = lambda fraction, line: None  # noqa: E731
    outputs = llg_schedule.edge_outputs(1e-10, 0.0, 0.0, 0.0)
    llg_stage.run_stage(bench, [trajectory], [outputs], [0.0], "leading_edge", silent)
    return trajectory.rows[-1]["anomalous_hall_voltage"]


def voltage_of(bench, mean_z, mean_xy=0.0):
    bar = bench.device.hall_bar
    return bar.read_current.value * (
        bar.anomalous_hall_resistance.value * mean_z
        + bar.planar_hall_resistance.value * mean_xy
        + bar.offset_resistance.value
    )


def test_uniform_film_gives_the_cards_resistance_whatever_the_arms(bench, monkeypatch):
    for width, arm_width in CROSSES:
        film = bench(width, arm_width)
        expected = voltage_of(film, 1.0)
        assert kinetic_voltage(film, start(film)) == pytest.approx(expected, rel=1e-12)
        by_llg = llg_voltage(film, start(film), monkeypatch)
        np.testing.assert_allclose(by_llg, expected, rtol=1e-12)


@pytest.mark.parametrize(("width", "arm_width"), CROSSES)
@pytest.mark.parametrize("cell", [(8, 8), (0, 0), (8, 0)])
def test_reversed_unit_gives_the_response_of_its_cells(
    bench, small_sample, monkeypatch, width, arm_width, cell
):
    unit = small_sample.unit_index[cell]
    film = bench(width, arm_width)
    axis = (np.arange(CELLS) - 7.5) * small_sample.cell
    density = response_density(axis[:, None], axis, width * 1e-9, arm_width * 1e-9)
    fraction = density[small_sample.unit_index == unit].sum() / density.sum()
    expected = voltage_of(film, 1 - 2 * fraction)
    trajectory = start(film, [unit])
    assert kinetic_voltage(film, trajectory) == pytest.approx(expected, rel=1e-9)
    # The stored magnetisation remains the mean over the window.
    area = small_sample.unit_area[unit] / small_sample.unit_area.sum()
    assert trajectory.rows[-1]["magnetisation_z"][0] == pytest.approx(1 - 2 * area)
    by_llg = llg_voltage(film, start(film, [unit]), monkeypatch)
    np.testing.assert_allclose(by_llg, expected, rtol=1e-9)


def test_tilted_cell_counts_by_its_response_in_both_effects(bench, small_sample, monkeypatch):
    film = bench(60, 40, tilted=[(7, 6)])
    axis = (np.arange(CELLS) - 7.5) * small_sample.cell
    density = response_density(axis[:, None], axis, 60e-9, 40e-9)
    fraction = density[7, 6] / density.sum()
    expected = voltage_of(film, 1 - 0.4 * fraction, 0.48 * 0.64 * fraction)
    np.testing.assert_allclose(llg_voltage(film, start(film), monkeypatch), expected, rtol=1e-9)


def test_without_arm_width_the_voltage_is_that_of_plain_means(bench, small_sample, monkeypatch):
    film = bench(tilted=[(7, 6), (0, 3)])
    assert film.hall_weight is None
    trajectory = start(film, [3, 5])
    fraction = small_sample.unit_area / small_sample.unit_area.sum()
    expected = voltage_of(film, trajectory.state.unit_state @ fraction)
    assert kinetic_voltage(film, trajectory) == expected
    m = film.ground_state.copy()
    m[..., 2] *= trajectory.state.unit_state[small_sample.unit_index]
    m /= np.linalg.norm(m, axis=-1, keepdims=True)
    expected = voltage_of(film, m[..., 2].mean(), (m[..., 0] * m[..., 1]).mean())
    by_llg = llg_voltage(film, trajectory, monkeypatch)
    np.testing.assert_allclose(by_llg, expected, rtol=1e-12)
    np.testing.assert_array_equal(
        by_llg,
        voltage_of(
            film,
            trajectory.rows[-1]["magnetisation_z"],
            (m[..., 0] * m[..., 1]).mean(),
        ),
    )


@pytest.mark.parametrize("name", ["sweep", "ltp"])
def test_arm_width_changes_only_the_voltage(bench, small_sample, name):
    """A sweep point has its edges on the embedded engine, a train none."""
    films = bench(60), bench(60, 40)
    every = protocol.points(films[0].device, films[0].experiment)
    planned = [point for point in every if point.protocol == name][:1]
    plain, weighted = (trajectory.run_points(film, planned) for film in films)
    for series in ("magnetisation_x", "magnetisation_z", "temperature", "unit_state", "time"):
        np.testing.assert_array_equal(plain[series], weighted[series], err_msg=series)
    kinetics = (weighted["engine"] == "kinetics").values
    bar, temperature = films[1].device.hall_bar, weighted["temperature"].values
    weight = np.bincount(small_sample.unit_index.ravel(), films[1].hall_weight.ravel())
    expected = hall.hall_voltage_of_units(
        xr.DataArray(weighted["unit_state"].values, dims=("point", "step", "unit")),
        weight,
        bar.read_current.value,
        xr.DataArray(
            films[1].device.anomalous_hall_resistance(temperature), dims=("point", "step")
        ),
        bar.offset_resistance.value,
    ).values
    voltage, plain_voltage = (chunk["anomalous_hall_voltage"].values for chunk in (weighted, plain))
    changed = np.abs(voltage - plain_voltage) > 1e-9
    # The kinetics switch the film of the train in part; LLG shakes that of the sweep.
    assert changed[kinetics if name == "ltp" else ~kinetics].any()
    assert kinetics.all() == (name == "ltp")
    np.testing.assert_allclose(voltage[kinetics], expected[kinetics], rtol=1e-9)
