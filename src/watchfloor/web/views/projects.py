"""The pages of one project: overview, activities, one activity, figures and findings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from watchfloor.detection import queries as detection
from watchfloor.detection.messages import explain
from watchfloor.detection.messages import render as said
from watchfloor.drawing import figures
from watchfloor.drawing.figures import NOTHING
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.activity_export import exported
from watchfloor.forecasts.activity_table import chosen_activities
from watchfloor.forecasts.outlook import AGAINST_BASELINE
from watchfloor.forecasts.ripples import ripple
from watchfloor.kit.errors import Conflict, Invalid, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.document import ROLLED_UP
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web import activities as table
from watchfloor.web import project as content
from watchfloor.web import quality as schedule_quality
from watchfloor.web.dimensions import classified
from watchfloor.web.explained import explained, input_label, reason_words
from watchfloor.web.page import is_fragment, page, sheet, shell, viewer_of
from watchfloor.web.past import knows_the_past
from watchfloor.web.plan_forms import ActivityForm, LinkForm


@require_GET
@knows_the_past
def overview(request: HttpRequest, code: str) -> HttpResponse:
    """Are we all right, and why?"""
    viewer = viewer_of(request)
    frame = shell(request)
    project = portfolio.project(viewer, code)
    context = {**frame, **content.overview(viewer, project), "tab": "overview"}
    return page(request, "project/page.html", context, section="portfolio")


@require_GET
@knows_the_past
def activities(request: HttpRequest, code: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    choice = table.Choice.of(request.GET)
    rows = table.table(viewer, project, choice)
    if is_fragment(request):
        return render(request, "project/activities_table.html", {"viewer": viewer, "project": project, **rows})
    context = {**shell(request), **content.head(viewer, project), **rows, "tab": "activities"}
    return page(request, "project/activities.html", context, section="portfolio")


@require_GET
@knows_the_past
def activities_csv(request: HttpRequest, code: str) -> HttpResponse:
    """What the table shows, as a sheet: the groups where there are any, else all the rows of the choice."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    chosen = chosen_activities(viewer, project.id, table.Choice.of(request.GET).table)
    return sheet(f"{project.code} activities.csv", *exported(chosen, project.currency))


@require_GET
@knows_the_past
def activity(request: HttpRequest, code: str, key: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    context = {**shell(request), **content.head(viewer, project), **activity_context(viewer, project, key)}
    context.update(_ripple(viewer, project, key, request.GET.get("longer", "").strip()))
    return page(request, "project/activity.html", context, section="portfolio")


def _ripple(viewer: Viewer, project: ProjectRecord, key: str, longer: str) -> dict[str, Any]:
    """What moves if the activity takes longer, when the address asks for it."""
    if not longer or viewer.as_of is not None:
        return {}
    said: dict[str, Any] = {"longer": longer[:12]}
    try:
        said["ripple"] = ripple(viewer, project.id, key, float(longer))
    except ValueError:
        said["ripple_problem"] = _("Give working days as a number.")
    except (Invalid, Conflict) as wrong:
        said["ripple_problem"] = str(wrong)
    return said


def activity_context(viewer: Viewer, project: ProjectRecord, key: str) -> dict[str, Any]:
    """One activity as planned and as forecast, with the forms to change it."""
    detail = plans.activity(viewer, project.id, key)
    try:
        ahead = forecasts.activity(viewer, project.id, key)
    except NotFound:
        # Added after the newest forecast; the next one will know it.
        ahead = None
    revision = plans.newest_revision(viewer, project.id)
    return {
        "tab": "activities",
        "detail": detail,
        "activity": detail.activity,
        "ahead": ahead,
        "revision": revision.number if revision else 0,
        "classified": classified(viewer, project, detail.activity),
        "may_ripple": viewer.as_of is None
        and detail.activity.kind not in ROLLED_UP
        and detail.activity.actual_finish is None,
        "form": ActivityForm.of(detail.activity, project.currency),
        "link_form": LinkForm(),
    }


@require_GET
@knows_the_past
def quality(request: HttpRequest, code: str) -> HttpResponse:
    """How sound is the schedule, and which revision made it worse?"""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    context = {
        **shell(request), **content.head(viewer, project), "tab": "quality",
        **schedule_quality.page(viewer, project),
    }  # fmt: skip
    return page(request, "project/quality.html", context, section="portfolio")


@require_GET
@knows_the_past
def figure(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """A figure opened: formula, what went in, the rows it comes from."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    record = forecasts.latest_of(viewer, project.id)
    reading = record.readings.get(name) if record else None
    if record is None or reading is None:
        raise Http404
    about = explained(name)
    detail = reading.detail
    keys = list(detail.get("rows", ()))
    found = table.rows_by_key(viewer, project, keys) if keys else ()
    history = forecasts.histories(viewer, (project.id,), name, 26).get(project.id, ())
    context = {
        **shell(request),
        **content.head(viewer, project),
        "tab": "overview",
        "about": about,
        "reading": reading,
        "forecast": record,
        "value": shown(reading.value, about.unit, project.currency, viewer.language),
        "withheld": reason_words(reading.reason),
        "needs_baseline": name in AGAINST_BASELINE,
        "baseline_kind": record.baseline_kind,
        "inputs": [
            (input_label(key), shown_input(key, value, project.currency, viewer.language))
            for key, value in detail.get("inputs", {}).items()
            if key != "ledger_until"
        ],
        "ledger_until": detail.get("inputs", {}).get("ledger_until", ""),
        "rows": found,
        "rows_total": detail.get("rows_total", len(keys)),
        "history": [value for _at, value in history],
        "history_rows": [
            (at, shown(value, about.unit, project.currency, viewer.language)) for at, value in reversed(history)
        ],
        "others": [
            (other, explained(other).title, shown(each.value, explained(other).unit, project.currency, viewer.language))
            for other, each in record.readings.items()
        ],
    }
    return page(request, "project/figure.html", context, section="portfolio")


@require_GET
@knows_the_past
def finding(request: HttpRequest, code: str, finding_id: int) -> HttpResponse:
    """A finding opened: what it says, the evidence it rests on."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    found = detection.finding(viewer, finding_id)
    if found.project_id != project.id:
        raise Http404
    keys = [str(key) for key in found.evidence.get("rows", ()) or found.evidence.get("activities", ())][:60]
    context = {
        **shell(request),
        **content.head(viewer, project),
        "tab": "overview",
        "finding": found,
        "headline": said(found.code, found.parameters, language=viewer.language, zone=viewer.time_zone),
        "explanation": explain(found.code, found.parameters, language=viewer.language, zone=viewer.time_zone),
        "evidence": [
            (input_label(key), shown_input(key, value, project.currency, viewer.language))
            for key, value in {**found.parameters, **found.evidence}.items()
            if not isinstance(value, list | dict)
        ],
        "rows": table.rows_by_key(viewer, project, keys) if keys else (),
        "baseline_kind": forecasts.activity_forecasts(viewer, project.id).baseline_kind if keys else "",
    }
    return page(request, "project/finding.html", context, section="portfolio")


def shown(value: float | None, unit: str, currency: str, language: str) -> str:
    """A reading in its unit."""
    if value is None:
        return NOTHING
    match unit:
        case "money":
            return figures.money(round(value), currency, language)
        case "days":
            return figures.days(value, language, digits=1)
        case "percent":
            return figures.percent(value, language)
        case "ratio":
            return figures.number(value, language, digits=3)
        case "count":
            return figures.number(value, language)
        case _:
            return figures.number(value, language, digits=2)


def shown_input(name: str, value: Any, currency: str, language: str) -> str:
    """Something that went in, by what its name says it is."""
    if value is None:
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return str(value)
    if isinstance(value, str):
        try:
            return (
                figures.day(datetime.fromisoformat(value), language) if value[:1].isdigit() and "-" in value else value
            )
        except ValueError:
            return value
    return (
        shown(value, explained(name).unit, currency, language)
        if name.endswith(("_minor", "_days", "_count"))
        else (figures.number(value, language, digits=0 if float(value).is_integer() else 3))
    )
