"""Hard gates: who may not be introduced, with stable codes and the sentence for those allowed to see it.

Pure: the facts are read live by the caller, so a consent withdrawn a second ago already counts. Consent is a gate like
the others here, but whoever fails it must only be counted: neither id nor name may reach an answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.customer import LedgerLine, Purpose, Standing, has_consent
from app.domain.facts import GateFacts, Offer, Party, ProviderFacts
from app.domain.money import Money
from app.domain.need import Need, NeedStatus
from app.domain.place import distance_km
from app.domain.suggestion import NeedQuery, Reason

CONSENT = "consent"
COOL_DOWN = timedelta(days=90)  # after an introduction the pair rests, as after a decline
VETTED = 2  # V2: what a need that demands a licence asks of its provider
HOW_TO_RECORD_CONSENT = (
    "Record it with `icrm import … --consent-basis TEXT`, or import a file of consents with "
    "`icrm import native FOLDER`."
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: a recorded need, or an example in words."""

    text: str
    seeker_id: str | None = None
    category_id: str | None = None
    licence: str | None = None
    budget: Money | None = None
    place: tuple[float, float] | None = None
    need: Need | None = None

    @classmethod
    def of_need(cls, need: Need) -> "Question":
        place = _place(need.latitude, need.longitude)
        return cls(need.text, need.seeker_id, need.category_id, need.licence, need.budget, place, need)

    @classmethod
    def of_example(cls, query: NeedQuery) -> "Question":
        place = _place(query.latitude, query.longitude)
        return cls(query.text or "", query.seeker_id, query.category_id, query.licence, query.budget, place)


def _place(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    return None if latitude is None or longitude is None else (latitude, longitude)


def refuse_need(need: Need | None, at: datetime) -> str | None:
    """Why this need gets no suggestions at all, whoever could fill it. A need that was met may be asked about again."""
    if need is None:
        return None
    if not need.ongoing:
        return "This is an isolated transaction; introductions are for ongoing relationships."
    if need.status is NeedStatus.DETECTED:
        return "This need is not confirmed yet; confirm it with the customer first."
    if need.status is NeedStatus.WITHDRAWN:
        return "This need was withdrawn."
    if need.status is NeedStatus.EXPIRED or (need.expires_at is not None and need.expires_at <= at):
        return "This need has expired."
    return None


def refuse_seeker(facts: GateFacts, at: datetime) -> str | None:
    """Why this seeker gets no suggestions now."""
    if facts.seeker is None:
        return None
    if not has_consent(facts.seeker_consents, Purpose.SEEKER, at):
        return f"No consent to be introduced is recorded for the seeker. {HOW_TO_RECORD_CONSENT}"
    return {
        Standing.GOOD: None,
        Standing.COMPLAINT_OPEN: "The seeker has an open complaint; it is closed first.",
        Standing.HELD: "Introductions of the seeker are held because of a dispute.",
        Standing.LEFT: "The seeker is no longer a customer.",
    }[facts.seeker.standing]


def reasons_against(
    question: Question, seeker: Party | None, facts: ProviderFacts, *, at: datetime, related: bool
) -> tuple[Reason, ...]:
    """Every gate that this provider fails, consent first; empty means it may be suggested.

    `related`: history, text or taxonomy ties the provider to the need beyond the categories compared here.
    """
    found: list[Reason] = []
    if not provider_consents(facts.consents, at):
        found.append(Reason(CONSENT, "No consent to be introduced as a provider is recorded."))
    found += _standing(facts.party, at, question.licence)
    found += _ties(seeker, facts, at)
    found += _offers(question, facts, at, related)
    return tuple(found)


def provider_consents(ledger: tuple[LedgerLine, ...], at: datetime) -> bool:
    return has_consent(ledger, Purpose.PROVIDER, at)


def _standing(party: Party, at: datetime, licence: str | None) -> list[Reason]:
    found = []
    if party.standing is Standing.COMPLAINT_OPEN:
        found.append(Reason("complaint_open", "It has an open complaint."))
    if party.standing is Standing.HELD:
        found.append(Reason("held", "Its introductions are held because of a dispute."))
    if party.standing is Standing.LEFT:
        found.append(Reason("left", "It is no longer a customer."))
    required = VETTED if licence is not None else 0
    expires = party.vetting_expires_at
    if party.vetting < required:
        found.append(Reason("vetting", f"This need asks for vetting V{required}; it has V{party.vetting}."))
    elif required and expires is not None and expires <= at:
        found.append(Reason("vetting_expired", f"Its vetting ended on {expires:%Y-%m-%d}."))
    if party.open_slots is not None and party.open_slots <= 0:
        found.append(Reason("capacity", "It can take no further introduction now."))
    return found


def _ties(seeker: Party | None, facts: ProviderFacts, at: datetime) -> list[Reason]:
    if seeker is None:
        return []
    if seeker.id == facts.party.id:
        return [Reason("self", "It is the seeker itself.")]
    found = []
    if facts.conflicts:
        found.append(Reason("conflict", "There is a conflict of interest with the seeker."))
    if facts.competes:
        found.append(Reason("competitor", "It competes with the seeker."))
    if seeker.group_id is not None and seeker.group_id == facts.party.group_id:
        found.append(Reason("same_group", "It belongs to the seeker's own legal group."))
    last = facts.last_introduction_at
    if facts.open_introduction:
        found.append(Reason("open_introduction", "An introduction of the two is under way."))
    elif last is not None and at - last < COOL_DOWN:
        found.append(Reason("recent_introduction", f"The two were introduced in the last {COOL_DOWN.days} days."))
    return found


def _offers(question: Question, facts: ProviderFacts, at: datetime, related: bool) -> list[Reason]:
    """Gates on what it offers: passed as soon as one capability that fits the category passes them all."""
    valid = [offer for offer in facts.offers if _is_valid(offer, at)]
    if not valid:
        if facts.offers or not related:
            return [Reason("not_offered", "It does not offer this now.")]
        missing = question.licence is not None
        return [Reason("licence", "The licence that this need asks for is not recorded.")] if missing else []
    fitting = [offer for offer in valid if fits_category(question.category_id, offer.category_id)]
    if not fitting and not related:
        return [Reason("other_category", "What it offers is of another category.")]
    fitting = fitting or valid
    checked = [_offer(question, facts.party, offer) for offer in fitting]
    return min(checked, key=len)  # the first of the shortest: offers come in the order of their ids


def free_slots(question: Question, facts: ProviderFacts, at: datetime) -> int | None:
    """How many introductions for this need a provider that passes every gate can still take; None where no limit is
    recorded. Its own limit and that of the capabilities that the need can be met with: the smaller."""
    valid = [offer for offer in facts.offers if _is_valid(offer, at)]
    fitting = [offer for offer in valid if fits_category(question.category_id, offer.category_id)] or valid
    slots = [offer.open_slots for offer in fitting if not _offer(question, facts.party, offer)]
    limited = [count for count in slots if count is not None]
    bounds = [sum(limited)] if slots and len(limited) == len(slots) else []
    if facts.party.open_slots is not None:
        bounds.append(facts.party.open_slots)
    return min(bounds, default=None)


def fits_category(asked: str | None, offered: str | None) -> bool:
    """Whether one category contains the other or both lie in one branch below a section, by their dotted codes; an
    unknown category rules nothing out.

    >>> fits_category("construction.roof", "construction"), fits_category("construction.roof", "construction.garden")
    (True, False)
    >>> fits_category("construction.light.fixtures", "construction.light.wiring")
    True
    """
    if asked is None or offered is None or asked == offered:
        return True
    if asked.startswith(f"{offered}.") or offered.startswith(f"{asked}."):
        return True
    return asked.count(".") > 1 and asked.rsplit(".", 1)[0] == offered.rsplit(".", 1)[0]


def _is_valid(offer: Offer, at: datetime) -> bool:
    begins, ends = offer.valid_from, offer.valid_to
    return (begins is None or begins <= at) and (ends is None or ends > at)


def _offer(question: Question, party: Party, offer: Offer) -> list[Reason]:
    found = []
    if offer.open_slots is not None and offer.open_slots <= 0:
        found.append(Reason("capacity", "It can take no further introduction now."))
    home = _place(party.latitude, party.longitude)
    if offer.radius_km is not None and question.place is not None and home is not None:
        away = distance_km(question.place, home)
        if away > offer.radius_km:
            found.append(Reason("place", f"It is {away:.0f} km away and works within {offer.radius_km:.0f} km."))
    if question.licence is not None and question.licence not in offer.licences:
        found.append(Reason("licence", "The licence that this need asks for is not recorded."))
    return found + _ticket(question.budget, offer)


def _ticket(budget: Money | None, offer: Offer) -> list[Reason]:
    """Amounts in two currencies are not compared: without a rate nothing is known."""

    def outside(bound: Money | None, breaks: Callable[[int, int], bool]) -> bool:
        return (
            budget is not None
            and bound is not None
            and bound.currency == budget.currency
            and breaks(budget.minor, bound.minor)
        )

    if outside(offer.smallest, lambda asked, bound: asked < bound):
        return [Reason("ticket_below", "The deal is smaller than it takes.")]
    if outside(offer.largest, lambda asked, bound: asked > bound):
        return [Reason("ticket_above", "The deal is larger than it takes.")]
    return []


def is_counted_only(reasons: Sequence[Reason]) -> bool:
    """Whether the answer may only count this provider."""
    return any(reason.code == CONSENT for reason in reasons)
