"""Takes an import back: what it created goes, what it changed becomes what it was.

Whatever a later import has changed since stays as that one left it.
"""

from collections.abc import Sequence
from typing import Any

from app.domain.access import Scope
from app.domain.errors import BadInput
from app.store.repositories.former import forget
from app.store.repositories.nodes import NodeRows, Plan
from app.store.repositories.portfolio import PLANS, REFERRALS
from app.store.repositories.session import BATCH, Session, batches
from app.store.repositories.ties import ALL_STEMS
from app.store.rows import from_json

_TIES = frozenset({"Relationship", "Acquaintance"})
_BY_LABEL: dict[str, Plan[Any]] = {plan.label.name: plan for plan in PLANS}


class UndoImport:
    def __init__(self, session: Session, import_id: str) -> None:
        self._session = session
        self._import_id = import_id

    def remember(self, label: str, changed_before: Sequence[tuple[str, str]]) -> None:
        """The first memory of a row wins."""
        if label not in _TIES and label not in _BY_LABEL:
            raise BadInput("An import remembers records of the portfolio only.", pointer="label")
        rows = [
            {"id": f"{self._import_id}:{label}:{key}", "record_id": key, "before": before}
            for key, before in sorted(changed_before)
        ]
        for batch in batches(rows):
            name = "system/remember_import_change"
            self._session.run(Scope.RUN, name, import_id=self._import_id, label=label, rows=batch)

    def undo(self, limit: int) -> int:
        """At most `limit` records; how many. 0: all is undone."""
        done = 0
        for step in (self._restore, self._remove_ties, self._remove_records):
            if done < limit:
                done += step(limit - done)
        if done:
            self._session.changed = True
        return done

    def _restore(self, limit: int) -> int:
        done, after = 0, ""
        while done < limit:
            name = "system/find_import_changes"
            params = {"import_id": self._import_id, "after": after, "limit": min(BATCH, limit - done)}
            changes = self._session.run(Scope.ADMIN, name, **params)
            if not changes:
                break
            after = changes[-1]["id"]
            later = self._changed_later([row["record_id"] for row in changes], by_id=True)
            mine = [row for row in changes if row["record_id"] not in later]
            for label in sorted({row["label"] for row in mine}):
                self._restore_label(label, [row for row in mine if row["label"] == label])
            self._session.run(Scope.ADMIN, "system/delete_import_changes", ids=[row["id"] for row in mine])
            done += len(mine)
        return done

    def _restore_label(self, label: str, changes: Sequence[dict[str, Any]]) -> None:
        before = {row["record_id"]: from_json(row["before"]) for row in changes}
        if label in _TIES:
            self._restore_ties(list(before.values()))
        else:
            NodeRows(self._session, _BY_LABEL[label]).restore(before)

    def _restore_ties(self, befores: Sequence[dict[str, Any]]) -> None:
        for stem in ALL_STEMS:
            rows = []
            for before in befores:
                if before["stem"] == stem:
                    kept = {key: value for key, value in before.items() if key not in ("from_id", "to_id", "stem")}
                    ends = {"from_id": before["from_id"], "to_id": before["to_id"]}
                    rows.append(ends | {"properties": kept, "restore": True})
            if rows:
                self._session.run(Scope.ADMIN, f"customers/update_{stem}", rows=rows)

    def _remove_ties(self, limit: int) -> int:
        done = 0
        for stem in ALL_STEMS:
            if done < limit:
                name = f"customers/delete_{stem}_import"
                found = self._session.run(Scope.ADMIN, name, import_id=self._import_id, limit=limit - done)
                done += sum(row["deleted"] for row in found)
        return done

    def _remove_records(self, limit: int) -> int:
        """What depends on others goes first: no record is left without the one it names."""
        done = 0
        for plan in reversed(PLANS):
            after = ""
            while done < limit:
                params = {"import_id": self._import_id, "after": after, "limit": min(BATCH, limit - done)}
                found = self._session.run(Scope.ADMIN, plan.label.statement("find", "_import"), **params)
                if not found:
                    break
                after = found[-1]["id"]
                ids = [row["id"] for row in found]
                later = self._changed_later(ids, by_id=False)
                gone = [key for key in ids if key not in later]
                if plan is REFERRALS:
                    self._remove_referral_ties(gone)
                if plan.former is not None:
                    forget(self._session, plan.former, [(key, 0) for key in gone])
                self._session.run(Scope.ADMIN, plan.label.statement("delete"), ids=gone)
                done += len(gone)
        return done

    def _remove_referral_ties(self, ids: Sequence[str]) -> None:
        """A referral's tie is drawn between the customers, not from its node."""
        found = self._session.run(Scope.ADMIN, REFERRALS.label.statement("get"), ids=ids)
        rows = [{"id": row["record"]["id"], "properties": row["record"]} for row in found]
        self._session.run(Scope.ADMIN, REFERRALS.label.statement("unlink"), rows=rows)

    def _changed_later(self, ids: Sequence[str], *, by_id: bool) -> set[str]:
        """Those that another import has changed: any other when this one created them, else one that came later
        (an import's id sorts by its time)."""
        params = {"ids": ids, "import_id": self._import_id, "any_other": not by_id}
        found = self._session.run(Scope.ADMIN, "system/find_later_changes", **params)
        return {row["record_id"] for row in found}
