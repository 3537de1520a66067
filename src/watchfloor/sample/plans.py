"""Plans of the sample as plan documents: the plan of one project on one day."""

from __future__ import annotations

from datetime import date, datetime

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
from watchfloor.sample.workdays import TICKS_PER_WORKDAY, ends_at, starts_at, to_date

# A lag counts from when work really started; the sample's own arithmetic does the same.
OPTIONS = ScheduleOptions(tool="watchfloor", start_to_start_from_actual=True)
_KINDS = {"FS": DependencyKind.FS, "SS": DependencyKind.SS, "FF": DependencyKind.FF}


def plan_of(model: Model, boundary: int | None, people: tuple[Person, ...]) -> Plan:
    """The plan at the boundary, or the untouched one when there is none."""
    state = state_at(model, model.start if boundary is None else boundary)
    story = model.story
    renamed = boundary is not None and story.renamed_from is not None and boundary > story.renamed_from
    dropping = boundary is not None and story.dropped_from is not None and boundary > story.dropped_from
    dropped = story.dropped if dropping else frozenset()
    untouched = boundary is None
    return Plan(
        code=model.brief.code,
        name=model.brief.name,
        currency=model.place.currency,
        data_date=starts_at(model.start) if boundary is None or boundary <= model.start else ends_at(boundary),
        start=starts_at(model.start),
        calendar=model.calendars[0].plan.key,
        options=OPTIONS,
        calendars=tuple(each.plan for each in model.calendars),
        wbs=tuple(
            WbsNode(key, f"{name} (new numbering)" if renamed and key == "C" else name, parent, _wbs_code(model, key, renamed))
            for key, name, parent in model.network.wbs
        ),
        activities=tuple(
            _activity(model, state, at, node, untouched=untouched, renamed=renamed)
            for at, node in enumerate(model.network.nodes)
        ),
        dependencies=_dependencies(model, dropped),
        resources=_resources(model, people),
        assignments=_assignments(model, state, untouched=untouched),
        code_types=(
            CodeType("discipline", "Discipline", "activity", _disciplines(model)),
            CodeType("supplier", "Supplier", "activity", {name: name for name in SUPPLIERS}),
        ),
    )


def _wbs_code(model: Model, key: str, renamed: bool) -> str:
    return f"{'NX' if renamed else model.brief.code}.{key}"


def _activity(model: Model, state: State, at: int, node: Node, *, untouched: bool, renamed: bool) -> Activity:
    key = model.keys[at]
    kind = ActivityKind.TASK
    if node.days == 0:
        kind = ActivityKind.START_MILESTONE if node.starts else ActivityKind.FINISH_MILESTONE
    planned = model.days[at] if untouched else state.planned[at]
    remaining = planned if untouched else state.remaining[at]
    done = 0.0 if untouched else state.done[at]
    budget = model.budget_minor[at] if node.days else None
    spent = None
    if budget is not None:
        spent = 0 if untouched else actual_cost_minor(model, state, at, noise=cost_noise(key))
    start, finish = (None, None) if untouched else _actual_dates(model, state, at, node)
    codes = {}
    if node.role:
        codes["discipline"] = node.role
    if supplier := model.suppliers.get(at, node.supplier):
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
        actual_cost_minor=spent,
        remaining_cost_minor=None if budget is None else budget - round(budget * done),
        responsible=node.role,
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


def _assignments(model: Model, state: State, *, untouched: bool) -> tuple[Assignment, ...]:
    rows: list[Assignment] = []
    for node, person, units in model.assignments:
        planned = model.days[node] if untouched else state.planned[node]
        worked = 0 if untouched else state.worked[node]
        remaining = planned if untouched else state.remaining[node]
        rows.append(
            Assignment(
                activity=model.keys[node],
                resource=person,
                units=units,
                work_ticks=round(planned * TICKS_PER_WORKDAY * units),
                actual_work_ticks=round(worked * TICKS_PER_WORKDAY * units),
                remaining_work_ticks=round(remaining * TICKS_PER_WORKDAY * units),
            )
        )
    return tuple(rows)


def day_of(boundary: int) -> date:
    """The day that ends at the boundary."""
    return to_date(boundary - 1)
