"""What the plan store says to the rooms above: frozen records, made from rows in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from watchfloor.plans.difference import ReadableDifference
from watchfloor.plans.document import Activity, Dependency
from watchfloor.plans.models import Baseline, Revision, StatusPeriod, Submission


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """One accepted change of a plan; the counts are activities."""

    id: int
    project_id: int
    number: int
    origin: str  # import, edit, api, undo, sample
    reason: str
    source_name: str
    author_id: int | None
    author_name: str
    recorded_at: datetime
    data_date: datetime | None
    digest: str
    added: int
    removed: int
    changed: int
    undoes_id: int | None


@dataclass(frozen=True, slots=True)
class RevisionDifference:
    """A revision with what it changed, for people; ``is_first`` when it is the plan itself."""

    revision: RevisionRecord
    difference: ReadableDifference
    is_first: bool


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Some activities of a plan in its order, and how many match in all."""

    rows: tuple[Activity, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ActivityDetail:
    """One activity with the links at its two ends and the names of the WBS nodes above it, outermost first."""

    activity: Activity
    predecessors: tuple[Dependency, ...]
    successors: tuple[Dependency, ...]
    wbs_names: tuple[str, ...]
    names: Mapping[str, str]  # of the linked activities of this project


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """One activity of a baseline; what the source did not say is None."""

    start: datetime | None
    finish: datetime | None
    duration_ticks: int | None
    cost_minor: int | None


@dataclass(frozen=True, slots=True)
class BaselineSummary:
    """A baseline without its rows. ``kind``: approved (the current one), original, previous, superseded, …"""

    id: int
    project_id: int
    revision_id: int | None
    name: str
    kind: str
    is_original: bool
    approved_at: datetime
    approved_by_name: str
    reason: str
    start: datetime | None
    finish: datetime | None
    budget_minor: int | None
    rates: Mapping[str, str]  # currency → units of the reporting currency for one, as text decimals


@dataclass(frozen=True, slots=True)
class BaselineRecord:
    """A baseline with its rows by activity key."""

    summary: BaselineSummary
    rows: Mapping[str, BaselineRow]


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """What a manager said for one period. Reported statuses are on, watch, risk or crit."""

    id: int
    project_id: int
    period_id: int
    cut_off: date
    revision_id: int | None
    state: str
    reported: Mapping[str, str]  # dimension → status
    forecast_finish: date | None
    eac_minor: int | None
    path_to_green: str
    submitted_at: datetime
    submitted_by_id: int | None
    submitted_by_name: str

    @property
    def overall(self) -> str:
        """The reported overall status; empty when none was given."""
        return self.reported.get("overall", "")


@dataclass(frozen=True, slots=True)
class PeriodRecord:
    id: int
    project_id: int
    cut_off: date
    due_at: datetime
    closed_at: datetime | None
    submission: SubmissionRecord | None


def revision_record(row: Revision) -> RevisionRecord:
    return RevisionRecord(
        row.pk,
        row.project_id,
        row.number,
        row.origin,
        row.reason,
        row.source_name,
        row.author_id,
        row.author_name,
        row.recorded_at,
        row.data_date,
        row.digest,
        row.added,
        row.removed,
        row.changed,
        row.undoes_id,
    )


def baseline_summary(row: Baseline) -> BaselineSummary:
    return BaselineSummary(
        row.pk,
        row.project_id,
        row.revision_id,
        row.name,
        row.kind,
        row.is_original,
        row.approved_at,
        row.approved_by_name,
        row.reason,
        row.start,
        row.finish,
        row.budget_minor,
        row.rates,
    )


def period_record(row: StatusPeriod, submission: Submission | None) -> PeriodRecord:
    return PeriodRecord(
        row.pk,
        row.project_id,
        row.cut_off,
        row.due_at,
        row.closed_at,
        submission_record(submission, row) if submission is not None else None,
    )


def submission_record(row: Submission, period: StatusPeriod) -> SubmissionRecord:
    said: Mapping[str, Any] = row.reported
    return SubmissionRecord(
        row.pk,
        period.project_id,
        period.pk,
        period.cut_off,
        row.revision_id,
        row.state,
        dict(said),
        row.forecast_finish,
        row.eac_minor,
        row.path_to_green,
        row.submitted_at,
        row.submitted_by_id,
        row.submitted_by_name,
    )
