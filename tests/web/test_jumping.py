"""The command palette: what letters lead to, and that it knows nothing its reader may not see."""

from __future__ import annotations

import pytest
from django.test import Client
from watched_floor import NOW, Floor

from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import operations as alerts
from watchfloor.detection.operations import detect
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.web.jumping import SHOWN, TABS, places


def hrefs(viewer: Viewer, text: str) -> list[str]:
    return [each.href for group in places(viewer, text) for each in group.rows]


def test_a_code_and_a_letter_jump_and_no_letter_stands_for_two_tabs(floor: Floor) -> None:
    assert hrefs(SYSTEM, "hb-01 s")[0] == "/projects/HB-01/schedule"
    assert hrefs(SYSTEM, "HB-01")[0] == "/projects/HB-01"
    assert hrefs(SYSTEM, "hb-01 sched")[0] == "/projects/HB-01/schedule"
    letters = [letter for letter, _path, _words in TABS]
    assert len(set(letters)) == len(letters)


def test_projects_alerts_and_pages_are_found_by_their_words(floor: Floor) -> None:
    floor.forecast(slip_days=12.0)
    detect(floor.project_id, now=NOW)
    alerts.group(floor.project_id, now=NOW)
    assert "/projects/HB-01" in hrefs(SYSTEM, "quay")
    assert any(each.startswith("/alerts/") for each in hrefs(SYSTEM, "finish later"))
    assert hrefs(SYSTEM, "escalation") == ["/watch/escalation"]
    assert len(hrefs(SYSTEM, "")) == SHOWN
    assert hrefs(SYSTEM, "no such thing at all") == []


def test_a_stranger_finds_pages_only_and_managers_pages_of_theirs(floor: Floor) -> None:
    stranger = Viewer(user_id=9, name="Stranger")
    assert hrefs(stranger, "quay") == []
    assert hrefs(stranger, "users and roles") == []
    assert hrefs(SYSTEM, "users and roles") == ["/users"]
    assert "/projects/HB-01" in hrefs(viewer_by_id(floor.manager_id), "quay")


@pytest.mark.parametrize("text", ["<script>", "a" * 5_000, "%00", "' OR 1=1", "\u202e"])
def test_whatever_is_typed_is_only_looked_for(floor: Floor, client: Client, text: str) -> None:
    from watchfloor.accounts.models import User

    client.force_login(User.objects.get(pk=floor.manager_id))
    answer = client.get("/jump", {"q": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert b"<script>" not in answer.content
