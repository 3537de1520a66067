"""What a plan must be like to be stored. Cycles and odd logic are allowed: they are findings, not errors. No Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from watchfloor.kit.errors import Invalid
from watchfloor.plans.document import Activity, Dependency, Expense, Plan

MAX_ACTIVITIES = 200_000
MAX_DEPENDENCIES = 500_000
MAX_OTHER_ROWS = 1_000_000
MAX_OVERLAY = 100_000  # values added here to a plan that lives elsewhere
_FIRST_YEAR, _LAST_YEAR = 1984, 2149  # what MS Project, the widest of the tools, can hold
_TEXT_LIMITS: Mapping[str, int] = {
    "key": 120,
    "name": 500,
    "code": 120,
    "wbs": 120,
    "calendar": 120,
    "responsible": 120,
}
_PLAN_TEXTS: Mapping[str, int] = {"name": 200, "code": 80, "calendar": 120, "cost_account": 400}
_OTHER_TABLES = (
    "calendars",
    "wbs",
    "resources",
    "assignments",
    "code_types",
    "field_types",
    "cost_accounts",
    "expenses",
    "notebooks",
)
_MAX_TICKS = 14_400 * 366 * 100  # a century
_MAX_MINOR = 10**16


class InvalidPlan(Invalid):
    """The plan breaks a rule of the store; ``place`` names the row."""

    code = "plan.invalid"


class CyclicPlan(Invalid):
    """The edit would make activities wait for each other in a circle."""

    code = "plan.cycle"

    def __init__(self, path: Sequence[str]) -> None:
        shown = [*path[:20], "…", path[-1]] if len(path) > 21 else list(path)
        super().__init__(
            f"Dependency cycle: {' → '.join(shown)}.", remedy="Remove one of these links.", place=f"{path[0]}>{path[1]}"
        )
        self.path = tuple(path)


def check(plan: Plan) -> None:
    """Refuse a plan the store cannot hold.

    Raises:
        InvalidPlan: keys repeat or are too long, a link or node points nowhere, a number or date is out of range.
    """
    check_structure(plan)
    check_rows(plan.activities, plan.dependencies)


def check_structure(plan: Plan) -> None:
    """The part of :func:`check` that looks at the plan as a whole."""
    _limit(plan.activities, MAX_ACTIVITIES, "activities")
    _limit(plan.dependencies, MAX_DEPENDENCIES, "dependencies")
    for table in _OTHER_TABLES:
        _limit(getattr(plan, table), MAX_OTHER_ROWS, table)
    for place, limit in _PLAN_TEXTS.items():
        _text(getattr(plan, place), limit, place)
    keys = _unique((each.key for each in plan.activities), "activities")
    nodes = _unique((each.key for each in plan.wbs), "wbs")
    for node in plan.wbs:
        if node.parent and node.parent not in nodes:
            raise InvalidPlan(f"The WBS node {node.key} lies under {node.parent}, which is missing.", place=node.key)
    _unique((each.key for each in plan.calendars), "calendars")
    _unique((each.key for each in plan.resources), "resources")
    for link in plan.dependencies:
        if link.successor not in keys:
            raise InvalidPlan(f"A dependency leads to {link.successor}, which is missing.", place=link.key)
        if link.predecessor not in keys and not link.predecessor_project:
            raise InvalidPlan(f"A dependency comes from {link.predecessor}, which is missing.", place=link.key)
    for assignment in plan.assignments:
        if assignment.activity not in keys:
            raise InvalidPlan(f"An assignment names the activity {assignment.activity}, which is missing.")
    for expense in plan.expenses:
        if expense.activity not in keys:
            raise InvalidPlan(f"An expense names the activity {expense.activity}, which is missing.", place=expense.key)
        _amounts(expense, expense.key)
    for name in ("data_date", "start", "must_finish_by"):
        _moment(getattr(plan, name), name)


def check_rows(activities: Iterable[Activity], dependencies: Iterable[Dependency]) -> None:
    """The part of :func:`check` that looks at each row by itself; rows known to be stored need no second look."""
    for activity in activities:
        check_activity(activity)
    for dependency in dependencies:
        _check_dependency(dependency)


def check_activity(activity: Activity) -> None:
    """Refuse one activity the store cannot hold."""
    place = activity.key
    if not activity.key or not activity.key.strip():
        raise InvalidPlan("An activity needs a key.", place="key")
    for name, limit in _TEXT_LIMITS.items():
        _text(getattr(activity, name), limit, place)
    if not 0 <= activity.duration_ticks <= _MAX_TICKS or not 0 <= activity.remaining_ticks <= _MAX_TICKS:
        raise InvalidPlan("A duration lies between zero and a century.", place=place)
    if not 0 <= activity.percent_complete <= 100:
        raise InvalidPlan("Per cent complete lies between 0 and 100.", place=place)
    if "\x00" in activity.notes or any(
        "\x00" in text
        for text in (
            *activity.codes.values(),
            *activity.fields.values(),
            *(note.text for note in activity.notebooks),
        )
    ):
        raise InvalidPlan("A text holds a NUL character.", place=place)
    _amounts(activity, place)
    if activity.actual_start is not None or activity.actual_finish is not None:
        _moment(activity.actual_start, place)
        _moment(activity.actual_finish, place)


def cycle_through(plan: Plan, dependency: Dependency) -> tuple[str, ...] | None:
    """The circle the dependency would close, as keys from its predecessor round to it; None when there is none."""
    if dependency.predecessor_project:
        return None
    if dependency.predecessor == dependency.successor:
        return (dependency.predecessor, dependency.successor)
    after: dict[str, list[str]] = {}
    for each in plan.dependencies:
        if not each.predecessor_project:
            after.setdefault(each.predecessor, []).append(each.successor)
    came_from: dict[str, str] = {dependency.successor: dependency.predecessor}
    waiting = [dependency.successor]
    while waiting:  # visits each activity at most once
        key = waiting.pop()
        if key == dependency.predecessor:
            return _path_back(came_from, key)
        for successor in after.get(key, ()):
            if successor not in came_from:
                came_from[successor] = key
                waiting.append(successor)
    return None


def _path_back(came_from: Mapping[str, str], key: str) -> tuple[str, ...]:
    path = [key]
    while len(path) <= len(came_from) + 1:
        path.append(came_from[path[-1]])
        if path[-1] == key:
            break
    return tuple(reversed(path))


def _check_dependency(dependency: Dependency) -> None:
    place = dependency.key
    if dependency.predecessor == dependency.successor and not dependency.predecessor_project:
        raise InvalidPlan(f"{dependency.successor} cannot depend on itself.", place=place)
    _text(dependency.predecessor_project, 80, place)
    _text(dependency.predecessor, 120, place)
    if abs(dependency.lag_ticks) > _MAX_TICKS:
        raise InvalidPlan("A lag is longer than a century.", place=place)


def _unique(keys: Iterable[str], table: str) -> frozenset[str]:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise InvalidPlan(f"The key {key} is used twice in {table}.", place=key)
        seen.add(key)
    return frozenset(seen)


def _limit(rows: Sequence[Any], limit: int, table: str) -> None:
    if len(rows) > limit:
        raise InvalidPlan(f"At most {limit:,} {table} in one plan.", place=table)


def _text(value: str, limit: int, place: str) -> None:
    if len(value) > limit:
        raise InvalidPlan(f"A text is longer than {limit} characters.", place=place)
    if "\x00" in value:
        raise InvalidPlan("A text holds a NUL character.", place=place)


def _amounts(row: Activity | Expense, place: str) -> None:
    for amount in (row.budget_minor, row.actual_cost_minor, row.remaining_cost_minor):
        if amount is not None and abs(amount) > _MAX_MINOR:
            raise InvalidPlan("An amount is too large.", place=place)


def _moment(value: datetime | None, place: str) -> None:
    if value is None:
        return
    if value.tzinfo is not None:
        raise InvalidPlan("A moment of a plan has no zone: it is on the plan's own clock.", place=place)
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise InvalidPlan(f"A date lies between {_FIRST_YEAR} and {_LAST_YEAR}.", place=place)
