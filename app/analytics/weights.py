"""Weights of rank fusion learned from a small history, pulled towards the documented ones.

How well a signal tells who will meet a need differs between deployments: in a forum those who answered yesterday
answer today, in a city's contracts the words decide. A conditional logit (McFadden 1974) over the candidates of each
decision, with 1 for the first place of a signal as in rank fusion, finds that out from some dozens of decisions. The
prior of each weight is normal around that of fusion with a deviation of 1, so that nothing is learned from nothing;
none falls below 0, so that more of a signal never ranks a provider lower.
"""

import json
from collections.abc import Sequence
from importlib import import_module

import numpy as np

from app.analytics.columns import Float64
from app.domain.errors import Misconfigured
from app.domain.ranking import WEIGHTS

HEAD = "weights of rank fusion\n"
DIGITS = 6  # kept: what lies behind differs between machines


def fit_weights(places: Float64, won: Float64, sizes: Sequence[int]) -> Float64:
    """One weight a signal, in the order of WEIGHTS. `places`: float64[rows, signals]; `sizes`: rows of each decision,
    of which one has won: 1, others 0. Time O(rows · signals) a step, some fifty steps."""
    prior = np.array(list(WEIGHTS.values()))
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    of_winners = won @ places

    def loss(weights: Float64) -> tuple[float, Float64]:
        scores = places @ weights
        highest = np.maximum.reduceat(scores, starts)
        raised = np.exp(scores - np.repeat(highest, sizes))
        sums = np.add.reduceat(raised, starts)
        away = weights - prior
        value = float((np.log(sums) + highest).sum() - of_winners @ weights + away @ away / 2)
        slope: Float64 = (raised / np.repeat(sums, sizes)) @ places - of_winners + away
        return value, slope

    # With the extra `ranker`, and half a second to import.
    found = import_module("scipy.optimize").minimize(
        loss, prior, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(prior)
    )
    return np.array([round(float(one), DIGITS) for one in found.x])


def to_text(weights: Float64) -> str:
    return HEAD + json.dumps(dict(zip(WEIGHTS, weights.tolist(), strict=True)), indent=1) + "\n"


def weights_of(text: str) -> Float64 | None:
    """None for a model of another kind; Misconfigured for one that is damaged."""
    if not text.startswith(HEAD):
        return None
    try:
        held = json.loads(text.removeprefix(HEAD))
        return np.array([float(held[name]) for name in WEIGHTS])
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured("The ranker's weights cannot be read.", remedy="Train another: `icrm train`.") from error
