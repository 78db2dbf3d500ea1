"""A dispute about an introduction: both sides are heard, somebody decides, and what was done meanwhile is undone
exactly where nobody was at fault.

open → found → (appealed → found)*, closed when its time for an appeal is over.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.contact import Side
from app.domain.customer import Customer, Standing
from app.domain.errors import BadInput, IllegalMove
from app.domain.introduction import IntroductionStatus

APPEAL_DAYS = 14
EFFECT_DAYS = 365  # how long a finding weighs on the vetting of whoever was at fault
MOST_STATEMENTS = 200


class DisputeState(StrEnum):
    OPEN = "open"
    FOUND = "found"
    APPEALED = "appealed"


class Fault(StrEnum):
    """Who was at fault. `nobody`: it was unsuccessful, which is no fault."""

    NOBODY = "nobody"
    SEEKER = "seeker"
    PROVIDER = "provider"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Dispute:
    """`opened_by`: the side that complains; `about`: the introduction's state before. `severity` 1 to 4. `held_ids`:
    customers whose introductions are held because of it, with their `standings_before`. `lowered_ids`: those whose
    vetting the finding has lowered, with their `vettings_before`, until `effect_until`. `sides`, `texts`, `said_at`:
    what either side has stated."""

    id: str
    introduction_id: str
    seeker_id: str
    provider_id: str
    opened_by: Side
    opened_at: datetime
    severity: int
    about: IntroductionStatus
    owner: str
    due_at: datetime
    state: DisputeState = DisputeState.OPEN
    fault: Fault | None = None
    finding: str | None = None
    found_by: str | None = None
    found_at: datetime | None = None
    held_ids: tuple[str, ...] = ()
    standings_before: tuple[Standing, ...] = ()
    lowered_ids: tuple[str, ...] = ()
    vettings_before: tuple[int, ...] = ()
    effect_until: datetime | None = None
    sides: tuple[Side, ...] = ()
    texts: tuple[str, ...] = ()
    said_at: tuple[str, ...] = ()
    version: int = 1

    def customer(self, side: Side) -> str:
        return self.seeker_id if side is Side.SEEKER else self.provider_id

    @property
    def heard(self) -> frozenset[Side]:
        return frozenset(self.sides)

    @property
    def at_fault(self) -> tuple[str, ...]:
        """Ids of the customers."""
        blamed = {Fault.SEEKER: (Side.SEEKER,), Fault.PROVIDER: (Side.PROVIDER,), Fault.BOTH: tuple(Side)}
        return tuple(self.customer(side) for side in blamed.get(self.fault or Fault.NOBODY, ()))


def stated(one: Dispute, side: Side, text: str, at: datetime) -> Dispute:
    """IllegalMove once it was found; a finding is appealed against."""
    if one.state is DisputeState.FOUND:
        raise IllegalMove("A finding was made; appeal against it.", allowed=("appeal",))
    if len(one.texts) >= MOST_STATEMENTS:
        raise BadInput("There are as many statements as a dispute takes.", pointer="/text")
    return replace(
        one,
        sides=(*one.sides, side),
        texts=(*one.texts, text),
        said_at=(*one.said_at, at.isoformat()),
        version=one.version + 1,
    )


def found(one: Dispute, fault: Fault, finding: str, by: str, at: datetime) -> Dispute:
    """IllegalMove before both were heard, and where a finding stands."""
    if one.state is DisputeState.FOUND:
        raise IllegalMove("A finding was made; appeal against it.", allowed=("appeal",))
    missing = [side for side in Side if side not in one.heard]
    if missing:
        raise IllegalMove(f"The {' and the '.join(missing)} must be heard first.", allowed=("state",))
    return replace(
        one,
        state=DisputeState.FOUND,
        fault=fault,
        finding=finding,
        found_by=by,
        found_at=at,
        due_at=at + timedelta(days=APPEAL_DAYS),
        version=one.version + 1,
    )


def appealed(one: Dispute, side: Side, text: str, at: datetime, *, answer_by: datetime) -> Dispute:
    """By whoever was found at fault, in time, against the one who has found; another decides."""
    if one.state is not DisputeState.FOUND or one.found_at is None:
        raise IllegalMove("There is no finding to appeal against.", allowed=("state", "find"))
    if at > one.found_at + timedelta(days=APPEAL_DAYS):
        raise IllegalMove("The time for an appeal is over.", allowed=())
    if one.customer(side) not in one.at_fault:
        raise BadInput("Only whoever was found at fault appeals.", pointer="/side")
    opened = replace(one, state=DisputeState.APPEALED, due_at=answer_by)
    return stated(opened, side, text, at)


def freed(customer: Customer, before: Standing) -> Customer:
    """As it was, unless something else has happened to it since."""
    return replace(customer, standing=before) if customer.standing is Standing.HELD else customer
