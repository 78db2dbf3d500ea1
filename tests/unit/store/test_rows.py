"""The mapping between records and properties, for every record and any content."""

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cypher
from app.domain.customer import Customer
from app.domain.errors import BadInput
from app.domain.introduction import Introduction, Move
from app.domain.ledger import LedgerTotal
from app.domain.money import LARGEST, Money
from app.domain.referral import CashFlow, FlowKind, Ledger
from app.domain.relationship import Relationship, RelationshipKind
from app.store import records
from app.store.rows import Mapper, from_json, moment, to_json

MAPPERS = [value for value in vars(records).values() if isinstance(value, Mapper)]
NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)

st.register_type_strategy(Money, st.builds(Money, st.integers(-LARGEST, LARGEST), st.sampled_from(["EUR", "JPY"])))
st.register_type_strategy(datetime, st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))
st.register_type_strategy(float, st.floats(allow_nan=False))
st.register_type_strategy(int, st.integers(-(2**63) + 1, 2**63 - 1))


@st.composite
def introductions(draw: st.DrawFn) -> Introduction:
    """With moves in the order of their times that end with the status, or without any."""
    made = draw(st.builds(Introduction, moves=st.just(())))
    moves = sorted(draw(st.lists(st.builds(Move))), key=lambda one: one.at)
    return dataclasses.replace(
        made, moves=(*moves[:-1], *(dataclasses.replace(one, status=made.status) for one in moves[-1:]))
    )


st.register_type_strategy(Introduction, introductions())
st.register_type_strategy(
    LedgerTotal,
    st.builds(
        LedgerTotal,
        month=st.sampled_from(["1999-12", "2026-01"]),
        kind=st.sampled_from([kind for kind in FlowKind if kind is not FlowKind.PAYMENT]),
    ),
)


@pytest.mark.parametrize("mapper", MAPPERS, ids=lambda mapper: mapper.name)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_record_comes_back_from_its_properties(mapper: Mapper[Any], data: st.DataObject) -> None:
    record = data.draw(st.from_type(mapper.kind))
    outside = {name: getattr(record, name) for name in mapper.outside}
    properties = mapper.properties(record)
    assert mapper.record(properties, **outside) == record
    assert from_json(to_json(properties)) == properties
    kept = mapper.record({name: value for name, value in properties.items() if value is not None}, **outside)
    assert kept == record


@pytest.mark.parametrize("mapper", MAPPERS, ids=lambda mapper: mapper.name)
def test_every_stored_property_is_published(mapper: Mapper[Any]) -> None:
    schema = cypher.schema()
    others = {"CustomerValue": "ReferralValue", "Relationship": "DEALS_WITH", "Acquaintance": "KNOWS"}
    name = others.get(mapper.name, mapper.name)
    published = (schema.nodes.get(name) or schema.relationships[name]).properties
    assert set(mapper.columns) <= set(published)
    assert set(published) - set(mapper.columns) <= {
        "digest", "import_id", "version", "known_since", "id", "stable_id", "crv_referral_total",
        "crv_introduction_total", "turn",
    }  # fmt: skip


def test_money_enums_and_tuples_become_what_a_graph_can_store() -> None:
    flow = CashFlow("f", "o", FlowKind.FEE, Ledger.OPERATOR, Money(5, "EUR"), NOW, NOW)
    assert records.FLOW.bare(flow) == {
        "id": "f",
        "outcome_id": "o",
        "kind": "fee",
        "ledger": "operator",
        "amount_minor": 5,
        "currency": "EUR",
        "valid_at": NOW,
        "recorded_at": NOW,
    }
    row = Relationship("r", RelationshipKind.DEALS_WITH, "a", "b", "crm", amount=Money(1, "USD"))
    assert set(records.RELATIONSHIP.bare(row)) == {
        "id",
        "source",
        "strength",
        "count",
        "amount_minor",
        "amount_currency",
    }


def test_the_digest_is_of_the_content_and_not_of_its_history() -> None:
    one = Customer("c", "Name", "crm", "1")
    digest = records.CUSTOMER.properties(one)["digest"]
    history = {"version": 9, "created_at": NOW, "updated_at": NOW, "import_id": "imp"}
    assert records.CUSTOMER.properties(dataclasses.replace(one, **history))["digest"] == digest
    for change in ({"name": "Other"}, {"aliases": ("x",)}, {"open_slots": 0}, {"lifetime_value": Money(1, "EUR")}):
        assert records.CUSTOMER.properties(dataclasses.replace(one, **change))["digest"] != digest
    elsewhere = dataclasses.replace(one, vetting_expires_at=NOW.astimezone(timezone(timedelta(hours=5))))
    here = dataclasses.replace(one, vetting_expires_at=NOW)
    assert records.CUSTOMER.properties(elsewhere) == records.CUSTOMER.properties(here)


def test_what_no_graph_can_store_is_refused() -> None:
    with pytest.raises(BadInput):
        records.CUSTOMER.properties(Customer("c", "n", "s", "1", open_slots=2**63))
    with pytest.raises(BadInput):
        records.CUSTOMER.properties(Customer("c", "n", "s", "1", created_at=datetime(2026, 1, 1)))


def test_a_type_without_a_rule_is_a_defect_that_shows_at_once() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Odd:
        id: str
        parts: dict[str, str]

    with pytest.raises(TypeError):
        Mapper(Odd)


def test_microseconds_since_1970_are_a_time() -> None:
    assert moment(int(NOW.timestamp()) * 10**6 + NOW.microsecond) == NOW
    assert moment(-1) == datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
