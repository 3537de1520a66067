"""Two states of a project's plan beside each other: pickers, sums, and what became of each activity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.drawing import figures
from watchfloor.drawing.sheets import Cell
from watchfloor.forecasts import comparison
from watchfloor.forecasts.comparison import Comparison, Side
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import minor_digits
from watchfloor.plans import queries as plans
from watchfloor.plans.comparing import KINDS
from watchfloor.plans.document import TICKS_PER_HOUR
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web.quality import change_rows
from watchfloor.web.words import CHANGES, ORIGINS, STEP_ROWS, STEPS, word

PAGE_ROWS = 100
_OFFERED = 60  # revisions in the pickers; any other can be typed
_OTHERS_SHOWN = 40
_ROWS_PER_STEP = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose, as it stands in the address."""

    before: str
    after: str
    kind: str = ""
    search: str = ""
    page: int = 1
    changes: bool = False  # which single changes moved the finish

    @classmethod
    def of(cls, viewer: Viewer, project: ProjectRecord, values: Mapping[str, str]) -> Choice:
        number = values.get("page", "1")
        kind = values.get("kind", "")
        return cls(
            before=values.get("from", "").strip()[:40] or _first_choice(viewer, project),
            after=values.get("to", "").strip()[:40] or comparison.NOW,
            kind=kind if kind in KINDS else "",
            search=values.get("q", "").strip()[:100],
            page=max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1,
            changes=values.get("why") == "changes",
        )


@dataclass(frozen=True, slots=True)
class Option:
    said: str
    words: str


@dataclass(frozen=True, slots=True)
class Sum:
    """One figure of both sides as text, with how it changed."""

    name: str
    before: str
    after: str
    change: str


def page(viewer: Viewer, project: ProjectRecord, choice: Choice, now: datetime) -> dict[str, Any]:
    """Everything the page shows."""
    found = comparison.compare(viewer, project.id, choice.before, choice.after, now=now)
    rows = comparison.rows(found, kind=choice.kind, search=choice.search)
    moved, unexplained = comparison.movement(viewer, project.id, found, changes=choice.changes)
    first = (choice.page - 1) * PAGE_ROWS
    authors = {each.number: each for each in found.revisions}
    return {
        "choice": choice,
        "comparison": found,
        "moved": moved,
        "unexplained": unexplained,
        "steps": [
            {
                "step": step,
                "words": ", ".join(word(STEPS, code) for code in step.codes),
                "rows": [(row, word(STEP_ROWS, row.kind)) for row in step.rows[:_ROWS_PER_STEP]],
                "more": max(0, len(step.rows) - _ROWS_PER_STEP),
            }
            for step in (moved.steps if moved else ())
        ],
        "quality": change_rows(viewer, project, found),
        "before_words": side_words(found.before, viewer),
        "after_words": side_words(found.after, viewer),
        "sums": sums(found, project, viewer.language),
        "kinds": [(kind, word(CHANGES, kind), found.compared.counts[kind]) for kind in KINDS],
        "rows": [
            {
                "row": row,
                "kinds": [(kind, word(CHANGES, kind)) for kind in row.kinds],
                "by": [authors[number] for number in row.revisions[-3:] if number in authors],
            }
            for row in rows[first : first + PAGE_ROWS]
        ],
        "row_count": len(rows),
        "total": len(found.compared.rows),
        "first": first + 1 if rows[first:] else 0,
        "last": min(first + PAGE_ROWS, len(rows)),
        "previous_page": choice.page - 1 if choice.page > 1 else None,
        "next_page": choice.page + 1 if first + PAGE_ROWS < len(rows) else None,
        "others": found.compared.others[:_OTHERS_SHOWN],
        "others_more": max(0, len(found.compared.others) - _OTHERS_SHOWN),
        "options": options(viewer, project),
    }


def options(viewer: Viewer, project: ProjectRecord) -> list[Option]:
    """What the pickers offer: now, baselines, the newest revisions; a day or time can be typed."""
    found = [Option(comparison.NOW, _("now"))]
    for baseline in plans.baselines(viewer, project.id):
        words = _("Baseline %(name)s, %(day)s")
        day = figures.day(baseline.approved_at or baseline.recorded_at, viewer.language)
        found.append(Option(f"b{baseline.id}", words % {"name": baseline.name, "day": day}))
    for revision in plans.revisions(viewer, project.id, _OFFERED):
        words = _("Revision %(number)s: %(origin)s, %(when)s")
        when = figures.moment(revision.recorded_at, viewer.time_zone, viewer.language)
        said = {"number": revision.number, "origin": word(ORIGINS, revision.origin), "when": when}
        found.append(Option(f"r{revision.number}", words % said))
    return found


def side_words(side: Side, viewer: Viewer) -> str:
    """A side as a heading names it."""
    if side.kind == "baseline" and side.baseline is not None:
        return _("Baseline %(name)s") % {"name": side.baseline.name}
    number = side.revision.number if side.revision is not None else 0
    if side.kind == "moment":
        when = figures.moment(side.at, viewer.time_zone, viewer.language)
        return _("%(when)s (revision %(number)s)") % {"when": when, "number": number}
    if side.kind == comparison.NOW:
        return _("Now (revision %(number)s)") % {"number": number}
    return _("Revision %(number)s") % {"number": number}


def sums(found: Comparison, project: ProjectRecord, language: str) -> list[Sum]:
    """Finishes, cost and size of both sides."""
    dates = (
        (_("Scheduled finish"), found.before.schedule_finish, found.after.schedule_finish),
        (_("Likely finish"), found.before.p50_finish, found.after.p50_finish),
        (_("80 % finish"), found.before.p80_finish, found.after.p80_finish),
    )
    amounts = (
        (_("Budget"), found.before.budget_minor, found.after.budget_minor),
        (_("Cost at completion"), found.before.eac_minor, found.after.eac_minor),
    )
    rows = [
        Sum(
            name,
            figures.day(one, language) or figures.NOTHING,
            figures.day(other, language) or figures.NOTHING,
            figures.days((other.date() - one.date()).days, language, sign=True) if one and other else figures.NOTHING,
        )
        for name, one, other in dates
    ]
    for name, before, after in amounts:
        change = after - before if before is not None and after is not None else None
        then, now = (figures.money(each, project.currency, language) or figures.NOTHING for each in (before, after))
        rows.append(
            Sum(name, then, now, figures.money(change, project.currency, language, sign=True) or figures.NOTHING)
        )
    one, other = found.before.activities, found.after.activities
    rows.append(
        Sum(
            _("Activities"),
            figures.number(one, language),
            figures.number(other, language),
            figures.number(other - one, language, sign=True),
        )
    )
    return rows


CSV_HEADER = (
    "activity", "name", "changes", "start before", "start after", "finish before", "finish after", "moved days",
    "budget before", "budget after", "duration before h", "duration after h", "fields", "links", "revisions", "authors",
)  # fmt: skip


def csv_rows(found: Comparison, choice: Choice, currency: str) -> Iterator[Sequence[Cell]]:
    """Every row the choice leaves, as figures and plain text."""
    authors = {each.number: each.author_name for each in found.revisions}
    for row in comparison.rows(found, kind=choice.kind, search=choice.search):
        by = dict.fromkeys(authors[number] for number in row.revisions if number in authors)
        yield (
            row.key,
            row.name,
            ", ".join(row.kinds),
            row.start_before,
            row.start_after,
            row.finish_before,
            row.finish_after,
            row.moved_days,
            _amount(row.budget_before_minor, currency),
            _amount(row.budget_after_minor, currency),
            _hours(row.duration_before_ticks),
            _hours(row.duration_after_ticks),
            "; ".join(f"{each.name}: {each.before} > {each.after}" for each in row.fields)[:2000],
            "; ".join(f"{each.kind} {each.predecessor} {each.link}" for each in row.links)[:2000],
            " ".join(map(str, row.revisions)),
            ", ".join(by),
        )


def _first_choice(viewer: Viewer, project: ProjectRecord) -> str:
    """The baseline in force, else the first revision: what a reader most often compares with."""
    for kind in ("approved", "provisional"):
        for each in plans.baselines(viewer, project.id):
            if each.kind == kind:
                return f"b{each.id}"
    return "r1"


def _amount(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-minor_digits(currency))


def _hours(ticks: int | None) -> float | None:
    return None if ticks is None else round(ticks / TICKS_PER_HOUR, 2)
