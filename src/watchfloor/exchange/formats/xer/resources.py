"""Resources, roles, rates and assignments of an XER file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from watchfloor.exchange.formats.assignments import added
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import WORK_TICKS_MAX, minor, number, ticks
from watchfloor.exchange.formats.xer.codes import Classification, Fields
from watchfloor.exchange.formats.xer.tables import XerFile
from watchfloor.plans.document import Assignment, Resource

_KINDS = {"RT_Labor": "person", "RT_Equip": "equipment", "RT_Mat": "material"}


class _ResourceRow(NamedTuple):
    rsrc_id: str
    parent_rsrc_id: str
    clndr_id: str
    email_addr: str
    rsrc_name: str
    rsrc_short_name: str
    rsrc_title_name: str
    rsrc_type: str


class _RoleRow(NamedTuple):
    role_id: str
    role_name: str
    role_short_name: str


class _RateRow(NamedTuple):
    rsrc_id: str
    role_id: str
    max_qty_per_hr: str
    cost_per_qty: str
    start_date: str


class AssignmentRow(NamedTuple):
    taskrsrc_id: str
    task_id: str
    proj_id: str
    role_id: str
    acct_id: str
    rsrc_id: str
    rsrc_type: str
    remain_qty: str
    target_qty: str
    target_qty_per_hr: str
    act_ot_qty: str
    act_reg_qty: str
    target_cost: str
    act_reg_cost: str
    act_ot_cost: str
    remain_cost: str


@dataclass(frozen=True, slots=True)
class Costs:
    """Budget, actual and remaining cost in minor units."""

    budget: int = 0
    actual: int = 0
    remaining: int = 0

    @property
    def any(self) -> bool:
        return bool(self.budget or self.actual or self.remaining)

    def __add__(self, other: Costs) -> Costs:
        return Costs(self.budget + other.budget, self.actual + other.actual, self.remaining + other.remaining)


@dataclass(slots=True)
class Pool:
    """The resources of the file, and the ids of P6 → our keys (roles have ids of their own)."""

    resources: dict[str, Resource]
    key_of_resource: dict[str, str]
    key_of_role: dict[str, str]
    parent_of: dict[str, str]


def read_pool(
    file: XerFile, *, currency: str, data_date: str, codes: Classification, fields: Fields, remarks: Remarks
) -> Pool:
    """Resources and roles with the rate that holds at the data date (later rates are remarked)."""
    pool = Pool({}, {}, {}, {})
    rates = _rates(file.records("RSRCRATE", _RateRow), "rsrc_id")
    rows = list(file.records("RSRC", _ResourceRow))
    for row in rows:
        key = _free(row.rsrc_short_name or row.rsrc_name or row.rsrc_id, row.rsrc_id, pool.resources)
        pool.key_of_resource[row.rsrc_id] = key
        rate = _rate_at(rates.get(row.rsrc_id, []), data_date, "RSRCRATE", remarks)
        pool.resources[key] = Resource(
            key=key,
            name=row.rsrc_name or key,
            kind=_KINDS.get(row.rsrc_type, "person"),
            calendar=row.clndr_id,
            capacity=_capacity(rate),
            rate_minor=(minor(rate.cost_per_qty, currency) or None) if rate else None,
            email=row.email_addr,
            codes=dict(codes.carried.get(row.rsrc_id, {})),
            fields={
                **({"Title": row.rsrc_title_name} if row.rsrc_title_name else {}),
                **fields.carried.get(("RSRC", row.rsrc_id), {}),
            },
        )
    for row in rows:
        parent = pool.key_of_resource.get(row.parent_rsrc_id)
        if parent:
            pool.parent_of[pool.key_of_resource[row.rsrc_id]] = parent
    role_rates = _rates(file.records("ROLERATE", _RateRow), "role_id")
    for role in file.records("ROLES", _RoleRow):
        key = _free(f"role:{role.role_short_name or role.role_name}", role.role_id, pool.resources)
        pool.key_of_role[role.role_id] = key
        rate = _rate_at(role_rates.get(role.role_id, []), data_date, "ROLERATE", remarks)
        pool.resources[key] = Resource(
            key=key,
            name=role.role_name or key,
            capacity=_capacity(rate),
            rate_minor=(minor(rate.cost_per_qty, currency) or None) if rate else None,
        )
    return pool


def _free(key: str, identity: str, taken: Mapping[str, object]) -> str:
    return f"{key} #{identity}" if key in taken else key


def _capacity(rate: _RateRow | None) -> float:
    value = number(rate.max_qty_per_hr) if rate else None
    return value if value is not None and 0 <= value < 1e9 else 1.0


def _rates(rows: Iterable[_RateRow], owner: str) -> dict[str, list[_RateRow]]:
    found: dict[str, list[_RateRow]] = defaultdict(list)
    for row in rows:
        found[getattr(row, owner)].append(row)
    for each in found.values():
        each.sort(key=lambda row: row.start_date)
    return found


def _rate_at(rows: list[_RateRow], data_date: str, table: str, remarks: Remarks) -> _RateRow | None:
    """The rate in force at the data date; ISO text compares like dates."""
    if not rows:
        return None
    if len(rows) > 1:
        remarks.note("xer.rates_over_time", table, "Rates change over time; the one in force at the data date is kept.")
    held = [row for row in rows if row.start_date <= data_date]
    return held[-1] if held else rows[0]


def read_assignments(
    file: XerFile,
    *,
    pool: Pool,
    activity_of: Mapping[str, tuple[str, str]],
    accounts: Mapping[str, str],
    fields: Fields,
    currency: str,
    remarks: Remarks,
) -> tuple[dict[str, list[Assignment]], dict[str, Costs]]:
    """Assignments per project id, and costs per activity id; ``accounts`` maps P6's ids of cost accounts to keys.

    P6 allows the same resource twice on an activity; rows with equal role and cost account are added up, which keeps
    work and cost.
    """
    merged: dict[str, dict[str, Assignment]] = defaultdict(dict)
    costs: dict[str, Costs] = {}
    for row in file.records("TASKRSRC", AssignmentRow):
        home = activity_of.get(row.task_id)
        if home is None:
            remarks.note("xer.assignment_without_activity", "TASKRSRC", "An assignment to an activity not in the file.")
            continue
        resource = pool.key_of_resource.get(row.rsrc_id) or pool.key_of_role.get(row.role_id)
        own = _costs(row, currency)
        costs[row.task_id] = costs.get(row.task_id, Costs()) + own
        if resource is None:
            detail = "An assignment names no resource of the file; its cost stays with the activity."
            remarks.note("xer.assignment_without_resource", "TASKRSRC", detail)
            continue
        project, activity = home
        role = pool.key_of_role.get(row.role_id, "")
        assignment = replace(
            _assignment(row, activity, resource, own),
            role=role if role != resource else "",
            cost_account=accounts.get(row.acct_id, ""),
            fields=fields.carried.get(("TASKRSRC", row.taskrsrc_id), {}),
        )
        before = merged[project].get(assignment.key)
        if before is not None:
            remarks.note("xer.assignment_twice", "TASKRSRC", "The same resource twice on one activity: added up.")
            assignment = added(before, assignment)
        merged[project][assignment.key] = assignment
    return {project: list(rows.values()) for project, rows in merged.items()}, costs


def _costs(row: AssignmentRow, currency: str) -> Costs:
    return Costs(
        minor(row.target_cost, currency) or 0,
        (minor(row.act_reg_cost, currency) or 0) + (minor(row.act_ot_cost, currency) or 0),
        minor(row.remain_cost, currency) or 0,
    )


def _assignment(row: AssignmentRow, activity: str, resource: str, costs: Costs) -> Assignment:
    material = row.rsrc_type == "RT_Mat"
    quantity = number(row.target_qty) or 0.0
    actual = (number(row.act_reg_qty) or 0.0) + (number(row.act_ot_qty) or 0.0)
    units = quantity if material else (number(row.target_qty_per_hr) or 0.0)
    return Assignment(
        activity=activity,
        resource=resource,
        units=units,
        # A material's quantity is no working time.
        work_ticks=0 if material else _work(quantity),
        actual_work_ticks=0 if material else _work(actual),
        remaining_work_ticks=0 if material else _work(number(row.remain_qty) or 0.0),
        budget_minor=costs.budget if costs.any else None,
        actual_cost_minor=costs.actual if costs.any else None,
        remaining_cost_minor=costs.remaining if costs.any else None,
    )


def _work(hours: float) -> int:
    return ticks(hours, bound=WORK_TICKS_MAX) or 0
