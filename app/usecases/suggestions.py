"""SuggestProviders: for each need the few fellow customers who fit best, with reasons, or why nobody does.

Candidates and their features come from a snapshot; whoever may be named is decided live, in one query, just before the
answer. A candidate that fails a gate is never scored for show, and one without consent is only counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.access import Caller, Scope
from app.domain.errors import BadInput, NotFound
from app.domain.facts import GateFacts, ProviderFacts
from app.domain.gates import (
    HOW_TO_RECORD_CONSENT,
    Question,
    is_counted_only,
    reasons_against,
    refuse_need,
    refuse_seeker,
)
from app.domain.need import Need
from app.domain.ranking import share
from app.domain.sentences import OPERATOR_ONLY, SOURCES, UNKNOWN, explain, explain_nobody, is_unknown
from app.domain.suggestion import Blocked, Explanation, NeedQuery, Suggestion, SuggestionSet
from app.ports.analytics import Analytics, Candidate, Feature, SnapshotInfo
from app.ports.outside import Clock
from app.ports.store import Store

BATCH = 50  # queries in one call, and candidates whose facts are read in one query
MOST = 300  # candidates looked at before "nobody fits" is the answer: recall hardly grows beyond
MOST_BLOCKED = 20  # left-out providers that are listed
MOST_SUGGESTED = 20
TEXT_RELATED = 0.5  # cosine from which two texts speak of one thing, whatever their categories
OLD_SNAPSHOT = (
    "The graph has changed since the snapshot that candidates come from, {age} s ago; what is new counts from the next "
    "snapshot on."
)
TEXT_HEARD = 0.1  # cosine below which they share hardly more than a few letters


@dataclass(frozen=True, slots=True)
class _Asked:
    """One query under way; `query.seeker_id` is that of a recorded need."""

    caller: Caller
    question: Question
    query: NeedQuery
    at: datetime


@dataclass(frozen=True, slots=True)
class _Sifted:
    fitting: tuple[tuple[Candidate, ProviderFacts], ...]
    blocked: tuple[Blocked, ...]
    without_consent: int


class SuggestProviders:
    def __init__(self, store: Store, analytics: Analytics, clock: Clock) -> None:
        self.store = store
        self.analytics = analytics
        self.clock = clock

    def __call__(self, caller: Caller, queries: Sequence[NeedQuery]) -> list[SuggestionSet]:
        """One answer for each query, in their order. NotFound for an unknown need or seeker; BadInput for a query that
        names neither a need nor a text, or too many of anything; Misconfigured when there is no snapshot."""
        caller.require(Scope.READ)
        if len(queries) > BATCH:
            raise BadInput(f"At most {BATCH} queries at once.", pointer="queries")
        for index, query in enumerate(queries):
            _check(query, f"/{index}")
        needs = self._needs(caller, [query.need_id for query in queries if query.need_id is not None])
        return [self._answer(caller, query, needs.get(query.need_id or "")) for query in queries]

    def _needs(self, caller: Caller, ids: Sequence[str]) -> Mapping[str, Need]:
        if not ids:
            return {}
        needs = {need.id: need for need in self.store.read(caller, lambda tx: tx.needs.get(sorted(set(ids))))}
        if any(need_id not in needs for need_id in ids):
            raise NotFound("There is no such need.", remedy="List needs with GET /api/v1/needs.")
        return needs

    def _answer(self, caller: Caller, query: NeedQuery, need: Need | None) -> SuggestionSet:
        at, info = self.clock(), self.analytics.info()
        question = Question.of_example(query) if need is None else Question.of_need(need)
        refusal = refuse_need(need, at)
        if refusal is not None:
            return _set(question, info, none_because=refusal)
        asked = _Asked(caller, question, replace(query, seeker_id=question.seeker_id), at)
        found = self.analytics.candidates(asked.query, need, count=BATCH)
        candidates = _on_topic(asked, found)
        facts = self._facts(asked, candidates)
        refusal = refuse_seeker(facts, at)
        if refusal is not None:
            return _set(question, info, none_because=refusal)
        sifted = _sift(asked, candidates, facts)
        if len(sifted.fitting) < query.limit and len(found) == BATCH:
            wider = self.analytics.candidates(asked.query, need, count=MOST)
            sifted = self._widen(asked, _on_topic(asked, wider[BATCH:]), sifted)
        return self._dated(asked, info, _explained(asked, sifted, info))

    def _dated(self, asked: _Asked, info: SnapshotInfo, answer: SuggestionSet) -> SuggestionSet:
        """With a note of the snapshot's age once the graph has moved on."""
        if self.store.read(asked.caller, lambda tx: tx.views.watermark()) == info.watermark:
            return answer
        age = max(0, round((asked.at - info.taken_at).total_seconds()))
        return replace(answer, notes=(*answer.notes, OLD_SNAPSHOT.format(age=age)))

    def _facts(self, asked: _Asked, candidates: Sequence[Candidate]) -> GateFacts:
        seeker_id, ids = asked.question.seeker_id, [candidate.provider_id for candidate in candidates]
        facts = self.store.read(asked.caller, lambda tx: tx.views.gate_facts(seeker_id, ids))
        if seeker_id is not None and facts.seeker is None:
            raise NotFound("There is no such seeker.", remedy="List customers with GET /api/v1/customers.")
        return facts

    def _widen(self, asked: _Asked, rest: Sequence[Candidate], sifted: _Sifted) -> _Sifted:
        """The next fifty, again and again, until enough fit."""
        for start in range(0, len(rest), BATCH):
            if len(sifted.fitting) >= asked.query.limit:
                break
            some = rest[start : start + BATCH]
            more = _sift(asked, some, self._facts(asked, some))
            sifted = _Sifted(
                sifted.fitting + more.fitting,
                sifted.blocked + more.blocked,
                sifted.without_consent + more.without_consent,
            )
        return sifted


def _explained(asked: _Asked, sifted: _Sifted, info: SnapshotInfo) -> SuggestionSet:
    query = asked.query
    worth = [pair for pair in sifted.fitting if pair[0].score >= query.threshold]
    suggestions = tuple(
        _suggestion(rank, candidate, facts) for rank, (candidate, facts) in enumerate(worth[: query.limit], start=1)
    )
    return replace(
        _set(asked.question, info, none_because=None if suggestions else _nobody(sifted)),
        suggestions=suggestions,
        blocked=tuple(sorted(sifted.blocked, key=_is_of_another_trade))[:MOST_BLOCKED],
        blocked_by_consent=sifted.without_consent,
    )


def _is_of_another_trade(blocked: Blocked) -> bool:
    return any(reason.code in ("other_category", "not_offered") for reason in blocked.reasons)


def _check(query: NeedQuery, pointer: str) -> None:
    if (query.need_id is None) == (query.text is None):
        raise BadInput("A query names either a need or a text.", pointer=pointer)
    if query.text is not None and not query.text.strip():
        raise BadInput("A text has at least one word.", pointer=f"{pointer}/text")
    if not 1 <= query.limit <= MOST_SUGGESTED:
        raise BadInput(f"A limit is 1 to {MOST_SUGGESTED}.", pointer=f"{pointer}/limit")
    if not 0.0 <= query.threshold <= 1.0:
        raise BadInput("A threshold is 0 to 1.", pointer=f"{pointer}/threshold")
    if len(query.exclude) > MOST:
        raise BadInput(f"At most {MOST} customers can be excluded.", pointer=f"{pointer}/exclude")


def _sift(asked: _Asked, candidates: Sequence[Candidate], facts: GateFacts) -> _Sifted:
    """Candidates that pass every gate, those left out with their reasons, and how many only lack consent. Whoever left
    the graph since the snapshot is in none of them."""
    now = {provider.customer.id: provider for provider in facts.providers}
    fitting: list[tuple[Candidate, ProviderFacts]] = []
    blocked: list[Blocked] = []
    without_consent = 0
    for candidate in candidates:
        provider = now.get(candidate.provider_id)
        if provider is None:
            continue
        related = _is_related(candidate)
        reasons = reasons_against(asked.question, facts.seeker, provider, at=asked.at, related=related)
        if not reasons:
            fitting.append((candidate, provider))
        elif is_counted_only(reasons):
            without_consent += len(reasons) == 1
        elif reasons[0].code != "self":
            blocked.append(Blocked(candidate.provider_id, reasons))
    return _Sifted(tuple(fitting), tuple(blocked), without_consent)


def _is_related(candidate: Candidate) -> bool:
    """Whether its own words or its history in the category tie the candidate to the need across categories."""
    values = {feature.name: feature.value for feature in candidate.features}
    return values.get("text_capability", 0.0) >= TEXT_RELATED or "popularity" in values


def _text(candidate: Candidate) -> float:
    texts = (one.value for one in candidate.features if one.name in ("text_capability", "text_history"))
    return max(texts, default=0.0)


def _on_topic(asked: _Asked, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Without those whom only walks, ties or a few letters in common brought up: they are neither suggested nor worth
    a reason, and their facts are not read."""
    kept = [one for one in candidates if one.provider_id not in asked.query.exclude]
    if asked.question.category_id is None:
        return [one for one in kept if _text(one) >= TEXT_HEARD]
    return [one for one in kept if _is_related(one) or any(feature.name == "category" for feature in one.features)]


def _suggestion(rank: int, candidate: Candidate, facts: ProviderFacts) -> Suggestion:
    explanations = [_explanation(feature, candidate.score) for feature in candidate.features]
    explanations.sort(key=lambda one: (one.value == UNKNOWN, -one.contribution, one.feature))
    customer = facts.customer
    return Suggestion(customer.id, customer.name, rank, round(candidate.score, 6), tuple(explanations))


def _explanation(feature: Feature, score: float) -> Explanation:
    contribution = round(share(feature.name, feature.rank) / score, 6) if score else 0.0
    sentence, value = explain(feature.name, feature.detail), _shown(feature)
    return Explanation(feature.name, value, contribution, sentence, SOURCES[feature.name])


def _shown(feature: Feature) -> float | str:
    """The stored value; nothing of what only the operator may know, and a month instead of a moment."""
    if feature.name == OPERATOR_ONLY:
        return "on file"
    if feature.name == "recency":
        return feature.detail
    return UNKNOWN if is_unknown(feature.name, feature.detail) else round(feature.value, 6)


def _nobody(sifted: _Sifted) -> str:
    if sifted.fitting:
        return "Nobody reaches the threshold asked for."
    sentence = explain_nobody([one.reasons[0].code for one in sifted.blocked], sifted.without_consent)
    return f"{sentence} {HOW_TO_RECORD_CONSENT}" if sifted.without_consent and not sifted.blocked else sentence


def _set(question: Question, info: SnapshotInfo, *, none_because: str | None) -> SuggestionSet:
    need = question.need
    fills_itself = need is not None and need.operator_can_fill
    return SuggestionSet(
        need_id=None if need is None else need.id,
        text=question.text,
        seeker_id=question.seeker_id,
        suggestions=(),
        none_because=none_because,
        blocked=(),
        blocked_by_consent=0,
        snapshot_at=info.taken_at,
        snapshot_watermark=info.watermark,
        notes=("The operator has a product of its own for this need; offer it first.",) if fills_itself else (),
    )
