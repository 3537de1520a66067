"""Reading calendars of countries and the organisation's own days. They are no secret to who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from watchfloor.calendars import patterns
from watchfloor.calendars.models import OwnDayRow


@dataclass(frozen=True, slots=True)
class OwnDayRecord:
    """A day of the organisation's own; an empty country is everywhere, an empty region the whole country."""

    id: int
    country: str
    region: str
    on: date
    kind: str  # closed, works, short
    ends: time | None
    name: str
    added_by_name: str


def own_days(country: str | None = None, year: int | None = None) -> tuple[OwnDayRecord, ...]:
    """Own days by date; of one country (with those that hold everywhere) and year, if named.

    Raises:
        Invalid: no year between 1984 and 2149.
    """
    rows = OwnDayRow.objects.order_by("on", "country", "region")
    if country is not None:
        rows = rows.filter(country__in=("", country))
    if year is not None:
        patterns.check_year(year)
        rows = rows.filter(on__year=year)
    return tuple(own_day_record(row) for row in rows)


def own_day_record(row: OwnDayRow) -> OwnDayRecord:
    return OwnDayRecord(row.pk, row.country, row.region, row.on, row.kind, row.ends, row.name, row.added_by_name)
