"""Reading forecasts. Every list costs a fixed number of SQL queries, however many projects it covers."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import F, Max, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from watchfloor.forecasts import block
from watchfloor.forecasts.models import Forecast, LatestForecast, MilestoneForecast, Reading
from watchfloor.forecasts.records import (
    DRIVES_SHOWN,
    ActivityForecast,
    ActivityTable,
    DriverRecord,
    ForecastRecord,
    MilestoneRecord,
    PortfolioTotals,
    ReadingRecord,
)
from watchfloor.kit.discretion import discreet, is_money
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import minor_digits
from watchfloor.plans.models import BaselineKind, DependencyRow
from watchfloor.portfolio.models import Project
from watchfloor.portfolio.queries import ProjectRecord, organisation

_COST_RATIOS = ("cpi", "tcpi")  # readings that give amounts away
_MAX_HISTORY = 520  # ten years of weeks
_MAX_MILESTONES = 1_000
_REPLACED = frozenset({BaselineKind.PREVIOUS, BaselineKind.SUPERSEDED, BaselineKind.ORIGINAL})
_KEPT_MOST = 4_000
_KEPT: OrderedDict[tuple[Any, ...], Mapping[str, ReadingRecord]] = OrderedDict()

__all__ = [
    "ActivityForecast", "ActivityTable", "DriverRecord", "ForecastRecord", "MilestoneRecord", "PortfolioTotals",
    "ReadingRecord", "activity", "activity_forecasts", "activity_forecasts_of", "dependents", "forecast",
    "histories", "history",    "latest", "latest_of", "milestones", "milestones_of", "portfolio_totals", "reading",
]  # fmt: skip


def latest(
    viewer: Viewer, project_ids: Collection[int] | None = None, *, details: bool = False
) -> dict[int, ForecastRecord]:
    """The newest forecast of each visible project, by project id. Two SQL queries.

    ``details`` also reads what opens each reading, which is several times the data.
    """
    forecasts = _rows(Forecast.objects.filter(pk__in=newest_ids(viewer, project_ids)))
    return {each.project_id: each for each in _records(viewer, forecasts, details=details)}


def latest_of(viewer: Viewer, project_id: int) -> ForecastRecord | None:
    """The newest forecast of one project with what opens each of its readings; None before the first."""
    return latest(viewer, (project_id,), details=True).get(project_id)


def forecast(viewer: Viewer, forecast_id: int) -> ForecastRecord:
    """One forecast, however old, with details.

    Raises:
        NotFound: it does not exist, or its project is not the viewer's to see.
    """
    row = _rows(_then(viewer, Forecast.objects.filter(pk=forecast_id))).first()
    if row is None or not viewer.may("project.view", row.project_id):
        raise NotFound(_("There is no such forecast."))
    return _records(viewer, (row,), details=True)[0]


def history(viewer: Viewer, project_id: int, limit: int = 26) -> tuple[ForecastRecord, ...]:
    """The newest forecasts of a project, oldest first, without details. Two SQL queries."""
    _check(viewer, project_id)
    rows = _rows(_then(viewer, Forecast.objects.filter(project_id=project_id)).order_by("-id"))[
        : min(limit, _MAX_HISTORY)
    ]
    return tuple(reversed(_records(viewer, tuple(rows), details=False)))


def histories(
    viewer: Viewer, project_ids: Collection[int] | None, name: str, limit: int = 26
) -> dict[int, tuple[tuple[datetime, float | None], ...]]:
    """One reading over time for several projects, oldest first: (issued at, value) pairs. One SQL query."""
    rows = Reading.objects.filter(name=name)
    if viewer.as_of is not None:
        rows = rows.filter(forecast__issued_at__lte=viewer.as_of)
    visible = viewer.project_ids("cost.view" if is_cost(name) else "project.view")
    if project_ids is not None:
        visible = frozenset(project_ids) if visible is None else visible & frozenset(project_ids)
    if visible is not None:
        rows = rows.filter(forecast__project_id__in=visible)
    recent = rows.annotate(
        place=Window(RowNumber(), partition_by=F("forecast__project_id"), order_by=F("forecast_id").desc())
    ).filter(place__lte=min(limit, _MAX_HISTORY))
    found: dict[int, list[tuple[datetime, float | None]]] = defaultdict(list)
    columns = ("forecast__project_id", "forecast__issued_at", "value", "forecast_id")
    for project_id, at, value, _pk in sorted(recent.values_list(*columns), key=lambda row: row[3]):
        found[project_id].append((at, value))
    return {project_id: tuple(values) for project_id, values in found.items()}


def reading(viewer: Viewer, project_id: int, name: str) -> ReadingRecord:
    """One reading of the newest forecast with what opens it.

    Raises:
        NotFound: no such project, no forecast yet, or no reading of that name.
    """
    _check(viewer, project_id)
    row = Reading.objects.filter(forecast__in=newest_ids(viewer, (project_id,)), name=name).first()
    sees_money = viewer.may("cost.view", project_id)
    if row is None or not (sees_money or not is_cost(name)):
        raise NotFound(_("There is no such reading."))
    found = ReadingRecord(row.name, row.value, row.reason, row.detail)
    return found if sees_money else _without_money(found)


def activity_forecasts(viewer: Viewer, project_id: int) -> ActivityTable:
    """The activities of the newest forecast as columns; an empty table before the first. One SQL query."""
    _check(viewer, project_id)
    return _table(viewer, Forecast.objects.filter(pk__in=newest_ids(viewer, (project_id,))))


def activity_forecasts_of(viewer: Viewer, forecast_id: int) -> ActivityTable:
    """The activities of any forecast, also an old one.

    Raises:
        NotFound: it does not exist, or its project is not the viewer's to see.
    """
    rows = _then(viewer, Forecast.objects.filter(pk=forecast_id))
    project_id = rows.values_list("project_id", flat=True).first()
    if project_id is None or not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such forecast."))
    return _table(viewer, rows)


def activity(viewer: Viewer, project_id: int, key: str) -> ActivityForecast:
    """One activity of the newest forecast, with its chain of drivers.

    Raises:
        NotFound: no such project or activity, or no forecast yet.
    """
    table = activity_forecasts(viewer, project_id)
    if key not in table.key:
        raise NotFound(_("There is no such activity in the newest forecast."))
    return _one(table, table.key.index(key))


def milestones(
    viewer: Viewer,
    *,
    first: date | None = None,
    last: date | None = None,
    limit: int = 50,
    project_ids: Collection[int] | None = None,
    open_only: bool = True,
) -> tuple[MilestoneRecord, ...]:
    """Milestones of the newest forecasts by their scheduled date, between two days inclusive. One SQL query."""
    rows = MilestoneForecast.objects.filter(forecast__in=newest_ids(viewer, project_ids))
    if open_only:
        rows = rows.filter(is_done=False)
    # Wall-clock times are stored as ISO text, so days compare as prefixes.
    if first is not None:
        rows = rows.filter(schedule__gte=datetime(first.year, first.month, first.day))  # noqa: DTZ001
    if last is not None and last < date.max:
        after = last + timedelta(days=1)
        rows = rows.filter(schedule__lt=datetime(after.year, after.month, after.day))  # noqa: DTZ001
    rows = rows.select_related("forecast__baseline").only(*_MILESTONE_COLUMNS).order_by("schedule", "id")
    return tuple(_milestone(row) for row in rows[: min(limit, _MAX_MILESTONES)])


def milestones_of(viewer: Viewer, project_id: int) -> tuple[MilestoneRecord, ...]:
    """Every milestone of the project's newest forecast by its scheduled date."""
    _check(viewer, project_id)
    return milestones(viewer, project_ids=(project_id,), limit=_MAX_MILESTONES, open_only=False)


def dependents(project_id: int) -> tuple[int, ...]:
    """Projects whose plans wait for an activity of this one: whom a moved date here may move."""
    code = Project.objects.filter(pk=project_id).values_list("code", flat=True).first()
    if not code:
        return ()
    rows = DependencyRow.objects.filter(predecessor_project=code).exclude(project_id=project_id)
    return tuple(rows.order_by("project_id").values_list("project_id", flat=True).distinct())


def portfolio_totals(viewer: Viewer, projects: Iterable[ProjectRecord]) -> PortfolioTotals:
    """Budget, EAC and earned value summed over projects in the reporting currency. Three SQL queries at most.

    Each project's amounts are converted at the rates locked by its current baseline; a new market rate changes none.
    """
    wanted = tuple(projects)
    return reporting_amounts(viewer, wanted).totals([each.id for each in wanted])


def reporting_amounts(viewer: Viewer, projects: Sequence[ProjectRecord]) -> ReportingAmounts:
    """Amounts of projects in the reporting currency, to be summed over any of them. Three SQL queries at most."""
    top = organisation()
    currency = top.currency if top is not None else "EUR"
    found = latest(viewer, [each.id for each in projects])
    rates = dict(
        Forecast.objects.filter(pk__in=[each.id for each in found.values()]).values_list(
            "project_id", "baseline__rates"
        )
    )
    amounts: dict[int, Mapping[str, Decimal]] = {}
    left_out: dict[int, str] = {}
    for project in projects:
        record = found.get(project.id)
        if record is None:
            left_out[project.id] = "no_forecast"
            continue
        rate = _locked_rate(record.currency, currency, rates.get(project.id) or {})
        own = _amounts(record)
        if rate is None or own is None:
            left_out[project.id] = "no_rate" if rate is None else _why_no_amounts(record)
            continue
        amounts[project.id] = {name: amount * rate for name, amount in own.items()}
    provisional = frozenset(pk for pk, record in found.items() if record.is_provisional)
    return ReportingAmounts(currency, amounts, left_out, provisional)


@dataclass(frozen=True, slots=True)
class ReportingAmounts:
    """What each project counts for in the reporting currency, and why others do not count."""

    currency: str
    amounts: Mapping[int, Mapping[str, Decimal]]
    left_out: Mapping[int, str]
    provisional: frozenset[int]  # whose plan is held against a baseline that nobody approved

    def budget(self, project_id: int) -> int | None:
        """A project's budget in minor units, rounded; None when it does not count."""
        own = self.amounts.get(project_id)
        return int(own["budget"].to_integral_value()) if own is not None else None

    def totals(self, project_ids: Iterable[int]) -> PortfolioTotals:
        """The sums over some of the projects, rounded once at the end."""
        ids = tuple(project_ids)
        counted = tuple(pk for pk in ids if pk in self.amounts)
        names = ("budget", "eac", "pv", "ev", "ac", "ev_compared", "ac_compared")
        whole = {
            name: int(sum((self.amounts[pk][name] for pk in counted), Decimal(0)).to_integral_value()) for name in names
        }
        return PortfolioTotals(
            currency=self.currency,
            budget_minor=whole["budget"],
            eac_minor=whole["eac"],
            planned_minor=whole["pv"],
            earned_minor=whole["ev"],
            actual_minor=whole["ac"],
            # Each project's EV and AC of one date; newer values stand in the sums beside it.
            cpi=whole["ev_compared"] / whole["ac_compared"] if whole["ac_compared"] > 0 else None,
            spi=whole["ev"] / whole["pv"] if whole["pv"] > 0 else None,
            counted=counted,
            left_out={pk: self.left_out[pk] for pk in ids if pk in self.left_out},
            provisional=tuple(pk for pk in counted if pk in self.provisional),
        )


def _amounts(record: ForecastRecord) -> dict[str, Decimal] | None:
    named = {
        "budget": record.budget_minor,
        "eac": record.eac_minor,
        "pv": record.value("pv_minor"),
        "ev": record.value("ev_minor"),
        "ac": record.value("ac_minor"),
        **{name: record.value(f"{name}_minor") for name in ("ev_compared", "ac_compared")},
    }
    if "ev_compared_minor" not in record.readings:  # of a version that knew one date only
        named |= {"ev_compared": named["ev"], "ac_compared": named["ac"]}
    if any(value is None for value in named.values()):
        return None
    return {name: Decimal(str(value)) for name, value in named.items()}


def _why_no_amounts(record: ForecastRecord) -> str:
    compared = record.readings.get("ac_compared_minor")
    return "dates_differ" if compared is not None and compared.reason == "dates_differ" else "no_cost"


def _locked_rate(base: str, quote: str, rates: Mapping[str, str]) -> Decimal | None:
    """Minor units of ``quote`` for one minor unit of ``base``; the two may split their unit differently."""
    if base == quote:
        return Decimal(1)
    try:
        rate = Decimal(rates[base])
    except (KeyError, InvalidOperation):
        return None
    return rate * Decimal(10) ** (minor_digits(quote) - minor_digits(base))


def _check(viewer: Viewer, project_id: int) -> None:
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))


def newest_ids(viewer: Viewer, project_ids: Collection[int] | None) -> QuerySet[Any, Any]:
    """Ids of the newest visible forecasts, one per project; with a moment, of the last ones issued by then."""
    visible = viewer.project_ids()
    if project_ids is not None:
        visible = frozenset(project_ids) if visible is None else visible & frozenset(project_ids)
    if viewer.as_of is None:
        rows = LatestForecast.objects.all()
        return (rows if visible is None else rows.filter(project_id__in=visible)).values("forecast_id")
    past = _then(viewer, Forecast.objects.all())
    past = past if visible is None else past.filter(project_id__in=visible)
    # Forecasts of a project are issued one after another, so that the largest id is the newest.
    return past.order_by().values("project_id").annotate(newest=Max("id")).values("newest")


def _then(viewer: Viewer, rows: QuerySet[Forecast]) -> QuerySet[Forecast]:
    return rows if viewer.as_of is None else rows.filter(issued_at__lte=viewer.as_of)


def _rows(rows: QuerySet[Forecast]) -> QuerySet[Forecast]:
    return rows.defer("block").select_related("baseline").defer("block", "baseline__block", "baseline__rates")


def _records(viewer: Viewer, rows: Iterable[Forecast], *, details: bool) -> list[ForecastRecord]:
    forecasts = list(rows)
    readings = _readings(forecasts, details=True) if details else _kept_readings(forecasts)
    visible = viewer.project_ids()
    found = [_discreet(viewer, _record(each, readings.get(each.pk, {}), visible)) for each in forecasts]
    if viewer.as_of is None:
        return found
    # A baseline that was replaced since was the approved one when a forecast was held against it.
    return [
        replace(each, baseline_kind=str(BaselineKind.APPROVED)) if each.baseline_kind in _REPLACED else each
        for each in found
    ]


def _discreet(viewer: Viewer, record: ForecastRecord) -> ForecastRecord:
    """The forecast without money for whoever may not see any on its project."""
    if viewer.may("cost.view", record.project_id):
        return record
    kept = {name: _without_money(each) for name, each in record.readings.items() if not is_cost(name)}
    return replace(discreet(viewer, record.project_id, replace(record, readings={})), readings=kept)


def _without_money(reading: ReadingRecord) -> ReadingRecord:
    """A reading that is no money, without the amounts it was computed from."""
    inputs = {name: value for name, value in reading.detail.get("inputs", {}).items() if not is_cost(name)}
    return replace(reading, detail={**reading.detail, "inputs": inputs}) if reading.detail else reading


def is_cost(name: str) -> bool:
    """Whether a reading of that name tells amounts, or gives them away."""
    return is_money(name) or name.startswith(_COST_RATIOS)


def _readings(forecasts: Collection[Forecast], *, details: bool) -> dict[int, dict[str, ReadingRecord]]:
    found: dict[int, dict[str, ReadingRecord]] = defaultdict(dict)
    columns = ("forecast_id", "name", "value", "reason", *(("detail",) if details else ()))
    wanted = Reading.objects.filter(forecast_id__in=[each.pk for each in forecasts])
    for pk, name, value, reason, *rest in wanted.values_list(*columns):
        found[pk][name] = ReadingRecord(name, value, reason, *rest)
    return found


def _kept_readings(forecasts: Collection[Forecast]) -> dict[int, Mapping[str, ReadingRecord]]:
    """Readings without details, kept in the process: those of a forecast are written once and never change.

    Which forecasts a viewer may see was decided when their rows were read. The key holds more than the id, since an
    id may come back after a transaction was rolled back.
    """
    missing = [each for each in forecasts if _reading_key(each) not in _KEPT]
    if missing:
        fresh = _readings(missing, details=False)
        for each in missing:
            if each.pk in fresh:
                _KEPT[_reading_key(each)] = fresh[each.pk]
    found = {each.pk: _KEPT[key] for each in forecasts if (key := _reading_key(each)) in _KEPT}
    while len(_KEPT) > _KEPT_MOST:
        _KEPT.popitem(last=False)
    return found


def _reading_key(row: Forecast) -> tuple[Any, ...]:
    return row.pk, row.project_id, row.cut, row.issued_at, row.schedule_finish, row.p80_finish, row.eac_minor


def forget_readings() -> None:
    """For tests, whose rows come and go without a trace."""
    _KEPT.clear()


def _record(row: Forecast, readings: Mapping[str, ReadingRecord], visible: frozenset[int] | None) -> ForecastRecord:
    depends_on = {pk: other for pk, other in row.depends_on.items() if visible is None or int(pk) in visible}
    return ForecastRecord(
        id=row.pk,
        project_id=row.project_id,
        revision_id=row.revision_id,
        baseline_id=row.baseline_id,
        baseline_kind=row.baseline.kind if row.baseline is not None else "",
        cut=row.cut,
        depends_on=depends_on,
        issued_at=row.issued_at,
        data_date=row.data_date,
        engine=row.engine,
        seed=row.seed,
        runs=row.runs,
        plan_finish=row.plan_finish,
        schedule_finish=row.schedule_finish,
        p50_finish=row.p50_finish,
        p80_finish=row.p80_finish,
        slip_days=row.slip_days,
        total_float_days=row.total_float_days,
        confidence=row.confidence,
        budget_minor=row.budget_minor,
        eac_minor=row.eac_minor,
        eac_method=row.eac_method,
        currency=row.currency,
        problem=row.problem,
        readings=readings,
    )


def _table(viewer: Viewer, rows: QuerySet[Forecast]) -> ActivityTable:
    found = rows.values_list("pk", "project_id", "revision_id", "block", "baseline__kind").first()
    if found is None:
        return block.unpack(b"", 0, 0)
    pk, project_id, revision_id, data, kind = found
    kind = str(BaselineKind.APPROVED) if viewer.as_of is not None and kind in _REPLACED else kind or ""
    table = _without_hidden(viewer, block.unpack(_whole(bytes(data)), pk, revision_id))
    return replace(discreet(viewer, project_id, table), baseline_kind=kind)


def _whole(data: bytes) -> bytes:
    """The block, also where it was stored as what differs from the last one of its week."""
    other = block.differs_from(data)
    if other is None:
        return data
    base = Forecast.objects.filter(pk=other).values_list("block", flat=True).get()
    return block.whole_again(data, bytes(base))


def _without_hidden(viewer: Viewer, table: ActivityTable) -> ActivityTable:
    """The table with drivers of projects the viewer may not see told as that, with the one date that drives."""
    visible = viewer.project_ids()
    if visible is None or not any(table.driver_name):
        return table
    codes = frozenset(Project.objects.filter(pk__in=visible).values_list("code", flat=True))
    hidden = _("another project")
    names, starts, finishes = list(table.driver_name), list(table.driver_start), list(table.driver_finish)
    for at, name in enumerate(names):
        if not name or name.partition("/")[0] in codes:  # stored as project/activity
            continue
        names[at] = hidden
        if table.driver_link[at].startswith("F"):  # finish to start, finish to finish
            starts[at] = None
        else:
            finishes[at] = None
    return replace(table, driver_name=tuple(names), driver_start=tuple(starts), driver_finish=tuple(finishes))


_MILESTONE_COLUMNS = (
    "id", "activity_key", "name", "is_committed", "is_done", "plan", "schedule", "p50", "p80", "deadline",
    "float_days", "confidence", "forecast__id", "forecast__project_id", "forecast__baseline__kind",
)  # fmt: skip


def _milestone(row: MilestoneForecast) -> MilestoneRecord:
    return MilestoneRecord(
        row.forecast_id,
        row.forecast.project_id,
        row.activity_key,
        row.name,
        row.is_committed,
        row.is_done,
        row.plan,
        row.schedule,
        row.p50,
        row.p80,
        row.deadline,
        row.float_days,
        row.confidence,
        row.forecast.baseline.kind if row.forecast.baseline is not None else "",
    )


def _drivers(table: ActivityTable, index: int) -> Sequence[int]:
    return range(table.driver_offset[index], table.driver_offset[index + 1])


def _driver(table: ActivityTable, entry: int) -> DriverRecord:
    index = table.driver_index[entry]
    if index < 0:
        return DriverRecord(
            "",
            table.driver_name[entry],
            table.driver_link[entry],
            table.driver_start[entry],
            table.driver_finish[entry],
            None,
            False,
        )
    return DriverRecord(
        table.key[index],
        table.name[index],
        table.driver_link[entry],
        table.start[index],
        table.finish[index],
        table.total_float_days[index],
        table.status[index] == 2,
    )


def _chain(table: ActivityTable, index: int) -> tuple[DriverRecord, ...]:
    found: list[DriverRecord] = []
    at = index
    while len(found) < DRIVES_SHOWN:
        entries = _drivers(table, at)
        if not entries:
            break
        # Among several drivers the one with the least float is the reason that matters.
        entry = min(entries, key=lambda each: _float_of(table, each))
        found.append(_driver(table, entry))
        at = table.driver_index[entry]
        if at < 0:
            break
    return tuple(found)


def _float_of(table: ActivityTable, entry: int) -> float:
    index = table.driver_index[entry]
    value = table.total_float_days[index] if index >= 0 else None
    return value if value is not None else float("inf")


def _one(table: ActivityTable, index: int) -> ActivityForecast:
    driven = sorted(
        {
            table.key[other]
            for other in range(len(table))
            if any(table.driver_index[entry] == index for entry in _drivers(table, other))
        }
    )
    return ActivityForecast(
        forecast_id=table.forecast_id,
        key=table.key[index],
        code=table.code[index],
        name=table.name[index],
        wbs=table.wbs[index],
        kind=table.kind[index],
        responsible=table.responsible[index],
        is_committed=table.is_committed[index],
        status=table.status[index],
        percent=table.percent[index],
        start=table.start[index],
        finish=table.finish[index],
        early_start=table.early_start[index],
        early_finish=table.early_finish[index],
        late_start=table.late_start[index],
        late_finish=table.late_finish[index],
        total_float_days=table.total_float_days[index],
        free_float_days=table.free_float_days[index],
        critical=table.critical[index],
        criticality=table.criticality[index],
        sensitivity=table.sensitivity[index],
        duration_days=table.duration_days[index],
        remaining_days=table.remaining_days[index],
        baseline_start=table.baseline_start[index],
        baseline_finish=table.baseline_finish[index],
        budget_minor=table.budget_minor[index],
        planned_minor=table.planned_minor[index],
        earned_minor=table.earned_minor[index],
        actual_minor=table.actual_minor[index],
        drivers=tuple(_driver(table, entry) for entry in _drivers(table, index)),
        chain=_chain(table, index),
        drives=tuple(driven),
        baseline_kind=table.baseline_kind,
    )
