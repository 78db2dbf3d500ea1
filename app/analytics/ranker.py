"""The learned order of candidates: where there is much to learn from, LightGBM over the signals that rank fusion uses,
each of them monotone; where there is less, the weights of rank fusion itself (`weights`).

Burges: From RankNet to LambdaRank to LambdaMART (2010). Constrained, because without it a model remembers who won
instead of why, and collapsed on a city whose contracts drifted (mean reciprocal rank .015 against fusion's .122). What
is paid is no signal, so it cannot be learned. LightGBM is the extra `ranker`; without it fusion serves.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from app.analytics.columns import ABSENT, NEVER, Float64
from app.analytics.topology import Topology
from app.analytics.weights import fit_weights, to_text, weights_of
from app.domain.errors import Misconfigured
from app.domain.ranking import WEIGHTS, K
from app.ports.analytics import Candidate

POOL = 100  # candidates that are ordered anew: .83 to .88 of the city's contracts have their provider among them
SIGNALS = len(WEIGHTS)
COLUMNS = (*WEIGHTS, *(f"place by {name}" for name in WEIGHTS), "fusion")
PLACES = slice(SIGNALS, 2 * SIGNALS)
VALUES = np.array([*range(SIGNALS), len(COLUMNS) - 1])
LEAST_FOR_TREES = 2_000  # decisions; of fewer, trees remember more than they learn
NEVER_DAYS = -36_500.0  # who was never seen in the category counts as a century ago
DAY = 86_400.0
ROUNDS = 200
PARAMETERS = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 20,
    "monotone_constraints": [1] * len(VALUES),
    "monotone_constraints_method": "intermediate",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "verbose": -1,
    "num_threads": 1,  # and deterministic: the same decisions and seed give the same model, byte for byte
    "deterministic": True,
    "force_row_wise": True,
}


def lightgbm() -> Any:
    """The library: a second to import, and an extra. Misconfigured where it is not installed."""
    if find_spec("lightgbm") is None:
        raise Misconfigured("The learned ranker needs LightGBM.", remedy='Install it: pip install "icrm[ranker]".')
    return import_module("lightgbm")


def newest(topology: Topology) -> int:
    """Seconds since 1970 of the latest match known: ages count from there, so that an answer does not depend on the
    day it is asked for."""
    dated = topology.need_met_at[(topology.need_met_by != ABSENT) & (topology.need_met_at != NEVER)]
    return int(dated.max()) if len(dated) else 0


def matrix(candidates: Sequence[Candidate], now: int) -> Float64:
    """One row a candidate, one column for each of COLUMNS, larger is better; 0 where a signal says nothing. A place is
    1 for the best and falls as in rank fusion."""
    rows = np.zeros((len(candidates), len(COLUMNS)))
    rows[:, [_PLACE["recency"], _PLACE["latest"]]] = NEVER_DAYS
    for row, candidate in enumerate(candidates):
        rows[row, -1] = candidate.score
        for feature in candidate.features:
            place = _PLACE[feature.name]
            rows[row, place] = _turned(feature.name, feature.value, now)
            rows[row, SIGNALS + place] = (K + 1) / (K + feature.rank)
    return rows


_PLACE = {name: place for place, name in enumerate(COLUMNS)}


def _turned(name: str, value: float, now: int) -> float:
    if name == "category":
        return 3.0 - value  # steps in the taxonomy; three are no relation
    if name == "place":
        return -value
    if name in ("recency", "latest"):
        return (value - now) / DAY
    return float(np.log1p(value)) if name in ("activity", "popularity", "ties") else value


def fit(rows: Float64, won: Float64, sizes: Sequence[int], *, seed: int) -> str:
    """A model as text. `sizes`: candidates of each decision; one row of each has won: 1, others 0.

    Time O(rounds · rows · columns): about 10 s for 5,000 decisions of a hundred candidates on one core.
    """
    if len(sizes) < LEAST_FOR_TREES:
        return to_text(fit_weights(rows[:, PLACES], won, sizes))
    library = lightgbm()
    data = library.Dataset(rows[:, VALUES], label=won, group=list(sizes))
    booster = library.train(PARAMETERS | {"seed": seed}, data, num_boost_round=ROUNDS)
    return str(booster.model_to_string())


class Model:
    """Scores of candidates; comparable within one question only."""

    def __init__(self, text: str) -> None:
        self.weights = weights_of(text)
        if self.weights is not None:
            return
        try:
            self.booster = lightgbm().Booster(model_str=text)
        except Misconfigured:
            raise
        except Exception as error:
            raise Misconfigured("The ranker's model cannot be read.", remedy="Train another: `icrm train`.") from error

    @property
    def kind(self) -> str:
        return "ranker" if self.weights is None else "learned weights"

    def scores(self, rows: Float64) -> Float64:
        if not len(rows):
            return np.empty(0)
        if self.weights is not None:
            return np.asarray(rows[:, PLACES] @ self.weights, dtype=np.float64)
        return np.asarray(self.booster.predict(rows[:, VALUES], num_threads=1), dtype=np.float64)


def order(ids: Sequence[str], scores: Float64, fused: Float64) -> list[int]:
    """Best first: by the model, then by fusion (trees give many equal scores), then by id."""
    return sorted(range(len(ids)), key=lambda place: (-scores[place], -fused[place], ids[place]))


def strengths(scores: Float64) -> Float64:
    """Softmax of one question's scores: how clearly each stands out, which is what calibration reads."""
    if not len(scores):
        return scores
    raised = np.exp(scores - scores.max())
    shares: Float64 = raised / raised.sum()
    return shares
