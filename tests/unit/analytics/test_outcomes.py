"""Outcomes by customers of the seeker's kind decide; the time does not grow with their number."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.analytics.candidates import ask, best_candidates
from app.analytics.columns import find
from app.analytics.outcomes import outcomes_of, segment_of
from app.analytics.topology import Topology
from app.domain.ranking import OTHERS, quality
from app.domain.suggestion import NeedQuery
from app.ports.analytics import Feature
from seed.portfolio import Portfolio
from tests.contract.portfolio import capability, customer, outcome
from tests.unit.analytics.rows import topology_of

HOME, SITE, NOBODY_YET, HOUSEHOLD, COMPANY, UNKNOWN = range(6)
SEEN = ((HOME, "household", 12, 11), (SITE, "company", 60, 59))  # provider, by customers of, outcomes, good ones


def portfolio(seen: Sequence[tuple[int, str | None, int, int]] = SEEN, *, judged: bool = True) -> Portfolio:
    customers = [customer(one) for one in (HOME, SITE, NOBODY_YET, UNKNOWN)]
    customers += [customer(HOUSEHOLD, segment="household"), customer(COMPANY, segment="company")]
    outcomes: list[Any] = []
    for provider, segment, total, good in seen:
        for place in range(total):
            served = 100 + len(outcomes)
            customers.append(customer(served, segment=segment))
            sides = {"seeker_id": f"cus_{served:04}", "provider_id": f"cus_{provider:04}"}
            outcomes.append(outcome(served, **sides, good=place < good if judged else None))
    offers = [capability(one, one, text="Additions to houses") for one in (HOME, SITE, NOBODY_YET)]
    return Portfolio(customers=tuple(customers), capabilities=tuple(offers), outcomes=tuple(outcomes))


def qualities(topology: Topology, seeker: int | None) -> dict[int, Feature]:
    seeker_id = None if seeker is None else f"cus_{seeker:04}"
    asked = ask(topology, NeedQuery(text="additions to a house", seeker_id=seeker_id), None)
    found = best_candidates(topology, asked, count=50)
    return {int(one.provider_id[4:]): feature for one in found for feature in one.features if feature.name == "quality"}


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Topology:
    return topology_of(portfolio(), tmp_path_factory.mktemp("outcomes"))


def test_twelve_by_peers_come_before_sixty_by_others(topology: Topology) -> None:
    seen = qualities(topology, HOUSEHOLD)
    assert {one: found.rank for one, found in seen.items()} == {HOME: 1, SITE: 2, NOBODY_YET: 3}
    assert seen[HOME].value == pytest.approx(12 / 14)
    assert seen[NOBODY_YET].value == 0.5
    assert seen[HOME].detail == "11 of 12 for customers like the seeker"
    assert seen[SITE].detail == "59 of 60 for customers unlike the seeker"
    assert seen[NOBODY_YET].detail == ""


def test_for_the_other_kind_it_is_the_other_way_round(topology: Topology) -> None:
    seen = qualities(topology, COMPANY)
    assert {one: found.rank for one, found in seen.items()} == {SITE: 1, HOME: 2, NOBODY_YET: 3}
    assert seen[SITE].detail == "59 of 60 for customers like the seeker"


@pytest.mark.parametrize("seeker", [UNKNOWN, None, 9_999])
def test_where_nobody_is_known_to_be_alike_all_count_alike(topology: Topology, seeker: int | None) -> None:
    seen = qualities(topology, seeker)
    assert {one: found.value for one, found in seen.items()} == {SITE: 60 / 62, HOME: 12 / 14, NOBODY_YET: 0.5}
    assert (seen[SITE].detail, seen[HOME].detail) == ("59 of 60", "11 of 12")


def test_both_kinds_are_named_apart(tmp_path: Path) -> None:
    topology = topology_of(portfolio([(HOME, "household", 6, 5), (HOME, None, 6, 6)]), tmp_path)
    assert qualities(topology, HOUSEHOLD)[HOME].detail == "5 of 6 for customers like the seeker and 6 of 6 for others"
    assert qualities(topology, HOUSEHOLD)[HOME].value == pytest.approx((5 + 2 + 1) / (6 + 2 + 2))


@pytest.mark.parametrize(
    ("peers", "others", "told"),
    [
        ((4, 4), (0, 0), ""),
        ((5, 4), (4, 4), "4 of 5 for customers like the seeker"),
        ((4, 3), (5, 5), "5 of 5 for customers unlike the seeker"),
        ((2, 1), (3, 3), "4 of 5"),
        ((2, 1), (2, 2), ""),
    ],
)
def test_of_fewer_than_five_outcomes_nothing_is_told(
    tmp_path: Path, peers: tuple[int, int], others: tuple[int, int], told: str
) -> None:
    topology = topology_of(portfolio([(HOME, "household", *peers), (HOME, None, *others)]), tmp_path)
    assert qualities(topology, HOUSEHOLD)[HOME].detail == told


def test_what_nobody_has_judged_counts_for_nobody(tmp_path: Path) -> None:
    topology = topology_of(portfolio(judged=False), tmp_path)
    assert {found.value for found in qualities(topology, HOUSEHOLD).values()} == {0.5}


def test_an_outcome_with_an_unknown_side_is_anothers_or_nobodys(tmp_path: Path) -> None:
    plain = portfolio([(HOME, "household", 6, 6)])
    *some, last = plain.outcomes
    rows = (*(replace(one, seeker_id=None) for one in some), replace(last, provider_id=None))
    topology = topology_of(replace(plain, outcomes=rows), tmp_path)
    assert qualities(topology, HOUSEHOLD)[HOME].detail == "5 of 5 for customers unlike the seeker"


def test_any_number_of_others_is_worth_three_peers() -> None:
    worth = [quality(0, 0, others_good=n, others_total=n) for n in (0, 1, 10, 1_000, 1_000_000)]
    assert worth == sorted(set(worth))
    assert worth[-1] == pytest.approx(quality(OTHERS, OTHERS), abs=1e-5)


def test_counts_of_many_providers_are_those_of_each(topology: Topology) -> None:
    providers = np.arange(len(topology.customer_ids), dtype=np.int32)
    segment = segment_of(topology, find(topology.customer_ids, f"cus_{HOUSEHOLD:04}"))
    every = outcomes_of(topology, providers, segment)
    for one in range(3):
        single = outcomes_of(topology, providers[one : one + 1], segment)
        assert [single.good[0], single.total[0], single.others_good[0], single.others_total[0]] == [
            every.good[one], every.total[one], every.others_good[one], every.others_total[one]
        ]  # fmt: skip
    assert (every.total.sum(), every.others_total.sum()) == (12, 60)


def test_more_outcomes_of_a_kind_are_no_more_rows_to_read(topology: Topology, tmp_path: Path) -> None:
    seen = [(provider, segment, 5 * total, good) for provider, segment, total, good in SEEN]
    assert len(topology_of(portfolio(seen), tmp_path).outcome_segment) == len(topology.outcome_segment) == len(SEEN)
