"""Activities work when their resources do: one calendar shared, or each its part on its own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from small_plans import DAY, FIVE_DAYS, MONDAY, SEVEN_DAYS, plan_of, task

from watchfloor.forecasts.resources import Part, parts_of, shared_calendars
from watchfloor.forecasts.scheduling import schedule_plans
from watchfloor.plans.document import (
    TICKS_PER_HOUR,
    Activity,
    ActivityKind,
    Assignment,
    Dependency,
    Pause,
    Plan,
    Resource,
    ScheduleOptions,
    Shift,
    WorkCalendar,
)
from watchfloor_engine.calendars import from_tick

NIGHTS = WorkCalendar("night", "Nights", ((Shift(22 * TICKS_PER_HOUR, 30 * TICKS_PER_HOUR),),) * 7)
PEOPLE = (
    Resource("office", "Office", calendar="5d"), Resource("site", "Site", calendar="7d"),
    Resource("night", "Night", calendar="night"), Resource("sand", "Sand", kind="material", calendar="night"),
    Resource("plain", "Plain"),
)  # fmt: skip
MS_PROJECT = ScheduleOptions(tool="msproject")


def crewed(activity: Activity, *who: Assignment, **fields: object) -> Plan:
    return plan_of(
        activity, task("B", 1), Dependency("A", "B"),
        calendars=(FIVE_DAYS, SEVEN_DAYS, NIGHTS), resources=PEOPLE, assignments=who, **fields,
    )  # fmt: skip


def dates(plan: Plan) -> tuple[datetime, datetime]:
    _compiled, found = schedule_plans((plan,))
    return from_tick(int(found.start[0])), from_tick(int(found.finish[0]))


def does(who: str, days: float, units: float = 1.0) -> Assignment:
    return Assignment("A", who, units=units, work_ticks=round(days * DAY * units), remaining_work_ticks=0)


def test_a_shared_calendar_is_the_activitys_and_material_does_not_work() -> None:
    plan = crewed(task("A", 7), does("site", 7), does("sand", 7))
    assert shared_calendars(plan) == {"A": "7d"}
    assert parts_of(plan) == {}
    assert dates(plan) == (MONDAY, datetime(2026, 3, 8, 17))


def test_each_does_its_part_on_a_calendar_of_its_own_and_the_last_one_ends_it() -> None:
    plan = crewed(task("A", 6), does("office", 6), does("site", 6), does("plain", 3))
    assert shared_calendars(plan) == {}
    assert parts_of(plan) == {"A": (Part("5d", 1.0), Part("7d", 1.0), Part("", 0.5))}
    assert dates(plan) == (MONDAY, datetime(2026, 3, 9, 17))  # the office over the weekend, the site on Saturday
    assert dates(crewed(task("A", 6), does("office", 5), does("site", 6))) == (MONDAY, datetime(2026, 3, 7, 17))


def test_half_the_units_take_the_same_time() -> None:
    plan = crewed(task("A", 6), does("office", 6, units=0.5), does("site", 6))
    assert parts_of(plan)["A"][0] == Part("5d", 1.0)


def test_what_is_left_counts_once_it_has_started() -> None:
    begun = task("A", 6, remaining_ticks=4 * DAY, actual_start=MONDAY)
    left = Assignment("A", "site", work_ticks=6 * DAY, remaining_work_ticks=2 * DAY)
    assert parts_of(crewed(begun, left, does("office", 6)))["A"] == (Part("7d", 0.5), Part("5d", 1.0))


@pytest.mark.parametrize(
    "activity",
    [
        task("A", 6, calendar="7d"),
        task("A", 6, elapsed=True),
        task("A", 0),
        task("A", 6, kind=ActivityKind.LEVEL_OF_EFFORT),
    ],
)
def test_an_activity_with_a_calendar_of_its_own_or_no_work_has_no_parts(activity: Activity) -> None:
    assert parts_of(crewed(activity, does("office", 6), does("site", 6))) == {}


def test_the_tools_differ_in_where_an_activity_in_parts_starts() -> None:
    saturday = datetime(2026, 3, 7, 8)
    rows = {"data_date": saturday, "start": saturday}
    who = (does("office", 2), does("site", 2))
    assert dates(crewed(task("A", 2), *who, options=MS_PROJECT, **rows))[0] == saturday
    dependent = task("A", 2, kind=ActivityKind.RESOURCE_DEPENDENT, calendar="5d")
    assert dates(crewed(dependent, *who, **rows))[0] == datetime(2026, 3, 9, 8)
    assert dates(crewed(dependent, *who, **rows))[1] == datetime(2026, 3, 10, 17)


def test_the_latest_start_lets_all_parts_end_in_time() -> None:
    plan = crewed(task("A", 6), does("office", 6), does("site", 6))
    _compiled, found = schedule_plans((plan,))
    assert int(found.total_float[0]) == 0
    assert found.late_start[0] == found.early_start[0]
    night = crewed(task("A", 1), does("office", 1), does("night", 1))
    assert dates(night) == (MONDAY, datetime(2026, 3, 3, 6))


def test_a_levelling_delay_counts_the_clock_and_only_before_the_start() -> None:
    day = 24 * TICKS_PER_HOUR
    assert dates(crewed(task("A", 1, delay_ticks=4 * day)))[0] == MONDAY + timedelta(days=4)
    assert dates(crewed(task("A", 1, delay_ticks=5 * day)))[0] == MONDAY + timedelta(days=7)  # Saturday to Monday
    assert dates(crewed(task("A", 1, delay_ticks=4 * day, actual_start=MONDAY)))[1] == datetime(2026, 3, 2, 17)


def test_a_split_task_rests_between_its_parts_as_far_as_they_lie_ahead() -> None:
    rests = (Pause(2 * DAY, DAY), Pause(3 * DAY, 2 * DAY))
    assert dates(crewed(task("A", 4, pauses=rests)))[1] == datetime(2026, 3, 10, 17)
    begun = task("A", 4, pauses=rests, actual_start=MONDAY, remaining_ticks=2 * DAY)
    assert parts_of(crewed(begun)) == {"A": (Part("", 2.0),)}  # two days of work, two of rest
    last = task("A", 4, pauses=rests, actual_start=MONDAY, remaining_ticks=DAY)
    assert parts_of(crewed(last)) == {}
    mixed = crewed(task("A", 4, pauses=rests[:1]), does("office", 4), does("site", 2))
    assert parts_of(mixed) == {"A": (Part("5d", 1.25), Part("7d", 0.75))}
    own = crewed(task("A", 4, pauses=rests[:1], calendar="7d"), does("office", 4))
    assert parts_of(own) == {"A": (Part("7d", 1.25),)}
    shared = crewed(task("A", 4, pauses=rests[:1]), does("site", 4))
    assert parts_of(shared) == {"A": (Part("7d", 1.25),)}
