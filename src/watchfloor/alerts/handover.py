"""Handing the watch over: at each change of duty a brief of what happened, what is open and what is due next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from watchfloor.accounts import queries as accounts
from watchfloor.alerts.desk import rota_of
from watchfloor.alerts.duty import may_manage, may_see
from watchfloor.alerts.escalation.rota import Shift, shifts
from watchfloor.alerts.models import AlertState, HandoverRow, RotaRow
from watchfloor.alerts.queries import AlertRecord, records, visible
from watchfloor.detection.queries import moved_between
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import queries as portfolio

LOOKED_BACK = timedelta(days=100)  # the longest turn, and some room
AHEAD = timedelta(days=1)
NOTE_MAX = 4_000
_SHOWN = 100
_MOMENT = timedelta(seconds=1)  # a change at this very moment counts


@dataclass(frozen=True, slots=True)
class Moved:
    """A computed status that changed during the watch."""

    project_id: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Brief:
    """One change of duty as its reader may see it; lists are of alerts of the rota's programme, or of all."""

    id: int
    rota_id: int
    rota_name: str
    begins: datetime
    at: datetime
    giver_name: str
    taker_name: str
    opened: tuple[AlertRecord, ...]  # raised during the watch
    closed: tuple[AlertRecord, ...]  # resolved during the watch
    unanswered: tuple[AlertRecord, ...]  # open now, and nobody has acknowledged them
    due_next: tuple[AlertRecord, ...]  # whose time ends within a day of the change, or is over
    moved: tuple[Moved, ...]
    note: str
    noted_by_name: str
    acknowledged_at: datetime | None
    acknowledged_by_name: str
    may_note: bool
    may_acknowledge: bool


def write_due(now: datetime) -> int:
    """Make the handover of every rota whose duty changed since its last; returns how many. Twice changes nothing."""
    zones = {pk: user.time_zone for pk, user in accounts.active_users().items()}
    made = 0
    for row in RotaRow.objects.prefetch_related("overrides"):
        change = _last_change(shifts(rota_of(row), zones, now - LOOKED_BACK, now + _MOMENT))
        if change is not None and not row.handovers.filter(at=change[1].begins).exists():
            made += _make(row, *change, now)
    return made


def newest(viewer: Viewer, rota_id: int, *, now: datetime) -> Brief | None:
    """The brief of the last change of duty; None before the first, or for whoever may not see the rota."""
    row = HandoverRow.objects.select_related("rota").filter(rota_id=rota_id).order_by("-at").first()
    if row is None or not may_see(viewer, row.rota):
        return None
    return _brief(viewer, row, now)


@transaction.atomic
def note(viewer: Viewer, handover_id: int, words: str, *, now: datetime) -> None:
    """Leave open questions for the next watch: for whoever leaves, comes, or manages the rota.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to write on.
        Invalid: more than ``NOTE_MAX`` characters.
    """
    row = _locked(viewer, handover_id)
    if not _may_note(viewer, row):
        raise NotAllowed(_("Whoever leaves or takes the watch writes here."))
    if len(words) > NOTE_MAX:
        raise Invalid(_("At most %(most)d characters.") % {"most": NOTE_MAX}, place="note")
    row.note, row.noted_by_name = words.strip(), viewer.name
    row.save(update_fields=("note", "noted_by_name"))
    _tell("handover.noted", row, viewer, now)


@transaction.atomic
def acknowledge(viewer: Viewer, handover_id: int, *, now: datetime) -> None:
    """ "I have the watch": for whoever comes on duty.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to take.
        Conflict: somebody has it already.
    """
    row = _locked(viewer, handover_id)
    if not _may_take(viewer, row):
        raise NotAllowed(_("Whoever comes on duty takes the watch."))
    if row.acknowledged_at is not None:
        raise Conflict(_("%(name)s has the watch.") % {"name": row.acknowledged_by_name})
    row.acknowledged_at, row.acknowledged_by_name = now, viewer.name
    row.save(update_fields=("acknowledged_at", "acknowledged_by_name"))
    _tell("handover.acknowledged", row, viewer, now)


@transaction.atomic
def _make(rota: RotaRow, before: Shift, after: Shift, now: datetime) -> bool:
    row, is_new = HandoverRow.objects.get_or_create(
        rota=rota,
        at=after.begins,
        defaults={"begins": before.begins, "giver_id": before.person, "taker_id": after.person, "made_at": now},
    )
    if is_new:
        _tell("handover.made", row, SYSTEM, now)
    return is_new


def _last_change(spans: tuple[Shift, ...]) -> tuple[Shift, Shift] | None:
    """The last two people on duty after each other, whatever lay between: (watch that ended, watch that began)."""
    named = [each for each in spans if each.person is not None]
    for at in range(len(named) - 1, 0, -1):
        if named[at].person != named[at - 1].person:
            first = at - 1
            while first and named[first - 1].person == named[at - 1].person:
                first -= 1
            return Shift(named[first].person, named[first].begins, named[at - 1].ends), named[at]
    return None


def _brief(viewer: Viewer, row: HandoverRow, now: datetime) -> Brief:
    of, inside = visible(viewer), None
    if row.rota.programme_id is not None:
        inside = portfolio.ids_within(row.rota.programme_id)
        of = of.filter(project_id__in=inside)
    names = {pk: user.full_name for pk, user in accounts.active_users().items()}

    def read(which: Q) -> tuple[AlertRecord, ...]:
        return records(of.filter(which).order_by("-severity", "acknowledge_by", "id")[:_SHOWN], now)

    during = {"gte": row.begins, "lte": row.at}
    return Brief(
        id=row.pk,
        rota_id=row.rota_id,
        rota_name=row.rota.name,
        begins=row.begins,
        at=row.at,
        giver_name=names.get(row.giver_id or 0, ""),
        taker_name=names.get(row.taker_id or 0, ""),
        opened=read(Q(**{f"raised_at__{how}": at for how, at in during.items()})),
        closed=read(Q(**{f"resolved_at__{how}": at for how, at in during.items()})),
        unanswered=read(Q(state=AlertState.RAISED)),
        due_next=read(Q(state=AlertState.RAISED, acknowledge_by__lte=row.at + AHEAD)),
        moved=tuple(
            Moved(project_id, before, after)
            for project_id, (before, after) in moved_between(viewer, row.begins, row.at).items()
            if inside is None or project_id in inside
        ),
        note=row.note,
        noted_by_name=row.noted_by_name,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by_name=row.acknowledged_by_name,
        may_note=_may_note(viewer, row),
        may_acknowledge=row.acknowledged_at is None and _may_take(viewer, row),
    )


def _locked(viewer: Viewer, handover_id: int) -> HandoverRow:
    row = HandoverRow.objects.select_for_update(of=("self",)).select_related("rota").filter(pk=handover_id).first()
    if row is None or not may_see(viewer, row.rota):
        raise NotFound(_("There is no such handover."))
    return row


def _may_note(viewer: Viewer, row: HandoverRow) -> bool:
    return _may_take(viewer, row) or (viewer.user_id is not None and viewer.user_id == row.giver_id)


def _may_take(viewer: Viewer, row: HandoverRow) -> bool:
    return (viewer.user_id is not None and viewer.user_id == row.taker_id) or may_manage(viewer, row.rota.programme_id)


def _tell(kind: str, row: HandoverRow, viewer: Viewer, now: datetime) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=None,
        subject_kind="rota",
        subject_id=row.rota_id,
        data={"handover": row.pk, "at": row.at.isoformat()},
    )
