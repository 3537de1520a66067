"""What happened to a plan from one status to the next: moved, stuck, deleted, rewritten, pushed ahead. Pure.

Looks at the forecasts of the last statuses, newest first, one per data date, and says it in frozen records that
detectors judge. Definitions and limits: docs/methods/detectors.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from watchfloor.forecasts.records import ActivityTable

_COMPLETE, _STARTED = 2, 1
_ROLLED_UP = frozenset({"summary", "level_of_effort"})
_WAVE = (timedelta(weeks=4), timedelta(weeks=8))  # how far ahead the work of a bow wave lies
NEARLY_DONE = 90.0


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of an activity table that are looked at."""

    key: tuple[str, ...]
    name: tuple[str, ...]
    kind: tuple[str, ...]
    status: tuple[int, ...]  # 0 not started, 1 in progress, 2 complete
    percent: tuple[float, ...]
    remaining_days: tuple[float, ...]
    start: tuple[datetime | None, ...]
    finish: tuple[datetime | None, ...]
    float_days: tuple[float | None, ...]

    @classmethod
    def of(cls, table: ActivityTable) -> Rows:
        return cls(
            table.key, table.name, table.kind, table.status, table.percent, table.remaining_days, table.start,
            table.finish, table.total_float_days,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True)
class Status:
    """The forecast at one data date."""

    on: date
    table: Rows


@dataclass(frozen=True, slots=True)
class StuckView:
    """Work in progress of which as much is left as ``periods`` ago, or that stays nearly done."""

    key: str
    name: str
    periods: int
    remaining_days: float
    is_nearly_done: bool


@dataclass(frozen=True, slots=True)
class RewrittenView:
    """An actual date that was reported for a period, and later says something else."""

    key: str
    name: str
    which: str  # start, finish
    before: date
    after: date | None  # None: it is not actual any more
    days: float  # working days by which it moved


@dataclass(frozen=True, slots=True)
class GoneView:
    """Work that was due and unfinished, and left the plan."""

    key: str
    name: str
    due: date


@dataclass(frozen=True, slots=True)
class Executed:
    """Current execution: of what the status before forecast to finish in this period, how much did."""

    on: date
    due: int
    done: int

    @property
    def index(self) -> float | None:
        return self.done / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class PathView:
    """Unfinished work without float at a status, and what of it still had some a status before."""

    critical: int
    turned: tuple[tuple[str, str, float], ...]  # key, name, float it had; most first


@dataclass(frozen=True, slots=True)
class Conduct:
    """Everything said of the last periods, newest first."""

    stuck: tuple[StuckView, ...] = ()
    rewritten: tuple[RewrittenView, ...] = ()
    gone: tuple[GoneView, ...] = ()
    executed: tuple[Executed, ...] = ()
    wave: tuple[tuple[date, float], ...] = ()  # days of work due four to eight weeks ahead, by data date
    path: PathView = field(default_factory=lambda: PathView(0, ()))
    near_critical: tuple[tuple[date, int], ...] = ()  # unfinished work with a little float, by data date
    idle_periods: int = 0  # in a row, in which nothing moved though something was due to


WorkingDays = Callable[[date, date], float]


def conduct(statuses: Sequence[Status], between: WorkingDays, *, near_critical_days: float = 10.0) -> Conduct:
    """What the statuses, newest first, say together; ``between`` counts working days of the project.

    Cost: proportional to the activities of all statuses.
    """
    if not statuses:
        return Conduct()
    return Conduct(
        stuck=tuple(_stuck(statuses)),
        rewritten=tuple(_rewritten(statuses, between)),
        gone=tuple(_gone(statuses)),
        executed=tuple(_executed(one, other) for one, other in pairwise(statuses)),
        wave=tuple((each.on, _ahead(each)) for each in statuses),
        path=_path(statuses),
        near_critical=tuple((each.on, _near_critical(each.table, near_critical_days)) for each in statuses),
        idle_periods=_idle(statuses),
    )


def _work(table: Rows) -> Iterator[int]:
    return (at for at in range(len(table)) if table.kind[at] not in _ROLLED_UP)


def _stuck(statuses: Sequence[Status]) -> Iterator[StuckView]:
    now = statuses[0].table
    before = [_places(each.table) for each in statuses[1:]]
    for at in _work(now):
        if now.status[at] != _STARTED:
            continue
        key, left = now.key[at], now.remaining_days[at]
        same = nearly = 0
        for status, places in zip(statuses[1:], before, strict=True):
            then = places.get(key, -1)
            if then < 0 or status.table.status[then] != _STARTED or status.table.remaining_days[then] != left:
                break
            same += 1
        for status, places in zip(statuses[1:], before, strict=True):
            then = places.get(key, -1)
            if then < 0 or not NEARLY_DONE <= status.table.percent[then] < 100:
                break
            nearly += 1
        is_nearly_done = NEARLY_DONE <= now.percent[at] < 100
        periods = max(same, nearly if is_nearly_done else 0)
        if periods:
            yield StuckView(key, now.name[at], periods, round(left, 1), is_nearly_done and nearly >= same)


def _rewritten(statuses: Sequence[Status], between: WorkingDays) -> Iterator[RewrittenView]:
    """Against the oldest of the earlier statuses that reported each date."""
    now, places = statuses[0].table, _places(statuses[0].table)
    told: set[tuple[str, str]] = set()
    for status in reversed(statuses[1:]):
        then = status.table
        for at in _work(then):
            here = places.get(then.key[at], -1)
            said = {name: day if actual else None for name, day, actual in _actuals(now, here)} if here >= 0 else {}
            for which, was, reported in _actuals(then, at):
                if not reported or was is None or here < 0 or (then.key[at], which) in told:
                    continue
                told.add((then.key[at], which))
                day = said[which]
                if day == was:
                    continue
                moved = 0.0 if day is None else abs(between(was, day))
                yield RewrittenView(then.key[at], then.name[at], which, was, day, moved)


def _actuals(table: Rows, at: int) -> tuple[tuple[str, date | None, bool], ...]:
    return (
        ("start", _day(table.start[at]), table.status[at] >= _STARTED),
        ("finish", _day(table.finish[at]), table.status[at] == _COMPLETE),
    )


def _gone(statuses: Sequence[Status]) -> Iterator[GoneView]:
    if len(statuses) < 2:
        return
    now, then = statuses[0], statuses[1].table
    kept = frozenset(now.table.key)
    for at in _work(then):
        due = _day(then.finish[at])
        if then.status[at] != _COMPLETE and due is not None and due <= now.on and then.key[at] not in kept:
            yield GoneView(then.key[at], then.name[at], due)


def _executed(now: Status, before: Status) -> Executed:
    places = _places(now.table)
    due = [
        before.table.key[at]
        for at in _work(before.table)
        if before.table.status[at] != _COMPLETE and _is_due(before.table.finish[at], before.on, now.on)
    ]
    done = sum(key in places and now.table.status[places[key]] == _COMPLETE for key in due)
    return Executed(now.on, len(due), done)


def _path(statuses: Sequence[Status]) -> PathView:
    now = statuses[0].table
    critical = [at for at in _unfinished(now) if (slack := now.float_days[at]) is not None and slack <= 0]
    if len(statuses) < 2:
        return PathView(len(critical), ())
    before, places = statuses[1].table, _places(statuses[1].table)
    turned = []
    for at in critical:
        then = places.get(now.key[at], -1)
        had = before.float_days[then] if then >= 0 else None
        if had is not None and had > 0:
            turned.append((now.key[at], now.name[at], round(had, 1)))
    return PathView(len(critical), tuple(sorted(turned, key=lambda each: (-each[2], each[0]))))


def _near_critical(table: Rows, limit: float) -> int:
    floats = (table.float_days[at] for at in _unfinished(table))
    return sum(slack is not None and 0 < slack <= limit for slack in floats)


def _unfinished(table: Rows) -> Iterator[int]:
    return (at for at in _work(table) if table.status[at] != _COMPLETE)


def _ahead(status: Status) -> float:
    first, last = (status.on + each for each in _WAVE)
    table = status.table
    return round(
        sum(
            table.remaining_days[at]
            for at in _work(table)
            if table.status[at] != _COMPLETE and _is_due(table.finish[at], first, last)
        ),
        1,
    )


def _idle(statuses: Sequence[Status]) -> int:
    count = 0
    for now, before in pairwise(statuses):
        if now.on <= before.on or _moved(now.table, before.table) or not _was_due(before, now.on):
            break
        count += 1
    return count


def _moved(now: Rows, before: Rows) -> bool:
    then = _places(before)
    for at in _work(now):
        was = then.get(now.key[at], -1)
        if was < 0:
            continue
        if now.status[at] != before.status[was] or now.percent[at] != before.percent[was]:
            return True
        if now.status[at] == _STARTED and now.remaining_days[at] != before.remaining_days[was]:
            return True
    return False


def _was_due(before: Status, until: date) -> bool:
    """Whether the earlier forecast had work starting or finishing in the period: in a holiday there is none."""
    table = before.table
    return any(
        (table.status[at] == 0 and _is_due(table.start[at], before.on, until))
        or (table.status[at] != _COMPLETE and _is_due(table.finish[at], before.on, until))
        for at in _work(table)
    )


def _is_due(moment: datetime | None, after: date, until: date) -> bool:
    return moment is not None and after < moment.date() <= until


def _places(table: Rows) -> dict[str, int]:
    return {key: at for at, key in enumerate(table.key)}


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None
