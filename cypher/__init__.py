"""The catalogue of Cypher statements, one per file, and the published schema of the graph; standard library only.

A file `folder/verb_noun.cypher` opens with a comment:

    // Which needs does a customer have, newest first?
    // mode: read
    // params: customer_id, limit
    // returns: id, text, status

The first lines say what it answers; `mode`, `params` and `returns` are declared, and a file whose declared and used
parameters differ is refused when it is loaded. `warnings:` names notification codes that EXPLAIN may give for it;
`defaults:` gives values of parameters that a question of the library may leave out (limit=100, until=now+90d).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")
_HEADER = re.compile(r"//\s*(mode|params|returns|warnings|defaults):\s*(.*)")
# Strings, names in backticks and comments hold no parameters.
_OPAQUE = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*|/\*.*?\*/", re.DOTALL)


class CatalogueError(Exception):
    """A statement file, or a call of one, that breaks the catalogue's rules: a defect of ours, never of the input."""


@dataclass(frozen=True, slots=True)
class Query:
    """One statement. `text` is what the engine gets, its header included (it names the query in the engine's log)."""

    name: str
    about: str
    text: str
    mode: str
    params: frozenset[str]
    returns: tuple[str, ...]
    warnings: frozenset[str]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """`values` as they are, if they name exactly the declared parameters; else CatalogueError."""
        missing, unknown = self.params - values.keys(), values.keys() - self.params
        if missing or unknown:
            raise CatalogueError(f"{self.name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
        return dict(values)


@cache
def query(name: str) -> Query:
    """The statement in `<name>.cypher`, such as `customers/get_customer`."""
    if not re.fullmatch(r"[a-z_]+/[a-z_0-9]+", name):
        raise CatalogueError("A query's name is folder/verb_noun.")
    source = files(__name__).joinpath(*f"{name}.cypher".split("/"))
    if not source.is_file():
        raise CatalogueError(f"There is no query {name}.")
    return parse(name, source.read_text(encoding="utf-8"))


def names(folder: str = "") -> list[str]:
    """All names in the catalogue, sorted; of one folder when it is given."""
    found = []
    for place in files(__name__).iterdir():
        if place.is_dir() and folder in ("", place.name):
            found += [
                f"{place.name}/{file.name.removesuffix('.cypher')}"
                for file in place.iterdir()
                if file.name.endswith(".cypher")
            ]
    return sorted(found)


def parse(name: str, text: str) -> Query:
    """The statement and its header; CatalogueError where they disagree."""
    about, fields = [], {}
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        header = _HEADER.match(line)
        if header:
            fields[header[1]] = header[2].strip()
        else:
            about.append(line.removeprefix("//").strip())
    if not about or fields.get("mode") not in ("read", "write") or "params" not in fields or "returns" not in fields:
        raise CatalogueError(f"{name}: the header must say what it answers, mode: read or write, params:, returns:")
    declared = frozenset(_words(fields["params"]))
    used = frozenset(_PARAMETER.findall(_OPAQUE.sub(" ", text)))
    if declared != used:
        raise CatalogueError(f"{name}: declared {sorted(declared)}, used {sorted(used)}")
    defaults = _defaults(name, fields.get("defaults", ""))
    if not defaults.keys() <= declared:
        raise CatalogueError(f"{name}: a default for a parameter that is not declared")
    return Query(
        name=name,
        about=" ".join(about),
        text=text,
        mode=fields["mode"],
        params=declared,
        returns=tuple(_words(fields["returns"])),
        warnings=frozenset(_words(fields.get("warnings", ""))),
        defaults=defaults,
    )


def _defaults(name: str, text: str) -> dict[str, Any]:
    """`limit=100, share=0.5, now=now`: numbers as such, everything else as text without its quotes."""
    found: dict[str, Any] = {}
    for part in _words(text):
        key, equals, value = part.partition("=")
        if not equals:
            raise CatalogueError(f"{name}: a default is name=value")
        number = re.fullmatch(r"-?\d+(\.\d+)?", value)
        found[key] = value.strip("'") if number is None else float(value) if number[1] else int(value)
    return found


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip() not in ("", "-", "–")]


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    type: str
    unit: str
    sensitivity: str
    about: str


@dataclass(frozen=True, slots=True)
class NodeLabel:
    name: str
    about: str
    owner: str
    properties: Mapping[str, Property]
    unique: tuple[str, ...]
    index: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class RelationshipType:
    name: str
    about: str
    owner: str
    properties: Mapping[str, Property]
    from_labels: tuple[str, ...]
    to_labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    version: int
    nodes: Mapping[str, NodeLabel]
    relationships: Mapping[str, RelationshipType]


@cache
def schema() -> Schema:
    """The published schema, read from schema/graph.toml."""
    raw = tomllib.loads(files(__name__).joinpath("schema", "graph.toml").read_text(encoding="utf-8"))
    nodes = {
        name: NodeLabel(
            name=name,
            about=label["about"],
            owner=label["owner"],
            properties=_properties(label["properties"]),
            unique=tuple(label["unique"]),
            index=tuple(tuple(columns) for columns in label["index"]),
        )
        for name, label in raw["node"].items()
    }
    relationships = {
        name: RelationshipType(
            name=name,
            about=kind["about"],
            owner=kind["owner"],
            properties=_properties(kind["properties"]),
            from_labels=tuple(kind["from"].split("|")),
            to_labels=tuple(kind["to"].split("|")),
        )
        for name, kind in raw["relationship"].items()
    }
    return Schema(version=raw["version"], nodes=nodes, relationships=relationships)


def _properties(raw: Mapping[str, Mapping[str, str]]) -> dict[str, Property]:
    return {
        name: Property(name, entry["type"], entry.get("unit", ""), entry["sensitivity"], entry["about"])
        for name, entry in raw.items()
    }
