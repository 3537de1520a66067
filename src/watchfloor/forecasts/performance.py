"""Earned value, earned schedule and cost at completion of one project at its data date. Pure.

What may be divided by what, which technique earns and which method names the EAC: docs/methods/forecast.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from watchfloor.forecasts.compile import Compiled
from watchfloor.forecasts.readings import Readings
from watchfloor.forecasts.spending import Booked, EarnedAt, SpentAt, latest_common
from watchfloor.plans.baselining.rows import Kept, Part, parts_of
from watchfloor.plans.document import MILESTONES, ROLLED_UP, Activity, ActivityKind, EarningTechnique, PercentKind
from watchfloor_engine.calendars import from_tick, to_tick
from watchfloor_engine.earned import (
    EarnedSchedule,
    EarnedValue,
    Figure,
    Withheld,
    earned_by_time,
    earned_schedule,
    earned_value,
)
from watchfloor_engine.estimates import EacMethod, TimeMethod, cost_estimates, time_estimates
from watchfloor_engine.kernels import F64, I64, MISSING
from watchfloor_engine.network import COMPLETE, Kind
from watchfloor_engine.phasing import LINEAR, Curve, phased
from watchfloor_engine.techniques import EarnedShares, Milestones, Technique, earned_shares, milestones

CPI_FROM_SHARE = 0.20  # earlier than that CPI swings too much to carry an estimate
MAX_PERIODS = 520
_WEEK_TICKS = 7 * 14_400
_LEVEL_OF_EFFORT = int(Kind.LOE)
_TECHNIQUES = {
    EarningTechnique.FIXED: int(Technique.START_SHARE),
    EarningTechnique.UNITS: int(Technique.UNITS),
    EarningTechnique.APPORTIONED: int(Technique.APPORTIONED),
    EarningTechnique.LEVEL_OF_EFFORT: int(Technique.LEVEL_OF_EFFORT),
    EarningTechnique.MILESTONES: int(Technique.MILESTONES),
}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What the baseline says of one activity; ``kept`` is what its amendments found planned (``plans.baselining``)."""

    start: datetime | None
    finish: datetime | None
    duration_ticks: int | None
    cost_minor: int | None
    is_summary: bool = False
    kept: tuple[Kept, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The stretches over which its cost is spread evenly."""
        return tuple(parts_of(self.start, self.finish, self.duration_ticks, self.cost_minor, self.kept))


@dataclass(frozen=True, slots=True, eq=False)
class PartColumns:
    """The parts of all rows of a baseline: one per activity, more where it was amended under way."""

    at: I64  # place of the activity in the compiled plan
    start: I64
    finish: I64
    cost: F64
    duration: F64


@dataclass(frozen=True, slots=True, eq=False)
class BaselineColumns:
    """A baseline laid over the activities of a compiled plan, plus its rows that the plan no longer has."""

    start: I64
    finish: I64
    duration: I64
    cost: F64
    has_cost: bool
    gone: tuple[PlannedRow, ...]
    first: int  # tick of the earliest start, MISSING without dates
    last: int  # tick of the latest finish
    mine: NDArray[np.bool_]  # activities of the project that the baseline is of
    place: int
    parts: PartColumns
    curve: Curve = LINEAR  # by which its budgets are spread over working time


def over_plan(
    compiled: Compiled, rows: Mapping[str, PlannedRow], *, place: int = 0, curve: Curve = LINEAR
) -> BaselineColumns:
    """The baseline's rows in the order of the compiled activities of the plan at ``place``."""
    mine = compiled.network.project == place
    size = compiled.network.size
    start, finish, duration = (np.full(size, MISSING, dtype=np.int64) for _ in range(3))
    cost = np.zeros(size)
    seen, has_cost = set(), False
    pieces: list[tuple[int, Part]] = []
    for at, activity in enumerate(compiled.activities[: compiled.own]):
        row = rows.get(activity.key) if mine[at] else None
        if row is None:
            continue
        seen.add(activity.key)
        pieces.extend((at, part) for part in row.parts)
        start[at] = MISSING if row.start is None else to_tick(row.start)
        finish[at] = MISSING if row.finish is None else to_tick(row.finish)
        duration[at] = MISSING if row.duration_ticks is None else row.duration_ticks
        if row.cost_minor is not None and activity.kind is not ActivityKind.SUMMARY:
            cost[at] = row.cost_minor
            has_cost = True
    gone = tuple(row for key, row in rows.items() if key not in seen and not row.is_summary)
    has_cost = has_cost or any(row.cost_minor for row in gone)
    starts = [*start[start != MISSING].tolist(), *(to_tick(row.start) for row in gone if row.start is not None)]
    finishes = [*finish[finish != MISSING].tolist(), *(to_tick(row.finish) for row in gone if row.finish is not None)]
    return BaselineColumns(
        start, finish, duration, cost, has_cost, gone, min(starts, default=MISSING), max(finishes, default=MISSING),
        mine, place, _columns(compiled, pieces), curve,
    )  # fmt: skip


def planned_by(compiled: Compiled, baseline: BaselineColumns, amounts: F64, ticks: Sequence[int]) -> F64:
    """What of each part's amount was planned by each of the ticks: (parts, ticks)."""
    parts = baseline.parts
    stretch = _Stretch(parts.start, parts.finish, compiled.network.calendar[parts.at])
    return stretch.spread(amounts, compiled, baseline.curve, ticks)


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """From when to when, and on which calendar, amounts are spread."""

    start: ArrayLike
    finish: ArrayLike
    calendar: ArrayLike

    def spread(self, amounts: ArrayLike, compiled: Compiled, curve: Curve, ticks: Sequence[int]) -> F64:
        if curve is LINEAR:
            return earned_by_time(self.start, self.finish, amounts, self.calendar, compiled.calendars, ticks)
        return phased(
            start=self.start, finish=self.finish, cost=amounts, calendar=self.calendar, calendars=compiled.calendars,
            ticks=ticks, curves=(curve,),
        )  # fmt: skip


def _columns(compiled: Compiled, pieces: Sequence[tuple[int, Part]]) -> PartColumns:
    def tick(moment: datetime | None) -> int:
        return MISSING if moment is None else to_tick(moment)

    activities = compiled.activities
    costs = [0 if activities[at].kind is ActivityKind.SUMMARY else part.cost_minor or 0 for at, part in pieces]
    return PartColumns(
        np.array([at for at, _part in pieces], dtype=np.int64),
        np.array([tick(part.start) for _at, part in pieces], dtype=np.int64),
        np.array([tick(part.finish) for _at, part in pieces], dtype=np.int64),
        np.array(costs, dtype=np.float64),
        np.array([part.duration_ticks or 0 for _at, part in pieces], dtype=np.float64),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """Per activity: planned and earned value at the data date. ``basis`` is cost, or duration where nothing has one."""

    basis: str
    planned: F64
    earned: F64
    value: EarnedValue | None
    eac_minor: int | None
    eac_method: str
    budget_minor: int | None


def measure(
    compiled: Compiled,
    baseline: BaselineColumns | None,
    data_date: int,
    readings: Readings,
    booked: Booked | None = None,
) -> Performance:
    """Take every earned-value and earned-schedule reading; what cannot be computed is taken with its reason.

    ``booked`` is the project's cost ledger; without costs in it, the actual costs of the plan serve.
    """
    size = compiled.network.size
    nothing = Performance("none", np.zeros(size), np.zeros(size), None, None, "", None)
    if baseline is None or data_date == MISSING:
        reason = "no_baseline" if baseline is None else "no_data_date"
        for name in PERFORMANCE:
            readings.take(name, None, reason=reason)
        return nothing
    weight, basis = (baseline.cost, "cost") if baseline.has_cost else (_durations(compiled, baseline), "duration")
    parts = baseline.parts
    spread = parts.cost if baseline.has_cost else _part_durations(compiled, parts)
    planned = np.zeros(size)
    by_now = planned_by(compiled, baseline, spread, [data_date])[:, 0]
    np.add.at(planned, parts.at, by_now)
    due = np.divide(planned, weight, out=np.zeros(size), where=weight > 0)
    measured = earned_by(compiled, due)
    earned = weight * measured.share
    gone_total, gone_planned = _gone(compiled, baseline, data_date) if basis == "cost" else (0.0, 0.0)
    bac, pv, ev = float(weight.sum() + gone_total), float(planned.sum() + gone_planned), float(earned.sum())
    booked = booked or Booked()
    if basis == "cost":
        bac += booked.added_minor
    in_time = _time(compiled, baseline, spread, readings, data_date=data_date, ev=ev, bac=bac, basis=basis)
    readings.take(
        "percent_complete",
        100.0 * ev / bac if bac > 0 else None,
        reason="" if bac > 0 else "no_budget",
        inputs={"earned": ev, "budget": bac, "basis": basis},
    )
    if basis != "cost":
        for name in _COST:
            readings.take(name, None, reason="no_budget")
        _take_durations(readings, in_time, Figure(None, Withheld.NO_BUDGET))
        return Performance(basis, planned, earned, None, None, "", None)
    # Budgets without dates (a baseline that holds costs only) earn, but say nothing about when they should have.
    dated = baseline.first != MISSING
    return _cost(
        compiled, baseline, readings, (planned, earned), booked, data_date=data_date,
        bac=bac, pv=pv if dated else None, ev=ev, in_time=in_time,
        unmeasured=[compiled.activities[at].key for at in measured.withheld if weight[at] > 0],
    )  # fmt: skip


def done_share(compiled: Compiled, planned: F64 | None = None) -> F64:
    """How much of each activity is earned, 0..1, by the technique the plan declares."""
    return earned_by(compiled, planned).share


def earned_by(compiled: Compiled, planned: F64 | None = None) -> EarnedShares:
    """The same, with the activities that cannot be measured as declared and why.

    ``planned`` is the share planned by now; without it level of effort counts by its percent complete.
    """
    activities = compiled.activities
    said = [each.earning for each in activities]
    kinds = _techniques(compiled)
    if planned is None:
        kinds[kinds == Technique.LEVEL_OF_EFFORT] = Technique.PERCENT
    done, whole = _units(compiled)
    return earned_shares(
        technique=kinds,
        started=[each.actual_start is not None for each in activities],
        finished=[each.actual_finish is not None for each in activities],
        percent=[_measured(each) for each in activities],
        planned=0.0 if planned is None else planned,
        start_share=[each.start_percent / 100.0 if each else 0.0 for each in said],
        units_done=done,
        units_planned=whole,
        base=[_base(compiled, at, each.base if each else "") for at, each in enumerate(said)],
        steps=_steps(compiled),
    )


def _steps(compiled: Compiled) -> Milestones:
    """The weighted milestones that activities name; what is not in the plan is never reached."""
    rows: list[tuple[int, float, int]] = []
    for at, activity in enumerate(compiled.activities):
        for each in activity.earning.milestones if activity.earning is not None else ():
            place = _base(compiled, at, each.key)
            reached = _reached(compiled.activities[place]) if place >= 0 else None
            rows.append((at, each.weight, MISSING if reached is None else to_tick(reached)))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return milestones(*columns)


def _reached(milestone: Activity) -> datetime | None:
    """When it happened; of a start milestone its start counts."""
    if milestone.kind is ActivityKind.START_MILESTONE and milestone.actual_finish is None:
        return milestone.actual_start
    return milestone.actual_finish


def earns_as_planned(compiled: Compiled) -> NDArray[np.bool_]:
    """Which activities are level of effort, by their kind or by what they declare."""
    return np.asarray(_techniques(compiled) == Technique.LEVEL_OF_EFFORT)


def _techniques(compiled: Compiled) -> I64:
    declared = [each.earning for each in compiled.activities]
    kinds = np.array([_TECHNIQUES[each.technique] if each else 0 for each in declared], dtype=np.int64)
    # A milestone is reached or not, whatever its element of the WBS says.
    kinds[[each.kind in MILESTONES for each in compiled.activities]] = Technique.PERCENT
    kinds[compiled.network.kind == _LEVEL_OF_EFFORT] = Technique.LEVEL_OF_EFFORT
    return kinds


def _base(compiled: Compiled, at: int, key: str) -> int:
    return compiled.index.get((int(compiled.network.project[at]), key), -1) if key else -1


def _units(compiled: Compiled) -> tuple[F64, F64]:
    """Work done and planned of each activity's assignments."""
    done, whole = np.zeros(compiled.network.size), np.zeros(compiled.network.size)
    for place, plan in enumerate(compiled.plans):
        for each in plan.assignments:
            at = compiled.index.get((place, each.activity))
            if at is not None:
                done[at] += each.actual_work_ticks
                whole[at] += max(each.work_ticks, each.actual_work_ticks + each.remaining_work_ticks)
    return done, whole


def _measured(activity: Activity) -> float:
    if activity.kind in MILESTONES:
        # A milestone is reached or not; a start milestone by its start.
        return 100.0 if activity.kind is ActivityKind.START_MILESTONE and activity.actual_start is not None else 0.0
    if activity.percent_kind is PercentKind.PHYSICAL and activity.physical_percent is not None:
        return activity.physical_percent
    return activity.percent_complete


def actual_costs(compiled: Compiled) -> tuple[int | None, ...]:
    """Actual cost per activity, without those that roll up others; None where the plan says nothing."""
    return tuple(None if each.kind is ActivityKind.SUMMARY else each.actual_cost_minor for each in compiled.activities)


@dataclass(frozen=True, slots=True)
class _Spent:
    """The newest actual cost with its source, and EV and AC of the newest date they share."""

    source: str  # ledger, plan, or empty: none
    ac: float | None
    at: SpentAt | None = None
    # What may be divided by each other: AC, EV and PV of one date; AC is None where there is no such date.
    common_ac: float | None = None
    common_ev: float = 0.0
    common_pv: float | None = None
    common_on: str = ""
    common_at: str = ""  # the data date of that EV
    reason: str = ""  # why there is no common date


def _spent(compiled: Compiled, baseline: BaselineColumns, booked: Booked, *, now: EarnedAt) -> _Spent:
    known = [each for at, each in enumerate(actual_costs(compiled)) if each is not None and baseline.mine[at]]
    if booked.problem:
        return _Spent("", None, reason=booked.problem)
    if not booked.days:
        started = bool((compiled.network.status[baseline.mine] > 0).any())
        # Before anything has started nothing can have been spent; later, silence is not zero.
        ac: float | None = float(sum(known)) if known else (None if started else 0.0)
        reason = "" if ac is not None else str(Withheld.NO_ACTUAL_COST)
        on = now.at.isoformat(timespec="minutes")
        source = "plan" if ac is not None else ""
        return _Spent(source, ac, None, ac, now.earned_minor, now.planned_minor, on, on, reason)
    newest = booked.days[-1]
    calendar = compiled.calendars.calendars[compiled.project_calendar[baseline.place]]
    common = latest_common(booked.days, (now, *booked.earned_before), calendar)
    if common is None:
        reason = str(Withheld.DATES_DIFFER)
        return _Spent("ledger", float(newest.actual_minor), newest, reason=reason)
    return _Spent(
        "ledger",
        float(newest.actual_minor),
        newest,
        float(common.spent.actual_minor),
        common.earned.earned_minor,
        common.earned.planned_minor,
        common.spent.on.isoformat(),
        common.earned.at.isoformat(timespec="minutes"),
    )


def _cost(
    compiled: Compiled,
    baseline: BaselineColumns,
    readings: Readings,
    columns: tuple[F64, F64],
    booked: Booked,
    *,
    data_date: int,
    bac: float,
    pv: float | None,
    ev: float,
    in_time: EarnedSchedule | None,
    unmeasured: Sequence[str],
) -> Performance:
    planned, earned = columns
    now = EarnedAt(from_tick(data_date), ev, pv)
    spent = _spent(compiled, baseline, booked, now=now)
    plan = earned_value(bac=bac, pv=pv or 0.0, ev=ev, ac=None)
    value = earned_value(bac=bac, pv=spent.common_pv or 0.0, ev=spent.common_ev, ac=spent.common_ac)
    money = {"bac_minor": round(bac), "pv_minor": None if pv is None else round(pv), "ev_minor": round(ev)}
    readings.take("bac_minor", round(bac), inputs={"activities": int((baseline.cost > 0).sum()),
                                                   "undistributed_and_changes_minor": booked.added_minor})  # fmt: skip
    readings.take("pv_minor", None if pv is None else round(pv), reason="" if pv is not None else "no_baseline_dates")
    as_of: dict[str, object] = {"as_of": now.at.isoformat(timespec="minutes")}
    if unmeasured:
        # Their technique lacks what it measures by: a quantity, an activity to go along with. They earn nothing.
        as_of["not_measured"] = len(unmeasured)
    readings.take("ev_minor", round(ev), inputs=as_of, rows=unmeasured)
    _take_measured(compiled, baseline, readings, columns)
    compared = _take_spent(readings, booked, spent)
    # Performance in time is of the data date; it stands beside cost of that date only.
    spi_t = in_time.spi_t if in_time is not None and spent.common_ev == ev else None
    history = (*booked.compared_before, (spent.common_ev, spent.common_ac)) if spent.common_ac is not None else ()
    estimates = [each for each in cost_estimates(value, spi_t=spi_t, history=history) if each.method in _EAC_NAMES]
    _take_durations(readings, in_time, value.cpi)
    for name, figure, inputs in (
        ("spi", plan.spi, money), ("sv_minor", plan.sv, money),
        ("cpi", value.cpi, compared), ("cv_minor", value.cv, compared),
        ("tcpi_bac", value.tcpi_bac, compared), ("tcpi_eac", value.tcpi_eac, compared),
        *((_EAC_NAMES[each.method], each.value, _with_tcpi(compared, each.needed)) for each in estimates),
    ):  # fmt: skip
        if name in _AGAINST_PLAN and (pv if name.startswith("s") else spent.common_pv or pv) is None:
            readings.take(name, None, reason="no_baseline_dates")
        elif inputs is not money and spent.common_ac is None:
            readings.take(name, None, reason=spent.reason, inputs=compared)
        else:
            readings.figure(name, figure, inputs=inputs)
    # What the plan still expects to spend is of its data date; only cost of that date may be added to it.
    of_now = spent.common_ac if spent.common_ev == ev else None
    bottom_up = _bottom_up(compiled, baseline, of_now)
    readings.take(
        "eac_bottom_up_minor", bottom_up, reason="" if bottom_up is not None else "no_remaining_cost",
        inputs=_with_tcpi(compared, value.tcpi_to(bottom_up) if bottom_up is not None else Figure(None)),
    )  # fmt: skip
    eac, method = choose_eac(value)
    eac_minor = None if eac is None else round(eac)
    reason = "" if eac is not None else spent.reason or str(value.cpi.withheld or Withheld.NO_ACTUAL_COST)
    share = spent.common_ev / bac if bac > 0 and spent.common_ac is not None else None
    detail = {**compared, "method": method, "share_earned": share, "cpi": value.cpi.value}
    readings.take("eac_minor", eac_minor, reason=reason, formula=f"eac_{method}" if method else "eac", inputs=detail)
    vac = None if eac_minor is None else round(bac) - eac_minor
    readings.take("vac_minor", vac, reason=reason, inputs={"eac_minor": eac_minor, "bac_minor": round(bac)})
    return Performance("cost", planned, earned, value, eac_minor, method, round(bac))


def _with_tcpi(compared: Mapping[str, object], needed: Figure) -> dict[str, object]:
    """What an estimate was made of, and the cost performance needed from now on to end there."""
    return {**compared, **({} if needed.value is None else {"tcpi": needed.value})}


def _take_measured(compiled: Compiled, baseline: BaselineColumns, readings: Readings, columns: tuple[F64, F64]) -> None:
    """SPI without level of effort, which is never early or late and draws SPI towards 1."""
    effort = earns_as_planned(compiled) & baseline.mine
    measured = baseline.mine & ~effort
    planned, earned = (float(each[measured].sum()) for each in columns)
    if not baseline.cost[effort].any():
        readings.take("spi_measured", None, reason="no_effort")
        return
    told = {
        "bac_minor": round(float(baseline.cost[measured].sum())), "pv_minor": round(planned),
        "ev_minor": round(earned), "effort_budget_minor": round(float(baseline.cost[effort].sum())),
    }  # fmt: skip
    spi = earned / planned if planned > 0 else None
    readings.take("spi_measured", spi, reason="" if spi is not None else str(Withheld.NOTHING_PLANNED), inputs=told)


def _take_spent(readings: Readings, booked: Booked, spent: _Spent) -> dict[str, object]:
    """AC with its parts and its date; EV and AC of their newest common date, which is what ratios are made of."""
    at = spent.at
    own: dict[str, object] = {"source": spent.source}
    if at is not None:
        own |= {"as_of": at.on.isoformat(), "ledger_until": at.on.isoformat(),
                "booked_minor": at.booked_minor, "accrued_minor": at.accrued_minor}  # fmt: skip
    ac = None if spent.ac is None else round(spent.ac)
    readings.take("ac_minor", ac, reason="" if ac is not None else spent.reason, inputs=own)
    parts = {"booked_minor": None, "accrued_minor": None} if at is None else {
        "booked_minor": at.booked_minor, "accrued_minor": at.accrued_minor}  # fmt: skip
    for name, value in parts.items():
        readings.take(name, value, reason="" if at is not None else "no_ledger", inputs=own if at else None)
    ordered = booked.committed_minor
    on = None if booked.committed_on is None else booked.committed_on.isoformat()
    readings.take(
        "committed_minor", ordered, reason="" if ordered is not None else "no_ledger",
        inputs=None if on is None else {"as_of": on, "ledger_until": on},
    )  # fmt: skip
    compared: dict[str, object] = {"as_of": spent.common_on, "source": spent.source}
    if spent.common_ac is not None:
        compared |= {"ev_minor": round(spent.common_ev), "ac_minor": round(spent.common_ac),
                     "ev_as_of": spent.common_at}  # fmt: skip
        if at is not None:
            compared["ledger_until"] = spent.common_on
    for name, figure in (("ev_compared_minor", spent.common_ev), ("ac_compared_minor", spent.common_ac)):
        known = spent.common_ac is not None and figure is not None
        readings.take(name, round(figure or 0) if known else None, reason="" if known else spent.reason,
                      inputs=compared)  # fmt: skip
    return compared


def choose_eac(value: EarnedValue) -> tuple[float | None, str]:
    """The EAC shown first and its method: actual once finished, by CPI from 20 % earned on, before that as planned."""
    if value.ac is None or value.bac <= 0:
        return None, ""
    if value.ev >= value.bac:
        return value.ac, "actual"
    if value.ev / value.bac >= CPI_FROM_SHARE and value.eac_cpi.value is not None:
        return value.eac_cpi.value, "cpi"
    return value.eac_remaining.value, "remaining_as_planned"


def _bottom_up(compiled: Compiled, baseline: BaselineColumns, ac: float | None) -> float | None:
    left = [
        each.remaining_cost_minor
        for at, each in enumerate(compiled.activities)
        if baseline.mine[at] and each.kind is not ActivityKind.SUMMARY and each.remaining_cost_minor is not None
    ]
    return None if ac is None or not left else ac + sum(left)


def _durations(compiled: Compiled, baseline: BaselineColumns) -> F64:
    days = np.where(baseline.duration != MISSING, baseline.duration, 0) / compiled.ticks_per_day
    rolled = np.array([each.kind in ROLLED_UP for each in compiled.activities], dtype=np.bool_)
    return np.where(rolled, 0.0, days).astype(np.float64)


def _part_durations(compiled: Compiled, parts: PartColumns) -> F64:
    rolled = np.array([each.kind in ROLLED_UP for each in compiled.activities], dtype=np.bool_)
    return np.asarray(np.where(rolled[parts.at], 0.0, parts.duration / compiled.ticks_per_day[parts.at]))


def _gone(compiled: Compiled, baseline: BaselineColumns, at: int) -> tuple[float, float]:
    """Budget, and what of it was planned by now, of baseline work that the plan has dropped since."""
    return float(sum(row.cost_minor or 0 for row in _dated(baseline))), float(gone_planned(compiled, baseline, [at])[0])


def gone_planned(compiled: Compiled, baseline: BaselineColumns, ticks: Sequence[int]) -> F64:
    """What of baseline work that the plan has dropped since was planned by each of the ticks."""
    parts = [part for row in _dated(baseline) for part in row.parts]
    if not parts:
        return np.zeros(len(ticks))
    starts = [to_tick(part.start) for part in parts if part.start is not None]
    finishes = [to_tick(part.finish) for part in parts if part.finish is not None]
    costs = [float(part.cost_minor or 0) for part in parts]
    calendar = np.full(len(parts), compiled.project_calendar[baseline.place])
    values = _Stretch(starts, finishes, calendar).spread(costs, compiled, baseline.curve, ticks)
    return np.asarray(values.sum(axis=0))


def _dated(baseline: BaselineColumns) -> list[PlannedRow]:
    return [row for row in baseline.gone if row.cost_minor and row.start is not None and row.finish is not None]


def _time(
    compiled: Compiled, baseline: BaselineColumns, spread: F64, readings: Readings,
    *, data_date: int, ev: float, bac: float, basis: str,
) -> EarnedSchedule | None:  # fmt: skip
    first, last = baseline.first, baseline.last
    if first == MISSING or last <= first or bac <= 0:
        reason = "no_baseline_dates" if first == MISSING or last <= first else "no_budget"
        for name in _TIME:
            readings.take(name, None, reason=reason)
        return None
    # Equal periods of about a week, so that the planned duration is a whole number of them.
    count = min(max(1, round((last - first) / _WEEK_TICKS)), MAX_PERIODS)
    length = (last - first) / count
    ends = [first + round(length * k) for k in range(1, count + 1)]
    curve = planned_by(compiled, baseline, spread, ends).sum(axis=0)
    own = baseline.mine & (compiled.network.kind < _LEVEL_OF_EFFORT)
    now = data_date
    if own.any() and (compiled.network.status[own] == COMPLETE).all():
        now = int(compiled.network.actual_finish[own].max())
    at = max(0.0, (now - first) / length)
    result = earned_schedule(np.maximum.accumulate(curve), min(ev, float(curve[-1])), at=at, pd=float(count))
    inputs = {"periods_planned": count, "periods_passed": round(at, 4), "days_per_period": round(length / 14_400, 4),
              "earned": round(ev, 4), "basis": basis}  # fmt: skip
    readings.take("at_periods", at, inputs=inputs)
    readings.take("pd_periods", float(count), inputs=inputs)
    readings.figure("es_periods", result.es, inputs=inputs)
    inputs = {**inputs, "es_periods": result.es.value}
    readings.figure("spi_t", result.spi_t, inputs=inputs)
    readings.figure("sv_t_periods", result.sv_t, inputs=inputs)
    until = None
    if result.ieac_t.value is not None and result.ieac_t.value < 100 * count:
        until = from_tick(first + round(length * result.ieac_t.value)).isoformat(timespec="minutes")
    readings.figure("ieac_t_periods", result.ieac_t, inputs={**inputs, "finish": until})
    readings.figure("tspi", result.tspi, inputs=inputs)
    return result


def _take_durations(readings: Readings, in_time: EarnedSchedule | None, cpi: Figure) -> None:
    """The other ways to the duration at completion; ``ieac_t_periods`` is the one by SPI(t)."""
    if in_time is None:
        return
    found = {each.method: each for each in time_estimates(in_time, cpi)}
    inputs = {"es_periods": in_time.es.value, "pd_periods": in_time.pd, "at_periods": round(in_time.at, 4),
              "spi_t": in_time.spi_t.value, "cpi": cpi.value}  # fmt: skip
    by_pace = found[TimeMethod.SPI_T].needed.value
    if by_pace is not None:
        readings.tell("ieac_t_periods", tspi=by_pace)
    for method in (TimeMethod.AS_PLANNED, TimeMethod.SCI):
        needed = found[method].needed.value
        more = {} if needed is None else {"tspi": needed}
        readings.figure(f"ieac_t_{method}_periods", found[method].value, inputs={**inputs, **more})


_EAC_NAMES: Mapping[str, str] = {
    EacMethod.CPI: "eac_cpi_minor",
    EacMethod.REMAINING_AS_PLANNED: "eac_remaining_minor",
    EacMethod.CPI_SPI: "eac_cpi_spi_minor",
    EacMethod.WEIGHTED: "eac_weighted_minor",
    EacMethod.RECENT_CPI: "eac_recent_minor",
    EacMethod.CPI_SPI_T: "eac_cpi_spi_t_minor",
}
_AGAINST_PLAN = frozenset({"spi", "sv_minor", "eac_cpi_spi_minor", "eac_weighted_minor"})
_COST = (
    "bac_minor", "pv_minor", "ev_minor", "ac_minor", "cpi", "spi", "spi_measured", "cv_minor", "sv_minor",
    "eac_cpi_minor", "eac_remaining_minor", "eac_cpi_spi_minor", "eac_cpi_spi_t_minor", "eac_weighted_minor",
    "eac_recent_minor", "tcpi_bac", "tcpi_eac", "eac_bottom_up_minor", "eac_minor", "vac_minor",
    "booked_minor", "accrued_minor", "committed_minor", "ev_compared_minor", "ac_compared_minor",
)  # fmt: skip
_TIME = (
    "at_periods", "pd_periods", "es_periods", "spi_t", "sv_t_periods", "ieac_t_periods", "tspi",
    "ieac_t_as_planned_periods", "ieac_t_sci_periods",
)  # fmt: skip
PERFORMANCE = (*_TIME, "percent_complete", *_COST)
