"""The waterfall's picture: each bar begins where the one before it ended, and it stands alone."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

from app.domain.money import Money
from app.domain.statement import Stage, ValueStatement
from app.domain.value import CustomerValue
from app.drawing.waterfall import waterfall

AT = datetime(2026, 3, 1, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


VALUE = CustomerValue("cus_a", "run_1", "USD", (0,) * 10, (0,) * 10, 0, usd(10_000), "of a test")
STAGES = (
    Stage("lifetime value", usd(10_000)),
    Stage("credit: out_1", usd(4_000)),
    Stage("own, credited away: <out_2> & a name that is longer than there is room", usd(-16_000)),
    Stage("other outcomes", usd(500)),
    Stage("network value", usd(-1_500)),
)
MADE = ValueStatement(VALUE, AT, AT, "cus_a", (), 0, STAGES, ("No lifetime value is known: import one.",), ())


def bars(picture: str) -> list[tuple[float, float]]:
    """From the left, width; without the background."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}rect")
    return [(float(one.get("x", 0)), float(one.get("width", "0"))) for one in found if one.get("x")]


def test_each_bar_begins_where_the_one_before_ended() -> None:
    picture = waterfall(MADE)
    (clv, credit, away, others, network) = bars(picture)
    zero = clv[0]
    scale = clv[1] / 10_000
    assert abs(credit[0] - (zero + clv[1])) < 0.2
    assert abs(credit[1] - 4_000 * scale) < 0.2
    assert abs(away[0] + away[1] - (credit[0] + credit[1])) < 0.2
    assert abs(away[0] - (zero - 2_000 * scale)) < 0.2  # below zero
    assert abs(others[0] - away[0]) < 0.2
    assert abs(network[0] + network[1] - zero) < 0.2
    assert abs(network[0] - (zero - 1_500 * scale)) < 0.2


def test_it_stands_alone_and_says_what_it_shows() -> None:
    picture = waterfall(MADE)
    root = ElementTree.fromstring(picture)
    assert root.get("aria-label") == "Network value of cus_a, USD"
    words = [one.text or "" for one in root.iter(f"{SVG}text")]
    assert "+40.00 USD" in words
    assert "-160.00 USD" in words
    assert "own, credited away: <out_2> & a name that is …" in words
    assert all(word not in picture for word in ("<script", "href", "url("))
    assert waterfall(MADE) == picture


def test_without_a_lifetime_value_it_says_so() -> None:
    picture = waterfall(replace(MADE, stages=()))
    assert bars(picture) == []
    assert "No lifetime value is known: import one." in picture
