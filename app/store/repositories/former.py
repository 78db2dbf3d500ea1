"""What referrals and outcomes said before they were saved with other content.

Referral value as of an earlier day rests on what was known then. So the content that a save replaces stays beside the
record, and the new one counts from a moment of its own: when the operator learned of it where the record says so and
that is later, else from when it was saved.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.access import Scope
from app.domain.referral import customers_among
from app.store.repositories.session import Session, batches
from app.store.rows import Properties

_INSTANT = timedelta(microseconds=1)  # what both engines can tell apart


@dataclass(frozen=True, slots=True)
class Former:
    """How former content of a label is kept: the statements `referrals/create_<stem>`, `referrals/delete_<stem>`.
    `learned`: the property that says when the operator learned of it. `states`: whether the record itself says so, in
    each version. `ties`: statements that tie the record to what the former content names."""

    stem: str
    field: str
    learned: str
    states: bool
    ties: tuple[tuple[str, Callable[[Properties], Iterable[str]]], ...]

    def since(self, before: Properties, after: Any, now: datetime) -> datetime:
        """From when the new content, of the record `after`, counts; always later than the one before."""
        held: datetime = before.get("known_since") or before[self.learned]
        learned: datetime = getattr(after, self.learned)
        if self.states and learned > held:
            return learned
        return max(now, held + _INSTANT)


def _parties(properties: Properties) -> Iterable[str]:
    named = (properties.get("seeker_id"), properties.get("provider_id"))
    return sorted({*(one for one in named if one is not None), *customers_among(properties.get("contributor_ids", ()))})


def _referral(properties: Properties) -> Iterable[str]:
    found = properties.get("referral_id")
    return () if found is None else (found,)


FORMER_OUTCOMES = Former(
    "former_outcome",
    "outcome_id",
    learned="recorded_at",
    states=True,
    ties=(
        ("referrals/link_former_outcome_party", _parties),
        ("referrals/link_former_outcome_referral", _referral),
    ),
)
FORMER_REFERRALS = Former(
    "former_referral",
    "referral_id",
    learned="at",
    states=False,  # its time is when it was made, which a correction does not move
    ties=(("referrals/link_former_referral_parties", lambda properties: (properties["referrer_id"],)),),
)


def keep(session: Session, former: Former, before: Mapping[str, Properties], after: Mapping[str, Any]) -> None:
    """By id of the record: what it said, and the record that is saved in its place."""
    now = datetime.now(UTC)
    rows = [
        {
            "id": key,
            "known_since": former.since(said, after[key], now),
            "properties": said | {"id": _version_id(key, said), former.field: key},
        }
        for key, said in sorted(before.items())
    ]
    for batch in batches(rows):
        session.run(Scope.WRITE, f"referrals/create_{former.stem}", rows=batch)
    for statement, names in former.ties:
        ties = [
            {"id": key, "by": _version_id(key, said), "other_id": other}
            for key, said in sorted(before.items())
            for other in names(said)
        ]
        for some in batches(ties):
            session.run(Scope.WRITE, statement, rows=some)


def forget(session: Session, former: Former, from_version: Sequence[tuple[str, int]]) -> None:
    """Of each record what it said as of this version and after."""
    rows = [{"id": key, "version": version} for key, version in from_version]
    for batch in batches(rows):
        session.run(Scope.ADMIN, f"referrals/delete_{former.stem}", rows=batch)


def _version_id(key: str, said: Properties) -> str:
    return f"{key}@{said['version']}"
