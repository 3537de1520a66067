"""What every reader promises about references, made true for files that break them.

In a document every calendar that an activity or resource names, every WBS node and every parent exists or is empty, and
every plan has a default calendar. A broken reference is emptied and remarked; it never reaches a schedule.
"""

from __future__ import annotations

from dataclasses import replace

from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.shifts import STANDARD_WEEK
from watchfloor.plans.document import Activity, Plan, PlanDocument, Resource, WbsNode, WorkCalendar

STANDARD = WorkCalendar("standard", "Standard", STANDARD_WEEK)


def tidied(document: PlanDocument) -> PlanDocument:
    """The document with sound references, and a remark per kind of reference that was not."""
    remarks = Remarks()
    plans = tuple(_tidied(plan, remarks) for plan in document.plans)
    return replace(document, plans=plans, remarks=(*document.remarks, *remarks.rows()))


def _tidied(plan: Plan, remarks: Remarks) -> Plan:
    calendars = plan.calendars
    default = plan.calendar
    known = {calendar.key for calendar in calendars}
    if default not in known:
        if STANDARD.key not in known:
            calendars = (*calendars, STANDARD)
            known.add(STANDARD.key)
        default = STANDARD.key
        detail = "The project names no calendar of the file; Monday to Friday 8-12 and 13-17 is used."
        remarks.note("plan.no_calendar", f"project {plan.code}", detail)
    nodes = {node.key for node in plan.wbs}

    def activity(each: Activity) -> Activity:
        calendar = _held(each.calendar, known, f"activity {each.key}", "calendar", remarks)
        wbs = _held(each.wbs, nodes, f"activity {each.key}", "WBS node", remarks)
        return each if (calendar, wbs) == (each.calendar, each.wbs) else replace(each, calendar=calendar, wbs=wbs)

    def resource(each: Resource) -> Resource:
        calendar = _held(each.calendar, known, f"resource {each.key}", "calendar", remarks)
        return each if calendar == each.calendar else replace(each, calendar=calendar)

    def node(each: WbsNode) -> WbsNode:
        parent = _held(each.parent, nodes, f"WBS node {each.key}", "parent", remarks)
        return each if parent == each.parent else replace(each, parent=parent)

    return replace(
        plan,
        calendar=default,
        calendars=calendars,
        wbs=tuple(node(each) for each in plan.wbs),
        activities=tuple(activity(each) for each in plan.activities),
        resources=tuple(resource(each) for each in plan.resources),
    )


def _held(key: str, known: set[str], place: str, kind: str, remarks: Remarks) -> str:
    if not key or key in known:
        return key
    remarks.note("plan.broken_reference", place, f"A {kind} that the file does not hold; the reference is left out.")
    return ""
