"""An organisation's own days, kept in memory by each process until somebody changes one.

Working days are asked for thousands of times in one look at a project, so no question may cost a query. A request and a
round of the pipeline look once whether the version in the database is still theirs (:func:`refresh`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from threading import Lock

from django.db import DatabaseError

from watchfloor.calendars import patterns
from watchfloor.calendars.models import OwnDayRow, OwnDaysVersion
from watchfloor.calendars.patterns import OwnDay

_lock = Lock()
_version: int | None = None  # None: nothing was read yet
_days: dict[tuple[str, str], dict[date, OwnDay]] = {}
_merged: dict[tuple[str, str], Mapping[date, OwnDay]] = {}
_NONE: Mapping[date, OwnDay] = {}


def serve() -> None:
    """Have working days ask here for own days from now on."""
    patterns.use_own_days(of)


def of(country: str, region: str) -> Mapping[date, OwnDay]:
    """Own days that hold in a region (or site): everywhere's, then the country's, the region's and the site's."""
    if _version is None:
        refresh()
    if not _days:
        return _NONE
    found = _merged.get((country, region))
    if found is None:
        above = region.partition("/")[0]
        keys = dict.fromkeys((("", ""), (country, ""), (country, above), (country, region)))
        # The nearer word goes before the wider one.
        found = {on: day for key in keys for on, day in _days.get(key, {}).items()}
        _merged[country, region] = found
    return found


def refresh() -> None:
    """Read the own days again if somebody changed one since; one small query otherwise."""
    global _version  # noqa: PLW0603 - what this process keeps
    try:
        version = OwnDaysVersion.objects.values_list("version", flat=True).first() or 0
    except DatabaseError:
        return  # before the tables are made, there are no own days
    if version == _version:
        return
    with _lock:
        fresh: dict[tuple[str, str], dict[date, OwnDay]] = {}
        for row in OwnDayRow.objects.all():
            fresh.setdefault((row.country, row.region), {})[row.on] = OwnDay(row.kind, row.name, row.ends)
        _days.clear()
        _days.update(fresh)
        _merged.clear()
        _version = version
    patterns.forget()


def unknown() -> None:
    """What is kept may be of another database; read it again at the next question. For tests."""
    global _version  # noqa: PLW0603 - what this process keeps
    _version = None
    _days.clear()
    _merged.clear()
    patterns.forget()
