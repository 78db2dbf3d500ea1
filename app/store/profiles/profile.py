"""The description of an engine."""

from dataclasses import dataclass

from cypher import Schema


@dataclass(frozen=True, slots=True)
class Profile:
    """`gds`: Graph Data Science can be there. `enforces_read_mode`: the engine refuses writes in a read transaction.
    `honours_timeouts`: it ends a transaction at the client's time limit. `writers`: how many transactions of one
    process write at once. `key_race_codes`: errors that the loser of two concurrent MERGEs of one key gets, so that
    repeating the transaction helps.
    """

    name: str
    gds: bool
    enforces_read_mode: bool
    honours_timeouts: bool
    writers: int
    key_race_codes: frozenset[str] = frozenset()

    def schema_statements(self, schema: Schema) -> list[str]:
        """Constraints and indexes, idempotent. The same text serves both engines: ArcadeDB takes Neo4j's DDL over Bolt
        and creates the label with it (measured on 26.11.1.dev2); labels without a unique key need no statement."""
        statements = []
        for label in schema.nodes.values():
            for key in label.unique:
                statements.append(
                    f"CREATE CONSTRAINT {_name(label.name, key)}_unique IF NOT EXISTS "
                    f"FOR (n:{label.name}) REQUIRE n.{key} IS UNIQUE"
                )
            for columns in label.index:
                fields = ", ".join(f"n.{column}" for column in columns)
                statements.append(
                    f"CREATE INDEX {_name(label.name, *columns)} IF NOT EXISTS FOR (n:{label.name}) ON ({fields})"
                )
        return statements


def _name(*parts: str) -> str:
    return "_".join(part.lower() for part in parts)
