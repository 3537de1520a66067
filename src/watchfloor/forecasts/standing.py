"""What was known of a project at a moment: one place decides it for every page that looks back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watchfloor.forecasts.models import Forecast
from watchfloor.forecasts.queries import newest_ids
from watchfloor.journal import queries as journal
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.records import RevisionRecord


@dataclass(frozen=True, slots=True)
class Standing:
    """What was known of a project at a moment: the journal up to a position, the newest revision, the newest forecast.

    None where nothing of the kind existed by then. ``as_of`` is None for now.
    """

    as_of: datetime | None
    position: int
    revision: RevisionRecord | None
    forecast_id: int | None
    issued_at: datetime | None


def standing(viewer: Viewer, project_id: int) -> Standing:
    """What was known at the moment the viewer looks from, or is known now; nothing of a project they may not see."""
    row = Forecast.objects.filter(pk__in=newest_ids(viewer, (project_id,))).only("id", "cut", "issued_at").first()
    return Standing(
        as_of=viewer.as_of,
        position=journal.newest(viewer),
        revision=plans.newest_revision(viewer, project_id),
        forecast_id=row.pk if row is not None else None,
        issued_at=row.issued_at if row is not None else None,
    )
