"""From bytes to rows: line ends, encodings, quotes and limits."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters import reader
from app.adapters.reader import Row, examine, read_csv, read_header, read_json_lines
from app.domain.errors import BadInput, BadRow


def rows(folder: Path, content: bytes, encoding: str = "utf-8") -> list[Row | BadRow]:
    file = folder / "t.csv"
    file.write_bytes(content)
    return list(read_csv(file, encoding=encoding))


def cells(folder: Path, content: bytes, encoding: str = "utf-8") -> list[tuple[str, ...]]:
    return [tuple(row.cells.values()) for row in rows(folder, content, encoding) if isinstance(row, Row)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_every_line_end_gives_the_same_rows(tmp_path: Path, end: bytes, bom: bytes) -> None:
    content = bom + end.join([b"a,b", b"1,2", b"3,4"])
    assert cells(tmp_path, content) == [("1", "2"), ("3", "4")] == cells(tmp_path, content + end)


def test_a_line_end_within_quotes_belongs_to_the_cell_and_lines_are_still_counted(tmp_path: Path) -> None:
    found = rows(tmp_path, b'a,b\n"x\r\ny",2\n3,4\n')
    assert [row.line for row in found] == [2, 4]
    assert cells(tmp_path, b'a,b\n"x\r\ny",2\n3,4\n')[0] == ("x\r\ny", "2")


def test_a_mark_in_an_unquoted_cell_is_plain_text(tmp_path: Path) -> None:
    assert cells(tmp_path, b'a,b\n5" pipe,2\n3,4\n') == [('5" pipe', "2"), ("3", "4")]


def test_a_mark_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    found = rows(tmp_path, b'a,b\n"open,2\n3,4\n5,6\n')
    assert isinstance(found[0], BadRow)
    assert (found[0].line, [row.line for row in found[1:]]) == (2, [3, 4])


def test_a_nul_byte_and_a_short_and_a_long_row_are_bad_rows(tmp_path: Path) -> None:
    found = rows(tmp_path, b"a,b\n1,\x00\n1\n1,2,3\n1,2,\n")
    assert [type(row) for row in found] == [BadRow, BadRow, BadRow, Row]
    assert "NUL" in str(found[0])


def test_a_row_of_ten_megabytes_is_a_bad_row_and_the_next_one_is_read(tmp_path: Path) -> None:
    found = rows(tmp_path, b"a,b\n1," + b"x" * (reader.MAX_ROW_BYTES + 1) + b"\r\n3,4\n")
    assert isinstance(found[0], BadRow)
    assert "10 MB" in str(found[0])
    assert found[1] == Row(3, {"a": "3", "b": "4"})


def test_cp1252_is_refused_with_its_line_and_read_when_named(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"a,b\n1,2\ncaf\xe9,4\n")
    with pytest.raises(BadRow, match=r"t\.csv, line 3.*cp1252") as caught:
        examine(file, encoding="utf-8")
    assert "caf" not in str(caught.value)
    assert cells(tmp_path, b"a,b\ncaf\xe9,4\n", "cp1252") == [("café", "4")]


def test_a_missing_file_is_named_and_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="absent"):
        examine(tmp_path / "absent.csv", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be read"):
        read_header(tmp_path, encoding="utf-8")


def test_a_json_line_that_is_no_object_is_a_bad_row(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_bytes(b'{"a": 1}\n[1]\n{"a": NaN}\n\n{"a"\n{"a": 2}')
    found = list(read_json_lines(file, encoding="utf-8"))
    assert [row.line if isinstance(row, BadRow) else row for row in found] == [(1, {"a": 1}), 2, 3, 5, (6, {"a": 2})]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(
        st.lists(st.text(st.sampled_from('ab",\r\n é\x0b\u2028'), max_size=6), min_size=2, max_size=2), max_size=6
    ),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    piece=st.integers(1, 9),
)
def test_what_csv_writes_is_read_back_whatever_the_pieces(
    tmp_path: Path, table: list[list[str]], end: str, piece: int
) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *table])
    before, reader.PIECE = reader.PIECE, piece
    try:
        assert cells(tmp_path, out.getvalue().encode()) == [tuple(row) for row in table]
    finally:
        reader.PIECE = before
