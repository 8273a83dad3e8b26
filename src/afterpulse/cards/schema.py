"""JSON schemas and field tables, written from the models."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.mechanisms import MECHANISMS

MODELS: Mapping[str, type[DeviceCard] | type[Experiment]] = {
    "device": DeviceCard,
    "experiment": Experiment,
}


def _schema(model: type[DeviceCard] | type[Experiment]) -> dict[str, Any]:
    schema = model.model_json_schema()
    plain: dict[str, Any] = _inlined(schema, schema["$defs"])
    return plain


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema with its definitions in place of the references to them."""
    # Names of definitions and titles are pydantic's own and change with its version.
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        node = {**definitions[node["$ref"].rsplit("/", 1)[1]], **node}
    return {
        key: _inlined(value, definitions)
        for key, value in node.items()
        if key not in ("$ref", "$defs") and not (key == "title" and isinstance(value, str))
    }


def export_schemas(directory: str | Path) -> list[Path]:
    """Write ``device.schema.json`` and ``experiment.schema.json`` to a folder."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return [
        _write(
            Path(directory) / f"{kind}.schema.json",
            json.dumps(dialect | _schema(model), indent=2) + "\n",
        )
        for kind, model in MODELS.items()
    ]


def export_tables(directory: str | Path) -> list[Path]:
    """Write ``cards-device.md`` and ``cards-experiment.md``, tables of all fields, to a folder."""
    return [
        _write(Path(directory) / f"cards-{kind}.md", _table(kind, _schema(model)))
        for kind, model in MODELS.items()
    ]


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _table(kind: str, schema: dict[str, Any]) -> str:
    sourced = (
        "Every number is a mapping of `value` and `source`; the table describes the value. A "
        "value that depends on the temperature has a third key, `at`: the temperature that it "
        "belongs to, 0 K or more and below the Curie or Néel temperature. "
        if kind == "device"
        else ""
    )
    lines = [
        f"# Fields of {'a device' if kind == 'device' else 'an experiment'} card",
        "",
        "This table is written from the models by `afterpulse.cards.schema.export_tables`.",
        f"{sourced}`[]` stands for each item of a list, `<label>` for a name of your choice.",
        "",
        "| field | meaning | takes | default |",
        "| --- | --- | --- | --- |",
    ]
    for field, meaning, takes, default in _rows(schema, ""):
        cells = (f"`{field}`", meaning, takes, default)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if kind == "experiment":
        lines += ["", "## Mechanisms", "", "| mechanism | meaning |", "| --- | --- |"]
        lines += [f"| `{name}` | {each.description} |" for name, each in MECHANISMS.items()]
    return "\n".join(lines) + "\n"


def _rows(node: dict[str, Any], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield path, meaning, type and default of each field of a schema."""
    for key, declared in node["properties"].items():
        field = prefix + key
        default = "required" if key in node.get("required", []) else _default(declared)
        inner, suffix = declared, ""
        objects = [choice for choice in inner.get("anyOf", []) if "properties" in choice]
        if objects:
            inner = objects[0]
        temperature = ""
        if set(inner.get("properties", {})) >= {"value", "source"}:
            temperature = "; with `at`" if "at" in inner["properties"] else ""
            inner = inner["properties"]["value"]
        if "items" in inner:
            inner, suffix = inner["items"], "[]"
        elif "patternProperties" in inner:
            inner, suffix = next(iter(inner["patternProperties"].values())), ".<label>"
        elif isinstance(inner.get("additionalProperties"), dict):
            inner, suffix = inner["additionalProperties"], ".<label>"
        if "properties" in inner:
            yield from _rows(inner, f"{field}{suffix}.")
        else:
            yield (
                field + suffix,
                " ".join(declared.get("description", "").split()),
                _takes(inner) + temperature,
                default,
            )


def _default(declared: dict[str, Any]) -> str:
    if "default" not in declared:
        return "none"
    return "none" if declared["default"] is None else f"`{declared['default']}`"


def _takes(node: dict[str, Any]) -> str:
    """Return in words what a field takes."""
    if "anyOf" in node:
        return " or ".join(_takes(choice) for choice in node["anyOf"])
    if "prefixItems" in node:
        return f"list of {len(node['prefixItems'])}: {_takes(node['prefixItems'][0])}"
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return " or ".join(f"`{choice}`" for choice in node["enum"])
    kind = node["type"]
    if kind == "null":
        return "null"
    if kind == "boolean":
        return "true or false"
    if kind in ("number", "integer"):
        bounds = {
            "exclusiveMinimum": ">",
            "minimum": "≥",
            "exclusiveMaximum": "<",
            "maximum": "≤",
        }
        limits = [f"{sign} {node[key]:g}" for key, sign in bounds.items() if key in node]
        return " ".join([kind, ", ".join(limits)]).strip()
    if kind == "array":
        return f"list of {_takes(node['items'])}"
    if kind == "object":
        return "values by field"
    if "$comment" in node:
        return str(node["$comment"])
    return "name" if "pattern" in node else "text"
