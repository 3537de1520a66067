"""The terminal report of ``watchfloor check``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from watchfloor.exchange.formats.errors import UnreadableFile
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

_OFFENDERS = 12
_REMARKS = 12
_PERIODS = 60
_MARKS = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "not_applicable": "[dim]-[/]"}
_COLOURS = {
    "met": "green",
    "substantially_met": "green",
    "partially_met": "yellow",
    "minimally_met": "red",
    "not_met": "red",
}

console = Console(highlight=False)


def print_refusal(path: Path, refusal: UnreadableFile) -> None:
    """Why a file was not read, and what to do."""
    errors = Console(stderr=True, highlight=False)
    errors.print(f"[bold]{escape(str(path))}[/]  [red]cannot be read[/]  {escape(str(refusal))}")
    if refusal.remedy:
        errors.print(f"  {escape(refusal.remedy)}")


def print_assessment(
    path: Path,
    assessment: Assessment,
    fails: Sequence[str],
    *,
    read_s: float,
    assess_s: float,
    details: bool,
) -> None:
    """Everything about one file."""
    console.print()
    console.print(f"[bold]{escape(str(path))}[/]  [dim]{assessment.format}, {escape(assessment.tool or '')}[/]")
    console.print(
        f"{assessment.activities} activities, {assessment.dependencies} dependencies, "
        f"{len(assessment.projects)} project(s). [dim]Read in {read_s:.2f} s, assessed in {assess_s:.2f} s.[/]"
    )
    if assessment.problem:
        console.print(f"[red]{escape(assessment.message)}[/]")
    for project in assessment.projects:
        if project.activities or len(assessment.projects) == 1:
            _print_project(project, details=details)
    if len(assessment.projects) > 1 and assessment.quality:
        console.print()
        console.print(_quality_table(assessment.quality, "Schedule quality of all projects together"))
    if assessment.stored is not None and assessment.stored.compared:
        _print_stored(assessment.stored)
    _print_remarks(assessment)
    if fails:
        console.print(f"[red bold]Above its threshold:[/] {', '.join(fails)}")
    else:
        console.print("[green]Nothing watched is above its threshold.[/]")


def _print_project(project: ProjectAssessment, *, details: bool) -> None:
    console.print()
    console.print(f"[bold]{escape(project.code)}[/]  {escape(project.name)}")
    facts = [
        ("Data date", _date(project.data_date)),
        ("Start", _date(project.start)),
        ("Finish", _date(project.finish)),
        ("Must finish by", _date(project.must_finish_by)),
        ("Least float", "" if project.least_float_days is None else f"{project.least_float_days:g} d"),
        ("Critical", f"{len(project.critical)} of {project.activities - project.complete} unfinished"),
        ("Complete", f"{project.complete} of {project.activities}"),
        ("Out of sequence", str(len(project.out_of_sequence)) if project.out_of_sequence else ""),
        *((f"Finish {name.upper()}", _date(at)) for name, at in project.finishes.items()),
    ]
    for label, text in facts:
        if text:
            console.print(f"  {label:<16}{text}")
    if project.quality:
        console.print(_quality_table(project.quality, "Schedule quality (DCMA 14 points)"))
        if details:
            _print_offenders(project)
    if project.practices:
        console.print(_practice_table(project.practices))
        if details:
            _print_evidence(project.practices)
    for path in project.float_paths:
        chain = " > ".join(path.activities[-_OFFENDERS:])
        start = "… > " if len(path.activities) > _OFFENDERS else ""
        joins = f" > [dim]{escape(path.joins)}[/]" if path.number > 1 else ""
        console.print(f"  Path {path.number}, {path.float_days:g} d: {start}{escape(chain)}{joins}")
    _print_earned(project)


def _quality_table(points: Sequence[PointReport], title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("")
    table.add_column("#", justify="right")
    table.add_column("Point")
    table.add_column("Found", justify="right")
    table.add_column("Limit", justify="right")
    table.add_column("Of", justify="right")
    table.add_column("Offenders", justify="right")
    table.add_column("")
    for point in points:
        limit = f"{'≥' if point.at_least else '≤'} {shown_value(point.code, point.threshold)}"
        note = WITHHELD.get(point.reason, point.reason) if point.reason else point.definition
        table.add_row(
            _MARKS[point.outcome],
            str(point.number),
            POINTS[point.code],
            "" if point.value is None else shown_value(point.code, point.value),
            limit,
            str(point.base or ""),
            str(point.offender_count or ""),
            f"[dim]{escape(note)}[/]",
        )
    return table


def _practice_table(found: Sequence[Practice]) -> Table:
    table = Table(title="Ten practices (GAO)", title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("Practice")
    table.add_column("Rating")
    table.add_column("Score", justify="right")
    table.add_column("Weakest evidence")
    for each in found:
        colour = _COLOURS.get(each.rating, "dim")
        note = WITHHELD.get(each.reason, each.reason) if each.weakest is None else MEASURES[each.weakest.code]
        score = "" if each.score is None else f"{each.score:.0%}"
        rating = f"[{colour}]{RATINGS[each.rating]}[/]"
        table.add_row(str(each.number), PRACTICES[each.code], rating, score, f"[dim]{escape(note)}[/]")
    return table


def _print_evidence(found: Sequence[Practice]) -> None:
    for practice in found:
        for each in practice.measures:
            if each.offenders:
                shown = ", ".join(each.offenders[:_OFFENDERS])
                more = each.offender_count - min(each.offender_count, _OFFENDERS)
                words = f"{practice.number} not {MEASURES[each.code]}: {shown}{f' and {more} more' if more else ''}"
                console.print(f"  {escape(words)}")


def _print_offenders(project: ProjectAssessment) -> None:
    for point in project.quality:
        if point.outcome == "failed" and point.offenders:
            shown = ", ".join(point.offenders[:_OFFENDERS])
            more = point.offender_count - min(point.offender_count, _OFFENDERS)
            console.print(f"  [red]{point.number}[/] {escape(shown)}{f' and {more} more' if more else ''}")


def _print_earned(project: ProjectAssessment) -> None:
    if not project.earned:
        return
    if not project.baseline:
        console.print("Earned value: no baseline. The file holds none, and planned dates are not taken for one.")
        return
    known = [name for name in EARNED_SHOWN if name in project.earned and project.earned[name].value is not None]
    if not known:
        return
    console.print(f"Earned value, against baseline “{escape(project.baseline)}”")
    for name in known:
        value = project.earned[name].value
        assert value is not None
        console.print(f"  {EARNED_SHOWN[name]:<28}{shown_figure(name, value, project.currency)}")
    for reason, names in _withheld(project).items():
        console.print(f"  [dim]Not available, {escape(reason)}: {', '.join(names)}.[/]")
    if project.effort is not None:
        apart, code = project.effort, project.currency
        console.print(
            f"  Without level of effort: BAC {shown_figure('_minor', apart.budget_minor, code)}, "
            f"PV {shown_figure('_minor', apart.planned_minor, code)}, "
            f"EV {shown_figure('_minor', apart.earned_minor, code)}"
            f"{'' if apart.spi is None else f', SPI {apart.spi:.3f}'}; "
            f"level of effort: BAC {shown_figure('_minor', apart.effort_budget_minor, code)}"
        )
    if project.periods:
        console.print(_period_table(project))


def _withheld(project: ProjectAssessment) -> dict[str, list[str]]:
    """What is not available, by the reason."""
    found: dict[str, list[str]] = {}
    for name, label in EARNED_SHOWN.items():
        reading = project.earned.get(name)
        if reading is not None and reading.value is None:
            found.setdefault(WITHHELD.get(reading.reason, reading.reason.replace("_", " ")), []).append(label)
    return found


def _period_table(project: ProjectAssessment) -> Table:
    title = "Per period (EV and AC before the data date are spread over the time worked)"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("")
    for name in ("PV", "EV", "AC"):
        table.add_column(name, justify="right")
    for each in project.periods[:_PERIODS]:
        amounts = (each.planned_minor, each.earned_minor, each.actual_minor)
        shown = ["" if minor is None else shown_figure("_minor", minor, project.currency) for minor in amounts]
        table.add_row(f"to {_date(each.end)[:10]}", *shown)
    if len(project.periods) > _PERIODS:
        table.add_row(f"[dim]and {len(project.periods) - _PERIODS} more (--json lists them all)[/]")
    return table


def _print_stored(stored: StoredComparison) -> None:
    console.print()
    console.print(f"Dates of the file against ours: {stored.compared} activities")
    for each in stored.quantities:
        if each.compared:
            share = each.equal / each.compared
            colour = "green" if each.equal == each.compared else "yellow"
            name = each.name.replace("_", " ")
            console.print(f"  {name:<14}[{colour}]{each.equal} of {each.compared}[/] equal ({share:.1%})")
    for reason in stored.reasons[:6]:
        words = reason.reason.replace("_", " ")
        console.print(f"  [dim]{reason.activities} differ: {words}, as {escape(reason.example)}[/]")


def _print_remarks(assessment: Assessment) -> None:
    if not assessment.remarks:
        return
    console.print()
    console.print(f"Remarks on the file ({len(assessment.remarks)})")
    for each in assessment.remarks[:_REMARKS]:
        console.print(f"  [dim]{each.code}[/] {escape(each.place)}: {escape(each.detail)}")
    if len(assessment.remarks) > _REMARKS:
        console.print(f"  [dim]and {len(assessment.remarks) - _REMARKS} more (--json lists them all)[/]")


def _date(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M")
