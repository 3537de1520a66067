"""The project page: four facts, why, what comes next, and what the manager says beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.accounts.queries import manager_of
from watchfloor.alerts import queries as alerts
from watchfloor.detection import queries as detection
from watchfloor.detection.clocks import clocks
from watchfloor.detection.messages import explain, render
from watchfloor.detection.queries import FindingRecord
from watchfloor.drawing import figures
from watchfloor.drawing.curves import Line, Stop, finish_line, lines
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ForecastRecord
from watchfloor.forecasts.standing import standing
from watchfloor.journal import queries as journal
from watchfloor.kit import clock
from watchfloor.kit.discretion import discreet
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import period_queries as periods
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio import stages
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web import submissions
from watchfloor.web.explained import method_words, reason_words
from watchfloor.web.floor import milestone_status, need
from watchfloor.web.happenings import HAPPENINGS, happenings

_HISTORY = 26
_MILESTONES_SHOWN = 8
_CHANGES_SHOWN = 8
_STAGES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding in words, with the address of what it is about."""

    finding: FindingRecord
    headline: str
    explanation: str
    by: str
    href: str


def head(viewer: Viewer, project: ProjectRecord) -> Mapping[str, Any]:
    """What stands above every tab of a project."""
    status = detection.status(viewer, project.id)
    said = periods.latest_submissions((project.id,), at=viewer.as_of).get(project.id)
    said = discreet(viewer, project.id, said) if said is not None else None
    return {
        "standing": standing(viewer, project.id) if viewer.as_of is not None else None,
        "project": project,
        "status": status,
        "display": "off" if not project.is_watched else status.display if status else "none",
        "submission": said,
        "reported": said.overall if said else "",
        "may_edit": viewer.may("plan.edit", project.id),
        "may_manage": viewer.may("project.manage", project.id),
        "may_see_costs": viewer.may("cost.view", project.id),
        "may_see_log": viewer.may("journal.view", project.id),
        "owed": submissions.owed(viewer, project),
    }


def next_stages(viewer: Viewer, project: ProjectRecord) -> tuple[tuple[str, stages.Step], ...]:
    """The stages of life the viewer may move the project to, each with what it takes."""
    possible = ((stage, stages.step(project.stage, stage)) for stage in stages.following(project.stage))
    above = viewer.may_in_programme("project.manage", project.programme_id)
    return tuple((stage, step) for stage, step in possible if above or not step.from_above)


def head_part(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    return head(viewer, portfolio.project_by_id(viewer, int(key))) if key and key.isdigit() else None


def overview(viewer: Viewer, project: ProjectRecord) -> Mapping[str, Any]:
    """Everything the overview shows; about fifteen queries, whatever the size of the plan."""
    now = clock.now()
    past = forecasts.history(viewer, project.id, _HISTORY)
    record = past[-1] if past else None
    today = now.astimezone(figures.zone_of(project.time_zone)).date()
    found = detection.findings(viewer, project.id)
    facts = journal.facts(viewer, project_id=project.id, kinds=HAPPENINGS, newest_first=True, limit=60)
    open_alerts = alerts.open_alerts(viewer, now=now, project_id=project.id, limit=10)
    return {
        **head(viewer, project),
        "forecast": record,
        "eac_change": _share(record),
        "eac_method": method_words(record.eac_method) if record else "",
        "problem": dict(record.problem) if record else {},
        "cost_reason": _why_withheld(record, "eac_minor"),
        "finish_line": _finish_line(project, record, today, viewer.language),
        "drift": _drift(past, viewer.language),
        "burn_up": _burn_up(past, project.currency, viewer.language),
        "reasons": tuple(_reason(each, project, viewer) for each in found),
        "milestones": _milestones(viewer, project),
        "changes": happenings(viewer, facts, limit=_CHANGES_SHOWN),
        "needs": tuple(need(viewer, row, now) for row in open_alerts),
        "clocks": next(iter(clocks(viewer, (project,), now)), None),
        "stages": portfolio.stage_history(viewer, project.id)[::-1][:_STAGES_SHOWN],
        "review_is_due": project.review_on is not None and project.review_on <= today,
        # Who answered for a project then is not recorded in a way that could be shown.
        "manager": manager_of(project.id) if viewer.as_of is None else None,
        "today": today,
        "re_baselines": int(record.value("rebaselines") or 0) if record else 0,
        "original_slip_days": record.value("original_slip_days") if record else None,
        "reported_slip": _reported_slip(record, project, viewer),
    }


def overview_part(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    return overview(viewer, portfolio.project_by_id(viewer, int(key))) if key and key.isdigit() else None


def _share(record: ForecastRecord | None) -> float | None:
    if record is None or record.eac_minor is None or not record.budget_minor:
        return None
    return (record.eac_minor - record.budget_minor) / record.budget_minor


def _why_withheld(record: ForecastRecord | None, name: str) -> str:
    reading = record.readings.get(name) if record else None
    return reason_words(reading.reason) if reading is not None and reading.value is None else ""


def _finish_line(project: ProjectRecord, record: ForecastRecord | None, today: date, language: str) -> str:
    if record is None:
        return ""
    named = (
        (_("Plan"), "plan", record.plan_finish),
        (_("Schedule"), "schedule", record.schedule_finish),
        (_("Likely"), "likely", record.p50_finish),
        (_("80 %"), "sure", record.p80_finish),
    )
    stops = [Stop(label, look, when.date()) for label, look, when in named if when is not None]
    if project.committed_finish is not None:
        stops.append(Stop(_("Committed"), "committed", project.committed_finish))
    return finish_line(stops, today=None, title=_("Finish: plan, schedule, likely and 80 %"), language=language)


def _drift(past: Sequence[ForecastRecord], language: str) -> str:
    """How the finish moved from forecast to forecast."""
    named: tuple[tuple[str, str, Callable[[ForecastRecord], datetime | None]], ...] = (
        (_("80 %"), "sure", lambda each: each.p80_finish),
        (_("Likely"), "likely", lambda each: each.p50_finish),
        (_("Schedule"), "schedule", lambda each: each.schedule_finish),
        (_("Plan"), "plan", lambda each: each.plan_finish),
    )
    series = [
        Line(label, look, [(each.issued_at.date(), float(when.toordinal())) for each in past if (when := read(each))])
        for label, look, read in named
    ]
    values = [value for line in series for _day, value in line.points]
    if len(past) < 2 or not values:
        return ""
    return lines(
        series,
        title=_("How the finish moved over the last %(n)s forecasts") % {"n": len(past)},
        language=language,
        y_labels=[(value, figures.day(date.fromordinal(int(value)), language)) for value in _steps(values)],
    )


def _burn_up(past: Sequence[ForecastRecord], currency: str, language: str) -> str:
    """Planned, earned and spent since the history began."""
    named = (
        (_("Planned"), "plan", "pv_minor"),
        (_("Earned"), "earned", "ev_minor"),
        (_("Spent"), "actual", "ac_minor"),
    )
    series = [
        Line(label, look, [(each.issued_at.date(), value) for each in past if (value := each.value(name)) is not None])
        for label, look, name in named
    ]
    values = [value for line in series for _day, value in line.points]
    if len(past) < 2 or not values or max(values) <= 0:
        return ""
    return lines(
        series,
        title=_("Planned, earned and spent"),
        language=language,
        y_labels=[
            (value, figures.money(int(value), currency, language, compact=True)) for value in _steps([*values, 0.0])
        ],
    )


def _steps(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    if high - low < 1:
        return [low]
    return [low + (high - low) * share / 4 for share in range(5)]


def _reason(each: FindingRecord, project: ProjectRecord, viewer: Viewer) -> Reason:
    language, zone = viewer.language, viewer.time_zone
    days = each.parameters.get("slip_days")
    return Reason(
        finding=each,
        headline=render(each.code, each.parameters, language=language, zone=zone),
        explanation=explain(each.code, each.parameters, language=language, zone=zone),
        by=figures.days(float(days), language, sign=True) if isinstance(days, int | float) else "",
        href=f"/projects/{project.code}/findings/{each.id}",
    )


def _milestones(viewer: Viewer, project: ProjectRecord) -> list[dict[str, Any]]:
    rows = forecasts.milestones_of(viewer, project.id)
    coming = [row for row in rows if not row.is_done]
    chosen = coming[:_MILESTONES_SHOWN]  # already by their scheduled date
    return [{"row": row, "status": milestone_status(row, project)} for row in chosen]


def _reported_slip(record: ForecastRecord | None, project: ProjectRecord, viewer: Viewer) -> int | None:
    """Days between the manager's forecast finish and ours; positive when ours is later."""
    said = periods.latest_submissions((project.id,), at=viewer.as_of).get(project.id)
    if record is None or said is None or said.forecast_finish is None or record.p50_finish is None:
        return None
    return (record.p50_finish.date() - said.forecast_finish).days
