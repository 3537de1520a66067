"""Changing the organisation's own days: closing days, make-up days, days that end early."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.calendars import own_days, patterns
from watchfloor.calendars.models import OwnDayKind, OwnDayRow, OwnDaysVersion
from watchfloor.calendars.queries import OwnDayRecord, own_day_record
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer

OWN_DAYS_MAX = 5_000


@transaction.atomic
def add_own_day(
    viewer: Viewer,
    *,
    on: date,
    kind: str,
    name: str,
    country: str = "",
    region: str = "",
    ends: time | None = None,
    now: datetime,
) -> OwnDayRecord:
    """Close, work or end early on a day, everywhere, in a country, a region or at a site (``BY/MUC``).

    Raises:
        NotAllowed: the viewer does not manage the whole organisation.
        Invalid: an unknown kind, a region without a country, or a short day without its end.
        Conflict: the day is said already for the same place, or there are too many.
    """
    _need(viewer)
    if kind not in OwnDayKind.values:
        raise Invalid(_("A day is closed, works or short."), place="kind")
    if on.year not in patterns.YEARS:
        raise Invalid(_("A day between 1984 and 2149."), place="on")
    name, country, region = name.strip(), country.strip().upper(), region.strip()
    if not name or len(name) > 120:
        raise Invalid(_("Say in 1 to 120 characters what the day is."), place="name")
    if len(country) not in (0, 2) or len(region) > 10 or (region and not country):
        raise Invalid(_("A country has two letters; a region needs its country."), place="country")
    if (kind == OwnDayKind.SHORT) != (ends is not None):
        raise Invalid(_("A short day, and only that, says when it ends."), place="ends")
    if OwnDayRow.objects.filter(country=country, region=region, on=on).exists():
        raise Conflict(_("This day is said already for this place."), remedy=_("Remove it first."), place="on")
    if OwnDayRow.objects.count() >= OWN_DAYS_MAX:
        raise Conflict(_("There are %(limit)d own days already.") % {"limit": OWN_DAYS_MAX})
    row = OwnDayRow.objects.create(
        country=country, region=region, on=on, kind=kind, ends=ends, name=name, added_by_name=viewer.name
    )
    _changed(row, viewer, "added", now)
    return own_day_record(row)


@transaction.atomic
def remove_own_day(viewer: Viewer, own_day_id: int, *, now: datetime) -> OwnDayRecord:
    """The day is again what the country says; returns what was removed, so that it can be added again."""
    _need(viewer)
    row = OwnDayRow.objects.filter(pk=own_day_id).first()
    if row is None:
        raise NotFound(_("There is no such day."))
    record = own_day_record(row)
    row.delete()
    _changed(row, viewer, "removed", now)
    return record


def _changed(row: OwnDayRow, viewer: Viewer, what: str, now: datetime) -> None:
    version, _made = OwnDaysVersion.objects.select_for_update().get_or_create(pk=1)
    version.version += 1
    version.save(update_fields=("version",))
    data = {"what": what, "country": row.country, "region": row.region, "on": row.on.isoformat(), "kind": row.kind}
    append("calendar.changed", viewer=viewer, now=now, subject_kind="own_day", data=data)
    # This process too reads it only once it is committed for good.
    transaction.on_commit(own_days.refresh)


def _need(viewer: Viewer) -> None:
    if not viewer.may("project.manage"):
        raise NotAllowed(_("Only who manages the whole organisation sets its own days."))
