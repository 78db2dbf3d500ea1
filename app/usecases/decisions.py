"""The decision log: what is kept of a suggestion that is acted upon, and reading it again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from app.domain.access import Caller
from app.domain.decision import (
    FUSION,
    Decision,
    Features,
    Inputs,
    Policy,
    candidates_hash,
    decided,
    gates_hash,
    record_bytes,
    replay,
)
from app.domain.errors import NotFound
from app.domain.need import Need
from app.domain.suggestion import NeedQuery, Suggestion
from app.ports.analytics import Analytics, Candidate, Feature, Learned, SnapshotInfo
from app.ports.outside import NewId
from app.ports.store import Store


@dataclass(frozen=True, slots=True)
class Considered:
    """`eligible`: passed every gate and the threshold, best first. `outcomes`: everybody, with the gates failed.
    `region`: of the seeker."""

    query: NeedQuery
    need: Need
    eligible: Sequence[Candidate]
    outcomes: Sequence[tuple[str, Sequence[str]]]
    region: str | None

    def features(self) -> list[list[tuple[str, float, int]]]:
        return [[(one.name, one.value, one.rank) for one in candidate.features] for candidate in self.eligible]

    def ranker(self) -> str:
        return next((one.learned.version for one in self.eligible if one.learned), FUSION)

    def learned(self) -> tuple[int, int]:
        """Of how many the ranker made the order (they are the first), and from when it counts ages."""
        moments = [one.learned.ages_from for one in self.eligible if one.learned]
        return len(moments), moments[0] if moments else 0


@dataclass(frozen=True, slots=True)
class DecisionLog:
    policy: Policy
    new_id: NewId

    def decide(self, caller: Caller, considered: Considered, info: SnapshotInfo, at: datetime) -> Decision:
        """Who is shown, by the policy. It leaves alone whoever is not in the pilot, and confidential needs, of which a
        senior manager decides."""
        query, features = considered.query, considered.features()
        ranked = [(one.provider_id, one.score) for one in considered.eligible]
        draft = Decision(
            id=self.new_id("Decision"),
            need_id=considered.need.id,
            seeker_id=query.seeker_id,
            decided_at=at,
            decided_by=caller.id,
            day=f"{at:%Y-%m-%d}",
            policy="",
            policy_version="",
            ranker=considered.ranker(),
            seed=self.policy.seed,
            exempt=considered.need.confidential or not self.policy.covers(considered.region),
            shown_limit=query.limit,
            threshold=query.threshold,
            snapshot_watermark=info.watermark,
            snapshot_at=info.taken_at,
            gates_hash=gates_hash(considered.outcomes),
            candidates_hash=candidates_hash(dict(zip((one for one, _ in ranked), features, strict=True))),
            held_out=False,
            explored=False,
            eligible_ids=(),
            shown_ids=(),
            ranks=(),
            scores=(),
            propensities=(),
            inputs="",
        )
        return decided(draft, self.policy, ranked)

    def explained(self, decision: Decision, considered: Considered, shown: Sequence[Suggestion]) -> Decision:
        """With the ranking's inputs and the sentences as they were said."""
        said = [
            [[why.feature, why.value, why.contribution, why.sentence, why.source] for why in one.explanations]
            for one in shown
        ]
        return replace(decision, inputs=Inputs(considered.features(), said, considered.learned()).pack())


@dataclass(frozen=True, slots=True)
class ReadDecision:
    store: Store
    analytics: Analytics

    def __call__(self, caller: Caller, decision_id: str) -> Decision:
        found = self.store.read(caller, lambda tx: tx.decisions.get(decision_id))
        if found is None:
            raise NotFound("There is no such decision.")
        return found

    def replayed(self, caller: Caller, decision_id: str) -> tuple[Decision, Decision, bool]:
        """The record, what follows from its inputs, and whether the two are equal to the byte."""
        kept = self(caller, decision_id)
        again = replay(kept, partial(self._reordered, kept.ranker))
        return kept, again, record_bytes(kept) == record_bytes(again)

    def _reordered(self, version: str, scored: Sequence[tuple[str, float, Features]], ages_from: int) -> Sequence[str]:
        candidates = [
            Candidate(provider, score, tuple(Feature(*one, _nothing) for one in features))
            for provider, score, features in scored
        ]
        return [one.provider_id for one in self.analytics.reorder(Learned(version, ages_from), candidates)]


def _nothing() -> str:
    return ""
