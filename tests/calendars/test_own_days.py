"""Days of an organisation's own: nearer before wider, before the country, in every process, and forgotten nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from watchfloor.alerts.deadlines import OwnerHours, working_minutes_until
from watchfloor.calendars import operations, own_days, patterns, queries
from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TUESDAY, SATURDAY = date(2026, 3, 10), date(2026, 3, 14)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def served() -> Iterator[None]:
    """Own days are asked for from the database, as outside of tests; afterwards nobody has any again."""
    own_days.unknown()
    own_days.serve()
    yield
    patterns.use_own_days(lambda _country, _region: {})
    own_days.unknown()


def add(on: date, kind: str = "closed", **more: Any) -> queries.OwnDayRecord:
    made = operations.add_own_day(SYSTEM, on=on, kind=kind, name=more.pop("name", "Works outing"), now=NOW, **more)
    own_days.refresh()  # as the next request does
    return made


def kind(country: str, region: str, on: date) -> str:
    return patterns.calendar_day(country, region, on).kind


def test_the_nearer_word_goes_before_the_wider_one_and_both_before_the_country() -> None:
    add(TUESDAY)
    add(TUESDAY, "works", country="DE")
    add(TUESDAY, "short", country="DE", region="BY", ends=time(12))
    add(TUESDAY, country="DE", region="BY/MUC")
    assert kind("AT", "", TUESDAY) == "holiday"
    assert kind("DE", "", TUESDAY) == kind("DE", "HE", TUESDAY) == "working"
    assert kind("DE", "BY", TUESDAY) == "short"
    assert kind("DE", "BY/MUC", TUESDAY) == "holiday"
    epiphany = date(2026, 1, 6)
    assert kind("DE", "BY", epiphany) == "holiday"
    add(epiphany, "works", country="DE", region="BY")
    assert kind("DE", "BY", epiphany) == "working"
    assert epiphany in patterns.working_days("DE", "BY", epiphany, epiphany)


def test_a_worked_weekend_and_a_closing_day_change_the_hours_people_have() -> None:
    berlin = OwnerHours("DE", "BE", "Europe/Berlin")
    monday = datetime(2026, 3, 9, 8, tzinfo=UTC)
    week = (monday, monday + timedelta(days=7))
    assert working_minutes_until(berlin, *week) == 5 * 8 * 60
    day = add(TUESDAY, country="DE")
    assert working_minutes_until(berlin, *week) == 4 * 8 * 60, "what was kept of the calendar is forgotten"
    add(SATURDAY, "works", country="DE")
    add(date(2026, 3, 11), "short", country="DE", ends=time(13))
    assert working_minutes_until(berlin, *week) == (4 * 8 + 4) * 60
    operations.remove_own_day(SYSTEM, day.id, now=NOW)
    own_days.refresh()
    assert working_minutes_until(berlin, *week) == (5 * 8 + 4) * 60


def test_days_off_and_worked_days_agree_with_each_days_reason() -> None:
    add(TUESDAY, country="SA")
    add(date(2026, 3, 13), "works", country="SA")  # a Friday
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    worked = tuple(each.on for each in patterns.calendar_year("SA", "", 2026) if each.is_worked)
    assert worked == patterns.working_days("SA", "", first, last)
    assert TUESDAY in {each.on for each in patterns.public_holidays("SA", "", first, last)}


def test_what_makes_no_sense_is_refused_and_what_changed_is_in_the_journal() -> None:
    made = add(TUESDAY)
    with pytest.raises(Conflict):
        add(TUESDAY)
    for wrong in ({"kind": "maybe"}, {"name": " "}, {"region": "BY"}, {"kind": "short"}, {"ends": time(12)}):
        with pytest.raises(Invalid):
            add(SATURDAY, **wrong)
    for year in (1983, 2150, 10_000):
        with pytest.raises(Invalid):
            queries.own_days(year=year)
    looker = Viewer(7, "looker", organisation=frozenset({"project.view"}))
    with pytest.raises(NotAllowed):
        operations.add_own_day(looker, on=SATURDAY, kind="works", name="x", now=NOW)
    with pytest.raises(NotFound):
        operations.remove_own_day(SYSTEM, made.id + 1, now=NOW)
    assert [each.data["what"] for each in facts(SYSTEM, kinds=("calendar.changed",))] == ["added"]


def test_asking_often_costs_no_query(django_assert_num_queries: Callable[[int], Any]) -> None:
    add(TUESDAY)
    with django_assert_num_queries(0):
        patterns.working_days("DE", "BY", date(2026, 1, 1), date(2030, 12, 31))
    with django_assert_num_queries(1):
        own_days.refresh()


def test_the_page_shows_the_year_and_takes_a_day(client: Client) -> None:
    from watchfloor.accounts import operations as accounts
    from watchfloor.accounts.models import User

    made = accounts.create_user(SYSTEM, username="boss", now=NOW)
    accounts.grant(SYSTEM, user_id=made.id, role="administrator", now=NOW)
    client.force_login(User.objects.get(pk=made.id), backend="django.contrib.auth.backends.ModelBackend")
    said = client.get("/calendars?country=EG&year=2030").content.decode()
    assert "estimated" in said
    assert "Friday, Saturday" in said
    refused = client.post("/calendars", {"on": "2026-03-10", "kind": "short", "name": "Half"})
    assert refused.status_code == 422
    assert "says when it ends" in refused.content.decode()
    taken = client.post("/calendars", {"on": "2026-03-10", "kind": "closed", "name": "Outing", "country": "EG"})
    assert taken.status_code == 302
    assert "our own" in client.get(taken["Location"]).content.decode()
