"""`icrm decision ID` and `icrm decision replay ID`: a suggestion of the log, shown or computed again; of a run
over many needs only the latter."""

from pathlib import Path
from typing import Annotated

import typer

from app.api.convert import decision_of
from app.bootstrap import open_app
from app.cli.assignment import run_document, run_lines
from app.cli.terminal import say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.errors import BadInput
from app.settings import Settings
from app.usecases.assignment_record import ReplayAssignment
from app.usecases.decisions import ReadDecision

decision_commands = typer.Typer()
REPLAY = "replay"
RUN = "run_"
DIFFERS = 1  # exit code of a record that its inputs do not lead to


@decision_commands.command()
def decision(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[replay] ID", help="A decision of the log (dec_…), or to replay a run of suggest --all (run_…)."
        ),
    ],
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
) -> None:
    """Show how a recorded suggestion came about; `replay`: compute it again from its record and compare the bytes."""
    if len(words) != 1 and not (len(words) == 2 and words[0] == REPLAY):
        raise BadInput("Give one id, or `replay` and one id.", pointer="ID")
    if len(words) == 2 and words[1].startswith(RUN):
        equal = _replay_run(words[1], json)
        raise typer.Exit(0 if equal else DIFFERS)
    with open_app(Settings()) as app:
        kept, _, equal = ReadDecision(app.store, app.analytics).replayed(OPERATOR_CLI, words[-1])
    document = decision_of(kept) | {
        "decided_at": kept.decided_at.isoformat(),
        "snapshot_at": kept.snapshot_at.isoformat(),
    }
    if json is not None:
        write_json(json, document | {"replay_equal": equal})
    if json is None or str(json) != "-":
        if len(words) == 1:
            say(f"Need {kept.need_id}, {kept.decided_at:%Y-%m-%d %H:%M} UTC, policy {kept.policy_version}.")
            show_table(
                ("place", "customer", "rank", "score", "propensity"),
                [
                    (at, one, rank, score, chance)
                    for at, (one, rank, score, chance) in enumerate(
                        zip(kept.shown_ids, kept.ranks, kept.scores, kept.propensities, strict=True), start=1
                    )
                ],
            )
            say(_flags(held_out=kept.held_out, explored=kept.explored))
        say(_compared(equal=equal))
    if not equal:
        raise typer.Exit(DIFFERS)


def _replay_run(run_id: str, json: Path | None) -> bool:
    with open_app(Settings()) as app:
        run, equal = ReplayAssignment(app.store)(OPERATOR_CLI, run_id)
    if json is not None:
        write_json(json, run_document(run) | {"replay_equal": equal})
    if json is None or str(json) != "-":
        for line in (*run_lines(run), _compared(equal=equal)):
            say(line)
    return equal


def _compared(*, equal: bool) -> str:
    found = "equal to the byte." if equal else "DIFFERENT; the record was changed."
    return f"Computed again from its record: {found}"


def _flags(*, held_out: bool, explored: bool) -> str:
    if held_out:
        return "Held out: nothing was shown."
    return "The last place was explored." if explored else "Shown as ranked."
