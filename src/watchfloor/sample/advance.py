"""Advancing the sample by a day, for a live demonstration: progress, and now and then something new goes wrong.

What happens on a day is as certain as the rest of the sample: same seed, same day, same event. Progress is laid over
the plan as it is, so that what somebody edited meanwhile stays.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.kit.errors import NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plans
from watchfloor.plans import queries as plan_queries
from watchfloor.plans.document import Activity, Plan
from watchfloor.portfolio import queries as portfolio
from watchfloor.sample import costs, removal
from watchfloor.sample.generator import SampleOrganisation, SampleProject, generate
from watchfloor.sample.truth import Tell, forecast_at, state_at
from watchfloor.sample.workdays import to_day

_EVERY_NTH = 3  # a project brings progress every third day, and at its cut-off
_MAX_DAYS = 400  # further than that the sample has run out of work
_PROGRESS = ("remaining_ticks", "percent_complete", "actual_start", "actual_finish", "actual_cost_minor")


@dataclass(frozen=True, slots=True)
class Tick:
    """One day further."""

    today: date
    updated: tuple[str, ...]  # project codes
    struck: str  # the project on which something went wrong, if any


class Advancer:
    """Keeps the generated organisation between ticks, since making it takes seconds."""

    def __init__(self, viewer: Viewer) -> None:
        """
        Raises:
            NotAllowed: only who manages the sample may.
            NotFound: no whole sample is loaded.
        """
        if not viewer.may("sample.manage"):
            raise NotAllowed(_("Only an administrator may advance the sample organisation."))
        self._viewer = viewer
        loaded = self._loaded()
        self._organisation = generate(seed=loaded.seed, as_of=loaded.as_of, size=loaded.size)
        self._struck_until = loaded.as_of

    def tick(self, *, now: datetime) -> Tick:
        """Bring the next day's progress, through the operations that anybody uses."""
        loaded = self._loaded()
        today = loaded.today + timedelta(days=1)
        if (today - loaded.as_of).days > _MAX_DAYS:
            raise NotFound(_("The sample has no further days."), remedy=_("Remove it and load it again."))
        ids = {project.code: project for project in portfolio.projects(SYSTEM)}
        struck = self._happen(today)
        updated: list[str] = []
        for project in self._organisation.projects:
            record = ids.get(project.code)
            if record is None or record.origin != removal.ORIGIN or not record.is_watched:
                continue
            if project.code == struck or self._reports(project, today):
                self._update(project, record.id, today, now)
                updated.append(project.code)
        with transaction.atomic():
            append("sample.ticked", viewer=self._viewer, now=now, data={"today": today.isoformat(), "struck": struck})
        return Tick(today, tuple(updated), struck)

    def _loaded(self) -> removal.SampleState:
        loaded = removal.state()
        if loaded is None or not removal.is_here():
            raise NotFound(_("No sample organisation is loaded."), remedy=_("Load it first: watchfloor sample load"))
        return loaded

    def _reports(self, project: SampleProject, today: date) -> bool:
        if project.model.story.silent_from is not None:
            return False
        turn = (zlib.crc32(project.code.encode()) + today.toordinal()) % _EVERY_NTH == 0
        return turn or today.weekday() == project.cut_off_weekday

    def _happen(self, today: date) -> str:
        """Let everything happen that happens until the day; returns who was struck on the day itself."""
        struck = ""
        while self._struck_until < today:
            self._struck_until += timedelta(days=1)
            struck = _strike(self._organisation, self._struck_until)
        return struck

    @transaction.atomic
    def _update(self, project: SampleProject, project_id: int, today: date, now: datetime) -> None:
        current = plan_queries.plan(SYSTEM, project_id)
        plans.record_plan(
            SYSTEM,
            project_id,
            _with_progress(current, project.plan_on(today)),
            origin=removal.ORIGIN,
            reason="Daily progress",
            now=now,
        )
        costs.book(SYSTEM, project_id, project.model, today, now=now)


def _strike(organisation: SampleOrganisation, day: date) -> str:
    """On most days one project learns that some driving work takes longer; returns its code, or nothing."""
    rng = np.random.default_rng([organisation.seed, 7, day.toordinal()])
    if rng.random() > 0.7:
        return ""
    project = organisation.projects[int(rng.integers(len(organisation.projects)))]
    model, boundary = project.model, to_day(day) + 1
    if model.story.silent_from is not None or model.story.on_hold_from is not None:
        return ""
    state, timing = state_at(model, boundary), forecast_at(model, boundary)
    running = [
        at
        for at, node in enumerate(model.network.nodes)
        if node.days and state.ended[at] is None and timing.start[at] <= boundary + 14
    ]
    if not running:
        return ""
    moves = [at for at in running if forecast_at(model, boundary, extra={at: 5}).finish > timing.finish]
    node = (moves or running)[int(rng.integers(len(moves or running)))]
    longer = state.planned[node] + int(rng.integers(3, 9))
    model.story.tells.append(Tell(boundary, node, longer))
    model.story.true_days[node] = max(model.story.true_days[node], longer)
    model.happen()
    return project.code


def _with_progress(current: Plan, fresh: Plan) -> Plan:
    """The plan as it stands, with what the day brought; edits of anything else stay."""
    news = {activity.key: activity for activity in fresh.activities}
    return replace(
        current,
        data_date=fresh.data_date,
        activities=tuple(_progressed(activity, news.get(activity.key)) for activity in current.activities),
    )


def _progressed(activity: Activity, news: Activity | None) -> Activity:
    if news is None or activity.actual_finish is not None:
        return activity
    if news.actual_start is None and news.duration_ticks == activity.duration_ticks:
        return activity
    # A longer remaining duration is news even before work begins; a shorter one would undo somebody's edit.
    longer = max(activity.duration_ticks, news.duration_ticks)
    if news.actual_start is None:
        return replace(activity, duration_ticks=longer, remaining_ticks=max(activity.remaining_ticks, longer))
    return replace(activity, duration_ticks=longer, **{name: getattr(news, name) for name in _PROGRESS})
