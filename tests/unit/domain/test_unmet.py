"""Demand that nobody meets, by category, with what its seekers would pay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.capability import Capability, Category
from app.domain.money import Money
from app.domain.need import Need, NeedStatus
from app.domain.unmet import Demand, Supply, demand

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CATEGORIES = [
    Category("home", "Home"),
    Category("home.roof", "Roof", "home"),
    Category("home.roof.slate", "Slate", "home.roof"),
    Category("law", "Law"),
]
NAMES = {one.id: one.name for one in CATEGORIES}


def need(number: int, category: str | None, **changes: object) -> Need:
    made = Need(f"need_{number}", f"cus_{number}", "text", "crm", str(number), NOW - number * DAY, category_id=category)
    return replace(made, **changes)  # type: ignore[arg-type]


def offer(provider: str, category: str | None, **changes: object) -> Capability:
    made = Capability(f"cap_{provider}", provider, "text", "crm", provider, category_id=category)
    return replace(made, **changes)  # type: ignore[arg-type]


def found(needs: list[Need], offers: list[Capability]) -> Demand:
    return demand(needs, Supply(CATEGORIES, offers, NOW), NAMES, NOW)


def test_an_offer_of_the_category_or_of_a_broader_one_meets_a_need_and_a_narrower_one_does_not() -> None:
    needs = [need(1, "home.roof")]
    assert found(needs, [offer("cus_9", "home.roof")]).unmet == 0
    assert found(needs, [offer("cus_9", "home")]).unmet == 0
    assert found(needs, [offer("cus_9", "home.roof.slate")]).unmet == 1
    assert found(needs, [offer("cus_9", "law")]).unmet == 1
    assert found(needs, [offer("cus_9", None)]).unmet == 1


def test_ones_own_offer_or_one_that_is_not_valid_meets_nothing() -> None:
    needs = [need(1, "home")]
    assert found(needs, [offer("cus_1", "home")]).unmet == 1
    assert found(needs, [offer("cus_9", "home", valid_to=NOW)]).unmet == 1
    assert found(needs, [offer("cus_9", "home", valid_from=NOW + DAY)]).unmet == 1
    assert found(needs, [offer("cus_1", "home"), offer("cus_8", "home"), offer("cus_9", "home")]).unmet == 0


def test_only_what_seeks_a_provider_now_counts() -> None:
    needs = [
        need(1, "home"),
        need(2, "home", status=NeedStatus.MET),
        need(3, "home", status=NeedStatus.DETECTED),
        need(4, "home", expires_at=NOW),
        need(5, None),
    ]
    told = found(needs, [])
    assert (told.seeking, told.uncategorised, told.unmet) == (2, 1, 1)


def test_clusters_are_priced_in_each_currency_and_the_largest_comes_first() -> None:
    needs = [
        need(1, "law", budget=Money(500, "USD")),
        need(2, "home", budget=Money(100, "USD")),
        need(3, "home", budget=Money(250, "EUR")),
        need(4, "home", budget=Money(50, "USD")),
        need(5, "home", seeker_id="cus_4"),
    ]
    home, law = found(needs, []).clusters
    assert (home.category_id, home.name, home.needs, home.seekers, home.unpriced) == ("home", "Home", 4, 3, 1)
    assert home.budgets == (Money(250, "EUR"), Money(150, "USD"))
    assert home.oldest == NOW - 5 * DAY
    assert (law.needs, law.budgets) == (1, (Money(500, "USD"),))


def test_a_circle_of_categories_ends() -> None:
    circle = [Category("a", "A", "b"), Category("b", "B", "a")]
    told = demand([need(1, "a")], Supply(circle, [], NOW), {}, NOW)
    assert told.clusters[0].name == "a"
