"""Reading incidents: those of the projects one works inside of."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from watchfloor.accounts import queries as accounts
from watchfloor.alerts.incidents.records import (
    EntryRecord,
    IncidentRecord,
    TaskRecord,
    entry_record,
    record,
    task_record,
)
from watchfloor.alerts.models import IncidentEntry, IncidentRow, IncidentState
from watchfloor.alerts.queries import records, visible
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer

_LISTED = 200
_ORDER: dict[str, int] = {each: at for at, each in enumerate(IncidentState.values)}


def incidents(viewer: Viewer, *, state: str | None = None) -> tuple[IncidentRecord, ...]:
    """Incidents of projects the viewer works inside of: those that are open first, then the newest."""
    rows = IncidentRow.objects.select_related("project").prefetch_related("roles__person", "tasks")
    inside = viewer.project_ids("internal.view")
    if inside is not None:
        rows = rows.filter(project_id__in=inside)
    if state is not None:
        rows = rows.filter(state=state)
    found = sorted(
        rows.order_by("-id")[:_LISTED], key=lambda row: (_ORDER[IncidentState(row.state)], -row.severity, -row.pk)
    )
    return tuple(record(row) for row in found)


def incident(viewer: Viewer, incident_id: int, *, now: datetime | None = None) -> IncidentRecord:
    """One incident with everything in its room.

    Raises:
        NotFound: it does not exist, or its project is not the viewer's to work inside of.
    """
    row = IncidentRow.objects.select_related("project").filter(pk=incident_id).first()
    if row is None or not viewer.may("internal.view", row.project_id):
        raise NotFound(_("There is no such incident."))
    return whole(viewer, row, now)


def of_alert(viewer: Viewer, alert_id: int) -> tuple[IncidentRecord, ...]:
    """Incidents that an alert belongs to, as far as the viewer may see them."""
    rows = IncidentRow.objects.select_related("project").prefetch_related("roles__person", "tasks")
    found = rows.filter(alerts=alert_id).order_by("-id")[:20]
    return tuple(record(row) for row in found if viewer.may("internal.view", row.project_id))


def people_around(viewer: Viewer, project_id: int) -> dict[int, str]:
    """Names of those who work inside the project, by id."""
    return {each.id: each.full_name for each in accounts.users_who_may(viewer, "internal.view", project_id)}


def told_by(entry_id: int) -> tuple[IncidentRecord, EntryRecord, tuple[int, ...]] | None:
    """An update with its incident and the ids of those it is for, for rooms that send it."""
    entry = IncidentEntry.objects.select_related("incident__project").filter(pk=entry_id, is_update=True).first()
    if entry is None:
        return None
    return record(entry.incident), entry_record(entry, {}), tuple(entry.people)


def whole(viewer: Viewer, row: IncidentRow, now: datetime | None) -> IncidentRecord:
    """The incident with everything in its room, for this room."""
    entries = list(row.entries.order_by("at", "id"))
    names = accounts.active_users() if any(each.people for each in entries) else {}
    tasks = row.tasks.select_related("owner")
    linked = visible(viewer).filter(incidents=row.pk).order_by("id")
    return record(
        row,
        alerts=records(linked, now),
        tasks=tuple(sorted(map(task_record, tasks), key=_place_of_task)),
        entries=tuple(entry_record(each, {pk: user.full_name for pk, user in names.items()}) for each in entries),
    )


def _place_of_task(task: TaskRecord) -> tuple[bool, date, int]:
    return (not task.is_open, task.due_on or date.max, task.id)
