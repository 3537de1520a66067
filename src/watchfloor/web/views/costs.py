"""Costs of a project: the overview, the ledger, reports brought in, reserves; and the rates of the organisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.exchange import cost_files
from watchfloor.exchange.cost_records import CostCheck, CostOptions
from watchfloor.exchange.formats.sheet.cost_rows import FIELDS, CostMapping
from watchfloor.exchange.rate_files import import_rates
from watchfloor.kit import clock
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound, WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.money import history
from watchfloor.money import operations as money
from watchfloor.money import queries as money_queries
from watchfloor.money.amount import minor_digits
from watchfloor.money.queries import RateRecord
from watchfloor.plans import operations
from watchfloor.plans.cost_records import KINDS
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web import costs as content
from watchfloor.web import project as project_content
from watchfloor.web.page import page, shell, viewer_of

_PAGE = 100


@require_GET
def costs(request: HttpRequest, code: str) -> HttpResponse:
    """What it costs by control account, where the reserves stand, and what was brought in."""
    viewer, project = _seen(request, code)
    context = {
        **shell(request),
        **project_content.head(viewer, project),
        **content.overview(viewer, project),
        "tab": "costs",
    }
    return page(request, "project/costs.html", context, section="portfolio")


@require_GET
def ledger(request: HttpRequest, code: str) -> HttpResponse:
    """The entries a figure is made of."""
    viewer, project = _seen(request, code)
    context = {
        **shell(request),
        **project_content.head(viewer, project),
        **content.ledger(viewer, project, request.GET.dict(), size=_PAGE),
        "tab": "costs",
    }
    return page(request, "project/ledger.html", context, section="portfolio")


@require_POST
def give_report(request: HttpRequest, code: str) -> HttpResponse:
    viewer, project = _seen(request, code)
    file = request.FILES.get("file")
    if getattr(request, "upload_too_large", False):
        raise Invalid(_("The file is larger than this server takes."), remedy=_("Split the report."))
    if file is None or isinstance(file, list):
        raise Invalid(_("No file arrived."), remedy=_("Choose a file, or drop one here."))
    made = cost_files.open_cost_file(
        viewer, file, project_id=project.id, source_name=str(file.name or "costs"), now=clock.now()
    )
    return redirect("cost-report", code=code, file_id=made.id)


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, code: str, file_id: int) -> HttpResponse:
    """One report under its mapping: what it holds, what is wrong, whether it adds up; then recorded or thrown away."""
    viewer, project = _seen(request, code)
    found = cost_files.cost_file(viewer, file_id)
    if found.project_id != project.id:
        raise NotFound(_("There is no such cost report."))
    if found.state != "open":
        return redirect("costs", code=code)
    if request.POST.get("do") == "discard":
        cost_files.discard_cost_file(viewer, file_id, now=clock.now())
        messages.success(request, _("The report was thrown away; nothing of it was recorded."))
        return redirect("costs", code=code)
    name, mapping = cost_files.mapping_for(viewer, file_id)
    options, problem = CostOptions(), None
    if request.method == "POST":
        name, mapping = request.POST.get("name", ""), _mapping(request.POST.dict(), mapping)
    checked = None
    try:
        if request.method == "POST":
            options = _options(request.POST.dict(), project)
        if request.POST.get("do") == "record":
            done = cost_files.record_costs(viewer, file_id, mapping, options, name=name, now=clock.now())
            if not done.errors:
                _say_recorded(request, done)
                return redirect("costs", code=code)
            checked = done
        else:
            checked = cost_files.check_costs(viewer, file_id, mapping, options, now=clock.now())
    except (Invalid, Conflict) as refused:
        problem = refused
        if isinstance(refused, Conflict):
            checked = cost_files.check_costs(viewer, file_id, mapping, options, now=clock.now())
    context = {
        **shell(request),
        **project_content.head(viewer, project),
        **content.report(found, name, mapping, options, checked),
        "problem": problem,
        "tab": "costs",
    }
    status = 422 if request.method == "POST" and (problem or (checked and checked.errors)) else 200
    return page(request, "project/cost_report.html", context, section="portfolio", status=status)


@require_POST
def reverse(request: HttpRequest, code: str, number: int) -> HttpResponse:
    viewer, project = _seen(request, code)
    operations.reverse_batch(viewer, project.id, number, reason=request.POST.get("reason", ""), now=clock.now())
    messages.success(request, _("Batch %(number)s was taken back; both stay in the ledger.") % {"number": number})
    return redirect("costs", code=code)


@require_POST
def propose(request: HttpRequest, code: str) -> HttpResponse:
    viewer, project = _seen(request, code)
    said = request.POST.dict()
    minor = _minor(said.get("amount", ""), project.currency, place="amount")
    operations.propose_reserve_change(
        viewer,
        project.id,
        kind=said.get("kind", ""),
        amount_minor=minor if said.get("direction") == "add" else -minor,
        account=said.get("account", "") if said.get("direction") != "add" else "",
        reason=said.get("reason", ""),
        reference=said.get("reference", ""),
        now=clock.now(),
    )
    messages.success(request, _("Proposed. It moves nothing until somebody else approves it."))
    return redirect("costs", code=code)


@require_POST
def decide(request: HttpRequest, code: str, change_id: int) -> HttpResponse:
    viewer, project = _seen(request, code)
    approve = request.POST.get("do") == "approve"
    operations.decide_reserve_change(
        viewer, project.id, change_id, approve=approve, note=request.POST.get("note", ""), now=clock.now()
    )
    messages.success(request, _("Approved.") if approve else _("Refused."))
    return redirect("costs", code=code)


@require_POST
def withdraw(request: HttpRequest, code: str, change_id: int) -> HttpResponse:
    viewer, project = _seen(request, code)
    operations.withdraw_reserve_change(viewer, project.id, change_id, now=clock.now())
    messages.success(request, _("Taken back."))
    return redirect("costs", code=code)


@require_http_methods(["GET", "POST"])
def rates(request: HttpRequest) -> HttpResponse:
    """Dated exchange rates: what is known, and more by hand, by file or from the bundled history."""
    viewer = viewer_of(request)
    problem: WatchfloorError | None = None
    if request.method == "POST":
        if not viewer.may("cost.edit"):
            raise NotAllowed(_("Only who manages the money of the organisation records exchange rates."))
        try:
            messages.success(request, _take_rates(request, viewer))
            return redirect("rates")
        except WatchfloorError as refused:
            problem = refused
    home = portfolio.organisation()
    base = request.GET.get("base", "")[:3]
    context = {
        **shell(request),
        "pairs": money_queries.rate_pairs(viewer),
        "rates": money_queries.rates(viewer, base=base, quote=request.GET.get("quote", "")[:3], limit=25),
        "chosen": base,
        "may_edit": viewer.may("cost.edit"),
        "home": home,
        "problem": problem,
        "row_errors": getattr(problem, "errors", ())[:50],
        "history_ends": history.history_ends() if viewer.may("cost.edit") else None,
        "history_currencies": history.currencies() if viewer.may("cost.edit") else (),
        "today": clock.now().date(),
    }
    return page(request, "rates.html", context, section="rates", status=422 if problem else 200)


def _take_rates(request: HttpRequest, viewer: Viewer) -> str:
    said, now = request.POST.dict(), clock.now()
    match said.get("do"):
        case "file":
            file = request.FILES.get("file")
            if file is None or isinstance(file, list):
                raise Invalid(_("No file arrived."), remedy=_("Choose a file, or drop one here."))
            read = import_rates(
                viewer, file, source_name=str(file.name or "rates"), source=said.get("source", ""),
                decimal=said.get("decimal", "."), dates=said.get("dates", "ymd"), now=now,
            )  # fmt: skip
            return _("%(n)s rates were recorded.") % {"n": read.count}
        case "history":
            taken = money.record_bundled(
                viewer,
                currencies=[each.upper() for each in request.POST.getlist("currencies")],
                first=_day(said.get("first", ""), "first"),
                last=_day(said.get("last", ""), "last"),
                now=now,
            )
            end = (
                _(" The bundled history ends on %(day)s.") % {"day": taken.history_ends.isoformat()}
                if taken.after_end
                else ""
            )
            return _("%(n)s rates were recorded.") % {"n": len(taken.rates)} + end
        case _:
            row = RateRecord(
                said.get("base", "").strip().upper(),
                said.get("quote", "").strip().upper(),
                _day(said.get("on", ""), "on"),
                _decimal(said.get("value", ""), "value"),
                said.get("source", "").strip()[:60] or _("by hand"),
            )
            money.record_rates(viewer, [row], now)
            return _("The rate was recorded; stored figures keep theirs.")


def _seen(request: HttpRequest, code: str) -> tuple[Viewer, ProjectRecord]:
    viewer = viewer_of(request)
    return viewer, portfolio.project(viewer, code)


def _mapping(said: Mapping[str, str], begun: CostMapping) -> CostMapping:
    columns = {name: said[f"column-{name}"] for name in FIELDS if said.get(f"column-{name}")}
    kind = said.get("kind", "")
    return CostMapping(
        columns,
        kind if kind in KINDS else "",
        said.get("currency", "").strip().upper()[:3],
        said.get("decimal", begun.decimal),
        said.get("dates", begun.dates),
        said.get("sign", begun.sign),
        begun.header_line,
    )


def _options(said: Mapping[str, str], project: ProjectRecord) -> CostOptions:
    totals = {}
    for name, text in said.items():
        if name.startswith("total-") and text.strip():
            currency = name.removeprefix("total-").upper()[:3]
            totals[currency] = _minor(text, currency, place=name)
    return CostOptions(
        totals, said.get("accept_difference", "")[:300], said.get("reason", "")[:300], said.get("restate") == "on"
    )


def _minor(text: str, currency: str, *, place: str) -> int:
    scaled = _decimal(text, place).scaleb(minor_digits(currency))
    if scaled != scaled.to_integral_value() or abs(scaled) > 2**62:
        raise Invalid(_("Write an amount like 1234.50."), place=place)
    return int(scaled)


def _decimal(text: str, place: str) -> Decimal:
    try:
        value = Decimal(text.strip().replace(" ", "").replace("\u00a0", ""))
    except InvalidOperation:
        raise Invalid(_("Write a number like 1234.50."), place=place) from None
    if not value.is_finite():
        raise Invalid(_("Write a number like 1234.50."), place=place)
    return value


def _day(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("Write a day like 2026-03-31."), place=place) from None


def _say_recorded(request: HttpRequest, done: CostCheck) -> None:
    if done.new:
        words = _("%(new)s lines recorded, %(known)s stood there already.")
        messages.success(request, words % {"new": done.new, "known": done.known})
    else:
        messages.info(request, _("The ledger holds all of it already; nothing was recorded twice."))
    if done.left_out_count:
        words = ngettext(
            "%(count)d line of an earlier report for the same periods is not in this one; it stays.",
            "%(count)d lines of earlier reports for the same periods are not in this one; they stay.",
            done.left_out_count,
        )
        messages.warning(request, words % {"count": done.left_out_count})
