"""What managers say of a period: drafts, submissions, and restatements of what is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.journal.versions import save_with_past
from watchfloor.kit.errors import Conflict, Invalid
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans.models import Restatement, Revision, StatusPeriod, Submission, SubmissionState
from watchfloor.plans.period_records import (
    RestatementRecord,
    SubmissionRecord,
    restatement_record,
    submission_record,
)
from watchfloor.plans.periods import period_row
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
_LONGEST_TEXT = 4_000
_LONGEST_REASON = 1_000
_MOST_MINOR = 10**17
_YEARS = (1980, 2200)
_FIXED = (SubmissionState.ACCEPTED, SubmissionState.FROZEN)


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody says, checked for shape."""

    reported: Mapping[str, str]
    forecast_finish: date | None
    eac_minor: int | None
    path_to_green: str
    explanation: str


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
    explanation: str = "",
    revision: int | None = None,
    now: datetime,
) -> SubmissionRecord:
    """Say how a project stands at a cut-off; until it is accepted it can be said again.

    ``reported`` maps dimensions (overall, time, cost, scope, risk, people) to on, watch, risk or crit. It goes with a
    revision of the plan, by default the newest. The automatic checks follow in the pipeline.

    Raises:
        NotFound: there is no such period.
        Conflict: it was accepted or frozen; a correction is a restatement.
        Invalid: no overall status, an unknown dimension or status, no path to green though it is not on track.
    """
    lock_project(viewer, project_id, "submission.submit")
    period = period_row(project_id, cut_off)
    row = _row(period)
    said = _checked(reported, forecast_finish, eac_minor, path_to_green, explanation)
    if "overall" not in said.reported:
        raise Invalid(_("Give the overall status."), place="reported.overall")
    if said.reported["overall"] != "on" and not said.path_to_green:
        raise Invalid(
            _("Say what leads back to green: the project is reported as not on track."),
            remedy=_("Name the next steps, who takes them and by when."),
            place="path_to_green",
        )
    _fill(row, said, now)
    row.revision = _revision(project_id, revision)
    row.state = SubmissionState.SUBMITTED
    row.submitted_at, row.submitted_by_id, row.submitted_by_name = now, viewer.user_id, viewer.name
    row.checks, row.checked_at, row.computed = [], None, {}
    row.decided_at, row.decided_by_id, row.decided_by_name, row.decision_note = None, None, "", ""
    save_with_past("submission", row, now=now)
    _tell("submission.received", viewer, row, period, now, revision=row.revision.number if row.revision else None)
    return submission_record(row, period)


@transaction.atomic
def save_draft(
    viewer: Viewer,
    project_id: int,
    cut_off: date,
    *,
    reported: Mapping[str, str],
    forecast_finish: date | None = None,
    eac_minor: int | None = None,
    path_to_green: str = "",
    explanation: str = "",
    now: datetime,
) -> SubmissionRecord:
    """Keep what is said so far without sending it; nothing need be complete. A returned submission stays returned.

    Raises:
        Conflict: it was submitted, accepted or frozen.
    """
    lock_project(viewer, project_id, "submission.submit")
    period = period_row(project_id, cut_off)
    row = _row(period)
    if row.state == SubmissionState.SUBMITTED:
        raise Conflict(_("It was submitted already."), remedy=_("Submit it again to change what it says."))
    _fill(row, _checked(reported, forecast_finish, eac_minor, path_to_green, explanation), now)
    save_with_past("submission", row, now=now)
    _tell("submission.drafted", viewer, row, period, now)
    return submission_record(row, period)


@transaction.atomic
def suggest_submission(
    project_id: int,
    *,
    reported: Mapping[str, str],
    forecast_finish: date | None = None,
    eac_minor: int | None = None,
    path_to_green: str = "",
    source: str,
    now: datetime,
) -> SubmissionRecord | None:
    """Fill a draft of the newest open period from a mapped code or field of an imported file (named by ``source``).

    The manager finds it prefilled and sends it. What a person typed or sent is never touched: then, and when no
    period is open, nothing happens and None is returned. The same values again change nothing.

    Raises:
        Invalid: an unknown dimension or status.
    """
    lock_project(SYSTEM, project_id, "submission.submit")
    said = _checked(reported, forecast_finish, eac_minor, path_to_green, "")
    period = StatusPeriod.objects.filter(project_id=project_id, closed_at=None).order_by("-cut_off").first()
    if period is None:
        return None
    row = Submission.objects.filter(period=period).first() or _fresh(period)
    if row.state != SubmissionState.DRAFT or (row.pk is not None and not row.source):
        return None
    before = (row.reported, row.forecast_finish, row.eac_minor, row.path_to_green)
    if row.pk is not None and before == (said.reported, said.forecast_finish, said.eac_minor, said.path_to_green):
        return submission_record(row, period)
    _fill(row, said, now)
    row.source = source[:260]
    save_with_past("submission", row, now=now)
    _tell("submission.drafted", SYSTEM, row, period, now)
    return submission_record(row, period)


@transaction.atomic
def withdraw_submission(viewer: Viewer, project_id: int, cut_off: date, *, now: datetime) -> SubmissionRecord:
    """Take a submission back before anybody has decided on it: it is a draft again.

    Raises:
        Conflict: it is not waiting for a decision.
    """
    lock_project(viewer, project_id, "submission.submit")
    period = period_row(project_id, cut_off)
    row = _row(period)
    if row.state != SubmissionState.SUBMITTED:
        raise Conflict(_("There is no submission that waits for a decision."))
    row.state = SubmissionState.DRAFT
    row.submitted_at, row.submitted_by_id, row.submitted_by_name = None, None, ""
    row.version += 1
    save_with_past("submission", row, now=now)
    _tell("submission.withdrawn", viewer, row, period, now)
    return submission_record(row, period)


@transaction.atomic
def restate(
    viewer: Viewer,
    project_id: int,
    cut_off: date,
    *,
    reason: str,
    reported: Mapping[str, str],
    forecast_finish: date | None = None,
    eac_minor: int | None = None,
    path_to_green: str = "",
    now: datetime,
) -> RestatementRecord:
    """Correct what was said of a closed period: a new entry beside it, which changes nothing of it.

    Raises:
        Conflict: the period is not closed yet.
        Invalid: no reason, or no overall status.
    """
    lock_project(viewer, project_id, "submission.submit")
    period = period_row(project_id, cut_off)
    if period.closed_at is None:
        raise Conflict(
            _("This period is not closed: nothing of it is frozen yet."), remedy=_("Submit it again instead.")
        )
    said = _checked(reported, forecast_finish, eac_minor, path_to_green, "")
    why = _text(reason, "reason", _LONGEST_REASON)
    if not why:
        raise Invalid(_("Say why the frozen report is corrected."), place="reason")
    if "overall" not in said.reported:
        raise Invalid(_("Give the overall status."), place="reported.overall")
    row = Restatement.objects.create(
        period=period,
        reported=dict(said.reported),
        forecast_finish=said.forecast_finish,
        eac_minor=said.eac_minor,
        path_to_green=said.path_to_green,
        reason=why,
        restated_at=now,
        restated_by_id=viewer.user_id,
        restated_by_name=viewer.name,
    )
    append(
        "submission.restated",
        viewer=viewer,
        now=now,
        project_id=project_id,
        subject_kind="period",
        subject_id=period.pk,
        data={"restatement": row.pk, "cut_off": cut_off.isoformat(), "reason": why, **_plain(row)},
    )
    return restatement_record(row)


def _row(period: StatusPeriod) -> Submission:
    """The period's submission, or a new one, if it may still be said otherwise."""
    row = Submission.objects.filter(period=period).first()
    if period.closed_at is not None or (row is not None and row.state in _FIXED):
        raise Conflict(
            _("This period is frozen."), remedy=_("Correct it by a restatement, or report it in the next period.")
        )
    return row or _fresh(period)


def _fresh(period: StatusPeriod) -> Submission:
    return Submission(period=period, state=SubmissionState.DRAFT)


def _fill(row: Submission, said: _Said, now: datetime) -> None:
    row.reported, row.forecast_finish, row.eac_minor = dict(said.reported), said.forecast_finish, said.eac_minor
    row.path_to_green, row.explanation = said.path_to_green, said.explanation
    row.source, row.saved_at = "", now
    row.version += 1


def _checked(
    reported: Mapping[str, str],
    forecast_finish: date | None,
    eac_minor: int | None,
    path_to_green: str,
    explanation: str,
) -> _Said:
    if eac_minor is not None and not 0 <= eac_minor <= _MOST_MINOR:
        raise Invalid(_("An estimate at completion is an amount above zero."), place="eac_minor")
    if forecast_finish is not None and not _YEARS[0] <= forecast_finish.year <= _YEARS[1]:
        raise Invalid(_("This day is too far from today."), place="forecast_finish")
    return _Said(
        _statuses(reported),
        forecast_finish,
        eac_minor,
        _text(path_to_green, "path_to_green", _LONGEST_TEXT),
        _text(explanation, "explanation", _LONGEST_TEXT),
    )


def _statuses(reported: Mapping[str, str]) -> dict[str, str]:
    said = {}
    for dimension, status in reported.items():
        if dimension not in DIMENSIONS:
            raise Invalid(_("There is no dimension %(name)s.") % {"name": dimension}, place=f"reported.{dimension}")
        if status not in REPORTED:
            raise Invalid(_("A status is on, watch, risk or crit."), place=f"reported.{dimension}")
        said[dimension] = REPORTED[status]
    return said


def _text(given: str, place: str, longest: int) -> str:
    said = given.strip()
    if len(said) > longest:
        raise Invalid(_("This is longer than %(limit)d letters.") % {"limit": longest}, place=place)
    return said


def _revision(project_id: int, number: int | None) -> Revision | None:
    rows = Revision.objects.filter(project_id=project_id).defer("changes")
    if number is None:
        return rows.order_by("-number").first()
    row = rows.filter(number=number).first()
    if row is None:
        raise Invalid(_("There is no such revision."), place="revision")
    return row


def _tell(kind: str, viewer: Viewer, row: Submission, period: StatusPeriod, now: datetime, **more: object) -> None:
    """The fact holds all that was said, so that the journal keeps what a later submission of the period replaces."""
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=period.project_id,
        subject_kind="submission",
        subject_id=row.pk,
        data={
            "period": period.pk,
            "cut_off": period.cut_off.isoformat(),
            "explanation": row.explanation,
            "source": row.source,
            **_plain(row),
            **more,
        },
    )


def _plain(row: Submission | Restatement) -> dict[str, object]:
    return {
        "reported": row.reported,
        "forecast_finish": row.forecast_finish.isoformat() if row.forecast_finish else None,
        "eac_minor": row.eac_minor,
        "path_to_green": row.path_to_green,
    }
