"""Earning techniques: what share of an activity's budget its progress has earned.

Arrays in, arrays out, one entry per activity. A technique that lacks what it needs earns nothing and says why; it is
never replaced by another one. Sources: ANSI/EIA-748 guideline 22; PMI Practice Standard for Earned Value Management,
chapter on measurement methods. Rules: docs/methods/earned-value.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from watchfloor_engine.earned import Withheld
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import F64, I64, MISSING


class Technique(IntEnum):
    """How an activity earns."""

    PERCENT = 0  # the percentage the plan declares: physical, of duration, or of units
    ZERO_HUNDRED = 1  # all at the finish
    FIFTY_FIFTY = 2  # half at the start
    QUARTER = 3  # a quarter at the start (25/75)
    START_SHARE = 4  # a share of the caller's choice at the start
    MILESTONES = 5  # the weights of the milestones reached
    UNITS = 6  # quantity done of quantity planned
    APPORTIONED = 7  # as much as the activity it goes along with
    LEVEL_OF_EFFORT = 8  # what was planned by now: it can be neither early nor late


_AT_START = {Technique.ZERO_HUNDRED: 0.0, Technique.FIFTY_FIFTY: 0.5, Technique.QUARTER: 0.25}


@dataclass(frozen=True, slots=True, eq=False)
class Milestones:
    """The weighted milestones inside activities: three columns of equal length."""

    activity: I64  # index of the activity
    weight: F64  # any scale; only their proportion counts
    reached: I64  # tick at which it was reached, MISSING while it is not


@dataclass(frozen=True, slots=True, eq=False)
class EarnedShares:
    """What share is earned, 0..1, and why an activity without an entry in ``share`` worth trusting has none."""

    share: F64
    withheld: Mapping[int, Withheld] = field(default_factory=dict)


def milestones(activity: ArrayLike, weight: ArrayLike, reached: ArrayLike) -> Milestones:
    """Milestones from plain columns.

    Raises:
        EngineError: columns of different length, or a negative weight.
    """
    columns = Milestones(
        np.array(activity, dtype=np.int64, ndmin=1),
        np.array(weight, dtype=np.float64, ndmin=1),
        np.array(reached, dtype=np.int64, ndmin=1),
    )
    if not columns.activity.size == columns.weight.size == columns.reached.size:
        raise EngineError("Milestones need an activity, a weight and a moment each. Check the columns' lengths.")
    if (columns.weight < 0).any():
        raise EngineError("A milestone's weight cannot be negative.")
    return columns


def earned_shares(
    *,
    technique: ArrayLike,
    started: ArrayLike,
    finished: ArrayLike,
    percent: ArrayLike,
    planned: ArrayLike,
    start_share: ArrayLike = 0.0,
    steps: Milestones | None = None,
    at: int = MISSING,
    units_done: ArrayLike = 0.0,
    units_planned: ArrayLike = 0.0,
    base: ArrayLike = -1,
) -> EarnedShares:
    """Share earned of each activity.

    Args:
        technique: (n) of :class:`Technique`.
        started, finished: (n) whether an actual start, finish is recorded.
        percent: (n) 0..100 as the plan declares it; values outside are taken as the nearer end.
        planned: (n) share planned by now, 0..1; what level of effort earns.
        start_share: (n) 0..1, for ``START_SHARE``.
        steps: weighted milestones; ``at``: the data date. One reached later than that is not reached yet;
            without a data date every moment counts.
        units_done, units_planned: (n) quantities, for ``UNITS``.
        base: (n) index of the activity that an apportioned one goes along with, -1 without.

    Returns:
        Shares between 0 and 1. Withheld, with share 0: milestones without weight, no planned quantity, a base that
        is missing, goes round in a circle, or has no share itself.

    Cost: O(activities + milestones).
    """
    kinds = np.array(technique, dtype=np.int64, ndmin=1)
    size = kinds.size
    begun, done = _flags(started, size), _flags(finished, size)
    shares = np.where(done, 1.0, np.clip(_floats(percent, size), 0.0, 100.0) / 100.0)
    at_start = np.select(
        [kinds == each for each in _AT_START], list(_AT_START.values()), np.clip(_floats(start_share, size), 0.0, 1.0)
    )
    by_events = np.isin(kinds, [*_AT_START, Technique.START_SHARE])
    shares = np.where(by_events, np.where(done, 1.0, np.where(begun, at_start, 0.0)), shares)
    shares = np.where(kinds == Technique.LEVEL_OF_EFFORT, np.clip(_floats(planned, size), 0.0, 1.0), shares)
    withheld: dict[int, Withheld] = {}
    for places, known, values, reason in (
        (kinds == Technique.MILESTONES, *_by_milestones(steps, size, at), Withheld.NO_MILESTONES),
        (kinds == Technique.UNITS, *_by_units(units_done, units_planned, size), Withheld.NO_QUANTITY),
    ):
        shares = np.where(places, values, shares)
        withheld.update(dict.fromkeys(np.flatnonzero(places & ~known).tolist(), reason))
    _apportion(shares, kinds, np.array(np.broadcast_to(np.asarray(base, dtype=np.int64), (size,))), withheld)
    return EarnedShares(shares, withheld)


def _by_milestones(steps: Milestones | None, size: int, at: int) -> tuple[NDArray[np.bool_], F64]:
    """Which activities have milestones with weight, and the share of the weight that was reached."""
    whole, reached = np.zeros(size), np.zeros(size)
    if steps is not None:
        there = steps.reached != MISSING
        if at != MISSING:
            there &= steps.reached <= at
        np.add.at(whole, steps.activity, steps.weight)
        np.add.at(reached, steps.activity, np.where(there, steps.weight, 0.0))
    return whole > 0, np.minimum(np.divide(reached, whole, out=np.zeros(size), where=whole > 0), 1.0)


def _by_units(done: ArrayLike, planned: ArrayLike, size: int) -> tuple[NDArray[np.bool_], F64]:
    part, whole = _floats(done, size), _floats(planned, size)
    return whole > 0, np.clip(np.divide(part, whole, out=np.zeros(size), where=whole > 0), 0.0, 1.0)


def _apportion(shares: F64, kinds: I64, base: I64, withheld: dict[int, Withheld]) -> None:
    """Follow each chain of bases to the activity that earns by itself; every activity is walked once."""
    apportioned = kinds == Technique.APPORTIONED
    open_ = set(np.flatnonzero(apportioned).tolist())
    while open_:
        path, at = [], open_.pop()
        while True:
            path.append(at)
            at = int(base[at])
            if at not in open_:
                break
            open_.discard(at)
        found = 0 <= at < kinds.size and at not in withheld and at not in path
        for each in path:
            shares[each] = shares[at] if found else 0.0
            if not found:
                withheld[each] = Withheld.NO_BASE


def _flags(values: ArrayLike, size: int) -> NDArray[np.bool_]:
    return np.array(np.broadcast_to(np.asarray(values, dtype=np.bool_), (size,)))


def _floats(values: ArrayLike, size: int) -> F64:
    return np.array(np.broadcast_to(np.asarray(values, dtype=np.float64), (size,)))


__all__ = ["EarnedShares", "Milestones", "Technique", "earned_shares", "milestones"]
