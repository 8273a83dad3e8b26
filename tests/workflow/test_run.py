"""Rules and the functions that they call have the same names and values."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from afterpulse.cards.fields import SectionError
from afterpulse.cards.sections import reads
from afterpulse.workflow.run import arguments, function_of

ROOT = Path(__file__).parents[2]
CARDS = ("devices/pt_co_irmn.yaml", "experiments/tiny.yaml")


def rules():
    """Rules of the workflow by name, as text."""
    text = "\n".join(path.read_text() for path in sorted(ROOT.glob("workflow/rules/*.smk")))
    parts = re.split(r"^ *use rule job as (\w+) with:$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


RULES = rules()


def named_function(rule):
    """Name of the function of a rule, with its room."""
    (name,) = re.findall(r'(?:\*\*cards\(|function=)"(\w+\.\w+)"', RULES[rule])
    return name


@pytest.mark.parametrize("rule", RULES)
def test_rule_calls_the_function_of_its_name(rule):
    room, _, name = named_function(rule).partition(".")
    assert name == rule
    assert callable(function_of(f"{room}.{name}"))


def test_every_function_that_declares_sections_has_a_rule():
    for path in ROOT.glob("src/afterpulse/*/rules.py"):
        room = path.parent.name
        for name, each in vars(import_module(f"afterpulse.{room}.rules")).items():
            if "reads" in getattr(each, "__dict__", {}):
                assert named_function(name) == f"{room}.{name}"


@pytest.mark.parametrize("rule", RULES)
def test_rule_gives_what_its_function_takes(rule):
    text = RULES[rule]
    named = set(re.findall(r"^ +(\w+)=", text, re.MULTILINE)) | set(re.findall(r"\{(\w+)\}", text))
    if "**cards" in text:
        named |= {"device", "experiment"}
    if "**plan_of" in text:
        named |= {"plan"}
    parameters = inspect.signature(function_of(named_function(rule))).parameters
    wanted = {name for name, each in parameters.items() if each.default is each.empty}
    assert wanted <= named | {"inputs", "target"}


class Named(dict):
    """As Snakemake's lists: names with files, of which several are a list."""

    def __iter__(self):
        for value in self.values():
            yield from value if isinstance(value, tuple) else [value]

    def __getitem__(self, place):
        return list(self.values())[place]

    def get(self, name, default=None):
        return super().get(name, default)


GIVEN = SimpleNamespace(
    wildcards=Named(number="3", base="results"),
    params=Named(device=CARDS[0], experiment=CARDS[1], plan="plan.csv"),
    input=Named(chunks=("a.csv", "b.csv")),
    output=Named({"": "c.nc"}),
)


def test_arguments_are_taken_by_name(monkeypatch):
    def function(device, experiment, chunks: list[str], number: int, target: str, plan: str):
        raise NotImplementedError

    monkeypatch.chdir(ROOT)
    found = arguments(function, GIVEN)
    assert found["device"].name == "pt_co_irmn"
    assert found["experiment"].name == "tiny"
    assert {name: found[name] for name in ("number", "target", "plan")} == {
        "number": 3,
        "target": "c.nc",
        "plan": "plan.csv",
    }
    assert list(found["chunks"]) == ["a.csv", "b.csv"]


def test_cards_have_the_declared_sections_only(monkeypatch):
    @reads(device=("ferromagnet",), experiment=("numerics.cell",), keyed=("trains",))
    def function(device, experiment):
        raise NotImplementedError

    monkeypatch.chdir(ROOT)
    device, experiment = arguments(function, GIVEN).values()
    assert device.ferromagnet.damping.value > 0
    assert (experiment.numerics.cell, list(experiment.trains)) == (7.5e-9, ["ltp"])
    with pytest.raises(SectionError, match=r"Device\.hall_bar is read but not declared"):
        _ = device.hall_bar
    with pytest.raises(SectionError, match=r"Experiment\.sweep "):
        _ = experiment.sweep
    with pytest.raises(SectionError, match=r"Numerics\.window "):
        _ = experiment.model_copy(update={"seed": 7}).numerics.window
