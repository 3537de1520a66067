"""The journal: what happened, who did it, and whether anybody changed the record of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from watchfloor.journal import verifying
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.web import audit
from watchfloor.web.page import long_sheet, page, shell, viewer_of
from watchfloor.web.past import knows_the_past


@require_GET
@knows_the_past
def log(request: HttpRequest) -> HttpResponse:
    """What happened, newest first; since the last visit, of one project, or by any filter."""
    viewer = viewer_of(request)
    choice = audit.Choice.of(request.GET.dict())
    return page(request, "log/page.html", {**shell(request), **audit.page(viewer, choice)}, section="log")


@require_GET
@knows_the_past
def log_file(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """The facts that the filters leave, oldest first, as CSV or JSON."""
    viewer = viewer_of(request)
    choice = audit.Choice.of(request.GET.dict())
    audit.need_audit(viewer, audit.project_of(viewer, choice))
    choice.narrowing(viewer.time_zone)  # what is wrong is said before the first line is sent
    if kind == "csv":
        return long_sheet("journal.csv", audit.CSV_HEADER, audit.csv_rows(viewer, choice))
    answer = StreamingHttpResponse(audit.json_parts(viewer, choice), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="journal.json"'
    return answer


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Check the chain, and a head if one was given."""
    viewer = viewer_of(request)
    if not viewer.may("journal.view"):
        raise NotAllowed(_("The journal is verified by who may read all of it."))
    stated = request.POST.get("head", "").strip()
    if stated:
        try:
            checked = verifying.check_head(stated)
        except Invalid as wrong:
            messages.error(request, f"{wrong} {wrong.remedy}")
            return redirect("log")
        tell = messages.success if checked.holds else messages.error
        tell(request, _VERDICTS[checked.verdict]())
    found = verifying.verify(viewer, full=request.POST.get("full") == "yes", now=clock.now())
    if found.broken_at is not None:
        messages.error(request, _("Fact %(id)s does not follow from the one before it.") % {"id": found.broken_at})
    elif found.is_complete:
        messages.success(request, _("The chain is unbroken up to fact %(id)s.") % {"id": found.position})
    else:
        messages.info(request, _("Sound up to fact %(id)s; verify again to go on.") % {"id": found.position})
    return redirect("log")


_VERDICTS = {
    "holds": lambda: _("The journal still holds that head."),
    "not_ours": lambda: _("That head was not signed by this installation, or its key was replaced."),
    "gone": lambda: _("The last fact of that head is gone: newest facts were cut off."),
    "rewritten": lambda: _("That fact says something else now: the journal was rewritten."),
    "recounted": lambda: _("Facts before that head were added or removed."),
}
