"""What each stage does to one project. Every stage may run again after a crash: doing it twice changes nothing."""

from __future__ import annotations

from datetime import date, datetime

from watchfloor.alerts import operations as alerts
from watchfloor.alerts import watching
from watchfloor.detection import operations as detection
from watchfloor.detection import submissions
from watchfloor.forecasts import operations as forecasts
from watchfloor.journal.queries import facts
from watchfloor.kit.viewer import SYSTEM
from watchfloor.notify import chasing, incident_mails
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
    """What a fact tells people; who tells is found again by its key, so that twice is once."""
    found = facts(SYSTEM, after=fact_id - 1, before=fact_id + 1, limit=1)
    if not found:
        return
    said, subject = found[0].data, found[0].subject_id or 0
    match found[0].kind:
        case "alert.told":
            notify.queue_for_alert(subject, str(said["why"]), number=int(said["number"]), to=said["to"], now=now)
        case "incident.updated":
            incident_mails.queue_update(int(said["entry"]), now=now)
        case "report.wanted":
            chasing.chase_if_owed(int(said["by"]), subject, date.fromisoformat(said["cut_off"]), now=now)
