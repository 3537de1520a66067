"""Wall clocks of time zones on one axis, so that plans of several countries stand in one network.

A single plan keeps its own wall clock, as the tools do that know no zones. Plans that are scheduled together lie on an
axis in UTC: working time then ends an hour earlier or later when daylight saving begins or ends, and an elapsed day
stays 24 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from watchfloor_engine.calendars import EPOCH, TICKS_PER_MINUTE, day_of, from_tick, to_tick
from watchfloor_engine.kernels import I64

_MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Clock:
    """Between the wall clock of a zone and the axis. An empty ``zone``: the axis is the wall clock itself."""

    zone: str = ""  # a name of the IANA database

    def tick(self, moment: datetime) -> int:
        """The tick of a naive wall-clock time; of one that comes twice, the first."""
        if not self.zone:
            return to_tick(moment)
        return to_tick(moment.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC).replace(tzinfo=None))

    def moment(self, tick: int) -> datetime:
        """The naive wall-clock time of a tick."""
        if not self.zone:
            return from_tick(tick)
        return from_tick(tick).replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def ticks(self, wall: I64) -> I64:
        """Ticks of the wall clock, as ticks of the axis."""
        if not self.zone or wall.size == 0:
            return wall
        changes, offsets = _offsets(self.zone, day_of(int(wall.min())), day_of(int(wall.max())) + 1)
        return np.asarray(wall - offsets[np.searchsorted(changes, wall, side="right")], dtype=np.int64)


@lru_cache(maxsize=256)
def _offsets(zone: str, first_day: int, last_day: int) -> tuple[I64, I64]:
    """Ticks of the wall clock at which the offset from UTC changes, and the offsets before, between and after them."""
    there = ZoneInfo(zone)

    def offset(minutes: int) -> int:
        moment = EPOCH + timedelta(minutes=minutes)
        shift = moment.replace(tzinfo=there).utcoffset() or timedelta(0)
        return int(shift.total_seconds()) * TICKS_PER_MINUTE // 60

    changes: list[int] = []
    known = [offset(first_day * _MINUTES_PER_DAY)]
    for day in range(first_day, last_day + 1):
        low, high = day * _MINUTES_PER_DAY, (day + 1) * _MINUTES_PER_DAY
        after = offset(high)
        if after == known[-1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == known[-1] else (low, middle)
        changes.append(high * TICKS_PER_MINUTE)
        known.append(after)
    return np.array(changes, dtype=np.int64), np.array(known, dtype=np.int64)
