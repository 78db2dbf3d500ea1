"""Introductions as a state machine that hypothesis drives against the real store: every rule is tried in every state,
and the model says what has to come of it."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.adapters.letter_text import letter_text
from app.domain.access import OPERATOR_CLI as ME
from app.domain.access import Caller, Scope
from app.domain.audit import Sealer
from app.domain.contact import Answer, ContactMessage, ContactState, Letter, LinkSigner, Side
from app.domain.customer import Consent, Contact, Customer, Purpose
from app.domain.dispute import Fault
from app.domain.errors import BadInput, Conflict, IllegalMove, NotAllowed
from app.domain.ids import new_id
from app.domain.introduction import MOVES, OPEN, Introduction, IntroductionStatus
from app.domain.money import Money
from app.domain.need import Need
from app.mailer import Mailer
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.advance import AdvanceIntroductions
from app.usecases.audit import AuditTrail, timeline
from app.usecases.consents import RecordConsent
from app.usecases.disputes import Complaint, HandleDispute
from app.usecases.introductions import ProposeIntroduction
from app.usecases.letters import Post
from app.usecases.moves import VERBS, Step
from app.usecases.moving import MoveIntroduction
from app.usecases.responses import RecordAnswer
from tests.engines import empty

S = IntroductionStatus
NUMBERS = itertools.count(1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
VETTER = Caller("key_vetter", frozenset({Scope.READ, Scope.WRITE, Scope.VET}))
SENIOR = Caller("key_senior", frozenset({Scope.READ, Scope.WRITE, Scope.VET, Scope.DECIDE}))
WRITER = Caller("key_writer", frozenset({Scope.READ, Scope.WRITE}))
CALLERS = {one.id: one for one in (VETTER, SENIOR, WRITER)}
ALL = tuple(Purpose)
NEEDED = {"seeker": {Purpose.SEEKER, Purpose.CONTACT}, "provider": {Purpose.PROVIDER, Purpose.CONTACT}}
ONWARD = {
    S.PROPOSED: "approve", S.APPROVED: "offer", S.OFFERED: "accept", S.ACCEPTED_BY_ONE: "accept",
    S.ACCEPTED: "introduce", S.INTRODUCED: "complete",
}  # fmt: skip
ENDS = ("reject", "decline", "withdraw", "cancel")
REACHED: Counter[tuple[str, str]] = Counter()
"""Transitions that were seen, over all runs of the process."""


@dataclass
class Pair:
    """One introduction in the model."""

    id: str
    seeker: str
    provider: str
    senior: bool
    status: IntroductionStatus = S.PROPOSED
    disputed: str | None = None
    about: IntroductionStatus | None = None
    heard: set[Side] = field(default_factory=set)


class World:
    """The store of a test session; each run has customers of its own."""

    store: GraphStore
    runner: GraphRunner


class IntroductionMachine(RuleBasedStateMachine):
    world: World
    bug: Callable[[], None] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.mails: list[ContactMessage] = []
        self.granted: dict[str, set[Purpose]] = {}
        self.capacity: dict[str, int] = {}
        self.pairs: list[Pair] = []
        store = self.world.store
        self.trail = AuditTrail(Sealer(b"k" * 32), lambda kind: new_id(kind, self.now))
        self.post = Post(letter_text, LinkSigner(b"l" * 32), "Bank", "http://127.0.0.1")
        self.move = MoveIntroduction(store, self.clock, self.trail, self.post)
        self.disputes = HandleDispute(store, self.clock, lambda kind: new_id(kind, self.now), self.trail)

    def clock(self) -> datetime:
        return self.now

    @property
    def store(self) -> GraphStore:
        return self.world.store

    @initialize(slots=st.integers(1, 3))
    def customers(self, slots: int) -> None:
        """Two seekers and two providers, one of them with few places; nothing else, or every night would be long."""
        empty(self.world.runner)
        made, contacts, lines = [], [], []
        for role in ("seeker", "seeker", "provider", "provider"):
            number = next(NUMBERS)
            name = f"cus_model{number}"
            limit = slots if role == "provider" and number % 2 else None
            made.append(Customer(name, name, "model", str(number), vetting=2, open_slots=limit))
            contacts.append(Contact(f"con_model{number}", name, "Boss", email=f"{name}@example.com"))
            lines.append(Consent(f"cns_model{number}", name, ALL, True, "form", "model", MONDAY - timedelta(days=1)))
            self.granted[name] = set(ALL)
            if limit is not None:
                self.capacity[name] = limit
        self.seekers, self.providers = [one.id for one in made[:2]], [one.id for one in made[2:]]
        self.store.write(ME, lambda tx: tx.customers.save(made), patient=True)
        self.store.write(ME, lambda tx: (tx.contacts.save(contacts), tx.consents.save(lines)), patient=True)

    def tried(self, action: Callable[[], Any], *, allowed: bool) -> Any:
        """The result, or None for a refusal; a refusal of what the model allows, or the other way round, is a bug."""
        made, refused = None, ""
        try:
            made = action()
        except (BadInput, Conflict, IllegalMove, NotAllowed) as error:
            refused = error.message
        assert (made is not None) == allowed, refused or "allowed what it must refuse"
        return made

    def becomes(self, pair: Pair, to: IntroductionStatus) -> None:
        assert to in MOVES[pair.status]
        REACHED[str(pair.status), str(to)] += 1
        takes = {S.ACCEPTED, S.INTRODUCED, S.DISPUTED, S.COMPLETED}
        if pair.provider in self.capacity:
            self.capacity[pair.provider] += (pair.status in takes) - (to in takes)
        pair.status = to

    def has(self, pair: Pair, **purposes: set[Purpose]) -> bool:
        return all(needed <= self.granted[getattr(pair, side)] for side, needed in purposes.items())

    @property
    def open_pairs(self) -> list[Pair]:
        return [one for one in self.pairs if one.status in OPEN]

    @rule(data=st.data(), senior=st.booleans())
    def propose(self, data: st.DataObject, senior: bool) -> None:
        if len(self.pairs) >= 6:
            return
        seeker, provider = data.draw(st.sampled_from(self.seekers)), data.draw(st.sampled_from(self.providers))
        need = Need(
            f"need_model{next(NUMBERS)}", seeker, "a roof", "model", "1", self.now, budget=Money(100, "EUR"),
            confidential=senior,
        )  # fmt: skip
        need = replace(need, external_id=need.id)
        self.store.write(ME, lambda tx: tx.needs.save([need]))
        draft = Introduction("", need.id, seeker, provider, S.PROPOSED, self.now, self.now)
        rests = any(one.status is S.DECLINED for one in self.pairs if (one.seeker, one.provider) == (seeker, provider))
        busy = any((one.seeker, one.provider) == (seeker, provider) for one in self.open_pairs)
        match = Purpose.SEEKER in self.granted[seeker] and Purpose.PROVIDER in self.granted[provider]
        propose = ProposeIntroduction(self.store, self.clock, lambda kind: new_id(kind, self.now), self.trail)
        made = self.tried(lambda: propose(WRITER, draft, None), allowed=match and not busy and not rests)
        if made is not None:
            self.pairs.append(Pair(made.id, seeker, provider, senior))

    def step(self, pair: Pair, verb: str, who: Caller = SENIOR, **given: Any) -> Any:
        (now,) = self.store.read(ME, lambda tx: tx.introductions.get([pair.id]))
        return self.move(who, pair.id, Step(verb, now.version, reason="because", **given))

    @precondition(lambda self: self.pairs)
    @rule(data=st.data(), verb=st.sampled_from(VERBS), who=st.sampled_from(sorted(CALLERS)), honest=st.booleans())
    def moves(self, data: st.DataObject, verb: str, who: str, honest: bool) -> None:
        """Any verb by anybody in any state."""
        self.moved(data.draw(st.sampled_from(self.pairs)), verb, CALLERS[who], honest=honest)

    @precondition(lambda self: any(one.status is S.PROPOSED for one in self.pairs))
    @rule(data=st.data(), who=st.sampled_from(sorted(CALLERS)), honest=st.booleans())
    def approves(self, data: st.DataObject, who: str, honest: bool) -> None:
        """Whoever may, and whoever may not."""
        pair = data.draw(st.sampled_from([one for one in self.pairs if one.status is S.PROPOSED]))
        self.moved(pair, "approve", CALLERS[who], honest=honest)

    @precondition(lambda self: self.open_pairs)
    @rule(data=st.data(), count=st.integers(1, 3), patient=st.booleans())
    def goes_on(self, data: st.DataObject, count: int, patient: bool) -> None:
        """As most do; else chance alone hardly ever comes as far as an introduction."""
        self.onward(data.draw(st.sampled_from(self.open_pairs)), count, patient=patient)

    def onward(self, pair: Pair, count: int, *, patient: bool) -> None:
        """`patient`: waits until both may be asked again."""
        for _ in range(count):
            if patient and pair.status is S.APPROVED and not self._has_room_for_asks(pair):
                self.tick(days=31)
            if pair.status not in ONWARD or not self.moved(pair, ONWARD[pair.status], SENIOR, honest=True):
                return

    @precondition(lambda self: any(one.disputed is None for one in self.open_pairs))
    @rule(data=st.data(), steps=st.integers(0, 5))
    def ends(self, data: st.DataObject, steps: int) -> None:
        """Somewhere on its way, in any way that its state allows; by time too."""
        pair = data.draw(st.sampled_from([one for one in self.open_pairs if one.disputed is None]))
        self.onward(pair, steps, patient=True)
        legal = [verb for verb in ENDS if _target(verb, pair.status) in MOVES[pair.status]]
        by = data.draw(st.sampled_from([*legal, "time"]))
        if by == "time":
            self.nights(days=16)
        else:
            self.moved(pair, by, SENIOR, honest=True)

    def moved(self, pair: Pair, verb: str, who: Caller, *, honest: bool) -> bool:
        to = _target(verb, pair.status)
        allowed = to in MOVES.get(pair.status, ()) and pair.disputed is None
        if verb == "approve":
            allowed = allowed and ((who is SENIOR and honest) if pair.senior else who is not WRITER)
        if verb == "offer":
            allowed = allowed and self.has(pair, **NEEDED) and self._has_room_for_asks(pair)
        if verb == "introduce":
            reveal = {"seeker": {Purpose.SEEKER, Purpose.IDENTITY}, "provider": {Purpose.PROVIDER, Purpose.IDENTITY}}
            allowed = allowed and self.has(pair, **reveal)
        if verb in ("offer", "introduce"):
            allowed = allowed and not self._is_held(pair)
        if to is S.ACCEPTED and pair.status is S.ACCEPTED_BY_ONE:
            allowed = allowed and self.capacity.get(pair.provider, 1) > 0
        made = self.tried(lambda: self.step(pair, verb, who, no_conflict=honest), allowed=allowed)
        if made is not None:
            self.becomes(pair, to)
        return made is not None

    def _has_room_for_asks(self, pair: Pair) -> bool:
        """Of the model: nobody was asked in the last thirty days."""
        for side in (pair.seeker, pair.provider):
            for at, asked in self.asked():
                if asked == side and at > self.now - timedelta(days=30):
                    return False
            if sum(asked == side and at > self.now - timedelta(days=365) for at, asked in self.asked()) >= 4:
                return False
        return True

    def asked(self) -> list[tuple[datetime, str]]:
        found = []
        stored = self.store.read(ME, lambda tx: tx.introductions.get([one.id for one in self.pairs]))
        for one in stored:
            for move in one.moves:
                if move.status is S.OFFERED:
                    found.append((move.at, one.seeker_id))
                if move.status is S.ACCEPTED_BY_ONE:
                    found.append((move.at, one.provider_id))
        return found

    def _is_held(self, pair: Pair) -> bool:
        return any(one.disputed is not None and one.provider == pair.provider for one in self.pairs)

    @precondition(lambda self: self.open_pairs)
    @rule(data=st.data(), side=st.sampled_from(Side), answer=st.sampled_from(Answer))
    def answers(self, data: st.DataObject, side: Side, answer: Answer) -> None:
        pair = data.draw(st.sampled_from(self.open_pairs))
        asked = {Side.SEEKER: S.OFFERED, Side.PROVIDER: S.ACCEPTED_BY_ONE}[side]
        allowed = pair.status is asked
        if answer is Answer.YES and side is Side.PROVIDER:
            allowed = allowed and self.capacity.get(pair.provider, 1) > 0
        record = RecordAnswer(self.store, self.clock, self.trail, self.move)
        made = self.tried(lambda: record(WRITER, pair.id, side, answer), allowed=allowed)
        if made is not None and answer in (Answer.YES, Answer.NO):
            yes = S.ACCEPTED_BY_ONE if side is Side.SEEKER else S.ACCEPTED
            self.becomes(pair, yes if answer is Answer.YES else S.DECLINED)

    @rule(data=st.data(), purposes=st.sets(st.sampled_from(ALL), min_size=1, max_size=2), refuses=st.integers(0, 3))
    def consents(self, data: st.DataObject, purposes: set[Purpose], refuses: int) -> None:
        """Now and then a refusal, with the mail around it; a yes to everything otherwise, or soon nothing goes on."""
        granted = refuses > 1
        if not granted:
            self.sends()
        purposes = set(ALL) if granted else purposes
        who = data.draw(st.sampled_from([*self.seekers, *self.providers]))
        record = RecordConsent(self.store, self.clock, lambda kind: new_id(kind, self.now), self.trail, self.post)
        line = Consent("", who, tuple(purposes), granted, "phone", "model", self.now)
        made = record(WRITER, line)
        self.granted[who] = self.granted[who] | purposes if granted else self.granted[who] - purposes
        self.tick(seconds=1)  # of two lines at one moment the larger id decides
        self._cancelled(set(made.cancelled))
        if not granted:
            self.sends()

    def _cancelled(self, told: set[str]) -> None:
        """What rests on a consent that is gone has ended, and nothing else."""
        match = {"seeker": {Purpose.SEEKER}, "provider": {Purpose.PROVIDER}}
        for pair in self.open_pairs:
            needed = match if pair.status in (S.PROPOSED, S.APPROVED) else NEEDED
            rests = pair.status in (S.PROPOSED, S.APPROVED, S.OFFERED, S.ACCEPTED_BY_ONE, S.ACCEPTED)
            if rests and not self.has(pair, **needed):
                assert pair.id in told, "still open without consent"
                told.discard(pair.id)
                self.becomes(pair, S.CANCELLED)
        assert not told, "ended for no reason"

    @precondition(lambda self: any(one.status in (S.INTRODUCED, S.COMPLETED) for one in self.pairs))
    @rule(data=st.data(), severity=st.integers(2, 4))
    def disputes_one(self, data: st.DataObject, severity: int) -> None:
        pair = data.draw(st.sampled_from([one for one in self.pairs if one.status in (S.INTRODUCED, S.COMPLETED)]))
        (now,) = self.store.read(ME, lambda tx: tx.introductions.get([pair.id]))
        made = self.disputes.open(WRITER, pair.id, now.version, Complaint(Side.SEEKER, severity, "They were late."))
        pair.about, pair.disputed, pair.heard = pair.status, made.id, {Side.SEEKER}
        self.becomes(pair, S.DISPUTED)

    @precondition(lambda self: any(one.disputed for one in self.pairs))
    @rule(data=st.data(), fault=st.sampled_from(Fault), goes_on=st.booleans(), first=st.booleans())
    def decides(self, data: st.DataObject, fault: Fault, goes_on: bool, first: bool) -> None:
        pair = data.draw(st.sampled_from([one for one in self.pairs if one.disputed]))
        if first and Side.PROVIDER not in pair.heard:
            self.disputes.state(WRITER, pair.disputed or "", Side.PROVIDER, "The site was closed.")
            pair.heard.add(Side.PROVIDER)
        allowed = pair.heard == set(Side)
        made = self.tried(
            lambda: self.disputes.find(VETTER, pair.disputed or "", fault, "So.", goes_on=goes_on), allowed=allowed
        )
        if made is not None:
            pair.disputed = None
            assert pair.about is not None
            self.becomes(pair, pair.about if goes_on else S.CANCELLED)

    @rule(days=st.sampled_from([0, 1, 8, 16, 31]))
    def nights(self, days: int) -> None:
        self.now += timedelta(days=days)
        before = self.now
        AdvanceIntroductions(self.store, self.clock, self.trail, self.post)(ME)
        assert before == self.now
        for pair in self.open_pairs:
            (now,) = self.store.read(ME, lambda tx, pair=pair: tx.introductions.get([pair.id]))
            if now.status is S.EXPIRED:
                assert pair.status in (S.OFFERED, S.ACCEPTED_BY_ONE)
                self.becomes(pair, S.EXPIRED)

    @rule()
    def sends(self) -> None:
        """Letters leave in the daytime only, and to nobody without consent."""
        self.now = self.now.replace(hour=9)

        def sender(one: ContactMessage, before_data: Callable[[], bool]) -> bool:
            if not before_data():
                return False
            assert Purpose.CONTACT in self.granted[one.customer_id], "written to without consent"
            self.mails.append(one)
            return True

        Mailer(self.store, sender, self.clock).run_once()

    def tick(self, **span: float) -> None:
        self.now += timedelta(**span)

    @invariant()
    def holds(self) -> None:
        if not self.pairs:
            return
        ids = [one.id for one in self.pairs]
        stored = {one.id: one for one in self.store.read(ME, lambda tx: tx.introductions.get(ids))}
        for pair in self.pairs:
            one = stored[pair.id]
            assert one.status is pair.status, f"{one.status} is not {pair.status}"
            if one.status in OPEN:
                assert one.owner
                assert one.next_step
                assert one.due_at is not None
            self._letters_hold(pair)
        for provider, left in self.capacity.items():
            (customer,) = self.store.read(ME, lambda tx, provider=provider: tx.customers.get([provider]))
            assert customer.open_slots == left >= 0, "capacity"

    def _letters_hold(self, pair: Pair) -> None:
        letters = self.store.read(ME, lambda tx: tx.letters.of_introduction(pair.id))
        kinds = [(one.side, one.letter) for one in letters]
        assert len(kinds) == len(set(kinds))
        waiting = {one.letter for one in letters if one.state is ContactState.WAITING}
        if pair.status not in OPEN:
            assert waiting <= {Letter.CANCELLED, Letter.INTRODUCED}, "an offer waits although it has ended"
        sent = [one.id for one in self.mails if one.introduction_id == pair.id]
        assert len(sent) == len(set(sent)), "sent twice"

    def teardown(self) -> None:
        sealer = self.trail.sealer
        for pair in self.pairs:
            events = list(self.store.read(ME, lambda tx, pair=pair: list(timeline(tx, pair.id))))
            assert list(sealer.faults(events)) == []
            moved = [one for one in events if one.document.get("to")]
            assert moved[-1].document["to"] == str(pair.status), "the log tells another story"
        for one in self.mails:
            if one.side is Side.PROVIDER and one.letter is Letter.OFFER:
                assert "a roof" not in one.body


def _target(verb: str, status: IntroductionStatus) -> IntroductionStatus:
    names = {
        "approve": S.APPROVED, "reject": S.REJECTED, "offer": S.OFFERED, "decline": S.DECLINED,
        "introduce": S.INTRODUCED, "complete": S.COMPLETED, "withdraw": S.WITHDRAWN, "cancel": S.CANCELLED,
    }  # fmt: skip
    if verb == "accept":
        return S.ACCEPTED if status is S.ACCEPTED_BY_ONE else S.ACCEPTED_BY_ONE
    return names[verb]
