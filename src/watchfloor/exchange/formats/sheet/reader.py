"""Our CSV and XLSX template → PlanDocument, with an error per cell that cannot be read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import TypeVar

from watchfloor.exchange.formats.errors import RowError, RowErrors, UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.sheet import cells
from watchfloor.exchange.formats.sheet.cells import BadCell
from watchfloor.exchange.formats.sheet.columns import BY_HEADING, CODE_PREFIX, FIELD_PREFIX, REQUIRED
from watchfloor.exchange.formats.sheet.grid import Grid, grid_of_csv, grid_of_xlsx
from watchfloor.exchange.formats.sheet.settings import CALENDAR, read_settings
from watchfloor.plans.document import (
    MILESTONES,
    TICKS_PER_HOUR,
    Activity,
    ActivityKind,
    Assignment,
    CodeType,
    Constraint,
    ConstraintKind,
    Dependency,
    FieldType,
    Plan,
    PlanDocument,
    Resource,
    ScheduleOptions,
    StoredDates,
    ThreePoint,
    WbsNode,
)

_ERRORS_MAX = 500
_WBS_DEPTH_MAX = 50
_SPAN_DAYS_MAX = 40_000
_KINDS = {
    "": ActivityKind.TASK,
    "task": ActivityKind.TASK,
    "activity": ActivityKind.TASK,
    "milestone": ActivityKind.FINISH_MILESTONE,
    "finish milestone": ActivityKind.FINISH_MILESTONE,
    "start milestone": ActivityKind.START_MILESTONE,
    "level of effort": ActivityKind.LEVEL_OF_EFFORT,
    "loe": ActivityKind.LEVEL_OF_EFFORT,
}
_RESOURCE = re.compile(r"(?P<name>.+?)(?:\s+(?P<percent>\d+(?:[.,]\d+)?)\s*%)?")
_CODE_CHARACTERS_MAX = 100

Value = TypeVar("Value")


def read_csv(path: Path, *, name: str, limits: Limits) -> PlanDocument:
    """The plan of a CSV file. Raises RowErrors when cells cannot be read, UnreadableFile when it is no template."""
    return _read(grid_of_csv(path, limits=limits), "csv", name, limits)


def read_xlsx(path: Path, *, name: str, limits: Limits) -> PlanDocument:
    """The plan of a workbook. Raises RowErrors when cells cannot be read, UnreadableFile when it is no template."""
    return _read(grid_of_xlsx(path, limits=limits), "xlsx", name, limits)


def _read(grid: Grid, file_format: str, name: str, limits: Limits) -> PlanDocument:
    remarks = Remarks(limits.remarks)
    sheet = _Sheet(grid, remarks)
    plans = sheet.plans(PurePath(name).stem)
    if sheet.errors:
        raise RowErrors(tuple(sheet.errors), sheet.errors_total)
    return PlanDocument(file_format, name, plans, tool="sheet", remarks=remarks.rows())


@dataclass(slots=True)
class _Row:
    """One activity, and what is settled only when all rows are known."""

    line: int
    project: str
    activity: Activity
    predecessors: str = ""
    resources: str = ""


@dataclass(slots=True)
class _Project:
    rows: list[_Row] = field(default_factory=list)
    nodes: dict[str, WbsNode] = field(default_factory=dict)


class _Sheet:
    """One reading: the grid, its errors so far, and the projects found."""

    def __init__(self, grid: Grid, remarks: Remarks) -> None:
        self._grid = grid
        self._remarks = remarks
        self.errors: list[RowError] = []
        self.errors_total = 0
        self._settings = read_settings(grid.settings, self._report)
        self._column, self._fields, self._codes = self._columns()
        self._projects: dict[str, _Project] = defaultdict(_Project)
        self._keys: dict[str, frozenset[str]] = {}
        self._code_values: dict[str, dict[str, str]] = {name: {} for name in self._codes.values()}

    def plans(self, fallback: str) -> tuple[Plan, ...]:
        seen: set[tuple[str, str]] = set()
        default = self._settings.project or fallback
        for line, row in self._grid.rows:
            found = self._row(line, row, default)
            if found is None:
                continue
            pair = found.project, found.activity.key
            if pair in seen:
                self._report(
                    line, "code", BadCell(f"The code “{pair[1]:.60}” is used twice", "Give each row its own code.")
                )
                continue
            seen.add(pair)
            self._projects[found.project].rows.append(found)
        if not self._projects and not self.errors:
            raise UnreadableFile("file.not_a_plan", "The sheet has headings but no rows.", "Fill in the activities.")
        return tuple(self._plan(code, project, default) for code, project in self._projects.items())

    def _columns(self) -> tuple[dict[str, int], dict[int, str], dict[int, str]]:
        column: dict[str, int] = {}
        fields: dict[int, str] = {}
        codes: dict[int, str] = {}
        for at, heading in enumerate(self._grid.headings):
            name = BY_HEADING.get(heading)
            if name is not None:
                column.setdefault(name, at)
            elif heading.startswith(FIELD_PREFIX):
                fields[at] = heading.removeprefix(FIELD_PREFIX).strip()
            elif heading.startswith(CODE_PREFIX):
                codes[at] = heading.removeprefix(CODE_PREFIX).strip()
            elif heading:
                detail = f"Column “{heading:.60}” is not read; name it “field: {heading:.60}” to keep it."
                self._remarks.note("sheet.unknown_column", "headings", detail)
        missing = [name for name in REQUIRED if name not in column]
        if missing:
            raise UnreadableFile(
                "sheet.no_columns",
                f"The sheet lacks the column “{missing[0]}”.",
                "Use the template: its first row names the columns, at least code and name.",
                place=f"row {self._grid.heading_line}",
            )
        return column, fields, codes

    def _report(self, line: int, column: str, error: BadCell) -> None:
        self.errors_total += 1
        if len(self.errors) < _ERRORS_MAX:
            self.errors.append(
                RowError(sheet=self._grid.sheet, row=line, column=column, problem=error.problem, remedy=error.remedy)
            )

    def _row(self, line: int, row: list[str], default: str) -> _Row | None:
        def text(name: str) -> str:
            at = self._column.get(name)
            return row[at] if at is not None and at < len(row) else ""

        def read(name: str, parse: Callable[[str], Value], otherwise: Value) -> Value:
            try:
                return parse(text(name))
            except BadCell as error:
                self._report(line, name, error)
                return otherwise

        code, name = text("code"), text("name")
        for column, said in (("code", code), ("name", name)):
            if not said:
                self._report(line, column, BadCell(f"The {column} is empty", f"Fill in the {column} of every row."))
        if not code or not name:
            return None
        if len(code) > _CODE_CHARACTERS_MAX:
            self._report(
                line, "code", BadCell("The code is too long", f"Use at most {_CODE_CHARACTERS_MAX} characters.")
            )
            return None
        kind = read("kind", _kind, ActivityKind.TASK)
        start = read("start", lambda said: cells.moment(said, cells.DAY_START), None)
        finish = read("finish", lambda said: cells.moment(said, cells.DAY_END), None)
        actual_start = read("actual start", lambda said: cells.moment(said, cells.DAY_START), None)
        actual_finish = read("actual finish", lambda said: cells.moment(said, cells.DAY_END), None)
        percent = read("percent", cells.percent, None)
        given = read("duration", self._duration, None)
        left = read("remaining", self._duration, None)
        planned, elapsed = given if given is not None else (self._span(start, finish), False)
        if kind in MILESTONES:
            planned = 0
        elif not text("duration") and not planned:
            detail = BadCell("The duration is missing", "Write a duration like 5d, or a start and a finish.")
            self._report(line, "duration", detail)
        remaining = left[0] if left is not None else round(planned * (1 - (percent or 0.0) / 100))
        self._check_progress(line, percent, actual_start, actual_finish, start=start, finish=finish)
        project = text("project") or default
        constraints = self._constraints(text, read, start=start, started=actual_start is not None)
        activity = Activity(
            key=code,
            name=name,
            code=code,
            wbs=self._wbs(project, text("wbs"), line),
            kind=kind,
            duration_ticks=planned,
            remaining_ticks=0 if actual_finish else remaining,
            elapsed=elapsed,
            percent_complete=100.0 if actual_finish else percent or 0.0,
            actual_start=actual_start,
            actual_finish=actual_finish,
            constraints=constraints,
            deadline=read("deadline", lambda said: cells.moment(said, cells.DAY_END), None),
            budget_minor=read("budget", self._money, None),
            actual_cost_minor=read("actual cost", self._money, None),
            remaining_cost_minor=read("remaining cost", self._money, None),
            responsible=text("responsible"),
            is_committed=read("committed", cells.yes, False),
            earning=read("earning", cells.earning, None),
            three_point=self._three_point(line, read),
            codes=self._carried(row, self._codes),
            fields={name: row[at] for at, name in self._fields.items() if at < len(row) and row[at]},
            notes=text("notes"),
            stored=StoredDates(start=start, finish=finish) if start or finish else None,
        )
        return _Row(line, project, activity, text("predecessors"), text("resources"))

    def _duration(self, text: str) -> tuple[int, bool] | None:
        settings = self._settings
        return cells.duration(
            text, hours_per_day=settings.hours_per_day, days_per_week=max(1, len(settings.working_days))
        )

    def _money(self, text: str) -> int | None:
        return cells.money(text, self._settings.currency)

    def _span(self, start: datetime | None, finish: datetime | None) -> int:
        """Working time between two days, both included, when no duration is given."""
        if start is None or finish is None:
            return 0
        days = (finish.date() - start.date()).days + 1
        if not 0 < days <= _SPAN_DAYS_MAX:
            return 0
        worked = sum(1 for at in range(days) if self._settings.is_working(start.date() + timedelta(days=at)))
        return round(worked * self._settings.hours_per_day * TICKS_PER_HOUR)

    def _check_progress(
        self,
        line: int,
        percent: float | None,
        actual_start: datetime | None,
        actual_finish: datetime | None,
        *,
        start: datetime | None,
        finish: datetime | None,
    ) -> None:
        if actual_finish and not actual_start:
            self._report(
                line, "actual start", BadCell("It is finished but never started", "Write the actual start too.")
            )
        elif actual_start and actual_finish and actual_finish < actual_start:
            self._report(
                line, "actual finish", BadCell("It is finished before it started", "Correct one of the dates.")
            )
        elif percent == 100 and not actual_finish:
            self._report(line, "actual finish", BadCell("100 % complete without a finish", "Write the actual finish."))
        elif percent and not actual_start:
            self._report(line, "actual start", BadCell("There is progress without a start", "Write the actual start."))
        if start and finish and finish < start:
            self._report(line, "finish", BadCell("The finish lies before the start", "Correct one of the dates."))

    def _constraints(
        self, text: Callable[[str], str], read: Callable[..., datetime | None], *, start: datetime | None, started: bool
    ) -> tuple[Constraint, ...]:
        not_before = read("not before", lambda said: cells.moment(said, cells.DAY_START), None)
        not_after = read("not after", lambda said: cells.moment(said, cells.DAY_END), None)
        if not_before is None and start is not None and not text("predecessors") and not started:
            # Nothing else would hold the planned start of a row without predecessors.
            not_before = start
            detail = "A planned start without predecessors is kept as “not before”."
            self._remarks.note("sheet.start_as_constraint", text("code"), detail)
        found = []
        if not_before is not None:
            found.append(Constraint(ConstraintKind.START_NO_EARLIER, not_before))
        if not_after is not None:
            found.append(Constraint(ConstraintKind.FINISH_NO_LATER, not_after))
        return tuple(found)

    def _three_point(self, line: int, read: Callable[..., tuple[int, bool] | None]) -> ThreePoint | None:
        found = [read(name, self._duration, None) for name in ("optimistic", "likely", "pessimistic")]
        if not any(found):
            return None
        low, likely, high = found
        if low is None or likely is None or high is None:
            self._report(
                line, "likely", BadCell("A three-point estimate needs three values", "Fill in all three, or none.")
            )
            return None
        if not low[0] <= likely[0] <= high[0]:
            problem = BadCell("The three durations are not in order", "Optimistic ≤ likely ≤ pessimistic.")
            self._report(line, "likely", problem)
            return None
        return ThreePoint(low[0], likely[0], high[0])

    def _wbs(self, project: str, path: str, line: int) -> str:
        names = [name.strip() for name in path.split("/") if name.strip()]
        if len(names) > _WBS_DEPTH_MAX:
            self._report(line, "wbs", BadCell("The breakdown is too deep", f"Use at most {_WBS_DEPTH_MAX} levels."))
            return ""
        key = ""
        for name in names:
            parent, key = key, f"{key}/{name}" if key else name
            self._projects[project].nodes.setdefault(key, WbsNode(key=key, name=name, parent=parent, code=name))
        return key

    def _carried(self, row: list[str], columns: dict[int, str]) -> dict[str, str]:
        found = {name: row[at] for at, name in columns.items() if at < len(row) and row[at]}
        for name, value in found.items():
            self._code_values[name].setdefault(value, value)
        return found

    def _plan(self, code: str, project: _Project, default: str) -> Plan:
        settings = self._settings
        resources: dict[str, Resource] = {}
        assignments: dict[str, Assignment] = {}
        links: dict[str, Dependency] = {}
        for row in project.rows:
            for assignment in self._assignments(row, resources):
                assignments[assignment.key] = assignment
            for link in self._links(row, code):
                links[link.key] = link
        return Plan(
            code=code,
            name=settings.name if code == default and settings.name else code,
            currency=settings.currency,
            data_date=settings.data_date,
            start=settings.start,
            must_finish_by=settings.finish_by,
            calendar=CALENDAR,
            options=ScheduleOptions(tool="watchfloor"),
            calendars=(settings.calendar(),),
            wbs=tuple(project.nodes.values()),
            activities=tuple(row.activity for row in project.rows),
            dependencies=tuple(links.values()),
            resources=tuple(resources.values()),
            assignments=tuple(assignments.values()),
            code_types=tuple(CodeType(name, name, values=dict(values)) for name, values in self._code_values.items()),
            field_types=tuple(FieldType(name, name) for name in self._fields.values()),
        )

    def _links(self, row: _Row, code: str) -> list[Dependency]:
        settings = self._settings
        known = self._keys_of(code)
        try:
            found = cells.links(
                row.predecessors,
                known=known,
                hours_per_day=settings.hours_per_day,
                days_per_week=max(1, len(settings.working_days)),
            )
        except BadCell as error:
            self._report(row.line, "predecessors", error)
            return []
        links = []
        for link in found:
            other = "" if link.project == code else link.project
            if other in self._projects and link.code not in self._keys_of(other):
                problem = BadCell(f"Activity “{link.code:.60}” is not in project {other:.60}", "Correct the code.")
                self._report(row.line, "predecessors", problem)
                continue
            if not other and link.code == row.activity.key:
                problem = BadCell("The activity waits for itself", "Remove it from its own predecessors.")
                self._report(row.line, "predecessors", problem)
                continue
            links.append(
                Dependency(link.code, row.activity.key, link.kind, link.lag_ticks, link.elapsed, link.percent, other)
            )
        return links

    def _keys_of(self, project: str) -> frozenset[str]:
        if project not in self._keys:
            self._keys[project] = frozenset(row.activity.key for row in self._projects[project].rows)
        return self._keys[project]

    def _assignments(self, row: _Row, resources: dict[str, Resource]) -> list[Assignment]:
        found = []
        for part in re.split(r"[;\n]", row.resources):
            entry = part.strip()
            if not entry:
                continue
            match = _RESOURCE.fullmatch(entry)
            assert match is not None
            units = float((match["percent"] or "100").replace(",", ".")) / 100
            key = match["name"].strip()
            resources.setdefault(key, Resource(key=key, name=key, calendar=CALENDAR))
            work = round(row.activity.duration_ticks * units)
            left = round(row.activity.remaining_ticks * units)
            found.append(Assignment(row.activity.key, key, units, work, max(0, work - left), left))
        return found


def _kind(text: str) -> ActivityKind:
    kind = _KINDS.get(text.lower().replace("_", " "))
    if kind is None:
        raise BadCell(
            f"“{text:.40}” is no kind of activity", "Write task, milestone, start milestone or level of effort."
        )
    return kind
