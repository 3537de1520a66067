"""Incidents: the list, and the room of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.alerts.incidents import operations, queries
from watchfloor.alerts.incidents.operations import Review
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.web import sent
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.room import room
from watchfloor.web.watch_forms import IncidentForm, put_into


@require_http_methods(["GET", "POST"])
def incidents(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    form = IncidentForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = operations.declare(
                viewer, said["project"], said["title"], severity=said["severity"], now=clock.now()
            )
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            return redirect("incident", incident_id=made.id)
    context = {
        **shell(request),
        "incidents": queries.incidents(viewer),
        "form": form,
        "may_declare": bool(form.fields["project"].choices),  # type: ignore[attr-defined]
    }
    return page(request, "watch/incidents.html", context, section="alerts", status=422 if form.errors else 200)


@require_GET
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    return page(request, "watch/incident.html", {**shell(request), **room(viewer, incident_id)}, section="alerts")


@require_POST
def declare(request: HttpRequest, alert_id: int) -> HttpResponse:
    """From an alert: its project, severity and headline."""
    viewer = viewer_of(request)
    made = operations.declare_for(viewer, alert_id, now=clock.now())
    messages.success(request, _("Declared: this is its room, and you lead it."))
    return redirect("incident", incident_id=made.id)


@require_POST
def note(request: HttpRequest, incident_id: int) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    at = sent.moment(request.POST.get("at", ""), "at", viewer)
    operations.note(viewer, incident_id, request.POST.get("words", ""), at=at, now=now)
    return redirect("incident", incident_id=incident_id)


@require_POST
def tell(request: HttpRequest, incident_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    hours = sent.number(request.POST.get("next_h", ""))
    people = [pk for each in request.POST.getlist("people")[:500] if (pk := sent.number(each)) is not None]
    operations.tell(
        viewer,
        incident_id,
        request.POST.get("words", ""),
        people,
        next_after=timedelta(hours=hours) if hours else None,
        now=clock.now(),
    )
    messages.success(request, _("Sent to those you chose."))
    return redirect("incident", incident_id=incident_id)


@require_POST
def add_task(request: HttpRequest, incident_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    operations.add_task(
        viewer,
        incident_id,
        request.POST.get("words", ""),
        owner_id=sent.number(request.POST.get("owner", "")),
        due_on=sent.day(request.POST.get("due_on", ""), "due_on"),
        now=clock.now(),
    )
    return redirect("incident", incident_id=incident_id)


@require_POST
def settle_task(request: HttpRequest, incident_id: int, task_id: int) -> HttpResponse:
    operations.settle_task(viewer_of(request), incident_id, task_id, request.POST.get("outcome", ""), now=clock.now())
    return redirect("incident", incident_id=incident_id)


@require_POST
def give_part(request: HttpRequest, incident_id: int) -> HttpResponse:
    person = sent.number(request.POST.get("person", ""))
    operations.give_part(viewer_of(request), incident_id, request.POST.get("part", ""), person, now=clock.now())
    return redirect("incident", incident_id=incident_id)


@require_POST
def link(request: HttpRequest, incident_id: int) -> HttpResponse:
    alert = sent.number(request.POST.get("alert", "")) or 0
    operations.link(viewer_of(request), incident_id, alert, now=clock.now())
    return redirect("incident", incident_id=incident_id)


@require_POST
def settle(request: HttpRequest, incident_id: int) -> HttpResponse:
    operations.settle(viewer_of(request), incident_id, now=clock.now(), expected_version=sent.version(request))
    messages.success(request, _("Over. What is to be learned?"), extra_tags=f"/incidents/{incident_id}/reopen")
    return redirect("incident", incident_id=incident_id)


@require_POST
def reopen(request: HttpRequest, incident_id: int) -> HttpResponse:
    operations.reopen(viewer_of(request), incident_id, now=clock.now())
    messages.success(request, _("Taken back."))
    return redirect("incident", incident_id=incident_id)


@require_POST
def review(request: HttpRequest, incident_id: int) -> HttpResponse:
    said: dict[str, Any] = {
        name: request.POST.get(name, "") for name in ("what_happened", "why_it_happened", "what_changes")
    }
    viewer, now, closes = viewer_of(request), clock.now(), request.POST.get("do") == "close"
    operations.review(viewer, incident_id, Review(**said), closes=False, now=now)  # what was written is never lost
    if closes:
        operations.review(viewer, incident_id, Review(**said), closes=True, now=now)
        messages.success(request, _("Closed."), extra_tags=f"/incidents/{incident_id}/reopen")
    else:
        messages.success(request, _("Kept."))
    return redirect("incident", incident_id=incident_id)
