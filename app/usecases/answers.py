"""What is said of the candidates that were looked at: who is suggested, why, how likely it goes well, or why nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.chance import Chance
from app.domain.facts import ProviderFacts
from app.domain.gates import HOW_TO_RECORD_CONSENT, Question
from app.domain.ranking import share
from app.domain.sentences import OPERATOR_ONLY, SOURCES, UNKNOWN, explain, explain_nobody, is_unknown
from app.domain.suggestion import Blocked, Explanation, Suggestion, SuggestionSet
from app.ports.analytics import Candidate, Feature, SnapshotInfo

MOST_BLOCKED = 20  # left-out providers that are listed
OLD_SNAPSHOT = (
    "The graph has changed since the snapshot that candidates come from, {age} s ago; what is new counts from the next "
    "snapshot on."
)
OPERATOR_FIRST = "The operator has a product of its own for this need; offer it first."
UNSURE = "There is too little evidence to say how likely an introduction goes well, and a least chance was asked for."
Shown = tuple[Candidate, ProviderFacts, Chance]


@dataclass(frozen=True, slots=True)
class Sifted:
    """`outcomes`: everybody considered, with the codes of the gates failed; only a hash of them ever leaves."""

    fitting: tuple[tuple[Candidate, ProviderFacts], ...] = ()
    blocked: tuple[Blocked, ...] = ()
    without_consent: int = 0
    outcomes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __add__(self, more: "Sifted") -> "Sifted":
        return Sifted(
            self.fitting + more.fitting,
            self.blocked + more.blocked,
            self.without_consent + more.without_consent,
            self.outcomes + more.outcomes,
        )


def empty(question: Question, info: SnapshotInfo, *, none_because: str | None) -> SuggestionSet:
    need = question.need
    fills_itself = need is not None and need.operator_can_fill
    return SuggestionSet(
        need_id=None if need is None else need.id,
        text=question.text,
        seeker_id=question.seeker_id,
        suggestions=(),
        none_because=none_because,
        blocked=(),
        blocked_by_consent=0,
        snapshot_at=info.taken_at,
        snapshot_watermark=info.watermark,
        notes=(OPERATOR_FIRST,) if fills_itself else (),
    )


def filled(answer: SuggestionSet, sifted: Sifted, shown: Sequence[Shown], *, nobody: str | None) -> SuggestionSet:
    """With those shown, in their order, and who was left out. `nobody`: why, when not the gates left nobody."""
    return replace(
        answer,
        suggestions=tuple(_suggestion(rank, *one) for rank, one in enumerate(shown, start=1)),
        none_because=None if shown else nobody or _nobody(sifted),
        blocked=tuple(sorted(sifted.blocked, key=_is_of_another_trade))[:MOST_BLOCKED],
        blocked_by_consent=sifted.without_consent,
    )


def aged(answer: SuggestionSet, at: datetime) -> SuggestionSet:
    """For a graph that has moved on since the snapshot."""
    age = max(0, round((at - answer.snapshot_at).total_seconds()))
    return noted(answer, OLD_SNAPSHOT.format(age=age))


def noted(answer: SuggestionSet, sentence: str) -> SuggestionSet:
    return replace(answer, notes=(*answer.notes, sentence)) if sentence else answer


def explanations(candidate: Candidate) -> list[Explanation]:
    """What counts most comes first, what is not known last."""
    found = [_explanation(feature, candidate.score) for feature in candidate.features]
    return sorted(found, key=lambda one: (one.value == UNKNOWN, -one.contribution, one.feature))


def _suggestion(rank: int, candidate: Candidate, facts: ProviderFacts, chance: Chance) -> Suggestion:
    why = tuple(explanations(candidate))
    return Suggestion(facts.party.id, facts.party.name, rank, round(candidate.score, 6), why, chance)


def _is_of_another_trade(blocked: Blocked) -> bool:
    return any(reason.code in ("other_category", "not_offered") for reason in blocked.reasons)


def _explanation(feature: Feature, score: float) -> Explanation:
    contribution = round(share(feature.name, feature.rank) / score, 6) if score else 0.0
    detail = feature.detail
    shown = _shown(feature, detail)
    return Explanation(feature.name, shown, contribution, explain(feature.name, detail), SOURCES[feature.name])


def _shown(feature: Feature, detail: str) -> float | str:
    """The stored value; nothing of what only the operator may know, and a month instead of a moment."""
    if feature.name == OPERATOR_ONLY:
        return "on file"
    if feature.name == "recency":
        return detail
    return UNKNOWN if is_unknown(feature.name, detail) else round(feature.value, 6)


def _nobody(sifted: Sifted) -> str:
    sentence = explain_nobody([one.reasons[0].code for one in sifted.blocked], sifted.without_consent)
    return f"{sentence} {HOW_TO_RECORD_CONSENT}" if sifted.without_consent and not sifted.blocked else sentence
