"""What tells a task of MS Project from another once its file was saved anew: the code people gave it.

The unique number of a task is a row number of one file: copied into another, or pasted together, the same work has
another one. A code in the WBS field that somebody gave goes along. Codes that only follow the outline (1.2.3) move
with every row that is put in above, so they tell nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from watchfloor.plans.document import ActivityKind, Plan
from watchfloor.plans.rekeying import rekeyed

_OUTLINE = re.compile(r"[0-9]+(\.[0-9]+)*")
_CODED_SHARE = 0.9  # of the tasks; a few codes among numbers are somebody's marks, not a way of naming


def named_by_code(plan: Plan) -> Plan:
    """The plan with its codes as keys where nearly every task has one of its own; else the plan as it is."""
    counts = Counter(each.code for each in plan.activities)
    codes = {
        each.key: each.code
        for each in plan.activities
        if each.code and counts[each.code] == 1 and not _OUTLINE.fullmatch(each.code)
    }
    tasks = [each.key for each in plan.activities if each.kind is not ActivityKind.SUMMARY]
    if not tasks or sum(key in codes for key in tasks) < _CODED_SHARE * len(tasks):
        return plan
    uncoded = {each.key for each in plan.activities} - codes.keys()
    keys = {key: code for key, code in codes.items() if key != code and code not in uncoded}
    told = rekeyed(plan, keys)
    return replace(
        told,
        activities=tuple(replace(each, wbs=keys[each.wbs]) if each.wbs in keys else each for each in told.activities),
        wbs=tuple(
            replace(each, key=keys.get(each.key, each.key), parent=keys.get(each.parent, each.parent))
            for each in told.wbs
        ),
    )
