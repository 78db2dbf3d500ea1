"""The programme report on every engine: what it counts is what is there, and what was kept is what is read."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.cli import run
from app.domain.access import OPERATOR_CLI as ME
from app.domain.access import Caller, Scope
from app.domain.capability import Capability, Category
from app.domain.customer import Standing
from app.domain.errors import NotAllowed, NotFound
from app.domain.guardrail import Limits, broken_message
from app.domain.introduction import Introduction, IntroductionStatus, Move
from app.domain.job import Held, JobRun, JobState
from app.domain.money import Money
from app.domain.need import Need
from app.domain.referral import CashFlow, FlowKind, Ledger
from app.domain.report import ReportKind
from app.drawing.programme import programme_page
from app.ports.store import PageOf
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.evidence import Asked
from app.usecases.programme import MakeProgrammeReport, asked_as_before
from app.usecases.reports import KeepReport, ReadReport
from graph_algos.pilot_evidence import Survey
from tests.journey import test_evidence as pilots
from tests.journey.value_chains import DAY, NOW, USD, cus, filled, run_of

S = IntroductionStatus
COSTS = (Money(1_000, "USD"), Money(234, "USD"), Money(-34, "USD"))


def with_introductions(store: GraphStore) -> None:
    """One that came through, one that was declined, one whose moves are not known; a need that nobody meets; costs."""
    made = Introduction("int_1", None, cus("a"), cus("b"), S.INTRODUCED, NOW - 40 * DAY, NOW - 10 * DAY)
    moves = (Move(S.PROPOSED, NOW - 40 * DAY), Move(S.APPROVED, NOW - 38 * DAY), Move(S.OFFERED, NOW - 37 * DAY))
    accepted = (Move(S.ACCEPTED_BY_ONE, NOW - 30 * DAY), Move(S.ACCEPTED, NOW - 29 * DAY))
    through = (*moves, *accepted, Move(S.INTRODUCED, NOW - 10 * DAY))
    declined = (*moves, Move(S.DECLINED, NOW - 10 * DAY))
    rows = [
        replace(made, moves=through),
        replace(made, id="int_2", status=S.DECLINED, moves=declined),
        replace(made, id="int_3", status=S.PROPOSED, changed_at=NOW - 40 * DAY),
    ]
    law, home = Category("law", "Law"), Category("home", "Home & <yard>")
    need = Need("need_1", cus("a"), "a slate roof", "test", "1", NOW - DAY, category_id="home", budget=COSTS[0])
    offer = Capability("cap_1", cus("b"), "advice", "test", "1", category_id="law")
    costs = [
        CashFlow(f"flow_c{number}", "out_met", FlowKind.COST, Ledger.OPERATOR, money, NOW - 5 * DAY, NOW - 4 * DAY)
        for number, money in enumerate(COSTS)
    ]

    def work(tx) -> None:  # type: ignore[no-untyped-def]
        tx.introductions.save(rows)
        tx.categories.save([law, home])
        tx.needs.save([need, replace(need, id="need_2", external_id="2", category_id=None)])
        tx.capabilities.save([offer])
        tx.flows.save([replace(costs[2], reverses="flow_c0"), *costs[:2]])

    store.write(ME, work, patient=True)


def made(store: GraphStore, asked: Asked | None = None):  # type: ignore[no-untyped-def]
    return MakeProgrammeReport(store, lambda: NOW, 0.1, Limits(0.05, 0.5))(ME, asked or Asked())


def test_it_counts_what_is_there(runner: GraphRunner) -> None:
    store = filled(runner)
    with_introductions(store)
    assert made(store).programme.worth is None
    run_of(store, USD, 1)
    found = made(store).programme
    assert [one.reached for one in found.funnel.stages] == [3, 2, 2, 1, 1, 1, 0]
    offered = found.funnel.stages[2]
    assert (offered.lost, offered.timed, offered.days.value) == ({"declined": 1}, 2, 7.0)
    assert {one.kind: one.count for one in found.outcomes} == {"referral": 5, "introduction": 2}
    assert (found.demand.seeking, found.demand.uncategorised, found.demand.unmet) == (2, 1, 1)
    assert found.demand.clusters[0].budgets == (Money(1_000, "USD"),)
    cash = {one.kind: one for one in found.cash}
    assert cash[FlowKind.COST].realised == Money(1_200, "USD")
    margins = [10_007 * (number + 1) for number in range(14)]
    assert cash[FlowKind.MARGIN].realised == Money(sum(margins[::2]), "USD")
    assert cash[FlowKind.MARGIN].expected == Money(sum(margins[1::2]), "USD")
    assert any("1 introductions the times" in note for note in found.notes)


def test_value_adds_up_over_owners_and_over_parts(runner: GraphRunner) -> None:
    store = filled(runner)
    with_introductions(store)
    run_of(store, USD, 1)
    found = made(store).programme.worth
    for lines in (found.owners, found.parts):
        assert sum(one.total.minor for one in lines) == found.outcomes.minor
        assert all(one.realised.minor + one.expected.minor == one.total.minor for one in lines)
    costs = {one.name: one for one in found.parts}["costs"]
    assert costs.total.minor < 0
    assert found.gain.costs.minor == -costs.total.minor
    assert found.gain.on_costs == found.outcomes.minor / -costs.total.minor
    assert found.gain.low < found.gain.on_costs < found.gain.high
    assert (found.gain.cost_each, found.gain.value_each) == (found.gain.costs, found.outcomes)  # one came about
    assert found.gain.advice.startswith("Go on: also the low end")
    assert sum(found.grades) == pytest.approx(1.0)
    run = store.read(ME, lambda tx: tx.values.current())
    assert [one.low for one in found.ranges] == [run.interval(part).low for part in range(3)]


def test_who_stays_is_compared_between_the_arms(runner: GraphRunner) -> None:
    decisions = [pilots.decision(number, 0.5) for number in range(60)]
    outcomes = [pilots.business(number, "cus_p0", pilots.START + DAY) for number in range(60)]
    store = pilots.filled(runner, decisions, outcomes)
    held = [one.seeker_id for one in decisions if one.held_out]
    assert 10 < len(held) < 50
    gone = store.read(ME, lambda tx: tx.customers.get(held[:5]))
    store.write(ME, lambda tx: tx.customers.save([replace(one, standing=Standing.LEFT) for one in gone]))
    retention = pilots.evidence(store).retention
    assert (retention.introduced.count, retention.introduced.rate) == (60 - len(held), 1.0)
    assert (retention.held_out.count, retention.held_out.stayed) == (len(held), len(held) - 5)
    assert retention.effect is not None
    assert 0.0 < retention.effect.value < 0.6


def test_the_latest_is_read_and_older_ones_go(runner: GraphRunner) -> None:
    store = filled(runner)
    keep, read = KeepReport(store), ReadReport(store)
    with pytest.raises(NotFound, match="programme_report"):
        read(ME, ReportKind.PROGRAMME)
    assert asked_as_before(store, ME, None, None, None) == Asked()
    kept = [
        keep(ME, ReportKind.PROGRAMME, made(store, Asked(90, Survey(40, number))), NOW + timedelta(hours=number))
        for number in range(9)
    ]
    assert read(ME, ReportKind.PROGRAMME) == kept[-1]
    assert len(store.read(ME, lambda tx: tx.reports.latest(ReportKind.PROGRAMME, limit=100))) == 7
    assert store.read(ME, lambda tx: [tx.reports.get(one.id) for one in kept[:2]]) == [None, None]
    assert asked_as_before(store, ME, None, None, None) == Asked(90, Survey(40, 8))
    assert asked_as_before(store, ME, 30, 50, None) == Asked(30, Survey(50, 0))
    with pytest.raises(NotAllowed):
        keep(Caller("reader", frozenset({Scope.READ})), ReportKind.PROGRAMME, made(store), NOW)


def test_a_broken_guardrail_is_told_with_the_report_that_found_it(runner: GraphRunner) -> None:
    store = filled(runner)
    with_introductions(store)
    strict = MakeProgrammeReport(store, lambda: NOW, 0.1, Limits(0.0, 0.0))(ME, Asked())
    assert [one.name for one in strict.programme.guardrails if one.state == "broken"] == ["declined of offered"]
    report = KeepReport(store, broken_message(strict.programme.guardrails))(ME, ReportKind.PROGRAMME, strict, NOW)
    (told,) = store.read(ME, lambda tx: tx.outbox.page(PageOf()))
    assert (told.topic, told.subject_id) == ("guardrail.broken", report.id)


def test_a_job_that_is_run_again_keeps_one_report(runner: GraphRunner) -> None:
    store = filled(runner)
    job = JobRun("job_1", "programme_report", JobState.RUNNING, "{}", NOW, "me", fence=2)
    store.write(ME, lambda tx: tx.jobs.save(job))
    held = Held("job_1", 2, NOW)
    first = KeepReport(store)(ME, ReportKind.PROGRAMME, made(store), NOW, held)
    again = KeepReport(store)(ME, ReportKind.PROGRAMME, made(store, Asked(30)), NOW + DAY, held)
    assert again == first


def test_the_page_stands_alone(runner: GraphRunner) -> None:
    store = filled(runner)
    with_introductions(store)
    run_of(store, USD, 1)
    page = programme_page(KeepReport(store)(ME, ReportKind.PROGRAMME, made(store), NOW).document)
    assert "Home &amp; &lt;yard&gt;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    pictures = [f"<svg{part.partition('</svg>')[0]}</svg>" for part in page.split("<svg")[1:]]
    assert len(pictures) >= 5
    for picture in pictures:
        ElementTree.fromstring(picture)
    assert page.count("<table>") >= len(pictures)


def test_the_command_writes_page_and_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICRM_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("ICRM_GRAPH_URL", f"embedded:{tmp_path / 'graph'}")
    page, document = tmp_path / "report.html", tmp_path / "report.json"
    assert run(["report", "--latest"]) == 66  # there is none yet
    assert run(["report", "--asked", "40", "--anyway", "10", "--html", str(page), "--json", str(document)]) == 0
    found = json.loads(document.read_text())
    assert found["evidence"]["grade"] == "C"
    assert page.read_text().startswith("<!doctype html>")
    assert run(["report", "--latest", "--json", str(document)]) == 0
    assert json.loads(document.read_text()) == found
    assert datetime.fromisoformat(found["made_at"]).tzinfo == UTC
