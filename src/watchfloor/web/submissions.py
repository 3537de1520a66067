"""What the pages of status periods show: the board, one period, and the form a manager fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from watchfloor.detection import submissions as checking
from watchfloor.detection.suggesting import as_computed
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.notify import chasing
from watchfloor.notify import queries as notices
from watchfloor.notify.board import STANDINGS, BoardRow, board, board_row
from watchfloor.plans import period_queries
from watchfloor.plans.period_records import CheckRecord, PeriodRecord
from watchfloor.plans.submitting import DIMENSIONS
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord

# The look of a standing's chip.
LOOKS: Mapping[str, str] = {"late": "crit", "submitted": "watch", "returned": "risk", "accepted": "on", "frozen": "on"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check in words."""

    outcome: str
    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the board with its checks in words."""

    row: BoardRow
    look: str
    unmet: tuple[Check, ...]
    passed: int
    total: int

    @property
    def key(self) -> str:
        return f"{self.row.project.code}/{self.row.period.cut_off.isoformat()}"

    @property
    def address(self) -> str:
        return f"/projects/{self.row.project.code}/periods/{self.row.period.cut_off.isoformat()}"


def board_context(viewer: Viewer, *, week: date | None, standing: str) -> Mapping[str, Any]:
    """The board now or of one week, cut to a standing."""
    found = board(viewer, week=week, now=clock.now())
    rows = [each for each in found.rows if standing in ("", each.standing)]
    newest, shown = found.newest_week, found.week
    looked_at = shown or newest
    return {
        "rows": tuple(_row(viewer, each) for each in rows),
        "row_count": len(found.rows),
        "counts": [(code, found.counts[code], LOOKS.get(code, "")) for code in STANDINGS if found.counts.get(code)],
        "standing": standing if standing in STANDINGS else "",
        "week": shown,
        "week_before": looked_at - timedelta(days=7) if looked_at else None,
        "week_after": shown + timedelta(days=7) if shown and newest and shown < newest else None,
        "newest_week": newest,
        "may_decide": any(each.may_decide or each.may_chase for each in found.rows),
    }


def row_part(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    """One row as the live part: by the id of its period."""
    found = _found(viewer, key)
    if found is None:
        return None
    project, period = found
    return {"each": _row(viewer, board_row(viewer, project, period, clock.now()))}


def period_part(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    """Everything about one period."""
    found = _found(viewer, key)
    return period_context(viewer, *found) if found is not None else None


def period_context(viewer: Viewer, project: ProjectRecord, period: PeriodRecord) -> Mapping[str, Any]:
    row = _row(viewer, board_row(viewer, project, period, clock.now()))
    submission = period.submission
    return {
        "project": project,
        "period": period,
        "each": row,
        "submission": submission,
        "said": period.said,
        "dimensions": [(code, submission.reported.get(code, "")) for code in DIMENSIONS] if submission else (),
        "checks": tuple(_check(viewer, each) for each in (submission.checks if submission else ())),
        "chases": chasing.chases(viewer, (period.id,)).get(period.id, ()),
        "may_close": viewer.may("submission.accept", project.id)
        and period.closed_at is None
        and row.row.standing != "submitted",
        "may_take_back": viewer.may("submission.accept", project.id)
        and period.closed_at is None
        and row.row.standing in ("accepted", "returned")
        and (submission is None or submission.submitted_by_id != viewer.user_id),
        "may_restate": viewer.may("submission.submit", project.id) and period.closed_at is not None,
    }


def history_context(viewer: Viewer, project: ProjectRecord) -> Mapping[str, Any]:
    """Every period of a project, reported beside computed."""
    now = clock.now()
    rows = period_queries.periods(viewer, project.id, 120)
    return {
        "may_set_fast_mode": viewer.may("project.manage", project.id)
        and viewer.may_in_programme("project.manage", project.programme_id),
        "periods": [(each, each.standing(now), LOOKS.get(each.standing(now), "")) for each in rows],
    }


def owed(viewer: Viewer, project: ProjectRecord) -> PeriodRecord | None:
    """The period the viewer may report for now: the newest, while nothing of it is decided."""
    if not viewer.may("submission.submit", project.id):
        return None
    period = period_queries.newest_period(viewer, project.id)
    if period is None or period.closed_at is not None or (period.said is not None and period.said.is_decided):
        return None
    return period


def prefill(viewer: Viewer, project: ProjectRecord, period: PeriodRecord, wanted: str) -> Mapping[str, Any]:
    """What the form says at first: what was saved, else as last period, or as computed when asked for.

    ``origin`` names it: saved, last, computed or empty.
    """
    last = period_queries.period_before(project.id, period.cut_off)
    before = last.said if last is not None else None
    empty: dict[str, Any] = {
        "reported": {},
        "forecast_finish": None,
        "eac_minor": None,
        "path_to_green": "",
        "explanation": "",
        "origin": "",
    }
    numbers = as_computed(viewer, project.id)
    if wanted == "computed" and numbers is not None:
        kept = before.reported if before is not None else {}
        reported = {**kept, **numbers["reported"]}
        path = before.path_to_green if before is not None and reported["overall"] != "on" else ""
        return {**empty, **numbers, "reported": reported, "path_to_green": path, "origin": "computed"}
    if wanted != "last" and period.submission is not None:
        saved = period.submission
        return {
            "reported": saved.reported,
            "forecast_finish": saved.forecast_finish,
            "eac_minor": saved.eac_minor,
            "path_to_green": saved.path_to_green,
            "explanation": saved.explanation,
            "origin": "saved",
        }
    if before is None:
        return {**empty, **(numbers or {}), "origin": "computed" if numbers else ""}
    return {
        "reported": before.reported,
        "forecast_finish": before.forecast_finish,
        "eac_minor": before.eac_minor,
        "path_to_green": before.path_to_green,
        "explanation": before.explanation,
        "origin": "last",
    }


def submit_context(
    viewer: Viewer, project: ProjectRecord, period: PeriodRecord, said: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What stands around the form: the numbers, the checks of what it says, and who asked."""
    numbers = checking.computed(viewer, project.id)
    return {
        "project": project,
        "period": period,
        "submission": period.submission,
        "computed": numbers,
        "asked": chasing.chases(viewer, (period.id,)).get(period.id, ())[:1],
        "is_late": period.standing(clock.now()) == "late",
        **checks_context(viewer, project, period, said),
    }


def checks_context(
    viewer: Viewer, project: ProjectRecord, period: PeriodRecord, said: Mapping[str, Any]
) -> Mapping[str, Any]:
    words = checking.Said(said["reported"], said["forecast_finish"], said["eac_minor"], said["explanation"])
    found = checking.preview(viewer, project.id, period.cut_off, words)
    return {"checks": tuple(_check(viewer, each) for each in found), "unmet": sum(not each.is_fine for each in found)}


def asks(viewer: Viewer, key: str | None = None) -> Mapping[str, Any]:
    """How many reports the viewer was asked for."""
    return {"asked": sum(each.code == chasing.CODE for each in notices.unseen(viewer))}


def _row(viewer: Viewer, row: BoardRow) -> Row:
    said = row.period.said
    checks = said.checks if said is not None else ()
    unmet = tuple(_check(viewer, each) for each in checks if not each.is_fine)
    return Row(row, LOOKS.get(row.standing, ""), unmet, len(checks) - len(unmet), len(checks))


def _check(viewer: Viewer, check: CheckRecord) -> Check:
    language, zone = viewer.language, viewer.time_zone
    return Check(
        check.outcome,
        checking.title(check, language=language, zone=zone),
        checking.advice(check, language=language, zone=zone),
    )


def _found(viewer: Viewer, key: str | None) -> tuple[ProjectRecord, PeriodRecord] | None:
    if key is None or not key.isdigit():
        return None
    period = period_queries.period_by_id(viewer, int(key))
    return portfolio.project_by_id(viewer, period.project_id), period
