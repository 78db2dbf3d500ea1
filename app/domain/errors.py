"""Every error that a use case may raise, drawn once; one table at each edge maps them to HTTP and exit codes.

IcrmError
├── BadInput            the caller's data breaks a rule
│   ├── BadRow          one row of a file (file, line, field, expected)
│   ├── BadRows         rows that do not go with what is there
│   └── TooLarge        a size, count or time limit that the caller can lower
├── NotFound            absent, or not for this caller to know
├── Conflict            the state does not allow it
│   ├── IllegalMove     a state machine's refusal, with the moves that are allowed
│   ├── StaleVersion    If-Match names another version
│   └── KeyReused       an Idempotency-Key came back with another body, or is in flight
├── NotAllowed          the caller lacks a scope, or a party's consent is missing
│   └── NotSignedIn     no key, or one that is unknown or revoked
├── Unavailable         the graph or an engine cannot answer now; try again
│   ├── GraphUnreachable
│   └── TimedOut
└── Misconfigured       the operator must change a setting, a file or an installation
    ├── WrongPassword
    ├── WrongVersion    of the server, a data folder or a snapshot
    └── PlatformUnsupported

Messages never contain input values: they name the place (a field, a file, a line) and the remedy.
"""

from collections.abc import Sequence


class IcrmError(Exception):
    """The root. `remedy` is one sentence that says what to do; it may be empty."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadInput(IcrmError):
    """`pointer` is a JSON pointer or a parameter's name; `others` are further places where the same is wrong."""

    def __init__(self, message: str, *, pointer: str = "", remedy: str = "", others: Sequence[str] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.pointer = pointer
        self.others = tuple(others)


class BadRow(BadInput):
    def __init__(self, file: str, line: int, field: str, expected: str) -> None:
        super().__init__(f"{file}, line {line}, field {field}: expected {expected}.", pointer=field)
        self.file = file
        self.line = line
        self.field = field
        self.expected = expected


class BadRows(BadInput):
    """Rows that are sound by themselves and do not go with what is there: (place among the rows, field, what is
    expected there)."""

    def __init__(self, rows: Sequence[tuple[int, str, str]]) -> None:
        first, *others = [f"/rows/{index}/{field}" for index, field, _ in rows]
        super().__init__(f"Expected {rows[0][2]}.", pointer=first, others=others)
        self.rows = tuple(rows)


class TooLarge(BadInput):
    pass


class NotFound(IcrmError):
    pass


class Conflict(IcrmError):
    pass


class IllegalMove(Conflict):
    def __init__(self, message: str, *, allowed: Sequence[str]) -> None:
        super().__init__(message, remedy=f"Allowed now: {', '.join(allowed) or 'nothing'}.")
        self.allowed = tuple(allowed)


class StaleVersion(Conflict):
    pass


class KeyReused(Conflict):
    def __init__(self, message: str, *, in_flight: bool) -> None:
        super().__init__(message, remedy="Wait for the first request." if in_flight else "Use a new key.")
        self.in_flight = in_flight


class NotAllowed(IcrmError):
    pass


class NotSignedIn(NotAllowed):
    pass


class Unavailable(IcrmError):
    pass


class GraphUnreachable(Unavailable):
    pass


class TimedOut(Unavailable):
    pass


class Misconfigured(IcrmError):
    pass


class WrongPassword(Misconfigured):
    pass


class WrongVersion(Misconfigured):
    pass


class PlatformUnsupported(Misconfigured):
    pass
