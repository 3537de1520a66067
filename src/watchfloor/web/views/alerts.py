"""Alerts: what must I answer?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from watchfloor.accounts.queries import users_who_may
from watchfloor.alerts import operations, queries, reporting
from watchfloor.alerts.causing import shared
from watchfloor.drawing import figures
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.notify.queries import of_alert
from watchfloor.web import floor, inbox, sent
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.past import knows_the_past


@require_GET
@knows_the_past
def alerts(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    context = {**shell(request), **_list(viewer, request), "shared": shared(viewer)}
    return page(request, "alerts/page.html", context, section="alerts")


@require_GET
@knows_the_past
def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    context = {
        **shell(request),
        **_list(viewer, request),
        **inbox.alert(viewer, alert_id),
        "selected": alert_id,
        "deliveries": () if viewer.as_of is not None else of_alert(viewer, alert_id),
    }
    row = context["alert"]
    context["people"] = users_who_may(viewer, "alert.act", row.project_id) if context["may_act"] else ()
    return page(request, "alerts/page.html", context, section="alerts")


def _list(viewer: Viewer, request: HttpRequest) -> dict[str, Any]:
    show = request.GET.get("show", "open")
    now = clock.now()
    if show == "silenced":
        rows = tuple(each for each in queries.open_alerts(viewer, now=now, limit=500) if each.is_silenced)
    elif show == "resolved":
        rows = queries.alerts(viewer, now=now, state="resolved", limit=100)
    elif show == "mine":
        rows = queries.open_alerts(viewer, now=now, owner_id=viewer.user_id or -1, limit=200)
    else:
        show = "open"
        rows = queries.open_alerts(viewer, now=now, limit=200)
    picks = show in ("open", "mine") and viewer.as_of is None
    return {"show": show, "picks": picks, "needs": tuple(floor.need(viewer, row, now) for row in rows)}


@require_POST
def together(request: HttpRequest) -> HttpResponse:
    """One step for several alerts. Those that cannot take it are left as they are, and counted."""
    viewer, now = viewer_of(request), clock.now()
    said = request.POST.getlist("alerts") or request.GET.get("alerts", "").split(",")
    do = request.POST.get("do") or request.GET.get("do", "")
    alert_ids = [pk for each in said if (pk := sent.number(each)) is not None]
    outcome = operations.together(viewer, alert_ids, do, until=_morning("7", viewer), now=now)
    words = ngettext("%(n)d alert changed.", "%(n)d alerts changed.", len(outcome.done)) % {"n": len(outcome.done)}
    back = f"/alerts/together?do=reopen&alerts={','.join(map(str, outcome.done))}" if do != "reopen" else ""
    if outcome.done:
        messages.success(request, words, extra_tags=back)
    for problem in outcome.problems:
        messages.error(request, problem)
    return redirect("alerts")


@require_POST
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    row = operations.acknowledge(viewer, alert_id, now=clock.now(), expected_version=sent.version(request))
    if request.GET.get("from") == "floor" and request.headers.get("HX-Request") == "true":
        toast = {"words": _("Acknowledged."), "undo": f"/alerts/{alert_id}/reopen", "csrf": True}
        return render(
            request, "alerts/after_acknowledge.html", {**floor.needs(viewer), "viewer": viewer, "toast": toast}
        )
    messages.success(request, _("Acknowledged: it is yours."), extra_tags=f"/alerts/{alert_id}/reopen")
    return redirect("alert", alert_id=row.id)


@require_POST
def resolve(request: HttpRequest, alert_id: int) -> HttpResponse:
    words = request.POST.get("resolution", "").strip()
    operations.resolve(viewer_of(request), alert_id, words, now=clock.now(), expected_version=sent.version(request))
    messages.success(request, _("Resolved."), extra_tags=f"/alerts/{alert_id}/reopen")
    return redirect("alert", alert_id=alert_id)


@require_POST
def reopen(request: HttpRequest, alert_id: int) -> HttpResponse:
    operations.reopen(viewer_of(request), alert_id, now=clock.now())
    messages.success(request, _("Taken back: it waits again."))
    return redirect("alert", alert_id=alert_id)


@require_POST
def snooze(request: HttpRequest, alert_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    until = _morning(request.POST.get("days", ""), viewer)
    operations.snooze(viewer, alert_id, until, now=clock.now(), expected_version=sent.version(request))
    words = _("Snoozed until %(moment)s.") % {"moment": figures.moment(until, viewer.time_zone, viewer.language)}
    messages.success(request, words, extra_tags=f"/alerts/{alert_id}/reopen")
    return redirect("alert", alert_id=alert_id)


@require_POST
def escalate(request: HttpRequest, alert_id: int) -> HttpResponse:
    note = request.POST.get("note", "")
    operations.escalate(viewer_of(request), alert_id, note, now=clock.now(), expected_version=sent.version(request))
    messages.success(request, _("Passed on to the next step."))
    return redirect("alert", alert_id=alert_id)


@require_POST
def decide_report(request: HttpRequest, alert_id: int, report_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    if request.POST.get("do") == "drop":
        reporting.drop(viewer, alert_id, report_id, now=clock.now())
        messages.success(request, _("Let go: nobody is told by it."))
    else:
        reporting.release(viewer, alert_id, report_id, request.POST.get("words", ""), now=clock.now())
        messages.success(request, _("Released: they are told."))
    return redirect("alert", alert_id=alert_id)


def _morning(days: str, viewer: Viewer) -> datetime:
    """Nine o'clock of the viewer so many days ahead; a number that is none is refused as any other bad moment."""
    count = int(days) if days.isdecimal() and len(days) < 4 else 0
    day = clock.now().astimezone(figures.zone_of(viewer.time_zone)) + timedelta(days=count)
    return day.replace(hour=9, minute=0, second=0, microsecond=0) if count else day - timedelta(days=1)


@require_POST
def assign(request: HttpRequest, alert_id: int) -> HttpResponse:
    operations.assign(
        viewer_of(request),
        alert_id,
        sent.number(request.POST.get("owner")) or 0,
        now=clock.now(),
        expected_version=sent.version(request),
    )
    messages.success(request, _("The alert has a new owner."))
    return redirect("alert", alert_id=alert_id)
