"""`icrm pilot power` before a pilot starts, `icrm pilot report` when there is something to see."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import open_app
from app.cli.terminal import say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.errors import BadInput
from app.domain.evidence import WINDOW_DAYS
from app.settings import Settings
from app.usecases.evidence import SIZES, Asked, EvidenceReport, Line, ReadEvidence, Span
from graph_algos.pilot_evidence import Survey
from graph_algos.pilot_power import RUNS, USUAL_POWER, Design, design, drawn_power, needed, power

pilot_commands = typer.Typer(no_args_is_help=True)
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]
MOST_DRAWN = 1_000_000  # introductions of one pilot, and pilots: beyond these a table takes hours
_STRATUM = "Share of all, success when not introduced, success when introduced, chance of being introduced."


@pilot_commands.command("power")
def power_(
    stratum: Annotated[list[str], typer.Option("--stratum", metavar="A,B,C,D", help=_STRATUM + " Repeatable.")],
    count: Annotated[
        list[int] | None, typer.Option("--count", min=1, max=MOST_DRAWN, help="Introductions; repeatable.")
    ] = None,
    runs: Annotated[int, typer.Option("--runs", min=1, max=MOST_DRAWN, help="Pilots that are drawn.")] = RUNS,
    json: Json = None,
) -> None:
    """How often a pilot of this design would show its effect, beside the same pilot with everybody's chance 50/50."""
    planned = _design(stratum)
    rows = [
        {
            "count": size,
            "power": drawn_power(planned, size, runs),
            "power_even": drawn_power(planned.even(), size, runs),
            "formula": round(power(planned, size), 3),
            "formula_even": round(power(planned.even(), size), 3),
        }
        for size in count or SIZES
    ]
    wanted, wanted_even = needed(planned), needed(planned.even())
    document = {
        "effect": round(planned.effect, 6),
        "naive": round(planned.naive, 6),
        "runs": runs,
        "sizes": rows,
        "needed": wanted,
        "needed_even": wanted_even,
    }
    if json is not None:
        write_json(json, document)
    if json is None or str(json) != "-":
        show_table(
            ("introductions", "power", "50/50", "by formula", "50/50 by formula"), [tuple(one.values()) for one in rows]
        )
        say(f"Power is the share of {runs:,} drawn pilots whose doubly robust interval excludes 0.")
        for name, found in (("With this design", wanted), ("With 50/50", wanted_even)):
            said = "no number of introductions shows" if found is None else f"{found:,} introductions show"
            say(f"{name} {said} the effect with power {USUAL_POWER:g}.")
        say(_naive(planned))


@pilot_commands.command()
def report(
    window_days: Annotated[
        int, typer.Option("--window-days", min=1, max=WINDOW_DAYS, help="Business counts that began so soon after.")
    ] = WINDOW_DAYS,
    asked: Annotated[int, typer.Option("--asked", min=0, help="Parties who answered your survey.")] = 0,
    anyway: Annotated[int, typer.Option("--anyway", min=0, help="Of those: would have done business anyway.")] = 0,
    json: Json = None,
) -> None:
    """Show π, the chance that business would have happened anyway, its grade, and what would make it better."""
    with open_app(Settings()) as app:
        use_case = ReadEvidence(app.store, app.clock, app.policy.hold_out)
        found = use_case(OPERATOR_CLI, Asked(window_days, Survey(asked, anyway)))
    if json is not None:
        write_json(json, asdict(found) | {"as_of": found.as_of.isoformat()})
    if json is None or str(json) != "-":
        _show(found)


def _design(strata: Sequence[str]) -> Design:
    try:
        rows = [[float(number) for number in one.split(",")] for one in strata]
        share, held, introduced, probability = zip(*rows, strict=True)
        return design(share, held, introduced, probability)
    except ValueError:
        raise BadInput(
            "A stratum is four numbers with commas: a share (all add up to 1), two rates from 0 to 1, and a chance "
            "between 0 and 1.",
            pointer="--stratum",
        ) from None


def _naive(planned: Design) -> str:
    told = f"The effect is {planned.effect:+.3f}; comparing the two arms as they are tends to {planned.naive:+.3f}"
    return told + (": that misleads." if abs(planned.naive - planned.effect) > 0.0005 else ", as it should.")


def _show(found: EvidenceReport) -> None:
    for sentence in found.sentences:
        say(sentence)
    show_table(
        ("source", "grade", "introduced", "business", "not", "business", "waiting", "π"),
        [_row(line) for line in found.lines],
    )
    if found.effect is not None:
        effect = found.effect
        compared = (("naive", effect.naive), ("weighted", effect.weighted), ("doubly robust", effect.doubly_robust))
        show_table(("effect of showing", "value", "95 %"), [(name, one.value, _span(one)) for name, one in compared])
    show_table(
        ("decided needs", f"power at {found.plan.hold_out:.0%} held out", "50/50"),
        [(one.count, one.power, one.power_even) for one in found.plan.sizes],
    )


def _row(line: Line) -> tuple[Any, ...]:
    one, other = line.introduced, line.without
    pi = "–" if line.pi is None else f"{line.pi.value:.2f} ({_span(line.pi)})"
    counts = (round(one.count), round(one.business), round(other.count), round(other.business))
    return line.source, str(line.grade), *counts, line.waiting, pi


def _span(one: Span) -> str:
    return f"{one.low:.3f} to {one.high:.3f}"
