"""What is due because time passes: days turn, periods open and close, feeds are read, old jobs are cleared away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import transaction

from watchfloor.jobs.models import Job
from watchfloor.journal import operations as journal
from watchfloor.journal.models import Cursor
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.follow import STAGES
from watchfloor.plans import operations as plans
from watchfloor.portfolio.models import WATCHED_STAGES, Project, Stage

_DAY = "day:"
_REVIEW = "review:"
_PROJECTS_AT_ONCE = 12  # per transaction: few commits, and others still get to write in between
_KEEP_JOBS = timedelta(days=7)
_JOBS_AT_ONCE = 5000


def turn_days(now: datetime) -> int:
    """Turn the day of every watched project whose own date has moved on since last time; returns how many.

    Days that passed while nothing ran are turned as one: stages look at the present, not at each day gone by.
    """
    turned = {row.consumer: row.position for row in Cursor.objects.filter(consumer__startswith=_DAY)}
    rows = Project.objects.filter(stage__in=WATCHED_STAGES).order_by("id").values_list("id", "time_zone")
    due = []
    for project_id, zone in rows:
        today = now.astimezone(ZoneInfo(zone)).date()
        if turned.get(f"{_DAY}{project_id}", 0) < today.toordinal():
            due.append((project_id, today))
    for some in _batches(due):
        _turn(some, now)
    return len(due)


def call_reviews(now: datetime) -> int:
    """Say of every project on hold that its day to be looked at again has come, once per such day; returns how many."""
    rows = Project.objects.filter(stage=Stage.ON_HOLD, review_on__lte=now.date() + timedelta(days=1)).order_by("id")
    due = [row for row in rows if row.review_on and row.review_on <= now.astimezone(ZoneInfo(row.time_zone)).date()]
    if not due:
        return 0
    called = {row.consumer: row.position for row in Cursor.objects.filter(consumer__startswith=_REVIEW)}
    new = [row for row in due if row.review_on and called.get(f"{_REVIEW}{row.pk}", 0) < row.review_on.toordinal()]
    for row in new:
        _call_review(row, now)
    return len(new)


def clear_jobs(now: datetime) -> int:
    """Forget finished stage jobs after a week: what they did is in the journal. Returns how many."""
    old = Job.objects.filter(kind__in=STAGES, outcome="done", finished_at__lt=now - _KEEP_JOBS)
    ids = list(old.order_by("id").values_list("id", flat=True)[:_JOBS_AT_ONCE])
    return Job.objects.filter(pk__in=ids).delete()[0] if ids else 0


@transaction.atomic
def _call_review(row: Project, now: datetime) -> None:
    assert row.review_on is not None
    journal.advance(f"{_REVIEW}{row.pk}", row.review_on.toordinal())
    journal.append(
        "hold.review_due",
        viewer=SYSTEM,
        now=now,
        project_id=row.pk,
        subject_kind="project",
        subject_id=row.pk,
        data={"review_on": row.review_on.isoformat()},
    )


@transaction.atomic
def _turn(projects: Sequence[tuple[int, date]], now: datetime) -> None:
    # Cursors first and the facts last: on PostgreSQL, appending makes every other writer wait until we commit.
    for project_id, today in projects:
        journal.advance(f"{_DAY}{project_id}", today.toordinal())
    for project_id, today in projects:
        plans.open_periods(project_id, until=today, now=now)
        plans.close_accepted(project_id, now=now)
        journal.append(
            "day.turned",
            viewer=SYSTEM,
            now=now,
            project_id=project_id,
            subject_kind="project",
            subject_id=project_id,
            data={"date": today.isoformat()},
        )


def _batches(rows: Sequence[tuple[int, date]]) -> Iterator[tuple[tuple[int, date], ...]]:
    waiting = iter(rows)
    while batch := tuple(islice(waiting, _PROJECTS_AT_ONCE)):
        yield batch
