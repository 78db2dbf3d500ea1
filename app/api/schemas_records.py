"""Customers and what is recorded of them, on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field, Strict, model_validator
from pydantic.config import JsonDict

from app.api.schemas import (
    LIST,
    BadInputValue,
    Body,
    CategoryId,
    CustomerId,
    Flag,
    Latitude,
    Long,
    Longitude,
    MoneyIn,
    MoneyOut,
    Number,
    Out,
    Short,
    Slots,
    Time,
    TimeOut,
    Whole,
)
from app.domain.customer import Channel, Purpose, Standing
from app.domain.need import NeedStatus
from app.domain.relationship import RelationshipKind

Count = Annotated[int, Strict(), Field(ge=0, le=1_000_000)]
_CUSTOMER: JsonDict = {
    "name": "Alder & Sons Builders",
    "source": "crm",
    "external_id": "A-1017",
    "segment": "construction",
    "region": "PA",
    "vetting": 2,
    "open_slots": 3,
}
_NEED: JsonDict = {
    "seeker_id": "cus_0123456789abcdefghjkmnpqrs",
    "text": "Add a second floor with one bedroom",
    "category_id": "construction.home_addition",
    "budget": {"amount": "80000.00", "currency": "USD"},
}
_CAPABILITY: JsonDict = {
    "provider_id": "cus_0123456789abcdefghjkmnpqrs",
    "text": "Home additions and roofs",
    "category_id": "construction.home_addition",
    "licences": ["residential_contractor"],
}


class CustomerFields(Body):
    aliases: Annotated[tuple[Short, ...], Field(max_length=50)] = ()
    segment: Short | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    region: Short | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    vetting: Annotated[Whole, Field(ge=0, le=4, description="V0 listed … V4 vouched by a named officer.")] = 0
    vetting_expires_at: Time | None = None
    standing: Standing = Standing.GOOD
    open_slots: Slots | None = None
    lifetime_value: MoneyIn | None = None
    lifetime_value_source: Short | None = None
    lifetime_value_at: Time | None = None
    purchases_repeated: Annotated[Count, Field(description="Purchases after the first.")] | None = None
    first_purchase_at: Time | None = None
    last_purchase_at: Time | None = None
    observed_until: Annotated[Time, Field(description="Until when every purchase is known.")] | None = None
    contract_renewals: Annotated[Count, Field(le=10_000, description="Renewals so far.")] | None = None
    contract_months: Annotated[Whole, Field(ge=1, le=1200, description="Its period; 12 when absent.")] | None = None
    contract_ended: Annotated[Flag, Field(description="Not renewed after these renewals.")] | None = None
    mean_margin: Annotated[MoneyIn, Field(description="Of a repeated purchase or a contract period.")] | None = None
    monthly_margin: Annotated[MoneyIn, Field(description="A month, while it is a customer.")] | None = None
    monthly_hazard: (
        Annotated[Number, Field(ge=0, le=100, description="Of leaving, a month, without a tie to a fellow customer.")]
        | None
    ) = None


class CustomerIn(CustomerFields):
    """`source` + `external_id` are your own key; the id is derived from them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CUSTOMER]})

    name: Short
    source: Short = "api"
    external_id: Short | None = None


class CustomerPatch(CustomerFields):
    """Only the fields sent are changed; null empties one that may be empty."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"standing": "held", "open_slots": 0}]})

    name: Short | None = None

    @model_validator(mode="after")
    def _never_empty(self) -> "CustomerPatch":
        if not self.model_fields_set:
            raise BadInputValue("Send at least one field.")
        for field in ("name", "aliases", "vetting", "standing"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise BadInputValue(f"{field} cannot be empty.")
        return self


class CustomerOut(Out):
    id: str
    name: str
    source: str
    external_id: str
    aliases: list[str]
    segment: str | None
    country: str | None
    region: str | None
    latitude: float | None
    longitude: float | None
    group_id: str | None
    vetting: int
    vetting_expires_at: TimeOut | None
    standing: Standing
    open_slots: int | None
    lifetime_value: MoneyOut | None
    lifetime_value_source: str | None
    lifetime_value_at: TimeOut | None
    purchases_repeated: int | None
    first_purchase_at: TimeOut | None
    last_purchase_at: TimeOut | None
    observed_until: TimeOut | None
    contract_renewals: int | None
    contract_months: int | None
    contract_ended: bool | None
    mean_margin: MoneyOut | None
    monthly_margin: MoneyOut | None
    monthly_hazard: float | None
    created_at: TimeOut | None
    updated_at: TimeOut | None
    version: int


class NeedIn(Body):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_NEED]})

    seeker_id: CustomerId
    text: Long
    source: Short = "api"
    external_id: Short | None = None
    known_at: Time | None = None
    category_id: CategoryId | None = None
    status: NeedStatus = NeedStatus.OPEN
    budget: MoneyIn | None = None
    licence: Short | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    ongoing: Flag = True
    confidential: Flag = False
    operator_can_fill: Flag = False
    expires_at: Time | None = None


class NeedOut(Out):
    id: str
    seeker_id: str
    text: str
    source: str
    external_id: str
    known_at: TimeOut
    category_id: str | None
    status: NeedStatus
    budget: MoneyOut | None
    licence: str | None
    latitude: float | None
    longitude: float | None
    ongoing: bool
    confidential: bool
    operator_can_fill: bool
    met_by: str | None
    met_at: TimeOut | None
    expires_at: TimeOut | None
    version: int


class CapabilityIn(Body):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CAPABILITY]})

    provider_id: CustomerId
    text: Long
    source: Short = "api"
    external_id: Short | None = None
    category_id: CategoryId | None = None
    licences: Annotated[tuple[Short, ...], Field(max_length=50)] = ()
    radius_km: Annotated[Number, Field(ge=0, le=20_040, description="Half the equator at most.")] | None = None
    smallest: MoneyIn | None = None
    largest: MoneyIn | None = None
    open_slots: Slots | None = None
    valid_from: Time | None = None
    valid_to: Time | None = None


class CapabilityOut(Out):
    id: str
    provider_id: str
    text: str
    source: str
    external_id: str
    category_id: str | None
    licences: list[str]
    radius_km: float | None
    smallest: MoneyOut | None
    largest: MoneyOut | None
    open_slots: int | None
    valid_from: TimeOut | None
    valid_to: TimeOut | None
    version: int


class RelationshipOut(Out):
    id: str
    kind: RelationshipKind
    from_id: str
    to_id: str
    source: str
    strength: float
    count: int
    amount: MoneyOut | None
    first_at: TimeOut | None
    last_at: TimeOut | None


class ConsentIn(Body):
    """One line of the ledger. The latest line that names a purpose decides it; without a line the answer is no."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "cus_0123456789abcdefghjkmnpqrs",
                    "purposes": ["match_as_provider", "contact"],
                    "granted": True,
                    "basis": "opt-in form of 2026",
                }
            ]
        },
    )

    customer_id: CustomerId
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=len(Purpose))]
    granted: Flag
    basis: Short
    source: Short = "api"
    channel: Channel | None = None
    expires_at: Time | None = None


class ConsentOut(Out):
    id: str
    customer_id: str
    purposes: list[Purpose]
    granted: bool
    basis: str
    source: str
    channel: Channel | None
    recorded_at: TimeOut
    recorded_by: str | None
    expires_at: TimeOut | None


class RecordedConsentOut(ConsentOut):
    """`cancelled`: introductions that this line has ended; `leaving`: messages that were on their way out meanwhile."""

    cancelled: list[str]
    leaving: int


class EffectiveConsentOut(Out):
    """`line` decides; null where none names the purpose, which is a no."""

    purpose: Purpose
    granted: bool
    line: ConsentOut | None


class EffectiveConsentsOut(Out):
    data: list[EffectiveConsentOut]


class LedgerOut(Out):
    """The whole ledger of one customer, oldest first, and which purposes it grants now."""

    data: list[ConsentOut]
    granted_now: list[Purpose]


class NetworkNodeOut(Out):
    id: str
    name: str
    depth: int
    community_id: str | None


class NetworkEdgeOut(Out):
    from_id: str
    to_id: str
    kind: str
    strength: float
    last_at: TimeOut | None


class NetworkOut(Out):
    """`truncated`: there are more nodes than the limit."""

    nodes: Annotated[list[NetworkNodeOut], Field(max_length=10 * LIST)]
    edges: list[NetworkEdgeOut]
    truncated: bool
