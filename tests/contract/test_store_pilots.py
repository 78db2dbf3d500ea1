"""What evidence is read from, on every engine: whole, in batches, and no more than what has happened."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.decision import Decision, Policy, decided, gates_hash
from app.domain.evidence import Business, DecidedPair, LoggedDecision
from app.domain.introduction import IntroductionStatus
from app.domain.money import Money
from app.domain.referral import CashFlow, FlowKind, Ledger
from app.store.repositories import pilots
from app.store.store import GraphStore
from tests.contract.portfolio import NOW, customer, introduction, need, outcome, save_all

DAY = timedelta(days=1)
DRAFT = Decision(
    *("dec_", "need_0001", "cus_0001", NOW, "cli", "2026-03-01", "", "", "fusion", 0, False, 2, 0.0, 7, NOW),
    *(gates_hash([]), "", False, False, (), (), (), (), (), ""),
)
RANKED = [(f"cus_{place:04}", 1.0 - place / 100) for place in range(2, 60)]


def made(number: int) -> Decision:
    draft = replace(DRAFT, id=f"dec_{number:04}", seeker_id=None if number == 3 else "cus_0001", exempt=number == 5)
    return decided(draft, Policy(hold_out=number % 3 / 2), [] if number == 4 else RANKED)


def test_the_log_is_read_whole_in_whatever_order_it_was_written(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pilots, "STREAM_BATCH", 7)
    kept = [made(number) for number in range(30)]
    for start in (20, 0, 10):
        store.write(ME, lambda tx, start=start: tx.decisions.save(kept[start : start + 10]))
    found = store.read(ME, lambda tx: tx.pilots.decisions())
    assert found == [
        LoggedDecision(
            one.need_id,
            one.seeker_id,
            one.decided_at,
            one.held_out,
            number % 3 / 2,
            one.exempt,
            one.shown_ids,
            one.eligible_ids[:40],
        )
        for number, one in enumerate(kept)
    ]
    assert {one.held_out for one in found} == {False, True}


def test_introductions_are_read_whole_with_whether_their_need_is_confidential(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pilots, "STREAM_BATCH", 2)
    held_out = IntroductionStatus.HELD_OUT
    ours = [
        introduction(5, 0, 1, status=held_out),
        introduction(1, 0, 2, need_id="need_0001"),
        introduction(3, 0, 3, need_id="need_0002"),
    ]
    needs = [need(1, 0, confidential=True), need(2, 0)]
    save_all(store, {"customers": [customer(at) for at in range(4)], "needs": needs, "introductions": ours})
    proposed = IntroductionStatus.PROPOSED
    assert store.read(ME, lambda tx: tx.pilots.pairs()) == [
        DecidedPair(proposed, "cus_0000", "cus_0002", NOW, True),
        DecidedPair(proposed, "cus_0000", "cus_0003", NOW, False),
        DecidedPair(held_out, "cus_0000", "cus_0001", NOW, False),
    ]


def test_business_has_begun_and_its_cash_has_come_if_it_has_any(store: GraphStore) -> None:
    parties = {"seeker_id": "cus_0000", "provider_id": "cus_0001"}
    ours = [
        outcome(1, **parties),
        outcome(2, **parties, valid_at=NOW + DAY),
        outcome(3, **parties, valid_at=NOW - DAY),
        outcome(4, **parties, valid_at=NOW - 2 * DAY),
        outcome(5, seeker_id="cus_0000"),
        outcome(6, seeker_id="cus_0001", provider_id="cus_0000"),
    ]
    one = CashFlow("flow_1", "out_0003", FlowKind.MARGIN, Ledger.OPERATOR, Money(5, "EUR"), NOW + DAY, NOW)
    two = replace(one, id="flow_2", outcome_id="out_0004")
    flows = [one, two, replace(two, id="flow_3", valid_at=NOW)]
    save_all(store, {"customers": [customer(0), customer(1)], "outcomes": ours, "flows": flows})
    found = store.read(ME, lambda tx: tx.pilots.business(["cus_0000", "absent"], until=NOW))
    began = [NOW - 2 * DAY, NOW]
    assert sorted(found, key=lambda each: each.began_at) == [Business("cus_0000", "cus_0001", at) for at in began]
    assert store.read(ME, lambda tx: tx.pilots.business([], until=NOW)) == []
