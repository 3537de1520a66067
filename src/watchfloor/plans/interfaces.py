"""The give/get register: adding interfaces between projects, their two dates, and the agreement of both sides."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.document import MILESTONES
from watchfloor.plans.models import ActivityRow, Interface
from watchfloor.portfolio import queries as portfolio

Side = Literal["giver", "receiver"]
SIDES: tuple[Side, ...] = ("giver", "receiver")
MAX_INTERFACES = 5_000  # of one project
_DATES: dict[Side, str] = {"giver": "promised", "receiver": "needed"}


@transaction.atomic
def add_interface(
    viewer: Viewer,
    *,
    name: str,
    giver_code: str,
    giver_activity: str,
    receiver_code: str,
    receiver_activity: str,
    promised: date | None = None,
    needed: date | None = None,
    note: str = "",
    now: datetime,
) -> int:
    """Enter what one project gives to another; returns its id. Needs to see both, and may change at least one.

    Raises:
        NotFound, NotAllowed: a project is not the viewer's to see, or a date is the other side's to say.
        Invalid: no name, an activity that is not there, or a giving activity that is no milestone.
    """
    giver, receiver = portfolio.project(viewer, giver_code), portfolio.project(viewer, receiver_code)
    may = {"giver": viewer.may("plan.edit", giver.id), "receiver": viewer.may("plan.edit", receiver.id)}
    if not any(may.values()):
        raise NotAllowed(_("You may see these projects, but not agree for one of them."))
    for side, day in (("giver", promised), ("receiver", needed)):
        if day is not None and not may[side]:
            raise NotAllowed(_("This date is the other project's to say."))
    if not name.strip() or len(name) > 200:
        raise Invalid(_("An interface has a name of at most 200 characters."), place="name")
    if len(note) > 500:
        raise Invalid(_("A note has at most 500 characters."), place="note")
    if Interface.objects.filter(Q(giver_id=giver.id) | Q(receiver_id=giver.id)).count() >= MAX_INTERFACES:
        raise Invalid(_("A project has at most %(n)d interfaces.") % {"n": MAX_INTERFACES})
    if giver.id == receiver.id and giver_activity == receiver_activity:
        raise Invalid(_("An activity gives nothing to itself."), place="receiver_activity")
    if _kind(giver.id, giver_activity, "giver_activity") not in MILESTONES:
        raise Invalid(
            _("An interface hangs on a milestone of the giver; %(key)s is none.") % {"key": giver_activity},
            remedy=_("Add a milestone for the hand-over, then name it here."),
            place="giver_activity",
        )
    _kind(receiver.id, receiver_activity, "receiver_activity")
    row = Interface.objects.create(
        name=name.strip(),
        note=note.strip(),
        giver_id=giver.id,
        giver_activity=giver_activity,
        receiver_id=receiver.id,
        receiver_activity=receiver_activity,
        promised=promised,
        needed=needed,
        created_at=now,
        created_by_name=viewer.name,
    )
    _tell("interface.added", row, viewer, now)
    return row.pk


@transaction.atomic
def set_interface_dates(
    viewer: Viewer, interface_id: int, *, expected_version: int | None = None, now: datetime, **dates: date | None
) -> None:
    """Say the date promised (the giver) or needed (the receiver). The other side's agreement is withdrawn by that.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or the other side's date.
        Conflict: it was changed meanwhile, or has ended.
    """
    row = _open(viewer, interface_id, expected_version)
    changed = False
    for side in SIDES:
        name = _DATES[side]
        if name not in dates or getattr(row, name) == dates[name]:
            continue
        _check_side(viewer, row, side)
        before = getattr(row, name)
        setattr(row, name, dates[name])
        changed = True
        _tell("interface.dated", row, viewer, now, side=side, before=_text(before), after=_text(dates[name]))
        other: Side = "receiver" if side == "giver" else "giver"
        if getattr(row, f"{other}_agreed_at") is not None:
            _set_agreement(row, other, None, None)
            _tell("interface.agreement_withdrawn", row, viewer, now, side=other, because=name)
    if changed:
        _save(row)


@transaction.atomic
def agree(viewer: Viewer, interface_id: int, side: Side, *, expected_version: int | None = None, now: datetime) -> None:
    """Agree, for one side, to both dates as they are.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or not their side.
        Invalid: a date is missing.
        Conflict: it was changed meanwhile, or has ended.
    """
    row = _open(viewer, interface_id, expected_version)
    _check_side(viewer, row, side)
    if row.promised is None or row.needed is None:
        raise Invalid(_("Both dates must be there before anybody can agree to them."), place="agreement")
    if getattr(row, f"{side}_agreed_at") is not None:
        return
    _set_agreement(row, side, viewer, now)
    _save(row)
    _tell("interface.agreed", row, viewer, now, side=side, promised=_text(row.promised), needed=_text(row.needed))


@transaction.atomic
def withdraw_agreement(viewer: Viewer, interface_id: int, side: Side, *, now: datetime) -> None:
    """Take one's own side's agreement back."""
    row = _open(viewer, interface_id, None)
    _check_side(viewer, row, side)
    if getattr(row, f"{side}_agreed_at") is None:
        return
    _set_agreement(row, side, None, None)
    _save(row)
    _tell("interface.agreement_withdrawn", row, viewer, now, side=side)


@transaction.atomic
def end_interface(viewer: Viewer, interface_id: int, *, reason: str, now: datetime) -> None:
    """Delivered, or needed no more: it stays in the register as ended, with the reason. Either side may say so."""
    row = _open(viewer, interface_id, None)
    if not (viewer.may("plan.edit", row.giver_id) or viewer.may("plan.edit", row.receiver_id)):
        raise NotAllowed(_("You may see this interface, but not change it."))
    if not reason.strip() or len(reason) > 300:
        raise Invalid(_("Say in at most 300 characters why it ends."), place="reason")
    row.ended_at, row.end_reason = now, reason.strip()
    _save(row)
    _tell("interface.ended", row, viewer, now)


def _open(viewer: Viewer, interface_id: int, expected_version: int | None) -> Interface:
    row = Interface.objects.select_for_update().filter(pk=interface_id).first()
    seen = row is not None and (viewer.may("project.view", row.giver_id) or viewer.may("project.view", row.receiver_id))
    if row is None or not seen:
        raise NotFound(_("There is no such interface."))
    if row.ended_at is not None:
        raise Conflict(_("This interface has ended."))
    if expected_version is not None and row.version != expected_version:
        raise Conflict(
            _("The interface was changed meanwhile."), remedy=_("Load it again: you agree to the dates you see.")
        )
    return row


def _check_side(viewer: Viewer, row: Interface, side: Side) -> None:
    if not viewer.may("plan.edit", row.giver_id if side == "giver" else row.receiver_id):
        raise NotAllowed(_("This is the other side's to say."))


def _kind(project_id: int, key: str, place: str) -> str:
    kind = ActivityRow.objects.filter(project_id=project_id, key=key).values_list("kind", flat=True).first()
    if kind is None:
        raise Invalid(_("There is no activity %(key)s.") % {"key": key}, place=place)
    return kind


def _set_agreement(row: Interface, side: Side, viewer: Viewer | None, now: datetime | None) -> None:
    setattr(row, f"{side}_agreed_at", now)
    setattr(row, f"{side}_agreed_by_id", viewer.user_id if viewer else None)
    setattr(row, f"{side}_agreed_by_name", viewer.name if viewer else "")


def _save(row: Interface) -> None:
    row.version += 1
    row.save()


def _tell(kind: str, row: Interface, viewer: Viewer, now: datetime, **data: Any) -> None:
    """A fact on both projects, which names neither the other project nor its activity."""
    for project_id in dict.fromkeys((row.giver_id, row.receiver_id)):
        append(
            kind,
            viewer=viewer,
            now=now,
            project_id=project_id,
            subject_kind="interface",
            subject_id=row.pk,
            data={"interface": row.pk, "name": row.name, **data},
        )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
