"""What statuses say together, each rule on a plan of a few activities worked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from watchfloor.detection.conduct import Executed, GoneView, PathView, RewrittenView, Rows, Status, StuckView, conduct

FRIDAY = date(2026, 3, 6)
WEEK = timedelta(weeks=1)
Line = tuple[str, int, float, float, date, date]  # key, state, percent, remaining days, start, finish


def on(weeks: int) -> date:
    return FRIDAY + weeks * WEEK


def status(weeks: int, *lines: Line, floats: Sequence[float | None] = ()) -> Status:
    keys, states, percents, left, starts, finishes = zip(*lines, strict=True) if lines else ((), (), (), (), (), ())
    at = [tuple(datetime(day.year, day.month, day.day, 12) for day in days) for days in (starts, finishes)]
    slack = tuple(floats) or (None,) * len(keys)
    return Status(on(weeks), Rows(keys, keys, ("task",) * len(keys), states, percents, left, at[0], at[1], slack))


def between(earlier: date, later: date) -> float:
    return float((later - earlier).days)


def test_work_of_which_no_less_is_left_is_stuck_for_as_many_statuses() -> None:
    line: Line = ("A", 1, 40.0, 6.0, on(-4), on(2))
    moving: Line = ("B", 1, 40.0, 6.0, on(-4), on(2))
    found = conduct(
        (
            status(0, line, ("B", 1, 50.0, 5.0, on(-4), on(2))),
            status(-1, line, moving),
            status(-2, line, moving),
            status(-3, ("A", 1, 20.0, 8.0, on(-4), on(2)), moving),
        ),
        between,
    )
    assert found.stuck == (StuckView("A", "A", 2, 6.0, False),)


def test_work_that_stays_nearly_done_is_stuck_although_it_creeps_on() -> None:
    rows = [status(-at, ("A", 1, 97.0 - at, 0.5 + at / 10, on(-9), on(1))) for at in range(4)]
    assert conduct(rows, between).stuck == (StuckView("A", "A", 3, 0.5, True),)


def test_a_reported_date_that_says_something_else_later_is_rewritten_history() -> None:
    then: Line = ("A", 2, 100.0, 0.0, on(-6), on(-4))
    now: Line = ("A", 2, 100.0, 0.0, on(-6), on(-5))
    found = conduct((status(0, now), status(-1, then), status(-2, then)), between)
    assert found.rewritten == (RewrittenView("A", "A", "finish", on(-4), on(-5), 7.0),)


def test_work_reported_done_that_is_open_again_is_rewritten_history() -> None:
    then: Line = ("A", 2, 100.0, 0.0, on(-6), on(-4))
    now: Line = ("A", 1, 80.0, 2.0, on(-6), on(1))
    (found,) = conduct((status(0, now), status(-1, then), status(-2, then)), between).rewritten
    assert (found.which, found.after) == ("finish", None)


def test_a_date_that_is_reported_for_the_first_time_rewrites_nothing() -> None:
    begun: Line = ("A", 1, 50.0, 3.0, on(-2), on(0))
    done: Line = ("A", 2, 100.0, 0.0, on(-2), on(-1))
    assert conduct((status(0, done), status(-1, begun), status(-2, begun)), between).rewritten == ()


def test_work_that_was_due_and_left_the_plan_is_told() -> None:
    due: Line = ("A", 0, 0.0, 4.0, on(-1), on(0))
    later: Line = ("B", 0, 0.0, 4.0, on(1), on(2))
    other: Line = ("C", 0, 0.0, 4.0, on(1), on(2))
    found = conduct((status(0, other), status(-1, due, later, other)), between)
    assert found.gone == (GoneView("A", "A", on(0)),)


def test_the_current_execution_index_leaves_out_what_nobody_forecast() -> None:
    """METHODS: 20 forecast, 14 of them finished, 5 others finished: 0.70."""
    forecast: list[Line] = [(f"F{at}", 1, 50.0, 2.0, on(-3), on(0)) for at in range(20)]
    others: list[Line] = [(f"X{at}", 1, 50.0, 9.0, on(-3), on(3)) for at in range(5)]
    done: list[Line] = [(key, 2, 100.0, 0.0, start, on(0)) for key, *_rest, start, _f in (*forecast[:14], *others)]
    found = conduct((status(0, *done, *forecast[14:]), status(-1, *forecast, *others)), between)
    assert found.executed == (Executed(on(0), 20, 14),)
    assert found.executed[0].index == 0.70


def test_the_wave_counts_what_is_due_four_to_eight_weeks_ahead() -> None:
    lines: list[Line] = [("A", 0, 0.0, 5.0, on(3), on(6)), ("B", 0, 0.0, 7.0, on(8), on(9))]
    assert conduct((status(0, *lines),), between).wave == ((on(0), 5.0),)


def test_a_period_in_which_nothing_moved_though_work_was_due_is_idle() -> None:
    line: Line = ("A", 0, 0.0, 5.0, on(-1) + timedelta(3), on(2))
    assert conduct((status(0, line), status(-1, line)), between).idle_periods == 1


def test_a_period_in_which_nothing_was_due_is_not() -> None:
    line: Line = ("A", 1, 50.0, 25.0, on(-3), on(4))
    assert conduct((status(0, line), status(-1, line)), between).idle_periods == 0


def test_nothing_is_said_without_a_status() -> None:
    assert conduct((), between).stuck == ()


def test_work_that_lost_its_float_is_new_to_the_path_and_what_is_done_or_new_to_the_plan_is_not() -> None:
    open_: tuple[Line, ...] = tuple((key, 0, 0.0, 5.0, on(1), on(2)) for key in "ABCD")
    now = status(0, *open_, ("E", 2, 100.0, 0.0, on(-2), on(-1)), floats=(0.0, -2.0, 0.0, 3.0, 0.0))
    before = status(-1, *open_[:2], open_[3], floats=(4.0, 0.0, 3.0))
    found = conduct((now, before), between, near_critical_days=10.0)
    assert found.path == PathView(3, (("A", "A", 4.0),))
    assert found.near_critical == ((on(0), 1), (on(-1), 2))
    assert conduct((now,), between).path == PathView(3, ())
