"""Reading status periods, what was said of them, and how old a plan's content is; cut to what the viewer may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from watchfloor.journal.versions import rewound
from watchfloor.kit.discretion import discreet
from watchfloor.kit.errors import NotFound, NotYet
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.models import Restatement, Revision, StatusPeriod, Submission
from watchfloor.plans.period_records import PeriodRecord, SubmissionRecord, period_record, submission_record
from watchfloor.plans.periods import period_row
from watchfloor.portfolio.queries import ProjectRecord

_MOST_PERIODS = 1_000
_WAITING = ("submitted", "returned")
_AHEAD = timedelta(days=45)
_LOOKED_BACK = timedelta(days=200)  # six monthly cut-offs; who is silent for longer is silent enough


@dataclass(frozen=True, slots=True)
class ContentRecord:
    """The newest revision of a project in which work moved: actual dates, progress or remaining durations."""

    project_id: int
    number: int
    recorded_at: datetime
    data_date: datetime | None
    is_by_hand: bool  # a person's edit speaks as of when it was made, a file as of its data date


@dataclass(frozen=True, slots=True)
class DueCutOff:
    """A cut-off that is due; ``is_said`` when the manager submitted something for it."""

    on: date
    due_at: datetime
    is_said: bool


def periods(viewer: Viewer, project_id: int, limit: int = 60) -> tuple[PeriodRecord, ...]:
    """Status periods with their submission and restatements, newest first."""
    _see(viewer, project_id)
    rows = _rows(project_id, limit, at=viewer.as_of)
    later = _restatements([row.pk for row in rows if row.closed_at is not None], at=viewer.as_of)
    return tuple(told(viewer, _record(row, later.get(row.pk, ()))) for row in rows)


def period(viewer: Viewer, project_id: int, cut_off: date) -> PeriodRecord:
    """The period with this cut-off."""
    _see(viewer, project_id)
    if viewer.as_of is not None:
        found = (each for each in periods(viewer, project_id, _MOST_PERIODS) if each.cut_off == cut_off)
        if (then := next(found, None)) is None:
            raise NotYet(_("This period was not open then."), remedy=_("Choose a later moment."))
        return then
    row = period_row(project_id, cut_off)
    return told(viewer, _record(row, tuple(row.restatements.order_by("id"))))


def period_by_id(viewer: Viewer, period_id: int) -> PeriodRecord:
    """The same by its id.

    Raises:
        NotFound: there is none, or its project is not the viewer's to see.
    """
    row = StatusPeriod.objects.select_related("submission").filter(pk=period_id).first()
    if row is None or not viewer.may("project.view", row.project_id):
        raise NotFound(_("There is no such period."))
    return told(viewer, _record(row, tuple(row.restatements.order_by("id"))))


def recent_periods(project_id: int, limit: int) -> tuple[PeriodRecord, ...]:
    """The newest periods without their restatements, for rooms that look at a project: one query."""
    return tuple(_record(row) for row in _rows(project_id, limit))


def newest_period(viewer: Viewer, project_id: int) -> PeriodRecord | None:
    """The period that is reported now; None before the first cut-off."""
    _see(viewer, project_id)
    found = (_record(row) for row in _rows(project_id, 1, at=viewer.as_of))
    return next((told(viewer, each) for each in found), None)


def period_before(project_id: int, cut_off: date) -> PeriodRecord | None:
    """The last period before the cut-off of which the manager said something."""
    rows = StatusPeriod.objects.select_related("submission").filter(project_id=project_id, cut_off__lt=cut_off)
    row = rows.filter(submission__submitted_at__isnull=False).order_by("-cut_off").first()
    return _record(row) if row is not None else None


def decided_before(project_id: int, cut_off: date) -> SubmissionRecord | None:
    """The last accepted submission before the cut-off."""
    rows = Submission.objects.select_related("period").filter(
        period__project_id=project_id, period__cut_off__lt=cut_off, state__in=("accepted", "frozen")
    )
    row = rows.order_by("-period__cut_off").first()
    return submission_record(row, row.period) if row is not None else None


def periods_between(project_ids: Collection[int], first: date, last: date) -> tuple[PeriodRecord, ...]:
    """Every period of the projects with a cut-off in the span, oldest first: one query."""
    rows = StatusPeriod.objects.select_related("submission").filter(
        project_id__in=project_ids, cut_off__gte=first, cut_off__lte=last
    )
    return tuple(_record(row) for row in rows.order_by("cut_off", "project_id")[: 20 * _MOST_PERIODS])


def current_periods(project_ids: Collection[int], now: datetime) -> tuple[PeriodRecord, ...]:
    """What is at hand of each project, oldest first: two queries.

    The newest period; older ones of which a submission waits; and, while the newest is neither due nor reported, the
    last one that was due and never reported. Without it a missing report would leave the board with the next cut-off.
    """
    ends = StatusPeriod.objects.filter(project_id__in=project_ids).values("project_id")
    ends = ends.annotate(newest=Max("cut_off"), due=Max("cut_off", filter=Q(due_at__lte=now)))
    newest = {row["project_id"]: row["newest"] for row in ends}
    due = {row["project_id"]: row["due"] for row in ends if row["due"] is not None}
    if not newest:
        return ()
    wanted = Q(cut_off__in={*newest.values(), *due.values()}) | Q(submission__state__in=_WAITING)
    rows = StatusPeriod.objects.select_related("submission").filter(wanted, project_id__in=newest)
    found = [_record(row) for row in rows.order_by("cut_off", "project_id")]
    silent = {each.project_id for each in found if each.cut_off == newest[each.project_id] and each.said is None}
    return tuple(
        each
        for each in found
        if each.cut_off == newest[each.project_id]
        or _waits(each)
        or (each.project_id in silent and each.cut_off == due.get(each.project_id) and each.is_owed)
    )


def _waits(period: PeriodRecord) -> bool:
    return period.closed_at is None and period.submission is not None and period.submission.state in _WAITING


def newest_cut_off(project_ids: Collection[int] | None) -> date | None:
    """The newest cut-off of any of the projects; None stands for all of them."""
    rows = (
        StatusPeriod.objects.all() if project_ids is None else StatusPeriod.objects.filter(project_id__in=project_ids)
    )
    return rows.order_by("-cut_off").values_list("cut_off", flat=True).first()


def submissions(viewer: Viewer, project_id: int, limit: int = 60) -> tuple[SubmissionRecord, ...]:
    """What was reported, newest period first; without drafts."""
    _see(viewer, project_id)
    records = (_record(row) for row in _rows(project_id, limit, at=viewer.as_of))
    return tuple(discreet(viewer, project_id, each.said) for each in records if each.said is not None)


def latest_submissions(project_ids: Collection[int], *, at: datetime | None = None) -> dict[int, SubmissionRecord]:
    """The newest submission of each project that has one, now or at a moment, in two queries.

    A draft is nobody's word.
    """
    if at is not None:
        # By then somebody may have reported in a period that closes at most some weeks later.
        rows = Submission.objects.select_related("period").filter(
            period__project_id__in=project_ids, period__cut_off__lte=at.date() + _AHEAD
        )
        then = [row for row in rewound("submission", rows.order_by("period__cut_off"), at) if row.submitted_at]
        return {row.period.project_id: submission_record(row, row.period) for row in then}
    newest = (
        StatusPeriod.objects.filter(project_id__in=project_ids, submission__submitted_at__isnull=False)
        .values("project_id")
        .annotate(newest=Max("cut_off"))
    )
    wanted = {row["project_id"]: row["newest"] for row in newest}
    if not wanted:
        return {}
    rows = Submission.objects.select_related("period").filter(
        period__project_id__in=wanted, period__cut_off__in=set(wanted.values()), submitted_at__isnull=False
    )
    return {
        row.period.project_id: submission_record(row, row.period)
        for row in rows
        if wanted[row.period.project_id] == row.period.cut_off
    }


def missed_cut_offs(project: ProjectRecord, today: date) -> tuple[PeriodRecord, ...]:
    """The newest periods in a row whose due day has passed without a submission, newest first; empty: none missed."""
    return missed_among(recent_periods(project.id, 60), project, today)


def silent_since(
    periods: Iterable[PeriodRecord], project: ProjectRecord, today: date, data_date: datetime | None
) -> tuple[date, ...]:
    """Cut-offs in a row that nobody reported for, oldest first; a plan updated past one counts as an update."""
    missed = (period.cut_off for period in missed_among(periods, project, today))
    return tuple(sorted(each for each in missed if data_date is None or data_date.date() < each))


def missed_among(periods: Iterable[PeriodRecord], project: ProjectRecord, today: date) -> tuple[PeriodRecord, ...]:
    """The same for periods at hand, which come newest first. A draft is no submission; a returned one was said."""
    zone = ZoneInfo(project.time_zone)
    missed = []
    for period in periods:
        if period.due_at.astimezone(zone).date() >= today:
            if period.said is not None:
                break  # said already, before it was due
            continue
        if period.said is not None:
            break
        missed.append(period)
    return tuple(missed)


def data_dates(project_ids: Collection[int], *, at: datetime | None = None) -> dict[int, datetime | None]:
    """The data date of each project's newest revision (up to a moment), in two queries."""
    newest = _recorded(project_ids, at).values("project_id").annotate(newest=Max("pk"))
    ids = [row["newest"] for row in newest]
    return dict(Revision.objects.filter(pk__in=ids).values_list("project_id", "data_date"))


def contents(project_ids: Collection[int], *, at: datetime | None = None) -> dict[int, ContentRecord]:
    """The newest revision of each project in which work moved (up to a moment), in two queries."""
    newest = _recorded(project_ids, at).filter(moves_work=True).values("project_id").annotate(newest=Max("pk"))
    ids = [row["newest"] for row in newest]
    columns = ("project_id", "number", "recorded_at", "data_date", "origin")
    return {
        project_id: ContentRecord(project_id, number, recorded_at, data_date, origin in ("edit", "undo"))
        for project_id, number, recorded_at, data_date, origin in Revision.objects.filter(pk__in=ids).values_list(
            *columns
        )
    }


def due_cut_offs(project_ids: Collection[int], now: datetime) -> dict[int, tuple[DueCutOff, ...]]:
    """Cut-offs of the last months that are due, newest first, and whether anything was said of each: one query."""
    rows = StatusPeriod.objects.filter(
        project_id__in=project_ids, due_at__lte=now, cut_off__gte=now.date() - _LOOKED_BACK
    )
    found: dict[int, list[DueCutOff]] = defaultdict(list)
    columns = ("project_id", "cut_off", "due_at", "submission__submitted_at")
    for project_id, cut_off, due_at, submitted_at in rows.order_by("-cut_off").values_list(*columns):
        found[project_id].append(DueCutOff(cut_off, due_at, submitted_at is not None and submitted_at <= now))
    return {project_id: tuple(rows) for project_id, rows in found.items()}


def _recorded(project_ids: Collection[int], at: datetime | None) -> QuerySet[Revision]:
    rows = Revision.objects.filter(project_id__in=project_ids)
    return rows if at is None else rows.filter(recorded_at__lte=at)


def _rows(project_id: int, limit: int, *, at: datetime | None = None) -> list[StatusPeriod]:
    rows = StatusPeriod.objects.select_related("submission").filter(project_id=project_id).order_by("-cut_off")
    most = max(0, min(limit, _MOST_PERIODS))
    if at is None:
        return list(rows[:most])
    then = rewound("period", rows[:_MOST_PERIODS], at)[:most]
    said = [row.submission for row in then if hasattr(row, "submission")]
    known = {row.period_id: row for row in rewound("submission", said, at)}
    for row in then:
        if hasattr(row, "submission"):
            # Django keeps "none" of a one-to-one relation in the same place as the row itself.
            row._state.fields_cache["submission"] = known.get(row.pk)
    return then


def _restatements(period_ids: Collection[int], *, at: datetime | None = None) -> dict[int, list[Restatement]]:
    found: dict[int, list[Restatement]] = defaultdict(list)
    if period_ids:
        rows = Restatement.objects.filter(period_id__in=period_ids)
        if at is not None:
            rows = rows.filter(restated_at__lte=at)
        for row in rows.order_by("id"):
            found[row.period_id].append(row)
    return found


def _record(row: StatusPeriod, restatements: Iterable[Restatement] = ()) -> PeriodRecord:
    return period_record(row, getattr(row, "submission", None), tuple(restatements))


def told(viewer: Viewer, period: PeriodRecord) -> PeriodRecord:
    """The period, of rooms that look for themselves, as the viewer may read it; a draft is for those inside."""
    if period.said is None and not viewer.may("internal.view", period.project_id):
        period = replace(period, submission=None)
    return discreet(viewer, period.project_id, period)


def _see(viewer: Viewer, project_id: int) -> None:
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
