"""Reads that span records: live facts for the gates, the export for the snapshot, the library of questions."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import cypher
from app.domain.access import Scope
from app.domain.customer import Consent
from app.domain.errors import BadInput, NotFound
from app.domain.introduction import IntroductionStatus
from app.ports.views import FactRows, FactsAround, GateFacts, Pairing, TopologyRows
from app.store.facts import read_gate_facts
from app.store.records import CONSENT
from app.store.repositories.session import Session, batches
from app.store.rows import moment
from app.store.value_facts import SOURCES, exported, read_all, read_around

_TIES_BATCH = 2_000  # customers a statement: a typical one has ten ties
_LARGEST_ANSWER = 10_000  # rows of an exploration
_NO_DEGREE = 1000.0  # stands for an absent latitude or longitude: collect() drops nulls
_NEVER = -(2**62)  # microseconds; stands for an absent time

_NOW = re.compile(r"now([+-]\d+)?d?")

Column = Sequence[Any]


def _text(column: Column) -> Column:
    return [value or None for value in column]


def _degrees(column: Column) -> Column:
    return [None if value == _NO_DEGREE else value for value in column]


def _times(column: Column) -> Column:
    return [None if value == _NEVER else moment(value) for value in column]


def _yes_or_no(column: Column) -> Column:
    return [None if value == "" else value == "true" for value in column]


def _lower(column: Column) -> Column:
    return [value.lower() for value in column]


def _statuses(column: Column) -> Column:
    return [IntroductionStatus(value) for value in column]


def _scores(column: Column) -> Column:
    return [None if value < 0 else value for value in column]


# How absent values of a column are told from present ones.
_READERS: Mapping[str, Mapping[str, Callable[[Column], Column]]] = {
    "customers": {
        "region": _text,
        "latitude": _degrees,
        "longitude": _degrees,
        "group_id": _text,
        "segment": _text,
    },
    "categories": {"parent_id": _text},
    "needs": {"category_id": _text, "known_at": _times, "met_by": _text, "met_at": _times},
    "capabilities": {"category_id": _text, "valid_from": _times, "valid_to": _times},
    "signals": {},
    "relationships": {"kind": _lower, "last_at": _times},
    "introductions": {"status": _statuses, "score": _scores, "created_at": _times},
    "outcomes": {"provider_id": _text, "seeker_id": _text, "good": _yes_or_no, "valid_at": _times},
}


class GraphViews:
    def __init__(self, session: Session) -> None:
        self._session = session

    def gate_facts(self, pairings: Sequence[Pairing]) -> list[GateFacts]:
        return read_gate_facts(self._read, pairings)

    def ledger(self, customer_id: str) -> tuple[Consent, ...] | None:
        found = self._read("views/get_ledger", id=customer_id)
        return _sorted(CONSENT.record(line) for line in found[0]["consents"]) if found else None

    def topology(self) -> Iterator[TopologyRows]:
        """Everything that the snapshot needs, in batches of columns."""
        customer_ids: list[str] = []
        for kind in _READERS:
            if kind == "relationships":
                yield from self._export_ties(customer_ids)
                continue
            for rows in self._export(kind):
                if kind == "customers":
                    customer_ids += rows.columns["id"]
                yield rows

    def value_facts(self, kinds: Collection[str] = tuple(SOURCES)) -> Iterator[FactRows]:
        return read_all(self._read, kinds)

    def value_facts_around(self, customer_id: str, currency: str, *, depth: int, limit: int) -> FactsAround:
        return read_around(self._read, customer_id, currency, depth=depth, limit=limit)

    def watermark(self) -> int:
        return int(self._read("views/get_watermark")[0]["value"])

    def counts(self) -> dict[str, int]:
        found = {row["label"]: row["count"] for row in self._read("views/count_labels")}
        return {label: found.get(label, 0) for label in cypher.schema().nodes}

    def explore(self, name: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """A query of `cypher/explore/`, read-only. What `params` leaves out has the default that the query's header
        states; a text is read as the default's type, so that a command line can pass it on."""
        if f"explore/{name}" not in cypher.names("explore"):
            raise NotFound("There is no such question in the library.", remedy="`icrm query list` names them.")
        query = cypher.query(f"explore/{name}")
        bound = {key: _now_or(value) for key, value in query.defaults.items()}
        for key, value in params.items():
            if key not in query.params:
                raise BadInput(f"{name} has no such parameter.", pointer=key, remedy=_choices(query))
            bound[key] = _as_type_of(bound.get(key), value, key)
        missing = sorted(query.params - bound.keys())
        if missing:
            raise BadInput(f"{name} needs the parameter {missing[0]}.", pointer=missing[0], remedy=_choices(query))
        limit = bound.get("limit", _LARGEST_ANSWER)
        if not isinstance(limit, int) or not 1 <= limit <= _LARGEST_ANSWER:
            raise BadInput(f"An answer has 1 to {_LARGEST_ANSWER} rows.", pointer="limit")
        return self._read(query.name, **bound)

    def _export(self, kind: str) -> Iterator[TopologyRows]:
        name = f"views/export_{kind}"
        times = {"never": _NEVER} if "never" in cypher.query(name).params else {}
        for columns in exported(self._read, name, **times):
            yield _topology(kind, columns)

    def _export_ties(self, customer_ids: Sequence[str]) -> Iterator[TopologyRows]:
        """By ranges of customers, whose ids are known by now: no engine has to sort ties."""
        after = ""
        for batch in batches(customer_ids, _TIES_BATCH):
            rows = self._read("views/export_relationships", after=after, until=batch[-1], never=_NEVER)
            after = batch[-1]
            if rows and rows[0]["from_id"]:
                yield _topology("relationships", rows[0])

    def _read(self, name: str, **params: Any) -> list[dict[str, Any]]:
        return self._session.run(Scope.READ, name, **params)


def _topology(kind: str, columns: Mapping[str, Column]) -> TopologyRows:
    readers = _READERS[kind]
    read = {name: readers[name](column) if name in readers else column for name, column in columns.items()}
    return TopologyRows(kind=kind, columns=read)


def _sorted(records: Any) -> tuple[Any, ...]:
    return tuple(sorted(records, key=lambda record: record.id))


def _now_or(value: Any) -> Any:
    """A default as it is, or the time that `now`, `now-180d` or `now+90d` stands for."""
    found = _NOW.fullmatch(value) if isinstance(value, str) else None
    return value if found is None else datetime.now(UTC) + timedelta(days=int(found[1] or 0))


def _choices(query: cypher.Query) -> str:
    return f"Its parameters: {', '.join(sorted(query.params))}."


def _as_type_of(default: Any, value: Any, name: str) -> Any:
    """`value`, or what its text says when the default is a number or a time; BadInput otherwise."""
    if not isinstance(value, str) or default is None or isinstance(default, str):
        return value
    try:
        if isinstance(default, datetime):
            return datetime.fromisoformat(value)
        return type(default)(value)
    except ValueError as error:
        expected = "a time such as 2026-01-31T00:00:00Z" if isinstance(default, datetime) else "a number"
        raise BadInput(f"The parameter {name} is {expected}.", pointer=name) from error
