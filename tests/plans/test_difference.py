"""Laws of the plan store: applying a difference gives the other plan, its inverse leads back, digests say the same."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchfloor.kit.errors import Conflict
from watchfloor.plans import codec
from watchfloor.plans.checks import cycle_through
from watchfloor.plans.difference import (
    ChangeSet,
    apply,
    changed_digests,
    difference,
    digest,
    digest_of,
    inverse,
    pack,
    row_digests,
    unpack,
)
from watchfloor.plans.document import (
    Activity,
    ActivityKind,
    Assignment,
    CalendarException,
    CodeType,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    Plan,
    Resource,
    ScheduleOptions,
    Shift,
    StoredDates,
    ThreePoint,
    WbsNode,
    WorkCalendar,
)

text = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=6)
moments = st.one_of(st.none(), st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
amounts = st.one_of(st.none(), st.integers(-(10**12), 10**12))
keys = [f"A{number}" for number in range(7)]


@st.composite
def activities(draw: st.DrawFn, key: str) -> Activity:
    return Activity(
        key,
        draw(text),
        kind=draw(st.sampled_from(ActivityKind)),
        duration_ticks=draw(st.integers(0, 10**6)),
        remaining_ticks=draw(st.integers(0, 10**6)),
        percent_complete=draw(st.floats(0, 100)),
        actual_start=draw(moments),
        constraints=draw(st.one_of(st.just(()), st.just((Constraint(ConstraintKind.START_ON, datetime(2026, 1, 1)),)))),
        budget_minor=draw(amounts),
        is_committed=draw(st.booleans()),
        three_point=draw(st.one_of(st.none(), st.just(ThreePoint(1, 2, 3)))),
        codes=draw(st.dictionaries(text, text, max_size=2)),
        stored=draw(st.one_of(st.none(), st.just(StoredDates(critical=True, total_float_ticks=-5)))),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    chosen = draw(st.lists(st.sampled_from(keys), unique=True, max_size=7))
    pairs = st.tuples(st.sampled_from(keys), st.sampled_from(keys), st.sampled_from(DependencyKind))
    links = draw(st.lists(pairs, max_size=6, unique=True))
    return Plan(
        code="P",
        name=draw(text),
        data_date=draw(moments),
        options=ScheduleOptions(critical_float_ticks=draw(st.integers(0, 3))),
        wbs=tuple(WbsNode(key, "W") for key in draw(st.permutations(["W1", "W2", "W3"]))),
        calendars=draw(
            st.sampled_from(
                [
                    (),
                    (
                        WorkCalendar(
                            "C", "C", ((Shift(1, 2),),) * 7, (CalendarException(date(2026, 1, 1), date(2026, 1, 2)),)
                        ),
                    ),
                ]
            )
        ),
        activities=tuple(draw(activities(key)) for key in chosen),
        dependencies=tuple(Dependency(one, other, kind) for one, other, kind in links),
        resources=draw(st.sampled_from([(), (Resource("R", "Crane", codes={"a": "b"}),)])),
        # P6 may assign one resource twice to an activity.
        assignments=tuple(
            Assignment("A0", "R", units=float(units)) for units in draw(st.lists(st.integers(1, 3), max_size=3))
        ),
        code_types=(CodeType("T", "T", values=dict.fromkeys(draw(st.permutations(["x", "y", "z"])), "")),),
        fields=draw(st.dictionaries(text, text, max_size=2)),
    )


def sorted_rows(plan: Plan) -> Plan:
    """The plan with the rows whose order means nothing in the order of their keys."""
    by_key = {
        table: tuple(sorted(getattr(plan, table), key=lambda row: row.key)) for table in ("dependencies", "assignments")
    }
    return dataclasses.replace(plan, **by_key)


def in_order(plan: Plan) -> list[list[str]]:
    return [[row.key for row in plan.activities], [row.key for row in plan.wbs], list(plan.code_types[0].values)]


@settings(deadline=None, max_examples=50)
@given(plans())
def test_a_plan_survives_every_coding(plan: Plan) -> None:
    assert codec.decode(Plan, json.loads(json.dumps(codec.encode(plan)))) == plan
    again = codec.from_bytes(codec.to_bytes(plan))
    assert again == plan
    assert in_order(again) == in_order(plan)
    assert digest(again) == digest(plan)


@settings(deadline=None, max_examples=50)
@given(plans(), plans())
def test_a_difference_leads_there_and_its_inverse_back(before: Plan, after: Plan) -> None:
    changes = unpack(pack(difference(before, after)))
    there = apply(before, changes)
    if changes:
        assert sorted_rows(there) == sorted_rows(after)
        assert in_order(there) == in_order(after)
    back = apply(there, inverse(changes))
    assert sorted_rows(back) == sorted_rows(before)
    assert digest(there) == digest(after)
    assert digest(back) == digest(before)
    assert not difference(after, there)


@settings(deadline=None, max_examples=50)
@given(plans(), plans())
def test_digests_are_equal_exactly_when_there_is_no_difference(one: Plan, other: Plan) -> None:
    assert (digest(one) == digest(other)) == (not difference(one, other))
    changes = difference(one, other)
    assert digest_of(changed_digests(row_digests(one), apply(one, changes), changes)) == digest(other)


@settings(deadline=None, max_examples=50)
@given(plans(), plans(), plans())
def test_an_inverse_on_another_plan_is_refused_or_exact(one: Plan, two: Plan, three: Plan) -> None:
    changes = difference(one, two)
    try:
        result = apply(three, inverse(changes))
    except Conflict:
        return
    assert isinstance(changes, ChangeSet)
    assert result is not None


def test_numbers_that_are_equal_have_one_digest() -> None:
    one = Plan("P", "P", activities=(Activity("A", "A", percent_complete=50),))
    other = Plan("P", "P", activities=(Activity("A", "A", percent_complete=50.0),))
    assert digest(one) == digest(other)
    assert digest(dataclasses.replace(other, activities=(Activity("A", "A", percent_complete=-0.0),))) == digest(
        dataclasses.replace(other, activities=(Activity("A", "A"),))
    )


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"code": "P"}, "name"),
        ({"code": "P", "name": "P", "nonsense": 1}, "nonsense"),
        ({"code": "P", "name": 5}, "name"),
        ({"code": "P", "name": "a\x00b"}, "name"),
        ({"code": "P", "name": "P", "data_date": "2026-01-01T00:00:00+01:00"}, "data_date"),
        ({"code": "P", "name": "P", "activities": [{"key": "A"}]}, "activities[0].name"),
        (
            {"code": "P", "name": "P", "activities": [{"key": "A", "name": "A", "duration_ticks": True}]},
            "activities[0].duration_ticks",
        ),
        ({"code": "P", "name": "P", "activities": [{"key": "A", "name": "A", "kind": "party"}]}, "activities[0].kind"),
        ({"code": "P", "name": "P", "activities": {}}, "activities"),
        (
            {"code": "P", "name": "P", "activities": [{"key": "A", "name": "A", "duration_ticks": 10**30}]},
            "activities[0].duration_ticks",
        ),
    ],
)
def test_data_that_is_no_plan_is_refused_with_its_place(data: dict[str, object], place: str) -> None:
    with pytest.raises(codec.DecodeError) as refused:
        codec.decode(Plan, data)
    assert refused.value.place == place


def test_damaged_and_foreign_bytes_are_refused() -> None:
    good = codec.to_bytes(Plan("P", "P"))
    for wrong in (b"", b"junk", good[:-3], good[:3] + b"junk"):
        with pytest.raises(codec.DecodeError):
            codec.from_bytes(wrong)
    with pytest.raises(codec.DecodeError):
        codec.parse_json('{"a": NaN}')


def test_a_circle_is_named_however_long_without_recursion() -> None:
    count = 20_000
    links = tuple(Dependency(f"A{number}", f"A{number + 1}") for number in range(count))
    plan = Plan("P", "P", dependencies=links)
    path = cycle_through(plan, Dependency(f"A{count}", "A0"))
    assert path is not None
    assert len(path) == count + 2
    assert path[0] == path[-1] == f"A{count}"
    assert cycle_through(plan, Dependency("A0", f"A{count}")) is None
