"""Running the pipeline in one process, straight from the journal, until nothing is left to do.

For loading history and for tests: the same stages in the same order as the worker, with the clock handed in and no
job rows in between. A crash loses nothing either: the journal's cursor moves only once everything is done, and every
stage may run twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import local
from time import sleep

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.alerts import handover, watching
from watchfloor.jobs import operations as jobs
from watchfloor.jobs.queries import is_running
from watchfloor.journal import operations as journal
from watchfloor.journal.queries import FactRecord, facts, position
from watchfloor.kit import clock
from watchfloor.kit.errors import Conflict
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline import stages, takers, timetable
from watchfloor.pipeline.follow import CONSUMER, FORECAST, KINDS, Task, concerns_all, tasks_after
from watchfloor.portfolio.models import WATCHED_STAGES, Project

# The job that says "somebody drives the pipeline by hand": workers stand still while its lease lives.
HISTORY = "history"
_LEASE = timedelta(seconds=120)
_BEAT_AFTER = timedelta(seconds=15)
_WAIT = timedelta(minutes=10)
_FACTS_AT_ONCE = 1000

_ours = local()


class Hold:
    """The right to drive the pipeline by hand, kept alive by :meth:`beat`. Its lease runs on the real clock."""

    def __init__(self, job_id: int, holder: str, beaten_at: datetime) -> None:
        self._job_id, self._holder, self._beaten_at = job_id, holder, beaten_at

    def beat(self) -> None:
        """Show that we are alive; call it at least every minute.

        Raises:
            Conflict: we were thought dead and lost it.
        """
        now = clock.now()
        if now - self._beaten_at < _BEAT_AFTER:
            return
        if not jobs.keep(self._job_id, holder=self._holder, now=now, lease=_LEASE):
            raise Conflict(_("Another process has taken over the pipeline."), remedy=_("Start again."))
        self._beaten_at = now

    def end(self) -> None:
        jobs.finish(self._job_id, holder=self._holder, now=clock.now())


@contextmanager
def exclusive() -> Iterator[Hold]:
    """Drive the pipeline by hand while workers stand still; within it, again, it is the same hold.

    Raises:
        Conflict: somebody else has been holding it for ten minutes.
    """
    held: Hold | None = getattr(_ours, "hold", None)
    if held is not None:
        held.beat()
        yield held
        return
    held = _take()
    _ours.hold = held
    try:
        yield held
    finally:
        _ours.hold = None
        held.end()


def run_until_idle(now: Callable[[], datetime], *, limit: int = 100_000) -> int:
    """Turn the days, then run every stage that anything asks for, until the journal has nothing new; returns how many.

    Errors of a stage reach the caller, with the cursor unmoved: whoever runs next does the work again.

    Raises:
        Conflict: more than ``limit`` stages were run, so that something calls for itself for ever.
    """
    with exclusive() as hold:
        timetable.turn_days(now())
        timetable.call_reviews(now())
        watching.look_due(now())
        handover.write_due(now())
        followed = position(CONSUMER)
        reached = followed
        pending: dict[Task, int] = {}
        graph: dict[int, tuple[int, ...]] | None = None
        order: dict[int, int] = {}
        done = 0
        while True:
            new = facts(SYSTEM, after=reached, limit=_FACTS_AT_ONCE)
            if new:
                reached = new[-1].id
                if graph is None and any(each.kind in KINDS for each in new):
                    graph = takers.takers()
                    order = takers.depth(graph)
                pending.update(tasks_after(new, _watched_if(new), graph or {}))
                continue
            if not pending:
                break
            for task in _next_tasks(pending, order):
                del pending[task]
                stages.run(task.stage, task.project_id, task.fact_id, now=now())
                done += 1
                hold.beat()
                if done > limit:
                    raise Conflict(_("The pipeline does not come to rest."), remedy=_("Report this with the journal."))
        if reached > followed:
            journal.advance(CONSUMER, reached)
        return done


def _next_tasks(pending: dict[Task, int], order: dict[int, int]) -> list[Task]:
    """The tasks of the stage furthest upstream; forecasts only of projects that wait for no other pending one."""
    rank = min(each.rank for each in pending)
    tasks = sorted(each for each in pending if each.rank == rank)
    if tasks[0].stage != FORECAST:
        return tasks
    first = min(order.get(each.project_id, 0) for each in tasks)
    return [each for each in tasks if order.get(each.project_id, 0) == first]


def _watched_if(new: tuple[FactRecord, ...]) -> tuple[int, ...]:
    return watched() if concerns_all(new) else ()


def watched() -> tuple[int, ...]:
    """Ids of all watched projects."""
    return tuple(Project.objects.filter(stage__in=WATCHED_STAGES).order_by("id").values_list("id", flat=True))


def _take() -> Hold:
    holder = f"hand-{secrets.token_hex(4)}"
    began = clock.now()
    while True:
        now = clock.now()
        with transaction.atomic():
            # One that a dead process left behind is taken over; else ours is made and claimed before anybody sees it.
            if not is_running(HISTORY, now=now):
                job = jobs.claim_next(holder=holder, now=now, kinds=(HISTORY,), lease=_LEASE)
                if job is None:
                    jobs.enqueue(HISTORY, viewer=SYSTEM, now=now, max_attempts=1000)
                    job = jobs.claim_next(holder=holder, now=now, kinds=(HISTORY,), lease=_LEASE)
                if job is not None:
                    return Hold(job.id, holder, now)
        if now - began > _WAIT:
            raise Conflict(_("Another process is loading history."), remedy=_("Wait until it has finished."))
        sleep(1)
