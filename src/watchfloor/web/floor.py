"""What the watch floor shows: each part as one context, used by the page and by the part's refetch alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.alerts import queries as alerts
from watchfloor.alerts.queries import AlertRecord
from watchfloor.detection import queries as detection
from watchfloor.detection.clocks import FRESH, NONE, clocks
from watchfloor.detection.messages import render
from watchfloor.detection.queries import StatusRecord
from watchfloor.drawing import figures
from watchfloor.drawing.gauges import range_bar
from watchfloor.drawing.strip import StripItem, strip
from watchfloor.exchange import feed_queries
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ForecastRecord, MilestoneRecord
from watchfloor.jobs import queries as jobs
from watchfloor.journal import queries as journal
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web.happenings import HAPPENINGS, Happening, happenings
from watchfloor.web.words import STAGES, word

NEEDS_SHOWN = 30
CHANGES_SHOWN = 8
_HANDOVER_HOUR = 8
_LEDGER_ORDER = ("crit", "risk", "watch", "stale", "on")
_STRIP_WEEKS = 3
_BOARD_WEEKS = 8
_MOST_COLUMNS = 8
_WEEKS_SHOWN = 26
_PASTS_KEPT = 2000
_COST_RANGE = ("p50_cost_minor", "p80_cost_minor")
_MOST_ROWS = 16
_DENSE_ROWS = 11
# Working minutes to acknowledge, by severity: the whole circle of the countdown's ring.
_WHOLE_MINUTES = {3: 240, 2: 480, 1: 1440}


@dataclass(frozen=True, slots=True)
class _Week:
    """What one project had earned, spent and planned at one of its updates."""

    week: tuple[int, int]  # ISO year and week
    earned: float | None
    spent: float | None
    planned: float | None


_PAST: OrderedDict[tuple[int, datetime], Sequence[_Week]] = OrderedDict()


class Reads:
    """What several parts of one page need, read once; each part fetched by itself makes its own."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    @cached_property
    def projects(self) -> tuple[ProjectRecord, ...]:
        return portfolio.projects(self._viewer)

    @cached_property
    def watched(self) -> tuple[ProjectRecord, ...]:
        return tuple(row for row in self.projects if row.is_watched)

    @cached_property
    def newest(self) -> Mapping[int, ForecastRecord]:
        return forecasts.latest(self._viewer)

    @cached_property
    def statuses(self) -> Mapping[int, StatusRecord]:
        return detection.statuses(self._viewer)


@dataclass(frozen=True, slots=True)
class Tile:
    """One project of the mosaic; ``words`` is what its second line says."""

    id: int
    code: str
    name: str
    display: str  # on, watch, risk, crit, stale, off
    words: str
    note: str = ""  # said beside the name on hover


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    code: str
    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Need:
    """One alert as the floor lists it."""

    alert: AlertRecord
    headline: str
    left: str
    share: float
    may_act: bool


def today_of(now: datetime) -> date:
    """The organisation's date."""
    home = portfolio.organisation()
    return now.astimezone(figures.zone_of(home.time_zone if home else "UTC")).date()


def handover(now: datetime) -> datetime:
    """When the present watch began: the last eight o'clock of the organisation's zone."""
    home = portfolio.organisation()
    local = now.astimezone(figures.zone_of(home.time_zone if home else "UTC"))
    began = local.replace(hour=_HANDOVER_HOUR, minute=0, second=0, microsecond=0)
    return began if began <= local else began - timedelta(days=1)


def ledger(viewer: Viewer, key: str | None = None) -> Mapping[str, Any]:
    since = handover(clock.now())
    counts = detection.ledger(viewer, since=since)
    return {"ledger": counts, "ledger_rows": tuple(counts.row(code) for code in _LEDGER_ORDER), "since": since}


def indices(viewer: Viewer, key: str | None = None, *, reads: Reads | None = None) -> Mapping[str, Any]:
    """CPI, SPI and cost at completion of everything watched, in the reporting currency."""
    reads = reads or Reads(viewer)
    totals = forecasts.portfolio_totals(viewer, reads.watched)
    newest = {pk: record for pk, record in reads.newest.items() if pk in totals.counted}
    past = _histories(viewer, newest)
    change = (totals.eac_minor - totals.budget_minor) / totals.budget_minor if totals.budget_minor else None
    low, high = _cost_range(newest, totals.counted, totals.eac_minor)
    words = {
        "budget": figures.money(totals.budget_minor, totals.currency, viewer.language, compact=True),
        "eac": figures.money(totals.eac_minor, totals.currency, viewer.language, compact=True),
    }
    bar = range_bar(
        budget=float(totals.budget_minor),
        likely=float(totals.eac_minor),
        low=low,
        high=high,
        title=_("Budget %(budget)s, forecast %(eac)s") % words,
    )
    return {
        "totals": totals,
        "sees_cost": viewer.project_ids("cost.view") != frozenset(),
        "eac_change": change,
        "eac_high": int(high) if high is not None else None,
        "completion_bar": bar,
        "cpi_history": _mean_ratio(past, lambda row: row.spent),
        "spi_history": _mean_ratio(past, lambda row: row.planned),
    }


def _mean_ratio(histories: Iterable[Sequence[_Week]], under: Callable[[_Week], float | None]) -> Sequence[float | None]:
    """EV over AC or PV per week, the mean over projects: a ratio needs no exchange rate."""
    sums: dict[tuple[int, int], list[float]] = {}
    for weeks in histories:
        for row in weeks:
            below = under(row)
            if row.earned is not None and below:
                held = sums.setdefault(row.week, [0.0, 0.0])
                held[0] += row.earned / below
                held[1] += 1
    return [total / count for _week, (total, count) in sorted(sums.items())][-_WEEKS_SHOWN:]


def _histories(viewer: Viewer, newest: Mapping[int, ForecastRecord]) -> tuple[Sequence[_Week], ...]:
    """Earned, spent and planned per week of each project.

    The past of a forecast never changes, so it is kept by the forecast's own id and moment; which forecasts a viewer
    may see was decided before.
    """
    keys = {project_id: (record.id, record.issued_at) for project_id, record in newest.items()}
    missing = [project_id for project_id, key in keys.items() if key not in _PAST]
    if missing:
        columns = [forecasts.histories(viewer, missing, f"{name}_minor", _WEEKS_SHOWN) for name in ("ev", "ac", "pv")]
        for project_id in missing:
            earned, spent, planned = (dict(column.get(project_id, ())) for column in columns)
            _PAST[keys[project_id]] = tuple(
                _Week(at.isocalendar()[:2], earned[at], spent.get(at), planned.get(at)) for at in sorted(earned)
            )
        while len(_PAST) > _PASTS_KEPT:
            _PAST.popitem(last=False)
    return tuple(_PAST[key] for key in keys.values() if key in _PAST)


def _cost_range(
    newest: Mapping[int, ForecastRecord], ids: Collection[int], eac_minor: int
) -> tuple[float | None, float | None]:
    """From the likely to the 80 % cost, summed over projects: wider than the sum's own 80 %, since not all go wrong."""
    low = high = whole = 0.0
    for project_id in ids:
        record = newest.get(project_id)
        if record is None or not record.eac_minor:
            continue
        values = [record.value(name) for name in _COST_RANGE]
        known = [value for value in values if value is not None] or [float(record.eac_minor)]
        whole += record.eac_minor
        low += min(*known, float(record.eac_minor))
        high += max(known)
    if not whole:
        return None, None
    return eac_minor * low / whole, eac_minor * high / whole


def tiles(viewer: Viewer, rows: Sequence[ProjectRecord], now: datetime, reads: Reads | None = None) -> dict[int, Tile]:
    """The tiles of some projects; a fixed number of queries."""
    ids = [row.id for row in rows]
    if reads is None:
        statuses, newest = detection.statuses(viewer, ids), forecasts.latest(viewer, ids)
    else:
        statuses, newest = dict(reads.statuses), dict(reads.newest)
    return {row.id: _tile(row, statuses.get(row.id), newest.get(row.id), now) for row in rows}


def _tile(row: ProjectRecord, status: StatusRecord | None, record: ForecastRecord | None, now: datetime) -> Tile:
    if not row.is_watched:
        return Tile(row.id, row.code, row.name, "off", word(STAGES, row.stage).lower())
    if status is None:
        return Tile(row.id, row.code, row.name, "off", _("no data yet"))
    if status.is_stale:
        days = (now.date() - status.stale_since).days if status.stale_since else 0
        return Tile(row.id, row.code, row.name, "stale", _("silent %(days)s d") % {"days": max(1, days)})
    note = f" · {_('provisional baseline')}" if record is not None and record.is_provisional else ""
    return Tile(row.id, row.code, row.name, status.display, _tile_words(status, record), note)


def _tile_words(status: StatusRecord, record: ForecastRecord | None) -> str:
    """The slip; or the cost when that is what the status comes from and the finish is as planned."""
    if record is None:
        return ""
    over = (record.eac_minor or 0) - (record.budget_minor or 0)
    if status.severity and round(record.slip_days or 0) <= 0 and record.budget_minor and over > 0:
        return _("cost %(share)s") % {"share": figures.percent(over / record.budget_minor, sign=True)}
    return figures.slip(record.slip_days)


def mosaic(viewer: Viewer, key: str | None = None, *, reads: Reads | None = None) -> Mapping[str, Any]:
    reads = reads or Reads(viewer)
    rows = [row for row in reads.projects if row.stage not in ("closed", "cancelled")]
    drawn = tiles(viewer, rows, clock.now(), reads)
    columns: dict[str, Column] = {}
    held: dict[str, list[Tile]] = {}
    for row in rows:
        held.setdefault(row.programme_code, []).append(drawn[row.id])
        columns.setdefault(row.programme_code, Column(row.programme_name, row.programme_code, held[row.programme_code]))
    tallest = max((len(column.tiles) for column in columns.values()), default=1)
    return {
        "columns": tuple(columns.values()),
        "column_count": min(_MOST_COLUMNS, max(1, len(columns))),
        "row_count": min(_MOST_ROWS, tallest),
        "is_dense": tallest >= _DENSE_ROWS or len(columns) > _MOST_COLUMNS,
    }


def tile(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    if key is None or not key.isdigit():
        return None
    row = portfolio.project_by_id(viewer, int(key))
    return {"tile": tiles(viewer, (row,), clock.now())[row.id]}


def needs(viewer: Viewer, key: str | None = None) -> Mapping[str, Any]:
    now = clock.now()
    rows = alerts.open_alerts(viewer, now=now, limit=NEEDS_SHOWN)
    return {
        "needs": tuple(need(viewer, row, now) for row in rows),
        "unacknowledged": alerts.count(viewer, state="raised"),
        "open_count": alerts.count(viewer),
    }


def need(viewer: Viewer, row: AlertRecord, now: datetime) -> Need:
    """An alert with its sentence and what is left of its time."""
    minutes = row.working_minutes_left
    whole = _WHOLE_MINUTES.get(row.severity, 1440)
    return Need(
        alert=row,
        headline=render(row.code, row.parameters, language=viewer.language, zone=viewer.time_zone),
        left=figures.length(minutes, viewer.language),
        share=min(1.0, minutes / whole) if minutes is not None else 0.0,
        may_act=viewer.may("alert.act", row.project_id),
    )


def nav(viewer: Viewer, key: str | None = None) -> Mapping[str, Any]:
    return {"unacknowledged": alerts.count(viewer, state="raised")}


def milestones(viewer: Viewer, key: str | None = None, *, reads: Reads | None = None) -> Mapping[str, Any]:
    return _strip(viewer, reads or Reads(viewer), weeks=_STRIP_WEEKS, lanes=3, width=1236)


def milestone_board(viewer: Viewer, key: str | None = None) -> Mapping[str, Any]:
    """The milestones tab: more weeks, more lanes."""
    return _strip(viewer, Reads(viewer), weeks=_BOARD_WEEKS, lanes=19, width=1800)


def _strip(viewer: Viewer, reads: Reads, *, weeks: int, lanes: int, width: float) -> Mapping[str, Any]:
    today = today_of(clock.now())
    first = today - timedelta(days=today.weekday())
    last = first + timedelta(days=7 * weeks - 1)
    rows = {row.id: row for row in reads.watched}
    found = list(forecasts.milestones(viewer, first=first, last=last, limit=200, project_ids=rows))
    # Promised ones first, so that they get the room; then the nearest.
    found.sort(key=lambda each: not each.is_committed)
    chosen = found[: lanes * 4]
    items = [
        item
        for each in chosen
        if (item := _item(each, rows[each.project_id], today)) is not None and item.likely <= last
    ]
    drawing = strip(
        items,
        first=first,
        weeks=weeks,
        today=today,
        title=_("Milestones from %(first)s to %(last)s")
        % {"first": figures.day(first, viewer.language), "last": figures.day(last, viewer.language)},
        language=viewer.language,
        width=width,
        lanes=lanes,
    )
    return {"strip": drawing, "weeks": weeks, "milestone_count": len(found)}


def _item(row: MilestoneRecord, project: ProjectRecord, today: date) -> StripItem | None:
    likely = row.p50 or row.schedule
    if likely is None:
        return None
    return StripItem(
        label=project.code,
        name=row.name,
        status=milestone_status(row, project),
        plan=row.plan.date() if row.plan else None,
        likely=max(likely.date(), today),
        sure=row.p80.date() if row.p80 else None,
        href=f"/projects/{project.code}/activities/{row.activity_key}",
    )


def milestone_status(row: MilestoneRecord, project: ProjectRecord) -> str:
    """A milestone by the tolerances of its project: the same steps as the project's own finish."""
    likely = row.p50 or row.schedule
    promised = row.deadline or row.plan
    if row.is_done or likely is None or promised is None:
        return "on"
    late = (likely.date() - promised.date()).days * 5 / 7
    limits = project.tolerances
    if late > limits.finish_watch_days * limits.finish_critical_factor:
        return "crit"
    if late > limits.finish_watch_days * limits.finish_at_risk_factor:
        return "risk"
    unsure = row.is_committed and row.p80 is not None and row.p80.date() > promised.date()
    return "watch" if late > limits.finish_watch_days or unsure else "on"


def changed(viewer: Viewer, key: str | None = None) -> Mapping[str, Any]:
    """What happened since the watch began, in words, newest first.

    The same for all who may see the same, so that it is rendered once for them: what a person without sight of the
    whole did beside any project, an import say, is left to their own pages.
    """
    since = handover(clock.now())
    facts = journal.facts(viewer, kinds=HAPPENINGS, newest_first=True, limit=150)
    sees_all = viewer.project_ids() is None
    rows = happenings(viewer, [row for row in facts if sees_all or row.project_id is not None], limit=CHANGES_SHOWN)
    may_read_log = viewer.project_ids("journal.view") != frozenset()
    return {"changes": _since(rows, since), "since": since, "earlier": rows, "may_read_log": may_read_log}


def _since(rows: Iterable[Happening], since: datetime) -> tuple[Happening, ...]:
    return tuple(row for row in rows if row.at >= since)


def freshness(viewer: Viewer, key: str | None = None) -> Mapping[str, Any]:
    """The three clocks of all that is watched: who reported as promised, whose work moved, what the feeds brought."""
    counts = detection.ledger(viewer)
    found = clocks(viewer, portfolio.projects(viewer), clock.now())
    return {
        "reporting": counts.total - counts.row("stale").count,
        "watched": counts.total,
        "feeds": feed_queries.counts(viewer, now=clock.now()),
        "moving": sum(each.content.state in (FRESH, NONE) for each in found),
        "clocked": len(found),
    }


def sample_progress(viewer: Viewer, key: str | None = None) -> Mapping[str, Any]:
    """The sample's loading, while it lasts; every signed-in person may know that it is not finished."""
    running = [each for each in jobs.jobs(viewer, kinds=("sample",), limit=3) if each.state in ("running", "waiting")]
    return {"loading": running[0] if running else None}
