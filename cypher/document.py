"""The published schema as a page for people: `python -m cypher.document > docs/graph-model.md`."""

import sys
from collections.abc import Mapping

from cypher import Property, schema


def graph_model_markdown() -> str:
    """Every label, relationship type and property with its type, unit, sensitivity and meaning."""
    model = schema()
    lines = [
        "# The graph model",
        "",
        f"Version {model.version}. Generated from `cypher/schema/graph.toml`: change it there.",
        "",
        "Sensitivity: *public* may be shown to anyone; *internal* stays with the operator; *confidential* is shown to",
        "a party only when it is its own, or by consent; *personal* is about a person and falls under erasure;",
        "*secret* is never shown.",
        "",
        "## Labels",
        "",
        "| label | owner | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| [{name}](#{name.lower()}) | {label.owner} | {label.about} |" for name, label in model.nodes.items()]
    lines += ["", "## Relationship types", "", "| from | type | to | meaning |", "|---|---|---|---|"]
    for name, kind in model.relationships.items():
        ends = " or ".join(kind.from_labels), " or ".join(kind.to_labels)
        lines.append(f"| {ends[0]} | [{name}](#{name.lower()}) | {ends[1]} | {kind.about} |")
    for name, label in model.nodes.items():
        lines += ["", f"### {name}", "", label.about, ""]
        lines.append(f"Unique: {_columns(tuple((key,) for key in label.unique))}. Indexes: {_columns(label.index)}.")
        lines += _table(label.properties)
    for name, kind in model.relationships.items():
        lines += ["", f"### {name}", "", f"{kind.about[0].upper()}{kind.about[1:]}. Owner: {kind.owner}."]
        lines += _table(kind.properties)
    return "\n".join(lines) + "\n"


def _columns(groups: tuple[tuple[str, ...], ...]) -> str:
    return ", ".join(" + ".join(f"`{column}`" for column in group) for group in groups) or "none"


def _table(properties: Mapping[str, Property]) -> list[str]:
    if not properties:
        return []
    lines = ["", "| property | type | unit | sensitivity | meaning |", "|---|---|---|---|---|"]
    for entry in properties.values():
        lines.append(f"| `{entry.name}` | {entry.type} | {entry.unit} | {entry.sensitivity} | {entry.about} |")
    return lines


if __name__ == "__main__":
    sys.stdout.write(graph_model_markdown())
