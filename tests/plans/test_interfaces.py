"""The give/get register: two dates, two agreements, and a forecast that is read and never stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from small_plans import milestone, plan_of, task

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.forecasts.handovers import handover, handovers
from watchfloor.journal import queries as journal
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations
from watchfloor.plans.document import Dependency
from watchfloor.plans.interface_queries import interface, interfaces
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Callable[[str], Viewer]:
    """Two projects, one giving a milestone to the other; and the manager of each, who sees no other project."""
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="HB", now=NOW)
    found = {}
    for code in ("CIVIL", "TRACK"):
        project = portfolio.create_project(SYSTEM, programme_code="HB", code=code, name=f"{code} works", now=NOW)
        plan = plan_of(task("A", 5), milestone("M"), Dependency("A", "M"), code=code)
        operations.record_plan(SYSTEM, project.id, plan, origin="import", now=NOW)
        user = accounts.create_user(SYSTEM, username=f"manager-{code}", now=NOW)
        accounts.grant(SYSTEM, user_id=user.id, role="project_manager", project_code=code, now=NOW)
        found[code] = viewer_by_id(user.id)
    return found.__getitem__


def added(**more: object) -> int:
    said = {
        "name": "Slab ready",
        "giver_code": "CIVIL",
        "giver_activity": "M",
        "receiver_code": "TRACK",
        "receiver_activity": "A",
    }
    return operations.add_interface(SYSTEM, now=NOW, **{**said, **more})  # type: ignore[arg-type]


def test_a_changed_date_withdraws_the_other_sides_agreement_as_a_fact(manager: Callable[[str], Viewer]) -> None:
    made = added(promised=date(2026, 3, 6), needed=date(2026, 3, 10))
    operations.agree(manager("CIVIL"), made, "giver", expected_version=0, now=NOW)
    operations.agree(manager("TRACK"), made, "receiver", expected_version=1, now=NOW)
    agreed = interface(SYSTEM, made)
    assert (agreed.state, agreed.giver.agreed_by_name, agreed.gap_days) == ("agreed", manager("CIVIL").name, 4)
    operations.set_interface_dates(manager("CIVIL"), made, promised=date(2026, 3, 12), now=NOW)
    after = interface(SYSTEM, made)
    assert (after.state, after.receiver.agreed_at, after.giver.agreed_at) == ("open", None, NOW)
    kinds = [each.kind for each in journal.facts(SYSTEM, project_id=after.receiver.project_id)]
    assert kinds[-2:] == ["interface.dated", "interface.agreement_withdrawn"]
    with pytest.raises(Conflict):
        operations.agree(manager("TRACK"), made, "receiver", expected_version=2, now=NOW)


def test_each_side_says_its_own_date_and_agrees_for_itself(manager: Callable[[str], Viewer]) -> None:
    made = added()
    with pytest.raises(NotAllowed):
        operations.set_interface_dates(manager("TRACK"), made, promised=date(2026, 3, 6), now=NOW)
    with pytest.raises(Invalid, match="Both dates"):
        operations.agree(manager("CIVIL"), made, "giver", now=NOW)
    operations.set_interface_dates(manager("CIVIL"), made, promised=date(2026, 3, 6), now=NOW)
    operations.set_interface_dates(manager("TRACK"), made, needed=date(2026, 3, 9), now=NOW)
    with pytest.raises(NotAllowed):
        operations.agree(manager("CIVIL"), made, "receiver", now=NOW)
    operations.agree(manager("CIVIL"), made, "giver", now=NOW)
    operations.withdraw_agreement(manager("CIVIL"), made, "giver", now=NOW)
    assert interface(SYSTEM, made).giver.agreed_at is None


def test_the_forecast_is_read_from_the_givers_newest_one(manager: Callable[[str], Viewer]) -> None:
    made = added(promised=date(2026, 3, 5), needed=date(2026, 3, 4))
    assert handover(SYSTEM, made).forecast is None
    run_until_idle(lambda: NOW)
    found = handover(manager("TRACK"), made)
    assert found.forecast == date(2026, 3, 6), "five days from Monday 2 March"
    assert (found.slack_days, found.beyond_promise_days) == (-2, 1)


def test_who_may_not_see_a_side_reads_another_project_and_its_date_only(manager: Callable[[str], Viewer]) -> None:
    made = added(promised=date(2026, 3, 6), needed=date(2026, 3, 10))
    operations.agree(manager("CIVIL"), made, "giver", now=NOW)
    (seen,) = handovers(manager("TRACK"))
    side = seen.interface.giver
    assert (side.is_hidden, side.project_code, side.activity, side.agreed_by_name) == (True, "", "", "")
    assert (side.agreed_at, seen.interface.promised) == (NOW, date(2026, 3, 6))
    nobody = Viewer(9, "nobody")
    assert interfaces(nobody) == ()
    for call in (
        lambda: interface(nobody, made),
        lambda: operations.agree(nobody, made, "giver", now=NOW),
        lambda: operations.end_interface(nobody, made, reason="x", now=NOW),
    ):
        with pytest.raises(NotFound):
            call()


def test_an_interface_hangs_on_a_milestone_and_ends_with_a_reason(manager: Callable[[str], Viewer]) -> None:
    with pytest.raises(Invalid, match="milestone"):
        added(giver_activity="A")
    with pytest.raises(Invalid, match="no activity"):
        added(receiver_activity="X")
    with pytest.raises(NotFound):
        operations.add_interface(
            manager("TRACK"), name="n", giver_code="CIVIL", giver_activity="M", receiver_code="TRACK",
            receiver_activity="A", now=NOW,
        )  # fmt: skip
    made = added()
    operations.end_interface(manager("TRACK"), made, reason="Delivered", now=NOW)
    assert interfaces(SYSTEM) == ()
    assert [each.end_reason for each in interfaces(SYSTEM, ended=True)] == ["Delivered"]
    with pytest.raises(Conflict):
        operations.set_interface_dates(SYSTEM, made, needed=date(2026, 3, 9), now=NOW)
