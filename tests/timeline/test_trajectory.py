import dataclasses

import numpy as np
import pytest

from afterpulse.kinetics.film import macrospin
from afterpulse.timeline import llg_schedule, llg_stage, protocol, trajectory
from afterpulse.timeline.bench import Bench

SERIES = ("time", "delay", "temperature", "magnetisation_z", "anomalous_hall_voltage")
EVERY = (*SERIES, "magnetisation_x", "magnetisation_y", "grain_order", "unit_state", "pulse")


@pytest.fixture(scope="module")
def cards(device_card, experiment_card):
    experiment = experiment_card(
        {
            "replicates": 2,
            "sweep.pulse_amplitude": ["0.5 I_c", "0.9 I_c"],
            "sweep.pulse_width": ["10 us", "1 ms"],
            "sweep.probe_delay": "500 ms",
            "sweep.duration": "20 s",
            "numerics.leading_edge": "20 ps",
            "numerics.trailing_edge": "20 ps",
        }
    )
    return device_card({"hall_bar.read_noise": "1 uV"}), experiment


@pytest.fixture(scope="module")
def run(cards, small_sample):
    upright = np.zeros((16, 16, 3))
    upright[..., 2] = 1.0

    bench = Bench.of_sample(*cards, small_sample, upright, macrospin(cards[0]))

    def points(planned):
        return trajectory.run_points(bench, planned)

    return points


@pytest.fixture(scope="module")
def planned(cards):
    return protocol.points(*cards)


@pytest.fixture(scope="module")
def sweep(run, planned):
    chosen = [point for point in planned if point.protocol == "sweep"]
    return chosen, run(chosen)


@pytest.fixture(scope="module")
def train(run, planned):
    chosen = [point for point in planned if point.protocol == "ltp"]
    return chosen, run(chosen)


def steps(dataset, point):
    return dataset.isel(point=point).isel(step=dataset["stage"][point].values != "")


def assert_same(one, other):
    for name in EVERY:
        np.testing.assert_array_equal(one[name].values, other[name].values, err_msg=name)


def test_loops_disturb_nothing(cards, small_sample, planned):
    device, experiment = cards
    upright = np.zeros((16, 16, 3))
    upright[..., 2] = 1.0
    chosen = [point for point in planned if point.protocol == "ltp"]
    run = [
        trajectory.run_points(
            Bench.of_sample(device, card, small_sample, upright, macrospin(device)), chosen
        )
        for card in (experiment, experiment.model_copy(update={"hysteresis": None}))
    ]
    assert "loop_coercivity" in run[0]
    assert "loop_coercivity" not in run[1]
    assert_same(*run)
    before, after = np.moveaxis(run[0]["loop_magnetisation_z"].values, 1, 0)
    assert before.shape == (len(chosen), 20)
    # Saturated at both ends, and not the same once pulses have turned grains.
    for loops in (before, after):
        np.testing.assert_array_equal(loops[:, [9, 19]], [[-1, 1]] * len(chosen))
    assert not np.array_equal(before, after)


def test_llg_points_do_not_depend_on_their_chunk(run, sweep):
    chosen, whole = sweep
    assert len(chosen) == 8
    assert {point.micromagnetics for point in chosen} == {"edges"}
    order = [6, 1, 4]
    some = run([chosen[index] for index in order])
    for place, index in enumerate(order):
        assert_same(steps(some, place), steps(whole, index))
    assert_same(steps(run([chosen[2]]), 0), steps(whole, 2))


def test_kinetic_points_do_not_depend_on_their_chunk(run, train):
    chosen, whole = train
    assert {point.micromagnetics for point in chosen} == {"none"}
    for index in reversed(range(len(chosen))):
        assert_same(steps(run([chosen[index]]), 0), steps(whole, index))


def test_kinetic_points_ask_for_no_engine(run, planned, monkeypatch):
    """Importing one takes a second, which a job of kinetics alone need not pay."""
    monkeypatch.setattr(llg_stage, "engine_of", lambda name: pytest.fail(f"{name} was asked for"))
    chosen = [point for point in planned if point.micromagnetics == "none"][:1]
    assert set(steps(run(chosen), 0)["engine"].values) == {"kinetics"}


def test_replicates_and_amplitudes_differ(sweep):
    chosen, whole = sweep
    for other in (2, 4):
        assert chosen[0].pulses[0].width == chosen[other].pulses[0].width
        edge = [steps(whole, index)["magnetisation_x"].values[1:11] for index in (0, other)]
        assert not np.array_equal(*edge)


def test_points_that_differ_in_width_share_their_leading_edge(sweep):
    chosen, whole = sweep
    short, long = chosen[0], chosen[1]
    assert short.pulses[0].amplitude == long.pulses[0].amplitude
    assert short.pulses[0].width != long.pulses[0].width
    one, other = (
        point.isel(step=point["stage"].values == "leading_edge")
        for point in (steps(whole, 0), steps(whole, 1))
    )
    assert one.sizes["step"] == llg_schedule.EDGE_OUTPUTS
    for name in ("time", "magnetisation_x", "magnetisation_z", "unit_state", "temperature"):
        np.testing.assert_array_equal(one[name].values, other[name].values)
    after = [steps(whole, index)["temperature"].values[-1] for index in (0, 1)]
    assert after[0] != after[1]


def test_stages_and_engines(sweep, train):
    for index in range(len(sweep[0])):
        point = steps(sweep[1], index)
        stage = point["stage"].values
        assert list(dict.fromkeys(stage)) == [
            "start",
            "leading_edge",
            "plateau",
            "trailing_edge",
            "wait",
        ]
        by_llg = np.isin(stage, ["leading_edge", "trailing_edge"])
        np.testing.assert_array_equal(
            point["engine"].values, np.where(by_llg, "embedded", "kinetics")
        )
        current = np.where(np.isin(stage, ["leading_edge", "plateau"]), 1.0, 0.0)
        amplitude = sweep[0][index].pulses[0].amplitude
        np.testing.assert_allclose(point["current"].values, current * amplitude)
    kinetic = steps(train[1], 0)
    assert set(kinetic["engine"].values) == {"kinetics"}
    assert set(kinetic["stage"].values) == {"start", "plateau", "wait"}


def test_one_clock_and_its_delays(sweep, train):
    for chosen, whole in (sweep, train):
        for index, wanted in enumerate(chosen):
            point = steps(whole, index)
            time, delay, pulse = (point[name].values for name in ("time", "delay", "pulse"))
            assert time[0] == 0.0
            assert pulse[0] == -1
            assert (np.diff(time) > 0).all()
            assert (np.diff(pulse) >= 0).all()
            end = 0.0
            for number, asked in enumerate(wanted.pulses):
                begun = end
                stage = point["stage"].values[pulse == number]
                late = delay[(pulse == number)]
                np.testing.assert_allclose(
                    late, time[pulse == number] - begun - asked.width, atol=1e-12
                )
                on = np.isin(stage, ["leading_edge", "plateau"])
                assert late[on].max() == pytest.approx(0, abs=1e-12)
                assert late[~on].min() > 0
                assert late[-1] == pytest.approx(asked.wait, rel=1e-9)
                for mark in wanted.marks:
                    assert np.abs(late - mark).min() < 1e-9 * mark
                end = begun + asked.width + asked.wait
            assert time[-1] == pytest.approx(end, rel=1e-12)


def test_all_edges_share_one_grid_of_delays(run, sweep):
    chosen, whole = sweep
    kinetic = run([dataclasses.replace(chosen[0], micromagnetics="none")])
    delays = [
        point["delay"].values[(point["stage"].values == "wait")]
        for point in (steps(whole, 0), steps(kinetic, 0))
    ]
    late = [delay[delay > 1e-9] for delay in delays]
    np.testing.assert_allclose(late[0], late[1], rtol=1e-6)


def test_temperature_runs_on_over_the_hand_overs(cards, sweep):
    device, experiment = cards
    power = (
        device.current_density(sweep[0][0].pulses[0].amplitude) ** 2
        * device.spin_hall_layer.resistivity.value
        * device.heat_path.heated_thickness.value
    )
    point = steps(sweep[1], 0)
    width = sweep[0][0].pulses[0].width
    time = point["time"].values
    rise = np.zeros(time.size)
    for stage in device.heat_path.stages:
        on = 1 - np.exp(-np.minimum(time, width) / stage.time_constant.value)
        off = np.exp(-np.maximum(time - width, 0) / stage.time_constant.value)
        rise += stage.resistance.value * power * on * off
    ambient = device.ambient_temperature
    np.testing.assert_allclose(point["temperature"].values, ambient + rise, atol=1e-6)


def test_means_are_those_of_the_units(small_sample, train):
    point = steps(train[1], 0)
    share = small_sample.unit_area / small_sample.unit_area.sum()
    np.testing.assert_allclose(point["magnetisation_z"].values, point["unit_state"].values @ share)
    assert (point["magnetisation_x"].values == 0).all()


def test_order_of_the_grains_follows_each_unit(small_sample, train):
    point = steps(train[1], 0)
    # Over the film it is the order of all grains, weighted by their areas and axes.
    normal = small_sample.grain_axis[small_sample.contact_grain, 2]
    weight = np.bincount(small_sample.contact_unit, small_sample.contact_area * normal)
    mean = point["unit_grain_order"].values @ weight / weight.sum()
    np.testing.assert_allclose(mean, point["grain_order"].values, atol=0.02)
    assert np.ptp(point["unit_grain_order"].values) > 0.1


def test_frozen_grains_stay_set(run, planned):
    frozen = [point for point in planned if point.mechanism_set == "frozen_grains"]
    whole = run([point for point in frozen if point.protocol == "ltp"])
    np.testing.assert_allclose(steps(whole, 0)["grain_order"].values, 1.0)
    np.testing.assert_allclose(steps(whole, 0)["unit_grain_order"].values, 1.0, rtol=1e-6)


def test_a_short_pulse_is_llg_throughout(run, planned):
    short = protocol.TimedPulse(planned[0].pulses[0].amplitude, 1e-11, 1e-6)
    point = steps(run([dataclasses.replace(planned[0], pulses=(short,), marks=())]), 0)
    assert set(point["stage"].values) == {"start", "leading_edge", "trailing_edge", "wait"}
    leading = point["time"].values[point["stage"].values == "leading_edge"]
    assert leading[-1] == pytest.approx(1e-11)
