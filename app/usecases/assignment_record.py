"""The record of a run: written step by step, read back, and computed from; again at any time, to the byte."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from app.domain.access import Caller
from app.domain.assignment import AssignedPair, AssignmentRules, AssignmentRun, pair_id
from app.domain.assignment_record import AssignmentRecord, AssignmentStep, record_of
from app.domain.errors import NotFound
from app.domain.packed import canonical, damaged
from app.ports.outside import Progress
from app.ports.store import PageOf, Store
from app.usecases.assignment_book import AssignmentBook, Placed
from app.usecases.paging import PAGE, every

STEPS_AT_ONCE = 20  # of fifty needs each: about 1 MB
USED_FOR = timedelta(hours=1)  # what fitted longer ago is looked at again; gates are applied again on reading anyway
ABANDONED_AFTER = timedelta(days=1)  # what no job can be working on any more
NO_PROBABILITIES = "Scores say how much the signals agree; they are not probabilities."
ALL_ACCEPTED = "Each introduction counts against a provider's free slots as if it were accepted."
ASSUMED_RATE = "Providers are assumed to accept {rate:.0%} of introductions."
MEASURED_RATE = "An introduction takes of a provider's free slots the chance that both accept, as past ones did."
MOVED_ON = "A new snapshot was taken meanwhile; later needs were matched on it."


@dataclass(frozen=True, slots=True)
class Computed:
    run: AssignmentRun
    placed: tuple[Placed, ...]


def providers_of(record: AssignmentRecord) -> list[str]:
    """Everybody who fits some need, by id."""
    return sorted({fit.provider_id for one in record.shortlists for fit in one.fits})


def compute(record: AssignmentRecord, run_id: str, at: datetime) -> Computed:
    """The pairs and the figures that follow from a closed record."""
    rules, book = record.rules, AssignmentBook()
    if rules is None:
        raise damaged("this run")
    for shortlist in record.shortlists:
        book.add(shortlist)
    assigned = book.assigned(rules, record.newcomers)
    figures, lists, needs = assigned.figures, assigned.lists, len(record.shortlists)
    refused = sum(one.refused for one in record.shortlists)
    nobody = sum(not one.refused and not one.fits for one in record.shortlists)
    run = AssignmentRun(
        id=run_id,
        event="" if rules.event is None else rules.event.name,
        policy=rules.policy,
        per_need=rules.places,
        asks_out=rules.asks_out,
        asks_in=rules.asks_in,
        newcomer_minimum=rules.newcomer_minimum,
        acceptance_rate=rules.acceptance_rate,
        need_count=needs,
        refused_count=refused,
        nobody_count=nobody,
        unplaced_count=needs - refused - nobody - len({one.need_id for one in assigned.placed}),
        provider_count=figures.eligible,
        pair_count=figures.introductions,
        reserved_count=sum(one.reserved for one in assigned.placed),
        gini=round(figures.gini, 6),
        never_shown=round(figures.never_shown, 6),
        mutual_top=figures.mutual_top,
        lists_gini=round(lists.gini, 6),
        lists_never_shown=round(lists.never_shown, 6),
        lists_mutual_top=lists.mutual_top,
        notes=_notes(rules, measured=assigned.measured, moved=len(record.watermarks) > 1),
        snapshot_watermark=min(record.watermarks),
        finished_at=at,
        record_id=record.steps[0].record_id,
    )
    return Computed(run, assigned.placed)


def _notes(rules: AssignmentRules, *, measured: bool, moved: bool) -> tuple[str, ...]:
    accepted = ALL_ACCEPTED if rules.acceptance_rate == 1.0 else ASSUMED_RATE.format(rate=rules.acceptance_rate)
    return (NO_PROBABILITIES, MEASURED_RATE if measured else accepted, *((MOVED_ON,) if moved else ()))


def pair_of(run_id: str, one: Placed, sentences: Sequence[str] = ()) -> AssignedPair:
    key, sides = pair_id(run_id, one.need_id, one.place), (one.need_id, one.seeker_id, one.provider_id, one.place)
    return AssignedPair(key, run_id, *sides, one.score, one.reserved, one.related, tuple(sentences))


def read_record(store: Store, caller: Caller, record_id: str) -> AssignmentRecord:
    def page(at: PageOf) -> list[AssignmentStep]:
        return store.read(caller, lambda tx: tx.assignments.steps(record_id, at), patient=True)

    return record_of(list(every(page, lambda one: one.id, size=STEPS_AT_ONCE)))


def usable(store: Store, caller: Caller, record_id: str, at: datetime) -> AssignmentRecord:
    """What a worker before this one has found, unless that is too long ago; then it is removed."""
    record = read_record(store, caller, record_id)
    if all(at - one.recorded_at < USED_FOR for one in record.steps):
        return record
    _forget(store, caller, [record_id])
    return record_of(())


def forget_abandoned(store: Store, caller: Caller, at: datetime, progress: Progress) -> None:
    """Records of runs that were cancelled, or whose worker was killed and never came back."""
    before = at - ABANDONED_AFTER
    found = store.read(caller, lambda tx: tx.assignments.abandoned(before, limit=PAGE), patient=True)
    progress("removing old runs", 0, len(found))
    _forget(store, caller, found)


def _forget(store: Store, caller: Caller, record_ids: Iterable[str]) -> None:
    for one in record_ids:
        while store.write(
            caller,
            lambda tx, one=one: tx.assignments.forget_steps(one, limit=STEPS_AT_ONCE),  # type: ignore[misc]
            patient=True,
        ):
            pass


@dataclass(frozen=True, slots=True)
class ReplayAssignment:
    """A run computed again from its record, beside what is stored of it."""

    store: Store

    def __call__(self, caller: Caller, run_id: str) -> tuple[AssignmentRun, bool]:
        """The stored run, and whether its figures and pairs are equal to the byte; sentences are kept as they were
        said. NotFound for an unknown run and for one without a record."""
        run = self.store.read(caller, lambda tx: tx.assignments.run(run_id))
        if run is None or not run.record_id:
            raise NotFound("There is no such run, or it was made before records were kept.")
        again = compute(read_record(self.store, caller, run.record_id), run.id, run.finished_at)
        kept = [replace(one, sentences=()) for one in self._pairs(caller, run.id)]
        pairs = sorted((pair_of(run.id, one) for one in again.placed), key=lambda one: one.id)
        return run, _bytes(run, kept) == _bytes(again.run, pairs)

    def _pairs(self, caller: Caller, run_id: str) -> list[AssignedPair]:
        def page(at: PageOf) -> list[AssignedPair]:
            return self.store.read(caller, lambda tx: tx.assignments.page(run_id, at), patient=True)

        return list(every(page, lambda one: one.id))


def _bytes(run: AssignmentRun, pairs: Sequence[AssignedPair]) -> bytes:
    return canonical([asdict(run), [asdict(one) for one in pairs]], default=datetime.isoformat).encode()
