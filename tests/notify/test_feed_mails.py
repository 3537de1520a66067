"""One mail a day tells followers what their feeds brought, through a real mail server."""

from __future__ import annotations

from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from mail_server import Mailbox
from watched_floor import NOW, Floor

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.models import RoleGrant
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.exchange import operations as exchange
from watchfloor.kit.viewer import SYSTEM
from watchfloor.notify import operations
from watchfloor.notify.operations import Sent
from watchfloor.portfolio import operations as portfolio

QUIET = timedelta(minutes=20)
DAY = timedelta(days=1)


@pytest.fixture
def feed_id(floor: Floor, tmp_path: Path, settings: Any) -> int:
    """A folder of the programme that Mara follows; HB-02 is a project she does not see."""
    settings.HOME = tmp_path / "home"
    accounts.grant(SYSTEM, user_id=floor.manager_id, role="programme_manager", programme_code="HB", now=NOW)
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "good.csv").write_text("# project: HB-01\ncode,name,duration\nA,Design,5d\n")
    (folder / "bad.csv").write_text("# project: HB-01\ncode,name,duration\nA,Design,soon\n")
    feed = exchange.add_feed(SYSTEM, folder, programme_code="HB", every=timedelta(weeks=1), now=NOW)
    exchange.follow_feed(viewer_by_id(floor.manager_id), feed.id, now=NOW)
    return feed.id


def read(feed_id: int, now: Any) -> None:
    exchange.read_feed(feed_id, beat=lambda *_: True, now=now, settle=lambda _s: None)


def body_of(mail: Any) -> str:
    return mail.get_payload(decode=True).decode()


def test_a_follower_gets_one_mail_with_good_and_bad_files_and_links(
    floor: Floor,
    feed_id: int,
    mailbox: Mailbox,
) -> None:
    read(feed_id, NOW + timedelta(minutes=1))
    assert operations.queue_feed_mails(now=NOW + timedelta(minutes=5)) == 0, "more files may follow"
    assert operations.queue_feed_mails(now=NOW + QUIET) == 1
    assert operations.queue_feed_mails(now=NOW + 2 * QUIET) == 0, "told already"
    assert operations.send_due(now=NOW + QUIET) == Sent(sent=1)
    (mail,) = mailbox.mails
    subject, text = str(make_header(decode_header(mail["Subject"]))), body_of(mail)
    assert mail["To"] == "mara@meridian.org"
    assert "1 plan came in" in subject
    assert "1 refused" in subject
    assert "good.csv → HB-01" in text
    assert "bad.csv" in text
    assert "https://floor.meridian.org/imports/" in text
    assert "https://floor.meridian.org/feeds" in text


def test_what_did_not_come_is_told_once_and_a_second_mail_waits_for_the_next_day(
    floor: Floor,
    feed_id: int,
    mailbox: Mailbox,
    tmp_path: Path,
) -> None:
    read(feed_id, NOW + timedelta(minutes=1))
    assert operations.queue_feed_mails(now=NOW + QUIET) == 1
    (tmp_path / "plans" / "good.csv").write_text("# project: HB-01\ncode,name,duration\nA,Design,60d\n")
    read(feed_id, NOW + QUIET + QUIET)
    assert operations.queue_feed_mails(now=NOW + 4 * QUIET) == 0, "one a day"
    assert operations.queue_feed_mails(now=NOW + DAY) == 1
    assert operations.queue_feed_mails(now=NOW + 3 * DAY) == 0
    assert operations.queue_feed_mails(now=NOW + 9 * DAY) == 1
    assert operations.queue_feed_mails(now=NOW + 10 * DAY) == 0, "that it did not come is told once"
    operations.send_due(now=NOW + 10 * DAY)
    assert "did not come" in str(make_header(decode_header(mailbox.mails[-1]["Subject"])))


def test_nobody_is_told_what_is_no_longer_theirs_to_see(
    floor: Floor,
    feed_id: int,
    mailbox: Mailbox,
) -> None:
    read(feed_id, NOW + timedelta(minutes=1))
    assert operations.queue_feed_mails(now=NOW + QUIET) == 1
    RoleGrant.objects.filter(user_id=floor.manager_id).delete()
    assert operations.send_due(now=NOW + QUIET) == Sent(failed=1)
    assert mailbox.mails == []
    assert operations.queue_feed_mails(now=NOW + DAY) == 0


def test_without_a_mail_server_nothing_waits(floor: Floor, feed_id: int) -> None:
    read(feed_id, NOW + timedelta(minutes=1))
    assert operations.queue_feed_mails(now=NOW + QUIET) == 0
    portfolio.change_project(SYSTEM, floor.project_id, name="Quay 2", now=NOW)
    assert operations.send_due(now=NOW + DAY) == Sent()
