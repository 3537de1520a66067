"""Head = file + overlay: what was added here to a plan that lives elsewhere is applied to every new file. No Django."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchfloor.plans.document import Activity, Dependency, OverlayEntry, OverlayKind, OverlayValue, Plan
from watchfloor.plans.scheduling_options import SETTABLE, option_text, with_option

_NOTHING = OverlayValue()


def apply_overlay(
    plan: Plan, entries: Sequence[OverlayEntry], *, is_fresh: bool = True
) -> tuple[Plan, tuple[OverlayEntry, ...]]:
    """The plan with everything that was added here, and the entries whose activity it does not hold.

    Orphans stay in the plan's overlay, so that they are there again when their activity is. What the plan says by
    itself is kept beneath each entry; unless the plan is fresh from its source, a value that equals the entry's is
    taken for the entry itself.

    Cost: O(activities + entries).
    """
    if not entries:
        return (dataclasses.replace(plan, overlay=()) if plan.overlay else plan), ()
    rows = {each.key: each for each in plan.activities}
    kept, orphans = [], []
    changed: dict[str, Activity] = {}
    said = {each.key: each for each in plan.dependencies if each.predecessor_project}
    links: dict[str, Dependency] = {}
    for entry in entries:
        if entry.activity and entry.activity not in rows:
            kept.append(entry)
            orphans.append(entry)
            continue
        if entry.kind is OverlayKind.LINK:
            beneath = OverlayValue(link=said.get(entry.name))
            assert entry.value.link is not None
            links[entry.name] = entry.value.link
        elif entry.kind is OverlayKind.OPTION:
            beneath = OverlayValue(text=option_text(plan.options, entry.name))
            plan = _with_option(plan, entry.name, entry.value.text)
        elif not entry.activity:
            beneath = OverlayValue(text=plan.calendar)
            plan = _with_calendar(dataclasses.replace(plan, calendar=entry.value.text), entry)
        else:
            row = changed.get(entry.activity, rows[entry.activity])
            beneath = _value(row, entry.kind, entry.name)
            changed[entry.activity] = _told(row, entry.kind, entry.name, entry.value)
            plan = _with_calendar(plan, entry)
        if not is_fresh and _same(beneath, entry.value):
            beneath = entry.beneath
        kept.append(entry if entry.beneath == beneath else dataclasses.replace(entry, beneath=beneath))
    plan = dataclasses.replace(plan, overlay=tuple(kept))
    if links:
        found = tuple(links.pop(each.key, each) for each in plan.dependencies)
        plan = dataclasses.replace(plan, dependencies=(*found, *links.values()))
    if changed:
        rows.update(changed)
        plan = dataclasses.replace(plan, activities=tuple(rows.values()))
    return plan, tuple(orphans)


def overlaid(before: Plan, after: Plan, *, by: str, at: str) -> Plan:
    """The plan after somebody's edits, with those of them that are overlay kept as such.

    What is set back to what the source says is no overlay any more.
    """
    entries = {each.key: each for each in after.overlay}
    known = {**{each.key: each for each in before.overlay}, **entries}
    for activity, kind, name, was, value in _edits(before, after):
        entry = OverlayEntry(activity, kind, value, name, was, by, at)
        told = entries.get(entry.key)
        if told is not None and _same(told.value, value):
            continue
        beneath = known[entry.key].beneath if entry.key in known else was
        if _same(beneath, value):
            entries.pop(entry.key, None)
        else:
            entries[entry.key] = dataclasses.replace(entry, beneath=beneath)
    if before.dependencies is not after.dependencies:
        links, rows = {each.key for each in after.dependencies}, {each.key for each in after.activities}
        for each in after.overlay:
            if each.kind is OverlayKind.LINK and each.name not in links and each.activity in rows:
                entries.pop(each.key, None)  # somebody removed the link
    found = tuple(entries.values())
    return after if found == after.overlay else dataclasses.replace(after, overlay=found)


def without_entry(plan: Plan, entry: OverlayEntry) -> Plan:
    """The plan as its source says it, as far as this entry goes."""
    plan = dataclasses.replace(plan, overlay=tuple(each for each in plan.overlay if each.key != entry.key))
    if entry.kind is OverlayKind.LINK:
        links = tuple(each for each in plan.dependencies if each.key != entry.name)
        if entry.beneath.link is not None and any(each.key == entry.activity for each in plan.activities):
            links = (*links, entry.beneath.link)
        return dataclasses.replace(plan, dependencies=links)
    if entry.kind is OverlayKind.OPTION:
        return _with_option(plan, entry.name, entry.beneath.text)
    if not entry.activity:
        return dataclasses.replace(plan, calendar=entry.beneath.text)
    return dataclasses.replace(
        plan,
        activities=tuple(
            _told(each, entry.kind, entry.name, entry.beneath) if each.key == entry.activity else each
            for each in plan.activities
        ),
    )


def moved_entry(plan: Plan, entry: OverlayEntry, activity: str) -> Plan:
    """The plan with the entry on another activity, and off the one it was on."""
    plan = without_entry(plan, entry)
    link = entry.value.link
    if link is not None:
        link = dataclasses.replace(link, successor=activity)
    entry = dataclasses.replace(
        entry,
        activity=activity,
        name=link.key if link is not None else entry.name,
        value=dataclasses.replace(entry.value, link=link),
        beneath=_NOTHING,
    )
    others = plan.overlay
    there = next((each for each in others if each.key == entry.key), None)
    plan, _orphans = apply_overlay(plan, (entry,))
    if there is not None:  # it takes the place of another one; beneath both lies what the source says
        plan = dataclasses.replace(plan, overlay=(dataclasses.replace(plan.overlay[0], beneath=there.beneath),))
    mine = {each.key for each in plan.overlay}
    return dataclasses.replace(plan, overlay=(*(each for each in others if each.key not in mine), *plan.overlay))


def orphans_of(plan: Plan) -> tuple[OverlayEntry, ...]:
    """Entries whose activity the plan does not hold."""
    keys = {each.key for each in plan.activities}
    return tuple(each for each in plan.overlay if each.activity and each.activity not in keys)


def _edits(before: Plan, after: Plan) -> Iterable[tuple[str, OverlayKind, str, OverlayValue, OverlayValue]]:
    """Every value of an overlay kind that differs: activity, kind, name, the value before and after."""
    if before.calendar != after.calendar:
        yield "", OverlayKind.CALENDAR, "", OverlayValue(text=before.calendar), _calendar(after, after.calendar)
    for name in SETTABLE if before.options != after.options else ():
        first, then = (OverlayValue(text=option_text(each.options, name)) for each in (before, after))
        if first != then:
            yield "", OverlayKind.OPTION, name, first, then
    old = {each.key: each for each in before.activities} if before.activities is not after.activities else {}
    for row in after.activities if old else ():
        was = old.get(row.key)
        if was is None or was is row:
            continue
        for kind in _PLAIN:
            value = _value(row, kind, "")
            if _value(was, kind, "") != value:
                if kind is OverlayKind.CALENDAR:
                    value = _calendar(after, row.calendar)
                yield row.key, kind, "", _value(was, kind, ""), value
        for kind, said, now in (
            (OverlayKind.CODE, was.codes, row.codes),
            (OverlayKind.FIELD, was.fields, row.fields),
        ):
            for name in sorted({*said, *now}) if said != now else ():
                if said.get(name, "") != now.get(name, ""):
                    yield row.key, kind, name, _value(was, kind, name), _value(row, kind, name)
    if before.dependencies is not after.dependencies:
        links = {each.key: each for each in before.dependencies if each.predecessor_project}
        for link in after.dependencies:
            if link.predecessor_project and links.get(link.key) != link:
                yield (
                    link.successor, OverlayKind.LINK, link.key,
                    OverlayValue(link=links.get(link.key)), OverlayValue(link=link),
                )  # fmt: skip


_PLAIN = (
    OverlayKind.RESPONSIBLE,
    OverlayKind.THREE_POINT,
    OverlayKind.COMMITTED,
    OverlayKind.DEADLINE,
    OverlayKind.CALENDAR,
)


def _value(row: Activity, kind: OverlayKind, name: str) -> OverlayValue:
    match kind:
        case OverlayKind.RESPONSIBLE:
            return OverlayValue(text=row.responsible)
        case OverlayKind.THREE_POINT:
            return OverlayValue(three_point=row.three_point)
        case OverlayKind.COMMITTED:
            return OverlayValue(flag=row.is_committed)
        case OverlayKind.DEADLINE:
            return OverlayValue(moment=row.deadline)
        case OverlayKind.CALENDAR:
            return OverlayValue(text=row.calendar)
        case OverlayKind.CODE:
            return OverlayValue(text=row.codes.get(name, ""))
        case OverlayKind.FIELD:
            return OverlayValue(text=row.fields.get(name, ""))
        case OverlayKind.LINK | OverlayKind.OPTION:
            raise AssertionError("links and options are no fields of an activity")


def _told(row: Activity, kind: OverlayKind, name: str, value: OverlayValue) -> Activity:
    match kind:
        case OverlayKind.RESPONSIBLE:
            return dataclasses.replace(row, responsible=value.text)
        case OverlayKind.THREE_POINT:
            return dataclasses.replace(row, three_point=value.three_point)
        case OverlayKind.COMMITTED:
            return dataclasses.replace(row, is_committed=value.flag)
        case OverlayKind.DEADLINE:
            return dataclasses.replace(row, deadline=value.moment)
        case OverlayKind.CALENDAR:
            return dataclasses.replace(row, calendar=value.text)
        case OverlayKind.CODE:
            return dataclasses.replace(row, codes=_with(row.codes, name, value.text))
        case OverlayKind.FIELD:
            return dataclasses.replace(row, fields=_with(row.fields, name, value.text))
        case OverlayKind.LINK | OverlayKind.OPTION:
            raise AssertionError("links and options are no fields of an activity")


def _with_option(plan: Plan, name: str, text: str) -> Plan:
    return dataclasses.replace(plan, options=with_option(plan.options, name, text))


def _with(said: Mapping[str, str], name: str, text: str) -> dict[str, str]:
    found: dict[str, Any] = {key: value for key, value in said.items() if key != name}
    return {**found, name: text} if text else found


def _with_calendar(plan: Plan, entry: OverlayEntry) -> Plan:
    """The plan holding the entry's calendar, when it has none of that key itself."""
    calendar = entry.value.calendar
    if calendar is None or any(each.key == calendar.key for each in plan.calendars):
        return plan
    return dataclasses.replace(plan, calendars=(*plan.calendars, calendar))


def _calendar(plan: Plan, key: str) -> OverlayValue:
    return OverlayValue(text=key, calendar=next((each for each in plan.calendars if each.key == key), None))


def _same(one: OverlayValue, other: OverlayValue) -> bool:
    """Whether two values say the same; the calendar travels along and says nothing itself."""
    return dataclasses.replace(one, calendar=None) == dataclasses.replace(other, calendar=None)
