"""The queue: claimed once, given back by time when a worker dies, retried with growing delay, cancelled on request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from watchfloor.jobs import operations, queries
from watchfloor.kit.errors import Conflict, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def enqueue(**more: object) -> int:
    return operations.enqueue("import", **{"viewer": SYSTEM, "now": NOW, **more})


def test_a_job_is_claimed_once_and_returns_when_its_worker_dies() -> None:
    job = enqueue()
    assert operations.claim_next(holder="one", now=NOW).id == job
    assert operations.claim_next(holder="two", now=NOW) is None
    later = NOW + operations.LEASE + timedelta(seconds=1)
    assert operations.claim_next(holder="two", now=later).id == job
    assert not operations.finish(job, holder="one", now=later)
    assert operations.finish(job, holder="two", now=later, result={"n": 1})
    assert queries.job(SYSTEM, job).state == "done"


def test_the_same_fact_asks_for_the_same_work_once() -> None:
    assert enqueue(fact_id=7) == enqueue(fact_id=7)
    assert queries.unfinished() == 1


def test_a_beat_keeps_the_lease_and_shows_progress() -> None:
    job = enqueue()
    operations.claim_next(holder="one", now=NOW)
    almost = NOW + operations.LEASE - timedelta(seconds=1)
    assert operations.beat(job, holder="one", now=almost, done=3, total=9, note="reading")
    assert operations.claim_next(holder="two", now=NOW + operations.LEASE) is None
    record = queries.job(SYSTEM, job)
    assert (record.state, record.done, record.total, record.note) == ("running", 3, 9, "reading")
    assert not operations.beat(job, holder="two", now=almost)


def test_failing_work_waits_longer_each_time_and_ends_at_its_limit() -> None:
    job, now = enqueue(max_attempts=3), NOW
    waits = []
    while operations.claim_next(holder="one", now=now) is not None:
        operations.fail(job, holder="one", now=now, error="no")
        record = queries.job(SYSTEM, job)
        if record.state == "failed":
            break
        later = now
        while operations.claim_next(holder="probe", now=later) is None:
            later += timedelta(seconds=1)
        waits.append((later - now).total_seconds())
        operations.fail(job, holder="probe", now=later, error="no")
        now = later + timedelta(hours=1)
    assert queries.job(SYSTEM, job).state == "failed"
    assert queries.job(SYSTEM, job).error == "no"
    assert waits == sorted(waits)


def test_work_that_cannot_succeed_is_not_tried_again() -> None:
    job = enqueue()
    operations.claim_next(holder="one", now=NOW)
    operations.fail(job, holder="one", now=NOW, error="unreadable", permanent=True)
    assert queries.job(SYSTEM, job).state == "failed"


def test_a_worker_that_dies_every_time_does_not_take_the_job_for_ever() -> None:
    job, now = enqueue(max_attempts=2), NOW
    for _ in range(5):
        operations.claim_next(holder="one", now=now)
        now += operations.LEASE * 2
    assert queries.job(SYSTEM, job).state == "failed"


def test_cancelling_ends_a_waiting_job_at_once_and_a_running_one_at_its_next_beat() -> None:
    waiting = enqueue()
    operations.ask_cancel(SYSTEM, waiting, now=NOW)
    assert queries.job(SYSTEM, waiting).state == "cancelled"
    running = enqueue()
    operations.claim_next(holder="one", now=NOW)
    operations.ask_cancel(SYSTEM, running, now=NOW)
    assert not operations.beat(running, holder="one", now=NOW)
    operations.cancelled(running, holder="one", now=NOW)
    assert queries.job(SYSTEM, running).state == "cancelled"


def test_nobody_stops_what_the_pipeline_made_from_a_fact() -> None:
    stage = operations.enqueue("detect", viewer=SYSTEM, now=NOW, project_id=1)
    with pytest.raises(Conflict):
        operations.ask_cancel(SYSTEM, stage, now=NOW)
    assert queries.job(SYSTEM, stage).state == "waiting"


def test_what_broke_inside_is_told_to_administrators_only() -> None:
    job = operations.enqueue("import", viewer=SYSTEM, now=NOW, project_id=1)
    operations.claim_next(holder="one", now=NOW)
    operations.fail(job, holder="one", now=NOW, error="OSError: /srv/secret/place", permanent=True)
    looker = Viewer(5, "looker", projects={1: frozenset({"project.view", "internal.view"})})
    assert queries.job(looker, job).error == "OSError"
    assert [each.error for each in queries.jobs(looker)] == ["OSError"]
    assert "/srv/secret" in queries.job(SYSTEM, job).error


def test_a_job_of_a_project_one_may_not_see_looks_like_none() -> None:
    job = enqueue(project_id=1)
    stranger = Viewer(9, "S", projects={2: frozenset({"project.view", "plan.edit"})})
    with pytest.raises(NotFound):
        queries.job(stranger, job)
    with pytest.raises(NotFound):
        operations.ask_cancel(stranger, job, now=NOW)
    assert queries.jobs(stranger) == ()
