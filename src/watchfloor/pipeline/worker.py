"""The worker: follows the journal, works through jobs under leases, keeps the timetable and sends mail."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, close_old_connections, connection, transaction

from watchfloor.accounts import operations as accounts
from watchfloor.alerts import handover, watching
from watchfloor.calendars import own_days
from watchfloor.exchange import operations as exchange
from watchfloor.forecasts.operations import freeze_read
from watchfloor.forecasts.thinning import thin_blocks
from watchfloor.jobs import operations as jobs
from watchfloor.jobs.queries import JobRecord, is_running, waiting
from watchfloor.journal import operations as journal
from watchfloor.journal.models import Cursor
from watchfloor.journal.queries import facts, head, position
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import SYSTEM
from watchfloor.notify import heartbeat
from watchfloor.notify import operations as notify
from watchfloor.pipeline import stages, takers, timetable
from watchfloor.pipeline.follow import CONSUMER, STAGES, concerns_all, needs_takers, tasks_after
from watchfloor.pipeline.straight import HISTORY, exclusive, run_until_idle, watched

log = logging.getLogger(__name__)

Beat = Callable[[int, int, str], bool]
LongJob = Callable[[JobRecord, Beat, Callable[[], datetime]], Mapping[str, Any]]

_IDLE_S = 0.1
_MAIL_EVERY_S = 2.0
_FEED_MAILS_EVERY = timedelta(minutes=5)
_TIMETABLE_EVERY = timedelta(seconds=20)
_KEEP_EVERY_S = 8.0
_LONGEST = timedelta(hours=2)  # after that nobody keeps a job's lease for it: its worker hangs
_FACTS_AT_ONCE = 500
_STOP_WITHIN_S = 20.0


class Stopping(BaseException):
    """Raised out of a long job's beat when the worker is told to stop; the job goes back to the queue.

    No ``Exception``: work that mends its own errors must not mistake it for one.
    """


def run_forever(stop: threading.Event, *, more_jobs: Mapping[str, LongJob] | None = None) -> None:
    """Work until ``stop`` is set; the stage in hand is finished, long jobs go back to the queue.

    ``more_jobs`` are kinds of long work that rooms above bring along, such as loading the sample.
    """
    worker = Worker(stop, more_jobs or {})
    threads = [
        threading.Thread(target=loop, name=f"pipeline-{loop.__name__}", daemon=True)
        for loop in (worker.long_work, worker.mail, worker.keep_leases)
    ]
    for thread in threads:
        thread.start()
    try:
        worker.stage_work()
    finally:
        stop.set()
        for thread in threads:
            thread.join(_STOP_WITHIN_S)


class Worker:
    """One process's share of the pipeline. Each loop runs in a thread, and so on a database connection, of its own."""

    def __init__(self, stop: threading.Event, more_jobs: Mapping[str, LongJob]) -> None:
        self._stop = stop
        self._long_jobs: dict[str, LongJob] = {"import": _run_import, "feed": _read_feed, **more_jobs}
        self._holder = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._in_hand: dict[int, datetime] = {}
        self._lock = threading.Lock()
        self._timetable_at = datetime.min.replace(tzinfo=clock.now().tzinfo)
        self._feed_mails_at = self._heartbeat_at = self._timetable_at

    def stage_work(self) -> None:
        """Follow the journal and run stages, one after the other."""
        self._loop(self._stage_round, _IDLE_S)

    def long_work(self) -> None:
        """Imports, feeds and whatever else takes its time."""
        self._loop(self._long_round, 0.3)

    def mail(self) -> None:
        """Send the mails that are due, and signs of life; a slow server delays nothing else."""
        self._loop(self._mail_round, _MAIL_EVERY_S)

    def keep_leases(self) -> None:
        """Keep the leases of the jobs in hand, whatever they are busy with."""
        self._loop(self._keep_round, _KEEP_EVERY_S)

    def _loop(self, one_round: Callable[[], bool], idle_s: float) -> None:
        """Rounds that did something follow each other at once; a database in trouble is tried again later."""
        try:
            while not self._stop.is_set():
                close_old_connections()
                try:
                    busy = one_round()
                except OperationalError:
                    log.exception("The database did not answer; trying again.")
                    connection.close()
                    self._stop.wait(2)
                    continue
                except Stopping:
                    return
                except Exception:
                    log.exception("A round of the pipeline failed; trying again.")
                    self._stop.wait(2)
                    continue
                if not busy:
                    self._stop.wait(idle_s)
        finally:
            connection.close()

    def _stage_round(self) -> bool:
        now = clock.now()
        if is_running(HISTORY, now=now):
            # Somebody loads history with a clock of its own: whatever we computed now would be of the wrong day.
            self._stop.wait(0.5)
            return False
        if now - self._timetable_at >= _TIMETABLE_EVERY:
            self._timetable_at = now
            own_days.refresh()
            keep_timetable(now)
        if now - self._feed_mails_at >= _FEED_MAILS_EVERY:
            self._feed_mails_at = now
            notify.queue_feed_mails(now=now)
        followed = follow(now)
        job = jobs.claim_next(holder=self._holder, now=now, kinds=(*STAGES, HISTORY))
        if job is None:
            return bool(followed)
        with self._in_hands(job):
            self._run(job, self._stage)
        return True

    def _long_round(self) -> bool:
        job = jobs.claim_next(holder=self._holder, now=clock.now(), kinds=tuple(self._long_jobs))
        if job is None:
            return False
        with self._in_hands(job):
            self._run(job, self._long)
        return True

    def _mail_round(self) -> bool:
        now = clock.now()
        notify.send_due(now=now, beat=lambda: not self._stop.is_set())
        if now - self._heartbeat_at >= heartbeat.EVERY:
            self._heartbeat_at = now
            heartbeat.beat(now, consumer=CONSUMER)
        return False

    def _keep_round(self) -> bool:
        now = clock.now()
        with self._lock:
            mine = [pk for pk, since in self._in_hand.items() if now - since < _LONGEST]
        for pk in mine:
            jobs.keep(pk, holder=self._holder, now=now)
        return False

    def _run(self, job: JobRecord, work: Callable[[JobRecord], Mapping[str, Any] | None]) -> None:
        """Do one job and say how it ended; an error that trying again may cure is tried again later."""
        try:
            result = work(job)
        except Stopping:
            jobs.give_back(job.id, holder=self._holder, now=clock.now())
            raise
        except WatchfloorError as error:
            jobs.fail(job.id, holder=self._holder, now=clock.now(), error=f"{error.code}: {error}", permanent=True)
        except OperationalError as error:
            jobs.fail(job.id, holder=self._holder, now=clock.now(), error=f"database: {error}")
        except Exception as error:
            log.exception("A job of kind %s failed.", job.kind)
            jobs.fail(job.id, holder=self._holder, now=clock.now(), error=f"{type(error).__name__}: {error}")
        else:
            if result is None:
                jobs.cancelled(job.id, holder=self._holder, now=clock.now())
            else:
                jobs.finish(job.id, holder=self._holder, now=clock.now(), result=result)

    def _stage(self, job: JobRecord) -> Mapping[str, Any]:
        if job.kind != HISTORY:  # one of those was left behind by a process that died; there is nothing to do for it
            assert job.project_id is not None
            stages.run(job.kind, job.project_id, int(job.arguments.get("fact", 0)), now=clock.now())
        return {}

    def _long(self, job: JobRecord) -> Mapping[str, Any] | None:
        cancelled = False

        def beat(done: int = 0, total: int = 0, note: str = "") -> bool:
            nonlocal cancelled
            if self._stop.is_set():
                raise Stopping
            if not jobs.beat(job.id, holder=self._holder, now=clock.now(), done=done, total=total, note=note):
                cancelled = True
            return not cancelled

        result = self._long_jobs[job.kind](job, beat, clock.now)
        return None if cancelled else result

    @contextmanager
    def _in_hands(self, job: JobRecord) -> Iterator[None]:
        with self._lock:
            self._in_hand[job.id] = clock.now()
        try:
            yield
        finally:
            with self._lock:
                self._in_hand.pop(job.id, None)


def follow(now: datetime, *, limit: int = _FACTS_AT_ONCE) -> int:
    """Make jobs from the facts that nobody has followed yet; returns how many facts.

    Facts that ask for a job which still waits get no second one: it will see what they see.
    """
    if head() <= position(CONSUMER):
        return 0
    with transaction.atomic():
        # The row is the lock: of several processes one follows, the others find nothing left.
        row, _ = Cursor.objects.select_for_update().get_or_create(consumer=CONSUMER)
        new = facts(SYSTEM, after=row.position, limit=limit)
        if not new:
            return 0
        everywhere = watched() if concerns_all(new) else ()
        tasks = tasks_after(new, everywhere, takers.takers() if needs_takers(new) else {})
        begun_later = waiting(STAGES) if tasks else frozenset()
        of_project = {fact.id: fact.project_id for fact in new}
        for task, fact_id in sorted(tasks.items()):
            if not task.fact_id and (task.stage, task.project_id) in begun_later:
                continue
            jobs.enqueue(
                task.stage,
                viewer=SYSTEM,
                now=now,
                # A fact that asks for work on other projects asks for several jobs of one kind.
                fact_id=fact_id if of_project[fact_id] == task.project_id else None,
                project_id=task.project_id,
                arguments={"fact": task.fact_id} if task.fact_id else {},
            )
        journal.advance(CONSUMER, new[-1].id)
    return len(new)


def keep_timetable(now: datetime) -> None:
    """Everything that is due because time passes."""
    timetable.turn_days(now)
    timetable.call_reviews(now)
    watching.look_due(now)
    handover.write_due(now)
    timetable.clear_jobs(now)
    thin_blocks(now)
    accounts.end_expired(now=now)
    exchange.enqueue_due_feeds(now=now)
    exchange.end_unanswered(now=now)


def _run_import(job: JobRecord, beat: Beat, now: Callable[[], datetime]) -> Mapping[str, Any]:
    return dict(exchange.run_import(int(job.arguments["import"]), beat=beat, freeze=freeze_read, now=now()) or {})


def _read_feed(job: JobRecord, beat: Beat, now: Callable[[], datetime]) -> Mapping[str, Any]:
    again = bool(job.arguments.get("again"))
    return exchange.read_feed(int(job.arguments["feed"]), beat=beat, now=now(), again=again).plain


__all__ = ["Beat", "LongJob", "Stopping", "exclusive", "follow", "keep_timetable", "run_forever", "run_until_idle"]
