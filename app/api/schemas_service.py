"""Suggestions, jobs, imports, keys and what the service says of itself, on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from app.api.schemas import (
    LIST,
    BadInputValue,
    Body,
    CategoryId,
    Currency,
    CustomerId,
    Flag,
    Latitude,
    Long,
    Longitude,
    MoneyIn,
    NeedId,
    Number,
    Out,
    Short,
    Time,
    TimeOut,
    Whole,
)
from app.api.schemas_assignments import SuggestAllIn
from app.api.schemas_rankers import TrainRankerIn
from app.domain.access import Scope
from app.domain.job import JobState

QUERIES = 20  # named queries of one request: all must fit into the deadline
QueryName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class QueryIn(Body):
    """A recorded need by `need_id`, or an example in free text. `record`: the answer is acted upon, so it goes into the
    decision log and the policy may explore or hold out; otherwise it is a preview, and nothing is stored. Where it is
    absent the service's setting decides."""

    need_id: NeedId | None = None
    text: Long | None = None
    seeker_id: CustomerId | None = None
    category_id: CategoryId | None = None
    licence: Short | None = None
    budget: MoneyIn | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    limit: Annotated[Whole, Field(ge=1, le=20)] = 3
    threshold: Annotated[Number, Field(ge=0, le=1)] = 0.0
    least_chance: Annotated[Number, Field(ge=0, le=1)] = 0.0
    exclude: Annotated[tuple[CustomerId, ...], Field(max_length=LIST)] = ()
    record: Flag | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "QueryIn":
        if (self.need_id is None) == (self.text is None):
            raise BadInputValue("Send either need_id or text.")
        return self


class SuggestionsIn(Body):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"queries": {"dispute": {"text": "counsel for a supplier dispute", "limit": 3}}},
                {
                    "queries": {
                        "addition": {"need_id": "need_0123456789abcdefghjkmnpqrs"},
                        "bridge": {"text": "structural inspection of a bridge", "limit": 3},
                    }
                },
            ]
        },
    )

    queries: Annotated[dict[QueryName, QueryIn], Field(min_length=1, max_length=QUERIES)]


class ExplanationOut(Out):
    feature: str
    value: float | str
    contribution: float
    sentence: str
    source: str


class EstimateOut(Out):
    """A measured probability, its 95 % interval, and how many past cases it was calibrated on."""

    value: float
    low: float
    high: float
    evidence: int


class StageOut(Out):
    """`successes` of `trials` past introductions; `estimate` at this score, null where too few carry one."""

    name: Literal["accepted", "deal", "good"]
    successes: int
    trials: int
    estimate: EstimateOut | None
    sentence: str


class ChanceOut(Out):
    """`beneficial`: probability that an introduction becomes good business, the product of all stages; null while one
    of them is not calibrated. `band` says how much the signals agree and is no probability. `fit`: how often a provider
    that stood out like this met the need, in the ranker's history."""

    band: Literal["strong", "fair", "weak"]
    beneficial: EstimateOut | None
    stages: list[StageOut]
    fit: EstimateOut | None
    sentence: str


class SuggestionOut(Out):
    """`score` in [0, 1]: how much the signals agree; not a probability."""

    customer_id: str
    name: str
    rank: int
    score: float
    chance: ChanceOut
    explanations: list[ExplanationOut]


class ReasonOut(Out):
    code: str
    sentence: str


class BlockedOut(Out):
    customer_id: str
    reasons: list[ReasonOut]


class SuggestionSetOut(Out):
    """`none_because` is filled exactly when nobody fits. Who has not consented is only counted."""

    need_id: str | None
    text: str
    seeker_id: str | None
    suggestions: list[SuggestionOut]
    none_because: str | None
    blocked: list[BlockedOut]
    blocked_by_consent: int
    snapshot_at: TimeOut
    snapshot_watermark: int
    notes: list[str]
    decision_id: str | None


class PlaceOut(Out):
    pointer: str
    detail: str


class ProblemOut(Out):
    """RFC 9457. `type` is stable; `help` explains it."""

    model_config = ConfigDict(
        json_schema_serialization_defaults_required=False,
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:icrm:problem:invalid",
                    "title": "The request breaks a rule",
                    "status": 422,
                    "detail": "`errors` names each place.",
                    "request_id": "req_0123456789abcdef01234567",
                    "help": "/problems/invalid",
                    "errors": [{"pointer": "/name", "detail": "Field required"}],
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    help: str
    errors: list[PlaceOut] | None = None
    allowed: list[str] | None = None


class SuggestionsOut(Out):
    """One result per name: suggestions, or the problem of that query alone."""

    results: dict[str, SuggestionSetOut | ProblemOut]


LayerWeight = Annotated[Number, Field(ge=0, le=1000)]


class LayerWeightsIn(Body):
    """What each layer counts for in the combined run; one that is not named keeps its usual weight."""

    trade: LayerWeight | None = None
    referral: LayerWeight | None = None
    interest: LayerWeight | None = None
    geography: LayerWeight | None = None


class DetectCommunitiesIn(Body):
    """`engine`: who computes them; absent: as the service is set up. `gds` needs a Neo4j with Graph Data Science.
    `layer`: one of them alone, with a run of its own. `half_life_days`: dated ties halve with age. `max_size`: larger
    communities are split where they can be."""

    type: Literal["detect_communities"]
    engine: Literal["auto", "local", "gds"] | None = None
    resolution: Annotated[Number, Field(gt=0, le=1000)] | None = None
    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)] = 0
    layer: Literal["combined", "trade", "referral", "interest", "geography"] | None = None
    weights: LayerWeightsIn | None = None
    half_life_days: Annotated[Number, Field(gt=0, le=36500)] | None = None
    max_size: Annotated[Whole, Field(ge=2, le=2**31 - 1)] | None = None


class ScoreValueIn(Body):
    """`margin_rate` turns payments into the operator's margin; it is stored and shown as an assumption."""

    type: Literal["score_value"]
    currency: Currency | None = None
    annual_rate: Annotated[Number, Field(ge=0, le=10)] | None = None
    margin_rate: Annotated[Number, Field(ge=0, le=1)] | None = None
    valuation_at: Time | None = None
    known_at: Time | None = None
    strict: Flag = False


class RefreshSnapshotIn(Body):
    type: Literal["refresh_snapshot"]


JobIn = Annotated[
    DetectCommunitiesIn | ScoreValueIn | RefreshSnapshotIn | SuggestAllIn | TrainRankerIn, Field(discriminator="type")
]


class JobOut(Out):
    id: str
    type: str
    state: JobState
    stage: str
    done: int
    total: int
    result: dict[str, Any] | None
    error: str | None
    created_at: TimeOut
    created_by: str
    started_at: TimeOut | None
    finished_at: TimeOut | None
    cancel_requested: bool


class ImportOut(Out):
    """rows_in = created + updated + unchanged + failed."""

    id: str
    kind: str
    state: str
    source: str
    started_at: TimeOut
    finished_at: TimeOut | None
    rows_in: int
    created: int
    updated: int
    unchanged: int
    failed: int
    undone_at: TimeOut | None


class KeyIn(Body):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "reporting", "scopes": ["read"]}]}
    )

    name: Short
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]


class KeyOut(Out):
    id: str
    name: str
    scopes: list[Scope]
    created_at: TimeOut
    revoked_at: TimeOut | None


class NewKeyOut(KeyOut):
    """`key` is shown this once."""

    key: str


class MeOut(Out):
    id: str
    scopes: list[Scope]
    authentication: bool


class FeatureOut(Out):
    """`low` and `high` bound the value; null: no bound."""

    name: str
    weight: float
    unit: str
    low: float
    high: float | None
    higher_is_better: bool
    about: str
    source: str
    sentences: list[str]


class AlgorithmsOut(Out):
    """What ranks providers. No feature knows of any payment."""

    method: str
    features: list[FeatureOut]


class QueryOut(Out):
    name: str
    about: str
    params: list[str]
    returns: list[str]
    defaults: dict[str, Any]


class QueryTextOut(QueryOut):
    text: str


class QueriesOut(Out):
    data: list[QueryOut]


class RunIn(Body):
    """Values for the query's declared parameters; those with a default may be left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"params": {"limit": 10}}]})

    params: Annotated[
        dict[Annotated[str, Field(max_length=64)], Short | Whole | Number | Flag | None],
        Field(max_length=20, default_factory=dict),
    ]


class RowsOut(Out):
    """At most as many rows as the query bounds."""

    data: list[dict[str, Any]]


class PropertyOut(Out):
    type: str
    unit: str
    sensitivity: str
    about: str


class NodeOut(Out):
    about: str
    owner: str
    properties: dict[str, PropertyOut]


class RelationshipTypeOut(NodeOut):
    from_labels: list[str]
    to_labels: list[str]


class SchemaOut(Out):
    version: int
    nodes: dict[str, NodeOut]
    relationships: dict[str, RelationshipTypeOut]


class HealthOut(Out):
    status: str


class CheckOut(Out):
    name: str
    ok: bool | None
    detail: str


class ReadyOut(Out):
    status: str
    checks: list[CheckOut]


def instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
