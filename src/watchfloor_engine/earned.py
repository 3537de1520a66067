"""Earned value and earned schedule: how much was earned, at what cost, and what that says about the end.

Amounts are minor units of one currency (int or float, scalars or arrays); ratios are float64. A figure that cannot
be computed is absent and carries a reason, never NaN and never a guess. Sources: ANSI/EIA-748, PMI Practice Standard
for Earned Value Management; Lipke, "Schedule is Different" (2003). Formulas: docs/methods/earned-value.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numba import types
from numpy.typing import ArrayLike

from watchfloor_engine.calendar_kernels import work_at
from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import F64, I32, I64, MISSING, CalendarArrays, calendar_type, kernel


class Withheld(StrEnum):
    """Why a figure is not given."""

    NO_ACTUAL_COST = "no_actual_cost"  # no source of AC: never derived from PV or EV
    NO_BUDGET = "no_budget"
    NOTHING_PLANNED = "nothing_planned"  # PV = 0
    NOTHING_EARNED = "nothing_earned"  # EV = 0
    NOTHING_SPENT = "nothing_spent"  # AC = 0
    DATES_DIFFER = "dates_differ"  # EV and AC are not of the same date
    BUDGET_SPENT = "budget_spent"  # BAC - AC (or EAC - AC) ≤ 0
    NOT_STARTED = "not_started"  # no time has passed
    OVERDUE = "overdue"  # planned duration is used up
    NO_PLAN = "no_plan"  # no planned value in any period
    NO_HISTORY = "no_history"  # too few periods of known EV and AC
    NOT_SAID = "not_said"  # the manager gave no estimate
    NO_MILESTONES = "no_milestones"  # weighted milestones without weight
    NO_QUANTITY = "no_quantity"  # units without a planned quantity
    NO_BASE = "no_base"  # apportioned to nothing that earns by itself


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, or the reason why there is none. Exactly one of the two is set."""

    value: float | None
    withheld: Withheld | None = None

    def __bool__(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """One subject's figures at one date. Costs in minor units."""

    bac: float
    pv: float
    ev: float
    ac: float | None
    sv: Figure
    cv: Figure
    spi: Figure
    cpi: Figure
    eac_cpi: Figure  # BAC / CPI: the rest costs as the past did
    eac_remaining: Figure  # AC + (BAC - EV): the rest costs as planned
    eac_cpi_spi: Figure  # AC + (BAC - EV) / (CPI · SPI): late work is bought back
    vac: Figure  # BAC - EAC by CPI
    tcpi_bac: Figure  # to stay within BAC
    tcpi_eac: Figure  # to stay within the EAC by CPI

    def tcpi_to(self, eac: float) -> Figure:
        """Cost performance needed from now on to end at ``eac``."""
        if self.ac is None:
            return Figure(None, Withheld.NO_ACTUAL_COST)
        return _ratio(self.bac - self.ev, eac - self.ac, Withheld.BUDGET_SPENT)


def earned_value(
    *,
    bac: float,
    pv: float,
    ev: float,
    ac: float | None,
    ev_tick: int | None = None,
    ac_tick: int | None = None,
) -> EarnedValue:
    """All figures of one subject.

    Args:
        bac: budget at completion; pv, ev: planned and earned value at the data date; ac: actual cost or None.
        ev_tick, ac_tick: as-of moments. Where both are given and differ, everything that divides or subtracts
            EV and AC is withheld: figures of different dates do not belong together.
    """
    reason: Withheld | None = None
    if ac is None:
        reason = Withheld.NO_ACTUAL_COST
    elif ev_tick is not None and ac_tick is not None and ev_tick != ac_tick:
        reason = Withheld.DATES_DIFFER
    elif bac <= 0:
        reason = Withheld.NO_BUDGET
    spi = _ratio(ev, pv, Withheld.NOTHING_PLANNED)
    if reason is not None or ac is None:
        none = Figure(None, reason)
        return EarnedValue(
            bac, pv, ev, ac, Figure(float(ev - pv)), none, spi, none, none, none, none, none, none, none
        )  # fmt: skip
    cpi = _ratio(ev, ac, Withheld.NOTHING_SPENT)
    if ev <= 0:
        by_cpi = Figure(None, Withheld.NOTHING_EARNED)
    else:
        by_cpi = Figure(float(bac * ac / ev))
    if cpi.value is None or spi.value is None or cpi.value * spi.value <= 0:
        lacking = cpi.withheld or spi.withheld or Withheld.NOTHING_EARNED
        by_both = Figure(None, lacking)
    else:
        by_both = Figure(float(ac + (bac - ev) / (cpi.value * spi.value)))
    vac = Figure(float(bac - by_cpi.value)) if by_cpi.value is not None else Figure(None, by_cpi.withheld)
    to_eac = (
        _ratio(bac - ev, by_cpi.value - ac, Withheld.BUDGET_SPENT)
        if by_cpi.value is not None
        else Figure(None, by_cpi.withheld)
    )
    return EarnedValue(
        bac=bac,
        pv=pv,
        ev=ev,
        ac=ac,
        sv=Figure(float(ev - pv)),
        cv=Figure(float(ev - ac)),
        spi=spi,
        cpi=cpi,
        eac_cpi=by_cpi,
        eac_remaining=Figure(float(ac + (bac - ev))),
        eac_cpi_spi=by_both,
        vac=vac,
        tcpi_bac=_ratio(bac - ev, bac - ac, Withheld.BUDGET_SPENT),
        tcpi_eac=to_eac,
    )


@dataclass(frozen=True, slots=True)
class EarnedSchedule:
    """Schedule performance in time instead of money. Times in periods of the planned-value curve."""

    es: Figure  # earned schedule: when the value earned by now should have been earned
    at: float  # actual time
    pd: float  # planned duration
    spi_t: Figure
    sv_t: Figure
    ieac_t: Figure  # duration estimate at completion
    tspi: Figure  # time performance needed to end on the planned duration


def earned_schedule(
    planned: Sequence[float] | F64 | I64, ev: float, *, at: float, pd: float | None = None
) -> EarnedSchedule:
    """Earned schedule of ``ev`` against cumulative planned value.

    Args:
        planned: cumulative PV at the end of periods 1, 2, … (not decreasing).
        ev: earned value now; at: periods passed; pd: planned duration in periods, default: where PV ends growing.

    Raises:
        EngineError: planned value decreases.
    """
    curve = np.concatenate(([0.0], np.asarray(planned, dtype=np.float64)))
    if (np.diff(curve) < 0).any():
        raise EngineError("Cumulative planned value must not decrease. Check the periods' order.")
    if curve.size < 2 or curve[-1] <= 0:
        none = Figure(None, Withheld.NO_PLAN)
        return EarnedSchedule(none, at, pd or 0.0, none, none, none, none)
    full = float(np.argmax(curve >= curve[-1]))
    planned_duration = full if pd is None else float(pd)
    if ev >= curve[-1]:
        es = full
    else:
        c = int(np.searchsorted(curve, ev, side="right")) - 1
        c = max(c, 0)
        es = c + (max(ev, 0.0) - curve[c]) / (curve[c + 1] - curve[c])
    spi_t = _ratio(es, at, Withheld.NOT_STARTED)
    if spi_t.value is None or spi_t.value <= 0:
        ieac = Figure(None, spi_t.withheld or Withheld.NOTHING_EARNED)
    else:
        ieac = Figure(planned_duration / spi_t.value)
    tspi = _ratio(planned_duration - es, planned_duration - at, Withheld.OVERDUE)
    return EarnedSchedule(Figure(es), at, planned_duration, spi_t, Figure(es - at), ieac, tspi)


def planned_value(
    *,
    start: ArrayLike,
    finish: ArrayLike,
    cost: ArrayLike,
    calendar: ArrayLike,
    calendars: CalendarSet,
    ticks: ArrayLike,
) -> F64:
    """Cumulative planned value at each of ``ticks``: every activity's cost spread evenly over its working time.

    Args:
        start, finish: baseline ticks per activity; MISSING in either leaves the activity out.
        cost: minor units per activity; calendar: index into ``calendars``.

    Returns:
        (ticks) minor units, float64. An activity without working time between its dates counts whole at its finish.

    Cost: O(activities · ticks).
    """
    return np.asarray(earned_by_time(start, finish, cost, calendar, calendars, ticks).sum(axis=0))


def earned_by_time(
    start: ArrayLike, finish: ArrayLike, cost: ArrayLike, calendar: ArrayLike, calendars: CalendarSet, ticks: ArrayLike
) -> F64:
    """The same per activity: (activities, ticks)."""
    starts, finishes = np.array(start, dtype=np.int64, ndmin=1), np.array(finish, dtype=np.int64, ndmin=1)
    costs = np.array(cost, dtype=np.float64, ndmin=1)
    index = np.array(np.broadcast_to(np.asarray(calendar, dtype=np.int32), starts.shape))
    at = np.array(ticks, dtype=np.int64, ndmin=1)
    out = np.zeros((starts.size, at.size))
    _spread(calendars.arrays, starts, finishes, costs, index, at, out)
    return out


_i8v = types.Array(types.int64, 1, "C")
_f8v = types.Array(types.float64, 1, "C")
_i4v = types.Array(types.int32, 1, "C")
_f8m = types.Array(types.float64, 2, "C")


@kernel(types.void(calendar_type, _i8v, _i8v, _f8v, _i4v, _i8v, _f8m))
def _spread(
    cal: CalendarArrays,
    start: I64,
    finish: I64,
    cost: F64,
    calendar: I32,
    ticks: I64,
    out: F64,
) -> None:
    for a in range(len(start)):
        if start[a] == MISSING or finish[a] == MISSING or cost[a] == 0.0:
            continue
        c = calendar[a]
        first = work_at(cal, c, start[a])
        span = work_at(cal, c, finish[a]) - first
        for k in range(len(ticks)):
            t = ticks[k]
            if t >= finish[a]:
                out[a, k] = cost[a]
            elif t > start[a] and span > 0:
                out[a, k] = cost[a] * (work_at(cal, c, t) - first) / span


def total(parts: Sequence[EarnedValue]) -> EarnedValue:
    """Figures of several subjects together: sums first, then ratios. AC is unknown as soon as one part's is."""
    ac = None if any(p.ac is None for p in parts) else sum(p.ac for p in parts if p.ac is not None)
    return earned_value(bac=sum(p.bac for p in parts), pv=sum(p.pv for p in parts), ev=sum(p.ev for p in parts), ac=ac)


def _ratio(top: float, bottom: float, reason: Withheld) -> Figure:
    if bottom <= 0:
        return Figure(None, reason)
    return Figure(float(top / bottom))


__all__ = [
    "EarnedSchedule", "EarnedValue", "Figure", "Withheld", "earned_by_time", "earned_schedule",
    "earned_value", "planned_value", "total",
]  # fmt: skip
