"""The demonstration's report: documents for machines and a short page for people, both from the same records; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from app.domain.community import Community
from app.domain.money import Money
from app.domain.statement import ValueStatement
from app.domain.suggestion import SuggestionSet
from app.domain.value import CustomerValue, ValueTotals

MOST_REASONS = 3  # of a suggestion on the page; the JSON has all
MOST_BLOCKED = 6  # left-out providers on the page
MOST_COMMUNITIES = 8
WIDTH = 110  # columns of the page


@dataclass(frozen=True, slots=True)
class Report:
    """`names`: of every customer that the other parts mention."""

    needs: Sequence[SuggestionSet]
    communities: Sequence[Community]
    values: Sequence[CustomerValue]
    names: Mapping[str, str]


def need_document(answer: SuggestionSet) -> dict[str, Any]:
    """As the demonstration's report has it; readers rely on exactly these keys. Chances are in the API's answers."""
    return {
        "id": answer.need_id,
        "text": answer.text,
        "seeker_id": answer.seeker_id,
        "suggestions": [
            {
                "customer_id": one.customer_id,
                "name": one.name,
                "rank": one.rank,
                "score": one.score,
                "explanations": [
                    {"feature": why.feature, "value": why.value, "sentence": why.sentence, "source": why.source}
                    for why in one.explanations
                ],
            }
            for one in answer.suggestions
        ],
        "none_because": answer.none_because,
        "blocked": [
            {
                "customer_id": one.customer_id,
                "reasons": [{"code": reason.code, "sentence": reason.sentence} for reason in one.reasons],
            }
            for one in answer.blocked
        ],
        "blocked_by_consent": answer.blocked_by_consent,
    }


def community_document(community: Community) -> dict[str, Any]:
    return {
        "id": community.id,
        "label": community.label,
        "size": community.size,
        "density": round(community.density, 6),
        "binding": None if community.binding is None else round(community.binding, 6),
        "freshness": community.freshness,
        "member_ids": list(community.member_ids),
    }


def value_document(value: CustomerValue, name: str) -> dict[str, Any]:
    return {
        "customer_id": value.customer_id,
        "name": name,
        "referral_value": money_document(value.referral),
        "introduction_value": money_document(value.introduction),
        "lifetime_value": None if value.clv is None else money_document(value.clv),
        "lifetime_value_source": value.clv_source,
        "lifetime_value_at": None if value.clv_at is None else value.clv_at.isoformat(),
        "lifetime_value_is_estimate": value.clv_is_estimate,
        "lifetime_value_interval": [money_document(end) for end in (value.clv_low, value.clv_high) if end is not None],
    }


def statement_document(made: ValueStatement) -> dict[str, Any]:
    return {
        "customer_id": made.value.customer_id,
        "valuation_at": made.valuation_at.isoformat(),
        "known_at": made.known_at.isoformat(),
        "referral_value": money_document(made.value.referral),
        "introduction_value": money_document(made.value.introduction),
        "credited_to": made.credited_to,
        "outcomes": [
            {
                "outcome_id": one.outcome_id,
                "pi": one.pi,
                "grade": one.grade,
                "value": money_document(one.value),
                "share": one.share,
                "chain": list(one.chain),
                "credit": money_document(one.credit),
                "credited_away": money_document(one.away),
            }
            for one in made.lines
        ],
        "other_outcomes": made.others,
        "stages": [{"name": one.name, "money": money_document(one.money)} for one in made.stages],
        "assumptions": list(made.assumptions),
        "not_known": list(made.not_known),
    }


def totals_document(totals: ValueTotals) -> dict[str, Any]:
    def share(value: CustomerValue) -> dict[str, Any]:
        return {
            "referral_value": money_document(value.referral),
            "introduction_value": money_document(value.introduction),
        }

    return {
        "customers": share(totals.customers),
        "operator": share(totals.operator),
        "unattributed": share(totals.unattributed),
        "outcomes": money_document(totals.outcomes),
        "conserved": totals.conserved,
    }


def money_document(money: Money) -> dict[str, str]:
    return {"amount": str(money.amount), "currency": money.currency}


def report_document(report: Report) -> dict[str, Any]:
    return {
        "needs": [need_document(answer) for answer in report.needs],
        "communities": [community_document(community) for community in report.communities],
        "values": [value_document(value, report.names[value.customer_id]) for value in report.values],
    }


def customer_ids(needs: Sequence[SuggestionSet], values: Sequence[CustomerValue]) -> list[str]:
    """Every customer whose name the page shows, each once, in the order of ids."""
    found = {value.customer_id for value in values}
    for answer in needs:
        found |= {one.customer_id for one in answer.blocked}
        if answer.seeker_id is not None:
            found.add(answer.seeker_id)
    return sorted(found)


def need_lines(answer: SuggestionSet, names: Mapping[str, str]) -> Iterator[str]:
    """One need with its suggestions, their reasons, and who was left out and why."""
    seeker = names.get(answer.seeker_id or "", "An example without a seeker")
    yield from _block(f"{seeker}: “{answer.text}”", "")
    for one in answer.suggestions:
        yield f"  {one.rank}. {one.name}  ({one.score:.2f}, {one.chance.band})"
        if one.chance.beneficial is not None:
            yield from _block(one.chance.sentence, "     ")
        if one.chance.fit is not None:
            yield from _block(one.chance.fit_sentence, "     ")
        for why in one.explanations[:MOST_REASONS]:
            yield from _block(f"– {why.sentence}", "     ")
    if answer.suggestions and answer.suggestions[0].chance.beneficial is None:
        counted = [stage.sentence for stage in answer.suggestions[0].chance.stages if stage.trials]
        if counted:
            yield from _block(f"Too little evidence for a chance: {' '.join(counted)}", "  ")
    if answer.none_because:
        yield from _block(f"Nobody: {answer.none_because}", "  ")
    for note in answer.notes:
        yield from _block(f"Note: {note}", "  ")
    for left in answer.blocked[:MOST_BLOCKED]:
        reasons = " ".join(reason.sentence for reason in left.reasons)
        yield from _block(f"left out: {names.get(left.customer_id, left.customer_id)} – {reasons}", "  ")
    if len(answer.blocked) > MOST_BLOCKED:
        yield f"  left out: {len(answer.blocked) - MOST_BLOCKED} more"
    if answer.blocked_by_consent:
        yield f"  left out without a name: {answer.blocked_by_consent} without consent"


def report_lines(report: Report) -> Iterator[str]:
    """The whole page."""
    yield "SUGGESTED INTRODUCTIONS"
    for answer in report.needs:
        yield ""
        yield from need_lines(answer, report.names)
    yield ""
    yield f"COMMUNITIES ({len(report.communities)}, largest first)"
    for community in report.communities[:MOST_COMMUNITIES]:
        yield f"  {community.size:>4} customers, {community.density:>4.0%} of ties  {community.label}"
    yield ""
    yield f"REFERRAL VALUE BESIDE LIFETIME VALUE (the {len(report.values)} highest)"
    yield f"  {'':34}{'referrals':>18}{'introductions':>18}{'lifetime':>18}"
    for value in report.values:
        lifetime = "–" if value.clv is None else _amount(value.clv)
        name = report.names[value.customer_id][:33]
        yield f"  {name:34}{_amount(value.referral):>18}{_amount(value.introduction):>18}{lifetime:>18}"


def _amount(money: Money) -> str:
    return f"{money.amount:,.0f} {money.currency}"


def _block(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
