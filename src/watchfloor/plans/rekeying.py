"""A plan told with other keys for its activities, everywhere they are named. No Django."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from watchfloor.plans.document import Activity, Earning, Plan, PlanBaseline


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
            dataclasses.replace(
                each, key=keys.get(each.key, each.key), code=each.code or each.key, earning=_rekeyed_earning(each, keys)
            )
            if each.key in keys or (each.earning is not None and each.earning.base in keys)
            else each
            for each in plan.activities
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


def _rekeyed_earning(activity: Activity, keys: Mapping[str, str]) -> Earning | None:
    earning = activity.earning
    if earning is None or earning.base not in keys:
        return earning
    return dataclasses.replace(earning, base=keys[earning.base])
