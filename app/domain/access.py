"""Who is asking, and what that caller may do. Default deny: a caller without a scope may do nothing."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import NotAllowed


class Scope(StrEnum):
    READ = "read"  # customers, needs, suggestions, communities, values
    WRITE = "write"  # records and state changes
    RUN = "run"  # jobs and imports
    VET = "vet"  # approves introductions
    DECIDE = "decide"  # approves them as a senior manager
    SIGN = "sign"  # proposes and approves what takes two people
    ADMIN = "admin"  # keys, schema, undo


@dataclass(frozen=True, slots=True)
class Caller:
    id: str
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        if scope not in self.scopes:
            raise NotAllowed(f"This needs the scope {scope}.", remedy="Ask an administrator for a key that has it.")


OPERATOR_CLI = Caller("cli", frozenset(Scope))  # whoever may read the data folder may do everything
