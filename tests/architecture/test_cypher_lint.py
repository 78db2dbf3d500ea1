"""The portable rules of ARCHITECTURE.md for statements, without an engine; with Neo4j, EXPLAIN on every statement."""

import ast
import re
from pathlib import Path

import pytest

import cypher
from cypher.document import graph_model_markdown
from tests.engines import Engine

ROOT = Path(__file__).parents[2]
NAMES = cypher.names()
_OPAQUE = re.compile(r"'(?:\\.|[^'\\])*'|//[^\n]*")
VERBS = {
    "bump", "change", "claim", "cancel", "count", "create", "delete", "export", "find", "get", "link", "move", "page",
    "project", "remember", "report", "restore", "save", "store", "stream", "switch", "unlink", "update",
}  # fmt: skip

GDS = r"\bgds\."
FORBIDDEN = {
    r"\bSHORTEST\b": "shortestPath() is the form that both engines have",
    r"\bLOAD\s+CSV\b": "it reads files of the server",
    r"\bCALL\b": "procedures and CALL subqueries differ between engines",
    GDS: "not everywhere installed",
    r"\bapoc\.": "not everywhere installed",
    r"\b(elementId|id)\s*\(": "ids are our own strings",
    r"\bdatetime\s*\(|\bdate\s*\(|\btimestamp\s*\(|\brand\s*\(|\brandomUUID\s*\(": "times and ids come as parameters",
    r"^\s*CYPHER\b": "no engine's prefix",
    r"\bFOREACH\b": "UNWIND does the same",
}
WRITES = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE)\b")


def body(name: str) -> str:
    """The statement without comments and texts."""
    return _OPAQUE.sub("''", cypher.query(name).text)


def last_return(text: str) -> str:
    return re.split(r"\bRETURN\b", text)[-1]


def returned(text: str) -> list[tuple[str, str]]:
    """(expression, name) of each item of the last RETURN."""
    clause = re.split(r"\b(?:ORDER\s+BY|SKIP|LIMIT)\b", last_return(text))[0].strip()
    items, depth, start = [], 0, 0
    for place, sign in enumerate(clause):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            items.append(clause[start:place])
            start = place + 1
    items.append(clause[start:])
    found = []
    for item in items:
        expression, separator, name = item.strip().rpartition(" AS ")
        assert separator, f"{item.strip()} has no AS"
        found.append((expression.strip().removeprefix("DISTINCT").strip(), name.strip()))
    return found


def labels_and_types(text: str) -> tuple[set[str], set[str]]:
    nodes = set(re.findall(r"\(\w*:([A-Z]\w*)", text))
    types = {one for group in re.findall(r"\[\w*:([A-Z_|]+)", text) for one in group.split("|")}
    return nodes, types


def bindings(text: str) -> dict[str, set[str]]:
    """For each variable the labels and types that it is bound with."""
    found: dict[str, set[str]] = {}
    for name, label in re.findall(r"\((\w+):([A-Z]\w*)", text):
        found.setdefault(name, set()).add(label)
    for name, types in re.findall(r"\[(\w+):([A-Z_|]+)", text):
        found.setdefault(name, set()).update(types.split("|"))
    return found


def properties_of(kind: str) -> set[str]:
    schema = cypher.schema()
    known = schema.nodes.get(kind) or schema.relationships.get(kind)
    assert known is not None, kind
    return set(known.properties)


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_keeps_the_portable_rules(name: str) -> None:
    query, text = cypher.query(name), body(name)
    assert name.split("/")[1].split("_")[0] in VERBS
    for pattern, reason in FORBIDDEN.items():
        if pattern == GDS and name.startswith("analytics/"):
            continue
        portable = re.sub(r"^CALL (?=gds\.)", "", text, flags=re.MULTILINE) if name.startswith("analytics/") else text
        assert not re.search(pattern, portable, re.IGNORECASE | re.MULTILINE), reason
    assert ";" not in text, "one statement a file"
    assert bool(WRITES.search(text)) == (query.mode == "write")


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_returns_what_its_header_says_and_never_a_node(name: str) -> None:
    text = body(name)
    names = returned(text)
    assert tuple(column for _, column in names) == cypher.query(name).returns
    bound = bindings(text)
    for expression, _ in names:
        assert expression not in bound, f"{expression} is a node or a relationship"


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_names_only_what_the_schema_has(name: str) -> None:
    text, schema = body(name), cypher.schema()
    nodes, types = labels_and_types(text)
    assert nodes <= set(schema.nodes)
    assert types <= set(schema.relationships)
    for variable, kinds in bindings(text).items():
        allowed = set[str]().union(*(properties_of(kind) for kind in kinds))
        used = set(re.findall(rf"\b{variable}\.(\w+)", text))
        assert used <= allowed | {"epochSeconds", "microsecond"}, f"{variable} in {name}"
    for label, keys in re.findall(r":([A-Z]\w*) \{([^}]*)\}", text):
        assert set(re.findall(r"(\w+):", keys)) <= properties_of(label)


@pytest.mark.parametrize("name", [name for name in NAMES if cypher.query(name).mode == "read"])
def test_a_list_has_a_limit(name: str) -> None:
    """Rows are bounded by a limit, by the ids that are asked for, by a unique key, or by being an aggregate."""
    query, text = cypher.query(name), body(name)
    one = len(re.findall(r"\{(?:id|hash): \$\w+\}\)\s*(?:RETURN|MATCH)", text)) > 0
    aggregate = all(
        re.match(r"(count|sum|min|max|collect|datetime\.realtime)\(", expression) for expression, _ in returned(text)
    )
    by_ids = bool(query.params & {"ids", "keys", "outcome_ids"})
    # As many rows as the schema has labels; a projection, which is one row; an export, which the driver streams.
    whole = name == "views/count_labels" or "gds.graph.project(" in text or "/stream_" in name
    assert "LIMIT $limit" in text or by_ids or aggregate or one or whole


@pytest.mark.parametrize("name", [name for name in NAMES if cypher.query(name).mode == "write"])
def test_a_merge_is_by_a_unique_id(name: str) -> None:
    """A MERGE on anything but a constrained key makes duplicates when two run at once."""
    schema = cypher.schema()
    for label, key in re.findall(r"MERGE \(\w+:(\w+) \{(\w+):", body(name)):
        assert key in schema.nodes[label].unique


def test_a_question_of_the_library_explains_itself() -> None:
    for name in cypher.names("explore"):
        query = cypher.query(name)
        assert query.about.split("?")[0] != query.about, "it asks a question"
        for parameter in query.params - {"limit"}:
            assert f"{parameter}:" in query.about, f"{name} does not say what {parameter} is"
        assert "limit" in query.defaults


def test_no_statement_is_built_from_text() -> None:
    """Statements live in files; only migrations and the start-up of an engine may write schema statements."""
    allowed = {"app/store/runner.py", "app/store/migrations.py"}
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if place in allowed or "profiles" in place:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.search(r"\b(MATCH|MERGE|UNWIND)\s*\(?\w*:?\w*[({\s]", text) and re.search(r"\bRETURN\b", text):
                found.append(f"{place}:{node.lineno}")  # type: ignore[attr-defined]
    assert found == []


def test_the_description_of_the_graph_is_current() -> None:
    written = (ROOT / "docs" / "graph-model.md").read_text(encoding="utf-8")
    assert written == graph_model_markdown(), "run: python -m cypher.document > docs/graph-model.md"


def test_every_statement_is_used() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py"))
    generic = re.compile(r"/(save|get|page|find|link|unlink|restore|delete|create|update|export|stream)_")
    for name in NAMES:
        if not name.startswith("explore/") and not generic.search(name):
            assert f'"{name}"' in sources, name


def notices(engine: Engine, texts: list[tuple[str, str]]) -> list[str]:
    """What EXPLAIN remarks on each text that its header does not name."""
    found = []
    with (
        engine.open() as runner,
        runner.driver.session(
            database=runner.database,
            notifications_min_severity="INFORMATION",
            notifications_disabled_classifications=[],
        ) as session,
    ):
        for name, text in texts:
            query = cypher.parse(name, text)
            with session.begin_transaction() as tx:
                params = dict.fromkeys(query.params)
                summary = tx.run(f"EXPLAIN {text}", params).consume()  # type: ignore[arg-type]
            for status in summary.gql_status_objects:
                if status.gql_status[:2] not in ("00", "02") and status.gql_status not in query.warnings:
                    found.append(f"{name}: {status.gql_status} {status.status_description}")
    return found


def make_names(engine: Engine) -> None:
    """Makes every label, type and property known to the server: it warns of names that it has never seen."""
    schema = cypher.schema()
    header = "// A test's.\n// mode: write\n// params: properties\n// returns:\n"
    with engine.open() as runner:
        for label, node in schema.nodes.items():
            text = f"{header}CREATE (n:{label}) SET n = $properties DELETE n"
            runner.write(
                lambda tx, text=text, node=node: tx.run(cypher.parse("system/names", text), properties=values(node))
            )  # type: ignore[misc]
        for kind, relationship in schema.relationships.items():
            text = f"{header}CREATE (a)-[r:{kind}]->(b) SET r = $properties DELETE r, a, b"
            runner.write(
                lambda tx, text=text, node=relationship: tx.run(
                    cypher.parse("system/names", text), properties=values(node)
                )
            )  # type: ignore[misc]


def values(kind: cypher.NodeLabel | cypher.RelationshipType) -> dict[str, str]:
    return {name: f"of a test {name}" for name in kind.properties}


def test_neo4j_explains_every_statement_without_a_notice(engine: Engine) -> None:
    if engine.name != "neo4j":
        pytest.skip("The embedded engine gives no notices.")
    make_names(engine)
    header = "// A test's.\n// mode: read\n// params:\n// returns: n\n"
    planted = ("system/planted", header + "MATCH (n:Custoner) RETURN count(n) AS n")
    found = notices(engine, [*((name, cypher.query(name).text) for name in NAMES), planted])
    assert [line for line in found if "planted" not in line] == []
    assert len(found) == 1, "EXPLAIN notices an unknown label"


def test_pages_walk_the_unique_index_upwards_on_neo4j(engine: Engine) -> None:
    """Pages limit before they order: the first rows must come from an index by id, and by nothing else."""
    if engine.name != "neo4j":
        pytest.skip("The contract suite shows the order on the embedded engine.")
    with engine.open() as runner, runner.driver.session(database=runner.database) as session:
        for name in NAMES:
            text = cypher.query(name).text
            if "WITH n\nLIMIT $limit" in text and "delete" not in name:
                with session.begin_transaction() as tx:
                    result = tx.run(f"EXPLAIN {text}", dict.fromkeys(cypher.query(name).params))  # type: ignore[arg-type]
                    plan = str(result.consume().plan)
                assert "NodeUniqueIndexSeekByRange" in plan, name
