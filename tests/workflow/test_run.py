"""Rules and the functions that they call have the same names and values."""

import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from afterpulse.workflow.run import RULES, arguments, function_of

WORKFLOW = Path(__file__).parents[2] / "workflow"
NAMES = [name for names in RULES.values() for name in names]
CARDS = ("devices/pt_co_irmn.yaml", "experiments/tiny.yaml")


def rules():
    """Rules of the workflow by name, as text."""
    text = "\n".join(path.read_text() for path in sorted(WORKFLOW.glob("rules/*.smk")))
    parts = re.split(r"^ *use rule job as (\w+) with:$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_rule_has_a_function_and_every_function_a_rule():
    assert set(rules()) == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_rule_gives_what_its_function_takes(name):
    text = rules()[name]
    named = set(re.findall(r"^ +(\w+)=", text, re.MULTILINE)) | set(re.findall(r"\{(\w+)\}", text))
    if "**CARDS" in text:
        named |= {"device", "experiment"}
    assert set(inspect.signature(function_of(name)).parameters) <= named | {"inputs", "target"}


class Named(dict):
    """As Snakemake's lists: names with files, of which several are a list."""

    def __iter__(self):
        return iter(self.values())

    def __getitem__(self, place):
        return list(self.values())[place]

    def get(self, name, default=None):
        return super().get(name, default)


def test_arguments_are_taken_by_name():
    def function(device, experiment, chunks: list[str], number: int, target: str, plan: str):
        raise NotImplementedError

    given = SimpleNamespace(
        wildcards=Named(number="3", base="results"),
        params=Named(device=CARDS[0], experiment=CARDS[1], plan="plan.csv"),
        input=Named(chunks=("a.nc", "b.nc")),
        output=Named({"": "c.nc"}),
    )
    found = arguments(function, given)
    assert found["device"].name == "pt_co_irmn"
    assert found["experiment"].name == "tiny"
    assert {name: found[name] for name in ("number", "target", "plan")} == {
        "number": 3,
        "target": "c.nc",
        "plan": "plan.csv",
    }
    assert list(found["chunks"]) == ["a.nc", "b.nc"]


def test_unknown_rule_is_an_error():
    with pytest.raises(LookupError, match="no package has the rule dance"):
        function_of("dance")
