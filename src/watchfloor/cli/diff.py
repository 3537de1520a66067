"""``watchfloor diff``: two plan files side by side, without server, database or Django."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.sandbox import read_in_child
from watchfloor.forecasts.half_step import HalfSteps, Step, StepRow
from watchfloor.forecasts.plan_diff import ProjectDiff, diff_documents
from watchfloor.plans.comparing import KINDS, ComparedRow
from watchfloor.plans.document import PlanDocument

SCHEMA_VERSION = 1
EXIT_DIFFERENT, EXIT_UNREADABLE = 1, 2
ROWS_SHOWN = 20
_STEPS = {
    "progress": "progress",
    "activities": "activities added and removed",
    "logic": "logic",
    "durations": "durations",
    "calendars": "calendars",
    "constraints": "constraints and imposed dates",
    "options": "scheduling options",
    "external": "other projects",
    "other": "everything else",
}
_KINDS = {
    "moved": "moved",
    "relinked": "re-logicked",
    "costed": "re-costed",
    "estimated": "duration changed",
    "ruled": "rules changed",
    "progressed": "progress",
    "reassigned": "people",
    "classified": "codes and fields",
}


@click.command(
    epilog="Exit status: 0 nothing differs, 1 something does, 2 a file cannot be read or wrong usage, "
    "70 a fault of ours."
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with everything, not only the largest.")
@click.option(
    "--rows", "shown", default=ROWS_SHOWN, show_default=True, type=click.IntRange(0, 100_000), help="Rows per list."
)
def diff(old: Path, new: Path, *, as_json: bool, shown: int) -> None:
    """Compare two plan files: what was added, removed, moved and re-logicked, and why the finish moved.

    Activities are matched by code, GUID and name as imports do it; dates are our own schedule of either file. The
    movement of the finish is told in half steps: the old plan with the new progress first, then each class of edits.
    Steps sum exactly to the whole movement. docs/methods/comparison.md says how, docs/user/check.md has the JSON.
    """
    documents = []
    for path in (old, new):
        try:
            documents.append(read_in_child(path))
        except UnreadableFile as refusal:
            click.echo(f"{path}: {refusal} {refusal.remedy}".rstrip(), err=True)
            sys.exit(EXIT_UNREADABLE)
    found = diff_documents(*documents)
    if as_json:
        click.echo(json.dumps(_json(old, new, documents, found), indent=2, ensure_ascii=False))
    else:
        for line in _lines(found, shown):
            click.echo(line)
    if not all(each.is_same for each in found):
        sys.exit(EXIT_DIFFERENT)


def _lines(found: tuple[ProjectDiff, ...], shown: int) -> Iterator[str]:
    for project in found:
        yield f"{project.code} {project.name}".rstrip()
        if project.state != "both":
            yield f"  Only in the {'old' if project.state == 'removed' else 'new'} file."
            continue
        if project.is_same:
            yield "  Nothing differs."
            continue
        yield f"  Data date  {_day(project.data_date_before)} → {_day(project.data_date_after)}"
        if project.moved is not None:
            yield from _moved(project.moved, shown)
        else:
            yield f"  Why the finish moved is not told: {project.problem}"
        yield from _compared(project, shown)


def _moved(moved: HalfSteps, shown: int) -> Iterator[str]:
    days = f"{_slip(moved.moved_days)} working days ({moved.calendar_days:+d} calendar days)"
    yield f"  Finish     {_day(moved.finish_before)} → {_day(moved.finish_after)}  {days}"
    if moved.steps:
        yield f"  Progress moved it {_slip(moved.by_progress)} d, edits {_slip(moved.by_edits)} d:"
    for step in moved.steps:
        name = ", ".join(_STEPS[code] for code in step.codes)
        yield f"    {_slip(step.moved_days):>8} d  {name} ({step.changes:,})  → {_day(step.finish)}"
        for row in step.rows[:shown]:
            yield f"      {_slip(row.moved_days):>8} d  {_row_words(row)}"
        if len(step.rows) > shown:
            yield f"      and {len(step.rows) - shown:,} more"


def _row_words(row: StepRow) -> str:
    words = {
        "data_date": "time passed, had nothing been done",
        "several": f"{row.changes:,} changes together",
        "external": "dates of other projects",
    }
    return words.get(row.kind) or f"{row.kind} {row.subject} {row.name}".rstrip()


def _compared(project: ProjectDiff, shown: int) -> Iterator[str]:
    compared = project.compared
    assert compared is not None
    if project.renamed:
        yield f"  {project.renamed:,} activities known again under another code."
    for kind in ("added", "removed"):
        rows = [row for row in compared.rows if kind in row.kinds]
        if rows:
            yield f"  {kind.capitalize()} ({len(rows):,})"
            yield from (f"    {row.key} {row.name}" for row in rows[:shown])
            if len(rows) > shown:
                yield f"    and {len(rows) - shown:,} more"
    rows = [row for row in compared.rows if not {"added", "removed"} & set(row.kinds)]
    if rows:
        counts = ", ".join(
            f"{_KINDS.get(kind, kind)} {sum(kind in row.kinds for row in rows):,}"
            for kind in KINDS
            if any(kind in row.kinds for row in rows)
        )
        yield f"  Changed ({len(rows):,}): {counts}"
        yield from (f"    {_change(row)}" for row in rows[:shown])
        if len(rows) > shown:
            yield f"    and {len(rows) - shown:,} more; --rows {len(rows)} lists them"
    for other in compared.others[:shown]:
        yield f"  {other.kind} in {other.table}: {other.key} {other.name}".rstrip()


def _change(row: ComparedRow) -> str:
    moved = f"{_day(row.finish_before)} → {_day(row.finish_after)} ({row.moved_days:+d} d)" if row.moved_days else ""
    kinds = ", ".join(_KINDS.get(kind, kind) for kind in row.kinds)
    return f"{row.key} {row.name}: {kinds}{'; ' if moved else ''}{moved}"


def _day(moment: datetime | None) -> str:
    return "none" if moment is None else f"{moment:%Y-%m-%d}"


def _slip(days: float) -> str:
    return f"{days:+.1f}".replace("-", "−").replace(".0", "")


def _json(old: Path, new: Path, documents: list[PlanDocument], found: tuple[ProjectDiff, ...]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "old": {"file": str(old), "format": documents[0].format},
        "new": {"file": str(new), "format": documents[1].format},
        "same": all(each.is_same for each in found),
        "projects": [_project_json(each) for each in found],
    }


def _project_json(project: ProjectDiff) -> dict[str, Any]:
    compared, moved = project.compared, project.moved
    return {
        "code": project.code,
        "name": project.name,
        "state": project.state,
        "data_date": [_iso(project.data_date_before), _iso(project.data_date_after)],
        "finish": [_iso(project.finish_before), _iso(project.finish_after)],
        "problem": project.problem or None,
        "renamed": project.renamed,
        "counts": dict(compared.counts) if compared else {},
        "activities": [_activity_json(row) for row in compared.rows] if compared else [],
        "other_changes": [
            {"table": each.table, "key": each.key, "name": each.name, "kind": each.kind} for each in compared.others
        ]
        if compared
        else [],
        "movement": _movement_json(moved) if moved else None,
    }


def _activity_json(row: ComparedRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "kinds": list(row.kinds),
        "start": [_iso(row.start_before), _iso(row.start_after)],
        "finish": [_iso(row.finish_before), _iso(row.finish_after)],
        "moved_days": row.moved_days,
        "fields": [each.name for each in row.fields],
        "links": [
            {"predecessor": each.predecessor, "successor": each.successor, "change": each.kind} for each in row.links
        ],
    }


def _movement_json(moved: HalfSteps) -> dict[str, Any]:
    return {
        "working_days": round(moved.moved_days, 4),
        "calendar_days": moved.calendar_days,
        "by_progress": round(moved.by_progress, 4),
        "by_edits": round(moved.by_edits, 4),
        "steps": [_step_json(each) for each in moved.steps],
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "classes": list(step.codes),
        "changes": step.changes,
        "finish": _iso(step.finish),
        "working_days": round(step.moved_days, 4),
        "calendar_days": step.calendar_days,
        "rows": [
            {
                "kind": row.kind,
                "subject": row.subject,
                "name": row.name,
                "working_days": round(row.moved_days, 4),
                "changes": row.changes,
            }
            for row in step.rows
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")
