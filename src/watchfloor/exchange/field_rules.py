"""What a code or field of a file says in words of the product: which targets there are, and how values translate.

No Django rows. A rule never gives anybody rights: who manages a project is a matter of roles, not of a name in a file.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from watchfloor.plans.document import Plan
from watchfloor.plans.submitting import DIMENSIONS, REPORTED

REPORTED_TARGETS = tuple(f"reported.{dimension}" for dimension in DIMENSIONS)
# Values a submission is drafted with, fields of the project, and what activities say.
DRAFT_TARGETS = (*REPORTED_TARGETS, "forecast_finish", "path_to_green")
PROJECT_TARGETS = ("client", "legal_entity", "country", "stage")
ACTIVITY_TARGETS = ("responsible",)
TARGETS = (*DRAFT_TARGETS, *PROJECT_TARGETS, *ACTIVITY_TARGETS)
MAX_VALUES = 500  # translations of one rule
_TOLD_VALUES = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """One target with its source (``code:NAME`` or ``field:NAME``) and its translations; none: values as they are."""

    target: str
    source: str
    values: Mapping[str, str] = field(default_factory=dict)

    def translated(self, said: str) -> str | None:
        """The product's value for what the file says; None when it cannot be translated."""
        known = {value.strip().casefold(): to for value, to in self.values.items()}
        found = known.get(said.strip().casefold()) if known else said.strip()
        return found if found and _is_possible(self.target, found) else None


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of one rule at one import.

    ``outcome`` is set, same (it was so already), kept (a person said otherwise here), untranslated, refused, or silent
    (the file says nothing).
    """

    target: str
    source: str
    said: str
    value: str
    outcome: str
    note: str = ""
    count: int = 1


def said_of_project(plan: Plan, source: str) -> str:
    """What a plan's own code or field says; empty when it does not."""
    kind, _colon, name = source.partition(":")
    return (plan.codes if kind == "code" else plan.fields).get(name, "")


def with_responsible(plan: Plan, rule: Rule) -> tuple[Plan, list[Mapped]]:
    """The plan whose activities without a responsible have the one that a code or field of theirs names."""
    kind, _colon, name = rule.source.partition(":")
    rows, unknown, count = [], Counter[str](), 0
    for activity in plan.activities:
        said = (activity.codes if kind == "code" else activity.fields).get(name, "")
        if said and not activity.responsible:
            value = rule.translated(said)
            if value is None:
                unknown[said] += 1
            else:
                count += 1
                activity = dataclasses.replace(activity, responsible=value[:120])  # noqa: PLW2901
        rows.append(activity)
    told = [Mapped(rule.target, rule.source, "", "", "set", count=count)] if count else []
    told += [
        Mapped(rule.target, rule.source, said, "", "untranslated", count=times)
        for said, times in unknown.most_common(_TOLD_VALUES)
    ]
    return (dataclasses.replace(plan, activities=tuple(rows)) if count else plan), told


def _is_possible(target: str, value: str) -> bool:
    if target in REPORTED_TARGETS:
        return value in REPORTED
    if target == "forecast_finish":
        return read_day(value) is not None
    return True


def read_day(value: str) -> date | None:
    """A day from a custom date, ``2026-11-02T08:00`` or ``2026-11-02``."""
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None
