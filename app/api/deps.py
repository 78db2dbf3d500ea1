"""What the routes are given: the services of the process, who is calling, and the headers that guard a write."""

import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Header, Request

from app.adapters.inbound import Receiver
from app.api.problems import Problem
from app.domain.access import Caller, Scope
from app.domain.decision import Policy
from app.domain.errors import NotSignedIn
from app.ports.analytics import Analytics, RankerVersions
from app.ports.outside import Clock, NewId
from app.ports.store import Store
from app.usecases.audit import AuditTrail
from app.usecases.keys import SignIn
from app.usecases.letters import Post
from app.usecases.once import Claim
from app.usecases.value_scoring import ScoreParameters


@dataclass(frozen=True, slots=True)
class Check:
    """One line of readiness: `name` engine, schema or gds; `ok` None where it does not apply."""

    name: str
    ok: bool | None
    detail: str


@dataclass(frozen=True)  # without slots, so that the defaults can be read off the class
class Limits:
    """`deadline_seconds`: an online request answers 503 after this. `receive_seconds`: a body must have arrived."""

    deadline_seconds: float = 2.0
    max_requests: int = 32
    max_body_bytes: int = 8 * 2**20
    max_import_bytes: int = 2**30
    receive_seconds: float = 10.0
    max_buffered_bytes: int = 20 * 2**20  # of all bodies at once; read as JSON they take three times that (P12: 64 MiB)
    max_streams: int = 64  # event streams, which hold no thread


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the API needs from the composition root. `wake` tells the job runner that there is work;
    `draining` is true from the moment the service is asked to stop. `record_needs`: suggestions for recorded needs go
    into the decision log unless a query says otherwise. `parameters`: of referral value, while nobody
    has signed any."""

    store: Store
    analytics: Analytics
    rankers: RankerVersions
    clock: Clock
    new_id: NewId
    auth: bool
    host: str
    upload_folder: Path
    limits: Limits
    ready: Callable[[], list[Check]]
    wake: Callable[[], None]
    draining: Callable[[], bool]
    parameters: ScoreParameters
    trail: AuditTrail
    post: Post | None
    receiver: Receiver | None
    policy: Policy = field(default_factory=Policy)
    record_needs: bool = False


ON_LOOPBACK = Caller("loopback", frozenset(Scope))  # authentication off: only ever on a loopback address


async def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Given = Annotated[Services, Depends(services)]


def signed_in(request: Request, given: Given) -> Caller:
    """401 without a valid key. The header is read by hand so that no part of it can be echoed by validation."""
    if not given.auth:
        return ON_LOOPBACK
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("This needs an API key.", remedy="Send Authorization: Bearer icrm_….")
    return SignIn(given.store)(token.strip())


SignedIn = Annotated[Caller, Depends(signed_in)]


@cache  # one dependency a scope: a route that asks twice is checked once
def _holding(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    async def caller(who: SignedIn) -> Caller:  # no I/O: a thread for it would cost more than the check
        who.require(scope)
        return who

    return caller


Reader = Annotated[Caller, Depends(_holding(Scope.READ))]
Writer = Annotated[Caller, Depends(_holding(Scope.WRITE))]
Runner = Annotated[Caller, Depends(_holding(Scope.RUN))]
Signer = Annotated[Caller, Depends(_holding(Scope.SIGN))]
Vetter = Annotated[Caller, Depends(_holding(Scope.VET))]
Admin = Annotated[Caller, Depends(_holding(Scope.ADMIN))]


async def signed(request: Request, given: Given) -> None:
    """401 without a signature of ours (Standard Webhooks), before the body is looked at."""
    raw: bytes = request.scope.get("icrm.body", b"")
    if given.receiver is None or not given.receiver.believes(request.headers, raw, time.time()):
        raise NotSignedIn(
            "This needs a signature of ours.", remedy="Sign as Standard Webhooks says, with ICRM_INBOUND_SECRET."
        )


Signed = Depends(signed)


async def expected_version(
    if_match: Annotated[
        str | None,
        Header(pattern='^"[0-9]{1,15}"$', description='The ETag that you read, such as "3". Needed: 428 without.'),
    ] = None,
) -> int:
    if if_match is None:
        raise Problem("precondition-required")
    return int(if_match.strip('"'))


ExpectedVersion = Annotated[int, Depends(expected_version)]

_KEY = Header(
    alias="Idempotency-Key",
    min_length=8,
    max_length=200,
    pattern=r"^[\x21-\x7e]+$",
    description="A fresh random value for each effect; a repeat with the same value gets the first answer.",
)


def _claim(request: Request, caller: Caller, key: str) -> Claim:
    """The record's id hides the key and keeps callers apart; the hash covers what was asked: method, path and body."""
    body: bytes = request.scope.get("icrm.body", b"")
    asked = b"\0".join((request.method.encode(), request.url.path.encode(), body))
    return Claim(
        record_id=hashlib.sha256(f"{caller.id}\0{key}".encode()).hexdigest(),
        request_hash=hashlib.sha256(asked).hexdigest(),
    )


def _optional_claim(scope: Scope) -> Callable[..., Awaitable[Claim | None]]:
    async def claim(
        request: Request, caller: Annotated[Caller, Depends(_holding(scope))], key: Annotated[str | None, _KEY] = None
    ) -> Claim | None:
        return _claim(request, caller, key) if key is not None else None

    return claim


async def required_claim(request: Request, caller: Writer, key: Annotated[str | None, _KEY] = None) -> Claim:
    if key is None:
        raise Problem("idempotency-key-required")
    return _claim(request, caller, key)


OptionalSignClaim = Annotated[Claim | None, Depends(_optional_claim(Scope.SIGN))]
OptionalRunClaim = Annotated[Claim | None, Depends(_optional_claim(Scope.RUN))]
OptionalVetClaim = Annotated[Claim | None, Depends(_optional_claim(Scope.VET))]
OptionalClaim = Annotated[Claim | None, Depends(_optional_claim(Scope.WRITE))]
RequiredClaim = Annotated[Claim, Depends(required_claim)]
