"""Jobs depend on the values of the sections of the cards that their rules declare."""

import copy
import json
import pickle
from importlib import import_module
from pathlib import Path

import pytest

from afterpulse.cards import load_device, load_experiment, resolved
from afterpulse.cards.fields import SectionError
from afterpulse.cards.sections import (
    TEXTS,
    Sections,
    content,
    declaration,
    digest,
    record,
    restricted,
    stored_content,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cards():
    """Resolved cards, the experiment with all that one may ask for."""
    device = resolved(load_device(ROOT / "devices/pt_co_irmn.yaml"))
    experiment = resolved(load_experiment(ROOT / "experiments/tiny.yaml"))
    cell = resolved(load_experiment(ROOT / "experiments/memory_cell.yaml"))
    return device, experiment | {name: cell[name] for name in ("memory_cell", "network")}


def functions():
    """Functions of the rules with their declarations."""
    return {
        f"{path.parent.name}.{name}": each
        for path in sorted(ROOT.glob("src/afterpulse/*/rules.py"))
        for name, each in vars(import_module(f"afterpulse.{path.parent.name}.rules")).items()
        if "reads" in getattr(each, "__dict__", {})
    }


RULES = functions()


def leaves(value, *above):
    """Path of each single value of a resolved card, and of each list."""
    for key, each in value.items():
        if isinstance(each, dict) and each:
            yield from leaves(each, *above, key)
        else:
            yield (*above, key)


def changed(cards, kind, path):
    """Cards with another value at a path."""
    device, experiment = copy.deepcopy(cards)
    place = {"device": device, "experiment": experiment}[kind]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = "another"
    return device, experiment


def is_declared(field, sections):
    return any(field == each or field.startswith(f"{each}.") for each in sections)


@pytest.mark.parametrize("rule", RULES)
def test_jobs_depend_on_the_declared_sections_alone(rule, cards):
    sections = declaration(RULES[rule]).sections
    before = stored_content(*cards, "1", sections)
    assert stored_content(*cards, "2", sections) != before
    for kind, card in zip(("device", "experiment"), cards, strict=True):
        for path in leaves(card):
            field = ".".join(path)
            depends = is_declared(field, getattr(sections, kind))
            if set(path) & set(TEXTS):
                # Another text computes nothing, unless it is what the rule writes.
                depends = field in getattr(sections, kind)
            after = stored_content(*changed(cards, kind, path), "1", sections)
            assert (after != before) == depends, field


def test_texts_are_written_by_one_rule_alone():
    writes = {
        rule
        for rule, function in RULES.items()
        for paths in declaration(function).sections
        for path in paths
        if set(path.split(".")) & set(TEXTS)
    }
    assert writes == {"neuron.energy"}


@pytest.mark.parametrize("rule", RULES)
def test_declared_sections_are_on_the_cards(rule, cards):
    declared = declaration(RULES[rule])
    # Raises KeyError for a field that is not there.
    stored_content(*cards, "1", declared.sections | declared.keyed)


def test_points_are_named_by_the_sections_of_trajectories(experiment_card, device_card):
    from afterpulse.timeline.plan import point_names
    from afterpulse.timeline.protocol import points

    def named(device, experiment):
        return point_names(device, experiment, planned)

    device, experiment = device_card(), experiment_card()
    planned = points(device, experiment)
    before = named(device, experiment)
    assert named(device_card({"hall_bar.read_noise": "1 uV"}), experiment) != before
    assert named(device, experiment_card({"ageing": "5 s"})) != before
    assert named(device, experiment_card({"title": "Another", "replicates": 9})) == before


def test_section_without_value_has_nothing_below(experiment_card):
    sections = Sections(experiment=("memory_cell.pulses",))
    device = load_device(ROOT / "devices/pt_co_irmn.yaml")
    assert content(device, experiment_card(), sections)[2] == {"memory_cell.pulses": None}
    card = restricted(experiment_card(), sections.experiment, ())
    assert card.memory_cell is None


def test_restricted_card_stays_restricted_and_keeps_the_whole_one(experiment_card):
    whole = experiment_card()
    card = restricted(whole, ("seed", "numerics.cell"), ("seed",))
    for each in (card, pickle.loads(pickle.dumps(card)), card.model_copy(update={"seed": 3})):
        assert each.numerics.cell == whole.numerics.cell
        for read in (lambda each=each: each.sweep, lambda each=each: each.numerics.window):
            with pytest.raises(SectionError):
                read()
        assert record(each) == (resolved(whole), ("seed",))
    assert json.loads(json.dumps(record(whole)[0])) == resolved(whole)
    assert set(record(whole)[1]) == set(resolved(whole)) - {"title"}


def test_digest_follows_from_values_and_not_from_their_order():
    assert digest({"a": 1, "b": [2, 3]}) == digest({"b": [2, 3], "a": 1})
    assert digest([2, 3]) != digest([3, 2])
