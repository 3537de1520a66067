"""One alert with its evidence, for its page and its live part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from watchfloor.alerts import queries, reporting
from watchfloor.alerts.causing import TIME, blast_radius, cause_of, radius
from watchfloor.alerts.incidents import queries as incidents
from watchfloor.alerts.playbooks import operations as playbooks
from watchfloor.alerts.playbooks.records import StepLink
from watchfloor.alerts.queries import AlertRecord
from watchfloor.detection.messages import explain, render
from watchfloor.drawing.causes import CauseNode, causes
from watchfloor.drawing.sparkline import sparkline
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.comparison import movement_since_baseline
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.web import floor

_OF_THE_FINISH = frozenset({"finish.slip", "float.exhausted", "milestone.likely_late", "milestone.possibly_late"})


def alert(viewer: Viewer, alert_id: int) -> Mapping[str, Any]:
    """The alert in words, its findings, and how the slip grew."""
    now = clock.now()
    row = queries.alert(viewer, alert_id, now=now)
    language, zone = viewer.language, viewer.time_zone
    slips = forecasts.histories(viewer, (row.project_id,), "slip_days", 26).get(row.project_id, ())
    values = [value for _at, value in slips]
    return {
        "alert": row,
        "need": floor.need(viewer, row, now),
        "explanation": explain(row.code, row.parameters, language=language, zone=zone),
        "findings": tuple(
            {
                "row": each,
                "headline": render(each.code, each.parameters, language=language, zone=zone),
                "explanation": explain(each.code, each.parameters, language=language, zone=zone),
            }
            for each in row.findings
        ),
        "slip_spark": sparkline(values, title="", reference=0.0, width=860, height=72, least_span=10) if values else "",
        "slip_now": values[-1] if values else None,
        "moved": movement_since_baseline(viewer, row.project_id) if row.code in _OF_THE_FINISH else None,
        "may_act": viewer.may("alert.act", row.project_id),
        **_hit(viewer, row),
        "drafts": reporting.waiting(viewer, row.id) if viewer.as_of is None else (),
        "reports": reporting.sent(viewer, row.id) if viewer.as_of is None else (),
        "runs": _runs(viewer, row) if viewer.as_of is None else (),
        "playbooks": playbooks.for_alert(viewer, row.id) if viewer.as_of is None else (),
        "incidents": incidents.of_alert(viewer, row.id) if viewer.as_of is None else (),
        "told_by": cause_of(viewer, row.project_id) if row.is_told_elsewhere and viewer.as_of is None else None,
    }


def _runs(viewer: Viewer, row: AlertRecord) -> tuple[Mapping[str, Any], ...]:
    """Playbooks taken up for it; each step with where it leads."""
    worst = next((str(each.parameters.get("worst") or each.subject) for each in row.findings), "")
    return tuple(
        {
            "id": run.id,
            "name": run.name,
            "left": run.left,
            "begun_by_name": run.begun_by_name,
            "begun_at": run.begun_at,
            "steps_with_links": [(step, _leads_to(step.link, row, worst)) for step in run.steps],
        }
        for run in playbooks.runs_of(viewer, row.id)
    )


def _leads_to(link: StepLink, row: AlertRecord, worst: str) -> str:
    project = f"/projects/{row.project_code}"
    match link:
        case StepLink.NOWHERE:
            return ""
        case StepLink.ACTIVITY:
            return f"{project}/activities/{quote(worst, safe='')}" if worst else f"{project}/activities"
        case StepLink.WHY:
            return f"{project}/compare?to=now&why=changes"
        case StepLink.REPORT:
            return f"{project}/submit"
        case StepLink.SILENCES:
            return "/silences"
        case _:
            return f"{project}/{link}"


def _hit(viewer: Viewer, row: AlertRecord) -> Mapping[str, Any]:
    """Projects that are late because this one is, with what it does to each, and what it all comes to."""
    if row.group != TIME or row.state == "resolved" or viewer.as_of is not None:
        return {"hits": (), "radius": None}
    language, zone = viewer.language, viewer.time_zone
    found = blast_radius(viewer, row.project_id)
    hits = tuple(
        {
            "project": hit.project,
            "display": hit.display,
            "said": tuple(render(each.code, each.parameters, language=language, zone=zone) for each in hit.findings),
        }
        for hit in found
    )
    nodes = [CauseNode(row.project_id, row.project_code, row.project_name, row.display)]
    for hit in found:
        at = hit.project
        nodes.append(CauseNode(at.id, at.code, at.name, hit.display, hit.by, f"/projects/{at.code}"))
    graph = causes(nodes, title=_("What is late because of %(code)s") % {"code": row.project_code}) if found else ""
    return {"hits": hits, "radius": radius(viewer, row.project_id, found), "graph": graph}


def alert_part(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    return alert(viewer, int(key)) if key and key.isdigit() else None
