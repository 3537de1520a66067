"""Who is told, in which order: escalation policies."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from watchfloor.accounts import queries as accounts
from watchfloor.alerts import policies
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.watch_forms import PolicyForm, place_of, put_into


@require_http_methods(["GET", "POST"])
def escalation(request: HttpRequest) -> HttpResponse:
    """Who is told, in which order: the policies, and a form that begins with the one that is chosen."""
    viewer, now = viewer_of(request), clock.now()
    found = policies.policies(viewer)
    begun = next((each for each in found if str(each.id) == request.GET.get("from", "")), found[0])
    form = PolicyForm(request.POST or None, viewer=viewer, begun=begun)
    if request.method == "POST" and form.is_valid():
        project, programme = place_of(form.cleaned_data["over"])
        try:
            policies.set_policy(viewer, form.draft(), project_code=project, programme_code=programme, now=now)
        except WatchfloorError as problem:
            put_into(form, problem)
        else:
            messages.success(request, _("Open alerts follow it from now on."))
            return redirect("escalation")
    people = {str(each.id): each.full_name for each in accounts.colleagues(viewer).values()}
    context = {
        **shell(request),
        "policies": [(each, bool(each.id) and policies.may_manage(viewer, each)) for each in found],
        "people": people,
        "form": form,
        "may_make": bool(form.fields["over"].choices),  # type: ignore[attr-defined]
        "rows": form.rows(),
    }
    return page(request, "watch/escalation.html", context, section="alerts", status=422 if form.errors else 200)


@require_POST
def remove_policy(request: HttpRequest, policy_id: int) -> HttpResponse:
    policies.remove_policy(viewer_of(request), policy_id, now=clock.now())
    messages.success(request, _("Taken away: the next wider one holds."))
    return redirect("escalation")
