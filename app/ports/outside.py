"""The world outside the graph."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from app.domain.contact import ContactMessage, Letter, Side
from app.domain.outbox import Message

Progress = Callable[[str, int, int], None]
"""(stage, done, total); total 0 when unknown."""


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, in UTC."""
        ...


class NewId(Protocol):
    def __call__(self, kind: str) -> str:
        """A fresh id of `app.domain.ids`."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Progress for those who do not watch."""


class Undelivered(Exception):
    """`reason` in our own words, never the receiver's. `final`: trying again is of no use."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class NotSure(Exception):
    """The receiver may have it, and may not. `reason` in our own words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sender(Protocol):
    """A way to the parties of introductions."""

    def __call__(self, message: ContactMessage, before_data: Callable[[], bool]) -> bool:
        """Whether it was delivered; False where `before_data`, asked just before it leaves, says no. Undelivered where
        it surely was not; NotSure where nobody can tell."""
        ...


class LetterText(Protocol):
    def __call__(self, side: Side, letter: Letter, fields: Mapping[str, str]) -> tuple[str, str]:
        """Subject and body."""
        ...


class Channel(Protocol):
    """A way out of the house."""

    def __call__(self, message: Message) -> None:
        """Returns once the receiver has it; Undelivered."""
        ...
