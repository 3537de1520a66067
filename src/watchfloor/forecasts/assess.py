"""A plan document assessed: schedule, quality, earned value, and our dates against the stored ones. Pure.

This is what ``watchfloor check``, notebooks and import pages see of a file; no database and no clock are involved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from watchfloor.forecasts.compile import Compiled
from watchfloor.forecasts.outlook import simulated_finishes
from watchfloor.forecasts.performance import PlannedRow, measure, over_plan
from watchfloor.forecasts.phases import EffortApart, PeriodValue, effort_apart, values_by_period
from watchfloor.forecasts.practices import Practice, practices
from watchfloor.forecasts.quality import (
    OFFENDERS_KEPT,
    HardConstraints,
    PointReport,
    Thresholds,
    keys_of,
    link_key,
    quality_points,
    together,
)
from watchfloor.forecasts.readings import Readings
from watchfloor.forecasts.records import ReadingRecord
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.forecasts.stored import StoredComparison, compare_stored
from watchfloor.forecasts.uncertainty import RUNS, seed_of
from watchfloor.plans.document import ROLLED_UP, Plan, PlanDocument, Remark
from watchfloor_engine.calendars import from_tick
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import COMPLETE, Kind
from watchfloor_engine.paths import float_paths
from watchfloor_engine.phasing import BACK_LOADED, BELL, FRONT_LOADED, LINEAR
from watchfloor_engine.schedule import Schedule

# Only this room knows the engine, so the command takes its words for limits and definitions from here.
__all__ = ["CURVES", "AssessOptions", "Assessment", "HardConstraints", "ProjectAssessment", "Thresholds", "assess"]

_ROLLED = (Kind.LOE, Kind.SUMMARY)
CURVES = {"linear": LINEAR, "front": FRONT_LOADED, "back": BACK_LOADED, "bell": BELL}
_PARTIAL = "xer.project_partial"


@dataclass(frozen=True, slots=True)
class AssessOptions:
    """What to look at. ``baseline`` names one inside the file; by default its first."""

    hard_constraints: str = HardConstraints.DCMA.value
    thresholds: Thresholds = field(default_factory=Thresholds)
    baseline: str = ""
    curve: str = "linear"  # of CURVES, by which budgets are spread over working time
    simulate: bool = False
    runs: int = RUNS
    paths: int = 0  # how many float paths, tightest first
    paths_to: str = ""  # key of the activity they lead to; by default what each project ends with


@dataclass(frozen=True, slots=True)
class PathReport:
    """One float path by activity keys: what it joins, and how many working days it can wait."""

    number: int
    activities: tuple[str, ...]  # earliest first; at most OFFENDERS_KEPT
    joins: str
    float_days: float  # days of its last activity's calendar


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
    practices: tuple[Practice, ...]
    baseline: str  # name of the file's baseline used, else empty
    earned: Mapping[str, ReadingRecord]
    finishes: Mapping[str, datetime]  # p10 … p90 when simulated
    periods: tuple[PeriodValue, ...] = ()
    effort: EffortApart | None = None
    float_paths: tuple[PathReport, ...] = ()
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
    columns = over_plan(compiled, rows, place=place, curve=CURVES[options.curve]) if name else None
    readings = Readings()
    data_date = int(network.data_date[place])
    performance = measure(compiled, columns, data_date, readings)
    open_ = work & (network.status != COMPLETE)
    floats = (schedule.total_float / compiled.ticks_per_day)[open_]
    starts = schedule.start[work & (schedule.start != MISSING)]
    late = [at for at in schedule.out_of_sequence.tolist() if mine[network.succ[at]]]
    points = quality_points(
        compiled, schedule, place, columns, hard=options.hard_constraints, thresholds=options.thresholds
    )
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
        critical=keys_of(compiled, np.flatnonzero(work & schedule.critical).tolist()),
        longest_path=keys_of(compiled, np.flatnonzero(open_ & schedule.on_longest_path).tolist()),
        out_of_sequence=tuple(link_key(compiled, at) for at in late[:OFFENDERS_KEPT]),
        least_float_days=round(float(floats.min()), 3) if floats.size else None,
        quality=points,
        practices=practices(compiled, schedule, place, columns, points),
        baseline=name,
        earned=readings.taken,
        finishes=finishes,
        periods=() if columns is None else values_by_period(compiled, columns, performance, data_date),
        effort=None if columns is None else effort_apart(compiled, columns, performance),
        float_paths=_float_paths(compiled, schedule, place, options),
    )


def _float_paths(compiled: Compiled, schedule: Schedule, place: int, options: AssessOptions) -> tuple[PathReport, ...]:
    """The tightest chains to the wanted activity, or to the last open one of the project."""
    if not options.paths:
        return ()
    network = compiled.network
    if options.paths_to:
        target = compiled.index.get((place, options.paths_to), -1)
    else:
        open_ = np.flatnonzero((network.project == place) & (network.status != COMPLETE))
        open_ = open_[~np.isin(network.kind[open_], _ROLLED)]
        target = int(open_[np.argmax(schedule.early_finish[open_])]) if open_.size else -1
    if target < 0 or network.kind[target] in _ROLLED:
        return ()
    return tuple(
        PathReport(
            each.number,
            keys_of(compiled, each.activities[-OFFENDERS_KEPT:]),
            compiled.activities[each.joins].key,
            round(each.float_ticks / float(compiled.ticks_per_day[each.activities[-1]]), 2),
        )
        for each in float_paths(network, schedule, compiled.calendars, target, most=options.paths)
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
        practices=(),
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
