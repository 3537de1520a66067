"""What the plan store says of status periods: frozen records, made from rows in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from watchfloor.plans.models import Restatement, StatusPeriod, Submission

PASSED, FAILED, WAITING, SKIPPED = "pass", "fail", "wait", "skip"
_FINE = (PASSED, SKIPPED)


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One automatic check of a submission.

    ``outcome``: pass, fail, wait (the forecast it needs is still being computed) or skip (there is nothing to check).
    """

    code: str
    outcome: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        return self.outcome in _FINE


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """What a manager said for one period. Reported statuses are on, watch, risk or crit.

    ``computed`` is what the numbers said when it was last checked: status, schedule_finish, p50_finish, p80_finish,
    eac_minor, negative_float, forecast.
    """

    id: int
    project_id: int
    period_id: int
    cut_off: date
    revision_id: int | None
    state: str  # draft, submitted, returned, accepted, frozen
    version: int
    reported: Mapping[str, str]  # dimension → status
    forecast_finish: date | None
    eac_minor: int | None
    path_to_green: str
    explanation: str
    source: str  # the file a draft was filled from; empty: a person typed it
    submitted_at: datetime | None  # none: a draft
    submitted_by_id: int | None
    submitted_by_name: str
    checks: tuple[CheckRecord, ...]
    checked_at: datetime | None
    computed: Mapping[str, Any]
    decided_at: datetime | None
    decided_by_id: int | None
    decided_by_name: str
    decision_note: str

    @property
    def overall(self) -> str:
        """The reported overall status; empty when none was given."""
        return self.reported.get("overall", "")

    @property
    def is_said(self) -> bool:
        """Whether the manager said it; a draft is nobody's word yet."""
        return self.state != "draft"

    @property
    def is_decided(self) -> bool:
        return self.state in ("accepted", "frozen")

    @property
    def unmet(self) -> tuple[CheckRecord, ...]:
        """The checks that did not pass."""
        return tuple(each for each in self.checks if not each.is_fine)


@dataclass(frozen=True, slots=True)
class RestatementRecord:
    """What was said of a closed period afterwards, and why."""

    id: int
    reported: Mapping[str, str]
    forecast_finish: date | None
    eac_minor: int | None
    path_to_green: str
    reason: str
    restated_at: datetime
    restated_by_name: str


@dataclass(frozen=True, slots=True)
class PeriodRecord:
    id: int
    project_id: int
    cut_off: date
    due_at: datetime
    closed_at: datetime | None
    submission: SubmissionRecord | None
    restatements: tuple[RestatementRecord, ...] = ()  # oldest first

    @property
    def said(self) -> SubmissionRecord | None:
        """What the manager said; None while there is nothing, or only a draft."""
        return self.submission if self.submission is not None and self.submission.is_said else None

    @property
    def is_owed(self) -> bool:
        """Whether the manager still has to say something: nothing was said, or it was returned."""
        return self.closed_at is None and (self.said is None or self.said.state == "returned")

    def standing(self, now: datetime) -> str:
        """Where the period stands: open, late, submitted, returned, accepted, frozen or missed.

        A returned submission stays *returned* until it is sent again, also past its due time; *missed* is a period
        that was closed with nothing accepted.
        """
        if self.closed_at is not None:
            return "frozen" if self.submission is not None and self.submission.state == "frozen" else "missed"
        if self.said is not None:
            return self.said.state
        return "late" if self.due_at <= now else "open"


def period_record(
    row: StatusPeriod, submission: Submission | None, restatements: Sequence[Restatement] = ()
) -> PeriodRecord:
    return PeriodRecord(
        row.pk,
        row.project_id,
        row.cut_off,
        row.due_at,
        row.closed_at,
        submission_record(submission, row) if submission is not None else None,
        tuple(restatement_record(each) for each in restatements),
    )


def submission_record(row: Submission, period: StatusPeriod) -> SubmissionRecord:
    return SubmissionRecord(
        id=row.pk,
        project_id=period.project_id,
        period_id=period.pk,
        cut_off=period.cut_off,
        revision_id=row.revision_id,
        state=row.state,
        version=row.version,
        reported=dict(row.reported),
        forecast_finish=row.forecast_finish,
        eac_minor=row.eac_minor,
        path_to_green=row.path_to_green,
        explanation=row.explanation,
        source=row.source,
        submitted_at=row.submitted_at,
        submitted_by_id=row.submitted_by_id,
        submitted_by_name=row.submitted_by_name,
        checks=tuple(CheckRecord(code, outcome, parameters) for code, outcome, parameters in row.checks),
        checked_at=row.checked_at,
        computed=dict(row.computed),
        decided_at=row.decided_at,
        decided_by_id=row.decided_by_id,
        decided_by_name=row.decided_by_name,
        decision_note=row.decision_note,
    )


def restatement_record(row: Restatement) -> RestatementRecord:
    return RestatementRecord(
        row.pk,
        dict(row.reported),
        row.forecast_finish,
        row.eac_minor,
        row.path_to_green,
        row.reason,
        row.restated_at,
        row.restated_by_name,
    )
