"""What was suggested for a need, by which policy, with which chance: the log that later learning and audits rest on.

Invariant: a `Decision` holds every input of the pure ranking and of the policy, so that score, order and propensity
are computed again from the record alone (`replay`), to the byte. Nothing but + - * / is used on the way: unlike
exponentials, these give the same bytes on every machine.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from app.domain.errors import Misconfigured
from app.domain.packed import canonical, damaged, pack, unpack
from app.domain.ranking import WEIGHTS, K, fuse

FUSION = "fusion"
_THIS = "this decision"
WINDOW = 10  # next in line among whom exploration draws: further down they are hardly worth the trust they cost
HELD_OUT = (
    "This need is held out by policy: nothing is shown for it, so that the effect of introductions can be measured."
)
Ranked = Sequence[tuple[str, float]]
"""Providers that pass every gate with their score, best first."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`exploration`: chance that the last place shown goes to one of the next in line instead. `hold_out`: share of
    needs for which nothing is shown. Both are drawn from hashes of seed and need (exploration: and day), so that the
    same question on the same day has the same answer. `regions`: of the seekers among whom that is done, of a pilot;
    all when empty."""

    exploration: float = 0.05
    hold_out: float = 0.0
    seed: int = 0
    regions: tuple[str, ...] = ()
    window: int = WINDOW
    k: int = K
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))

    def text(self) -> str:
        """Without a pilot as before there were pilots: older records are replayed to the byte."""
        stated = {**asdict(self), "weights": dict(self.weights)}
        if not self.regions:
            del stated["regions"]
        return canonical(stated)

    @property
    def version(self) -> str:
        return _hash(self.text())

    def covers(self, region: str | None) -> bool:
        return not self.regions or region in self.regions

    def holds_out(self, need_id: str) -> bool:
        return self._draw("hold-out", need_id) < self.hold_out

    def explores(self, need_id: str, day: str) -> bool:
        return self._draw("explore", need_id, day) < self.exploration

    def choose(self, ranked: Ranked, limit: int, need_id: str, day: str) -> "Choice":
        """Who is shown and with which chance. Only the last place ever varies; whoever stands there otherwise keeps
        1 - exploration, each of the next in line its share of exploration by score."""
        places = list(range(min(limit, len(ranked))))
        propensities = [1.0] * len(places)
        following = ranked[limit : limit + self.window]
        if not following or not self.exploration:
            return Choice(tuple(places), tuple(propensities), explored=False)
        if not self.explores(need_id, day):
            propensities[-1] = 1.0 - self.exploration
            return Choice(tuple(places), tuple(propensities), explored=False)
        total = sum(score for _, score in following)
        chances = [score / total if total else 1.0 / len(following) for _, score in following]
        point, last = self._draw("place", need_id, day), len(following) - 1
        drawn = next((at for at, reached in enumerate(accumulate(chances)) if point < reached), last)
        places[-1], propensities[-1] = limit + drawn, self.exploration * chances[drawn]
        return Choice(tuple(places), tuple(propensities), explored=True)

    def _draw(self, what: str, *parts: str) -> float:
        """In [0, 1): 53 bits of a hash, as many as a double holds."""
        raw = canonical([self.seed, what, *parts]).encode()
        return (int.from_bytes(hashlib.sha256(raw).digest()[:8], "big") >> 11) / 2**53


@dataclass(frozen=True, slots=True)
class Choice:
    """`places`: indexes into the ranking, in the order shown."""

    places: tuple[int, ...]
    propensities: tuple[float, ...]
    explored: bool


Features = Sequence[tuple[str, float, int]]


@dataclass(frozen=True, slots=True)
class Inputs:
    """`features`: (name, value, rank) of each eligible provider; `said`: the explanations of each that was chosen.
    `learned`: how many of the first were put in order by the ranker, and the second that it counts ages from."""

    features: Sequence[Sequence[tuple[str, float, int]]]
    said: Sequence[Sequence[Sequence[Any]]] = ()
    learned: tuple[int, int] = (0, 0)

    def pack(self) -> str:
        """About 7 kB for fifty providers."""
        held: dict[str, Any] = {"features": self.features, "said": self.said}
        if self.learned[0]:
            held["learned"] = self.learned
        return pack(held)

    @classmethod
    def unpack(cls, text: str) -> "Inputs":
        """Misconfigured for a record that somebody has damaged."""
        return unpack(text, cls._of, of=_THIS)

    @classmethod
    def _of(cls, held: Mapping[str, Any]) -> "Inputs":
        features = [[(str(name), float(value), int(rank)) for name, value, rank in one] for one in held["features"]]
        count, ages_from = held.get("learned", (0, 0))
        return cls(features, held["said"], (int(count), int(ages_from)))


@dataclass(frozen=True, slots=True)
class Decision:
    """`shown_ids` in the order shown (of a held-out need: what would have been), each with its rank by score, its score
    and its propensity. `eligible_ids`: whoever passed every gate, best first; those who did not are in no list, only in
    `gates_hash`. `exempt`: neither explored nor held out, because a senior manager decides or the seeker is not
    in the pilot. `policy`: canonical JSON; `inputs`: see `Inputs`."""

    id: str
    need_id: str
    seeker_id: str | None
    decided_at: datetime
    decided_by: str
    day: str
    policy: str
    policy_version: str
    ranker: str
    seed: int
    exempt: bool
    shown_limit: int
    threshold: float
    snapshot_watermark: int
    snapshot_at: datetime
    gates_hash: str
    candidates_hash: str
    held_out: bool
    explored: bool
    eligible_ids: tuple[str, ...]
    shown_ids: tuple[str, ...]
    ranks: tuple[int, ...]
    scores: tuple[float, ...]
    propensities: tuple[float, ...]
    inputs: str


def decided(draft: Decision, policy: Policy, ranked: Ranked) -> Decision:
    """The draft with what follows from ranking and policy filled in."""
    used = replace(policy, exploration=0.0) if draft.exempt else policy
    held_out = not draft.exempt and policy.holds_out(draft.need_id)
    # Under a hold-out nobody is shown, so there is nothing to explore.
    used = replace(used, exploration=0.0) if held_out else used
    choice = used.choose(ranked, draft.shown_limit, draft.need_id, draft.day)
    return replace(
        draft,
        policy=policy.text(),
        policy_version=policy.version,
        seed=policy.seed,
        held_out=held_out,
        explored=choice.explored,
        eligible_ids=tuple(provider for provider, _ in ranked),
        shown_ids=tuple(ranked[place][0] for place in choice.places),
        ranks=tuple(place + 1 for place in choice.places),
        scores=tuple(ranked[place][1] for place in choice.places),
        propensities=choice.propensities,
    )


# Ids best first, from (id, fused score, features) of each and the second that ages are counted from.
Reorder = Callable[[Sequence[tuple[str, float, Features]], int], Sequence[str]]


def replay(decision: Decision, reorder: Reorder | None = None) -> Decision:
    """The decision computed again from its record: no snapshot, no clock, nothing of today's weights. `reorder`: of the
    record's ranker, whose model is no part of it. Misconfigured for a damaged record, or where that is missing."""
    inputs = Inputs.unpack(decision.inputs)
    count, ages_from = inputs.learned
    if decision.ranker != FUSION and reorder is None:
        raise Misconfigured("This decision was ranked by a model.", remedy="Replay it where the model's file is.")
    policy = policy_of(decision.policy)
    if len(inputs.features) != len(decision.eligible_ids):
        raise damaged(_THIS)
    again = [
        (provider, fuse(((name, rank) for name, _, rank in features), weights=policy.weights, k=policy.k))
        for provider, features in zip(decision.eligible_ids, inputs.features, strict=True)
    ]
    place = dict.fromkeys(decision.eligible_ids, count)
    if count and reorder is not None:
        first = [(*pair, features) for pair, features in zip(again[:count], inputs.features[:count], strict=True)]
        place |= {provider: at for at, provider in enumerate(reorder(first, ages_from))}
    ranked = sorted(
        (pair for pair in again if pair[1] >= decision.threshold),
        key=lambda pair: (place[pair[0]], -pair[1], pair[0].encode()),
    )
    hashed = candidates_hash(dict(zip(decision.eligible_ids, inputs.features, strict=True)))
    return decided(replace(decision, candidates_hash=hashed), policy, ranked)


def record_bytes(decision: Decision) -> bytes:
    """What two computations of one decision are compared by."""
    return canonical(asdict(decision), default=datetime.isoformat).encode()


def candidates_hash(features: Mapping[str, Sequence[tuple[str, float, int]]]) -> str:
    """Of whom the policy could choose from, with everything that the ranking saw of them."""
    return _hash(canonical(sorted(features.items())))


def gates_hash(outcomes: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Of everybody who was considered, with the codes of the gates that each failed."""
    return _hash(canonical(sorted((provider, list(codes)) for provider, codes in outcomes)))


def policy_of(text: str) -> Policy:
    """From a record's `policy`; Misconfigured for one that somebody has damaged."""
    try:
        found = Policy(**json.loads(text))
        return replace(found, regions=tuple(found.regions))
    except (ValueError, TypeError) as error:
        raise damaged(_THIS) from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
