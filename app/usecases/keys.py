"""API keys: only their SHA-256 is stored, so a key is shown once, when it is made."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.access import Caller, Scope
from app.domain.errors import NotFound, NotSignedIn
from app.domain.job import ApiKey
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases.paging import every

PREFIX = "icrm_"  # lets secret scanners find a leaked key
BYTES = 32
_AT_THE_DOOR = Caller("sign-in", frozenset({Scope.READ, Scope.ADMIN}))  # nobody is known yet; reads one key by hash


@dataclass(frozen=True, slots=True)
class NewKey:
    """`secret` is the key itself: hand it over and forget it."""

    key: ApiKey
    secret: str


def hash_of(secret: str) -> str:
    """Plain SHA-256 is enough: a key has 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CreateKey:
    store: Store
    clock: Clock
    new_id: NewId

    def __call__(self, caller: Caller, name: str, scopes: Sequence[Scope]) -> NewKey:
        """A key that writes, runs jobs or signs reads too, because what it writes is compared with what is there; one
        that approves introductions writes."""
        caller.require(Scope.ADMIN)
        held = set(scopes) | ({Scope.WRITE} if {Scope.VET, Scope.DECIDE} & set(scopes) else set())
        held |= {Scope.READ} if {Scope.WRITE, Scope.RUN, Scope.SIGN} & held else set()
        secret = PREFIX + secrets.token_urlsafe(BYTES)
        key = ApiKey(
            id=self.new_id("ApiKey"),
            name=name,
            hash=hash_of(secret),
            scopes=tuple(sorted(held)),
            created_at=self.clock(),
        )
        self.store.write(caller, lambda tx: tx.keys.save(key))
        return NewKey(key, secret)


@dataclass(frozen=True, slots=True)
class RevokeKey:
    store: Store
    clock: Clock

    def __call__(self, caller: Caller, key_id: str) -> ApiKey:
        caller.require(Scope.ADMIN)
        at = self.clock()

        def work(tx: Transaction) -> ApiKey:
            key = _find(tx, key_id)
            if key.revoked_at is None:
                key = replace(key, revoked_at=at)
                tx.keys.save(key)
            return key

        return self.store.write(caller, work)


@dataclass(frozen=True, slots=True)
class SignIn:
    store: Store

    def __call__(self, secret: str) -> Caller:
        """NotSignedIn alike for an unknown and a revoked key."""
        wanted = hash_of(secret)
        key = self.store.read(_AT_THE_DOOR, lambda tx: tx.keys.by_hash(wanted))
        if key is None or key.revoked_at is not None:
            raise NotSignedIn("This API key is not valid.", remedy="Ask an administrator for a new one.")
        return Caller(key.id, frozenset(Scope(scope) for scope in key.scopes))


def _find(tx: Transaction, key_id: str) -> ApiKey:
    for key in every(tx.keys.page, lambda one: one.id):
        if key.id == key_id:
            return key
    raise NotFound("There is no such API key.")
