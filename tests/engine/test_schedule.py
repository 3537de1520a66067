"""The schedule: plans worked by hand, one semantic at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from watchfloor_engine.calendars import CalendarSet, compile_calendar, from_tick, pack, to_tick
from watchfloor_engine.errors import CycleError, HorizonExceeded, InvalidNetwork
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Constraint, Kind, Link, Network, build_network
from watchfloor_engine.resident import ResidentSchedule
from watchfloor_engine.schedule import FloatKind, Options, OutOfSequence, Schedule, schedule

DAY = 4800  # working ticks of an eight-hour day
OFFICE = [(4800, 7200), (7800, 10200)]
FIRST, LAST = 8760, 10_950  # 2023-12-26 … 2029-12-24


@pytest.fixture(scope="module")
def calendars() -> CalendarSet:
    """1: office week, 2: every day 06:00-18:00."""
    week = compile_calendar([OFFICE] * 5 + [[], []], [], first_day=FIRST, last_day=LAST)
    daily = compile_calendar([[(3600, 10_800)]] * 7, [], first_day=FIRST, last_day=LAST)
    return pack([week, daily])


def at(text: str) -> int:
    return to_tick(datetime.fromisoformat(text))


def on(ticks: Any) -> list[str]:
    return [from_tick(t).strftime("%m-%d %H") for t in ticks]


START = at("2024-01-01 08:00")  # a Monday


def plan(days: list[float], links: list[tuple[int, int, Link, float]] | None = None, **more: Any) -> Network:
    links = links or []
    n = len(days)
    more.setdefault("kind", [0] * n)
    more.setdefault("calendar", [1] * n)
    more.setdefault("project_start", [START])
    return build_network(
        duration_ticks=[round(d * DAY) for d in days],
        pred=[link[0] for link in links],
        succ=[link[1] for link in links],
        link=[link[2] for link in links],
        lag_ticks=[round(link[3] * DAY) for link in links],
        lag_calendar=more.pop("lag_calendar", [1] * len(links)),
        **more,
    )


def test_a_diamond_has_a_critical_and_a_floating_branch(calendars: CalendarSet) -> None:
    net = plan([1, 3, 2, 1], [(0, 1, Link.FS, 0), (0, 2, Link.FS, 0), (1, 3, Link.FS, 0), (2, 3, Link.FS, 0)])
    result = schedule(net, calendars)
    assert on(result.early_start) == ["01-01 08", "01-02 08", "01-02 08", "01-05 08"]
    assert on(result.early_finish) == ["01-01 17", "01-04 17", "01-03 17", "01-05 17"]
    assert on(result.late_finish) == ["01-01 17", "01-04 17", "01-04 17", "01-05 17"]
    assert (result.total_float // DAY).tolist() == [0, 0, 1, 0]
    assert (result.free_float // DAY).tolist() == [0, 0, 1, 0]
    assert result.critical.tolist() == [True, True, False, True]
    assert result.on_longest_path.tolist() == [True, True, False, True]
    assert result.driving.tolist() == [True, True, True, False]
    assert on(result.project_finish) == ["01-05 17"]


@pytest.mark.parametrize(
    ("kind", "lag", "expected"),
    [
        (Link.FS, 0, ("01-03 08", "01-05 17")),
        (Link.FS, 1, ("01-04 08", "01-08 17")),
        (Link.FS, -1, ("01-02 08", "01-04 17")),
        (Link.SS, 0, ("01-01 08", "01-03 17")),
        (Link.SS, 1, ("01-02 08", "01-04 17")),
        (Link.FF, 0, ("01-01 08", "01-03 17")),
        (Link.FF, 2, ("01-02 08", "01-04 17")),
        (Link.SF, 4, ("01-02 08", "01-04 17")),
    ],
)
def test_every_link_type_holds_its_end_of_the_successor(
    calendars: CalendarSet, kind: Link, lag: float, expected: tuple[str, str]
) -> None:
    result = schedule(plan([2, 3], [(0, 1, kind, lag)]), calendars)
    assert (on(result.early_start)[1], on(result.early_finish)[1]) == expected


def test_work_waits_for_its_own_calendar(calendars: CalendarSet) -> None:
    net = plan([5, 1, 1], [(0, 1, Link.FS, 0), (1, 2, Link.FS, 0)], calendar=[1, 2, 1])
    result = schedule(net, calendars)
    # Friday 17:00, then at once on the daily calendar: 17-18 and Saturday 6-13; then Monday.
    assert on(result.early_finish) == ["01-05 17", "01-06 13", "01-08 17"]


def test_a_finish_milestone_stays_in_the_evening_and_a_start_milestone_goes_to_the_morning(
    calendars: CalendarSet,
) -> None:
    net = plan([5, 0, 0], [(0, 1, Link.FS, 0), (0, 2, Link.FS, 0)], kind=[0, Kind.FINISH_MILESTONE, 1])
    assert on(schedule(net, calendars).early_start) == ["01-01 08", "01-05 17", "01-08 08"]


def test_elapsed_lag_counts_the_clock_and_elapsed_work_goes_on_at_night(calendars: CalendarSet) -> None:
    net = build_network(
        kind=[0, 0], calendar=[1, 1], duration_ticks=[DAY, 14_400], elapsed=[0, 1], project_start=[START],
        pred=[0], succ=[1], link=[Link.FS], lag_ticks=[14_400], lag_calendar=[0],
    )  # fmt: skip
    result = schedule(net, calendars)
    assert on(result.early_start) == ["01-01 08", "01-02 17"]
    assert on(result.early_finish) == ["01-01 17", "01-03 17"]


def test_a_percentage_lag_is_a_share_of_the_predecessors_duration(calendars: CalendarSet) -> None:
    net = build_network(
        kind=[0, 0], calendar=[1, 1], duration_ticks=[4 * DAY, DAY], project_start=[START],
        pred=[0], succ=[1], link=[Link.SS], lag_percent=[50.0], lag_calendar=[1],
    )  # fmt: skip
    assert on(schedule(net, calendars).early_start) == ["01-01 08", "01-03 08"]


@pytest.mark.parametrize(
    ("constraint", "date", "early", "late", "float_days"),
    [
        (Constraint.START_NO_EARLIER, "2024-01-04 08:00", "01-04 08", "01-09 17", 2),
        (Constraint.FINISH_NO_EARLIER, "2024-01-05 17:00", "01-04 08", "01-09 17", 2),
        (Constraint.START_NO_LATER, "2024-01-02 08:00", "01-02 08", "01-03 17", 0),
        (Constraint.FINISH_NO_LATER, "2024-01-02 17:00", "01-02 08", "01-02 17", -1),
        (Constraint.START_ON, "2024-01-03 08:00", "01-03 08", "01-04 17", 0),
        (Constraint.FINISH_ON, "2024-01-04 17:00", "01-03 08", "01-04 17", 0),
        (Constraint.MANDATORY_START, "2024-01-01 08:00", "01-01 08", "01-02 17", 0),
        (Constraint.MANDATORY_FINISH, "2024-01-02 17:00", "01-01 08", "01-02 17", 0),
        (Constraint.AS_LATE_AS_POSSIBLE, None, "01-08 08", "01-09 17", 0),
    ],
)
def test_constraints_move_early_and_late_dates(
    calendars: CalendarSet, constraint: Constraint, date: str | None, early: str, late: str, float_days: int
) -> None:
    # One day, then the constrained two days, then a day in parallel with a long branch of seven days.
    links = [(0, 1, Link.FS, 0), (1, 2, Link.FS, 0), (0, 3, Link.FS, 0), (3, 2, Link.FS, 0)]
    net = plan(
        [1, 2, 1, 6], links, constraint=[0, constraint, 0, 0],
        constraint_tick=[MISSING, at(date) if date else MISSING, MISSING, MISSING],
    )  # fmt: skip
    result = schedule(net, calendars)
    assert on(result.early_start)[1] == early
    assert on(result.late_finish)[1] == late
    assert result.total_float[1] == float_days * DAY


def test_a_must_finish_by_date_makes_negative_float(calendars: CalendarSet) -> None:
    net = plan([5, 5], [(0, 1, Link.FS, 0)], must_finish=[at("2024-01-10 17:00")])
    result = schedule(net, calendars)
    assert (result.total_float // DAY).tolist() == [-2, -2]
    assert result.critical.all()


PROGRESS: dict[str, Any] = {
    "actual_start": [START, at("2024-01-02 08:00"), MISSING],
    "remaining_ticks": [3 * DAY, 2 * DAY, DAY],
    "data_date": [at("2024-01-03 08:00")],
}
CHAIN = [(0, 1, Link.FS, 0.0), (1, 2, Link.FS, 0.0)]


@pytest.mark.parametrize(
    ("rule", "finish"),
    [
        (OutOfSequence.RETAINED_LOGIC, ["01-05 17", "01-09 17", "01-10 17"]),
        (OutOfSequence.PROGRESS_OVERRIDE, ["01-05 17", "01-04 17", "01-05 17"]),
        (OutOfSequence.ACTUAL_DATES, ["01-05 17", "01-04 17", "01-05 17"]),
    ],
)
def test_work_that_started_out_of_sequence_waits_or_goes_on(
    calendars: CalendarSet, rule: OutOfSequence, finish: list[str]
) -> None:
    result = schedule(plan([4, 3, 1], CHAIN, **PROGRESS), calendars, Options(out_of_sequence=rule))
    assert on(result.early_finish) == finish
    assert on(result.start)[:2] == ["01-01 08", "01-02 08"]
    assert result.out_of_sequence.tolist() == [0]


@pytest.mark.parametrize(
    ("link", "before", "after", "is_early"),
    [  # days of January on which each started and finished
        (Link.FS, (2, 4), (3, 5), True),
        (Link.SS, (2, 4), (3, 5), False),
        (Link.SS, (3, 4), (2, 5), True),
        (Link.FF, (2, 4), (3, 5), False),
        (Link.FF, (1, 8), (2, 5), True),
        (Link.SF, (2, 4), (3, 5), False),
        (Link.SF, (8, 9), (1, 5), True),
    ],
)
def test_each_link_type_compares_its_own_ends_for_what_went_out_of_sequence(
    calendars: CalendarSet, link: Link, before: tuple[int, int], after: tuple[int, int], *, is_early: bool
) -> None:
    net = plan(
        [2, 2], [(0, 1, link, 0)], remaining_ticks=[0, 0], data_date=[at("2024-01-15 08:00")],
        actual_start=[at(f"2024-01-{each[0]:02} 08:00") for each in (before, after)],
        actual_finish=[at(f"2024-01-{each[1]:02} 17:00") for each in (before, after)],
    )  # fmt: skip
    assert schedule(net, calendars).out_of_sequence.tolist() == [0] * is_early


def test_retained_logic_passes_through_a_complete_activity(calendars: CalendarSet) -> None:
    net = plan(
        [4, 2, 1], CHAIN, actual_start=[START, START, MISSING],
        actual_finish=[MISSING, at("2024-01-02 17:00"), MISSING],
        remaining_ticks=[3 * DAY, 0, DAY], data_date=[at("2024-01-03 08:00")],
    )  # fmt: skip
    result = schedule(net, calendars)
    assert on(result.early_start)[2] == "01-08 08"  # behind the unfinished first activity
    assert on(result.finish)[1] == "01-02 17"
    assert not result.critical[1]


def test_only_the_rest_of_a_lag_is_left_once_its_event_has_happened(calendars: CalendarSet) -> None:
    net = plan(
        [1, 1], [(0, 1, Link.FS, 5)], actual_start=[START, MISSING], actual_finish=[at("2024-01-01 17:00"), MISSING],
        data_date=[at("2024-01-04 08:00")],
    )  # fmt: skip
    assert on(schedule(net, calendars).early_start)[1] == "01-09 08"


def test_remaining_work_continues_from_the_actual_start_when_the_data_date_is_no_floor(calendars: CalendarSet) -> None:
    net = plan([4], actual_start=[START], remaining_ticks=[2 * DAY], data_date=[at("2024-02-01 08:00")])
    assert on(schedule(net, calendars, Options(data_date_is_floor=False)).finish) == ["01-04 17"]
    assert on(schedule(net, calendars).finish) == ["02-02 17"]


def test_a_suspended_activity_goes_on_when_it_is_resumed(calendars: CalendarSet) -> None:
    net = plan(
        [4], actual_start=[START], remaining_ticks=[2 * DAY], data_date=[at("2024-01-03 08:00")],
        suspend=[at("2024-01-02 08:00")], resume=[at("2024-01-15 08:00")],
    )  # fmt: skip
    assert on(schedule(net, calendars).finish) == ["01-16 17"]


def test_an_expected_finish_replaces_the_remaining_duration(calendars: CalendarSet) -> None:
    net = plan([4], expected_finish=[at("2024-01-12 17:00")])
    result = schedule(net, calendars)
    assert on(result.finish) == ["01-12 17"]
    assert result.remaining.tolist() == [10 * DAY]
    assert on(schedule(net, calendars, Options(use_expected_finish=False)).finish) == ["01-04 17"]


def test_level_of_effort_and_summaries_follow_the_work(calendars: CalendarSet) -> None:
    net = plan(
        [3, 4, 1, 0], [(0, 1, Link.FS, 0), (0, 2, Link.SS, 0), (1, 2, Link.FF, 0)],
        kind=[0, 0, Kind.LOE, Kind.SUMMARY], parent=[3, 3, 3, -1],
    )  # fmt: skip
    result = schedule(net, calendars)
    assert on(result.start)[2:] == ["01-01 08", "01-01 08"]
    assert on(result.finish)[2:] == ["01-09 17", "01-09 17"]
    assert result.total_float[3] == 0


def test_a_summary_that_comes_first_is_critical_with_what_is_below_it(calendars: CalendarSet) -> None:
    net = plan([0, 5, 2], kind=[Kind.SUMMARY, 0, 0], parent=[-1, 0, -1])
    assert schedule(net, calendars).critical.tolist() == [True, True, False]


def test_a_summary_is_critical_only_with_something_critical_below_it(calendars: CalendarSet) -> None:
    net = plan(
        [5, 2, 0, 0, 0], kind=[0, 0, Kind.SUMMARY, Kind.SUMMARY, Kind.SUMMARY], parent=[2, 3, 4, 4, -1],
    )  # fmt: skip
    assert schedule(net, calendars).critical.tolist() == [True, False, True, False, True]


def test_dates_win_over_links_only_where_the_tool_lets_them(calendars: CalendarSet) -> None:
    net = plan(
        [5, 2], [(0, 1, Link.FS, 0)], constraint=[0, Constraint.START_NO_LATER],
        constraint_tick=[MISSING, at("2024-01-03 08:00")],
    )  # fmt: skip
    assert on(schedule(net, calendars).early_start)[1] == "01-08 08"
    free = Options(data_date_is_floor=False)
    assert on(schedule(net, calendars, free).early_start)[1] == "01-03 08"
    loose = Options(data_date_is_floor=False, honour_constraints=False)
    assert on(schedule(net, calendars, loose).early_start)[1] == "01-08 08"


def test_a_manual_activity_keeps_its_dates(calendars: CalendarSet) -> None:
    net = plan(
        [3, 2, 1], [(0, 1, Link.FS, 0), (1, 2, Link.FS, 0)], manual_start=[MISSING, START, MISSING],
        manual_finish=[MISSING, at("2024-01-02 17:00"), MISSING],
    )  # fmt: skip
    assert on(schedule(net, calendars).start) == ["01-01 08", "01-01 08", "01-03 08"]


def test_float_may_be_that_of_the_start_or_the_smaller_one(calendars: CalendarSet) -> None:
    # The start may slip with its link, the finish has a constraint.
    net = plan(
        [2, 6], [], constraint=[Constraint.FINISH_NO_LATER, 0], constraint_tick=[at("2024-01-03 17:00"), MISSING]
    )
    for kind in FloatKind:
        assert schedule(net, calendars, Options(float_kind=kind)).total_float[0] == DAY


def test_several_projects_have_their_own_finish(calendars: CalendarSet) -> None:
    net = plan([5, 1, 2], [(0, 2, Link.FS, 0)], project=[0, 0, 1], project_start=[START, START])
    result = schedule(net, calendars)
    assert on(result.project_finish) == ["01-05 17", "01-09 17"]
    assert (result.total_float // DAY).tolist() == [0, 4, 0]


def test_a_cycle_is_reported_as_its_path() -> None:
    with pytest.raises(CycleError) as caught:
        plan([1, 1, 1, 1], [(0, 1, Link.FS, 0), (1, 2, Link.FS, 0), (2, 1, Link.SS, 0), (2, 3, Link.FS, 0)])
    assert caught.value.path in ((1, 2, 1), (2, 1, 2))
    with pytest.raises(CycleError):
        plan([1], [(0, 0, Link.FS, 0)])


def test_arrays_that_contradict_each_other_are_refused(calendars: CalendarSet) -> None:
    with pytest.raises(InvalidNetwork):
        plan([1, 1], [(0, 7, Link.FS, 0)])
    with pytest.raises(InvalidNetwork):
        plan([1, 1], kind=[0])
    with pytest.raises(InvalidNetwork):
        plan([1, 1], project=[0, 1])  # of one
    with pytest.raises(InvalidNetwork):
        schedule(plan([1], calendar=[9]), calendars)
    with pytest.raises(HorizonExceeded):
        schedule(plan([100_000]), calendars)


def test_an_empty_network_has_an_empty_schedule(calendars: CalendarSet) -> None:
    result = schedule(plan([]), calendars)
    assert isinstance(result, Schedule)
    assert result.early_start.size == 0
    assert np.array_equal(result.project_finish, [START])


def test_only_links_with_a_percentage_get_their_lag_from_it(calendars: CalendarSet) -> None:
    net = plan([2, 1, 1], [(0, 1, Link.FS, 0), (0, 2, Link.FS, 1)], lag_percent=[50.0, np.nan])
    assert on(schedule(net, calendars).start) == ["01-01 08", "01-04 08", "01-04 08"]
    net = plan([4, 1, 1], [(0, 1, Link.FS, 0), (0, 2, Link.FS, 1)], lag_percent=[50.0, np.nan])
    assert on(schedule(net, calendars).start) == ["01-01 08", "01-09 08", "01-08 08"]


def test_from_the_finish_work_starts_as_late_as_the_date_allows(calendars: CalendarSet) -> None:
    links = [(0, 1, Link.FS, 1)]
    late = [Constraint.AS_LATE_AS_POSSIBLE] * 3
    options = Options(data_date_is_floor=False, from_finish=True)
    until = {"must_finish": [at("2024-02-02 17:00")], "constraint": late}
    result = schedule(plan([4, 3, 1], links, **until), calendars, options)
    assert on(result.start) == ["01-24 08", "01-31 08", "02-02 08"]
    assert on(result.finish) == ["01-29 17", "02-02 17", "02-02 17"]
    assert result.total_float.tolist() == [0, 0, 0]
    soon = schedule(plan([4, 3, 1], links, **{**until, "constraint": [9, 9, 0]}), calendars, options)
    assert on(soon.start) == ["01-24 08", "01-31 08", "01-24 08"]  # as soon as the project starts
    assert (soon.total_float // DAY).tolist() == [0, 0, 7]
    # Without the date there is nothing to count back from.
    none = schedule(plan([4, 3, 1], links, constraint=late), calendars, options)
    assert on(none.start)[0] == "01-01 08"
    resident = ResidentSchedule(plan([4, 3, 1], links, **{**until, "constraint": [0, 0, 0]}), calendars, options)
    assert on(resident.early_start) == ["01-24 08", "01-31 08", "01-24 08"]


def test_a_level_of_effort_follows_another_and_circles_of_them_are_left_out(calendars: CalendarSet) -> None:
    kind = [0, 0, Kind.LOE, Kind.LOE]
    spans = [(0, 2, Link.SS, 0), (1, 2, Link.FF, 0)]
    chain = plan([2, 3, 0, 2], [(0, 1, Link.FS, 0), *spans, (2, 3, Link.FS, 0)], kind=kind)
    result = schedule(chain, calendars)
    assert on(result.start)[2:] == ["01-01 08", "01-08 08"]
    assert on(result.finish)[2:] == ["01-05 17", "01-09 17"]
    circle = plan([2, 3, 0, 2], [(0, 1, Link.FS, 0), *spans, (2, 3, Link.FS, 0), (3, 2, Link.FS, 0)], kind=kind)
    assert on(schedule(circle, calendars).start)[2:] == ["01-01 08", "01-01 08"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"part_activity": [1], "part_calendar": [1], "part_share": [1.0]}, "part_activity"),
        ({"part_activity": [0], "part_calendar": [-1], "part_share": [1.0]}, "part_calendar"),
        ({"part_activity": [0], "part_calendar": [1], "part_share": [-0.5]}, "part_share"),
        ({"part_activity": [0], "part_calendar": [1], "part_share": [float("nan")]}, "part_share"),
        ({"part_activity": [0, 0], "part_calendar": [1], "part_share": [1.0]}, "part_activity"),
        ({"part_activity": [0], "part_calendar": [7], "part_share": [1.0]}, "Calendar 7"),
        ({"delay_ticks": [-1]}, "delay_ticks"),
    ],
)
def test_parts_and_delays_that_cannot_be_are_refused(calendars: CalendarSet, parts: Any, words: str) -> None:
    with pytest.raises(InvalidNetwork, match=words):
        schedule(plan([1], **parts), calendars)


def test_options_are_one_for_all_or_one_for_each_project(calendars: CalendarSet) -> None:
    two = {"project": [0, 1], "project_start": [START, START], "data_date": [at("2024-01-03 08:00")] * 2}
    net = plan([1, 1], **two)
    assert on(schedule(net, calendars, [Options(), Options(data_date_is_floor=False)]).start) == [
        "01-03 08",
        "01-01 08",
    ]
    with pytest.raises(InvalidNetwork, match="3 projects"):
        schedule(net, calendars, [Options()] * 3)
    mixed = [Options(critical_float_ticks=DAY), Options(longest_path=True)]
    later = plan([1, 1, 3, 3], project=[0, 1, 0, 1], project_start=[START, START])
    assert schedule(later, calendars, mixed).critical.tolist() == [False, False, True, True]


def test_what_is_complete_is_no_open_end(calendars: CalendarSet) -> None:
    done = {"actual_start": [START, START, MISSING, MISSING], "actual_finish": [START, START, MISSING, MISSING]}
    net = plan([1, 1, 1, 9], [(0, 2, Link.FS, 0)], **done)
    flags = schedule(net, calendars, Options(open_ends_critical=True)).critical.tolist()
    assert flags == [False, False, True, True]
    assert schedule(net, calendars).critical.tolist() == [False, False, False, True]


def test_a_lead_on_a_finish_link_shows_its_bound_on_the_next_morning(calendars: CalendarSet) -> None:
    net = plan([5, 1, 1], [(0, 1, Link.FF, -1), (0, 2, Link.SF, -1)])
    result = schedule(net, calendars)
    assert on(result.early_start) == ["01-01 08", "01-04 08", "01-01 08"]
    assert on(result.early_finish) == ["01-05 17", "01-05 08", "01-01 17"]


def test_as_late_as_possible_may_be_the_second_constraint(calendars: CalendarSet) -> None:
    more = {"constraint2": [0, Constraint.AS_LATE_AS_POSSIBLE, 0]}
    net = plan([3, 1, 1], [(0, 2, Link.FS, 0), (1, 2, Link.FS, 0)], **more)
    assert on(schedule(net, calendars).start) == ["01-01 08", "01-03 08", "01-04 08"]


@pytest.mark.parametrize("kind", [-1, 6])
def test_a_kind_that_does_not_exist_is_refused(kind: int) -> None:
    with pytest.raises(InvalidNetwork, match="kind"):
        plan([1], kind=[kind])


def test_a_task_without_duration_begins_and_ends_on_the_same_morning(calendars: CalendarSet) -> None:
    result = schedule(plan([5, 0, 1], [(0, 1, Link.FS, 0), (1, 2, Link.FS, 0)]), calendars)
    assert on(result.early_start) == ["01-01 08", "01-08 08", "01-08 08"]
    assert on(result.early_finish) == ["01-05 17", "01-08 08", "01-08 17"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_links_name_activities_that_exist(size: int) -> None:
    for pred, succ in ((size, 0), (0, size), (-1, 0), (0, -1)):
        with pytest.raises(InvalidNetwork):
            plan([1] * size, [(pred, succ, Link.FS, 0)])


def test_from_the_finish_work_under_way_does_not_pull_the_start(calendars: CalendarSet) -> None:
    options = Options(data_date_is_floor=False, from_finish=True)
    begun = {"actual_start": [START, MISSING], "remaining_ticks": [DAY, 3 * DAY]}
    result = schedule(plan([2, 3], must_finish=[at("2024-02-02 17:00")], **begun), calendars, options)
    assert on(result.start) == ["01-01 08", "01-31 08"]
