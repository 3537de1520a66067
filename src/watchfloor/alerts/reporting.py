"""Exception reports: what is drafted to those above, until a named person releases it or lets it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts.queries import active_users
from watchfloor.alerts import watching
from watchfloor.alerts.escalation.desk import Desk
from watchfloor.alerts.escalation.turn import Turned, Watched, released
from watchfloor.alerts.models import Alert, AlertState, ExceptionReport
from watchfloor.alerts.operations import to_change
from watchfloor.kit.errors import Conflict, Invalid, NotFound
from watchfloor.kit.viewer import Viewer

WORDS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report: for whom, and what was added to what the alert says."""

    id: int
    alert_id: int
    people: tuple[str, ...]
    words: str
    drafted_at: datetime
    released_at: datetime | None
    released_by_name: str  # empty: its time had come


def waiting(viewer: Viewer, alert_id: int) -> tuple[ReportRecord, ...]:
    """Reports of an alert that wait to be released; none for whoever may not act on it."""
    return _reports(viewer, alert_id, "alert.act", is_released=False)


def sent(viewer: Viewer, alert_id: int) -> tuple[ReportRecord, ...]:
    """Reports that were released, with the words added to them, for whoever may read the alert."""
    return _reports(viewer, alert_id, "internal.view", is_released=True)


def _reports(viewer: Viewer, alert_id: int, permission: str, *, is_released: bool) -> tuple[ReportRecord, ...]:
    row = Alert.objects.filter(pk=alert_id).first()
    if row is None or not viewer.may(permission, row.project_id):
        return ()
    found = row.reports.filter(dropped_at=None, released_at__isnull=not is_released).order_by("id")
    names = active_users() if found else {}
    return tuple(_record(each, tuple(names[pk].full_name for pk in each.people if pk in names)) for each in found)


@transaction.atomic
def release(viewer: Viewer, alert_id: int, report_id: int, words: str, *, now: datetime) -> None:
    """Send the report to those it is for, with the viewer's words: options, and what they recommend.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: it was released or let go, or its alert is resolved.
        Invalid: more than ``WORDS_MAX`` characters.
    """
    row, report = _open(viewer, alert_id, report_id)
    if len(words) > WORDS_MAX:
        raise Invalid(_("At most %(most)d characters.") % {"most": WORDS_MAX}, place="words")
    report.words = words.strip()
    report.released_at, report.released_by_name = now, viewer.name
    report.save()
    facts = watching.step(row, viewer, now, _sending(report.people))
    for fact in (watching.Fact("report.released", row, viewer, {"report": report.pk}), *facts):
        fact.append(now)


@transaction.atomic
def drop(viewer: Viewer, alert_id: int, report_id: int, *, now: datetime) -> None:
    """Let the draft go: nobody above is told by it.

    Raises:
        NotFound, NotAllowed, Conflict: as of :func:`release`.
    """
    row, report = _open(viewer, alert_id, report_id)
    report.dropped_at, report.dropped_by_name = now, viewer.name
    report.save(update_fields=("dropped_at", "dropped_by_name"))
    row.release_at, row.wakes_at = None, now  # its time to go out by itself is over as well
    row.save(update_fields=("release_at", "wakes_at"))
    watching.Fact("report.dropped", row, viewer, {"report": report.pk}).append(now)


def _open(viewer: Viewer, alert_id: int, report_id: int) -> tuple[Alert, ExceptionReport]:
    row = to_change(viewer, alert_id, None)
    report = row.reports.filter(pk=report_id).first()
    if report is None:
        raise NotFound(_("There is no such report."))
    if row.state == AlertState.RESOLVED or report.released_at is not None or report.dropped_at is not None:
        raise Conflict(_("This report does not wait any more."), remedy=_("Reload to see what became of it."))
    return row, report


def _sending(people: Sequence[int]) -> watching.Do:
    def send(alert: Watched, desk: Desk, now: datetime) -> Turned:
        return released(alert, desk, tuple(people), now)

    return send


def _record(row: ExceptionReport, people: tuple[str, ...]) -> ReportRecord:
    return ReportRecord(row.pk, row.alert_id, people, row.words, row.drafted_at, row.released_at, row.released_by_name)
