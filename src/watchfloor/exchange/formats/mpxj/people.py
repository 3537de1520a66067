"""Resources and assignments that MPXJ read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from watchfloor.exchange.formats.assignments import added
from watchfloor.exchange.formats.mpxj.calendars import calendar_key
from watchfloor.exchange.formats.mpxj.fields import CustomFields, carried_codes
from watchfloor.exchange.formats.mpxj.java import Units, real, text, unit_of
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import WORK_TICKS_MAX
from watchfloor.plans.document import Assignment, Resource

_KINDS = {"WORK": "person", "NON_LABOR": "equipment", "MATERIAL": "material", "COST": "cost"}


def convert_resources(
    project: Any, *, primavera: bool, units: Units, custom: CustomFields, places: Any
) -> dict[int, Resource]:
    """Resources by MPXJ's number; their keys are P6's resource ids, or MS Project's numbers."""
    found: dict[int, Resource] = {}
    taken: set[str] = set()
    for row in project.getResources():
        name = text(row.getName())
        if row.getNull() or (not name and text(row.getUniqueID()) == "0"):
            continue
        fields, codes = custom.read("resource", row, units)
        if primavera:
            codes = carried_codes("resource", row.getResourceCodeValues(), places)
            key = text(row.getResourceID()) or name
            key = f"role:{key}" if row.getRole() else key
        else:
            key = text(row.getUniqueID())
            about = (("Group", row.getGroup()), ("Code", row.getCode()), ("Initials", row.getInitials()))
            fields = {**{label: text(value) for label, value in about if text(value)}, **fields}
        if key in taken or not key:
            key = f"{key} #{text(row.getUniqueID())}"
        taken.add(key)
        units_max = real(row.getMaxUnits())
        kind = row.getType()
        found[int(row.getUniqueID())] = Resource(
            key=key,
            name=name or key,
            kind=_KINDS.get(str(kind.name()), "person") if kind is not None else "person",
            calendar=calendar_key(row.getCalendar()),
            capacity=units_max / 100 if units_max is not None and 0 <= units_max < 1e11 else 1.0,
            rate_minor=_rate(row.getStandardRate(), units),
            email=text(row.getEmailAddress()),
            codes=codes,
            fields=fields,
        )
    return found


def _rate(rate: Any, units: Units) -> int | None:
    """A rate per hour; MPXJ gives it per the unit the user chose."""
    if rate is None:
        return None
    amount = real(rate.getAmount())
    if not amount:
        return None
    minutes = units.minutes_of(str(rate.getUnits().name())) if rate.getUnits() is not None else 60.0
    return units.minor_of(amount * 60.0 / minutes) if minutes else units.minor_of(amount)


def convert_assignments(
    project: Any,
    *,
    keys: dict[int, str],
    people: dict[int, Resource],
    accounts: Mapping[int, str],
    custom: CustomFields,
    primavera: bool,
    units: Units,
    remarks: Remarks,
) -> tuple[Assignment, ...]:
    merged: dict[str, Assignment] = {}
    for row in project.getResourceAssignments():
        task, resource = row.getTaskUniqueID(), row.getResourceUniqueID()
        if resource is None and primavera:
            resource = row.getRoleUniqueID()
        activity = keys.get(int(task)) if task is not None else None
        person = people.get(int(resource)) if resource is not None else None
        if activity is None or person is None:
            # MS Project writes an empty assignment for every task without resources.
            if primavera:
                remarks.note(
                    "mpxj.assignment_incomplete", "assignments", "An assignment lacks its activity or resource."
                )
            continue
        role = people.get(int(row.getRoleUniqueID())) if row.getRoleUniqueID() is not None else None
        account = row.getCostAccountUniqueID()
        assignment = replace(
            _assignment(row, activity, person, primavera=primavera, units=units),
            role=role.key if role is not None and role.key != person.key else "",
            cost_account=accounts.get(int(account), "") if account is not None else "",
            fields=custom.read("assignment", row, units)[0],
        )
        before = merged.get(assignment.key)
        if before is not None:
            remarks.note("mpxj.assignment_twice", "assignments", "The same resource twice on one activity: added up.")
            assignment = added(before, assignment)
        merged[assignment.key] = assignment
    return tuple(merged.values())


def _assignment(row: Any, activity: str, person: Resource, *, primavera: bool, units: Units) -> Assignment:
    material = person.kind == "material"
    planned = units.minor(row.getPlannedCost() if primavera else row.getBaselineCost())
    cost, actual = units.minor(row.getCost()), units.minor(row.getActualCost())
    remaining = units.minor(row.getRemainingCost())
    priced = any((planned, cost, actual, remaining))
    share = real(row.getUnits()) or 0.0

    def work(duration: Any) -> int:
        if material or duration is None or unit_of(duration) == "PERCENT":
            return 0
        return units.ticks(duration, bound=WORK_TICKS_MAX) or 0

    planned_work = row.getPlannedWork() if primavera else row.getWork()
    quantity = real(row.getPlannedMaterial() if primavera else row.getMaterial()) if material else None
    return Assignment(
        activity=activity,
        resource=person.key,
        units=quantity if quantity is not None else share / 100,
        work_ticks=work(planned_work),
        actual_work_ticks=work(row.getActualWork()),
        remaining_work_ticks=work(row.getRemainingWork()),
        budget_minor=(planned if planned is not None else cost) if priced else None,
        actual_cost_minor=actual if priced else None,
        remaining_cost_minor=remaining if priced else None,
    )
