"""The policy of introductions: what is in force, and what another one would have done differently."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from app.domain.access import Caller, Scope
from app.domain.asks import asks_of, refused
from app.domain.audit import place_of
from app.domain.facts import Party
from app.domain.introduction import Introduction
from app.domain.need import Need
from app.domain.policy import SWITCHES, MatchPolicy, approval, policy_from
from app.domain.sign_off import SignOff, SignOffState, Subject
from app.ports.outside import Clock
from app.ports.store import Store, Transaction

MOST_CHANGED = 50  # introductions that a preview lists
AT_ONCE = 1_000  # records read in one statement


@dataclass(frozen=True, slots=True)
class InForce:
    """`signed_off` is None while the operator has stated none: then every switch has its default."""

    policy: MatchPolicy
    signed_off: str | None


def in_force(tx: Transaction) -> InForce:
    found = tx.sign_offs.of_subject(Subject.POLICY, SignOffState.APPROVED, limit=1)
    return InForce(MatchPolicy(), None) if not found else InForce(policy_of(found[0]), found[0].id)


def policy_of(one: SignOff) -> MatchPolicy:
    """A switch that the signed policy does not know has its default."""
    return policy_from({name: value for name, value in one.document.items() if name in SWITCHES}, MatchPolicy())


@dataclass(frozen=True, slots=True)
class Changed:
    introduction_id: str
    mode_before: str
    mode_after: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Of the introductions proposed since `since`: by which mode they would have been decided, before and after; how
    many asks the contact budget would have refused, before and after. `changed`: at most MOST_CHANGED of `differing`.
    `not_known`: proposed before events were kept, so what was known of both then is not."""

    since: datetime
    introductions: int
    modes_before: Mapping[str, int]
    modes_after: Mapping[str, int]
    differing: int
    changed: tuple[Changed, ...]
    asks: int
    refused_before: int
    refused_after: int
    not_known: int


@dataclass(frozen=True, slots=True)
class PreviewPolicy:
    """Reads every introduction once: for a person who waits some seconds, not for each request."""

    store: Store
    clock: Clock

    def __call__(self, caller: Caller, stated: Mapping[str, Any], days: int) -> Preview:
        """BadInput for a switch that is unknown or out of range."""
        caller.require(Scope.READ)
        since = self.clock() - timedelta(days=days)
        return self.store.read(caller, lambda tx: _preview(tx, stated, since), patient=True)


def _preview(tx: Transaction, stated: Mapping[str, Any], since: datetime) -> Preview:
    before = in_force(tx).policy
    after = policy_from(stated, before)
    every = list(chain.from_iterable(tx.introductions.stream()))
    recent = [one for one in every if one.created_at >= since]
    needs, proposed = _needs(tx, recent), _as_proposed(tx, recent)
    modes: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    changed, unknown = [], 0
    for one in recent:
        parties = proposed.get(one.id)
        if parties is None:
            unknown += 1
            continue
        need = needs.get(one.need_id or "")
        was, now = (approval(policy, need, parties, one.created_at) for policy in (before, after))
        for counted, found in zip(modes, (was, now), strict=True):
            counted[str(found.mode)] += 1
        if was.mode is not now.mode:
            changed.append(Changed(one.id, str(was.mode), str(now.mode), now.because))
    asks = asks_of(every)
    counts = [sum(ask.at >= since for ask in refused(policy, asks)) for policy in (before, after)]
    return Preview(
        since=since,
        introductions=len(recent),
        modes_before=dict(sorted(modes[0].items())),
        modes_after=dict(sorted(modes[1].items())),
        differing=len(changed),
        changed=tuple(changed[:MOST_CHANGED]),
        asks=sum(ask.at >= since for ask in asks),
        refused_before=counts[0],
        refused_after=counts[1],
        not_known=unknown,
    )


def _needs(tx: Transaction, introductions: Sequence[Introduction]) -> Mapping[str, Need]:
    ids = sorted({one.need_id for one in introductions if one.need_id is not None})
    return {need.id: need for at in range(0, len(ids), AT_ONCE) for need in tx.needs.get(ids[at : at + AT_ONCE])}


def _as_proposed(tx: Transaction, introductions: Sequence[Introduction]) -> Mapping[str, Sequence[Party]]:
    """Both sides of each as the event of its proposal has them."""
    blank, found = Party("", ""), {}
    for event in tx.audit.at([place_of(one.id, 1) for one in introductions]):
        inputs = event.document.get("inputs", {})
        if inputs.keys() == {"seeker", "provider"}:
            found[event.subject_id] = [
                replace(blank, vetting=inputs[side]["vetting"]) for side in ("seeker", "provider")
            ]
    return found
