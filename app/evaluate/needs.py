"""How often the provider who met a need would have been suggested: by what is served, and by simple methods.

Rolling blocks of time: each need is ranked by what was known before its block began, and models learn from earlier
blocks only. `served` is rank fusion, until the ranker has beaten it in both of the two blocks before. Candidates are
not gated: most later contracts repeat a known pair, which a gate would remove.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.analytics.calibration import calibrate, is_enough
from app.analytics.columns import Float64
from app.analytics.ranker import POOL, Model, newest, strengths
from app.analytics.replay import Block, MetNeed, Replay
from app.analytics.training import (
    GATE_BLOCKS,
    SHOWN,
    TRAINED_BEFORE,
    Decision,
    candidates_of,
    decision_of,
    fit_decisions,
)
from app.domain.ranking import WEIGHTS
from app.ports.analytics import Candidate
from app.ports.outside import Progress
from graph_algos.evaluation import hit_at, reciprocal_rank

BLOCKS = 12
FIRST_BLOCK = 0.2  # share of the needs that is history only
WARM_UP = 6  # blocks that only teach and let the gate judge: six are reported, the last 40 % of the needs
DEPTH = 300  # candidates looked at
RECENT = 500  # needs that recent popularity counts
CAP = 0.018  # of all places shown that one provider may have
SINGLE = ("random", "popularity of all", "recent popularity", *WEIGHTS)


@dataclass(slots=True)
class Found:
    """Of every judged need: the rank of its provider by each method (0: not found), and what slices it is in."""

    ranks: dict[str, list[int]] = field(default_factory=dict)
    slices: dict[str, list[bool]] = field(default_factory=dict)
    recall: list[int] = field(default_factory=list)  # place among candidates, 0: not among them
    reachable: list[bool] = field(default_factory=list)
    shown: list[Float64] = field(default_factory=list)  # a block's calibrated chances of the first five
    hits: list[Float64] = field(default_factory=list)
    exposure: Counter[str] = field(default_factory=Counter)
    capped: list[bool] = field(default_factory=list)
    served_by: list[str] = field(default_factory=list)  # a block each

    def note(self, method: str, rank: int) -> None:
        self.ranks.setdefault(method, []).append(rank)

    def column(self, method: str) -> Float64:
        return np.array(self.ranks[method], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Ranked:
    need: MetNeed
    candidates: Sequence[Candidate]
    decision: Decision


def judge(replays: Sequence[Replay], *, seed: int, progress: Progress) -> Found:
    """All parts, block by block; figures of several parts are pooled over their needs."""
    found = Found()
    for replay in replays:
        _Part(replay, seed, found).run(progress)
    return found


class _Part:
    def __init__(self, replay: Replay, seed: int, found: Found) -> None:
        self.seed = seed
        self.found = found
        self.needs = replay.met_needs()
        self.blocks = replay.blocks(self.needs, count=BLOCKS, first=FIRST_BLOCK)
        self.learned: list[Decision] = []
        self.won: list[bool] = []  # whether the ranker beat fusion, by judged block
        self.past: list[tuple[Float64, Float64]] = []  # how clear the shown ones were, and whether they were right

    def run(self, progress: Progress) -> None:
        for place, block in enumerate(self.blocks):
            progress("replaying blocks", place, BLOCKS)
            ranked = _ranked(block)
            if place >= TRAINED_BEFORE and any(one.won >= 0 for one in self.learned):
                self._judge(block, ranked, reported=place >= WARM_UP)
            self.learned += [one.decision for one in ranked]
        progress("replaying blocks", BLOCKS, BLOCKS)

    def _judge(self, block: Block, ranked: Sequence[_Ranked], *, reported: bool) -> None:
        model = Model(fit_decisions(self.learned, seed=self.seed))
        before = [one for one in self.needs if one.known_at < block.begins_at]
        history = _History(before, self.seed)
        serves = len(self.won) >= GATE_BLOCKS and all(self.won[-GATE_BLOCKS:])
        fusion, learned, clear, hits = [], [], [], []
        lists: list[list[str]] = []
        for one in ranked:
            scores = model.scores(one.decision.rows)
            places = one.decision.places(scores)
            by_model = [one.candidates[place].provider_id for place in places]
            by_model += [rest.provider_id for rest in one.candidates[POOL:]]
            by_fusion = _by_fusion(one.candidates)
            fusion.append(_rank(by_fusion, one.need.provider_id))
            learned.append(_rank(by_model, one.need.provider_id))
            shares = strengths(scores)
            clear += shares[places[:SHOWN]].tolist()
            hits += [float(place == one.decision.won) for place in places[:SHOWN]]
            lists.append(by_model if serves else by_fusion)
            if reported:
                self._note(one, history, (fusion[-1], learned[-1], serves))
        self._close(np.array(fusion), np.array(learned))
        self._calibrate(np.array(clear), np.array(hits), reported=reported)
        if reported:
            self.found.served_by.append("ranker" if serves else "fusion")
            _expose(self.found, ranked, lists)

    def _note(self, one: _Ranked, history: "_History", standing: tuple[int, int, bool]) -> None:
        found, wanted = self.found, one.need.provider_id
        fusion, learned, serves = standing
        found.note("fusion", fusion)
        found.note("ranker", learned)
        found.note("served", learned if serves else fusion)
        for name, rank in history.ranks(wanted).items():
            found.note(name, rank)
        for name in WEIGHTS:
            found.note(name, _by_signal(one.candidates, name, wanted))
        found.recall.append(_rank([candidate.provider_id for candidate in one.candidates], wanted))
        found.reachable.append(wanted in history.counts or fusion > 0)
        inside = {
            "new pair": (one.need.seeker_id, wanted) not in history.pairs,
            "known pair": (one.need.seeker_id, wanted) in history.pairs,
            "cold provider": wanted not in history.counts,
            "cold seeker": one.need.seeker_id not in history.seekers,
        }
        for name, holds in inside.items():
            found.slices.setdefault(name, []).append(holds)

    def _close(self, fusion: Float64, learned: Float64) -> None:
        better = reciprocal_rank(learned).mean() > reciprocal_rank(fusion).mean()
        self.won.append(bool(better and hit_at(learned, SHOWN).mean() >= hit_at(fusion, SHOWN).mean()))

    def _calibrate(self, clear: Float64, hits: Float64, *, reported: bool) -> None:
        """Chances of this block by a curve that only earlier blocks have drawn."""
        earlier = [np.concatenate(part) for part in zip(*self.past, strict=True)]
        if reported and earlier and is_enough(earlier[1]):
            self.found.shown.append(calibrate(*earlier).at(clear)[0])
            self.found.hits.append(hits)
        self.past.append((clear, hits))


class _History:
    """What counting alone knows before a block."""

    def __init__(self, before: Sequence[MetNeed], seed: int) -> None:
        self.counts = Counter(one.provider_id for one in before)
        self.pairs = {(one.seeker_id, one.provider_id) for one in before}
        self.seekers = {one.seeker_id for one in before}
        self._orders: Mapping[str, Mapping[str, int]] = {
            "popularity of all": _standing(self.counts),
            "recent popularity": _standing(Counter(one.provider_id for one in before[-RECENT:])),
        }
        self._draw = np.random.default_rng(seed)

    def ranks(self, provider_id: str) -> dict[str, int]:
        ranks = {name: standing.get(provider_id, 0) for name, standing in self._orders.items()}
        drawn = int(self._draw.integers(1, len(self.counts) + 1)) if self.counts else 0
        return ranks | {"random": drawn if provider_id in self.counts else 0}


def _standing(counts: Counter[str]) -> Mapping[str, int]:
    return {one: place for place, one in enumerate(sorted(counts, key=lambda one: (-counts[one], one)), start=1)}


def _ranked(block: Block) -> list[_Ranked]:
    now, ranked = newest(block.topology), []
    for need in block.needs:
        candidates = candidates_of(block, need, count=DEPTH)
        ranked.append(_Ranked(need, candidates, decision_of(need, candidates, now)))
    return ranked


def _by_fusion(candidates: Sequence[Candidate]) -> list[str]:
    return [one.provider_id for one in sorted(candidates, key=lambda one: (-one.score, one.provider_id))]


def _rank(ids: Sequence[str], wanted: str) -> int:
    return ids.index(wanted) + 1 if wanted in ids else 0


def _by_signal(candidates: Sequence[Candidate], name: str, wanted: str) -> int:
    """Rank by one signal alone; equals by id, so that fusion does not help."""
    known = sorted(
        (feature.rank, one.provider_id) for one in candidates for feature in one.features if feature.name == name
    )
    return _rank([provider_id for _, provider_id in known], wanted)


def _expose(found: Found, ranked: Sequence[_Ranked], lists: Sequence[Sequence[str]]) -> None:
    """Who is shown how often, and whether the right one is still among five when nobody may have more than the cap."""
    most = max(1, int(CAP * SHOWN * len(lists)))
    given: Counter[str] = Counter()
    for one, ids in zip(ranked, lists, strict=True):
        found.exposure.update(ids[:SHOWN])
        chosen = [other for other in ids if given[other] < most][:SHOWN]
        given.update(chosen)
        found.capped.append(one.need.provider_id in chosen)
