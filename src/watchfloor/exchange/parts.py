"""WBS nodes, calendars and resources of a file, told with the keys we hold. No Django.

Their keys are row numbers in most tools and change from file to file, while their codes and names stay. Without this an
update would seem to move every activity and to replace every assignment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from watchfloor.exchange.pairing import is_number
from watchfloor.plans.document import Plan, Resource, WbsNode, WorkCalendar

_Row = TypeVar("_Row", WbsNode, WorkCalendar, Resource)
_Trait = Callable[[_Row], str]
_DEPTH_MAX = 200


def settled(held: Plan | None, plan: Plan) -> Plan:
    """The plan with our keys for its parts; what is new keeps its own, or gets another where that one is in use.

    WBS nodes are known by their code, then by the names above them; calendars by name; resources by the code MS
    Project keeps for them, by mail address, then by kind and name.
    """
    if held is None:
        return plan
    paths, their_paths = _paths(held.wbs), _paths(plan.wbs)
    nodes = _keys(
        held.wbs,
        plan.wbs,
        (lambda each: each.code, lambda each: each.code),
        (lambda each: paths[each.key], lambda each: their_paths[each.key]),
    )
    calendars = _keys(held.calendars, plan.calendars, (_name, _name))
    resources = _keys(held.resources, plan.resources, (_code, _code), (_mail, _mail), (_kind_and_name, _kind_and_name))
    if not (nodes or calendars or resources):
        return plan
    return replace(
        plan,
        calendar=calendars.get(plan.calendar, plan.calendar),
        calendars=tuple(replace(each, key=calendars.get(each.key, each.key)) for each in plan.calendars),
        wbs=tuple(
            replace(each, key=nodes.get(each.key, each.key), parent=nodes.get(each.parent, each.parent))
            for each in plan.wbs
        ),
        activities=tuple(
            replace(each, wbs=nodes.get(each.wbs, each.wbs), calendar=calendars.get(each.calendar, each.calendar))
            if each.wbs in nodes or each.calendar in calendars
            else each
            for each in plan.activities
        ),
        resources=tuple(
            replace(each, key=resources.get(each.key, each.key), calendar=calendars.get(each.calendar, each.calendar))
            for each in plan.resources
        ),
        assignments=tuple(
            replace(
                each,
                resource=resources.get(each.resource, each.resource),
                role=resources.get(each.role, each.role),
            )
            if each.resource in resources or each.role in resources
            else each
            for each in plan.assignments
        ),
    )


def _keys(held: Sequence[_Row], rows: Sequence[_Row], *ways: tuple[_Trait[_Row], _Trait[_Row]]) -> dict[str, str]:
    """Source key → our key where they differ, by the first trait that is one of a kind on both sides."""
    free = {each.key: each for each in held}
    left = {each.key: each for each in rows}
    found: dict[str, str] = {}
    for ours, theirs in ways:
        known, seen = _once(free.values(), ours), _once(left.values(), theirs)
        for trait, source in seen.items():
            if trait in known:
                found[source] = known[trait]
                del left[source], free[known[trait]]
    taken = set(found.values())
    for key in left:
        if key in free:
            continue  # only the trait changed: the row keeps its key
        number, own = 1, key
        while own in taken:  # ends: finitely many keys are taken
            number += 1
            own = f"{key}~{number}"
        taken.add(own)
        found[key] = own
    return {source: key for source, key in found.items() if source != key}


def _once(rows: Iterable[_Row], trait: _Trait[_Row]) -> Mapping[str, str]:
    said = [(_folded(trait(each)), each.key) for each in rows]
    counts = Counter(text for text, _key in said)
    return {text: key for text, key in said if text and counts[text] == 1}


def _paths(nodes: Sequence[WbsNode]) -> dict[str, str]:
    """The names from the top down to each node."""
    by_key = {each.key: each for each in nodes}
    found: dict[str, str] = {}
    for each in nodes:
        names: list[str] = []
        at: WbsNode | None = each
        while at is not None and len(names) < _DEPTH_MAX:
            names.append(at.name)
            at = by_key.get(at.parent)
        found[each.key] = " / ".join(reversed(names))
    return found


def _name(row: WorkCalendar) -> str:
    return row.name


def _code(row: Resource) -> str:
    return row.fields.get("Code", "") or ("" if is_number(row.key) else row.key)


def _mail(row: Resource) -> str:
    return row.email


def _kind_and_name(row: Resource) -> str:
    return f"{row.kind} {row.name}" if row.name else ""


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
