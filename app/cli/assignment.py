"""`icrm suggest --all`: a run over all open needs or an event, and its pairs as they may be shown now."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.bootstrap import App, open_app
from app.cli.terminal import progress, say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.assignment import AssignmentRules, AssignmentRun
from app.settings import Settings
from app.usecases.assignment import PairNow, ReadAssignment, SuggestAll
from app.usecases.paging import every

SHOWN = 20  # lines of the table; the JSON file has all


def suggest_all(rules: AssignmentRules, json: Path | None) -> None:
    with open_app(Settings()) as app:
        with progress() as report:
            app.analytics.refresh(report)
            run = SuggestAll(app.store, app.analytics, app.clock, app.new_id)(OPERATOR_CLI, rules, report)
        rows = _all_rows(app, run)
    shown = [row for row in rows if row.withheld is None]
    withheld = dict(sorted(Counter(row.withheld for row in rows if row.withheld is not None).items()))
    if json is not None:
        write_json(json, {"run": run_document(run), "pairs": [_pair(row) for row in shown], "withheld": withheld})
    if json is None or str(json) != "-":
        show_table(
            ("seeker", "provider", "place", "score", "newcomer"),
            [
                (one.seeker_name, one.provider_name, one.pair.place, one.pair.score, one.pair.reserved)
                for one in shown[:SHOWN]
            ],
        )
        for line in run_lines(run):
            say(line)


def run_lines(run: AssignmentRun) -> Sequence[str]:
    beside = f"lists of the best: {run.lists_gini:.2f}, {run.lists_never_shown:.0%}, {run.lists_mutual_top:,}"
    return (
        f"{run.pair_count:,} introductions for {run.need_count:,} needs; {run.refused_count:,} needs get none, "
        f"{run.nobody_count:,} fit nobody, for {run.unplaced_count:,} everybody who fits is taken.",
        f"Exposure Gini {run.gini:.2f}, {run.never_shown:.0%} of {run.provider_count:,} providers never shown, "
        f"{run.mutual_top:,} pairs in both sides' top three ({beside}).",
        *run.notes,
    )


def _all_rows(app: App, run: AssignmentRun) -> list[PairNow]:
    read = ReadAssignment(app.store, app.clock)
    return list(every(lambda at: read.page(OPERATOR_CLI, at, run.event)[1], lambda row: row.pair.id))


def run_document(run: AssignmentRun) -> dict[str, Any]:
    return asdict(run) | {"notes": list(run.notes), "finished_at": run.finished_at.isoformat()}


def _pair(row: PairNow) -> dict[str, Any]:
    pair = row.pair
    return {
        "need_id": pair.need_id,
        "seeker_id": pair.seeker_id,
        "seeker_name": row.seeker_name,
        "provider_id": pair.provider_id,
        "provider_name": row.provider_name,
        "place": pair.place,
        "score": pair.score,
        "reserved": pair.reserved,
        "sentences": list(pair.sentences),
        "notes": list(row.notes),
    }
