"""Plans that wait for each other, as one network that stays compiled: what moves if one activity does. Pure.

All lie on one axis in UTC, so that a link from one country to another holds at the same instant. While the structure
of a plan stays (activities, links, calendars, options), a new revision is written into the network; otherwise the
network is made anew. Level of effort and summaries follow from the others and are not told of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from watchfloor.forecasts.compile import Compiled, compile_plan
from watchfloor.forecasts.resources import parts_of, shared_calendars
from watchfloor.forecasts.rows import tick_of
from watchfloor.forecasts.scheduling import dated
from watchfloor.plans.document import MILESTONES, Activity, ActivityKind, Plan
from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.clocks import Clock
from watchfloor_engine.errors import HorizonExceeded
from watchfloor_engine.kernels import I64
from watchfloor_engine.network import COMPLETE, Constraint, Kind
from watchfloor_engine.resident import ResidentSchedule


@dataclass(frozen=True, slots=True)
class LinkedPlan:
    """A plan with the project it is of; ``zone`` is where its wall clock hangs."""

    project_id: int
    code: str  # by which links of other plans name it
    zone: str
    identity: str  # changes whenever anything of the plan, its code or its zone does
    plan: Plan


@dataclass(frozen=True, slots=True)
class MovedMilestone:
    key: str
    name: str
    is_committed: bool
    before: datetime  # wall clock of its project
    after: datetime
    deadline: datetime | None

    @property
    def breaks_deadline(self) -> bool:
        """Whether it was in time before and no longer is."""
        return self.deadline is not None and self.before <= self.deadline < self.after


@dataclass(frozen=True, slots=True)
class MovedProject:
    """What one project feels; days are working days of its own calendar."""

    project_id: int
    finish_before: datetime
    finish_after: datetime
    finish_days: float
    moved: int  # activities whose finish changes
    newly_critical: int  # activities whose float falls to nothing or below
    milestones: tuple[MovedMilestone, ...]  # by their new date


@dataclass(slots=True)
class _Member:
    """What stays in memory of a plan."""

    project_id: int
    code: str
    identity: str
    structure: bytes
    clock: Clock
    keys: tuple[str, ...]
    first: int
    calendar: int
    ticks_per_day: float
    milestones: dict[int, tuple[str, bool, datetime | None]]  # index → name, promised, deadline

    @property
    def rows(self) -> slice:
        return slice(self.first, self.first + len(self.keys))


class CannotMove(Exception):
    """``reason``: complete, rolled_up, pinned, or beyond_calendars."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LinkedPlans:
    """One resident network of plans that hang together.

    Raises (on construction, and by ``bring_up_to_date``):
        PlanCycle, EngineError: the plans cannot be scheduled together.
    """

    def __init__(self, plans: Sequence[LinkedPlan]) -> None:
        named = [_named(each) for each in plans]
        compiled, self._resident = dated(
            named, lambda found: ResidentSchedule(found.network, found.calendars, found.options),
            zones=[each.zone for each in plans],
        )  # fmt: skip
        self._calendars: CalendarSet = compiled.calendars
        self._ticks_per_day = compiled.ticks_per_day
        self._calendar = compiled.network.calendar
        self._real = (compiled.network.kind != Kind.SUMMARY) & (compiled.network.kind != Kind.LOE)
        self._members: dict[int, _Member] = {}
        first = 0
        for place, each in enumerate(plans):
            self._members[each.project_id] = _member(each, named[place], compiled, place, first)
            first += len(each.plan.activities)

    @property
    def size(self) -> int:
        """Activities held."""
        return self._resident.size

    @property
    def identities(self) -> dict[int, str]:
        """What the network was made of, by project."""
        return {each.project_id: each.identity for each in self._members.values()}

    def bring_up_to_date(self, plan: LinkedPlan) -> bool:
        """Take a newer revision of a member; False when its structure changed, so that all is to be made anew."""
        member, named = self._members[plan.project_id], _named(plan)
        if (plan.code, plan.zone, _structure(named)) != (member.code, member.clock.zone, member.structure):
            return False
        rows = compile_plan((named,), zones=(plan.zone,)).network
        place = list(self._members).index(plan.project_id)
        try:
            self._resident.rewrite(member.first, rows, len(named.activities))
            self._resident.set_data_date(place, tick_of(named.data_date, member.clock.tick))
        except HorizonExceeded:
            return False
        member.identity = plan.identity
        member.milestones = _milestones(named, member.first)
        return True

    def finishes(self) -> dict[int, datetime]:
        """Latest early finish by project, on its own wall clock."""
        ends = self._resident.project_finish
        return {
            member.project_id: member.clock.moment(int(ends[place]))
            for place, member in enumerate(self._members.values())
        }

    def moved_by(self, project_id: int, key: str, days: float) -> tuple[MovedProject, ...]:
        """What moves where an activity takes ``days`` working days longer, or a milestone comes so much later.

        Raises:
            CannotMove: and why.
        """
        member, resident = self._members[project_id], self._resident
        at = member.first + member.keys.index(key)
        if not self._real[at]:
            raise CannotMove("rolled_up")
        before = resident.early_finish, resident.total_float, resident.project_finish
        ticks = round(days * float(self._ticks_per_day[at]))
        with resident.trial(at) as said:
            if said.status == COMPLETE:
                raise CannotMove("complete")
            try:
                if said.remaining > 0:
                    resident.set_remaining(at, max(0, said.remaining + ticks))
                elif said.constraint in (Constraint.NONE, Constraint.START_NO_EARLIER):
                    calendar = self._calendars.calendars[int(self._calendar[at])]
                    later = calendar.add_work(int(before[0][at]), ticks)
                    resident.set_constraint(at, Constraint.START_NO_EARLIER, later)
            except HorizonExceeded as error:
                raise CannotMove("beyond_calendars") from error
            if ticks and resident.finish_of(at) == int(before[0][at]):
                raise CannotMove("pinned")
            return self._told(before)

    def _told(self, before: tuple[I64, I64, I64]) -> tuple[MovedProject, ...]:
        resident = self._resident
        finish, float_ = resident.early_finish, resident.total_float
        ends = resident.project_finish
        moved: NDArray[np.bool_] = self._real & (finish != before[0])
        critical: NDArray[np.bool_] = self._real & (float_ <= 0) & (before[1] > 0)
        found = []
        for place, member in enumerate(self._members.values()):
            count = int(moved[member.rows].sum())
            if not count and not critical[member.rows].any():
                continue
            calendar = self._calendars.calendars[member.calendar]
            work = calendar.work_between(int(before[2][place]), int(ends[place]))
            milestones = [
                MovedMilestone(
                    member.keys[at - member.first], name, promised,
                    member.clock.moment(int(before[0][at])), member.clock.moment(int(finish[at])), deadline,
                )
                for at, (name, promised, deadline) in member.milestones.items()
                if moved[at]
            ]  # fmt: skip
            found.append(
                MovedProject(
                    project_id=member.project_id,
                    finish_before=member.clock.moment(int(before[2][place])),
                    finish_after=member.clock.moment(int(ends[place])),
                    finish_days=round(work / member.ticks_per_day, 2),
                    moved=count,
                    newly_critical=int(critical[member.rows].sum()),
                    milestones=tuple(sorted(milestones, key=lambda each: each.after)),
                )
            )
        return tuple(found)


def _named(given: LinkedPlan) -> Plan:
    """The plan under the code by which others name it."""
    if given.plan.code == given.code:
        return given.plan
    links = tuple(
        replace(link, predecessor_project="") if link.predecessor_project == given.plan.code else link
        for link in given.plan.dependencies
    )
    return replace(given.plan, code=given.code, dependencies=links)


def _member(given: LinkedPlan, plan: Plan, compiled: Compiled, place: int, first: int) -> _Member:
    return _Member(
        project_id=given.project_id,
        code=given.code,
        identity=given.identity,
        structure=_structure(plan),
        clock=compiled.clocks[place],
        keys=tuple(each.key for each in plan.activities),
        first=first,
        calendar=compiled.project_calendar[place],
        ticks_per_day=compiled.project_ticks_per_day[place],
        milestones=_milestones(plan, first),
    )


def _milestones(plan: Plan, first: int) -> dict[int, tuple[str, bool, datetime | None]]:
    return {
        first + at: (each.name or each.key, each.is_committed, each.deadline)
        for at, each in enumerate(plan.activities)
        if each.kind in MILESTONES or (each.is_committed and each.kind is not ActivityKind.LEVEL_OF_EFFORT)
    }


def _structure(plan: Plan) -> bytes:
    """A digest of everything about which the compiled network cannot be told anew."""
    # A percentage lag is a share of a duration, so with one durations belong to the structure.
    shares = any(link.lag_percent is not None for link in plan.dependencies)
    said = (
        plan.calendar, plan.options, plan.calendars, plan.must_finish_by, plan.dependencies,
        [(node.key, node.parent) for node in plan.wbs],
        [_structure_of(each, shares) for each in plan.activities],
        sorted(shared_calendars(plan).items()),
        sorted((key, tuple(map(repr, parts))) for key, parts in parts_of(plan).items()),
        plan.start or [(each.actual_start, each.manual_start) for each in plan.activities],
    )  # fmt: skip
    return hashlib.blake2b(repr(said).encode(), digest_size=16).digest()


def _structure_of(each: Activity, shares: bool) -> tuple[object, ...]:
    # Constraints of a summary bind the work below it when the network is made.
    bound = (each.constraints, each.manual_start) if each.kind is ActivityKind.SUMMARY else ()
    return each.key, each.kind, each.calendar, each.elapsed, each.wbs, bound, each.duration_ticks if shares else 0
