"""The best providers for a need on a snapshot: every signal ranks, rank fusion decides, ties go to the smaller id.

Pure: the same arrays and the same question give the same answer, on every engine. Equal values share one rank, so that
in a signal with few levels (a category has or has not) ids do not decide.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.analytics import details
from app.analytics.columns import ABSENT, NEVER, Float64, Int32, Int64, find
from app.analytics.outcomes import outcomes_of, segment_of
from app.analytics.topology import Bool, Found, SearchableTexts, Topology
from app.domain.need import Need
from app.domain.place import EARTH_KM
from app.domain.ranking import BEST, OTHERS, WEIGHTS, K, quality
from app.domain.suggestion import NeedQuery
from app.ports.analytics import Candidate, Feature
from graph_algos.select import top
from graph_algos.walks import random_walk_scores

DEPTH = 200  # places that a walk has, and providers that a category should bring up
TEXT_DEPTH = 100  # texts that are looked at: recall hardly grows beyond
NEWCOMERS = 40  # who have met no need yet and say of themselves what fits best
NEWCOMERS_FROM = 60  # their places: behind as many others, before all the rest
NEW = 1  # place of their ranking
FAR = 3  # steps in the taxonomy that are no relation any more
EVERYBODY = 2**31 - 1  # where only some may be candidates, no depth may hide one of them
WALK_EDGES = 50_000  # read by one walk: about 0.5 ms


@dataclass(frozen=True, slots=True)
class Asked:
    """The question in the snapshot's own numbers; ABSENT where the snapshot does not know it."""

    text: str
    seeker: int
    category: int
    need: int
    place: tuple[float, float] | None
    among: Int32 | None = None  # nobody else is a candidate; ascending


@dataclass(frozen=True, slots=True)
class Ranking:
    """One signal: `providers` once each, `values` to be shown, `keys` (larger is better) to rank by, `rows` what a
    sentence can be looked up from."""

    name: str
    providers: Int32
    values: Float64
    keys: Float64
    rows: Int64


def ask(topology: Topology, query: NeedQuery, need: Need | None) -> Asked:
    if need is None:
        place = None if query.latitude is None or query.longitude is None else (query.latitude, query.longitude)
        text, seeker, category, need_id = query.text or "", query.seeker_id, query.category_id, None
    else:
        place = None if need.latitude is None or need.longitude is None else (need.latitude, need.longitude)
        text, seeker, category, need_id = need.text, need.seeker_id, need.category_id, need.id
    return Asked(
        text,
        find(topology.customer_ids, seeker),
        find(topology.category_ids, category),
        find(topology.need_ids, need_id),
        place,
        None if query.among is None else _known(topology, query.among),
    )


def question(topology: Topology, text: str, seeker_id: str | None, category_id: str | None) -> Asked:
    """A need that the snapshot does not hold, such as one of its future."""
    seeker, category = find(topology.customer_ids, seeker_id), find(topology.category_ids, category_id)
    return Asked(text, seeker, category, ABSENT, None)


def _known(topology: Topology, customer_ids: Sequence[str]) -> Int32:
    found = {find(topology.customer_ids, one) for one in customer_ids} - {ABSENT}
    return np.array(sorted(found), dtype=np.int32)


def best_candidates(topology: Topology, asked: Asked, *, count: int) -> Sequence[Candidate]:
    """At most `count` providers, best by fusion first; the seeker is never one of them."""
    return _candidates(topology, asked, count, newcomers=False)


def candidate_pool(topology: Topology, asked: Asked, *, count: int) -> Sequence[Candidate]:
    """The same for a ranker that puts them in order: from a place on come newcomers. No history speaks for them, so
    that fusion alone hardly ever brings one up, and what is not brought up cannot be ranked."""
    return _candidates(topology, asked, count, newcomers=True)


def _candidates(topology: Topology, asked: Asked, count: int, *, newcomers: bool) -> Sequence[Candidate]:
    recalled, nearby = _recall(topology, asked), _Nearby(topology, asked.category)
    brought = [*(one.providers for one in recalled), nearby.nearest()] if asked.among is None else [asked.among]
    pool = _Pool(len(topology.customer_ids), brought, asked.seeker)
    rankings = [pool.of(ranking) for ranking in recalled]
    rankings += [nearby.of(pool.providers), _quality(topology, asked.seeker, pool.providers)]
    rankings += _active(topology, pool.providers)
    if asked.place is not None:
        rankings.append(_place(topology, asked.place, pool.providers))
    ranks = [_ranks(ranking.keys) for ranking in rankings]
    scores = np.zeros(len(pool.providers))
    for ranking, rank in zip(rankings, ranks, strict=True):
        scores[pool.places[ranking.providers]] += WEIGHTS[ranking.name] / (K + rank) / BEST
    order = top(pool.providers, scores, count=count)[0]
    if newcomers:
        order = _with(order, _falling(pool.of(recalled[NEW])))[:count]
    best = scores[pool.places[order]]
    features: list[list[Feature]] = [[] for _ in best]
    of_provider = np.full(len(pool.places), ABSENT, dtype=np.int32)
    for ranking, rank in zip(rankings, ranks, strict=True):
        of_provider[ranking.providers] = np.arange(len(ranking.providers), dtype=np.int32)
        rows = of_provider[order]
        present = np.flatnonzero(rows != ABSENT)
        held = rows[present]
        columns = (
            present,
            ranking.values[held],
            rank[held],
            ranking.rows[held],
        )  # read as lists, not element by element
        for place, value, standing, row in zip(*(column.tolist() for column in columns), strict=True):
            look_up = partial(details.of, topology, asked.text, ranking.name, row)
            features[place].append(Feature(ranking.name, value, standing, look_up))
        of_provider[ranking.providers] = ABSENT
    ids = [bytes(raw).decode() for raw in topology.customer_ids[order]]
    return [
        Candidate(provider_id, float(score), tuple(found))
        for provider_id, score, found in zip(ids, best, features, strict=True)
    ]


def _with(order: Int32, newcomers: Int32) -> Int32:
    first, rest = order[:NEWCOMERS_FROM], order[NEWCOMERS_FROM:]
    brought = newcomers[~np.isin(newcomers, first)]
    return np.concatenate((first, brought, rest[~np.isin(rest, brought)]))


class _Pool:
    """Who was brought up: `providers` ascending, `places` of each customer among them or ABSENT."""

    def __init__(self, customers: int, recalled: Sequence[Int32], seeker: int) -> None:
        known = np.zeros(customers + 1, dtype=np.bool_)  # the last place takes ABSENT
        for providers in recalled:
            known[providers] = True
        known[[seeker, ABSENT]] = False
        self.providers = np.flatnonzero(known).astype(np.int32)
        self.places = np.full(customers + 1, ABSENT, dtype=np.int32)
        self.places[self.providers] = np.arange(len(self.providers), dtype=np.int32)

    def of(self, ranking: Ranking) -> Ranking:
        """The ranking without whoever is not in the pool."""
        inside = self.places[ranking.providers] != ABSENT
        if inside.all():
            return ranking
        rows = np.flatnonzero(inside)
        return Ranking(
            ranking.name, ranking.providers[rows], ranking.values[rows], ranking.keys[rows], ranking.rows[rows]
        )


class _Nearby:
    """How far the category of each customer, as a provider, is from the one asked for."""

    def __init__(self, topology: Topology, category: int) -> None:
        customers = len(topology.customer_ids) + 1
        self.distance = np.full(customers, FAR, dtype=np.int8)
        self.category = np.full(customers, ABSENT, dtype=np.int32)
        near = topology.categories_near(category) if category != ABSENT else []
        for one, distance in sorted(near, key=lambda pair: (-pair[1], -pair[0])):  # the nearest is written last
            for providers in (topology.offers(one), topology.cell_provider[topology.cells(one)]):
                self.distance[providers] = distance
                self.category[providers] = one
        self.distance[ABSENT] = FAR

    def nearest(self) -> Int32:
        """Those of the category itself; as long as they are few, also those around it."""
        for distance in range(FAR):
            found = np.flatnonzero(self.distance <= distance)
            if len(found) >= DEPTH:
                break
        return found.astype(np.int32)

    def of(self, providers: Int32) -> Ranking:
        known = providers[self.distance[providers] < FAR]
        distance = self.distance[known].astype(np.float64)
        rows = self.category[known].astype(np.int64) * details.LEVELS + self.distance[known]
        return Ranking("category", known, distance, -distance, rows)


def _ranks(keys: Float64) -> Int64:
    """1 for the largest key; equal keys share the first place that they fill."""
    falling = np.sort(-keys)
    return np.searchsorted(falling, -keys, side="left") + 1


def _falling(ranking: Ranking) -> Int32:
    """Its providers, the largest key first; they ascend already, so equal ones go by number."""
    return ranking.providers[np.argsort(-ranking.keys, kind="stable")]


def _recall(topology: Topology, asked: Asked) -> list[Ranking]:
    """Rankings that bring providers up; newcomers at the place NEW."""
    capabilities, newcomers, history, categories = _texts(topology, asked)
    rankings = [capabilities, newcomers, history, _walk(topology, asked, categories), _ties(topology, asked)]
    rows, similarity = _like(asked, topology.signal_texts, lambda rows: topology.signal_customer[rows])
    rankings.append(_each_once("signal", topology.signal_customer[rows], similarity, rows))
    if asked.category != ABSENT:
        rankings += _cells(topology, asked.category)
    return rankings


def _texts(topology: Topology, asked: Asked) -> tuple[Ranking, Ranking, Ranking, Float64]:
    """Neighbours among capabilities, among those of newcomers, and among needs of the past; and how much of them lies
    in each category."""
    (rows, similarity), new = _capabilities(topology, asked)
    every, once = np.unique(np.concatenate((rows, new[0])), return_index=True)
    values = np.concatenate((similarity, new[1]))[once]
    capabilities = _each_once("text_capability", topology.capability_provider[every], values, every)
    newcomers = _each_once("newcomer", topology.capability_provider[new[0]], new[1], new[0])
    weight = np.zeros(len(topology.category_ids) + 1)  # the last place takes what has no category
    np.add.at(weight, topology.capability_category[rows], similarity)
    rows, similarity = _like(asked, topology.past_texts, lambda rows: topology.need_met_by[topology.past_need[rows]])
    needs = topology.past_need[rows]
    others = needs != asked.need  # a need that was met is no precedent for itself
    rows, needs, similarity = rows[others], needs[others], similarity[others]
    np.add.at(weight, topology.need_category[needs], similarity)
    providers = topology.need_met_by[needs]
    history = _each_once("text_history", providers, similarity, rows)
    owners, by_peers = np.searchsorted(history.providers, providers), _by_peers(topology, asked.seeker, needs)
    votes = _votes(owners, similarity**2, by_peers)
    voted = Ranking("text_history", history.providers, history.values, votes, history.rows)
    return capabilities, newcomers, voted, weight[:-1]


def _by_peers(topology: Topology, seeker: int, needs: Int32) -> Bool:
    """Whose needs are those of the seeker's peers; everybody's where nobody is known to be alike."""
    segment = segment_of(topology, seeker)
    if segment == ABSENT:
        return np.ones(len(needs), dtype=np.bool_)
    seekers = topology.need_seeker[needs]
    alike: Bool = (seekers != ABSENT) & (topology.customer_segment[seekers] == segment)
    return alike


def _votes(owners: Int64, votes: Float64, by_peers: Bool) -> Float64:
    """Sum of each owner's votes; those of others than peers count as outcomes do (`ranking.quality`)."""
    count = int(owners.max()) + 1 if len(owners) else 0
    others = ~by_peers
    worth = OTHERS / (np.bincount(owners[others], minlength=count) + OTHERS)
    found: Float64 = np.bincount(owners[by_peers], votes[by_peers], minlength=count) + worth * np.bincount(
        owners[others], votes[others], minlength=count
    )
    return found


def _capabilities(topology: Topology, asked: Asked) -> tuple[Found, Found]:
    """The nearest of all, and the nearest of newcomers."""
    if asked.among is None:
        depths = (TEXT_DEPTH, NEWCOMERS)
        return topology.capability_texts.search_both(asked.text, topology.capability_is_new, depths)
    rows, similarity = _like(asked, topology.capability_texts, lambda rows: topology.capability_provider[rows])
    new = np.flatnonzero(topology.capability_is_new[rows])[:NEWCOMERS]
    return (rows, similarity), (rows[new], similarity[new])


def _like(asked: Asked, texts: SearchableTexts, owners: Callable[[Int32], Int32]) -> tuple[Int32, Float64]:
    """The texts most like the question, of those whose owner may be a candidate."""
    if asked.among is None:
        return texts.search(asked.text, TEXT_DEPTH)
    rows, similarity = texts.search(asked.text, EVERYBODY)
    kept = np.flatnonzero(np.isin(owners(rows), asked.among))[:TEXT_DEPTH]
    return rows[kept], similarity[kept]


def _each_once(name: str, providers: Int32, values: Float64, rows: Int64 | Int32) -> Ranking:
    """Each provider with its largest value (then the smallest row)."""
    known = np.flatnonzero(providers != ABSENT)
    order = known[np.lexsort((rows[known], -values[known], providers[known]))]
    once, first = np.unique(providers[order], return_index=True)
    kept = order[first]
    return Ranking(name, once.astype(np.int32), values[kept], values[kept], rows[kept].astype(np.int64))


def _cells(topology: Topology, category: int) -> list[Ranking]:
    """What each provider met in the category itself: how much, and when last."""
    span = topology.cells(category)
    cells = np.arange(span.start, span.stop, dtype=np.int64)
    met, counts = topology.cell_provider[span], topology.cell_count[span].astype(np.float64)
    last = topology.cell_last[span]
    dated = np.flatnonzero(last != NEVER)
    when = last[dated].astype(np.float64)
    return [
        Ranking("popularity", met, counts, counts, cells),
        Ranking("recency", met[dated], when, when, cells[dated]),
    ]


def _walk(topology: Topology, asked: Asked, categories: Float64) -> Ranking:
    """Three steps from the seeker and the category (or, without one, the categories that the text falls into)."""
    customers = len(topology.customer_ids)
    seeds, weights = ([asked.seeker], [1.0]) if asked.seeker != ABSENT else ([], [])
    if asked.category != ABSENT:
        seeds, weights = [*seeds, customers + asked.category], [*weights, 1.0]
    elif categories.any():
        likely = np.flatnonzero(categories)
        seeds = [*seeds, *(likely + customers).tolist()]
        weights = [*weights, *(categories[likely] / categories.sum()).tolist()]
    nodes, scores = random_walk_scores(
        topology.walks, np.array(seeds, dtype=np.int32), np.array(weights), steps=3, edge_budget=WALK_EDGES
    )
    offset = customers + len(topology.category_ids)
    found = nodes >= offset
    providers, best = top(
        (nodes[found] - offset).astype(np.int32), scores[found], count=DEPTH if asked.among is None else EVERYBODY
    )
    return Ranking("graph", providers, best, best, np.zeros(len(best), dtype=np.int64))


def _ties(topology: Topology, asked: Asked) -> Ranking:
    """Deals and referrals between the two, more of them first."""
    rows = np.empty(0, dtype=np.int64)
    if asked.seeker != ABSENT:
        rows = np.arange(topology.tie_starts[asked.seeker], topology.tie_starts[asked.seeker + 1], dtype=np.int64)
    return _each_once("ties", topology.tie_other[rows], topology.tie_count[rows].astype(np.float64), rows)


def _quality(topology: Topology, seeker: int, pool: Int32) -> Ranking:
    """Posterior mean of a good outcome for customers like the seeker; who has no outcome yet stands at the prior,
    neither before nor behind."""
    segment = segment_of(topology, seeker)
    seen = outcomes_of(topology, pool, segment)
    mean = quality(seen.good, seen.total, others_good=seen.others_good, others_total=seen.others_total)
    return Ranking("quality", pool, mean, mean, (segment + 1) * details.CUSTOMERS + pool.astype(np.int64))


def _active(topology: Topology, pool: Int32) -> list[Ranking]:
    """Needs met of any category, of late above all, and when the last was: this puts in order who was brought up, and
    brings up nobody."""
    active = pool[topology.activity[pool] > 0.0]
    value, when = topology.activity[active], topology.last_met[active].astype(np.float64)
    rows = active.astype(np.int64)
    return [Ranking("activity", active, value, value, rows), Ranking("latest", active, when, when, rows)]


def _place(topology: Topology, place: tuple[float, float], pool: Int32) -> Ranking:
    """Distance; an unknown one stands in the middle of the known ones."""
    lat, lon = np.radians(place[0]), np.radians(place[1])
    lats, lons = np.radians(topology.customer_latitude[pool]), np.radians(topology.customer_longitude[pool])
    chord = np.sin((lats - lat) / 2) ** 2 + np.cos(lat) * np.cos(lats) * np.sin((lons - lon) / 2) ** 2
    away = 2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    known = ~np.isnan(away)
    middle = float(np.median(away[known])) if known.any() else 0.0
    rows = np.where(known, np.rint(np.where(known, away, 0.0)), ABSENT).astype(np.int64)
    shown = np.where(known, away, middle)
    return Ranking("place", pool, shown, -np.rint(shown), rows)
