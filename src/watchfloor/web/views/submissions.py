"""Status periods: the board, the form of a manager, and what is decided on a submission."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, NotAllowed, NotFound, WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.notify.chasing import chase as ask
from watchfloor.notify.operations import see_chases
from watchfloor.plans import operations, period_queries
from watchfloor.plans.period_records import PeriodRecord
from watchfloor.portfolio import operations as portfolio_operations
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web import project as content
from watchfloor.web import sent
from watchfloor.web import submissions as pages
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.report_forms import ReportForm

_MOST_AT_ONCE = 200
_FAST_MODES: dict[str, bool | None] = {"on": True, "off": False, "": None}


@require_GET
def submissions(request: HttpRequest) -> HttpResponse:
    """Who has reported, and who is late?"""
    frame = shell(request)
    week = _day(request.GET["week"]) if request.GET.get("week") else None
    context = pages.board_context(viewer_of(request), week=week, standing=request.GET.get("standing", ""))
    return page(request, "submissions/page.html", {**frame, **context}, section="submissions")


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Do the same to every chosen period: accept, return or chase. What cannot be done is told; the rest is done."""
    viewer = viewer_of(request)
    chosen = request.POST.getlist("period")[:_MOST_AT_ONCE]
    action, words = request.POST.get("action", ""), request.POST.get("reason", "")
    act = _ACTIONS.get(action)
    if act is None:
        raise Invalid(_("Choose what to do: accept, return or ask."), place="action")
    done, problems = 0, []
    for each in chosen:
        code, _slash, cut_off = each.partition("/")
        try:
            project = portfolio.project(viewer, code)
            act(viewer, project.id, _day(cut_off), words)
        except (WatchfloorError, Http404) as problem:
            problems.append(f"{code[:40]}: {problem}")
        else:
            done += 1
    _report(request, action, done, problems)
    return redirect(f"/submissions?{request.GET.urlencode()}" if request.GET else "/submissions")


@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, code: str) -> HttpResponse:
    """How does the project stand? Prefilled, so that an unchanged report is two taps."""
    viewer = viewer_of(request)
    frame = shell(request)
    project, period = _reportable(viewer, code)
    if request.method == "POST":
        form = ReportForm(request.POST)
        if form.is_valid() and _say(request, project, period, form):
            return redirect("period", code=code, cut_off=period.cut_off.isoformat())
        said = form.said(project.currency) if form.is_valid() else pages.prefill(viewer, project, period, "last")
        origin = ""
    else:
        see_chases(viewer, period.id, now=clock.now())
        said = pages.prefill(viewer, project, period, request.GET.get("from", ""))
        form, origin = ReportForm.of(said, project.currency), str(said["origin"])
    context = {
        **frame,
        **content.head(viewer, project),
        **pages.submit_context(viewer, project, period, said),
        "form": form,
        "origin": origin,
        "tab": "periods",
    }
    return page(request, "submissions/submit.html", context, section="submissions", status=422 if form.errors else 200)


@require_POST
def submit_checks(request: HttpRequest, code: str) -> HttpResponse:
    """What the checks say of what stands in the form, before it is sent."""
    viewer = viewer_of(request)
    project, period = _reportable(viewer, code)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=204)
    context = pages.checks_context(viewer, project, period, form.said(project.currency))
    return render(request, "submissions/checks.html", {"viewer": viewer, **context})


@require_GET
def periods(request: HttpRequest, code: str) -> HttpResponse:
    """What was reported, beside what was computed, period by period."""
    viewer = viewer_of(request)
    frame = shell(request)
    project = portfolio.project(viewer, code)
    context = {**frame, **content.head(viewer, project), **pages.history_context(viewer, project), "tab": "periods"}
    return page(request, "submissions/periods.html", context, section="submissions")


@require_GET
def period(request: HttpRequest, code: str, cut_off: str) -> HttpResponse:
    viewer = viewer_of(request)
    frame = shell(request)
    project = portfolio.project(viewer, code)
    found = period_queries.period(viewer, project.id, _day(cut_off))
    restated = ReportForm(initial=_as_restated(found, project)) if found.closed_at is not None else None
    context = {
        **frame,
        **content.head(viewer, project),
        **pages.period_context(viewer, project, found),
        "restate_form": restated,
        "tab": "periods",
    }
    return page(request, "submissions/period.html", context, section="submissions")


@require_POST
def accept(request: HttpRequest, code: str, cut_off: str) -> HttpResponse:
    project, day = _place(request, code, cut_off)
    operations.accept_submission(
        viewer_of(request),
        project.id,
        day,
        note=request.POST.get("note", ""),
        expected_version=sent.version(request),
        now=clock.now(),
    )
    messages.success(request, _("%(code)s: accepted.") % {"code": code}, extra_tags=_undo(code, day))
    return _back(request, code, day)


@require_POST
def give_back(request: HttpRequest, code: str, cut_off: str) -> HttpResponse:
    project, day = _place(request, code, cut_off)
    operations.return_submission(
        viewer_of(request),
        project.id,
        day,
        reason=request.POST.get("reason", ""),
        expected_version=sent.version(request),
        now=clock.now(),
    )
    messages.success(request, _("%(code)s: returned.") % {"code": code}, extra_tags=_undo(code, day))
    return _back(request, code, day)


@require_POST
def reopen(request: HttpRequest, code: str, cut_off: str) -> HttpResponse:
    project, day = _place(request, code, cut_off)
    operations.take_back_decision(viewer_of(request), project.id, day, now=clock.now())
    messages.success(request, _("%(code)s: taken back, it waits again.") % {"code": code})
    return _back(request, code, day)


@require_POST
def withdraw(request: HttpRequest, code: str, cut_off: str) -> HttpResponse:
    project, day = _place(request, code, cut_off)
    operations.withdraw_submission(viewer_of(request), project.id, day, now=clock.now())
    messages.success(request, _("Taken back: it is a draft again."))
    return redirect("submit", code=code)


@require_POST
def close(request: HttpRequest, code: str, cut_off: str) -> HttpResponse:
    project, day = _place(request, code, cut_off)
    operations.close_period(viewer_of(request), project.id, day, now=clock.now())
    messages.success(request, _("%(code)s: the period is closed.") % {"code": code})
    return redirect("period", code=code, cut_off=cut_off)


@require_POST
def chase(request: HttpRequest, code: str, cut_off: str) -> HttpResponse:
    project, day = _place(request, code, cut_off)
    asked = ask(viewer_of(request), project.id, day, now=clock.now())
    words = (
        _("%(code)s: %(name)s was asked.") if asked.is_new else _("%(code)s: %(by)s has asked %(name)s today already.")
    )
    messages.success(request, words % {"code": code, "name": asked.recipient_name, "by": asked.by_name})
    return _back(request, code, day)


@require_POST
def restate(request: HttpRequest, code: str, cut_off: str) -> HttpResponse:
    project, day = _place(request, code, cut_off)
    form = ReportForm(request.POST)
    if not form.is_valid():
        raise Invalid(" ".join(str(each) for errors in form.errors.values() for each in errors))
    said = form.said(project.currency)
    del said["explanation"]
    operations.restate(
        viewer_of(request), project.id, day, reason=request.POST.get("reason", ""), now=clock.now(), **said
    )
    messages.success(request, _("Restated: both stand side by side."))
    return redirect("period", code=code, cut_off=cut_off)


@require_POST
def fast_mode(request: HttpRequest, code: str) -> HttpResponse:
    """Let submissions of the project accept themselves when every check passes, or not, or as its programme says."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    wanted = request.POST.get("fast_mode", "")
    if wanted not in _FAST_MODES:
        raise Invalid(_("Fast mode is on, off, or as the programme says."), place="fast_mode")
    portfolio_operations.change_project(viewer, project.id, fast_mode=_FAST_MODES[wanted], now=clock.now())
    messages.success(request, _("Saved."))
    return redirect("periods", code=code)


def _say(request: HttpRequest, project: ProjectRecord, period: PeriodRecord, form: ReportForm) -> bool:
    """Submit what the form says, or keep it as a draft; False when the plan store refuses it, as the form then says."""
    viewer, said = viewer_of(request), form.said(project.currency)
    try:
        if request.POST.get("action") == "draft":
            operations.save_draft(viewer, project.id, period.cut_off, now=clock.now(), **said)
            messages.success(request, _("Kept as a draft; nobody was told."))
        else:
            operations.submit(viewer, project.id, period.cut_off, now=clock.now(), **said)
            address = f"/projects/{project.code}/periods/{period.cut_off.isoformat()}/withdraw"
            messages.success(request, _("Submitted. The checks follow at once."), extra_tags=address)
    except Invalid as problem:
        place = {"eac_minor": "eac"}.get(problem.place, problem.place.replace("reported.", "status_"))
        form.add_error(place if place in form.fields else None, f"{problem} {problem.remedy}".strip())
        return False
    return True


def _reportable(viewer: Viewer, code: str) -> tuple[ProjectRecord, PeriodRecord]:
    """The project and the period that is reported now."""
    project = portfolio.project(viewer, code)
    if not viewer.may("submission.submit", project.id):
        raise NotAllowed(_("Your role may not report for this project."))
    found = pages.owed(viewer, project)
    if found is None:
        raise NotFound(
            _("There is nothing to report now: no period is open."),
            remedy=_("The next one opens with its cut-off. What is frozen is corrected by a restatement."),
        )
    return project, found


def _accept_many(viewer: Viewer, project_id: int, day: date, words: str) -> None:
    operations.accept_submission(viewer, project_id, day, note=words, now=clock.now())


def _return_many(viewer: Viewer, project_id: int, day: date, words: str) -> None:
    operations.return_submission(viewer, project_id, day, reason=words, now=clock.now())


def _chase_many(viewer: Viewer, project_id: int, day: date, words: str) -> None:
    ask(viewer, project_id, day, now=clock.now())


_ACTIONS: dict[str, Callable[[Viewer, int, date, str], None]] = {
    "accept": _accept_many,
    "return": _return_many,
    "chase": _chase_many,
}


def _report(request: HttpRequest, action: str, done: int, problems: list[str]) -> None:
    if done:
        words = {
            "accept": ngettext("%(n)d accepted.", "%(n)d accepted.", done),
            "return": ngettext("%(n)d returned.", "%(n)d returned.", done),
            "chase": ngettext("%(n)d asked.", "%(n)d asked.", done),
        }[action]
        messages.success(request, words % {"n": done})
    elif not problems:
        messages.error(request, _("Choose at least one row first."))
    for problem in problems[:5]:
        messages.error(request, problem)
    if len(problems) > 5:
        messages.error(request, _("and %(n)d more") % {"n": len(problems) - 5})


def _as_restated(found: PeriodRecord, project: ProjectRecord) -> dict[str, Any]:
    """The restatement starts from what was last said of the period."""
    last = found.restatements[-1] if found.restatements else found.submission
    if last is None:
        return {}
    form = ReportForm.of(
        {
            "reported": last.reported,
            "forecast_finish": last.forecast_finish,
            "eac_minor": last.eac_minor,
            "path_to_green": last.path_to_green,
            "explanation": "",
        },
        project.currency,
    )
    return dict(form.initial)


def _place(request: HttpRequest, code: str, cut_off: str) -> tuple[ProjectRecord, date]:
    return portfolio.project(viewer_of(request), code), _day(cut_off)


def _undo(code: str, day: date) -> str:
    return f"/projects/{code}/periods/{day.isoformat()}/reopen"


def _back(request: HttpRequest, code: str, day: date) -> HttpResponse:
    """To where it was pressed: the board as it was filtered, or the period's own page."""
    if request.GET.get("from") == "board":
        # Only the query is taken from the address that the browser names, so that nobody can send people elsewhere.
        return redirect(
            f"/submissions?{query}" if (query := urlsplit(request.headers.get("Referer", "")).query) else "submissions"
        )
    return redirect("period", code=code, cut_off=day.isoformat())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise Http404(_("There is no such day.")) from problem
