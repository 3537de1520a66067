"""Turning the script into what happens: noise everywhere, troubles and decoys where they are planted.

Sizes are reached by trying: a stretch is changed until the schedule slips by what the script asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from watchfloor.sample.planted import (
    DECOYS,
    EXPECTED,
    SCRIPT,
    Decoy,
    DecoyPlant,
    Disguise,
    Plant,
    Planted,
    Size,
    Trouble,
)
from watchfloor.sample.truth import Model, Tell, baseline_float, float_at, forecast_at, slip_at, state_at
from watchfloor.sample.workdays import to_date, to_day

WEEKS = 26
_STRETCHING = (Trouble.FINISH_SLIP, Trouble.COMMITTED_MILESTONE, Trouble.WATERMELON)


@dataclass(frozen=True, slots=True)
class Weeks:
    """The boundaries of the history: ``ends[k]`` is the midnight after the cut-off of week k, 1..26."""

    as_of: int

    def end(self, week: int, weekday: int = 4) -> int:
        """Boundary after the cut-off (Friday by default) of the week; week 26 is the one before the as-of day."""
        return self.as_of - 7 + weekday + 1 - 7 * (WEEKS - week)


def add_noise(model: Model, weeks: Weeks, rng: np.random.Generator) -> None:
    """Make some work take a day more or less, without moving the finish past half the tolerance in any week.

    Tried with less and less noise; at the end with none.
    """
    count = len(model.days)
    draw = rng.random(count)
    for share in (0.16, 0.1, 0.06, 0.03, 0.0):
        changed = np.where(draw < share, 1, np.where(draw > 1 - share * 1.15, -1, 0))
        model.story.true_days = [
            max(1, days + int(more)) if days >= 3 else days for days, more in zip(model.days, changed, strict=True)
        ]
        model.happen()
        slips = [slip_at(model, weeks.end(week)) for week in range(2, WEEKS + 1, 4)]
        if min(slips) >= -5 and max(slips) <= min(2.0, 0.35 * model.watch_limit_days):
            return


def plant(models: dict[str, Model], weeks: Weeks, rng: np.random.Generator) -> Iterator[Planted]:
    """Apply the script to the projects that exist; yields what was planted as it turned out."""
    for line in SCRIPT:
        here = tuple(code for code in line.projects if code in models)
        if not here or (line.kind is Trouble.INTERFACE_MISMATCH and len(here) < 2):
            continue
        if line.kind in _STRETCHING:
            yield _slip(models[here[0]], line, weeks)
        elif line.kind is Trouble.COST_OVERRUN:
            yield _overrun(models[here[0]], line, weeks)
        elif line.kind is Trouble.MISSED_CUT_OFF:
            yield _silence(models[here[0]], line, weeks)
        elif line.kind is Trouble.FLOAT_EROSION:
            yield _erode(models[here[0]], line, weeks)
        elif line.kind is Trouble.OVERDUE_WORK:
            yield _neglect(models[here[0]], line, weeks)
        elif line.kind is Trouble.STALLED_PROGRESS:
            yield _stall(models[here[0]], line, weeks)
        elif line.kind is Trouble.FINISH_HELD_BY_EDITS:
            yield _hold_by_edits(models[here[0]], line, weeks)
        elif line.kind is Trouble.HISTORY_REWRITTEN:
            yield _rewrite(models[here[0]], line, weeks)
        elif line.kind is Trouble.LOGIC_LOSS:
            yield _cut_links(models[here[0]], line, weeks, rng)
        elif line.kind is Trouble.SHARED_SUPPLIER:
            yield _supplier(models, here, line, weeks)


def disguise(models: dict[str, Model], weeks: Weeks) -> Iterator[Decoy]:
    """Apply the decoys; holiday weeks and month-end booking are in the model from its start."""
    for line in DECOYS:
        if line.project in models:
            yield _decoy(models[line.project], line, weeks)


def _planted(line: Plant, model: Model, subject: str, begins: int, measured: float, **more: object) -> Planted:
    expected = EXPECTED[line.kind]
    return Planted(
        line.kind,
        line.size,
        model.brief.code,
        subject,
        to_date(begins),
        expected,
        round(measured, 4),
        **more,  # type: ignore[arg-type]
    )


def _slip(model: Model, line: Plant, weeks: Weeks) -> Planted:
    model.story.reported_green = line.kind is Trouble.WATERMELON
    begins = weeks.end(line.week - 1)
    if line.kind is Trouble.COMMITTED_MILESTONE:
        promised = _promised(model)
        if line.size is Size.BELOW:
            return _planted(line, model, model.keys[promised], weeks.end(1), line.measure)
        if line.size is Size.NEAR:
            # A slip inside the tolerance of the finish; what is left to the promise is set in ``generator``.
            model.story.doubts_promise = True
            toward = promised if _drivers(model, begins, promised) else None
            stretch_to(model, weeks, begins, int(0.85 * model.watch_limit_days), toward=toward)
            return _planted(line, model, model.keys[promised], begins, line.measure)
        begins = weeks.end(line.week)
        if not _drivers(model, begins, promised):
            promised = len(model.keys) - 1
        stretch_to(model, weeks, begins, round(4.3 * model.watch_limit_days), toward=promised, sudden=True)
        late = forecast_at(model, weeks.as_of).end[promised]
        return _planted(
            line, model, model.keys[promised], begins, model.main.between(model.baseline.end[promised], late)
        )
    # One working day past the limit is "near"; the limit itself is still inside.
    target = line.measure * model.watch_limit_days
    node, reached = stretch_to(
        model,
        weeks,
        begins,
        int(target) if line.size is Size.BELOW else max(round(target), int(model.watch_limit_days) + 1),
    )
    return _planted(line, model, model.keys[node], begins, reached)


def _promised(model: Model) -> int:
    """The milestone promised on the way, else the completion."""
    for node in model.network.fronts:
        if model.network.nodes[node].committed:
            return node
    return len(model.keys) - 1


def stretch_to(
    model: Model, weeks: Weeks, begins: int, target_days: int, *, toward: int | None = None, sudden: bool = False
) -> tuple[int, int]:
    """Lengthen one node on the driving path, told in three steps, until the finish slips by ``target_days``.

    ``sudden`` tells it all at once. ``toward`` is a node that must be driven too.
    """
    steps = ((0, 1.0),) if sudden else ((0, 0.4), (21, 0.75), (42, 1.0))
    last = weeks.end(WEEKS)
    best: tuple[int, int, int] | None = None  # distance from the target, node, days added
    for node in _drivers(model, begins, toward)[:4]:
        before, kept = model.story.true_days[node], list(model.story.tells)
        more = max(1, target_days - slip_at(model, last))
        for _ in range(8):
            reached = _stretched(model, weeks, begins=begins, node=node, days=before + more, kept=kept, steps=steps)
            if best is None or abs(reached - target_days) < best[0]:
                best = (abs(reached - target_days), node, more)
            if reached == target_days:
                return node, reached
            more = max(1, more + target_days - reached)
        model.story.true_days[node], model.story.tells = before, kept
        model.happen()
    assert best is not None, f"{model.brief.code} has no driving work at that time"
    _, node, more = best
    before, kept = model.story.true_days[node], list(model.story.tells)
    return node, _stretched(model, weeks, begins=begins, node=node, days=before + more, kept=kept, steps=steps)


def _stretched(
    model: Model,
    weeks: Weeks,
    *,
    begins: int,
    node: int,
    days: int,
    kept: list[Tell],
    steps: tuple[tuple[int, float], ...],
) -> int:
    """Let the node take ``days``, told in steps of (days later, share); returns the slip at the end of the history."""
    last, planned = weeks.end(WEEKS), model.days[node]
    model.story.true_days[node] = days
    model.story.tells = kept + [
        Tell(min(begins + after, last), node, planned + max(1, round((days - planned) * share)))
        for after, share in steps
    ]
    model.happen()
    return slip_at(model, last)


def _drivers(model: Model, begins: int, toward: int | None) -> list[int]:
    """Unfinished work at ``begins`` that moves the finish, soonest and longest first."""
    state, timing = state_at(model, begins), forecast_at(model, begins)
    soon = [
        at
        for at, node in enumerate(model.network.nodes)
        if node.days and state.ended[at] is None and timing.start[at] <= begins + 35
    ]
    moved: list[tuple[int, int, int]] = []
    for at in soon:
        tried = forecast_at(model, begins, extra={at: 60})
        lost = model.main.between(timing.finish, tried.finish)
        reaches = toward is None or tried.end[toward] > timing.end[toward]
        if lost > 0 and reaches:
            moved.append((-lost, -model.days[at], at))
    return [at for _, _, at in sorted(moved)]


def _overrun(model: Model, line: Plant, weeks: Weeks) -> Planted:
    """Work done from a week on costs so much more that spent ÷ earned reaches 1 + measure."""
    model.story.cost_turns = weeks.end(line.week - 1)
    solve_cost(model, weeks.end(WEEKS), 1 + line.measure)
    return _planted(line, model, "", model.story.cost_turns, line.measure)


def solve_cost(model: Model, boundary: int, ratio: float) -> None:
    """Choose the later cost of work so that actual cost ÷ earned value is ``ratio`` at the boundary."""
    story = model.story
    assert story.cost_turns is not None
    state = state_at(model, boundary)
    early = late = earned = 0.0
    for at, node in enumerate(model.network.nodes):
        if not state.worked[at]:
            continue
        own = model.calendars[node.calendar].days
        until = own.end_after(model.truth.start[at], state.worked[at])
        share = 0.0
        if until > story.cost_turns:
            share = own.between(max(model.truth.start[at], story.cost_turns), until) / state.worked[at]
        value = model.budget_minor[at] * state.done[at]
        earned += value
        late += value * share
        early += value * (1 - share)
    story.cost_after = (ratio * earned - early * story.cost_before) / max(late, 1.0)


def _silence(model: Model, line: Plant, weeks: Weeks) -> Planted:
    model.story.silent_from = weeks.end(line.week, 0)
    return _planted(line, model, "", weeks.end(line.week), line.measure)


def _erode(model: Model, line: Plant, weeks: Weeks, *, name: str = "") -> Planted:
    """Stretch work with float, so that the share in ``measure`` of its float is gone and the finish stays."""
    begins, last = weeks.end(line.week - 1), weeks.end(WEEKS)
    node, slack = _with_float(model, begins, last)
    share = line.measure
    more = max(1, int(slack * share)) if line.size is Size.BELOW else -int(-slack * share // 1)
    model.story.true_days[node] = model.days[node] + more
    model.story.tells.append(Tell(begins, node, model.days[node] + more))
    model.happen()
    if name:
        model.suppliers[node] = name
    left = float_at(model, last, node)
    return _planted(line, model, model.keys[node], begins, 1 - left / slack)


def _with_float(model: Model, begins: int, last: int) -> tuple[int, int]:
    """Work about to begin that has some weeks of float and will not be done by the end of history."""
    state, timing = state_at(model, last), forecast_at(model, begins)
    found: list[tuple[int, int, int]] = []
    for at, node in enumerate(model.network.nodes):
        if not node.days or state.ended[at] is not None or not begins - 10 <= timing.start[at] <= last + 20:
            continue
        slack = baseline_float(model, at)
        if 8 <= slack <= 60:
            found.append((abs(slack - 24), at, slack))
    assert found, f"{model.brief.code} has no work with float at that time"
    _, at, slack = min(found)
    return at, slack


def _neglect(model: Model, line: Plant, weeks: Weeks) -> Planted:
    """Hold back work that should have begun ``measure`` working days ago."""
    wanted = {Size.CLEAR: 6, Size.NEAR: 2, Size.BELOW: 1}[line.size]
    nodes = _hold_back(model, weeks, int(line.measure), wanted, least_float=int(line.measure) + 6)
    begins = min(model.baseline.start[at] for at in nodes)
    late = model.main.between(begins, weeks.as_of)
    others = ",".join(model.keys[at] for at in nodes)
    return _planted(line, model, model.keys[nodes[0]], begins, late, detail={"activities": others})


def _hold_back(model: Model, weeks: Weeks, late_days: int, wanted: int, *, least_float: int) -> list[int]:
    main, last = model.main, weeks.as_of
    due = main.days[main.index(last) - late_days]
    rows: list[tuple[int, int, int]] = []
    for at, node in enumerate(model.network.nodes):
        if not node.days or not due - 8 <= model.baseline.start[at] <= due + 8:
            continue
        slack = baseline_float(model, at)
        rows.append((0 if slack >= least_float else 1, abs(model.baseline.start[at] - due) - slack // 20, at))
    assert rows, f"{model.brief.code} has no work due at that time"
    chosen = [at for _, _, at in sorted(rows)[:wanted]]
    for at in chosen:
        model.story.earliest[at] = last + 2
    model.happen()
    return chosen


def _stall(model: Model, line: Plant, weeks: Weeks) -> Planted:
    periods = int(line.measure) or 1
    model.story.stalled_from = weeks.end(WEEKS - periods)
    subject = ""
    if line.size is Size.BELOW:
        running = [
            at
            for at, node in enumerate(model.network.nodes)
            if node.days and model.truth.start[at] < weeks.end(WEEKS) - 2 and model.truth.end[at] > weeks.end(WEEKS - 1)
        ]
        model.story.stalled_but = running[0] if running else None
        subject = model.keys[running[0]] if running else ""
    return _planted(line, model, subject, model.story.stalled_from, line.measure)


def _hold_by_edits(model: Model, line: Plant, weeks: Weeks) -> Planted:
    """A slip of ``measure`` days, and in the same week cuts of later durations that hide it."""
    begins, target = weeks.end(line.week - 1), int(line.measure)
    day = weeks.end(line.week)
    drivers = _drivers(model, begins, None)
    assert drivers
    node = drivers[0]
    model.story.true_days[node] = model.days[node] + target
    model.story.tells.append(Tell(day, node, model.days[node] + target))
    model.happen()
    cut: list[int] = []
    timing = forecast_at(model, day)
    for at in range(len(model.keys) - 1, -1, -1):
        if slip_at(model, day) <= 0:
            break
        if model.days[at] < 5 or timing.start[at] <= day + 14 or at == node:
            continue
        before = slip_at(model, day)
        tell = Tell(day, at, max(2, round(model.days[at] * 0.55)))
        model.story.tells.append(tell)
        if slip_at(model, day) >= before:
            model.story.tells.remove(tell)
        else:
            cut.append(at)
    return _planted(line, model, model.keys[node], day, target, detail={"cut": ",".join(model.keys[at] for at in cut)})


def _rewrite(model: Model, line: Plant, weeks: Weeks) -> Planted:
    """Actual dates of finished work move, weeks after they were reported."""
    day = weeks.end(line.week, 0)
    state = state_at(model, weeks.end(line.week - 4))
    # Below: a correction of the very last report, as everybody makes them.
    recent = state_at(model, weeks.end(line.week - 1)) if line.size is Size.BELOW else state
    done = [at for at, node in enumerate(model.network.nodes) if node.days and recent.ended[at] is not None]
    node = max(done, key=lambda at: model.truth.end[at])
    model.story.rewritten = (day, node, int(line.measure))
    return _planted(line, model, model.keys[node], day, line.measure)


def _cut_links(model: Model, line: Plant, weeks: Weeks, rng: np.random.Generator) -> Planted:
    """Remove links until the share in ``measure`` of the unfinished work has no successor."""
    day, last = weeks.end(line.week, 0), weeks.end(WEEKS)
    state = state_at(model, last)
    open_work = [at for at, node in enumerate(model.network.nodes) if state.ended[at] is None]
    wanted = round(line.measure * len(open_work))
    out: dict[int, list[int]] = {}
    for index, link in enumerate(model.network.links):
        out.setdefault(link.before, []).append(index)
    timing = forecast_at(model, last)
    free = [
        at
        for at in open_work
        if model.network.nodes[at].days and timing.start[at] > last + 7 and float_at(model, last, at) > 3
    ]
    rng.shuffle(free)
    dropped = {index for at in sorted(free[:wanted]) for index in out.get(at, ())}
    model.story.dropped_from, model.story.dropped = day, frozenset(dropped)
    loose = sorted({model.network.links[index].before for index in dropped})
    return _planted(
        line,
        model,
        model.keys[loose[0]] if loose else "",
        day,
        len(loose) / max(1, len(open_work)),
        detail={"loose": ",".join(model.keys[at] for at in loose)},
    )


def _supplier(models: dict[str, Model], here: tuple[str, ...], line: Plant, weeks: Weeks) -> Planted:
    """One supplier's deliveries come late on several projects: some move the finish, some only eat float."""
    begins = weeks.end(line.week - 1)
    first = models[here[0]]
    subject, measured = "", 0.0
    for number, code in enumerate(here):
        model = models[code]
        if line.size is Size.CLEAR and number < 2:
            node, reached = stretch_to(
                model, weeks, begins, round((line.measure - 0.4 * number) * model.watch_limit_days)
            )
            model.suppliers[node] = line.name
            key, size = model.keys[node], float(reached)
        else:
            quiet = Plant(line.kind, Size.BELOW, (code,), 0.4, max(line.week, 16))
            eroded = _erode(model, quiet, weeks, name=line.name)
            key, size = eroded.subject, eroded.measured
        if number == 0:
            subject, measured = key, size
    return _planted(line, first, subject, begins, measured, others=tuple(here[1:]), detail={"supplier": line.name})


def _decoy(model: Model, line: DecoyPlant, weeks: Weeks) -> Decoy:
    begins, subject = weeks.end(line.week - 1), ""
    story = model.story
    if line.kind is Disguise.HOLIDAY_WEEK:
        why = "The site closed for two weeks, as its calendar said from the start."
    elif line.kind is Disguise.APPROVED_REBASELINE:
        node, _ = stretch_to(model, weeks, weeks.end(line.week - 5), round(line.measure * model.watch_limit_days))
        subject = model.keys[node]
        story.rebaseline_on = weeks.end(line.week)
        story.tells = [
            Tell(min(tell.day, weeks.end(line.week - 1)), tell.node, model.story.true_days[tell.node])
            if tell.node == node
            else tell
            for tell in story.tells
        ]
        why = "The client's change was approved and the project re-baselined."
    elif line.kind is Disguise.ON_HOLD:
        story.on_hold_from = weeks.end(line.week - 1)
        story.silent_from = weeks.end(line.week - 1)
        why = "The project is on hold with a reason and a day to look again; silence is expected."
    elif line.kind is Disguise.RENAMED_CODES:
        story.renamed_from = weeks.end(line.week, 0)
        why = "The client's numbering was introduced; the activities are the same."
    elif line.kind is Disguise.SKIPPED_THEN_CAUGHT_UP:
        story.skipped = frozenset({to_day(to_date(weeks.end(line.week)))})
        why = "One update was skipped, and the next one brought both."
    elif line.kind is Disguise.LATE_WITH_AMPLE_FLOAT:
        nodes = _hold_back(model, weeks, int(line.measure), 1, least_float=int(line.measure) + 40)
        subject, begins = model.keys[nodes[0]], model.baseline.start[nodes[0]]
        why = "The work is late by less than its float; nothing depends on it soon."
    elif line.kind is Disguise.RATE_SWING:
        why = "The exchange rate moved inside its tolerance; the baseline's rates are locked."
    else:
        why = "Costs are booked at the end of each month, so they jump and are right afterwards."
    return Decoy(line.kind, model.brief.code, subject, to_date(begins), why)
