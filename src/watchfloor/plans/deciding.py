"""Deciding on submissions: what the automatic checks found, acceptance or return, and taking that back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from watchfloor.journal.operations import append
from watchfloor.journal.versions import save_with_past
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans.models import StatusPeriod, Submission, SubmissionState
from watchfloor.plans.period_records import CheckRecord, SubmissionRecord, submission_record
from watchfloor.plans.periods import period_row
from watchfloor.portfolio.operations import lock_project

_LONGEST_NOTE = 1_000


@transaction.atomic
def record_checks(
    project_id: int,
    period_id: int,
    *,
    version: int,
    checks: Sequence[CheckRecord],
    computed: Mapping[str, Any],
    accept: bool = False,
    now: datetime,
) -> bool:
    """Store what the checks found on a submission that waits; ``accept`` also accepts it, which is a system act.

    False when it was said again or decided on meanwhile: then the checks are of something else. Only the pipeline
    calls this.
    """
    lock_project(SYSTEM, project_id, "submission.accept")
    row = Submission.objects.select_related("period").filter(period_id=period_id, version=version).first()
    if row is None or row.state != SubmissionState.SUBMITTED:
        return False
    assert not accept or all(each.is_fine for each in checks)
    found = [[each.code, each.outcome, dict(each.parameters)] for each in checks]
    changed = row.checked_at is None or row.checks != found
    if not changed and row.computed == computed and not accept:
        return True
    row.checks, row.computed, row.checked_at = found, dict(computed), now
    if accept and not row.is_by_hand:
        _decide(row, SYSTEM, SubmissionState.ACCEPTED, "", now)
    else:
        save_with_past("submission", row, now=now, fields=("checks", "computed", "checked_at"))
        if changed:
            unmet = [each.code for each in checks if not each.is_fine]
            _tell("submission.checked", SYSTEM, row, now, unmet=unmet, computed=dict(computed))
    return True


@transaction.atomic
def accept_submission(
    viewer: Viewer,
    project_id: int,
    cut_off: date,
    *,
    note: str = "",
    expected_version: int | None = None,
    now: datetime,
) -> SubmissionRecord:
    """Accept what was submitted: from now on it cannot be said otherwise.

    Raises:
        NotFound: nothing was submitted.
        NotAllowed: it is the viewer's own.
        Conflict: it is not waiting, was said again since ``expected_version``, or its checks have not run yet.
        Invalid: a check did not pass, and no note says why it is accepted all the same.
    """
    row = _waiting(viewer, project_id, cut_off, expected_version, "submission.accept")
    if row.checked_at is None:
        raise Conflict(
            _("The automatic checks of this submission have not run yet."), remedy=_("Try again in a moment.")
        )
    unmet = sum(not CheckRecord(*each).is_fine for each in row.checks)
    if unmet and not note.strip():
        raise Invalid(
            ngettext(
                "%(count)d check did not pass: say why it is accepted all the same.",
                "%(count)d checks did not pass: say why it is accepted all the same.",
                unmet,
            )
            % {"count": unmet},
            remedy=_("Give a reason, or return the submission."),
            place="note",
        )
    _decide(row, viewer, SubmissionState.ACCEPTED, _note(note, "note"), now)
    return submission_record(row, row.period)


@transaction.atomic
def return_submission(
    viewer: Viewer,
    project_id: int,
    cut_off: date,
    *,
    reason: str,
    expected_version: int | None = None,
    now: datetime,
) -> SubmissionRecord:
    """Give it back to who submitted it, with what is missing."""
    if not reason.strip():
        raise Invalid(_("Say what is missing."), place="reason")
    row = _waiting(viewer, project_id, cut_off, expected_version, "submission.return")
    _decide(row, viewer, SubmissionState.RETURNED, _note(reason, "reason"), now)
    return submission_record(row, row.period)


@transaction.atomic
def take_back_decision(viewer: Viewer, project_id: int, cut_off: date, *, now: datetime) -> SubmissionRecord:
    """Let an accepted or returned submission wait again; fast mode leaves it to people from then on.

    Raises:
        Conflict: nothing was decided, or the period is closed.
    """
    lock_project(viewer, project_id, "submission.accept")
    period = period_row(project_id, cut_off)
    row = _submission(period)
    if period.closed_at is not None:
        raise Conflict(_("This period is frozen."), remedy=_("Correct it by a restatement."))
    if row.state not in (SubmissionState.ACCEPTED, SubmissionState.RETURNED):
        raise Conflict(_("Nothing was decided on this submission."))
    _not_own(viewer, row)
    row.state, row.is_by_hand = SubmissionState.SUBMITTED, True
    row.decided_at, row.decided_by_id, row.decided_by_name, row.decision_note = None, None, "", ""
    save_with_past("submission", row, now=now)
    _tell("submission.reopened", viewer, row, now)
    return submission_record(row, period)


def _waiting(
    viewer: Viewer, project_id: int, cut_off: date, expected_version: int | None, permission: str
) -> Submission:
    """The submission that waits for a decision which this viewer may take."""
    lock_project(viewer, project_id, permission)
    row = _submission(period_row(project_id, cut_off))
    if row.state != SubmissionState.SUBMITTED:
        raise Conflict(_("This submission is not waiting for a decision."))
    if expected_version is not None and expected_version != row.version:
        raise Conflict(_("It was submitted again meanwhile."), remedy=_("Read it again, then decide."))
    _not_own(viewer, row)
    return row


def _not_own(viewer: Viewer, row: Submission) -> None:
    if row.submitted_by_id is not None and row.submitted_by_id == viewer.user_id:
        raise NotAllowed(_("Somebody else has to decide on what you submitted."))


def _submission(period: StatusPeriod) -> Submission:
    row = Submission.objects.select_related("period").filter(period=period).exclude(state=SubmissionState.DRAFT).first()
    if row is None:
        raise NotFound(_("Nothing was submitted for this period."))
    return row


def _note(given: str, place: str) -> str:
    said = given.strip()
    if len(said) > _LONGEST_NOTE:
        raise Invalid(_("This is longer than %(limit)d letters.") % {"limit": _LONGEST_NOTE}, place=place)
    return said


def _decide(row: Submission, viewer: Viewer, state: SubmissionState, note: str, now: datetime) -> None:
    row.state = state
    row.decided_at, row.decided_by_id, row.decided_by_name = now, viewer.user_id, viewer.name
    row.decision_note = note
    save_with_past("submission", row, now=now)
    unmet = [code for code, outcome, parameters in row.checks if not CheckRecord(code, outcome, parameters).is_fine]
    _tell(f"submission.{state.value}", viewer, row, now, reason=note, unmet=unmet, computed=row.computed)


def _tell(kind: str, viewer: Viewer, row: Submission, now: datetime, **more: Any) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.period.project_id,
        subject_kind="submission",
        subject_id=row.pk,
        data={"period": row.period_id, "cut_off": row.period.cut_off.isoformat(), "version": row.version, **more},
    )
