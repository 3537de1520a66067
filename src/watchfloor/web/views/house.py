"""The organisation itself: its name, the sample, and the work in progress."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.jobs import operations as job_operations
from watchfloor.jobs import queries as jobs
from watchfloor.kit import clock
from watchfloor.kit.errors import NotAllowed, WatchfloorError
from watchfloor.portfolio import operations, queries
from watchfloor.sample import work as sample
from watchfloor.web.organisation_forms import OrganisationForm, ProgrammeForm
from watchfloor.web.page import page, shell, viewer_of


@require_http_methods(["GET", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    if not viewer.may("user.manage"):
        raise NotAllowed(_("Only an administrator changes the organisation."))
    home = queries.organisation()
    names = list(OrganisationForm.base_fields)
    initial = {name: getattr(home, name) for name in names} if home else {"currency": "EUR", "time_zone": "UTC"}
    form = OrganisationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            operations.set_up_organisation(viewer, now=clock.now(), **form.cleaned_data)
        except WatchfloorError as problem:
            form.add_error(problem.place if problem.place in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings")
    projects = queries.projects(viewer)
    context = {
        **shell(request),
        "form": form,
        "programme_form": ProgrammeForm(),
        "programmes": queries.programmes(viewer),
        "has_sample": any(row.origin == "sample" for row in projects),
        "sample_job": sample.running(),
        "may_load_sample": viewer.may("sample.manage"),
        "jobs": jobs.jobs(viewer, limit=30),
    }
    return page(request, "people/organisation.html", context, section="settings", status=422 if form.errors else 200)


@require_POST
def add_programme(request: HttpRequest) -> HttpResponse:
    form = ProgrammeForm(request.POST)
    if form.is_valid():
        made = operations.create_programme(viewer_of(request), now=clock.now(), **form.cleaned_data)
        messages.success(request, _("%(name)s was created.") % {"name": made.name})
    else:
        messages.error(request, _("A programme needs a code and a name."))
    return redirect("settings")


@require_POST
def load_sample(request: HttpRequest) -> HttpResponse:
    sample.start_load(viewer_of(request), now=clock.now())
    messages.success(request, _("The sample is being loaded. You can watch it come in."))
    return redirect("floor")


@require_POST
def remove_sample(request: HttpRequest) -> HttpResponse:
    sample.start_removal(viewer_of(request), now=clock.now())
    messages.success(request, _("The sample is being removed."))
    return redirect("settings")


@require_POST
def cancel_job(request: HttpRequest, job_id: int) -> HttpResponse:
    job_operations.ask_cancel(viewer_of(request), job_id, now=clock.now())
    messages.success(request, _("It stops at its next step."))
    return redirect("jobs")


@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    context = {**shell(request), "jobs": jobs.jobs(viewer, limit=100)}
    return page(request, "log/jobs.html", context, section="log")
