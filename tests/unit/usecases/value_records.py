"""Facts of referral value from domain records, as the graph's columns would give them."""

from collections.abc import Mapping, Sequence

from app.domain.customer import Customer
from app.domain.introduction import Introduction
from app.domain.referral import CashFlow, Outcome, Referral
from app.ports.views import FactRows
from app.usecases.value_facts import Facts, gather, micros


def facts_of(
    customers: Sequence[Customer] = (),
    referrals: Sequence[Referral] = (),
    outcomes: Sequence[Outcome] = (),
    flows: Sequence[CashFlow] = (),
    introductions: Mapping[str, Introduction] | None = None,
) -> Facts:
    met = introductions or {}
    return gather(customers, [_referrals(referrals), _outcomes(outcomes, met), _flows(flows)], 1)


def _referrals(rows: Sequence[Referral]) -> FactRows:
    return _columns(
        "referrals",
        ("id", "recorded_at", "referrer_id", "referred_id", "at", "pi"),
        [(one.id, micros(one.at), one.referrer_id, one.referred_id, micros(one.at), one.pi) for one in rows],
    )


def _outcomes(rows: Sequence[Outcome], met: Mapping[str, Introduction]) -> FactRows:
    names = ("id", "recorded_at", "kind", "seeker_id", "provider_id", "referral_id", "introduced_at", "pi", "valid_at")
    found = []
    for one in rows:
        introduction = met.get(one.introduction_id or "")
        origin = one.valid_at if introduction is None else introduction.created_at
        parties = (one.seeker_id or "", one.provider_id or "", one.referral_id or "")
        who = [share.contributor_id for share in one.contributions], [share.beta for share in one.contributions]
        start = (one.id, micros(one.recorded_at), str(one.kind), *parties)
        found.append((*start, micros(origin), one.pi, micros(one.valid_at), *who))
    return _columns("outcomes", (*names, "contributor_ids", "betas"), found)


def _flows(rows: Sequence[CashFlow]) -> FactRows:
    return _columns(
        "flows",
        ("outcome_id", "kind", "ledger", "amount_minor", "currency", "valid_at", "recorded_at"),
        [
            (
                one.outcome_id,
                str(one.kind),
                str(one.ledger),
                one.money.minor,
                one.money.currency,
                micros(one.valid_at),
                micros(one.recorded_at),
            )
            for one in rows
        ],
    )


def _columns(kind: str, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> FactRows:
    return FactRows(kind, {name: [row[at] for row in rows] for at, name in enumerate(names)})
