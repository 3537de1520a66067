"""Who asks: the first argument of every public query.

A viewer is built once per request (``accounts.queries.viewer_of``) and only read afterwards, so that rooms below
``accounts`` can scope what they return without knowing users, roles or grants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one person, token or process may see and do.

    ``organisation`` holds permissions that reach every project, now and later; ``projects`` those per project id.
    ``fingerprint`` is equal for two viewers that may see the same, so rendered fragments can be shared.
    """

    user_id: int | None
    name: str
    organisation: frozenset[str] = frozenset()
    projects: Mapping[int, frozenset[str]] = field(default_factory=dict)
    language: str = "en"
    time_zone: str = "UTC"

    def may(self, permission: str, project_id: int | None = None) -> bool:
        """Whether the permission holds on the project, or on the whole organisation when none is named."""
        if permission in self.organisation:
            return True
        return project_id is not None and permission in self.projects.get(project_id, frozenset())

    def project_ids(self, permission: str = "project.view") -> frozenset[int] | None:
        """Projects on which the permission holds; None means all of them."""
        if permission in self.organisation:
            return None
        return frozenset(pk for pk, granted in self.projects.items() if permission in granted)

    @property
    def fingerprint(self) -> str:
        rows = sorted((pk, tuple(sorted(granted))) for pk, granted in self.projects.items())
        return f"{sorted(self.organisation)}{rows}"


PERMISSIONS = (
    "project.view",  # see the project, its plan, forecasts and alerts
    "project.manage",  # create, edit, move, stage of life, tolerances
    "plan.edit",  # activities and dependencies, import, undo
    "baseline.approve",
    "submission.submit",
    "submission.accept",
    "alert.act",  # acknowledge, resolve, assign
    "journal.view",
    "user.manage",
    "sample.manage",
)

SYSTEM = Viewer(user_id=None, name="watchfloor", organisation=frozenset(PERMISSIONS))
