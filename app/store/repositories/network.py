"""Who is around a customer: layer by layer, strongest ties first, the same on every engine."""

from app.domain.access import Scope
from app.domain.errors import BadInput, NotFound
from app.ports.views import Network, NetworkEdge, NetworkNode
from app.store.repositories.session import Session

DEEPEST = 3
LARGEST_NETWORK = 500  # nodes; what a person can still read on a map
_EDGES_PER_NODE = 20


def explore_network(session: Session, customer_id: str, *, depth: int, limit: int) -> Network:
    """`limit` nodes at most, the customer itself included."""
    if not 1 <= depth <= DEEPEST:
        raise BadInput(f"A network has a depth of 1 to {DEEPEST}.", pointer="depth")
    if not 1 <= limit <= LARGEST_NETWORK:
        raise BadInput(f"A network has 1 to {LARGEST_NETWORK} nodes.", pointer="limit")
    if not session.run(Scope.READ, "customers/find_customer_digests", ids=[customer_id]):
        raise NotFound("There is no such customer.")
    depths = {customer_id: 0}
    frontier, truncated = [customer_id], False
    for layer in range(1, depth + 1):
        left = limit - len(depths)
        found = session.run(
            Scope.READ, "views/find_neighbours", ids=frontier, seen=dict.fromkeys(depths, 1), limit=left + 1
        )
        truncated = len(found) > left
        frontier = [row["id"] for row in found[:left]]
        depths |= dict.fromkeys(frontier, layer)
        if truncated or not frontier:
            break
    ids = list(depths)
    names = {row["id"]: row for row in session.run(Scope.READ, "views/get_network_nodes", ids=ids)}
    edges = session.run(
        Scope.READ, "views/find_network_edges", ids=ids, wanted=dict.fromkeys(ids, 1), limit=limit * _EDGES_PER_NODE
    )
    return Network(
        nodes=tuple(
            NetworkNode(key, names[key]["name"], depths[key], names[key]["community_id"]) for key in ids if key in names
        ),
        edges=tuple(
            NetworkEdge(row["from_id"], row["to_id"], row["kind"], row["strength"], row["last_at"]) for row in edges
        ),
        truncated=truncated,
    )
