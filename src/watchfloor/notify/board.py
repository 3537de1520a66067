"""Who has reported, who is late, and what waits for a decision: the board of all periods at one look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watchfloor.accounts.queries import managers_of
from watchfloor.detection import queries as detection
from watchfloor.kit.viewer import Viewer
from watchfloor.notify.chasing import ChaseRecord, chases
from watchfloor.plans import period_queries
from watchfloor.plans.period_records import PeriodRecord
from watchfloor.plans.periods import days_late
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord

# In the order people work: who is late first, then what waits for them, then what is done.
STANDINGS = ("late", "submitted", "returned", "open", "accepted", "frozen", "missed")


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One period of one project, with all that is needed to decide on it or to ask for it."""

    project: ProjectRecord
    period: PeriodRecord
    standing: str  # one of STANDINGS
    days_late: int  # working days of the project since it was due, while it is owed
    manager_id: int | None
    manager_name: str
    computed: str  # the status computed now; empty: none
    last_chase: ChaseRecord | None
    may_submit: bool
    may_decide: bool  # it waits, and is not the viewer's own
    may_chase: bool
    is_fine: bool  # every check passed


@dataclass(frozen=True, slots=True)
class Board:
    """``week`` is the Monday whose cut-offs are shown; None: what is at hand of every project."""

    rows: tuple[BoardRow, ...]
    counts: Mapping[str, int]
    week: date | None
    newest_week: date | None


def board(viewer: Viewer, *, week: date | None = None, now: datetime) -> Board:
    """Every period of the projects the viewer sees, now or of one week; a fixed number of queries."""
    everything = portfolio.projects(viewer)
    watched = [row for row in everything if row.is_watched]
    if week is None:
        periods = period_queries.current_periods([row.id for row in watched], now)
    else:
        monday = week - timedelta(days=week.weekday())
        ids = [row.id for row in everything]
        periods = period_queries.periods_between(ids, monday, monday + timedelta(days=6))
        week = monday
    rows = _rows(viewer, {row.id: row for row in everything}, periods, now)
    newest = period_queries.newest_cut_off([row.id for row in everything])
    return Board(
        rows,
        Counter(row.standing for row in rows),
        week,
        newest - timedelta(days=newest.weekday()) if newest is not None else None,
    )


def board_row(viewer: Viewer, project: ProjectRecord, period: PeriodRecord, now: datetime) -> BoardRow:
    """The row of one period."""
    return _rows(viewer, {project.id: project}, (period,), now)[0]


def _rows(
    viewer: Viewer, projects: Mapping[int, ProjectRecord], periods: Sequence[PeriodRecord], now: datetime
) -> tuple[BoardRow, ...]:
    ids = [row.project_id for row in periods]
    managers = managers_of(ids)
    statuses = detection.statuses(viewer, ids)
    asked = chases(viewer, [row.id for row in periods])
    found = []
    for period in periods:
        project = projects[period.project_id]
        manager = managers.get(project.id)
        status = statuses.get(project.id)
        said = period.said
        waits = said is not None and said.state == "submitted"
        owed = period.is_owed
        decides = viewer.may("submission.accept", project.id)
        is_own = said is not None and said.submitted_by_id is not None and said.submitted_by_id == viewer.user_id
        found.append(
            BoardRow(
                project=project,
                period=period_queries.told(viewer, period),
                standing=period.standing(now),
                days_late=days_late(project, period.due_at, now) if owed else 0,
                manager_id=manager.id if manager else None,
                manager_name=manager.full_name if manager else "",
                computed=status.last_display if status else "",
                last_chase=next(iter(asked.get(period.id, ())), None),
                may_submit=viewer.may("submission.submit", project.id) and (owed or waits),
                may_decide=waits and decides and not is_own,
                may_chase=owed and decides and manager is not None,
                is_fine=said is not None and said.checked_at is not None and not said.unmet,
            )
        )
    found.sort(key=lambda row: (STANDINGS.index(row.standing), -row.days_late, row.project.code, row.period.cut_off))
    return tuple(found)
