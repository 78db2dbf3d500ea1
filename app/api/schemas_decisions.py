"""The decision log on the wire."""

from typing import Any

from app.api.schemas import Out, TimeOut
from app.api.schemas_suggestions import ExplanationOut


class ShownOut(Out):
    """`rank` by score; `place` where it was shown (of a held-out need: would have been); `propensity`: with which
    chance the policy shows it there."""

    customer_id: str
    place: int
    rank: int
    score: float
    propensity: float
    explanations: list[ExplanationOut]


class DecisionOut(Out):
    """`eligible_ids`: whoever passed every gate, best first. Who did not is in no list, only in `gates_hash`.
    `exempt`: policy neither explores nor holds out, because a senior manager decides
    or the seeker is not in the pilot."""

    id: str
    need_id: str
    seeker_id: str | None
    decided_at: TimeOut
    decided_by: str
    policy: dict[str, Any]
    policy_version: str
    ranker: str
    seed: int
    exempt: bool
    limit: int
    threshold: float
    snapshot_watermark: int
    snapshot_at: TimeOut
    candidates_hash: str
    gates_hash: str
    held_out: bool
    explored: bool
    eligible_ids: list[str]
    shown: list[ShownOut]
