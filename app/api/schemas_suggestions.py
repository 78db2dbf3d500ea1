"""Queries for suggestions and the answers to them, on the wire."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

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
    NeedId,
    Number,
    Out,
    Short,
    TimeOut,
    Whole,
)
from app.api.schemas_service import ProblemOut

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


class SuggestionsOut(Out):
    """One result per name: suggestions, or the problem of that query alone."""

    results: dict[str, SuggestionSetOut | ProblemOut]
