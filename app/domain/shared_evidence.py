"""What is known for an introduction, and who may read which part of it.

One set of evidence, each piece with its owner, what it may be used for and who may see it; a viewer gets the pieces
that name it, and a list of what it is not told, made from those alone.

Invariant (P21, non-interference; Goguen & Meseguer, IEEE S&P 1982): what a viewer may not see changes nothing of what
it sees. So every piece is made from the facts of one owner, and no piece that a party may see is there, or is worded,
by a fact that it may not see: no score, no rank, no count of reasons, no gap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.customer import Consent, Customer, Signal
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.need import Need
from app.domain.sentences import OPERATOR_ONLY
from app.domain.suggestion import Explanation
from app.domain.vouching import DISCLOSURE, vouched

_MET = frozenset({IntroductionStatus.INTRODUCED, IntroductionStatus.COMPLETED, IntroductionStatus.DISPUTED})


class Viewer(StrEnum):
    SEEKER = "seeker"
    PROVIDER = "provider"
    MANAGER = "manager"
    AUDITOR = "auditor"


class Owner(StrEnum):
    SEEKER = "seeker"
    PROVIDER = "provider"
    OPERATOR = "operator"


STAFF = frozenset({Viewer.MANAGER, Viewer.AUDITOR})
_SEEKER = STAFF | {Viewer.SEEKER}
_PROVIDER = STAFF | {Viewer.PROVIDER}
_ALL = frozenset(Viewer)


@dataclass(frozen=True, slots=True)
class Evidence:
    """`use`: what it may be used for. `share`: who may read it. `at`: as of when, where that is known."""

    about: str
    sentence: str
    owner: Owner
    use: str
    share: frozenset[Viewer]
    source: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the evidence is made of. `reasons`: of the provider, as they were said when it was suggested."""

    introduction: Introduction
    seeker: Customer
    provider: Customer
    need: Need | None = None
    category: str | None = None
    reasons: Sequence[Explanation] = ()
    signals: Sequence[Signal] = ()
    consents: Sequence[Consent] = ()
    competes: bool = False
    conflicts: bool = False
    vouch_most: int = 4


@dataclass(frozen=True, slots=True)
class View:
    evidence: tuple[Evidence, ...]
    not_known: tuple[str, ...]


def view(facts: Facts, viewer: Viewer) -> View:
    """What this viewer may read, in a fixed order."""
    seen = tuple(one for one in evidence(facts) if viewer in one.share)
    told = {one.about for one in seen}
    return View(seen, tuple(text for about, text in _ASKED[viewer].items() if about not in told))


def evidence(facts: Facts) -> Iterator[Evidence]:
    """All of it."""
    yield from _of_the_need(facts)
    yield from _of_the_sides(facts)
    yield from _of_the_provider(facts)
    yield from _of_the_operator(facts)


def _of_the_need(facts: Facts) -> Iterator[Evidence]:
    need = facts.need
    if need is None:
        return
    yield Evidence("need", need.text, Owner.SEEKER, "matching", _SEEKER, need.source, need.known_at)
    if facts.category is not None:
        # Of a confidential need not even its kind is told before both have said yes to be named.
        share = _ALL if not need.confidential or facts.introduction.status in _MET else _SEEKER
        yield Evidence("category", f"It is about {facts.category}.", Owner.SEEKER, "matching", share, "taxonomy")
    if need.budget is not None:
        yield Evidence("budget", f"The budget is {need.budget}.", Owner.SEEKER, "matching", _SEEKER, need.source)


def _of_the_sides(facts: Facts) -> Iterator[Evidence]:
    met = facts.introduction.status in _MET
    for owner, customer, other in (
        (Owner.SEEKER, facts.seeker, _PROVIDER),
        (Owner.PROVIDER, facts.provider, _SEEKER),
    ):
        share = STAFF | other if met else STAFF
        own = _SEEKER if owner is Owner.SEEKER else _PROVIDER
        yield Evidence(f"{owner} name", customer.name, owner, "introduction", share | own, customer.source)
        wording = vouched(customer.vetting, facts.vouch_most)
        yield Evidence(f"{owner} vouching", wording, Owner.OPERATOR, "vouching", _ALL, "vetting")


def _of_the_provider(facts: Facts) -> Iterator[Evidence]:
    """Reasons that any customer may read go to the seeker; the operator's own reason to nobody outside, not even that
    there is one."""
    for why in facts.reasons:
        share = STAFF if why.feature == OPERATOR_ONLY else _SEEKER
        yield Evidence(f"reason {why.feature}", why.sentence, Owner.PROVIDER, "matching", share, why.source)


def _of_the_operator(facts: Facts) -> Iterator[Evidence]:
    yield Evidence("disclosure", DISCLOSURE, Owner.OPERATOR, "disclosure", _ALL, "operator")
    for side, customer in ((Owner.SEEKER, facts.seeker), (Owner.PROVIDER, facts.provider)):
        text = f"The {side} stands as {customer.standing}."
        yield Evidence(f"{side} standing", text, Owner.OPERATOR, "gates", STAFF, "operator")
    for one in sorted(facts.signals, key=lambda signal: signal.id):
        side = Owner.SEEKER if one.customer_id == facts.seeker.id else Owner.PROVIDER
        yield Evidence(f"{side} signal", one.text, side, "matching", STAFF, one.source, one.recorded_at)
    for line in sorted(facts.consents, key=lambda consent: consent.id):
        side = Owner.SEEKER if line.customer_id == facts.seeker.id else Owner.PROVIDER
        text = f"{'Yes' if line.granted else 'No'} to {', '.join(line.purposes)}: {line.basis}"
        yield Evidence(f"{side} consent", text, side, "consent", STAFF, line.source, line.recorded_at)
    if facts.competes:
        yield Evidence("competition", "The two compete.", Owner.OPERATOR, "gates", STAFF, "relationships")
    if facts.conflicts:
        text = "There is a conflict of interest."
        yield Evidence("conflict", text, Owner.OPERATOR, "gates", STAFF, "relationships")


_OF_THE_OTHER = "Who it is: you both say yes first."
_ASKED: Mapping[Viewer, Mapping[str, str]] = {
    Viewer.SEEKER: {
        "provider name": _OF_THE_OTHER,
        "need": "Which need it is for.",
        "reason quality": "How its work has gone for others here.",
        "reason place": "How far away it is.",
        "price": "What it asks for its work: that is between the two of you.",
    },
    Viewer.PROVIDER: {
        "seeker name": _OF_THE_OTHER,
        "category": "What kind of work it is.",
        "budget": "What it may cost.",
        "means": "Whether it can pay: we have not looked for you.",
    },
    Viewer.MANAGER: {
        "need": "Which need it is for.",
        "category": "Of which category the need is.",
        "budget": "What the deal is worth.",
        "reason quality": "How the provider's work has gone for others here.",
    },
    Viewer.AUDITOR: {"need": "Which need it is for.", "budget": "What the deal is worth."},
}
"""What a viewer would ask, and what it is told where nothing that it may see answers it."""
