"""Documents as JSON."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchfloor.exchange.formats.codec import BadDocument, document_from_json, document_to_json
from watchfloor.plans.document import (
    Activity,
    ActivityKind,
    CalendarException,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    Plan,
    PlanDocument,
    Remark,
    Shift,
    StoredDates,
    ThreePoint,
    WorkCalendar,
)

MOMENTS = st.datetimes(datetime(1984, 1, 1), datetime(2149, 12, 31)).map(lambda each: each.replace(microsecond=0))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    return Activity(
        key=draw(TEXTS),
        name=draw(TEXTS),
        kind=draw(st.sampled_from(ActivityKind)),
        duration_ticks=draw(st.integers(0, 2**31)),
        percent_complete=draw(st.floats(0, 100)),
        actual_start=draw(st.none() | MOMENTS),
        constraints=tuple(
            draw(st.lists(st.builds(Constraint, st.sampled_from(ConstraintKind), st.none() | MOMENTS), max_size=2))
        ),
        budget_minor=draw(st.none() | st.integers(-(2**60), 2**60)),
        three_point=draw(st.none() | st.builds(ThreePoint, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))),
        codes=draw(st.dictionaries(TEXTS, TEXTS, max_size=2)),
        stored=draw(st.none() | st.builds(StoredDates, start=MOMENTS, critical=st.booleans())),
    )


@given(st.lists(activities(), max_size=3), TEXTS)
@settings(max_examples=60, deadline=None)
def test_a_document_survives_the_journey(rows: list[Activity], name: str) -> None:
    calendar = WorkCalendar(
        "1", name, ((Shift(0, 14_400),),) * 7, (CalendarException(date(2026, 1, 1), date(2026, 1, 2)),)
    )
    plan = Plan(
        code="P",
        name=name,
        calendars=(calendar,),
        activities=tuple(rows),
        dependencies=(Dependency("a", "b", DependencyKind.SF, lag_percent=5.0, predecessor_project="Q"),),
    )
    document = PlanDocument("xer", name, (plan,), remarks=(Remark("a", "b", "c"),))
    assert document_from_json(document_to_json(document)) == document


def valid() -> dict[str, object]:
    document = PlanDocument("csv", "x", (Plan("P", "p", activities=(Activity("A", "a"),)),))
    body: dict[str, object] = json.loads(document_to_json(document))
    return body


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("plans", 0, "activities", 0, "duration_ticks"), "5", "plans[0].activities[0].duration_ticks"),
        (("plans", 0, "activities", 0, "duration_ticks"), True, "plans[0].activities[0].duration_ticks"),
        (("plans", 0, "activities", 0, "duration_ticks"), 2**63, "plans[0].activities[0].duration_ticks"),
        (("plans", 0, "activities", 0, "kind"), "holiday", "plans[0].activities[0].kind"),
        (("plans", 0, "activities", 0, "colour"), "red", "plans[0].activities[0].colour"),
        (
            ("plans", 0, "activities", 0, "actual_start"),
            "2026-11-02T08:00:00+01:00",
            "plans[0].activities[0].actual_start",
        ),
        (("plans", 0, "data_date"), "yesterday", "plans[0].data_date"),
        (("plans", 0, "wbs"), {}, "plans[0].wbs"),
        (("plans", 0, "codes"), {"a": 1}, "plans[0].codes.a"),
        (("schema_version",), 99, "schema_version"),
        (("plans", 0), "nothing", "plans[0]"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(path: tuple[object, ...], value: object, place: str) -> None:
    body = valid()
    target: object = body
    for step in path[:-1]:
        target = target[step]  # type: ignore[index]
    target[path[-1]] = value  # type: ignore[index]
    with pytest.raises(BadDocument) as error:
        document_from_json(json.dumps(body))
    assert error.value.place == place


def test_a_missing_field_and_broken_json_are_refused() -> None:
    body = valid()
    del body["format"]
    with pytest.raises(BadDocument, match="missing"):
        document_from_json(json.dumps(body))
    for text in ("", "[]", "{", "[" * 100_000, '{"plans": NaN}', "12"):
        with pytest.raises(BadDocument):
            document_from_json(text)
