"""Interfaces with where they are heading: the forecast of the giving milestone, read and never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from watchfloor.forecasts.models import LatestForecast, MilestoneForecast
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import interface_queries as register
from watchfloor.plans.interface_queries import InterfaceRecord


@dataclass(frozen=True, slots=True)
class HandoverRecord:
    """An interface and its forecast dates; None before the giver's first forecast, or without the milestone in it."""

    interface: InterfaceRecord
    forecast: date | None
    forecast_p80: date | None
    is_done: bool

    @property
    def slack_days(self) -> int | None:
        """Days from the forecast to the needed date; below zero the receiver waits."""
        needed = self.interface.needed
        return (needed - self.forecast).days if needed is not None and self.forecast is not None else None

    @property
    def beyond_promise_days(self) -> int | None:
        """Days from the promised to the forecast date; above zero the promise does not hold."""
        promised = self.interface.promised
        return (self.forecast - promised).days if promised is not None and self.forecast is not None else None


def handovers(
    viewer: Viewer, project_id: int | None = None, *, limit: int = 200, offset: int = 0, ended: bool = False
) -> tuple[HandoverRecord, ...]:
    """Interfaces of which the viewer may see a side, with their forecasts; one more query than without."""
    return _with_forecasts(register.interfaces(viewer, project_id, limit=limit, offset=offset, ended=ended))


def handover(viewer: Viewer, interface_id: int) -> HandoverRecord:
    """One interface with its forecast; raises ``NotFound`` like ``interface_queries.interface``."""
    return _with_forecasts([register.interface(viewer, interface_id)])[0]


def _with_forecasts(rows: Sequence[InterfaceRecord]) -> tuple[HandoverRecord, ...]:
    # Whoever may see one side is told the date of the other, and nothing else of it.
    wanted = {each.giver_key for each in rows}
    newest = LatestForecast.objects.filter(project_id__in={project_id for project_id, _key in wanted})
    found = MilestoneForecast.objects.filter(
        forecast__in=newest.values("forecast_id"), activity_key__in={key for _project_id, key in wanted}
    ).values_list("forecast__project_id", "activity_key", "schedule", "p80", "is_done")
    ahead = {(project_id, key): (schedule, p80, done) for project_id, key, schedule, p80, done in found}
    records = []
    for each in rows:
        schedule, p80, done = ahead.get(each.giver_key, (None, None, False))
        records.append(
            HandoverRecord(each, schedule.date() if schedule else None, p80.date() if p80 else None, bool(done))
        )
    return tuple(records)
