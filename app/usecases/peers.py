"""FindPeers: customers like a customer, with what they share."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.access import Caller
from app.domain.customer import Standing
from app.domain.errors import BadInput
from app.domain.peer import Peer
from app.ports.analytics import Analytics
from app.ports.store import Store, Transaction
from app.usecases.portfolio import find_customer

MOST_PEERS = 100


@dataclass(frozen=True, slots=True)
class NamedPeer:
    """`partners`: names of those that `peer.partner_ids` names and that the graph still has."""

    peer: Peer
    name: str
    partners: Mapping[str, str]


class FindPeers:
    def __init__(self, store: Store, analytics: Analytics) -> None:
        self.store = store
        self.analytics = analytics

    def __call__(self, caller: Caller, customer_id: str, *, count: int) -> list[NamedPeer]:
        """At most `count`, the most similar first; who has left is left out. NotFound for an unknown customer."""
        if not 1 <= count <= MOST_PEERS:
            raise BadInput(f"Ask for 1 to {MOST_PEERS} peers.", pointer="limit")
        # Twice as many as asked for: some may have left since the snapshot.
        self.store.read(caller, lambda tx: find_customer(tx, customer_id))
        found = self.analytics.similar(customer_id, count=2 * count)

        def read(tx: Transaction) -> list[NamedPeer]:
            ids = sorted({one for peer in found for one in (peer.customer_id, *peer.partner_ids)})
            known = {one.id: one for one in tx.customers.get(ids)} if ids else {}
            shown = [
                peer
                for peer in found
                if peer.customer_id in known and known[peer.customer_id].standing is not Standing.LEFT
            ]
            return [
                NamedPeer(
                    peer,
                    known[peer.customer_id].name,
                    {one: known[one].name for one in peer.partner_ids if one in known},
                )
                for peer in shown[:count]
            ]

        return self.store.read(caller, read)
