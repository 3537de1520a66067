"""Wall clocks on the axis in UTC, against the standard library minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from watchfloor_engine.calendars import (
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    compile_calendar,
    day_of,
    from_tick,
    pack,
    to_tick,
)
from watchfloor_engine.clocks import Clock
from watchfloor_engine.network import build_network
from watchfloor_engine.schedule import schedule

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")


@pytest.mark.parametrize("zone", ZONES)
def test_whole_columns_and_single_moments_are_turned_as_the_standard_library_does(zone: str) -> None:
    clock, there = Clock(zone), ZoneInfo(zone)
    wall = np.arange(to_tick(datetime(2026, 1, 1)), to_tick(datetime(2027, 6, 1)), 37 * 10, dtype=np.int64)
    expected = [
        to_tick(from_tick(tick).replace(tzinfo=there).astimezone(UTC).replace(tzinfo=None)) for tick in wall.tolist()
    ]
    assert clock.ticks(wall).tolist() == expected
    assert [clock.tick(from_tick(tick)) for tick in wall[::97].tolist()] == expected[::97]


@pytest.mark.parametrize("zone", ZONES)
def test_every_tick_of_the_axis_is_shown_on_the_wall_and_comes_back(zone: str) -> None:
    clock = Clock(zone)
    for hours in range(0, 24 * 500, 7):
        moment = datetime(2026, 1, 1) + timedelta(hours=hours)
        back = clock.tick(clock.moment(to_tick(moment)))
        # An hour that comes twice is read as its first.
        assert back in (to_tick(moment), to_tick(moment) - TICKS_PER_HOUR, to_tick(moment) - TICKS_PER_HOUR // 2)


def test_without_a_zone_the_axis_is_the_wall() -> None:
    moment = datetime(2026, 3, 29, 2, 30)
    assert Clock().tick(moment) == to_tick(moment)
    assert Clock().moment(to_tick(moment)) == moment
    assert Clock().ticks(np.array([5], dtype=np.int64)).tolist() == [5]
    assert Clock("Asia/Kolkata").ticks(np.empty(0, dtype=np.int64)).size == 0


def test_a_working_day_keeps_its_hours_over_the_change_and_a_night_shift_does_not() -> None:
    first, last = day_of(to_tick(datetime(2026, 1, 1))), day_of(to_tick(datetime(2026, 12, 31)))
    berlin = Clock("Europe/Berlin")
    day, night = [(8 * 600, 16 * 600)], [(22 * 600, 30 * 600)]
    office = compile_calendar([day] * 7, [], first_day=first, last_day=last, axis=berlin.ticks)
    watch = compile_calendar([night] * 7, [], first_day=first, last_day=last, axis=berlin.ticks)
    wall = compile_calendar([day] * 7, [], first_day=first, last_day=last)

    def at(month: int, number: int, hour: int) -> int:
        return berlin.tick(datetime(2026, month, number, hour))

    # The clocks went forward on 29 March and back on 25 October 2026.
    assert office.work_between(at(3, 28, 8), at(3, 30, 8)) == 16 * TICKS_PER_HOUR
    assert watch.work_between(at(3, 28, 12), at(3, 29, 12)) == 7 * TICKS_PER_HOUR
    assert watch.work_between(at(10, 24, 12), at(10, 25, 12)) == 9 * TICKS_PER_HOUR
    begin = to_tick(datetime(2026, 2, 2, 8))
    for days in range(1, 300, 11):
        there = berlin.moment(office.add_work(berlin.tick(from_tick(begin)), days * 4_800))
        assert there == from_tick(wall.add_work(begin, days * 4_800))


def test_a_zone_ahead_works_on_the_first_and_the_last_day_of_the_horizon() -> None:
    first = day_of(to_tick(datetime(2026, 1, 1)))
    there = Clock("Pacific/Kiritimati")  # 14 hours ahead
    calendar = compile_calendar([[(0, TICKS_PER_DAY)]] * 7, [], first_day=first, last_day=first + 9, axis=there.ticks)
    assert calendar.work_between(first * TICKS_PER_DAY, (first + 10) * TICKS_PER_DAY) == 10 * TICKS_PER_DAY


def test_people_of_two_zones_share_an_activity_each_in_their_own_hours() -> None:
    first, last = day_of(to_tick(datetime(2026, 1, 1))), day_of(to_tick(datetime(2026, 12, 31)))
    week = [[(4_800, 7_200), (7_800, 10_200)]] * 5 + [[], []]
    zones = [Clock("Europe/Berlin"), Clock("Asia/Kolkata")]
    calendars = pack([compile_calendar(week, [], first_day=first, last_day=last, axis=zone.ticks) for zone in zones])
    network = build_network(
        kind=[0], calendar=[1], duration_ticks=[4_800], project_start=[zones[0].tick(datetime(2026, 3, 2, 8))],
        part_activity=[0, 0], part_calendar=[1, 2], part_share=[1.0, 1.0],
    )  # fmt: skip
    found = schedule(network, calendars)
    assert zones[0].moment(int(found.early_start[0])) == datetime(2026, 3, 2, 8)
    # At 8 in Berlin it is 12:30 in Kolkata: half a day after the break, the other half on the next morning.
    assert zones[1].moment(int(found.early_finish[0])) == datetime(2026, 3, 3, 12)
