"""Which codes and fields of files fill fields of the product."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from watchfloor.exchange import operations, queries
from watchfloor.exchange.field_rules import TARGETS
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid
from watchfloor.portfolio import queries as portfolio
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.words import FIELD_TARGETS


@require_http_methods(["GET", "POST"])
def field_rules(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    problem: Invalid | None = None
    if request.method == "POST":
        try:
            place, _colon, code = request.POST.get("place", "").partition(":")
            operations.set_field_rule(
                viewer,
                target=request.POST.get("target", ""),
                source=f"{request.POST.get('kind', '')}:{request.POST.get('name', '').strip()}",
                values=translations(request.POST.get("values", "")),
                project_code=code if place == "project" else "",
                programme_code=code if place == "programme" else "",
                now=clock.now(),
            )
        except Invalid as refused:
            problem = refused
        else:
            messages.success(request, _("The next import fills it."))
            return redirect("field-rules")
    context = {
        **shell(request),
        "rules": queries.field_rules(viewer),
        "targets": [(target, str(FIELD_TARGETS[target])) for target in TARGETS],
        "projects": [row for row in portfolio.projects(viewer) if viewer.may("project.manage", row.id)],
        "programmes": [
            row for row in portfolio.programmes(viewer) if viewer.may_in_programme("project.manage", row.id)
        ],
        "may_for_all": viewer.may("project.manage"),
        "said": request.POST,
        "said_values": request.POST.get("values", ""),
        "problem": problem,
    }
    return page(request, "imports/field_rules.html", context, section="imports", status=422 if problem else 200)


@require_POST
def remove_field_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    operations.remove_field_rule(viewer_of(request), rule_id, now=clock.now())
    messages.success(request, _("The rule is gone; what it set stays."))
    return redirect("field-rules")


def translations(text: str) -> dict[str, str]:
    """Lines like ``G = on`` as a mapping.

    Raises:
        Invalid: a line without an equals sign.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        value, sign, to = line.partition("=")
        if not sign:
            raise Invalid(
                _("Line %(number)d has no =.") % {"number": number},
                remedy=_("Write one translation a line, like G = on."),
                place="values",
            )
        found[value.strip()] = to.strip()
    return found
