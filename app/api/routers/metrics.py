"""What monitoring asks for, as Prometheus reads it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.api.deps import Given, Reader
from app.api.strict import StrictRoute
from app.domain.standing import Standing, Waiting
from app.usecases.standing import ReadStanding

router = APIRouter(tags=["service"], route_class=StrictRoute)


class MetricsText(Response):
    media_type = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/metrics", response_class=MetricsText)
def get_metrics(given: Given, caller: Reader) -> MetricsText:
    """Gauges for Prometheus: when each run that readers see was finished and how old its facts are, jobs and messages
    that wait and since when, the snapshot's age. Times are seconds since 1970."""
    registry = CollectorRegistry()
    registry.register(_Gauges(ReadStanding(given.store, given.analytics, given.clock)(caller)))
    return MetricsText(generate_latest(registry))


class _Gauges(Collector):
    def __init__(self, found: Standing) -> None:
        self.found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self.found
        yield GaugeMetricFamily("icrm_graph_watermark", "Grows with each change of the graph.", found.watermark)
        finished = {(name,): at.timestamp() for name, at in found.finished.items()}
        yield _labelled("icrm_run_finished_seconds", "When the run that readers see was finished.", "run", finished)
        yield from self._value()
        yield from _waiting("jobs", "Jobs", found.jobs)
        yield from _waiting("messages", "Messages to other systems", found.messages)
        if found.snapshot_at is not None and found.behind is not None:
            yield _time("icrm_snapshot_taken_seconds", "When the snapshot was taken.", found.snapshot_at)
            yield GaugeMetricFamily("icrm_snapshot_behind", "Changes of the graph since the snapshot.", found.behind)

    def _value(self) -> Iterator[GaugeMetricFamily]:
        run = self.found.value
        if run is None:
            return
        yield _time("icrm_value_valuation_seconds", "As of when referral values are.", run.valuation_at)
        yield _time("icrm_value_known_seconds", "Until when facts count in them.", run.known_at)
        yield GaugeMetricFamily("icrm_value_customers", "Customers of the run.", run.customer_count)
        yield GaugeMetricFamily("icrm_value_outcomes", "Outcomes that were scored.", run.outcome_count)
        yield GaugeMetricFamily("icrm_value_problems", "Kinds of records that could not be scored.", len(run.problems))


def _waiting(name: str, what: str, by_state: Mapping[str, Waiting]) -> Iterator[GaugeMetricFamily]:
    counts = {(str(state),): float(one.count) for state, one in by_state.items()}
    yield _labelled(f"icrm_{name}", f"{what} that are not finished.", "state", counts)
    since = {(str(state),): one.oldest.timestamp() for state, one in by_state.items() if one.oldest is not None}
    yield _labelled(f"icrm_{name}_oldest_seconds", f"{what}: since when the oldest waits.", "state", since)


def _labelled(name: str, about: str, label: str, values: Mapping[tuple[str], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=[label])
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _time(name: str, about: str, at: datetime) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, at.timestamp())
