"""The worker's single steps: following facts, holding still, giving work back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from watched_floor import NOW, Floor

from watchfloor.jobs import operations as jobs
from watchfloor.jobs.models import Job
from watchfloor.jobs.queries import JobRecord, is_running, job
from watchfloor.journal.queries import head, position
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.money.operations import record_rates
from watchfloor.money.queries import RateRecord
from watchfloor.pipeline.follow import CONSUMER, STAGES
from watchfloor.pipeline.straight import HISTORY, exclusive
from watchfloor.pipeline.worker import Beat, Stopping, Worker, follow
from watchfloor.plans import operations as plans
from watchfloor.plans.document import Activity


def asked() -> list[tuple[str, int | None]]:
    return list(Job.objects.filter(kind__in=STAGES).order_by("id").values_list("kind", "project_id"))


def edit(floor: Floor, key: str) -> None:
    edits = [plans.AddActivity(Activity(key, key, duration_ticks=4800, remaining_ticks=4800))]
    assert plans.edit_plan(SYSTEM, floor.project_id, edits, now=NOW) is not None


def test_following_makes_each_job_once_however_often_facts_ask_for_it(floor: Floor) -> None:
    edit(floor, "X")
    edit(floor, "Y")
    assert follow(NOW) > 0
    assert asked() == [("forecast", floor.project_id), ("detect", floor.project_id)]
    assert position(CONSUMER) == head()
    assert follow(NOW) == 0
    edit(floor, "Z")
    assert follow(NOW) == 1
    assert len(asked()) == 2, "the forecast that waits will see it"


def test_what_has_begun_does_not_serve_for_what_comes_later(floor: Floor) -> None:
    follow(NOW)
    assert jobs.claim_next(holder="a", now=NOW, kinds=("forecast",)) is not None
    edit(floor, "X")
    follow(NOW)
    assert [kind for kind, _ in asked()].count("forecast") == 2


def test_following_goes_on_where_it_stopped_when_there_are_many_facts(floor: Floor) -> None:
    for key in ("X", "Y", "Z"):
        edit(floor, key)
    rounds = 0
    while follow(NOW, limit=2):
        rounds += 1
    assert rounds > 2
    assert position(CONSUMER) == head()


def test_new_rates_ask_for_every_watched_project(floor: Floor) -> None:
    follow(NOW)
    Job.objects.all().delete()
    record_rates(SYSTEM, [RateRecord("USD", "EUR", NOW.date(), Decimal("0.9"), "test")], now=NOW)
    follow(NOW)
    assert asked() == [("forecast", floor.project_id)]


def test_workers_stand_still_while_somebody_loads_history(db: None) -> None:
    with exclusive():
        assert is_running(HISTORY, now=clock.now())
        assert not is_running(HISTORY, now=clock.now() + timedelta(minutes=5)), "the dead hold nothing for long"
    assert not is_running(HISTORY, now=clock.now())


def worker(stop: threading.Event, work: Callable[[Beat], Mapping[str, Any]]) -> Worker:
    def long_job(record: JobRecord, beat: Beat, now: Callable[[], datetime]) -> Mapping[str, Any]:
        return work(beat)

    return Worker(stop, {"long": long_job})


def test_long_work_ends_with_its_result_and_shows_progress(db: None) -> None:
    pk = jobs.enqueue("long", viewer=SYSTEM, now=clock.now())

    def work(beat: Beat) -> Mapping[str, Any]:
        assert beat(3, 10, "reading")
        return {"read": 10}

    assert worker(threading.Event(), work)._long_round()
    done = job(SYSTEM, pk)
    assert (done.state, done.result, done.done, done.note) == ("done", {"read": 10}, 3, "reading")


def test_long_work_that_somebody_cancels_ends_as_cancelled(db: None) -> None:
    pk = jobs.enqueue("long", viewer=SYSTEM, now=clock.now())

    def work(beat: Beat) -> Mapping[str, Any]:
        jobs.ask_cancel(SYSTEM, pk, now=clock.now())
        assert not beat(1, 2, "")
        return {}

    worker(threading.Event(), work)._long_round()
    assert job(SYSTEM, pk).state == "cancelled"


def test_long_work_goes_back_to_the_queue_when_the_worker_stops(db: None) -> None:
    pk = jobs.enqueue("long", viewer=SYSTEM, now=clock.now())
    stop = threading.Event()

    def work(beat: Beat) -> Mapping[str, Any]:
        stop.set()
        beat(1, 2, "")
        raise AssertionError("the beat ends it")

    with pytest.raises(Stopping):
        worker(stop, work)._long_round()
    left = job(SYSTEM, pk)
    assert (left.state, left.attempts) == ("waiting", 0)


def test_work_that_fails_is_tried_again_and_at_last_shown_as_failed(db: None) -> None:
    pk = jobs.enqueue("long", viewer=SYSTEM, now=clock.now(), max_attempts=2)

    def work(beat: Beat) -> Mapping[str, Any]:
        raise ValueError("no such luck")

    tried = worker(threading.Event(), work)
    tried._long_round()
    assert job(SYSTEM, pk).state == "waiting"
    assert not tried._long_round(), "not at once"
    Job.objects.update(not_before=clock.now())
    tried._long_round()
    failed = job(SYSTEM, pk)
    assert (failed.state, failed.error) == ("failed", "ValueError: no such luck")
