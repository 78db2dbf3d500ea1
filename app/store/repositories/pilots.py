"""What the evidence for referral value is made of: the decision log, introductions, and the business that followed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from app.domain.access import Scope
from app.domain.decision import policy_of
from app.domain.evidence import Business, DecidedPair, LoggedDecision
from app.domain.introduction import IntroductionStatus
from app.store.repositories.session import STREAM_BATCH, Session, batches
from app.store.rows import moment

_BEST = 40  # eligible that are read: twice as many as can be shown


class PilotRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def decisions(self) -> list[LoggedDecision]:
        found: list[LoggedDecision] = []
        for batch in self._batches("views/export_decisions", best=_BEST):
            chance = {version: policy_of(text).hold_out for version, text in batch["policies"]}
            found += (
                LoggedDecision(
                    need, seeker, moment(at), held, chance[policy], exempt, tuple(shown or ()), tuple(eligible or ())
                )
                for need, seeker, at, held, exempt, policy, shown, eligible in batch["lines"]
            )
        return found

    def pairs(self) -> list[DecidedPair]:
        return [
            DecidedPair(IntroductionStatus(status), seeker, provider, moment(at), bool(confidential))
            for batch in self._batches("views/export_pairs")
            for status, seeker, provider, at, confidential in batch["lines"]
        ]

    def business(self, seeker_ids: Sequence[str], *, until: datetime) -> list[Business]:
        """An outcome whose cash has yet to come is a promise: it is none."""
        found: list[Business] = []
        for some in batches(seeker_ids):
            for row in self._session.run(Scope.READ, "referrals/find_business", ids=list(some), until=until):
                if not row["flows"] or row["arrived"]:
                    found.append(Business(row["seeker_id"], row["provider_id"], moment(row["began_at"])))
        return found

    def left(self, customer_ids: Sequence[str]) -> set[str]:
        name = "customers/find_left_customers"
        return {
            row["id"] for some in batches(customer_ids) for row in self._session.run(Scope.READ, name, ids=list(some))
        }

    def _batches(self, name: str, **params: Any) -> Iterator[dict[str, Any]]:
        after = ""
        while True:
            rows = self._session.run(Scope.READ, name, after=after, limit=STREAM_BATCH, **params)
            if not rows or rows[0]["last"] is None:
                return
            after = rows[0]["last"]
            yield rows[0]
