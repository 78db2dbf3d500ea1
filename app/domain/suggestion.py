"""Ranked, explained providers for a need; nobody's decision yet."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.chance import Chance
from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class NeedQuery:
    """What to find providers for: a recorded need by id, or free text as an example. `limit` is 1 to 20 (default 3).
    `threshold`: least score. `least_chance`: least P(good business); where that is not known, nobody is suggested.
    `among`: nobody else is a candidate (the attendees of an event). `record`: the answer is acted upon, so it goes into
    the decision log, and the policy may explore or hold out."""

    need_id: str | None = None
    text: str | None = None
    seeker_id: str | None = None
    category_id: str | None = None
    licence: str | None = None
    budget: Money | None = None
    latitude: float | None = None
    longitude: float | None = None
    limit: int = 3
    threshold: float = 0.0
    least_chance: float = 0.0
    exclude: tuple[str, ...] = ()
    record: bool = False
    among: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One reason. `value` is the stored feature, `contribution` its share of the score, `source` where it comes from,
    `sentence` what a customer may read."""

    feature: str
    value: float | str
    contribution: float
    sentence: str
    source: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`score` in [0, 1] is how much the signals agree on this provider; it is not a probability. `chance` is one, or
    says what is missing for one."""

    customer_id: str
    name: str
    rank: int
    score: float
    explanations: tuple[Explanation, ...]
    chance: Chance


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody was left out: a stable `code` and a sentence for those allowed to see it."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Blocked:
    customer_id: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class SuggestionSet:
    """`none_because` is filled exactly when `suggestions` is empty. Who has not consented is only counted. `notes` are
    sentences that change no suggestion, such as that the operator itself has a product for the need. `decision_id`:
    where the log keeps how this came about; None for a preview."""

    need_id: str | None
    text: str
    seeker_id: str | None
    suggestions: tuple[Suggestion, ...]
    none_because: str | None
    blocked: tuple[Blocked, ...]
    blocked_by_consent: int
    snapshot_at: datetime
    snapshot_watermark: int
    notes: tuple[str, ...] = ()
    decision_id: str | None = None
