"""Rules of an assignment are checked before anything is read."""

from dataclasses import replace

import pytest

from app.domain.assignment import MOST_ATTENDEES, AssignmentRules, Attendee, Event, pair_id
from app.domain.errors import BadInput

TWO = (Attendee("cus_1"), Attendee("cus_2", 0, 3))
EVENT = AssignmentRules(event=Event("spring", TWO))


def test_a_need_gets_three_introductions_and_five_at_an_event():
    assert (AssignmentRules().places, EVENT.places) == (3, 5)
    AssignmentRules().check()
    EVENT.check()


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        (AssignmentRules(per_need=4), "per_need"),
        (AssignmentRules(per_need=-1), "per_need"),
        (replace(EVENT, per_need=21), "per_need"),
        (AssignmentRules(asks_out=-1), "asks_out"),
        (AssignmentRules(asks_in=1001), "asks_in"),
        (AssignmentRules(newcomer_minimum=-1), "newcomer_minimum"),
        (AssignmentRules(acceptance_rate=0.0), "acceptance_rate"),
        (AssignmentRules(acceptance_rate=float("nan")), "acceptance_rate"),
        (replace(EVENT, event=Event("spring fair", TWO)), "event/name"),
        (replace(EVENT, event=Event("", TWO)), "event/name"),
        (replace(EVENT, event=Event("spring", TWO[:1])), "event/attendees"),
        (replace(EVENT, event=Event("spring", TWO[:1] * (MOST_ATTENDEES + 1))), "event/attendees"),
        (replace(EVENT, event=Event("spring", (*TWO, TWO[0]))), "event/attendees/0/customer_id"),
        (replace(EVENT, event=Event("spring", (*TWO, Attendee("cus_3", -1)))), "event/attendees/2"),
    ],
)
def test_what_is_out_of_range_is_refused_by_its_place(rules: AssignmentRules, pointer: str):
    with pytest.raises(BadInput) as refused:
        rules.check()
    assert refused.value.pointer == pointer


def test_the_pairs_of_a_need_stand_together_best_first():
    ids = [pair_id("run_1", need, place) for need in ("need_1", "need_1a", "need_2") for place in (1, 2, 10)]
    assert sorted(ids) == ids
