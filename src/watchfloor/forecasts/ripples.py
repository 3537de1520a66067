"""What moves across the portfolio if one activity slips, from networks that stay compiled in this process.

The portfolio falls into parts: projects that links tie together, directly or through others. Each part is one network.
Parts are made when first asked for and brought up to date when a project of theirs has a newer revision; those longest
not asked for go first when there are more activities than ``MOST_HELD``.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from watchfloor.forecasts.linked import CannotMove, LinkedPlan, LinkedPlans, MovedMilestone
from watchfloor.forecasts.scheduling import PlanCycle
from watchfloor.kit.errors import Conflict, Invalid
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.models import ActivityRow, DependencyRow
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor_engine.errors import EngineError

MOST_HELD = 1_000_000  # activities in all parts together; about 300 bytes each, their keys included
MOST_IN_PART = 100_000  # activities that are compiled while somebody waits
MOST_DAYS = 3_650.0
MILESTONES_SHOWN = 50  # of one project


@dataclass(frozen=True, slots=True)
class RippledProject:
    """What one project feels; days are working days of its own calendar, dates are on its own wall clock."""

    code: str
    name: str
    finish_before: datetime
    finish_after: datetime
    finish_days: float
    moved: int  # activities whose finish changes
    newly_critical: int  # activities whose float falls to nothing or below
    milestones: tuple[MovedMilestone, ...]  # by their new date, the first 50
    milestones_left_out: int


@dataclass(frozen=True, slots=True)
class Ripple:
    """What moves where an activity takes ``days`` longer; projects the viewer may not see are left out."""

    activity: str
    name: str
    days: float
    projects: tuple[RippledProject, ...]  # the activity's own first, then by how far their finishes move


@dataclass(slots=True)
class _Part:
    ids: frozenset[int]
    linked: LinkedPlans
    lock: Lock = field(default_factory=Lock)


_PARTS: OrderedDict[frozenset[int], _Part] = OrderedDict()
_LOCK = Lock()
_REASONS = {
    "complete": gettext_lazy("This activity is finished; nothing can take longer."),
    "rolled_up": gettext_lazy("A summary or level of effort follows from other work; ask of an activity below it."),
    "pinned": gettext_lazy("A fixed date holds this activity, so that more days do not move it."),
    "beyond_calendars": gettext_lazy("So many days lead beyond the years that the calendars hold."),
}


def ripple(viewer: Viewer, project_id: int, key: str, days: float) -> Ripple:
    """What moves if an activity takes ``days`` working days longer (or, below zero, less).

    Raises:
        NotFound: no such project or activity for the viewer.
        Invalid: days out of range, or an activity that cannot take longer.
        Conflict: the linked plans cannot be scheduled together.
    """
    if viewer.as_of is not None:
        raise Invalid(_("This is computed from the plans of now; leave the past first."), place="as_of")
    detail = plans.activity(viewer, project_id, key)
    if not days or not -MOST_DAYS <= days <= MOST_DAYS:
        raise Invalid(_("Give working days between -3,650 and 3,650, and not 0."), place="longer_days")
    everything = {each.id: each for each in portfolio.projects(SYSTEM)}
    part = _part_of(project_id, everything)
    with part.lock:
        _bring_up_to_date(part, everything)
        try:
            moved = part.linked.moved_by(project_id, key, days)
        except CannotMove as error:
            raise Invalid(str(_REASONS[error.reason]), place="activity") from error
    records = {each.id: each for each in portfolio.projects(viewer)}
    found = [
        RippledProject(
            code=records[each.project_id].code,
            name=records[each.project_id].name,
            finish_before=each.finish_before,
            finish_after=each.finish_after,
            finish_days=each.finish_days,
            moved=each.moved,
            newly_critical=each.newly_critical,
            milestones=each.milestones[:MILESTONES_SHOWN],
            milestones_left_out=max(0, len(each.milestones) - MILESTONES_SHOWN),
        )
        for each in moved
        if each.project_id in records
    ]
    own = records[project_id].code
    found.sort(key=lambda each: (each.code != own, -abs(each.finish_days), each.code))
    return Ripple(key, detail.activity.name, days, tuple(found))


def _part_of(project_id: int, everything: Mapping[int, ProjectRecord]) -> _Part:
    """The part of a project, from what is held or made anew."""
    ids = _tied_to(project_id, everything)
    with _LOCK:
        held = _PARTS.get(ids)
        if held is not None:
            _PARTS.move_to_end(ids)
            return held
    # Made outside the lock: two who ask at once may both make it, and the later one is kept.
    made = _Part(ids, _linked({each: everything[each] for each in ids}))
    with _LOCK:
        for other in [each for each in _PARTS if each & ids]:
            del _PARTS[other]  # projects were tied or untied since
        _PARTS[ids] = made
        while len(_PARTS) > 1 and sum(each.linked.size for each in _PARTS.values()) > MOST_HELD:
            _PARTS.popitem(last=False)
    return made


def _bring_up_to_date(part: _Part, everything: Mapping[int, ProjectRecord]) -> None:
    """Take the newest revisions of a part's plans, and what projects are called and where."""
    records = {each: everything[each] for each in part.ids}
    newest = _identities(records)
    held = part.linked.identities
    if newest.keys() != held.keys():
        part.linked = _linked(records)
        return
    for project_id, identity in newest.items():
        if identity == held[project_id]:
            continue
        if not part.linked.bring_up_to_date(_plan_of(records[project_id], identity)):
            part.linked = _linked(records)
            return


def _linked(records: Mapping[int, ProjectRecord]) -> LinkedPlans:
    if ActivityRow.objects.filter(project_id__in=records).count() > MOST_IN_PART:
        raise Conflict(
            _("More than %(most)s activities are linked here; that is more than can be asked at once.")
            % {"most": f"{MOST_IN_PART:,}"}
        )
    given = [_plan_of(records[project_id], identity) for project_id, identity in _identities(records).items()]
    try:
        return LinkedPlans(given)
    except PlanCycle as error:
        raise Conflict(
            _("The linked plans wait for each other in a circle: %(path)s. Remove one of these links.")
            % {"path": " → ".join(error.path[:20])}
        ) from error
    except EngineError as error:
        raise Conflict(str(error)) from error


def _identities(records: Mapping[int, ProjectRecord]) -> dict[int, str]:
    """By project with a plan, what tells whether anything changed that the network is made of."""
    heads = plans.head_revisions(list(records))
    return {
        project_id: f"{record.code} {record.time_zone} {heads[project_id].digest}"
        for project_id, record in records.items()
        if project_id in heads
    }


def _plan_of(record: ProjectRecord, identity: str) -> LinkedPlan:
    return LinkedPlan(record.id, record.code, record.time_zone, identity, plans.plan(SYSTEM, record.id))


def _tied_to(project_id: int, everything: Mapping[int, ProjectRecord]) -> frozenset[int]:
    """The projects that links tie to this one, itself included."""
    by_code = {each.code: each.id for each in everything.values()}
    rows = DependencyRow.objects.exclude(predecessor_project="")
    pairs = rows.order_by().values_list("project_id", "predecessor_project").distinct()
    tied: dict[int, set[int]] = defaultdict(set)
    for waiting, code in pairs:
        other = by_code.get(code)
        if other is not None:
            tied[waiting].add(other)
            tied[other].add(waiting)
    return frozenset(_reached(project_id, tied))


def _reached(start: int, tied: dict[int, set[int]]) -> Iterable[int]:
    seen, waiting = {start}, [start]
    while waiting:
        for other in tied[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen
