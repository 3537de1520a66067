"""Asking for a report: once per working day, in the page and by mail, and not when nothing is owed any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from mail_server import Mailbox
from watched_floor import NOW, Floor

from watchfloor.accounts.queries import viewer_by_id
from watchfloor.kit.errors import Conflict, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.notify import chasing, operations, queries
from watchfloor.notify.board import board
from watchfloor.notify.operations import Sent
from watchfloor.plans import operations as plans
from watchfloor.portfolio.queries import project_by_id

FRIDAY = date(2026, 3, 6)
LATE = datetime(2026, 3, 12, 9, tzinfo=UTC)  # a Thursday, two working days after the due day


@pytest.fixture
def pmo(floor: Floor) -> Viewer:
    plans.open_periods(floor.project_id, until=FRIDAY, now=NOW)
    return Viewer(9, "Omar", projects={floor.project_id: frozenset({"project.view", "submission.accept"})})


def test_a_late_report_is_asked_for_once_per_working_day(floor: Floor, pmo: Viewer) -> None:
    first = chasing.chase(pmo, floor.project_id, FRIDAY, now=LATE)
    assert (first.is_new, first.recipient_name, first.by_name) == (True, "Mara Dias", "Omar")
    again = chasing.chase(SYSTEM, floor.project_id, FRIDAY, now=LATE + timedelta(hours=3))
    assert (again.is_new, again.by_name, again.at) == (False, "Omar", LATE)
    # Friday is another day; the weekend counts to it.
    days = [chasing.chase(pmo, floor.project_id, FRIDAY, now=LATE + timedelta(days=each)).is_new for each in (1, 2, 3)]
    assert days == [True, False, False]
    assert chasing.chase(pmo, floor.project_id, FRIDAY, now=LATE + timedelta(days=4)).is_new
    (row,) = board(pmo, now=LATE).rows
    assert (row.standing, row.days_late) == ("late", 2)
    assert row.last_chase is not None


def test_the_manager_sees_it_in_the_page_until_the_report_is_in(floor: Floor, pmo: Viewer) -> None:
    chasing.chase(pmo, floor.project_id, FRIDAY, now=LATE)
    manager = viewer_by_id(floor.manager_id)
    (notice,) = queries.unseen(manager)
    assert (notice.code, notice.project_id, notice.parameters["by"]) == ("submission.chased", floor.project_id, "Omar")
    plans.submit(manager, floor.project_id, FRIDAY, reported={"overall": "on"}, now=LATE)
    assert queries.unseen(manager) == ()
    with pytest.raises(Conflict):
        chasing.chase(pmo, floor.project_id, FRIDAY, now=LATE)


def test_a_mail_asks_in_the_readers_language_and_leads_to_the_form(floor: Floor, pmo: Viewer, mailbox: Mailbox) -> None:
    chasing.chase(pmo, floor.project_id, FRIDAY, now=LATE)
    assert operations.send_due(now=LATE) == Sent(sent=1)
    (received,) = mailbox.mails
    body = received.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "https://floor.meridian.org/projects/HB-01/submit" in body.decode()
    assert "06.03.2026" in body.decode(), "a German date, for a German reader"


def test_no_mail_asks_for_what_came_in_meanwhile(floor: Floor, pmo: Viewer, mailbox: Mailbox) -> None:
    chasing.chase(pmo, floor.project_id, FRIDAY, now=LATE)
    plans.submit(SYSTEM, floor.project_id, FRIDAY, reported={"overall": "on"}, now=LATE)
    assert operations.send_due(now=LATE) == Sent(failed=1)
    assert mailbox.mails == []


def test_only_who_decides_may_ask_and_others_learn_nothing(floor: Floor, pmo: Viewer) -> None:
    with pytest.raises(NotAllowed):
        chasing.chase(viewer_by_id(floor.manager_id), floor.project_id, FRIDAY, now=LATE)
    with pytest.raises(NotFound):
        chasing.chase(Viewer(3, "S"), floor.project_id, FRIDAY, now=LATE)
    assert board(Viewer(3, "S"), now=LATE).rows == ()


def test_the_board_says_who_may_decide_on_what(floor: Floor, pmo: Viewer) -> None:
    manager = viewer_by_id(floor.manager_id)
    plans.submit(manager, floor.project_id, FRIDAY, reported={"overall": "on"}, now=LATE)
    (seen,), (own,) = board(pmo, now=LATE).rows, board(manager, now=LATE).rows
    assert (seen.standing, seen.may_decide, seen.may_chase, seen.is_fine) == ("submitted", True, False, False)
    assert (own.may_decide, own.may_submit) == (False, True)
    assert board(pmo, week=FRIDAY, now=LATE).rows == (seen,)
    assert board(pmo, week=date(2026, 3, 9), now=LATE).rows == ()
    assert project_by_id(SYSTEM, floor.project_id) == seen.project
