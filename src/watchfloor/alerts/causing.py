"""Causes that travel between projects: a slip of one is not told again by those who wait for it.

A project that is late because another hands over late gets no alert of its own; it is named among what the other's
alert hits. See docs/methods/alerts.md, "Across projects".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Q

from watchfloor.alerts.grouping import Cause
from watchfloor.detection.models import Finding
from watchfloor.detection.queries import DISPLAYS, FindingRecord, finding_record, findings, findings_then, told
from watchfloor.detection.registry import DETECTORS
from watchfloor.forecasts.queries import dependents
from watchfloor.forecasts.roots import roots
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord

TIME = "time"
_TIME_DETECTORS = frozenset(each.name for each in DETECTORS if each.group == TIME)
_DELAYS = ("late_days", "slip_days", "short_days", "worst_days")  # parameters that say how late something is
_CALENDAR_DAYS = 7 / 5  # of a working day
_MOST_HIT = 200  # projects
_MOST_SHARED = 5_000
_SHARED_KINDS: Mapping[str, str] = {"common_cause": "supplier", "calendar_against_country": "calendar"}
_CHAIN = 20  # projects from one that is late to the one where it began


@dataclass(frozen=True, slots=True)
class Hit:
    """A project that a slip elsewhere makes late: whom it waits for, and its findings, worst first."""

    project: ProjectRecord
    findings: tuple[FindingRecord, ...]
    by: tuple[int, ...]

    @property
    def display(self) -> str:
        """The status code of the worst."""
        return DISPLAYS[max((each.severity for each in self.findings), default=0)]


@dataclass(frozen=True, slots=True)
class Radius:
    """What a slip hits in all, itself included, as far as the viewer may see it.

    Money is what contracts owe for the likely delay, by currency in minor units; only of projects whose costs the
    viewer may see.
    """

    projects: int
    milestones: tuple[tuple[str, str, float], ...]  # project, name, calendar days late; worst first
    programmes: tuple[str, ...]
    clients: tuple[str, ...]
    damages_minor: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shared:
    """One cause with a share in several projects: a person or supplier, or a calendar."""

    kind: str  # supplier, calendar
    name: str
    hits: tuple[tuple[ProjectRecord, FindingRecord], ...]


def is_caused_elsewhere(project: ProjectRecord, cause: Cause, alarms: Collection[FindingRecord]) -> bool:
    """Whether everything the cause says comes from a project that has an open alarm about time itself.

    Its own share must be within its own tolerance: what it adds to a late handover it answers for.
    """
    return bool(_givers(project, cause.group, alarms))


def blast_radius(viewer: Viewer, project_id: int) -> tuple[Hit, ...]:
    """The projects that an open slip of this one makes late, as far as the viewer may see them, nearest first."""
    hits: list[Hit] = []
    waiting, seen = [project_id], {project_id}
    while waiting and len(seen) <= _MOST_HIT:
        giver = waiting.pop(0)
        for taker in sorted(dependents(giver)):
            if taker in seen:
                continue
            project = portfolio.project_by_id(SYSTEM, taker)
            alarms = _time_alarms(taker)
            givers = _givers(project, TIME, alarms) if alarms else frozenset()
            if giver not in givers:
                continue
            seen.add(taker)
            waiting.append(taker)
            if viewer.may("internal.view", taker):
                told_here = tuple(each for each in findings(viewer, taker) if each in alarms)
                hits.append(Hit(project, told_here, tuple(sorted(givers))))
    return tuple(hits)


def radius(viewer: Viewer, project_id: int, hits: Collection[Hit]) -> Radius:
    """What the project's slip and its hits come to. One query for each project."""
    projects = {project_id: portfolio.project_by_id(viewer, project_id)}
    projects |= {hit.project.id: hit.project for hit in hits}
    milestones: list[tuple[str, str, float]] = []
    damages: dict[str, int] = {}
    for project in projects.values():
        for each in findings(viewer, project.id):
            said = each.parameters
            if each.detector == "milestone_at_risk":
                milestones.append((project.code, str(said["name"]), float(said["late_days"])))
            elif each.detector == "delay_damages" and said["likely_minor"]:
                damages[said["currency"]] = damages.get(said["currency"], 0) + int(said["likely_minor"])
    return Radius(
        projects=len(projects),
        milestones=tuple(sorted(milestones, key=lambda each: (-each[2], each[:2]))),
        programmes=tuple(sorted({each.programme_code for each in projects.values()})),
        clients=tuple(sorted({each.client_name for each in projects.values() if each.client_name})),
        damages_minor=damages,
    )


def shared(viewer: Viewer) -> tuple[Shared, ...]:
    """Causes that several projects have in common, those with most projects first. Two queries."""
    known = {each.id: each for each in portfolio.projects(viewer)}
    rows = told(viewer, Finding.objects.filter(detector__in=_SHARED_KINDS, project_id__in=known))
    rows = rows.order_by("project_id", "id")
    if viewer.as_of is None:
        standing = list(rows.filter(cleared_at=None)[:_MOST_SHARED])
    else:
        open_then = rows.filter(Q(cleared_at=None) | Q(cleared_at__gt=viewer.as_of))[:_MOST_SHARED]
        standing = findings_then(open_then, viewer.as_of)
    by_cause: dict[tuple[str, str], list[tuple[ProjectRecord, FindingRecord]]] = defaultdict(list)
    for row in standing:
        name = str(row.parameters.get("responsible") or row.parameters.get("name") or "")
        by_cause[_SHARED_KINDS[row.detector], name].append((known[row.project_id], finding_record(row)))
    found = [
        Shared(kind, name, tuple(hits)) for (kind, name), hits in by_cause.items() if len({p.id for p, _ in hits}) > 1
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.hits), each.name)))


def cause_of(viewer: Viewer, project_id: int) -> ProjectRecord | None:
    """The project whose slip makes this one late, if that is why it has no alert of its own and may be seen."""
    at = portfolio.project_by_id(SYSTEM, project_id)
    for _ in range(_CHAIN):
        alarms = _time_alarms(at.id)
        givers = _givers(at, TIME, alarms) if alarms else frozenset()
        if not givers:
            break
        at = portfolio.project_by_id(SYSTEM, min(givers))
    return at if at.id != project_id and viewer.may("project.view", at.id) else None


def _givers(project: ProjectRecord, group: str, alarms: Collection[FindingRecord]) -> frozenset[int]:
    """Who hands over late what makes all of the alarms; empty where any of them is the project's own."""
    if group != TIME or not alarms:
        return frozenset()
    found = roots(project.id, {_target(each) for each in alarms})
    givers: set[int] = set()
    for each in alarms:
        root = found.get(_target(each))
        if root is None or root.project_id == project.id or not _explains(root.late_days, each, project):
            return frozenset()
        givers.add(root.project_id)
    late = _late_projects(givers)
    return frozenset(givers) if late == givers else frozenset()


def _target(finding: FindingRecord) -> str:
    """What must come from elsewhere: a milestone, the work of a person's worst activity, or the finish."""
    return finding.subject if finding.detector == "milestone_at_risk" else str(finding.parameters.get("worst") or "")


def _explains(late_days: int, finding: FindingRecord, project: ProjectRecord) -> bool:
    """Whether what comes from elsewhere leaves no more of the delay to the project than it may be late by itself."""
    said = finding.parameters
    by = next((float(said[name]) for name in _DELAYS if said.get(name) is not None), 0.0)
    calendar_days = by if finding.detector == "milestone_at_risk" else by * _CALENDAR_DAYS
    return late_days > 0 and calendar_days - late_days <= project.tolerances.finish_watch_days * _CALENDAR_DAYS


def _time_alarms(project_id: int) -> tuple[FindingRecord, ...]:
    return tuple(
        each
        for each in findings(SYSTEM, project_id, finding_class="alarm")
        if each.detector in _TIME_DETECTORS and each.cleared_at is None
    )


def _late_projects(project_ids: Collection[int]) -> set[int]:
    rows = Finding.objects.filter(
        project_id__in=project_ids, cleared_at=None, finding_class="alarm", detector__in=_TIME_DETECTORS
    )
    return set(told(SYSTEM, rows).values_list("project_id", flat=True))
