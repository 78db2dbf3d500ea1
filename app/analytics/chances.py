"""What became of past introductions, by the score that each had: the stages that a chance is a product of.

Drawn when a snapshot is taken and kept in its manifest, so that an answer costs a few interpolations and both engines
say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from app.analytics.build import Columns
from app.analytics.calibration import Curve, calibrate, curve_of, is_enough
from app.domain.chance import ACCEPTED, MET, NOT_ACCEPTED, RIPE_DAYS, STAGES, Estimate, Stage

FACT = "stages"  # of the snapshot's manifest
_Trial = tuple[float, bool]  # score (-1 when none was kept) and whether it came true


def draw_stages(introductions: Columns | None) -> Mapping[str, Any]:
    """For each stage its counts, and a curve where scored introductions carry one. Columns: see TopologyRows."""
    trials: dict[str, list[_Trial]] = {name: [] for name, _ in STAGES}
    if introductions is not None:
        names = ("score", "status", "created_at", "deals", "judged", "good")
        rows = list(zip(*(introductions[name] for name in names), strict=True))
        # Ages count from the latest one, so that the same graph gives the same figures on any day.
        ripe = max(row[2] for row in rows) - timedelta(days=RIPE_DAYS)
        for row in rows:
            _sort_in(trials, row, ripe)
    return {name: _drawn(found) for name, found in trials.items()}


def _sort_in(trials: dict[str, list[_Trial]], row: tuple[Any, ...], ripe: datetime) -> None:
    score, status, created_at, deals, judged, good = row
    kept = -1.0 if score is None else score
    if status in ACCEPTED or status in NOT_ACCEPTED:
        trials["accepted"].append((kept, status in ACCEPTED))
    if status in MET and created_at <= ripe:
        trials["deal"].append((kept, deals > 0))
    if judged:
        trials["good"].append((kept, good == judged))  # a deal of several outcomes is good when each of them is


def _drawn(trials: Sequence[_Trial]) -> Mapping[str, Any]:
    scores, came = np.array([one for one, _ in trials]), np.array([float(one) for _, one in trials])
    scored = scores >= 0.0
    curve = calibrate(scores[scored], came[scored]) if len(trials) and is_enough(came[scored]) else None
    counts = {"successes": int(came.sum()), "trials": len(trials)}
    return counts | {"curve": None if curve is None else curve.plain()}


def read_stages(facts: Mapping[str, Any]) -> list[tuple[Stage, Curve | None]]:
    """Of a snapshot's manifest; stages without any trial for a snapshot that was taken before they were drawn."""
    kept = facts.get(FACT, {})
    found = []
    for name, _ in STAGES:
        one = kept.get(name, {"successes": 0, "trials": 0, "curve": None})
        curve = None if one["curve"] is None else curve_of(one["curve"])
        found.append((Stage(name, one["successes"], one["trials"], None), curve))
    return found


def stages_at(stages: Sequence[tuple[Stage, Curve | None]], score: float) -> list[Stage]:
    return [stage if curve is None else replace(stage, estimate=_estimate(curve, score)) for stage, curve in stages]


def _estimate(curve: Curve, score: float) -> Estimate:
    value, low, high = (round(float(axis[0]), 6) for axis in curve.at([score]))
    return Estimate(value, low, high, curve.trials)
