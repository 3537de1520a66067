"""Alerts of other systems come in as Alertmanager sends them, and go as it says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from watched_floor import NOW, Floor

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import queries as alerts
from watchfloor.detection import messages
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle


@pytest.fixture
def post(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    _token, secret = accounts.create_token(viewer_by_id(floor.manager_id), name="alertmanager", now=NOW)

    def send(*sent: dict[str, Any]) -> Any:
        body = json.dumps({"version": "4", "status": "firing", "receiver": "watchfloor", "alerts": sent})
        return Client().post(
            "/api/v1/alertmanager", body, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
        )

    return send


def alert(**changes: Any) -> dict[str, Any]:
    labels = {"alertname": "PumpDown", "project": "HB-01", "severity": "critical"}
    return {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": "The site pump stands still"},
        "startsAt": "2026-03-03T08:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://metrics.meridian.org/graph",
        "fingerprint": "8f1c",
        **changes,
    }


def test_what_another_system_says_is_an_alert_here_until_it_is_over(post: Any) -> None:
    assert post(alert()).json() == {"taken": 1, "unmatched": []}
    assert post(alert()).json() == {"taken": 1, "unmatched": []}  # repeated, as Alertmanager does
    run_until_idle(lambda: NOW)
    (raised,) = alerts.open_alerts(SYSTEM)
    assert (raised.group, raised.display) == ("outside", "crit")
    assert messages.render(raised.code, raised.parameters) == "PumpDown: The site pump stands still"
    post(alert(status="resolved", endsAt="2026-03-03T08:30:00Z"))
    run_until_idle(lambda: NOW)
    assert alerts.open_alerts(SYSTEM) == ()


def test_what_nobody_repeats_for_a_week_is_over(post: Any) -> None:
    post(alert())
    run_until_idle(lambda: NOW)
    run_until_idle(lambda: NOW + timedelta(days=8))
    assert alerts.open_alerts(SYSTEM) == ()


def test_an_alert_of_no_project_of_the_caller_is_not_taken(post: Any) -> None:
    stranger = alert(labels={"alertname": "X", "project": "MW-99"}, fingerprint="77")
    assert post(stranger, alert(labels={"alertname": "X"}, fingerprint="78")).json() == {
        "taken": 0,
        "unmatched": ["77", "78"],
    }


def test_an_address_that_is_no_page_is_not_kept(post: Any) -> None:
    from watchfloor.detection.models import OutsideAlert

    post(alert(generatorURL="javascript:alert(1)"))
    assert OutsideAlert.objects.get().url == ""


@pytest.mark.parametrize("wrong", [{"startsAt": "soon"}, {"fingerprint": ""}, {"labels": ["a"]}])
def test_a_message_that_is_none_is_refused_whole(post: Any, wrong: dict[str, Any]) -> None:
    answer = post(alert(), alert(**wrong))
    assert answer.status_code == 422
    assert alerts.open_alerts(SYSTEM) == ()
