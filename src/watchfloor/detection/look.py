"""Gathering what the detectors look at: the one place of this room that reads other rooms."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from watchfloor.calendars.patterns import kept_until_own_days_change, working_days
from watchfloor.detection import period_history
from watchfloor.detection.conduct import conduct
from watchfloor.detection.models import Finding, StatusChange
from watchfloor.detection.outside import open_ones
from watchfloor.detection.rules.history import speaking
from watchfloor.detection.scale import Severity
from watchfloor.detection.view import (
    ActivityView,
    CalendarView,
    ForecastView,
    HeldView,
    MilestoneView,
    ProjectView,
    QualityView,
    ReportView,
)
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.models import Forecast, MilestoneForecast, Reading
from watchfloor.forecasts.records import ActivityTable, ForecastRecord
from watchfloor.forecasts.shortened import shortened
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import period_queries
from watchfloor.plans import queries as plans
from watchfloor.plans.calendar_check import calendar_notes
from watchfloor.plans.period_records import PeriodRecord
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.portfolio.tolerances import QUALITY_AT_LEAST

PERIODS = 30
REPORTS = 6
STATUSES = 7
_COMPLETE = 2
_REPORTED = {"on": Severity.ON_TRACK, "watch": Severity.WATCH, "risk": Severity.AT_RISK, "crit": Severity.CRITICAL}


def look(project: ProjectRecord, now: datetime) -> ProjectView:
    """The project as it is at ``now``. Of one that is not watched only its stage of life is looked at."""
    today = now.astimezone(ZoneInfo(project.time_zone)).date()
    if not project.is_watched:
        return _unwatched(project, today)
    forecast = forecasts.latest(SYSTEM, (project.id,)).get(project.id)
    data_date = forecast.data_date if forecast is not None else None
    has_schedule = forecast is not None and not forecast.problem
    periods = period_queries.recent_periods(project.id, PERIODS)
    return ProjectView(
        project_id=project.id,
        code=project.code,
        stage=project.stage,
        today=today,
        data_date=data_date.date() if data_date is not None else None,
        committed_finish=project.committed_finish,
        contingency_minor=plans.contingency_left(project.id, project.contingency_minor),
        forecast=_forecast(project, forecast) if forecast is not None else None,
        activities=_activities(project, forecast) if forecast is not None and has_schedule else (),
        missed=period_queries.silent_since(periods, project, today, data_date),
        reports=_reports(project.id, periods),
        outside=open_ones(project.id, now),
        **(_conducted(project, forecast, periods) if forecast is not None and has_schedule else {}),
    )


def _conducted(project: ProjectRecord, forecast: ForecastRecord, periods: Sequence[PeriodRecord]) -> dict[str, Any]:
    """What the last statuses say together, and how the plan was treated since its baseline."""
    newest = period_history.statuses(project.id, STATUSES)
    said = next((each.said for each in periods if each.said is not None), None)
    spent, p80 = forecast.value("ac_minor"), forecast.value("p80_cost_minor")
    committed = forecast.value("committed_minor")
    near = project.tolerances.near_critical_days
    return {
        "losing_elsewhere": _losing_elsewhere(project.id),
        "conduct": conduct(period_history.read(newest), _count(project).between, near_critical_days=near),
        "trend": period_history.trend(newest),
        "rules": speaking(project.id),
        "held": _held(project, forecast),
        "quality": _quality(project, forecast),
        "eac_reported_minor": said.eac_minor if said is not None else None,
        "spent_minor": None if spent is None else round(spent),
        "committed_minor": None if committed is None else round(committed),
        "contingency_total_minor": project.contingency_minor,
        "float_at_baseline": _first_readings(project.id, forecast.baseline_id).get("float_days"),
        "delay_damages_minor": project.delay_damages_minor,
        "delay_damages_cap_minor": project.delay_damages_cap_minor,
        "calendars": _calendars(project, forecast),
        "p80_cost_minor": None if p80 is None else round(p80),
        "cover_at_baseline": _first_cover(project, forecast),
    }


def _calendars(project: ProjectRecord, record: ForecastRecord) -> tuple[CalendarView, ...]:
    if record.revision_id is None:
        return ()
    return _notes(project.id, record.revision_id, project.country, project.region)


@lru_cache(maxsize=512)
def _notes(project_id: int, revision_id: int, country: str, region: str) -> tuple[CalendarView, ...]:
    """A revision never changes, so what its calendars work on may be kept."""
    plan = plans.head_plan(SYSTEM, project_id)
    notes = calendar_notes(plan, country=country, region=region) if plan is not None else ()
    return tuple(CalendarView(each.key, each.name, each.worked, each.holidays, each.days) for each in notes)


def _first_cover(project: ProjectRecord, record: ForecastRecord) -> float | None:
    """How much of the cost risk the project's contingency covered when the current baseline was set."""
    first = _first_readings(record.project_id, record.baseline_id)
    p80, eac = first.get("p80_cost_minor"), first.get("eac_minor")
    if p80 is None or eac is None or project.contingency_minor is None or p80 <= eac:
        return None
    return project.contingency_minor / (p80 - eac)


def _losing_elsewhere(project_id: int) -> Mapping[str, int]:
    """On how many other projects work of a person or supplier loses float, by their name."""
    rows = Finding.objects.filter(detector="common_cause", cleared_at=None).exclude(project_id=project_id)
    return Counter(subject for subject, _project in set(rows.values_list("subject", "project_id")))


def _held(project: ProjectRecord, record: ForecastRecord) -> HeldView | None:
    found = shortened(project, record.revision_id)
    if found is None:
        return None
    return HeldView(
        found.finish.date(),
        found.finish_without.date(),
        round(found.hidden_days, 1),
        tuple((row.key, row.name, round(row.before_days, 1), round(row.now_days, 1)) for row in found.rows),
    )


def _quality(project: ProjectRecord, record: ForecastRecord) -> tuple[QualityView, ...]:
    """Points that fail now and did not in the first forecast against the current baseline."""
    limits = project.tolerances.quality_limits
    before = _first_readings(record.project_id, record.baseline_id)
    found = []
    for code, limit in limits.items():
        value = record.value(f"quality_{code}")
        if value is None or not _fails(code, value, limit):
            continue
        was = before.get(f"quality_{code}")
        if was is not None and not _fails(code, was, limit):
            found.append(QualityView(code, value, was, limit))
    return tuple(found)


def _fails(code: str, value: float, limit: float) -> bool:
    return value < limit if code in QUALITY_AT_LEAST else value > limit


@lru_cache(maxsize=512)
def _first_readings(project_id: int, baseline_id: int | None) -> Mapping[str, float]:
    """The readings of the first forecast against a baseline, which never change."""
    if baseline_id is None:
        return {}
    rows = Forecast.objects.filter(project_id=project_id, baseline_id=baseline_id).order_by("id")
    first = rows.values_list("id", flat=True).first()
    if first is None:
        return {}
    readings = Reading.objects.filter(forecast_id=first).values_list("name", "value")
    return {name: value for name, value in readings if value is not None}


def _unwatched(project: ProjectRecord, today: date) -> ProjectView:
    """Without forecast, activities and reports, so that no detector of health has anything to speak about."""
    return ProjectView(
        project_id=project.id,
        code=project.code,
        stage=project.stage,
        today=today,
        data_date=None,
        committed_finish=None,
        contingency_minor=None,
        forecast=None,
        review_on=project.review_on,
        hold_reason=project.hold_reason,
    )


def _forecast(project: ProjectRecord, record: ForecastRecord) -> ForecastView:
    rebaselines = int(record.value("rebaselines") or 0)
    original_slip = record.value("original_slip_days")
    # An approved baseline that replaced none is the original; a provisional one is none at all.
    is_first = original_slip is None and not rebaselines and not record.is_provisional
    return ForecastView(
        id=record.id,
        issued_at=record.issued_at,
        plan_finish=_day(record.plan_finish),
        schedule_finish=_day(record.schedule_finish),
        p50_finish=_day(record.p50_finish),
        p80_finish=_day(record.p80_finish),
        planned_duration_days=record.value("planned_duration_days"),
        slip_days=record.slip_days,
        original_slip_days=record.slip_days if is_first else original_slip,
        rebaselines=rebaselines,
        baseline_kind=record.baseline_kind,
        float_days=record.total_float_days,
        budget_minor=record.budget_minor,
        eac_minor=record.eac_minor,
        eac_method=record.eac_method,
        currency=record.currency or project.currency,
        problem=dict(record.problem),
        milestones=_milestones(project, record),
    )


def _milestones(project: ProjectRecord, record: ForecastRecord) -> tuple[MilestoneView, ...]:
    """Those of the plan, then the contract deadline of the project itself, which is a promise too.

    Unless a milestone of the plan stands for it: one promise is told once.
    """
    handed_over = _handed_over(project.id) if record.depends_on else frozenset()
    found = [
        MilestoneView(
            key=row.activity_key,
            name=row.name,
            is_committed=row.is_committed,
            is_done=row.is_done,
            promised_on=_day(row.deadline or row.plan),
            schedule=_day(row.schedule),
            p50=_day(row.p50),
            p80=_day(row.p80),
            float_days=_rounded(row.float_days),
            is_handed_over=row.activity_key in handed_over,
        )
        for row in MilestoneForecast.objects.filter(forecast_id=record.id).order_by("id")
    ]
    is_in_plan = any(each.is_committed and each.promised_on == project.committed_finish for each in found)
    if project.committed_finish is not None and record.schedule_finish is not None and not is_in_plan:
        found.append(
            MilestoneView(
                key="",
                name=f"{project.code} {project.name}",
                is_committed=True,
                is_done=False,
                promised_on=project.committed_finish,
                schedule=_day(record.schedule_finish),
                p50=_day(record.p50_finish),
                p80=_day(record.p80_finish),
                float_days=record.total_float_days,
            )
        )
    return tuple(found)


def _handed_over(project_id: int) -> frozenset[str]:
    """Activities that wait for the work of another project."""
    return frozenset(plans.links_from_elsewhere(project_id))


def _reports(project_id: int, periods: Sequence[PeriodRecord]) -> tuple[ReportView, ...]:
    """The last reports, newest first, each with what was computed until the next one came.

    The newest is compared by the caller with what is computed now.
    """
    said = [(each.submitted_at, each) for period in periods if (each := period.said) is not None and each.submitted_at]
    said = said[:REPORTS]
    if not said:
        return ()
    changes = list(
        StatusChange.objects.filter(project_id=project_id, at__lt=said[0][0])
        .order_by("-id")
        .values_list("at", "severity")[:200]
    )
    newest = ReportView(said[0][1].cut_off, _REPORTED.get(said[0][1].overall), Severity.ON_TRACK)
    older = [
        ReportView(each.cut_off, _REPORTED.get(each.overall), _severity_before(changes, following_at))
        for (following_at, _following), (_at, each) in pairwise(said)
    ]
    return (newest, *older)


def _severity_before(changes: Sequence[tuple[datetime, int]], following_at: datetime) -> Severity:
    """What stood computed when the following report came in; ``changes`` are newest first."""
    held = next((severity for at, severity in changes if at < following_at), None)
    return Severity.ON_TRACK if held is None else Severity(held)


def _activities(project: ProjectRecord, record: ForecastRecord) -> tuple[ActivityView, ...]:
    """Unfinished work that is late against the baseline, or has less float than when the baseline was approved."""
    table = forecasts.activity_forecasts(SYSTEM, project.id)
    data_date = record.data_date.date() if record.data_date is not None else None
    before = _reference_floats(project.id, record)
    days = _count(project)
    late = {}
    for index in range(len(table)):
        if table.status[index] == _COMPLETE or table.kind[index] in ("summary", "level_of_effort"):
            continue
        is_started = table.status[index] != 0
        start_late = 0.0 if is_started else days.since(_day(table.baseline_start[index]), data_date)
        finish_late = days.since(_day(table.baseline_finish[index]), data_date)
        reference = before.get(table.key[index])
        slack = table.total_float_days[index]
        is_losing = reference is not None and slack is not None and slack < reference
        if start_late or finish_late or is_losing:
            late[index] = (start_late, finish_late, reference)
    drives = _drives(table, late) if any(start or finish for start, finish, _ in late.values()) else {}
    return tuple(
        ActivityView(
            key=table.key[index],
            name=table.name[index],
            responsible=table.responsible[index],
            is_started=table.status[index] != 0,
            baseline_start=_day(table.baseline_start[index]),
            baseline_finish=_day(table.baseline_finish[index]),
            start_late_days=start_late,
            finish_late_days=finish_late,
            float_days=_rounded(table.total_float_days[index]),
            reference_float_days=_rounded(reference),
            drives=drives.get(index, ()),
        )
        for index, (start_late, finish_late, reference) in late.items()
    )


def _drives(table: ActivityTable, wanted: Mapping[int, object]) -> Mapping[int, tuple[str, ...]]:
    """For each wanted activity, the unfinished promised milestones whose date it drives, in plan order."""
    found: dict[int, list[str]] = defaultdict(list)
    for milestone in range(len(table)):
        if not table.is_committed[milestone] or table.status[milestone] == _COMPLETE:
            continue
        reached, waiting = {milestone}, [milestone]
        while waiting:  # each activity enters once
            at = waiting.pop()
            for link in range(table.driver_offset[at], table.driver_offset[at + 1]):
                driver = table.driver_index[link]
                if driver >= 0 and driver not in reached and table.status[driver] != _COMPLETE:
                    reached.add(driver)
                    waiting.append(driver)
        for index in reached & wanted.keys():
            found[index].append(table.key[milestone])
    return {index: tuple(keys) for index, keys in found.items()}


def _reference_floats(project_id: int, record: ForecastRecord) -> Mapping[str, float | None]:
    """Total float by activity in the first forecast against the current baseline."""
    if record.baseline_id is None:
        return {}
    rows = Forecast.objects.filter(project_id=project_id, baseline_id=record.baseline_id).order_by("id")
    first = rows.values_list("id", flat=True).first()
    return {} if first is None or first == record.id else _floats_of(first)


@lru_cache(maxsize=256)
def _floats_of(forecast_id: int) -> Mapping[str, float | None]:
    """A forecast never changes, so what one said may be kept."""
    table = forecasts.activity_forecasts_of(SYSTEM, forecast_id)
    return dict(zip(table.key, table.total_float_days, strict=True))


@dataclass(frozen=True, slots=True)
class _WorkingDays:
    """Working days of a country as a sorted list, so that counting them is two searches."""

    ordinals: Sequence[int]

    def between(self, earlier: date, later: date) -> float:
        """Working days after ``earlier`` up to and with ``later``; negative the other way round."""
        position = bisect_right(self.ordinals, later.toordinal()) - bisect_right(self.ordinals, earlier.toordinal())
        return float(position)

    def since(self, earlier: date | None, later: date | None) -> float:
        """The same, but 0 where a day is missing or lies ahead."""
        return 0.0 if earlier is None or later is None else max(0.0, self.between(earlier, later))


def _count(project: ProjectRecord) -> _WorkingDays:
    return _working_days(project.country, project.region)


@lru_cache(maxsize=128)
def _working_days(country: str, region: str) -> _WorkingDays:
    """Half a century around now: plans reach further back and ahead than calendars of people."""
    days = working_days(country, region, date(2005, 1, 1), date(2055, 12, 31))
    return _WorkingDays(tuple(each.toordinal() for each in days))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


kept_until_own_days_change(_working_days.cache_clear)
kept_until_own_days_change(_notes.cache_clear)
