import copy
import json
import os
import re
from pathlib import Path

import pytest
import yaml

from afterpulse.cards import load
from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment

ROOT = Path(__file__).parents[2]
DEVICES = sorted((ROOT / "devices").glob("*.yaml"))
EXPERIMENTS = sorted((ROOT / "experiments").glob("*.yaml"))


def device_dict():
    return yaml.safe_load((ROOT / "devices/pt_co_irmn.yaml").read_text())


def experiment_dict():
    return load.read_card(ROOT / "experiments/demo.yaml")


def place(content, field, value):
    *parents, last = field.split(".")
    for step in parents:
        content = content[int(step) if isinstance(content, list) else step]
    content[int(last) if isinstance(content, list) else last] = value


def write(folder, content):
    path = folder / f"{content['name']}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def faults_of(read, path):
    with pytest.raises(load.CardError) as caught:
        read(path)
    faults = caught.value.faults
    assert faults
    for fault in faults:
        assert fault.startswith(f"{path}: ")
        assert "expected " in fault
        assert ", got" in fault
        assert fault.isprintable()
    assert str(caught.value) == "\n".join(faults)
    return [fault.removeprefix(f"{path}: ") for fault in faults]


def test_there_are_cards():
    assert {path.stem for path in DEVICES} >= {"pt_co_irmn", "ptmn_copd"}
    assert {path.stem for path in EXPERIMENTS} >= {"demo", "fig1", "fig2"}


@pytest.mark.parametrize("path", DEVICES + EXPERIMENTS, ids=lambda path: path.stem)
def test_committed_cards_round_trip(path):
    card = load.load_card(path)
    assert isinstance(card, DeviceCard if path in DEVICES else Experiment)
    stored = json.loads(json.dumps(load.resolved(card), allow_nan=False))
    again = type(card).model_validate(stored)
    assert again == card
    assert load.resolved(again) == stored


@pytest.mark.parametrize("device", DEVICES, ids=lambda path: path.stem)
@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda path: path.stem)
def test_committed_cards_fit_together(device, experiment):
    load.check_pair(load.load_device(device), load.load_experiment(experiment))


def test_values_are_si(tmp_path):
    content = device_dict()
    place(content, "ferromagnet.thickness.value", "1.25 nm")
    place(content, "hall_bar.width.value", "5 um")
    place(content, "antiferromagnet.easy_axis_spread.value", "90 deg")
    place(content, "switching.critical_current_density.value", None)
    device = load.load_device(write(tmp_path, content))
    assert device.ferromagnet.thickness.value == 1.25e-9
    assert device.hall_bar.width.value == 5e-6
    assert device.antiferromagnet.easy_axis_spread.value == pytest.approx(1.5707963267948966)
    assert device.switching.critical_current_density.value is None
    assert DeviceCard.model_validate(load.resolved(device)) == device


def test_numbers_with_an_exponent_are_numbers(tmp_path):
    text = (ROOT / "devices/pt_co_irmn.yaml").read_text()
    path = tmp_path / "pt_co_irmn.yaml"
    path.write_text(text.replace("value: 0.35\n", "value: 35e-2\n", 1))
    assert load.load_device(path).spin_hall_layer.spin_hall_angle.value == 0.35


def test_defaults_are_resolved(tmp_path):
    content = experiment_dict()
    for key in ("llg_pulse_max", "leading_edge", "trailing_edge", "steps_per_decade"):
        del content["numerics"][key]
    del content["compare"]
    experiment = load.load_experiment(write(tmp_path, content))
    assert experiment.numerics.llg_pulse_max == 20e-9
    assert experiment.numerics.leading_edge == 2e-9
    assert experiment.numerics.trailing_edge == 1e-9
    assert experiment.numerics.steps_per_decade == 12
    assert experiment.compare == {}
    stored = load.resolved(experiment)
    assert stored["numerics"]["llg_pulse_max"] == "2e-08 s"
    assert Experiment.model_validate(stored) == experiment


def test_cards_cannot_be_changed():
    device = load.load_device(ROOT / "devices/pt_co_irmn.yaml")
    with pytest.raises(ValueError, match="frozen"):
        device.ferromagnet.thickness.value = 1.0


@pytest.mark.parametrize(
    ("field", "value", "mention"),
    [
        ("ferromagnet.thickness.value", "1.1 kg", "length"),
        ("ferromagnet.thickness.value", "-1.1 nm", "positive length"),
        ("ferromagnet.thickness.value", 1.1e-9, "bare number"),
        ("ferromagnet.thickness.value", None, "null"),
        ("ferromagnet.thickness.source", "", "character"),
        ("ferromagnet.thickness.source", 3, "string"),
        ("ferromagnet.thickness", "1.1 nm", "mapping of value, source"),
        ("ferromagnet", [], "mapping of material, thickness"),
        ("ferromagnet.damping.value", 0, "greater than 0"),
        ("ferromagnet.damping.value", float("nan"), "finite"),
        ("ferromagnet.damping.value", float("inf"), "finite"),
        ("ferromagnet.damping.value", "0.1", "number"),
        ("ferromagnet.damping.value", True, "number"),
        ("ferromagnet.curie_temperature.value", "250 K", "ambient temperature of 300 K"),
        ("spin_hall_layer.spin_hall_angle.value", 0, "other than zero"),
        ("spin_hall_layer.current_fraction.value", 1.5, "less than or equal to 1"),
        ("switching.weak_spot_anisotropy.value", -0.1, "greater than or equal to 0"),
        ("switching.critical_current_density.value", "1 A", "current density"),
        ("heat_path.stages", [], "at least 1 items"),
        ("heat_path.stages.1.time_constant.value", "0 s", "positive time"),
        ("thermal_spin_torque.polarisation.value", [0, 0, 0], "direction"),
        ("references", ["a"], "mapping"),
        ("ferromagnet.thickness.value", "1e200 nm", "not between 1e-12 and 1 m in size"),
        ("antiferromagnet.grain_diameter.value", "1e-29 nm", "not between 1e-12 and 1 m in size"),
        ("hall_bar.offset_resistance.value", "-1e13 ohm", "not between 1e-15 and 1e+12 ohm"),
        ("ferromagnet.unit_diameter_spread.value", 40, "less than or equal to 2"),
        ("ferromagnet.anisotropy_exponent.value", 1e300, "less than or equal to 1000000"),
    ],
)
def test_one_fault_names_the_field(tmp_path, field, value, mention):
    content = device_dict()
    place(content, field, value)
    faults = faults_of(load.load_device, write(tmp_path, content))
    assert len(faults) == 1
    assert faults[0].startswith(f"{field}: expected ")
    assert mention in faults[0]


@pytest.mark.parametrize(
    ("field", "value", "mention"),
    [
        ("seed", -1, "greater than or equal to 0"),
        ("seed", 1.5, "integer"),
        ("seed", 2**63, "less than or equal to 9223372036854775807"),
        ("replicates", 200_000, "at most 1000000 trajectories in all"),
        ("numerics.cell", "0.01 nm", "at most 4096 cells"),
        ("numerics.steps_per_decade", 10**9, "less than or equal to 1000"),
        ("trains.ltp.pulses.0.count", 200_000, "at most 100000 pulses in all"),
        ("calibration.relative_diameters", [1.0] * 1000, "expected rising values, got 1 after 1"),
        ("sweep.pulse_amplitude.0", "1e12 I_c", "multiple of the critical current"),
        ("replicates", 0, "greater than or equal to 1"),
        ("initial_state", "left", "'up' or 'down'"),
        ("engine", "mumax", "'embedded', 'oommf' or 'mumax3'"),
        ("ageing", "-1 s", "non-negative time"),
        ("applied_field", ["1 mT", "0 mT"], "got"),
        ("applied_field.1", "1 A/m", "magnetic flux density"),
        ("mechanisms.0", "afm_viscositi", 'expected "afm_viscosity", got an unknown mechanism'),
        ("mechanisms.1", "zzz", "expected one of afm_viscosity, fm_aftereffect"),
        ("mechanisms.1", True, "valid string"),
        ("mechanisms", ["fm_aftereffect"] * 2, 'each mechanism once, got "fm_aftereffect" again'),
        ("mechanisms", "afm_viscosity", "expected a list, got 'afm_viscosity'"),
        ("mechanisms", None, "expected a list"),
        ("mechanisms", {"afm_viscosity": True, "fm_aftereffect": False}, "[afm_viscosity]"),
        ("compare.frozen_grains", ["drift"], "expected one of"),
        ("compare.frozen_grains", {"resistance_drift": True}, "[resistance_drift], got a mapping"),
        ("numerics.window", "401 nm", "multiple of the cell of 6.25e-09 m"),
        ("numerics.window", "18.75 nm", "at least 4 cells"),
        ("numerics.precision", "float16", "'float32' or 'float64'"),
        ("sweep.pulse_amplitude", [], "at least 1 items"),
        ("sweep.pulse_amplitude", "0.5 I_c", "expected a list, got '0.5 I_c'"),
        ("sweep.pulse_amplitude", ["0.5 I_c", "0.50 I_c"], "differ"),
        ("sweep.pulse_amplitude.0", "0.3 V", "multiple of the critical current"),
        ("sweep.pulse_width", ["1 ms", "1000 us"], "differ"),
        ("sweep.probe_delay", "21 s", "no more than the duration of 20 s"),
        ("sweep.initialise", ["each", "each"], "values that all differ"),
        ("trains.ltp.pulses", [], "at least 1 items"),
        ("trains.ltp.pulses.0.interval", None, "another pulse follows"),
        ("trains.ltp.pulses.0.interval", "1 ms", "more than the pulse width of 0.001 s"),
    ],
)
def test_one_fault_names_the_field_of_an_experiment(tmp_path, field, value, mention):
    content = experiment_dict()
    content["calibration"] = {}
    place(content, field, value)
    faults = faults_of(load.load_experiment, write(tmp_path, content))
    assert len(faults) == 1
    # The cell is at fault where the window is not a fitting multiple of it.
    assert faults[0].split(":")[0].startswith(field.replace("numerics.cell", "numerics.window"))
    assert mention in faults[0]


def test_interval_required_between_entries_of_a_train(tmp_path):
    content = experiment_dict()
    pulses = content["trains"]["ltp"]["pulses"] = [
        {"amplitude": "1 mA", "width": "1 ms"},
        {"amplitude": "-1 mA", "width": "1 ms"},
    ]
    (fault,) = faults_of(load.load_experiment, write(tmp_path, content))
    assert fault.startswith("trains.ltp.pulses.0.interval: expected a time")
    pulses[0]["interval"] = "2 ms"
    train = load.load_experiment(write(tmp_path, content)).trains["ltp"]
    assert [pulse.interval for pulse in train.pulses] == [2e-3, None]


def test_some_protocol_required(tmp_path):
    content = experiment_dict()
    del content["sweep"], content["trains"]
    (fault,) = faults_of(load.load_experiment, write(tmp_path, content))
    assert fault == (
        "sweep: expected a sweep, at least one of trains, blocking, or a memory cell, "
        "got none of them"
    )


@pytest.mark.parametrize(
    ("field", "near"),
    [
        ("ferromagnet.thicknes", '"thickness"'),
        ("ferromagnets", '"ferromagnet"'),
        ("hall_bar.widht", '"width"'),
        ("heat_path.stages.0.resistence", '"resistance"'),
        ("ferromagnet.thickness.sauce", '"source"'),
        # A tilt of the torque is not assumed: it follows from the field in the plane.
        ("switching.torque_tilt", "one of critical_current_density, critical_current_spread"),
        ("hall_bar.zzz", "one of width, arm_width, anomalous_hall_resistance"),
    ],
)
def test_unknown_key_names_the_nearest(tmp_path, field, near):
    content = device_dict()
    place(content, field, {})
    (fault,) = faults_of(load.load_device, write(tmp_path, content))
    assert fault.startswith(f"{field}: expected {near}")
    assert fault.endswith("got an unknown key")


@pytest.mark.parametrize(
    ("field", "at", "mention"),
    [
        (
            "ferromagnet.saturation_magnetisation",
            "800 K",
            "less than the Curie temperature of 800 K",
        ),
        (
            "hall_bar.anomalous_hall_resistance",
            "1000 K",
            "less than the Curie temperature of 800 K",
        ),
        ("antiferromagnet.anisotropy", "650 K", "less than the Neel temperature of 650 K"),
        ("antiferromagnet.interface_coupling", "700 K", "less than the Neel temperature of 650 K"),
        ("ferromagnet.interfacial_dmi", "-1 K", "a non-negative temperature"),
        ("ferromagnet.exchange_stiffness", "3 nm", "a non-negative temperature"),
    ],
)
def test_temperature_of_a_value_is_below_the_critical_one(tmp_path, field, at, mention):
    content = device_dict()
    # The critical temperatures of this test.
    content["ferromagnet"]["curie_temperature"]["value"] = "800 K"
    content["antiferromagnet"]["neel_temperature"]["value"] = "650 K"
    place(content, f"{field}.at", at)
    (fault,) = faults_of(load.load_device, write(tmp_path, content))
    assert fault.startswith(f"{field}.at: expected {mention}")


def test_value_without_its_temperature_is_refused(tmp_path):
    content = device_dict()
    del content["ferromagnet"]["saturation_magnetisation"]["at"]
    (fault,) = faults_of(load.load_device, write(tmp_path, content))
    assert fault == "ferromagnet.saturation_magnetisation.at: expected a value, got nothing"


def test_unknown_key_in_a_train(tmp_path):
    content = experiment_dict()
    place(content, "trains.ltp.pulses.0.cuont", 3)
    (fault,) = faults_of(load.load_experiment, write(tmp_path, content))
    assert fault == 'trains.ltp.pulses.0.cuont: expected "count", got an unknown key'


def test_missing_layer(tmp_path):
    content = device_dict()
    del content["antiferromagnet"]
    faults = faults_of(load.load_card, write(tmp_path, content))
    assert faults == ["antiferromagnet: expected a value, got nothing"]


def test_every_fault_has_its_line(tmp_path):
    content = device_dict()
    place(content, "ferromagnet.thickness.value", "1 kg")
    place(content, "hall_bar.width.value", "-5 um")
    del content["spin_hall_layer"]["resistivity"]
    faults = faults_of(load.load_device, write(tmp_path, content))
    assert [fault.split(":")[0] for fault in faults] == [
        "spin_hall_layer.resistivity",
        "ferromagnet.thickness.value",
        "hall_bar.width.value",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/b",
        "a;rm -rf",
        "$(id)",
        "",
        "A",
        "1a",
        "a b",
        "a\n",
        "a" * 65,
        "ä",
        None,
        5,
        [],
    ],
)
def test_names_are_plain_words(tmp_path, name):
    content = device_dict()
    content["name"] = name
    path = tmp_path / "pt_co_irmn.yaml"
    path.write_text(yaml.safe_dump(content))
    (fault,) = faults_of(load.load_device, path)
    assert fault.startswith("name: expected ")


def test_name_is_the_files_name(tmp_path):
    path = tmp_path / "other.yaml"
    path.write_text(yaml.safe_dump(device_dict()))
    (fault,) = faults_of(load.load_device, path)
    assert fault == 'name: expected the file\'s name "other", got "pt_co_irmn"'


@pytest.mark.parametrize(
    ("kind", "label", "taken"),
    [
        ("compare", "card", "card"),
        ("trains", "sweep", "sweep, walk, compare"),
        ("trains", "walk", "sweep, walk, compare"),
        ("trains", "compare", "sweep, walk, compare"),
    ],
)
def test_labels_that_results_use_are_refused(tmp_path, kind, label, taken):
    content = experiment_dict()
    content[kind][label] = copy.deepcopy(next(iter(content[kind].values())))
    (fault,) = faults_of(load.load_experiment, write(tmp_path, content))
    assert fault == (
        f'{kind}.{label}: expected a label other than {taken}, which the results use, got "{label}"'
    )


@pytest.mark.parametrize("kind", ["trains", "compare"])
def test_labels_are_plain_words(tmp_path, kind):
    content = experiment_dict()
    content[kind]["../up\x1b[2J"] = copy.deepcopy(next(iter(content[kind].values())))
    (fault,) = faults_of(load.load_experiment, write(tmp_path, content))
    assert fault.startswith(f"{kind}.")
    assert "expected a name of lower-case letters" in fault


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(c + 1)}: &{chr(c + 1)} [*{chr(c)}, *{chr(c)}]\n" for c in range(ord("a"), ord("y"))
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "a mapping, got an empty file"),
        (b"# nothing\n", "a mapping, got an empty file"),
        (b"- 1\n- 2\n", "a mapping, got a list of 2"),
        (b"word\n", "a mapping, got 'word'"),
        (b"name: [1, 2\n", "YAML, got"),
        (b"name: a\n\tthickness: b\n", "YAML, got"),
        (b"\xff\xfe\x00\x01", "text in UTF-8"),
        (b"name: \x00\n", "YAML, got"),
        (b"name: a\nname: b\n", "name: expected each key once, got it again in line 2"),
        (b"name: {x: 1, x: 2}\n", "x: expected each key once, got it again in line 1"),
        (b"a: *b\n", "YAML, got found undefined alias"),
        (b"? [1, 2]\n: 3\n", "YAML, got found unhashable key in line 1"),
        (b"name: !!python/object/apply:os.system [id]\n", "YAML, got"),
        (b"--- \nname: a\n--- \nname: b\n", "YAML, got"),
        (b"[" * 20000, "YAML, got"),
        (b"name: 2020-99-99\n", "YAML, got"),
    ],
)
def test_not_a_card(tmp_path, content, expected):
    path = tmp_path / "card.yaml"
    path.write_bytes(content)
    (fault,) = faults_of(load.read_card, path)
    assert expected in fault


def test_anchors_stand_for_their_values(tmp_path):
    content = device_dict()
    content["heat_path"]["stages"] = [content["heat_path"]["stages"][0]] * 2
    path = write(tmp_path, content)
    assert "*id001" in path.read_text()
    first, second = load.load_device(path).heat_path.stages
    assert first == second
    # Each of these keys would unfold to twice the one before.
    path.write_text(BOMB)
    (fault,) = faults_of(load.load_card, path)
    assert fault == "expected a device or an experiment card, got other keys"


def test_missing_and_special_files(tmp_path):
    (fault,) = faults_of(load.load_device, tmp_path / "none.yaml")
    assert fault == "expected a card, got no such file"
    (fault,) = faults_of(load.load_device, tmp_path)
    assert fault == "expected a card, got a folder"
    os.mkfifo(tmp_path / "pipe.yaml")
    (fault,) = faults_of(load.load_device, tmp_path / "pipe.yaml")
    assert fault == "expected a card, got something that is not a file"
    (fault,) = faults_of(load.load_device, tmp_path / ("n" * 300))
    assert re.match("expected a (readable file|card), got", fault)


def test_neither_kind(tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text("name: card\nspeed: 5\n")
    (fault,) = faults_of(load.load_card, path)
    assert fault == "expected a device or an experiment card, got other keys"


@pytest.mark.parametrize(
    ("device_fields", "numerics", "expected"),
    [
        (
            {"antiferromagnet.grain_diameter": "400 nm"},
            {"window": "400 nm"},
            "pt_co_irmn: antiferromagnet.grain_diameter.value: expected less than the window of "
            "4e-07 m (numerics.window of demo), got 4e-07 m",
        ),
        (
            {"ferromagnet.unit_diameter": "0.5 um"},
            {"window": "400 nm"},
            "pt_co_irmn: ferromagnet.unit_diameter.value: expected less than the window of "
            "4e-07 m (numerics.window of demo), got 5e-07 m",
        ),
        (
            {"ferromagnet.unit_diameter": "40 nm", "antiferromagnet.grain_diameter": "30 nm"},
            {"cell": "40 nm", "window": "400 nm"},
            "demo: numerics.cell: expected at most the unit radius of 2e-08 m "
            "(ferromagnet.unit_diameter of pt_co_irmn), got 4e-08 m",
        ),
        (
            {"antiferromagnet.grain_diameter": "3 nm"},
            {},
            "pt_co_irmn: antiferromagnet.grain_diameter.value: expected at least half the cell "
            "of 6.25e-09 m (numerics.cell of demo), got 3e-09 m",
        ),
    ],
)
def test_cards_that_do_not_fit(device_fields, numerics, expected):
    device, experiment = device_dict(), experiment_dict()
    for field, value in device_fields.items():
        place(device, f"{field}.value", value)
    experiment["numerics"].update(numerics)
    with pytest.raises(load.CardError) as caught:
        load.check_pair(DeviceCard.model_validate(device), Experiment.model_validate(experiment))
    assert caught.value.faults == [expected]


@pytest.mark.parametrize(
    ("arm_width", "field", "mention"),
    [
        ("300 nm", "hall_bar.arm_width", "mapping of value, source"),
        ({"value": "300 nm"}, "hall_bar.arm_width.source", "a value, got nothing"),
        ({"value": "0 nm", "source": "test"}, "hall_bar.arm_width.value", "positive length"),
        ({"value": "1 ohm", "source": "test"}, "hall_bar.arm_width.value", "length"),
        ({"value": None, "source": "test"}, "hall_bar.arm_width.value", "null"),
    ],
)
def test_arm_width_is_a_sourced_length(tmp_path, arm_width, field, mention):
    content = device_dict()
    content["hall_bar"]["arm_width"] = arm_width
    (fault,) = faults_of(load.load_device, write(tmp_path, content))
    assert fault.startswith(f"{field}: expected ")
    assert mention in fault


def test_arm_is_at_least_two_cells_wide():
    device, experiment = device_dict(), experiment_dict()
    experiment["numerics"]["cell"] = "6.25 nm"
    for width in ("12.5 nm", "12.4 nm"):
        device["hall_bar"]["arm_width"] = {"value": width, "source": "test"}
        cards = DeviceCard.model_validate(device), Experiment.model_validate(experiment)
        if width == "12.5 nm":
            load.check_pair(*cards)
            continue
        with pytest.raises(load.CardError) as caught:
            load.check_pair(*cards)
    assert caught.value.faults == [
        "pt_co_irmn: hall_bar.arm_width.value: expected at least two cells of 6.25e-09 m "
        "(numerics.cell of demo), got 1.24e-08 m"
    ]


def test_blocking_needs_a_loop_and_temperatures_that_differ(tmp_path):
    blocking = {
        "activation_temperature": ["350 K", "400 K"],
        "activation_field": "-0.5 T",
        "activation_time": "30 min",
        "cooling_time": "10 min",
    }
    content = experiment_dict() | {"blocking": blocking}
    (fault,) = faults_of(load.load_experiment, write(tmp_path, content))
    assert fault == "hysteresis: expected a loop, since blocking takes some, got nothing"
    blocking["activation_temperature"] = ["350 K", "0.35 kK"]
    (fault,) = faults_of(load.load_experiment, write(tmp_path, content))
    assert "blocking.activation_temperature: expected values that all differ" in fault


def test_a_preparation_stays_below_the_curie_temperature():
    experiment = experiment_dict()
    experiment["preparation"] = [
        {
            "start_temperature": "900 K",
            "end_temperature": "300 K",
            "applied_field": ["0 mT", "0 mT", "500 mT"],
            "duration": "100 s",
        }
    ]
    with pytest.raises(load.CardError) as caught:
        load.check_pair(
            DeviceCard.model_validate(device_dict()), Experiment.model_validate(experiment)
        )
    assert caught.value.faults == [
        "demo: preparation.0.start_temperature: expected less than the Curie temperature of 800 K "
        "(ferromagnet.curie_temperature of pt_co_irmn), got 900 K"
    ]


def test_card_for_another_engine():
    card = ROOT / "experiments/tiny.yaml"
    other = Experiment.model_validate(load.card_for_engine(card, "oommf"))
    expected = {"name": "tiny_oommf", "engine": "oommf"}
    assert other == load.load_experiment(card).model_copy(update=expected)


def test_card_for_an_engine_that_there_is_not():
    with pytest.raises(load.CardError, match="engine: expected .*'oommf' or 'mumax3'"):
        load.card_for_engine(ROOT / "experiments/tiny.yaml", "mumax; exit")


@pytest.mark.parametrize(
    ("read", "path", "expected"),
    [
        (load.load_device, EXPERIMENTS[0], "expected a device card, got an experiment card"),
        (load.load_experiment, DEVICES[0], "expected an experiment card, got a device card"),
    ],
)
def test_swapped_cards_are_refused_in_one_line(read, path, expected):
    (fault,) = faults_of(read, path)
    assert fault.endswith(expected)


def test_pulses_of_a_train_leave_time_for_their_ramps(experiment_card):
    """A wait of 50 ns, half of which LLG may compute, is too short for ramps of 40 ns."""
    changes = {
        "numerics.micromagnetics": "edges",
        "numerics.leading_edge": "100 ns",
        "numerics.trailing_edge": "100 ns",
        "trains": {
            "pair": {
                "description": "Two pulses",
                "pulses": [
                    {"amplitude": "1 mA", "width": "1 us", "count": 2, "interval": "1.05 us"}
                ],
                "rest": "1 s",
            }
        },
    }
    experiment_card(changes | {"numerics.rise_time": "20 ns"})
    with pytest.raises(ValueError, match="twice the rise time of 4e-08 s, got 1.05e-06 s"):
        experiment_card(changes | {"numerics.rise_time": "40 ns"})


def test_probe_comes_after_the_fall_of_the_pulse(experiment_card):
    changes = {
        "numerics.micromagnetics": "edges",
        "numerics.rise_time": "100 ps",
        "sweep.probe_delay": "80 ps",
    }
    with pytest.raises(ValueError, match="more than the fall of the pulse, 1e-10 s"):
        experiment_card(changes)
