"""What a customer can provide, in which category, where, and for whom."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the taxonomy; `id` is its dotted code, such as `construction.home_addition`."""

    id: str
    name: str
    parent_id: str | None = None
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """`radius_km` counts from the provider's place; `smallest` and `largest` bound the deal (a fund's ticket)."""

    id: str
    provider_id: str
    text: str
    source: str
    external_id: str
    category_id: str | None = None
    licences: tuple[str, ...] = ()
    radius_km: float | None = None
    smallest: Money | None = None
    largest: Money | None = None
    open_slots: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: int = 1
    import_id: str | None = None
