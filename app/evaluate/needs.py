"""How often the provider who met a need would have been suggested: by what is served, and by simple methods.

Rolling blocks of time: each need is ranked by what was known before it (see `past.Protocol`), and models learn from
what was known before its block. `served` is rank fusion, until the blocks before open the gate of the ranker.
Candidates are not gated: most later contracts repeat a known pair, which a gate would remove.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import numpy as np

from app.analytics.calibration import calibrate, is_enough
from app.analytics.columns import Float64
from app.analytics.ranker import POOL, Model, newest, strengths
from app.analytics.replay import Block, MetNeed
from app.analytics.training import SHOWN, TRAINED_BEFORE, Decision, candidates_of, decision_of, fit_decisions
from app.domain.ranker import BlockResult, may_serve
from app.domain.ranking import WEIGHTS
from app.evaluate.past import BLOCKS, Past, Protocol
from app.ports.analytics import Candidate
from app.ports.outside import Progress
from graph_algos.evaluation import hit_at, reciprocal_rank

DEPTH = 300  # candidates looked at
RECENT = 500  # needs that recent popularity counts
CAP = 0.018  # of all places shown that one provider may have
SINGLE = ("random", "popularity of all", "recent popularity", *WEIGHTS)


@dataclass(slots=True)
class Found:
    """Of every judged need: the rank of its provider by each method (0: not found), and what slices it is in."""

    ranks: dict[str, list[int]] = field(default_factory=dict)
    slices: dict[str, list[bool]] = field(default_factory=dict)
    categories: list[str] = field(default_factory=list)  # names; empty: none
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
    """`decisions`: what can be learned from the need, each from the moment on at which it was known."""

    need: MetNeed
    candidates: Sequence[Candidate]
    decision: Decision
    decisions: Sequence[tuple[datetime, Decision]]


def judge(pasts: Sequence[Past], protocol: Protocol, *, seed: int, progress: Progress) -> Found:
    """All parts, block by block; figures of several parts are pooled over their needs."""
    found = Found()
    for past in pasts:
        _Part(past, protocol, seed, found).run(progress)
    return found


class _Part:
    def __init__(self, past: Past, protocol: Protocol, seed: int, found: Found) -> None:
        self.past, self.protocol = past, protocol
        self.seed = seed
        self.found = found
        self.needs = past.replay.met_needs()
        self.draw = np.random.default_rng(seed)
        self.learned: list[tuple[datetime, Decision]] = []
        self.judged: list[BlockResult] = []
        self.before: list[tuple[Float64, Float64]] = []  # how clear the shown ones were, and whether they were right

    def run(self, progress: Progress) -> None:
        for place, (begins_at, ranked) in enumerate(self._blocks()):
            progress("replaying blocks", place, BLOCKS)
            known = [decision for at, decision in self.learned if at < begins_at and decision.won >= 0]
            warm = place >= (1 if self.protocol.each_need else TRAINED_BEFORE) and known
            model = Model(fit_decisions(known, seed=self.seed)) if warm else None
            if model is not None or place >= self.protocol.warm_up:
                self._judge((begins_at, model), ranked, reported=place >= self.protocol.warm_up)
            self.learned += [decision for one in ranked for decision in one.decisions]
        progress("replaying blocks", BLOCKS, BLOCKS)

    def _blocks(self) -> Iterator[tuple[datetime, Sequence[_Ranked]]]:
        if not self.protocol.each_need:
            for block in self.past.replay.blocks(self.needs, count=BLOCKS, first=self.protocol.first):
                yield block.begins_at, _ranked(block)
            return
        answers: dict[tuple[datetime, str | None, str], list[MetNeed]] = defaultdict(list)
        for one in self.needs:
            answers[_question(one)].append(one)
        asked = sorted(filter(self.past.is_judged, self.needs), key=lambda one: (one.asked_at, one.id))
        asked = asked[int(len(asked) * self.protocol.first) :]
        cuts = [len(asked) * part // BLOCKS for part in range(BLOCKS + 1)]
        for start, end in pairwise(cuts):
            if start < end:
                some = [self._ranked_when_asked(one, answers[_question(one)]) for one in asked[start:end]]
                yield asked[start].asked_at, some

    def _ranked_when_asked(self, need: MetNeed, answers: Sequence[MetNeed]) -> _Ranked:
        """With everybody who met the same need as somebody to learn from."""
        block = Block(need.asked_at, [need], self.past.replay.before(need.asked_at))
        (one,) = _ranked(block)
        ids = list(one.decision.ids)
        held = [(other, ids.index(other.provider_id)) for other in answers if other.provider_id in ids]
        return replace(one, decisions=[(other.known_at, replace(one.decision, won=won)) for other, won in held])

    def _judge(self, by: tuple[datetime, Model | None], ranked: Sequence[_Ranked], *, reported: bool) -> None:
        begins_at, model = by
        history = _History([one for one in self.needs if one.known_at < begins_at])
        serves = model is not None and may_serve(self.judged, is_weights=model.weights is not None)
        fusion, learned, clear, hits = [], [], [], []
        lists: list[list[str]] = []
        for one in ranked:
            by_fusion = by_model = _by_fusion(one.candidates)
            if model is not None:
                scores = model.scores(one.decision.rows)
                places = one.decision.places(scores)
                by_model = [one.candidates[place].provider_id for place in places]
                by_model += [rest.provider_id for rest in one.candidates[POOL:]]
                shares = strengths(scores)
                clear += shares[places[:SHOWN]].tolist()
                hits += [float(place == one.decision.won) for place in places[:SHOWN]]
            fusion.append(_rank(by_fusion, one.need.provider_id))
            learned.append(_rank(by_model, one.need.provider_id))
            lists.append(by_model if serves else by_fusion)
            if reported and self.protocol.each_need:
                history = _History([other for other in self.needs if other.known_at < one.need.asked_at])
            if reported:
                self._note(one, history, (fusion[-1], learned[-1], serves))
        if model is not None:
            self.judged.append(_result(begins_at, np.array(fusion), np.array(learned)))
            self._calibrate(np.array(clear), np.array(hits), reported=reported)
        if reported:
            self.found.served_by.append("fusion" if model is None or not serves else model.kind)
            _expose(self.found, ranked, lists)

    def _note(self, one: _Ranked, history: "_History", standing: tuple[int, int, bool]) -> None:
        found, wanted = self.found, one.need.provider_id
        fusion, learned, serves = standing
        found.note("fusion", fusion)
        found.note("ranker", learned)
        found.note("served", learned if serves else fusion)
        for name, rank in history.ranks(wanted, self.draw).items():
            found.note(name, rank)
        for name in WEIGHTS:
            found.note(name, _by_signal(one.candidates, name, wanted))
        found.recall.append(_rank([candidate.provider_id for candidate in one.candidates], wanted))
        found.reachable.append(wanted in history.counts or fusion > 0)
        inside = {
            "new pair": (one.need.seeker_id, wanted) not in history.pairs,
            "known pair": (one.need.seeker_id, wanted) in history.pairs,
            "cold provider": wanted not in history.counts,
            "known provider": wanted in history.counts,
            "cold seeker": one.need.seeker_id not in history.seekers,
            "no text": not one.need.text.strip(),
        }
        names, category = self.past.replay.category_names, one.need.category_id
        found.categories.append(names.get(category, category) if category else "")
        for name, holds in inside.items():
            found.slices.setdefault(name, []).append(holds)

    def _calibrate(self, clear: Float64, hits: Float64, *, reported: bool) -> None:
        """Chances of this block by a curve that only earlier blocks have drawn."""
        earlier = [np.concatenate(part) for part in zip(*self.before, strict=True)]
        if reported and earlier and is_enough(earlier[1]):
            self.found.shown.append(calibrate(*earlier).at(clear)[0])
            self.found.hits.append(hits)
        self.before.append((clear, hits))


class _History:
    """What counting alone knows before a moment."""

    def __init__(self, before: Sequence[MetNeed]) -> None:
        self.counts = Counter(one.provider_id for one in before)
        self.pairs = {(one.seeker_id, one.provider_id) for one in before}
        self.seekers = {one.seeker_id for one in before}
        self._orders: Mapping[str, Mapping[str, int]] = {
            "popularity of all": _standing(self.counts),
            "recent popularity": _standing(Counter(one.provider_id for one in before[-RECENT:])),
        }

    def ranks(self, provider_id: str, draw: np.random.Generator) -> dict[str, int]:
        ranks = {name: standing.get(provider_id, 0) for name, standing in self._orders.items()}
        drawn = int(draw.integers(1, len(self.counts) + 1)) if self.counts else 0
        return ranks | {"random": drawn if provider_id in self.counts else 0}


def _standing(counts: Counter[str]) -> Mapping[str, int]:
    return {one: place for place, one in enumerate(sorted(counts, key=lambda one: (-counts[one], one)), start=1)}


def _ranked(block: Block) -> list[_Ranked]:
    now, ranked = newest(block.topology), []
    for need in block.needs:
        candidates = candidates_of(block, need, count=DEPTH)
        decision = decision_of(need, candidates, now)
        ranked.append(_Ranked(need, candidates, decision, [(need.known_at, decision)]))
    return ranked


def _question(need: MetNeed) -> tuple[datetime, str | None, str]:
    return need.asked_at, need.seeker_id, need.text


def _result(begins_at: datetime, fusion: Float64, learned: Float64) -> BlockResult:
    return BlockResult(
        begins_at=begins_at,
        needs=len(fusion),
        fusion_mrr=float(reciprocal_rank(fusion).mean()),
        ranker_mrr=float(reciprocal_rank(learned).mean()),
        fusion_top5=float(hit_at(fusion, SHOWN).mean()),
        ranker_top5=float(hit_at(learned, SHOWN).mean()),
    )


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
