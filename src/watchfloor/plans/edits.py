"""What a person or an API call may do to a plan, as data, and what the plan is afterwards. No Django."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watchfloor.kit.errors import NotFound
from watchfloor.plans import checks, codec
from watchfloor.plans.checks import CyclicPlan, InvalidPlan
from watchfloor.plans.document import (
    MILESTONES,
    Activity,
    Dependency,
    PercentKind,
    Plan,
    WbsNode,
)
from watchfloor.plans.overlay import apply_overlay, moved_entry, without_entry
from watchfloor.plans.rekeying import rekeyed
from watchfloor.plans.scheduling_options import with_option

MAX_EDITS = 5_000  # in one call

# What an edit may set; the key stays for life, and stored dates belong to the source tool.
ACTIVITY_FIELDS = frozenset(each.name for each in dataclasses.fields(Activity)) - {"key", "stored", "guid"}
DEPENDENCY_FIELDS = frozenset({"kind", "lag_ticks", "lag_elapsed", "lag_percent"})
PLAN_FIELDS = frozenset({"name", "data_date", "start", "must_finish_by", "calendar"})


@dataclass(frozen=True, slots=True)
class AddActivity:
    activity: Activity
    after: str | None = None  # key of the activity it stands behind; None: at the end


@dataclass(frozen=True, slots=True)
class ChangeActivity:
    key: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RemoveActivity:
    """Removes its dependencies and assignments too."""

    key: str


@dataclass(frozen=True, slots=True)
class RekeyActivity:
    """An activity that is another one under a new code: it takes that one's key, history and additions."""

    key: str
    new_key: str  # of an activity that is not in the plan now


@dataclass(frozen=True, slots=True)
class AddDependency:
    dependency: Dependency


@dataclass(frozen=True, slots=True)
class ChangeDependency:
    key: str  # ``Dependency.key``
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RemoveDependency:
    key: str


@dataclass(frozen=True, slots=True)
class AddWbs:
    node: WbsNode


@dataclass(frozen=True, slots=True)
class ChangeWbs:
    key: str
    fields: Mapping[str, Any]  # name, parent, code


@dataclass(frozen=True, slots=True)
class RemoveWbs:
    """Its activities and child nodes move up to its parent."""

    key: str


@dataclass(frozen=True, slots=True)
class ChangePlan:
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SetOptions:
    """How the plan is scheduled: values by the option's name, as ``scheduling_options.option_text`` writes them."""

    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MoveOverlay:
    """What was added here to one activity belongs to another; for orphans, whose activity is gone."""

    key: str  # ``OverlayEntry.key``
    activity: str


@dataclass(frozen=True, slots=True)
class RemoveOverlay:
    """Back to what the source says; an orphan is dropped."""

    key: str


Edit = (
    AddActivity
    | ChangeActivity
    | RemoveActivity
    | RekeyActivity
    | AddDependency
    | ChangeDependency
    | RemoveDependency
    | AddWbs
    | ChangeWbs
    | RemoveWbs
    | ChangePlan
    | SetOptions
    | MoveOverlay
    | RemoveOverlay
)


def edited(plan: Plan, edits: Sequence[Edit]) -> Plan:
    """The plan after the edits, in their order.

    Raises:
        InvalidPlan: an edit breaks a rule; ``place`` names row and field.
        CyclicPlan: a dependency would close a circle; names the activities on it.
        NotFound: an edit names a row that is not there.
    """
    if len(edits) > MAX_EDITS:
        raise InvalidPlan(f"At most {MAX_EDITS:,} edits at once.")
    for edit in edits:
        plan = _EDITORS[type(edit)](plan, edit)
    return plan


def _add_activity(plan: Plan, edit: AddActivity) -> Plan:
    if any(each.key == edit.activity.key for each in plan.activities):
        raise InvalidPlan(f"The key {edit.activity.key} is taken.", place="key")
    activity = _consistent(plan, edit.activity, {"remaining_ticks"} if edit.activity.remaining_ticks else set())
    rows = list(plan.activities)
    place = len(rows) if edit.after is None else _index(plan.activities, edit.after, "activity") + 1
    rows.insert(place, activity)
    return dataclasses.replace(plan, activities=tuple(rows))


def _change_activity(plan: Plan, edit: ChangeActivity) -> Plan:
    index = _index(plan.activities, edit.key, "activity")
    values = _values(Activity, edit.fields, ACTIVITY_FIELDS, edit.key)
    activity = _consistent(plan, dataclasses.replace(plan.activities[index], **values), set(values))
    rows = (*plan.activities[:index], activity, *plan.activities[index + 1 :])
    return dataclasses.replace(plan, activities=rows)


def _remove_activity(plan: Plan, edit: RemoveActivity) -> Plan:
    _index(plan.activities, edit.key, "activity")
    return dataclasses.replace(
        plan,
        activities=tuple(each for each in plan.activities if each.key != edit.key),
        dependencies=tuple(each for each in plan.dependencies if not _touches(each, edit.key)),
        assignments=tuple(each for each in plan.assignments if each.activity != edit.key),
        expenses=tuple(each for each in plan.expenses if each.activity != edit.key),
    )


def _rekey_activity(plan: Plan, edit: RekeyActivity) -> Plan:
    _index(plan.activities, edit.key, "activity")
    if not edit.new_key.strip() or any(each.key == edit.new_key for each in plan.activities):
        raise InvalidPlan(f"The key {edit.new_key} is taken.", place="new_key")
    waiting = {(each.kind, each.name) for each in plan.overlay if each.activity == edit.new_key}
    entries = [
        dataclasses.replace(each, activity=edit.new_key) if each.activity == edit.key else each
        for each in plan.overlay
        if each.activity != edit.key or (each.kind, each.name) not in waiting
    ]
    told = rekeyed(plan, {edit.key: edit.new_key})
    return apply_overlay(told, entries, is_fresh=False)[0]


def _add_dependency(plan: Plan, edit: AddDependency) -> Plan:
    link = edit.dependency
    for key in (link.successor, *(() if link.predecessor_project else (link.predecessor,))):
        _index(plan.activities, key, "activity")
    if any(each.key == link.key for each in plan.dependencies):
        raise InvalidPlan("This dependency exists already.", place=link.key)
    circle = checks.cycle_through(plan, link)
    if circle is not None:
        raise CyclicPlan(circle)
    return dataclasses.replace(plan, dependencies=(*plan.dependencies, link))


def _change_dependency(plan: Plan, edit: ChangeDependency) -> Plan:
    index = _index(plan.dependencies, edit.key, "dependency")
    link = dataclasses.replace(
        plan.dependencies[index], **_values(Dependency, edit.fields, DEPENDENCY_FIELDS, edit.key)
    )
    others = (*plan.dependencies[:index], *plan.dependencies[index + 1 :])
    if any(each.key == link.key for each in others):
        raise InvalidPlan("This dependency exists already.", place=link.key)
    rows = (*plan.dependencies[:index], link, *plan.dependencies[index + 1 :])
    return dataclasses.replace(plan, dependencies=rows)


def _remove_dependency(plan: Plan, edit: RemoveDependency) -> Plan:
    index = _index(plan.dependencies, edit.key, "dependency")
    return dataclasses.replace(plan, dependencies=(*plan.dependencies[:index], *plan.dependencies[index + 1 :]))


def _add_wbs(plan: Plan, edit: AddWbs) -> Plan:
    if any(each.key == edit.node.key for each in plan.wbs):
        raise InvalidPlan(f"The key {edit.node.key} is taken.", place="key")
    return _with_tree(plan, (*plan.wbs, edit.node))


def _change_wbs(plan: Plan, edit: ChangeWbs) -> Plan:
    index = _index(plan.wbs, edit.key, "WBS node")
    node = dataclasses.replace(
        plan.wbs[index], **_values(WbsNode, edit.fields, frozenset({"name", "parent", "code"}), edit.key)
    )
    return _with_tree(plan, (*plan.wbs[:index], node, *plan.wbs[index + 1 :]))


def _remove_wbs(plan: Plan, edit: RemoveWbs) -> Plan:
    gone = plan.wbs[_index(plan.wbs, edit.key, "WBS node")]
    nodes = tuple(
        dataclasses.replace(each, parent=gone.parent) if each.parent == gone.key else each
        for each in plan.wbs
        if each.key != gone.key
    )
    rows = tuple(
        dataclasses.replace(each, wbs=gone.parent) if each.wbs == gone.key else each for each in plan.activities
    )
    return dataclasses.replace(plan, wbs=nodes, activities=rows)


def _change_plan(plan: Plan, edit: ChangePlan) -> Plan:
    changed = dataclasses.replace(plan, **_values(Plan, edit.fields, PLAN_FIELDS, "plan"))
    if changed.calendar and all(each.key != changed.calendar for each in changed.calendars):
        raise InvalidPlan(f"There is no calendar {changed.calendar}.", place="calendar")
    return changed


def _set_options(plan: Plan, edit: SetOptions) -> Plan:
    options = plan.options
    for name, text in edit.options.items():
        options = with_option(options, name, text)
    return dataclasses.replace(plan, options=options)


def _move_overlay(plan: Plan, edit: MoveOverlay) -> Plan:
    entry = plan.overlay[_index(plan.overlay, edit.key, "addition")]
    _index(plan.activities, edit.activity, "activity")
    if not entry.activity:
        raise InvalidPlan("This addition belongs to the plan, not to an activity.", place=edit.key)
    return moved_entry(plan, entry, edit.activity)


def _remove_overlay(plan: Plan, edit: RemoveOverlay) -> Plan:
    return without_entry(plan, plan.overlay[_index(plan.overlay, edit.key, "addition")])


def _consistent(plan: Plan, activity: Activity, given: set[str]) -> Activity:
    """The activity with what follows from the fields just given, refused when they contradict each other."""
    place = activity.key
    if activity.wbs and all(each.key != activity.wbs for each in plan.wbs):
        raise InvalidPlan(f"There is no WBS node {activity.wbs}.", place=f"{place}.wbs")
    if activity.calendar and all(each.key != activity.calendar for each in plan.calendars):
        raise InvalidPlan(f"There is no calendar {activity.calendar}.", place=f"{place}.calendar")
    if activity.kind in MILESTONES:
        activity = dataclasses.replace(activity, duration_ticks=0, remaining_ticks=0)
    if activity.actual_finish is not None:
        if activity.actual_start is None:
            raise InvalidPlan("What has finished has started: give the actual start.", place=f"{place}.actual_start")
        if activity.actual_finish < activity.actual_start:
            raise InvalidPlan("It cannot finish before it started.", place=f"{place}.actual_finish")
        return _checked(dataclasses.replace(activity, remaining_ticks=0, percent_complete=100.0))
    if activity.actual_start is None:
        if "percent_complete" in given and activity.percent_complete > 0:
            raise InvalidPlan("Work is done, so it has started: give the actual start.", place=f"{place}.actual_start")
        # Nothing is done yet, so all of the duration remains.
        return _checked(dataclasses.replace(activity, remaining_ticks=activity.duration_ticks, percent_complete=0.0))
    if activity.percent_kind is PercentKind.DURATION:
        activity = _with_remaining(activity, given)
    return _checked(activity)


def _with_remaining(activity: Activity, given: set[str]) -> Activity:
    """Remaining duration and per cent complete of duration say the same; the one not given follows."""
    if "remaining_ticks" not in given and given & {"percent_complete", "duration_ticks"}:
        share = 1 - activity.percent_complete / 100
        return dataclasses.replace(activity, remaining_ticks=round(activity.duration_ticks * share))
    if "remaining_ticks" in given and "percent_complete" not in given and activity.duration_ticks:
        done = 100 * (1 - min(activity.remaining_ticks, activity.duration_ticks) / activity.duration_ticks)
        return dataclasses.replace(activity, percent_complete=done)
    return activity


def _checked(activity: Activity) -> Activity:
    checks.check_activity(activity)
    return activity


def _with_tree(plan: Plan, nodes: tuple[WbsNode, ...]) -> Plan:
    parents = {each.key: each.parent for each in nodes}
    for key, parent in parents.items():
        seen, above = {key}, parent
        while above:
            if above not in parents:
                raise InvalidPlan(f"There is no WBS node {above}.", place=f"{key}.parent")
            if above in seen:
                raise InvalidPlan("A WBS node cannot lie under itself.", place=f"{key}.parent")
            seen.add(above)
            above = parents[above]
    return dataclasses.replace(plan, wbs=nodes)


def _values(record_type: type, fields: Mapping[str, Any], allowed: frozenset[str], place: str) -> dict[str, Any]:
    """The fields in the record's own types, given as such or as plain data."""
    values = {}
    for name, value in fields.items():
        if name not in allowed:
            raise InvalidPlan(f"{name} cannot be changed here.", place=f"{place}.{name}")
        # Through plain data and back, which accepts both and refuses what is neither.
        try:
            plain = codec.encode_field(record_type, name, value) if not isinstance(value, str) else value
        except (TypeError, ValueError, AttributeError):
            plain = value
        values[name] = codec.decode_field(record_type, name, plain, f"{place}.{name}")
    return values


def _index(rows: Sequence[Any], key: str, what: str) -> int:
    for index, row in enumerate(rows):
        if row.key == key:
            return index
    raise NotFound(f"There is no {what} {key} in this plan.", place=key)


def _touches(dependency: Dependency, key: str) -> bool:
    own_predecessor = dependency.predecessor == key and not dependency.predecessor_project
    return own_predecessor or dependency.successor == key


_EDITORS: Mapping[type, Callable[[Plan, Any], Plan]] = {
    AddActivity: _add_activity,
    ChangeActivity: _change_activity,
    RemoveActivity: _remove_activity,
    RekeyActivity: _rekey_activity,
    AddDependency: _add_dependency,
    ChangeDependency: _change_dependency,
    RemoveDependency: _remove_dependency,
    AddWbs: _add_wbs,
    ChangeWbs: _change_wbs,
    RemoveWbs: _remove_wbs,
    ChangePlan: _change_plan,
    SetOptions: _set_options,
    MoveOverlay: _move_overlay,
    RemoveOverlay: _remove_overlay,
}
