"""Letters to parties, and their answers, on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.schemas import Body, Flag, Out, Short, TimeOut
from app.domain.contact import Answer, ContactState, Letter, Side
from app.domain.shared_evidence import Owner, Viewer


class ResponseIn(Body):
    """What a party has answered."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"side": "seeker", "answer": "yes", "reason": "on the phone"}]}
    )

    side: Side
    answer: Answer
    reason: Short | None = None


class LetterOut(Out):
    """Word for word as it is sent. `owner` sees to it when it is held; `problem`: why the last try was in vain."""

    id: str
    introduction_id: str
    customer_id: str
    side: Side
    letter: Letter
    address: str
    subject: str
    body: str
    state: ContactState
    owner: str
    tries: int
    problem: str | None
    created_at: TimeOut
    next_at: TimeOut
    sent_at: TimeOut | None


class LettersOut(Out):
    data: list[LetterOut]


class EvidenceOfOut(Out):
    """`owner`: whose fact it is; `use`: what it may be used for; `share`: who may read it; `at`: as of when, where that
    is known."""

    about: str
    sentence: str
    owner: Owner
    use: str
    share: list[Viewer]
    source: str
    at: TimeOut | None


class SharedEvidenceOut(Out):
    viewer: Viewer
    data: list[EvidenceOfOut]
    not_known: list[str]


class ReplyIn(Body):
    """`in_reply_to`: the header of that name, with the Message-ID of the letter; `sender`: the address it comes from;
    `text`: its words."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"sender": "ann@example.com", "in_reply_to": "<ctm_0123@bank.example>", "text": "YES"},
            ]
        },
    )

    sender: Short
    in_reply_to: Annotated[str, Field(max_length=2000)]
    text: Annotated[str, Field(max_length=100_000)]


class TakenOut(Out):
    taken: bool


class SwitchIn(Body):
    """`stopped`: from the next moment on nothing leaves."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"stopped": True, "reason": "A wrong message went out"}]}
    )

    stopped: Flag
    reason: Short


class SwitchOut(Out):
    """`changed_at` is null while nobody has ever stopped it."""

    stopped: bool
    reason: str | None
    changed_by: str | None
    changed_at: TimeOut | None
