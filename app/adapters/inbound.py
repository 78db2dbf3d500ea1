"""What comes in signed after Standard Webhooks: the check of a signature, and a mail's answer in words.

(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.adapters.channels import secret_of, signature
from app.domain.contact import Answer

TOLERANCE_S = 300  # a request that is older, or from the future, is a replay or has a wrong clock
_WORDS: Mapping[str, Answer] = {
    "yes": Answer.YES,
    "y": Answer.YES,
    "no": Answer.NO,
    "n": Answer.NO,
    "not now": Answer.NOT_NOW,
    "later": Answer.NOT_NOW,
    "assistant": Answer.ASSISTANT,
    "person": Answer.PERSON,
    "call me": Answer.PERSON,
}
_STOP = frozenset({"stop", "unsubscribe"})
_MESSAGE_ID = re.compile(r"<(ctm_[0-9a-z]{1,60})@[^<>\s]{1,255}>")


@dataclass(frozen=True, slots=True)
class Receiver:
    """`secrets`: whoever signs with one of them is believed."""

    secrets: Sequence[bytes] = field(repr=False)

    @classmethod
    def stated(cls, secrets: str) -> "Receiver":
        """Misconfigured for a weak secret."""
        return cls(tuple(secret_of(one) for one in secrets.split()))

    def believes(self, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        """Whether one of its secrets has signed this id, time and body, lately."""
        message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not message_id or not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE_S:
            return False
        signed = f"{message_id}.{stamp}.".encode() + body
        given = [one.removeprefix("v1,") for one in headers.get("webhook-signature", "").split() if one[:3] == "v1,"]
        known = [signature(one, signed) for one in self.secrets]
        return any(hmac.compare_digest(one.encode(), other.encode()) for one in given for other in known)


def letter_id(in_reply_to: str) -> str | None:
    """Of the letter that is answered, by the Message-ID that we gave it."""
    found = _MESSAGE_ID.search(in_reply_to)
    return None if found is None else found[1]


def said(text: str) -> Answer | None:
    """The answer in the first line that says something; quoted text says nothing. None where a person has to read it.

    >>> said("Yes!\\n\\n> May we ask"), said("> yes"), said("Well, it depends")
    (<Answer.YES: 'yes'>, None, None)
    """
    return _WORDS.get(_first_line(text))


def says_stop(text: str) -> bool:
    return _first_line(text) in _STOP


def _first_line(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith(">")), "")
    return re.sub(r"[^a-z ]", "", first.lower()).strip()
