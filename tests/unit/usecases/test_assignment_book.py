"""From shortlists to pairs: limits of both sides, newcomers, events, and no dependence on order."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.domain.assignment import AssignmentPolicy, AssignmentRules, Attendee, Event, Fit, Shortlist
from app.usecases.assignment_book import Assigned, AssignmentBook


def shortlist(need: str, seeker: str, *fits: tuple[str, float] | Fit) -> Shortlist:
    lines = [one if isinstance(one, Fit) else Fit(*one, related=False, room=None) for one in fits]
    return Shortlist(need, seeker, tuple(lines), refused=False)


def assigned(lists: list[Shortlist], rules: AssignmentRules, newcomers: tuple[str, ...] = ()) -> Assigned:
    book = AssignmentBook()
    for one in lists:
        book.add(one)
    return book.assigned(rules, newcomers)


def pairs(found: Assigned) -> list[tuple[str, str]]:
    return [(one.need_id, one.provider_id) for one in found.placed]


def test_nothing_gives_nothing():
    for lists in ([], [shortlist("n1", "a")]):
        found = assigned(lists, AssignmentRules())
        assert (found.placed, found.figures.introductions, found.figures.gini) == ((), 0, 0.0)


def test_a_provider_with_one_free_slot_goes_to_the_need_that_it_fits_best():
    only = [Fit("p", score, related=False, room=1) for score in (0.5, 0.9)]
    found = assigned([shortlist("n1", "a", only[0], ("q", 0.4)), shortlist("n2", "b", only[1])], AssignmentRules())
    assert pairs(found) == [("n1", "q"), ("n2", "p")]
    assert found.lists.introductions == 3


def test_the_scarcest_of_the_capabilities_asked_for_bounds_a_provider():
    lists = [
        shortlist(f"n{place}", f"a{place}", Fit("p", 0.5, related=False, room=room))
        for place, room in enumerate((5, 2, None, 4))
    ]
    assert len(assigned(lists, AssignmentRules()).placed) == 2


def test_at_a_stated_rate_of_acceptance_a_free_slot_is_offered_more_than_once():
    lists = [shortlist(f"n{i}", f"a{i}", Fit("p", 0.5, related=False, room=3)) for i in range(40)]
    rates = {rate: AssignmentRules(asks_in=100, acceptance_rate=rate) for rate in (1.0, 0.5, 0.1)}
    assert {rate: len(assigned(lists, rules).placed) for rate, rules in rates.items()} == {1.0: 3, 0.5: 6, 0.1: 30}


def test_free_slots_are_filled_by_the_measured_chance_that_both_accept():
    def placed(accepted: list[float | None], rate: float = 1.0) -> tuple[int, bool]:
        lists = [
            shortlist(f"n{i:02}", f"a{i:02}", Fit("p", 0.5, related=False, room=3, accepted=one))
            for i, one in enumerate(accepted)
        ]
        found = assigned(lists, AssignmentRules(asks_in=100, acceptance_rate=rate))
        return len(found.placed), found.measured

    assert placed([0.25] * 40) == (12, True)
    assert placed([1.0, 0.5] * 20) in {(3, True), (4, True), (5, True), (6, True)}
    assert placed([0.25] * 39 + [None]) == (3, False)  # of one snapshot nothing was calibrated: as if all accepted
    assert placed([0.25] * 40, rate=0.5) == (6, False)  # what the operator states goes first
    assert placed([0.0] * 40) == (40, True)


def test_two_customers_are_introduced_once_for_the_need_of_whoever_fits_better():
    lists = [
        shortlist("n1", "a", ("b", 0.4)),
        shortlist("n2", "b", ("a", 0.6)),
        shortlist("n3", "a", ("b", 0.5)),
        shortlist("n4", "c", ("d", 0.5)),
        shortlist("n5", "d", ("c", 0.5)),
    ]
    assert pairs(assigned(lists, AssignmentRules())) == [("n2", "a"), ("n4", "d")]


def test_a_newcomer_gets_its_place_before_the_better_known():
    lists = [shortlist("n1", "a", ("p", 0.9), ("q", 0.8), ("new", 0.1))]
    rules = AssignmentRules(per_need=2)
    assert pairs(assigned(lists, rules)) == [("n1", "p"), ("n1", "q")]
    found = assigned(lists, rules, ("new",))
    assert [(one.provider_id, one.reserved) for one in found.placed] == [("p", False), ("new", True)]
    nobody = AssignmentRules(per_need=2, newcomer_minimum=0)
    assert pairs(assigned(lists, nobody, ("new",))) == [("n1", "p"), ("n1", "q")]


def test_each_attendee_has_the_slots_that_it_said():
    everybody = tuple(Attendee(name, asks_out=index, asks_in=2 - index % 3) for index, name in enumerate("abcdef"))
    lists = [shortlist(f"n{a}", a, *((b, 0.5) for b in "abcdef" if a < b)) for a in "abcdef"]
    found = assigned(lists, AssignmentRules(event=Event("fair", everybody)))
    out, into = Counter(one.seeker_id for one in found.placed), Counter(one.provider_id for one in found.placed)
    assert found.placed
    assert all(out[one.customer_id] <= one.asks_out and into[one.customer_id] <= one.asks_in for one in everybody)
    assert out["a"] == into["c"] == into["f"] == 0


@given(st.integers(0, 10_000), st.sampled_from(AssignmentPolicy))
def test_no_limit_is_ever_broken_and_order_changes_nothing(seed: int, policy: AssignmentPolicy):
    draw = random.Random(seed)
    people = [f"c{i:02}" for i in range(12)]
    room = {one: draw.choice([None, 0, 1, 3]) for one in people}
    lists = []
    for number in range(draw.randint(1, 25)):
        seeker = draw.choice(people)
        others = draw.sample([one for one in people if one != seeker], draw.randint(0, 8))
        fits = [Fit(one, draw.choice([0.0, 0.2, draw.random()]), draw.random() < 0.5, room[one]) for one in others]
        lists.append(shortlist(f"n{number:02}", seeker, *fits))
    rules = AssignmentRules(
        draw.randint(1, 3),
        draw.randint(0, 5),
        draw.randint(0, 5),
        acceptance_rate=draw.choice([1.0, 0.5]),
        policy=policy,
    )
    new = (
        tuple(draw.sample(sorted({fit.provider_id for one in lists for fit in one.fits}), 1))
        if any(one.fits for one in lists)
        else ()
    )
    found = assigned(lists, rules, new)
    assert max(Counter(one.need_id for one in found.placed).values(), default=0) <= rules.places
    assert max(Counter(one.seeker_id for one in found.placed).values(), default=0) <= rules.asks_out
    for provider, count in Counter(one.provider_id for one in found.placed).items():
        assert count <= rules.asks_in
        assert room[provider] is None or count * rules.acceptance_rate <= room[provider]
    met = Counter(frozenset((one.seeker_id, one.provider_id)) for one in found.placed)
    assert max(met.values(), default=0) <= 1
    fits = {(one.need_id, fit.provider_id): fit.score for one in lists for fit in one.fits}
    assert all(one.score == fits[one.need_id, one.provider_id] > 0 for one in found.placed)
    draw.shuffle(lists)
    assert assigned(lists, rules, new) == found
