"""What the PMO of the sample does with the submissions of its history: accept, return, and one restatement.

As certain as everything else of the sample: which ones are returned follows from code and cut-off.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from watchfloor.detection.submissions import check_waiting
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import operations as plans
from watchfloor.plans import period_queries
from watchfloor.plans.period_records import SubmissionRecord

FAST_PROGRAMME = "GR"  # accepts what passes all checks by itself
RESTATED, RESTATED_WEEK, _RESTATED_AFTER = "WA-07", 22, timedelta(weeks=3)
_RETURNED_OF = 12  # of the others, one in so many is returned for a word more
_LATE_INVOICE = 1.015

_REASONS: Mapping[str, str] = {
    "report.status_gap": "The numbers say worse than you do. What do you know that they do not?",
    "report.finish_gap": "Your finish is well before that of the plan. What makes it possible?",
    "report.overall": "Overall is better than its worst part. Please report it at least as that.",
    "plan.float_kept": "More work has negative float than last time. Which dates give way?",
}
_EXPLANATION = "Measures agreed this week are not in the plan yet; the next update carries them."
_NOTE = "Accepted as reported; the difference goes to the programme board."


def decide(pmo: Viewer, authors: Mapping[str, Viewer], ids: Mapping[str, int], *, monday: date, at: datetime) -> None:
    """Decide on everything that waits since last week: on Monday, and on Tuesday on what was sent again."""
    codes = {project_id: code for code, project_id in ids.items()}
    waiting = [
        (codes[each.project_id], each.submission)
        for each in period_queries.current_periods(ids.values(), at)
        if each.submission is not None and each.submission.state == "submitted" and each.cut_off < monday
    ]
    for code, submission in waiting:
        if _is_returned(code, submission):
            _return_and_repeat(pmo, authors[code], submission, at)
        else:
            _accept(pmo, submission, at)


def restate_late_invoice(author: Viewer, project_id: int, *, monday: date, at: datetime) -> None:
    """Correct the cost of a frozen period by an invoice that was booked late."""
    frozen = [
        each
        for each in period_queries.recent_periods(project_id, 12)
        if each.submission is not None
        and each.submission.state == "frozen"
        and each.cut_off <= monday - _RESTATED_AFTER
        and each.submission.eac_minor
    ]
    if not frozen:
        return
    before = frozen[0].submission
    assert before is not None
    plans.restate(
        author,
        project_id,
        before.cut_off,
        reason="An invoice of the pump maker for this period was booked three weeks late.",
        reported=before.reported,
        forecast_finish=before.forecast_finish,
        eac_minor=round((before.eac_minor or 0) * _LATE_INVOICE),
        path_to_green=before.path_to_green,
        now=at,
    )


def _is_returned(code: str, submission: SubmissionRecord) -> bool:
    dice = zlib.crc32(f"{code}/{submission.cut_off}".encode())
    asks = any(each.code in _REASONS for each in submission.unmet)
    return dice % (3 if asks else _RETURNED_OF) == 0


def _return_and_repeat(pmo: Viewer, author: Viewer, said: SubmissionRecord, at: datetime) -> None:
    reason = next((_REASONS[each.code] for each in said.unmet if each.code in _REASONS), "")
    plans.return_submission(
        pmo, said.project_id, said.cut_off, reason=reason or "Please say more on the people next month.", now=at
    )
    tuesday = at + timedelta(days=1)
    again = plans.submit(
        author,
        said.project_id,
        said.cut_off,
        reported=said.reported,
        forecast_finish=said.forecast_finish,
        eac_minor=said.eac_minor,
        path_to_green=said.path_to_green,
        explanation=_EXPLANATION,
        now=tuesday,
    )
    # The pipeline's own stage, without turning the day for the whole organisation.
    check_waiting(said.project_id, now=tuesday)
    checked = period_queries.period(pmo, said.project_id, again.cut_off).submission
    assert checked is not None
    if checked.state == "submitted":  # else fast mode was faster
        _accept(pmo, checked, tuesday + timedelta(hours=4))


def _accept(pmo: Viewer, said: SubmissionRecord, at: datetime) -> None:
    note = _NOTE if said.unmet else ""
    plans.accept_submission(pmo, said.project_id, said.cut_off, note=note, expected_version=said.version, now=at)
