"""How a value comes about, as a picture: each bar begins where the one before it ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from app.domain.money import Money
from app.domain.statement import ValueStatement
from app.drawing.marks import line, shortened, svg, text

WIDTH, TOP, ROW, BAR = 960.0, 64.0, 26.0, 16.0
LEFT, RIGHT = 330.0, 150.0  # room for names, and for amounts
LONGEST = 46  # characters of a name that fit beside the bars at 12 px
_WHOLE, _MORE, _LESS = "#57606a", "#1a7f5a", "#b35900"  # tell apart without colour too: by direction and sign


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    money: Money
    begins: int
    ends: int
    colour: str


def waterfall(made: ValueStatement) -> str:
    """An SVG that stands alone. Without a lifetime value there is nothing to begin from: it says so instead."""
    value = made.value
    title = f"Network value of {value.customer_id}, {value.currency}"
    about = f"Valued as of {made.valuation_at:%Y-%m-%d}, from what was known on {made.known_at:%Y-%m-%d}; expected"
    why = next(iter(made.not_known), "No lifetime value is known.")
    return _picture(title, about, [(one.name, one.money) for one in made.stages], why)


def bridge_picture(document: Mapping[str, Any]) -> str:
    """Of the stored bridge between two runs: an SVG that stands alone."""
    before, after = document["before"], document["after"]
    stages = [(f"on {before['valuation_at'][:10]}", _money(before["value"]))]
    stages += [(one["name"], _money(one["change"])) for one in document["steps"]]
    stages.append((f"on {after['valuation_at'][:10]}", _money(after["value"])))
    about = f"From {before['run_id']} to {after['run_id']}: each cause after those above it"
    return _picture(f"Value of all outcomes, {after['value']['currency']}", about, stages, "")


def _money(money: Mapping[str, str]) -> Money:
    return Money.parse(money["amount"], money["currency"])


def _picture(title: str, about: str, stages: Sequence[tuple[str, Money]], otherwise: str) -> str:
    bars = list(_bars(stages))
    marks = ['<rect width="100%" height="100%" fill="#fff"/>', text(12, 24, title), text(12, 44, about)]
    if not bars:
        return svg(TOP + 2 * ROW, title, [*marks, text(12, TOP + 12, otherwise)], WIDTH)
    low = min(0, *(min(one.begins, one.ends) for one in bars))
    high = max(0, *(max(one.begins, one.ends) for one in bars))
    scale = (WIDTH - LEFT - RIGHT) / max(high - low, 1)
    xs = [(LEFT + scale * (one.begins - low), LEFT + scale * (one.ends - low)) for one in bars]
    zero, bottom = LEFT - scale * low, TOP + ROW * len(bars)
    marks.append(line((zero, TOP - 6), (zero, bottom), "#ccc"))
    for place, (one, (begins, ends)) in enumerate(zip(bars, xs, strict=True)):
        y = TOP + ROW * place
        marks.append(_drawn(one, begins, ends, y))
        if place + 1 < len(bars):
            marks.append(line((ends, y), (ends, y + ROW), "#ccc"))
    return svg(bottom + 12, title, marks, WIDTH)


def _bars(stages: Sequence[tuple[str, Money]]) -> Iterator[_Bar]:
    """The first and the last bar stand on zero, those between on what was reached."""
    if not stages:
        return
    (first, begun), *changes, (last, reached_at_last) = stages
    reached = list(accumulate((money.minor for _, money in changes), initial=begun.minor))
    yield _Bar(first, begun, 0, begun.minor, _WHOLE)
    for (name, money), begins, ends in zip(changes, reached, reached[1:], strict=False):
        yield _Bar(name, money, begins, ends, _MORE if money.minor > 0 else _LESS)
    yield _Bar(last, reached_at_last, 0, reached_at_last.minor, _WHOLE)


def _drawn(one: _Bar, begins: float, ends: float, y: float) -> str:
    left, width = min(begins, ends), max(abs(ends - begins), 1.0)
    amount = f"{'+' if one.colour == _MORE else ''}{one.money.amount:,} {one.money.currency}"
    return (
        text(LEFT - 12, y + 12, shortened(one.name, LONGEST), "end")
        + f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR:.0f}" fill="{one.colour}"/>'
        + text(WIDTH - 12, y + 12, amount, "end")
    )
