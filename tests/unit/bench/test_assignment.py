"""The simulated event is what its description says, and the assignment is worth it."""

import numpy as np

from app.bench.assignment import INCOMING, OUT, _evening, _event, run


def test_the_score_is_calibrated_to_the_truth() -> None:
    event = _event(0, 0.9)
    for known, truth in ((event.pairs.seeker_yes, event.asks), (event.pairs.provider_yes, event.agrees)):
        order = np.argsort(known)
        gaps = [abs(known[part].mean() - truth[part].mean()) for part in np.array_split(order, 10)]
        assert max(gaps) < 0.03


def test_an_assigned_event_breaks_no_limit_and_has_more_mutual_yeses_than_lists() -> None:
    ours, lists = (_evening(policy, 0.9, 3) for policy in ("transferable", "reciprocal"))
    assert (ours.broken, lists.broken > 0) == (0, True)
    assert ours.yeses >= 1.15 * lists.yeses
    assert ours.gini < lists.gini
    assert ours.never_shown < lists.never_shown


def test_the_bench_says_what_holds() -> None:
    rows = run(seeds=1, needs=200, candidates=10)
    assert [row["what"] for row in rows if row["holds"] is False] == []
    assert rows[0]["what"] == "event: mutual yeses"
    assert (OUT, INCOMING) == (5, 8)
