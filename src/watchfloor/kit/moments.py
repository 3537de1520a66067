"""Reading a past moment as people and programs write it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from watchfloor.kit.errors import Invalid

PARAMETER = "as_of"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST = date(1990, 1, 1)


def past_moment(text: str, zone: str, *, now: datetime) -> datetime:
    """The moment an ``as_of`` names, in UTC.

    A day alone means its end, so that the whole day counts; today's end is now. Without an offset the time is that of
    the reader's zone.

    Raises:
        Invalid: it is no date or time, or has not come yet.
    """
    said = text.strip()
    here = ZoneInfo(zone)
    try:
        if _DAY.fullmatch(said):
            day = date.fromisoformat(said)
            if day > now.astimezone(here).date():
                raise _later()
            # The last moment before the next midnight, also where that day has 23 or 25 hours.
            after = datetime.combine(day + timedelta(days=1), datetime.min.time(), here).astimezone(UTC)
            found = min(after - timedelta(microseconds=1), now)
        else:
            found = datetime.fromisoformat(said)
            found = (found if found.tzinfo is not None else found.replace(tzinfo=here)).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Invalid(
            f"This is no moment: {said[:40]!r}.",
            remedy="Write a day like 2026-03-03, or a time like 2026-03-03T17:30 or 2026-03-03T16:30Z.",
            place=PARAMETER,
        ) from problem
    if found > now:
        raise _later()
    if found.date() < _EARLIEST:
        raise Invalid("Nothing is recorded from so long ago.", remedy="Choose a later moment.", place=PARAMETER)
    return found


def _later() -> Invalid:
    return Invalid("That moment has not come yet.", remedy="Choose one that has passed.", place=PARAMETER)
