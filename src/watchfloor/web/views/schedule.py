"""The schedule of a project: what moves the finish?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from watchfloor.drawing import figures
from watchfloor.drawing.marks import CODES
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ActivityForecast
from watchfloor.kit import clock
from watchfloor.kit.errors import Conflict, Invalid, NotFound
from watchfloor.plans import operations as plan_operations
from watchfloor.plans import queries as plans
from watchfloor.plans.edits import ChangeActivity
from watchfloor.plans.units import ticks_per_day
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import project as content
from watchfloor.web import sent
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.past import knows_the_past

DAYS_MAX = 10_000
COMPLETE = 2


@require_GET
@knows_the_past
def schedule(request: HttpRequest, code: str) -> HttpResponse:
    """The frame; the rows and bars come from ``GET /api/v1/projects/{code}/schedule``."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    context = {**shell(request), **content.head(viewer, project), "tab": "schedule", "marks": CODES}
    return page(request, "project/schedule.html", context, section="portfolio")


@require_POST
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Work that takes longer or shorter: so many working days are left. One revision, which can be taken back."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    key, days = request.POST.get("key", ""), _days(request.POST.get("remaining_days", ""))
    plan = plans.plan(viewer, project.id)
    activity = next((each for each in plan.activities if each.key == key), None)
    if activity is None:
        raise NotFound(_("There is no such activity."))
    if activity.actual_finish is not None:
        raise Conflict(_("It is done."), remedy=_("Open it to change what was reported."))
    remaining = round(days * ticks_per_day(plan, activity))
    grown = remaining - activity.remaining_ticks
    fields = {"remaining_ticks": remaining, "duration_ticks": max(0, activity.duration_ticks + grown)}
    made = plan_operations.edit_plan(
        viewer,
        project.id,
        [ChangeActivity(key, fields)],
        expected_revision=sent.number(request.POST.get("revision")),
        now=clock.now(),
    )
    words = _("“%(name)s”: %(days)s left.") % {"name": activity.name, "days": figures.days(days, viewer.language)}
    toast = {"words": words, "undo": f"/projects/{code}/changes/{made.number}/undo"} if made is not None else None
    return render(request, "project/schedule_edited.html", {"toast": toast, "revision": made.number if made else 0})


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 < days <= DAYS_MAX:
        raise Invalid(
            _("Give working days that are left: more than 0, at most %(most)d.") % {"most": DAYS_MAX},
            place="remaining_days",
        )
    return days


@require_GET
@knows_the_past
def panel(request: HttpRequest, code: str) -> HttpResponse:
    """One activity beside the bars: what it is, and what drives it."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    found = forecasts.activity(viewer, project.id, request.GET.get("key", ""))
    late = (found.finish - found.baseline_finish).days if found.finish and found.baseline_finish else 0
    context = {
        "viewer": viewer,
        "project": project,
        "activity": found,
        "late_days": late,
        "drives": len(found.drives),
        "may_edit": viewer.may("plan.edit", project.id) and viewer.as_of is None and _can_be_longer(found),
    }
    return render(request, "project/schedule_panel.html", context)


def _can_be_longer(activity: ActivityForecast) -> bool:
    return activity.status != COMPLETE and activity.kind in ("task", "resource_dependent")
