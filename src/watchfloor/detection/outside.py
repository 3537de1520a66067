"""Taking in what other systems say is wrong: alerts that name a project become findings of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.detection.models import OutsideAlert
from watchfloor.detection.scale import Severity
from watchfloor.detection.view import OutsideView
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Invalid
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio

ALERTS_MAX = 500  # in one message
OPEN_MAX = 200  # of one project
KEPT_SILENT = timedelta(days=7)  # what nobody repeats for so long is over: its end got lost
# As the labels of Prometheus rules say it; whatever else is said counts as a warning.
_SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "page": Severity.CRITICAL,
    "error": Severity.AT_RISK,
    "major": Severity.AT_RISK,
    "warning": Severity.WATCH,
    "minor": Severity.WATCH,
    "info": Severity.ON_TRACK,
    "none": Severity.ON_TRACK,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One alert of another system; ``project_code`` is what it says in its label ``project``."""

    fingerprint: str
    project_code: str
    name: str
    summary: str
    severity: str
    began_at: datetime
    is_over: bool
    url: str = ""
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message: alerts taken, and the fingerprints of those that name no project of the caller."""

    taken: int
    unmatched: tuple[str, ...]


@transaction.atomic
def take(viewer: Viewer, alerts: Sequence[Said], *, now: datetime) -> Taken:
    """Keep what is said, and have its projects looked at. Saying it twice changes nothing.

    An alert that names no project the caller may act on is not taken, and told as unmatched.

    Raises:
        Invalid: more than ``ALERTS_MAX`` alerts, or more than ``OPEN_MAX`` open ones of a project.
    """
    if len(alerts) > ALERTS_MAX:
        raise Invalid(_("At most %(most)d alerts in one message.") % {"most": ALERTS_MAX}, place="alerts")
    known = {each.code: each for each in portfolio.projects(viewer) if viewer.may("alert.act", each.id)}
    changed: dict[int, int] = {}
    unmatched = []
    for said in alerts:
        project = known.get(said.project_code)
        if project is None:
            unmatched.append(said.fingerprint[:100])
            continue
        changed[project.id] = changed.get(project.id, 0) + 1
        _keep(project.id, said, now)
    for project_id in changed:
        if OutsideAlert.objects.filter(project_id=project_id, ended_at=None).count() > OPEN_MAX:
            raise Invalid(_("More than %(most)d open alerts of one project.") % {"most": OPEN_MAX}, place="alerts")
    for project_id, count in sorted(changed.items()):
        append(
            "outside.said",
            viewer=viewer,
            now=now,
            project_id=project_id,
            subject_kind="project",
            subject_id=project_id,
            data={"alerts": count},
        )
    return Taken(sum(changed.values()), tuple(unmatched))


def open_ones(project_id: int, now: datetime) -> tuple[OutsideView, ...]:
    """What is said of a project and not over, for its view."""
    rows = OutsideAlert.objects.filter(project_id=project_id, ended_at=None, seen_at__gt=now - KEPT_SILENT)
    return tuple(
        OutsideView(row.fingerprint, row.name, row.summary, Severity(row.severity), row.url, row.began_at.date())
        for row in rows.order_by("began_at", "id")[:OPEN_MAX]
    )


def _keep(project_id: int, said: Said, now: datetime) -> None:
    values = {
        "name": said.name[:200],
        "summary": said.summary[:500],
        "severity": int(_SEVERITIES.get(said.severity.lower(), Severity.WATCH)),
        "labels": {name[:100]: text[:300] for name, text in list((said.labels or {}).items())[:50]},
        # Only an address that a browser opens as a page is kept.
        "url": said.url[:1000] if said.url.startswith(("https://", "http://")) else "",
        "began_at": said.began_at,
        "seen_at": now,
        "ended_at": now if said.is_over else None,
    }
    OutsideAlert.objects.update_or_create(project_id=project_id, fingerprint=said.fingerprint[:100], defaults=values)
