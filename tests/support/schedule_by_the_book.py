"""A scheduler written for reading: one rule per line, no tables, no arrays. What the compiled one must equal.

Instants are ticks. Every rule has two sides: forwards what an activity waits for, backwards what waits for it. On a
calendar a date stands at the last instant of work where something ends, at the first where something starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from random_plans import CLOCKS, Clock, Facts, Task

from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Constraint, Kind, Link
from watchfloor_engine.schedule import FloatKind, Options, OutOfSequence

FINISH_DATED = (
    Constraint.FINISH_NO_EARLIER, Constraint.FINISH_ON, Constraint.MANDATORY_FINISH, Constraint.FINISH_NO_LATER,
)  # fmt: skip
NO_EARLIER = (
    Constraint.START_NO_EARLIER, Constraint.START_ON, Constraint.FINISH_NO_EARLIER, Constraint.FINISH_ON,
)  # fmt: skip
NO_LATER = (Constraint.START_NO_LATER, Constraint.FINISH_NO_LATER)
FROM_FINISH = (Link.FS, Link.FF)
TO_START = (Link.FS, Link.SS)


@dataclass
class Tie:
    """A link as the data date leaves it."""

    pred: int
    succ: int
    link: int
    lag: int  # what is left of it
    clock: Clock
    from_data_date: bool  # counted from there and not from the predecessor's start

    def forwards(self, book: Book) -> int:
        """The instant that the link asks of its successor's start or finish."""
        end = book.ef[self.pred] if self.link in FROM_FINISH else book.es[self.pred]
        if self.from_data_date:
            end = book.facts[book.tasks[self.succ].project].data_date
        return self.clock.moved(end, self.lag)

    def backwards(self, book: Book) -> int:
        """The instant that the link allows its predecessor's finish or start."""
        end = book.ls[self.succ] if self.link in TO_START else book.lf[self.succ]
        return self.clock.moved(end, -self.lag)


@dataclass
class Book:
    """The schedule of a list of tasks, in which predecessors come first; fields as in ``Schedule``, by task."""

    tasks: list[Task]
    facts: list[Facts]  # by project
    options: Sequence[Options]  # by project
    es: list[int] = field(default_factory=list)
    ef: list[int] = field(default_factory=list)
    ls: list[int] = field(default_factory=list)
    lf: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    total: list[int] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    driving: set[tuple[int, int]] = field(default_factory=set)  # (task, place among its links)
    longest: list[bool] = field(default_factory=list)
    end: list[int] = field(default_factory=list)  # latest early finish by project
    ties: list[list[Tie | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ties = [[self._tie(i, *link) for link in task.before] for i, task in enumerate(self.tasks)]
        self.left = [task.remaining for task in self.tasks]
        for i in range(len(self.tasks)):
            early, end = self._early(i)
            self.es.append(early)
            self.ef.append(end)
        self.end = [
            max((self.ef[i] for i, task in enumerate(self.tasks) if task.project == p), default=fact.start)
            for p, fact in enumerate(self.facts)
        ]
        for i in reversed(range(len(self.tasks))):
            self._as_late_as_possible(i)
        n = len(self.tasks)
        self.ls, self.lf, self.total, self.free = [0] * n, [0] * n, [0] * n, [0] * n
        for i in reversed(range(n)):
            self.ls[i], self.lf[i] = self._late(i)
            self.total[i] = self._total(i)
        for i in range(n):
            self.free[i] = self._free(i)
            self.driving |= {(i, at) for at, tie in enumerate(self.ties[i]) if tie is not None and self._drives(i, tie)}
        self.longest = self._longest()

    def floored(self, task: Task) -> bool:
        """Whether remaining work cannot lie before the data date."""
        return self.options[task.project].data_date_is_floor and self.facts[task.project].data_date != MISSING

    def _tie(self, succ: int, pred: int, link: int, lag: int, calendar: int) -> Tie | None:
        """The link with what is left of it; None where progress made it void."""
        after, before, clock = self.tasks[succ], self.tasks[pred], CLOCKS[calendar]
        floored, opt = self.floored(after), self.options[after.project]
        void = after.state > 0 and (not floored or opt.out_of_sequence != OutOfSequence.RETAINED_LOGIC)
        if void and not (floored and after.state == 1 and link not in TO_START):
            return None
        from_data_date = False
        if floored and before.state > 0:
            event = before.finished if link in FROM_FINISH else before.started
            by_actual = opt.out_of_sequence == OutOfSequence.ACTUAL_DATES and before.state == 2
            if event != MISSING and not by_actual:
                gone = max(0, clock.work(self.facts[after.project].data_date) - clock.work(event))
                lag = max(0, lag - gone) if lag > 0 else 0
                from_data_date = opt.ss_lag_from_actual and link not in FROM_FINISH and before.state == 1
        return Tie(pred, succ, link, lag, clock, from_data_date)

    def _into(self, i: int, *, to_start: bool) -> list[int]:
        return [tie.forwards(self) for tie in self.ties[i] if tie and (tie.link in TO_START) == to_start]

    def _out_of(self, i: int) -> Iterator[Tie]:
        return (tie for ties in self.ties for tie in ties if tie is not None and tie.pred == i)

    def _first_start(self, task: Task, finish: int, work: int) -> int:
        """Where the first of its parts begins so that all of them end by ``finish``."""
        parts = task.parts or [(task.calendar, 1.0)]
        clocks = [(CLOCKS[calendar], round(work * share)) for calendar, share in parts]
        return min(clock.first(clock.work(finish) - ticks) for clock, ticks in clocks)

    def _last_finish(self, task: Task, start: int, work: int) -> int:
        """Where the last of its parts ends when all of them begin at ``start``."""
        parts = task.parts or [(task.calendar, 1.0)]
        clocks = [(CLOCKS[calendar], round(work * share)) for calendar, share in parts]
        return max(clock.last(clock.work(start) + ticks) for clock, ticks in clocks)

    def _early(self, i: int) -> tuple[int, int]:
        task, opt = self.tasks[i], self.options[self.tasks[i].project]
        fact, clock, rest = self.facts[task.project], CLOCKS[task.calendar], task.remaining
        floored = self.floored(task)
        if task.state == 2 and (not floored or opt.out_of_sequence == OutOfSequence.ACTUAL_DATES):
            return task.started if task.started != MISSING else task.finished, task.finished
        if task.state == 0 and task.manual_start != MISSING:
            return task.manual_start, _or(task.manual_finish, clock.moved(task.manual_start, rest))
        if task.state == 0 and task.kind == Kind.EXTERNAL and task.external_start != MISSING:
            return task.external_start, _or(task.external_finish, clock.moved(task.external_start, rest))

        def backed(finish: int) -> int:
            return self._first_start(task, finish, rest)

        start = self._base(task)
        finishes = self._into(i, to_start=False)
        start = max([start, *self._into(i, to_start=True)])
        for finish in finishes:
            stays = rest == 0 and task.kind != Kind.START_MILESTONE
            start = max(start, finish if stays else backed(finish))
        pinned = False
        if task.state == 0:
            if task.external_start != MISSING and not opt.ignore_external:
                start = max(start, task.external_start)
            for kind, date in task.constraints:
                tick = backed(date) if rest > 0 and kind in FINISH_DATED else date
                if kind in NO_EARLIER:
                    start = max(start, tick)
                elif kind in NO_LATER:
                    if opt.honour_constraints and not opt.data_date_is_floor:
                        start = min(start, tick)
                elif kind != Constraint.AS_LATE_AS_POSSIBLE:
                    if opt.honour_constraints:
                        start, pinned = max(tick, fact.data_date) if floored else tick, True
                    else:
                        start = max(start, tick)
            start += 0 if pinned else task.delay
        if task.state < 2 and task.kind != Kind.FINISH_MILESTONE and not (pinned and rest == 0):
            own = clock.first(clock.work(start)) if opt.start_on_own_calendar else start
            start = self._first_start(task, own, 0)
        early = task.started if task.state == 1 and not floored else start
        if opt.use_expected_finish and task.state < 2 and task.expected_finish != MISSING and rest > 0:
            rest = self.left[i] = max(0, clock.work(task.expected_finish) - clock.work(start))
        if rest == 0:
            return early, start
        return early, max([self._last_finish(task, start, rest), *finishes])

    def _base(self, task: Task) -> int:
        """Before which nothing of the task can be, whatever its links say."""
        fact, clock = self.facts[task.project], CLOCKS[task.calendar]
        base = fact.start
        if self.floored(task):
            base = fact.data_date if task.state > 0 else max(base, fact.data_date)
        elif task.state == 1:
            done = max(0, task.duration - task.remaining)
            base = clock.last(clock.work(task.started) + done) if done else task.started
        elif task.state == 0:
            # A constraint may lead before the project's start where the data date is no floor.
            if task.constraint in (Constraint.START_NO_EARLIER, Constraint.START_ON):
                base = min(base, task.date)
            if task.constraint in (Constraint.FINISH_NO_EARLIER, Constraint.FINISH_ON):
                base = min(base, self._first_start(task, task.date, task.remaining))
        if task.state == 1 and task.resume != MISSING:
            base = max(base, task.resume)
        return base

    def _as_late_as_possible(self, i: int) -> None:
        task, rest = self.tasks[i], self.left[i]
        if task.state or Constraint.AS_LATE_AS_POSSIBLE not in [kind for kind, _date in task.constraints]:
            return
        ends = [self._finish_allowed(tie, task, rest) for tie in self._out_of(i)]
        if not ends:
            return
        finish = self._last_finish(task, min(ends), 0)
        if finish <= self.ef[i]:
            return
        self.ef[i] = finish
        if rest > 0:
            self.es[i] = self._first_start(task, finish, rest)
        elif task.kind == Kind.FINISH_MILESTONE:
            self.es[i] = finish
        else:
            self.es[i] = self.ef[i] = self._first_start(task, finish, 0)

    def _finish_allowed(self, tie: Tie, task: Task, rest: int) -> int:
        """The finish that leaves the successor's early dates where they are."""
        end = self.es[tie.succ] if tie.link in TO_START else self.ef[tie.succ]
        end = tie.clock.moved(end, -tie.lag)
        return end if tie.link in FROM_FINISH or rest == 0 else self._last_finish(task, end, rest)

    def _late(self, i: int) -> tuple[int, int]:
        task, opt = self.tasks[i], self.options[self.tasks[i].project]
        fact, clock, rest = self.facts[task.project], CLOCKS[task.calendar], self.left[i]
        end = _or(fact.must_finish, self.end[task.project])

        def worked(start: int) -> int:
            return start if rest == 0 else self._last_finish(task, start, rest)

        late = end
        manual = task.state == 0 and task.manual_start != MISSING
        for tie in self._out_of(i):
            if manual and tie.link not in FROM_FINISH:
                continue
            bound = tie.backwards(self)
            late = min(late, bound if tie.link in FROM_FINISH else worked(bound))
        if task.state < 2:
            if task.external_finish != MISSING and not opt.ignore_external:
                late = min(late, task.external_finish)
            if manual and task.manual_finish != MISSING:
                late = max(late, task.manual_finish)
            for kind, date in task.constraints:
                if kind in (Constraint.START_NO_LATER, Constraint.START_ON) and task.state == 0:
                    late = min(late, worked(date))
                elif kind in (Constraint.FINISH_NO_LATER, Constraint.FINISH_ON):
                    late = min(late, date)
                elif kind == Constraint.MANDATORY_START and task.state == 0 and opt.honour_constraints:
                    late = worked(date)
                elif kind == Constraint.MANDATORY_FINISH and opt.honour_constraints:
                    late = date
            waits = task.kind == Kind.FINISH_MILESTONE and not opt.late_milestones_at_work
            if not manual and not waits:
                late = self._last_finish(task, late, 0)
        if task.state == 1 and not self.floored(task):
            return task.started, late
        if rest > 0:
            return self._first_start(task, late, rest), late
        if task.kind == Kind.START_MILESTONE and task.state < 2:
            morning = clock.first(clock.work(late))
            return (morning, morning) if morning <= end else (late, late)
        return late, late

    def _total(self, i: int) -> int:
        task, clock = self.tasks[i], CLOCKS[self.tasks[i].calendar]
        kind = self.options[task.project].float_kind
        by_finish = clock.work(self.lf[i]) - clock.work(self.ef[i]) if task.state < 2 else 0
        if task.state > 0 or kind == FloatKind.FINISH:
            return by_finish
        by_start = clock.work(self.ls[i]) - clock.work(self.es[i])
        return by_start if kind == FloatKind.START else min(by_start, by_finish)

    def _free(self, i: int) -> int:
        task, own = self.tasks[i], CLOCKS[self.tasks[i].calendar]
        if task.state == 2:
            return 0
        gaps = []
        for tie in self._out_of(i):
            if task.state == 1 and tie.link not in FROM_FINISH:
                continue
            to = self.es[tie.succ] if tie.link in TO_START else self.ef[tie.succ]
            clock = tie.clock if tie.lag else own
            gaps.append(clock.work(to) - clock.work(tie.forwards(self)))
        end = own.work(self.end[task.project]) - own.work(self.ef[i])
        return max(0, min(gaps, default=end))

    def _drives(self, i: int, tie: Tie) -> bool:
        task, clock, bound = self.tasks[i], CLOCKS[self.tasks[i].calendar], tie.forwards(self)
        if task.state == 2:
            return False
        if tie.link not in TO_START:
            return clock.work(bound) == clock.work(self.ef[i])
        if task.kind == Kind.FINISH_MILESTONE:
            return bound == self.es[i]
        return bound <= self.es[i] and clock.work(bound) == clock.work(self.es[i])

    def _longest(self) -> list[bool]:
        on = [task.state < 2 and self.ef[i] == self.end[task.project] for i, task in enumerate(self.tasks)]
        for i in reversed(range(len(self.tasks))):
            for at, link in enumerate(self.tasks[i].before):
                if on[i] and (i, at) in self.driving and self.tasks[link[0]].state < 2:
                    on[link[0]] = True
        return on


def _or(date: int, other: int) -> int:
    return other if date == MISSING else date
