"""A party's answer: by its link without an account, or told to a manager."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.access import Caller, Scope
from app.domain.audit import Happening
from app.domain.contact import ANSWERS_IN, Answer, ContactMessage, Side
from app.domain.errors import BadInput, Conflict, StaleVersion
from app.domain.introduction import Introduction, rested
from app.domain.outbox import Topic, message
from app.ports.outside import Clock
from app.ports.store import Store, Transaction
from app.usecases.audit import AuditTrail
from app.usecases.letters import Post
from app.usecases.match_policy import in_force
from app.usecases.moves import Step, find_introduction
from app.usecases.moving import MoveIntroduction

_SAID_NO = "It was declined."
CALL_DAYS = 2  # until when whoever asks for a person hears from one
AT_THE_LINK = Caller("link", frozenset({Scope.READ}))  # a link that we have signed is being read; nobody is known yet


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link is about, for whoever opens it. `open`: an answer is still waited for."""

    message: ContactMessage
    until: datetime
    open: bool


def party_of(one: ContactMessage) -> Caller:
    """A party moves its own introduction, and nothing else reads or writes by this."""
    return Caller(f"{one.side}:{one.customer_id}", frozenset({Scope.READ, Scope.WRITE}))


@dataclass(frozen=True, slots=True)
class AnswerByLink:
    """NotFound for a link that is none of ours."""

    store: Store
    clock: Clock
    post: Post
    record: "RecordAnswer"

    def shown(self, token: str) -> Asked:
        """What the link is about. Changes nothing."""
        message_id, until = self.post.links.read(token)

        def work(tx: Transaction) -> Asked:
            found = tx.letters.get([message_id])
            if not found:
                raise Conflict("This introduction is no more.")
            one = found[0]
            now = find_introduction(tx, one.introduction_id)
            return Asked(one, until, now.status is ANSWERS_IN[one.side] and self.clock() < until)

        return self.store.read(AT_THE_LINK, work)

    def __call__(self, token: str, answer: Answer) -> Introduction:
        """Conflict where no answer is waited for any more."""
        asked = self.shown(token)
        if not asked.open:
            raise Conflict("No answer is waited for any more.", remedy="Call us if something is wrong.")
        one = asked.message
        return self.record(party_of(one), one.introduction_id, one.side, answer)


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Yes and no are moves; not now lets it rest; whoever wants a person gets one."""

    store: Store
    clock: Clock
    trail: AuditTrail
    move: MoveIntroduction

    def __call__(
        self, caller: Caller, introduction_id: str, side: Side, answer: Answer, reason: str | None = None
    ) -> Introduction:
        """Conflict where this side is not being asked, or has just answered."""
        caller.require(Scope.WRITE)
        now = self.store.read(caller, lambda tx: find_introduction(tx, introduction_id))
        if now.status is not ANSWERS_IN[side]:
            raise Conflict(f"The {side} is not being asked now.")
        try:
            if answer is Answer.YES:
                return self.move(caller, introduction_id, Step("accept", now.version, reason=reason))
            if answer is Answer.NO:
                return self.move(caller, introduction_id, Step("decline", now.version, reason=reason or _SAID_NO))
            return self._change(caller, now, side, answer)
        except StaleVersion as error:
            raise Conflict("It has just been answered.", remedy="Look at it again.") from error

    def _change(self, caller: Caller, now: Introduction, side: Side, answer: Answer) -> Introduction:
        at, event_id = self.clock(), self.trail.draw()

        def work(tx: Transaction) -> Introduction:
            if answer is Answer.NOT_NOW:
                days = in_force(tx).policy.rest_after_not_now_days
                changed = rested(now, at, at + timedelta(days=days))
            else:
                changed = replace(
                    now, next_step=_CALLS[answer].format(side=side), due_at=at + timedelta(days=CALL_DAYS)
                )
            kept = tx.introductions.move(changed, expected_version=now.version)
            content = {"side": str(side), "answer": str(answer), "owner": kept.owner, "version": kept.version}
            self.trail.record(tx, event_id, Happening(now.id, f"introduction.{answer}", at, caller.id, content))
            if answer is not Answer.NOT_NOW:
                told = {"introduction_id": now.id, **content}
                tx.outbox.create(message(Topic.PERSON_WANTED, now.id, at, told))
            return kept

        return self.store.write(caller, work)


_CALLS = {
    Answer.PERSON: "Call the {side}: it wants to talk to a person.",
    Answer.ASSISTANT: "Call the {side}'s assistant: that is whom to ask.",
}


def check_answer(answer: str) -> Answer:
    """BadInput for a text that is none."""
    if answer not in list(Answer):
        raise BadInput(f"An answer is one of {', '.join(Answer)}.", pointer="answer")
    return Answer(answer)
