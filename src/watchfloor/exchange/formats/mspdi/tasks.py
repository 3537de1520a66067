"""Tasks of MS Project XML: kind, duration, progress, constraints, and apart from them what MS Project computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from watchfloor.exchange.formats.money import Money
from watchfloor.exchange.formats.mspdi.elements import Fast, Item
from watchfloor.exchange.formats.mspdi.fields import Definitions
from watchfloor.exchange.formats.mspdi.values import ELAPSED, PERCENT, amount, code_number, duration, tenths
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import DURATION_TICKS_MAX, Moments, guid, number
from watchfloor.plans.document import (
    Activity,
    ActivityKind,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    PercentKind,
    StoredDates,
)
from watchfloor.plans.notebooks import plain_text

_CONSTRAINTS = {
    2: ConstraintKind.MANDATORY_START,
    3: ConstraintKind.MANDATORY_FINISH,
    4: ConstraintKind.START_NO_EARLIER,
    5: ConstraintKind.START_NO_LATER,
    6: ConstraintKind.FINISH_NO_EARLIER,
    7: ConstraintKind.FINISH_NO_LATER,
}
_AS_LATE_AS_POSSIBLE = 1
_LINKS = {0: DependencyKind.FF, 1: DependencyKind.FS, 2: DependencyKind.SF, 3: DependencyKind.SS}
_PHYSICAL = 1


@dataclass(slots=True)
class Planned:
    """One task's part of one baseline."""

    start: datetime | None
    finish: datetime | None
    duration_ticks: int | None
    cost_minor: int | None


@dataclass(slots=True)
class TaskRead:
    """One task, where it stands in the outline, what comes before it, and its baselines by number."""

    activity: Activity
    outline_level: int
    links: list[Dependency] = field(default_factory=list)
    baselines: dict[int, Planned] = field(default_factory=dict)
    is_null: bool = False
    is_inactive: bool = False
    is_summary: bool = False
    has_spread: bool = False


def read_task(item: Item, *, currency: str, definitions: Definitions, moments: Moments, remarks: Remarks) -> TaskRead:
    """One ``Task`` element. WBS and external kind are settled by the reader, which knows the neighbours."""
    task = Fast(item)
    key = task.text("UID")
    place = f"task {key}"
    level = code_number(task.text("OutlineLevel"))
    if task.flag("IsNull"):
        return TaskRead(Activity(key=key, name=""), level, is_null=True)

    def moment(name: str) -> datetime | None:
        text = task.text(name)
        return moments.read(text, lambda: f"{place}, {name}") if text and text != "NA" else None

    summary = task.flag("Summary")
    planned = duration(task.text("Duration"))
    remaining = duration(task.text("RemainingDuration"))
    if (planned is None and task.text("Duration")) or (planned or 0) < 0:
        remarks.note("mspdi.bad_duration", place, "A duration that cannot be read, or is negative, is read as 0.")
        planned = 0
    baselines = _baselines(item, currency, moments, place)
    actual_finish = moment("ActualFinish")
    actual_start = moment("ActualStart")
    physical = number(task.text("PhysicalPercentComplete"))
    percent = number(task.text("PercentComplete")) or 0.0
    by_physical = code_number(task.text("EarnedValueMethod")) == _PHYSICAL
    manual = task.flag("Manual") and not summary
    stop, resume = moment("Stop"), moment("Resume")
    paused = actual_start is not None and actual_finish is None and stop is not None and resume is not None
    calendar = task.text("CalendarUID")
    money = _costs(task, baselines.get(0), currency)
    activity = Activity(
        key=key,
        name=task.text("Name"),
        code=task.text("WBS") or task.text("OutlineNumber"),
        kind=_kind(task, planned or 0, summary=summary),
        calendar="" if calendar in {"-1", "0"} else calendar,
        duration_ticks=planned or 0,
        remaining_ticks=0 if actual_finish else max(0, planned or 0 if remaining is None else remaining),
        elapsed=code_number(task.text("DurationFormat")) in ELAPSED,
        percent_complete=min(100.0, max(0.0, (physical or 0.0) if by_physical else percent)),
        percent_kind=PercentKind.PHYSICAL if by_physical else PercentKind.DURATION,
        physical_percent=physical if physical or by_physical else None,
        actual_start=actual_start,
        actual_finish=actual_finish,
        suspended=stop if paused else None,
        resumed=resume if paused else None,
        constraints=_constraints(task, moment("ConstraintDate"), place, remarks),
        deadline=moment("Deadline"),
        manual_start=(moment("ManualStart") or moment("Start")) if manual else None,
        manual_finish=(moment("ManualFinish") or moment("Finish")) if manual else None,
        priority=min(1000, max(0, code_number(task.text("Priority")))) if task.text("Priority") else 500,
        budget_minor=money.budget,
        actual_cost_minor=money.actual,
        remaining_cost_minor=money.remaining,
        guid=guid(task.text("GUID")),
        codes=definitions.read_codes(item, place, remarks),
        fields=definitions.read_fields(item, place, remarks),
        notes=plain_text(task.text("Notes")),
        stored=_stored(task, moment),
        delay_ticks=_delay(task),
    )
    return TaskRead(
        activity,
        level,
        links=_links(item, key, remarks),
        baselines=baselines,
        is_inactive=not task.flag("Active", default=True),
        is_summary=summary,
        has_spread=item.element.get("spread") == "1",
    )


def _delay(task: Fast) -> int:
    """What the leveller lets it wait; the format counts tenths of minutes of the clock."""
    return min(max(0, round(number(task.text("LevelingDelay")) or 0)), DURATION_TICKS_MAX)


def _kind(task: Fast, planned: int, *, summary: bool) -> ActivityKind:
    if summary:
        return ActivityKind.SUMMARY
    if task.flag("ExternalTask") or task.flag("IsSubproject"):
        return ActivityKind.EXTERNAL
    # A milestone of MS Project may have a duration; only without one is it a moment for us.
    return ActivityKind.FINISH_MILESTONE if task.flag("Milestone") and planned == 0 else ActivityKind.TASK


def _constraints(task: Fast, on: datetime | None, place: str, remarks: Remarks) -> tuple[Constraint, ...]:
    kind = code_number(task.text("ConstraintType"))
    if kind == _AS_LATE_AS_POSSIBLE:
        return (Constraint(ConstraintKind.AS_LATE_AS_POSSIBLE),)
    if kind not in _CONSTRAINTS:
        if kind not in (0, -1):
            remarks.note("mspdi.unknown_value", place, f"Constraint type {kind} is not understood and left out.")
        return ()
    if on is None:
        remarks.note("mspdi.constraint_without_date", place, "A constraint without a date is left out.")
        return ()
    return (Constraint(_CONSTRAINTS[kind], on),)


def _links(item: Item, key: str, remarks: Remarks) -> list[Dependency]:
    links = []
    for each in item.items("PredecessorLink"):
        link = Fast(each)
        kind = _LINKS.get(code_number(link.text("Type")), DependencyKind.FS)
        unit = code_number(link.text("LagFormat"))
        lag = tenths(link.text("LinkLag"))
        if lag is None and link.text("LinkLag"):
            remarks.note("mspdi.bad_lag", f"task {key}", "A lag that cannot be read is read as none.")
        if link.flag("CrossProject"):
            name = link.text("CrossProjectName")
            remarks.note("mspdi.link_to_other_file", f"task {key}", f"A link to another file: {name:.120}")
        links.append(
            Dependency(
                predecessor=link.text("PredecessorUID"),
                successor=key,
                kind=kind,
                lag_ticks=0 if unit in PERCENT else lag or 0,
                lag_elapsed=unit in ELAPSED,
                lag_percent=float(lag or 0) if unit in PERCENT else None,
            )
        )
    return links


def _baselines(item: Item, currency: str, moments: Moments, place: str) -> dict[int, Planned]:
    found = {}
    for each in item.items("Baseline"):
        row = Fast(each)
        number_of = max(0, code_number(row.text("Number")))

        def moment(name: str, row: Fast = row, number_of: int = number_of) -> datetime | None:
            text = row.text(name)
            return moments.read(text, f"{place}, baseline {number_of}") if text and text != "NA" else None

        planned = Planned(
            moment("Start"), moment("Finish"), duration(row.text("Duration")), amount(row.text("Cost"), currency)
        )
        if planned.start or planned.finish or planned.duration_ticks or planned.cost_minor:
            found[number_of] = planned
    return found


def _costs(task: Fast, baseline: Planned | None, currency: str) -> Money:
    """Budget is the baseline's cost where there is one. A plan without any money says None, not 0."""
    cost = amount(task.text("Cost"), currency)
    actual = amount(task.text("ActualCost"), currency)
    remaining = amount(task.text("RemainingCost"), currency)
    planned = baseline.cost_minor if baseline else None
    if not any((cost, actual, remaining, planned)):
        return Money()
    return Money(planned if planned is not None else cost, actual, remaining)


def _stored(task: Fast, moment: object) -> StoredDates:
    assert callable(moment)
    critical = task.text("Critical")
    return StoredDates(
        start=moment("Start"),
        finish=moment("Finish"),
        early_start=moment("EarlyStart"),
        early_finish=moment("EarlyFinish"),
        late_start=moment("LateStart"),
        late_finish=moment("LateFinish"),
        total_float_ticks=tenths(task.text("TotalSlack")),
        free_float_ticks=tenths(task.text("FreeSlack")),
        critical=None if not critical else critical in {"1", "true"},
    )
