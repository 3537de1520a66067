"""The check report as one HTML file without scripts or outside resources, for mail and archives. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from watchfloor.forecasts.assess import Assessment, ProjectAssessment
from watchfloor.forecasts.practices import Practice
from watchfloor.forecasts.quality import PointReport
from watchfloor.forecasts.report_words import (
    EARNED_SHOWN,
    MEASURES,
    POINTS,
    PRACTICES,
    RATINGS,
    WITHHELD,
    shown_figure,
    shown_value,
)
from watchfloor.forecasts.stored import StoredComparison
from watchfloor.kit.errors import WatchfloorError

_OFFENDERS = 100
_STYLE = """
:root{color-scheme:light dark;--ink:#16202b;--soft:#566474;--line:#d5dce4;--page:#fff;--good:#17607a;--bad:#a81742}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf4;--soft:#a9b4c2;--line:#2a3542;--page:#0a0e13}}
@media(prefers-color-scheme:dark){:root{--good:#6cc6e0;--bad:#ff8098}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}
body{max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-top:1px solid var(--line);padding-top:1rem}
h3{font-size:1rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.soft{color:var(--soft)}
.passed{color:var(--good)}.failed{color:var(--bad);font-weight:600}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}code{font-size:.9em}
dt{color:var(--soft)}dd{margin:0}
.scroll{overflow-x:auto}
"""
_OUTCOMES = {"passed": "✓ passed", "failed": "✗ failed", "not_applicable": "not applicable"}


def html_of(files: Sequence[tuple[str, Assessment | None, WatchfloorError | None]]) -> str:
    """A page with a section per file."""
    body = "".join(_file(name, assessment, refusal) for name, assessment, refusal in files)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Plan check</title><style>{_STYLE}</style></head><body><h1>Plan check</h1>{body}</body></html>\n"
    )


def _file(name: str, assessment: Assessment | None, refusal: WatchfloorError | None) -> str:
    if assessment is None:
        said = f"{escape(str(refusal))} {escape(refusal.remedy if refusal is not None else '')}"
        return f'<h2>{escape(name)}</h2><p class="failed">Cannot be read: {said}</p>'
    parts = [
        f"<h2>{escape(name)}</h2><p>{assessment.activities} activities, {assessment.dependencies} dependencies, "
        f"{len(assessment.projects)} project(s); {escape(assessment.format)} {escape(assessment.tool)}</p>"
    ]
    if assessment.problem:
        parts.append(f'<p class="failed">{escape(assessment.message)}</p>')
    parts.extend(_project(each) for each in assessment.projects if each.activities)
    if len(assessment.projects) > 1 and assessment.quality:
        parts.append(f"<h3>Schedule quality of all projects together</h3>{_quality(assessment.quality)}")
    if assessment.stored is not None and assessment.stored.compared:
        parts.append(_stored(assessment.stored))
    if assessment.remarks:
        rows = [(each.code, each.place, each.detail) for each in assessment.remarks]
        parts.append("<h3>Remarks on the file</h3>" + _table(("Code", "Place", "What"), rows))
    return "".join(parts)


def _project(project: ProjectAssessment) -> str:
    facts = [
        ("Data date", _date(project.data_date)),
        ("Start", _date(project.start)),
        ("Finish", _date(project.finish)),
        ("Must finish by", _date(project.must_finish_by)),
        ("Least float", "" if project.least_float_days is None else f"{project.least_float_days:g} working days"),
        ("Critical", f"{len(project.critical)} of {project.activities - project.complete} unfinished activities"),
        ("Complete", f"{project.complete} of {project.activities}"),
        *((f"Finish {name.upper()}, simulated", _date(at)) for name, at in project.finishes.items()),
    ]
    shown = "".join(f"<dt>{label}</dt><dd>{escape(text)}</dd>" for label, text in facts if text)
    head = f"<h3>{escape(project.code)} {escape(project.name)}</h3>"
    parts = (_quality(project.quality), _practices(project.practices), _paths(project), _earned(project))
    return f"{head}<dl>{shown}</dl>{''.join(parts)}"


def _quality(points: Sequence[PointReport]) -> str:
    if not points:
        return ""
    rows = []
    for point in points:
        offenders = ", ".join(point.offenders[:_OFFENDERS])
        more = point.offender_count - min(point.offender_count, _OFFENDERS)
        note = WITHHELD.get(point.reason, point.reason) or point.definition
        detail = (
            f"<details><summary>{point.offender_count}</summary><code>{escape(offenders)}</code>"
            f"{f' and {more} more' if more else ''}</details>"
            if point.offender_count
            else ""
        )
        rows.append(
            f'<tr><td class="n">{point.number}</td><td>{POINTS[point.code]}</td>'
            f'<td class="{point.outcome}">{_OUTCOMES[point.outcome]}</td>'
            f'<td class="n">{"" if point.value is None else shown_value(point.code, point.value)}</td>'
            f'<td class="n">{"≥" if point.at_least else "≤"} {shown_value(point.code, point.threshold)}</td>'
            f'<td class="n">{point.base or ""}</td><td>{detail}</td><td class="soft">{escape(note)}</td></tr>'
        )
    head = "".join(
        f"<th{mark}>{text}</th>"
        for text, mark in (
            ("#", ' class="n"'), ("Point", ""), ("Outcome", ""), ("Found", ' class="n"'), ("Limit", ' class="n"'),
            ("Of", ' class="n"'), ("Offenders", ""), ("Note", ""),
        )
    )  # fmt: skip
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _paths(project: ProjectAssessment) -> str:
    if not project.float_paths:
        return ""
    rows = [
        (str(each.number), f"{each.float_days:g}", " > ".join(each.activities), each.joins if each.number > 1 else "")
        for each in project.float_paths
    ]
    return "<h3>Float paths</h3>" + _table(("#", "Float, days", "Activities", "Joins"), rows)


def _practices(found: Sequence[Practice]) -> str:
    if not found:
        return ""
    rows = []
    for each in found:
        evidence = "; ".join(
            f"{measure.value:.0%} {MEASURES[measure.code]}" for measure in each.measures if measure.value is not None
        )
        score = "" if each.score is None else f"{each.score:.0%}"
        said = evidence or WITHHELD.get(each.reason, each.reason)
        rows.append((str(each.number), PRACTICES[each.code], RATINGS[each.rating], score, said))
    return "<h3>Ten practices (GAO)</h3>" + _table(("#", "Practice", "Rating", "Score", "Evidence"), rows)


def _earned(project: ProjectAssessment) -> str:
    if not project.earned:
        return ""
    if not project.baseline:
        return "<h3>Earned value</h3><p>No baseline: the file holds none, and planned dates are not taken for one.</p>"
    rows = []
    for name, label in EARNED_SHOWN.items():
        reading = project.earned.get(name)
        if reading is None:
            continue
        if reading.value is None:
            rows.append((label, f"not available: {WITHHELD.get(reading.reason, reading.reason.replace('_', ' '))}"))
        else:
            rows.append((label, shown_figure(name, reading.value, project.currency)))
    if all(text.startswith("not available") for _label, text in rows):
        return ""
    head = f"<h3>Earned value, against baseline “{escape(project.baseline)}”</h3>"
    return head + _table(("Figure", "Value"), rows) + _effort(project) + _periods(project)


def _effort(project: ProjectAssessment) -> str:
    apart = project.effort
    if apart is None:
        return ""
    rows = [
        ("Measured work", *(_money(each, project) for each in (apart.budget_minor, apart.planned_minor,
                                                               apart.earned_minor)), _ratio(apart.spi)),
        ("Level of effort", *(_money(each, project) for each in (apart.effort_budget_minor, apart.effort_planned_minor,
                                                                 apart.effort_planned_minor)), ""),
    ]  # fmt: skip
    return "<h3>Level of effort apart</h3>" + _table(("", "BAC", "PV", "EV", "SPI"), rows)


def _periods(project: ProjectAssessment) -> str:
    if not project.periods:
        return ""
    rows = [
        (_date(each.end)[:10], *(_money(minor, project) for minor in (
            each.planned_minor, each.earned_minor, each.actual_minor, each.planned_to_date_minor,
            each.earned_to_date_minor, each.actual_to_date_minor)))
        for each in project.periods
    ]  # fmt: skip
    head = ("Period to", "PV", "EV", "AC", "PV so far", "EV so far", "AC so far")
    note = "<p>EV and AC are recorded at the data date; before it they are spread over the time worked.</p>"
    return f"<h3>Per period</h3>{note}" + _table(head, rows)


def _money(minor: int | None, project: ProjectAssessment) -> str:
    return "" if minor is None else shown_figure("_minor", minor, project.currency)


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _stored(stored: StoredComparison) -> str:
    rows = [
        (each.name.replace("_", " "), str(each.compared), str(each.equal), f"{each.equal / each.compared:.1%}")
        for each in stored.quantities
        if each.compared
    ]
    parts = [
        "<h3>Dates of the file against ours</h3>",
        _table(("Quantity", "Compared", "Equal to the minute", "Share"), rows),
    ]
    if stored.differences:
        parts.append("<h3>Differences</h3>")
        shown = [
            (each.key, each.name, _words(each.quantity), each.stored, each.computed, _words(each.reason))
            for each in stored.differences[:200]
        ]  # fmt: skip
        parts.append(_table(("Activity", "Name", "Quantity", "In the file", "Ours", "Reason"), shown))
    return "".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(each)}</th>" for each in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(each)}</td>" for each in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _words(code: str) -> str:
    return code.replace("_", " ")


def _date(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M")
