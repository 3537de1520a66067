"""The journal as a page and as a file: filters in the address, facts in words, and whether the chain is sound."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.drawing.figures import zone_of
from watchfloor.drawing.sheets import Cell
from watchfloor.journal import queries as journal
from watchfloor.journal import verifying
from watchfloor.journal.queries import ChainedFact, FactRecord, Narrowing
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web import sent
from watchfloor.web.happenings import HAPPENINGS, happenings

PAGE_ROWS = 200
_READ_FOR_A_PAGE = 1_000  # facts looked through for one page in words, since two may become one line
_DATA_SHOWN = 400  # letters


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose, as it stands in the address."""

    project: str = ""
    kind: str = ""
    person: str = ""
    since: str = ""
    until: str = ""
    subject: str = ""  # alert:12
    search: str = ""
    show: str = "story"  # or every fact, as recorded
    after: int = 0
    before: int | None = None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Choice:
        def text(name: str, most: int = 80) -> str:
            return values.get(name, "").strip()[:most]

        return cls(
            project=text("project"),
            kind=text("kind"),
            person=text("person"),
            since=text("since", 10),
            until=text("until", 10),
            subject=text("subject"),
            search=text("q"),
            show="all" if values.get("show") == "all" else "story",
            after=sent.number(values.get("after")) or 0,
            before=sent.number(values.get("before")),
        )

    @property
    def is_narrowed(self) -> bool:
        return any((self.project, self.kind, self.person, self.since, self.until, self.subject, self.search))

    def narrowing(self, zone: str) -> Narrowing:
        """What the journal is asked for; days are whole days of the reader's zone.

        Raises:
            Invalid: a day or a subject that is none.
        """
        kind, _colon, number = self.subject.partition(":")
        if number and not number.isdecimal():
            raise Invalid(_("A subject is a kind and a number, like alert:12."), place="subject")
        until = _midnight(self.until, zone, "until")
        return Narrowing(
            kind=self.kind,
            actor=self.person,
            subject_kind=kind,
            subject_id=int(number[:18]) if number else None,
            since=_midnight(self.since, zone, "since"),
            until=until + timedelta(days=1) if until is not None else None,
            text=self.search,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One fact as recorded."""

    fact: FactRecord
    code: str
    data: str


def need_audit(viewer: Viewer, project: ProjectRecord | None = None) -> None:
    """Reading the journal takes ``journal.view``: on the project asked for, else on at least one."""
    readable = viewer.project_ids("journal.view")
    if readable is not None and (not readable or (project is not None and project.id not in readable)):
        raise NotAllowed(_("Your role may not read the journal."), remedy=_("Ask an administrator for one that may."))


def project_of(viewer: Viewer, choice: Choice) -> ProjectRecord | None:
    return portfolio.project(viewer, choice.project) if choice.project else None


def page(viewer: Viewer, choice: Choice) -> dict[str, Any]:
    """One page of the journal, newest first."""
    project = project_of(viewer, choice)
    need_audit(viewer, project)
    every = choice.show == "all"
    found = journal.facts(
        viewer,
        after=choice.after,
        before=choice.before,
        kinds=None if every or choice.kind else HAPPENINGS,
        project_id=project.id if project else None,
        newest_first=True,
        limit=PAGE_ROWS if every else _READ_FOR_A_PAGE,
        permission="journal.view",
        narrowed=choice.narrowing(viewer.time_zone),
    )
    rows = () if every else happenings(viewer, found, limit=PAGE_ROWS)
    full = len(found) == PAGE_ROWS if every else len(rows) == PAGE_ROWS or len(found) == _READ_FOR_A_PAGE
    shown_last = rows[-1].id if len(rows) == PAGE_ROWS else found[-1].id if found else None
    return {
        "choice": choice,
        "project": project,
        "changes": rows,
        "lines": _lines(viewer, found) if every else (),
        "kinds": journal.kinds_known(viewer),
        "after": choice.after,
        "older": shown_last if full else None,
        **(chain() if viewer.may("journal.view") and viewer.as_of is None else {}),
    }


def chain() -> dict[str, Any]:
    """Whether the chain is sound as far as it was checked, and the head to write down elsewhere."""
    return {"head": verifying.state_head(now=clock.now()), "verification": verifying.last_verification()}


CSV_HEADER = (
    "id", "recorded at", "kind", "person", "person id", "project", "project id", "subject", "subject id", "data",
    "digest",
)  # fmt: skip


def csv_rows(viewer: Viewer, choice: Choice) -> Iterator[Sequence[Cell]]:
    """The facts that the filters leave, oldest first."""
    codes: dict[int, str] = {}
    for each in _streamed(viewer, choice):
        fact = each.fact
        if fact.project_id is not None and fact.project_id not in codes:
            codes.update((pk, row.code) for pk, row in portfolio.projects_by_id(viewer, (fact.project_id,)).items())
        yield (
            fact.id,
            fact.recorded_at,
            fact.kind,
            fact.actor_name,
            fact.actor_id,
            codes.get(fact.project_id or 0, ""),
            fact.project_id,
            fact.subject_kind,
            fact.subject_id,
            json.dumps(fact.data, ensure_ascii=False, sort_keys=True),
            each.digest,
        )


def json_parts(viewer: Viewer, choice: Choice) -> Iterator[str]:
    """The same as one JSON object, a fact a line, with everything its digest is made of."""
    yield '{"facts": ['
    last, count = None, 0
    for each in _streamed(viewer, choice):
        row = {**asdict(each.fact), "recorded_at": each.fact.recorded_at.isoformat(), "digest": each.digest}
        yield ("\n" if last is None else ",\n") + json.dumps(row, ensure_ascii=False)
        last, count = each.fact.id, count + 1
    more = last if count == journal.MOST_STREAMED else None
    yield f'\n], "next_after": {json.dumps(more)}}}\n'


def _streamed(viewer: Viewer, choice: Choice) -> Iterator[ChainedFact]:
    project = project_of(viewer, choice)
    return journal.streamed(
        viewer,
        after=choice.after,
        before=choice.before,
        project_id=project.id if project else None,
        narrowed=choice.narrowing(viewer.time_zone),
    )


def _lines(viewer: Viewer, facts: Sequence[FactRecord]) -> tuple[Line, ...]:
    codes = portfolio.projects_by_id(viewer, {row.project_id for row in facts if row.project_id is not None})
    return tuple(
        Line(
            row,
            codes[row.project_id].code if row.project_id in codes else "",
            ", ".join(f"{name}: {value}" for name, value in row.data.items())[:_DATA_SHOWN],
        )
        for row in facts
    )


def _midnight(text: str, zone: str, place: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), zone_of(zone))
    except ValueError as problem:
        raise Invalid(_("This is no day: %(text)s.") % {"text": text}, place=place) from problem
