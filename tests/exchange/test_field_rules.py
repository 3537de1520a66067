"""Codes and fields that fill ours: the nearest rule, translated, and never over what a person set."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from watchfloor.exchange import operations, queries
from watchfloor.exchange.field_rules import Rule
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plans
from watchfloor.plans import period_queries
from watchfloor.plans import queries as plan_queries
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RAG = {"G": "on", "A": "watch", "R": "crit"}
pytestmark = pytest.mark.django_db

PROJECT = """<?xml version="1.0"?><Project xmlns="http://schemas.microsoft.com/project"><Name>QUAY.mpp</Name>
<StartDate>2026-03-02T08:00:00</StartDate><StatusDate>{status}T17:00:00</StatusDate><CalendarUID>1</CalendarUID>
<Calendars><Calendar><UID>1</UID><Name>Standard</Name><IsBaseCalendar>1</IsBaseCalendar></Calendar></Calendars>
<ExtendedAttributes>
<ExtendedAttribute><FieldID>188743731</FieldID><FieldName>Text1</FieldName><Alias>RAG</Alias></ExtendedAttribute>
<ExtendedAttribute><FieldID>188743734</FieldID><FieldName>Text2</FieldName><Alias>Customer</Alias></ExtendedAttribute>
<ExtendedAttribute><FieldID>188743737</FieldID><FieldName>Text3</FieldName><Alias>Crew</Alias></ExtendedAttribute>
</ExtendedAttributes><Tasks>
<Task><UID>0</UID><ID>0</ID><Name>Quay</Name><OutlineLevel>0</OutlineLevel><Summary>1</Summary>
<ExtendedAttribute><FieldID>188743731</FieldID><Value>{rag}</Value></ExtendedAttribute>
<ExtendedAttribute><FieldID>188743734</FieldID><Value>Port Authority</Value></ExtendedAttribute></Task>
<Task><UID>1</UID><ID>1</ID><Name>Piles</Name><OutlineLevel>1</OutlineLevel><Duration>PT40H0M0S</Duration>
<ExtendedAttribute><FieldID>188743737</FieldID><Value>B</Value></ExtendedAttribute></Task>
<Task><UID>2</UID><ID>2</ID><Name>Deck</Name><OutlineLevel>1</OutlineLevel><Duration>PT40H0M0S</Duration>
<ExtendedAttribute><FieldID>188743737</FieldID><Value>?</Value></ExtendedAttribute></Task></Tasks></Project>"""


@pytest.fixture(autouse=True)
def organisation(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    for code in ("PORT", "CITY"):
        portfolio.create_client(SYSTEM, code=code, name=code.title(), now=NOW)


def imported(rag: str = "A", status: str = "2026-03-06", **more: Any) -> dict[str, tuple[str, str, int]]:
    """Import the file; target → (outcome, value, count) of what rules made of it."""
    data = PROJECT.format(rag=rag, status=status).encode()
    number = operations.start_import(
        SYSTEM, io.BytesIO(data), source_name="QUAY.xml", programme_code="HB", queued=False, now=NOW, **more
    )
    operations.run_import(number, beat=lambda done, total, note: True, now=NOW)
    found = queries.plan_import(SYSTEM, number)
    assert not found.error, found.error
    return {each.target: (each.outcome, each.value, each.count) for each in found.projects[0].mapped}


def rule(target: str, source: str, values: dict[str, str] | None = None, **where: str) -> None:
    operations.set_field_rule(SYSTEM, target=target, source=source, values=values, now=NOW, **where)


def test_a_field_is_translated_and_fills_the_draft_report_the_client_and_the_responsible() -> None:
    rule("reported.overall", "field:RAG", RAG)
    rule("client", "field:Customer", {"Port Authority": "PORT"}, programme_code="HB")
    rule("responsible", "field:Crew", {"B": "Blue crew"})
    imported()  # makes the project; no period is open yet
    project = portfolio_queries.project(SYSTEM, "QUAY")
    assert project.client_code == "PORT"
    assert [each.responsible for each in plan_queries.plan(SYSTEM, project.id).activities] == ["Blue crew", ""]
    plans.open_periods(project.id, until=NOW.date() + timedelta(days=7), now=NOW)
    found = imported("r")  # a value is known in any case
    assert found["reported.overall"] == ("set", "crit", 1)
    assert found["client"] == ("same", "PORT", 1)
    period = period_queries.periods(SYSTEM, project.id)[0]
    assert period.submission is not None
    assert (period.submission.state, period.submission.overall) == ("draft", "crit")


def test_what_cannot_be_translated_is_told_and_changes_nothing() -> None:
    rule("reported.overall", "field:RAG", RAG)
    rule("responsible", "field:Crew", {"B": "Blue crew"})
    rule("stage", "code:Gate")
    found = imported("purple")
    assert found["reported.overall"] == ("untranslated", "", 1)
    assert found["stage"] == ("silent", "", 1)
    assert portfolio_queries.project(SYSTEM, "QUAY").stage == "active"


def test_what_a_person_set_here_stays_and_is_told_and_what_a_rule_set_follows_the_file() -> None:
    rule("client", "field:Customer", {"Port Authority": "PORT"})
    imported()
    project = portfolio_queries.project(SYSTEM, "QUAY")
    rule("client", "field:Customer", {"Port Authority": "CITY"})
    assert imported(status="2026-03-13")["client"] == ("set", "CITY", 1)  # a rule had set it, so it follows
    portfolio.change_project(SYSTEM, project.id, client_code="PORT", now=NOW)
    assert imported(status="2026-03-20")["client"] == ("kept", "CITY", 1)
    assert portfolio_queries.project(SYSTEM, "QUAY").client_code == "PORT"


def test_the_nearest_rule_counts_and_a_dry_run_fills_nothing() -> None:
    rule("client", "field:Customer", {"Port Authority": "CITY"})
    rule("client", "field:Customer", {"Port Authority": "PORT"}, programme_code="HB")
    assert imported(dry_run=True)["client"] == ("set", "PORT", 1)
    assert portfolio_queries.projects(SYSTEM) == ()
    imported()
    rule("client", "field:Customer", {"Port Authority": "CITY"}, project_code="QUAY")
    assert imported(status="2026-03-13")["client"] == ("set", "CITY", 1)


def test_a_rule_that_cannot_hold_is_refused_where_it_is_set() -> None:
    with pytest.raises(Invalid, match="nothing that"):
        rule("reported.overall", "field:RAG", {"G": "green enough"})
    with pytest.raises(Invalid, match="nothing called"):
        rule("manager", "field:Boss")
    with pytest.raises(NotAllowed):
        operations.set_field_rule(Viewer(1, "Ann"), target="client", source="code:C", now=NOW)
    assert Rule("forecast_finish", "field:F").translated("2026-11-02T08:00") == "2026-11-02T08:00"
    assert Rule("forecast_finish", "field:F").translated("soon") is None
