"""From ranks to the document of an evaluation: means with intervals, slices, comparisons, calibration, exposure."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from app.analytics.columns import Float64
from app.evaluate.needs import CAP, SINGLE, Found
from graph_algos.evaluation import (
    bootstrap,
    calibration_curve,
    calibration_error,
    discounted_gain,
    gini,
    hit_at,
    ratio_interval,
    reciprocal_rank,
)

CATEGORIES = 5  # largest ones that are slices of their own
Document = dict[str, Any]


def document(data: str, found: Found, *, protocol: str, seed: int) -> Document:
    """Everything as plain values, rounded, so that the same seed gives the same bytes."""
    methods = {name: _method(found.column(name), seed) | {"single_signal": name in SINGLE} for name in found.ranks}
    best = max(SINGLE, key=lambda name: methods[name]["mrr"]["mean"] if name in methods else -1.0)
    inside = {name: np.array(part) for name, part in (found.slices | _categories(found)).items()}
    slices = {name: _slice(found, part, seed) for name, part in inside.items() if part.any()}
    return {
        "data": data,
        "protocol": protocol,
        "seed": seed,
        "needs": len(found.recall),
        "served": "served",
        "served_by": found.served_by,
        "methods": methods,
        "best_single_signal": best,
        "comparisons": _comparisons(found, best, seed),
        "served_minus": {name: _minus(found, name, seed) for name in found.ranks if name != "served"},
        "candidates": _recall(found, np.ones(len(found.recall), dtype=np.bool_)),
        "slices": slices,
        "calibration": _calibration(found),
        "exposure": _exposure(found),
    }


def _method(ranks: Float64, seed: int) -> Document:
    figures = {"mrr": reciprocal_rank(ranks), "ndcg@10": discounted_gain(ranks)}
    figures |= {f"hit@{depth}": hit_at(ranks, depth) for depth in (1, 3, 5)}
    return {name: _interval(values, seed) for name, values in figures.items()}


def _interval(values: Float64, seed: int) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(bootstrap(values, seed=seed)).items()}


def _slice(found: Found, inside: np.ndarray[Any, Any], seed: int) -> Document:
    methods = {name: _method(found.column(name)[inside], seed) for name in ("served", "ranker", "fusion")}
    return {"needs": int(inside.sum()), "methods": methods, "candidates": _recall(found, inside)}


def _recall(found: Found, inside: np.ndarray[Any, Any]) -> Document:
    """Share of needs whose provider was among the candidates, beside the share for whom he could have been."""
    if not inside.any():
        return {}
    places = np.array(found.recall)[inside]
    recall = {f"recall@{depth}": round(float(hit_at(places, depth).mean()), 4) for depth in (50, 100, 300)}
    return recall | {"ceiling": round(float(np.array(found.reachable)[inside].mean()), 4)}


def _comparisons(found: Found, best: str, seed: int) -> Document:
    """`served` over others on the same resampled needs: ratios of MRR and hit@5."""
    compared = {}
    for name in (best, "fusion"):
        one, other = found.column("served"), found.column(name)
        ratios = {
            "mrr": ratio_interval(reciprocal_rank(one), reciprocal_rank(other), seed=seed),
            "hit@5": ratio_interval(hit_at(one, 5), hit_at(other, 5), seed=seed),
        }
        compared[name] = {
            what: {key: round(value, 4) for key, value in asdict(ratio).items()} for what, ratio in ratios.items()
        }
    return compared


def _minus(found: Found, name: str, seed: int) -> Document:
    """How far `served` is above another on the same resampled needs; a claim needs an interval without 0."""
    one, other = found.column("served"), found.column(name)
    return {
        "mrr": _interval(reciprocal_rank(one) - reciprocal_rank(other), seed),
        "hit@5": _interval(hit_at(one, 5) - hit_at(other, 5), seed),
    }


def _categories(found: Found) -> dict[str, list[bool]]:
    counts = Counter(name for name in found.categories if name)
    largest = sorted(counts, key=lambda name: (-counts[name], name))[:CATEGORIES]
    return {f"category {name}": [one == name for one in found.categories] for name in largest}


def _calibration(found: Found) -> Document | None:
    if not found.shown:
        return None
    said, came = np.concatenate(found.shown), np.concatenate(found.hits)
    curve = [
        {"said": round(one, 4), "came": round(other, 4), "count": count}
        for one, other, count in calibration_curve(said, came)
    ]
    return {"error": round(calibration_error(said, came), 4), "shown": len(said), "curve": curve}


def _exposure(found: Found) -> Document:
    shown = sorted(found.exposure.values(), reverse=True)
    served = float(hit_at(found.column("served"), 5).mean())
    capped = float(np.mean(found.capped)) if found.capped else 0.0
    return {
        "gini_of_shown": round(gini(shown), 4),
        "providers_shown": len(shown),
        "cap": CAP,
        "hit@5": round(served, 4),
        "hit@5_capped": round(capped, 4),
        "cost": round(served - capped, 4),
        "shown": shown,
    }
