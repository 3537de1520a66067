"""The updates of the history: when they arrive and what the manager says in them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from watchfloor.plans.cut_offs import cut_offs
from watchfloor.sample.story import Weeks
from watchfloor.sample.truth import Model, actual_cost_minor, forecast_at, slip_at, state_at
from watchfloor.sample.workdays import to_date, to_day

_CODES = ("on", "watch", "risk", "crit")


@dataclass(frozen=True, slots=True)
class Update:
    """One update for one status period."""

    cut_off: date
    sent_at: datetime  # aware, UTC
    reported: Mapping[str, str]  # dimension → status
    forecast_finish: date
    eac_minor: int
    path_to_green: str


def updates_of(model: Model, weekday: int, as_of: date) -> tuple[Update, ...]:
    """Every update that arrived before the as-of day."""
    story, weeks = model.story, Weeks(to_day(as_of))
    made: list[Update] = []
    for day in cut_offs(model.brief.cycle, weekday, to_date(weeks.end(1, 0)), as_of - timedelta(days=1)):
        boundary = to_day(day) + 1
        silent = story.silent_from is not None and boundary > story.silent_from
        if silent or any(boundary - 6 <= skipped <= boundary + 1 for skipped in story.skipped):
            continue
        made.append(update_on(model, day))
    return tuple(made)


def update_on(model: Model, day: date) -> Update:
    """What the manager says at the end of the day, whether or not it is ever sent."""
    boundary = to_day(day) + 1
    timing = forecast_at(model, boundary)
    slip = model.main.between(model.baseline.finish, timing.finish)
    if model.story.rebaseline_on is not None and boundary >= model.story.rebaseline_on:
        slip -= slip_at(model, model.story.rebaseline_on)
    budget = sum(model.budget_minor)
    earned, spent = earned_and_spent(model, boundary)
    eac = round(budget * spent / earned) if earned > 0.2 * budget else budget + spent - earned
    time_level = _level(slip / model.watch_limit_days)
    if model.story.doubts_promise:
        time_level = max(1, time_level)
    cost_level = _level((eac / budget - 1) / 0.025)
    if model.story.reported_green:
        time_level = cost_level = 0
        finish = to_date(model.baseline.finish - 1)
        eac = min(eac, budget)
    else:
        finish = to_date(timing.finish - 1)
    overall = max(time_level, cost_level)
    return Update(
        cut_off=day,
        sent_at=_sent_at(model, day),
        reported={
            "overall": _CODES[overall],
            "time": _CODES[time_level],
            "cost": _CODES[cost_level],
            "scope": _CODES[0],
            "risk": _CODES[min(1, overall)],
            "people": _CODES[0],
        },
        forecast_finish=finish,
        eac_minor=eac,
        path_to_green=_PATHS[overall],
    )


_PATHS = (
    "",
    "Second gang from next week; weekly look at the driving work.",
    "Recovery plan agreed with the contractor: extra shifts and a resequenced front.",
    "Escalated to the programme; options for a changed sequence go to the board.",
)


def _level(ratio: float) -> int:
    return 3 if ratio > 4 else 2 if ratio > 2 else 1 if ratio > 1 else 0


def _sent_at(model: Model, day: date) -> datetime:
    """In the afternoon of the cut-off day, each project at its own minute."""
    minute = zlib.crc32(f"{model.brief.code}/{day}".encode()) % 150
    local = datetime.combine(day, time(15, 0), ZoneInfo(model.place.time_zone)) + timedelta(minutes=minute)
    return local.astimezone(UTC)


def earned_and_spent(model: Model, boundary: int) -> tuple[int, int]:
    """Earned value and actual cost of the project at the boundary, in minor units."""
    state = state_at(model, boundary)
    earned = sum(round(budget * done) for budget, done in zip(model.budget_minor, state.done, strict=True))
    spent = sum(actual_cost_minor(model, state, at, noise=cost_noise(model.keys[at])) for at in range(len(model.keys)))
    return earned, spent


def cost_noise(key: str) -> float:
    """Up to three percent up or down, fixed per activity."""
    return (zlib.crc32(key.encode()) % 601 - 300) / 10_000
