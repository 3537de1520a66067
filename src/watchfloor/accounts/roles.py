"""What each role may do. Read top-down: a role names its permissions in full, none inherits another's."""

from __future__ import annotations

from collections.abc import Mapping

from watchfloor.accounts.models import Role
from watchfloor.kit.viewer import PERMISSIONS

_SEE = frozenset({"project.view"})
_COST = frozenset({"cost.view", "cost.edit"})
_RUN = (
    frozenset({"project.view", "project.manage", "plan.edit", "submission.submit", "alert.act", "journal.view"}) | _COST
)

ROLE_PERMISSIONS: Mapping[str, frozenset[str]] = {
    Role.ADMINISTRATOR: frozenset(PERMISSIONS),
    Role.PORTFOLIO_MANAGER: _RUN | {"baseline.approve", "submission.accept"},
    Role.PROGRAMME_MANAGER: _RUN | {"baseline.approve", "submission.accept"},
    Role.PROJECT_MANAGER: _RUN,
    Role.PLANNER: _SEE | {"plan.edit", "journal.view", "cost.view"},
    Role.DUTY_OFFICER: _SEE | {"alert.act", "journal.view", "cost.view"},
    Role.MEMBER: _SEE | {"journal.view"},
    Role.VIEWER: _SEE,
}

# What a read-only token keeps of its owner's permissions.
READING = frozenset({"project.view", "journal.view", "cost.view"})

# Who is asked first when a project needs one person: the nearest of these.
OWNERS = (Role.PROJECT_MANAGER, Role.PROGRAMME_MANAGER, Role.PORTFOLIO_MANAGER, Role.ADMINISTRATOR)
