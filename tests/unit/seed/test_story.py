"""The stories are complete, consistent, and say no more than their records."""

from app.domain.capability import Capability
from app.domain.customer import Customer, Purpose, has_consent
from app.domain.need import Need
from app.domain.place import distance_km
from app.domain.referral import FlowKind
from seed import STORY_NEEDS, combined, demo, story
from seed.draft import TODAY
from seed.portfolio import Portfolio
from seed.story import NAMED, customer_id, need_id

STORY = story()


def customer(key: str) -> Customer:
    return next(row for row in STORY.customers if row.id == customer_id(key))


def need(key: str) -> Need:
    return next(row for row in STORY.needs if row.id == need_id(key))


def capability(key: str) -> Capability:
    return next(row for row in STORY.capabilities if row.external_id == key)


def consents(key: str, purpose: Purpose) -> bool:
    return has_consent(tuple(c for c in STORY.consents if c.customer_id == customer_id(key)), purpose, TODAY)


def unresolved(portfolio: Portfolio) -> set[str]:
    """Fields that name a record which comes later or not at all."""
    seen: set[str] = set()
    missing: set[str] = set()
    for kind, rows in portfolio.kinds():
        for row in rows:
            for name in row.__slots__:
                value = getattr(row, name)
                names = name.endswith("_id") and name not in ("external_id", "parent_external_id", "import_id")
                if (names or name == "met_by") and value is not None and value not in seen:
                    missing.add(f"{kind}.{name}")
            seen.add(row.id)
    return missing


def test_ten_customers_carry_names_and_the_four_needs_exist() -> None:
    assert len(NAMED) == len({customer(key).name for key in NAMED}) == 10
    assert {need(key).id for key in ("S01-home-addition", "S02-lighting", "S03-investor", "S04-counsel")} == set(
        STORY_NEEDS
    )


def test_every_record_names_only_records_before_it() -> None:
    assert unresolved(STORY) == set()
    assert unresolved(demo()) == set()


def test_the_test_of_references_sees_a_missing_one() -> None:
    assert unresolved(Portfolio(needs=STORY.needs)) >= {"needs.seeker_id", "needs.category_id", "needs.met_by"}


def test_telling_the_story_twice_gives_the_same_records() -> None:
    assert story() == STORY
    assert demo() == demo()


def test_every_contractor_left_out_has_exactly_one_reason() -> None:
    wanted = need("S01-home-addition")
    assert capability("contractor-full").open_slots == 0
    assert customer("contractor-dispute").standing == "held"
    assert capability("contractor-unlicensed").licences == ()
    assert capability("contractor-roofs").category_id != wanted.category_id
    assert not consents("contractor-opted-out", Purpose.PROVIDER)
    far = customer("contractor-far")
    assert far.latitude is not None
    assert far.longitude is not None
    assert wanted.latitude is not None
    assert wanted.longitude is not None
    assert distance_km((far.latitude, far.longitude), (wanted.latitude, wanted.longitude)) > 300
    assert all(consents(key, Purpose.PROVIDER) for key in ("builder", "contractor-2", "contractor-3", "contractor-4"))


def test_a_fee_is_paid_by_one_contractor_only() -> None:
    fees = [flow for flow in STORY.flows if flow.kind is FlowKind.FEE]
    [outcome] = [row for row in STORY.outcomes if row.id == fees[0].outcome_id]
    assert len(fees) == 1
    assert outcome.provider_id == customer_id("contractor-3")


def test_lighting_outcomes_are_21_of_22_and_3_of_3() -> None:
    def good(key: str) -> tuple[int, int]:
        marks = [row.good for row in STORY.outcomes if row.provider_id == customer_id(key)]
        return sum(map(bool, marks)), len(marks)

    assert good("fixtures") == (21, 22)
    assert good("lamps") == (3, 3)


def test_what_only_the_operator_knows_is_never_shareable_nor_in_a_capability() -> None:
    assert not any(signal.shareable for signal in STORY.signals)
    texts = " ".join(row.text.lower() for row in STORY.capabilities if row.provider_id == customer_id("equity"))
    assert "watch" not in texts


def test_no_text_names_a_customer() -> None:
    names = [row.name.lower() for row in STORY.customers]
    texts = [row.text.lower() for row in (*STORY.needs, *STORY.capabilities, *STORY.signals)]
    assert [name for name in names if any(name in text for text in texts)] == []


def test_combining_keeps_each_id_once() -> None:
    assert combined(STORY, STORY) == STORY
