"""What really happens on a sample project, and what its planner knows of it on any day.

The truth is one schedule with the true durations. A day's plan shows of it what a planner would record: actual dates
up to that day, remaining work as far as it is known, and the planned durations of what has not begun.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from watchfloor.sample.network import Network, Timing, schedule
from watchfloor.sample.places import Place
from watchfloor.sample.roster import Brief
from watchfloor.sample.workdays import SampleCalendar, WorkDays, to_date, to_day


@dataclass(frozen=True, slots=True)
class Tell:
    """From ``day`` on the plan says that a node takes ``days``, begun or not."""

    day: int
    node: int
    days: int


@dataclass(slots=True)
class Story:
    """How the project departs from its plan. Days are boundaries; see ``workdays``."""

    true_days: list[int]
    tells: list[Tell] = field(default_factory=list)
    earliest: dict[int, int] = field(default_factory=dict)  # true starts held back; nobody planned it
    stalled_from: int | None = None  # no progress is recorded from here on
    stalled_but: int | None = None  # except on this node
    on_hold_from: int | None = None
    silent_from: int | None = None  # no update arrives for cut-offs from here on
    skipped: frozenset[int] = frozenset()  # cut-off days without an update
    rewritten: tuple[int, int, int] | None = None  # day, node, working days its actual dates move earlier
    dropped_from: int | None = None
    dropped: frozenset[int] = frozenset()  # links gone from then on
    renamed_from: int | None = None
    rebaseline_on: int | None = None
    reported_green: bool = False
    doubts_promise: bool = False  # the manager knows that a promise is tight, and says so
    cost_before: float = 1.0  # cost of one unit of earned value …
    cost_after: float = 1.0  # … for work done from the day below on
    cost_turns: int | None = None
    books_at_month_end: bool = False


@dataclass(slots=True)
class Model:
    """One project: its plan, its budget and its story."""

    brief: Brief
    place: Place
    calendars: tuple[SampleCalendar, ...]
    network: Network
    keys: list[str]
    start: int
    days: list[int]  # planned
    budget_minor: list[int]
    external: dict[int, int]  # planned earliest days given by another project
    baseline: Timing
    story: Story
    truth: Timing
    deadlines: dict[int, int] = field(default_factory=dict)  # node → boundary by which it was promised
    suppliers: dict[int, str] = field(default_factory=dict)  # overrides of the node's supplier
    receives_from: tuple[str, str] = ("", "")  # project code and activity key
    assignments: list[tuple[int, str, float]] = field(default_factory=list)  # node, person, units

    @property
    def workdays(self) -> tuple[WorkDays, ...]:
        return tuple(each.days for each in self.calendars)

    @property
    def main(self) -> WorkDays:
        return self.calendars[0].days

    @property
    def planned_days(self) -> int:
        """Working days from start to finish of the baseline."""
        return self.main.between(self.start, self.baseline.finish)

    @property
    def watch_limit_days(self) -> float:
        """The default tolerance of the finish; the script's sizes are multiples of it."""
        return max(5.0, 0.025 * self.planned_days)

    def happen(self) -> None:
        """Work out the truth again after the story changed."""
        held = dict(self.external)
        for node, day in self.story.earliest.items():
            held[node] = max(day, held.get(node, 0))
        self.truth = schedule(self.network, self.workdays, self.story.true_days, floor=self.start, earliest=held)


@dataclass(frozen=True, slots=True)
class State:
    """What the plan of one day says: lists per node."""

    boundary: int
    planned: list[int]  # durations as planned on that day
    remaining: list[int]
    done: list[float]  # share of the duration, 0..1
    started: list[int | None]
    ended: list[int | None]
    worked: list[int]  # working days really spent


def state_at(model: Model, boundary: int) -> State:
    """What is recorded at the boundary (midnight after a cut-off day)."""
    story, nodes, truth = model.story, model.network.nodes, model.truth
    planned = list(model.days)
    for tell in story.tells:
        if tell.day <= boundary:
            planned[tell.node] = tell.days
    seen_by_all = min(each for each in (boundary, story.stalled_from, story.on_hold_from) if each is not None)
    count = len(nodes)
    state = State(boundary, planned, list(planned), [0.0] * count, [None] * count, [None] * count, [0] * count)
    calendars = model.workdays
    for at, node in enumerate(nodes):
        seen = boundary if at == story.stalled_but else seen_by_all
        start, end = truth.start[at], truth.end[at]
        if end <= seen and start <= seen:
            state.started[at], state.ended[at] = start, end
            state.remaining[at], state.done[at] = 0, 1.0
            state.worked[at] = story.true_days[at]
        elif node.days and start < seen:
            spent = calendars[node.calendar].between(start, seen)
            # Half-way through it shows how long the work really takes.
            known = story.true_days[at] if 2 * spent >= story.true_days[at] else planned[at]
            left = max(1, known - spent)
            state.started[at], state.remaining[at] = start, left
            state.done[at], state.worked[at] = spent / (spent + left), spent
    return state


def forecast_at(model: Model, boundary: int, *, extra: dict[int, int] | None = None) -> Timing:
    """The schedule of the plan as it stands at the boundary; ``extra`` days are added to remaining work."""
    state = state_at(model, boundary)
    remaining = state.remaining
    for node, more in (extra or {}).items():
        remaining[node] += more
    story = model.story
    gone = story.dropped if story.dropped_from is not None and boundary >= story.dropped_from else frozenset()
    return schedule(
        model.network,
        model.workdays,
        remaining,
        floor=max(boundary, model.start),
        started=state.started,
        ended=state.ended,
        earliest=model.external,
        without=gone,
    )


def slip_at(model: Model, boundary: int) -> int:
    """Working days by which the finish is later than the original baseline's."""
    return model.main.between(model.baseline.finish, forecast_at(model, boundary).finish)


def float_at(model: Model, boundary: int, node: int) -> int:
    """Working days the node may be late before the finish moves, at most 200: found by trying."""
    base = forecast_at(model, boundary).finish
    tried = forecast_at(model, boundary, extra={node: 200}).finish
    return 200 - model.main.between(base, tried)


def baseline_float(model: Model, node: int) -> int:
    """As ``float_at``, in the baseline."""
    days = list(model.days)
    days[node] += 200
    tried = schedule(model.network, model.workdays, days, floor=model.start, earliest=model.external)
    return 200 - model.main.between(model.baseline.finish, tried.finish)


def actual_cost_minor(model: Model, state: State, node: int, *, noise: float, even_open: bool = False) -> int:
    """What has been booked on a node: its budget, by work done, at the cost of the time it was done in.

    ``even_open`` counts what was used, whether the books of its month are closed or not.
    """
    if not state.worked[node]:
        return 0
    story, own = model.story, model.calendars[model.network.nodes[node].calendar].days
    begun = model.truth.start[node]
    spent = state.worked[node]
    if story.books_at_month_end and not even_open:
        booked = _month_begin(state.boundary)
        spent = min(spent, max(0, own.between(begun, booked))) if booked > begun else 0
    if not spent:
        return 0
    after = 0
    if story.cost_turns is not None:
        until = own.end_after(begun, spent)
        after = min(spent, max(0, own.between(max(begun, story.cost_turns), until))) if until > story.cost_turns else 0
    price = story.cost_before * (spent - after) + story.cost_after * after
    whole = story.true_days[node] if state.ended[node] is not None else state.worked[node] / state.done[node]
    return round(model.budget_minor[node] * (1 + noise) * price / whole)


def _month_begin(boundary: int) -> int:
    day = to_date(boundary)
    return to_day(day.replace(day=1))
