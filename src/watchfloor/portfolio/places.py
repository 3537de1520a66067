"""What a policy, a silence, a rule or a playbook is for: a project, a programme, or the whole organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.db.models import Q

from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.queries import programme, programmes_above, project


class Placed(Protocol):
    """Whatever is for a project, a programme or, with neither, the organisation."""

    @property
    def project_id(self) -> int | None: ...
    @property
    def programme_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A project, a programme with those below it, or with neither the whole organisation."""

    project_id: int | None = None
    programme_id: int | None = None

    @classmethod
    def of(cls, row: Placed) -> Place:
        """The place that a row, or its record, is for."""
        return cls(row.project_id, row.programme_id)

    def may(self, viewer: Viewer, permission: str) -> bool:
        """Whether the viewer has the permission on all of it."""
        if self.project_id is not None:
            return viewer.may(permission, self.project_id)
        return viewer.may_in_programme(permission, self.programme_id)

    @property
    def fields(self) -> dict[str, int | None]:
        """The two columns of a row for it."""
        return {"project_id": self.project_id, "programme_id": self.programme_id}


def place(viewer: Viewer, project_code: str = "", programme_code: str = "") -> Place:
    """The place of that code; a project goes before a programme, and no code is the organisation.

    Raises:
        NotFound: no such project or programme for the viewer.
    """
    if project_code:
        return Place(project_id=project(viewer, project_code).id)
    return Place(programme_id=programme(viewer, programme_code).id) if programme_code else Place()


def over(project_id: int) -> Q:
    """Rows whose place the project lies in: its own, its programme's and those above, and the organisation's."""
    above = programmes_above((project_id,))[project_id]
    wider = Q(programme=None) | Q(programme__in=above)
    return Q(project=project_id) | (Q(project=None) & wider)
