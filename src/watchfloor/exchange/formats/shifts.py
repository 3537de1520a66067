"""Working time of a day, shared by the formats."""

from __future__ import annotations

from collections.abc import Iterable

from watchfloor.plans.document import Shift

EIGHT_HOURS = (Shift(8 * 600, 12 * 600), Shift(13 * 600, 17 * 600))
STANDARD_WEEK: tuple[tuple[Shift, ...], ...] = (EIGHT_HOURS,) * 5 + ((), ())


def merged(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """Shifts in order, overlapping and touching ones joined."""
    joined: list[Shift] = []
    for shift in sorted(shifts, key=lambda each: each.start_ticks):
        if joined and shift.start_ticks <= joined[-1].end_ticks:
            joined[-1] = Shift(joined[-1].start_ticks, max(joined[-1].end_ticks, shift.end_ticks))
        else:
            joined.append(shift)
    return tuple(joined)
