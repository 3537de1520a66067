"""Decision latency: how long what was asked of somebody waited for a yes or no, in working time of its project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from watchfloor.alerts.deadlines import OwnerHours, working_minutes_until
from watchfloor.alerts.measures import WEEKS
from watchfloor.journal.queries import FactRecord, facts
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord

# What asks for a decision, and what settles it; facts of one subject belong together.
_SETTLED_BY: Mapping[str, tuple[str, ...]] = {
    "baseline.proposed": ("baseline.approved", "baseline.declined", "baseline.withdrawn"),
    "reserve.proposed": ("reserve.approved", "reserve.rejected"),
    "submission.received": ("submission.accepted", "submission.returned", "submission.withdrawn"),
    "alert.drafted": ("report.released", "report.dropped", "alert.resolved"),
}
# Nobody decided: it was taken back, or its alert was settled first.
_WITHDRAWN = frozenset({"baseline.withdrawn", "submission.withdrawn", "alert.resolved"})
_FACTS_MAX = 50_000
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a decision."""

    kind: str
    project_code: str
    since: datetime
    waited_min: int  # working minutes of the project


@dataclass(frozen=True, slots=True)
class Latency:
    """One kind of decision in the last ``WEEKS`` weeks; minutes are working time, None without any."""

    kind: str  # of the fact that asks
    decided: int
    median_min: float | None
    slowest_min: int | None
    open: int


@dataclass(frozen=True, slots=True)
class Latencies:
    kinds: tuple[Latency, ...]
    waiting: tuple[Waiting, ...]  # longest first


def latencies(viewer: Viewer, *, now: datetime) -> Latencies:
    """Paired from the journal, of the projects the viewer works inside of; two queries."""
    since = now - timedelta(weeks=WEEKS)
    projects = {each.id: each for each in portfolio.projects(viewer) if viewer.may("internal.view", each.id)}
    wanted = (*_SETTLED_BY, *(kind for kinds in _SETTLED_BY.values() for kind in kinds))
    rows = [
        fact for fact in facts(viewer, kinds=wanted, newest_first=True, limit=_FACTS_MAX) if fact.project_id in projects
    ]
    asked: dict[tuple[str, int], FactRecord] = {}
    decided: dict[str, list[int]] = {kind: [] for kind in _SETTLED_BY}
    for fact in reversed(rows):
        key = (fact.subject_kind, fact.subject_id or 0)  # of a report its alert, which has one that waits at most
        if fact.kind in _SETTLED_BY:
            asked[key] = fact
        elif (ask := asked.pop(key, None)) is not None and _is_decision(fact, since):
            decided[ask.kind].append(_worked(projects[ask.project_id or 0], ask.recorded_at, fact.recorded_at))
    waiting = [
        Waiting(ask.kind, at.code, ask.recorded_at, _worked(at, ask.recorded_at, now))
        for ask in asked.values()
        for at in (projects[ask.project_id or 0],)
    ]
    waiting.sort(key=lambda each: (-each.waited_min, each.project_code))
    return Latencies(
        tuple(_latency(kind, minutes, waiting) for kind, minutes in decided.items()), tuple(waiting[:_SHOWN])
    )


def _latency(kind: str, minutes: Sequence[int], waiting: Sequence[Waiting]) -> Latency:
    return Latency(
        kind,
        len(minutes),
        median(minutes) if minutes else None,
        max(minutes, default=None),
        sum(each.kind == kind for each in waiting),
    )


def _is_decision(fact: FactRecord, since: datetime) -> bool:
    """By a person, and lately: what is accepted by itself took nobody any time."""
    return fact.kind not in _WITHDRAWN and fact.actor_id is not None and fact.recorded_at >= since


def _worked(project: ProjectRecord, begins: datetime, ends: datetime) -> int:
    return working_minutes_until(OwnerHours(project.country, project.region, project.time_zone), begins, ends)
