"""The watch itself: silences, who is on duty, and how well it works."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.alerts import duty, handover, silencing
from watchfloor.alerts.duty import RotaRecord
from watchfloor.alerts.escalation.rota import Shift
from watchfloor.alerts.latency import latencies
from watchfloor.alerts.measures import WEEKLY_IN_ALL, WEEKLY_PER_PROGRAMME, WEEKS
from watchfloor.alerts.measures import measures as counted
from watchfloor.alerts.silencing import Over
from watchfloor.drawing import figures
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import floor
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.watch_forms import LayerForm, OverrideForm, RotaForm, SilenceForm, place_of, put_into

_DAY = timedelta(days=1)
_SHIFTS_SHOWN = 30


@require_http_methods(["GET", "POST"])
def silences(request: HttpRequest) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    form = SilenceForm(request.POST or None, viewer=viewer, initial={"begins": now, "ends": now + 7 * _DAY, "up_to": 3})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        over = Over(*place_of(said["over"]), said["group"], said["up_to"])
        try:
            silencing.silence(viewer, over, said["reason"], said["begins"], said["ends"], kind=said["kind"], now=now)
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            messages.success(request, _("Nobody is told of it until then."))
            return redirect("silences")
    context = {
        **shell(request),
        "silences": [(each, silencing.may_end(viewer, each)) for each in silencing.silences(viewer, now=now)],
        "over": silencing.silences(viewer, now=now, over=True)[:20],
        "form": form,
        "may_make": bool(form.fields["over"].choices),  # type: ignore[attr-defined]
    }
    return page(request, "watch/silences.html", context, section="alerts", status=422 if form.errors else 200)


@require_POST
def end_silence(request: HttpRequest, silence_id: int) -> HttpResponse:
    silencing.end_silence(viewer_of(request), silence_id, now=clock.now())
    messages.success(request, _("Ended: what it covered is told now."))
    return redirect("silences")


@require_GET
def measures(request: HttpRequest) -> HttpResponse:
    """How well the watch works, and which rules cry wolf."""
    viewer, now = viewer_of(request), clock.now()
    found = counted(viewer, now=now)
    targets = {"programme": WEEKLY_PER_PROGRAMME, "all": WEEKLY_IN_ALL, "weeks": WEEKS}
    context = {**shell(request), "found": found, "targets": targets, "latency": latencies(viewer, now=now)}
    return page(request, "watch/measures.html", context, section="alerts")


@require_http_methods(["GET", "POST"])
def rotas(request: HttpRequest) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    form = RotaForm(request.POST or None, viewer=viewer, initial={"night": True})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = duty.make_rota(viewer, said["name"], said["programme"], night=said["night"], now=now)
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            return redirect("rota", rota_id=made)
    found = duty.rotas(viewer, now=now)
    context = {
        **shell(request),
        "rotas": [_told(each, viewer) for each in found],
        "form": form,
        "may_make": bool(form.fields["programme"].choices),  # type: ignore[attr-defined]
    }
    return page(request, "watch/rotas.html", context, section="alerts", status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def rota(request: HttpRequest, rota_id: int) -> HttpResponse:
    """One duty; a form that is sent adds a layer or an override."""
    viewer, now = viewer_of(request), clock.now()
    found = duty.rota(viewer, rota_id, now=now)
    home = portfolio.organisation()
    which = request.POST.get("add", "")
    layer = LayerForm(
        request.POST if which == "layer" else None,
        viewer=viewer,
        initial={"zone": home.time_zone if home else viewer.time_zone, "starts_on": _monday(now, viewer)},
    )
    change = OverrideForm(
        request.POST if which == "override" else None, viewer=viewer, initial={"begins": now, "ends": now + _DAY}
    )
    form = layer if which == "layer" else change
    if request.method == "POST" and form.is_valid():
        try:
            if which == "layer":
                duty.add_layer(viewer, rota_id, layer.layer(), now=now)
            else:
                said = change.cleaned_data
                duty.override(
                    viewer, rota_id, said["person"], said["begins"], said["ends"], reason=said["reason"], now=now
                )
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            messages.success(request, _("Changed."))
            return redirect("rota", rota_id=rota_id)
    context = {
        **shell(request),
        **_told(found, viewer),
        "layers": [
            (at, each, [found.names.get(pk, "–") for pk in each.people]) for at, each in enumerate(found.rota.layers)
        ],
        "layer_form": layer,
        **_handed_over(viewer, rota_id, now),
        "override_form": change,
    }
    return page(request, "watch/rota.html", context, section="alerts", status=422 if form.errors else 200)


@require_POST
def hand_over(request: HttpRequest, rota_id: int, handover_id: int) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    if request.POST.get("do") == "note":
        handover.note(viewer, handover_id, request.POST.get("note", ""), now=now)
        messages.success(request, _("Left for the next watch."))
    else:
        handover.acknowledge(viewer, handover_id, now=now)
        messages.success(request, _("You have the watch."))
    return redirect("rota", rota_id=rota_id)


def _handed_over(viewer: Viewer, rota_id: int, now: datetime) -> dict[str, Any]:
    brief = handover.newest(viewer, rota_id, now=now)
    if brief is None:
        return {"brief": None}
    lists = (
        (_("Opened"), brief.opened),
        (_("Closed"), brief.closed),
        (_("Nobody has acknowledged"), brief.unanswered),
        (_("Due within a day, or over"), brief.due_next),
    )
    projects = {each.id: each for each in portfolio.projects(viewer)}
    return {
        "brief": brief,
        "brief_lists": [(title, [floor.need(viewer, each, now) for each in rows]) for title, rows in lists],
        "moved": [(projects[each.project_id], each) for each in brief.moved if each.project_id in projects],
    }


@require_POST
def remove_layer(request: HttpRequest, rota_id: int, place: int) -> HttpResponse:
    duty.remove_layer(viewer_of(request), rota_id, place, now=clock.now())
    return redirect("rota", rota_id=rota_id)


@require_POST
def remove_rota(request: HttpRequest, rota_id: int) -> HttpResponse:
    duty.remove_rota(viewer_of(request), rota_id, now=clock.now())
    messages.success(request, _("Removed."))
    return redirect("rotas")


@require_POST
def end_override(request: HttpRequest, override_id: int) -> HttpResponse:
    rota_id = duty.end_override(viewer_of(request), override_id, now=clock.now())
    messages.success(request, _("Taken back."))
    return redirect("rota", rota_id=rota_id)


def _told(found: RotaRecord, viewer: Viewer) -> dict[str, Any]:
    def named(shift: Shift) -> tuple[Shift, str]:
        return shift, found.names.get(shift.person or 0, "")

    return {
        "rota": found,
        "on_duty": found.names.get(found.now or 0, ""),
        "until": found.shifts[0].ends if found.shifts else None,
        "shifts": [named(each) for each in found.shifts[:_SHIFTS_SHOWN]],
        "gaps": found.gaps,
        "may_manage": duty.may_manage(viewer, found.programme_id),
    }


def _monday(now: datetime, viewer: Viewer) -> date:
    today = now.astimezone(figures.zone_of(viewer.time_zone)).date()
    return today - timedelta(days=today.weekday())
