"""Activities of an XER file: kind, duration, progress, constraints, and apart from them what P6 computed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import Moments, guid, number, ticks
from watchfloor.exchange.formats.xer.resources import Costs
from watchfloor.plans.document import (
    Activity,
    ActivityKind,
    Constraint,
    ConstraintKind,
    Earning,
    Note,
    PercentKind,
    StoredDates,
)

_KINDS = {
    "TT_Task": ActivityKind.TASK,
    "TT_Rsrc": ActivityKind.RESOURCE_DEPENDENT,
    "TT_Mile": ActivityKind.START_MILESTONE,
    "TT_FinMile": ActivityKind.FINISH_MILESTONE,
    "TT_LOE": ActivityKind.LEVEL_OF_EFFORT,
    "TT_WBS": ActivityKind.SUMMARY,
}
_PERCENTS = {"CP_Phys": PercentKind.PHYSICAL, "CP_Drtn": PercentKind.DURATION, "CP_Units": PercentKind.UNITS}
_CONSTRAINTS = {
    "CS_MSOA": ConstraintKind.START_NO_EARLIER,
    "CS_MSOB": ConstraintKind.START_NO_LATER,
    "CS_MEOA": ConstraintKind.FINISH_NO_EARLIER,
    "CS_MEOB": ConstraintKind.FINISH_NO_LATER,
    "CS_MSO": ConstraintKind.START_ON,
    "CS_MEO": ConstraintKind.FINISH_ON,
    "CS_MANDSTART": ConstraintKind.MANDATORY_START,
    "CS_MANDFIN": ConstraintKind.MANDATORY_FINISH,
    "CS_ALAP": ConstraintKind.AS_LATE_AS_POSSIBLE,
}
_PRIORITIES = {"PT_Top": 900, "PT_High": 700, "PT_Normal": 500, "PT_Low": 300, "PT_Lowest": 100}


class TaskRow(NamedTuple):
    task_id: str
    proj_id: str
    wbs_id: str
    clndr_id: str
    phys_complete_pct: str
    complete_pct_type: str
    task_type: str
    status_code: str
    task_code: str
    task_name: str
    rsrc_id: str
    total_float_hr_cnt: str
    free_float_hr_cnt: str
    remain_drtn_hr_cnt: str
    target_drtn_hr_cnt: str
    act_work_qty: str
    remain_work_qty: str
    target_work_qty: str
    act_equip_qty: str
    remain_equip_qty: str
    target_equip_qty: str
    cstr_type: str
    cstr_date: str
    cstr_type2: str
    cstr_date2: str
    act_start_date: str
    act_end_date: str
    late_start_date: str
    late_end_date: str
    expect_end_date: str
    early_start_date: str
    early_end_date: str
    restart_date: str
    reend_date: str
    target_start_date: str
    target_end_date: str
    suspend_date: str
    resume_date: str
    priority_type: str
    guid: str
    driving_path_flag: str
    external_early_start_date: str
    external_late_end_date: str


class Criticality(NamedTuple):
    """How the project calls an activity critical; used only to say what P6 itself showed."""

    longest_path: bool
    float_ticks: int


def read_activity(
    row: TaskRow,
    *,
    key: str,
    wbs: str,
    earning: Earning | None,
    responsible: str,
    codes: Mapping[str, str],
    fields: Mapping[str, str],
    notebooks: tuple[Note, ...],
    costs: Costs | None,
    critical: Criticality,
    moments: Moments,
    remarks: Remarks,
) -> Activity:
    """One activity. Unknown words of P6 are remarked and read as the plainest kind."""

    def moment(column: str) -> datetime | None:
        text = getattr(row, column)
        return moments.read(text, lambda: f"TASK {key}, {column}") if text else None

    kind = _KINDS.get(row.task_type)
    if kind is None:
        remarks.note("xer.unknown_value", f"TASK {key}", f"Activity type “{row.task_type:.40}” is read as a task.")
        kind = ActivityKind.TASK
    planned = _duration(row.target_drtn_hr_cnt, key, remarks)
    remaining = _duration(row.remain_drtn_hr_cnt, key, remarks)
    actual_start, actual_finish = moment("act_start_date"), moment("act_end_date")
    physical = number(row.phys_complete_pct)
    percent_kind = _PERCENTS.get(row.complete_pct_type, PercentKind.DURATION)
    return Activity(
        key=key,
        name=row.task_name,
        code=row.task_code,
        wbs=wbs,
        kind=kind,
        calendar=row.clndr_id,
        duration_ticks=planned,
        remaining_ticks=0 if actual_finish else remaining,
        percent_complete=_percent(row, percent_kind, planned, remaining),
        percent_kind=percent_kind,
        physical_percent=physical,
        actual_start=actual_start,
        actual_finish=actual_finish,
        suspended=moment("suspend_date"),
        resumed=moment("resume_date"),
        constraints=_constraints(row, key, moments, remarks),
        expected_finish=moment("expect_end_date"),
        external_start=moment("external_early_start_date"),
        external_finish=moment("external_late_end_date"),
        priority=_PRIORITIES.get(row.priority_type, 500),
        # An activity without any money says None, not 0.
        budget_minor=costs.budget if costs and costs.any else None,
        actual_cost_minor=costs.actual if costs and costs.any else None,
        remaining_cost_minor=costs.remaining if costs and costs.any else None,
        responsible=responsible,
        guid=guid(row.guid),
        codes=codes,
        fields=fields,
        notebooks=notebooks,
        earning=earning,
        stored=_stored(row, moments, key, critical, complete=actual_finish is not None),
    )


def _duration(text: str, key: str, remarks: Remarks) -> int:
    if not text:
        return 0
    value = ticks(number(text))
    if value is None or value < 0:
        remarks.note("xer.bad_duration", f"TASK {key}", "A duration that is negative or no number is read as 0.")
        return 0
    return value


def _percent(row: TaskRow, kind: PercentKind, planned: int, remaining: int) -> float:
    """P6's “activity % complete”, 0 to 100."""
    if row.act_end_date or row.status_code == "TK_Complete":
        return 100.0
    if kind is PercentKind.PHYSICAL:
        return _within(number(row.phys_complete_pct) or 0.0)
    if not row.act_start_date:
        return 0.0
    if kind is PercentKind.DURATION:
        return _within(100.0 * (planned - remaining) / planned) if planned else 0.0
    actual = (number(row.act_work_qty) or 0.0) + (number(row.act_equip_qty) or 0.0)
    left = (number(row.remain_work_qty) or 0.0) + (number(row.remain_equip_qty) or 0.0)
    return _within(100.0 * actual / (actual + left)) if actual + left > 0 else 0.0


def _within(percent: float) -> float:
    return min(100.0, max(0.0, percent))


def _constraints(row: TaskRow, key: str, moments: Moments, remarks: Remarks) -> tuple[Constraint, ...]:
    found = []
    for word, text in ((row.cstr_type, row.cstr_date), (row.cstr_type2, row.cstr_date2)):
        if not word:
            continue
        kind = _CONSTRAINTS.get(word)
        on = moments.read(text, f"TASK {key}, constraint")
        if kind is None:
            remarks.note("xer.unknown_value", f"TASK {key}", f"Constraint “{word:.40}” is not understood and left out.")
        elif on is None and kind is not ConstraintKind.AS_LATE_AS_POSSIBLE:
            remarks.note("xer.constraint_without_date", f"TASK {key}", "A constraint without a date is left out.")
        else:
            found.append(Constraint(kind, None if kind is ConstraintKind.AS_LATE_AS_POSSIBLE else on))
    return tuple(found)


def _stored(row: TaskRow, moments: Moments, key: str, critical: Criticality, *, complete: bool) -> StoredDates:
    def moment(*columns: str) -> datetime | None:
        for column in columns:
            if text := getattr(row, column):
                return moments.read(text, f"TASK {key}, {column}")
        return None

    total = ticks(number(row.total_float_hr_cnt))
    is_critical: bool | None
    if complete:
        is_critical = False
    elif critical.longest_path:
        is_critical = row.driving_path_flag == "Y"
    else:
        is_critical = None if total is None else total <= critical.float_ticks
    return StoredDates(
        # What P6 shows as Start and Finish: actual, else the remaining dates, which hold levelling too.
        start=moment("act_start_date", "restart_date", "early_start_date", "target_start_date"),
        finish=moment("act_end_date", "reend_date", "early_end_date", "target_end_date"),
        early_start=moment("early_start_date"),
        early_finish=moment("early_end_date"),
        late_start=moment("late_start_date"),
        late_finish=moment("late_end_date"),
        total_float_ticks=total,
        free_float_ticks=ticks(number(row.free_float_hr_cnt)),
        critical=is_critical,
    )
