"""Status periods: what is reported, what the checks say of it, and who decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import AsOf, looking, viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.detection import submissions as checking
from watchfloor.detection.clocks import Clocks, clocks
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.notify import chasing
from watchfloor.notify.board import BoardRow, board
from watchfloor.notify.chasing import ChaseRecord
from watchfloor.plans import operations, period_queries
from watchfloor.plans.period_records import CheckRecord, PeriodRecord, RestatementRecord
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["submissions"])


class ReportIn(Schema):
    """What a manager says. Reported status per dimension: on, watch, risk or crit."""

    reported: dict[str, str] = {}
    forecast_finish: date | None = None
    eac_minor: int | None = None
    path_to_green: str = ""


class DraftIn(ReportIn):
    explanation: str = ""  # why the report is better than the numbers


class SubmissionIn(DraftIn):
    """``path_to_green`` is needed where overall is not on track; ``revision`` is by number, else the newest."""

    reported: dict[str, str]
    revision: int | None = None


class AcceptanceIn(Schema):
    """``note`` is needed where a check did not pass. ``expected_version``: refuse when it was said again since."""

    note: str = ""
    expected_version: int | None = None


class ReturnIn(Schema):
    reason: str
    expected_version: int | None = None


class RestatementIn(ReportIn):
    reported: dict[str, str]
    reason: str


class CheckOut(Schema):
    """One check with what it checks and what to do, in the caller's language."""

    title: str
    advice: str
    check: CheckRecord


@router.get("/projects/{code}/periods", response=responses(Page[PeriodRecord]))
def list_periods(request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None) -> Any:
    """Status periods with their submissions and restatements, newest first; the newest 1,000 can be paged through."""
    who = looking(request, as_of)
    found = period_queries.periods(who, portfolio.project(who, code).id, limit=1000)
    return page(found, limit=limit, offset=offset)


@router.get("/projects/{code}/periods/{cut_off}", response=responses(PeriodRecord))
def read_period(request: HttpRequest, code: str, cut_off: date, *, as_of: AsOf = None) -> Any:
    """One status period."""
    who = looking(request, as_of)
    return period_queries.period(who, portfolio.project(who, code).id, cut_off)


@router.get("/projects/{code}/periods/{cut_off}/checks", response=responses(Page[CheckOut]))
def read_checks(
    request: HttpRequest, code: str, cut_off: date, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None
) -> Any:
    """What the automatic checks found on the submission; empty until they have run."""
    who = looking(request, as_of)
    found = period_queries.period(who, portfolio.project(who, code).id, cut_off).submission
    return page([_check(who, each) for each in (found.checks if found else ())], limit=limit, offset=offset)


@router.post("/projects/{code}/periods/{cut_off}/checks", response=responses(Page[CheckOut]))
def preview_checks(request: HttpRequest, code: str, cut_off: date, body: DraftIn) -> Any:
    """What the checks would find if this were submitted now; nothing is stored."""
    who = viewer(request)
    said = checking.Said(body.reported, body.forecast_finish, body.eac_minor, body.explanation)
    found = checking.preview(who, portfolio.project(who, code).id, cut_off, said)
    return page([_check(who, each) for each in found], limit=200, offset=0)


@router.put("/projects/{code}/periods/{cut_off}/draft", response=responses(PeriodRecord))
def save_draft(request: HttpRequest, code: str, cut_off: date, body: DraftIn) -> Any:
    """Keep what is said so far, complete or not."""
    who = viewer(request)
    project = portfolio.project(who, code)
    operations.save_draft(who, project.id, cut_off, now=clock.now(), **body.dict())
    return period_queries.period(who, project.id, cut_off)


@router.put("/projects/{code}/periods/{cut_off}/submission", response=responses(PeriodRecord))
def submit(request: HttpRequest, code: str, cut_off: date, body: SubmissionIn) -> Any:
    """Say how the project stands at a cut-off; the computed status stays beside it, and the checks follow."""
    who = viewer(request)
    project = portfolio.project(who, code)
    operations.submit(who, project.id, cut_off, now=clock.now(), **body.dict())
    return period_queries.period(who, project.id, cut_off)


@router.delete("/projects/{code}/periods/{cut_off}/submission", response=responses(PeriodRecord))
def withdraw(request: HttpRequest, code: str, cut_off: date) -> Any:
    """Take a submission back while nobody has decided on it: it is a draft again."""
    who = viewer(request)
    project = portfolio.project(who, code)
    operations.withdraw_submission(who, project.id, cut_off, now=clock.now())
    return period_queries.period(who, project.id, cut_off)


@router.put("/projects/{code}/periods/{cut_off}/acceptance", response=responses(PeriodRecord))
def accept(request: HttpRequest, code: str, cut_off: date, body: AcceptanceIn) -> Any:
    """Accept the submission of somebody else."""
    who = viewer(request)
    project = portfolio.project(who, code)
    operations.accept_submission(who, project.id, cut_off, now=clock.now(), **body.dict())
    return period_queries.period(who, project.id, cut_off)


@router.put("/projects/{code}/periods/{cut_off}/return", response=responses(PeriodRecord))
def give_back(request: HttpRequest, code: str, cut_off: date, body: ReturnIn) -> Any:
    """Give the submission back with what is missing."""
    who = viewer(request)
    project = portfolio.project(who, code)
    operations.return_submission(who, project.id, cut_off, now=clock.now(), **body.dict())
    return period_queries.period(who, project.id, cut_off)


@router.delete("/projects/{code}/periods/{cut_off}/decision", response=responses(PeriodRecord))
def take_back(request: HttpRequest, code: str, cut_off: date) -> Any:
    """Take an acceptance or a return back while the period is open; fast mode then leaves it to people."""
    who = viewer(request)
    project = portfolio.project(who, code)
    operations.take_back_decision(who, project.id, cut_off, now=clock.now())
    return period_queries.period(who, project.id, cut_off)


@router.put("/projects/{code}/periods/{cut_off}/closure", response=responses(PeriodRecord))
def close(request: HttpRequest, code: str, cut_off: date) -> Any:
    """Close the period and the open ones before it: what was accepted is frozen for good."""
    who = viewer(request)
    project = portfolio.project(who, code)
    return operations.close_period(who, project.id, cut_off, now=clock.now())


@router.post("/projects/{code}/periods/{cut_off}/restatements", response=responses(RestatementRecord, status=201))
def restate(request: HttpRequest, code: str, cut_off: date, body: RestatementIn) -> Any:
    """Correct what was said of a closed period: a new entry beside it, with its reason."""
    who = viewer(request)
    project = portfolio.project(who, code)
    return Status(201, operations.restate(who, project.id, cut_off, now=clock.now(), **body.dict()))


@router.get("/projects/{code}/periods/{cut_off}/chases", response=responses(Page[ChaseRecord]))
def list_chases(request: HttpRequest, code: str, cut_off: date, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Who was asked for this report, by whom and when, newest first."""
    who = viewer(request)
    period = period_queries.period(who, portfolio.project(who, code).id, cut_off)
    return page(chasing.chases(who, (period.id,)).get(period.id, ()), limit=limit, offset=offset)


@router.post("/projects/{code}/periods/{cut_off}/chases", response=responses(ChaseRecord, status=201))
def chase(request: HttpRequest, code: str, cut_off: date) -> Any:
    """Ask the responsible manager for the report; once per working day, whoever asks."""
    who = viewer(request)
    project = portfolio.project(who, code)
    return Status(201, chasing.chase(who, project.id, cut_off, now=clock.now()))


@router.get("/submissions", response=responses(Page[BoardRow]))
def list_submissions(
    request: HttpRequest,
    week: date | None = None,
    standing: str | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Any:
    """Who has reported and who is late: the newest period of every watched project, or those of one week.

    ``week`` is any day of it; ``standing`` one of late, submitted, returned, open, accepted, frozen, missed.
    """
    found = board(viewer(request), week=week, now=clock.now()).rows
    return page([each for each in found if standing in (None, each.standing)], limit=limit, offset=offset)


@router.get("/clocks", response=responses(Page[Clocks]))
def list_clocks(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Feed, status and content clock of every watched project: which of the three has stopped."""
    who = viewer(request)
    return page(clocks(who, portfolio.projects(who), clock.now()), limit=limit, offset=offset)


@router.get("/projects/{code}/clocks", response=responses(Clocks))
def read_clocks(request: HttpRequest, code: str) -> Any:
    """The three clocks of one project."""
    who = viewer(request)
    found = clocks(who, (portfolio.project(who, code),), clock.now())
    if not found:
        raise NotFound("This project is not watched, so no clock runs for it.")
    return found[0]


def _check(who: Viewer, check: CheckRecord) -> dict[str, object]:
    language, zone = who.language, who.time_zone
    return {
        "title": checking.title(check, language=language, zone=zone),
        "advice": checking.advice(check, language=language, zone=zone),
        "check": check,
    }
