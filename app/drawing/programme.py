"""The programme report as one page that stands alone: of each part a picture and the table beside it."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from app.drawing.marks import Bar, bars, dots, table, whole

Part = Mapping[str, Any]
_NOT_KNOWN = "–"


def programme_page(document: Part) -> str:
    """HTML, from the document as the API has it. Same document, same bytes."""
    programme, evidence = document["programme"], document["evidence"]
    as_of = programme["as_of"][:10]
    parts = [
        "<h1>Programme of introductions and referrals</h1>",
        f"<p>As of {escape(as_of)}; report {escape(document['id'])}.</p>",
        "".join(f"<p>{escape(note)}</p>" for note in programme["notes"]),
        "<h2>Introductions: how far they come and where they are lost</h2>",
        *_funnel(programme["funnel"]),
        "<h2>Guardrails</h2>",
        *(f"<p>{escape(one['sentence'])}</p>" for one in programme.get("guardrails", ())),
        "<h2>Outcomes</h2>",
        *_outcomes(programme["outcomes"], programme["pairs"]),
        "<h2>What they are worth to the operator</h2>",
        *(["<p>Not scored yet.</p>"] if programme["worth"] is None else _worth(programme["worth"])),
        "<h2>Who brings others</h2>",
        *(["<p>Not scored yet.</p>"] if document["advocates"] is None else _advocates(document["advocates"])),
        "<h2>Would it have happened anyway? And do they stay?</h2>",
        *_evidence(evidence),
        "<h2>Recorded cash, undiscounted</h2>",
        *_cash(programme["cash"]),
        "<h2>Demand that nobody meets</h2>",
        *_demand(programme["demand"]),
    ]
    return whole(f"Programme report {as_of}", parts)


def _funnel(found: Part) -> Iterator[str]:
    stages = found["stages"]
    rows = [Bar(_words(one["name"]), one["reached"], f"{one['reached']:,} · median {_days(one)}") for one in stages]
    yield f"<p>{found['total']:,} in all, {found['held_out']:,} held out by chance, {found['disputed']:,} disputed.</p>"
    yield bars(rows, "introductions that reached each stage")
    yield table(
        ("stage", "reached", "are here", "went on", "lost", "how", "days until left: median", "95 %", "timed"),
        [
            (
                _words(one["name"]),
                f"{one['reached']:,}",
                f"{one['here']:,}",
                f"{one['went_on']:,}",
                f"{sum(one['lost'].values()):,}",
                ", ".join(f"{_words(how)} {count:,}" for how, count in one["lost"].items()) or _NOT_KNOWN,
                _days(one, unit=""),
                f"{_number(one['days']['low'])} to {_number(one['days']['high'])}",
                f"{one['timed']:,}",
            )
            for one in stages
        ],
    )


def _outcomes(found: Sequence[Part], pairs: Part) -> Iterator[str]:
    yield bars([Bar(one["kind"], one["count"], f"{one['count']:,}") for one in found], "outcomes by kind")
    yield table(
        ("kind", "outcomes", "judged", "good", "good of judged"),
        [(one["kind"], f"{one['count']:,}", f"{one['judged']:,}", f"{one['good']:,}", _share(one)) for one in found],
    )
    yield _pairs(pairs)


def _pairs(found: Part) -> str:
    share = f" ({found['repeated'] / found['count']:.0%})" if found["count"] else ""
    told = f"{found['count']:,} pairs did business after an introduction, {found['repeated']:,} of them again{share}"
    margin = (
        "" if found["margin_each"] is None else f"; the operator's margin on each is {_money(found['margin_each'])}"
    )
    return f"<p>{told}{margin}.</p>"


def _advocates(found: Part) -> Iterator[str]:
    yield bars([Bar(stage, count, f"{count:,}") for stage, count in found["counts"].items()], "customers by stage")
    yield table(
        ("in the making", "stage", "lifetime value", "credit", "missing"),
        [
            (
                one["name"],
                one["stage"],
                _NOT_KNOWN if one["lifetime"] is None else _money(one["lifetime"]),
                _money(one["credit"]),
                one["missing"],
            )
            for one in found["near"]
        ],
    )


def _worth(found: Part) -> Iterator[str]:
    gain = found["gain"]
    yield f"<p>All outcomes together: <b>{_money(found['outcomes'])}</b>. A score, not a payout.</p>"
    rows = [
        Bar(f"{one['name']}, {time}", _amount(one[time]), _money(one[time]), faint=time == "expected")
        for one in found["owners"]
        for time in ("realised", "expected")
    ]
    yield bars(rows, "value by owner, realised and expected")
    yield table(
        ("whose, and from what", "realised", "expected", "total"),
        [(one["name"], *(_money(one[key]) for key in _TIMES)) for one in (*found["owners"], *found["parts"])],
    )
    if found["ranges"]:
        yield table(
            ("interval of", "5 %", "median", "95 %"),
            [(one["name"], *(_money(one[key]) for key in ("low", "median", "high"))) for one in found["ranges"]],
        )
    if gain["on_costs"] is None:
        yield "<p>Return on cost: not defined, for no cost is recorded.</p>"
    else:
        ends = "" if gain["low"] is None else f" ({gain['low']:.2f} to {gain['high']:.2f})"
        told = f"{gain['on_costs']:.2f}{ends} of value for each 1 of cost; costs {_money(gain['costs'])}"
        yield f"<p>Return on cost: {told}.</p>"
    if gain["cost_each"] is not None:
        told = f"{_money(gain['cost_each'])} of cost and {_money(gain['value_each'])} of value after it"
        yield f"<p>Each introduction that came about: {told}.</p>"
    yield f"<p><b>{escape(gain['advice'])}</b></p>"
    if found["grades"]:
        shares = ", ".join(f"{grade} {share:.0%}" for grade, share in zip("ABCD", found["grades"], strict=True))
        yield f"<p>Evidence behind the credits: {shares}.</p>"
    yield "".join(f"<p>{escape(one)}</p>" for one in (*found["assumptions"], *found["problems"]))


_TIMES = ("realised", "expected", "total")


def _evidence(found: Part) -> Iterator[str]:
    retention = found["retention"]
    yield "".join(f"<p>{escape(one)}</p>" for one in found["sentences"])
    known = {line["source"]: line["pi"] for line in found["lines"] if line["pi"] is not None}
    known["π as used"] = found["pi"]
    figures = {name: {"mean": pi["value"], "low": pi["low"], "high": pi["high"]} for name, pi in known.items()}
    yield dots(figures, served="π as used", label="π by each source, with its 95 % interval")
    yield table(
        ("source", "grade", "introduced", "business", "not", "business", "waiting"),
        [
            (line["source"], line["grade"], *_arm(line["introduced"]), *_arm(line["without"]), f"{line['waiting']:,}")
            for line in found["lines"]
        ],
    )
    arms = [("introduced", retention["introduced"]), ("held out", retention["held_out"])]
    rates = [(name, arm["rate"]) for name, arm in arms]
    yield bars(
        [Bar(name, rate or 0.0, _NOT_KNOWN if rate is None else f"{rate:.1%} stayed") for name, rate in rates],
        "seekers who are still customers, by arm",
    )
    yield table(
        ("arm", "decided needs", "seeker is still a customer"),
        [(name, f"{arm['count']:,.0f}", f"{arm['stayed']:,.0f}") for name, arm in arms],
    )
    effect = retention["effect"]
    if effect is not None:
        ends = f"{effect['low']:+.3f} to {effect['high']:+.3f}"
        yield f"<p>Effect of showing on staying: {effect['value']:+.3f} ({ends}).</p>"


def _cash(found: Sequence[Part]) -> Iterator[str]:
    yield table(
        ("kind", "realised", "dated later"),
        [(_words(one["kind"]), _money(one["realised"]), _money(one["expected"])) for one in found],
    )


def _demand(found: Part) -> Iterator[str]:
    yield (
        f"<p>{found['seeking']:,} needs seek a provider; nobody offers anything in the category of {found['unmet']:,}, "
        f"and {found['uncategorised']:,} have none.</p>"
    )
    clusters = found["clusters"]
    yield bars([Bar(one["name"], one["needs"], f"{one['needs']:,} needs") for one in clusters], "unmet needs")
    yield table(
        ("category", "needs", "seekers", "since", "stated budgets", "without a budget"),
        [
            (
                one["name"],
                f"{one['needs']:,}",
                f"{one['seekers']:,}",
                one["oldest"][:10],
                ", ".join(map(_money, one["budgets"])) or _NOT_KNOWN,
                f"{one['unpriced']:,}",
            )
            for one in clusters
        ],
    )


def _arm(arm: Part) -> tuple[str, str]:
    return f"{arm['count']:,.0f}", f"{arm['business']:,.0f}"


def _share(one: Part) -> str:
    return f"{one['good'] / one['judged']:.0%}" if one["judged"] else _NOT_KNOWN


def _words(name: str) -> str:
    return name.replace("_", " ")


def _days(stage: Part, unit: str = " days") -> str:
    value = stage["days"]["value"]
    return "not known" if value is None else f"{value:.1f}{unit}"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f}"


def _amount(money: Part) -> float:
    return float(money["amount"])


def _money(money: Part) -> str:
    return f"{Decimal(money['amount']):,} {money['currency']}"
