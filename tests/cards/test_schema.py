import json
from pathlib import Path

import jsonschema
import pytest

from afterpulse.cards.load import read_card
from afterpulse.cards.mechanisms import MECHANISMS
from afterpulse.cards.schema import export_schemas, export_tables

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("export", "folder", "names"),
    [
        (
            export_schemas,
            "workflow/schemas",
            ["device.schema.json", "experiment.schema.json"],
        ),
        (export_tables, "docs", ["cards-device.md", "cards-experiment.md"]),
    ],
)
def test_committed_files_are_those_of_the_models(tmp_path, export, folder, names):
    written = export(tmp_path)
    assert [path.name for path in written] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for path in written:
        assert (ROOT / folder / path.name).read_text() == path.read_text()


@pytest.mark.parametrize("kind", ["device", "experiment"])
def test_cards_obey_the_schema(kind):
    schema = json.loads((ROOT / f"workflow/schemas/{kind}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in sorted((ROOT / f"{kind}s").glob("*.yaml")):
        content = read_card(path)
        validator.validate(content)
        for key in ("name", "description" if kind == "device" else "seed"):
            with pytest.raises(jsonschema.ValidationError):
                validator.validate({other: content[other] for other in content if other != key})
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**content, "speed": 5})


def test_every_line_of_a_card_is_in_the_table():
    tables = {
        kind: (ROOT / f"docs/cards-{kind}.md").read_text() for kind in ("device", "experiment")
    }
    assert "| `ferromagnet.interfacial_dmi` |" in tables["device"]
    assert "| `heat_path.stages[].time_constant` |" in tables["device"]
    assert "| `trains.<label>.pulses[].interval` |" in tables["experiment"]
    assert "| `compare.<label>` |" in tables["experiment"]
    for name, each in MECHANISMS.items():
        assert f"| `{name}` | {each.description} |" in tables["experiment"]
