"""Many questions at once: the same answers as one by one, for the price of one in round trips."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

import seed
from app.analytics.local import LocalAnalytics
from app.domain.access import OPERATOR_CLI, Caller
from app.domain.errors import BadInput, NotFound
from app.domain.suggestion import NeedQuery
from app.ports.outside import silent
from app.ports.store import Transaction
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.suggestions import SuggestProviders
from seed.story import need_id
from tests.engines import Engine, empty

PORTFOLIO = seed.demo()
STORIES = ("S01-home-addition", "S02-lighting", "S03-investor", "S03-one-watch", "S04-counsel")
NOW = datetime(2026, 11, 1, tzinfo=UTC)  # fixed, so that the answers are
# Of every answer over the demonstration's portfolio (the stories and 300 synthetic customers), before reads of whole
# records became reads of what gates look at. Work on speed leaves it alone; who changes a ranking or a sentence
# writes the new one here. Last: activity counts.
ANSWERS = "623bc2a792750ef30c5e165b89c06a581d844c37663a336fa3121ce00fb047fd"


class Counting:
    """The real store, counting its reads and its statements: `transactions`, and `statements` by name."""

    def __init__(self, store: GraphStore, runner: GraphRunner) -> None:
        self.inner = store
        self.transactions = 0
        self.statements: list[str] = []
        catalogue = runner._catalogue

        def counted(name: str):  # type: ignore[no-untyped-def]
            self.statements.append(name)
            return catalogue(name)

        runner._catalogue = counted

    def read(self, caller: Caller, work, *, patient: bool = False):  # type: ignore[no-untyped-def]
        self.transactions += 1
        return self.inner.read(caller, work, patient=patient)

    def reset(self) -> None:
        self.transactions, self.statements = 0, []


@pytest.fixture(scope="module")
def asked(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SuggestProviders, Counting]]:
    with engine.open() as runner:
        empty(runner)
        store = GraphStore(runner)
        for name in ("groups", "categories", "customers", "contacts", "consents", "signals", "capabilities", "needs"):
            _save(store, name)
        for name in ("relationships", "introductions", "referrals", "outcomes"):
            _save(store, name)
        analytics = LocalAnalytics(store, tmp_path_factory.mktemp("snapshots"))
        analytics.refresh(silent)
        counting = Counting(store, runner)
        yield SuggestProviders(counting, analytics, lambda: NOW), counting  # type: ignore[arg-type]


def _save(store: GraphStore, name: str) -> None:
    rows = getattr(PORTFOLIO, name, ())

    def work(tx: Transaction) -> None:
        getattr(tx, name).save(rows)

    if rows:
        store.write(OPERATOR_CLI, work, patient=True)


def _queries() -> list[NeedQuery]:
    needs = PORTFOLIO.needs
    texts = [NeedQuery(text=need.text, seeker_id=need.seeker_id, limit=20) for need in needs[:8]]
    return [*texts, *(NeedQuery(need_id=need.id) for need in needs[:40])]


def test_a_batch_answers_as_its_queries_do_one_by_one(asked: tuple[SuggestProviders, Counting]) -> None:
    suggest, _ = asked
    queries = _queries()
    together = suggest(OPERATOR_CLI, queries)
    assert together == [suggest(OPERATOR_CLI, [query])[0] for query in queries]
    assert sum(bool(one.suggestions) for one in together) > 10
    assert any(one.blocked for one in together)


def test_answers_are_the_same_to_the_byte(asked: tuple[SuggestProviders, Counting]) -> None:
    suggest, _ = asked
    answers = [suggest(OPERATOR_CLI, [query])[0] for query in _queries()]
    answers += [suggest(OPERATOR_CLI, [NeedQuery(need_id=need_id(key))])[0] for key in STORIES]
    plain = [asdict(replace(answer, snapshot_at=NOW, snapshot_watermark=0)) for answer in answers]
    assert [one.pop("decision_id") for one in plain] == [None] * len(plain)  # previews; absent when the hash was taken
    for one in plain:
        for suggestion in one["suggestions"]:
            assert suggestion.pop("chance")["beneficial"] is None  # younger than the hash
    text = json.dumps(plain, default=str, ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == ANSWERS


def test_ten_queries_share_the_round_trips_of_one(asked: tuple[SuggestProviders, Counting]) -> None:
    suggest, counting = asked
    found = suggest(OPERATOR_CLI, _queries()[8:])
    full = [one.need_id for one in found if len(one.suggestions) == 3][:10]
    seen = []
    for ids in (full[:1], full):
        counting.reset()
        suggest(OPERATOR_CLI, [NeedQuery(need_id=need_id) for need_id in ids])
        seen.append((counting.transactions, counting.statements))
    statements = ["needs/get_need", "views/get_gate_parties", "views/find_gate_pairs", "views/get_watermark"]
    assert (len(full), seen) == (10, [(2, statements), (2, statements)])


def test_what_is_wrong_with_one_query_stays_in_its_place(asked: tuple[SuggestProviders, Counting]) -> None:
    suggest, _ = asked
    right = NeedQuery(need_id=PORTFOLIO.needs[0].id)
    answers = suggest.each(
        OPERATOR_CLI,
        [
            NeedQuery(need_id="need_absent"),
            right,
            NeedQuery(text="a bridge", seeker_id="cus_absent"),
            NeedQuery(text="a bridge", limit=0),
            right,
        ],
    )
    assert [type(answer) for answer in answers if answer != answers[1]] == [NotFound, NotFound, BadInput]
    assert answers[1] == answers[4] == suggest(OPERATOR_CLI, [right])[0]
    with pytest.raises(NotFound, match="no such need"):
        suggest(OPERATOR_CLI, [right, NeedQuery(need_id="need_absent"), NeedQuery(text="a", limit=0)])
