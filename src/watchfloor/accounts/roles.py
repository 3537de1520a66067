"""What each role may do. Read top-down: a role names its permissions in full, none inherits another's."""

from __future__ import annotations

from collections.abc import Mapping

from watchfloor.accounts.models import Role
from watchfloor.kit.viewer import PERMISSIONS

_INSIDE = frozenset({"project.view", "internal.view"})
_COUNT = _INSIDE | {"cost.view"}
_RUN = _COUNT | {
    "project.manage", "plan.edit", "baseline.propose", "submission.submit", "cost.edit", "alert.act", "journal.view",
}  # fmt: skip
_STEER = _RUN | {"baseline.approve", "submission.return", "submission.accept"}

ROLE_PERMISSIONS: Mapping[str, frozenset[str]] = {
    Role.ADMINISTRATOR: frozenset(PERMISSIONS),
    Role.PORTFOLIO_MANAGER: _STEER,
    Role.PROGRAMME_MANAGER: _STEER,
    Role.PROJECT_MANAGER: _RUN,
    Role.PLANNER: _COUNT | {"plan.edit", "baseline.propose", "journal.view"},
    Role.COST_CONTROLLER: _COUNT | {"cost.edit", "baseline.propose", "journal.view"},
    Role.DUTY_OFFICER: _COUNT | {"alert.act", "journal.view"},
    Role.RESOURCE_MANAGER: _COUNT | {"journal.view"},
    Role.APPROVER: _COUNT | {"baseline.approve", "submission.return", "submission.accept", "journal.view"},
    Role.MEMBER: _INSIDE | {"journal.view"},
    Role.AUDITOR: _COUNT | {"journal.view"},
    Role.VIEWER: _COUNT,
    Role.GUEST: frozenset({"project.view"}),
}

# What a read-only token keeps of its owner's permissions.
READING = frozenset({"project.view", "internal.view", "cost.view", "journal.view"})

# Who is asked first when a project needs one person: the nearest of these.
OWNERS = (Role.PROJECT_MANAGER, Role.PROGRAMME_MANAGER, Role.PORTFOLIO_MANAGER, Role.ADMINISTRATOR)
