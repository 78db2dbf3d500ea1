"""What values are scored with: as two people have signed it; until then as the settings say and the request states."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.errors import Conflict
from app.domain.sign_off import SignOff, SignOffState, Subject
from app.ports.store import Transaction
from app.usecases.value_scoring import ScoreParameters

_OF_A_RUN = frozenset({"valuation_at", "known_at", "signed_off"})
NAMES = tuple(name for name in ScoreParameters.__slots__ if name not in _OF_A_RUN)
"""Those that are signed; as of when a run values is its own matter."""
_PROPOSE = "Propose other parameters, and have somebody else approve them (docs/closing.md)."


def in_force(tx: Transaction) -> SignOff | None:
    """The parameters that were approved last."""
    found = tx.sign_offs.of_subject(Subject.PARAMETERS, SignOffState.APPROVED, limit=1)
    return found[0] if found else None


def content_of(parameters: ScoreParameters) -> dict[str, Any]:
    return {name: getattr(parameters, name) for name in NAMES}


def parameters_of_content(one: SignOff) -> ScoreParameters:
    document = one.document
    stated = {name: document[name] for name in NAMES if name in document}  # one signed before a name was there
    return ScoreParameters(**stated, signed_off=one.id)


def asked_for(signed: SignOff | None, defaults: ScoreParameters, stated: Mapping[str, Any]) -> ScoreParameters:
    """`stated`: what a request names, None for what it does not. Conflict where it names something else than was
    signed."""
    named = {name: value for name, value in stated.items() if value is not None}
    if signed is None:
        return replace(defaults, **named)
    kept = parameters_of_content(signed)
    other = [name for name, value in named.items() if name in NAMES and value != getattr(kept, name)]
    if other:
        raise Conflict(f"Two people have signed another {other[0]}.", remedy=_PROPOSE)
    return replace(kept, **{name: value for name, value in named.items() if name not in NAMES})


def check_signed(tx: Transaction, parameters: ScoreParameters) -> None:
    """Conflict unless a run that readers will see is made with what is in force."""
    signed, stated = in_force(tx), replace(parameters, valuation_at=None, known_at=None)
    if signed is not None and stated != parameters_of_content(signed):
        raise Conflict("Two people have signed other parameters.", remedy=_PROPOSE)
