"""What each type of job does. Each may run again after its worker was killed, so each is a use case that resumes or
becomes visible only at its end."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.adapters.contracts import CONSENT_BASIS, ContractQuarters
from app.adapters.export import write_failed
from app.adapters.native import NativeFolder
from app.bootstrap import App
from app.domain.access import Caller, Scope
from app.domain.assignment import rules_of
from app.domain.community import COMBINED, WEIGHTS, CommunityOptions
from app.domain.errors import IcrmError
from app.domain.guardrail import broken_message
from app.domain.imports import ImportReport
from app.domain.ranker import ranker_document
from app.domain.report import ReportKind
from app.jobs import HELD, Handler, Params
from app.ports.outside import Progress
from app.ports.records import RecordSource
from app.usecases.advance import AdvanceIntroductions
from app.usecases.assignment import SuggestAll
from app.usecases.communities import DetectCommunities
from app.usecases.decisions import DecisionLog
from app.usecases.imports import ImportOptions, ImportPortfolio, UndoImport
from app.usecases.introductions import ProposeIntroduction
from app.usecases.programme import MakeProgrammeReport, asked_as_before
from app.usecases.propose_next import ProposeNext
from app.usecases.rankers import TrainRanker
from app.usecases.reconciliation import ReconcileCash
from app.usecases.referral_value import ScoreValue
from app.usecases.reports import KeepReport
from app.usecases.runner_up import JOB
from app.usecases.scoring_parameters import asked_for, in_force
from app.usecases.suggestions import SuggestProviders
from app.usecases.value_bridge import BridgeValue
from app.usecases.value_sensitivity import PortfolioSensitivity

Result = Mapping[str, Any]


def upload_folder(app: App) -> Path:
    return app.settings.data_folder / "uploads"


def job_handlers(app: App) -> Mapping[str, Handler]:
    work = _Handlers(app)
    return {
        "refresh_snapshot": work.refresh_snapshot,
        "detect_communities": work.detect_communities,
        "score_value": work.score_value,
        "programme_report": work.programme_report,
        "reconcile_cash": work.reconcile_cash,
        "bridge_value": work.bridge_value,
        "value_sensitivity": work.value_sensitivity,
        "suggest_all": work.suggest_all,
        "train_ranker": work.train_ranker,
        "advance_introductions": work.advance_introductions,
        JOB: work.propose_next,
        "import": work.import_files,
        "undo_import": work.undo_import,
    }


@dataclass(frozen=True, slots=True)
class _Handlers:
    app: App

    def refresh_snapshot(self, caller: Caller, params: Params, progress: Progress) -> Result:
        info = self.app.analytics.refresh(progress)
        return {"watermark": info.watermark, "customers": info.customers, "taken_at": info.taken_at.isoformat()}

    def detect_communities(self, caller: Caller, params: Params, progress: Progress) -> Result:
        """On a fresh snapshot: communities of an old one would surprise whoever asked for them."""
        app = self.app
        engine = params.get("engine")
        analytics = app.analytics if engine is None else app.analytics_on(engine)
        analytics.refresh(progress)
        detect = DetectCommunities(app.store, analytics, app.clock, app.new_id)
        options = CommunityOptions(
            resolution=params.get("resolution") or app.settings.community_resolution,
            seed=params.get("seed", 0),
            layer=params.get("layer") or COMBINED,
            weights=params.get("weights") or WEIGHTS,
            half_life_days=params.get("half_life_days"),
            max_size=params.get("max_size"),
        )
        run = detect(caller, options, progress=progress)
        return {
            "run_id": run.id,
            "layer": run.layer,
            "communities": run.community_count,
            "modularity": run.modularity,
            "stability": run.stability,
            "oversized": run.oversized,
        }

    def score_value(self, caller: Caller, params: Params, progress: Progress) -> Result:
        app = self.app
        stated = {
            name: params.get(name) for name in ("currency", "annual_rate", "margin_rate", "strict", "hazard_ratio")
        }
        times = {name: _instant(params.get(name)) or params[HELD].since for name in ("valuation_at", "known_at")}
        signed = app.store.read(caller, in_force)
        parameters = asked_for(signed, app.parameters, stated | times)
        run = ScoreValue(app.store, app.clock, app.new_id)(caller, parameters, progress, held=params[HELD])
        return {
            "run_id": run.id,
            "customers": run.customer_count,
            "outcomes": run.outcome_count,
            "assumptions": list(run.assumptions),
            "problems": list(run.problems),
        }

    def programme_report(self, caller: Caller, params: Params, progress: Progress) -> Result:
        app = self.app
        asked = asked_as_before(app.store, caller, *map(params.get, ("window_days", "asked", "anyway")))
        made = MakeProgrammeReport(app.store, app.clock, app.policy.hold_out, app.limits)(caller, asked, progress)
        told = broken_message(made.programme.guardrails)
        keep = KeepReport(app.store, told)
        report = keep(caller, ReportKind.PROGRAMME, made, made.programme.as_of, params[HELD])
        return {"report_id": report.id, "notes": list(made.programme.notes)}

    def reconcile_cash(self, caller: Caller, params: Params, progress: Progress) -> Result:
        made = ReconcileCash(self.app.store, self.app.clock)(caller, progress)
        report = KeepReport(self.app.store)(caller, ReportKind.RECONCILIATION, made, made.known_at, params[HELD])
        return {"report_id": report.id, "months": len(made.months), "notes": list(made.notes)}

    def bridge_value(self, caller: Caller, params: Params, progress: Progress) -> Result:
        app = self.app
        made = BridgeValue(app.store)(caller, params.get("before"), params.get("after"), progress)
        report = KeepReport(app.store)(caller, ReportKind.BRIDGE, made, app.clock(), params[HELD])
        return {"report_id": report.id, "before": made.before.run_id, "after": made.after.run_id}

    def value_sensitivity(self, caller: Caller, params: Params, progress: Progress) -> Result:
        app = self.app
        made = PortfolioSensitivity(app.store, app.clock)(caller, progress)
        report = KeepReport(app.store)(caller, ReportKind.SENSITIVITY, made, app.clock(), params[HELD])
        return {"report_id": report.id, "break_even": made.break_even.sentence}

    def suggest_all(self, caller: Caller, params: Params, progress: Progress) -> Result:
        """On a fresh snapshot, so that a need recorded a minute ago takes part."""
        app = self.app
        app.analytics.refresh(progress)
        suggest_all = SuggestAll(app.store, app.analytics, app.clock, app.new_id)
        rules = rules_of({name: value for name, value in params.items() if name != HELD})
        run = suggest_all(caller, rules, progress, held=params[HELD])
        names = ("event", "need_count", "refused_count", "nobody_count", "unplaced_count", "pair_count", "gini")
        rest = ("never_shown", "mutual_top", "lists_gini", "lists_never_shown", "lists_mutual_top")
        return {"run_id": run.id, "notes": list(run.notes)} | {name: getattr(run, name) for name in (*names, *rest)}

    def advance_introductions(self, caller: Caller, params: Params, progress: Progress) -> Result:
        app = self.app
        return asdict(AdvanceIntroductions(app.store, app.clock, app.trail, app.post)(caller, progress))

    def propose_next(self, caller: Caller, params: Params, progress: Progress) -> Result:
        """On a fresh snapshot: whoever fits now."""
        app = self.app
        app.analytics.refresh(progress)
        suggest = SuggestProviders(app.store, app.analytics, app.clock, DecisionLog(app.policy, app.new_id))
        propose = ProposeIntroduction(app.store, app.clock, app.new_id, app.trail)
        made = ProposeNext(app.store, app.clock, suggest, propose)(caller, params["introduction_id"])
        return {"introduction_id": None if made is None else made.id}

    def train_ranker(self, caller: Caller, params: Params, progress: Progress) -> Result:
        app = self.app
        made = TrainRanker(app.analytics, app.clock)(caller, seed=params.get("seed", 0), progress=progress)
        return ranker_document(made)

    def import_files(self, caller: Caller, params: Params, progress: Progress) -> Result:
        """The files go once they are in, or refused; they stay for the next worker when this one is interrupted."""
        app = self.app
        folder = upload_folder(app) / params["folder"]
        options = ImportOptions(max_errors=params["max_errors"])
        try:
            report = ImportPortfolio(app.store, app.clock)(
                caller, _source(folder, params), options=options, progress=progress
            )
            if report.failed_rows:
                write_failed(upload_folder(app) / f"{report.import_id}.failed.csv", report.failed_rows)
            app.analytics.refresh(progress)
        except IcrmError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
        return _counts(report)

    def undo_import(self, caller: Caller, params: Params, progress: Progress) -> Result:
        """Asked for by an administrator; the route has checked that."""
        administrator = Caller(caller.id, frozenset(Scope))
        count = UndoImport(self.app.store, self.app.clock)(administrator, params["import_id"], progress=progress)
        self.app.analytics.refresh(progress)
        return {"import_id": params["import_id"], "removed_or_restored": count}


def _source(folder: Path, params: Params) -> RecordSource:
    if params["kind"] == "native":
        return NativeFolder(folder)
    basis = params["consent_basis"]
    return ContractQuarters(folder, consent_basis=CONSENT_BASIS if basis is None else basis)


def _counts(report: ImportReport) -> Result:
    names = ("import_id", "state", "rows_in", "created", "updated", "unchanged", "failed", "resumed")
    return {name: getattr(report, name) for name in names}


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
