"""The room of an incident: its timeline, by hand and by itself, and what a review begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.alerts.incidents import queries
from watchfloor.alerts.incidents.records import PARTS, EntryRecord, IncidentRecord
from watchfloor.drawing import figures
from watchfloor.forecasts import queries as forecasts
from watchfloor.journal.queries import FactRecord, Narrowing, facts
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.web import floor
from watchfloor.web.floor import Need
from watchfloor.web.happenings import Happening, happenings

_LINES_MAX = 500
# What happens around an incident by itself and belongs into its timeline.
_ALERT_KINDS = ("alert.raised", "alert.acknowledged", "alert.escalated", "alert.exhausted", "alert.resolved")
_PROJECT_KINDS = ("status.changed", "forecast.issued", "baseline.approved", "stage.changed", "submission.received")
_INCIDENT_KINDS = (
    "incident.declared", "incident.linked", "incident.part_given", "incident.task_added", "incident.task_settled",
    "incident.settled", "incident.reopened", "incident.closed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline: written by somebody, or a fact."""

    at: datetime
    entry: EntryRecord | None = None
    fact: Happening | None = None


def room(viewer: Viewer, incident_id: int) -> Mapping[str, Any]:
    """Everything the page of an incident shows.

    Raises:
        NotFound: it is not the viewer's to see.
    """
    now = clock.now()
    found = queries.incident(viewer, incident_id, now=now)
    may_act = viewer.may("alert.act", found.project_id)
    needs = [floor.need(viewer, each, now) for each in found.alerts]
    return {
        "incident": found,
        "needs": needs,
        "parts": [(part, found.people.get(part, "")) for part in PARTS],
        "lines": _timeline(viewer, found),
        "may_act": may_act,
        "people": sorted(queries.people_around(viewer, found.project_id).items(), key=lambda each: each[1]),
        "is_update_late": found.update_due_at is not None and found.update_due_at < now,
        "slip": _slip(viewer, found),
        "draft": _draft(viewer, found, needs) if found.state == "settled" else "",
    }


def _timeline(viewer: Viewer, found: IncidentRecord) -> Sequence[Line]:
    """Newest first. Facts of the alerts that belong to it since the first was raised, and of its project."""
    since = min((each.raised_at for each in found.alerts), default=found.declared_at)
    since = min(since, found.declared_at)
    alert_ids = {each.id for each in found.alerts}
    rows: list[FactRecord] = []
    for project_id in sorted({found.project_id, *(each.project_id for each in found.alerts)}):
        told = facts(
            viewer,
            project_id=project_id,
            kinds=(*_ALERT_KINDS, *_PROJECT_KINDS, *_INCIDENT_KINDS),
            newest_first=True,
            limit=_LINES_MAX,
            narrowed=Narrowing(since=since, until=found.closed_at),
        )
        rows += [each for each in told if _belongs(each, found, alert_ids)]
    lines = [Line(each.at, fact=each) for each in happenings(viewer, rows, limit=_LINES_MAX)]
    lines += [Line(each.at, entry=each) for each in found.entries]
    return sorted(lines, key=lambda each: each.at, reverse=True)[:_LINES_MAX]


def _belongs(fact: FactRecord, found: IncidentRecord, alert_ids: set[int]) -> bool:
    if fact.subject_kind == "incident":
        return fact.subject_id == found.id
    if fact.kind.startswith("alert."):
        return fact.subject_id in alert_ids
    # What was reported before says nothing that the alerts do not.
    return fact.kind != "submission.received" or fact.recorded_at >= found.declared_at


def _slip(viewer: Viewer, found: IncidentRecord) -> Mapping[str, float | None]:
    """The slip of the finish when it was declared, and now."""
    history = forecasts.histories(viewer, (found.project_id,), "slip_days", 520).get(found.project_id, ())
    then = [slip for at, slip in history if at <= found.declared_at]
    return {"then": then[-1] if then else None, "now": history[-1][1] if history else None}


def _draft(viewer: Viewer, found: IncidentRecord, needs: Sequence[Need]) -> str:
    """What the review begins with: times that are known, and the updates in the words they were sent in."""

    def moment(at: datetime) -> str:
        return figures.moment(at, viewer.time_zone, viewer.language)

    lines = [
        _("%(at)s: %(headline)s") % {"at": moment(need.alert.raised_at), "headline": need.headline} for need in needs
    ]
    lines.append(_("%(at)s: declared by %(name)s") % {"at": moment(found.declared_at), "name": found.declared_by_name})
    lines += [f"{moment(each.at)}: {each.words}" for each in found.entries if each.is_update]
    if found.settled_at is not None:
        lines.append(_("%(at)s: over, says %(name)s") % {"at": moment(found.settled_at), "name": found.settled_by_name})
    return "\n".join(lines)
