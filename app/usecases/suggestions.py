"""SuggestProviders: for each need the few fellow customers who fit best, with reasons, or why nobody does.

Candidates and their features come from a snapshot; whoever may be named is decided live, just before the answer.
A candidate that fails a gate is never scored for show, and one without consent is only counted.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.access import Caller, Scope
from app.domain.assignment import Fit, Shortlist
from app.domain.decision import HELD_OUT, Decision
from app.domain.errors import BadInput, IcrmError, Misconfigured, NotFound
from app.domain.facts import GateFacts, Pairing, ProviderFacts
from app.domain.gates import (
    Question,
    free_slots,
    is_counted_only,
    reasons_against,
    refuse_need,
    refuse_seeker,
)
from app.domain.need import Need
from app.domain.suggestion import Blocked, NeedQuery, SuggestionSet
from app.ports.analytics import Analytics, Candidate, SnapshotInfo
from app.ports.outside import Clock
from app.ports.store import Store, Transaction
from app.usecases.answers import UNSURE, Sifted, aged, empty, explanations, filled, noted
from app.usecases.decisions import Considered, DecisionLog

BATCH = 50  # queries in one call, and candidates whose facts are read in one query
MOST = 300  # candidates looked at before "nobody fits" is the answer: recall hardly grows beyond
MOST_SUGGESTED = 20
ENOUGH = 10  # fitting providers of a need in a batch: with fewer of its first fifty, more are looked at
MOST_SENTENCES = 3  # kept of a pair
TEXT_RELATED = 0.5  # cosine from which two texts speak of one thing, whatever their categories
TEXT_HEARD = 0.1  # cosine below which they share hardly more than a few letters
Answer = SuggestionSet | BadInput | NotFound
Fitting = Sequence[tuple[Candidate, ProviderFacts]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One query under way; `query.seeker_id` is that of a recorded need."""

    question: Question
    query: NeedQuery
    at: datetime


@dataclass(slots=True)
class _Search:
    """Where one query stands: `waiting` candidates have not met the gates yet, the first fifty of them are next;
    `may_widen` while the snapshot can bring up more. `region`: of the seeker. `answer` once it is known without
    them."""

    asked: _Asked
    waiting: Sequence[Candidate]
    may_widen: bool
    region: str | None = None
    sifted: Sifted = field(default_factory=Sifted)
    answer: Answer | None = None

    def needs_facts(self, *, first: bool) -> bool:
        """A seeker's own facts are always read; more only while too few fit."""
        if self.answer is not None:
            return False
        return first or (len(self.sifted.fitting) < self.asked.query.limit and bool(self.waiting))

    def pairing(self) -> Pairing:
        return Pairing(self.asked.question.seeker_id, [one.provider_id for one in self.waiting[:BATCH]])

    def sift(self, facts: GateFacts) -> None:
        some, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
        self.sifted += _sift(self.asked, some, facts)


class SuggestProviders:
    def __init__(self, store: Store, analytics: Analytics, clock: Clock, log: DecisionLog | None = None) -> None:
        """`log` is needed for queries that are to be recorded."""
        self.store = store
        self.analytics = analytics
        self.clock = clock
        self.log = log

    def __call__(self, caller: Caller, queries: Sequence[NeedQuery]) -> list[SuggestionSet]:
        """One answer for each query, in their order. NotFound for an unknown need or seeker; BadInput for a query that
        names neither a need nor a text, or too many of anything; Misconfigured when there is no snapshot."""
        answers = self.each(caller, queries)
        for answer in answers:
            if isinstance(answer, IcrmError):
                raise answer
        return [answer for answer in answers if isinstance(answer, SuggestionSet)]

    def each(self, caller: Caller, queries: Sequence[NeedQuery]) -> list[Answer]:
        """As a call, with what is wrong with one query in its place. All together read the graph once for their needs
        and once for each fifty of their candidates; no transaction is open while candidates are computed, because a
        kernel's first use takes longer than a read may."""
        caller.require(Scope.READ)
        if any(query.record for query in queries):
            caller.require(Scope.WRITE)
            if self.log is None:
                raise Misconfigured("No decision log is kept here.", remedy="Ask without recording.")
        if len(queries) > BATCH:
            raise BadInput(f"At most {BATCH} queries at once.", pointer="queries")
        wrong = [_fault(query, f"/{index}") for index, query in enumerate(queries)]
        asked = [query for query, fault in zip(queries, wrong, strict=True) if fault is None]
        answers = iter(self._answers(caller, asked))
        return [next(answers) if fault is None else fault for fault in wrong]

    def shortlists(
        self, caller: Caller, needs: Sequence[Need], *, among: tuple[str, ...] | None = None
    ) -> list[Shortlist]:
        """Of at most BATCH needs, for a job: everybody who fits among the best fifty candidates of each."""
        caller.require(Scope.READ)
        if len(needs) > BATCH:
            raise BadInput(f"At most {BATCH} needs at once.", pointer="needs")
        info, known = self.analytics.info(), {need.id: need for need in needs}
        queries = [NeedQuery(need_id=need.id, limit=ENOUGH, among=among) for need in needs]
        searches = [self._search(query, known, info) for query in queries]
        self._sift_all(caller, searches, info, patient=True)
        return [self._shortlist(need, search) for need, search in zip(needs, searches, strict=True)]

    def sentences(
        self, need: Need, provider_ids: Collection[str], *, among: tuple[str, ...] | None = None
    ) -> Mapping[str, tuple[str, ...]]:
        """The main reasons for each provider that is still a candidate."""
        query = NeedQuery(need_id=need.id, seeker_id=need.seeker_id, among=among)
        found: dict[str, Candidate] = {}
        for count in (BATCH, MOST):
            found = {one.provider_id: one for one in self.analytics.candidates(query, need, count=count)}
            if found.keys() >= set(provider_ids):
                break
        reasons = {one: explanations(found[one]) for one in provider_ids if one in found}
        return {one: tuple(why.sentence for why in some[:MOST_SENTENCES]) for one, some in reasons.items()}

    def _shortlist(self, need: Need, search: _Search) -> Shortlist:
        asked, fitting = search.asked, search.sifted.fitting
        scores = [round(candidate.score, 6) for candidate, _ in fitting]
        accepted: Sequence[float | None] = self.analytics.acceptance(scores) or [None] * len(scores)
        fits = [
            Fit(facts.party.id, score, _is_related(one), free_slots(asked.question, facts, asked.at), chance)
            for (one, facts), score, chance in zip(fitting, scores, accepted, strict=True)
        ]
        return Shortlist(need.id, need.seeker_id, tuple(fits), refused=search.answer is not None)

    def _answers(self, caller: Caller, queries: Sequence[NeedQuery]) -> list[Answer]:
        info = self.analytics.info()
        needs = self._needs(caller, {query.need_id for query in queries if query.need_id is not None})
        searches = [self._search(query, needs, info) for query in queries]
        is_old = self._sift_all(caller, searches, info) != info.watermark
        ended = [self._end(caller, one, info, is_old=is_old) for one in searches]
        made = [decision for _, decision in ended if decision is not None]
        if made:  # a preview writes nothing
            self.store.write(caller, lambda tx: tx.decisions.save(made))
        because = self.analytics.ranked_by().because  # a ranker that cannot be used, and that fusion stepped in
        return [noted(answer, because) if isinstance(answer, SuggestionSet) else answer for answer, _ in ended]

    def _end(
        self, caller: Caller, search: _Search, info: SnapshotInfo, *, is_old: bool
    ) -> tuple[Answer, Decision | None]:
        """The answer, and the record of how it came about where one is kept. A refusal ranks nobody: no decision."""
        if search.answer is not None:
            return search.answer, None
        asked, worth = search.asked, self._worth(search)
        need = asked.question.need
        if self.log is None or need is None or not asked.query.record:
            return self._filled(search, worth[: asked.query.limit], info, is_old=is_old), None
        considered = Considered(asked.query, need, [one for one, _ in worth], search.sifted.outcomes, search.region)
        decision = self.log.decide(caller, considered, info, asked.at)
        answer = self._filled(search, [worth[rank - 1] for rank in decision.ranks], info, is_old=is_old)
        decision = self.log.explained(decision, considered, answer.suggestions)
        if decision.held_out:
            answer = replace(answer, suggestions=(), none_because=HELD_OUT, blocked=(), blocked_by_consent=0)
        return replace(answer, decision_id=decision.id), decision

    def _worth(self, search: _Search) -> Fitting:
        """Those who reach the score and the chance asked for; a chance that is not known reaches none."""
        query = search.asked.query
        fitting = [pair for pair in search.sifted.fitting if pair[0].score >= query.threshold]
        if not query.least_chance:
            return fitting
        likely = [one.beneficial for one in self.analytics.chances([candidate for candidate, _ in fitting])]
        return [
            pair
            for pair, found in zip(fitting, likely, strict=True)
            if found is not None and found.value >= query.least_chance
        ]

    def _filled(self, search: _Search, chosen: Fitting, info: SnapshotInfo, *, is_old: bool) -> SuggestionSet:
        """`is_old`: the graph has moved on since the snapshot; the answer then says how long ago that was taken."""
        asked, sifted = search.asked, search.sifted
        chances = self.analytics.chances([candidate for candidate, _ in chosen])
        shown = [(*pair, found) for pair, found in zip(chosen, chances, strict=True)]
        nobody = self._nobody_worth(search) if sifted.fitting and not shown else None
        answer = filled(empty(asked.question, info, none_because=None), sifted, shown, nobody=nobody)
        return aged(answer, asked.at) if is_old else answer

    def _nobody_worth(self, search: _Search) -> str:
        query = search.asked.query
        if query.least_chance and any(pair[0].score >= query.threshold for pair in search.sifted.fitting):
            is_known = self.analytics.chances([search.sifted.fitting[0][0]])[0].beneficial is not None
            return "Nobody reaches the chance asked for." if is_known else UNSURE
        return "Nobody reaches the threshold asked for."

    def _needs(self, caller: Caller, ids: Collection[str]) -> Mapping[str, Need]:
        if not ids:
            return {}
        return {need.id: need for need in self.store.read(caller, lambda tx: tx.needs.get(sorted(ids)))}

    def _search(self, query: NeedQuery, needs: Mapping[str, Need], info: SnapshotInfo) -> _Search:
        at, need = self.clock(), needs.get(query.need_id or "")
        question = Question.of_example(query) if need is None else Question.of_need(need)
        asked = _Asked(question, replace(query, seeker_id=question.seeker_id), at)
        if query.need_id is not None and need is None:
            unknown = NotFound("There is no such need.", remedy="List needs with GET /api/v1/needs.")
            return _Search(asked, (), may_widen=False, answer=unknown)
        refusal = refuse_need(need, at)
        if refusal is not None:
            return _Search(asked, (), may_widen=False, answer=empty(question, info, none_because=refusal))
        found = self.analytics.candidates(asked.query, need, count=BATCH)
        return _Search(asked, _on_topic(asked, found), may_widen=len(found) == BATCH)

    def _sift_all(
        self, caller: Caller, searches: Sequence[_Search], info: SnapshotInfo, *, patient: bool = False
    ) -> int:
        """The next fifty of each, again and again, until enough fit; the graph's watermark at the last look."""
        first, watermark = True, info.watermark
        while some := [search for search in searches if search.needs_facts(first=first)]:
            pairings = [search.pairing() for search in some]
            read, watermark = self.store.read(caller, _facts_of(pairings), patient=patient)
            for search, facts in zip(some, read, strict=True):
                search.answer = _refuse(search.asked, facts, info) if first else None
                if search.answer is None:
                    search.region = facts.seeker.region if facts.seeker else None
                    search.sift(facts)
                    self._widen(search)
            first = False
        return watermark

    def _widen(self, search: _Search) -> None:
        """More candidates, once, for a query whose first fifty are not enough."""
        if search.may_widen and len(search.sifted.fitting) < search.asked.query.limit:
            search.may_widen = False
            wider = self.analytics.candidates(search.asked.query, search.asked.question.need, count=MOST)
            search.waiting = _on_topic(search.asked, wider[BATCH:])


def _refuse(asked: _Asked, facts: GateFacts, info: SnapshotInfo) -> Answer | None:
    if asked.question.seeker_id is not None and facts.seeker is None:
        return NotFound("There is no such seeker.", remedy="List customers with GET /api/v1/customers.")
    refusal = refuse_seeker(facts, asked.at)
    return None if refusal is None else empty(asked.question, info, none_because=refusal)


def _facts_of(pairings: Sequence[Pairing]) -> Callable[[Transaction], tuple[list[GateFacts], int]]:
    """A unit of work for the facts and the watermark of one moment."""
    return lambda tx: (tx.views.gate_facts(pairings), tx.views.watermark())


def _fault(query: NeedQuery, pointer: str) -> BadInput | None:
    if (query.need_id is None) == (query.text is None):
        return BadInput("A query names either a need or a text.", pointer=pointer)
    if query.text is not None and not query.text.strip():
        return BadInput("A text has at least one word.", pointer=f"{pointer}/text")
    if not 1 <= query.limit <= MOST_SUGGESTED:
        return BadInput(f"A limit is 1 to {MOST_SUGGESTED}.", pointer=f"{pointer}/limit")
    if not 0.0 <= query.threshold <= 1.0:
        return BadInput("A threshold is 0 to 1.", pointer=f"{pointer}/threshold")
    if not 0.0 <= query.least_chance <= 1.0:
        return BadInput("A least chance is 0 to 1.", pointer=f"{pointer}/least_chance")
    if query.record and query.need_id is None:
        return BadInput("Only the answer for a recorded need is kept.", pointer=f"{pointer}/record")
    if len(query.exclude) > MOST:
        return BadInput(f"At most {MOST} customers can be excluded.", pointer=f"{pointer}/exclude")
    return None


def _sift(asked: _Asked, candidates: Sequence[Candidate], facts: GateFacts) -> Sifted:
    """Candidates that pass every gate, those left out with their reasons, and how many only lack consent. Whoever left
    the graph since the snapshot is in none of them."""
    now = {provider.party.id: provider for provider in facts.providers}
    fitting: list[tuple[Candidate, ProviderFacts]] = []
    blocked: list[Blocked] = []
    outcomes: list[tuple[str, tuple[str, ...]]] = []
    without_consent = 0
    for candidate in candidates:
        provider = now.get(candidate.provider_id)
        if provider is None:
            continue
        related = _is_related(candidate)
        reasons = reasons_against(asked.question, facts.seeker, provider, at=asked.at, related=related)
        outcomes.append((candidate.provider_id, tuple(reason.code for reason in reasons)))
        if not reasons:
            fitting.append((candidate, provider))
        elif is_counted_only(reasons):
            without_consent += len(reasons) == 1
        elif reasons[0].code != "self":
            blocked.append(Blocked(candidate.provider_id, reasons))
    return Sifted(tuple(fitting), tuple(blocked), without_consent, tuple(outcomes))


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
