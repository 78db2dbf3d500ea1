"""Attendees from a file: usual slots where none are stated, the first wrong row by its place."""

from pathlib import Path

import pytest

from app.adapters.attendees import read_event
from app.domain.assignment import Attendee, Event
from app.domain.errors import BadInput, BadRow, NotFound


def written(folder: Path, text: str) -> Path:
    path = folder / "fair-2026.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_event_is_named_after_its_file_and_slots_are_as_stated_or_usual(tmp_path: Path):
    path = written(tmp_path, "customer_id,asks_in\ncus_1,3\n cus_2 ,\n\ncus_3,0\n")
    attendees = (Attendee("cus_1", 5, 3), Attendee("cus_2", 5, 8), Attendee("cus_3", 5, 0))
    assert read_event(path) == Event("fair-2026", attendees)


@pytest.mark.parametrize("cell", ["-1", "1001", "1.5", "many", "٣", "9" * 5000])
def test_a_slot_that_is_no_number_is_named_by_line_and_never_repeated(tmp_path: Path, cell: str):
    path = written(tmp_path, f"customer_id,asks_out\ncus_1,2\ncus_2,{cell}\n")
    with pytest.raises(BadRow, match=r"line 3, field asks_out: expected a whole number from 0 to 1000") as refused:
        read_event(path)
    assert cell not in str(refused.value).replace("from 0 to 1000", "").replace("line 3", "")


def test_files_without_the_column_or_the_id_or_that_do_not_exist_are_refused(tmp_path: Path):
    for text in ("", "id\ncus_1\n", "customer_id,colour\ncus_1,red\n"):
        with pytest.raises(BadInput, match="has the column customer_id"):
            read_event(written(tmp_path, text))
    with pytest.raises(BadRow, match="line 2, field customer_id"):
        read_event(written(tmp_path, "customer_id,asks_in\n ,3\n"))
    with pytest.raises(NotFound):
        read_event(tmp_path / "absent.csv")
