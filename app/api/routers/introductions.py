"""Introductions: the record, and each move as a path of its own."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.convert import event_document, evidence_document, introduction_of
from app.api.deps import ExpectedVersion, Given, Reader, RequiredClaim, SignedIn, Writer
from app.api.schemas import CustomerId, Page, Paged, Short, path_id, set_version
from app.api.schemas_business import AssignIn, IntroductionIn, IntroductionOut, MoveIn, SnoozeIn, TimelineOut
from app.api.schemas_contact import LettersOut, ResponseIn, SharedEvidenceOut
from app.api.strict import StrictRoute
from app.domain.errors import BadInput
from app.domain.introduction import IntroductionStatus
from app.domain.shared_evidence import Viewer
from app.ports.store import Transaction
from app.usecases.introductions import ChangeIntroduction, ProposeIntroduction, ReadTimeline
from app.usecases.moves import VERBS, Step, find_introduction
from app.usecases.moving import MoveIntroduction
from app.usecases.responses import RecordAnswer
from app.usecases.shared_evidence import ReadSharedEvidence

router = APIRouter(prefix="/introductions", tags=["introductions"], route_class=StrictRoute)
Id = Annotated[str, path_id("int")]


@router.get("", response_model=Page[IntroductionOut])
def list_introductions(
    given: Given,
    caller: Reader,
    paged: Paged,
    customer_id: Annotated[CustomerId | None, Query(description="As seeker or provider.")] = None,
    status: Annotated[IntroductionStatus | None, Query()] = None,
) -> Any:
    """Introductions in the order of ids."""
    page = paged.one_more
    return paged.page(
        given.store.read(caller, lambda tx: tx.introductions.page(page, customer_id=customer_id, status=status))
    )


@router.get("/inbox", response_model=Page[IntroductionOut])
def list_inbox(
    given: Given,
    caller: Reader,
    paged: Paged,
    owner: Annotated[Short | None, Query(description="Whose; the caller's own when left out.")] = None,
) -> Any:
    """What somebody has to see to: open introductions that they own, what is due first coming first."""
    page = paged.one_more
    _check_place(page.after)
    found = given.store.read(caller, lambda tx: tx.introductions.inbox(owner or caller.id, page))
    return paged.page(found, key=lambda one: f"{one.due_at.isoformat()} {one.id}")


def _check_place(after: str | None) -> None:
    """A cursor of another list is none of this one."""
    try:
        datetime.fromisoformat((after or "0001-01-01").partition(" ")[0])
    except ValueError:
        raise BadInput("This cursor is none of this list.", pointer="cursor") from None


@router.post("", response_model=IntroductionOut, status_code=201)
def create_introduction(
    given: Given, caller: Writer, claim: RequiredClaim, body: IntroductionIn, response: Response
) -> Any:
    """Proposes an introduction. Both sides must have consented to be matched: 403 says which has not."""
    propose = ProposeIntroduction(given.store, given.clock, given.new_id, given.trail)
    made = propose(caller, introduction_of(body, given.clock()), claim)
    return set_version(response, made, "introductions")


@router.get("/{id}", response_model=IntroductionOut)
def get_introduction(given: Given, caller: Reader, introduction_id: Id, response: Response) -> Any:
    """One introduction. The ETag is its version: send it as If-Match to move it."""
    return set_version(response, given.store.read(caller, lambda tx: find_introduction(tx, introduction_id)))


@router.get("/{id}/timeline", response_model=TimelineOut)
def get_timeline(given: Given, caller: Reader, introduction_id: Id) -> Any:
    """What happened to it, by whom and why, each event sealed to the one before. Of an imported introduction: since it
    was imported."""
    return {"data": list(map(event_document, ReadTimeline(given.store)(caller, introduction_id)))}


@router.get("/{id}/evidence", response_model=SharedEvidenceOut)
def get_shared_evidence(
    given: Given,
    caller: SignedIn,
    introduction_id: Id,
    viewer: Annotated[Viewer, Query(alias="as", description="As whom.")] = Viewer.MANAGER,
) -> Any:
    """What is known for it as this viewer may see it, each piece with its owner, its source and who may read it; and
    what it is not told. What a party may not see changes nothing of what it sees."""
    found = ReadSharedEvidence(given.store, given.clock)(caller, introduction_id, viewer)
    return {"viewer": viewer, "data": [evidence_document(one) for one in found.evidence], "not_known": found.not_known}


@router.post("/{id}/responses", response_model=IntroductionOut, status_code=201)
def create_response(given: Given, caller: Writer, introduction_id: Id, body: ResponseIn, response: Response) -> Any:
    """A party's answer that it gave to you, by phone for example. Yes and no move the introduction; not now lets it
    rest; who wants a person, or names an assistant, is to be called. 409 where this side is not being asked."""
    move = MoveIntroduction(given.store, given.clock, given.trail, given.post)
    record = RecordAnswer(given.store, given.clock, given.trail, move)
    return set_version(response, record(caller, introduction_id, body.side, body.answer, body.reason))


@router.get("/{id}/letters", response_model=LettersOut)
def list_introduction_letters(given: Given, caller: Reader, introduction_id: Id) -> Any:
    """What its parties were written, or will be, word for word."""

    def work(tx: Transaction) -> Any:
        find_introduction(tx, introduction_id)
        return tx.letters.of_introduction(introduction_id)

    return {"data": given.store.read(caller, work)}


@router.post("/{id}/assign", response_model=IntroductionOut)
def assign_introduction(
    given: Given, caller: Writer, introduction_id: Id, version: ExpectedVersion, response: Response, body: AssignIn
) -> Any:
    """Hands it on to another owner, in an absence for example. The state stays."""
    change = ChangeIntroduction(given.store, given.clock, given.trail)
    return set_version(response, change.assign(caller, introduction_id, version, body.owner))


@router.post("/{id}/snooze", response_model=IntroductionOut)
def snooze_introduction(
    given: Given, caller: Writer, introduction_id: Id, version: ExpectedVersion, response: Response, body: SnoozeIn
) -> Any:
    """Lets it rest: nothing is due before `until`. The state stays."""
    change = ChangeIntroduction(given.store, given.clock, given.trail)
    return set_version(response, change.snooze(caller, introduction_id, version, body.until))


_ABOUT = {
    "approve": "Approves a proposed introduction: by the scope `vet` if its `approval` is vetted, `decide` if senior.",
    "reject": "Rejects a proposed introduction; needs a reason.",
    "offer": "Offers it to the parties; both must have consented to be contacted.",
    "accept": "Records a yes: first the seeker's, then the provider's.",
    "decline": "Records a no of either party; needs a reason.",
    "introduce": "Introduces the two to each other; both must have consented to be named.",
    "complete": "Completes it.",
    "withdraw": "Withdraws it; needs a reason.",
    "cancel": "Cancels it; needs a reason.",
}


def _add_move(verb: str) -> None:
    def take(
        given: Given, caller: Writer, introduction_id: Id, version: ExpectedVersion, response: Response, body: MoveIn
    ) -> Any:
        step = Step(verb, version, **dict(body))
        moved = MoveIntroduction(given.store, given.clock, given.trail, given.post)(caller, introduction_id, step)
        return set_version(response, moved)

    router.add_api_route(
        f"/{{id}}/{verb}",
        take,
        methods=["POST"],
        response_model=IntroductionOut,
        name=f"{verb}_introduction",
        summary=_ABOUT[verb],
        description=f"{_ABOUT[verb]} A step that the state does not allow is 409 with the steps that are `allowed`.",
    )


for _verb in VERBS:
    _add_move(_verb)
