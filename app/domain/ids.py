"""Our own string ids: a prefix, an underscore and 26 characters of Crockford's base 32.

Three ways to make one: `new_id` sorts by time (ULID layout, https://github.com/ulid/spec); `derived_id` is a function
of the operator's own key, so that the same record imported twice, on either engine, gets the same id; `timed_id` is
both.
"""

import hashlib
import secrets
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26  # 128 bits in base 32, as ULID

PREFIXES = {
    "Customer": "cus",
    "Contact": "con",
    "Need": "need",
    "Capability": "cap",
    "Signal": "sig",
    "Introduction": "int",
    "Referral": "ref",
    "Outcome": "out",
    "CashFlow": "flow",
    "PiEvidence": "evi",
    "ExchangeRate": "rate",
    "Consent": "cns",
    "LegalGroup": "grp",
    "Relationship": "rel",
    "Acquaintance": "knw",
    "Community": "com",
    "Run": "run",
    "Record": "rec",
    "Job": "job",
    "Import": "imp",
    "ApiKey": "key",
    "Decision": "dec",
    "Message": "msg",
    "Report": "rep",
    "LedgerTotal": "led",
    "SignOff": "sgn",
    "AuditEvent": "evt",
    "ContactMessage": "ctm",
    "Dispute": "dsp",
    "Vetting": "vet",
}


def id_pattern(prefix: str) -> str:
    """Of every id that is taken from outside; ours are among them."""
    return rf"^{prefix}_[0-9a-z_]{{1,60}}$"


def new_id(kind: str, at: datetime) -> str:
    """A fresh id that sorts by `at` (milliseconds since 1970, 48 bits) and then at random (80 bits)."""
    milliseconds = int(at.timestamp() * 1000)
    return f"{PREFIXES[kind]}_{_encode((milliseconds << 80) | secrets.randbits(80))}"


def derived_id(kind: str, *parts: str) -> str:
    """The same id for the same parts, always: SHA-256 of the length-prefixed parts, cut to 128 bits."""
    digest = hashlib.sha256()
    for part in (kind, *parts):
        raw = part.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return f"{PREFIXES[kind]}_{_encode(int.from_bytes(digest.digest()[:16], 'big'))}"


def timed_id(kind: str, at: datetime, *parts: str) -> str:
    """The same id for the same time and parts, always; it sorts by `at` as a fresh one does."""
    digest = hashlib.sha256("\0".join((kind, *parts)).encode()).digest()
    milliseconds = int(at.timestamp() * 1000)
    return f"{PREFIXES[kind]}_{_encode((milliseconds << 80) | int.from_bytes(digest[:10], 'big'))}"


def _encode(number: int) -> str:
    characters = []
    for _ in range(LENGTH):
        number, digit = divmod(number, 32)
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))
