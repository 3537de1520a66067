"""Figures of the portfolio for a Prometheus: what a scraper with a token may see, in the OpenMetrics text format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from watchfloor.alerts import queries as alerts
from watchfloor.api.auth import viewer
from watchfloor.api.problems import responses
from watchfloor.detection import queries as detection
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ForecastRecord
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord

router = Router(tags=["watch"])
_ALERTS_MAX = 5_000
_READINGS = {
    "cpi": "Cost performance index at the data date.",
    "spi": "Schedule performance index at the data date.",
    "spi_t": "Schedule performance index of earned schedule.",
    "percent_complete": "Earned over budget, in per cent.",
}


@router.get("/metrics", response=responses(str))
def read_metrics(request: HttpRequest) -> HttpResponse:
    """Status, slip, float, confidence, indices and open alerts of every watched project, as OpenMetrics text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Portfolio(viewer(request), clock.now()))
    text = generate_latest(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


class _Portfolio(Collector):
    """The figures of one scrape; a project that has no value has no sample."""

    def __init__(self, who: Viewer, now: datetime) -> None:
        self._who, self._now = who, now

    def collect(self) -> Iterator[Metric]:
        who = self._who
        projects = [each for each in portfolio.projects(who) if each.is_watched]
        newest = forecasts.latest(who, [each.id for each in projects])
        programmes = {each.id: each.code for each in portfolio.programmes(who)}
        yield from self._statuses(projects, programmes)
        yield from self._forecasts(projects, programmes, newest)
        yield from self._alerts(projects, programmes)

    def _statuses(self, projects: list[ProjectRecord], programmes: dict[int, str]) -> Iterator[Metric]:
        found = detection.statuses(self._who)
        status = _gauge("status", "Computed status: 0 on track, 1 watch, 2 at risk, 3 critical.")
        stale = _gauge("stale", "1 when no update came by its cut-off and grace.")
        for each in projects:
            if each.id in found:
                status.add_metric(_labels(each, programmes), found[each.id].severity)
                stale.add_metric(_labels(each, programmes), float(found[each.id].is_stale))
        yield status
        yield stale

    def _forecasts(
        self, projects: list[ProjectRecord], programmes: dict[int, str], newest: dict[int, ForecastRecord]
    ) -> Iterator[Metric]:
        slip = _gauge("finish_slip_days", "Working days by which the finish is later than the current baseline.")
        room = _gauge("float_days", "Working days from the schedule to the promised or planned finish.")
        sure = _gauge("finish_confidence", "Probability of the promised or planned finish, 0 to 1.")
        age = _gauge("forecast_age_seconds", "Seconds since the newest forecast was issued.")
        over = _gauge("eac_over_budget_ratio", "Estimate at completion over budget, minus one.")
        readings = {name: _gauge(name, words) for name, words in _READINGS.items()}
        for each in projects:
            record, labels = newest.get(each.id), _labels(each, programmes)
            if record is None:
                continue
            _add(slip, labels, record.slip_days)
            _add(room, labels, record.total_float_days)
            _add(sure, labels, record.confidence)
            _add(age, labels, (self._now - record.issued_at.astimezone(UTC)).total_seconds())
            # Of whoever may not see money the record holds none.
            if record.eac_minor is not None and record.budget_minor:
                _add(over, labels, record.eac_minor / record.budget_minor - 1)
            for name, gauge in readings.items():
                _add(gauge, labels, record.value(name))
        yield from (slip, room, sure, age, over, *readings.values())

    def _alerts(self, projects: list[ProjectRecord], programmes: dict[int, str]) -> Iterator[Metric]:
        counted = Counter(
            (each.project_id, each.display, each.state) for each in alerts.open_alerts(self._who, limit=_ALERTS_MAX)
        )
        open_alerts = GaugeMetricFamily(
            "watchfloor_open_alerts",
            "Alerts that still need a person, by severity and state.",
            labels=["project", "programme", "severity", "state"],
        )
        by_id = {each.id: each for each in projects}
        for (project_id, severity, state), count in sorted(counted.items()):
            if project_id in by_id:
                open_alerts.add_metric([*_labels(by_id[project_id], programmes), severity, state], count)
        yield open_alerts


def _gauge(name: str, words: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"watchfloor_project_{name}", words, labels=["project", "programme"])


def _labels(project: ProjectRecord, programmes: dict[int, str]) -> list[str]:
    return [project.code, programmes.get(project.programme_id, "")]


def _add(gauge: GaugeMetricFamily, labels: list[str], value: float | None) -> None:
    if value is not None:
        gauge.add_metric(labels, value)
