"""How a project of an XER file is scheduled: the options P6 exports with it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.xer.activities import Criticality
from watchfloor.exchange.formats.xer.tables import XerFile
from watchfloor.plans.document import FloatKind, LagCalendar, OutOfSequence, ScheduleOptions

_LAG_CALENDARS = {
    "rcal_predecessor": LagCalendar.PREDECESSOR,
    "rcal_successor": LagCalendar.SUCCESSOR,
    "rcal_projdefault": LagCalendar.PROJECT,
    "rcal_projectdefault": LagCalendar.PROJECT,
    "rcal_24hour": LagCalendar.TWENTY_FOUR_HOUR,
}
_FLOATS = {
    "ft_ff": FloatKind.FINISH,
    "ft_sf": FloatKind.START,
    "ft_smallest": FloatKind.SMALLEST,
    "ft_min": FloatKind.SMALLEST,
    "ft_minf": FloatKind.SMALLEST,
}


class _OptionsRow(NamedTuple):
    proj_id: str
    sched_outer_depend_type: str
    sched_open_critical_flag: str
    sched_lag_early_start_flag: str
    sched_retained_logic: str
    sched_float_type: str
    sched_calendar_on_relationship_lag: str
    sched_use_expect_end_flag: str
    sched_progress_override: str
    sched_use_project_end_date_for_float: str


def read_options(file: XerFile, remarks: Remarks) -> dict[str, ScheduleOptions]:
    """Options per project id; a project without a row keeps P6's defaults."""
    found = {}
    for row in file.records("SCHEDOPTIONS", _OptionsRow):
        found[row.proj_id] = ScheduleOptions(
            tool="p6",
            out_of_sequence=_out_of_sequence(row),
            lag_calendar=_lag_calendar(row.sched_calendar_on_relationship_lag, remarks),
            float_kind=_float_kind(row.sched_float_type, remarks),
            open_ends_critical=row.sched_open_critical_flag == "Y",
            use_expected_finish=row.sched_use_expect_end_flag != "N",
            start_to_start_from_actual=row.sched_lag_early_start_flag == "N",
            ignore_external=row.sched_outer_depend_type == "SD_None",
        )
        if row.sched_outer_depend_type not in {"", "SD_Both", "SD_None"}:
            detail = f"Links to other projects only one way ({row.sched_outer_depend_type:.20}) are all honoured."
            remarks.note("xer.option", "SCHEDOPTIONS", detail)
        if row.sched_use_project_end_date_for_float == "N":
            detail = "Float to the latest finish of all opened projects is computed to each project's own finish."
            remarks.note("xer.option", "SCHEDOPTIONS", detail)
    return found


def with_criticality(options: ScheduleOptions | None, *, critical: Criticality) -> ScheduleOptions:
    """The options with the project's own definition of critical."""
    return replace(
        options or ScheduleOptions(tool="p6"),
        critical_float_ticks=critical.float_ticks,
        critical_by_longest_path=critical.longest_path,
    )


def _out_of_sequence(row: _OptionsRow) -> OutOfSequence:
    if row.sched_retained_logic == "Y":
        return OutOfSequence.RETAINED_LOGIC
    if row.sched_progress_override == "Y":
        return OutOfSequence.PROGRESS_OVERRIDE
    if row.sched_retained_logic == "N" and row.sched_progress_override == "N":
        return OutOfSequence.ACTUAL_DATES
    return OutOfSequence.RETAINED_LOGIC


def _lag_calendar(word: str, remarks: Remarks) -> LagCalendar:
    kind = _LAG_CALENDARS.get(word.lower())
    if kind is None:
        if word:
            remarks.note(
                "xer.unknown_value", "SCHEDOPTIONS", f"Lag calendar “{word:.40}” is read as the predecessor's."
            )
        return LagCalendar.PREDECESSOR
    return kind


def _float_kind(word: str, remarks: Remarks) -> FloatKind:
    kind = _FLOATS.get(word.lower())
    if kind is None:
        if word:
            remarks.note("xer.unknown_value", "SCHEDOPTIONS", f"Float type “{word:.40}” is read as finish float.")
        return FloatKind.FINISH
    return kind
