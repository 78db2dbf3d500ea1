"""When jobs run by themselves: cron expressions in UTC, and which of their times are due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from app.domain.errors import Misconfigured
from app.domain.ids import timed_id

JOBS = (
    "refresh_snapshot", "detect_communities", "score_value", "suggest_all", "train_ranker", "programme_report",
    "reconcile_cash", "bridge_value", "value_sensitivity", "advance_introductions",
)  # fmt: skip
"""Those that need no parameters: a schedule states none."""

FIELDS = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """`cron`: minute, hour, day of month, month, day of week, as in crontab(5); UTC, so that no hour comes twice."""

    job: str
    cron: str

    def due(self, now: datetime) -> datetime:
        """The latest time at or before `now`: however many were missed, one is caught up."""
        until = now.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        return next(CronSim(self.cron, until, reverse=True))

    def following(self, now: datetime) -> datetime:
        return next(CronSim(self.cron, now.astimezone(UTC)))

    def job_id(self, due: datetime) -> str:
        """The same for everybody who finds this time due: so its job is made once."""
        return timed_id("Job", due, self.job)


def schedules(stated: Mapping[str, str]) -> list[Schedule]:
    """By name of job. Misconfigured for a job that cannot be scheduled and for a text that is no cron expression."""
    found = []
    for job, cron in sorted(stated.items()):
        if job not in JOBS:
            raise Misconfigured("The schedule names a job that cannot be scheduled.", remedy=f"Use {', '.join(JOBS)}.")
        try:
            if len(cron.split()) != FIELDS:
                raise CronSimError
            next(CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)))
        except (CronSimError, StopIteration) as error:
            raise Misconfigured(
                f"The schedule of {job} is no cron expression.", remedy='Write five fields, such as "0 2 * * *".'
            ) from error
        found.append(Schedule(job, cron))
    return found
