"""What activities come to in groups: worked by hand, and what holds for any way to divide them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_plans import FIVE_DAYS

from watchfloor.forecasts import block
from watchfloor.forecasts.grouping import Group, Seeing, WorkingDays, grouped, roll_up
from watchfloor.forecasts.records import ActivityTable
from watchfloor.kit.errors import Invalid
from watchfloor.plans.dimensions import Condition, Dimension, holds, read_conditions

MONDAY = datetime(2026, 3, 2, 8)
SEEING = Seeing(costs=True, earned=True)


def table_of(**columns: Any) -> ActivityTable:
    """A forecast's table with the columns given; the others hold nothing."""
    count = len(columns["key"])
    empty: dict[str, Any] = dict.fromkeys(block.COLUMNS, (None,) * count)
    plain = {"kind": ("task",) * count, "status": (0,) * count, "critical": (False,) * count, "code": ("",) * count}
    zero = dict.fromkeys(("planned_minor", "earned_minor"), (0,) * count)
    return ActivityTable(forecast_id=1, revision_id=1, **{**empty, **plain, **zero, **columns})


def day(number: int, hour: int = 17) -> datetime:
    return MONDAY + timedelta(days=number - 1, hours=hour - 8)


TABLE = table_of(
    key=("A", "B", "C", "S"),
    kind=("task", "task", "finish_milestone", "summary"),
    status=(2, 1, 0, 1),
    critical=(False, True, True, True),
    percent=(100.0, 25.0, 0.0, 40.0),
    start=(day(1, 8), day(3, 8), day(12), day(1, 8)),
    finish=(day(2), day(12), day(12), day(12)),
    baseline_finish=(day(2), day(10), day(10), day(10)),
    duration_days=(2.0, 8.0, 0.0, 10.0),
    total_float_days=(0.0, -1.5, 0.0, 0.0),
    budget_minor=(100, 300, None, 400),
    planned_minor=(100, 150, 0, 0),
    earned_minor=(100, 75, 0, 0),
    actual_minor=(120, None, None, None),
)
DAYS = WorkingDays(FIVE_DAYS, MONDAY.date(), day(30).date())


def test_a_group_comes_to_what_its_rows_say_without_summaries() -> None:
    found = roll_up(TABLE, range(4), DAYS, seeing=SEEING)
    assert (found.count, found.done, found.critical, found.late) == (3, 1, 2, 2)
    assert (found.start, found.finish, found.baseline_finish) == (day(1, 8), day(12), day(10))
    assert found.duration_days == 10  # Monday to Friday of the week after, without the weekend between
    assert found.percent == (100 * 2 + 25 * 8) / 10  # a milestone weighs nothing
    assert found.float_days == -1.5  # the finished row's float does not count
    assert found.money is not None
    assert (found.money.budget_minor, found.money.earned_minor, found.money.actual_minor) == (400, 175, 120)
    assert found.money.spi == 175 / 250  # of the sums: the mean of 1 and 0.5 would say 0.75
    assert found.money.cpi == 175 / 120


def test_what_may_not_be_seen_or_is_not_known_is_none_rather_than_zero() -> None:
    assert roll_up(TABLE, range(4), DAYS, seeing=Seeing(costs=False, earned=True)).money is None
    unknown = roll_up(TABLE, [2], DAYS, seeing=Seeing(costs=True, earned=False)).money
    assert unknown is not None
    assert (unknown.budget_minor, unknown.earned_minor, unknown.actual_minor, unknown.spi) == (None, None, None, None)
    nothing = roll_up(TABLE, [], DAYS, seeing=SEEING)
    assert (nothing.count, nothing.start, nothing.percent, nothing.duration_days) == (0, None, None, None)


_AMOUNTS = st.one_of(st.none(), st.integers(0, 10**9))
_WORDS = st.sampled_from(["", "a", "b", "c"])
_ROWS = st.lists(
    st.tuples(
        st.integers(1, 20), st.integers(0, 9), st.sampled_from([0, 1, 2]), st.floats(0, 100), _AMOUNTS, _WORDS, _WORDS
    ),
    max_size=12,
)


def divided(rows: list[tuple[Any, ...]]) -> tuple[ActivityTable, list[tuple[str, ...]]]:
    table = table_of(
        key=tuple(f"T{at}" for at in range(len(rows))),
        status=tuple(row[2] for row in rows),
        percent=tuple(row[3] for row in rows),
        start=tuple(day(row[0]) for row in rows),
        finish=tuple(day(row[0] + row[1]) for row in rows),
        duration_days=tuple(float(row[1]) for row in rows),
        budget_minor=tuple(row[4] for row in rows),
    )
    return table, [(row[5], row[6]) for row in rows]


@given(_ROWS)
def test_however_rows_are_divided_their_groups_come_to_the_same_together(rows: list[tuple[Any, ...]]) -> None:
    table, values = divided(rows)
    groups = grouped(table, range(len(table)), values, DAYS, seeing=SEEING, order=({}, {}))
    lowest = [inner for group in groups for inner in group.groups]
    assert sorted(place for group in lowest for place in group.rows) == list(range(len(table)))
    whole = roll_up(table, range(len(table)), DAYS, seeing=SEEING)
    for level in (groups, lowest):
        assert sum(group.roll_up.count for group in level) == whole.count
        assert sum(group.roll_up.done for group in level) == whole.done
        assert max((group.roll_up.finish for group in level if group.roll_up.finish), default=None) == whole.finish
        assert whole.money is not None
        amounts = [group.roll_up.money.budget_minor for group in level if group.roll_up.money is not None]
        assert sum(each or 0 for each in amounts) == (whole.money.budget_minor or 0)
    for group in groups:
        assert len({inner.values for inner in group.groups}) == len(group.groups)
        assert all(inner.values[0] == group.values[0] for inner in group.groups)


def test_groups_follow_the_order_of_their_dimension_and_rows_without_a_value_come_last() -> None:
    values: list[tuple[str, ...]] = [("new",), ("",), ("b",), ("a",)]
    found: tuple[Group, ...] = grouped(TABLE, range(4), values, DAYS, seeing=SEEING, order=({"b": 0, "a": 1},))
    assert [group.values for group in found] == [("b",), ("a",), ("new",), ("",)]


def test_a_filter_by_a_value_takes_what_lies_under_it_and_several_of_one_dimension_widen() -> None:
    area = Dimension("code:Area", "code", "Area", {"N": "North", "N.1": "Quay", "S": "South"}, {"N.1": "N"})
    odd = Dimension("code:Area=X", "code", "Area=X")
    known = {each.id: each for each in (area, odd, Dimension("kind", "kind", "Kind"))}
    conditions = read_conditions(["code:Area=N", "code:Area=S", "kind=task"], known.values())
    assert holds(conditions, {"code:Area": "N.1", "kind": "task"}, known)
    assert holds(conditions, {"code:Area": "S", "kind": "task"}, known)
    assert not holds(conditions, {"code:Area": "N.1", "kind": "summary"}, known)
    assert not holds(conditions, {"code:Area": "", "kind": "task"}, known)
    assert read_conditions(["code:Area=X=1"], known.values()) == (Condition("code:Area=X", "1"),)
    with pytest.raises(Invalid, match="nothing called"):
        read_conditions(["code:Phase=1"], known.values())
