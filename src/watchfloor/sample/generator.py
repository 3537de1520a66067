"""The sample organisation: same seed, as-of day and size, same organisation. Pure: no clock, no database.

``generate`` decides everything; plans and updates of single days are made on demand from what it decided.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from watchfloor.plans.document import Plan
from watchfloor.sample import people as staff
from watchfloor.sample.network import Link, Network, Timing, build, scale_durations, schedule
from watchfloor.sample.people import Person, SampleUser
from watchfloor.sample.places import (
    CLIENTS,
    ENTITIES,
    ENTITY_OF,
    PLACES,
    Party,
    Place,
    RateRow,
    euro_rate,
    weekly_rates,
)
from watchfloor.sample.plans import PlanMaker
from watchfloor.sample.planted import DECOYS, EXPECTED, SCRIPT, Decoy, Disguise, Plant, Planted, Size, Trouble
from watchfloor.sample.roster import (
    FULL_ACTIVITIES,
    ORGANISATION,
    PEOPLE,
    PROGRAMMES,
    ROSTER,
    SMALL,
    SMALL_ACTIVITIES,
    Brief,
)
from watchfloor.sample.staffing import demand_by_role, overload, staff_projects
from watchfloor.sample.story import WEEKS, Weeks, add_noise, disguise, plant, solve_cost
from watchfloor.sample.truth import Model, Story, baseline_float, forecast_at, slip_at
from watchfloor.sample.updates import Update, updates_of
from watchfloor.sample.workdays import SampleCalendar, WorkDays, make_calendar, to_date, to_day

SIZES = ("small", "full")


@dataclass(frozen=True)
class SampleProject:
    """One project with everything that can be asked of it."""

    brief: Brief
    place: Place
    model: Model
    as_of: date
    seed: int
    staff: tuple[Person, ...]

    @property
    def code(self) -> str:
        return self.brief.code

    @property
    def committed_finish(self) -> date:
        """The day promised by contract."""
        return to_date(self.model.deadlines[len(self.model.keys) - 1] - 1)

    @property
    def legal_entity(self) -> str:
        return ENTITY_OF[self.place.country]

    @property
    def contingency_minor(self) -> int:
        return sum(self.model.budget_minor) * 6 // 100

    @property
    def delay_damages_minor(self) -> int | None:
        """What a contract with a client owes per day: a two-thousandth of the budget."""
        return sum(self.model.budget_minor) // 2_000 if self.brief.client else None

    @property
    def cut_off_weekday(self) -> int:
        """The last working day of the week: Thursday where Friday is a day of rest."""
        return 3 if self.place.country in {"SA", "EG"} else 4

    @property
    def held_on(self) -> date | None:
        """The day the project was put on hold, if it was."""
        day = self.model.story.on_hold_from
        return None if day is None else to_date(day)

    @property
    def rebaselined_on(self) -> date | None:
        day = self.model.story.rebaseline_on
        return None if day is None else to_date(day)

    def original_plan(self) -> Plan:
        """The plan before any work, from which the original baseline is approved."""
        return self._maker.plan(None)

    def plan_on(self, day: date) -> Plan:
        """The plan as its planner records it at the end of the day."""
        return self._maker.plan(to_day(day) + 1)

    @cached_property
    def _maker(self) -> PlanMaker:
        return PlanMaker(self.model, self.staff)

    @cached_property
    def updates(self) -> tuple[Update, ...]:
        """What arrives in the 26 weeks of history, oldest first."""
        return updates_of(self.model, self.cut_off_weekday, self.as_of)


@dataclass(frozen=True)
class SampleOrganisation:
    seed: int
    as_of: date
    size: str
    name: str
    programmes: tuple[tuple[str, str], ...]
    clients: tuple[Party, ...]
    entities: tuple[Party, ...]
    projects: tuple[SampleProject, ...]
    people: tuple[Person, ...]
    users: tuple[SampleUser, ...]
    rates: tuple[RateRow, ...]
    planted: tuple[Planted, ...]
    decoys: tuple[Decoy, ...]

    @property
    def begins(self) -> date:
        """The Saturday before the history, on which plans and baselines are recorded."""
        return self.as_of - timedelta(weeks=WEEKS, days=2)

    def project(self, code: str) -> SampleProject:
        return next(project for project in self.projects if project.code == code)


def generate(*, seed: int = 1, as_of: date, size: str = "full") -> SampleOrganisation:
    """The organisation of that seed on that day.

    Args:
        as_of: the last day of the history, a Monday.
        size: "full" (48 projects, about 20,000 activities) or "small" (6 and 600).
    """
    assert size in SIZES
    assert as_of.weekday() == 0, "the history ends on a Monday"
    briefs = _briefs(size)
    weeks = Weeks(to_day(as_of))
    models = {brief.code: _base(brief, seed, as_of) for brief in briefs}
    planted = list(_interfaces(models, weeks))
    for code, model in models.items():
        add_noise(model, weeks, _rng(seed, code, "noise"))
        _price(model, _rng(seed, code, "cost"))
    planted += plant(models, weeks, _rng(seed, "organisation", "links"))
    decoys = tuple(disguise(models, weeks))
    for model in models.values():
        _promise(model, weeks)
        _settle_costs(model, weeks)
    rng = _rng(seed, "organisation", "people")
    persons = staff.people(rng, PEOPLE[size], demand_by_role(models))
    staff_projects(models, persons, rng)
    planted += overload(models, persons, weeks)
    rates = weekly_rates(
        _rng(seed, "organisation", "rates"),
        as_of - timedelta(weeks=WEEKS + 1),
        WEEKS + 2,
        swing_currency="CAD",
        swing_week=next(line.week for line in DECOYS if line.kind is Disguise.RATE_SWING) + 1,
        swing=next(line.measure for line in DECOYS if line.kind is Disguise.RATE_SWING),
    )
    projects = tuple(
        SampleProject(brief, PLACES[brief.place], models[brief.code], as_of, seed, persons) for brief in briefs
    )
    used = {brief.code[:2] for brief in briefs}
    return SampleOrganisation(
        seed=seed,
        as_of=as_of,
        size=size,
        name=ORGANISATION,
        programmes=tuple(row for row in PROGRAMMES if row[0] in used),
        clients=CLIENTS,
        entities=ENTITIES,
        projects=projects,
        people=persons,
        users=staff.users(_rng(seed, "organisation", "users"), briefs),
        rates=rates,
        planted=tuple(sorted(planted, key=lambda row: (row.kind, row.size, row.project))),
        decoys=decoys,
    )


def _rng(seed: int, code: str, purpose: str) -> np.random.Generator:
    """A stream of its own per project and purpose, so that one project's dice do not move another's."""
    return np.random.default_rng([seed, zlib.crc32(f"{code}/{purpose}".encode())])


def _briefs(size: str) -> tuple[Brief, ...]:
    if size == "small":
        chosen = (brief for brief in ROSTER if brief.code in SMALL)
        return tuple(replace(brief, activities=SMALL_ACTIVITIES, fronts=brief.fronts[:2]) for brief in chosen)
    scale = FULL_ACTIVITIES / sum(brief.activities for brief in ROSTER)
    return tuple(replace(brief, activities=round(brief.activities * scale * 1.003)) for brief in ROSTER)


def _base(brief: Brief, seed: int, as_of: date) -> Model:
    """The project as planned: network, durations, budget; nothing has gone wrong yet."""
    rng, place = _rng(seed, brief.code, "network"), PLACES[brief.place]
    start_on = as_of - timedelta(days=round(brief.weeks * 7 * brief.done))
    calendars = _calendars(brief, place, as_of, start_on)
    days = tuple(each.days for each in calendars)
    giver = next((line.projects[1] for line in _interface_lines() if line.projects[0] == brief.code), "")
    network = build(brief, rng, activities=brief.activities, receives_from=giver)
    start = days[0].next(to_day(start_on))
    planned = scale_durations(network, days, start=start, target_days=brief.weeks * 5)
    _windows(network, schedule(network, days, planned, floor=start), rng)
    baseline = schedule(network, days, planned, floor=start)
    keys = [f"{brief.code.replace('-', '')}-{1000 + 10 * at}" for at in range(len(network.nodes))]
    return Model(
        brief=brief,
        place=place,
        calendars=calendars,
        network=network,
        keys=keys,
        start=start,
        days=planned,
        budget_minor=_budget(brief, place, network, planned),
        external={},
        baseline=baseline,
        story=Story(list(planned)),
        truth=baseline,
    )


def _calendars(brief: Brief, place: Place, as_of: date, start_on: date) -> tuple[SampleCalendar, ...]:
    first, last = start_on - timedelta(days=60), as_of + timedelta(days=4 * 366)
    shutdowns: tuple[tuple[date, date, str], ...] = ()
    for line in DECOYS:
        if line.kind is Disguise.HOLIDAY_WEEK and line.project == brief.code:
            monday = as_of - timedelta(weeks=WEEKS - line.week + 1)
            shutdowns = ((monday, monday + timedelta(days=round(line.measure / 5 * 7) - 1), "Site closed"),)
    return tuple(
        make_calendar(
            brief.place + suffix,
            f"{place.town}, {name}",
            country=place.country,
            region=place.region,
            first=first,
            last=last,
            six_days=bool(suffix),
            shutdowns=shutdowns,
        )
        for suffix, name in (("", "standard week"), ("6", "six-day site week"))
    )


def _windows(network: Network, timing: Timing, rng: np.random.Generator) -> None:
    """A few agreed windows: work that may not start earlier, though logic would not let it either."""
    works = [at for at, node in enumerate(network.nodes) if node.front >= 0 and node.days]
    for at in sorted(rng.choice(works, size=min(3, len(works)), replace=False).tolist()):
        network.nodes[at].earliest = timing.start[at] - int(rng.integers(10, 30))


def _budget(brief: Brief, place: Place, network: Network, days: list[int]) -> list[int]:
    total = round(brief.budget_keur / euro_rate(place.currency)) * 1000 * 100
    weights = [
        node.weight * max(1, n) ** 0.5 if node.days else 0.0 for node, n in zip(network.nodes, days, strict=True)
    ]
    # Rounding the running sum keeps the total exact to the cent.
    running = np.rint(np.cumsum(weights) / sum(weights) * total).astype(np.int64)
    return [int(value) for value in np.diff(running, prepend=0)]


def _interface_lines() -> list[Plant]:
    return [line for line in SCRIPT if line.kind is Trouble.INTERFACE_MISMATCH]


def _interfaces(models: dict[str, Model], weeks: Weeks) -> list[Planted]:
    """Link takers to givers: the taker needs it by a day which the giver's plan meets or misses by ``measure``."""
    planted: list[Planted] = []
    for line in _interface_lines():
        if not all(code in models for code in line.projects):
            continue
        taker, giver = (models[code] for code in line.projects)
        work, given = _match(taker, giver, weeks, int(line.measure))
        receive = taker.network.receives
        taker.network.connect(Link(receive, work))
        need = taker.baseline.start[work]
        taker.external[receive] = giver.baseline.end[given]
        taker.deadlines[receive] = need
        taker.receives_from = (giver.brief.code, giver.keys[given])
        taker.baseline = schedule(taker.network, taker.workdays, taker.days, floor=taker.start, earliest=taker.external)
        late = taker.main.between(need, taker.external[receive])
        planted.append(
            Planted(
                line.kind,
                line.size,
                taker.brief.code,
                taker.keys[receive],
                to_date(weeks.end(1)),
                EXPECTED[line.kind],
                late,
                others=(giver.brief.code,),
                detail={"giver": giver.keys[given]},
            )
        )
    return planted


def _match(taker: Model, giver: Model, weeks: Weeks, late: int) -> tuple[int, int]:
    """A pair of taker's work with float and giver's finish, ``late`` working days apart, some weeks from now."""
    low, high = weeks.as_of + 20, weeks.as_of + 150
    gifts = [
        at for at, node in enumerate(giver.network.nodes) if node.front >= 0 and low <= giver.baseline.end[at] <= high
    ]
    best: tuple[int, int, int] | None = None
    for at, node in enumerate(taker.network.nodes):
        if not node.days or node.front < 0 or not low <= taker.baseline.start[at] <= high:
            continue
        slack = baseline_float(taker, at)
        if slack < late + 8:
            continue
        for gift in gifts:
            off = abs(taker.main.between(taker.baseline.start[at], giver.baseline.end[gift]) - late)
            if best is None or off < best[0]:
                best = (off, at, gift)
    assert best is not None, f"{taker.brief.code} has no work that can wait for {giver.brief.code}"
    return best[1], best[2]


def _price(model: Model, rng: np.random.Generator) -> None:
    """Work costs about what it earns; tenths of a percent above or below."""
    model.story.cost_before = model.story.cost_after = float(np.clip(rng.normal(1.0, 0.006), 0.985, 1.012))
    model.story.books_at_month_end = any(
        line.kind is Disguise.MONTH_END_BOOKING and line.project == model.brief.code for line in DECOYS
    )


def _settle_costs(model: Model, weeks: Weeks) -> None:
    """Solve again, since other troubles moved the work; a stretch alone must not look like a cost trouble."""
    line = next(
        (each for each in SCRIPT if each.kind is Trouble.COST_OVERRUN and model.brief.code in each.projects), None
    )
    if line is not None:
        solve_cost(model, weeks.end(WEEKS), 1 + line.measure)


def _promise(model: Model, weeks: Weeks) -> None:
    """Committed days with room for what a simulation adds, unless the script says otherwise.

    The room covers the uncertainty of the whole history, so that no promise looks doubtful at its beginning.
    """
    main, last = model.main, len(model.keys) - 1
    line = next(
        (each for each in SCRIPT if each.kind is Trouble.COMMITTED_MILESTONE and model.brief.code in each.projects),
        None,
    )
    slipped = slip_at(model, weeks.end(WEEKS))
    now = forecast_at(model, weeks.end(WEEKS))
    for node in [*model.network.fronts, last]:
        if not model.network.nodes[node].committed:
            continue
        planned = model.baseline.end[node]
        room = max(15, round(0.13 * main.between(max(model.start, weeks.end(0)), planned)))
        # An approved change moves the promise too; it is simply as roomy from the start.
        if 0 < slipped <= 2 * model.watch_limit_days or model.story.rebaseline_on is not None:
            room += slipped
        scripted = line is not None and (node != last or not model.brief.promise)
        if scripted and line is not None and line.size is Size.NEAR:
            ahead = max(10, main.between(weeks.as_of, now.end[node]))
            model.deadlines[node] = _worked_boundary(main, now.end[node], max(1, round(line.measure * ahead)))
            continue
        model.deadlines[node] = _worked_boundary(main, planned, room)


def _worked_boundary(main: WorkDays, boundary: int, room: int) -> int:
    return main.days[main.index(boundary) - 1 + room] + 1
