"""Planned, earned and spent value of a plan per period, and level of effort apart. Pure.

A file records progress and cost at its data date only. Earlier ones are spread evenly over the working time from the
actual start on, and said to be spread; planned value needs no such assumption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from watchfloor.forecasts.compile import Compiled
from watchfloor.forecasts.performance import (
    BaselineColumns,
    Performance,
    actual_costs,
    earns_as_planned,
    gone_planned,
    planned_by,
)
from watchfloor_engine.calendars import from_tick, to_tick
from watchfloor_engine.kernels import F64, I64, MISSING
from watchfloor_engine.network import COMPLETE, Kind
from watchfloor_engine.phasing import per_period, phased, whole_units

SHORT_DAYS = 120  # a plan no longer than that is told by weeks, others by months
MAX_PERIODS = 520


@dataclass(frozen=True, slots=True)
class PeriodValue:
    """One period, in minor units: what it adds, and the sums to its end. Earned and spent end at the data date."""

    start: datetime
    end: datetime
    planned_minor: int
    earned_minor: int | None
    actual_minor: int | None
    planned_to_date_minor: int
    earned_to_date_minor: int | None
    actual_to_date_minor: int | None


@dataclass(frozen=True, slots=True)
class EffortApart:
    """Work that measures progress, and level of effort, which only follows the calendar; in minor units."""

    budget_minor: int
    planned_minor: int
    earned_minor: int
    effort_budget_minor: int
    effort_planned_minor: int

    @property
    def spi(self) -> float | None:
        """Schedule performance of measured work alone."""
        return self.earned_minor / self.planned_minor if self.planned_minor > 0 else None


def effort_apart(compiled: Compiled, baseline: BaselineColumns, performance: Performance) -> EffortApart | None:
    """The two sums where there is level of effort with a budget, else None."""
    effort = earns_as_planned(compiled) & baseline.mine
    if performance.basis != "cost" or not baseline.cost[effort].any():
        return None
    measured = baseline.mine & ~effort
    return EffortApart(
        round(float(baseline.cost[measured].sum())),
        round(float(performance.planned[measured].sum())),
        round(float(performance.earned[measured].sum())),
        round(float(baseline.cost[effort].sum())),
        round(float(performance.planned[effort].sum())),
    )


def values_by_period(
    compiled: Compiled, baseline: BaselineColumns, performance: Performance, data_date: int
) -> tuple[PeriodValue, ...]:
    """The periods from the first with any value to the last; empty without budgets, dates or a data date."""
    if performance.basis != "cost" or MISSING in (baseline.first, data_date):
        return ()
    begun = compiled.network.actual_start[baseline.mine]
    first = min([baseline.first, *begun[begun != MISSING].tolist()])
    bounds = _bounds(from_tick(first), from_tick(max(baseline.last, _worked_until(compiled, baseline, data_date))))
    ends = [to_tick(each) for each in bounds[1:]]
    planned = _planned(compiled, baseline, ends)
    until = [min(end, data_date) for end in ends]
    reached = [start < data_date for start in map(to_tick, bounds[:-1])]
    since = _Since(compiled, baseline, data_date, until)
    earned = _earned(since, performance)
    spent = _spent(since)
    columns = [_whole(each) for each in (planned, earned, spent)]
    totals = [None if each is None else np.cumsum(each) for each in columns]

    def at(values: I64 | None, place: int, *, shown: bool) -> int | None:
        return int(values[place]) if values is not None and shown else None

    rows = [
        PeriodValue(
            bounds[k],
            bounds[k + 1],
            at(columns[0], k, shown=True) or 0,
            at(columns[1], k, shown=reached[k]),
            at(columns[2], k, shown=reached[k]),
            at(totals[0], k, shown=True) or 0,
            at(totals[1], k, shown=reached[k]),
            at(totals[2], k, shown=reached[k]),
        )
        for k in range(len(ends))
    ]
    told = [k for k, row in enumerate(rows) if row.planned_minor or row.earned_minor or row.actual_minor]
    return tuple(rows[told[0] : told[-1] + 1]) if told else ()


def _bounds(first: datetime, last: datetime) -> list[datetime]:
    """Midnights that cut the time from the first to the last moment into weeks or months."""
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    by_weeks = (last - first).days <= SHORT_DAYS
    day -= timedelta(days=day.weekday() if by_weeks else day.day - 1)
    found = [day]
    while found[-1] < last and len(found) <= MAX_PERIODS:
        found.append(found[-1] + timedelta(days=7) if by_weeks else (found[-1] + timedelta(days=32)).replace(day=1))
    return found


def _worked_until(compiled: Compiled, baseline: BaselineColumns, data_date: int) -> int:
    """The data date, or the last finish once everything is finished."""
    network = compiled.network
    own = baseline.mine & (network.kind < int(Kind.LOE))
    if own.any() and (network.status[own] == COMPLETE).all():
        return min(data_date, int(network.actual_finish[own].max()))
    return data_date


def _planned(compiled: Compiled, baseline: BaselineColumns, ends: Sequence[int]) -> F64:
    own = planned_by(compiled, baseline, baseline.parts.cost, ends).sum(axis=0)
    return np.asarray(own + gone_planned(compiled, baseline, ends))


@dataclass(frozen=True, slots=True, eq=False)
class _Since:
    """Amounts known at the data date, told for earlier moments."""

    compiled: Compiled
    baseline: BaselineColumns
    data_date: int
    until: Sequence[int]

    def spread(self, amounts: F64) -> F64:
        """Evenly from the actual start, without one the baseline's, to the actual finish or the data date."""
        network = self.compiled.network
        finish = np.where(network.actual_finish == MISSING, self.data_date, network.actual_finish)
        finish = np.minimum(finish, self.data_date)
        start = np.where(network.actual_start == MISSING, self.baseline.start, network.actual_start)
        start = np.where(start == MISSING, finish, np.minimum(start, finish))
        values = phased(
            start=start, finish=finish, cost=amounts, calendar=network.calendar, calendars=self.compiled.calendars,
            ticks=self.until,
        )  # fmt: skip
        return np.asarray(values.sum(axis=0))


def _earned(since: _Since, performance: Performance) -> F64:
    """EV up to each moment. Level of effort has earned what was planned by then."""
    effort, parts = earns_as_planned(since.compiled), since.baseline.parts
    of_effort = np.where(effort[parts.at], parts.cost, 0.0)
    by_plan = planned_by(since.compiled, since.baseline, of_effort, since.until).sum(axis=0)
    return np.asarray(by_plan + since.spread(np.where(effort, 0.0, performance.earned)))


def _spent(since: _Since) -> F64 | None:
    known = actual_costs(since.compiled)
    if not any(cost is not None and since.baseline.mine[at] for at, cost in enumerate(known)):
        return None
    return since.spread(np.array([float(each or 0) for each in known]) * since.baseline.mine)


def _whole(cumulative: F64 | None) -> I64 | None:
    """Per period in whole minor units that sum to the rounded total."""
    if cumulative is None:
        return None
    return np.asarray(whole_units(np.maximum(per_period(cumulative), 0.0))[0])
