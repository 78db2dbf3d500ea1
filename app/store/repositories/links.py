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
        """Every tie with one of these at either end, at most `limit` of each of five parts, the strongest first."""
        by_kind = {kind: sorted({one for one in ids if kind_of(one) is kind}) for kind in StopKind}
        rows = self._session.run(
            Scope.READ,
            "views/find_links",
            customers=by_kind[StopKind.CUSTOMER],
            contacts=by_kind[StopKind.CONTACT],
            staff=by_kind[StopKind.STAFF],
            limit=limit,
        )
        people: dict[str, Person] = {}
        links: set[Link] = set()
        for row in rows:
            kind, last_at = LinkKind(row["kind"]), row["last_at"]
            at = None if last_at is None else moment(last_at)
            links.add(Link(kind, row["from_id"], row["to_id"], float(row["strength"]), int(row["count"]), at))
            contact = {LinkKind.KNOWS: "to", LinkKind.WORKS_FOR: "from"}.get(kind)
            if contact is not None:
                person = Person(row[f"{contact}_name"], row["role"] or None, row["employer_id"] or None)
                people[row[f"{contact}_id"]] = person
            if kind is LinkKind.KNOWS:
                people[row["from_id"]] = Person(row["from_name"])
        ordered = sorted(links, key=lambda link: (link.kind, link.from_id, link.to_id, -link.strength, -link.count))
        return Links(tuple(ordered), people, complete=len(rows) < limit)
