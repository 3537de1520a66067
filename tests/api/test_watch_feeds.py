"""What other systems read of the watch: figures for a Prometheus, and the turns of a rota for a calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpRequest
from icalendar import Calendar
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from watched_floor import NOW, Floor

from watchfloor.alerts import duty, operations
from watchfloor.alerts.escalation.rota import Layer
from watchfloor.api import metrics, watch
from watchfloor.detection.operations import detect
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM, Viewer


def _as(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (metrics, watch):
        monkeypatch.setattr(module, "viewer", lambda request: viewer)
    monkeypatch.setattr(clock, "now", lambda: NOW)


def scraped(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[dict[str, str], float]]]:
    _as(viewer, monkeypatch)
    text = metrics.read_metrics(HttpRequest()).content.decode()
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(text)
    }


def test_a_scraper_reads_status_slip_and_open_alerts(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    floor.forecast(slip_days=12.0, eac_share=1.03, at=NOW)
    detect(floor.project_id, now=NOW)
    operations.group(floor.project_id, now=NOW)
    found = scraped(SYSTEM, monkeypatch)
    here = {"project": "HB-01", "programme": "HB"}
    assert found["watchfloor_project_status"] == [(here, 2.0)]
    assert found["watchfloor_project_finish_slip_days"] == [(here, 12.0)]
    assert found["watchfloor_project_eac_over_budget_ratio"] == [(here, pytest.approx(0.03))]
    assert found["watchfloor_open_alerts"] == [
        ({**here, "severity": "risk", "state": "raised"}, 1.0),
        ({**here, "severity": "watch", "state": "raised"}, 1.0),
    ]


def test_whoever_may_not_see_money_reads_none(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    floor.forecast(slip_days=12.0, eac_share=1.03, at=NOW)
    reader = Viewer(user_id=5, name="Reader", projects={floor.project_id: frozenset({"project.view"})})
    found = scraped(reader, monkeypatch)
    assert found["watchfloor_project_finish_slip_days"]
    assert found["watchfloor_project_eac_over_budget_ratio"] == []
    assert scraped(Viewer(user_id=6, name="Stranger"), monkeypatch)["watchfloor_project_finish_slip_days"] == []


def test_the_turns_of_a_rota_come_as_a_calendar(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    rota_id = duty.make_rota(SYSTEM, "Desk", "HB", night=False, now=NOW)
    weekdays = Layer((floor.manager_id,), NOW.date() - timedelta(days=1), "UTC", weekdays=frozenset(range(5)))
    duty.add_layer(SYSTEM, rota_id, weekdays, now=NOW)
    _as(SYSTEM, monkeypatch)
    answer = watch.read_calendar(HttpRequest(), rota_id)
    entries = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    assert (entries[0]["summary"], entries[0].decoded("dtend")) == ("Mara Dias", datetime(2026, 3, 7, tzinfo=UTC))
    assert str(entries[1]["summary"]) == "Nobody is on duty"
