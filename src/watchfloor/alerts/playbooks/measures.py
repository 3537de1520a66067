"""Whether playbooks help: how often used, how long alerts last with and without, and whether the finish came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from watchfloor.alerts.measures import worked
from watchfloor.alerts.models import Alert, AlertState, PlaybookRun
from watchfloor.alerts.queries import visible
from watchfloor.forecasts.queries import histories
from watchfloor.kit.viewer import Viewer

WEEKS = 26
CAME_BACK_WITHIN = timedelta(weeks=8)
CAME_BACK_DAYS = 1.0  # working days of slip less than when it was taken up
_MOST = 5_000  # runs, and alerts to compare with

History = Sequence[tuple[datetime, float | None]]


@dataclass(frozen=True, slots=True)
class PlaybookMeasure:
    """One playbook in the last ``WEEKS`` weeks; times are working time of the alerts' owners."""

    name: str
    used: int
    resolved: int  # of the alerts it was taken up for
    with_min: float | None  # median from raised to resolved
    without_min: float | None  # the same of alerts of the same kinds for which none was taken up
    judged: int  # runs after which a later forecast tells where the finish went
    came_back: int  # … and it slips less than when the playbook was taken up


def measured(viewer: Viewer, *, now: datetime) -> dict[int, PlaybookMeasure]:
    """By playbook id, of the alerts the viewer may see. Three queries and one for the histories."""
    since = now - timedelta(weeks=WEEKS)
    seen = visible(viewer).filter(raised_at__gte=since)
    runs = PlaybookRun.objects.filter(alert__in=seen.values("pk"), playbook__isnull=False, begun_at__lte=now)
    by_playbook: dict[int, list[PlaybookRun]] = defaultdict(list)
    for run in runs.select_related("alert__project", "alert__owner").order_by("-id")[:_MOST]:
        by_playbook[run.playbook_id or 0].append(run)
    if not by_playbook:
        return {}
    others = list(
        seen.filter(runs=None, state=AlertState.RESOLVED).exclude(resolved_by_name="").order_by("-id")[:_MOST]
    )
    projects = {run.alert.project_id for same in by_playbook.values() for run in same}
    slips = histories(viewer, projects, "slip_days", 520)
    return {pk: _measure(same, others, slips) for pk, same in by_playbook.items()}


def _measure(runs: Sequence[PlaybookRun], others: Sequence[Alert], slips: Mapping[int, History]) -> PlaybookMeasure:
    codes = {run.alert.code for run in runs}
    resolved = [run.alert for run in runs if run.alert.resolved_at is not None]
    without = [alert for alert in others if alert.code in codes]
    judged = [back for run in runs if (back := _came_back(run, slips.get(run.alert.project_id, ()))) is not None]
    return PlaybookMeasure(
        name=runs[0].name,
        used=len(runs),
        resolved=len(resolved),
        with_min=_median(resolved),
        without_min=_median(without),
        judged=len(judged),
        came_back=sum(judged),
    )


def _median(alerts: Sequence[Alert]) -> float | None:
    return median(worked(alert, alert.resolved_at) for alert in alerts) if alerts else None


def _came_back(run: PlaybookRun, history: History) -> bool | None:
    """None while no later forecast tells."""
    later = [slip for at, slip in history if run.begun_at < at <= run.begun_at + CAME_BACK_WITHIN and slip is not None]
    if run.slip_days is None or not later:
        return None
    return later[-1] <= run.slip_days - CAME_BACK_DAYS
