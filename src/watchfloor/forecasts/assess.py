"""A plan document assessed: schedule, quality, earned value, and our dates against the stored ones. Pure.

This is what ``watchfloor check``, notebooks and import pages see of a file; no database and no clock are involved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from watchfloor.forecasts.columns import link_text
from watchfloor.forecasts.compile import Compiled
from watchfloor.forecasts.outlook import simulated_finishes
from watchfloor.forecasts.performance import BaselineColumns, PlannedRow, measure, over_plan
from watchfloor.forecasts.readings import Readings
from watchfloor.forecasts.records import ReadingRecord
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.forecasts.stored import StoredComparison, compare_stored
from watchfloor.forecasts.uncertainty import RUNS, seed_of
from watchfloor.plans.document import ROLLED_UP, Plan, PlanDocument, Remark
from watchfloor_engine.calendars import from_tick
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import COMPLETE
from watchfloor_engine.quality import HardConstraints, Point, QualityInputs, Thresholds, assess_quality
from watchfloor_engine.schedule import Schedule

# The choices of ``AssessOptions`` are the engine's; whoever assesses gets them here, at the door to it.
__all__ = ["AssessOptions", "Assessment", "HardConstraints", "Thresholds", "assess"]

OFFENDERS_KEPT = 500

# Only this room knows the engine, so the command takes its words for limits and definitions from here.
__all__ = [
    "AssessOptions", "Assessment", "HardConstraints", "PointReport", "ProjectAssessment", "Thresholds", "assess",
    "together",
]  # fmt: skip

_PARTIAL = "xer.project_partial"
_COUNTED = frozenset({"leads", "negative_float", "invalid_dates"})
_OF_ONE_PROJECT = frozenset({"critical_path_test", "cpli"})


@dataclass(frozen=True, slots=True)
class AssessOptions:
    """What to look at. ``baseline`` names one inside the file; by default its first."""

    hard_constraints: str = HardConstraints.DCMA.value
    thresholds: Thresholds = field(default_factory=Thresholds)
    baseline: str = ""
    simulate: bool = False
    runs: int = RUNS


@dataclass(frozen=True, slots=True)
class PointReport:
    """One of the 14 points with its offenders by activity key, or "predecessor > successor kind"."""

    number: int
    code: str
    value: float | None  # share 0..1, count, or index
    threshold: float
    at_least: bool
    outcome: str  # passed, failed, not_applicable
    base: int
    offenders: tuple[str, ...]  # at most 500
    offender_count: int
    reason: str
    details: Mapping[str, float]
    definition: str


@dataclass(frozen=True, slots=True)
class ProjectAssessment:
    """One project of the document."""

    code: str
    name: str
    currency: str
    activities: int  # without summaries and level of effort
    complete: int
    rolled_up: int
    dependencies: int
    data_date: datetime | None
    start: datetime | None
    finish: datetime | None
    must_finish_by: datetime | None
    critical: tuple[str, ...]  # keys, in plan order
    longest_path: tuple[str, ...]
    out_of_sequence: tuple[str, ...]
    least_float_days: float | None
    quality: tuple[PointReport, ...]
    baseline: str  # name of the file's baseline used, else empty
    earned: Mapping[str, ReadingRecord]
    finishes: Mapping[str, datetime]  # p10 … p90 when simulated
    is_partial: bool = False  # not exported itself: only what other projects are linked to came along


@dataclass(frozen=True, slots=True)
class Assessment:
    """A whole document. ``problem`` is why nothing could be scheduled; ``cycle`` names the circle then."""

    source_name: str
    format: str
    tool: str
    activities: int
    dependencies: int
    projects: tuple[ProjectAssessment, ...]
    quality: tuple[PointReport, ...]  # of all projects together
    stored: StoredComparison | None
    remarks: tuple[Remark, ...]
    problem: str = ""
    message: str = ""
    cycle: tuple[str, ...] = ()

    @property
    def main(self) -> ProjectAssessment | None:
        """The project with most activities."""
        return max(self.projects, key=lambda each: each.activities, default=None)

    @property
    def finish(self) -> datetime | None:
        """The latest finish of all projects."""
        return max((each.finish for each in self.projects if each.finish is not None), default=None)


def assess(document: PlanDocument, options: AssessOptions | None = None) -> Assessment:
    """Everything that can be told about the plans of a document. A cycle is a result, not an error."""
    opt = options or AssessOptions()
    work = [each for plan in document.plans for each in plan.activities if each.kind not in ROLLED_UP]
    bare = Assessment(
        source_name=document.source_name,
        format=document.format,
        tool=document.tool,
        activities=len(work),
        dependencies=sum(len(plan.dependencies) for plan in document.plans),
        projects=(),
        quality=(),
        stored=None,
        remarks=document.remarks,
    )
    if not any(plan.activities for plan in document.plans):
        return replace(bare, projects=tuple(_unscheduled(plan) for plan in document.plans))
    try:
        compiled, schedule = schedule_plans(document.plans)
    except PlanCycle as cycle:
        unscheduled = tuple(_unscheduled(plan) for plan in document.plans)
        message = str(cycle)
        return replace(bare, projects=unscheduled, problem="plan.cycle", message=message, cycle=cycle.path)
    except EngineError as error:
        unscheduled = tuple(_unscheduled(plan) for plan in document.plans)
        return replace(bare, projects=unscheduled, problem=error.code, message=str(error))
    partial = frozenset(each.place.removeprefix("PROJECT ") for each in document.remarks if each.code == _PARTIAL)
    finishes = simulated_finishes(compiled, seed=seed_of(document.source_name), runs=opt.runs) if opt.simulate else ()
    whole = (
        _project(compiled, schedule, place, opt, finishes[place] if finishes else {})
        for place in range(len(document.plans))
    )
    projects = tuple(replace(each, is_partial=each.code in partial) for each in whole)
    stored = compare_stored(compiled, schedule, partial=partial)
    quality = together([each.quality for each in projects if each.quality])
    return replace(
        bare, projects=projects, quality=quality, stored=stored, remarks=(*document.remarks, *compiled.remarks)
    )


def _project(
    compiled: Compiled, schedule: Schedule, place: int, options: AssessOptions, finishes: Mapping[str, datetime]
) -> ProjectAssessment:
    plan = compiled.plans[place]
    if not plan.activities:
        return _unscheduled(plan)
    network = compiled.network
    mine = network.project == place
    work = mine & np.array([each.kind not in ROLLED_UP for each in compiled.activities], dtype=np.bool_)
    name, rows = _baseline(plan, options.baseline)
    columns = over_plan(compiled, rows, place=place) if name else None
    readings = Readings()
    measure(compiled, columns, int(network.data_date[place]), readings)
    open_ = work & (network.status != COMPLETE)
    floats = (schedule.total_float / compiled.ticks_per_day)[open_]
    starts = schedule.start[work & (schedule.start != MISSING)]
    late = [at for at in schedule.out_of_sequence.tolist() if mine[network.succ[at]]]
    return ProjectAssessment(
        code=plan.code,
        name=plan.name,
        currency=plan.currency,
        activities=int(work.sum()),
        complete=int((work & ~open_).sum()),
        rolled_up=int((mine & ~work).sum()),
        dependencies=len(plan.dependencies),
        data_date=plan.data_date,
        start=from_tick(int(starts.min())) if starts.size else None,
        finish=from_tick(int(schedule.project_finish[place])) if work.any() else None,
        must_finish_by=plan.must_finish_by,
        critical=_keys(compiled, np.flatnonzero(work & schedule.critical).tolist()),
        longest_path=_keys(compiled, np.flatnonzero(open_ & schedule.on_longest_path).tolist()),
        out_of_sequence=tuple(_link(compiled, at) for at in late[:OFFENDERS_KEPT]),
        least_float_days=round(float(floats.min()), 3) if floats.size else None,
        quality=_quality(compiled, schedule, place, options, columns),
        baseline=name,
        earned=readings.taken,
        finishes=finishes,
    )


def _unscheduled(plan: Plan) -> ProjectAssessment:
    rolled = sum(each.kind in ROLLED_UP for each in plan.activities)
    return ProjectAssessment(
        code=plan.code,
        name=plan.name,
        currency=plan.currency,
        activities=len(plan.activities) - rolled,
        complete=sum(each.actual_finish is not None and each.kind not in ROLLED_UP for each in plan.activities),
        rolled_up=rolled,
        dependencies=len(plan.dependencies),
        data_date=plan.data_date,
        start=None,
        finish=None,
        must_finish_by=plan.must_finish_by,
        critical=(),
        longest_path=(),
        out_of_sequence=(),
        least_float_days=None,
        quality=(),
        baseline="",
        earned={},
        finishes={},
    )


def _baseline(plan: Plan, wanted: str) -> tuple[str, dict[str, PlannedRow]]:
    """The file's baseline by activity; nothing without one: planned dates and budgets of the plan are none."""
    usable = [each for each in plan.baselines if each.finish and (not wanted or each.name == wanted)]
    if not usable:
        return "", {}
    chosen = usable[0]
    keys = {*chosen.start, *chosen.finish, *chosen.duration_ticks, *chosen.cost_minor}
    own = {each.key: each for each in plan.activities}
    rows = {
        key: PlannedRow(
            chosen.start.get(key),
            chosen.finish.get(key),
            chosen.duration_ticks.get(key),
            chosen.cost_minor.get(key, own[key].budget_minor if key in own and not chosen.cost_minor else None),
        )
        for key in keys
    }
    return chosen.name or "baseline", rows


def _quality(
    compiled: Compiled, schedule: Schedule, place: int, options: AssessOptions, baseline: BaselineColumns | None
) -> tuple[PointReport, ...]:
    plan = compiled.plans[place]
    assigned = {each.activity for each in plan.assignments}
    loaded = np.array([bool(each.budget_minor) or each.key in assigned for each in compiled.activities], dtype=np.bool_)
    inputs = QualityInputs(
        ticks_per_day=compiled.ticks_per_day,
        loaded=loaded & (compiled.network.project == place),
        baseline_finish=None if baseline is None else baseline.finish,
        baseline_duration=None if baseline is None else baseline.duration,
        project_calendar=compiled.project_calendar[place],
        project_ticks_per_day=compiled.project_ticks_per_day[place],
        hard_definition=HardConstraints(options.hard_constraints),
    )
    quality = assess_quality(
        compiled.network, schedule, compiled.calendars, compiled.options, inputs, project=place,
        thresholds=options.thresholds,
    )  # fmt: skip
    return tuple(_point(compiled, each) for each in quality.points)


def together(projects: Sequence[tuple[PointReport, ...]]) -> tuple[PointReport, ...]:
    """The points over several projects: offenders and bases added up; tests of a critical path by the worst of them."""
    return tuple(_together(same) for same in zip(*projects, strict=True)) if projects else ()


def _together(same: tuple[PointReport, ...]) -> PointReport:
    known = [each for each in same if each.value is not None]
    if len(known) <= 1:
        return known[0] if known else same[0]
    first = known[0]
    if first.code in _OF_ONE_PROJECT:
        return min(known, key=lambda each: each.value or 0.0)
    base, count = sum(each.base for each in known), sum(each.offender_count for each in known)
    details = {name: sum(each.details.get(name, 0.0) for each in known) for name in first.details}
    if first.code in _COUNTED:
        value = float(count)
    elif first.code == "bei":
        value = details["completed"] / base
        details["hit_rate"] = sum(each.details["hit_rate"] * each.base for each in known) / base
    else:
        value = 1.0 - count / base if first.at_least else count / base
    good = value >= first.threshold if first.at_least else value <= first.threshold
    return replace(
        first,
        value=value,
        outcome="passed" if good else "failed",
        base=base,
        offenders=tuple(each for report in known for each in report.offenders)[:OFFENDERS_KEPT],
        offender_count=count,
        details=details,
    )


def _point(compiled: Compiled, point: Point) -> PointReport:
    shown = point.offenders[:OFFENDERS_KEPT].tolist()
    offenders = tuple(_link(compiled, at) for at in shown) if point.of_links else _keys(compiled, shown)
    return PointReport(
        number=point.number,
        code=point.code,
        value=None if point.value is None else float(point.value),
        threshold=float(point.threshold),
        at_least=point.at_least,
        outcome=str(point.outcome),
        base=point.base,
        offenders=offenders,
        offender_count=int(point.offenders.size),
        reason=point.reason,
        details={name: float(value) for name, value in point.details.items()},
        definition=point.definition,
    )


def _keys(compiled: Compiled, indices: Sequence[int]) -> tuple[str, ...]:
    return tuple(compiled.activities[at].key for at in indices)


def _link(compiled: Compiled, at: int) -> str:
    before, after = int(compiled.network.pred[at]), int(compiled.network.succ[at])
    text = link_text(compiled.links[at], float(compiled.ticks_per_day[before]))
    return f"{compiled.activities[before].key} > {compiled.activities[after].key} {text}"
