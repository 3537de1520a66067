"""Schedule quality: the DCMA 14-point assessment, each point with its offenders, base and definition.

Sources: DCMA-EA PAM 200.1 (2012), section 4; definitions and their traps: docs/methods/schedule-quality.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from watchfloor_engine.calendar_kernels import work_between
from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.errors import HorizonExceeded
from watchfloor_engine.kernels import F64, I64, MISSING
from watchfloor_engine.network import COMPLETE, NOT_STARTED, Constraint, Kind, Link, Network
from watchfloor_engine.options import GivenOptions, Options, each_options
from watchfloor_engine.schedule import Schedule, schedule

TEST_DELAY_DAYS = 600


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


class HardConstraints(StrEnum):
    """Which constraints point 5 counts; tools differ, so the report names the definition."""

    DCMA = "dcma"  # start/finish on, mandatory, start/finish no later than
    P6_MANDATORY = "p6-mandatory"  # mandatory start and finish only
    TWO_SIDED = "two-sided"  # those that hold a date from both sides: start/finish on, mandatory


_MANDATORY = (Constraint.MANDATORY_START, Constraint.MANDATORY_FINISH)
_ON = (Constraint.START_ON, Constraint.FINISH_ON)
_NO_LATER = (Constraint.START_NO_LATER, Constraint.FINISH_NO_LATER)
_HARD = {
    HardConstraints.DCMA: _ON + _MANDATORY + _NO_LATER,
    HardConstraints.P6_MANDATORY: _MANDATORY,
    HardConstraints.TWO_SIDED: _ON + _MANDATORY,
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of the points; shares are 0..1, days are working days of the activity's own calendar."""

    missing_logic: float = 0.05
    leads: float = 0.0
    lags: float = 0.05
    finish_start: float = 0.90
    hard_constraints: float = 0.05
    high_float: float = 0.05
    high_float_days: float = 44.0
    negative_float: float = 0.0
    high_duration: float = 0.05
    high_duration_days: float = 44.0
    invalid_dates: float = 0.0
    unloaded: float = 0.0
    missed: float = 0.05
    critical_path_test: float = 0.95  # share of the 600 days by which the finish must move
    cpli: float = 0.95
    bei: float = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class QualityInputs:
    """What the points need beyond network and schedule. Arrays are per activity (n)."""

    ticks_per_day: F64 | I64  # working ticks that one day means on the activity's calendar
    loaded: NDArray[np.bool_] | None = None  # has a resource or a cost
    baseline_finish: I64 | None = None
    baseline_duration: I64 | None = None
    planning_package: NDArray[np.bool_] | None = None
    project_calendar: int = 0
    project_ticks_per_day: float = 4800.0
    hard_definition: HardConstraints = HardConstraints.DCMA


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """One of the 14. ``value`` is a share (0..1), a count (leads, negative float, invalid dates) or an index."""

    number: int
    code: str
    value: float | None
    threshold: float
    at_least: bool  # True: value must reach the threshold, False: must not exceed it
    outcome: Outcome
    base: int  # how many activities or relationships were looked at
    offenders: I64  # activity or link indices
    of_links: bool = False
    reason: str = ""  # why not applicable
    details: dict[str, float] = field(default_factory=dict)
    definition: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    points: tuple[Point, ...]

    def __getitem__(self, code: str) -> Point:
        for point in self.points:
            if point.code == code:
                return point
        raise KeyError(code)

    @property
    def failed(self) -> tuple[Point, ...]:
        return tuple(p for p in self.points if p.outcome is Outcome.FAILED)


_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """Everything a point looks at, restricted to one project."""

    network: Network
    schedule: Schedule
    calendars: CalendarSet
    options: tuple[Options, ...]  # by project
    inputs: QualityInputs
    limits: Thresholds
    project: int
    real: NDArray[np.bool_]  # activities of the project without summaries and level of effort
    incomplete: NDArray[np.bool_]
    links: NDArray[np.bool_]  # links whose successor is such an incomplete activity
    data_date: int


def assess_quality(
    network: Network,
    schedule_: Schedule,
    calendars: CalendarSet,
    options: GivenOptions,
    inputs: QualityInputs,
    *,
    project: int = 0,
    thresholds: Thresholds | None = None,
) -> Quality:
    """The 14 points of one project of the network.

    Point 12 schedules the network once more with 600 working days added to a critical activity; compile the
    calendars for at least four years beyond the finish, else it is not applicable ("horizon").
    """
    real = (network.kind != Kind.SUMMARY) & (network.kind != Kind.LOE) & (network.project == project)
    incomplete = real & (network.status != COMPLETE)
    links = incomplete[network.succ] & (network.kind[network.pred] != Kind.LOE)
    links &= network.kind[network.pred] != Kind.SUMMARY
    case = _Case(
        network, schedule_, calendars, each_options(options, network.projects),
        inputs, thresholds or Thresholds(), project,
        real, incomplete, links, int(network.data_date[project]),
    )  # fmt: skip
    return Quality(tuple(point(case) for point in _POINTS))


def _missing_logic(c: _Case) -> Point:
    n = c.network.size
    rolled = (c.network.kind == Kind.LOE) | (c.network.kind == Kind.SUMMARY)
    counts = ~(rolled[c.network.pred] | rolled[c.network.succ])
    has_pred = np.bincount(c.network.succ[counts], minlength=n) > 0
    has_succ = np.bincount(c.network.pred[counts], minlength=n) > 0
    open_start, open_end = c.incomplete & ~has_pred, c.incomplete & ~has_succ
    return replace(
        _share(c, 1, "missing_logic", open_start | open_end, c.incomplete, c.limits.missing_logic),
        details={"without_predecessor": float(open_start.sum()), "without_successor": float(open_end.sum())},
    )


def _leads(c: _Case) -> Point:
    return _count(2, "leads", c.links & (c.network.lag < 0), c.links, c.limits.leads, of_links=True)


def _lags(c: _Case) -> Point:
    return _share(c, 3, "lags", c.links & (c.network.lag > 0), c.links, c.limits.lags, of_links=True)


def _finish_start(c: _Case) -> Point:
    other = c.links & (c.network.link != Link.FS)
    base = int(c.links.sum())
    if base == 0:
        return _not_applicable(4, "finish_start", c.limits.finish_start, "no_relationships", at_least=True)
    value = 1.0 - float(other.sum()) / base
    return _point(4, "finish_start", value, c.limits.finish_start, base, other, at_least=True, of_links=True)


def _hard_constraints(c: _Case) -> Point:
    hard = [int(k) for k in _HARD[c.inputs.hard_definition]]
    flags = c.incomplete & (np.isin(c.network.constraint, hard) | np.isin(c.network.constraint2, hard))
    point = _share(c, 5, "hard_constraints", flags, c.incomplete, c.limits.hard_constraints)
    return replace(point, definition=c.inputs.hard_definition.value)


def _high_float(c: _Case) -> Point:
    limit = c.limits.high_float_days * c.inputs.ticks_per_day
    return _share(
        c, 6, "high_float", c.incomplete & (c.schedule.total_float > limit), c.incomplete, c.limits.high_float
    )


def _negative_float(c: _Case) -> Point:
    return _count(
        7, "negative_float", c.incomplete & (c.schedule.total_float < 0), c.incomplete, c.limits.negative_float
    )


def _high_duration(c: _Case) -> Point:
    duration = c.network.duration
    if c.inputs.baseline_duration is not None:
        duration = np.where(c.inputs.baseline_duration != MISSING, c.inputs.baseline_duration, duration)
    base = c.incomplete
    if c.inputs.planning_package is not None:
        base = base & ~c.inputs.planning_package
    long = base & (duration > c.limits.high_duration_days * c.inputs.ticks_per_day)
    return _share(c, 8, "high_duration", long, base, c.limits.high_duration)


def _invalid_dates(c: _Case) -> Point:
    if c.data_date == MISSING:
        return _not_applicable(9, "invalid_dates", c.limits.invalid_dates, "no_data_date")
    net, s = c.network, c.schedule
    actual_late = (net.actual_start != MISSING) & (net.actual_start > c.data_date)
    actual_late |= (net.actual_finish != MISSING) & (net.actual_finish > c.data_date)
    forecast_early = (net.status == NOT_STARTED) & (s.start < c.data_date)
    forecast_early |= (net.status != COMPLETE) & (s.finish < c.data_date)
    point = _count(9, "invalid_dates", c.real & (actual_late | forecast_early), c.real, c.limits.invalid_dates)
    details = {
        "actual_after_data_date": float((c.real & actual_late).sum()),
        "forecast_before_data_date": float((c.real & forecast_early).sum()),
    }
    return replace(point, details=details)


def _unloaded(c: _Case) -> Point:
    if c.inputs.loaded is None or not (c.real & c.inputs.loaded).any():
        return _not_applicable(10, "unloaded", c.limits.unloaded, "not_loaded")
    base = c.incomplete & (c.network.duration > 0)
    return _share(c, 10, "unloaded", base & ~c.inputs.loaded, base, c.limits.unloaded)


def _missed(c: _Case) -> Point:
    due = _due(c)
    if due is None:
        return _not_applicable(11, "missed", c.limits.missed, _why_none_due(c))
    assert c.inputs.baseline_finish is not None
    late = due & (c.schedule.finish > c.inputs.baseline_finish)
    return _share(c, 11, "missed", late, due, c.limits.missed)


def _critical_path_test(c: _Case) -> Point:
    code, limit = "critical_path_test", c.limits.critical_path_test
    path = c.schedule.on_longest_path & c.incomplete & (c.network.remaining > 0)
    if not path.any():
        return _not_applicable(12, code, limit, "no_critical_path", at_least=True)
    candidates = np.flatnonzero(path)
    chosen = int(candidates[np.argmin(c.schedule.early_start[candidates])])
    delay = round(TEST_DELAY_DAYS * float(c.inputs.ticks_per_day[chosen]))
    remaining = c.network.remaining.copy()
    remaining[chosen] += delay
    # An expected finish would swallow the delay, so it is ignored for the test.
    options = [replace(each, use_expected_finish=False) for each in c.options]
    try:
        before = schedule(c.network, c.calendars, options).project_finish[c.project]
        after = schedule(c.network.with_remaining(remaining), c.calendars, options).project_finish[c.project]
    except HorizonExceeded:
        return _not_applicable(12, code, limit, "horizon", at_least=True)
    on = 0 if c.network.elapsed[chosen] else int(c.network.calendar[chosen])
    moved = work_between(c.calendars.arrays, on, int(before), int(after))
    value = moved / delay if delay else 0.0
    offenders = np.zeros(c.network.size, dtype=np.bool_)
    offenders[chosen] = value < limit
    point = _point(12, code, value, limit, int(path.sum()), offenders, at_least=True)
    return replace(point, details={"activity": float(chosen), "moved_days": TEST_DELAY_DAYS * value})


def _cpli(c: _Case) -> Point:
    code, limit = "cpli", c.limits.cpli
    finish = int(c.schedule.project_finish[c.project])
    imposed = int(c.network.must_finish[c.project])
    target = imposed
    if target == MISSING and c.inputs.baseline_finish is not None:
        known = c.real & (c.inputs.baseline_finish != MISSING)
        target = int(c.inputs.baseline_finish[known].max()) if known.any() else MISSING
    if target == MISSING:
        return _not_applicable(13, code, limit, "no_target", at_least=True)
    if c.data_date == MISSING:
        return _not_applicable(13, code, limit, "no_data_date", at_least=True)
    length = work_between(c.calendars.arrays, c.inputs.project_calendar, c.data_date, finish)
    total_float = work_between(c.calendars.arrays, c.inputs.project_calendar, finish, target)
    if length <= 0:
        return _not_applicable(13, code, limit, "finished", at_least=True)
    day = c.inputs.project_ticks_per_day
    point = _point(
        13, code, cpli(length, total_float), limit, 1, np.zeros(c.network.size, dtype=np.bool_), at_least=True
    )
    return replace(
        point,
        details={"length_days": length / day, "float_days": total_float / day},
        definition="imposed_finish" if imposed != MISSING else "baseline_finish",
    )


def _bei(c: _Case) -> Point:
    due = _due(c)
    if due is None:
        return _not_applicable(14, "bei", c.limits.bei, _why_none_due(c), at_least=True)
    assert c.inputs.baseline_finish is not None
    complete = c.real & (c.network.status == COMPLETE)
    value = float(complete.sum()) / float(due.sum())
    hit = due & complete & (c.network.actual_finish <= c.inputs.baseline_finish)
    point = _point(14, "bei", value, c.limits.bei, int(due.sum()), due & ~complete, at_least=True)
    return replace(point, details={"completed": float(complete.sum()), "hit_rate": float(hit.sum()) / float(due.sum())})


def cpli(length: float, total_float: float) -> float:
    """Critical path length index: (CPL + TF) / CPL, both in the same unit."""
    return (length + total_float) / length


_POINTS: tuple[Callable[[_Case], Point], ...] = (
    _missing_logic, _leads, _lags, _finish_start, _hard_constraints, _high_float, _negative_float, _high_duration,
    _invalid_dates, _unloaded, _missed, _critical_path_test, _cpli, _bei,
)  # fmt: skip


def _due(c: _Case) -> NDArray[np.bool_] | None:
    if c.inputs.baseline_finish is None or c.data_date == MISSING:
        return None
    known = c.inputs.baseline_finish != MISSING
    due = np.asarray(c.real & known & (c.inputs.baseline_finish <= c.data_date))
    return due if due.any() else None


def _why_none_due(c: _Case) -> str:
    if c.inputs.baseline_finish is None:
        return "no_baseline"
    return "no_data_date" if c.data_date == MISSING else "no_baseline_due"


def _share(
    c: _Case, number: int, code: str, offenders: NDArray[np.bool_], base: NDArray[np.bool_], limit: float,
    *, of_links: bool = False,
) -> Point:  # fmt: skip
    size = int(base.sum())
    if size == 0:
        return _not_applicable(number, code, limit, "no_relationships" if of_links else "no_activities")
    return _point(number, code, float(offenders.sum()) / size, limit, size, offenders, of_links=of_links)


def _count(
    number: int, code: str, offenders: NDArray[np.bool_], base: NDArray[np.bool_], limit: float,
    *, of_links: bool = False,
) -> Point:  # fmt: skip
    size = int(base.sum())
    if size == 0:
        return _not_applicable(number, code, limit, "no_relationships" if of_links else "no_activities")
    return _point(number, code, float(offenders.sum()), limit, size, offenders, of_links=of_links)


def _point(
    number: int, code: str, value: float, limit: float, base: int, offenders: NDArray[np.bool_],
    *, at_least: bool = False, of_links: bool = False,
) -> Point:  # fmt: skip
    good = value >= limit if at_least else value <= limit
    outcome = Outcome.PASSED if good else Outcome.FAILED
    return Point(number, code, value, limit, at_least, outcome, base, np.flatnonzero(offenders), of_links)


def _not_applicable(number: int, code: str, limit: float, reason: str, *, at_least: bool = False) -> Point:
    return Point(number, code, None, limit, at_least, Outcome.NOT_APPLICABLE, 0, _NONE, reason=reason)


__all__ = [
    "HardConstraints", "Outcome", "Point", "Quality", "QualityInputs", "Thresholds", "assess_quality",
    "cpli",
]  # fmt: skip
