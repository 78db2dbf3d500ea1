"""TakeReply: what a party writes back to a letter."""

from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.contact import Answer, ContactMessage
from app.domain.customer import Channel, Consent, Purpose
from app.domain.errors import Conflict
from app.domain.outbox import Topic, message
from app.ports.outside import Clock
from app.ports.store import Store, Transaction
from app.usecases.consents import RecordConsent
from app.usecases.responses import RecordAnswer, party_of

POSTMAN = Caller("postman", frozenset({Scope.READ, Scope.WRITE}))  # a signed mail is being read; nobody is known yet
BASIS = "Replied STOP to a letter."


@dataclass(frozen=True, slots=True)
class Reply:
    """`letter_id`: of the letter that is answered, None where that is not known. `answer` None: in words that a person
    has to read."""

    letter_id: str | None
    sender: str
    answer: Answer | None
    stop: bool


@dataclass(frozen=True, slots=True)
class TakeReply:
    """Says nothing to whoever sends it: what became of it is in the introduction. A reply that no letter of ours, or
    somebody else, can have had, counts for nothing and goes to a person."""

    store: Store
    clock: Clock
    record: RecordAnswer
    consent: RecordConsent

    def __call__(self, reply: Reply) -> None:
        letter = self._letter(reply)
        if letter is None:
            return
        if reply.stop:
            line = Consent(
                "", letter.customer_id, (Purpose.CONTACT,), False, BASIS, "mail", self.clock(), channel=Channel.MAIL
            )
            self.consent(party_of(letter), line)
            return
        if reply.answer is None or reply.sender.lower() != letter.address.lower():
            self._ask_a_person(letter)
            return
        try:
            self.record(party_of(letter), letter.introduction_id, letter.side, reply.answer)
        except Conflict:  # too late, or answered before: a person tells it so
            self._ask_a_person(letter)

    def _letter(self, reply: Reply) -> ContactMessage | None:
        if reply.letter_id is None:
            return None
        wanted = reply.letter_id
        return next(iter(self.store.read(POSTMAN, lambda tx: tx.letters.get([wanted]))), None)

    def _ask_a_person(self, letter: ContactMessage) -> None:
        at = self.clock()
        told = {
            "introduction_id": letter.introduction_id,
            "side": str(letter.side),
            "answer": None,
            "owner": letter.owner,
        }

        def work(tx: Transaction) -> None:
            tx.outbox.create(message(Topic.PERSON_WANTED, letter.id, at, told))

        self.store.write(POSTMAN, work)
