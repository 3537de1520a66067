"""Rules that people write: what they may ask, when they speak, and that a trial tells what will happen."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watched_floor import NOW, Floor

from watchfloor.alerts import operations as alerts
from watchfloor.alerts import queries as alert_queries
from watchfloor.detection import queries
from watchfloor.detection.messages import explain, render
from watchfloor.detection.operations import detect
from watchfloor.detection.rules import operations as rules
from watchfloor.detection.rules.expression import check_names, parse
from watchfloor.detection.rules.firing import firing
from watchfloor.detection.rules.operations import Draft
from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer

WEEK = timedelta(weeks=1)
FIRST = datetime(2026, 1, 5, 8)  # data date of the first of the statuses below


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("cpi < 0.9 && slip_days > 10", True),
        ("cpi < 0.9 || unknown > 1", True),
        ("cpi * 2 > 1", True),  # whole numbers are taken as fractions
        ("cpi < previous.cpi", True),
        ("!(slip_days > 10)", False),
        ("cpi > 1 ? slip_days > 3 : slip_days > 20", False),
        ("unknown > 1", None),
        ("unknown != 1", None),
        ("cpi < previous.unknown", None),
        ("1 / (slip_days - 12) > 0", True),  # infinite, and no fault
    ],
)
def test_questions_and_answers(text: str, answer: bool | None) -> None:
    assert parse(text).holds({"cpi": 0.8, "slip_days": 12.0, "unknown": None}, {"cpi": 0.85}) is answer


@pytest.mark.parametrize(
    "text",
    [
        "", "cpi", "cpi <", "cpi + 1", "1 < 'a'", 'cpi == "x"', "[1].size() > 0", "size(cpi) > 1", "{} == {}",
        "previous.map (a, a)", "previous > 1", "cpi . matches(cpi)", "cpi > 1; cpi", "cpi > 1\n|| true",
        "(" * 140 + "cpi > 1" + ")" * 140, "cpi > 1" + " || cpi > 1" * 40, "cpi.x > 1", "cpi > 1e999",
        "__import__ > 1 && cpi", "cpi ? cpi : cpi",
    ],
)  # fmt: skip
def test_what_is_no_question_about_numbers_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert refused.value.place == "expression"


@given(st.text(alphabet="cpi previous.<>=!&|()+-*/?:0123456789", max_size=60))
def test_whatever_is_typed_is_a_question_or_refused(text: str) -> None:
    try:
        asked = parse(text)
    except Invalid:
        return
    assert asked.holds({"cpi": 0.8}, {}) in (True, False, None)
    assert asked.holds({}, {}) in (True, False, None)


def test_a_reading_that_nobody_has_is_named_with_those_alike() -> None:
    with pytest.raises(Invalid, match="“slip_dys”") as refused:
        check_names(parse("slip_dys > 3"), ["cpi", "slip_days"])
    assert "slip_days" in refused.value.remedy
    with pytest.raises(Invalid):
        check_names(parse("previous.nothing > 3"), ["cpi"])
    with pytest.raises(Invalid):
        check_names(parse("1 < 2"), ["cpi"])


@pytest.mark.parametrize(
    ("answers", "hold_for", "clear_after", "expected"),
    [
        ("1", 1, 1, "1"),
        ("0110", 1, 1, "0110"),
        ("0110111", 3, 1, "0000001"),
        ("11101001", 1, 2, "11111101"),
        ("1?1", 2, 1, "001"),  # an unknown answer does not begin anew
        ("11?0?0", 2, 2, "011110"),
        ("???", 1, 1, "000"),
    ],
)
def test_a_rule_speaks_after_so_many_and_falls_silent_after_so_many(
    answers: str, hold_for: int, clear_after: int, expected: str
) -> None:
    said = [{"1": True, "0": False, "?": None}[each] for each in answers]
    assert "".join("01"[each] for each in firing(said, hold_for, clear_after)) == expected


@given(st.lists(st.sampled_from((True, False, None)), max_size=40), st.integers(1, 8), st.integers(1, 8))
def test_it_changes_only_after_as_many_answers_as_it_was_told(
    answers: list[bool | None], hold_for: int, clear_after: int
) -> None:
    before, since = False, 0
    for at, speaks in enumerate(firing(answers, hold_for, clear_after)):
        if speaks != before:
            run = [each for each in answers[since : at + 1] if each is not None]
            assert run[-(hold_for if speaks else clear_after) :] == [speaks] * (hold_for if speaks else clear_after)
            before, since = speaks, at + 1


def said(floor: Floor) -> list[queries.FindingRecord]:
    """What rules say of the project now."""
    return [each for each in queries.findings(SYSTEM, floor.project_id) if each.detector == "user_rule"]


def falling(floor: Floor, *indices: float | None) -> datetime:
    """One status a week with that CPI; returns the moment of the last."""
    at = NOW
    for week, cpi in enumerate(indices):
        at = NOW + (week - len(indices) + 1) * WEEK
        floor.forecast(at=at, data_date=at.replace(tzinfo=None), cpi=cpi)
    return at


def test_a_trial_tells_what_it_would_have_said_and_the_rule_then_says_it(floor: Floor) -> None:
    now = falling(floor, 0.95, 0.85, 0.84, 0.96, 0.8, 0.79)
    made = rules.make(SYSTEM, Draft("CPI is low", "cpi < 0.9", "alarm", 2, hold_for=2), now=now)
    assert (made.is_on, made.tried_fired, made.tried_projects) == (False, 2, 1)
    trial = rules.try_out(SYSTEM, Draft("CPI is low", "cpi < 0.9", "alarm", 2, hold_for=2), now=now)
    assert [(each.span.since, each.span.until) for each in trial.firings] == [
        ((now).date(), None),
        ((now - 3 * WEEK).date(), (now - 2 * WEEK).date()),
    ]
    assert trial.firings[0].span.values == {"cpi": 0.79}
    detect(floor.project_id, now=now)
    assert said(floor) == []  # it is off

    rules.switch(SYSTEM, made.id, on=True, now=now)
    detect(floor.project_id, now=now)
    (found,) = said(floor)
    assert (found.code, found.severity, found.affects_status) == ("cost.rule_holds", 2, False)
    assert render(found.code, found.parameters) == "CPI is low"
    assert "cpi < 0.9" in explain(found.code, found.parameters)
    assert found.evidence["statuses"][0] == {"on": now.date().isoformat(), "cpi": 0.79}
    alerts.group(floor.project_id, now=now)
    (alert,) = alert_queries.open_alerts(SYSTEM)
    assert alert.group == f"rule:{made.id}"

    rules.switch(SYSTEM, made.id, on=False, now=now)
    detect(floor.project_id, now=now)
    assert said(floor) == []
    assert [each.kind for each in facts(SYSTEM) if each.kind.startswith("rule.")] == [
        "rule.made", "rule.switched", "rule.switched",
    ]  # fmt: skip


def test_two_rules_are_two_alerts_and_one_that_asks_for_no_money_is_plain(floor: Floor) -> None:
    floor.forecast(slip_days=1.0, cpi=0.8, missed_count=7.0)
    for name, asked in (("Low", "cpi < 0.9"), ("Missed", "missed_count > 5")):
        made = rules.make(SYSTEM, Draft(name, asked, "alarm"), now=NOW)
        rules.switch(SYSTEM, made.id, on=True, now=NOW)
    detect(floor.project_id, now=NOW)
    alerts.group(floor.project_id, now=NOW)
    assert sorted(each.code for each in alert_queries.open_alerts(SYSTEM)) == ["cost.rule_holds", "rule.holds"]


def test_asking_something_else_switches_it_off_saying_it_otherwise_does_not(floor: Floor) -> None:
    floor.forecast(cpi=0.8)
    made = rules.make(SYSTEM, Draft("Low", "cpi < 0.9"), now=NOW)
    rules.switch(SYSTEM, made.id, on=True, now=NOW)
    named = rules.change(SYSTEM, made.id, Draft("Lower", "cpi < 0.9", "alarm", 3), now=NOW)
    assert (named.is_on, named.name) == (True, "Lower")
    asked = rules.change(SYSTEM, made.id, Draft("Lower", "cpi < 0.8"), now=NOW)
    assert (asked.is_on, asked.tried_fired) == (False, 0)
    with pytest.raises(Conflict):
        rules.change(SYSTEM, made.id, Draft("Lower", "cpi < 0.8"), now=NOW, expected_version=1)


def test_a_rule_holds_in_its_programme_only(floor: Floor) -> None:
    from watchfloor.portfolio import operations as portfolio

    portfolio.create_programme(SYSTEM, code="MW", name="Metro", now=NOW)
    floor.forecast(cpi=0.8)
    for where, fired in (({"programme_code": "MW"}, 0), ({"programme_code": "HB"}, 1), ({"project_code": "HB-01"}, 1)):
        made = rules.make(SYSTEM, Draft("Low", "cpi < 0.9"), **where, now=NOW)
        assert made.tried_fired == fired
        rules.switch(SYSTEM, made.id, on=True, now=NOW)
    detect(floor.project_id, now=NOW)
    assert len(queries.findings(SYSTEM, floor.project_id)) == 2


def test_money_is_neither_tried_nor_told_to_whom_may_not_see_it(floor: Floor) -> None:
    floor.forecast(cpi=0.8, missed_count=7.0)
    inside = frozenset({"project.view", "internal.view", "project.manage"})
    viewer = Viewer(user_id=floor.manager_id, name="Mara", projects={floor.project_id: inside})
    assert "cpi" not in rules.readings_to_ask_for(viewer)
    with pytest.raises(Invalid, match="cpi"):
        rules.make(viewer, Draft("Low", "cpi < 0.9"), project_code="HB-01", now=NOW)
    assert rules.make(viewer, Draft("M", "missed_count > 5"), project_code="HB-01", now=NOW).tried_fired == 1
    with pytest.raises(NotAllowed):
        rules.make(viewer, Draft("M", "missed_count > 5"), now=NOW)
    low = rules.make(SYSTEM, Draft("Low", "cpi < 0.9"), project_code="HB-01", now=NOW)
    rules.switch(SYSTEM, low.id, on=True, now=NOW)
    detect(floor.project_id, now=NOW)
    assert queries.findings(viewer, floor.project_id) == ()
    everywhere = rules.make(SYSTEM, Draft("Low", "cpi < 0.9"), now=NOW)
    assert [each.id for each in rules.rules(viewer) if each.id == everywhere.id] == []
    with pytest.raises(NotFound):
        rules.rule(viewer, everywhere.id)


def test_a_rule_that_is_removed_says_no_more(floor: Floor) -> None:
    floor.forecast(cpi=0.8)
    made = rules.make(SYSTEM, Draft("Low", "cpi < 0.9"), now=NOW)
    rules.switch(SYSTEM, made.id, on=True, now=NOW)
    detect(floor.project_id, now=NOW)
    rules.remove(SYSTEM, made.id, now=NOW)
    assert detect(floor.project_id, now=NOW).cleared == 1


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (Draft("", "cpi < 1"), "name"),
        (Draft("n" * 101, "cpi < 1"), "name"),
        (Draft("Low", "cpi < 1", "shout"), "severity"),
        (Draft("Low", "cpi < 1", severity=0), "severity"),
        (Draft("Low", "cpi < 1", hold_for=0), "hold_for"),
        (Draft("Low", "cpi < 1", clear_after=9), "clear_after"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_place(floor: Floor, draft: Draft, place: str) -> None:
    floor.forecast(cpi=0.8)
    with pytest.raises(Invalid) as refused:
        rules.make(SYSTEM, draft, now=NOW)
    assert refused.value.place == place


def test_a_rule_that_can_no_longer_be_read_is_silent_and_stops_nothing_else(floor: Floor) -> None:
    from watchfloor.detection.models import RuleRow

    floor.forecast(cpi=0.8)
    for name in ("Old", "New"):
        made = rules.make(SYSTEM, Draft(name, "cpi < 0.9"), now=NOW)
        rules.switch(SYSTEM, made.id, on=True, now=NOW)
    RuleRow.objects.filter(name="Old").update(expression="cpi ~ 0.9")
    detect(floor.project_id, now=NOW)
    assert [each.parameters["rule"] for each in said(floor)] == ["New"]
