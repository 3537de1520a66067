"""Playbooks: what to do about kinds of alerts, and whether it helps."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from watchfloor.alerts.playbooks import operations
from watchfloor.alerts.playbooks.measures import WEEKS, measured
from watchfloor.alerts.playbooks.records import StepState
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, WatchfloorError
from watchfloor.web import sent
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.starters import starters
from watchfloor.web.watch_forms import PlaybookForm, place_of, put_into


@require_http_methods(["GET", "POST"])
def playbooks(request: HttpRequest) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    offered = starters()
    form = PlaybookForm(request.POST or None, viewer=viewer, begun=offered.get(request.GET.get("from", "")))
    if request.method == "POST" and form.is_valid():
        project, programme = place_of(form.cleaned_data["over"])
        try:
            operations.write(viewer, form.draft(), project_code=project, programme_code=programme, now=now)
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            messages.success(request, _("Alerts of these kinds offer it from now on."))
            return redirect("playbooks")
    measures = measured(viewer, now=now)
    context = {
        **shell(request),
        "playbooks": [(each, measures.get(each.id)) for each in operations.playbooks(viewer)],
        "weeks": WEEKS,
        "starters": [(name, each.name) for name, each in offered.items()],
        "form": form,
        "may_make": bool(form.fields["over"].choices),  # type: ignore[attr-defined]
    }
    return page(request, "watch/playbooks.html", context, section="alerts", status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def playbook(request: HttpRequest, playbook_id: int) -> HttpResponse:
    """One playbook; a form that is sent writes it anew."""
    viewer, now = viewer_of(request), clock.now()
    found = operations.playbook(viewer, playbook_id)
    form = PlaybookForm(request.POST or None, viewer=viewer, begun=found, is_there=True)
    if request.method == "POST" and form.is_valid():
        try:
            operations.write(viewer, form.draft(), playbook_id=playbook_id, now=now)
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            messages.success(request, _("Changed; those taken up already keep the steps they had."))
            return redirect("playbook", playbook_id=playbook_id)
    context = {
        **shell(request),
        "playbook": found,
        "measure": measured(viewer, now=now).get(playbook_id),
        "weeks": WEEKS,
        "may_manage": operations.may_manage(viewer, found),
        "form": form,
    }
    return page(request, "watch/playbook.html", context, section="alerts", status=422 if form.errors else 200)


@require_POST
def remove_playbook(request: HttpRequest, playbook_id: int) -> HttpResponse:
    operations.remove(viewer_of(request), playbook_id, now=clock.now())
    messages.success(request, _("Removed; those taken up stay."))
    return redirect("playbooks")


@require_POST
def take_up(request: HttpRequest, alert_id: int) -> HttpResponse:
    playbook_id = sent.number(request.POST.get("playbook")) or 0
    run = operations.take_up(viewer_of(request), alert_id, playbook_id, now=clock.now())
    if any(each.problem for each in run.steps):
        messages.warning(request, _("Not every step could be done by itself: see why beside it."))
    return redirect("alert", alert_id=alert_id)


@require_POST
def settle_step(request: HttpRequest, alert_id: int, run_id: int, at: int) -> HttpResponse:
    try:
        state = StepState(request.POST.get("state", ""))
    except ValueError as problem:
        raise Invalid(_("A step is open, done or skipped."), place="state") from problem
    operations.settle_step(
        viewer_of(request),
        alert_id,
        run_id,
        at,
        state,
        now=clock.now(),
        expected_version=sent.version(request),
    )
    return redirect("alert", alert_id=alert_id)
