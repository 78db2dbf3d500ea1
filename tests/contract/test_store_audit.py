"""The audit log on every engine: any change of it shows (P17)."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

import cypher
from app.domain.access import OPERATOR_CLI as ME
from app.domain.access import Caller, Scope
from app.domain.audit import AuditEvent, Damage, Happening, Sealer
from app.domain.errors import IcrmError, NotAllowed
from app.domain.ids import new_id
from app.domain.outbox import MessageState
from app.ports.store import PageOf
from app.store.records import AUDIT_EVENT
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.audit import AnchorAudit, AuditTrail, CheckAudit, timeline
from tests.contract.portfolio import NOW

TRAIL = AuditTrail(Sealer(b"k" * 32), lambda kind: new_id(kind, NOW))
_DELETE = cypher.parse(
    "audit/delete_event",
    "// A forger's.\n// mode: write\n// params: id\n// returns: gone\n"
    "MATCH (n:AuditEvent {id: $id}) DETACH DELETE n RETURN count(*) AS gone",
)
_CHANGE = cypher.parse(
    "audit/change_event",
    "// A forger's.\n// mode: write\n// params: id, properties\n// returns: id\n"
    "MATCH (n:AuditEvent {id: $id}) SET n += $properties RETURN n.id AS id",
)


def written(store: GraphStore, subjects: int = 3, each: int = 4) -> list[AuditEvent]:
    made = []
    for number in range(each):
        for subject in range(subjects):
            what = Happening(
                f"int_{subject}", "introduction.moved", NOW + timedelta(minutes=number), "key_a", {"n": number}
            )
            event_id = TRAIL.draw()
            made.append(
                store.write(ME, lambda tx, event_id=event_id, what=what: TRAIL.record(tx, event_id, what))  # type: ignore[misc]
            )
    return made


def anchors(store: GraphStore) -> dict[str, str]:
    AnchorAudit(store, lambda: NOW)(ME)
    messages = store.read(ME, lambda tx: tx.outbox.page(PageOf(), MessageState.WAITING))
    found: dict[str, str] = {}
    for one in messages:
        found |= json.loads(one.payload)["data"]["seals"]
    return found


def check(store: GraphStore, kept: dict[str, str] | None = None) -> list[tuple[str, str]]:
    found = CheckAudit(store, TRAIL.sealer)(ME, kept or {})
    return [(one.place, str(one.damage)) for one in found.faults]


def test_events_of_a_subject_are_a_chain_and_hold(store: GraphStore) -> None:
    made = written(store)
    mine = [one for one in made if one.subject_id == "int_1"]
    assert store.read(ME, lambda tx: list(timeline(tx, "int_1"))) == mine
    assert [one.number for one in mine] == [1, 2, 3, 4]
    kept = anchors(store)
    assert kept == {one.place: one.seal for one in made}
    assert check(store, kept) == []
    assert AnchorAudit(store, lambda: NOW)(ME) == 0  # once each
    other = CheckAudit(store, Sealer(b"x" * 32))(ME, {})
    assert {one.damage for one in other.faults} == {Damage.CHANGED}
    assert len(other.faults) == len(made)


def test_an_event_is_written_once_and_its_place_is_taken_once(store: GraphStore) -> None:
    first, *_ = written(store, 1, 2)
    store.write(ME, lambda tx: tx.audit.append(first))
    assert len(store.read(ME, lambda tx: list(timeline(tx, "int_0")))) == 2
    fork = replace(first, id=TRAIL.draw())
    with pytest.raises(IcrmError):
        store.write(ME, lambda tx: tx.audit.append(fork))
    assert check(store) == []


def test_whoever_may_not_administrate_reads_no_log(store: GraphStore) -> None:
    reader = Caller("reader", frozenset({Scope.READ}))
    with pytest.raises(NotAllowed):
        CheckAudit(store, TRAIL.sealer)(reader, {})
    with pytest.raises(NotAllowed):
        store.read(reader, lambda tx: tx.audit.page(PageOf()))


def edited(name: str, value: object) -> Callable[[AuditEvent], AuditEvent]:
    return lambda one: replace(one, **{name: value})


EDITS = [
    edited("content", '{"n":99}'),
    edited("actor", "key_b"),
    edited("at", NOW - timedelta(days=1)),
    edited("type", "introduction.approved"),
    edited("seal", "f" * 64),
    edited("content_hash", "f" * 64),
    edited("number", 9),
    edited("subject_id", "int_9"),
]


def test_every_edit_and_every_deletion_shows(store: GraphStore, runner: GraphRunner) -> None:
    """100 forgeries, each put right again: none stays unseen."""
    made = written(store)
    kept = anchors(store)
    drawn = random.Random(1)
    seen = 0
    for turn in range(100):
        one = drawn.choice(made)
        if turn % 3 == 0:
            runner.write(lambda tx, one=one: tx.run(_DELETE, id=one.id))  # type: ignore[misc]
        else:
            forged = AUDIT_EVENT.bare(drawn.choice(EDITS)(one))
            runner.write(lambda tx, one=one, forged=forged: tx.run(_CHANGE, id=one.id, properties=forged))  # type: ignore[misc]
        seen += bool(check(store, kept))
        runner.write(lambda tx, one=one: tx.run(_DELETE, id=one.id))  # type: ignore[misc]
        whole = replace(one, anchored=True)
        store.write(ME, lambda tx, whole=whole: tx.audit.append(whole))  # type: ignore[misc]
    assert seen == 100
    assert check(store, kept) == []


def test_a_cut_end_shows_by_the_anchors_only(store: GraphStore, runner: GraphRunner) -> None:
    made = written(store, 1, 5)
    kept = anchors(store)
    runner.write(lambda tx: tx.run(_DELETE, id=made[-1].id))
    assert check(store) == []
    assert check(store, kept) == [(made[-1].place, "missing")]


def test_a_chain_written_anew_without_the_key_shows(store: GraphStore, runner: GraphRunner) -> None:
    made = written(store, 1, 3)
    kept = anchors(store)
    forger = AuditTrail(Sealer(b"f" * 32), TRAIL.new_id)
    for one in made:
        runner.write(lambda tx, one=one: tx.run(_DELETE, id=one.id))  # type: ignore[misc]
    for _ in made:
        event_id, what = forger.draw(), Happening("int_0", "introduction.moved", NOW, "key_b")
        store.write(ME, lambda tx, event_id=event_id, what=what: forger.record(tx, event_id, what))  # type: ignore[misc]
    assert {damage for _, damage in check(store)} == {"changed"}
    assert {damage for _, damage in check(store, kept)} == {"changed", "forged"}


def test_erased_content_leaves_the_chain_whole(store: GraphStore, runner: GraphRunner) -> None:
    made = written(store, 1, 3)
    runner.write(lambda tx: tx.run(_CHANGE, id=made[1].id, properties={"content": None}))
    assert check(store) == []
    assert store.read(ME, lambda tx: list(timeline(tx, "int_0")))[1].document == {}
