"""Reading the give/get register: who may not see one side reads "another project" and that side's date only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.models import ActivityRow, Interface
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord

MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class SideRecord:
    """One end of an interface. A hidden one tells neither its project nor its activity nor who agreed."""

    project_id: int | None
    project_code: str
    project_name: str
    activity: str
    activity_name: str  # empty when the plan does not hold the activity any more
    is_hidden: bool
    may_edit: bool
    agreed_at: datetime | None
    agreed_by_name: str


@dataclass(frozen=True, slots=True)
class InterfaceRecord:
    """What one project gives to another; ``state`` is open, agreed (by both) or ended."""

    id: int
    name: str
    note: str
    giver: SideRecord
    receiver: SideRecord
    promised: date | None
    needed: date | None
    state: str
    end_reason: str
    created_by_name: str
    created_at: datetime
    version: int
    giver_key: tuple[int, str]  # for reading its forecast; not to be shown

    @property
    def gap_days(self) -> int | None:
        """Days from the promised to the needed date; below zero it comes too late."""
        return (self.needed - self.promised).days if self.promised and self.needed else None


def interfaces(
    viewer: Viewer, project_id: int | None = None, *, limit: int = 200, offset: int = 0, ended: bool = False
) -> tuple[InterfaceRecord, ...]:
    """Interfaces of which the viewer may see a side, the next needed first; four queries, however many.

    Raises:
        NotFound: the project is not the viewer's to see.
    """
    if project_id is not None and not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
    rows = _visible(viewer).filter(ended_at__isnull=not ended).order_by("needed", "promised", "id")
    if project_id is not None:
        rows = rows.filter(Q(giver_id=project_id) | Q(receiver_id=project_id))
    return _records(viewer, list(rows[offset : offset + min(limit, MAX_LIMIT)]))


def interface(viewer: Viewer, interface_id: int) -> InterfaceRecord:
    """One interface.

    Raises:
        NotFound: it does not exist, or the viewer may see neither side.
    """
    found = _records(viewer, list(_visible(viewer).filter(pk=interface_id)))
    if not found:
        raise NotFound(_("There is no such interface."))
    return found[0]


def _visible(viewer: Viewer):  # type: ignore[no-untyped-def]
    visible = viewer.project_ids()
    rows = Interface.objects.all()
    return rows if visible is None else rows.filter(Q(giver_id__in=visible) | Q(receiver_id__in=visible))


def _records(viewer: Viewer, rows: list[Interface]) -> tuple[InterfaceRecord, ...]:
    projects = portfolio.projects_by_id(viewer, {pk for row in rows for pk in (row.giver_id, row.receiver_id)})
    keys = {key for row in rows for key in (row.giver_activity, row.receiver_activity)}
    found = ActivityRow.objects.filter(project_id__in=projects, key__in=keys).values_list("project_id", "key", "name")
    names = {(project_id, key): name or key for project_id, key, name in found}
    return tuple(_record(viewer, row, projects, names) for row in rows)


def _record(
    viewer: Viewer, row: Interface, projects: dict[int, ProjectRecord], names: dict[tuple[int, str], str]
) -> InterfaceRecord:
    both = row.giver_agreed_at is not None and row.receiver_agreed_at is not None
    return InterfaceRecord(
        row.pk,
        row.name,
        row.note,
        _side(viewer, row, "giver", projects, names),
        _side(viewer, row, "receiver", projects, names),
        row.promised,
        row.needed,
        "ended" if row.ended_at is not None else "agreed" if both else "open",
        row.end_reason,
        row.created_by_name,
        row.created_at,
        row.version,
        (row.giver_id, row.giver_activity),
    )


def _side(
    viewer: Viewer,
    row: Interface,
    side: str,
    projects: dict[int, ProjectRecord],
    names: dict[tuple[int, str], str],
) -> SideRecord:
    project = projects.get(getattr(row, f"{side}_id"))
    agreed_at = getattr(row, f"{side}_agreed_at")
    if project is None:
        return SideRecord(None, "", "", "", "", True, False, agreed_at, "")
    activity = getattr(row, f"{side}_activity")
    return SideRecord(
        project.id,
        project.code,
        project.name,
        activity,
        names.get((project.id, activity), ""),
        False,
        viewer.may("plan.edit", project.id),
        agreed_at,
        getattr(row, f"{side}_agreed_by_name"),
    )
