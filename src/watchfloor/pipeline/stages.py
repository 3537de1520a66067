"""What each stage does to one project. Every stage may run again after a crash: doing it twice changes nothing."""

from __future__ import annotations

from datetime import datetime

from watchfloor.alerts import operations as alerts
from watchfloor.alerts import watching
from watchfloor.detection import operations as detection
from watchfloor.detection import submissions
from watchfloor.forecasts import operations as forecasts
from watchfloor.journal.queries import facts
from watchfloor.kit.viewer import SYSTEM
from watchfloor.notify import operations as notify
from watchfloor.pipeline.follow import ALERT, CHECK, DELIVER, DETECT, FORECAST, WATCH


def run(stage: str, project_id: int, fact_id: int, *, now: datetime) -> None:
    """One stage of one project as of ``now``; deliveries take what to tell from their fact."""
    if stage == FORECAST:
        forecasts.issue_forecast(project_id, now=now)
    elif stage == DETECT:
        detection.detect(project_id, now=now)
    elif stage == CHECK:
        submissions.check_waiting(project_id, now=now)
    elif stage == ALERT:
        alerts.group(project_id, now=now)
    elif stage == WATCH:
        watching.look(project_id, now=now)
    else:
        assert stage == DELIVER, f"no such stage: {stage}"
        _deliver(fact_id, now)


def _deliver(fact_id: int, now: datetime) -> None:
    found = facts(SYSTEM, after=fact_id - 1, before=fact_id + 1, limit=1)
    if found and found[0].subject_id is not None:
        said = found[0].data
        notify.queue_for_alert(
            found[0].subject_id, str(said["why"]), number=int(said["number"]), to=said["to"], now=now
        )
