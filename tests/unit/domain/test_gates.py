"""Each hard gate, its code, and that one good capability is enough."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.customer import Purpose, Standing
from app.domain.facts import ConsentLine, GateFacts, Offer, Party, ProviderFacts
from app.domain.gates import (
    COOL_DOWN,
    Question,
    fits_category,
    free_slots,
    is_counted_only,
    reasons_against,
    refuse_need,
    refuse_seeker,
)
from app.domain.money import Money
from app.domain.need import Need, NeedStatus
from app.domain.place import distance_km
from app.domain.ranking import WEIGHTS, quality, share
from app.domain.sentences import explain, explain_nobody

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SEEKER = Party("cus_seeker", "Seeker", group_id="grp_a")
PROVIDER = Party("cus_provider", "Provider", latitude=47.0, longitude=8.0, vetting=3)
YES = ConsentLine("cns_1", (Purpose.PROVIDER,), True, NOW - DAY)
OFFER = Offer("cap_1", category_id="works.bridges", licences=("engineer",))
FACTS = ProviderFacts(PROVIDER, (YES,), (OFFER,), False, False, False, None)
QUESTION = Question("A bridge", SEEKER.id, category_id="works.bridges")
NEED = Need("need_1", SEEKER.id, "A bridge", "test", "1", NOW - DAY)


def codes(facts: ProviderFacts = FACTS, question: Question = QUESTION, *, related: bool = False) -> list[str]:
    return [one.code for one in reasons_against(question, SEEKER, facts, at=NOW, related=related)]


def with_party(**changes: object) -> ProviderFacts:
    return replace(FACTS, party=replace(PROVIDER, **changes))


def with_offer(**changes: object) -> ProviderFacts:
    return replace(FACTS, offers=(replace(OFFER, **changes),))


def test_a_provider_without_any_reason_against_it_passes():
    assert codes() == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (replace(FACTS, consents=()), "consent"),
        (replace(FACTS, consents=(replace(YES, granted=False),)), "consent"),
        (replace(FACTS, consents=(replace(YES, expires_at=NOW),)), "consent"),
        (replace(FACTS, consents=(replace(YES, purposes=(Purpose.SEEKER,)),)), "consent"),
        (replace(FACTS, consents=(YES, replace(YES, id="cns_2", granted=False, recorded_at=NOW))), "consent"),
        (with_party(standing=Standing.COMPLAINT_OPEN), "complaint_open"),
        (with_party(standing=Standing.HELD), "held"),
        (with_party(standing=Standing.LEFT), "left"),
        (with_party(open_slots=0), "capacity"),
        (with_party(group_id="grp_a"), "same_group"),
        (replace(FACTS, conflicts=True), "conflict"),
        (replace(FACTS, competes=True), "competitor"),
        (replace(FACTS, open_introduction=True, last_introduction_at=NOW), "open_introduction"),
        (replace(FACTS, last_introduction_at=NOW - COOL_DOWN + DAY), "recent_introduction"),
        (replace(FACTS, party=replace(PROVIDER, id=SEEKER.id)), "self"),
        (with_offer(open_slots=0), "capacity"),
        (with_offer(valid_to=NOW), "not_offered"),
        (with_offer(valid_from=NOW + DAY), "not_offered"),
        (with_offer(category_id="works.roofs"), "other_category"),
        (replace(FACTS, offers=()), "not_offered"),
    ],
)
def test_each_gate_gives_its_code(facts, code):
    assert codes(facts) == [code]


def test_the_pair_may_be_introduced_again_after_the_cool_down():
    assert codes(replace(FACTS, last_introduction_at=NOW - COOL_DOWN)) == []


def test_a_need_that_demands_a_licence_asks_for_it_and_for_live_vetting():
    question = replace(QUESTION, licence="engineer")
    assert codes(question=question) == []
    assert codes(with_offer(licences=()), question) == ["licence"]
    assert codes(with_party(vetting=1), question) == ["vetting"]
    assert codes(with_party(vetting_expires_at=NOW), question) == ["vetting_expired"]
    assert codes(with_party(vetting=0)) == []


def test_a_deal_outside_the_ticket_is_out_and_currencies_are_not_mixed():
    facts = with_offer(smallest=Money(10_000, "CHF"), largest=Money(20_000, "CHF"))
    assert codes(facts, replace(QUESTION, budget=Money(9_999, "CHF"))) == ["ticket_below"]
    assert codes(facts, replace(QUESTION, budget=Money(20_001, "CHF"))) == ["ticket_above"]
    assert codes(facts, replace(QUESTION, budget=Money(10_000, "CHF"))) == []
    assert codes(facts, replace(QUESTION, budget=Money(1, "EUR"))) == []


def test_a_provider_too_far_away_is_out_only_where_both_places_are_known():
    question = replace(QUESTION, place=(46.0, 8.0))  # 111 km south
    assert codes(with_offer(radius_km=110.0), question) == ["place"]
    assert codes(with_offer(radius_km=112.0), question) == []
    assert codes(with_offer(radius_km=1.0)) == []


def test_one_capability_that_passes_is_enough_and_else_the_shortest_list_counts():
    far = replace(OFFER, id="cap_0", open_slots=0, licences=())
    question = replace(QUESTION, licence="engineer")
    assert codes(replace(FACTS, offers=(far, OFFER)), question) == []
    full = replace(OFFER, open_slots=0)
    assert codes(replace(FACTS, offers=(far, full)), question) == ["capacity"]


def test_another_category_passes_where_text_or_history_relates_the_two():
    assert codes(with_offer(category_id="works.roofs"), related=True) == []
    assert codes(replace(FACTS, offers=()), related=True) == []


def test_categories_fit_in_one_line_or_one_branch_below_a_section():
    assert fits_category("a.b.c", "a")
    assert fits_category("a", "a.b")
    assert fits_category("a.b.c", "a.b.d")
    assert not fits_category("a.b", "a.c")
    assert not fits_category("a.bc", "a.b")
    assert fits_category(None, "a")


def test_all_reasons_are_given_and_consent_comes_first():
    facts = replace(with_party(standing=Standing.HELD), consents=(), conflicts=True)
    reasons = reasons_against(QUESTION, SEEKER, facts, at=NOW, related=False)
    assert [one.code for one in reasons] == ["consent", "held", "conflict"]
    assert is_counted_only(reasons)
    assert not is_counted_only(reasons[1:])


def test_needs_that_get_no_suggestions():
    assert refuse_need(None, NOW) is None
    for status in (NeedStatus.OPEN, NeedStatus.CONFIRMED, NeedStatus.MATCHED, NeedStatus.MET):
        assert refuse_need(replace(NEED, status=status), NOW) is None
    for change in (
        {"ongoing": False},
        {"status": NeedStatus.DETECTED},
        {"status": NeedStatus.WITHDRAWN},
        {"status": NeedStatus.EXPIRED},
        {"expires_at": NOW},
    ):
        assert refuse_need(replace(NEED, **change), NOW)


def test_a_seeker_needs_its_own_consent_and_good_standing():
    yes = replace(YES, purposes=(Purpose.SEEKER,))
    assert refuse_seeker(GateFacts(None, (), ()), NOW) is None
    assert refuse_seeker(GateFacts(SEEKER, (yes,), ()), NOW) is None
    assert "--consent-basis" in (refuse_seeker(GateFacts(SEEKER, (), ()), NOW) or "")
    for standing in set(Standing) - {Standing.GOOD}:
        assert refuse_seeker(GateFacts(replace(SEEKER, standing=standing), (yes,), ()), NOW)


def test_many_good_outcomes_come_before_a_few():
    assert quality(21, 22) > quality(3, 3) > quality(0, 0) > quality(1, 10)


def test_a_provider_that_leads_every_signal_scores_one():
    assert sum(share(name, 1) for name in WEIGHTS) == pytest.approx(1.0)
    assert share("a fee", 1) == 0.0


def test_distance_agrees_with_a_known_one():
    assert distance_km((0.0, 0.0), (90.0, 0.0)) == pytest.approx(10_007.56, abs=0.01)  # a quarter of the meridian
    assert distance_km((0.0, 179.5), (0.0, -179.5)) == pytest.approx(111.2, abs=0.1)


def test_a_signal_has_one_sentence_whatever_is_known():
    assert explain("signal", "collects watches") == explain("signal", "")


def test_what_is_not_known_is_said_neutrally():
    assert explain("quality", "") == "Fewer than five outcomes of its work are recorded."
    assert explain("quality", "3 of 3") == "Of the recorded outcomes of its work, 3 of 3 were good."


def test_nobody_fits_says_how_many_for_which_reason():
    assert explain_nobody([], 0) == "No customer is known to offer this."
    said = explain_nobody(["place", "licence", "place"], 2)
    assert "2 by distance" in said
    assert "1 by licence" in said
    assert "For 2 who could fit no consent is recorded." in said


def test_free_slots_are_the_smaller_of_its_own_and_those_of_what_meets_the_need():
    def free(facts: ProviderFacts) -> int | None:
        return free_slots(QUESTION, facts, NOW)

    elsewhere = replace(OFFER, id="cap_2", category_id="food.bread", open_slots=9)
    two = (replace(OFFER, open_slots=2), elsewhere)
    assert free(FACTS) is None
    assert free(with_party(open_slots=4)) == 4
    assert free(replace(with_party(open_slots=4), offers=two)) == 2
    assert free(replace(with_party(open_slots=1), offers=two)) == 1
    assert free(replace(FACTS, offers=(*two, replace(OFFER, id="cap_3", open_slots=3)))) == 5
    assert free(replace(FACTS, offers=(*two, replace(OFFER, id="cap_3")))) is None
    ended = replace(OFFER, id="cap_3", open_slots=3, valid_to=NOW)
    assert free(replace(FACTS, offers=(*two, ended))) == 2
    assert free(replace(FACTS, offers=())) is None
