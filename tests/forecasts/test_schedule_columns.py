"""The columns that the schedule page draws: times as minutes, dependencies as indices, days without work as runs."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from small_plans import plan_of, task

from watchfloor.forecasts import operations
from watchfloor.forecasts.schedule_columns import LINKS, schedule_columns
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plans
from watchfloor.plans.document import Dependency, DependencyKind, WbsNode
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EPOCH = datetime(2000, 1, 1)
pytestmark = pytest.mark.django_db


def project() -> int:
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    return portfolio.create_project(SYSTEM, programme_code="HB", code="P", name="P", now=NOW).id


def test_what_is_drawn_is_what_is_forecast() -> None:
    pk = project()
    plan = plan_of(
        task("A", 2, wbs="W2"),
        task("B", 3, wbs="W1"),
        task("C", 1, wbs="gone"),
        Dependency("A", "B"),
        Dependency("A", "C", kind=DependencyKind.SS),
        wbs=(WbsNode("W1", "Works"), WbsNode("W2", "Piling", parent="W1")),
    )
    plans.record_plan(SYSTEM, pk, plan, origin="import", now=NOW)
    operations.issue_forecast(pk, now=NOW)
    found = schedule_columns(SYSTEM, pk)
    assert found.key == ("A", "B", "C")
    assert (found.nodes.parent, found.wbs) == ((-1, 0), (1, 0, -1))
    start, finish = found.start[1], found.finish[1]
    assert start is not None
    assert finish is not None
    assert (EPOCH.toordinal() + start // 1440, EPOCH.toordinal() + finish // 1440) == (
        date(2026, 3, 4).toordinal(),
        date(2026, 3, 6).toordinal(),
    )
    assert (found.links.before, found.links.after) == ((0, 0), (1, 2))
    assert [LINKS[each] for each in found.links.kind] == ["FS", "SS"]
    assert found.links.driving[0] == 1


def test_weekends_are_runs_of_rest() -> None:
    pk = project()
    plans.record_plan(SYSTEM, pk, plan_of(task("A", 8)), origin="import", now=NOW)
    operations.issue_forecast(pk, now=NOW)
    saturday = (date(2026, 3, 7) - EPOCH.date()).days
    assert schedule_columns(SYSTEM, pk).rest == ((saturday, 2),)


def test_without_a_plan_there_is_nothing_and_a_stranger_sees_none_of_it() -> None:
    pk = project()
    found = schedule_columns(SYSTEM, pk)
    assert (found.key, found.links.before, found.rest) == ((), (), ())
    with pytest.raises(NotFound):
        schedule_columns(Viewer(user_id=9, name="Stranger"), pk)
