"""What the runner promises, on every engine."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import cypher
from app.domain.errors import (
    BadInput,
    Conflict,
    GraphUnreachable,
    NotAllowed,
    TimedOut,
    TooLarge,
    Unavailable,
    WrongPassword,
)
from app.store.connect import open_graph
from app.store.migrations import migrate
from app.store.profiles import NEO4J
from app.store.runner import JOB, GraphRunner
from tests.engines import Engine


def write_query(text: str, *params: str, returns: str = "") -> cypher.Query:
    return _query("write", text, params, returns)


def read_query(text: str, *params: str, returns: str = "") -> cypher.Query:
    return _query("read", text, params, returns)


def _query(mode: str, text: str, params: tuple[str, ...], returns: str) -> cypher.Query:
    header = f"// A test's statement.\n// mode: {mode}\n// params: {', '.join(params)}\n// returns: {returns}\n"
    return cypher.parse("system/test", header + text)


ECHO = read_query("RETURN $value AS value", "value")
UPSERT = write_query("UNWIND $rows AS row MERGE (c:Customer {id: row.id}) SET c.name = row.name", "rows")
CREATE = write_query("CREATE (c:Customer {id: $id})", "id")
COUNT = read_query("MATCH (c:Customer) RETURN count(c) AS n, count(DISTINCT c.id) AS ids")
SET_AT = write_query("MERGE (c:Customer {id: $id}) SET c.created_at = $at", "id", "at")
GET_AT = read_query("MATCH (c:Customer {id: $id}) RETURN c.created_at AS at, {at: c.created_at} AS map", "id")
SET_NAME = write_query(
    "MERGE (c:Customer {id: $id}) SET c.segment = $name, c.aliases = $aliases", "id", "name", "aliases"
)
GET_NAME = read_query("MATCH (c:Customer {id: $id}) RETURN c.segment AS name, c.aliases AS aliases", "id")
SLOW = read_query(
    "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b UNWIND range(1, 100) AS c RETURN sum(a * b % 7 + c) AS n"
)


def echo(runner: GraphRunner, value: Any) -> Any:
    return runner.read(lambda tx: tx.run(ECHO, value=value))[0]["value"]


def count(runner: GraphRunner) -> int:
    rows = runner.read(lambda tx: tx.run(COUNT))
    assert rows[0]["n"] == rows[0]["ids"]
    return int(rows[0]["n"])


def test_what_was_written_is_read(runner: GraphRunner) -> None:
    runner.write(lambda tx: tx.run(CREATE, id="cus_1"))
    assert count(runner) == 1


def test_a_read_transaction_refuses_a_writing_statement(runner: GraphRunner) -> None:
    with pytest.raises(NotAllowed):
        runner.read(lambda tx: tx.run(CREATE, id="cus_1"))
    assert count(runner) == 0


def test_the_profile_says_whether_the_engine_enforces_read_mode(runner: GraphRunner) -> None:
    disguised = read_query("CREATE (c:Customer {id: $id})", "id")
    if runner.profile.enforces_read_mode:
        with pytest.raises((cypher.CatalogueError, Unavailable)):
            runner.read(lambda tx: tx.run(disguised, id="cus_1"))
        assert count(runner) == 0


def test_a_statement_that_fails_half_way_leaves_nothing(runner: GraphRunner) -> None:
    failing = write_query("UNWIND range(1, 10) AS i MERGE (c:Customer {id: toString(10 / (9 - i))}) SET c.version = i")
    with pytest.raises(cypher.CatalogueError):
        runner.write(lambda tx: tx.run(failing))
    assert count(runner) == 0


def test_a_unit_of_work_that_raises_leaves_nothing(runner: GraphRunner) -> None:
    def work(tx: Any) -> None:
        tx.run(CREATE, id="cus_1")
        raise Conflict("no")

    with pytest.raises(Conflict):
        runner.write(work)
    assert count(runner) == 0


def test_a_key_that_is_taken_is_a_conflict(runner: GraphRunner) -> None:
    runner.write(lambda tx: tx.run(CREATE, id="cus_1"))
    with pytest.raises(Conflict) as caught:
        runner.write(lambda tx: tx.run(CREATE, id="cus_1"))
    assert "cus_1" not in str(caught.value)


def test_times_come_back_in_utc(runner: GraphRunner) -> None:
    at = datetime(2026, 3, 29, 12, 30, 15, 123456, tzinfo=UTC)
    for given in (at, at.astimezone(ZoneInfo("Europe/Zurich"))):
        runner.write(lambda tx, given=given: tx.run(SET_AT, id="cus_1", at=given))  # type: ignore[misc]
        row = runner.read(lambda tx: tx.run(GET_AT, id="cus_1"))[0]
        assert row == {"at": at, "map": {"at": at}}
        assert row["at"].tzinfo is UTC
        assert type(row["at"]) is datetime


def test_times_are_compared_as_moments(runner: GraphRunner) -> None:
    at = datetime(2026, 3, 29, tzinfo=UTC)
    runner.write(lambda tx: tx.run(SET_AT, id="cus_1", at=at))
    before = read_query("MATCH (c:Customer) WHERE c.created_at < $at RETURN count(c) AS n", "at")
    assert runner.read(lambda tx: tx.run(before, at=at + timedelta(microseconds=1)))[0]["n"] == 1
    assert runner.read(lambda tx: tx.run(before, at=at))[0]["n"] == 0


@pytest.mark.parametrize("text", ["", "Žižkov 東京 🜚 e\u0301", "'\"\\`$x //", "a\nb\r\tc", "x" * 1_000_000])
def test_texts_come_back_as_they_were(runner: GraphRunner, text: str) -> None:
    runner.write(lambda tx: tx.run(SET_NAME, id="cus_1", name=text, aliases=[text[:100], "b"]))
    assert runner.read(lambda tx: tx.run(GET_NAME, id="cus_1")) == [{"name": text, "aliases": [text[:100], "b"]}]


def test_lists_of_ten_thousand_pass(runner: GraphRunner) -> None:
    rows = [{"id": f"cus_{i}", "name": f"n{i}"} for i in range(10_000)]
    runner.write(lambda tx: tx.run(UPSERT, rows=rows), timeout=30)
    assert count(runner) == 10_000
    everything = read_query("MATCH (c:Customer) RETURN c.id AS id")
    assert runner.read(lambda tx: sum(1 for _ in tx.stream(everything)), timeout=30) == 10_000


@pytest.mark.parametrize("value", ["a\0b", ["a\0b"], {"a": "\ud800"}, 2**63, datetime(2026, 1, 1), object()])
def test_what_the_graph_cannot_store_is_bad_input_and_not_repeated(runner: GraphRunner, value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        echo(runner, value)
    assert caught.value.pointer.startswith("value")
    assert repr(value) not in str(caught.value)


@pytest.mark.parametrize("value", [None, True, -(2**63), 1.5, [], [1, None, "a"], {"a": {"b": [1]}}, "x"])
def test_plain_values_come_back(runner: GraphRunner, value: Any) -> None:
    assert echo(runner, value) == value


def test_wrong_parameters_are_a_defect(runner: GraphRunner) -> None:
    with pytest.raises(cypher.CatalogueError):
        runner.read(lambda tx: tx.run(ECHO, other=1))


def test_a_slow_statement_ends_at_its_time_limit(runner: GraphRunner) -> None:
    start = datetime.now(UTC)
    with pytest.raises(TimedOut):
        runner.read(lambda tx: tx.run(SLOW), timeout=0.5)
    assert (datetime.now(UTC) - start).total_seconds() < 1.5
    runner.ping()


def test_a_statement_beyond_the_memory_limit_is_too_large_and_not_repeated(runner: GraphRunner) -> None:
    if runner.profile is not NEO4J:
        pytest.skip("only Neo4j has a limit for one transaction")
    greedy = read_query("UNWIND range(1, 50000000) AS i WITH collect(toString(i)) AS texts RETURN size(texts) AS n")
    with pytest.raises(TooLarge):
        runner.read(lambda tx: tx.run(greedy), timeout=60)


def test_64_threads_that_upsert_the_same_customers_make_no_duplicate(runner: GraphRunner) -> None:
    rows = [{"id": f"cus_{i:03d}", "name": "n"} for i in range(100)]
    barrier = threading.Barrier(64)

    def upsert(number: int) -> None:
        mine = [row | {"name": f"n{number}"} for row in rows]
        barrier.wait()
        runner.write(lambda tx: tx.run(UPSERT, rows=mine), retry=JOB)

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(upsert, range(64)))
    assert count(runner) == 100


def test_64_threads_that_upsert_one_customer_each_time_make_no_duplicate(runner: GraphRunner) -> None:
    def upsert(number: int) -> None:
        for i in range(100):
            row = {"id": f"cus_{(i + number) % 100:03d}", "name": f"n{number}"}
            runner.write(lambda tx, row=row: tx.run(UPSERT, rows=[row]))  # type: ignore[misc]

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(upsert, range(64)))
    assert count(runner) == 100


def test_migrating_again_changes_nothing(runner: GraphRunner) -> None:
    published = cypher.schema().version
    assert migrate(runner).before == published
    runner.define(runner.profile.schema_statements(cypher.schema()))


def test_a_wrong_password_is_named(engine: Engine) -> None:
    with engine.open() as right:
        url = _address(right)
    with open_graph(url, user="neo4j", password="wrong-password") as wrong, pytest.raises(WrongPassword):
        wrong.ping()


def test_the_session_lives_on_after_a_refused_connection(engine: Engine) -> None:
    with open_graph("bolt://127.0.0.1:1", user="neo4j", password="x") as nobody, pytest.raises(GraphUnreachable):
        nobody.ping()


def _address(runner: GraphRunner) -> str:
    address = runner.driver.get_server_info().address
    return f"bolt://{address[0]}:{address[1]}"
