"""Rules that people write over readings: written, tried on history, switched on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from watchfloor.detection.rules import operations
from watchfloor.detection.rules.operations import Draft, RuleRecord
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.web import explained
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.watch_forms import RuleForm, place_of, put_into


@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    form = RuleForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        project, programme = place_of(form.cleaned_data["over"])
        try:
            made = operations.make(
                viewer, form.draft(), project_code=project, programme_code=programme, now=clock.now()
            )
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            return redirect("rule", watch_rule_id=made.id)
    context = {
        **shell(request),
        "rules": operations.rules(viewer),
        "form": form,
        "may_make": bool(form.fields["over"].choices),  # type: ignore[attr-defined]
        **_readings(viewer),
    }
    return page(request, "watch/rules.html", context, section="alerts", status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, watch_rule_id: int) -> HttpResponse:
    """One rule with what it would have said; a form that is sent writes it anew."""
    viewer, now = viewer_of(request), clock.now()
    found = operations.rule(viewer, watch_rule_id)
    form = RuleForm(request.POST or None, viewer=viewer, begun=found)
    if request.method == "POST" and form.is_valid():
        try:
            operations.change(viewer, watch_rule_id, form.draft(), now=now)
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            return redirect("rule", watch_rule_id=watch_rule_id)
    context = {
        **shell(request),
        "rule": found,
        "may_manage": operations.may_manage(viewer, found),
        "form": form,
        **_tried(viewer, found),
        **_readings(viewer),
    }
    return page(request, "watch/rule.html", context, section="alerts", status=422 if form.errors else 200)


@require_POST
def switch_rule(request: HttpRequest, watch_rule_id: int) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    operations.switch(viewer_of(request), watch_rule_id, on=on, now=clock.now())
    messages.success(request, _("It speaks from now on.") if on else _("It is silent; what it said clears."))
    return redirect("rule", watch_rule_id=watch_rule_id)


@require_POST
def remove_rule(request: HttpRequest, watch_rule_id: int) -> HttpResponse:
    operations.remove(viewer_of(request), watch_rule_id, now=clock.now())
    messages.success(request, _("Removed; what it said clears."))
    return redirect("rules")


def _tried(viewer: Viewer, found: RuleRecord) -> dict[str, Any]:
    """The trial as it would come out now. A rule whose readings are gone has none, and says so."""
    draft = Draft(found.name, found.expression, found.finding_class, found.severity, found.hold_for, found.clear_after)
    try:
        tried = operations.try_out(
            viewer, draft, project_code=found.project_code, programme_code=found.programme_code, now=clock.now()
        )
    except WatchfloorError as problem:
        return {"trial": None, "trial_problem": str(problem)}
    return {"trial": tried, "trial_names": sorted(tried.firings[0].span.values) if tried.firings else ()}


def _readings(viewer: Viewer) -> dict[str, Any]:
    return {
        "readings": [
            (name, explained.explained(name).title, least, most)
            for name, (least, most) in operations.readings_to_ask_for(viewer).items()
        ]
    }
