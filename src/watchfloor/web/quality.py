"""The quality of a project's schedule: the 14 points, the ten practices, and both from revision to revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.drawing import figures
from watchfloor.forecasts import comparison
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.comparison import Comparison
from watchfloor.forecasts.practices import rating_of
from watchfloor.forecasts.quality_changes import PointChange
from watchfloor.forecasts.records import ForecastRecord
from watchfloor.forecasts.report_words import COUNTED_POINTS, INDEX_POINTS, MEASURES, POINTS, PRACTICES, RATINGS
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.comparing import ComparedRow
from watchfloor.plans.records import RevisionRecord
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.portfolio.tolerances import QUALITY_AT_LEAST
from watchfloor.web.explained import reason_words

REVISIONS_SHOWN = 26
_FORECASTS_READ = 120  # a project gets one a day at least, several of which are of one revision
_CAME_SHOWN = 12
# How bad a rating is, as the colours of the house tell it.
_TONES = {"met": "on", "substantially_met": "on", "partially_met": "watch", "minimally_met": "risk", "not_met": "crit"}


@dataclass(frozen=True, slots=True)
class PointRow:
    """One point as it stands, and its values over the revisions."""

    number: int
    code: str
    title: str
    value: str
    limit: str
    outcome: str  # passed, failed, none
    reason: str
    offenders: int
    base: int
    trend: Sequence[float | None]
    worse_since: str  # address of the comparison in which it got worse, where it did at the last revision


@dataclass(frozen=True, slots=True)
class PracticeRow:
    number: int
    code: str
    title: str
    rating: str
    tone: str
    score: float | None
    reason: str
    evidence: Sequence[tuple[str, float]]
    trend: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """The points after one revision."""

    number: int
    record: ForecastRecord
    failed: int
    cells: Sequence[tuple[str, bool]]  # value as text, failed
    compare: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One point of a comparison: before, after, and who offends anew with what was changed and by whom."""

    change: PointChange
    title: str
    before: str
    after: str
    came: Sequence[tuple[str, str, ComparedRow | None, Sequence[RevisionRecord]]]  # key, name, what changed, by whom
    more: int


def page(viewer: Viewer, project: ProjectRecord) -> dict[str, Any]:
    """Everything the page shows; empty lists without a forecast."""
    latest = forecasts.latest_of(viewer, project.id)
    story = _by_revision(viewer, project)
    shown = latest is not None and any(name.startswith("quality_") for name in latest.readings)
    return {
        "latest": latest if shown else None,
        "points": _points(viewer, project, latest, story) if latest is not None and shown else [],
        "practices": _practices(latest, story) if latest is not None and shown else [],
        "revisions": _revisions(viewer, project, story),
        "point_titles": [(at, _(title)) for at, title in enumerate(POINTS.values(), start=1)],
    }


def change_rows(viewer: Viewer, project: ProjectRecord, found: Comparison) -> list[ChangeRow]:
    """Points that changed between the two sides of a comparison."""
    rows = {row.key: row for row in found.compared.rows}
    authors = {each.number: each for each in found.revisions}

    def told(key: str) -> tuple[str, str, ComparedRow | None, Sequence[RevisionRecord]]:
        row = rows.get(key)
        if row is None:
            return key, "", None, ()
        return key, row.name, row, [authors[number] for number in row.revisions[-3:] if number in authors]

    return [
        ChangeRow(
            change=each,
            title=_(POINTS[each.code]),
            before=shown_value(each.code, each.before, viewer.language),
            after=shown_value(each.code, each.after, viewer.language),
            came=[told(key) for key in each.came[:_CAME_SHOWN]],
            more=max(0, len(each.came) - _CAME_SHOWN),
        )
        for each in comparison.quality(viewer, project.id, found)
    ]


def shown_value(code: str, value: float | None, language: str) -> str:
    """A point's value in its own unit: a count, an index, or a share."""
    if value is None:
        return figures.NOTHING
    if code in COUNTED_POINTS:
        return figures.number(value, language)
    return figures.ratio(value, language) if code in INDEX_POINTS else figures.percent(value, language, digits=1)


def failed(project: ProjectRecord, code: str, value: float | None) -> bool:
    """Whether a point misses the limit that the project's tolerances set today."""
    if value is None:
        return False
    limit = project.tolerances.quality_limits[code]
    return value < limit if code in QUALITY_AT_LEAST else value > limit


def _outcome(project: ProjectRecord, code: str, value: float | None) -> str:
    if value is None:
        return "none"
    return "failed" if failed(project, code, value) else "passed"


def _by_revision(viewer: Viewer, project: ProjectRecord) -> list[tuple[int, ForecastRecord]]:
    """The last forecast of each of the newest revisions that has the points, oldest first."""
    numbers = {each.id: each.number for each in plans.revisions(viewer, project.id, 1_000)}
    last: dict[int, ForecastRecord] = {}
    for record in forecasts.history(viewer, project.id, _FORECASTS_READ):
        if record.revision_id in numbers and "quality_missing_logic" in record.readings:
            last[numbers[record.revision_id]] = record
    return sorted(last.items())[-REVISIONS_SHOWN:]


def _points(
    viewer: Viewer, project: ProjectRecord, latest: ForecastRecord, story: Sequence[tuple[int, ForecastRecord]]
) -> list[PointRow]:
    found = []
    for number, (code, title) in enumerate(POINTS.items(), start=1):
        reading = latest.readings.get(f"quality_{code}")
        if reading is None:
            continue
        inputs = reading.detail.get("inputs", {})
        trend = [record.value(f"quality_{code}") for _revision, record in story]
        limit = shown_value(code, project.tolerances.quality_limits[code], viewer.language)
        found.append(
            PointRow(
                number=number,
                code=code,
                title=_(title),
                value=shown_value(code, reading.value, viewer.language),
                limit=f"{'≥' if code in QUALITY_AT_LEAST else '≤'} {limit}",
                outcome=_outcome(project, code, reading.value),
                reason=reason_words(reading.reason),
                offenders=inputs.get("offenders", 0),
                base=inputs.get("base", 0),
                trend=trend,
                worse_since=_worse_since(project, code, trend, story),
            )
        )
    return found


def _worse_since(
    project: ProjectRecord, code: str, trend: Sequence[float | None], story: Sequence[tuple[int, ForecastRecord]]
) -> str:
    """The comparison that shows the last time a point got worse, unless it has got better since."""
    for at in range(len(trend) - 1, 0, -1):
        now, then = trend[at], trend[at - 1]
        if now is None or then is None or now == then:
            continue
        worse = now < then if code in QUALITY_AT_LEAST else now > then
        return _compare(project, story[at - 1][0], story[at][0]) if worse else ""
    return ""


def _practices(latest: ForecastRecord, story: Sequence[tuple[int, ForecastRecord]]) -> list[PracticeRow]:
    found = []
    for number, (code, title) in enumerate(PRACTICES.items(), start=1):
        reading = latest.readings.get(f"practice_{code}")
        if reading is None:
            continue
        rating = rating_of(reading.value)
        measures = reading.detail.get("inputs", {})
        found.append(
            PracticeRow(
                number=number,
                code=code,
                title=_(title),
                rating=_(RATINGS[rating]),
                tone=_TONES.get(rating, "off"),
                score=reading.value,
                reason=reason_words(reading.reason),
                evidence=[(_(MEASURES[name]), value) for name, value in measures.items() if name in MEASURES],
                trend=[record.value(f"practice_{code}") for _revision, record in story],
            )
        )
    return found


def _revisions(
    viewer: Viewer, project: ProjectRecord, story: Sequence[tuple[int, ForecastRecord]]
) -> list[RevisionRow]:
    found = []
    before = 0
    for number, record in story:
        cells = []
        for code in POINTS:
            value = record.value(f"quality_{code}")
            cells.append((shown_value(code, value, viewer.language), failed(project, code, value)))
        missed = sum(bad for _text, bad in cells)
        found.append(RevisionRow(number, record, missed, cells, _compare(project, before, number) if before else ""))
        before = number
    return found[::-1]


def _compare(project: ProjectRecord, before: int, after: int) -> str:
    return f"/projects/{project.code}/compare?from=r{before}&to=r{after}#quality-title"
