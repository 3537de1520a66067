"""Status periods: they open as their cut-offs come, silence counts once they are due, and closing freezes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.calendars.patterns import is_working_day, working_days
from watchfloor.journal.operations import append
from watchfloor.journal.versions import keep, save_with_past
from watchfloor.kit.errors import Conflict, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans.cut_offs import cut_offs, following
from watchfloor.plans.models import StatusPeriod, Submission, SubmissionState
from watchfloor.plans.period_records import PeriodRecord, period_record
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.models import WATCHED_STAGES, Project
from watchfloor.portfolio.operations import lock_project
from watchfloor.portfolio.queries import ProjectRecord

_DUE_AT = time(17)
_MOST_DAYS_LATE = 2_000  # further back nobody counts


@transaction.atomic
def open_periods(project_id: int, *, until: date, now: datetime) -> tuple[PeriodRecord, ...]:
    """Open the periods whose cut-off has come, up to ``until``; none for a project that is not watched.

    Periods that passed while a project was on hold are not opened afterwards: nobody was asked to report then.
    """
    project = Project.objects.select_for_update(no_key=True).filter(pk=project_id).first()
    if project is None or project.stage not in WATCHED_STAGES:
        return ()
    newest = StatusPeriod.objects.filter(project_id=project_id).order_by("-cut_off").first()
    zone = ZoneInfo(project.time_zone)
    began = project.created_at.astimezone(zone).date()
    since = following(project.cycle, project.cut_off_weekday, newest.cut_off) if newest else began
    watched_since = portfolio.watched_since(project_id) if since <= until else None
    if watched_since is not None:
        since = max(since, watched_since.astimezone(zone).date())
    opened = []
    for cut_off in cut_offs(project.cycle, project.cut_off_weekday, since, until):
        row = StatusPeriod.objects.create(project_id=project_id, cut_off=cut_off, due_at=due_at(project, cut_off))
        keep("period", row, None, now=now)
        opened.append(period_record(row, None))
        append(
            "period.opened",
            viewer=SYSTEM,
            now=now,
            project_id=project_id,
            subject_kind="period",
            subject_id=row.pk,
            data={"cut_off": cut_off.isoformat(), "due_at": row.due_at.isoformat()},
        )
    return tuple(opened)


@transaction.atomic
def close_period(viewer: Viewer, project_id: int, cut_off: date, *, now: datetime) -> PeriodRecord:
    """Close a period: what was accepted is frozen, what was not is not asked for any more.

    Earlier periods that are still open close with it, so that no older report can slip in behind a frozen one;
    those with a submission that waits for a decision stay open.

    Raises:
        NotFound: there is no such period.
        Conflict: its submission waits for a decision.
    """
    lock_project(viewer, project_id, "submission.accept")
    period = period_row(project_id, cut_off)
    submission = Submission.objects.filter(period=period).first()
    if submission is not None and submission.state == SubmissionState.SUBMITTED:
        raise Conflict(
            _("A submission of this period waits for a decision."), remedy=_("Accept or return it, then close.")
        )
    if period.closed_at is None:
        earlier = StatusPeriod.objects.filter(project_id=project_id, closed_at=None, cut_off__lte=cut_off)
        for each in earlier.exclude(submission__state=SubmissionState.SUBMITTED).order_by("cut_off"):
            _close(viewer, each, now)
        period.refresh_from_db()
        submission = Submission.objects.filter(period=period).first()
    return period_record(period, submission, tuple(period.restatements.order_by("id")))


@transaction.atomic
def close_accepted(project_id: int, *, now: datetime) -> int:
    """Close the accepted periods that a newer cut-off has followed; returns how many. A system act, once a day."""
    waiting = StatusPeriod.objects.filter(
        project_id=project_id, closed_at=None, submission__state=SubmissionState.ACCEPTED
    )
    rows = list(waiting.order_by("cut_off"))
    if not rows:
        return 0
    newest = StatusPeriod.objects.filter(project_id=project_id).order_by("-cut_off").first()
    assert newest is not None
    passed = [row for row in rows if row.cut_off < newest.cut_off]
    for row in passed:
        _close(SYSTEM, row, now)
    return len(passed)


def due_at(project: Project, cut_off: date) -> datetime:
    """When silence begins to count: the close of work, so many working days after the cut-off, where the project is."""
    left, current = project.grace_days, cut_off
    for _day in range(400):
        if left <= 0 and is_working_day(project.country, project.region, current):
            break
        current += timedelta(days=1)
        left -= is_working_day(project.country, project.region, current)
    return datetime.combine(current, _DUE_AT, ZoneInfo(project.time_zone)).astimezone(UTC)


def days_late(project: ProjectRecord, due: datetime, now: datetime) -> int:
    """Working days of the project that have begun since it was due; 0 before that, at least 1 after."""
    if now <= due:
        return 0
    zone = ZoneInfo(project.time_zone)
    first, today = due.astimezone(zone).date(), now.astimezone(zone).date()
    if today <= first:
        return 1
    first = max(first, today - timedelta(days=_MOST_DAYS_LATE))
    return max(1, len(working_days(project.country, project.region, first + timedelta(days=1), today)))


def period_row(project_id: int, cut_off: date) -> StatusPeriod:
    """The period with this cut-off.

    Raises:
        NotFound: there is none.
    """
    row = StatusPeriod.objects.filter(project_id=project_id, cut_off=cut_off).first()
    if row is None:
        raise NotFound(_("There is no period with this cut-off."))
    return row


def _close(viewer: Viewer, period: StatusPeriod, now: datetime) -> None:
    period.closed_at = now
    save_with_past("period", period, now=now, fields=("closed_at",))
    frozen = Submission.objects.filter(period=period, state=SubmissionState.ACCEPTED).first()
    if frozen is not None:
        frozen.state = SubmissionState.FROZEN
        save_with_past("submission", frozen, now=now, fields=("state",))
    append(
        "period.closed",
        viewer=viewer,
        now=now,
        project_id=period.project_id,
        subject_kind="period",
        subject_id=period.pk,
        data={"cut_off": period.cut_off.isoformat(), "frozen": frozen is not None},
    )
