"""Compile and schedule in one step, with calendars long enough for where the plan really goes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from watchfloor.forecasts.compile import SLACK_YEARS, Compiled, ExternalDates, compile_plan
from watchfloor.plans.document import Plan
from watchfloor_engine.errors import CycleError, HorizonExceeded
from watchfloor_engine.schedule import Schedule, schedule

_SLACKS = (SLACK_YEARS, 12, 50, 120)  # years tried in turn

__all__ = ["PlanCycle", "dated", "schedule_plans"]
Scheduled = TypeVar("Scheduled")


class PlanCycle(Exception):
    """Activities that wait for each other; ``path`` names them in order, the first again at the end."""

    def __init__(self, path: Sequence[str]) -> None:
        super().__init__(f"Dependency cycle: {' -> '.join(path)}. Remove one of these links.")
        self.path = tuple(path)


def schedule_plans(
    plans: Sequence[Plan],
    *,
    external: Mapping[tuple[str, str], ExternalDates] | None = None,
) -> tuple[Compiled, Schedule]:
    """The compiled plans and their schedule; arguments as of ``compile_plan``.

    Raises:
        PlanCycle: no schedule exists.
        HorizonExceeded: the plan runs for more than a century.
        InvalidNetwork: numbers that contradict each other.
    """
    return dated(
        plans,
        lambda compiled: schedule(compiled.network, compiled.calendars, compiled.options),
        external=external,
    )


def dated(
    plans: Sequence[Plan],
    schedule_: Callable[[Compiled], Scheduled],
    *,
    zones: Sequence[str] = (),
    external: Mapping[tuple[str, str], ExternalDates] | None = None,
) -> tuple[Compiled, Scheduled]:
    """The plans compiled over as many years as ``schedule_`` needs, and what it makes of them.

    Raises: as ``schedule_plans``.
    """
    for slack_years in _SLACKS:
        try:
            compiled = compile_plan(plans, zones=zones, external=external, slack_years=slack_years)
        except CycleError as error:
            raise PlanCycle(_keys(plans, error.path)) from error
        try:
            return compiled, schedule_(compiled)
        except HorizonExceeded:
            if slack_years == _SLACKS[-1]:
                raise
    raise AssertionError("the loop returns or raises")


def _keys(plans: Sequence[Plan], path: Sequence[int]) -> list[str]:
    rows = [each for plan in plans for each in plan.activities]
    return [rows[at].key if at < len(rows) else "another project" for at in path]
