"""Checking submissions: what the manager says beside what is computed. The pipeline stores, pages preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from watchfloor.detection import queries
from watchfloor.detection.messages import filled
from watchfloor.detection.scale import Severity
from watchfloor.detection.submission_checks import TITLES, SubmissionView, checks
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ForecastRecord
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plans
from watchfloor.plans import period_queries
from watchfloor.plans import queries as plan_queries
from watchfloor.plans.period_records import CheckRecord, SubmissionRecord
from watchfloor.plans.records import RevisionRecord
from watchfloor.portfolio.queries import ProjectRecord, project_by_id

_WAITING_AT_MOST = 60  # periods of one project whose submissions wait: nobody leaves more undecided


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says or is about to say, and with which revision (by number; None: the newest)."""

    reported: Mapping[str, str]
    forecast_finish: date | None = None
    eac_minor: int | None = None
    explanation: str = ""
    revision_id: int | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """What the numbers say of a project now."""

    forecast: ForecastRecord | None
    status: queries.StatusRecord | None
    newest: RevisionRecord | None

    @property
    def display(self) -> str:
        """The computed status without regard to silence; empty while nothing is known."""
        return self.status.last_display if self.status is not None else ""

    def stored(self) -> Mapping[str, Any]:
        """What is kept beside a submission."""
        record = self.forecast
        if record is None:
            return {"status": self.display}
        return {
            "status": self.display,
            "forecast": record.id,
            "schedule_finish": _iso(record.schedule_finish),
            "p50_finish": _iso(record.p50_finish),
            "p80_finish": _iso(record.p80_finish),
            "eac_minor": record.eac_minor,
            "negative_float": _whole(record.value("negative_float_count")),
        }


def computed(viewer: Viewer, project_id: int) -> Computed:
    """What the numbers say now: four queries."""
    return Computed(
        forecasts.latest(viewer, (project_id,)).get(project_id),
        queries.status(viewer, project_id),
        plan_queries.head_revision(project_id),
    )


def preview(viewer: Viewer, project_id: int, cut_off: date, said: Said) -> tuple[CheckRecord, ...]:
    """What the checks would find if this were submitted now; nothing is stored.

    Raises:
        NotFound: no such project or period for the viewer.
    """
    project = project_by_id(viewer, project_id)
    period_queries.period(viewer, project_id, cut_off)
    return checks(_view(project, cut_off, said, computed(viewer, project_id)))


def check_waiting(project_id: int, *, now: datetime) -> int:
    """Check every submission of the project that waits for a decision, and store what was found; returns how many.

    In fast mode one that passes every check is accepted with that. Doing it twice changes nothing.
    """
    waiting = [
        each.submission
        for each in period_queries.recent_periods(project_id, _WAITING_AT_MOST)
        if each.submission is not None and each.submission.state == "submitted"
    ]
    if not waiting:
        return 0
    try:
        project = project_by_id(SYSTEM, project_id)
    except NotFound:
        return 0  # removed meanwhile
    numbers = computed(SYSTEM, project_id)
    for each in waiting:
        found = checks(_view(project, each.cut_off, _said(each), numbers))
        plans.record_checks(
            project_id,
            each.period_id,
            version=each.version,
            checks=found,
            computed=numbers.stored(),
            accept=project.fast_mode and all(one.is_fine for one in found),
            now=now,
        )
    return len(waiting)


def title(check: CheckRecord, *, language: str = "en", zone: str = "UTC") -> str:
    """What is checked, as a sentence. An unknown code is shown as it is."""
    message = TITLES.get(check.code)
    return check.code if message is None else filled(message.headline, message, check.parameters, language, zone)


def advice(check: CheckRecord, *, language: str = "en", zone: str = "UTC") -> str:
    """What was found and what to do; empty where there is nothing to do."""
    message = TITLES.get(check.code)
    if message is None or check.outcome != "fail":
        return ""
    return filled(message.explanation, message, check.parameters, language, zone)


def _said(record: SubmissionRecord) -> Said:
    return Said(
        record.reported, record.forecast_finish, record.eac_minor, record.explanation, revision_id=record.revision_id
    )


def _view(project: ProjectRecord, cut_off: date, said: Said, numbers: Computed) -> SubmissionView:
    newest, record = numbers.newest, numbers.forecast
    revision = newest
    if newest is not None and said.revision_id is not None and said.revision_id != newest.id:
        revision = plan_queries.revision_by_id(said.revision_id)
    data_date = revision.data_date if revision is not None else None
    limit = project.tolerances.finish_watch_limit_days(_planned_days(record))
    return SubmissionView(
        cut_off=cut_off,
        reported=said.reported,
        forecast_finish=said.forecast_finish,
        eac_minor=said.eac_minor,
        explanation=said.explanation.strip(),
        revision=revision.number if revision is not None else None,
        newest_revision=newest.number if newest is not None else None,
        data_date=data_date.date() if data_date is not None else None,
        invalid_dates=plan_queries.actuals_after(project.id, data_date) if data_date is not None else 0,
        is_forecast=record is not None and newest is not None and record.revision_id == newest.id,
        problem=str(record.problem.get("code", "")) if record is not None else "",
        negative_float=_whole(record.value("negative_float_count")) if record is not None else None,
        negative_float_before=_negative_float_before(project.id, cut_off),
        schedule_finish=_day(record.schedule_finish) if record is not None else None,
        actual_cost_minor=_whole(record.value("ac_minor")) if record is not None else None,
        computed=Severity(numbers.status.severity) if numbers.status is not None else None,
        currency=(record.currency if record is not None else "") or project.currency,
        tolerated_steps=project.tolerances.watermelon_steps,
        tolerated_days=limit,
    )


def _planned_days(record: ForecastRecord | None) -> float:
    return (record.value("planned_duration_days") if record is not None else None) or 0.0


def _negative_float_before(project_id: int, cut_off: date) -> int | None:
    before = period_queries.decided_before(project_id, cut_off)
    return None if before is None else _whole(before.computed.get("negative_float"))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _iso(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment is not None else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
