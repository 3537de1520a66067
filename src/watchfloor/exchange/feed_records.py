"""What the exchange says about feeds to the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from watchfloor.exchange.models import Feed, FeedFile

# A feed is looked at this often even when a new plan is expected less often.
LOOKS_EVERY = timedelta(hours=1)
# From here on "every" is a promise that something comes, not only how often we look.
PROMISES_FROM = timedelta(days=1)
CAME_IN = frozenset({"done", "unchanged"})
WAITS = frozenset({"asks", "held"})


@dataclass(frozen=True, slots=True)
class Missing:
    """A project whose plan should have come by this feed, and did not."""

    feed_id: int
    project_id: int
    project_code: str
    last_at: datetime | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A file, pattern or folder that is read again and again.

    ``state`` is paused, failed (it cannot be read), late (something did not come), asks (a file waits for an answer),
    refused (a file was), waiting (no file yet) or current.
    """

    id: int
    kind: str  # file, pattern, folder
    project_id: int | None
    project_code: str
    programme_id: int | None
    programme_code: str
    path: str
    every_seconds: int
    makes_projects: bool
    by_command: bool
    last_run_at: datetime | None
    last_change_at: datetime | None
    last_error: str
    active: bool
    files: int  # it has seen, as far as the viewer may know
    bad_files: int  # of these, those that were refused
    asking_files: int  # and those that wait for a person
    missing: tuple[Missing, ...]
    may_manage: bool
    is_followed: bool

    @property
    def looks_every_s(self) -> int:
        return min(self.every_seconds, int(LOOKS_EVERY.total_seconds()))

    @property
    def state(self) -> str:
        if not self.active:
            return "paused"
        if self.last_error:
            return "failed"
        if self.missing:
            return "late"
        if self.bad_files:
            return "refused"
        if self.asking_files:
            return "asks"
        return "current" if self.files else "waiting"

    def is_current(self, now: datetime) -> bool:
        """Whether it was read without an error within one and a half of its looks."""
        if self.last_run_at is None or self.last_error:
            return False
        return (now - self.last_run_at).total_seconds() <= 1.5 * self.looks_every_s


@dataclass(frozen=True, slots=True)
class FeedFileRecord:
    """One file of a feed and what became of it: done, unchanged, asks, held, refused or failed."""

    feed_id: int
    name: str
    size_bytes: int
    read_at: datetime
    arrived_at: datetime | None
    outcome: str
    error: str
    remedy: str
    import_id: int | None
    project_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedSummary:
    """What the feeds somebody follows brought, and what did not come: one mail."""

    files: tuple[FeedFileRecord, ...]  # bad ones first
    missing: tuple[Missing, ...]
    broken: tuple[FeedRecord, ...]  # feeds that cannot be read at all
    left_out: int  # files beyond those listed

    @property
    def is_empty(self) -> bool:
        return not (self.files or self.missing or self.broken)


@dataclass(frozen=True, slots=True)
class FeedCounts:
    """How the feeds stand, for the floor."""

    total: int
    failed: int
    missing: int  # projects whose plan did not come
    refused: int  # files
    asks: int  # files

    @property
    def troubles(self) -> int:
        return self.failed + self.missing + self.refused + self.asks


def looks_every(row: Feed) -> timedelta:
    return min(timedelta(seconds=row.every_seconds), LOOKS_EVERY)


def file_record(row: FeedFile, project_codes: tuple[str, ...]) -> FeedFileRecord:
    return FeedFileRecord(
        feed_id=row.feed_id,
        name=row.name,
        size_bytes=row.size_bytes,
        read_at=row.read_at,
        arrived_at=row.arrived_at,
        outcome=row.outcome,
        error=row.error,
        remedy=row.remedy,
        import_id=row.plan_import_id,
        project_codes=project_codes,
    )
