"""Who asks: the first argument of every public query.

A viewer is built once per request (``accounts.queries.viewer_of``) and only read afterwards, so that rooms below
``accounts`` can scope what they return without knowing users, roles or grants.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one person, token or process may see and do.

    ``organisation`` holds permissions that reach every project, now and later; ``programmes`` those per programme id
    (nested ones already spelled out), ``clients`` and ``legal_entities`` those per client and company of ours, which
    also reach projects not made yet; ``projects`` those per project id, whichever way they came.

    ``as_of`` is the moment the viewer looks from: with one, every query answers with what was recorded at or before it,
    and nothing can be written. What may be seen is decided by today's permissions.
    """

    user_id: int | None
    name: str
    organisation: frozenset[str] = frozenset()
    projects: Mapping[int, frozenset[str]] = field(default_factory=dict)
    language: str = "en"
    time_zone: str = "UTC"
    programmes: Mapping[int, frozenset[str]] = field(default_factory=dict)
    is_read_only: bool = False  # a token that may change nothing, not even its owner's own preferences
    clients: Mapping[int, frozenset[str]] = field(default_factory=dict)
    legal_entities: Mapping[int, frozenset[str]] = field(default_factory=dict)
    ends_at: datetime | None = None  # when the account ends by itself
    as_of: datetime | None = None  # aware; None: now

    def may(self, permission: str, project_id: int | None = None) -> bool:
        """Whether the permission holds on the project, or on the whole organisation when none is named."""
        if permission in self.organisation:
            return True
        return project_id is not None and permission in self.projects.get(project_id, frozenset())

    def may_in_programme(self, permission: str, programme_id: int | None) -> bool:
        """Whether the permission holds on the whole programme, so also for projects that will be made in it."""
        if permission in self.organisation:
            return True
        return programme_id is not None and permission in self.programmes.get(programme_id, frozenset())

    def project_ids(self, permission: str = "project.view") -> frozenset[int] | None:
        """Projects on which the permission holds; None means all of them."""
        if permission in self.organisation:
            return None
        return frozenset(pk for pk, granted in self.projects.items() if permission in granted)

    def with_project(
        self, project_id: int, programme_id: int, client_id: int | None = None, legal_entity_id: int | None = None
    ) -> Viewer:
        """The same viewer after a project was made there: what holds on its programme or client holds on it too."""
        granted = self.projects.get(project_id, frozenset()) | self.programmes.get(programme_id, frozenset())
        granted |= self.clients.get(client_id or 0, frozenset())
        granted |= self.legal_entities.get(legal_entity_id or 0, frozenset())
        return replace(self, projects={**self.projects, project_id: granted})

    @property
    def fingerprint(self) -> str:
        """Equal for two viewers that may see and do the same, so that rendered fragments can be shared."""
        reach = (self.projects, self.programmes, self.clients, self.legal_entities)
        said = [
            sorted(self.organisation),
            *(sorted((pk, sorted(granted)) for pk, granted in each.items()) for each in reach),
            self.is_read_only,
            self.as_of,
        ]
        return hashlib.sha256(str(said).encode()).hexdigest()[:32]


PERMISSIONS = (
    "project.view",  # see the project, its plan, forecasts and alerts; without the two below neither money nor notes
    "internal.view",  # notes and reasons people wrote for each other, remarks of imports, mail addresses
    "project.manage",  # create, edit, move, stage of life, tolerances
    "plan.edit",  # activities and dependencies, import, undo
    "baseline.propose",  # ask for a baseline or an amendment, which somebody else approves
    "baseline.approve",
    "submission.submit",
    "submission.return",  # send a submission back with a reason
    "submission.accept",
    "cost.view",  # budgets, costs by control account, reserves and exchange rates; guests and clients have it nowhere
    "cost.edit",  # record costs, draw on reserves; on the organisation: exchange rates
    "alert.act",  # acknowledge, resolve, assign
    "journal.view",
    "user.manage",
    "sample.manage",
)

SYSTEM = Viewer(user_id=None, name="watchfloor", organisation=frozenset(PERMISSIONS))
