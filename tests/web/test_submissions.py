"""Reporting in pages: two taps for an unchanged report, decisions inline and in bulk, freezing, restating."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.models import User
from watchfloor.accounts.queries import viewer_of
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans import period_queries
from watchfloor.plans.period_records import PeriodRecord
from watchfloor.portfolio import queries as portfolio

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)  # a Monday; the cut-offs of 6 and 13 March have come, one is late


@pytest.fixture
def late(
    people: dict[str, User], projects_of: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], PeriodRecord]:
    """Two projects whose newest period is open; the manager is Pia. Returns the newest period of the first."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    projects_of(2)
    run_until_idle(lambda: NOW)
    made = accounts.create_user(SYSTEM, username="pia", full_name="Pia Pohl", now=NOW)
    accounts.grant(SYSTEM, user_id=made.id, role="project_manager", project_code="P0-00", now=NOW)
    people["manager"] = User.objects.get(pk=made.id)
    project = portfolio.project(SYSTEM, "P0-00")

    def newest() -> PeriodRecord:
        found = period_queries.newest_period(SYSTEM, project.id)
        assert found is not None
        return found

    return newest


def report(**more: Any) -> dict[str, Any]:
    said = {"status_overall": "crit", "status_time": "crit", "forecast_finish": "2026-08-03", "eac": "12000.00"}
    return {**said, "path_to_green": "Second crane", "explanation": "", **more}


def at(period: PeriodRecord) -> str:
    return f"/projects/P0-00/periods/{period.cut_off.isoformat()}"


def test_every_page_of_a_period_opens_in_every_state(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    client = sign_in("manager")
    pages = ("/submissions", "/submissions?week=2026-03-09", "/submissions?standing=late", at(late()), "/",
             "/projects/P0-00/submit", "/projects/P0-00/submit?from=computed", "/projects/P0-00/periods",
             "/projects/P0-00")  # fmt: skip

    def all_open() -> None:
        for address in pages:
            answer = client.get(address)
            assert answer.status_code == 200, address
            assert not re.search(r"\sstyle=|<style|\son[a-z]+=", answer.content.decode()), address

    all_open()
    client.post("/projects/P0-00/submit", report())
    all_open()
    run_until_idle(lambda: NOW)
    all_open()
    plans.return_submission(SYSTEM, late().project_id, late().cut_off, reason="Costs?", now=NOW)
    all_open()
    client.post("/projects/P0-00/submit", report())
    run_until_idle(lambda: NOW)
    plans.accept_submission(SYSTEM, late().project_id, late().cut_off, note="Fine", now=NOW)
    plans.close_period(SYSTEM, late().project_id, late().cut_off, now=NOW)
    assert client.get("/projects/P0-00/submit").status_code == 404
    for address in ("/submissions", "/projects/P0-00/periods", at(late()), "/projects/P0-00"):
        assert client.get(address).status_code == 200, address


def test_an_unchanged_report_is_sent_as_it_is_offered(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    manager = sign_in("manager")
    first = period_queries.periods(SYSTEM, late().project_id)[-1]
    viewer = viewer_of(User.objects.get(username="pia"))
    plans.submit(
        viewer,
        first.project_id,
        first.cut_off,
        reported={"overall": "risk", "people": "watch"},
        eac_minor=1_234_500,
        path_to_green="Second crane",
        now=NOW - timedelta(days=7),
    )
    said = manager.get("/projects/P0-00/submit").content.decode()
    assert re.search(r'name="status_overall" value="risk" checked', said)
    fields = dict(re.findall(r'<input type="radio" name="(\w+)" value="(\w+)" checked', said))
    typed = dict(re.findall(r'<input type="(?:date|number)" name="(\w+)"(?: value="([^"]*)")?', said))
    answer = manager.post("/projects/P0-00/submit", {**fields, **typed, "path_to_green": "Second crane"})
    assert answer.headers["Location"] == at(late())
    sent = late().submission
    assert sent is not None
    assert (sent.reported, sent.eac_minor) == ({"overall": "risk", "people": "watch"}, 1_234_500)


def test_as_computed_fills_in_what_the_numbers_say(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    said = sign_in("manager").get("/projects/P0-00/submit?from=computed").content.decode()
    assert re.search(r'name="status_overall" value="risk" checked', said)
    assert re.search(r'name="status_cost" value="on" checked', said)


def test_a_report_that_lacks_something_keeps_what_was_typed_and_says_what(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    answer = sign_in("manager").post("/projects/P0-00/submit", report(path_to_green="", explanation="Typed by hand"))
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Typed by hand" in said
    assert "Say what leads back to green" in said
    assert late().submission is None
    draft = sign_in("manager").post("/projects/P0-00/submit", {"status_cost": "risk", "action": "draft"})
    assert draft.status_code == 302
    assert late().standing(NOW) == "open"


def test_the_checks_of_what_stands_in_the_form_are_shown_before_it_is_sent(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    client = sign_in("manager")
    said = client.post("/projects/P0-00/submit/checks", report(status_overall="on")).content.decode()
    assert "Report overall as the worst part at least" in said
    assert late().submission is None


def test_the_pmo_returns_accepts_and_takes_back(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    sign_in("manager").post("/projects/P0-00/submit", report())
    run_until_idle(lambda: NOW)
    pmo = sign_in("administrator")
    back = pmo.post(
        f"{at(late())}/return?from=board",
        {"reason": "Which crane?"},
        headers={"Referer": "https://elsewhere.example/?standing=submitted"},
    )
    assert back.headers["Location"] == "/submissions?standing=submitted"  # the choice stays, nobody is sent elsewhere
    assert "Which crane?" in sign_in("manager").get("/projects/P0-00/submit").content.decode()
    sign_in("manager").post("/projects/P0-00/submit", report(path_to_green="The Liebherr"))
    run_until_idle(lambda: NOW)
    pmo = sign_in("administrator")
    read = late().submission
    assert read is not None
    assert pmo.post(f"{at(late())}/accept", {"version": "1", "note": "Fine"}).status_code == 409
    assert pmo.post(f"{at(late())}/accept", {"version": str(read.version)}).status_code == 422, "checks failed, no note"
    accepted = pmo.post(f"{at(late())}/accept", {"version": str(read.version), "note": "Fine"}, follow=True)
    assert f"{at(late())}/reopen" in accepted.content.decode()
    pmo.post(f"{at(late())}/reopen")
    assert late().standing(NOW) == "submitted"


def test_many_are_decided_on_at_once_and_what_cannot_be_is_told(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    day = late().cut_off.isoformat()
    sign_in("manager").post("/projects/P0-00/submit", report())
    run_until_idle(lambda: NOW)
    chosen = {"action": "accept", "reason": "As discussed", "period": [f"P0-00/{day}", f"P1-01/{day}", "XX-9/today"]}
    said = sign_in("administrator").post("/submissions/decide", chosen, follow=True).content.decode()
    assert late().standing(NOW) == "accepted"
    assert "1 accepted." in said
    assert "P1-01" in said
    assert "XX-9" in said


def test_a_missing_report_is_asked_for_with_one_click_and_the_manager_sees_by_whom(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    pmo = sign_in("administrator")
    for _ in range(2):
        pmo.post(f"{at(late())}/chase?from=board")
    assert "Administrator" in pmo.get("/submissions").content.decode()
    manager = sign_in("manager")
    assert "reports asked for" in manager.get("/portfolio").content.decode()
    assert "Administrator asked for this report" in manager.get("/projects/P0-00/submit").content.decode()
    assert "reports asked for" not in manager.get("/portfolio").content.decode()


def test_a_frozen_report_is_corrected_beside_itself(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    manager = sign_in("manager")
    manager.post("/projects/P0-00/submit", report())
    run_until_idle(lambda: NOW)
    plans.accept_submission(SYSTEM, late().project_id, late().cut_off, note="Fine", now=NOW)
    sign_in("administrator").post(f"{at(late())}/close")
    manager = sign_in("manager")
    answer = manager.post(f"{at(late())}/restate", {**report(eac="13000.00"), "reason": "Late invoice"}, follow=True)
    said = answer.content.decode()
    assert "Late invoice" in said
    assert "12,000" in said
    assert "13,000" in said


def test_a_viewer_sees_the_board_without_anything_to_press(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    client = sign_in("viewer")
    assert '<form method="post"' not in client.get("/submissions").content.decode()
    assert client.get("/projects/P0-00/submit").status_code == 403
    assert client.post(f"{at(late())}/chase").status_code == 403


def test_fast_mode_is_chosen_by_who_manages_the_programme(
    sign_in: Callable[[str], Client], late: Callable[[], PeriodRecord]
) -> None:
    for chosen, wanted in (("on", True), ("off", False), ("", None)):
        sign_in("administrator").post("/projects/P0-00/fast-mode", {"fast_mode": chosen})
        assert portfolio.project(SYSTEM, "P0-00").fast_mode_own is wanted
    assert sign_in("administrator").post("/projects/P0-00/fast-mode", {"fast_mode": "maybe"}).status_code == 422
    assert sign_in("manager").post("/projects/P0-00/fast-mode", {"fast_mode": "on"}).status_code == 403
    assert "fast-mode" not in sign_in("manager").get("/projects/P0-00/periods").content.decode()
