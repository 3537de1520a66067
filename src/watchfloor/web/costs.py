"""The cost page of a project: figures with their as-of, lines of the budget, reserves, what was brought in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.exchange import cost_files
from watchfloor.exchange.cost_records import CostCheck, CostFileRecord, CostOptions
from watchfloor.exchange.formats.sheet.cost_rows import FIELDS, CostMapping
from watchfloor.forecasts.cost_view import CostOverview, cost_overview
from watchfloor.forecasts.earned_view import OWN, EarnedView, earned_view
from watchfloor.kit.errors import Invalid
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import minor_digits
from watchfloor.money.variance import summed
from watchfloor.plans import queries as plans
from watchfloor.plans.cost_records import KINDS
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web.explained import explained, method_words, reason_words

_BATCHES_SHOWN = 12
# What a figure is made of: balances of its own day only.
_STANDING: Mapping[str, tuple[str, ...]] = {"spent": ("actual", "accrual"), "committed": ("commitment",)}
_ERRORS_SHOWN = 100
_NEEDED = ("account", "period", "amount", "kind", "currency", "reference", "note")


def overview(viewer: Viewer, project: ProjectRecord) -> Mapping[str, Any]:
    """Everything the cost page shows."""
    found = cost_overview(viewer, project.id)
    may_record = viewer.may("cost.edit", project.id)
    record = found.forecast
    view = earned_view(viewer, project, record)
    cpi = record.readings.get("cpi") if record is not None else None
    over = next((line for line in found.budget_lines if line.over_minor), None)
    return {
        "found": found,
        "totals": _totals(found),
        "earned": view,
        "estimates": _told(view),
        "measured": view.measured if view.measured is not None and view.measured.value is not None else None,
        "in_reporting": view.reporting_rate is not None and view.reporting_currency != view.currency,
        "lines": [(line, method_words(line.eac_method)) for line in found.accounts],
        "method": method_words(record.eac_method) if record is not None else "",
        "cpi": cpi,
        "cpi_reason": reason_words(cpi.reason) if cpi is not None else "",
        "dates_differ": bool(found.source == "ledger" and found.spent_on and _is_older(found)),
        "over": over,
        "may_record": may_record,
        "may_decide": viewer.may("baseline.approve", project.id),
        "batches": plans.cost_batches(viewer, project.id, limit=_BATCHES_SHOWN),
        "waiting": [each for each in cost_files.cost_files(viewer, project.id) if each.state == "open"]
        if may_record
        else [],
        "accounts": [line.account for line in found.accounts if line.account],
    }


def ledger(viewer: Viewer, project: ProjectRecord, said: Mapping[str, str], *, size: int) -> Mapping[str, Any]:
    """A page of entries by what the address asks for, with the sums of all that match."""
    offset = max(0, int(said.get("page", "1")) - 1) * size if said.get("page", "1").isdecimal() else 0
    account, kind, batch = said.get("account", ""), said.get("kind", ""), said.get("batch", "")
    found = plans.ledger(
        viewer,
        project.id,
        account=account,
        kinds=_STANDING.get(kind, (kind,) if kind in KINDS else ()),
        standing=kind in _STANDING,
        batch=int(batch) if batch.isdecimal() and len(batch) < 10 else None,
        until=_day(said.get("until", "")),
        limit=size,
        offset=offset,
    )
    number = offset // size + 1
    return {
        "ledger": found,
        "choice": {"account": account, "kind": kind, "batch": batch, "until": said.get("until", "")},
        "kinds": KINDS,
        "accounts": [each.code for each in plans.control_accounts(viewer, project.id)],
        "first": offset + 1,
        "last": offset + len(found.entries),
        "previous_page": number - 1 if number > 1 else "",
        "next_page": number + 1 if offset + size < found.count else "",
    }


def report(
    found: CostFileRecord, name: str, mapping: CostMapping, options: CostOptions, checked: CostCheck | None
) -> Mapping[str, Any]:
    """A report under its mapping: the form, a look at its rows, and what recording it would do."""
    return {
        "file": found,
        "name": name,
        "mapping": mapping,
        "options": options,
        "fields": [(each, mapping.columns.get(each, ""), each in _NEEDED) for each in FIELDS],
        "more_is_open": any(each in mapping.columns for each in KINDS),
        "headings": [(each.lower(), each) for each in found.headings if each],
        "checked": checked,
        "errors": checked.errors[:_ERRORS_SHOWN] if checked is not None else (),
        "more_errors": max(0, len(checked.errors) - _ERRORS_SHOWN) if checked is not None else 0,
        "controls": [
            (each, _major(options.totals.get(each.currency), each.currency))
            for each in (checked.control.totals if checked is not None else ())
        ],
        "kinds": KINDS,
    }


def _told(view: EarnedView) -> Mapping[str, Any]:
    """Each estimate with its name, formula and, where there is none, why."""
    cost = []
    for each in view.cost:
        own = each.method == OWN
        about = explained(each.reading)
        title = _("The manager's own") if own else about.title
        cost.append((each, title, "" if own else about.formula, reason_words(each.withheld)))
    time = [(each, explained(each.reading), reason_words(each.withheld)) for each in view.time]
    return {"cost": cost, "time": time}


def _totals(found: CostOverview) -> Mapping[str, Any]:
    names = (
        "budget_minor", "changes_minor", "planned_minor", "earned_minor", "booked_minor", "accrued_minor",
        "committed_minor",
    )  # fmt: skip
    sums = {name: sum(getattr(line, name) for line in found.accounts) for name in names}
    known = [line.variance for line in found.accounts if line.variance is not None]
    return {**sums, "variance": summed(known) if known else None, "any": bool(found.accounts)}


def _is_older(found: CostOverview) -> bool:
    return (
        found.compared_on is None
        or found.compared_on != found.spent_on
        or (found.earned_on is not None and (found.earned_on.date() - found.compared_on).days > 3)
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("A day is written 2026-03-31.", place="until") from None


def _major(minor: int | None, currency: str) -> str:
    if minor is None:
        return ""
    return format(Decimal(minor).scaleb(-minor_digits(currency)), "f")
