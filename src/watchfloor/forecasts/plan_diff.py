"""Two plan files side by side: what was added, removed, moved and re-logicked, and why the finish moved. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from watchfloor.exchange.pairing import is_number, pair
from watchfloor.exchange.parts import settled
from watchfloor.forecasts.compile import ExternalDates
from watchfloor.forecasts.half_step import HalfSteps, NotComparable, half_steps
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.plans.comparing import Compared, Dates, compare_plans
from watchfloor.plans.document import Plan, PlanDocument
from watchfloor.plans.rekeying import rekeyed
from watchfloor_engine.calendars import from_tick
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import MISSING

LEAST_SHARE = 0.3  # of the codes of the smaller plan; plans less alike are two projects


@dataclass(frozen=True, slots=True)
class ProjectDiff:
    """One project in both files, or in one of them only. Finishes are ours, None where the plan has no schedule."""

    code: str
    name: str
    state: str  # both, added, removed
    data_date_before: datetime | None = None
    data_date_after: datetime | None = None
    finish_before: datetime | None = None
    finish_after: datetime | None = None
    renamed: int = 0  # activities known again by GUID or name under another code
    compared: Compared | None = None
    moved: HalfSteps | None = None
    problem: str = ""  # why the movement is not explained

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        if self.state != "both" or self.compared is None:
            return False
        found = self.compared
        return not (found.rows or found.plan or found.others)


def diff_documents(old: PlanDocument, new: PlanDocument) -> tuple[ProjectDiff, ...]:
    """Every project of the two files, matched by its activity codes, those in both first."""
    pairs, gone, come = _pairs(old.plans, new.plans)
    told = [(one, _told(one, other)) for one, other in pairs]
    before = _dated([one for one, _other in pairs] + gone)
    after = _dated([other[0] for _one, other in told] + come)
    found = []
    for at, (one, (other, renamed)) in enumerate(told):
        dates = before.dates.get(at, {}), after.dates.get(at, {})
        compared = compare_plans(one, other, dates_before=dates[0], dates_after=dates[1])
        try:
            moved, problem = _moved(one, other, before, after), ""
        except NotComparable as reason:
            moved, problem = None, str(reason)
        found.append(
            ProjectDiff(
                other.code, other.name, "both", one.data_date, other.data_date,
                moved.finish_before if moved else None, moved.finish_after if moved else None,
                renamed, compared, moved, problem,
            )
        )  # fmt: skip
    found.extend(ProjectDiff(each.code, each.name, "removed", data_date_before=each.data_date) for each in gone)
    found.extend(ProjectDiff(each.code, each.name, "added", data_date_after=each.data_date) for each in come)
    return tuple(found)


def _pairs(old: Sequence[Plan], new: Sequence[Plan]) -> tuple[list[tuple[Plan, Plan]], list[Plan], list[Plan]]:
    """Plans that are one project: by their share of equal codes, largest first; the only ones of two files always."""
    if len(old) == 1 and len(new) == 1:
        return [(old[0], new[0])], [], []
    shares = [
        (_share(one, other), one.code == other.code, -i, -j) for i, one in enumerate(old) for j, other in enumerate(new)
    ]
    shares.sort(reverse=True)
    left, right = dict(enumerate(old)), dict(enumerate(new))
    pairs = []
    for share, same_code, i, j in shares:
        if -i in left and -j in right and (share >= LEAST_SHARE or (same_code and share > 0)):
            pairs.append((left.pop(-i), right.pop(-j)))
    return pairs, list(left.values()), list(right.values())


def _share(one: Plan, other: Plan) -> float:
    ours = {each.key: each.name for each in one.activities}
    equal = sum(
        each.key in ours and (not is_number(each.key) or ours[each.key] == each.name) for each in other.activities
    )
    return equal / max(1, min(len(one.activities), len(other.activities)))


def _told(old: Plan, new: Plan) -> tuple[Plan, int]:
    """The later plan with the earlier one's keys, and how many activities were known again under another code."""
    alike = settled(old, new)
    found = pair(old, alike, {})
    return rekeyed(alike, found.keys, {new.code: found.keys}), sum(each.accepted for each in found.renames)


def _moved(one: Plan, other: Plan, before: _Dated, after: _Dated) -> HalfSteps:
    """The movement of one project, with the dates of those activities of other projects that it waits for."""
    waits = {
        (link.predecessor_project, link.predecessor)
        for plan in (one, other)
        for link in plan.dependencies
        if link.predecessor_project not in ("", plan.code)
    }
    return half_steps(
        one,
        other,
        external_before={name: before.outside[name] for name in waits if name in before.outside},
        external_after={name: after.outside[name] for name in waits if name in after.outside},
    )


@dataclass(frozen=True, slots=True)
class _Dated:
    dates: Mapping[int, Dates]
    outside: Mapping[tuple[str, str], ExternalDates]  # for links between the projects of the file


def _dated(plans: Sequence[Plan]) -> _Dated:
    try:
        compiled, schedule = schedule_plans(plans)
    except (PlanCycle, EngineError):
        return _Dated({}, {})
    found: dict[int, dict[str, tuple[datetime | None, datetime | None]]] = {}
    outside = {}
    for (place, key), at in compiled.index.items():
        start, finish = _moment(int(schedule.start[at])), _moment(int(schedule.finish[at]))
        found.setdefault(place, {})[key] = (start, finish)
        outside[plans[place].code, key] = ExternalDates(start, finish, compiled.activities[at].name)
    return _Dated(found, outside)


def _moment(tick: int) -> datetime | None:
    return None if tick == MISSING else from_tick(tick)
