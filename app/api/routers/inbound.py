"""What mail systems post to us, signed after Standard Webhooks: replies of parties to letters."""

import time
from typing import Any

from fastapi import APIRouter, Request

from app.adapters.inbound import letter_id, said, says_stop
from app.api.deps import Given
from app.api.middleware import BODY
from app.api.schemas_contact import ReplyIn, TakenOut
from app.api.strict import StrictRoute
from app.domain.errors import NotFound, NotSignedIn
from app.usecases.consents import RecordConsent
from app.usecases.moving import MoveIntroduction
from app.usecases.replies import Reply, TakeReply
from app.usecases.responses import RecordAnswer

router = APIRouter(prefix="/inbound", tags=["introductions"], route_class=StrictRoute)


@router.post("/mail", status_code=202, response_model=TakenOut)
def take_mail(given: Given, request: Request, body: ReplyIn) -> Any:
    """A party's reply to a letter, from your mail system. It must be signed with ICRM_INBOUND_SECRET (Standard
    Webhooks), and no key is asked for. Yes, no, not now, assistant, person and stop are understood in its first line;
    whatever else goes to the introduction's owner. The answer is the same whatever
    became of it."""
    if given.receiver is None:
        raise NotFound("Replies by mail are not taken here.", remedy="Set ICRM_INBOUND_SECRET.")
    raw: bytes = request.scope.get(BODY, b"")
    if not given.receiver.believes(request.headers, raw, time.time()):
        raise NotSignedIn(
            "This needs a signature of ours.", remedy="Sign as Standard Webhooks says, within five minutes."
        )
    move = MoveIntroduction(given.store, given.clock, given.trail, given.post)
    record = RecordAnswer(given.store, given.clock, given.trail, move)
    consent = RecordConsent(given.store, given.clock, given.new_id, given.trail, given.post)
    reply = Reply(letter_id(body.in_reply_to), body.sender, said(body.text), says_stop(body.text))
    TakeReply(given.store, given.clock, record, consent)(reply)
    return {"taken": True}
