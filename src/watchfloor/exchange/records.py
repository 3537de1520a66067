"""What the exchange says to the rooms above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchfloor.exchange.models import Feed, PlanImport


@dataclass(frozen=True, slots=True)
class RemarkRecord:
    """Something of the file that was not understood, or had to be changed."""

    code: str
    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportedProjectRecord:
    """What one project of the file became. ``revision`` is None when nothing changed (or in a dry run)."""

    project_id: int | None  # None in a dry run that would make the project
    project_code: str
    source_code: str
    name: str
    is_new: bool
    revision: int | None
    is_unchanged: bool
    added: int
    removed: int
    changed: int
    counts: Mapping[str, int]  # activities, dependencies, wbs, calendars, resources, assignments …
    baselines: tuple[str, ...]
    data_date: str
    with_stored_dates: int


@dataclass(frozen=True, slots=True)
class RowErrorRecord:
    """One cell of a sheet that cannot be read."""

    sheet: str
    row: int
    column: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One import; ``state`` is waiting, running, done, unchanged, checked (dry run), refused or cancelled."""

    id: int
    job_id: int | None
    source_name: str
    size_bytes: int
    uploaded_by_id: int | None
    uploaded_by_name: str
    dry_run: bool
    created_at: datetime
    finished_at: datetime | None
    state: str
    format: str
    tool: str
    error_code: str
    error: str
    remedy: str
    remarks: tuple[RemarkRecord, ...]
    projects: tuple[ImportedProjectRecord, ...]
    row_errors: tuple[RowErrorRecord, ...]
    row_errors_total: int

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A file that is read again and again."""

    id: int
    project_id: int
    project_code: str
    path: str
    every_seconds: int
    last_run_at: datetime | None
    last_change_at: datetime | None
    last_error: str
    active: bool

    def is_current(self, now: datetime) -> bool:
        """Whether it was read without an error within one and a half of its intervals."""
        if self.last_run_at is None or self.last_error:
            return False
        return (now - self.last_run_at).total_seconds() <= 1.5 * self.every_seconds


def import_record(row: PlanImport, visible: frozenset[int] | None = None, *, whole: bool = True) -> ImportRecord:
    """The row, cut to the projects in ``visible`` (None: all).

    Remarks do not say which project they are of: unless ``whole``, they are left out once any project is.
    """
    projects = [
        ImportedProjectRecord(**{**each, "baselines": tuple(each["baselines"])})
        for each in row.result.get("projects", ())
        if visible is None or each["project_id"] is None or each["project_id"] in visible
    ]
    whole = whole or len(projects) == len(row.result.get("projects", ()))
    return ImportRecord(
        id=row.pk,
        job_id=row.job_id,
        source_name=row.source_name,
        size_bytes=row.size_bytes,
        uploaded_by_id=row.uploaded_by_id,
        uploaded_by_name=row.uploaded_by_name,
        dry_run=row.dry_run,
        created_at=row.created_at,
        finished_at=row.finished_at,
        state=row.state,
        format=row.format,
        tool=row.tool,
        error_code=row.error_code,
        error=row.error,
        remedy=row.remedy,
        remarks=tuple(RemarkRecord(*each) for each in row.remarks) if whole else (),
        projects=tuple(projects),
        row_errors=tuple(RowErrorRecord(**each) for each in row.result.get("row_errors", ())),
        row_errors_total=int(row.result.get("row_errors_total", 0)),
    )


def feed_record(row: Feed) -> FeedRecord:
    values: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("project_id", "path", "every_seconds", "last_run_at", "last_change_at", "last_error", "active")
    }
    return FeedRecord(id=row.pk, project_code=row.project.code, **values)
