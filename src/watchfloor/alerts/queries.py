"""Reading alerts: what needs a person, who, and by when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from watchfloor.accounts.queries import active_users
from watchfloor.alerts.deadlines import OwnerHours, working_minutes_until
from watchfloor.alerts.models import Alert, AlertState
from watchfloor.detection.models import Finding
from watchfloor.detection.queries import COST_CODES, DISPLAYS, FindingRecord, finding_record, findings_then, told
from watchfloor.journal.versions import rewound
from watchfloor.kit.errors import NotFound, NotYet
from watchfloor.kit.viewer import Viewer

# Begins the resolution of an alert that nobody resolved: its project left the watch for the stage of life after it.
STAGE_MARK = "stage:"
# … another project's slip explains it, whose alert tells it.
ELSEWHERE_MARK = "elsewhere:"


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """One alert; its headline is ``detection.messages.render(code, parameters, …)``.

    ``working_minutes_left`` counts the owner's working time until ``acknowledge_by``: 0 when that has passed, None
    when nothing is waited for any more or when the caller gave no moment to count from.
    """

    id: int
    project_id: int
    project_code: str
    project_name: str
    group: str
    severity: int
    code: str
    parameters: Mapping[str, Any]
    state: str  # raised, acknowledged, snoozed, resolved
    owner_id: int | None
    owner_name: str
    raised_at: datetime
    acknowledge_by: datetime
    working_minutes_left: int | None
    acknowledged_at: datetime | None
    acknowledged_by_name: str
    resolved_at: datetime | None
    resolved_by_name: str  # empty when the cause cleared
    resolution: str
    reopened: int
    version: int
    findings: tuple[FindingRecord, ...]  # worst first; only on :func:`alert`, else empty
    snoozed_until: datetime | None = None
    snoozed_by_name: str = ""
    told: tuple[int, ...] = ()  # whom the last telling reached: they are asked now
    told_at: datetime | None = None
    told_names: tuple[str, ...] = ()  # only on :func:`alert`
    rung: int = -1  # 0 is the first step of the policy; -1 before anybody was told
    is_silenced: bool = False
    is_exhausted: bool = False  # every step was taken and nobody acknowledged

    @property
    def display(self) -> str:
        """The status code that marks its severity."""
        return DISPLAYS[self.severity]

    @property
    def left_watch_for(self) -> str:
        """The stage of life for which its project left the watch, if that is why it is resolved; else empty."""
        by_itself = not self.resolved_by_name and self.resolution.startswith(STAGE_MARK)
        return self.resolution.removeprefix(STAGE_MARK) if by_itself else ""

    @property
    def is_told_elsewhere(self) -> bool:
        """Whether it is resolved because the alert of another project explains it."""
        return not self.resolved_by_name and self.resolution == ELSEWHERE_MARK

    @property
    def is_overdue(self) -> bool:
        """Whether nobody acknowledged it in time; only known when a moment was given."""
        return self.working_minutes_left == 0


def open_alerts(
    viewer: Viewer,
    *,
    now: datetime | None = None,
    owner_id: int | None = None,
    project_id: int | None = None,
    limit: int = 100,
) -> tuple[AlertRecord, ...]:
    """Alerts that still need a person: unacknowledged before acknowledged, worst first, nearest deadline first."""
    if viewer.as_of is not None:
        then = [row for row in _then(viewer) if row.state != AlertState.RESOLVED]
        then.sort(key=lambda row: (row.state != AlertState.RAISED, -row.severity, row.acknowledge_by, row.pk))
        return records(_narrowed_then(then, owner_id, project_id)[:limit], now)
    rows = visible(viewer).exclude(state=AlertState.RESOLVED)
    rows = rows.order_by("-state", "-severity", "acknowledge_by", "id")  # "raised" sorts after "acknowledged"
    return records(_narrowed(rows, owner_id, project_id)[:limit], now)


def alerts(
    viewer: Viewer,
    *,
    now: datetime | None = None,
    state: str | None = None,
    owner_id: int | None = None,
    project_id: int | None = None,
    offset: int = 0,
    limit: int = 100,
) -> tuple[AlertRecord, ...]:
    """Alerts of any state, newest first."""
    if viewer.as_of is not None:
        then = [row for row in _then(viewer, open_only=False) if state in (None, row.state)]
        then.sort(key=lambda row: -row.pk)
        return records(_narrowed_then(then, owner_id, project_id)[offset : offset + limit], now)
    rows = visible(viewer).order_by("-id")
    if state is not None:
        rows = rows.filter(state=state)
    return records(_narrowed(rows, owner_id, project_id)[offset : offset + limit], now)


def count(viewer: Viewer, *, state: str | None = None) -> int:
    """How many open alerts, or how many in one state, the viewer may see."""
    if viewer.as_of is not None:
        then = _then(viewer, open_only=state != AlertState.RESOLVED)
        return sum(row.state != AlertState.RESOLVED if state is None else row.state == state for row in then)
    rows = visible(viewer)
    return (rows.exclude(state=AlertState.RESOLVED) if state is None else rows.filter(state=state)).count()


def alert(viewer: Viewer, alert_id: int, *, now: datetime | None = None) -> AlertRecord:
    """One alert with its findings.

    Raises:
        NotFound: it does not exist, or concerns a project the viewer may not see.
    """
    row = visible(viewer).filter(pk=alert_id).first()
    if row is None:
        raise NotFound(_("There is no such alert."))
    joined: Iterable[Finding] = told(viewer, row.findings.all()).order_by("cleared_at", "-severity", "id")
    if viewer.as_of is not None:
        then = rewound("alert", (row,), viewer.as_of)
        if not then:
            raise NotYet(_("This alert was raised later."), remedy=_("Choose a later moment."))
        row, joined = then[0], findings_then(joined, viewer.as_of)
    found = tuple(finding_record(each) for each in joined)
    # Open ones first: NULL sorts first on SQLite and last on PostgreSQL, so order once more here.
    found = tuple(sorted(found, key=lambda each: (each.cleared_at is not None, -each.severity, each.id)))
    names = active_users() if row.told else {}
    told_names = tuple(names[pk].full_name for pk in row.told if pk in names)
    return replace(_record(row, now, {}, found), told_names=told_names)


def visible(viewer: Viewer) -> QuerySet[Alert]:
    """The alerts the viewer may see, for this room."""
    """Alerts are the watch's own business: for those inside, and those about money for those who may see it."""
    rows = Alert.objects.select_related("project", "owner")
    visible, inside, money = (viewer.project_ids(each) for each in ("project.view", "internal.view", "cost.view"))
    if visible is not None:
        rows = rows.filter(project_id__in=visible)
    if inside is not None:
        rows = rows.filter(project_id__in=inside)
    if money is not None:
        rows = rows.exclude(Q(code__startswith=COST_CODES) & ~Q(project_id__in=money))
    return rows


def _then(viewer: Viewer, *, open_only: bool = True) -> list[Alert]:
    """The visible alerts as they stood at the moment the viewer looks from; ``open_only`` leaves out most others."""
    assert viewer.as_of is not None
    rows = visible(viewer).filter(raised_at__lte=viewer.as_of)
    if open_only:
        # One reopened after the moment has no resolution now, but a version says that it had one.
        rows = rows.filter(Q(resolved_at=None) | Q(resolved_at__gt=viewer.as_of))
    return rewound("alert", rows, viewer.as_of)


def _narrowed_then(rows: Sequence[Alert], owner_id: int | None, project_id: int | None) -> list[Alert]:
    return [
        row
        for row in rows
        if (owner_id is None or row.owner_id == owner_id) and (project_id is None or row.project_id == project_id)
    ]


def _narrowed(rows: QuerySet[Alert], owner_id: int | None, project_id: int | None) -> QuerySet[Alert]:
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    return rows if project_id is None else rows.filter(project_id=project_id)


def records(rows: Iterable[Alert], now: datetime | None) -> tuple[AlertRecord, ...]:
    """The rows as the rest of the house sees them, for this room."""
    hours: dict[tuple[str, str, str], OwnerHours] = {}
    return tuple(_record(row, now, hours, ()) for row in rows)


def _record(
    row: Alert,
    now: datetime | None,
    hours: dict[tuple[str, str, str], OwnerHours],
    found: tuple[FindingRecord, ...],
) -> AlertRecord:
    left = None
    if now is not None and row.state == AlertState.RAISED:
        place = _place(row)
        own = hours.setdefault(place, OwnerHours(*place))
        left = working_minutes_until(own, now, row.acknowledge_by)
    owner = row.owner
    return AlertRecord(
        id=row.pk,
        project_id=row.project_id,
        project_code=row.project.code,
        project_name=row.project.name,
        group=row.group,
        severity=row.severity,
        code=row.code,
        parameters=row.parameters,
        state=row.state,
        owner_id=row.owner_id,
        owner_name=(owner.get_full_name() or owner.username) if owner is not None else "",
        raised_at=row.raised_at,
        acknowledge_by=row.acknowledge_by,
        working_minutes_left=left,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by_name=row.acknowledged_by_name,
        resolved_at=row.resolved_at,
        resolved_by_name=row.resolved_by_name,
        resolution=row.resolution,
        reopened=row.reopened,
        version=row.version,
        findings=found,
        snoozed_until=row.snoozed_until,
        snoozed_by_name=row.snoozed_by_name,
        told=tuple(row.told),
        told_at=row.told_at,
        rung=row.rung,
        is_silenced=row.is_silenced,
        is_exhausted=row.is_exhausted,
    )


def _place(row: Alert) -> tuple[str, str, str]:
    """Whose working hours count: the owner's, or the project's while nobody owns it."""
    if row.owner is not None:
        return (row.owner.country, row.owner.region, row.owner.time_zone)
    return (row.project.country, row.project.region, row.project.time_zone)
