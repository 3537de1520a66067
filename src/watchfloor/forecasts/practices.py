"""The ten practices of a reliable schedule, scored from what the plan holds, each with its evidence. Pure.

Source: GAO-16-89G, Schedule Assessment Guide (2015). The guide rates by judgement and gives no formulas: the measures
and the steps of the rating are ours (docs/methods/schedule-quality.md). A practice without its data is not assessed and
says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from watchfloor.forecasts.compile import Compiled
from watchfloor.forecasts.performance import BaselineColumns
from watchfloor.forecasts.quality import OFFENDERS_KEPT, PointReport, keys_of
from watchfloor.plans.document import MILESTONES, ROLLED_UP, Plan
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import COMPLETE, Kind, Link
from watchfloor_engine.schedule import Schedule

# From which share on a practice is what; below the last it is not met.
RATINGS = ((0.95, "met"), (0.8, "substantially_met"), (0.5, "partially_met"), (0.2, "minimally_met"))
NOT_MET, NOT_ASSESSED = "not_met", "not_assessed"

_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measure:
    """One piece of evidence: the share of ``base`` that is as it should be, and what is not."""

    code: str
    value: float | None  # 0..1
    base: int = 0
    offender_count: int = 0
    offenders: tuple[str, ...] = ()  # activity keys, WBS codes or links; at most OFFENDERS_KEPT
    reason: str = ""  # why there is no value


@dataclass(frozen=True, slots=True)
class Practice:
    """One of the ten. Its score is that of its weakest measure; None when it has none."""

    number: int
    code: str
    score: float | None
    rating: str
    measures: tuple[Measure, ...]
    reason: str = ""

    @property
    def weakest(self) -> Measure | None:
        """The evidence that decides; None where there is none."""
        known = [each for each in self.measures if each.value is not None]
        return min(known, key=lambda each: each.value or 0.0, default=None)


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    compiled: Compiled
    schedule: Schedule
    plan: Plan
    place: int
    baseline: BaselineColumns | None
    points: Mapping[str, PointReport]
    real: _Flags  # the plan's activities without summaries and level of effort
    open: _Flags  # those not complete
    work: _Flags  # those that take time

    def measure(self, code: str, offenders: _Flags, base: _Flags, reason: str = "no_activities") -> Measure:
        found = np.flatnonzero(offenders & base)
        return _counted(
            code, int(base.sum()), int(found.size), keys_of(self.compiled, found[:OFFENDERS_KEPT].tolist()), reason
        )

    def from_point(self, code: str, name: str) -> Measure:
        """The good part of a point that counts bad ones."""
        point = self.points[name]
        if point.value is None:
            return Measure(code, None, reason=point.reason)
        return _counted(code, point.base, point.offender_count, point.offenders, point.reason)


def practices(
    compiled: Compiled, schedule: Schedule, place: int, baseline: BaselineColumns | None, points: Iterable[PointReport]
) -> tuple[Practice, ...]:
    """All ten for the plan at ``place``; ``points`` are its 14 points (forecasts/quality.py)."""
    plan = compiled.plans[place]
    real = compiled.network.project == place
    real &= np.array([each.kind not in ROLLED_UP for each in compiled.activities], dtype=np.bool_)
    real &= np.arange(compiled.network.size) < compiled.own
    open_ = real & (compiled.network.status != COMPLETE)
    takes_time = np.array([each.kind not in MILESTONES for each in compiled.activities], dtype=np.bool_)
    case = _Case(
        compiled, schedule, plan, place, baseline, {each.code: each for each in points}, real, open_, open_ & takes_time
    )
    return tuple(_practice(number, code, look(case)) for number, (code, look) in enumerate(_PRACTICES, start=1))


def rating_of(score: float | None) -> str:
    """The word for a score."""
    if score is None:
        return NOT_ASSESSED
    return next((word for least, word in RATINGS if score >= least), NOT_MET)


def _practice(number: int, code: str, measures: tuple[Measure, ...]) -> Practice:
    known = [each.value for each in measures if each.value is not None]
    score = min(known) if known else None
    reason = "" if known else next((each.reason for each in measures if each.reason), "no_activities")
    return Practice(number, code, score, rating_of(score), measures, reason)


def _counted(code: str, base: int, bad: int, offenders: tuple[str, ...], reason: str) -> Measure:
    if base == 0:
        return Measure(code, None, reason=reason or "no_activities")
    return Measure(code, 1.0 - bad / base, base, bad, offenders)


def _captured(c: _Case) -> tuple[Measure, ...]:
    """Every element of the WBS holds work, and every activity says apart what it is."""
    nodes = {each.key: each for each in c.plan.wbs}
    above = {each.parent for each in c.plan.wbs}
    used = {each.wbs for each in c.plan.activities}
    leaves = [key for key in nodes if key not in above]
    bare = tuple(nodes[key].name or nodes[key].code or key for key in leaves if key not in used)
    filled = _counted("wbs_filled", len(leaves), len(bare), bare[:OFFENDERS_KEPT], "no_wbs")
    named = Counter((each.wbs, each.name.strip().lower()) for each in c.compiled.activities)
    same = [named[each.wbs, each.name.strip().lower()] > 1 for each in c.compiled.activities]
    return filled, c.measure("named_apart", np.array(same, dtype=np.bool_), c.real)


def _sequenced(c: _Case) -> tuple[Measure, ...]:
    """Every activity is tied at its start and from its finish, without leads."""
    net = c.compiled.network
    counts = (net.kind < Kind.LOE)[net.pred] & (net.kind < Kind.LOE)[net.succ]
    into_start = counts & ((net.link == Link.FS) | (net.link == Link.SS))
    from_finish = counts & ((net.link == Link.FS) | (net.link == Link.FF))
    any_in, any_out = _ends(net.succ[counts], net.size), _ends(net.pred[counts], net.size)
    loose = (any_in & ~_ends(net.succ[into_start], net.size)) | (any_out & ~_ends(net.pred[from_finish], net.size))
    return (
        c.from_point("linked", "missing_logic"),
        c.measure("tied_at_both_ends", loose & (net.status == 0), c.open),
        c.from_point("without_leads", "leads"),
        c.from_point("without_lags", "lags"),
    )


def _resourced(c: _Case) -> tuple[Measure, ...]:
    return (c.from_point("loaded", "unloaded"),)


def _durations(c: _Case) -> tuple[Measure, ...]:
    """Work is cut into pieces that can be followed, and none is a placeholder."""
    return (
        c.from_point("short_enough", "high_duration"),
        c.measure("has_duration", c.compiled.network.duration == 0, c.work),
    )


def _traceable(c: _Case) -> tuple[Measure, ...]:
    """Horizontally: a chain leads from the activity to the finish. Vertically: it belongs to an element of the WBS."""
    horizontal = c.measure("leads_to_the_finish", ~_leading_to_the_finish(c), c.open)
    if not c.plan.wbs:
        return horizontal, Measure("within_the_wbs", None, reason="no_wbs")
    known = {each.key for each in c.plan.wbs}
    outside = np.array([each.wbs not in known for each in c.compiled.activities], dtype=np.bool_)
    return horizontal, c.measure("within_the_wbs", outside, c.real)


def _critical_path(c: _Case) -> tuple[Measure, ...]:
    """A delay on the path moves the finish, and logic makes the path: neither constraints nor lags."""
    net = c.compiled.network
    path = c.schedule.on_longest_path & c.open
    test = c.points["critical_path_test"]
    moves = Measure("delay_moves_the_finish", None, reason=test.reason)
    if test.value is not None:
        moves = Measure(
            "delay_moves_the_finish", min(max(test.value, 0.0), 1.0), 1, test.offender_count, test.offenders
        )
    held = set(c.points["hard_constraints"].offenders)
    constrained = np.array([each.key in held for each in c.compiled.activities], dtype=np.bool_)
    on = c.schedule.driving & path[net.pred] & path[net.succ]
    lagged = _ends(net.succ[on & (net.lag != 0)], net.size)
    return (
        moves,
        c.measure("path_without_constraints", constrained, path, "no_critical_path"),
        c.measure("path_without_lags", lagged, path, "no_critical_path"),
    )


def _float(c: _Case) -> tuple[Measure, ...]:
    return c.from_point("float_reasonable", "high_float"), c.from_point("float_not_negative", "negative_float")


def _risk(c: _Case) -> tuple[Measure, ...]:
    """Work says itself how long it may take; a simulation over assumed spreads is no analysis of its risks."""
    silent = np.array([each.three_point is None for each in c.compiled.activities], dtype=np.bool_)
    return (c.measure("own_estimates_of_uncertainty", silent, c.work),)


def _updated(c: _Case) -> tuple[Measure, ...]:
    net = c.compiled.network
    started = c.real & (net.status > 0)
    late = _ends(net.succ[c.schedule.out_of_sequence], net.size)
    return c.from_point("dates_valid", "invalid_dates"), c.measure("in_sequence", late, started, "nothing_started")


def _baselined(c: _Case) -> tuple[Measure, ...]:
    if c.baseline is None:
        return (Measure("in_the_baseline", None, reason="no_baseline"),)
    return (c.measure("in_the_baseline", c.baseline.finish == MISSING, c.real), c.from_point("on_time", "missed"))


_PRACTICES: tuple[tuple[str, Callable[[_Case], tuple[Measure, ...]]], ...] = (
    ("captured", _captured),
    ("sequenced", _sequenced),
    ("resourced", _resourced),
    ("durations", _durations),
    ("traceable", _traceable),
    ("critical_path", _critical_path),
    ("float", _float),
    ("risk", _risk),
    ("updated", _updated),
    ("baselined", _baselined),
)
PRACTICES = tuple(code for code, _look in _PRACTICES)


def _ends(indices: NDArray[np.int32], size: int) -> _Flags:
    flags = np.zeros(size, dtype=np.bool_)
    flags[indices] = True
    return flags


def _leading_to_the_finish(c: _Case) -> _Flags:
    """Activities from which a chain of links leads to one that ends when the project does."""
    net = c.compiled.network
    last = c.open & (c.schedule.finish >= c.schedule.project_finish[c.place])
    reaches = last[net.order].tolist()
    offsets, follows = net.arrays.out_offset.tolist(), net.arrays.out_succ.tolist()
    for at in range(net.scheduled - 1, -1, -1):
        if not reaches[at]:
            reaches[at] = any(reaches[after] for after in follows[offsets[at] : offsets[at + 1]])
    return np.array(reaches, dtype=np.bool_)[net.position]
