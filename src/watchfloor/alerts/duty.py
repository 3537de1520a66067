"""Rotas: who is on duty, now and in the weeks ahead; making them, and departing from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts import queries as accounts
from watchfloor.alerts import watching
from watchfloor.alerts.desk import rota_of
from watchfloor.alerts.escalation.rota import Layer, Rota, Shift, on_duty, shifts
from watchfloor.alerts.models import OverrideRow, RotaRow
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio

AHEAD = timedelta(days=28)
LAYERS_MAX = 8
PEOPLE_MAX = 40
OVERRIDE_MAX = timedelta(days=60)
_ROTAS_MAX = 100


@dataclass(frozen=True, slots=True)
class OverrideRecord:
    id: int
    person_id: int
    person_name: str
    instead_of_name: str
    begins: datetime
    ends: datetime
    reason: str
    made_by_name: str


@dataclass(frozen=True, slots=True)
class RotaRecord:
    """One duty with who has it now and in the weeks ahead; ``names`` are those of its people."""

    id: int
    name: str
    programme_id: int | None
    programme_code: str  # empty: of the whole organisation
    rota: Rota
    names: Mapping[int, str]
    now: int | None
    shifts: tuple[Shift, ...]
    gaps: tuple[Shift, ...]  # nobody on duty, within the weeks ahead
    overrides: tuple[OverrideRecord, ...]  # that hold or will
    version: int


def rotas(viewer: Viewer, *, now: datetime, ahead: timedelta = AHEAD) -> tuple[RotaRecord, ...]:
    """The duties of whatever the viewer works inside of, and those they are in themselves; four queries."""
    rows = RotaRow.objects.select_related("programme").prefetch_related("overrides__person", "overrides__instead_of")
    people = accounts.active_users()
    zones = {pk: user.time_zone for pk, user in people.items()}
    names = {pk: user.full_name for pk, user in people.items()}
    return tuple(_record(row, zones, names, now, ahead) for row in rows if may_see(viewer, row))


def rota(viewer: Viewer, rota_id: int, *, now: datetime) -> RotaRecord:
    """One duty.

    Raises:
        NotFound: there is none for the viewer.
    """
    found = next((each for each in rotas(viewer, now=now) if each.id == rota_id), None)
    if found is None:
        raise NotFound(_("There is no such rota."))
    return found


@transaction.atomic
def make_rota(viewer: Viewer, name: str, programme_code: str = "", *, night: bool = True, now: datetime) -> int:
    """A duty without layers yet, of a programme or of the whole organisation; returns its id.

    Raises:
        NotFound, NotAllowed: no such programme for the viewer, or not theirs to manage.
        Invalid: no name, or too many rotas.
    """
    programme = portfolio.programme(viewer, programme_code) if programme_code else None
    _need(viewer, programme.id if programme is not None else None)
    name = name.strip()
    if not name or len(name) > 100:
        raise Invalid(_("A rota has a name of 1 to 100 characters."), place="name")
    if RotaRow.objects.count() >= _ROTAS_MAX:
        raise Invalid(_("There are %(most)d rotas already.") % {"most": _ROTAS_MAX}, place="name")
    row = RotaRow.objects.create(
        name=name,
        programme_id=programme.id if programme is not None else None,
        night={"begins": "22:00", "ends": "07:00"} if night else None,
    )
    _changed("rota.made", row, viewer, now)
    return row.pk


@transaction.atomic
def add_layer(viewer: Viewer, rota_id: int, layer: Layer, *, now: datetime) -> None:
    """Put a layer behind those the rota has: it is asked where they name nobody.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to manage.
        Invalid: nobody in it, an unknown person, zone, or length of a turn.
    """
    row = _locked(viewer, rota_id)
    _check(viewer, layer)
    if len(row.layers) >= LAYERS_MAX:
        raise Invalid(_("A rota has at most %(most)d layers.") % {"most": LAYERS_MAX}, place="people")
    row.layers = [*row.layers, _stored(layer)]
    _save(row, viewer, now)


@transaction.atomic
def remove_layer(viewer: Viewer, rota_id: int, place: int, *, now: datetime) -> None:
    """Take the layer at a place (from 0) out of the rota."""
    row = _locked(viewer, rota_id)
    if not 0 <= place < len(row.layers):
        raise NotFound(_("The rota has no such layer."))
    row.layers = [each for at, each in enumerate(row.layers) if at != place]
    _save(row, viewer, now)


@transaction.atomic
def remove_rota(viewer: Viewer, rota_id: int, *, now: datetime) -> None:
    """Remove a duty: its alerts go to whoever has the role of a duty officer."""
    row = _locked(viewer, rota_id)
    _changed("rota.removed", row, viewer, now)
    row.delete()


@transaction.atomic
def override(
    viewer: Viewer,
    rota_id: int,
    person: int,
    begins: datetime,
    ends: datetime,
    *,
    instead_of: int | None = None,
    reason: str = "",
    now: datetime,
) -> int:
    """Put somebody on duty for a span, or only for the turns of ``instead_of``; returns its id. A swap is two of them.

    Whoever is in the rota may do so for themselves, and for those who take over from them.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to change.
        Invalid: an unknown person, or a span that has passed, runs backwards or is longer than ``OVERRIDE_MAX``.
    """
    row = RotaRow.objects.select_for_update(of=("self",)).filter(pk=rota_id).first()
    if row is None or not may_see(viewer, row):
        raise NotFound(_("There is no such rota."))
    if viewer.user_id is None or viewer.user_id not in (person, instead_of):
        _need(viewer, row.programme_id)
    people = accounts.colleagues(viewer)
    if person not in people or (instead_of is not None and instead_of not in people):
        raise Invalid(_("There is no such person."), place="person")
    if not begins < ends <= begins + OVERRIDE_MAX or ends <= now:
        raise Invalid(
            _("It ends after it begins, not in the past, and within %(days)d days.") % {"days": OVERRIDE_MAX.days},
            place="ends",
        )
    made = OverrideRow.objects.create(
        rota=row,
        person_id=person,
        instead_of_id=instead_of,
        begins=begins,
        ends=ends,
        reason=reason.strip()[:300],
        made_by_name=viewer.name,
    )
    _changed("rota.changed", row, viewer, now)
    return made.pk


@transaction.atomic
def end_override(viewer: Viewer, override_id: int, *, now: datetime) -> int:
    """Take an override back; one that has begun ends now. Returns the id of its rota.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to change.
        Conflict: it is over.
    """
    made = OverrideRow.objects.select_related("rota").filter(pk=override_id).first()
    if made is None or not may_see(viewer, made.rota):
        raise NotFound(_("There is no such override."))
    if viewer.user_id is None or viewer.user_id not in (made.person_id, made.instead_of_id):
        _need(viewer, made.rota.programme_id)
    if made.ends <= now:
        raise Conflict(_("It is over already."))
    if made.begins < now:
        made.ends = now
        made.save(update_fields=("ends",))
    else:
        made.delete()
    _changed("rota.changed", made.rota, viewer, now)
    return made.rota_id


def may_see(viewer: Viewer, row: RotaRow) -> bool:
    """Whether the viewer works inside all that the rota is for, or is in it: it names people of everywhere in it."""
    is_in = viewer.user_id is not None and viewer.user_id in rota_of(row).people
    return is_in or viewer.may_in_programme("internal.view", row.programme_id)


def may_manage(viewer: Viewer, programme_id: int | None) -> bool:
    """Whether the viewer may change the rotas of a programme, or with None of the organisation."""
    return viewer.may_in_programme("project.manage", programme_id)


def _record(
    row: RotaRow, zones: Mapping[int, str], names: Mapping[int, str], now: datetime, ahead: timedelta
) -> RotaRecord:
    duty = rota_of(row)
    spans = shifts(duty, zones, now, now + ahead)
    lasting = sorted((each for each in row.overrides.all() if each.ends > now), key=lambda each: each.begins)
    return RotaRecord(
        id=row.pk,
        name=row.name,
        programme_id=row.programme_id,
        programme_code=row.programme.code if row.programme is not None else "",
        rota=duty,
        names={pk: names[pk] for pk in sorted(duty.people) if pk in names},
        now=on_duty(duty, zones, now),
        shifts=spans,
        gaps=tuple(each for each in spans if each.person is None),
        overrides=tuple(
            OverrideRecord(
                each.pk,
                each.person_id,
                names.get(each.person_id, ""),
                names.get(each.instead_of_id or 0, ""),
                each.begins,
                each.ends,
                each.reason,
                each.made_by_name,
            )
            for each in lasting
        ),
        version=row.version,
    )


def _locked(viewer: Viewer, rota_id: int) -> RotaRow:
    row = RotaRow.objects.select_for_update(of=("self",)).filter(pk=rota_id).first()
    if row is None or not may_see(viewer, row):
        raise NotFound(_("There is no such rota."))
    _need(viewer, row.programme_id)
    return row


def _need(viewer: Viewer, programme_id: int | None) -> None:
    if not may_manage(viewer, programme_id):
        raise NotAllowed(_("You may not change this rota."), remedy=_("Ask whoever manages the programme."))


def _check(viewer: Viewer, layer: Layer) -> None:
    if not layer.people or len(layer.people) > PEOPLE_MAX:
        raise Invalid(_("A layer has 1 to %(most)d people.") % {"most": PEOPLE_MAX}, place="people")
    if not set(layer.people) <= accounts.colleagues(viewer).keys():
        raise Invalid(_("There is no such person."), place="people")
    if not 1 <= layer.shift_days <= 90:
        raise Invalid(_("A turn lasts 1 to 90 days."), place="shift_days")
    if (layer.begins is None) != (layer.ends is None):
        raise Invalid(_("Hours have a beginning and an end; leave out both for the whole day."), place="begins")
    if not layer.weekdays or not layer.weekdays <= frozenset(range(7)):
        raise Invalid(_("A layer watches on at least one weekday."), place="weekdays")
    try:
        ZoneInfo(layer.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(_("There is no such time zone."), place="zone") from error


def _stored(layer: Layer) -> dict[str, Any]:
    def clock(at: time | None) -> str | None:
        return at.isoformat(timespec="minutes") if at is not None else None

    return {
        "people": list(layer.people),
        "starts_on": layer.starts_on.isoformat(),
        "zone": layer.zone,
        "change_at": clock(layer.change_at),
        "shift_days": layer.shift_days,
        "weekdays": sorted(layer.weekdays),
        "begins": clock(layer.begins),
        "ends": clock(layer.ends),
    }


def _save(row: RotaRow, viewer: Viewer, now: datetime) -> None:
    row.version += 1
    row.save(update_fields=("layers", "version"))
    _changed("rota.changed", row, viewer, now)


def _changed(kind: str, row: RotaRow, viewer: Viewer, now: datetime) -> None:
    watching.wake(now)
    append(
        kind, viewer=viewer, now=now, project_id=None, subject_kind="rota", subject_id=row.pk, data={"name": row.name}
    )
