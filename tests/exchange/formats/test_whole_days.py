"""Files that hold days and no times."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from small_plans import milestone, plan_of, task

from watchfloor.exchange.formats.whole_days import with_times
from watchfloor.plans.document import Constraint, ConstraintKind, PlanBaseline, StoredDates

DAY = datetime(2026, 3, 4)
SATURDAY = datetime(2026, 3, 7)


def test_starts_begin_with_work_and_finishes_end_with_it() -> None:
    stored = StoredDates(start=DAY, finish=DAY)
    plan = plan_of(
        task("A", 1, actual_start=DAY, actual_finish=DAY, stored=stored, deadline=SATURDAY),
        task("B", 1, constraints=(
            Constraint(ConstraintKind.START_NO_EARLIER, DAY), Constraint(ConstraintKind.FINISH_NO_LATER, DAY),
            Constraint(ConstraintKind.AS_LATE_AS_POSSIBLE),
        )),
        milestone("M", actual_start=DAY, actual_finish=DAY),
        start=DAY, data_date=datetime(2026, 3, 4, 9, 30),
        baselines=(PlanBaseline("Baseline", {"A": DAY, "M": DAY}, {"A": DAY, "M": DAY}),),
    )  # fmt: skip
    found = with_times(plan)
    a, b, m = found.activities
    assert (a.actual_start, a.actual_finish) == (datetime(2026, 3, 4, 8), datetime(2026, 3, 4, 17))
    assert a.deadline == datetime(2026, 3, 7, 17)  # a day without work: office hours
    assert a.stored == stored
    assert [each.on for each in b.constraints] == [datetime(2026, 3, 4, 8), datetime(2026, 3, 4, 17), None]
    assert m.actual_start == m.actual_finish == datetime(2026, 3, 4, 17)
    assert (found.start, found.data_date) == (datetime(2026, 3, 4, 8), datetime(2026, 3, 4, 9, 30))
    assert found.baselines[0].start == {"A": datetime(2026, 3, 4, 8), "M": datetime(2026, 3, 4, 17)}
    assert found.baselines[0].finish["A"] == datetime(2026, 3, 4, 17)


def test_a_file_with_any_time_or_without_dates_stays_as_it_is() -> None:
    timed = plan_of(task("A", 1, actual_start=DAY), task("B", 1, actual_start=datetime(2026, 3, 4, 8)))
    assert with_times(timed) is timed
    undated = plan_of(task("A", 1))
    assert with_times(undated) is undated
    nowhere = replace(plan_of(task("A", 1, actual_start=DAY)), calendar="", calendars=())
    assert with_times(nowhere).activities[0].actual_start == datetime(2026, 3, 4, 8)
