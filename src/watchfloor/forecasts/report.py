"""An assessment as plain data for ``check --json``, and what of it crosses a threshold. Pure.

The fields are described in docs/user/check.md; ``schema_version`` grows when one changes its meaning.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from watchfloor.forecasts.assess import Assessment, ProjectAssessment
from watchfloor.forecasts.practices import Practice
from watchfloor.forecasts.quality import PointReport
from watchfloor.forecasts.records import ReadingRecord
from watchfloor.forecasts.stored import StoredComparison
from watchfloor.kit.errors import WatchfloorError

SCHEMA_VERSION = 1
DIFFERENCES_SHOWN = 200


def reasons_to_fail(assessment: Assessment, watched: Collection[str]) -> tuple[str, ...]:
    """Codes among ``watched`` above their threshold in the file as a whole, or in any project exported whole."""
    found = []
    if assessment.cycle and "cycle" in watched:
        found.append("cycle")
    for project in assessment.projects:
        found.extend(point.code for point in project.quality if point.outcome == "failed" and point.code in watched)
    return tuple(dict.fromkeys(found))


def unreadable_json(file: str, refusal: WatchfloorError) -> dict[str, Any]:
    """A file that was refused."""
    return {
        "schema_version": SCHEMA_VERSION,
        "file": file,
        "error": {
            "code": refusal.code,
            "message": str(refusal),
            "remedy": refusal.remedy,
            "place": refusal.place,
        },
    }


def json_of(
    file: str, assessment: Assessment, *, fails: Collection[str], read_s: float, assess_s: float
) -> dict[str, Any]:
    """One file. At the top: sums, finish and quality of all projects; the rest is of the one with most activities."""
    main = assessment.main
    return {
        "schema_version": SCHEMA_VERSION,
        "file": file,
        "format": assessment.format,
        "tool": assessment.tool,
        "problem": _problem(assessment),
        "fails": list(fails),
        "main_project": main.code if main is not None else None,
        "activities": assessment.activities,
        "dependencies": assessment.dependencies,
        "data_date": _moment(main.data_date) if main is not None else None,
        "finish": _moment(assessment.finish),
        "critical": _critical(main),
        "quality": _quality(assessment.quality),
        "practices": [_practice(each) for each in main.practices] if main is not None else [],
        "earned": _earned(main),
        "stored": _stored(assessment.stored),
        "projects": [_project(each) for each in assessment.projects],
        "remarks": [{"code": each.code, "place": each.place, "detail": each.detail} for each in assessment.remarks],
        "seconds": {"read": round(read_s, 3), "assess": round(assess_s, 3)},
    }


def _problem(assessment: Assessment) -> dict[str, Any] | None:
    if not assessment.problem:
        return None
    return {"code": assessment.problem, "message": assessment.message, "cycle": list(assessment.cycle)}


def _project(project: ProjectAssessment) -> dict[str, Any]:
    return {
        "code": project.code,
        "name": project.name,
        "currency": project.currency,
        "activities": project.activities,
        "complete": project.complete,
        "summaries_and_level_of_effort": project.rolled_up,
        "dependencies": project.dependencies,
        "data_date": _moment(project.data_date),
        "start": _moment(project.start),
        "finish": _moment(project.finish),
        "must_finish_by": _moment(project.must_finish_by),
        "least_float_days": project.least_float_days,
        "critical": _critical(project),
        "out_of_sequence": list(project.out_of_sequence),
        "is_partial": project.is_partial,
        "quality": _quality(project.quality),
        "practices": [_practice(each) for each in project.practices],
        "baseline": project.baseline or None,
        "earned": _earned(project),
        "periods": [
            {**dataclasses.asdict(each), "start": _moment(each.start), "end": _moment(each.end)}
            for each in project.periods
        ],
        "level_of_effort": None
        if project.effort is None
        else {**dataclasses.asdict(project.effort), "spi": project.effort.spi},
        "float_paths": [
            {
                "number": each.number,
                "activities": list(each.activities),
                "joins": each.joins,
                "float_days": each.float_days,
            }
            for each in project.float_paths
        ],
        "simulated": {name: _moment(at) for name, at in project.finishes.items()} or None,
    }


def _critical(project: ProjectAssessment | None) -> dict[str, Any]:
    if project is None:
        return {"count": 0, "activities": [], "longest_path": []}
    return {
        "count": len(project.critical),
        "activities": list(project.critical),
        "longest_path": list(project.longest_path),
    }


def _quality(points: Sequence[PointReport]) -> dict[str, Any]:
    return {
        "passed": sum(each.outcome == "passed" for each in points),
        "failed": sum(each.outcome == "failed" for each in points),
        "not_applicable": sum(each.outcome == "not_applicable" for each in points),
        "points": [_point(each) for each in points],
    }


def _point(point: PointReport) -> dict[str, Any]:
    return {
        "number": point.number,
        "code": point.code,
        "outcome": point.outcome,
        "value": point.value,
        "threshold": point.threshold,
        "at_least": point.at_least,
        "base": point.base,
        "offender_count": point.offender_count,
        "offenders": list(point.offenders),
        "reason": point.reason or None,
        "definition": point.definition or None,
        "details": dict(point.details),
    }


def _practice(practice: Practice) -> dict[str, Any]:
    return {
        "number": practice.number,
        "code": practice.code,
        "rating": practice.rating,
        "score": practice.score,
        "reason": practice.reason or None,
        "measures": [
            {
                "code": each.code,
                "value": each.value,
                "base": each.base,
                "offender_count": each.offender_count,
                "offenders": list(each.offenders),
                "reason": each.reason or None,
            }
            for each in practice.measures
        ],
    }


def _earned(project: ProjectAssessment | None) -> dict[str, Any]:
    if project is None:
        return {}
    return {name: _reading(each) for name, each in project.earned.items()}


def _reading(reading: ReadingRecord) -> dict[str, Any]:
    inputs: Mapping[str, Any] = reading.detail.get("inputs", {})
    return {"value": reading.value, "withheld": reading.reason or None, "inputs": dict(inputs)}


def _stored(stored: StoredComparison | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    return {
        "compared": stored.compared,
        "as_days": stored.as_days,
        "equal": {each.name: each.share for each in stored.quantities},
        "quantities": {
            each.name: {
                "compared": each.compared,
                "equal": each.equal,
                "skipped": dict(each.skipped),
                "summaries_and_level_of_effort": {"compared": each.rolled_up_compared, "equal": each.rolled_up_equal},
            }
            for each in stored.quantities
        },
        "reasons": [
            {"reason": each.reason, "activities": each.activities, "example": each.example} for each in stored.reasons
        ],
        "differences": [
            {
                "activity": each.key,
                "name": each.name,
                "quantity": each.quantity,
                "stored": each.stored,
                "computed": each.computed,
                "reason": each.reason,
            }
            for each in stored.differences[:DIFFERENCES_SHOWN]
        ],
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")
