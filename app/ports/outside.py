"""The world outside the graph."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

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
