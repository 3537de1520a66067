"""Our dates against those the source tool stored: how many are equal to the minute, and why the others differ.

Pure. Reads ``Activity.stored`` only after the schedule is computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from watchfloor.forecasts.compile import Compiled
from watchfloor.plans.document import ROLLED_UP, Activity, ActivityKind, ConstraintKind, Plan
from watchfloor_engine.calendars import from_tick, to_tick
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import COMPLETE, IN_PROGRESS
from watchfloor_engine.schedule import Schedule

QUANTITIES = ("early_start", "early_finish", "late_start", "late_finish", "total_float", "start", "finish")
_FLOAT_TOLERANCE_TICKS = 5  # tools store hours with few decimals
_EXAMPLES = 5
_FORWARD = frozenset({"early_start", "early_finish", "start", "finish"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """One stored quantity: how many were compared and equal, and why the rest was not compared."""

    name: str
    compared: int
    equal: int
    skipped: dict[str, int]  # no_stored_value, complete, rolled_up, levelled
    rolled_up_compared: int  # summaries and level of effort, kept apart
    rolled_up_equal: int

    @property
    def share(self) -> float | None:
        """Equal ÷ compared; None when nothing was."""
        return self.equal / self.compared if self.compared else None


@dataclass(frozen=True, slots=True)
class Difference:
    """One activity whose dates differ, with the first quantity that does."""

    key: str
    name: str
    quantity: str
    stored: str
    computed: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why dates differ, as far as the plan tells. ``example`` is an activity key."""

    reason: str
    activities: int
    example: str


@dataclass(frozen=True, slots=True)
class StoredComparison:
    compared: int  # activities with at least one compared quantity
    as_days: int  # of them, those whose dates the file holds without times, so that days are compared
    quantities: tuple[Quantity, ...]
    reasons: tuple[Reason, ...]
    differences: tuple[Difference, ...]

    @property
    def total_compared(self) -> int:
        """Comparisons over all quantities."""
        return sum(each.compared for each in self.quantities)

    @property
    def total_equal(self) -> int:
        return sum(each.equal for each in self.quantities)


def compare_stored(
    compiled: Compiled, schedule: Schedule, *, partial: Collection[str] = (), limit: int = 1_000
) -> StoredComparison:
    """Compare every activity for which the file holds a value; at most ``limit`` differences are listed.

    ``partial`` are codes of projects of which the file holds only stubs, which is the reason where those differ.
    """
    tallies = {name: _Tally() for name in QUANTITIES}
    differing: dict[int, list[str]] = {}
    compared = as_days = 0
    days_only = {place for place, plan in enumerate(compiled.plans) if _holds_days_only(plan)}
    for at, activity in enumerate(compiled.activities[: compiled.own]):
        tried = False
        whole_days = int(compiled.network.project[at]) in days_only
        for name, verdict in _verdicts(compiled, schedule, at, activity, whole_days=whole_days):
            tally = tallies[name]
            if isinstance(verdict, str):
                tally.skipped[verdict] += 1
            elif activity.kind in ROLLED_UP:
                tally.rolled_up_compared += 1
                tally.rolled_up_equal += verdict
            else:
                tried = True
                tally.compared += 1
                tally.equal += verdict
                if not verdict:
                    differing.setdefault(at, []).append(name)
        compared += tried
        as_days += tried and whole_days
    reasons, differences = _explain(compiled, schedule, differing, partial, limit)
    quantities = tuple(
        Quantity(name, t.compared, t.equal, dict(t.skipped), t.rolled_up_compared, t.rolled_up_equal)
        for name, t in tallies.items()
    )
    return StoredComparison(compared, as_days, quantities, reasons, differences)


class _Tally:
    __slots__ = ("compared", "equal", "rolled_up_compared", "rolled_up_equal", "skipped")

    def __init__(self) -> None:
        self.compared = self.equal = self.rolled_up_compared = self.rolled_up_equal = 0
        self.skipped: Counter[str] = Counter()


def _verdicts(
    compiled: Compiled, schedule: Schedule, at: int, activity: Activity, *, whole_days: bool
) -> Iterator[tuple[str, bool | str]]:
    """Each quantity with True (equal), False (differs) or the reason why it was not compared."""
    complete = compiled.network.status[at] == COMPLETE
    for name in QUANTITIES:
        stored = _stored(activity, name)
        if stored is None:
            yield name, "no_stored_value"
        elif complete and name not in ("start", "finish"):
            yield name, "complete"
        elif name in ("start", "finish") and _is_levelled(activity):
            yield name, "levelled"
        else:
            if activity.kind in ROLLED_UP:
                yield name, "rolled_up"
            yield name, _equal(compiled, schedule, at, name, stored, whole_days=whole_days)


def _stored(activity: Activity, name: str) -> datetime | int | None:
    if activity.stored is None:
        return None
    value = getattr(activity.stored, "total_float_ticks" if name == "total_float" else name)
    assert value is None or isinstance(value, datetime | int)
    return value


def _is_levelled(activity: Activity) -> bool:
    """The tool moved the start later than its own early start, which only its leveller does."""
    stored = activity.stored
    if stored is None or activity.actual_start is not None or activity.manual_start is not None:
        return False
    if any(each.kind is ConstraintKind.AS_LATE_AS_POSSIBLE for each in activity.constraints):
        return False
    return stored.early_start is not None and stored.start is not None and stored.start > stored.early_start


def computed(compiled: Compiled, schedule: Schedule, at: int, name: str) -> int:
    """Our value of a quantity in ticks, in the sense of the tool the plan came from."""
    from_start = (
        not compiled.options[int(compiled.network.project[at])].data_date_is_floor
        and compiled.network.status[at] == IN_PROGRESS
    )
    if name == "early_start" and from_start:
        return int(schedule.start[at])  # MS Project counts work under way from its actual start
    return int(getattr(schedule, name)[at])


def _equal(
    compiled: Compiled, schedule: Schedule, at: int, name: str, stored: datetime | int, *, whole_days: bool
) -> bool:
    ours = computed(compiled, schedule, at, name)
    if ours == MISSING:
        return False
    if isinstance(stored, datetime):
        return from_tick(ours).date() == stored.date() if whole_days else to_tick(stored) // 10 == ours // 10
    return abs(ours - stored) <= _FLOAT_TOLERANCE_TICKS


def _explain(
    compiled: Compiled, schedule: Schedule, differing: dict[int, list[str]], partial: Collection[str], limit: int
) -> tuple[tuple[Reason, ...], tuple[Difference, ...]]:
    before, after = _neighbours(compiled)
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    rows: list[Difference] = []
    for at, names in differing.items():
        activity = compiled.activities[at]
        if compiled.plans[int(compiled.network.project[at])].code in partial:
            reason = "project_not_exported"
        else:
            reason = _reason(compiled, at, names, differing, before, after)
        counts[reason] += 1
        examples.setdefault(reason, activity.key)
        if len(rows) < limit:
            stored = _stored(activity, names[0])
            assert stored is not None
            ours = computed(compiled, schedule, at, names[0])
            rows.append(
                Difference(activity.key, activity.name, names[0], _shown(stored), _shown_ours(stored, ours), reason)
            )
    reasons = tuple(Reason(name, count, examples[name]) for name, count in counts.most_common())
    return reasons, tuple(rows)


def _holds_days_only(plan: Plan) -> bool:
    """Whether the file tells no time of any date it computed, as MPX files and sheets may do."""
    found = [each.stored for each in plan.activities if each.stored is not None]
    dates = [moment for each in found for moment in (each.start, each.finish, each.early_start, each.early_finish)]
    told = [moment for moment in dates if moment is not None]
    return bool(told) and all(each.time() == time() for each in told)


def _neighbours(compiled: Compiled) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for predecessor, successor in zip(compiled.network.pred.tolist(), compiled.network.succ.tolist(), strict=True):
        before.setdefault(successor, []).append(predecessor)
        after.setdefault(predecessor, []).append(successor)
    return before, after


def _reason(  # noqa: PLR0917 - all that a reason may be found in
    compiled: Compiled,
    at: int,
    names: Sequence[str],
    differing: dict[int, list[str]],
    before: dict[int, list[int]],
    after: dict[int, list[int]],
) -> str:
    """The nearest cause the plan shows: a neighbour that differs too, else what is unusual about the activity."""
    activity = compiled.activities[at]
    forward = any(name in _FORWARD for name in names)
    neighbours = before.get(at, ()) if forward else after.get(at, ())
    for other in neighbours:
        if any((name in _FORWARD) == forward for name in differing.get(other, ())):
            return "follows_predecessor" if forward else "follows_successor"
    if activity.manual_start is not None:
        return "manually_scheduled"
    if compiled.plans and compiled.plans[int(compiled.network.project[at])].options.from_finish:
        return "scheduled_from_finish"
    if activity.external_start is not None or activity.external_finish is not None:
        return "external_dates"
    if activity.suspended is not None:
        return "suspended"
    if activity.constraints:
        return f"constraint_{activity.constraints[0].kind.value}"
    if activity.expected_finish is not None:
        return "expected_finish"
    if activity.kind is ActivityKind.RESOURCE_DEPENDENT:
        return "resource_calendar"
    if compiled.network.status[at] == COMPLETE:
        return "actual_dates"
    if compiled.network.status[at] == IN_PROGRESS:
        return "in_progress"
    if not forward:
        return "late_dates_of_project" if not after.get(at) else "late_dates"
    return "without_predecessor" if not before.get(at) else "not_explained"


def _shown(value: datetime | int) -> str:
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else f"{value / 600:.2f} h"


def _shown_ours(stored: datetime | int, ticks: int) -> str:
    if ticks == MISSING:
        return "none"
    return _shown(from_tick(ticks)) if isinstance(stored, datetime) else _shown(ticks)
