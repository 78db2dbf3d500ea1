"""From bytes to rows, with limits, before any parser sees them.

A file is read in pieces of 64 KB, split at LF, CRLF or CR, joined again inside quotation marks, decoded, and only then
parsed. So a row of any length costs at most MAX_ROW_BYTES, a NUL byte and a wrong encoding are seen, and one bad row
leaves the next ones whole.
"""

import csv
import hashlib
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.errors import BadInput, BadRow

MAX_ROW_BYTES = 10 * 2**20  # more than any text that we store (1 MB), little enough to hold in memory
MAX_ROW_LINES = 1000  # physical lines of one quoted row; a stray quotation mark costs no more than these
PIECE = 64 * 1024
ENCODINGS = ("utf-8", "cp1252")
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")

csv.field_size_limit(MAX_ROW_BYTES)


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` by the header's names as written there."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One physical line with its end, or `content` None for one that is too long."""

    line: int
    content: bytes | None


def examine(path: Path, *, encoding: str) -> str:
    """A hash of a file that can be read and decoded; BadInput, or BadRow with the line, for any other."""
    if encoding not in ENCODINGS:
        raise BadInput(f"An encoding is one of {', '.join(ENCODINGS)}.", pointer="encoding")
    digest = hashlib.sha256()
    for piece in _physical(path):
        digest.update(b"too long" if piece.content is None else piece.content)
        if piece.content is not None:
            try:
                piece.content.decode(encoding)
            except UnicodeDecodeError as exc:
                raise wrong_encoding(path.name, piece.line, encoding) from exc
    return digest.hexdigest()


def read_header(path: Path, *, encoding: str) -> tuple[str, ...]:
    """The names in the first row; empty for an empty file."""
    for row in _records(path, encoding):
        if isinstance(row, BadRow):
            raise row
        return tuple(name.strip() for name in row[1])
    return ()


def read_csv(path: Path, *, encoding: str) -> Iterator[Row | BadRow]:
    """The rows below the header, by its names. Cells beyond the header are tolerated when empty; empty lines are no
    rows."""
    header: tuple[str, ...] | None = None
    for record in _records(path, encoding):
        if header is None:
            if isinstance(record, BadRow):
                raise record
            header = tuple(name.strip() for name in record[1])
        elif isinstance(record, BadRow):
            yield record
        elif record[1]:
            yield _row(path.name, record[0], header, record[1])


def read_json_lines(path: Path, *, encoding: str) -> Iterator[tuple[int, dict[str, Any]] | BadRow]:
    """(line, object) for each line that is not blank."""
    for piece in _physical(path):
        text = _text(path.name, piece.line, piece.content, encoding)
        if isinstance(text, BadRow):
            yield text
        elif text.strip():
            yield _object(path.name, piece.line, text)


def wrong_encoding(file: str, line: int, encoding: str) -> BadRow:
    other = "; it may be cp1252: convert the file or name the encoding cp1252" if encoding == "utf-8" else ""
    return BadRow(file, line, "row", f"text in {encoding}{other}")


def _object(file: str, line: int, text: str) -> tuple[int, dict[str, Any]] | BadRow:
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
        if "\\u" in text and not _is_text(found):
            return BadRow(file, line, "row", "text without NUL characters and halves of characters")
    except (ValueError, RecursionError):
        return BadRow(file, line, "row", "one JSON object")
    return (line, found) if isinstance(found, dict) else BadRow(file, line, "row", "one JSON object")


def _is_text(value: Any) -> bool:
    """Whether a JSON value holds only texts that the graph can store; escapes such as \\u0000 make others."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return all(_is_text(part) for pair in value.items() for part in pair)
    return not isinstance(value, list) or all(map(_is_text, value))


def _refuse_constant(name: str) -> None:
    raise ValueError  # NaN and Infinity are not JSON


def _row(file: str, line: int, header: Sequence[str], cells: Sequence[str]) -> Row | BadRow:
    if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        return BadRow(file, line, "row", f"{len(header)} columns, and there are {len(cells)}")
    return Row(line, dict(zip(header, cells, strict=False)))


def _records(path: Path, encoding: str) -> Iterator[tuple[int, list[str]] | BadRow]:
    """(line where it starts, cells) of each row of a CSV file, quoted line ends joined."""
    waiting: deque[_Piece] = deque()
    pieces = _physical(path)
    while True:
        first = waiting.popleft() if waiting else next(pieces, None)
        if first is None:
            return
        joined = [first]
        content = first.content or b""
        inside = first.content is not None and _is_open(content)
        while inside and len(joined) < MAX_ROW_LINES and len(content) <= MAX_ROW_BYTES:
            more = waiting.popleft() if waiting else next(pieces, None)
            if more is None:
                break
            joined.append(more)
            if more.content is None:
                break
            content += more.content
            inside = _is_open(more.content, inside=True)
        if inside:  # the mark is never closed: only the row that opened it is lost
            yield BadRow(path.name, first.line, "row", "a closing quotation mark")
            waiting.extendleft(reversed(joined[1:]))
            continue
        text = _text(path.name, first.line, None if first.content is None else content, encoding)
        yield text if isinstance(text, BadRow) else _cells(path.name, first.line, text)


def _cells(file: str, line: int, text: str) -> tuple[int, list[str]] | BadRow:
    try:
        rows = list(csv.reader([text.rstrip("\r\n")], strict=True))
    except csv.Error:
        return BadRow(file, line, "row", "quotation marks around whole cells, doubled within")
    return (line, rows[0] if rows else [])


def _text(file: str, line: int, content: bytes | None, encoding: str) -> str | BadRow:
    if content is None:
        return BadRow(file, line, "row", f"a row of at most {MAX_ROW_BYTES // 2**20} MB")
    if b"\0" in content:
        return BadRow(file, line, "row", "text without NUL bytes")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return wrong_encoding(file, line, encoding)


def _is_open(content: bytes, *, inside: bool = False) -> bool:
    """Whether a line ends inside a quoted cell, having begun inside one or not. Marks within an unquoted cell
    (5" pipe) are plain text."""
    at, end = 0, len(content)
    while at < end:
        if inside or content[at : at + 1] == b'"':
            at += not inside
            inside = False
            while True:
                at = content.find(b'"', at)
                if at < 0:
                    return True
                if content[at + 1 : at + 2] != b'"':
                    break
                at += 2
        at = content.find(b",", at)
        if at < 0:
            return False
        at += 1
    return False


def _physical(path: Path) -> Iterator[_Piece]:
    """The lines of a file with their ends, numbered from 1; a byte order mark is dropped."""
    try:
        with path.open("rb") as file:
            yield from _split(file)
    except OSError as exc:
        raise BadInput(
            f"{path.name} cannot be read ({exc.strerror}).", pointer=path.name, remedy="Check name and permissions."
        ) from exc


def _split(file: Any) -> Iterator[_Piece]:
    rest, line, too_long = b"", 1, False
    first = file.read(len(_BOM))
    rest = b"" if first == _BOM else first
    while True:
        piece = file.read(PIECE)
        rest += piece
        at = 0
        for match in _LINE_END.finditer(rest):
            if match.end() == len(rest) and match.group() == b"\r" and piece:
                break  # an LF may follow in the next piece
            yield _Piece(line, None if too_long or match.end() - at > MAX_ROW_BYTES else rest[at : match.end()])
            line, at, too_long = line + 1, match.end(), False
        rest = rest[at:]
        if not piece:
            break
        if too_long or len(rest) > MAX_ROW_BYTES:
            # Only the last byte is kept: it may be the CR of the row's end.
            too_long, rest = True, rest[-1:]
    if rest or too_long:
        yield _Piece(line, None if too_long or len(rest) > MAX_ROW_BYTES else rest)
