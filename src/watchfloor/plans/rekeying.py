"""A plan told with other keys for its activities, everywhere they are named. No Django."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from watchfloor.plans.document import Activity, Plan, PlanBaseline


def rekeyed(plan: Plan, keys: Mapping[str, str], elsewhere: Mapping[str, Mapping[str, str]] | None = None) -> Plan:
    """The plan told with our keys; ``elsewhere`` holds those of other projects, for links that come from them."""
    elsewhere = elsewhere or {}
    if not keys and not any(elsewhere.get(each.predecessor_project) for each in plan.dependencies):
        return plan
    links = []
    for link in plan.dependencies:
        names = elsewhere.get(link.predecessor_project, {}) if link.predecessor_project else keys
        before, after = names.get(link.predecessor, link.predecessor), keys.get(link.successor, link.successor)
        same = before == link.predecessor and after == link.successor
        links.append(link if same else dataclasses.replace(link, predecessor=before, successor=after))
    if not keys:
        return dataclasses.replace(plan, dependencies=tuple(links))
    return dataclasses.replace(
        plan,
        activities=tuple(
            dataclasses.replace(each, key=keys[each.key], code=each.code or each.key) if each.key in keys else each
            for each in (_along(row, keys) for row in plan.activities)
        ),
        dependencies=tuple(links),
        assignments=tuple(
            dataclasses.replace(each, activity=keys[each.activity]) if each.activity in keys else each
            for each in plan.assignments
        ),
        expenses=tuple(
            dataclasses.replace(each, activity=keys[each.activity]) if each.activity in keys else each
            for each in plan.expenses
        ),
        baselines=tuple(_rekeyed_baseline(each, keys) for each in plan.baselines),
    )


def _rekeyed_baseline(baseline: PlanBaseline, keys: Mapping[str, str]) -> PlanBaseline:
    def told(rows: Mapping[str, Any]) -> dict[str, Any]:
        return {keys.get(key, key): value for key, value in rows.items()}

    return PlanBaseline(
        baseline.name,
        told(baseline.start),
        told(baseline.finish),
        told(baseline.duration_ticks),
        told(baseline.cost_minor),
    )


def _along(activity: Activity, keys: Mapping[str, str]) -> Activity:
    """The activity, earning by the same others as before under their new keys."""
    earning = activity.earning
    if earning is None:
        return activity
    named = tuple(
        dataclasses.replace(each, key=keys[each.key]) if each.key in keys else each for each in earning.milestones
    )
    told = dataclasses.replace(earning, base=keys.get(earning.base, earning.base), milestones=named)
    return activity if told == earning else dataclasses.replace(activity, earning=told)
