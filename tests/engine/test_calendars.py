"""Working-time arithmetic: by hand, and against counting every tick."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchfloor_engine.calendars import (
    TICKS_PER_DAY,
    Calendar,
    always,
    compile_calendar,
    compile_segments,
    from_tick,
    pack,
    to_tick,
)
from watchfloor_engine.errors import EmptyCalendar, InvalidCalendar

OFFICE = [(4800, 7200), (7800, 10200)]  # 08:00-12:00, 13:00-17:00
WEEK = [OFFICE] * 5 + [[], []]


def office(first: int = 8000, last: int = 8400) -> Calendar:
    return compile_calendar(WEEK, [], first_day=first, last_day=last)


def at(text: str) -> int:
    return to_tick(datetime.fromisoformat(text))


def test_a_friday_evening_and_the_next_monday_morning_are_the_same_work() -> None:
    calendar = office()
    friday, monday = at("2022-01-07 17:00"), at("2022-01-10 08:00")
    assert calendar.work_at(friday) == calendar.work_at(monday)
    work = calendar.work_at(friday)
    assert calendar.finish_of(work) == friday
    assert calendar.start_of(work) == monday
    assert calendar.add_work(friday, 600) == at("2022-01-10 09:00")
    assert calendar.add_work(monday, -600) == at("2022-01-07 16:00")
    assert calendar.next_work_start(friday) == monday
    assert calendar.previous_work_finish(monday) == friday
    assert calendar.work_between(at("2022-01-03 08:00"), monday) == 5 * 4800
    assert calendar.work_between(monday, at("2022-01-03 08:00")) == -5 * 4800
    assert not calendar.is_working(at("2022-01-07 12:30"))
    assert calendar.is_working(at("2022-01-07 13:00"))


def test_a_night_shift_passes_midnight_also_at_the_horizons_start() -> None:
    nights = compile_calendar([[(13_200, 18_000)]] * 7, [], first_day=8000, last_day=8010)
    start = 8000 * TICKS_PER_DAY
    assert nights.is_working(start)  # the shift of the day before reaches 06:00
    assert nights.work_at(start + 3600) == 3600
    assert nights.work_between(start + 13_200, start + 18_000) == 4800


def test_the_later_exception_wins_and_may_add_work_on_a_day_off() -> None:
    saturday = (at("2022-01-08 00:00")) // TICKS_PER_DAY
    holiday = (saturday - 5, saturday, [])
    worked = (saturday, saturday, [(4800, 7200)])
    calendar = compile_calendar(WEEK, [holiday, worked], first_day=8000, last_day=8400)
    assert calendar.work_between(at("2022-01-03 00:00"), at("2022-01-09 00:00")) == 2400


def test_outside_the_horizon_every_tick_works_so_that_nothing_is_undefined() -> None:
    calendar = office()
    after = calendar.last_tick + 1000
    assert calendar.work_at(after) == calendar.work_at(calendar.last_tick) + 1000
    assert calendar.finish_of(calendar.work_at(after)) == after
    before = calendar.first_tick - 1000
    assert calendar.start_of(calendar.work_at(before)) == before


def test_overlapping_segments_count_once() -> None:
    calendar = compile_segments(np.array([50, 0, 100]), np.array([120, 60, 110]), first_tick=0, last_tick=200)
    assert calendar.work_at(200) == 120


def test_ticks_and_wall_clock_map_both_ways() -> None:
    moment = datetime(2026, 11, 23, 17, 42, 6)
    assert from_tick(to_tick(moment)) == moment
    assert to_tick(datetime(1999, 12, 31, 23, 59)) == -10


def test_what_no_calendar_can_be_is_refused() -> None:
    with pytest.raises(EmptyCalendar):
        compile_calendar([[]] * 7, [], first_day=0, last_day=10)
    with pytest.raises(InvalidCalendar):
        compile_calendar([OFFICE] * 6, [], first_day=0, last_day=10)
    with pytest.raises(InvalidCalendar):
        compile_calendar([[(500, 400)]] * 7, [], first_day=0, last_day=10)
    with pytest.raises(InvalidCalendar):
        compile_calendar(WEEK, [], first_day=10, last_day=0)


def test_a_horizon_may_be_a_single_day() -> None:
    monday = 8_000 - (8_000 + 3) % 7  # the epoch was a Thursday
    one = compile_calendar(WEEK, [], first_day=monday, last_day=monday)
    begins, worked = monday * TICKS_PER_DAY, sum(end - start for start, end in WEEK[0])
    assert one.work_at(begins + TICKS_PER_DAY) - one.work_at(begins) == worked


def test_a_set_starts_with_the_clock() -> None:
    packed = pack([office()])
    assert packed.calendars[0].work_between(packed.first_tick, packed.first_tick + 777) == 777
    assert always(first_day=0, last_day=1).work_at(5) == 5


shifts = st.lists(
    st.tuples(st.integers(0, 14_000), st.integers(1, 9000)).map(lambda s: (s[0], min(s[0] + s[1], 28_800))), max_size=3
)


@settings(max_examples=30, deadline=None)
@given(
    week=st.lists(shifts, min_size=7, max_size=7),
    exceptions=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), shifts), max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
def test_tables_answer_as_counting_every_tick_does(
    week: list[list[tuple[int, int]]], exceptions: list[tuple[int, int, list[tuple[int, int]]]], seed: int
) -> None:
    first, last = 100, 109
    spans = [(first + a, first + a + b, s) for a, b, s in exceptions]
    try:
        calendar = compile_calendar(week, spans, first_day=first, last_day=last)
    except EmptyCalendar:
        return
    working = np.zeros((last - first + 3) * TICKS_PER_DAY, dtype=bool)
    for day in range(first - 1, last + 1):
        pattern = week[(day + 5) % 7]
        for begin, end, own in spans:
            if begin <= day <= end:
                pattern = own
        for start, end in pattern:
            base = (day - first + 1) * TICKS_PER_DAY
            working[base + start : base + end] = True
    working = working[TICKS_PER_DAY : TICKS_PER_DAY + (last - first + 1) * TICKS_PER_DAY]
    counted = np.concatenate(([0], np.cumsum(working)))
    chance = np.random.default_rng(seed)
    for offset in chance.integers(0, working.size, 60).tolist():
        tick = calendar.first_tick + offset
        assert calendar.work_at(tick) == counted[offset]
        assert calendar.is_working(tick) == working[offset]
    for work in chance.integers(0, counted[-1], 60).tolist():
        assert calendar.start_of(work) - calendar.first_tick == np.searchsorted(counted, work, side="right") - 1
        assert calendar.finish_of(work + 1) - calendar.first_tick == np.searchsorted(counted, work + 1, side="left")
