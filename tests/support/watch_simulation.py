"""Thirty days of a watch, made up from a seed: people in many zones, clocks that jump, restarts at any step.

Each run drives the one pure function through a store in memory that can lose everything that was not committed, and
holds what happened against rules told here in another way. A failure names its seed, and the seed makes it again:

    .venv/bin/python tests/support/watch_simulation.py --runs 10000
    .venv/bin/python tests/support/watch_simulation.py --seed 4711
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time as clock_time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

START = datetime(2026, 3, 16, 6, tzinfo=UTC)  # clocks change in Europe on 29 March, in Sydney on 5 April
AUTUMN = datetime(2026, 10, 12, 6, tzinfo=UTC)  # … and on 25 October, 4 October and 1 November
DAYS = 30
PLACES = (
    ("NL", "Europe/Amsterdam"),
    ("US", "America/New_York"),
    ("SA", "Asia/Riyadh"),
    ("AU", "Australia/Sydney"),
    ("JP", "Asia/Tokyo"),
    ("BR", "America/Sao_Paulo"),
)
CRASHES = ("before_commit", "after_commit", "after_delivery")


class Broken(AssertionError):
    """A rule does not hold."""


@dataclass
class Store:
    """What survives a crash: the committed states, the outbox, and what the receivers got."""

    alerts: dict[int, object] = field(default_factory=dict)
    outbox: dict[tuple[int, int], object] = field(default_factory=dict)  # key → action, until it is delivered
    received: dict[tuple[int, int], object] = field(default_factory=dict)
    twice: int = 0

    def deliver(self, action) -> None:
        key = (action.alert_id, action.number)
        if key in self.received:
            self.twice += 1
            if self.received[key] != action:
                raise Broken(f"key {key} was used for two different messages")
        self.received[key] = action


@dataclass
class Run:
    """One run; everything random comes from its seed."""

    seed: int

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.true_time = self.random.choice((START, AUTUMN))
        self.offset = timedelta(0)
        self.store = Store()
        self.tells: dict[int, list[tuple[datetime, object, bool, int]]] = defaultdict(list)  # … began, jumps so far
        self.jumps = 0
        self.news: dict[int, int] = defaultdict(int)
        self.make_world()

    @property
    def now(self) -> datetime:
        return self.true_time + self.offset

    # The world -----------------------------------------------------------------------------------------------------

    def make_world(self) -> None:
        from watchfloor.alerts.escalation.desk import Desk
        from watchfloor.alerts.escalation.policy import STANDARD, Form, Policy, Step, Target
        from watchfloor.alerts.escalation.rota import Layer, Night, Override, Rota
        from watchfloor.alerts.escalation.silence import Silence
        from watchfloor.alerts.escalation.turn import Watched

        pick = self.random
        self.places = {person: pick.choice(PLACES) for person in range(1, pick.randint(3, 8))}
        people = list(self.places)
        projects = [1, 2]
        layers = tuple(
            Layer(
                people=tuple(pick.sample(people, pick.randint(1, len(people)))),
                starts_on=self.true_time.date() - timedelta(days=pick.randint(0, 20)),
                zone=pick.choice(PLACES)[1],
                change_at=time(pick.choice((0, 2, 8, 9))),
                shift_days=pick.choice((1, 7)),
                begins=time(pick.choice((2, 8))) if (narrow := pick.random() < 0.6) else None,
                ends=time(pick.choice((2, 16, 20))) if narrow else None,
            )
            for _ in range(pick.randint(0, 3))
        )
        overrides = tuple(
            Override(pick.choice(people), begins, begins + timedelta(hours=pick.randint(4, 60)))
            for begins in (self.true_time + timedelta(hours=pick.randint(0, 600)) for _ in range(pick.randint(0, 2)))
        )
        rota = Rota(7, "duty", layers, overrides, Night() if pick.random() < 0.5 else None)
        steps = tuple(
            pick.choice(
                (
                    Step(Target.OWNER, after_min=pick.choice((None, 60, 240))),
                    Step(Target.MANAGER),
                    Step(Target.ROTA, after_min=pick.choice((None, 120))),
                    Step(Target.ROLE, "programme_manager"),
                    Step(Target.PERSON, str(pick.choice(people))),
                    Step(Target.ROLE, "approver", Form.HIERARCHICAL, release_min=pick.choice((None, 30, 600))),
                )
            )
            for _ in range(pick.randint(1, 5))
        )
        own = Policy(3, "own", steps, loops=pick.randint(1, 3), acknowledged_min=pick.choice((None, 480, 2400)))
        silences = tuple(
            Silence(
                number,
                begins,
                begins + timedelta(hours=pick.randint(2, 100)),
                project_id=pick.choice((None, 1)),
                group=pick.choice(("", "time")),
                up_to=pick.choice((1, 2, 3)),
            )
            for number, begins in enumerate(
                self.true_time + timedelta(hours=pick.randint(0, 600)) for _ in range(pick.randint(0, 2))
            )
        )
        self.desk = Desk(
            zones={person: zone for person, (_country, zone) in self.places.items()},
            add_working=self.add_working,
            managers={1: pick.choice(people)},
            roles={
                (project, role): tuple(pick.sample(people, pick.randint(0, 2)))
                for project in projects
                for role in ("programme_manager", "portfolio_manager", "approver")
            },
            rotas={7: rota},
            rota_of={1: 7},
            policy_of={1: own} if pick.random() < 0.8 else {2: STANDARD},
            silences=silences,
            last_resort=(people[0], people[-1]),
        )
        self.standing = people[0]  # never leaves: somebody always administers the house
        for alert_id in range(1, pick.randint(2, 6)):
            self.store.alerts[alert_id] = Watched(
                alert_id,
                pick.choice(projects),
                (5,),
                pick.choice(("time", "cost")),
                pick.choice((1, 2, 3)),
                pick.choice((None, *people)),
            )

    def add_working(self, person: int | None, at: datetime, working: timedelta) -> datetime:
        country, zone = self.places.get(person or 0, PLACES[0])
        return working_time(country, zone).add_working(at, working)

    # What happens ---------------------------------------------------------------------------------------------------

    def go(self) -> int:
        """Thirty days; returns how many messages were sent."""
        end = self.true_time + timedelta(days=DAYS)
        while self.true_time < end:
            self.true_time += self.pause()
            if self.random.random() < 0.02:
                self.jump()
            if self.random.random() < 0.25:
                self.somebody_acts()
            self.worker_round()
            self.check()
        self.offset = timedelta(0)
        self.worker_round()
        self.check()
        return len(self.store.received)

    def pause(self) -> timedelta:
        """Until something may be due, or some hours: the worker sleeps, is stopped, and wakes late."""
        if self.random.random() < 0.1:
            return timedelta(hours=self.random.randint(8, 70))
        return timedelta(minutes=self.random.choice((5, 30, 120, 240, 360)))

    def jump(self) -> None:
        self.jumps += 1  # across a jump nobody can say how much time somebody had
        self.offset = self.random.choice(
            (
                timedelta(0),
                timedelta(minutes=self.random.randint(-90, 90)),
                timedelta(days=self.random.randint(-3, 3)),
                timedelta(days=200),
            )
        )

    def somebody_acts(self) -> None:
        from watchfloor.alerts.escalation.turn import Phase, Why

        alert_id = self.random.choice(list(self.store.alerts))
        alert = self.store.alerts[alert_id]
        people = list(self.desk.zones)
        match self.random.choice(("ack", "snooze", "resolve", "reopen", "assign", "worse", "leave", "come", "release")):
            case "ack" if alert.phase == Phase.RAISED:
                by = self.random.choice(people)
                alert = replace(alert, phase=Phase.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=self.now)
            case "snooze" if alert.phase in (Phase.RAISED, Phase.ACKNOWLEDGED):
                until = self.now + timedelta(hours=self.random.randint(1, 90))
                alert = replace(alert, phase=Phase.SNOOZED, snoozed_until=until)
            case "resolve":
                alert = replace(alert, phase=Phase.RESOLVED)
            case "reopen" if alert.phase in (Phase.RESOLVED, Phase.ACKNOWLEDGED):
                alert = self.began(alert, Why.REOPENED)
            case "assign" if alert.phase == Phase.RAISED:
                alert = replace(alert, owner=self.random.choice(people), news=Why.ASSIGNED)
                self.news[alert_id] += 1
            case "worse" if alert.phase in (Phase.RAISED, Phase.ACKNOWLEDGED) and alert.severity < 3:
                alert = replace(alert, severity=alert.severity + 1, news=Why.WORSE)
                self.news[alert_id] += 1
            case "leave" if len(people) > 1:
                gone = self.random.choice([each for each in people if each != self.standing])
                zones = {each: zone for each, zone in self.desk.zones.items() if each != gone}
                self.desk = replace(self.desk, zones=zones)
            case "come":
                zones = {person: zone for person, (_country, zone) in self.places.items()}
                self.desk = replace(self.desk, zones=zones)
            case _:
                return
        self.store.alerts[alert_id] = alert

    def began(self, alert, why):
        from watchfloor.alerts.escalation.turn import again

        return again(alert, why)

    def worker_round(self) -> None:
        """Take what is due by what the store says alone; killed at any step, the next round begins from the store."""
        for _ in range(50):
            try:
                if not self.one_round():
                    return
            except KeyboardInterrupt:
                raise
            except _Killed:
                continue
        raise Broken("the worker does not come to rest")

    def one_round(self) -> bool:
        from watchfloor.alerts.escalation.turn import Tell, turn

        busy = False
        for key in list(self.store.outbox):  # left by a worker that was killed before
            self.store.deliver(self.store.outbox[key])
            self.may_crash("after_delivery")
            del self.store.outbox[key]
        for alert_id in self.due():
            before = self.store.alerts[alert_id]
            after, actions = turn(before, self.desk, self.now)
            self.may_crash("before_commit")
            self.committed(before, after, actions)
            busy = busy or bool(actions)
            self.store.alerts[alert_id] = after
            for action in actions:
                if isinstance(action, Tell):
                    self.store.outbox[action.alert_id, action.number] = action
            self.may_crash("after_commit")
            for key in list(self.store.outbox):
                self.store.deliver(self.store.outbox[key])
                self.may_crash("after_delivery")
                del self.store.outbox[key]
        return busy

    def due(self) -> list[int]:
        """As the database is asked: what wakes by now, and what was written by a clock that was ahead."""
        from watchfloor.alerts.escalation.turn import wakes_at

        found = []
        for alert_id, alert in self.store.alerts.items():
            wakes = wakes_at(alert, self.desk, self.now)
            ahead = any(at is not None and at > self.now for at in (alert.told_at, alert.acknowledged_at))
            if (wakes is not None and wakes <= self.now) or ahead:
                found.append(alert_id)
        return found

    def may_crash(self, _where: str) -> None:
        if self.random.random() < 0.03:
            raise _Killed

    # What must hold -------------------------------------------------------------------------------------------------

    def committed(self, before, after, actions) -> None:
        """Rules about one step, as its transaction commits."""
        from watchfloor.alerts.escalation.turn import Tell

        for action in actions:
            if not isinstance(action, Tell):
                continue
            log = self.tells[action.alert_id]
            if action.number != len(log) + 1:
                raise Broken(f"telling {action.number} of alert {action.alert_id} follows {len(log)}")
            if not action.people:
                raise Broken("nobody is told")
            if not set(action.people) <= set(self.desk.zones):
                raise Broken("somebody who left is told")
            if before.phase == "resolved":
                raise Broken("somebody is told of what is resolved")
            if before.phase == "snoozed" and before.snoozed_until > self.now:
                raise Broken("somebody is told of what is snoozed")
            if self.silenced(after):
                raise Broken("somebody is told of what is silenced")
            began = (
                (before.phase != "raised" and after.phase == "raised")
                or before.rung < 0
                or before.silenced
                or before.news == "assigned"
            )
            began = began or (before.is_exhausted and before.news is not None)
            if before.phase == after.phase == "acknowledged" and action.why != "worse":
                raise Broken("somebody is told of what somebody has")
            if log and action.why == "escalated":
                if began:
                    raise Broken("a ladder begins with its second rung")
                at, last, _began, jumps = self.asked(log)
                if action.rung <= last.rung:
                    raise Broken("a rung is climbed twice")
                told = [each for each in log[-6:] if at <= each[0]]  # whoever was told of news instead of one who left
                if jumps == self.jumps and not any(
                    self.had_their_time(after.severity, each, since, self.now) for since, each, _began, _jumps in told
                ):
                    raise Broken("somebody is escalated before their time")
            log.append((self.now, action, began, self.jumps))
            since = len(log) - max(number for number, each in enumerate(log) if each[2])
            if since > self.rungs(after) * 2 + self.news[action.alert_id] + 1:
                raise Broken("telling does not end")

    def asked(self, log):
        """When the time of those told last began: news of the same rung may shorten it, never begin it anew."""
        place = len(log) - 1
        while log[place][1].why == "worse" and not log[place][2]:
            place -= 1
        return log[place]

    def check(self) -> None:
        """Rules about the whole, when the worker rests: nothing is due that was not done."""
        from watchfloor.alerts.escalation.turn import turn

        if self.store.outbox:
            raise Broken("a message was left behind")
        for alert_id, alert in self.store.alerts.items():
            if alert.tellings != len(self.tells[alert_id]) or alert.tellings != sum(
                1 for key in self.store.received if key[0] == alert_id
            ):
                raise Broken(f"alert {alert_id} counts {alert.tellings} tellings")
            if turn(alert, self.desk, self.now)[1]:
                raise Broken(f"alert {alert_id} was due and nobody looked")
            if alert.phase != "raised" or self.silenced(alert):
                continue
            if not alert.tellings:
                raise Broken(f"nobody was told of alert {alert_id}")
            if alert.is_exhausted:
                if not {each for each in self.desk.last_resort if each in self.desk.zones}:
                    raise Broken("given up while somebody was left")
                continue
            log = self.tells[alert_id]
            first = self.asked(log)
            waits = alert.release_at is not None and first[1].why == "release"
            at, last, _began, jumps = first if waits else log[-1]
            if jumps == self.jumps and self.random.random() < 0.05 and self.overdue(alert.severity, last, at):
                raise Broken(f"alert {alert_id} should have been escalated")

    def silenced(self, alert) -> bool:
        """Told in another way than the product tells it."""
        for each in self.desk.silences:
            inside = each.begins <= self.now and not each.ends <= self.now
            mine = each.project_id in {None, alert.project_id} and each.group in {"", alert.group}
            if inside and mine and not alert.severity > each.up_to:
                return True
        return False

    def rungs(self, alert) -> int:
        policy = self.desk.policy(alert.project_id)
        return len(policy.steps) * policy.loops + 1

    def allowed_min(self, severity: int, last) -> int:
        policy = self.desk.policy(self.store.alerts[last.alert_id].project_id)
        every = list(policy.steps) * policy.loops
        step = every[last.rung] if last.rung < len(every) else None
        if step is not None and last.why == "release" and step.release_min is not None:
            return step.release_min
        own = step.after_min if step is not None else None
        return own if own is not None else {3: 240, 2: 480}.get(severity, 1440)

    def had_their_time(self, severity: int, last, since: datetime, until: datetime) -> bool:
        """Whether one of the told has worked for as long as the step gives, counted by the half minute."""
        # A step that got worse meanwhile gives less; counting with the least it may give never blames wrongly.
        minutes = self.allowed_min(severity, last)
        return any(self.worked_min(person, since, until) >= minutes - 0.5 for person in last.people)

    def overdue(self, severity: int, last, since: datetime) -> bool:
        minutes = self.allowed_min(severity, last)
        return all(self.worked_min(person, since, self.now) > minutes + 0.5 for person in last.people)

    def worked_min(self, person: int, since: datetime, until: datetime) -> float:
        """Working minutes from one moment to another, by adding up days: nothing is shared with ``add_working``."""
        country, zone = self.places[person]
        return slow_working_min(country, zone, since, until)


class _Killed(Exception):
    """The process is gone; only what was committed is left."""


@lru_cache(maxsize=64)
def working_time(country: str, zone: str):
    from watchfloor.calendars.working_time import working_calendar

    return working_calendar(country, "", zone, date(2025, 12, 1), date(2028, 12, 31))


@lru_cache(maxsize=4096)
def _day_of_work(country: str, zone: str, day: date) -> tuple[datetime, datetime] | None:
    from zoneinfo import ZoneInfo

    from watchfloor.calendars.patterns import is_working_day, short_days

    if not is_working_day(country, "", day):
        return None
    ends = next((each.ends for each in short_days(country, "", day, day) if each.on == day), time(17))
    there = ZoneInfo(zone)
    return (
        datetime.combine(day, time(9), there).astimezone(UTC),
        datetime.combine(day, max(time(9), min(ends, time(17))), there).astimezone(UTC),
    )


def slow_working_min(country: str, zone: str, since: datetime, until: datetime) -> float:
    total, day = 0.0, since.date() - timedelta(days=1)
    while day <= until.date() + timedelta(days=1):
        hours = _day_of_work(country, zone, day)
        if hours is not None:
            total += max(0.0, (min(until, hours[1]) - max(since, hours[0])).total_seconds() / 60)
        day += timedelta(days=1)
    return total


def simulate(seed: int) -> int:
    """One run; returns how many messages it sent.

    Raises:
        Broken: a rule does not hold; the message names the seed.
    """
    run = Run(seed)
    try:
        return run.go()
    except Exception as error:
        raise Broken(f"seed {seed}, at {run.now:%Y-%m-%d %H:%M}: {error!r}") from error


def simulate_some(seeds: range) -> tuple[int, list[str]]:
    """How many messages the runs sent, and what broke."""
    sent, broken = 0, []
    for seed in seeds:
        try:
            sent += simulate(seed)
        except Broken as error:
            broken.append(str(error))
    return sent, broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="only this one")
    asked = parser.parse_args()
    seeds = (
        range(asked.seed, asked.seed + 1) if asked.seed is not None else range(asked.first, asked.first + asked.runs)
    )
    began = clock_time.perf_counter()
    parts = [seeds[at : at + 50] for at in range(0, len(seeds), 50)]
    sent, broken = 0, []
    with ProcessPoolExecutor(os.cpu_count(), initializer=_set_up) as pool:
        for more, wrong in pool.map(simulate_some, parts):
            sent += more
            broken += wrong
    for line in broken[:20]:
        print(line)
    print(f"{len(seeds):,} runs, {sent:,} messages, {len(broken)} broken, {clock_time.perf_counter() - began:.0f} s")
    sys.exit(1 if broken else 0)


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")
    import django

    django.setup()


if __name__ == "__main__":
    main()
