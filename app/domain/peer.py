"""Customers like a customer: who deals with the same partners and works in the same categories."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """`score`: share of all partners and categories of the two that both have, rare ones counting more; 0 to 1.
    The partners are ids; at most a few of either are named."""

    customer_id: str
    score: float
    partner_count: int
    category_count: int
    partner_ids: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def reason(self) -> str:
        """What the two share, in words."""
        parts = []
        if self.partner_count:
            parts.append(f"{self.partner_count} partner{'' if self.partner_count == 1 else 's'}")
        if self.category_count:
            more = ", …" if self.category_count > len(self.categories) else ""
            kind = "category" if self.category_count == 1 else "categories"
            parts.append(f"the {kind} {', '.join(self.categories)}{more}")
        return f"Shares {' and '.join(parts)}."
