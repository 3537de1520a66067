"""Plan → MS Project XML (MSPDI), so that MS Project and its kin open what is planned here.

Numbers are ours: an activity's UID is its place in the file, and its code stands in ``WBS``, where the reader looks for
it. Codes and custom fields become the task's text fields under their own names, since MS Project has ten outline codes
and thirty texts. What the format cannot say comes back as remarks, in the same words a reader would use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from watchfloor.exchange.formats.mspdi.wording import amount_text, clock_text, duration_text, fill
from watchfloor.exchange.formats.values import minor_digits
from watchfloor.plans.document import (
    MILESTONES,
    TICKS_PER_HOUR,
    Activity,
    ActivityKind,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    OutOfSequence,
    PercentKind,
    Plan,
    PlanBaseline,
    Remark,
    Shift,
    WbsNode,
    WorkCalendar,
)

_NAMESPACE = "http://schemas.microsoft.com/project"
_CONSTRAINTS = {
    ConstraintKind.AS_LATE_AS_POSSIBLE: 1,
    ConstraintKind.MANDATORY_START: 2,
    ConstraintKind.MANDATORY_FINISH: 3,
    ConstraintKind.START_NO_EARLIER: 4,
    ConstraintKind.START_NO_LATER: 5,
    ConstraintKind.FINISH_NO_EARLIER: 6,
    ConstraintKind.FINISH_NO_LATER: 7,
    # P6's softer kind has no other word here than the hard one.
    ConstraintKind.START_ON: 2,
    ConstraintKind.FINISH_ON: 3,
}
_LINKS = {DependencyKind.FF: 0, DependencyKind.FS: 1, DependencyKind.SF: 2, DependencyKind.SS: 3}
_LAG_WORKING, _LAG_ELAPSED, _LAG_PERCENT = 5, 6, 19
_WORKING_HOURS, _ELAPSED_HOURS, _ELAPSED_DAYS = 5, 6, 8
# Field numbers of Text1 … Text30 of a task.
_TEXTS = (*range(188743731, 188743744, 3), *range(188743746, 188743751), *range(188743997, 188744017))
_RESOURCE_KINDS = {"material": 0}
_WORK_RESOURCE = 1
_DEPTH_MAX = 200
_BASELINES_MAX = 11


@dataclass(slots=True)
class _Writer:
    plan: Plan
    first_uid: int
    uid: dict[str, int] = field(default_factory=dict)  # activity key → UID
    calendar: dict[str, int] = field(default_factory=dict)
    resource: dict[str, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)  # name of a code or field → number of its text field
    remarks: list[Remark] = field(default_factory=list)


def write_mspdi(plan: Plan, path: Path, *, first_uid: int = 1) -> tuple[Remark, ...]:
    """Write one plan as MSPDI, its tasks numbered from ``first_uid``; returns what the format could not say.

    Baselines of the plan become Baseline, Baseline 1 … 10; the budget of an activity is the cost of the first. Links
    into other projects, the kinds of float and how progress overrides logic have no place in the format.
    """
    writer = _Writer(plan, first_uid)
    root = Element("Project", xmlns=_NAMESPACE)
    _header(writer, root)
    _definitions(writer, SubElement(root, "ExtendedAttributes"))
    _calendars(writer, SubElement(root, "Calendars"))
    _tasks(writer, SubElement(root, "Tasks"))
    _resources(writer, SubElement(root, "Resources"))
    _assignments(writer, SubElement(root, "Assignments"))
    indent(root)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return tuple(writer.remarks)


def _header(writer: _Writer, root: Element) -> None:
    plan = writer.plan
    for number, calendar in enumerate(plan.calendars, start=1):
        writer.calendar[calendar.key] = number
    default = next((each for each in plan.calendars if each.key == plan.calendar), None)
    hours = default.hours_per_day if default is not None else 8.0
    fill(
        root,
        SaveVersion=14,
        Name=f"{plan.code}.xml",
        Title=plan.name,
        ScheduleFromStart=not plan.options.from_finish,
        StartDate=plan.start,
        FinishDate=plan.must_finish_by,
        CriticalSlackLimit=round(plan.options.critical_float_ticks / (hours * TICKS_PER_HOUR)),
        CurrencyDigits=minor_digits(plan.currency),
        CurrencySymbol=plan.currency,
        CurrencyCode=plan.currency,
        CalendarUID=writer.calendar.get(plan.calendar),
        MinutesPerDay=round(hours * 60),
        MinutesPerWeek=round(hours * 300),
        DaysPerMonth=20,
        HonorConstraints=plan.options.honour_constraints,
        SplitsInProgressTasks=plan.options.out_of_sequence is not OutOfSequence.PROGRESS_OVERRIDE,
        MultipleCriticalPaths=plan.options.open_ends_critical,
        MoveRemainingStartsForward=plan.options.data_date_is_floor,
        StatusDate=plan.data_date,
        CurrentDate=plan.data_date,
    )


def _definitions(writer: _Writer, listing: Element) -> None:
    """One text field per code type and custom field in use, under its own name."""
    plan = writer.plan
    named = [(each.key, each.name) for each in plan.code_types] + [(each.key, each.name) for each in plan.field_types]
    names = dict(named)
    used: dict[str, None] = dict.fromkeys((*plan.codes, *plan.fields))
    for activity in plan.activities:
        used.update(dict.fromkeys((*activity.codes, *activity.fields)))
    for at, name in enumerate(used):
        if at == len(_TEXTS):
            writer.remarks.append(
                Remark(
                    "mspdi.too_many_fields", name, f"The format has {len(_TEXTS)} text fields; the rest is left out."
                )
            )
            break
        writer.texts[name] = _TEXTS[at]
        attribute = SubElement(listing, "ExtendedAttribute")
        fill(attribute, FieldID=_TEXTS[at], FieldName=f"Text{at + 1}", Alias=names.get(name, name))


def _calendars(writer: _Writer, listing: Element) -> None:
    for calendar in writer.plan.calendars:
        _calendar(writer.calendar[calendar.key], calendar, SubElement(listing, "Calendar"))


def _calendar(uid: int, calendar: WorkCalendar, item: Element) -> None:
    fill(item, UID=uid, Name=calendar.name, IsBaseCalendar=True, BaseCalendarUID=-1)
    week = SubElement(item, "WeekDays")
    for weekday, shifts in enumerate(calendar.week):
        day = SubElement(week, "WeekDay")
        fill(day, DayType=(weekday + 1) % 7 + 1, DayWorking=bool(shifts))
        _shifts(shifts, day)
    exceptions = SubElement(item, "Exceptions")
    for each in calendar.exceptions:
        exception = SubElement(exceptions, "Exception")
        fill(exception, EnteredByOccurrences=False)
        period = SubElement(exception, "TimePeriod")
        fill(period, FromDate=f"{each.first}T00:00:00", ToDate=f"{each.last}T23:59:00")
        fill(exception, Name=each.name, Type=1, DayWorking=bool(each.shifts))
        _shifts(each.shifts, exception)


def _shifts(shifts: Iterable[Shift], item: Element) -> None:
    times = SubElement(item, "WorkingTimes")
    for shift in shifts:
        fill(
            SubElement(times, "WorkingTime"), FromTime=clock_text(shift.start_ticks), ToTime=clock_text(shift.end_ticks)
        )


def _tasks(writer: _Writer, listing: Element) -> None:
    """The project's own summary, then the outline: each WBS node as a summary task with what is below it."""
    plan = writer.plan
    root = SubElement(listing, "Task")
    fill(root, UID=0, ID=0, Name=plan.name, OutlineLevel=0, Summary=True)
    _values(writer, root, {**plan.codes, **plan.fields})
    outline = tuple(_outline(writer))
    numbered = tuple(enumerate(outline, start=writer.first_uid))
    writer.uid = {row.key: uid for uid, (row, _) in numbered if isinstance(row, Activity)}
    links: dict[str, list[Dependency]] = {}
    for link in plan.dependencies:
        links.setdefault(link.successor, []).append(link)
    digits = minor_digits(plan.currency)
    baselines = [_planned(baseline, digits) for baseline in plan.baselines[:_BASELINES_MAX]]
    for place, (uid, (row, level)) in enumerate(numbered, start=1):
        item = SubElement(listing, "Task")
        if isinstance(row, WbsNode):
            fill(item, UID=uid, ID=place, Name=row.name, WBS=row.code, OutlineLevel=level, Summary=True)
            continue
        _task(writer, item, row, place=place, level=level)
        for link in links.get(row.key, ()):
            _link(writer, item, link)
        for number, rows in enumerate(baselines):
            if row.key in rows:
                fill(SubElement(item, "Baseline"), Number=number, **rows[row.key])
        _values(writer, item, {**row.codes, **row.fields})


def _outline(writer: _Writer) -> Iterator[tuple[Activity | WbsNode, int]]:
    """Rows with their level, depth first; an activity whose node is missing stands at the top."""
    plan = writer.plan
    nodes: dict[str, list[WbsNode]] = {}
    known = {node.key for node in plan.wbs}
    for node in plan.wbs:
        nodes.setdefault(node.parent if node.parent in known else "", []).append(node)
    inside: dict[str, list[Activity]] = {}
    own: dict[str, Activity] = {}  # a summary activity is the node's own row
    for activity in plan.activities:
        node_key = activity.wbs if activity.wbs in known else ""
        if activity.kind is ActivityKind.SUMMARY and node_key and node_key not in own:
            own[node_key] = activity
        else:
            inside.setdefault(node_key, []).append(activity)
    stack: list[tuple[Activity | WbsNode, int]] = []

    def push(node_key: str, level: int) -> None:
        rows: list[Activity | WbsNode] = [*inside.get(node_key, ()), *nodes.get(node_key, ())]
        stack.extend((row, level) for row in reversed(rows))

    push("", 1)
    while stack:
        row, level = stack.pop()
        if not isinstance(row, WbsNode):
            yield row, level
            continue
        yield own.get(row.key, row), level
        push(row.key, min(level + 1, _DEPTH_MAX))


def _task(writer: _Writer, item: Element, activity: Activity, *, place: int, level: int) -> None:
    digits = minor_digits(writer.plan.currency)
    constraint = _constraint(writer, activity)
    cost = None
    if activity.actual_cost_minor is not None or activity.remaining_cost_minor is not None:
        cost = (activity.actual_cost_minor or 0) + (activity.remaining_cost_minor or 0)
    is_done = activity.actual_finish is not None
    in_progress = activity.actual_start is not None and not is_done
    fill(
        item,
        UID=writer.uid[activity.key],
        ID=place,
        GUID=activity.guid or None,
        Name=activity.name,
        WBS=activity.code or activity.key,
        OutlineLevel=level,
        Priority=activity.priority,
        Duration=duration_text(activity.duration_ticks),
        DurationFormat=_ELAPSED_HOURS if activity.elapsed else _WORKING_HOURS,
        Milestone=activity.kind in MILESTONES,
        Summary=activity.kind is ActivityKind.SUMMARY,
        ExternalTask=activity.kind is ActivityKind.EXTERNAL,
        Manual=activity.manual_start is not None or activity.manual_finish is not None,
        ManualStart=activity.manual_start,
        ManualFinish=activity.manual_finish,
        Start=activity.external_start,
        Finish=activity.external_finish,
        PercentComplete=round(activity.percent_complete),
        PhysicalPercentComplete=None if activity.physical_percent is None else round(activity.physical_percent),
        EarnedValueMethod=int(activity.percent_kind is PercentKind.PHYSICAL),
        ActualStart=activity.actual_start,
        ActualFinish=activity.actual_finish,
        Stop=activity.suspended if in_progress else None,
        Resume=activity.resumed if in_progress else None,
        RemainingDuration=duration_text(activity.remaining_ticks),
        Cost=amount_text(cost, digits),
        ActualCost=amount_text(activity.actual_cost_minor, digits),
        RemainingCost=amount_text(activity.remaining_cost_minor, digits),
        ConstraintType=_CONSTRAINTS[constraint.kind] if constraint else 0,
        ConstraintDate=constraint.on if constraint else None,
        CalendarUID=writer.calendar.get(activity.calendar, -1),
        LevelingDelay=activity.delay_ticks,
        LevelingDelayFormat=_ELAPSED_DAYS if activity.delay_ticks else None,
        Deadline=activity.deadline,
        Notes=activity.notes or None,
    )


def _constraint(writer: _Writer, activity: Activity) -> Constraint | None:
    if len(activity.constraints) > 1:
        writer.remarks.append(
            Remark("mspdi.second_constraint", activity.key, "The format holds one constraint; the first is written.")
        )
    return activity.constraints[0] if activity.constraints else None


def _link(writer: _Writer, item: Element, link: Dependency) -> None:
    before = writer.uid.get(link.predecessor)
    if link.predecessor_project or before is None:
        writer.remarks.append(
            Remark("mspdi.link_to_other_project", link.successor, "A link from another project is left out.")
        )
        return
    if link.lag_percent is not None:
        lag, unit = round(link.lag_percent), _LAG_PERCENT
    else:
        lag, unit = link.lag_ticks, _LAG_ELAPSED if link.lag_elapsed else _LAG_WORKING
    predecessor = SubElement(item, "PredecessorLink")
    fill(predecessor, PredecessorUID=before, Type=_LINKS[link.kind], CrossProject=False, LinkLag=lag, LagFormat=unit)


def _planned(baseline: PlanBaseline, digits: int) -> dict[str, dict[str, object]]:
    keys = (*baseline.start, *baseline.finish, *baseline.duration_ticks, *baseline.cost_minor)
    return {
        key: {
            "Start": baseline.start.get(key),
            "Finish": baseline.finish.get(key),
            "Duration": duration_text(baseline.duration_ticks[key]) if key in baseline.duration_ticks else None,
            "Cost": amount_text(baseline.cost_minor.get(key), digits),
        }
        for key in dict.fromkeys(keys)
    }


def _values(writer: _Writer, item: Element, values: Mapping[str, str]) -> None:
    for name, text in values.items():
        if text and name in writer.texts:
            fill(SubElement(item, "ExtendedAttribute"), FieldID=writer.texts[name], Value=text)


def _resources(writer: _Writer, listing: Element) -> None:
    digits = minor_digits(writer.plan.currency)
    for number, resource in enumerate(writer.plan.resources, start=1):
        writer.resource[resource.key] = number
        fill(
            SubElement(listing, "Resource"),
            UID=number,
            ID=number,
            Name=resource.name,
            Type=_RESOURCE_KINDS.get(resource.kind, _WORK_RESOURCE),
            IsCostResource=resource.kind == "cost",
            Code=resource.key,
            EmailAddress=resource.email or None,
            MaxUnits=f"{resource.capacity:g}",
            StandardRate=None if resource.rate_minor is None else f"{resource.rate_minor / 10**digits:.{digits}f}",
            CalendarUID=writer.calendar.get(resource.calendar, -1),
        )


def _assignments(writer: _Writer, listing: Element) -> None:
    digits = minor_digits(writer.plan.currency)
    for number, each in enumerate(writer.plan.assignments, start=1):
        task, resource = writer.uid.get(each.activity), writer.resource.get(each.resource)
        if task is None or resource is None:
            continue  # the plan names what it does not hold; the store refuses such a plan
        fill(
            SubElement(listing, "Assignment"),
            UID=number,
            TaskUID=task,
            ResourceUID=resource,
            Units=f"{each.units:g}",
            Work=duration_text(each.work_ticks),
            ActualWork=duration_text(each.actual_work_ticks),
            RemainingWork=duration_text(each.remaining_work_ticks),
            Cost=amount_text(each.budget_minor, digits),
            ActualCost=amount_text(each.actual_cost_minor, digits),
            RemainingCost=amount_text(each.remaining_cost_minor, digits),
        )
