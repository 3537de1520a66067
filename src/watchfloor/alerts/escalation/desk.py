"""What escalation needs to know of the house at a moment: people, duties, policies and silences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from watchfloor.alerts.escalation.policy import STANDARD, Form, Policy, Step, Target
from watchfloor.alerts.escalation.rota import Rota, on_duty
from watchfloor.alerts.escalation.silence import Silence

AddWorking = Callable[[int | None, datetime, timedelta], datetime]


@dataclass(frozen=True, slots=True)
class Desk:
    """Read-only surroundings of every alert.

    ``zones`` holds everybody who can be told something; whoever is not in it has left. ``add_working`` adds working
    time of a person (None: of nobody in particular) to a moment. ``managers`` and ``roles`` are by project, and by
    project and role. ``rotas`` and ``policies`` are what a project uses. ``last_resort`` is told where a step leads to
    nobody, in this order, and never empty unless nobody is left at all.
    """

    zones: Mapping[int, str]
    add_working: AddWorking
    managers: Mapping[int, int] = field(default_factory=dict)
    roles: Mapping[tuple[int, str], tuple[int, ...]] = field(default_factory=dict)
    rotas: Mapping[int, Rota] = field(default_factory=dict)  # by id
    rota_of: Mapping[int, int] = field(default_factory=dict)  # project id → rota id
    policy_of: Mapping[int, Policy] = field(default_factory=dict)  # project id → policy; else the standard one
    silences: tuple[Silence, ...] = ()
    last_resort: tuple[int, ...] = ()
    reached: Mapping[int, frozenset[int]] = field(default_factory=dict)  # who may see a project; without it everybody

    def policy(self, project_id: int) -> Policy:
        return self.policy_of.get(project_id, STANDARD)

    def people(self, step: Step, *, project_id: int, owner: int | None, now: datetime) -> tuple[int, ...]:
        """Whom the step reaches now; empty where it leads to nobody."""
        match step.target:
            case Target.OWNER:
                found: tuple[int | None, ...] = (owner,)
            case Target.MANAGER:
                found = (self.managers.get(project_id),)
            case Target.ROLE:
                found = self._holders(step, project_id)
            case Target.ROTA:
                found = (self._on_duty(step, project_id, now),)
            case Target.PERSON:
                found = (int(step.name),)
            case Target.LAST_RESORT:
                return self.anybody()
        seen_by = self.reached.get(project_id)
        return tuple(
            each for each in found if each is not None and each in self.zones and (seen_by is None or each in seen_by)
        )

    def anybody(self) -> tuple[int, ...]:
        """The one person who is told when a step leads to nobody."""
        return tuple(each for each in self.last_resort if each in self.zones)[:1]

    def _holders(self, step: Step, project_id: int) -> tuple[int, ...]:
        """Help is asked of one person, the first who can be told; a message upwards goes to everybody of the role."""
        held = tuple(each for each in self.roles.get((project_id, step.name), ()) if each in self.zones)
        return held if step.form == Form.HIERARCHICAL else held[:1]

    def _on_duty(self, step: Step, project_id: int, now: datetime) -> int | None:
        """Whoever the rota names; where there is none, the first who has the role of a duty officer."""
        rota = self.rotas.get(int(step.name) if step.name else self.rota_of.get(project_id, 0))
        if rota is not None:
            return on_duty(rota, self.zones, now)
        return next((each for each in self.roles.get((project_id, "duty_officer"), ()) if each in self.zones), None)
