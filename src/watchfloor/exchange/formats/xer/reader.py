"""Primavera P6 XER → PlanDocument: every project of the file, and the links between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import Moments, guid, number, ticks
from watchfloor.exchange.formats.xer import (
    activities,
    codes,
    expenses,
    leftovers,
    notebooks,
    options,
    resources,
    structure,
)
from watchfloor.exchange.formats.xer.activities import Criticality, TaskRow
from watchfloor.exchange.formats.xer.calendars import default_calendar, read_calendars
from watchfloor.exchange.formats.xer.resources import Costs
from watchfloor.exchange.formats.xer.tables import XerFile, read_tables
from watchfloor.plans.document import (
    Activity,
    Assignment,
    Dependency,
    DependencyKind,
    Plan,
    PlanBaseline,
    PlanDocument,
    Resource,
    WorkCalendar,
)

_LINKS = {
    "PR_FS": DependencyKind.FS,
    "PR_SS": DependencyKind.SS,
    "PR_FF": DependencyKind.FF,
    "PR_SF": DependencyKind.SF,
}


class _ProjectRow(NamedTuple):
    proj_id: str
    proj_short_name: str
    clndr_id: str
    acct_id: str
    orig_proj_id: str
    critical_drtn_hr_cnt: str
    critical_path_type: str
    last_recalc_date: str
    plan_start_date: str
    plan_end_date: str
    export_flag: str
    guid: str


class _LinkRow(NamedTuple):
    task_id: str
    pred_task_id: str
    proj_id: str
    pred_proj_id: str
    pred_type: str
    lag_hr_cnt: str


class _CurrencyRow(NamedTuple):
    curr_short_name: str
    curr_type: str
    base_exch_rate: str


@dataclass(slots=True)
class _Gathered:
    """Everything of the file by project id, before the plans are put together."""

    activities: dict[str, list[Activity]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, list[Dependency]] = field(default_factory=lambda: defaultdict(list))
    assignments: dict[str, list[Assignment]] = field(default_factory=dict)


def read_xer(path: Path, *, name: str, limits: Limits) -> PlanDocument:
    """The document an XER file holds. Raises UnreadableFile when it is none, or passes a limit."""
    remarks = Remarks(limits.remarks)
    file = read_tables(path, limits=limits, remarks=remarks)
    moments = Moments(remarks, "xer")
    projects = _projects(file, remarks)
    currency = _currency(file, remarks)
    calendars = read_calendars(file, remarks)
    fallback = default_calendar(file)
    activity_codes = codes.activity_codes(file, remarks)
    project_codes = codes.project_codes(file, remarks)
    resource_codes = codes.resource_codes(file, remarks)
    fields = codes.user_fields(file, remarks)
    wbs = structure.read_wbs(
        file,
        projects={row.proj_id for row in projects.values()},
        fields=fields,
        notebooks=notebooks.node_notebooks(file),
        limits=limits,
        remarks=remarks,
    )
    accounts = expenses.read_cost_accounts(file, remarks)
    main = _main_project(projects)
    pool = resources.read_pool(
        file,
        currency=currency,
        data_date=projects[main].last_recalc_date or "9999",
        codes=resource_codes,
        fields=fields,
        remarks=remarks,
    )
    rows = _task_rows(file, projects, limits, remarks)
    keys = _activity_keys(rows, remarks)
    home = {task.task_id: (task.proj_id, keys[task.task_id]) for task in rows}
    assigned, costs = resources.read_assignments(
        file,
        pool=pool,
        activity_of=home,
        accounts=accounts.key_of,
        fields=fields,
        currency=currency,
        remarks=remarks,
    )
    spent, expense_costs = expenses.read_expenses(
        file, activity_of=home, accounts=accounts.key_of, fields=fields, currency=currency, remarks=remarks
    )
    for task_id, cost in expense_costs.items():
        costs[task_id] = costs.get(task_id, Costs()) + cost
    gathered = _Gathered(assignments=assigned)
    notes = notebooks.activity_notebooks(file)
    names = {identity: pool.resources[key].name for identity, key in pool.key_of_resource.items()}
    project_names = {row.proj_id: code for code, row in projects.items()}
    for task in rows:
        project = projects[project_names[task.proj_id]]
        gathered.activities[task.proj_id].append(
            activities.read_activity(
                task,
                key=keys[task.task_id],
                wbs=wbs.key_of.get(task.wbs_id, ""),
                earning=wbs.earning_of.get(task.wbs_id),
                responsible=names.get(task.rsrc_id, ""),
                codes=activity_codes.carried.get(task.task_id, {}),
                fields=fields.carried.get(("TASK", task.task_id), {}),
                notebooks=notes.get(task.task_id, ()),
                costs=costs.get(task.task_id),
                critical=_criticality(project),
                moments=moments,
                remarks=remarks,
            )
        )
    _read_links(file, home, project_names, gathered, remarks)
    schedule = options.read_options(file, remarks)
    plans = []
    for code, row in projects.items():
        own = gathered.activities[row.proj_id]
        assignments = tuple(gathered.assignments.get(row.proj_id, ()))
        held = _resources_of(assignments, pool, everything=code == main, gathered=gathered)
        calendar = row.clndr_id if row.clndr_id in calendars else fallback
        plans.append(
            Plan(
                code=code,
                name=wbs.name_of_project.get(row.proj_id) or code,
                currency=currency,
                data_date=moments.read(row.last_recalc_date, f"PROJECT {code}, last_recalc_date"),
                start=moments.read(row.plan_start_date, f"PROJECT {code}, plan_start_date"),
                must_finish_by=moments.read(row.plan_end_date, f"PROJECT {code}, plan_end_date"),
                calendar=calendar,
                options=options.with_criticality(schedule.get(row.proj_id), critical=_criticality(row)),
                calendars=_calendars_of(calendar, own, held, calendars, everything=code == main, remarks=remarks),
                wbs=tuple(wbs.nodes.get(row.proj_id, ())),
                activities=tuple(own),
                dependencies=tuple(gathered.links[row.proj_id]),
                resources=held,
                assignments=assignments,
                code_types=(
                    *activity_codes.of_project(row.proj_id),
                    *project_codes.of_project(row.proj_id),
                    *resource_codes.of_project(row.proj_id),
                ),
                field_types=tuple(fields.types),
                fields={
                    **wbs.fields_of_project.get(row.proj_id, {}),
                    **fields.carried.get(("PROJECT", row.proj_id), {}),
                },
                codes=project_codes.carried.get(row.proj_id, {}),
                cost_account=accounts.key_of.get(row.acct_id, ""),
                cost_accounts=accounts.rows,
                expenses=tuple(spent.get(row.proj_id, ())),
                notebooks=wbs.notebooks_of_project.get(row.proj_id, ()),
                guid=guid(row.guid),
            )
        )
    for code, row in projects.items():
        if row.export_flag not in {"", "Y"} or (
            row.export_flag == "" and projects[main].export_flag == "Y" and code != main
        ):
            detail = (
                "Not exported itself: only activities linked with the exported project came along, without their logic."
            )
            remarks.note("xer.project_partial", f"PROJECT {code}", detail)
    leftovers.remark_unused(file, remarks)
    return PlanDocument(
        format="xer",
        source_name=name,
        plans=_with_baselines(tuple(plans), projects),
        tool=f"Primavera P6 {file.header.version}".strip(),
        remarks=remarks.rows(),
    )


def _projects(file: XerFile, remarks: Remarks) -> dict[str, _ProjectRow]:
    found: dict[str, _ProjectRow] = {}
    for row in file.records("PROJECT", _ProjectRow):
        code = row.proj_short_name or row.proj_id
        if code in found:
            remarks.note("xer.project_twice", f"PROJECT {code}", "Two projects share one code; the id is added.")
            code = f"{code} #{row.proj_id}"
        found[code] = row
    return found


def _main_project(projects: Mapping[str, _ProjectRow]) -> str:
    """The project the file was made for; P6 marks it, the others came along because they are linked."""
    return next((code for code, row in projects.items() if row.export_flag == "Y"), next(iter(projects)))


def _currency(file: XerFile, remarks: Remarks) -> str:
    """The currency of the exporting database, in which P6 writes all amounts."""
    candidates = [file.header.currency]
    for row in file.records("CURRTYPE", _CurrencyRow):
        if number(row.base_exch_rate) == 1:
            candidates.append(row.curr_short_name)
    for name in candidates:
        if len(name) == 3 and name.isascii() and name.isalpha() and name.isupper():
            return name
    named = next((name for name in candidates if name), "none")
    remarks.note("xer.currency", "header", f"The currency “{named:.20}” is no ISO code; amounts stay without currency.")
    return ""


def _task_rows(file: XerFile, projects: Mapping[str, _ProjectRow], limits: Limits, remarks: Remarks) -> list[TaskRow]:
    known = {row.proj_id for row in projects.values()}
    rows: list[TaskRow] = []
    seen: set[str] = set()
    for row in file.records("TASK", TaskRow):
        if row.proj_id not in known:
            remarks.note("xer.activity_without_project", "TASK", "An activity of a project that the file lacks.")
        elif row.task_id in seen:
            remarks.note("xer.activity_twice", "TASK", "The same activity twice; the first is kept.")
        else:
            seen.add(row.task_id)
            rows.append(row)
    if len(rows) > limits.activities:
        raise UnreadableFile(
            "file.limit", f"The file has more than {limits.activities:,} activities.", "Export fewer projects at once."
        )
    return rows


def _activity_keys(rows: list[TaskRow], remarks: Remarks) -> dict[str, str]:
    """P6's activity id as key, with the database id added where a broken file repeats one."""
    taken: set[tuple[str, str]] = set()
    keys = {}
    for row in rows:
        key = row.task_code or row.task_id
        if (row.proj_id, key) in taken:
            remarks.note(
                "xer.code_repeated", f"TASK {key}", "Two activities of a project share one id; it was extended."
            )
            key = f"{key} #{row.task_id}"
        taken.add((row.proj_id, key))
        keys[row.task_id] = key
    return keys


def _criticality(row: _ProjectRow) -> Criticality:
    return Criticality(row.critical_path_type == "CT_DrivPath", ticks(number(row.critical_drtn_hr_cnt)) or 0)


def _read_links(
    file: XerFile,
    home: Mapping[str, tuple[str, str]],
    project_names: Mapping[str, str],
    gathered: _Gathered,
    remarks: Remarks,
) -> None:
    seen: set[tuple[str, str]] = set()
    for row in file.records("TASKPRED", _LinkRow):
        before, after = home.get(row.pred_task_id), home.get(row.task_id)
        if before is None or after is None:
            remarks.note("xer.link_without_activity", "TASKPRED", "A link to an activity that the file lacks.")
            continue
        kind = _LINKS.get(row.pred_type)
        if kind is None:
            remarks.note(
                "xer.unknown_value", "TASKPRED", f"Link type “{row.pred_type:.40}” is read as finish to start."
            )
            kind = DependencyKind.FS
        lag = ticks(number(row.lag_hr_cnt) or 0.0)
        if lag is None:
            remarks.note("xer.bad_lag", "TASKPRED", "A lag beyond 400 years is read as none.")
        link = Dependency(
            predecessor=before[1],
            successor=after[1],
            kind=kind,
            lag_ticks=lag or 0,
            predecessor_project="" if before[0] == after[0] else project_names[before[0]],
        )
        if (after[0], link.key) in seen:
            remarks.note("xer.link_twice", f"TASKPRED {link.key}", "The same link twice; the first is kept.")
            continue
        seen.add((after[0], link.key))
        gathered.links[after[0]].append(link)


def _resources_of(
    assignments: tuple[Assignment, ...], pool: resources.Pool, *, everything: bool, gathered: _Gathered
) -> tuple[Resource, ...]:
    """Resources the plan uses with those above them; the main plan also holds those that no plan uses."""
    wanted = {assignment.resource for assignment in assignments}
    if everything:
        used = {each.resource for rows in gathered.assignments.values() for each in rows}
        wanted |= pool.resources.keys() - used
    for key in list(wanted):
        parent = pool.parent_of.get(key)
        while parent and parent not in wanted:
            wanted.add(parent)
            parent = pool.parent_of.get(parent)
    return tuple(resource for key, resource in pool.resources.items() if key in wanted)


def _calendars_of(
    default: str,
    own: list[Activity],
    held: tuple[Resource, ...],
    calendars: Mapping[str, WorkCalendar],
    *,
    everything: bool,
    remarks: Remarks,
) -> tuple[WorkCalendar, ...]:
    if everything:
        return tuple(calendars.values())
    wanted = {default, *(activity.calendar for activity in own), *(resource.calendar for resource in held)}
    return tuple(calendar for key, calendar in calendars.items() if key in wanted)


def _with_baselines(plans: tuple[Plan, ...], projects: Mapping[str, _ProjectRow]) -> tuple[Plan, ...]:
    """Projects that P6 exported as baselines of another one become its baselines."""
    by_id = {row.proj_id: code for code, row in projects.items()}
    target_of = {code: by_id[row.orig_proj_id] for code, row in projects.items() if row.orig_proj_id in by_id}
    target_of = {code: target for code, target in target_of.items() if target != code and target not in target_of}
    result = []
    for plan in plans:
        if plan.code in target_of:
            continue
        baselines = tuple(_baseline(other) for other in plans if target_of.get(other.code) == plan.code)
        result.append(replace(plan, baselines=baselines) if baselines else plan)
    return tuple(result)


def _baseline(plan: Plan) -> PlanBaseline:
    start: dict[str, datetime] = {}
    finish: dict[str, datetime] = {}
    cost: dict[str, int] = {}
    for activity in plan.activities:
        stored = activity.stored
        if stored and stored.start:
            start[activity.key] = stored.start
        if stored and stored.finish:
            finish[activity.key] = stored.finish
        if activity.budget_minor is not None:
            cost[activity.key] = activity.budget_minor
    durations = {activity.key: activity.duration_ticks for activity in plan.activities}
    return PlanBaseline(
        name=plan.name or plan.code, start=start, finish=finish, duration_ticks=durations, cost_minor=cost
    )
