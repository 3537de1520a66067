"""The give/get register: across the portfolio and under each project."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from watchfloor.forecasts.handovers import handovers
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, NotAllowed, WatchfloorError
from watchfloor.plans import operations
from watchfloor.plans.interfaces import SIDES, Side
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import project as content
from watchfloor.web import sent
from watchfloor.web.page import page, shell, viewer_of

_SHOWN = 300


class InterfaceForm(forms.Form):
    """What one project gives to another."""

    name = forms.CharField(label=gettext_lazy("What is handed over"), max_length=200)
    giver_code = forms.CharField(label=gettext_lazy("Given by project"), max_length=40)
    giver_activity = forms.CharField(
        label=gettext_lazy("Its milestone"), max_length=120, help_text=gettext_lazy("Key; its forecast is shown here.")
    )
    receiver_code = forms.CharField(label=gettext_lazy("Received by project"), max_length=40)
    receiver_activity = forms.CharField(label=gettext_lazy("Its activity"), max_length=120)
    promised = forms.DateField(
        label=gettext_lazy("Promised"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    needed = forms.DateField(
        label=gettext_lazy("Needed"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)


@require_http_methods(["GET", "POST"])
def interfaces(request: HttpRequest) -> HttpResponse:
    """All hand-overs of which the reader may see a side."""
    viewer = viewer_of(request)
    form = InterfaceForm(request.POST or None)
    if request.method == "POST" and _added(request, form):
        return redirect("interfaces")
    context = {
        **shell(request),
        "rows": handovers(viewer, limit=_SHOWN, ended=request.GET.get("ended") == "1"),
        "ended": request.GET.get("ended") == "1",
        "may_add": viewer.may("plan.edit") or bool(viewer.project_ids("plan.edit")),
        "form": form,
        "here": "/interfaces",
    }
    return page(request, "interfaces/page.html", context, section="portfolio", status=_status(form))


@require_http_methods(["GET", "POST"])
def project_interfaces(request: HttpRequest, code: str) -> HttpResponse:
    """What one project gives and gets."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    if request.method == "POST" and not viewer.may("plan.edit", project.id):
        raise NotAllowed(_("Your role may not change this plan."))
    form = InterfaceForm(request.POST or None, initial={"receiver_code": code})
    if request.method == "POST" and _added(request, form):
        return redirect("project-interfaces", code=code)
    context = {
        **shell(request),
        **content.head(viewer, project),
        "tab": "interfaces",
        "rows": handovers(viewer, project.id, limit=_SHOWN, ended=request.GET.get("ended") == "1"),
        "ended": request.GET.get("ended") == "1",
        "may_add": viewer.may("plan.edit", project.id),
        "form": form,
        "here": f"/projects/{code}/interfaces",
    }
    return page(request, "project/interfaces.html", context, section="portfolio", status=_status(form))


@require_POST
def set_date(request: HttpRequest, interface_id: int) -> HttpResponse:
    """The giver's promise or the receiver's need; the other side's agreement is withdrawn by a change."""
    name = request.POST.get("which", "")
    if name not in ("promised", "needed"):
        raise Invalid(_("Say which date."), place="which")
    dates: dict[str, date | None] = {name: _day(request.POST.get("day", ""))}
    operations.set_interface_dates(
        viewer_of(request),
        interface_id,
        expected_version=sent.version(request),
        now=clock.now(),
        **dates,
    )
    messages.success(request, _("The date was changed; the other side is asked to agree again."))
    return _back(request)


@require_POST
def set_agreement(request: HttpRequest, interface_id: int) -> HttpResponse:
    """Agree for one side to the dates as they are, or take it back."""
    viewer, side = viewer_of(request), _side(request.POST.get("side", ""))
    if request.POST.get("agree") == "no":
        operations.withdraw_agreement(viewer, interface_id, side, now=clock.now())
        messages.success(request, _("The agreement was taken back."))
    else:
        operations.agree(viewer, interface_id, side, expected_version=sent.version(request), now=clock.now())
        messages.success(request, _("Agreed to both dates."))
    return _back(request)


@require_POST
def end(request: HttpRequest, interface_id: int) -> HttpResponse:
    """Delivered, or needed no more."""
    operations.end_interface(viewer_of(request), interface_id, reason=request.POST.get("reason", ""), now=clock.now())
    messages.success(request, _("The interface ended; it stays in the register."))
    return _back(request)


def _added(request: HttpRequest, form: InterfaceForm) -> bool:
    if not form.is_valid():
        return False
    try:
        operations.add_interface(viewer_of(request), now=clock.now(), **form.cleaned_data)
    except WatchfloorError as problem:
        form.add_error(problem.place if problem.place in form.fields else None, f"{problem} {problem.remedy}".strip())
        return False
    messages.success(request, _("The interface was added. Both sides may agree now."))
    return True


def _back(request: HttpRequest) -> HttpResponse:
    code = request.POST.get("project", "")
    return redirect("project-interfaces", code=code) if code else redirect("interfaces")


def _side(text: str) -> Side:
    for side in SIDES:
        if side == text:
            return side
    raise Invalid(_("Say for which side: giver or receiver."), place="side")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as problem:
        raise Invalid(_("Give a date."), place="day") from problem


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and not form.is_valid() else 200
