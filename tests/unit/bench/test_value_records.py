"""The portfolio that stored values are measured on: sound, of the size asked for, the same each time."""

from app.bench.value_records import Size, batches
from app.domain.referral import OutcomeKind
from app.usecases.import_checks import broken_rule

SIZE = Size(1_000, 300, 2_000)


def test_every_record_keeps_the_importers_rules() -> None:
    made: dict[str, list[object]] = {}
    for kind, rows in batches(SIZE):
        made.setdefault(kind, []).extend(rows)
    assert {kind: len(rows) for kind, rows in made.items()} == {
        "customers": 1_000, "referrals": 500, "outcomes": 300, "flows": 2_000,
    }  # fmt: skip
    assert [broken_rule(row) for rows in made.values() for row in rows if broken_rule(row)] == []
    kinds = [one.kind for one in made["outcomes"]]  # type: ignore[attr-defined]
    assert kinds.count(OutcomeKind.REFERRAL) == 150
    assert all(one.referrer_id != one.referred_id for one in made["referrals"])  # type: ignore[attr-defined]
    again = [row for _, rows in batches(SIZE) for row in rows]
    assert again == [row for rows in made.values() for row in rows]
