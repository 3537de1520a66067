"""Changing a plan and a project by hand: each post is one revision or one change, and can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.kit import clock
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import operations as plans_operations
from watchfloor.plans import queries as plans
from watchfloor.plans.document import Activity
from watchfloor.plans.edits import (
    AddActivity,
    AddDependency,
    ChangeActivity,
    Edit,
    RemoveActivity,
    RemoveDependency,
    SetOptions,
)
from watchfloor.portfolio import operations as portfolio_operations
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web import project as content
from watchfloor.web import sent
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.past import knows_the_past
from watchfloor.web.plan_forms import ActivityForm, LinkForm, OptionsForm, ProjectForm
from watchfloor.web.views.projects import activity_context
from watchfloor.web.words import STAGES, word


@require_http_methods(["GET", "POST"])
def new_project(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    offered = [row for row in portfolio.programmes(viewer) if viewer.may_in_programme("project.manage", row.id)]
    if not offered and not viewer.may("project.manage"):
        raise NotAllowed(_("Your role may not create projects."))
    home = portfolio.organisation()
    initial = {"currency": home.currency, "time_zone": home.time_zone, "country": home.country} if home else {}
    form = ProjectForm(request.POST or None, initial=initial)
    form.fields["programme_code"].choices = [(row.code, row.name) for row in offered]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            made = portfolio_operations.create_project(viewer, now=clock.now(), **form.cleaned_data)
        except WatchfloorError as problem:
            _blame(form, problem)
        else:
            messages.success(request, _("%(code)s was created.") % {"code": made.code})
            return redirect("project", code=made.code)
    context = {**shell(request), "form": form, "programmes": offered, "is_new": True}
    return page(request, "project/form.html", context, section="portfolio", status=_status(form))


@require_http_methods(["GET", "POST"])
def change_project(request: HttpRequest, code: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    if not viewer.may("project.manage", project.id):
        raise NotAllowed(_("Your role may not change this project."))
    names = list(ProjectForm.base_fields)
    form = ProjectForm(request.POST or None, initial={name: getattr(project, name) for name in names})
    form.fields["programme_code"].choices = [  # type: ignore[attr-defined]
        (row.code, row.name) for row in portfolio.programmes(viewer)
    ]
    del form.fields["stage"]
    if request.method == "POST" and form.is_valid():
        wanted = {name: value for name, value in form.cleaned_data.items() if getattr(project, name) != value}
        try:
            changed = portfolio_operations.change_project(
                viewer, project.id, expected_version=sent.version(request), now=clock.now(), **wanted
            )
        except WatchfloorError as problem:
            _blame(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("project", code=changed.code)
    context = {
        **shell(request),
        **content.head(viewer, project),
        "form": form,
        "tab": "settings",
        "next_stages": content.next_stages(viewer, project),
        "revision": _head_number(project),
        "options_form": _options_form(viewer, project),
    }
    return page(request, "project/form.html", context, section="portfolio", status=_status(form))


def _options_form(viewer: Viewer, project: ProjectRecord) -> OptionsForm | None:
    """None without a plan, or for whom may not change it."""
    plan = plans.head_plan(viewer, project.id) if viewer.may("plan.edit", project.id) else None
    return OptionsForm(options=plan.options) if plan is not None else None


@require_POST
def set_options(request: HttpRequest, code: str) -> HttpResponse:
    """How the plan is scheduled."""
    viewer = viewer_of(request)
    project = _editable(viewer, code)
    form = OptionsForm(request.POST, options=plans.plan(viewer, project.id).options)
    words = _("How the schedule is computed was changed.")
    if form.is_valid() and _apply(request, project, [SetOptions(form.said())], form, words):
        return redirect("project-settings", code=code)
    said = {name: " ".join(map(str, words)) for name, words in form.errors.items()}
    raise Invalid(" ".join(f"{form.fields[name].label}: {words}" for name, words in said.items()))


@require_POST
def set_stage(request: HttpRequest, code: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    try:
        day = forms.DateField(required=False).clean(request.POST.get("review_on", ""))
    except forms.ValidationError as problem:
        raise Invalid(" ".join(problem.messages), place="review_on") from problem
    changed = portfolio_operations.set_stage(
        viewer,
        project.id,
        request.POST.get("stage", ""),
        reason=request.POST.get("reason", ""),
        review_on=day,
        expected_version=sent.version(request),
        now=clock.now(),
    )
    words = _("%(code)s is now %(stage)s.") % {"code": code, "stage": word(STAGES, changed.stage).lower()}
    messages.success(request, words, extra_tags=f"/projects/{code}/stage/take-back")
    return redirect("project", code=code)


@require_POST
def take_back_stage(request: HttpRequest, code: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    changed = portfolio_operations.take_back_stage(viewer, project.id, now=clock.now())
    words = _("%(code)s is %(stage)s again.") % {"code": code, "stage": word(STAGES, changed.stage).lower()}
    messages.success(request, words)
    return redirect("project", code=code)


@require_http_methods(["GET", "POST"])
def new_activity(request: HttpRequest, code: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = _editable(viewer, code)
    form = ActivityForm(request.POST or None, initial={"kind": "task", "duration_h": "40", "percent_complete": "0"})
    form.fields["key"] = forms.CharField(label=_("Key"), max_length=120, help_text=_("Unique in the project; stays."))
    form.order_fields(["key", "name"])
    if request.method == "POST" and form.is_valid():
        key = form.cleaned_data["key"].strip()
        fields = form.changes(None, project.currency)
        edit = AddActivity(Activity(key=key, code=key, **fields))
        if _apply(request, project, [edit], form, _("%(key)s was added.") % {"key": key}):
            return redirect("activity", code=code, key=key)
    context = {**shell(request), **content.head(viewer, project), "form": form, "tab": "activities"}
    context["revision"] = _head_number(project)
    return page(request, "project/activity_new.html", context, section="portfolio", status=_status(form))


@require_POST
def change_activity(request: HttpRequest, code: str, key: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = _editable(viewer, code)
    before = plans.activity(viewer, project.id, key).activity
    form = ActivityForm(request.POST, kind=before.kind.value)
    if form.is_valid():
        fields = form.changes(before, project.currency)
        if not fields:
            messages.info(request, _("Nothing was changed."))
            return redirect("activity", code=code, key=key)
        if _apply(request, project, [ChangeActivity(key, fields)], form, _("%(key)s was changed.") % {"key": key}):
            return redirect("activity", code=code, key=key)
    return _again(request, viewer, project, key, form=form)


@require_POST
def remove_activity(request: HttpRequest, code: str, key: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = _editable(viewer, code)
    form = forms.Form(request.POST)
    if form.is_valid() and _apply(
        request, project, [RemoveActivity(key)], form, _("%(key)s was removed.") % {"key": key}
    ):
        return redirect("activities", code=code)
    return _again(request, viewer, project, key)


@require_POST
def add_link(request: HttpRequest, code: str, key: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = _editable(viewer, code)
    form = LinkForm(request.POST)
    if form.is_valid() and _apply(
        request, project, [AddDependency(form.dependency(key))], form, _("The link was added.")
    ):
        return redirect("activity", code=code, key=key)
    return _again(request, viewer, project, key, link_form=form)


@require_POST
def remove_link(request: HttpRequest, code: str, key: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = _editable(viewer, code)
    form = forms.Form(request.POST)
    link = request.POST.get("link", "")
    if form.is_valid() and _apply(request, project, [RemoveDependency(link)], form, _("The link was removed.")):
        return redirect("activity", code=code, key=key)
    return _again(request, viewer, project, key)


@require_GET
@knows_the_past
def changes(request: HttpRequest, code: str) -> HttpResponse:
    """Every revision of the plan, newest first."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    before = sent.number(request.GET.get("before"))
    rows = plans.revisions(viewer, project.id, 50, before=before)
    context = {
        **shell(request),
        **content.head(viewer, project),
        "tab": "changes",
        "revisions": rows,
        "standing": plans.baseline_standing(viewer, project.id),
        "older": rows[-1].number if len(rows) == 50 else None,
    }
    return page(request, "project/changes.html", context, section="portfolio")


@require_GET
@knows_the_past
def change(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One revision: what it changed, and how to take it back."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    found = plans.revision_difference(viewer, project.id, number)
    context = {
        **shell(request),
        **content.head(viewer, project),
        "tab": "changes",
        "found": found,
        "revision": found.revision,
        "activities": found.difference.activities[:300],
        "links": found.difference.links[:300],
        "more": max(0, len(found.difference.activities) - 300),
    }
    return page(request, "project/change.html", context, section="portfolio")


@require_POST
def undo_change(request: HttpRequest, code: str, number: int) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    made = plans_operations.undo(viewer, project.id, number, now=clock.now())
    words = _("Revision %(number)s was taken back.") % {"number": number}
    messages.success(request, words, extra_tags=f"/projects/{code}/changes/{made.number}/undo")
    return redirect("changes", code=code)


def _editable(viewer: Viewer, code: str) -> ProjectRecord:
    project = portfolio.project(viewer, code)
    if not viewer.may("plan.edit", project.id):
        raise NotAllowed(_("Your role may not change this plan."))
    return project


def _apply(request: HttpRequest, project: ProjectRecord, edits: Sequence[Edit], form: forms.Form, words: str) -> bool:
    """Store the edits as one revision and offer to take it back; what was wrong is written to the form."""
    try:
        made = plans_operations.edit_plan(
            viewer_of(request),
            project.id,
            edits,
            expected_revision=sent.number(request.POST.get("revision")),
            reason=request.POST.get("reason", "")[:300],
            now=clock.now(),
        )
    except WatchfloorError as problem:
        _blame(form, problem)
        return False
    if made is not None:
        undo = "" if made.number == 1 else f"/projects/{project.code}/changes/{made.number}/undo"
        messages.success(request, words, extra_tags=undo)
    return True


def _again(request: HttpRequest, viewer: Viewer, project: ProjectRecord, key: str, **forms_: Any) -> HttpResponse:
    """The activity's page once more, with what was typed and what was wrong with it."""
    context = {
        **shell(request),
        **content.head(viewer, project),
        **activity_context(viewer, project, key),
        **forms_,
        "is_editing": True,
    }
    status = 409 if any(getattr(form, "is_conflict", False) for form in forms_.values()) else 422
    return page(request, "project/activity.html", context, section="portfolio", status=status)


def _blame(form: forms.Form, problem: WatchfloorError) -> None:
    """Put an error beside the field it names, else above the form."""
    if isinstance(problem, Conflict):
        form.is_conflict = True  # type: ignore[attr-defined]
    elif not isinstance(problem, Invalid | NotAllowed) and problem.status not in (404, 422):
        raise problem
    words = f"{problem} {problem.remedy}".strip()
    form.add_error(problem.place if problem.place in form.fields else None, words)


def _status(form: forms.Form) -> int:
    if not form.is_bound or form.is_valid():
        return 200
    return 409 if getattr(form, "is_conflict", False) else 422


def _head_number(project: ProjectRecord) -> int:
    head = plans.head_revision(project.id)
    return head.number if head else 0
