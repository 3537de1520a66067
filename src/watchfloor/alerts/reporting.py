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
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer

WORDS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report that waits: for whom, and what was added to what the alert says."""

    id: int
    alert_id: int
    people: tuple[str, ...]
    words: str
    drafted_at: datetime


def waiting(viewer: Viewer, alert_id: int) -> tuple[ReportRecord, ...]:
    """Reports of an alert that wait to be released; none for whoever may not act on it."""
    row = Alert.objects.filter(pk=alert_id).first()
    if row is None or not viewer.may("alert.act", row.project_id):
        return ()
    names = active_users()
    return tuple(
        _record(each, tuple(names[pk].full_name for pk in each.people if pk in names))
        for each in row.reports.filter(released_at=None, dropped_at=None).order_by("id")
    )


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
    watching.Fact("report.dropped", row, viewer, {"report": report.pk}).append(now)


def _open(viewer: Viewer, alert_id: int, report_id: int) -> tuple[Alert, ExceptionReport]:
    row = Alert.objects.select_for_update(of=("self",)).filter(pk=alert_id).first()
    if row is None or not viewer.may("internal.view", row.project_id):
        raise NotFound(_("There is no such alert."))
    if not viewer.may("alert.act", row.project_id):
        raise NotAllowed(_("You may see this alert but not act on it."), remedy=_("Ask its owner, or for the role."))
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
    return ReportRecord(row.pk, row.alert_id, people, row.words, row.drafted_at)
