"""What each type of job does."""

from collections.abc import Mapping
from typing import Any

from app.bootstrap import App
from app.domain.access import Caller
from app.jobs import Handler, Params
from app.ports.outside import Progress


def job_handlers(app: App) -> Mapping[str, Handler]:
    def refresh_snapshot(caller: Caller, params: Params, progress: Progress) -> Mapping[str, Any]:
        info = app.analytics.refresh(progress)
        return {"watermark": info.watermark, "customers": info.customers, "taken_at": info.taken_at.isoformat()}

    return {"refresh_snapshot": refresh_snapshot}
