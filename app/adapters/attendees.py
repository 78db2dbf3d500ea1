"""The attendees of an event from a CSV file: `customer_id`, and where they differ from the usual `asks_out`, `asks_in`.
The event is named after the file."""

from pathlib import Path

from app.adapters.reader import examine, read_csv, read_header
from app.domain.assignment import ASKS_IN, ASKS_OUT, MOST_ASKS, MOST_ATTENDEES, Attendee, Event
from app.domain.errors import BadInput, BadRow, NotFound, TooLarge

COLUMNS = ("customer_id", "asks_out", "asks_in")


def read_event(path: Path) -> Event:
    """NotFound, BadRow for the first row that is wrong, BadInput for a header without customer_id."""
    if not path.is_file():
        raise NotFound("The file of attendees does not exist.")
    examine(path, encoding="utf-8")
    header = read_header(path, encoding="utf-8")
    if "customer_id" not in header or not set(header) <= set(COLUMNS):
        raise BadInput("A file of attendees has the column customer_id, and may have asks_out and asks_in.")
    found: list[Attendee] = []
    for row in read_csv(path, encoding="utf-8"):
        if isinstance(row, BadRow):
            raise row
        if len(found) == MOST_ATTENDEES:
            raise TooLarge(f"An event has at most {MOST_ATTENDEES} attendees.")
        customer_id = row.cells.get("customer_id", "").strip()
        if not customer_id:
            raise BadRow(path.name, row.line, "customer_id", "the id of a customer")
        slots = [_slots(row.cells.get(name, ""), usual, (path.name, row.line, name)) for name, usual in _SLOTS]
        found.append(Attendee(customer_id, *slots))
    return Event(path.stem, tuple(found))


_SLOTS = (("asks_out", ASKS_OUT), ("asks_in", ASKS_IN))


def _slots(text: str, usual: int, place: tuple[str, int, str]) -> int:
    text = text.strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ASKS)) and int(text) <= MOST_ASKS):
        raise BadRow(*place, f"a whole number from 0 to {MOST_ASKS}")
    return int(text)
