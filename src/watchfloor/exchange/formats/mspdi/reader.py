"""MS Project XML (MSPDI) → PlanDocument."""

from __future__ import annotations

import ntpath
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from watchfloor.exchange.formats.assignments import added
from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.identity import named_by_code
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.mspdi import leftovers
from watchfloor.exchange.formats.mspdi.calendars import OwnCalendar, read_calendar, resolve
from watchfloor.exchange.formats.mspdi.elements import Item, stream
from watchfloor.exchange.formats.mspdi.fields import Definitions
from watchfloor.exchange.formats.mspdi.people import read_assignment, read_resource
from watchfloor.exchange.formats.mspdi.tasks import Planned, TaskRead, read_task
from watchfloor.exchange.formats.mspdi.values import code_number
from watchfloor.exchange.formats.outline import place_in_outline
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import DURATION_TICKS_MAX, Moments, guid, number
from watchfloor.plans.document import (
    ActivityKind,
    Assignment,
    Dependency,
    FloatKind,
    LagCalendar,
    OutOfSequence,
    Plan,
    PlanBaseline,
    PlanDocument,
    Resource,
    ScheduleOptions,
)


@dataclass(slots=True)
class _Gathered:
    calendars: dict[str, OwnCalendar] = field(default_factory=dict)
    definitions: Definitions = field(default_factory=Definitions)
    tasks: list[TaskRead] = field(default_factory=list)
    task_items: list[Item] = field(default_factory=list)
    resources: dict[str, Resource] = field(default_factory=dict)
    assignments: dict[tuple[str, str], Assignment] = field(default_factory=dict)
    spread: int = 0


def read_mspdi(path: Path, *, name: str, limits: Limits) -> PlanDocument:
    """The document an MS Project XML file holds. Raises UnreadableFile when it is none, or passes a limit."""
    remarks = Remarks(limits.remarks)
    moments = Moments(remarks, "mspdi")
    currency = _currency(path, limits)
    got = _Gathered()
    header: Item | None = None
    for listing, item in stream(path, limits=limits):
        if listing == "Project":
            header = item
        else:
            _take(listing, item, got, currency=currency, limits=limits, moments=moments, remarks=remarks)
    assert header is not None
    if not got.tasks and not header.text("StartDate") and not got.calendars:
        raise UnreadableFile(
            "file.not_a_plan", "The XML file holds no tasks and no project.", "Save the project as XML from MS Project."
        )
    if got.spread:
        remarks.note(
            "mspdi.spread", "TimephasedData", "Work and cost per day are not kept, only their totals.", count=got.spread
        )
    leftovers.remark_header(header, remarks)
    plan = named_by_code(_plan(name, header, got, currency=currency, limits=limits, moments=moments, remarks=remarks))
    return PlanDocument(
        format="mspdi",
        source_name=name,
        plans=(plan,),
        tool=_tool(header),
        remarks=remarks.rows(),
    )


def _currency(path: Path, limits: Limits) -> str:
    """The currency's code: amounts come before it is needed only in files that other tools write."""
    start = path.open("rb")
    with start:
        text = start.read(64 * 1024)
    _, _, rest = text.partition(b"<CurrencyCode>")
    code = rest[:3].decode("ascii", "replace")
    return code if len(code) == 3 and code.isalpha() and code.isupper() else ""


def _take(
    listing: str,
    item: Item,
    got: _Gathered,
    *,
    currency: str,
    limits: Limits,
    moments: Moments,
    remarks: Remarks,
) -> None:
    if listing == "Calendars":
        own = read_calendar(item, remarks)
        got.calendars[own.key] = own
    elif listing == "ExtendedAttributes":
        got.definitions.add_field(item)
    elif listing == "OutlineCodes":
        got.definitions.add_code(item)
    elif listing == "Tasks":
        if len(got.tasks) >= limits.activities:
            raise UnreadableFile("file.limit", f"The file has more than {limits.activities:,} tasks.")
        task = read_task(item, currency=currency, definitions=got.definitions, moments=moments, remarks=remarks)
        got.spread += task.has_spread
        got.tasks.append(task)
        leftovers.remark_task(item, remarks)
    elif listing == "Resources":
        resource = read_resource(item, currency=currency, definitions=got.definitions, remarks=remarks)
        if resource is not None:
            got.resources[resource.key] = resource
    elif listing == "Assignments":
        got.spread += item.element.get("spread") == "1"
        assignment = read_assignment(item, currency=currency, definitions=got.definitions, remarks=remarks)
        if assignment is not None:
            pair = assignment.activity, assignment.resource
            got.assignments[pair] = added(got.assignments[pair], assignment) if pair in got.assignments else assignment


def _plan(
    name: str, header: Item, got: _Gathered, *, currency: str, limits: Limits, moments: Moments, remarks: Remarks
) -> Plan:
    minutes_per_day = number(header.text("MinutesPerDay")) or 480.0
    if not 0 < minutes_per_day <= 1440:
        minutes_per_day = 480.0
    root, tasks = _usable(got.tasks, remarks)
    activities, nodes = place_in_outline(
        [(task.activity, task.outline_level) for task in tasks], depth_max=limits.depth, remarks=remarks
    )
    keys = {activity.key for activity in activities}
    resources = got.resources
    assignments = []
    for assignment in got.assignments.values():
        if assignment.activity in keys and assignment.resource in resources:
            assignments.append(assignment)
        elif assignment.activity in keys:
            detail = "An assignment names no resource of the file."
            remarks.note("mspdi.assignment_without_resource", f"task {assignment.activity}", detail)
    code = ntpath.splitext(ntpath.basename(header.text("Name")))[0] or ntpath.splitext(name)[0]
    from_finish = not header.flag("ScheduleFromStart", default=True)
    return Plan(
        code=code,
        name=header.text("Title") or code,
        currency=currency,
        data_date=_data_date(header, moments, remarks),
        start=_moment(header, "StartDate", moments),
        must_finish_by=_moment(header, "FinishDate", moments) if from_finish else None,
        calendar=header.text("CalendarUID"),
        options=_options(header, minutes_per_day=minutes_per_day, from_finish=from_finish),
        calendars=tuple(resolve(got.calendars, minutes_per_day=minutes_per_day).values()),
        wbs=nodes,
        activities=activities,
        dependencies=_dependencies(tasks, keys, remarks),
        resources=tuple(resources.values()),
        assignments=tuple(assignments),
        code_types=got.definitions.code_types(),
        field_types=got.definitions.field_types(),
        baselines=_baselines(tasks),
        fields={**_about(header), **(root.activity.fields if root else {})},
        codes=root.activity.codes if root else {},
        guid=guid(header.text("GUID")),
    )


def _usable(tasks: list[TaskRead], remarks: Remarks) -> tuple[TaskRead | None, list[TaskRead]]:
    """The project's own summary (the first, at level 0), and the tasks that are scheduled."""
    root: TaskRead | None = None
    found: list[TaskRead] = []
    counts = Counter(task.activity.key for task in tasks if not task.is_null)
    for task in tasks:
        key = task.activity.key
        if task.is_null:
            continue
        if root is None and not found and (task.outline_level == 0 or (key == "0" and task.is_summary)):
            root = task
        elif task.is_inactive:
            detail = "Inactive tasks and their links are left out; MS Project does not schedule them."
            remarks.note("mspdi.inactive", f"task {key}", detail)
        elif not key or counts[key] > 1:
            remarks.note("mspdi.task_key", f"task {key}", "A task without a number of its own is left out.")
        else:
            found.append(_with_given_dates(task))
    return root, found


def _with_given_dates(task: TaskRead) -> TaskRead:
    """Work that lives in another file keeps the dates this file gives it."""
    activity = task.activity
    if activity.kind is not ActivityKind.EXTERNAL or activity.stored is None:
        return task
    given = replace(activity, external_start=activity.stored.start, external_finish=activity.stored.finish)
    return replace(task, activity=given)


def _dependencies(tasks: list[TaskRead], keys: set[str], remarks: Remarks) -> tuple[Dependency, ...]:
    found: dict[str, Dependency] = {}
    for task in tasks:
        for link in task.links:
            if link.predecessor not in keys:
                remarks.note(
                    "mspdi.link_without_task", f"task {link.successor}", "A link to a task that is not scheduled."
                )
            elif link.key in found:
                remarks.note("mspdi.link_twice", f"task {link.successor}", "The same link twice; the first is kept.")
            else:
                found[link.key] = link
    return tuple(found.values())


def _options(header: Item, *, minutes_per_day: float, from_finish: bool) -> ScheduleOptions:
    limit = round((number(header.text("CriticalSlackLimit")) or 0.0) * minutes_per_day * 10)
    return ScheduleOptions(
        tool="msproject",
        # Without splits the remaining work stays where progress put it, whatever its predecessors do.
        out_of_sequence=OutOfSequence.RETAINED_LOGIC
        if header.flag("SplitsInProgressTasks", default=True)
        else OutOfSequence.PROGRESS_OVERRIDE,
        lag_calendar=LagCalendar.SUCCESSOR,
        float_kind=FloatKind.SMALLEST,
        critical_float_ticks=max(-DURATION_TICKS_MAX, min(DURATION_TICKS_MAX, limit)),
        open_ends_critical=header.flag("MultipleCriticalPaths"),
        use_expected_finish=False,
        # “Move start of remaining parts before status date forward”: what is left is never in the past.
        data_date_is_floor=header.flag("MoveRemainingStartsForward"),
        honour_constraints=header.flag("HonorConstraints", default=True),
        from_finish=from_finish,
    )


def _baselines(tasks: list[TaskRead]) -> tuple[PlanBaseline, ...]:
    numbers = sorted({number_of for task in tasks for number_of in task.baselines})
    return tuple(_baseline(number_of, tasks) for number_of in numbers)


def _baseline(number_of: int, tasks: list[TaskRead]) -> PlanBaseline:
    rows: dict[str, Planned] = {
        task.activity.key: task.baselines[number_of] for task in tasks if number_of in task.baselines
    }
    return PlanBaseline(
        name=f"Baseline {number_of}" if number_of else "Baseline",
        start={key: row.start for key, row in rows.items() if row.start},
        finish={key: row.finish for key, row in rows.items() if row.finish},
        duration_ticks={key: row.duration_ticks for key, row in rows.items() if row.duration_ticks is not None},
        cost_minor={key: row.cost_minor for key, row in rows.items() if row.cost_minor is not None},
    )


def _data_date(header: Item, moments: Moments, remarks: Remarks) -> datetime | None:
    status = _moment(header, "StatusDate", moments)
    if status is not None:
        return status
    current = _moment(header, "CurrentDate", moments)
    if current is not None:
        remarks.note("plan.no_status_date", "StatusDate", "No status date is set; the day of saving is used instead.")
    return current


def _moment(header: Item, name: str, moments: Moments) -> datetime | None:
    text = header.text(name)
    return moments.read(text, name) if text and text != "NA" else None


def _about(header: Item) -> dict[str, str]:
    names = ("Subject", "Category", "Company", "Manager", "Author")
    return {name: text for name in names if (text := header.text(name))}


def _tool(header: Item) -> str:
    version = code_number(header.text("SaveVersion"))
    names = {9: "2003", 12: "2007", 14: "2010 or later"}
    return f"Microsoft Project {names.get(version, '')}".strip()
