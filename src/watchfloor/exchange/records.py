"""What the exchange says to the rooms above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.exchange.field_rules import Mapped
from watchfloor.exchange.models import PlanImport, ProjectMapping
from watchfloor.plans.calendar_check import CalendarNote

_CLEAR_SHARE = 0.8
_QUESTION_DATES = ("data_date", "held_data_date")
WAITS_FOR_PERSON = frozenset({"asks", "held"})


@dataclass(frozen=True, slots=True)
class RemarkRecord:
    """Something of the file that was not understood, or had to be changed."""

    code: str
    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportedProjectRecord:
    """What one project of the file became. ``revision`` is None when nothing changed (or in a dry run)."""

    project_id: int | None  # None in a dry run that would make the project
    project_code: str
    source_code: str
    name: str
    is_new: bool
    revision: int | None
    is_unchanged: bool
    added: int
    removed: int
    changed: int
    counts: Mapping[str, int]  # activities, dependencies, wbs, calendars, resources, assignments …
    baselines: tuple[str, ...]
    data_date: str
    with_stored_dates: int
    matched_by: str = ""  # named, answer, mapping, code, new
    equal: int = 0  # activity codes of the file that the project had already …
    of: int = 0  # … out of so many
    renames: tuple[RenameRecord, ...] = ()
    mapped: tuple[Mapped, ...] = ()  # what rules made of codes and fields
    calendar_notes: tuple[CalendarNote, ...] = ()  # calendars that work on public holidays of the project's country
    orphans: int = 0  # additions of ours whose activity the file does not hold
    replaced: tuple[ReplacedRecord, ...] = ()  # edits made here that the file replaced; undo brings them back
    replaced_total: int = 0

    @property
    def replaced_more(self) -> int:
        """Replaced edits beyond those that are listed."""
        return self.replaced_total - len(self.replaced)


@dataclass(frozen=True, slots=True)
class ReplacedRecord:
    """An edit made here since the last file, and what the file put in its place."""

    key: str
    name: str
    field: str  # of the activity; or activity or link as a whole
    here: str | int | float | bool | None
    file: str | int | float | bool | None
    by: str


@dataclass(frozen=True, slots=True)
class RenameRecord:
    """An activity whose code in the source changed; it keeps our key. One not accepted came in as a new activity."""

    source_key: str
    key: str
    name: str
    how: str  # guid, rename, person
    accepted: bool


@dataclass(frozen=True, slots=True)
class ProposalRecord:
    """A project that a plan of the file may belong to: ``equal`` of its ``of`` activity codes are there too."""

    project_id: int
    project_code: str
    name: str
    equal: int
    of: int
    held: int  # activities of the project
    same_names: int  # of the equal ones

    @property
    def percent(self) -> int:
        return round(100 * self.equal / self.of) if self.of else 0


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """What an import waits to be told about one plan of its file.

    ``kind`` is project (which one does the plan update?), older_date (shall an older state be taken?) or shrunk
    (shall a plan be taken that lacks most of the activities held?). ``reason`` says why it is asked: proposal,
    contradiction (a code or rule names a project with hardly an equal code), twice.
    """

    plan: int  # its place in the file, from 1
    kind: str
    reason: str
    source_code: str
    name: str
    activities: int
    data_date: datetime | None
    proposals: tuple[ProposalRecord, ...] = ()
    project_id: int | None = None  # of an older date
    project_code: str = ""
    held_data_date: datetime | None = None
    held_revision: int | None = None
    held_activities: int = 0
    kept: int = 0  # of the activities held those that the file still has
    file_pattern: str = ""  # what is remembered
    source_pattern: str = ""


@dataclass(frozen=True, slots=True)
class MappingRecord:
    """Which project files of this kind update, who said so, and how alike they were then."""

    id: int
    project_id: int
    project_code: str
    project_name: str
    file_pattern: str
    source_pattern: str
    source_code: str
    source_name: str
    source_guid: str
    equal: int
    of: int
    decided_by_id: int | None
    decided_by_name: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class RowErrorRecord:
    """One cell of a sheet that cannot be read."""

    sheet: str
    row: int
    column: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ImportedBaselineRecord:
    """The baseline that a file was given for. ``kind`` is proposed, or approved when the machine did both acts."""

    baseline_id: int | None  # None in a dry run
    project_id: int
    project_code: str
    name: str
    kind: str
    act: str
    source_code: str
    stored: str  # the baseline inside that project of the file, where one was meant
    matched: int  # activities found here, by code unless …
    by_guid: int
    by_name: int
    unmatched: int
    unmatched_rows: tuple[tuple[str, str], ...]  # code and name, the first 200
    uncovered: int  # activities of the project that the baseline does not have


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One import; ``state`` is waiting, running, done, unchanged, checked (dry run), refused or cancelled.

    It waits for a person while it *asks* which project a plan updates, or is *held* because of an older data date.
    """

    id: int
    job_id: int | None
    source_name: str
    size_bytes: int
    uploaded_by_id: int | None
    uploaded_by_name: str
    dry_run: bool
    created_at: datetime
    finished_at: datetime | None
    state: str
    format: str
    tool: str
    error_code: str
    error: str
    remedy: str
    remarks: tuple[RemarkRecord, ...]
    projects: tuple[ImportedProjectRecord, ...]
    row_errors: tuple[RowErrorRecord, ...]
    row_errors_total: int
    questions: tuple[QuestionRecord, ...] = ()
    answered_by_name: str = ""
    as_baseline: str = ""  # the name it shall have, when the file was given for a baseline
    baseline: ImportedBaselineRecord | None = None

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def waits_for_person(self) -> bool:
        return self.state in WAITS_FOR_PERSON

    @property
    def clear_answer(self) -> Mapping[int, str] | None:
        """The project proposed for each plan, where every proposal is clear; None when a person has to look.

        Clear is one project with at least four fifths of the codes and of their names, and no other with half as many.
        """
        if self.state != "asks" or not self.questions:
            return None
        found = {}
        for each in self.questions:
            first, second = (*each.proposals[:2], None, None)[:2]
            if each.reason != "proposal" or first is None:
                return None
            good = first.equal >= _CLEAR_SHARE * first.of and first.same_names >= _CLEAR_SHARE * first.equal
            if not good or (second is not None and second.equal > first.equal / 2):
                return None
            found[each.plan] = first.project_code
        return found if len(set(found.values())) == len(found) else None


def import_record(row: PlanImport, visible: frozenset[int] | None = None, *, whole: bool = True) -> ImportRecord:
    """The row, cut to the projects in ``visible`` (None: all).

    The name of the file, remarks and faulty cells do not say which project they are of, and may name any: unless
    ``whole`` (the file is the reader's own), they are left out once the file is about more than the reader may see.
    """
    all_projects, all_questions = row.result.get("projects", ()), row.result.get("questions", ())
    projects = [each for each in all_projects if visible is None or each["project_id"] in visible]
    questions = [each for each in all_questions if _may_see(each, visible)]
    if whole or len(projects) + len(questions) == len(all_projects) + len(all_questions):
        whole = True
        # A plan that made no project yet is nobody's but the giver's.
        projects = [each for each in all_projects if each["project_id"] is None or each in projects]
        questions = [each for each in all_questions if each.get("project_id") is None or each in questions]
    return ImportRecord(
        id=row.pk,
        job_id=row.job_id,
        source_name=row.source_name if whole else _("a file"),
        size_bytes=row.size_bytes if whole else 0,
        uploaded_by_id=row.uploaded_by_id if whole else None,
        uploaded_by_name=row.uploaded_by_name if whole else "",
        dry_run=row.dry_run,
        created_at=row.created_at,
        finished_at=row.finished_at,
        state=row.state,
        format=row.format,
        tool=row.tool if whole else "",
        error_code=row.error_code,
        error=row.error if whole else "",
        remedy=row.remedy if whole else "",
        remarks=tuple(RemarkRecord(*each) for each in row.remarks) if whole else (),
        projects=tuple(_imported_project(each) for each in projects),
        row_errors=tuple(RowErrorRecord(**each) for each in row.result.get("row_errors", ())) if whole else (),
        row_errors_total=int(row.result.get("row_errors_total", 0)) if whole else 0,
        questions=tuple(_question(each, visible) for each in questions),
        answered_by_name=str(row.answers.get("by_name", "")) if whole else "",
        as_baseline=str(row.as_baseline.get("name", "")) if whole else "",
        baseline=_baseline(row.result.get("baseline"), visible),
    )


def _baseline(said: Mapping[str, Any] | None, visible: frozenset[int] | None) -> ImportedBaselineRecord | None:
    if said is None or (visible is not None and said["project_id"] not in visible):
        return None
    rows = tuple((code, name) for code, name in said["unmatched_rows"])
    return ImportedBaselineRecord(**{**said, "unmatched_rows": rows})


def _imported_project(said: Mapping[str, Any]) -> ImportedProjectRecord:
    renames = tuple(RenameRecord(**each) for each in said.get("renames", ()))
    replaced = tuple(ReplacedRecord(**each) for each in said.get("replaced", ()))
    mapped = tuple(Mapped(**each) for each in said.get("mapped", ()))
    notes = tuple(
        CalendarNote(**{**each, "days": tuple(tuple(day) for day in each["days"])})
        for each in said.get("calendar_notes", ())
    )
    told = {
        **said,
        "baselines": tuple(said["baselines"]),
        "renames": renames,
        "replaced": replaced,
        "mapped": mapped,
        "calendar_notes": notes,
    }
    return ImportedProjectRecord(**told)


def plain_question(question: QuestionRecord) -> dict[str, Any]:
    """The question as it is kept with its import."""
    said = asdict(question)
    return {**said, **{name: said[name].isoformat() for name in _QUESTION_DATES if said[name] is not None}}


def _question(said: Mapping[str, Any], visible: frozenset[int] | None) -> QuestionRecord:
    proposals = (ProposalRecord(**each) for each in said.get("proposals", ()))
    seen = tuple(each for each in proposals if visible is None or each.project_id in visible)
    dates = {name: datetime.fromisoformat(said[name]) for name in _QUESTION_DATES if said.get(name)}
    return QuestionRecord(**{**said, **dates, "proposals": seen})


def _may_see(question: Mapping[str, Any], visible: frozenset[int] | None) -> bool:
    """Whether everything the question is about is the reader's to see."""
    if visible is None:
        return True
    proposed = {each["project_id"] for each in question.get("proposals", ())}
    about = proposed if question.get("project_id") is None else {question["project_id"]}
    return bool(about) and about <= visible


def mapping_record(row: ProjectMapping) -> MappingRecord:
    return MappingRecord(
        row.pk,
        row.project_id,
        row.project.code,
        row.project.name,
        row.file_pattern,
        row.source_pattern,
        row.source_code,
        row.source_name,
        row.source_guid,
        row.equal,
        row.of,
        row.decided_by_id,
        row.decided_by_name,
        row.decided_at,
    )
