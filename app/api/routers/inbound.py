"""What mail systems post to us, signed after Standard Webhooks: replies of parties to letters."""

from typing import Any

from fastapi import APIRouter

from app.adapters.inbound import letter_id, said, says_stop
from app.api.deps import Given, Signed
from app.api.schemas_contact import ReplyIn, TakenOut
from app.api.strict import StrictRoute
from app.usecases.consents import RecordConsent
from app.usecases.moving import MoveIntroduction
from app.usecases.replies import Reply, TakeReply
from app.usecases.responses import RecordAnswer

router = APIRouter(prefix="/inbound", tags=["introductions"], route_class=StrictRoute)


@router.post("/mail", status_code=202, response_model=TakenOut, dependencies=[Signed])
def take_mail(given: Given, body: ReplyIn) -> Any:
    """A party's reply to a letter, from your mail system. It must be signed with ICRM_INBOUND_SECRET (Standard
    Webhooks), and no key is asked for. Yes, no, not now, assistant, person and stop are understood in its first line;
    whatever else goes to the introduction's owner. The answer is the same whatever
    became of it."""
    move = MoveIntroduction(given.store, given.clock, given.trail, given.post)
    record = RecordAnswer(given.store, given.clock, given.trail, move)
    consent = RecordConsent(given.store, given.clock, given.new_id, given.trail, given.post)
    reply = Reply(letter_id(body.in_reply_to), body.sender, said(body.text), says_stop(body.text))
    TakeReply(given.store, given.clock, record, consent)(reply)
    return {"taken": True}
