"""What an incident is for the rest of the house."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from watchfloor.alerts.models import IncidentEntry, IncidentRow, IncidentTask
from watchfloor.alerts.queries import AlertRecord
from watchfloor.detection.queries import DISPLAYS

PARTS = ("manager", "communications", "scribe", "recovery")  # who leads, tells others, writes it down, puts it right


@dataclass(frozen=True, slots=True)
class TaskRecord:
    id: int
    words: str
    owner_id: int | None
    owner_name: str
    due_on: date | None
    made_by_name: str
    done_at: datetime | None
    done_by_name: str
    is_dropped: bool

    @property
    def is_open(self) -> bool:
        return self.done_at is None and not self.is_dropped


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """A line written by hand; an update was sent to ``people``."""

    id: int
    at: datetime
    words: str
    is_update: bool
    people: tuple[str, ...]
    by_name: str


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """One incident. ``people`` are names by part; entries, tasks and alerts only on :func:`incident`."""

    id: int
    project_id: int
    project_code: str
    project_name: str
    title: str
    severity: int
    state: str  # open, settled, closed
    declared_at: datetime
    declared_by_name: str
    update_due_at: datetime | None
    settled_at: datetime | None
    settled_by_name: str
    what_happened: str
    why_it_happened: str
    what_changes: str
    closed_at: datetime | None
    closed_by_name: str
    version: int
    people: Mapping[str, str]
    open_tasks: int
    alerts: tuple[AlertRecord, ...] = ()
    tasks: tuple[TaskRecord, ...] = ()
    entries: tuple[EntryRecord, ...] = ()  # oldest first

    @property
    def display(self) -> str:
        """The status code that marks its severity."""
        return DISPLAYS[self.severity]


def record(row: IncidentRow, **more: Any) -> IncidentRecord:
    """The row as the rest of the house sees it."""
    return IncidentRecord(
        id=row.pk,
        project_id=row.project_id,
        project_code=row.project.code,
        project_name=row.project.name,
        title=row.title,
        severity=row.severity,
        state=row.state,
        declared_at=row.declared_at,
        declared_by_name=row.declared_by_name,
        update_due_at=row.update_due_at,
        settled_at=row.settled_at,
        settled_by_name=row.settled_by_name,
        what_happened=row.what_happened,
        why_it_happened=row.why_it_happened,
        what_changes=row.what_changes,
        closed_at=row.closed_at,
        closed_by_name=row.closed_by_name,
        version=row.version,
        people=_names_of(row),
        open_tasks=sum(each.done_at is None and not each.is_dropped for each in row.tasks.all()),
        **more,
    )


def _names_of(row: IncidentRow) -> dict[str, str]:
    held = {each.part: each.person for each in row.roles.all()}
    return {part: held[part].get_full_name() or held[part].username for part in PARTS if part in held}


def task_record(row: IncidentTask) -> TaskRecord:
    """The same of a task."""
    owner = row.owner
    name = (owner.get_full_name() or owner.username) if owner is not None else ""
    return TaskRecord(
        row.pk,
        row.words,
        row.owner_id,
        name,
        row.due_on,
        row.made_by_name,
        row.done_at,
        row.done_by_name,
        row.is_dropped,
    )


def entry_record(row: IncidentEntry, names: Mapping[int, str]) -> EntryRecord:
    """The same of a line, with the names of those it was sent to as far as they are given."""
    people: Iterable[str] = (names[pk] for pk in row.people if pk in names)
    return EntryRecord(row.pk, row.at, row.words, row.is_update, tuple(people), row.by_name)
