"""Whom to tell, in which order, and how long each has: escalation policies. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MAX_STEPS = 12
MAX_LOOPS = 9


class Target(StrEnum):
    """What a step names; ``Step.name`` says which."""

    OWNER = "owner"  # of the alert
    MANAGER = "manager"  # of the project
    ROLE = "role"  # whoever has it nearest to the project
    ROTA = "rota"  # whoever is on duty, by the rota's id; without one the nearest rota of the project
    PERSON = "person"
    LAST_RESORT = "last_resort"  # whoever is left; added behind every policy, so that none leads nowhere


class Form(StrEnum):
    """Functional: who can help is told by itself. Hierarchical: a draft waits until a named person releases it."""

    FUNCTIONAL = "functional"
    HIERARCHICAL = "hierarchical"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung. ``after_min`` is how long its people have, in working minutes of theirs; None: by severity.

    ``release_min`` of a hierarchical step: so many working minutes after the draft it goes out by itself; None: never.
    """

    target: Target
    name: str = ""
    form: Form = Form.FUNCTIONAL
    after_min: int | None = None
    release_min: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Steps in order, how often they are gone through, and how long an acknowledgement holds without a resolution.

    ``acknowledged_min`` are working minutes of the person who acknowledged; None: for ever.
    """

    id: int
    name: str
    steps: tuple[Step, ...]
    loops: int = 1
    acknowledged_min: int | None = None

    @property
    def rungs(self) -> int:
        """How many rungs the ladder has: the steps of every loop, and the last resort."""
        return len(self.steps) * self.loops + 1

    def step(self, rung: int) -> Step:
        """The step of a rung; a rung that a shorter policy no longer has is its last."""
        return LAST_RESORT if rung >= self.rungs - 1 else self.steps[rung % len(self.steps)]

    def loop(self, rung: int) -> int:
        """Which time the steps are gone through, from 0; the last resort belongs to the last."""
        return min(rung // len(self.steps), self.loops - 1) if self.steps else 0


LAST_RESORT = Step(Target.LAST_RESORT)
WORKING_DAY_MIN = 8 * 60
# How long somebody has to acknowledge, by severity (METHODS "Watch").
ALLOWED_MIN = {3: 4 * 60, 2: WORKING_DAY_MIN}
ALLOWED_ELSE_MIN = 3 * WORKING_DAY_MIN


def allowed(step: Step, severity: int) -> timedelta:
    """Working time that the people of a step have."""
    return timedelta(minutes=step.after_min if step.after_min is not None else allowed_min(severity))


def allowed_min(severity: int) -> int:
    """Working minutes to acknowledge an alert of the severity, where no policy says otherwise."""
    return ALLOWED_MIN.get(severity, ALLOWED_ELSE_MIN)


# Help comes by itself up to the portfolio's office; the board gets what a person releases.
STANDARD = Policy(
    id=0,
    name="standard",
    steps=(
        Step(Target.OWNER),
        Step(Target.MANAGER),
        Step(Target.ROTA),
        Step(Target.ROLE, "programme_manager"),
        Step(Target.ROLE, "portfolio_manager"),
        Step(Target.ROLE, "approver", Form.HIERARCHICAL),
    ),
    loops=2,
    acknowledged_min=10 * WORKING_DAY_MIN,
)
