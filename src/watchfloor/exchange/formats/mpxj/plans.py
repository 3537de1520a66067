"""Projects that MPXJ read → plans."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.identity import named_by_code
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.mpxj.calendars import calendar_key, convert_calendars
from watchfloor.exchange.formats.mpxj.expenses import convert_cost_accounts, convert_expenses
from watchfloor.exchange.formats.mpxj.fields import carried_codes, convert_codes, find_custom_fields
from watchfloor.exchange.formats.mpxj.java import Units, real, text, unit_of
from watchfloor.exchange.formats.mpxj.notebooks import convert_notebooks
from watchfloor.exchange.formats.mpxj.options import convert_options
from watchfloor.exchange.formats.mpxj.people import convert_assignments, convert_resources
from watchfloor.exchange.formats.mpxj.tasks import Setting, convert_task
from watchfloor.exchange.formats.outline import place_in_outline
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import Moments
from watchfloor.plans.document import Activity, Dependency, DependencyKind, Plan, PlanBaseline, WbsNode

_LINKS = {
    "FINISH_START": DependencyKind.FS,
    "START_START": DependencyKind.SS,
    "FINISH_FINISH": DependencyKind.FF,
    "START_FINISH": DependencyKind.SF,
}
_BASELINE_FIELD = re.compile(r"BASELINE(\d*)_(START|FINISH|DURATION|COST)")


@dataclass(slots=True)
class _Project:
    """One project while it is converted: its code, and the keys of its tasks by MPXJ's number."""

    java: Any
    code: str
    units: Units
    tasks: list[tuple[Any, str]]  # scheduled ones, with their key
    keys: dict[int, str]
    root: Any = None


def convert_projects(
    jpype: Any,
    projects: list[Any],
    *,
    source_name: str,
    primavera: bool,
    has_baselines: bool,
    limits: Limits,
    remarks: Remarks,
) -> tuple[Plan, ...]:
    """All plans of one file; links between them name the other project's code."""
    moments = Moments(remarks, "mpxj")
    gathered: list[_Project] = []
    taken: set[str] = set()
    for java in projects:
        code = _code(java, source_name, primavera=primavera)
        if code in taken:
            code = f"{code} #{len(taken) + 1}"
        taken.add(code)
        units = Units(java.getProjectProperties(), _currency(java), moments)
        gathered.append(_gather(java, code, units, primavera=primavera, limits=limits, remarks=remarks))
    by_identity = {int(each.java.hashCode()): each for each in gathered}
    plans = tuple(
        _plan(jpype, each, by_identity, primavera=primavera, limits=limits, remarks=remarks) for each in gathered
    )
    if not primavera and len(plans) == 1:  # links between several are told with the keys the tool gave
        plans = (named_by_code(plans[0]),)
    if not has_baselines:
        plans = tuple(replace(plan, baselines=()) for plan in plans)
    for each in projects:
        for error in list(each.getIgnoredErrors())[:50]:
            remarks.note("mpxj.ignored", "file", f"MPXJ passed over: {error!s:.200}")
    return plans


def _code(java: Any, source_name: str, *, primavera: bool) -> str:
    properties = java.getProjectProperties()
    if primavera:
        return text(properties.getProjectID()) or text(properties.getName()) or PurePath(source_name).stem
    return PurePath(source_name).stem


def _currency(java: Any) -> str:
    code = text(java.getProjectProperties().getCurrencyCode())
    if not code:
        # P6 lists its currencies; amounts are in the one that all rates refer to.
        code = next(
            (text(each.getCurrencyID()) for each in java.getCurrencies() if real(each.getExchangeRate()) == 1), ""
        )
    return code if len(code) == 3 and code.isascii() and code.isalpha() and code.isupper() else ""


def _gather(java: Any, code: str, units: Units, *, primavera: bool, limits: Limits, remarks: Remarks) -> _Project:
    """Which tasks count, and under which key; the project's own summary is set apart."""
    found = _Project(java, code, units, [], {})
    taken: set[str] = set()
    for task in java.getTasks():
        if task.getNull():
            continue
        level = int(real(task.getOutlineLevel()) or 0)
        if not primavera and found.root is None and not found.tasks and level == 0:
            found.root = task
            continue
        if not primavera and not task.getActive():
            detail = "Inactive tasks and their links are left out; MS Project does not schedule them."
            remarks.note("mpxj.inactive", f"task {text(task.getUniqueID())}", detail)
            continue
        is_node = primavera and task.getActivityType() is None and bool(task.getSummary())
        key = text(task.getActivityID()) if primavera else text(task.getUniqueID())
        if is_node:
            key = _below(text(task.getWBS()), code)
        elif not key or key in taken:
            remarks.note("mpxj.code_repeated", f"task {key}", "Two activities share one id; the number was added.")
            key = f"{key} #{text(task.getUniqueID())}"
        if not is_node:
            taken.add(key)
            found.keys[int(task.getUniqueID())] = key
        found.tasks.append((task, key))
        if len(found.tasks) > limits.activities:
            raise UnreadableFile("file.limit", f"The file has more than {limits.activities:,} activities.")
    return found


def _below(path: str, code: str) -> str:
    """A WBS path without the project's own code before it."""
    if path == code:
        return ""
    return path.removeprefix(f"{code}.")


def _plan(
    jpype: Any, own: _Project, others: Mapping[int, _Project], *, primavera: bool, limits: Limits, remarks: Remarks
) -> Plan:
    java, units = own.java, own.units
    properties = java.getProjectProperties()
    custom = find_custom_fields(java, primavera=primavera)
    code_types, places = convert_codes(
        {
            "activity": java.getActivityCodes(),
            "project": java.getProjectCodes(),
            "resource": java.getResourceCodes(),
        }
        if primavera
        else {}
    )
    hours = jpype.JClass("org.mpxj.TimeUnit").HOURS
    setting = Setting(units, remarks, primavera, calendar_key(java.getDefaultCalendar()), hours)
    converted: list[tuple[Any, Activity]] = []
    nodes: list[WbsNode] = []
    for task, key in own.tasks:
        if primavera and task.getActivityType() is None and bool(task.getSummary()):
            if key:
                node_fields, _ = custom.read("activity", task, units)
                nodes.append(replace(_node(task, key, own.code), fields=node_fields, notebooks=convert_notebooks(task)))
            continue
        fields, codes = custom.read("activity", task, units)
        if primavera:
            codes = carried_codes("activity", task.getActivityCodeValues(), places)
        converted.append((task, convert_task(task, key=key, setting=setting, codes=codes, fields=fields)))
    if primavera:
        activities = tuple(replace(activity, wbs=_wbs_of(task, own.code)) for task, activity in converted)
    else:
        rows = [(activity, int(real(task.getOutlineLevel()) or 1)) for task, activity in converted]
        activities, outline = place_in_outline(rows, depth_max=limits.depth, remarks=remarks)
        nodes.extend(outline)
    people = convert_resources(java, primavera=primavera, units=units, custom=custom, places=places)
    project_fields, project_codes = custom.read("project", properties, units)
    if own.root is not None:
        root_fields, root_codes = custom.read("activity", own.root, units)
        project_fields, project_codes = {**root_fields, **project_fields}, {**root_codes, **project_codes}
    if not primavera:
        project_fields = {**_about(properties), **project_fields}
    if primavera:
        project_codes = carried_codes("project", properties.getProjectCodeValues(), places)
    accounts = convert_cost_accounts(java) if primavera else {}
    account_keys = {identity: account.key for identity, account in accounts.items()}
    activity_tasks = [(task, key) for task, key in own.tasks if int(task.getUniqueID()) in own.keys]
    expenses = convert_expenses(activity_tasks, account_keys, units) if primavera else ()
    notebooks = convert_notebooks(properties) if primavera else ()
    name = text(properties.getName() if primavera else properties.getProjectTitle())
    from_finish = str(properties.getScheduleFrom().name()) == "FINISH" if properties.getScheduleFrom() else False
    finish = properties.getMustFinishBy() if primavera else properties.getFinishDate() if from_finish else None
    return Plan(
        code=own.code,
        name=name or own.code,
        currency=_currency(java),
        data_date=_data_date(properties, units, primavera=primavera, remarks=remarks),
        start=units.moment(
            (properties.getPlannedStart() if primavera else None) or properties.getStartDate(), "project start"
        ),
        must_finish_by=units.moment(finish, "project finish"),
        calendar=setting.default_calendar,
        options=convert_options(properties, units, primavera=primavera, from_finish=from_finish),
        calendars=convert_calendars(jpype, java, remarks),
        wbs=tuple(nodes),
        activities=activities,
        dependencies=_dependencies(own, others, remarks),
        resources=tuple(people.values()),
        assignments=convert_assignments(
            java,
            keys=own.keys,
            people=people,
            accounts=account_keys,
            custom=custom,
            primavera=primavera,
            units=units,
            remarks=remarks,
        ),
        code_types=(*code_types, *custom.code_types()),
        field_types=custom.field_types(),
        baselines=_baselines(own, java, units),
        fields=project_fields,
        codes=project_codes,
        cost_accounts=tuple(accounts.values()),
        expenses=expenses,
        notebooks=notebooks,
        guid=text(properties.getGUID()),
    )


def _about(properties: Any) -> dict[str, str]:
    said = {
        "Subject": properties.getSubject(),
        "Category": properties.getCategory(),
        "Company": properties.getCompany(),
        "Manager": properties.getManager(),
        "Author": properties.getAuthor(),
    }
    return {name: text(value) for name, value in said.items() if text(value)}


def _node(task: Any, key: str, code: str) -> WbsNode:
    parent = task.getParentTask()
    parent_key = _below(text(parent.getWBS()), code) if parent is not None else ""
    own = key.removeprefix(f"{parent_key}.") if parent_key else key
    return WbsNode(key=key, name=text(task.getName()), parent=parent_key, code=own)


def _wbs_of(task: Any, code: str) -> str:
    parent = task.getParentTask()
    return _below(text(parent.getWBS()), code) if parent is not None else ""


def _dependencies(own: _Project, others: Mapping[int, _Project], remarks: Remarks) -> tuple[Dependency, ...]:
    found: dict[str, Dependency] = {}
    for task, key in own.tasks:
        if int(task.getUniqueID()) not in own.keys:
            continue
        for relation in task.getPredecessors():
            before = relation.getPredecessorTask()
            home = others.get(int(before.getParentFile().hashCode())) if before is not None else None
            predecessor = home.keys.get(int(before.getUniqueID())) if home is not None else None
            if home is None or predecessor is None:
                remarks.note("mpxj.link_without_task", f"task {key}", "A link to a task that is not scheduled.")
                continue
            link = _dependency(relation, predecessor, key, own.units, "" if home is own else home.code)
            if link.key in found:
                remarks.note("mpxj.link_twice", f"task {key}", "The same link twice; the first is kept.")
                continue
            found[link.key] = link
    return tuple(found.values())


def _dependency(relation: Any, predecessor: str, successor: str, units: Units, project: str) -> Dependency:
    lag = relation.getLag()
    unit = unit_of(lag) if lag is not None else "MINUTES"
    percent = float(lag.getDuration()) if unit in {"PERCENT", "ELAPSED_PERCENT"} else None
    return Dependency(
        predecessor=predecessor,
        successor=successor,
        kind=_LINKS.get(str(relation.getType().name()), DependencyKind.FS),
        lag_ticks=units.ticks(lag) or 0,
        lag_elapsed=unit.startswith("ELAPSED"),
        lag_percent=percent,
        predecessor_project=project,
    )


def _baselines(own: _Project, java: Any, units: Units) -> tuple[PlanBaseline, ...]:
    numbers = set()
    for field in java.getPopulatedFields():
        if str(field.getFieldTypeClass().name()) == "TASK" and field.getClass().getSimpleName() == "TaskField":
            match = _BASELINE_FIELD.fullmatch(str(field.name()))
            if match:
                numbers.add(int(match[1] or 0))
    return tuple(found for number in sorted(numbers) if (found := _baseline(number, own, units)).start or found.finish)


def _baseline(number: int, own: _Project, units: Units) -> PlanBaseline:
    start: dict[str, datetime] = {}
    finish: dict[str, datetime] = {}
    duration: dict[str, int] = {}
    cost: dict[str, int] = {}
    which = (number,) if number else ()
    for task, _ in own.tasks:
        key = own.keys.get(int(task.getUniqueID()))
        if key is None:
            continue
        place = f"task {key}, baseline {number}"
        if (starts := units.moment(task.getBaselineStart(*which), place)) is not None:
            start[key] = starts
        if (finishes := units.moment(task.getBaselineFinish(*which), place)) is not None:
            finish[key] = finishes
        if (lasts := units.ticks(task.getBaselineDuration(*which))) is not None:
            duration[key] = lasts
        if (costs := units.minor(task.getBaselineCost(*which))) is not None:
            cost[key] = costs
    return PlanBaseline(f"Baseline {number}" if number else "Baseline", start, finish, duration, cost)


def _data_date(properties: Any, units: Units, *, primavera: bool, remarks: Remarks) -> datetime | None:
    status = units.moment(properties.getStatusDate(), "status date")
    if status is not None or primavera:
        return status
    # Where the file holds no current date, MPXJ gives the moment of reading, to the nanosecond.
    current = properties.getCurrentDate()
    stored = units.moment(current, "current date") if current is not None and current.getNano() == 0 else None
    saved = stored or units.moment(properties.getLastSaved(), "date of saving")
    if saved is None:
        remarks.note("plan.no_status_date", "status date", "No status date is set, and none of saving either.")
    else:
        remarks.note("plan.no_status_date", "status date", "No status date is set; the day of saving is used instead.")
    return saved
