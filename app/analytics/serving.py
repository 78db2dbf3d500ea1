"""Candidates in the order of whoever serves: the registry's current ranker, else rank fusion.

A ranker that cannot be used (a damaged model, another version, LightGBM not installed) is refused by name and fusion
serves; `ranked_by` says so.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.analytics.candidates import Asked, best_candidates, candidate_pool
from app.analytics.columns import Float64
from app.analytics.ranker import POOL, matrix, newest, order, strengths
from app.analytics.registry import Registry, Serving
from app.analytics.topology import Topology
from app.domain.chance import Estimate
from app.domain.errors import IcrmError
from app.ports.analytics import Candidate, Learned, RankedBy

FUSION_SERVES = "Rank fusion serves instead."


@dataclass(frozen=True, slots=True)
class _Loaded:
    """`name` is what `current` said when it was read."""

    name: str | None
    serving: Serving | None
    because: str


class Rankers:
    """Safe for several threads; a version that another process has chosen serves from the next question on."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._loaded = _Loaded(None, None, "")
        self._loading = threading.Lock()
        self._newest: tuple[Topology, int] | None = None

    def best(self, topology: Topology, asked: Asked, *, count: int) -> Sequence[Candidate]:
        serving = self._load().serving
        if serving is None:
            return best_candidates(topology, asked, count=count)
        found = candidate_pool(topology, asked, count=max(count, POOL))
        learned = Learned(serving.facts.version, self._now(topology))
        places, scores = _ordered(serving, learned, found[:POOL])
        fits = _fits(serving, scores)
        first = [replace(found[place], learned=learned, fit=fits[place]) for place in places]
        return [*first, *found[POOL:]][:count]

    def reorder(self, learned: Learned, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        loaded = self._load()
        serving = loaded.serving if loaded.name == learned.version else None
        if serving is None:
            serving = self.registry.load(learned.version)
        return [candidates[place] for place in _ordered(serving, learned, candidates)[0]]

    def ranked_by(self) -> RankedBy:
        loaded = self._load()
        return RankedBy(loaded.name if loaded.serving else None, loaded.because)

    def _load(self) -> _Loaded:
        name = self.registry.current()
        if self._loaded.name != name:
            with self._loading:
                if self._loaded.name != name:
                    self._loaded = self._open(name)
        return self._loaded

    def _open(self, name: str | None) -> _Loaded:
        if name is None:
            return _Loaded(None, None, "")
        try:
            return _Loaded(name, self.registry.load(name), "")
        except IcrmError as error:
            return _Loaded(name, None, f"{error} {FUSION_SERVES}")

    def _now(self, topology: Topology) -> int:
        held = self._newest
        if held is None or held[0] is not topology:
            held = self._newest = (topology, newest(topology))
        return held[1]


def _ordered(serving: Serving, learned: Learned, candidates: Sequence[Candidate]) -> tuple[list[int], Float64]:
    """Places best first, and the score of each candidate: by itself, so that an order holds among any of them."""
    scores = serving.model.scores(matrix(candidates, learned.ages_from))
    ids = [one.provider_id for one in candidates]
    return order(ids, scores, np.array([one.score for one in candidates])), scores


def _fits(serving: Serving, scores: Float64) -> Sequence[Estimate | None]:
    """Of each candidate the share of such that met the need, when the ranker's history carries one."""
    curve = serving.calibration
    if curve is None:
        return [None] * len(scores)
    value, low, high = (axis.round(6).tolist() for axis in curve.at(strengths(scores)))
    return [Estimate(*ends, curve.trials) for ends in zip(value, low, high, strict=True)]
