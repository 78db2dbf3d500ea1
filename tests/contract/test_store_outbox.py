"""Messages on every engine: there exactly when what they tell is, claimed by one relay at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.access import Caller, Scope
from app.domain.errors import NotAllowed
from app.domain.outbox import Message, MessageState, Topic, in_vain, message, sent
from app.ports.store import PageOf
from app.store.store import GraphStore
from tests.contract.portfolio import NOW

LATER = NOW + timedelta(minutes=1)


def kept(store: GraphStore, count: int) -> list[Message]:
    made = [message(Topic.JOB_FAILED, f"job_{n}", NOW + timedelta(seconds=n), {"n": n}) for n in range(count)]
    store.write(ME, lambda tx: [tx.outbox.create(one) for one in made])
    return made


def claim(store: GraphStore, at: timedelta = timedelta(0)) -> Message | None:
    now = LATER + at
    return store.write(ME, lambda tx: tx.outbox.claim(now=now, lease_until=now + timedelta(minutes=1)))


def test_a_message_is_kept_once_and_read_back(store: GraphStore) -> None:
    made = kept(store, 3)
    kept(store, 3)
    assert store.read(ME, lambda tx: tx.outbox.page(PageOf())) == made
    assert store.read(ME, lambda tx: tx.outbox.page(PageOf(made[0].id, 1))) == [made[1]]
    assert store.read(ME, lambda tx: tx.outbox.get(made[2].id)) == made[2]
    assert store.read(ME, lambda tx: tx.outbox.get("msg_absent")) is None
    assert store.read(ME, lambda tx: tx.outbox.page(PageOf(), MessageState.WAITING)) == made
    assert made[0].created_at == NOW


def test_what_is_rolled_back_tells_nobody(store: GraphStore) -> None:
    def work(tx) -> None:  # type: ignore[no-untyped-def]
        tx.outbox.create(message(Topic.JOB_FAILED, "job_1", NOW, {}))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.write(ME, work)
    assert store.read(ME, lambda tx: tx.outbox.page(PageOf())) == []


def test_a_claim_is_one_relays_until_its_lease_runs_out(store: GraphStore) -> None:
    [one] = kept(store, 1)
    first = claim(store)
    assert first == replace(one, fence=1, lease_until=LATER + timedelta(minutes=1))
    assert claim(store) is None
    second = claim(store, timedelta(minutes=2))
    assert second is not None
    assert not store.write(ME, lambda tx: tx.outbox.report(sent(first, LATER)))  # it comes back too late
    assert store.write(ME, lambda tx: tx.outbox.report(sent(second, LATER)))
    assert claim(store, timedelta(hours=1)) is None
    assert store.read(ME, lambda tx: tx.outbox.page(PageOf(), MessageState.SENT)) == [sent(second, LATER)]
    assert store.read(ME, lambda tx: tx.outbox.page(PageOf(), MessageState.WAITING)) == []


def test_a_message_waits_until_its_time(store: GraphStore) -> None:
    kept(store, 2)
    first = claim(store)
    assert first is not None
    later = in_vain(first, LATER, "why")
    store.write(ME, lambda tx: tx.outbox.report(later))
    second = claim(store)
    assert second is not None
    assert second.id != first.id
    assert claim(store) is None
    again = claim(store, timedelta(minutes=1))
    assert again is not None
    assert (again.id, again.tries, again.problem) == (first.id, 1, "why")


def test_relays_beside_each_other_take_different_messages(store: GraphStore) -> None:
    made = kept(store, 12)
    with ThreadPoolExecutor(4) as relays:
        taken = [one.id for one in relays.map(lambda _: claim(store), range(16)) if one is not None]
    assert len(taken) == len(set(taken))
    assert set(taken) <= {one.id for one in made}


def test_what_was_delivered_long_ago_is_forgotten(store: GraphStore) -> None:
    made = kept(store, 3)
    for one in made[:2]:
        store.write(ME, lambda tx, one=one: tx.outbox.report(sent(one, NOW)))
    assert store.write(ME, lambda tx: tx.outbox.forget_sent(NOW, limit=10)) == 0
    assert store.write(ME, lambda tx: tx.outbox.forget_sent(LATER, limit=1)) == 1
    assert store.write(ME, lambda tx: tx.outbox.forget_sent(LATER, limit=10)) == 1
    assert store.read(ME, lambda tx: tx.outbox.page(PageOf())) == made[2:]


def test_reading_messages_takes_the_right_to_run(store: GraphStore) -> None:
    reader = Caller("reader", frozenset({Scope.READ, Scope.WRITE}))
    with pytest.raises(NotAllowed):
        store.read(reader, lambda tx: tx.outbox.page(PageOf()))
