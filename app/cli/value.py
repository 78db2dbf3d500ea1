"""`icrm value score`, `top`, `explain`, `export`, `advocates`, `bridge` and `sensitivity`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.adapters.value_files import write_values
from app.bootstrap import open_app
from app.cli.reading import names_of
from app.cli.report import statement_document, totals_document, value_document
from app.cli.terminal import progress, say, show_table, write_json, write_text
from app.domain.access import OPERATOR_CLI
from app.domain.report import ReportKind, document
from app.domain.value import ValueTotals
from app.drawing.waterfall import bridge_picture, waterfall
from app.settings import Settings
from app.usecases.advocates import ReadAdvocates
from app.usecases.reading import ReadTopValues, ReadTotals
from app.usecases.referral_value import ScoreValue
from app.usecases.reports import KeepReport
from app.usecases.scoring_parameters import asked_for, in_force
from app.usecases.value_bridge import BridgeValue
from app.usecases.value_export import ExportValues
from app.usecases.value_sensitivity import CustomerSensitivity, PortfolioSensitivity
from app.usecases.value_statement import AsOf, ExplainValue

value_commands = typer.Typer(no_args_is_help=True)
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]


@value_commands.command()
def score(
    margin_rate: Annotated[
        float | None,
        typer.Option("--margin-rate", min=0.0, max=1.0, help="The operator's margin on payments, as an assumption."),
    ] = None,
    hazard_ratio: Annotated[
        float | None,
        typer.Option("--hazard-ratio", min=0.0, max=100.0, help="Of leaving with a tie to a fellow customer; 1: none."),
    ] = None,
    strict: Annotated[bool | None, typer.Option("--strict/--honest", help="Kumar's formula to the letter.")] = None,
    json: Json = None,
) -> None:
    """Score the referral value of every customer and switch readers to it."""
    with open_app(Settings()) as app, progress() as report:
        signed = app.store.read(OPERATOR_CLI, in_force)
        stated = {"margin_rate": margin_rate, "strict": strict, "hazard_ratio": hazard_ratio}
        parameters = asked_for(signed, app.parameters, stated)
        run = ScoreValue(app.store, app.clock, app.new_id)(OPERATOR_CLI, parameters, progress=report)
    told = {
        "run_id": run.id,
        "valuation_at": run.valuation_at.isoformat(),
        "currency": run.currency,
        "customers": run.customer_count,
        "outcomes": run.outcome_count,
        "assumptions": list(run.assumptions),
        "problems": list(run.problems),
    }
    if json is not None:
        write_json(json, told)
    if json is None or str(json) != "-":
        say(f"Scored {run.customer_count:,} customers from {run.outcome_count:,} outcomes in {run.currency}.")
        for sentence in (*run.assumptions, *run.problems):
            say(f"  {sentence}")


@value_commands.command()
def top(
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="At most so many.")] = 10,
    json: Json = None,
) -> None:
    """List the highest referral values beside lifetime values."""
    with open_app(Settings()) as app:
        totals = ReadTotals(app.store)(OPERATOR_CLI)
        values = ReadTopValues(app.store)(OPERATOR_CLI, limit)
        names = names_of(app, sorted(value.customer_id for value in values))
    run = totals.run
    if json is not None:
        rows = [value_document(value, names[value.customer_id]) for value in values]
        told = {"run_id": run.id, "assumptions": list(run.assumptions), "values": rows}
        write_json(json, told | {"totals": totals_document(totals)})
    if json is None or str(json) != "-":
        show_table(
            ("customer", "referrals", "introductions", "lifetime"),
            [(names[one.customer_id], str(one.referral), str(one.introduction), one.clv) for one in values],
        )
        say(_where_it_went(totals))
        for sentence in run.assumptions:
            say(sentence)


@value_commands.command()
def explain(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER", help="cus_…")],
    valid_at: Annotated[datetime | None, typer.Option("--valid-at", help="Valued as of this time, UTC.")] = None,
    known_at: Annotated[datetime | None, typer.Option("--known-at", help="Facts recorded until then, UTC.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw the way to network value into this file.")] = None,
    json: Json = None,
) -> None:
    """Show how one customer's value comes about: each outcome's credit, its chain, π and evidence, and what is not
    known."""
    as_of = AsOf(*(None if at is None else at.replace(tzinfo=UTC) for at in (valid_at, known_at)))
    with open_app(Settings()) as app:
        made = ExplainValue(app.store, app.clock)(OPERATOR_CLI, customer_id, as_of)
    if svg is not None:
        write_text(svg, waterfall(made), option="--svg")
    if json is not None:
        write_json(json, statement_document(made))
    if json is None or str(json) != "-":
        show_table(
            ("outcome", "π", "evidence", "worth", "share", "credit", "own, credited away"),
            [(one.outcome_id, one.pi, one.grade, one.value, one.share, one.credit, one.away) for one in made.lines],
        )
        for stage in made.stages:
            say(f"  {stage.money!s:>20}  {stage.name}")
        for sentence in (*made.assumptions, *(f"Not known: {one}" for one in made.not_known)):
            say(sentence)


@value_commands.command()
def export(
    file: Annotated[
        Path, typer.Argument(help="Ends in .csv or .parquet; an older file is replaced when all is written.")
    ],
) -> None:
    """Write every customer's value of the current run as a table: docs/crm.md has the columns."""
    with open_app(Settings()) as app:
        table = ExportValues(app.store)(OPERATOR_CLI)
        count = write_values(table, file)
    say(f"Wrote {count:,} values of {table.run.id}.")


@value_commands.command()
def advocates(json: Json = None) -> None:
    """List who is nearest to bringing others, by what came of what they did, and what is missing."""
    with open_app(Settings()) as app:
        found = ReadAdvocates(app.store)(OPERATOR_CLI)
    if json is not None:
        write_json(json, document(found))
    if json is None or str(json) != "-":
        say(", ".join(f"{stage}: {count}" for stage, count in found.counts.items()))
        show_table(
            ("customer", "stage", "lifetime", "credit", "missing"),
            [(one.name, one.stage, one.lifetime, str(one.credit), one.missing) for one in found.near],
        )


@value_commands.command()
def bridge(
    before: Annotated[str | None, typer.Option("--before", help="run_…; the run before the other by default.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="run_…; the one that readers see by default.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw it into this file.")] = None,
    json: Json = None,
) -> None:
    """Show what moved the value of all outcomes between two runs, cause by cause."""
    with open_app(Settings()) as app:
        with progress() as report:
            made = BridgeValue(app.store)(OPERATOR_CLI, before, after, report)
        kept = KeepReport(app.store)(OPERATOR_CLI, ReportKind.BRIDGE, made, app.clock()).document
    if svg is not None:
        write_text(svg, bridge_picture(kept), option="--svg")
    if json is not None:
        write_json(json, kept)
    if json is None or str(json) != "-":
        say(f"{made.before.run_id}: {made.before.value}")
        show_table(
            ("cause", "change", "outcomes", "largest"),
            [
                (one.name, str(one.change), one.outcomes, ", ".join(each.outcome_id for each in one.largest[:2]))
                for one in made.steps
            ],
        )
        say(f"{made.after.run_id}: {made.after.value}")


@value_commands.command()
def sensitivity(
    customer_id: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help="cus_…; all outcomes if absent.")
    ] = None,
    json: Json = None,
) -> None:
    """Show how far a value moves with what it assumes, and at which π nothing would be left of it."""
    with open_app(Settings()) as app:
        if customer_id is not None:
            made = CustomerSensitivity(app.store, app.clock)(OPERATOR_CLI, customer_id)
        else:
            with progress() as report:
                made = PortfolioSensitivity(app.store, app.clock)(OPERATOR_CLI, report)
            KeepReport(app.store)(OPERATOR_CLI, ReportKind.SENSITIVITY, made, app.clock())
    if json is not None:
        write_json(json, document(made))
    if json is None or str(json) != "-":
        say(f"{made.value}. {made.break_even.sentence}")
        show_table(
            ("assumption", "low", "high", "value at low", "value at high"),
            [(one.name, one.low, one.high, str(one.value_low), str(one.value_high)) for one in made.swings],
        )


def _where_it_went(totals: ValueTotals) -> str:
    customers, operator, nobody = totals.customers.both, totals.operator.both, totals.unattributed.both
    sign = "=" if totals.conserved else "≠"
    return f"All customers {customers} + operator {operator} + unattributed {nobody} {sign} outcomes {totals.outcomes}"
