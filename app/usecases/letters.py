"""What parties are written: letters that follow from a move, in its transaction, and what becomes of those that wait.

Invariant: a letter is rendered when it is decided upon, with what may be told to its side by then: before both have
said yes no word of it names the other side or its contacts, or tells the provider what the seeker has said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.contact import (
    ANSWERS_IN,
    ContactMessage,
    ContactState,
    Letter,
    LinkSigner,
    Side,
    cancelled,
    contact_id,
)
from app.domain.customer import BuyingRole, Contact
from app.domain.introduction import OPEN, Introduction, IntroductionStatus
from app.domain.vouching import DISCLOSURE, vouched
from app.ports.outside import LetterText
from app.ports.store import Transaction
from app.usecases.moves import Known
from app.usecases.needs import category_name

ANSWER_PATH = "/a/"
_S = IntroductionStatus
_OFFERS: Mapping[IntroductionStatus, Side] = {status: side for side, status in ANSWERS_IN.items()}
_ROLES = (BuyingRole.DECIDER, BuyingRole.INFLUENCER, BuyingRole.USER, None, BuyingRole.GATEKEEPER)


@dataclass(frozen=True, slots=True)
class Post:
    """How parties are written to. `public_url`: where a party reaches this service, without a slash at the end."""

    text: LetterText
    links: LinkSigner
    operator: str
    public_url: str

    def link(self, message_id: str, until: datetime) -> str:
        return f"{self.public_url}{ANSWER_PATH}{self.links.token(message_id, until)}"


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made, what was known then, and the operator's own words to go with it."""

    before: Introduction
    after: Introduction
    what: Known
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A letter that follows from a move, before it is in words."""

    side: Side
    letter: Letter
    until: datetime | None = None


def write_letters(tx: Transaction, post: Post, moved: Moved) -> tuple[Side, ...]:
    """The letters that the move leads to; the sides that cannot be written to, because no address is known."""
    if moved.after.status not in OPEN:
        _call_back(tx, moved.after)
    return tuple(draft.side for draft in _drafts(tx, moved) if not _write(tx, post, moved, draft))


def write_reminder(tx: Transaction, post: Post, one: Introduction, what: Known) -> bool:
    """Once for each offer that has been out for the policy's days without an answer; whether it was written."""
    side = _OFFERS.get(one.status)
    letters = {letter.letter: letter for letter in tx.letters.of_introduction(one.id) if letter.side is side}
    offer = letters.get(Letter.OFFER)
    if side is None or offer is None or offer.sent_at is None or Letter.REMINDER in letters:
        return False
    if what.at < offer.sent_at + timedelta(days=what.policy.reminder_days):
        return False
    until = one.due_at or what.at + timedelta(days=what.policy.offer_days)  # later than the offer's, after a rest
    return _write(tx, post, Moved(one, one, what), _Draft(side, Letter.REMINDER, until))


def _drafts(tx: Transaction, moved: Moved) -> Iterator[_Draft]:
    before, after, what = moved.before, moved.after, moved.what
    side = _OFFERS.get(after.status)
    if side is not None and before.status is not after.status:
        until = what.at + timedelta(days=what.policy.offer_days)
        yield _Draft(side, Letter.OFFER, until)
    elif after.status is _S.INTRODUCED and before.status is _S.ACCEPTED:
        yield from (_Draft(one, Letter.INTRODUCED) for one in Side)
    elif after.status not in OPEN and after.status is not _S.COMPLETED:
        yield from (_Draft(one, Letter.CANCELLED) for one in _told(tx, before, after))


def _told(tx: Transaction, before: Introduction, after: Introduction) -> list[Side]:
    """Sides that have an offer of ours, and did not say no themselves."""
    has_it = {
        one.side
        for one in tx.letters.of_introduction(after.id)
        if one.letter is Letter.OFFER and one.state in (ContactState.SENT, ContactState.LEAVING)
    }
    said_no = {_OFFERS[before.status]} if after.status is _S.DECLINED and before.status in _OFFERS else set()
    return sorted(has_it - said_no)


def _call_back(tx: Transaction, ended: Introduction) -> None:
    """What has not left does not leave."""
    for one in tx.letters.of_introduction(ended.id):
        if one.state in (ContactState.WAITING, ContactState.CLAIMED):
            tx.letters.report(cancelled(one, "The introduction has ended."))


def _write(tx: Transaction, post: Post, moved: Moved, draft: _Draft) -> bool:
    introduction, what = moved.after, moved.what
    customer_id = introduction.seeker_id if draft.side is Side.SEEKER else introduction.provider_id
    contact = addressee(tx.contacts.of_customer(customer_id))
    if contact is None or contact.email is None:
        return False
    message_id = contact_id(introduction.id, draft.side, draft.letter)
    fields = _fields(tx, post, moved, draft) | {"name": contact.name, "note": moved.note}
    if draft.until is not None:
        fields |= {"link": post.link(message_id, draft.until), "until": f"{draft.until:%Y-%m-%d}"}
    subject, body = post.text(draft.side, draft.letter, fields)
    tx.letters.create(
        ContactMessage(
            id=message_id,
            introduction_id=introduction.id,
            customer_id=customer_id,
            side=draft.side,
            letter=draft.letter,
            address=contact.email,
            subject=subject,
            body=body,
            owner=introduction.owner or "",
            created_at=what.at,
            next_at=what.policy.next_open(what.at),
        )
    )
    return True


def addressee(contacts: list[Contact]) -> Contact | None:
    """Who decides, else who has a say; a gatekeeper last. Only who has an address."""
    reachable = [one for one in contacts if one.email]
    return min(reachable, key=lambda one: (_ROLES.index(one.buying_role), one.id), default=None)


def _fields(tx: Transaction, post: Post, moved: Moved, draft: _Draft) -> dict[str, str]:
    """What this side may read. `need`: the seeker's own words, to the seeker only, and not of a confidential need."""
    what = moved.what
    parties = {side: party for side, party, _ in what.sides}
    other_side = Side.PROVIDER if draft.side is Side.SEEKER else Side.SEEKER
    other = parties[str(other_side)]
    need, is_seeker = what.need, draft.side is Side.SEEKER
    is_open = need is not None and not need.confidential
    fields = {
        "operator": post.operator,
        "disclosure": DISCLOSURE,
        "vouching": vouched(0 if other is None else other.vetting, what.policy.vouch_most),
        "need": need.text if need is not None and is_open and is_seeker else "",
        "category": (category_name(tx, need) if is_open else None) or "",
    }
    if draft.letter is Letter.INTRODUCED and other is not None:
        person = addressee(tx.contacts.of_customer(other.id))
        fields |= {
            "other": other.name,
            "other_contact": "" if person is None else person.name,
            "other_address": "" if person is None else person.email or "",
        }
    return fields
