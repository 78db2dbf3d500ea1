"""The ties around officers, people and customers, whatever their kind: one statement however many are asked about."""

from collections.abc import Sequence

from app.domain.access import Scope
from app.domain.path import Link, LinkKind, Links, Person, StopKind, kind_of
from app.store.repositories.session import Session
from app.store.rows import moment


class LinkRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def around(self, ids: Sequence[str], *, limit: int) -> Links:
        """Every tie with one of these at either end, at most `limit` of each of five parts."""
        by_kind = {kind: sorted({one for one in ids if kind_of(one) is kind}) for kind in StopKind}
        rows = self._session.run(
            Scope.READ,
            "views/find_links",
            customers=by_kind[StopKind.CUSTOMER],
            contacts=by_kind[StopKind.CONTACT],
            staff=by_kind[StopKind.STAFF],
            limit=limit,
        )
        lines = [line for row in rows for line in row["lines"]]
        people: dict[str, Person] = {}
        links: set[Link] = set()
        for kind, from_id, to_id, from_name, to_name, role, employer, strength, count, at in lines:
            last_at = None if at is None else moment(at)
            links.add(Link(LinkKind(kind), from_id, to_id, float(strength), int(count), last_at))
            if kind == LinkKind.KNOWS:
                people[from_id] = Person(from_name)
                people[to_id] = Person(to_name, role or None, employer or None)
            elif kind == LinkKind.WORKS_FOR:
                people[from_id] = Person(from_name, role or None, employer or None)
        ordered = sorted(links, key=lambda link: (link.kind, link.from_id, link.to_id, -link.strength, -link.count))
        return Links(tuple(ordered), people, complete=all(len(row["lines"]) < limit for row in rows))
