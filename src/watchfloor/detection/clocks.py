"""Three clocks of a project, kept apart: when its feed last ran, how far its status goes, when its work last moved.

A file can come on time with an old data date, and a new data date can come with nothing changed: one clock cannot say
both. See docs/methods/clocks.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from watchfloor.exchange import feed_queries
from watchfloor.exchange.feed_records import FeedRecord
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import period_queries
from watchfloor.plans.period_queries import ContentRecord, DueCutOff
from watchfloor.portfolio.queries import ProjectRecord

FRESH, STALE, ALARM, NONE = "fresh", "stale", "alarm", "none"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock. ``state``: fresh, stale, alarm, or none where there is nothing to tell the time by.

    ``at`` is the moment of a feed, ``on`` the day that status and content go up to; ``missed`` the periods since.
    """

    state: str
    at: datetime | None = None
    on: date | None = None
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Clocks:
    """The three clocks of one project."""

    project_id: int
    project_code: str
    feed: Clock
    status: Clock
    content: Clock


def clocks(viewer: Viewer, projects: Sequence[ProjectRecord], now: datetime) -> tuple[Clocks, ...]:
    """The clocks of watched projects; a fixed number of queries, however many."""
    rows = [each for each in projects if each.is_watched]
    ids = [each.id for each in rows]
    feeds = feed_queries.feeds(viewer, now=now)
    due = period_queries.due_cut_offs(ids, now)
    contents = period_queries.contents(ids, at=viewer.as_of)
    dates = period_queries.data_dates(ids, at=viewer.as_of)
    return tuple(
        Clocks(
            each.id,
            each.code,
            _feed(each, feeds),
            _status(each, _past(each, due, now), dates.get(each.id)),
            _content(each, _past(each, due, now), contents.get(each.id)),
        )
        for each in rows
    )


def _feed(project: ProjectRecord, feeds: Sequence[FeedRecord]) -> Clock:
    """The clock of the nearest feed: the project's own, else the folder of its programme, else the organisation's."""
    active = [each for each in feeds if each.active]
    own = [each for each in active if each.project_id == project.id]
    above = [each for each in active if each.project_id is None and each.programme_id == project.programme_id]
    top = [each for each in active if each.project_id is None and each.programme_id is None]
    nearest = own or above or top
    if not nearest:
        return Clock(NONE)
    ran = [each.last_run_at for each in nearest if each.last_run_at is not None]
    bad = any(each.last_error or any(gap.project_id == project.id for gap in each.missing) for each in nearest)
    return Clock(STALE if bad or not ran else FRESH, at=max(ran, default=None))


def _status(project: ProjectRecord, due: Sequence[DueCutOff], data_date: datetime | None) -> Clock:
    """The data date against the cut-offs that are due, newest first; a submission is a word for its period as well."""
    on = data_date.date() if data_date is not None else None
    silent = takewhile(lambda each: not each.is_said, due)
    missed = sum(on is None or on < each.on for each in silent)
    return Clock(_state(project, missed, on), on=on, missed=missed)


def _content(project: ProjectRecord, due: Sequence[DueCutOff], content: ContentRecord | None) -> Clock:
    """Periods that have passed since an actual date, progress or a remaining duration last changed."""
    on = _as_of(project, content)
    missed = sum(1 for _each in takewhile(lambda each: on is None or on < each.on, due))
    return Clock(_state(project, missed, on), on=on, missed=missed)


def _as_of(project: ProjectRecord, content: ContentRecord | None) -> date | None:
    if content is None:
        return None
    if content.data_date is None or content.is_by_hand:
        return content.recorded_at.astimezone(ZoneInfo(project.time_zone)).date()
    return content.data_date.date()


def _past(project: ProjectRecord, due: Mapping[int, tuple[DueCutOff, ...]], now: datetime) -> tuple[DueCutOff, ...]:
    """Cut-offs whose due day is over where the project is: silence counts from the day after, as for its status."""
    zone = ZoneInfo(project.time_zone)
    today = now.astimezone(zone).date()
    return tuple(each for each in due.get(project.id, ()) if each.due_at.astimezone(zone).date() < today)


def _state(project: ProjectRecord, missed: int, on: date | None) -> str:
    if missed >= project.tolerances.missed_cut_offs_alarm:
        return ALARM
    if missed:
        return STALE
    return FRESH if on is not None else NONE
