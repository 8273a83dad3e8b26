import pytest

from afterpulse.cards import CardError
from afterpulse.cards.variants import roles, variants

DAMPING, SEED = "device.ferromagnet.damping", "experiment.seed"


@pytest.fixture
def device(device_card):
    return device_card()


def found(device, experiment_card, vary, folder="."):
    made = variants(device, experiment_card({"vary": vary}), folder)
    for own, other, _ in made.values():
        assert (own.name, other.name, other.vary) == (device.name, "tiny", None)
    return [(d.ferromagnet.damping.value, e.seed) for d, e, _ in made.values()]


def test_card_that_varies_nothing_has_no_variants(device, experiment_card):
    assert variants(device, experiment_card(), ".") == {}


def test_grid_has_all_combinations(device, experiment_card):
    vary = {"grid": {DAMPING: [0.1, 0.2], SEED: [5, 6, 7]}}
    expected = [(damping, seed) for damping in (0.1, 0.2) for seed in (5, 6, 7)]
    assert found(device, experiment_card, vary) == expected


def test_rows_and_table_have_theirs(device, experiment_card, tmp_path):
    vary = {"rows": [{DAMPING: 0.1}, {SEED: 9}]}
    own = device.ferromagnet.damping.value
    assert found(device, experiment_card, vary) == [(0.1, 1), (own, 9)]
    (tmp_path / "varied.csv").write_text(f"{DAMPING},{SEED}\n0.1,5\n0.3,6\n")
    assert found(device, experiment_card, {"table": "varied.csv"}, tmp_path) == [(0.1, 5), (0.3, 6)]


def test_any_field_can_be_varied(device, experiment_card):
    grid = {
        "device.heat_path.stages.0.time_constant": ["7 ns"],
        "device.antiferromagnet.interface_coupling": ["0.03 mJ/m^2"],
        "experiment.mechanisms.fm_aftereffect": [False],
        "experiment.compare.frozen_grains.resistance_drift": [True],
        "experiment.sweep.duration": ["9 s"],
        "experiment.sweep.pulse_width.1": ["2 ms"],
    }
    vary = {"grid": grid}
    changes = {"vary": vary, "inference": None}
    ((own, other, changed),) = variants(device, experiment_card(changes), ".").values()
    assert own.heat_path.stages[0].time_constant.value == pytest.approx(7e-9)
    assert own.antiferromagnet.interface_coupling.value == pytest.approx(3e-5)
    assert not other.mechanisms.fm_aftereffect
    assert other.mechanisms.afm_viscosity
    assert other.compare["frozen_grains"].resistance_drift
    assert other.sweep.duration == 9
    assert other.sweep.pulse_width == pytest.approx((1e-5, 2e-3))
    assert changed == {field: values[0] for field, values in grid.items()}


def test_names_follow_from_the_changes_alone(device, experiment_card):
    first = variants(device, experiment_card({"vary": {"grid": {SEED: [5, 6]}}}), ".")
    more = variants(device, experiment_card({"vary": {"grid": {SEED: [4, 5, 6]}}}), ".")
    assert set(first) < set(more)


HYPOTHESES = {"own": {}, "damped": {DAMPING: 0.3}}


def test_hypotheses_are_simulated_as_the_cards_are_and_under_each_condition(
    device, experiment_card
):
    vary = {"hypotheses": HYPOTHESES, "conditions": {"again": {SEED: 9}}}
    own = device.ferromagnet.damping.value
    expected = [(own, 1), (own, 9), (0.3, 1), (0.3, 9)]
    assert found(device, experiment_card, vary) == expected
    experiment = experiment_card({"vary": vary})
    labels = [("own", ""), ("own", "again"), ("damped", ""), ("damped", "again")]
    assert dict(zip(variants(device, experiment, "."), labels, strict=True)) == roles(experiment)


def test_variants_that_are_no_hypotheses_have_no_role(experiment_card):
    assert roles(experiment_card()) == {}
    assert roles(experiment_card({"vary": {"rows": [{SEED: 9}]}})) == {}


def test_a_value_can_be_taken_away(device, experiment_card):
    field = "device.thermal_spin_torque.spin_current_persistence"
    vary = {"hypotheses": {"kept": {field: "2 s"}, "gone": {field: None}}}
    made = variants(device, experiment_card({"vary": vary}), ".").values()
    values = [own.thermal_spin_torque.spin_current_persistence.value for own, *_ in made]
    assert values == [2.0, None]


@pytest.mark.parametrize("field", ["replicates", "samples", "trains.ltp.rest"])
def test_what_is_compared_has_the_same_trains_and_repeats(experiment_card, field):
    hypotheses = {"one": {}, "two": {f"experiment.{field}": 3}}
    with pytest.raises(ValueError, match=r"expected the same trains and repeats .*got experiment"):
        experiment_card({"vary": {"hypotheses": hypotheses}})


def test_a_condition_is_not_called_like_a_train(experiment_card):
    train = {"description": "x", "pulses": [{"amplitude": "1 I_c", "width": "1 ms"}], "rest": "1 s"}
    changes = {"trains": {"warm": train}, "inference": None}
    vary = {"hypotheses": HYPOTHESES, "conditions": {"warm": {SEED: 8}}}
    with pytest.raises(ValueError, match="expected a label that no train has"):
        experiment_card(changes | {"vary": vary})


def test_one_hypothesis_is_compared_with_nothing(experiment_card):
    with pytest.raises(ValueError, match="expected at least two to compare"):
        experiment_card({"vary": {"hypotheses": {"one": {}}}})


def test_faults_under_a_condition_are_named(device, experiment_card):
    vary = {"hypotheses": HYPOTHESES, "conditions": {"warm": {SEED: -1}}}
    with pytest.raises(CardError) as caught:
        variants(device, experiment_card({"vary": vary}), ".")
    labels = [f"tiny: vary.hypotheses.{each} under vary.conditions.warm: " for each in HYPOTHESES]
    assert [
        line[: len(label)] for line, label in zip(caught.value.faults, labels, strict=True)
    ] == labels


def test_conditions_need_hypotheses(experiment_card):
    with pytest.raises(ValueError, match="expected hypotheses to compare"):
        experiment_card({"vary": {"rows": [{SEED: 9}], "conditions": {"again": {SEED: 8}}}})


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        (
            {"hypotheses": {"one": {}, "two": {"device.ferromagnet.dampin": 1.0}}},
            "vary.hypotheses.two: device.ferromagnet.dampin: expected a field of the device card",
        ),
        (
            {"hypotheses": {"one": {SEED: 5}, "two": {SEED: 5}}},
            "vary.hypotheses.two: expected other values, got those of another",
        ),
        ({"grid": {"damping": [1.0]}}, "vary.grid: damping: expected a field such as"),
        ({"grid": {"experiment.name": ["x"]}}, "vary.grid: experiment.name: expected a field"),
        ({"grid": {"experiment.vary": ["x"]}}, "vary.grid: experiment.vary: expected a field"),
        ({"rows": [{"device.ferromagnet.dampin": 1.0}]}, "vary.rows.0: device.ferromagnet.dampin"),
        ({"rows": [{"device.ferromagnet.dampin": 1.0}]}, 'device card, such as "damping"'),
        ({"grid": {"experiment.numerics.windw": [1.0]}}, 'such as "window", got '),
        ({"rows": [{"device.heat_path.stages.x": 1.0}]}, "expected a field of the device card"),
        ({"grid": {"device.ferromagnet": [1.0]}}, "expected a single field"),
        ({"grid": {"experiment.mechanisms.drift": [True]}}, "expected one of afm_viscosity"),
        ({"grid": {"experiment.mechanisms.afm_viscosity": [2]}}, "expected true or false, got"),
        (
            {"grid": {"device.ferromagnet.thickness": ["1 mT"]}},
            "vary.grid: device: ferromagnet.thickness.value: expected",
        ),
        ({"grid": {"experiment.seed": [-1]}}, "vary.grid: experiment: seed: expected"),
        ({"table": "no.csv"}, "tiny: vary.table: expected a CSV file no.csv"),
    ],
)
def test_faults_are_named(device, experiment_card, tmp_path, vary, said):
    with pytest.raises(CardError) as caught:
        variants(device, experiment_card({"vary": vary}), tmp_path)
    (line,) = caught.value.faults
    assert said in line
    assert line.startswith("tiny: ")


@pytest.mark.parametrize(
    "text",
    ["", f"{SEED}\n", f"{SEED},{DAMPING}\n1\n", f"{SEED}\n1,2\n", f"{SEED}\n[1\n", "\0\n1\n"],
)
def test_table_that_is_none_is_named(device, experiment_card, tmp_path, text):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(CardError, match=r"^tiny: vary\.table: "):
        variants(device, experiment_card({"vary": {"table": "bad.csv"}}), tmp_path)


@pytest.mark.parametrize("table", ["../x.csv", "/etc/x.csv", "x.txt", "X.csv", "a b.csv"])
def test_table_lies_beside_the_card(experiment_card, table):
    with pytest.raises(ValueError, match=r"vary\.table"):
        experiment_card({"vary": {"table": table}})
