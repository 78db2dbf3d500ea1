"""Jobs, imports, keys and what the service says of itself, on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.api.schemas import (
    Body,
    Currency,
    Flag,
    Number,
    Out,
    Short,
    Time,
    TimeOut,
    Whole,
)
from app.api.schemas_assignments import SuggestAllIn
from app.api.schemas_programme import MOST_ASKED
from app.api.schemas_rankers import TrainRankerIn
from app.domain.access import Scope
from app.domain.evidence import WINDOW_DAYS
from app.domain.ids import id_pattern
from app.domain.job import JobState
from app.domain.outbox import MessageState, Topic


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
    """`margin_rate` turns payments into the operator's margin; it is stored and shown as an assumption.
    `hazard_ratio`: what a tie to a fellow customer multiplies the chance to leave by; 1, which claims nothing, when
    absent. Where two people have signed parameters, a run that states others fails."""

    type: Literal["score_value"]
    currency: Currency | None = None
    annual_rate: Annotated[Number, Field(ge=0, le=10)] | None = None
    margin_rate: Annotated[Number, Field(ge=0, le=1)] | None = None
    valuation_at: Time | None = None
    known_at: Time | None = None
    strict: Flag | None = None
    hazard_ratio: Annotated[Number, Field(ge=0, le=100)] | None = None


class ProgrammeReportIn(Body):
    """What is absent is as in the latest report. `window_days`: business counts that began so long after a decision.
    `asked`, `anyway`: of your survey among parties who did business, how many answered, and of them would have
    anyway."""

    type: Literal["programme_report"]
    window_days: Annotated[Whole, Field(ge=1, le=WINDOW_DAYS)] | None = None
    asked: Annotated[Whole, Field(ge=0, le=MOST_ASKED)] | None = None
    anyway: Annotated[Whole, Field(ge=0, le=MOST_ASKED)] | None = None


class ReconcileCashIn(Body):
    type: Literal["reconcile_cash"]


class BridgeValueIn(Body):
    """From the run `before` to the run `after`; absent: from the run before the one that readers see to that one."""

    type: Literal["bridge_value"]
    before: Annotated[str, Field(pattern=id_pattern("run"))] | None = None
    after: Annotated[str, Field(pattern=id_pattern("run"))] | None = None


class AdvanceIntroductionsIn(Body):
    """Approves what nobody has to look at, lets offers without an answer expire, and tells what is overdue."""

    type: Literal["advance_introductions"]


class ValueSensitivityIn(Body):
    type: Literal["value_sensitivity"]


class RefreshSnapshotIn(Body):
    type: Literal["refresh_snapshot"]


JobIn = Annotated[
    DetectCommunitiesIn
    | ScoreValueIn
    | ProgrammeReportIn
    | ReconcileCashIn
    | BridgeValueIn
    | ValueSensitivityIn
    | AdvanceIntroductionsIn
    | RefreshSnapshotIn
    | SuggestAllIn
    | TrainRankerIn,
    Field(discriminator="type"),
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


class MessageOut(Out):
    """`payload` is the JSON text that receivers get and that the signature covers."""

    id: str
    topic: Topic
    subject_id: str
    payload: str
    created_at: TimeOut
    next_at: TimeOut
    state: MessageState
    tries: int
    reached: Annotated[list[str], Field(description="Channels that have it.")]
    problem: str | None
    sent_at: TimeOut | None


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
