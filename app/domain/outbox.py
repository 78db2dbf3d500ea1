"""What other systems are told, kept in the graph until they have it.

waiting → sent once every channel has it; waiting → held when it cannot be delivered, until somebody tries again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.domain.errors import IllegalMove
from app.domain.ids import timed_id
from app.domain.job import JobRun
from app.domain.packed import canonical

# How long to wait after each try in vain, in seconds: a restart is over in five, a weekend's outage in three days.
DELAYS_S = (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 72_000, 86_400)
JITTER = 0.2  # so that what failed together is not tried together


class Topic(StrEnum):
    VALUE_SCORED = "value.scored"
    JOB_FAILED = "job.failed"
    GUARDRAIL_BROKEN = "guardrail.broken"
    AUDIT_ANCHORED = "audit.anchored"
    INTRODUCTION_OVERDUE = "introduction.overdue"
    PERSON_WANTED = "introduction.person_wanted"
    LETTER_HELD = "letter.held"
    DISPUTE_OPENED = "dispute.opened"


class MessageState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Message:
    """`payload`: what receivers get, canonical JSON. `reached`: channels that have it. `problem`: why the last try was
    in vain, in our words. `lease_until` and `fence` as of a job."""

    id: str
    topic: Topic
    subject_id: str
    payload: str
    created_at: datetime
    next_at: datetime
    state: MessageState = MessageState.WAITING
    tries: int = 0
    reached: tuple[str, ...] = ()
    problem: str | None = None
    sent_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0


def message(topic: Topic, subject_id: str, at: datetime, data: Mapping[str, Any]) -> Message:
    """The same id for the same event, always: whoever writes it again writes nothing new."""
    payload = canonical({"type": str(topic), "timestamp": at, "data": dict(data)}, default=datetime.isoformat)
    return Message(timed_id("Message", at, str(topic), subject_id), topic, subject_id, payload, at, at)


def job_failed(job: JobRun, at: datetime) -> Message:
    return message(Topic.JOB_FAILED, job.id, at, {"job_id": job.id, "job_type": job.type, "error": job.error})


def delivered(one: Message, channel: str) -> Message:
    return replace(one, reached=tuple(sorted({*one.reached, channel})))


def sent(one: Message, at: datetime) -> Message:
    return replace(one, state=MessageState.SENT, tries=one.tries + 1, sent_at=at, problem=None, lease_until=None)


def in_vain(one: Message, at: datetime, problem: str, *, final: bool = False) -> Message:
    """Waits longer after each try; held after the last, or at once where trying again is of no use."""
    tries = one.tries + 1
    if final or tries > len(DELAYS_S):
        return replace(one, state=MessageState.HELD, tries=tries, problem=problem, lease_until=None)
    return replace(one, tries=tries, problem=problem, next_at=at + _delay(one.id, tries), lease_until=None)


def tried_again(one: Message, at: datetime) -> Message:
    """By hand: at once, with all tries before it."""
    if one.state is MessageState.SENT:
        raise IllegalMove("This message was delivered.", allowed=())
    return replace(one, state=MessageState.WAITING, tries=0, next_at=at, problem=None)


def _delay(message_id: str, tries: int) -> timedelta:
    drawn = hashlib.sha256(f"{message_id}:{tries}".encode()).digest()[0] / 255
    return timedelta(seconds=DELAYS_S[tries - 1] * (1 + JITTER * (2 * drawn - 1)))
