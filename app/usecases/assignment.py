"""SuggestAll: who is introduced for which open need when all are looked at together; written as one run and switched at
once. ReadAssignment: its pairs, with every gate applied again as of now."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from app.domain.access import Caller, Scope
from app.domain.assignment import AssignedPair, AssignmentRules, AssignmentRun
from app.domain.assignment_record import AssignmentRecord, AssignmentStep, closing_step, step_of
from app.domain.errors import NotFound, TooLarge
from app.domain.gates import Question, reasons_against, refuse_need, refuse_seeker
from app.domain.ids import derived_id
from app.domain.job import Held
from app.domain.need import SEEKING, Need, NeedStatus
from app.ports.analytics import Analytics
from app.ports.outside import Clock, NewId, Progress, silent
from app.ports.store import PageOf, Store, Transaction
from app.ports.views import GateFacts, Pairing
from app.usecases.answers import OPERATOR_FIRST
from app.usecases.assignment_book import Placed
from app.usecases.assignment_record import (
    Computed,
    compute,
    forget_abandoned,
    pair_of,
    providers_of,
    read_record,
    usable,
)
from app.usecases.jobs import while_held
from app.usecases.old_runs import forget_old_runs
from app.usecases.paging import PAGE, every
from app.usecases.suggestions import BATCH, SuggestProviders

READ_AT_ONCE = 1_000
PAIRS_AT_ONCE = 2_000  # in one transaction: below a second on either engine
MOST_NEEDS = 200_000  # 650 bytes each with fifty candidates


class SuggestAll:
    def __init__(self, store: Store, analytics: Analytics, clock: Clock, new_id: NewId) -> None:
        self.store = store
        self.analytics = analytics
        self.clock = clock
        self.new_id = new_id
        self.suggest = SuggestProviders(store, analytics, clock)

    def __call__(
        self, caller: Caller, rules: AssignmentRules, progress: Progress = silent, *, held: Held | None = None
    ) -> AssignmentRun:
        """The finished run, which readers see from now on; killed half-way it leaves the former one in place, and the
        same job goes on where it stood. BadInput for rules out of range, NotFound for an attendee who is no customer,
        Conflict when another worker has taken the job over."""
        caller.require(Scope.RUN)
        rules.check()
        record_id = self.new_id("Record") if held is None else held.job_id
        record = usable(self.store, caller, record_id, self.clock())
        if record.rules is None:
            self._find(caller, rules, record, record_id, progress)
            record = self._closed(caller, rules, record_id)
        progress("matching", 0, 0)
        found = compute(record, self.new_id("Run") if held is None else derived_id("Run", record_id), self.clock())
        self._write(caller, found, _among(rules), progress)
        self._switch(caller, found.run, held, progress)
        return found.run

    def _find(
        self, caller: Caller, rules: AssignmentRules, known: AssignmentRecord, record_id: str, progress: Progress
    ) -> None:
        """Writes a step for each fifty needs that have none yet."""
        among = _among(rules)
        needs = self._batch(caller) if among is None else self._of_event(caller, among)
        known_ids = {one.need_id for one in known.shortlists}
        waiting = [one for one in needs if one not in known_ids]
        done, total = len(known_ids), len(known_ids) + len(waiting)
        progress("finding candidates", done, total)
        for some in _batches(waiting, BATCH):
            watermark = self._watermark()
            found = self.suggest.shortlists(caller, self._get(caller, some), among=among)
            if found:  # otherwise all of them have been removed meanwhile
                self._keep(caller, step_of(record_id, found, watermark, self.clock()))
            done += len(some)
            progress("finding candidates", done, total)

    def _closed(self, caller: Caller, rules: AssignmentRules, record_id: str) -> AssignmentRecord:
        """Read back, for another worker may have closed it first."""
        newcomers = self._newcomers(caller, providers_of(read_record(self.store, caller, record_id)))
        self._keep(caller, closing_step(record_id, rules, newcomers, self._watermark(), self.clock()))
        return read_record(self.store, caller, record_id)

    def _keep(self, caller: Caller, step: AssignmentStep) -> None:
        self.store.write(caller, lambda tx: tx.assignments.keep_step(step), patient=True)

    def _watermark(self) -> int:
        return self.analytics.info().watermark

    def _batch(self, caller: Caller) -> list[str]:
        """Ids of all needs that are sought now."""
        found: list[str] = []
        for status in sorted(SEEKING):
            for need in every(partial(self._page, caller, status), lambda one: one.id):
                found.append(need.id)
                if len(found) > MOST_NEEDS:
                    raise TooLarge(f"At most {MOST_NEEDS:,} open needs are assigned at once.")
        return sorted(found)

    def _page(self, caller: Caller, status: NeedStatus, at: PageOf) -> list[Need]:
        return self.store.read(caller, lambda tx: tx.needs.page(at, status=status), patient=True)

    def _of_event(self, caller: Caller, customer_ids: Sequence[str]) -> list[str]:
        """Ids of what the attendees seek now, of each at most PAGE needs."""
        for some in _batches(customer_ids, READ_AT_ONCE):
            known = self.store.read(caller, lambda tx, some=some: tx.customers.get(some), patient=True)  # type: ignore[misc]
            if len(known) < len(some):
                raise NotFound("An attendee is no customer.", remedy="List customers with GET /api/v1/customers.")
        waiting, found = list(_batches(customer_ids, BATCH)), []
        while waiting:
            some = waiting.pop()
            needs = self.store.read(caller, lambda tx, some=some: tx.needs.seeking(some, limit=PAGE), patient=True)  # type: ignore[misc]
            if len(needs) == PAGE and len(some) > 1:  # there may be more: ask for fewer customers
                waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
            else:
                found += [need.id for need in needs]
        return sorted(found)

    def _get(self, caller: Caller, need_ids: Sequence[str]) -> list[Need]:
        return self.store.read(caller, lambda tx: tx.needs.get(need_ids), patient=True)

    def _newcomers(self, caller: Caller, provider_ids: Sequence[str]) -> set[str]:
        found = set(provider_ids)
        for some in _batches(provider_ids, READ_AT_ONCE):
            found -= self.store.read(caller, lambda tx, some=some: tx.introductions.known_providers(some), patient=True)  # type: ignore[misc]
        return found

    def _write(self, caller: Caller, found: Computed, among: tuple[str, ...] | None, progress: Progress) -> None:
        run, placed, done = found.run, found.placed, 0
        for some in _by_need(placed, PAIRS_AT_ONCE):
            pairs = self._explained(caller, run.id, some, among)
            self.store.write(caller, lambda tx, pairs=pairs: tx.assignments.write_run(run, pairs), patient=True)  # type: ignore[misc]
            done += len(some)
            progress("writing introductions", done, len(placed))
        if not placed:
            self.store.write(caller, lambda tx: tx.assignments.write_run(run, ()), patient=True)

    def _switch(self, caller: Caller, run: AssignmentRun, held: Held | None, progress: Progress) -> None:
        switch = while_held(held, lambda tx: tx.assignments.switch(run, run.finished_at))
        self.store.write(caller, switch, patient=True)
        forget_old_runs(self.store, caller, lambda tx: tx.assignments, run, progress)
        forget_abandoned(self.store, caller, run.finished_at, progress)

    def _explained(
        self, caller: Caller, run_id: str, placed: Sequence[Placed], among: tuple[str, ...] | None
    ) -> list[AssignedPair]:
        """With the sentences, which are made for the chosen only: for all fifty they would fill the memory."""
        by_need: dict[str, list[Placed]] = defaultdict(list)
        for one in placed:
            by_need[one.need_id].append(one)
        needs = {need.id: need for some in _batches(list(by_need), READ_AT_ONCE) for need in self._get(caller, some)}
        pairs = []
        for need_id, some in by_need.items():
            said: Mapping[str, tuple[str, ...]] = {}
            if need_id in needs:
                said = self.suggest.sentences(needs[need_id], [one.provider_id for one in some], among=among)
            pairs += [pair_of(run_id, one, said.get(one.provider_id, ())) for one in some]
        return pairs


def _among(rules: AssignmentRules) -> tuple[str, ...] | None:
    return None if rules.event is None else tuple(sorted(one.customer_id for one in rules.event.attendees))


def _batches(rows: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _by_need(placed: Sequence[Placed], size: int) -> Iterator[Sequence[Placed]]:
    """About `size` at a time, those of one need together."""
    start = 0
    while start < len(placed):
        end = min(start + size, len(placed))
        while end < len(placed) and placed[end].need_id == placed[end - 1].need_id:
            end += 1
        yield placed[start:end]
        start = end


@dataclass(frozen=True, slots=True)
class PairNow:
    """`withheld`: the code of what bars the introduction now; the pair is then only counted. `notes` as in a single
    answer: that the operator itself has a product for the need."""

    pair: AssignedPair
    seeker_name: str = ""
    provider_name: str = ""
    notes: tuple[str, ...] = ()
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class ReadAssignment:
    store: Store
    clock: Clock

    def run(self, caller: Caller, event: str = "") -> AssignmentRun:
        """NotFound before the first run."""
        return self.store.read(caller, lambda tx: _current(tx, event))

    def page(self, caller: Caller, at: PageOf, event: str = "") -> tuple[AssignmentRun, list[PairNow]]:
        """A page of the current run, need by need; a cursor of a former run goes on at the same need."""
        now = self.clock()

        def work(tx: Transaction) -> tuple[AssignmentRun, list[PairNow]]:
            run = _current(tx, event)
            pairs = tx.assignments.page(run.id, at)
            needs = {need.id: need for need in tx.needs.get(sorted({pair.need_id for pair in pairs}))}
            asked = [Pairing(pair.seeker_id, [pair.provider_id]) for pair in pairs]
            facts = tx.views.gate_facts(asked) if asked else []
            return run, [
                _now(pair, needs.get(pair.need_id), known, now) for pair, known in zip(pairs, facts, strict=True)
            ]

        return self.store.read(caller, work)


def _current(tx: Transaction, event: str) -> AssignmentRun:
    run = tx.assignments.current(event)
    if run is None:
        raise NotFound("Nothing has been assigned.", remedy="Run the job suggest_all, or `icrm suggest --all`.")
    return run


def _now(pair: AssignedPair, need: Need | None, facts: GateFacts, at: datetime) -> PairNow:
    if need is None or need.status not in SEEKING or need.seeker_id != pair.seeker_id or refuse_need(need, at):
        return PairNow(pair, withheld="need")
    if facts.seeker is None or refuse_seeker(facts, at):
        return PairNow(pair, withheld="seeker")
    if not facts.providers:
        return PairNow(pair, withheld="gone")
    provider = facts.providers[0]
    question = Question.of_need(need)
    reasons = reasons_against(question, facts.seeker, provider, at=at, related=pair.related)
    if reasons:
        return PairNow(pair, withheld=reasons[0].code)
    notes = (OPERATOR_FIRST,) if need.operator_can_fill else ()
    return PairNow(pair, facts.seeker.name, provider.party.name, notes)
