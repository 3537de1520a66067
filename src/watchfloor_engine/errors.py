"""What can be wrong with a plan's numbers, and what the user can change about it."""

from __future__ import annotations

from collections.abc import Sequence


class EngineError(Exception):
    """Base of everything the engine refuses. ``code`` is stable, the message says what to change."""

    code = "engine.error"


class CycleError(EngineError):
    """Activities wait for each other in a circle, so no start date exists."""

    code = "plan.cycle"

    def __init__(self, path: Sequence[int]) -> None:
        super().__init__(f"Dependency cycle through activities {list(path)}. Remove one of these links.")
        self.path = tuple(int(i) for i in path)


class InvalidNetwork(EngineError):
    """The arrays of a network contradict each other."""

    code = "plan.invalid_network"


class EmptyCalendar(EngineError):
    """A calendar without any working time can finish nothing."""

    code = "calendar.empty"


class InvalidCalendar(EngineError):
    """A shift or horizon that no calendar can have."""

    code = "calendar.invalid"


class HorizonExceeded(EngineError):
    """A date fell outside the compiled years of a calendar; compile it for more years and try again."""

    code = "calendar.horizon"


class InvalidDistribution(EngineError):
    """A three-point estimate whose points are not in order, or an impossible number of runs."""

    code = "simulation.invalid_distribution"
