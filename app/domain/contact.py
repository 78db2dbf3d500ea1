"""Messages to the parties of an introduction, and their answers.

waiting → claimed → leaving → sent; waiting again after a failure that surely delivered nothing; held, with an owner,
where that is not sure or trying again is of no use; cancelled where it no longer may go.

Invariant: from `leaving` on the receiver may have it, so it is never sent again by itself (P6): a relay that ends there
leaves it to a person.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.domain.customer import LedgerLine, Standing
from app.domain.errors import IllegalMove, NotFound
from app.domain.ids import derived_id
from app.domain.introduction import IntroductionStatus

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (60, 300, 1_800, 7_200, 28_800))
"""After each try in vain. Beyond the last it is held: an offer that is days late is a person's matter."""


class Side(StrEnum):
    SEEKER = "seeker"
    PROVIDER = "provider"


class Letter(StrEnum):
    """What a message is about."""

    OFFER = "offer"
    REMINDER = "reminder"
    INTRODUCED = "introduced"
    CANCELLED = "cancelled"


class ContactState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    LEAVING = "leaving"
    SENT = "sent"
    HELD = "held"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    NOT_NOW = "not_now"
    ASSISTANT = "assistant"  # ask somebody else for me
    PERSON = "person"  # I want to talk to a person


ANSWERS_IN: Mapping[Side, IntroductionStatus] = {
    Side.SEEKER: IntroductionStatus.OFFERED,
    Side.PROVIDER: IntroductionStatus.ACCEPTED_BY_ONE,
}
"""In which state a side is being asked."""


@dataclass(frozen=True, slots=True)
class ContactMessage:
    """One for each introduction, side and letter. `owner`: who has to see to it when it is held. `subject`, `body`: as
    they were when it was decided to send them; what was looked at is what goes out."""

    id: str
    introduction_id: str
    customer_id: str
    side: Side
    letter: Letter
    address: str
    subject: str
    body: str
    owner: str
    created_at: datetime
    next_at: datetime
    state: ContactState = ContactState.WAITING
    tries: int = 0
    problem: str | None = None
    sent_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0


def contact_id(introduction_id: str, side: Side, letter: Letter) -> str:
    """The same for the same letter, always: whoever writes it again writes nothing new."""
    return derived_id("ContactMessage", introduction_id, str(side), str(letter))


def ended(one: ContactMessage, at: datetime) -> ContactMessage:
    return replace(one, state=ContactState.SENT, tries=one.tries + 1, sent_at=at, problem=None, lease_until=None)


def failed(one: ContactMessage, at: datetime, problem: str, *, final: bool) -> ContactMessage:
    """Surely not delivered: waits longer after each try, or is held."""
    if final or one.tries >= len(DELAYS):
        return held(one, problem)
    return replace(
        one,
        state=ContactState.WAITING,
        tries=one.tries + 1,
        problem=problem,
        next_at=at + DELAYS[one.tries],
        lease_until=None,
    )


def held(one: ContactMessage, problem: str) -> ContactMessage:
    return replace(one, state=ContactState.HELD, tries=one.tries + 1, problem=problem, lease_until=None)


def cancelled(one: ContactMessage, problem: str) -> ContactMessage:
    return replace(one, state=ContactState.CANCELLED, problem=problem, lease_until=None)


def tried_again(one: ContactMessage, at: datetime) -> ContactMessage:
    """By its owner, who has found out that it was not delivered."""
    if one.state is not ContactState.HELD:
        raise IllegalMove(f"A message that is {one.state} is not tried again.", allowed=())
    return replace(one, state=ContactState.WAITING, tries=0, next_at=at, problem=None)


@dataclass(frozen=True, slots=True)
class Addressee:
    """What decides whether a letter may go to somebody, as it is now."""

    status: IntroductionStatus
    standing: Standing
    consents: tuple[LedgerLine, ...]
    stopped: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """Stops every message to a party at once, whatever else says that it may go."""

    id: str
    stopped: bool
    reason: str
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Signs what a party may answer without an account: message, until when; whoever has the link may answer once."""

    key: bytes

    def token(self, message_id: str, until: datetime) -> str:
        said = f"{message_id}.{int(until.timestamp())}"
        return f"{said}.{self._mac(said)}"

    def read(self, token: str) -> tuple[str, datetime]:
        """The message's id and until when; NotFound alike for whatever is no link of ours."""
        said, _, mac = token.rpartition(".")
        message_id, _, until = said.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(said).encode()) or not until.isdigit():
            raise NotFound("This link is not valid.")
        return message_id, datetime.fromtimestamp(int(until), UTC)

    def _mac(self, said: str) -> str:
        return hmac.new(self.key, b"answer\0" + said.encode(), hashlib.sha256).hexdigest()[:40]
