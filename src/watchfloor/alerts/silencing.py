"""Silences and maintenance windows: making, ending and listing them. Each has a reason and an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.alerts import watching
from watchfloor.alerts.models import SilenceKind, SilenceRow
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.places import Place, place

DAYS_MAX = 90
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class SilenceRecord:
    """One silence; without project and programme it is over everything. ``state``: coming, now, over, ended."""

    id: int
    project_id: int | None
    project_code: str
    programme_id: int | None
    programme_code: str
    group: str
    up_to: int  # severities above it are told all the same
    kind: str
    reason: str
    begins: datetime
    ends: datetime
    state: str
    made_by_name: str
    ended_by_name: str


@dataclass(frozen=True, slots=True)
class Over:
    """What a silence is over: a project, a programme with those below it, or everything."""

    project_code: str = ""
    programme_code: str = ""
    group: str = ""  # one kind of cause
    up_to: int = 3


@transaction.atomic
def silence(
    viewer: Viewer, over: Over, reason: str, begins: datetime, ends: datetime, *, kind: str = "silence", now: datetime
) -> SilenceRecord:
    """Let nobody be told of what it covers, until it ends. Alerts are raised all the same, and told afterwards.

    Raises:
        NotFound: no such project or programme for the viewer.
        NotAllowed: the viewer may not act on the alerts it would cover.
        Invalid: no reason, or an end that has passed, lies before the beginning or more than ``DAYS_MAX`` days after.
    """
    where = place(viewer, over.project_code, over.programme_code)
    if not where.may(viewer, "alert.act"):
        raise NotAllowed(_("You may silence only what you may act on."), remedy=_("Name a project or a programme."))
    reason = reason.strip()
    if not reason or len(reason) > 300:
        raise Invalid(_("Say in 1 to 300 characters why nobody is to be told."), place="reason")
    if ends <= max(begins, now):
        raise Invalid(_("A silence ends after it begins, and not in the past."), place="ends")
    if ends - begins > timedelta(days=DAYS_MAX):
        raise Invalid(_("A silence lasts at most %(days)d days.") % {"days": DAYS_MAX}, place="ends")
    if kind not in SilenceKind.values or not 1 <= over.up_to <= 3:
        raise Invalid(_("There is no such kind of silence."), place="kind")
    row = SilenceRow.objects.create(
        **where.fields,
        group=over.group[:160],
        up_to=over.up_to,
        kind=kind,
        reason=reason,
        begins=begins,
        ends=ends,
        made_at=now,
        made_by_name=viewer.name,
    )
    watching.wake(now)
    _tell("silence.made", row, viewer, now)
    return _record(row, now)


@transaction.atomic
def end_silence(viewer: Viewer, silence_id: int, *, now: datetime) -> SilenceRecord:
    """End it before its time: what it covered is told now.

    Raises:
        NotFound, NotAllowed: it is not the viewer's to see, or to end.
        Conflict: it is over already.
    """
    row = SilenceRow.objects.select_for_update(of=("self",)).filter(pk=silence_id).first()
    if row is None or not _sees(viewer, row):
        raise NotFound(_("There is no such silence."))
    if not Place.of(row).may(viewer, "alert.act"):
        raise NotAllowed(_("You may end only what you could have silenced."))
    if row.ended_at is not None or row.ends <= now:
        raise Conflict(_("This silence is over already."))
    row.ended_at, row.ended_by_name = now, viewer.name
    row.save(update_fields=("ended_at", "ended_by_name"))
    watching.wake(now)
    _tell("silence.ended", row, viewer, now)
    return _record(row, now)


def silences(viewer: Viewer, *, now: datetime, over: bool = False) -> tuple[SilenceRecord, ...]:
    """Silences that hold or will, those that end soonest first; with ``over`` the newest of those that are over."""
    rows = SilenceRow.objects.select_related("project", "programme")
    lasting = rows.filter(ended_at=None, ends__gt=now).order_by("ends", "id")
    found = rows.exclude(ended_at=None, ends__gt=now).order_by("-id") if over else lasting
    return tuple(_record(row, now) for row in found[:_SHOWN] if _sees(viewer, row))


def may_end(viewer: Viewer, silence: SilenceRecord) -> bool:
    """Whether the viewer may end it: whoever could have made it."""
    return Place.of(silence).may(viewer, "alert.act")


def _sees(viewer: Viewer, row: SilenceRow) -> bool:
    """Silences over more than one project are told to whoever works inside any."""
    if row.project_id is not None:
        return viewer.may("internal.view", row.project_id)
    return viewer.project_ids("internal.view") != frozenset()


def _record(row: SilenceRow, now: datetime) -> SilenceRecord:
    if row.ended_at is not None:
        state = "ended"
    elif row.ends <= now:
        state = "over"
    else:
        state = "now" if row.begins <= now else "coming"
    return SilenceRecord(
        id=row.pk,
        project_id=row.project_id,
        project_code=row.project.code if row.project is not None else "",
        programme_id=row.programme_id,
        programme_code=row.programme.code if row.programme is not None else "",
        group=row.group,
        up_to=row.up_to,
        kind=row.kind,
        reason=row.reason,
        begins=row.begins,
        ends=row.ends,
        state=state,
        made_by_name=row.made_by_name,
        ended_by_name=row.ended_by_name,
    )


def _tell(kind: str, row: SilenceRow, viewer: Viewer, now: datetime) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="silence",
        subject_id=row.pk,
        data={"silence": row.pk, "reason": row.reason, "ends": row.ends.isoformat(), "kind": row.kind},
    )
