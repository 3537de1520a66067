"""One project's outlook: from its plan, its baseline and its promised date to every figure a forecast shows. Pure.

The same inputs give the same outlook; ``operations.issue_forecast`` stores one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watchfloor.forecasts.columns import activity_columns
from watchfloor.forecasts.compile import Compiled, ExternalDates
from watchfloor.forecasts.performance import PERFORMANCE, BaselineColumns, PlannedRow, measure, over_plan
from watchfloor.forecasts.practices import practices
from watchfloor.forecasts.quality import Thresholds, quality_points
from watchfloor.forecasts.readings import Readings
from watchfloor.forecasts.records import ReadingRecord
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.forecasts.spending import Booked
from watchfloor.forecasts.uncertainty import CORRELATION, RUNS, Futures, futures
from watchfloor.plans.document import MILESTONES, ROLLED_UP, ActivityKind, Plan
from watchfloor_engine.calendars import from_tick, to_tick
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import F64, I64, MISSING
from watchfloor_engine.network import COMPLETE
from watchfloor_engine.schedule import Schedule
from watchfloor_engine.simulate import quantiles

MAX_MILESTONES = 200
# Readings that say nothing without a baseline; each names the kind it was taken against.
AGAINST_BASELINE = frozenset({
    "slip_days", "original_slip_days", "planned_duration_days", "overdue_count", "bei", "missed_count", "hit_rate",
    "p50_cost_minor", "p80_cost_minor", "quality_missed", "quality_cpli", "quality_bei", "practice_baselined",
    *PERFORMANCE,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standard:
    """What the outlook is held against: the current baseline, the original's finish, and the promised day."""

    rows: Mapping[str, PlannedRow] = field(default_factory=dict)
    kind: str = ""  # empty: no baseline
    original_finish: datetime | None = None
    rebaselines: int = 0
    committed_finish: date | None = None
    booked: Booked = field(default_factory=Booked)
    quality_limits: Mapping[str, float] = field(default_factory=dict)  # of the 14 points; by default their own
    missed_cut_offs: int = 0  # in a row, up to now: what the plan says is so old


@dataclass(frozen=True, slots=True)
class MilestoneOutlook:
    key: str
    name: str
    is_committed: bool
    is_done: bool
    plan: datetime | None
    schedule: datetime | None
    p50: datetime | None
    p80: datetime | None
    deadline: datetime | None
    float_days: float | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything of a forecast but its identity."""

    data_date: datetime | None
    plan_finish: datetime | None = None
    schedule_finish: datetime | None = None
    p50_finish: datetime | None = None
    p80_finish: datetime | None = None
    slip_days: float | None = None
    float_days: float | None = None
    confidence: float | None = None
    budget_minor: int | None = None
    eac_minor: int | None = None
    eac_method: str = ""
    runs: int = 0
    seed: int = 0
    readings: Mapping[str, ReadingRecord] = field(default_factory=dict)
    milestones: tuple[MilestoneOutlook, ...] = ()
    columns: Mapping[str, list[Any]] | None = None
    problem: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    plan: Plan
    compiled: Compiled
    schedule: Schedule
    futures: Futures
    baseline: BaselineColumns | None
    watched: tuple[int, ...]
    standard: Standard

    def days(self, earlier: int, later: int) -> float:
        """Working days of the project between two ticks; negative when later is earlier."""
        calendar = self.compiled.calendars.calendars[self.compiled.project_calendar[0]]
        return round(calendar.work_between(earlier, later) / self.compiled.project_ticks_per_day[0], 2)

    def keys(self, indices: I64) -> list[str]:
        return [self.compiled.activities[at].key for at in indices.tolist() if at < self.compiled.own]


def look_ahead(
    plan: Plan,
    standard: Standard,
    *,
    external: Mapping[tuple[str, str], ExternalDates] | None = None,
    seed: int,
    runs: int = RUNS,
) -> Outlook:
    """The outlook of one plan. A plan that cannot be scheduled gives one with a ``problem`` instead of dates."""
    try:
        compiled, schedule = schedule_plans((plan,), external=external)
    except PlanCycle as cycle:
        return Outlook(plan.data_date, problem={"code": "plan.cycle", "path": list(cycle.path[:200])})
    except EngineError as error:
        return Outlook(plan.data_date, problem={"code": error.code, "message": str(error)})
    if not compiled.own:
        return Outlook(plan.data_date, problem={"code": "plan.empty"})
    baseline = over_plan(compiled, standard.rows) if standard.kind else None
    watched = _milestones_to_watch(compiled)
    simulated = futures(
        compiled,
        seed=seed,
        runs=runs,
        watch=watched,
        remaining_cost=_remaining_cost(compiled, baseline),
        missed_cut_offs=standard.missed_cut_offs,
    )
    case = _Case(plan, compiled, schedule, simulated, baseline, watched, standard)
    return _outlook(case, seed)


def simulated_finishes(compiled: Compiled, *, seed: int, runs: int = RUNS) -> tuple[Mapping[str, datetime], ...]:
    """P10, P50, P80 and P90 of each plan's finish, with the assumed spread of durations."""
    finish = futures(compiled, seed=seed, runs=runs).simulation.finish
    points = quantiles(finish, (0.1, 0.5, 0.8, 0.9))
    names = ("p10", "p50", "p80", "p90")
    return tuple(
        {name: from_tick(int(points[row, place])) for row, name in enumerate(names)}
        for place in range(len(compiled.plans))
    )


def _outlook(case: _Case, seed: int) -> Outlook:
    compiled, schedule, standard = case.compiled, case.schedule, case.standard
    readings = Readings()
    data_date = int(compiled.network.data_date[0])
    finish = int(schedule.project_finish[0])
    runs = case.futures.simulation.finish[0]
    p10, p50, p80, p90 = (int(tick) for tick in quantiles(runs, (0.1, 0.5, 0.8, 0.9)))
    planned = MISSING if case.baseline is None else case.baseline.last
    target, target_kind = _target(standard, planned)
    inputs = {"schedule_finish": _text(finish), "baseline_finish": _text(planned), "baseline": standard.kind}
    path = case.keys(np.flatnonzero(schedule.on_longest_path))

    slip = None if planned == MISSING else case.days(planned, finish)
    readings.take("slip_days", slip, reason="" if slip is not None else "no_baseline", inputs=inputs, rows=path)
    original = standard.original_finish
    readings.take(
        "original_slip_days",
        None if original is None else case.days(to_tick(original), finish),
        reason="" if original is not None else "no_original_baseline",
        inputs={**inputs, "original_finish": None if original is None else original.isoformat(timespec="minutes")},
    )
    readings.take("rebaselines", float(standard.rebaselines))
    slack = None if target == MISSING else case.days(finish, target)
    held = {"schedule_finish": _text(finish), "target": _text(target), "target_kind": target_kind}
    readings.take("float_days", slack, reason="" if slack is not None else "no_target", inputs=held, rows=path)
    confidence = None if target == MISSING else float((runs <= target).mean())
    chance = {
        **held, "runs": int(runs.size), "correlation": CORRELATION, "seed": seed,
        "estimated": case.futures.estimated, "assumed": case.futures.assumed,
        "p10": _text(p10), "p50": _text(p50), "p80": _text(p80), "p90": _text(p90),
    }  # fmt: skip
    if standard.missed_cut_offs:
        chance["missed_cut_offs"] = standard.missed_cut_offs
    readings.take("confidence", confidence, reason="" if confidence is not None else "no_target", inputs=chance)
    _take_spread(case, readings, finish, {"p10": p10, "p50": p50, "p80": p80, "p90": p90}, chance)
    _take_counts(case, readings, data_date)
    performance = measure(compiled, case.baseline, data_date, readings, standard.booked)
    _take_cost_at_risk(case, readings)
    _take_quality(case, readings)
    for name in AGAINST_BASELINE & readings.taken.keys():
        readings.tell(name, baseline=standard.kind or None)
    return Outlook(
        data_date=case.plan.data_date,
        plan_finish=_moment(planned),
        schedule_finish=_moment(finish),
        p50_finish=_moment(p50),
        p80_finish=_moment(p80),
        slip_days=slip,
        float_days=slack,
        confidence=confidence,
        budget_minor=performance.budget_minor,
        eac_minor=performance.eac_minor,
        eac_method=performance.eac_method,
        runs=int(runs.size),
        seed=seed,
        readings=readings.taken,
        milestones=_milestones(case),
        columns=activity_columns(compiled, schedule, case.futures.simulation, case.baseline, performance),
    )


def _target(standard: Standard, planned: int) -> tuple[int, str]:
    """The tick the finish is held to: the end of the promised day, else the baseline's finish."""
    if standard.committed_finish is not None:
        day = standard.committed_finish + timedelta(days=1)
        return to_tick(datetime(day.year, day.month, day.day)), "committed"  # noqa: DTZ001 - the plan's own clock
    return planned, "baseline" if planned != MISSING else ""


def _take_spread(
    case: _Case, readings: Readings, finish: int, points: Mapping[str, int], inputs: Mapping[str, Any]
) -> None:
    """The simulated finishes as working days after the schedule's, which curves and sparklines can draw."""
    for name, tick in points.items():
        readings.take(f"{name}_after_schedule_days", case.days(finish, tick), formula="quantile", inputs=inputs)
    first = MISSING if case.baseline is None else case.baseline.first
    if case.baseline is None or first == MISSING:
        readings.take("planned_duration_days", None, reason="no_baseline")
    else:
        readings.take("planned_duration_days", case.days(first, case.baseline.last))
    start = int(case.schedule.start[: case.compiled.own].min())
    readings.take("duration_days", case.days(start, finish), inputs={"start": _text(start), "finish": _text(finish)})


def _take_counts(case: _Case, readings: Readings, data_date: int) -> None:
    compiled, schedule = case.compiled, case.schedule
    own = np.arange(compiled.network.size) < compiled.own
    work = own & np.array([each.kind not in ROLLED_UP for each in compiled.activities], dtype=np.bool_)
    open_ = work & (compiled.network.status != COMPLETE)
    readings.take("activities", float(work.sum()))
    readings.take("complete_count", float((work & ~open_).sum()))
    _take_execution(case, readings, data_date)
    for name, flags in (
        ("critical_count", open_ & schedule.critical),
        ("negative_float_count", open_ & (schedule.total_float < 0)),
        ("out_of_sequence_count", _at(compiled.network.succ[schedule.out_of_sequence].tolist(), own.size)),
    ):
        found = np.flatnonzero(flags & own)
        readings.take(name, float(found.size), rows=case.keys(found))
    if case.baseline is None or data_date == MISSING:
        readings.take("overdue_count", None, reason="no_baseline" if case.baseline is None else "no_data_date")
        return
    planned = case.baseline.finish
    late = np.flatnonzero(open_ & (planned != MISSING) & (planned <= data_date))
    readings.take("overdue_count", float(late.size), rows=case.keys(late))


def _take_execution(case: _Case, readings: Readings, data_date: int) -> None:
    """BEI, hit rate and missed activities, as the schedule check counts them; without a baseline they say so."""
    due = None if case.baseline is None or data_date == MISSING else _due(case, case.baseline, data_date)
    if due is None or not due.any():
        reason = "no_baseline" if case.baseline is None else "no_data_date" if due is None else "no_baseline_due"
        for name in ("bei", "hit_rate", "missed_count"):
            readings.take(name, None, reason=reason)
        return
    assert case.baseline is not None
    planned, finish = case.baseline.finish, case.schedule.finish
    complete = _real(case) & (case.compiled.network.status == COMPLETE)
    hit = due & complete & (case.compiled.network.actual_finish <= planned)
    missed = np.flatnonzero(due & (finish > planned))
    counts = {"completed": int(complete.sum()), "due": int(due.sum())}
    not_done = case.keys(np.flatnonzero(due & ~complete))
    readings.take("bei", float(complete.sum() / due.sum()), inputs=counts, rows=not_done)
    readings.take("hit_rate", float(hit.sum() / due.sum()), inputs={**counts, "on_time": int(hit.sum())})
    readings.take("missed_count", float(missed.size), inputs=counts, rows=case.keys(missed))


def _due(case: _Case, baseline: BaselineColumns, data_date: int) -> NDArray[np.bool_]:
    known = baseline.finish != MISSING
    return np.asarray(_real(case) & known & (baseline.finish <= data_date))


def _real(case: _Case) -> NDArray[np.bool_]:
    """Work of the project: no summaries, no level of effort."""
    own = np.arange(case.compiled.network.size) < case.compiled.own
    return np.asarray(own & [each.kind not in ROLLED_UP for each in case.compiled.activities])


def _take_quality(case: _Case, readings: Readings) -> None:
    """The 14 points and the ten practices; their rows are what offends."""
    limits = Thresholds(**case.standard.quality_limits)
    points = quality_points(case.compiled, case.schedule, 0, case.baseline, thresholds=limits)
    for point in points:
        readings.take(
            f"quality_{point.code}", point.value, reason="" if point.value is not None else point.reason,
            inputs={"limit": point.threshold, "base": point.base, "offenders": point.offender_count},
            rows=tuple(dict.fromkeys(point.activities)),
        )  # fmt: skip
    keys = {each.key for each in case.plan.activities}
    for practice in practices(case.compiled, case.schedule, 0, case.baseline, points):
        weakest = practice.weakest
        readings.take(
            f"practice_{practice.code}", practice.score, reason="" if practice.score is not None else practice.reason,
            inputs={each.code: each.value for each in practice.measures if each.value is not None},
            rows=[each for each in weakest.offenders if each in keys] if weakest is not None else (),
        )  # fmt: skip


def _take_cost_at_risk(case: _Case, readings: Readings) -> None:
    """P80 of the cost: what is spent, plus the simulated cost of the rest at the performance shown so far."""
    # AC of the date the EAC was made at; a newer one would leave it less to come than it had.
    spent, eac = readings.value("ac_compared_minor"), readings.value("eac_minor")
    if spent is None or eac is None:
        for name in ("p50_cost_minor", "p80_cost_minor"):
            readings.take(name, None, reason="no_eac")
        return
    rest = case.futures.simulation.cost[0]
    likely = float(_remaining_cost(case.compiled, case.baseline).sum())
    # The same method as the EAC: its rest over the planned rest is the price of one unit of remaining budget.
    factor = (eac - spent) / likely if likely > 0 else 1.0
    for name, share in (("p50_cost_minor", 0.5), ("p80_cost_minor", 0.8)):
        value = spent + factor * float(quantiles(rest, (share,))[0])
        readings.take(
            name, round(value), formula="quantile_cost",
            inputs={"ac_minor": spent, "eac_minor": eac, "remaining_budget_minor": round(likely), "share": share},
        )  # fmt: skip


def _remaining_cost(compiled: Compiled, baseline: BaselineColumns | None) -> F64:
    """Budget of the work that is left, per activity."""
    if baseline is None or not baseline.has_cost:
        return np.zeros(compiled.network.size)
    duration = np.maximum(compiled.network.duration, 1)
    left = np.clip(compiled.network.remaining / duration, 0.0, 1.0)
    open_ = compiled.network.status != COMPLETE
    return np.where(open_, baseline.cost * np.where(compiled.network.duration > 0, left, 1.0), 0.0)


def _at(indices: list[int], size: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    flags = np.zeros(size, dtype=np.bool_)
    flags[indices] = True
    return flags


def _milestones_to_watch(compiled: Compiled) -> tuple[int, ...]:
    found = [
        at
        for at, each in enumerate(compiled.activities[: compiled.own])
        if each.kind in MILESTONES or (each.is_committed and each.kind is not ActivityKind.LEVEL_OF_EFFORT)
    ]
    # With more than can be kept, promises come first.
    found.sort(key=lambda at: (not compiled.activities[at].is_committed, at))
    return tuple(sorted(found[:MAX_MILESTONES]))


def _milestones(case: _Case) -> tuple[MilestoneOutlook, ...]:
    if not case.watched:
        return ()
    finishes = case.futures.simulation.watch_finish
    likely, high = quantiles(finishes, (0.5, 0.8))
    found = []
    for row, at in enumerate(case.watched):
        activity = case.compiled.activities[at]
        finish = int(case.schedule.finish[at])
        planned = MISSING if case.baseline is None else int(case.baseline.finish[at])
        promised = planned if activity.deadline is None else to_tick(activity.deadline)
        found.append(
            MilestoneOutlook(
                key=activity.key,
                name=activity.name,
                is_committed=activity.is_committed,
                is_done=case.compiled.network.status[at] == COMPLETE,
                plan=_moment(planned),
                schedule=_moment(finish),
                p50=_moment(int(likely[row])),
                p80=_moment(int(high[row])),
                deadline=activity.deadline,
                float_days=None if promised == MISSING else case.days(finish, promised),
                confidence=None if promised == MISSING else float((finishes[row] <= promised).mean()),
            )
        )
    return tuple(found)


def _moment(tick: int) -> datetime | None:
    return None if tick == MISSING else from_tick(tick)


def _text(tick: int) -> str | None:
    return None if tick == MISSING else from_tick(tick).isoformat(timespec="minutes")
