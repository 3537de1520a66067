"""Plans of the sample as plan documents: the plan of one project on one day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from watchfloor.plans.document import (
    Activity,
    ActivityKind,
    Assignment,
    CodeType,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    Plan,
    Resource,
    ScheduleOptions,
    WbsNode,
)
from watchfloor.sample.network import Node
from watchfloor.sample.people import Person
from watchfloor.sample.places import PLACES
from watchfloor.sample.truth import Model, State, actual_cost_minor, state_at
from watchfloor.sample.updates import cost_noise
from watchfloor.sample.vocabulary import SUPPLIERS
from watchfloor.sample.workdays import TICKS_PER_WORKDAY, ends_at, starts_at

# A lag counts from when work really started; the sample's own arithmetic does the same.
OPTIONS = ScheduleOptions(tool="watchfloor", start_to_start_from_actual=True)
_OFFICE = "Project office"
_KINDS = {"FS": DependencyKind.FS, "SS": DependencyKind.SS, "FF": DependencyKind.FF}


class PlanMaker:
    """Makes the plans of one project; rows that did not change since the last plan are the same objects.

    That keeps a year of plans cheap to make and cheap to compare.
    """

    def __init__(self, model: Model, people: tuple[Person, ...]) -> None:
        self._model = model
        self._people = people
        self._noise = [cost_noise(key) for key in model.keys]
        self._activities: dict[int, tuple[tuple[object, ...], Activity]] = {}
        self._assignments: dict[int, tuple[tuple[int, int, int], Assignment]] = {}
        self._links: tuple[frozenset[int], tuple[Dependency, ...]] | None = None
        self._wbs: dict[bool, tuple[WbsNode, ...]] = {}
        self._fixed = (_resources(model, people), _code_types(model))

    def plan(self, boundary: int | None) -> Plan:
        """The plan at the boundary, or the untouched one when there is none."""
        model, story = self._model, self._model.story
        state = state_at(model, model.start if boundary is None else boundary)
        renamed = boundary is not None and story.renamed_from is not None and boundary > story.renamed_from
        dropping = boundary is not None and story.dropped_from is not None and boundary > story.dropped_from
        untouched = boundary is None
        resources, code_types = self._fixed
        return Plan(
            code=model.brief.code,
            name=model.brief.name,
            currency=model.place.currency,
            data_date=starts_at(model.start) if boundary is None or boundary <= model.start else ends_at(boundary),
            start=starts_at(model.start),
            calendar=model.calendars[0].plan.key,
            options=OPTIONS,
            calendars=tuple(each.plan for each in model.calendars),
            wbs=self._wbs_nodes(renamed),
            activities=tuple(
                self._activity(state, at, untouched=untouched, renamed=renamed) for at in range(len(model.keys))
            ),
            dependencies=self._dependencies(story.dropped if dropping else frozenset()),
            resources=resources,
            assignments=tuple(self._bookings(state, untouched=untouched)),
            code_types=code_types,
        )

    def _activity(self, state: State, at: int, *, untouched: bool, renamed: bool) -> Activity:
        model, rewritten = self._model, self._model.story.rewritten
        cost = 0 if untouched else actual_cost_minor(model, state, at, noise=self._noise[at])
        moved = rewritten is not None and rewritten[1] == at and state.boundary > rewritten[0]
        said = (
            untouched,
            renamed,
            moved,
            cost,
            state.planned[at],
            state.remaining[at],
            state.started[at],
            state.ended[at],
        )
        known = self._activities.get(at)
        if known is not None and known[0] == said:
            return known[1]
        made = _activity(model, state, at, model.network.nodes[at], cost=cost, untouched=untouched, renamed=renamed)
        self._activities[at] = (said, made)
        return made

    def _dependencies(self, dropped: frozenset[int]) -> tuple[Dependency, ...]:
        if self._links is None or self._links[0] != dropped:
            self._links = (dropped, _dependencies(self._model, dropped))
        return self._links[1]

    def _wbs_nodes(self, renamed: bool) -> tuple[WbsNode, ...]:
        if renamed not in self._wbs:
            prefix = "NX" if renamed else self._model.brief.code
            self._wbs[renamed] = tuple(
                WbsNode(key, f"{name} (new numbering)" if renamed and key == "C" else name, parent, f"{prefix}.{key}")
                for key, name, parent in self._model.network.wbs
            )
        return self._wbs[renamed]

    def _bookings(self, state: State, *, untouched: bool) -> Iterator[Assignment]:
        model = self._model
        for at, (node, person, units) in enumerate(model.assignments):
            planned = model.days[node] if untouched else state.planned[node]
            worked = 0 if untouched else state.worked[node]
            remaining = planned if untouched else state.remaining[node]
            said = (planned, worked, remaining)
            known = self._assignments.get(at)
            if known is None or known[0] != said:
                ticks = TICKS_PER_WORKDAY * units
                made = Assignment(
                    activity=model.keys[node],
                    resource=person,
                    units=units,
                    work_ticks=round(planned * ticks),
                    actual_work_ticks=round(worked * ticks),
                    remaining_work_ticks=round(remaining * ticks),
                )
                known = (said, made)
                self._assignments[at] = known
            yield known[1]


def _code_types(model: Model) -> tuple[CodeType, ...]:
    return (
        CodeType("discipline", "Discipline", "activity", _disciplines(model)),
        CodeType("supplier", "Supplier", "activity", {name: name for name in SUPPLIERS}),
    )


def _activity(
    model: Model, state: State, at: int, node: Node, *, cost: int, untouched: bool, renamed: bool
) -> Activity:
    key = model.keys[at]
    kind = ActivityKind.TASK
    if node.days == 0:
        kind = ActivityKind.START_MILESTONE if node.starts else ActivityKind.FINISH_MILESTONE
    planned = model.days[at] if untouched else state.planned[at]
    remaining = planned if untouched else state.remaining[at]
    done = 0.0 if untouched else state.done[at]
    budget = model.budget_minor[at] if node.days else None
    start, finish = (None, None) if untouched else _actual_dates(model, state, at, node)
    codes = {}
    if node.role:
        codes["discipline"] = node.role
    supplier = model.suppliers.get(at, node.supplier)
    if supplier:
        codes["supplier"] = supplier
    constraints: tuple[Constraint, ...] = ()
    if node.earliest is not None:
        constraints = (Constraint(ConstraintKind.START_NO_EARLIER, starts_at(node.earliest)),)
    deadline = model.deadlines.get(at)
    return Activity(
        key=key,
        name=node.name,
        code=key.replace(model.brief.code.replace("-", ""), "NX") if renamed else key,
        wbs=node.wbs,
        kind=kind,
        calendar=model.calendars[node.calendar].plan.key if node.calendar else "",
        duration_ticks=planned * TICKS_PER_WORKDAY,
        remaining_ticks=remaining * TICKS_PER_WORKDAY,
        percent_complete=round(100 * done, 2),
        actual_start=start,
        actual_finish=finish,
        constraints=constraints,
        deadline=None if deadline is None else ends_at(deadline),
        budget_minor=budget,
        actual_cost_minor=None if budget is None else cost,
        remaining_cost_minor=None if budget is None else budget - round(budget * done),
        responsible=node.role or supplier or _OFFICE,
        is_committed=node.committed,
        codes=codes,
    )


def _actual_dates(model: Model, state: State, at: int, node: Node) -> tuple[datetime | None, datetime | None]:
    start, end = state.started[at], state.ended[at]
    if start is None:
        return None, None
    rewritten = model.story.rewritten
    if rewritten is not None and rewritten[1] == at and state.boundary > rewritten[0]:
        main = model.main
        start = main.days[main.index(start) - rewritten[2]]
        end = None if end is None else main.days[main.index(end) - 1 - rewritten[2]] + 1
    if node.days == 0:
        when = starts_at(start) if node.starts else ends_at(start)
        return when, when
    return starts_at(start), None if end is None else ends_at(end)


def _dependencies(model: Model, dropped: frozenset[int]) -> tuple[Dependency, ...]:
    rows = [
        Dependency(
            predecessor=model.keys[link.before],
            successor=model.keys[link.after],
            kind=_KINDS[link.kind],
            lag_ticks=link.lag * TICKS_PER_WORKDAY,
        )
        for index, link in enumerate(model.network.links)
        if index not in dropped
    ]
    if model.receives_from[0]:
        project, key = model.receives_from
        rows.append(
            Dependency(predecessor=key, successor=model.keys[model.network.receives], predecessor_project=project)
        )
    return tuple(rows)


def _disciplines(model: Model) -> dict[str, str]:
    return {role: role for role in sorted({node.role for node in model.network.nodes if node.role})}


def _resources(model: Model, people: tuple[Person, ...]) -> tuple[Resource, ...]:
    used = {key for _, key, _ in model.assignments}
    return tuple(
        Resource(
            key=person.key,
            name=person.name,
            kind="person",
            rate_minor=person.rate_minor if PLACES[person.place].currency == model.place.currency else None,
            codes={"role": person.role, "country": person.place},
        )
        for person in people
        if person.key in used
    )
