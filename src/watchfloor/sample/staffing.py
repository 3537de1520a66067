"""Who works on what: people are booked by role and country, week by week, and not beyond their time by accident."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from watchfloor.sample.people import Person
from watchfloor.sample.planted import SCRIPT, Planted, Trouble
from watchfloor.sample.story import WEEKS, Weeks
from watchfloor.sample.truth import Model, forecast_at
from watchfloor.sample.workdays import to_date

_UNITS = (0.5, 0.25)  # what is tried, the larger first


def demand_by_role(models: dict[str, Model]) -> dict[tuple[str, str], float]:
    """Working days of the plans by (place, role)."""
    demand: dict[tuple[str, str], float] = {}
    for model in models.values():
        for node, days in zip(model.network.nodes, model.days, strict=True):
            if node.role:
                key = (model.brief.place, node.role)
                demand[key] = demand.get(key, 0.0) + days
    return demand


def staff_projects(models: dict[str, Model], persons: tuple[Person, ...], rng: np.random.Generator) -> None:
    """Book the least busy person of the role in the country; what finds nobody free is left to subcontractors.

    One person is kept out of each planted overload's reach: see ``overload``.
    """
    first = min(model.start for model in models.values())
    last = max(model.baseline.finish for model in models.values())
    load = np.zeros((len(persons), (last - first) // 7 + 2))
    groups: dict[tuple[str, str], list[int]] = {}
    reserved = set(_reserved(models, persons))
    for at, person in enumerate(persons):
        if at not in reserved:
            groups.setdefault((person.place, person.role), []).append(at)
    for model in models.values():
        for at, node in enumerate(model.network.nodes):
            candidates = groups.get((model.brief.place, node.role))
            if not candidates or not node.days:
                continue
            a = (model.baseline.start[at] - first) // 7
            b = (model.baseline.end[at] - 1 - first) // 7 + 1
            peaks = load[candidates, a:b].max(axis=1)
            pick = int(np.argmin(peaks))
            units = next((units for units in _UNITS if peaks[pick] + units <= 1.0), 0.0)
            if units:
                load[candidates[pick], a:b] += units
                model.assignments.append((at, persons[candidates[pick]].key, units))


def _reserved(models: dict[str, Model], persons: tuple[Person, ...]) -> list[int]:
    """One person per planted overload, booked on nothing else."""
    kept: list[int] = []
    for line in SCRIPT:
        if line.kind is Trouble.RESOURCE_OVERLOAD and all(code in models for code in line.projects):
            places = [models[code].brief.place for code in line.projects]
            local = [at for at, person in enumerate(persons) if person.place in places and at not in kept]
            kept.append(local[len(local) // 2])
    return kept


def overload(models: dict[str, Model], persons: tuple[Person, ...], weeks: Weeks) -> Iterator[Planted]:
    """Book one person on two projects at once, in the weeks after the as-of day."""
    reserved = iter(_reserved(models, persons))
    first, last = weeks.as_of + 7, weeks.as_of + 28
    for line in SCRIPT:
        if line.kind is not Trouble.RESOURCE_OVERLOAD or not all(code in models for code in line.projects):
            continue
        person = persons[next(reserved)]
        subjects: list[str] = []
        for code in line.projects:
            model = models[code]
            timing = forecast_at(model, weeks.end(WEEKS))
            overlap = [
                (min(timing.end[at], last) - max(timing.start[at], first), -at)
                for at, node in enumerate(model.network.nodes)
                if node.days and timing.start[at] < last and timing.end[at] > first
            ]
            node = -max(overlap)[1]
            model.assignments.append((node, person.key, round(line.measure / len(line.projects), 3)))
            subjects.append(model.keys[node])
        yield Planted(
            line.kind,
            line.size,
            line.projects[0],
            person.key,
            to_date(first),
            "",
            line.measure,
            others=line.projects[1:],
            detail={"activities": ",".join(subjects), "person": person.name},
        )
