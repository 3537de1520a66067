"""Costs by control account, cost reports, reserves and exchange rates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from watchfloor.api.auth import viewer
from watchfloor.api.exchange import TooLarge
from watchfloor.api.paging import Limit, Offset, Page, fetched, page
from watchfloor.api.problems import responses
from watchfloor.exchange import cost_files
from watchfloor.exchange.cost_records import CostMappingRecord, CostOptions
from watchfloor.exchange.records import RowErrorRecord
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.cost_view import CostOverview, cost_overview
from watchfloor.forecasts.earned_view import EarnedView, earned_view
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid
from watchfloor.money import history
from watchfloor.money import operations as money
from watchfloor.money import queries as money_queries
from watchfloor.money.queries import RatePair, RateRecord
from watchfloor.plans import operations, queries
from watchfloor.plans.cost_records import (
    Control,
    CostBatchRecord,
    CostEntryRecord,
    CostLine,
    ReserveChangeRecord,
    ReserveRecord,
)
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["costs"])


class LineIn(Schema):
    """One amount: on which control account, of which kind (budget, actual, accrual, commitment) and period."""

    account: str
    kind: str
    period: date
    amount_minor: int
    currency: str
    reference: str = ""
    note: str = ""
    quantity: Decimal | None = None
    planned_price: Decimal | None = None


class EntriesIn(Schema):
    lines: list[LineIn]
    totals: dict[str, int] = {}  # currency → control total in minor units
    accept_difference: str = ""
    reason: str = ""
    restate: bool = False


class ReasonIn(Schema):
    reason: str


class ReserveChangeIn(Schema):
    """Below zero is a drawdown, which goes to a control account."""

    kind: str
    amount_minor: int
    account: str = ""
    reason: str
    reference: str = ""


class DecisionIn(Schema):
    approve: bool
    note: str = ""


class RateIn(Schema):
    """One unit of ``base`` costs ``value`` of ``quote`` from ``on`` on."""

    base: str
    quote: str
    on: date
    value: Decimal
    source: str = ""


class RatesIn(Schema):
    rates: list[RateIn]


class HistoryIn(Schema):
    """What to take from the bundled central-bank history."""

    currencies: list[str]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many lines are new, and how many the ledger had."""

    batch: int | None
    new: int
    known: int
    restated: int
    older_rates: int  # lines valued with the rate of an earlier day


@dataclass(frozen=True, slots=True)
class Checked:
    """What a cost report holds, and with ``recorded`` what became of it."""

    recorded: bool
    errors: tuple[RowErrorRecord, ...]
    control: Control
    new: int
    known: int
    restated: int
    older_rates: int
    batches: Mapping[str, int]
    left_out: tuple[CostEntryRecord, ...]  # the first imported lines of its kinds and periods that it has not
    left_out_count: int


@dataclass(frozen=True, slots=True)
class TakenRates:
    count: int
    history_ends: date
    after_end: bool  # days were asked for that the bundled history does not reach


@router.get("/projects/{code}/costs", response=responses(CostOverview))
def read_costs(request: HttpRequest, code: str) -> Any:
    """Costs by control account, each figure with its as-of; reserves, budget lines and the variance split."""
    who = viewer(request)
    return cost_overview(who, portfolio.project(who, code).id)


@router.get("/projects/{code}/earned-value", response=responses(EarnedView))
def read_earned_value(request: HttpRequest, code: str) -> Any:
    """Every estimate at completion with its method or reason, and PV, EV and AC at each data date, newest first."""
    who = viewer(request)
    project = portfolio.project(who, code)
    return earned_view(who, project, forecasts.latest_of(who, project.id))


@router.get("/projects/{code}/cost-entries", response=responses(Page[CostEntryRecord]))
def list_entries(
    request: HttpRequest,
    code: str,
    *,
    account: str = "",
    kind: str = "",
    batch: int | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Any:
    """The cost ledger, newest period first."""
    who = viewer(request)
    found = queries.ledger(
        who,
        portfolio.project(who, code).id,
        account=account,
        kinds=(kind,) if kind else (),
        batch=batch,
        since=since,
        until=until,
        limit=limit + 1,
        offset=offset,
    )
    return fetched(found.entries, limit=limit, offset=offset)


@router.post("/projects/{code}/cost-entries", response=responses(Recorded, status=201))
def post_entries(request: HttpRequest, code: str, body: EntriesIn) -> Any:
    """Record lines, all or none; those the ledger holds already are not recorded twice."""
    who = viewer(request)
    lines = [CostLine(**each.dict(), line=at) for at, each in enumerate(body.lines, start=1)]
    posted = operations.post_costs(
        who,
        portfolio.project(who, code).id,
        lines,
        origin="api",
        totals=body.totals,
        accept_difference=body.accept_difference,
        reason=body.reason,
        restate=body.restate,
        now=clock.now(),
    )
    number = posted.batch.number if posted.batch is not None else None
    return Status(201, Recorded(number, posted.new, posted.known, posted.restated, posted.older_rates))


@router.get("/projects/{code}/cost-batches", response=responses(Page[CostBatchRecord]))
def list_batches(request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> Any:
    """What was recorded in one go, newest first, with how it was reconciled."""
    who = viewer(request)
    found = queries.cost_batches(who, portfolio.project(who, code).id, limit=offset + limit + 1)
    return fetched(found[offset:], limit=limit, offset=offset)


@router.post("/projects/{code}/cost-batches/{number}/reversal", response=responses(CostBatchRecord, status=201))
def reverse_batch(request: HttpRequest, code: str, number: int, body: ReasonIn) -> Any:
    """Take a batch back with entries of the opposite sign; both stay."""
    who = viewer(request)
    project_id = portfolio.project(who, code).id
    return Status(201, operations.reverse_batch(who, project_id, number, reason=body.reason, now=clock.now()))


@router.post("/projects/{code}/cost-reports", response=responses(Checked))
def give_report(
    request: HttpRequest,
    code: str,
    *,
    file: File[UploadedFile],
    mapping: Form[str] = "",
    mapping_name: Form[str] = "",
    sheet: Form[str] = "",
    totals: Form[str] = "",
    accept_difference: Form[str] = "",
    reason: Form[str] = "",
    restate: Form[bool] = False,
    dry_run: Form[bool] = False,
) -> Any:
    """Read a cost report (CSV, XLSX) under a mapping and record it, or with ``dry_run`` only say what it holds.

    ``mapping`` is JSON: ``columns`` (field → heading), ``kind``, ``currency``, ``decimal``, ``dates``, ``sign``.
    Without one, ``mapping_name`` names a remembered one, else that of the same headings is taken. ``totals`` is JSON:
    currency → control total in minor units.
    """
    who = viewer(request)
    project_id = portfolio.project(who, code).id
    if getattr(request, "upload_too_large", False):
        raise TooLarge("The file is larger than this server takes.", remedy="Split the report.")
    assert file.file is not None, "Django opened it"
    now = clock.now()
    report = cost_files.open_cost_file(
        who, file.file, project_id=project_id, source_name=file.name or "costs", sheet=sheet, now=now
    )
    recorded = False
    try:
        if mapping:
            how = cost_files.mapping_from(_json(mapping, "mapping"))
        elif mapping_name and any(each.name == mapping_name for each in cost_files.cost_mappings(who)):
            how = cost_files.named_mapping(who, mapping_name)
        else:
            how = cost_files.mapping_for(who, report.id)[1]
        options = CostOptions(_totals(totals), accept_difference, reason, restate)
        if dry_run:
            found = cost_files.check_costs(who, report.id, how, options, now=now)
        else:
            found = cost_files.record_costs(who, report.id, how, options, name=mapping_name, now=now)
            recorded = not found.errors
    finally:
        if not recorded:
            cost_files.discard_cost_file(who, report.id, now=now)
    errors = tuple(RowErrorRecord(e.sheet, e.row, e.column, e.problem, e.remedy) for e in found.errors)
    return Checked(
        recorded, errors, found.control, found.new, found.known, found.restated, found.older_rates, found.batches,
        found.left_out, found.left_out_count,
    )  # fmt: skip


@router.get("/cost-mappings", response=responses(Page[CostMappingRecord]))
def list_mappings(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """How reports of each sender are read, as far as the caller records costs."""
    return page(cost_files.cost_mappings(viewer(request)), limit=limit, offset=offset)


@router.get("/projects/{code}/reserves", response=responses(list[ReserveRecord]))
def read_reserves(request: HttpRequest, code: str) -> Any:
    """Contingency, management reserve and undistributed budget, each with its changes."""
    who = viewer(request)
    return list(queries.reserves(who, portfolio.project(who, code).id))


@router.post("/projects/{code}/reserve-changes", response=responses(ReserveChangeRecord, status=201))
def propose_change(request: HttpRequest, code: str, body: ReserveChangeIn) -> Any:
    """Ask for a drawdown or an increase; nothing moves until somebody else approves."""
    who = viewer(request)
    project_id = portfolio.project(who, code).id
    return Status(201, operations.propose_reserve_change(who, project_id, now=clock.now(), **body.dict()))


@router.put("/projects/{code}/reserve-changes/{change_id}/decision", response=responses(ReserveChangeRecord))
def decide_change(request: HttpRequest, code: str, change_id: int, body: DecisionIn) -> Any:
    """Approve or refuse what somebody else proposed."""
    who = viewer(request)
    project_id = portfolio.project(who, code).id
    return operations.decide_reserve_change(who, project_id, change_id, now=clock.now(), **body.dict())


@router.delete("/projects/{code}/reserve-changes/{change_id}", response=responses(ReserveChangeRecord))
def withdraw_change(request: HttpRequest, code: str, change_id: int) -> Any:
    """Take one's own proposal back while nobody has decided."""
    who = viewer(request)
    project_id = portfolio.project(who, code).id
    return operations.withdraw_reserve_change(who, project_id, change_id, now=clock.now())


@router.get("/rates", response=responses(Page[RateRecord]))
def list_rates(request: HttpRequest, base: str = "", quote: str = "", limit: Limit = 50, offset: Offset = 0) -> Any:
    """Exchange rates, newest first."""
    found = money_queries.rates(viewer(request), base=base, quote=quote, limit=limit + 1, offset=offset)
    return fetched(found, limit=limit, offset=offset)


@router.get("/rate-pairs", response=responses(Page[RatePair]))
def list_pairs(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Pairs of currencies with the days their rates reach from and to."""
    return page(money_queries.rate_pairs(viewer(request)), limit=limit, offset=offset)


@router.post("/rates", response=responses(Page[RateRecord], status=201))
def record_rates(request: HttpRequest, body: RatesIn) -> Any:
    """Record dated rates; stored figures keep the rates they were converted with."""
    who = viewer(request)
    rows = [RateRecord(**each.dict()) for each in body.rates]
    money.record_rates(who, rows, clock.now())
    return Status(201, page(tuple(rows), limit=200, offset=0))


@router.post("/rates/from-history", response=responses(TakenRates, status=201))
def take_history(request: HttpRequest, body: HistoryIn) -> Any:
    """Take rates from the central-bank history that comes with the installation; it ends on a day it names."""
    taken = money.record_bundled(
        viewer(request), currencies=body.currencies, first=body.first, last=body.last, now=clock.now()
    )
    return Status(201, TakenRates(len(taken.rates), history.history_ends(), taken.after_end))


def _json(text: str, place: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        raise Invalid("This is no JSON.", place=place) from None
    if not isinstance(said, dict):
        raise Invalid("This is no JSON object.", place=place)
    return said


def _totals(text: str) -> dict[str, int]:
    said = _json(text, "totals") if text else {}
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in said.values()):
        raise Invalid("A control total is a whole number of minor units.", place="totals")
    return {str(currency).upper(): int(minor) for currency, minor in said.items()}
