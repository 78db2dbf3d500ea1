"""Algorithms over the whole graph, by whichever engine computes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.domain.chance import Chance, Estimate
from app.domain.community import CommunityOptions
from app.domain.need import Need
from app.domain.peer import Peer
from app.domain.ranker import Ranker
from app.domain.suggestion import NeedQuery
from app.ports.outside import Progress, silent


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """What the snapshot holds and how old it is. `watermark` is that of the graph when it was taken."""

    watermark: int
    taken_at: datetime
    customers: int
    needs: int
    capabilities: int
    relationships: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Feature:
    """One raw signal of one candidate: what ranking and explanation are made of. `look_up` finds the detail, which only
    the few who are shown need: for all fifty it took 1 ms of 8."""

    name: str
    value: float
    rank: int
    look_up: Callable[[], str] = field(compare=False, repr=False)

    @property
    def detail(self) -> str:
        """A fact for the sentence (a category's name, the words two texts share, a date), never text that only the
        operator may see."""
        return self.look_up()


@dataclass(frozen=True, slots=True)
class Learned:
    """A version of the ranker that put candidates in order, and the second since 1970 that it counts ages from."""

    version: str
    ages_from: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider with raw features and its fused score, ungated. Ordered best first, ties by id. `learned`: None where
    rank fusion orders, which is everybody while no ranker serves, and else those behind the ranker's. `fit`: how often
    who stood out like this met the need; None where no ranker with a calibration serves."""

    provider_id: str
    score: float
    features: tuple[Feature, ...]
    learned: Learned | None = None
    fit: Estimate | None = None


@dataclass(frozen=True, slots=True)
class RankedBy:
    """`version` is None while rank fusion serves; `because` says why when it had to step in for a ranker."""

    version: str | None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What share of a customer's ties goes into a community, also by layer. `customer`: place in `customer_ids`."""

    customer: int
    community: int
    strength: float
    layers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CommunityAssignment:
    """`labels[i]` is the community (0, 1, …) of `customer_ids[i]`; `densities`, `names`, `bindings` and `freshness` per
    community. `memberships`: each customer's own community, and those that it leans to."""

    customer_ids: Sequence[str]
    labels: Sequence[int]
    densities: Sequence[float]
    names: Sequence[str]
    modularity: float
    method: str
    snapshot: SnapshotInfo
    bindings: Sequence[float] = ()
    memberships: Sequence[Assignment] = ()
    freshness: Sequence[float | None] = ()


class RankerVersions(Protocol):
    """Versions of the ranker that learned from this graph, and which of them serves."""

    def versions(self) -> Sequence[Ranker]:
        """Readable ones, the latest first."""
        ...

    def use(self, version: str | None) -> None:
        """Lets a version serve, or rank fusion. NotFound for an unknown one; Misconfigured for a damaged one."""
        ...

    def roll_back(self) -> str | None:
        """The version trained before the current one that passed its gate serves again, else rank fusion. NotFound
        when that serves already."""
        ...


class Analytics(Protocol):
    def refresh(self, progress: Progress, *, forced: bool = False) -> SnapshotInfo:
        """Takes a new snapshot when the graph's watermark has moved; atomically replaces the old one. `forced`: also
        when it has not, for writes that were not ours."""
        ...

    def info(self) -> SnapshotInfo:
        """Misconfigured with the remedy when there is none."""
        ...

    def candidates(self, query: NeedQuery, need: Need | None, *, count: int) -> Sequence[Candidate]:
        """The best `count`, ordered by the ranker that serves, else by reciprocal rank fusion of all signals; the same
        on every engine. `score` is the fused one in both cases."""
        ...

    def chances(self, candidates: Sequence[Candidate]) -> Sequence[Chance]:
        """Of each of them, by what became of past introductions and of the ranker's history."""
        ...

    def acceptance(self, scores: Sequence[float]) -> Sequence[float] | None:
        """For each score the chance that both sides accept; None while it is not calibrated."""
        ...

    def train(self, *, seed: int, at: datetime, progress: Progress) -> Ranker:
        """A new version of the ranker from the history in the graph; it serves if it passes its gate. Conflict when
        there is too little history, Misconfigured without the extra `ranker`."""
        ...

    def ranked_by(self) -> RankedBy:
        """Who orders candidates now."""
        ...

    def reorder(self, learned: Learned, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """As that version orders them, whichever serves now. Misconfigured or WrongVersion when it is gone."""
        ...

    def communities(self, options: CommunityOptions, *, progress: Progress = silent) -> CommunityAssignment: ...
    def similar(self, customer_id: str, *, count: int) -> Sequence[Peer]:
        """Who shares partners and categories with a customer, the most similar first."""
        ...

    def centrality(self, measure: str, *, progress: Progress = silent) -> Mapping[str, float]:
        """`pagerank`, `core` or `component` by customer id."""
        ...

    def similarity(self, *, count: int, progress: Progress = silent) -> Mapping[str, Sequence[tuple[str, float]]]:
        """The `count` (1 to 100) whose ties are most like its own, by customer id, best first."""
        ...

    def embedding(self, *, dimension: int, seed: int, progress: Progress = silent) -> Mapping[str, Sequence[float]]:
        """FastRP vectors by customer id; Misconfigured where there is no Graph Data Science."""
        ...
