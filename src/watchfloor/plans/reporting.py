"""Status periods and submissions: what managers say, when they were due to say it, and that frozen words stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.calendars.patterns import is_working_day
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans.cut_offs import cut_offs, following
from watchfloor.plans.models import Revision, StatusPeriod, Submission, SubmissionState
from watchfloor.plans.records import PeriodRecord, SubmissionRecord, period_record, submission_record
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.models import WATCHED_STAGES, Project
from watchfloor.portfolio.operations import lock_project

DIMENSIONS = ("overall", "time", "cost", "scope", "risk", "people")
# What may be reported, and other spellings of it.
REPORTED: Mapping[str, str] = {
    "on": "on",
    "on_track": "on",
    "green": "on",
    "watch": "watch",
    "risk": "risk",
    "at_risk": "risk",
    "amber": "risk",
    "crit": "crit",
    "critical": "crit",
    "red": "crit",
}
_DUE_AT = time(17)
_FIXED = (SubmissionState.ACCEPTED, SubmissionState.FROZEN)


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
def submit(
    viewer: Viewer,
    project_id: int,
    cut_off: date,
    *,
    reported: Mapping[str, str],
    forecast_finish: date | None = None,
    eac_minor: int | None = None,
    path_to_green: str = "",
    revision: int | None = None,
    now: datetime,
) -> SubmissionRecord:
    """Say how a project stands at a cut-off; until it is accepted it can be said again.

    ``reported`` maps dimensions (overall, time, cost, scope, risk, people) to on, watch, risk or crit.

    Raises:
        NotFound: there is no such period.
        Conflict: it was accepted or frozen; a correction is an entry of its own.
        Invalid: no overall status, an unknown dimension or status.
    """
    lock_project(viewer, project_id, "submission.submit")
    period = _period(project_id, cut_off)
    known = Submission.objects.filter(period=period).first()
    if period.closed_at is not None or (known is not None and known.state in _FIXED):
        raise Conflict(_("This period is frozen."), remedy=_("Report the change in the next period."))
    row = known or Submission(period=period)
    row.reported = _reported(reported)
    row.forecast_finish, row.eac_minor, row.path_to_green = forecast_finish, eac_minor, path_to_green[:4000]
    row.revision = _revision(project_id, revision)
    row.state = SubmissionState.SUBMITTED
    row.submitted_at, row.submitted_by_id, row.submitted_by_name = now, viewer.user_id, viewer.name
    row.save()
    append(
        "submission.received",
        viewer=viewer,
        now=now,
        project_id=project_id,
        subject_kind="submission",
        subject_id=row.pk,
        data={"period": period.pk, "cut_off": cut_off.isoformat(), "reported": row.reported},
    )
    return submission_record(row, period)


@transaction.atomic
def accept_submission(viewer: Viewer, project_id: int, cut_off: date, *, now: datetime) -> SubmissionRecord:
    """Accept what was submitted: from now on it cannot be said otherwise."""
    return _decide(viewer, project_id, cut_off, state=SubmissionState.ACCEPTED, reason="", now=now)


@transaction.atomic
def return_submission(
    viewer: Viewer, project_id: int, cut_off: date, *, reason: str, now: datetime
) -> SubmissionRecord:
    """Give it back to who submitted it, with what is missing."""
    if not reason.strip():
        raise Invalid(_("Say what is missing."), place="reason")
    return _decide(viewer, project_id, cut_off, state=SubmissionState.RETURNED, reason=reason[:1000], now=now)


@transaction.atomic
def close_period(viewer: Viewer, project_id: int, cut_off: date, *, now: datetime) -> PeriodRecord:
    """Close a period: its submission, if any, is frozen."""
    lock_project(viewer, project_id, "submission.accept")
    period = _period(project_id, cut_off)
    submission = Submission.objects.filter(period=period).first()
    if period.closed_at is None:
        period.closed_at = now
        period.save(update_fields=("closed_at",))
        if submission is not None:
            submission.state = SubmissionState.FROZEN
            submission.save(update_fields=("state",))
        append(
            "period.closed",
            viewer=viewer,
            now=now,
            project_id=project_id,
            subject_kind="period",
            subject_id=period.pk,
            data={"cut_off": cut_off.isoformat()},
        )
    return period_record(period, submission)


def due_at(project: Project, cut_off: date) -> datetime:
    """When silence begins to count: the close of work, so many working days after the cut-off, where the project is."""
    left, current = project.grace_days, cut_off
    for _day in range(400):
        if left <= 0 and is_working_day(project.country, project.region, current):
            break
        current += timedelta(days=1)
        left -= is_working_day(project.country, project.region, current)
    return datetime.combine(current, _DUE_AT, ZoneInfo(project.time_zone)).astimezone(UTC)


def _decide(
    viewer: Viewer, project_id: int, cut_off: date, *, state: SubmissionState, reason: str, now: datetime
) -> SubmissionRecord:
    lock_project(viewer, project_id, "submission.accept")
    period = _period(project_id, cut_off)
    row = Submission.objects.filter(period=period).first()
    if row is None:
        raise NotFound(_("Nothing was submitted for this period."))
    if row.state != SubmissionState.SUBMITTED:
        raise Conflict(_("This submission is not waiting for a decision."))
    if row.submitted_by_id is not None and row.submitted_by_id == viewer.user_id:
        raise NotAllowed(_("Somebody else has to decide on what you submitted."))
    row.state = state
    row.save(update_fields=("state",))
    append(
        f"submission.{state.value}",
        viewer=viewer,
        now=now,
        project_id=project_id,
        subject_kind="submission",
        subject_id=row.pk,
        data={"period": period.pk, "cut_off": cut_off.isoformat(), "reason": reason},
    )
    return submission_record(row, period)


def _period(project_id: int, cut_off: date) -> StatusPeriod:
    row = StatusPeriod.objects.filter(project_id=project_id, cut_off=cut_off).first()
    if row is None:
        raise NotFound(_("There is no period with this cut-off."))
    return row


def _revision(project_id: int, number: int | None) -> Revision | None:
    rows = Revision.objects.filter(project_id=project_id)
    if number is None:
        return rows.order_by("-number").first()
    row = rows.filter(number=number).first()
    if row is None:
        raise Invalid(_("There is no such revision."), place="revision")
    return row


def _reported(reported: Mapping[str, str]) -> dict[str, str]:
    said = {}
    for dimension, status in reported.items():
        if dimension not in DIMENSIONS:
            raise Invalid(_("There is no dimension %(name)s.") % {"name": dimension}, place=f"reported.{dimension}")
        if status not in REPORTED:
            raise Invalid(_("A status is on, watch, risk or crit."), place=f"reported.{dimension}")
        said[dimension] = REPORTED[status]
    if "overall" not in said:
        raise Invalid(_("Give the overall status."), place="reported.overall")
    return said
