"""How well the watch works: time to acknowledge and to resolve, how many alerts a week, and which rules cry wolf."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean, median

from watchfloor.alerts.deadlines import OwnerHours, acknowledge_by, working_minutes_until
from watchfloor.alerts.models import Alert
from watchfloor.alerts.queries import STAGE_MARK, visible
from watchfloor.detection.detectors import user_rule
from watchfloor.journal.queries import facts
from watchfloor.kit.viewer import Viewer

WEEKS = 13
ALERTS_MAX = 20_000
# What a watch that people keep should reach: beyond it nobody reads them any more (METHODS "Watch").
WEEKLY_PER_PROGRAMME, WEEKLY_IN_ALL = 5, 25


@dataclass(frozen=True, slots=True)
class Spent:
    """Working minutes of the owner, over so many alerts; None without any."""

    count: int
    mean_min: float | None
    median_min: float | None


@dataclass(frozen=True, slots=True)
class RuleMeasure:
    """One kind of alert: how many, how many somebody acted on, and how many went by themselves unseen."""

    code: str
    rule: str  # what a rule that people wrote says; empty: built in
    count: int
    acted: int
    unseen: int  # resolved by itself before anybody acknowledged it

    @property
    def acted_share(self) -> float:
        return self.acted / self.count


@dataclass(frozen=True, slots=True)
class Measures:
    """The last ``WEEKS`` weeks of what the viewer may see."""

    since: datetime
    alerts: int
    acknowledge: Spent
    resolve: Spent
    in_time: int  # acknowledged by their deadline
    late: int  # acknowledged after it, or not yet and overdue
    acted: int
    per_week: float
    busiest_week: int
    busiest_programme_week: int
    rules: tuple[RuleMeasure, ...]  # most alerts first

    @property
    def acted_share(self) -> float | None:
        return self.acted / self.alerts if self.alerts else None


def measures(viewer: Viewer, *, now: datetime) -> Measures:
    """Counted from the alerts, and from the journal when each was first acknowledged; two queries, however many.

    An acknowledgement that ran out, or was taken back, was one all the same.
    """
    since = now - timedelta(weeks=WEEKS)
    rows = list(visible(viewer).filter(raised_at__gte=since, raised_at__lte=now).order_by("id")[:ALERTS_MAX])
    first: dict[int, datetime] = {}
    for fact in facts(viewer, kinds=("alert.acknowledged",), newest_first=True, limit=ALERTS_MAX):
        first[fact.subject_id or 0] = fact.recorded_at  # the oldest comes last
    for row in rows:
        row.acknowledged_at = first.get(row.pk)
    acknowledged = [row for row in rows if row.acknowledged_at is not None]
    resolved = [row for row in rows if row.resolved_at is not None and not row.resolution.startswith(STAGE_MARK)]
    weeks = Counter(row.raised_at.isocalendar()[:2] for row in rows)
    programmes = Counter((row.project.programme_id, row.raised_at.isocalendar()[:2]) for row in rows)
    return Measures(
        since=since,
        alerts=len(rows),
        acknowledge=_spent([worked(row, row.acknowledged_at) for row in acknowledged]),
        resolve=_spent([worked(row, row.resolved_at) for row in resolved]),
        in_time=sum(not _is_late(row, now) for row in acknowledged),
        late=sum(_is_late(row, now) for row in rows),
        acted=sum(_is_acted(row) for row in rows),
        per_week=len(rows) / WEEKS,
        busiest_week=max(weeks.values(), default=0),
        busiest_programme_week=max(programmes.values(), default=0),
        rules=_rules(rows),
    )


def _rules(rows: Sequence[Alert]) -> tuple[RuleMeasure, ...]:
    kinds: dict[tuple[str, str], list[Alert]] = defaultdict(list)
    for row in rows:
        kinds[row.code, str(row.parameters["rule"]) if row.code in user_rule.MESSAGES else ""].append(row)
    found = [
        RuleMeasure(code, rule, len(same), sum(map(_is_acted, same)), sum(map(_is_unseen, same)))
        for (code, rule), same in kinds.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, each.code, each.rule)))


def _is_acted(row: Alert) -> bool:
    return row.acknowledged_at is not None or bool(row.resolved_by_name)


def _is_unseen(row: Alert) -> bool:
    return row.resolved_at is not None and not _is_acted(row)


def _is_late(row: Alert, now: datetime) -> bool:
    """Against the time its owner had when it was raised: later tellings give others a time of theirs."""
    answered = row.acknowledged_at or row.resolved_at or now
    return answered > acknowledge_by(_hours(row), row.raised_at, row.severity)


def _hours(row: Alert) -> OwnerHours:
    """Those of the owner, or of the project's place."""
    place = row.owner if row.owner is not None else row.project
    return OwnerHours(place.country, place.region, place.time_zone)


def worked(row: Alert, until: datetime | None) -> int:
    """Working minutes since the alert was raised."""
    assert until is not None
    return working_minutes_until(_hours(row), row.raised_at, until)


def _spent(minutes: Sequence[int]) -> Spent:
    return Spent(len(minutes), mean(minutes) if minutes else None, median(minutes) if minutes else None)
