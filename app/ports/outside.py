"""The world outside the graph."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

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


class Channel(Protocol):
    """A way out of the house."""

    def __call__(self, message: Message) -> None:
        """Returns once the receiver has it; Undelivered."""
        ...
