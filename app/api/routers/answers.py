"""The page behind a party's link: what it is asked, and its answer. No account; looking changes nothing."""

import html
from typing import Annotated

from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse

from app.api.deps import Given
from app.api.routers.pages import page
from app.domain.contact import Answer
from app.domain.errors import Conflict, NotFound
from app.usecases.letters import ANSWER_PATH
from app.usecases.moving import MoveIntroduction
from app.usecases.responses import AnswerByLink, Asked, RecordAnswer, check_answer

router = APIRouter(prefix=ANSWER_PATH.rstrip("/"), include_in_schema=False)
Token = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9_.]+$")]
_BUTTONS = {
    Answer.YES: "Yes, go on",
    Answer.NO: "No, thank you",
    Answer.NOT_NOW: "Not now",
    Answer.ASSISTANT: "Ask my assistant",
    Answer.PERSON: "I want to talk to a person",
}
_THANKS = {
    Answer.YES: "Thank you. You hear from us as soon as we know more.",
    Answer.NO: "Thank you for telling us. Nothing further happens.",
    Answer.NOT_NOW: "Thank you. We come back to you later.",
    Answer.ASSISTANT: "Thank you. We ask your assistant.",
    Answer.PERSON: "Thank you. A person calls you within two days.",
}


@router.get("/{token}")
def show_question(given: Given, token: Token) -> HTMLResponse:
    try:
        asked = _use_case(given).shown(token)
    except (Conflict, NotFound):
        return _page(_closed(), status=404)
    return _page(_letter(asked) + (_form() if asked.open else _closed()))


@router.post("/{token}")
def take_answer(given: Given, token: Token, answer: Annotated[str, Form(max_length=20)] = "") -> HTMLResponse:
    chosen = check_answer(answer)
    try:
        _use_case(given)(token, chosen)
    except Conflict:
        return _page(_closed(), status=409)
    except NotFound:
        return _page(_closed(), status=404)
    return _page(f"<p>{html.escape(_THANKS[chosen])}</p>")


_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
}


def _use_case(given: Given) -> AnswerByLink:
    if given.post is None:
        raise NotFound("This link is not valid.")
    move = MoveIntroduction(given.store, given.clock, given.trail, given.post)
    return AnswerByLink(given.store, given.clock, given.post, RecordAnswer(given.store, given.clock, given.trail, move))


def _letter(asked: Asked) -> str:
    """Without the link itself, which is in the address already."""
    lines = [line for line in asked.message.body.splitlines() if ANSWER_PATH not in line]
    paragraphs = "\n".join(lines).strip().split("\n\n")
    return "".join(f"<p>{html.escape(one).replace(chr(10), '<br>')}</p>" for one in paragraphs if one.strip())


def _form() -> str:
    buttons = "".join(
        f'<button name="answer" value="{answer}">{html.escape(text)}</button> ' for answer, text in _BUTTONS.items()
    )
    return f'<form method="post">{buttons}</form>'


def _closed() -> str:
    return "<p>No answer is waited for any more. Call us if something is wrong.</p>"


def _page(body: str, status: int = 200) -> HTMLResponse:
    return page("An introduction", body, status, _HEADERS)
