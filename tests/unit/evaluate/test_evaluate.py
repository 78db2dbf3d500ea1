"""An evaluation judges what is served, on the past alone, and says the same twice."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.analytics.candidates import candidate_pool, question
from app.analytics.replay import MetNeed, Replay
from app.domain.errors import BadInput
from app.evaluate import evaluate
from app.evaluate.figures import document
from app.evaluate.needs import Found, judge
from app.evaluate.page import page
from app.evaluate.past import Past, Protocol
from app.evaluate.sources import SOURCES
from app.ports.outside import silent
from tests.unit.analytics.test_ranker import replay_of

BY_BLOCK = Protocol(first=0.2, warm_up=6, each_need=False)
WHEN_ASKED = Protocol(first=0.0, warm_up=0, each_need=True)


@pytest.fixture(scope="module")
def found() -> Found:
    return judge([Past(replay_of())], BY_BLOCK, seed=0, progress=silent)


def made_of(found: Found) -> dict[str, Any]:
    return document("some", found, protocol=str(BY_BLOCK), seed=0)


def test_same_data_and_seed_give_the_same_document(found: Found) -> None:
    again = judge([Past(replay_of())], BY_BLOCK, seed=0, progress=silent)
    assert made_of(again) == made_of(found)


def test_the_document_has_methods_slices_and_comparisons_with_intervals(found: Found) -> None:
    made = made_of(found)
    assert made["methods"]["fusion"]["single_signal"] is False
    assert made["methods"]["text_history"]["single_signal"] is True
    served = made["methods"][made["served"]]
    assert served["mrr"]["low"] <= served["mrr"]["mean"] <= served["mrr"]["high"]
    assert served["mrr"]["mean"] > 4 * made["methods"]["random"]["mrr"]["mean"]
    assert made["needs"] == sum(made["slices"][name]["needs"] for name in ("new pair", "known pair"))
    assert set(made["comparisons"]) == {made["best_single_signal"], "fusion"}
    assert len(made["served_by"]) == 6
    minus = made["served_minus"]
    assert set(minus) == set(made["methods"]) - {"served"}
    gap = served["mrr"]["mean"] - made["methods"]["random"]["mrr"]["mean"]
    assert minus["random"]["mrr"]["mean"] == pytest.approx(gap, abs=2e-4)
    assert minus["random"]["mrr"]["low"] > 0
    named = [name for name in made["slices"] if name.startswith("category ")]
    assert 0 < len(named) <= 5
    assert sum(made["slices"][name]["needs"] for name in named) <= made["needs"]
    known = [made["slices"][name]["needs"] for name in ("known provider", "cold provider") if name in made["slices"]]
    assert sum(known) == made["needs"]
    assert made["exposure"]["hit@5"] == served["hit@5"]["mean"]


def test_each_judged_need_is_ranked_by_what_was_known_when_it_was_asked() -> None:
    replay = replay_of()
    met = replay.tables["needs"]
    asked = [None if at is None else at - timedelta(days=90) for at in met["met_at"]]
    replay.tables["needs"] = {**met, "known_at": asked}
    needs = replay.met_needs()
    judged = sorted(needs, key=lambda one: (one.asked_at, one.id))[::14]
    past = Past(replay, frozenset(one.id for one in judged))
    found = judge([past], WHEN_ASKED, seed=0, progress=silent)
    before = [[other for other in needs if other.known_at < one.asked_at] for one in judged]
    counts = [Counter(other.provider_id for other in earlier) for earlier in before]
    orders = [[name for _, name in sorted((-met, name) for name, met in count.items())] for count in counts]
    pairs = zip(judged, orders, strict=True)
    places = [ids.index(one.provider_id) + 1 if one.provider_id in ids else 0 for one, ids in pairs]
    assert found.ranks["popularity of all"] == places
    assert len(found.served_by) == 12
    assert found.served_by[0] == "fusion"
    assert "learned weights" in found.served_by
    assert found.recall == [_place(replay, one) for one in judged]


def _place(replay: Replay, need: MetNeed) -> int:
    known = replay.before(need.asked_at)
    asked = question(known, need.text, need.seeker_id, need.category_id)
    ids = [one.provider_id for one in candidate_pool(known, asked, count=300)]
    return ids.index(need.provider_id) + 1 if need.provider_id in ids else 0


def test_who_serves_is_chosen_by_blocks_that_were_judged_before(found: Found) -> None:
    ranker, fusion, served = (found.column(name) for name in ("ranker", "fusion", "served"))
    assert set(found.served_by) <= {"learned weights", "fusion"}
    if set(found.served_by) == {"learned weights"}:
        assert (served == ranker).all()
    assert ((served == ranker) | (served == fusion)).all()


def test_the_page_is_well_formed_and_shows_three_pictures(found: Found) -> None:
    text = page(document("a & b", found, protocol="any", seed=0))
    tree = ElementTree.fromstring(text.removeprefix("<!doctype html>").replace('<meta charset="utf-8">', ""))
    assert len(tree.findall(".//{http://www.w3.org/2000/svg}svg")) >= 2
    assert "a &amp; b" in text
    assert "<script" not in text


POSTS = (
    'Id="1" PostTypeId="1" OwnerUserId="7" Title="Which hop?" Body="x" Tags="&lt;hops&gt;" AcceptedAnswerId="2"',
    'Id="2" PostTypeId="2" ParentId="1" OwnerUserId="8" Body="&lt;p&gt;Saaz&lt;/p&gt;" Score="9"',
    'Id="3" PostTypeId="2" ParentId="1" OwnerUserId="7" Body="Mine"',
)


def test_question_sites_are_read_without_answers_to_oneself_and_without_votes(tmp_path: Path) -> None:
    rows = [f'<row CreationDate="2020-01-0{day}T00:00:00.000" {row}/>' for day, row in enumerate(POSTS, start=1)]
    (tmp_path / "beer_Posts.xml").write_text(f"<posts>{''.join(rows)}</posts>")
    (past,) = SOURCES["stackexchange"].read(tmp_path)
    replay = past.replay
    (need,) = replay.met_needs()
    assert past.judged == frozenset({need.id})
    assert (need.seeker_id, need.provider_id, need.category_id, need.text) == ("7", "8", "hops", "Which hop?\nx")
    assert (need.asked_at, need.known_at) == (datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC))
    assert replay.tables["capabilities"]["text"] == ["Saaz"]
    assert len(replay.before(need.known_at).capability_provider) == 0
    assert len(replay.before(datetime(2021, 1, 1, tzinfo=UTC)).capability_provider) == 1


def test_a_folder_without_dumps_or_with_a_damaged_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        evaluate("stackexchange", tmp_path / "missing", seed=0, progress=silent)
    (tmp_path / "beer_Posts.xml").write_text("<posts><row")
    with pytest.raises(BadInput, match=r"beer_Posts\.xml"):
        evaluate("stackexchange", tmp_path, seed=0, progress=silent)
