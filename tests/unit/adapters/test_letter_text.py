"""The words of letters."""

import pytest

from app.adapters.letter_text import letter_text
from app.domain.contact import Letter, Side
from app.domain.errors import Misconfigured
from app.domain.vouching import WORDING, vouched

FIELDS = {
    "operator": "First Bank",
    "name": "Ann",
    "need": "a roof",
    "category": "Roofing",
    "vouching": WORDING[2],
    "note": "",
    "until": "2026-03-01",
    "link": "https://bank.example/a/x",
    "disclosure": "Nobody pays us.",
    "other": "Other",
    "other_contact": "Bob",
    "other_address": "bob@example.com",
}


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("letter", Letter)
def test_every_letter_has_its_words(side: Side, letter: Letter) -> None:
    subject, body = letter_text(side, letter, FIELDS)
    assert "First Bank" in subject
    assert "Dear Ann," in body
    assert "{" not in subject + body


def test_a_field_that_is_not_known_is_an_error_and_never_a_gap() -> None:
    with pytest.raises(Misconfigured, match="offer_seeker"):
        letter_text(Side.SEEKER, Letter.OFFER, {name: value for name, value in FIELDS.items() if name != "vouching"})


def test_a_value_is_text_and_no_template_and_reaches_no_header() -> None:
    subject, body = letter_text(
        Side.SEEKER, Letter.INTRODUCED, FIELDS | {"other": "Evil\r\nBcc: all@example.com", "note": "{{ 7 * 7 }}\x00"}
    )
    assert "\n" not in subject
    assert "\r" not in subject + body
    assert "{{ 7 * 7 }}" in body
    assert "\x00" not in body


def test_the_operator_vouches_no_further_than_its_policy() -> None:
    assert vouched(4, 4) == WORDING[4]
    assert vouched(4, 2) == WORDING[2]
    assert vouched(9, 9) == WORDING[4]
