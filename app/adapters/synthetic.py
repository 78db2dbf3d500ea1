"""A synthetic portfolio as a source of an import, streamed: a million relationships need no memory for all at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.adapters.native import BYTES_ON_DISK, ROWS_PER_SECOND
from app.ports.records import KINDS, Entry, Estimate
from seed import synthetic_batches


@dataclass(frozen=True, slots=True)
class SyntheticSource:
    """`kinds`: those to import, such as customers and relationships alone; what the others name is left out too."""

    customers: int
    relationships: int
    seed: int = 0
    kinds: tuple[str, ...] = KINDS

    @property
    def kind(self) -> str:
        return "synthetic"

    def fingerprint(self) -> str:
        return f"synthetic {self.customers} {self.relationships} {self.seed} {','.join(self.kinds)}"

    def entries(self) -> Iterator[Entry]:
        line = 0
        for kind, records in synthetic_batches(self.customers, seed=self.seed, relationships=self.relationships):
            if kind in self.kinds:
                for record in records:
                    line += 1
                    yield Entry(kind, "synthetic", line, record)

    def estimate(self) -> Estimate:
        rows = self.relationships + 6 * self.customers  # needs, capabilities, outcomes and flows beside the customers
        return Estimate(rows, rows / ROWS_PER_SECOND, 300 * 2**20, BYTES_ON_DISK * rows)
