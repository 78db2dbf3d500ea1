"""The one place that names concrete classes: from settings to an open application.

Everything above the use cases takes the graph, the analytics, the clock and fresh ids from here. Nothing is opened
before `open_app`, and what it opens it closes, also when the caller fails.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.adapters.key_file import kept_key
from app.analytics import AnalyticsOptions, Registry, open_analytics, open_registry
from app.domain.audit import Sealer
from app.domain.decision import Policy
from app.domain.guardrail import Limits
from app.domain.ids import new_id
from app.embedded import ServerLimits
from app.ports.analytics import Analytics
from app.ports.outside import Clock, NewId
from app.ports.store import Store
from app.post import post_of
from app.settings import Settings
from app.store.connect import open_graph
from app.store.gds_version import gds_version
from app.store.migrations import migrate
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.audit import AuditTrail
from app.usecases.letters import Post
from app.usecases.value_scoring import ScoreParameters


@dataclass(frozen=True, slots=True)
class App:
    """An open application. `store` and `analytics` are ready for use; the schema is migrated."""

    settings: Settings
    store: Store
    analytics: Analytics
    clock: Clock
    new_id: NewId
    policy: Policy
    analytics_on: Callable[[str], Analytics]  # auto, local or gds, for one run that asks for it
    rankers: Registry
    runner: GraphRunner  # for readiness, which asks the engine itself
    trail: AuditTrail
    post: Post | None  # how parties are written to; None while nobody is
    limits: Limits  # of the programme
    parameters: ScoreParameters  # of referral value, while nobody has signed any


def utc_now() -> datetime:
    return datetime.now(UTC)


def fresh_id(kind: str) -> str:
    return new_id(kind, utc_now())


@contextmanager
def open_app(settings: Settings) -> Iterator[App]:
    """Connects (starting the embedded graph if need be), migrates the schema, and closes all at the end.

    Raises GraphUnreachable, WrongPassword, WrongVersion, PlatformUnsupported and Misconfigured, each with the remedy.
    """
    password = settings.graph_password.get_secret_value() if settings.graph_password else None
    runner = open_graph(
        settings.graph_url,
        user=settings.graph_user,
        password=password,
        database=settings.graph_database,
        embedded=ServerLimits(settings.embedded_memory, settings.embedded_idle_seconds),
        deadline=settings.deadline_seconds,
    )
    try:
        migrate(runner)
        store = GraphStore(runner)
        options = _analytics_options(settings, password, runner)
        yield App(
            settings=settings,
            store=store,
            analytics=open_analytics(store, options),
            analytics_on=lambda engine: open_analytics(store, replace(options, runs_on=engine)),
            clock=utc_now,
            new_id=fresh_id,
            policy=Policy(settings.exploration, settings.hold_out, settings.policy_seed, settings.pilot_regions),
            rankers=open_registry(options),
            runner=runner,
            trail=AuditTrail(Sealer(_audit_key(settings)), fresh_id),
            post=post_of(settings),
            limits=Limits(settings.most_disputed, settings.most_declined),
            parameters=ScoreParameters(settings.currency, settings.annual_rate),
        )
    finally:
        runner.close()


def _audit_key(settings: Settings) -> bytes:
    if settings.audit_key is not None:
        return settings.audit_key.get_secret_value().encode()
    return kept_key(settings.data_folder / "audit.key")


def _analytics_options(settings: Settings, password: str | None, runner: GraphRunner) -> AnalyticsOptions:
    return AnalyticsOptions(
        data_folder=settings.data_folder,
        graph_url=settings.graph_url,
        runs_on=settings.analytics,
        user=settings.graph_user,
        password=password,
        database=settings.graph_database,
        has_gds=lambda: gds_version(runner) is not None,
    )
