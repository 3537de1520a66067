"""Baselines: which holds, what it says of each activity, and the two acts that make one: proposed, then approved."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import AsOf, looking, viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.forecasts import operations as forecasts
from watchfloor.forecasts.against_baseline import BaselineComparison, against_baseline
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.plans import operations, queries
from watchfloor.plans.operations import Proposal, Scope
from watchfloor.plans.records import BaselineStanding, BaselineSummary
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["baselines"])


class ProposalIn(Schema):
    """A baseline from a revision (by number; the newest where none is named), or one that came inside a file (by id).

    Where one is approved already, this is a re-baseline and needs ``reason`` and ``authority``.
    """

    name: str
    reason: str = ""
    authority: str = ""
    reference: str = ""
    revision: int | None = None
    imported_baseline: int | None = None


class AmendmentIn(Schema):
    """An approved change: what the plan says for the scope, from its data date on. Without a scope, all of it."""

    name: str
    reason: str
    authority: str
    reference: str = ""
    revision: int | None = None
    activities: list[str] = []
    wbs: list[str] = []
    control_accounts: list[str] = []


class RefusalIn(Schema):
    reason: str


@router.get("/projects/{code}/baseline", response=responses(BaselineStanding))
def read_standing(request: HttpRequest, code: str, as_of: AsOf = None) -> Any:
    """Which baselines hold: current, previous and original, or the provisional one; and what waits for approval."""
    who = looking(request, as_of)
    return queries.baseline_standing(who, portfolio.project(who, code).id)


@router.get("/projects/{code}/baselines", response=responses(Page[BaselineSummary]))
def list_baselines(
    request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None
) -> Any:
    """Every baseline of a project, also those proposed, declined or inside a file, newest first."""
    who = looking(request, as_of)
    return page(queries.baselines(who, portfolio.project(who, code).id), limit=limit, offset=offset)


@router.post("/projects/{code}/baselines", response=responses(BaselineSummary, status=201))
def propose_baseline(request: HttpRequest, code: str, body: ProposalIn) -> Any:
    """Freeze a plan with computed dates, budget and today's rates, and put it to whoever may approve."""
    who = viewer(request)
    source: forecasts.AtRevision | forecasts.InsideFile = forecasts.AtRevision(body.revision)
    if body.imported_baseline is not None:
        source = forecasts.InsideFile(body.imported_baseline)
    proposal = Proposal(body.name, reason=body.reason, authority=body.authority, reference=body.reference)
    project_id = portfolio.project(who, code).id
    made = forecasts.propose_baseline(who, project_id, source, proposal, now=clock.now())
    return Status(201, queries.shown_baseline(who, made))


@router.post("/projects/{code}/baselines/amendments", response=responses(BaselineSummary, status=201))
def propose_amendment(request: HttpRequest, code: str, body: AmendmentIn) -> Any:
    """Amend the current baseline for a scope; what was planned before the data date stays as it was."""
    who = viewer(request)
    scope = Scope(tuple(body.activities), tuple(body.wbs), tuple(body.control_accounts))
    proposal = Proposal(body.name, reason=body.reason, authority=body.authority, reference=body.reference)
    project_id = portfolio.project(who, code).id
    source = forecasts.Amending(scope, body.revision)
    made = forecasts.propose_baseline(who, project_id, source, proposal, now=clock.now())
    return Status(201, queries.shown_baseline(who, made))


@router.get("/projects/{code}/baselines/{baseline_id}", response=responses(BaselineSummary))
def read_baseline(request: HttpRequest, code: str, baseline_id: int, as_of: AsOf = None) -> Any:
    """One baseline: where it stands, what it froze, who proposed and who approved it, why."""
    who = looking(request, as_of)
    found = queries.baselines(who, portfolio.project(who, code).id)
    for each in found:
        if each.id == baseline_id:
            return each
    raise NotFound("There is no such baseline.")


@router.get("/projects/{code}/baselines/{baseline_id}/activities", response=responses(BaselineComparison))
def compare_baseline(
    request: HttpRequest,
    code: str,
    baseline_id: int,
    *,
    show: Literal["all", "later", "earlier", "changed", "gone", "new"] = "all",
    limit: Limit = 50,
    offset: Offset = 0,
    as_of: AsOf = None,
) -> Any:
    """A baseline beside the newest forecast, activity by activity."""
    who = looking(request, as_of)
    project_id = portfolio.project(who, code).id
    return against_baseline(who, project_id, baseline_id, show=show, limit=limit, offset=offset)


@router.put("/projects/{code}/baselines/{baseline_id}/approval", response=responses(BaselineSummary))
def approve_baseline(request: HttpRequest, code: str, baseline_id: int) -> Any:
    """Make a proposed baseline the current one. Who proposed it cannot."""
    who = viewer(request)
    made = operations.approve_baseline(who, portfolio.project(who, code).id, baseline_id, now=clock.now())
    return queries.shown_baseline(who, made)


@router.put("/projects/{code}/baselines/{baseline_id}/refusal", response=responses(BaselineSummary))
def decline_baseline(request: HttpRequest, code: str, baseline_id: int, body: RefusalIn) -> Any:
    """Turn a proposed baseline down, with a reason."""
    who = viewer(request)
    project_id = portfolio.project(who, code).id
    made = operations.decline_baseline(who, project_id, baseline_id, reason=body.reason, now=clock.now())
    return queries.shown_baseline(who, made)


@router.put("/projects/{code}/baselines/{baseline_id}/withdrawal", response=responses(BaselineSummary))
def withdraw_baseline(request: HttpRequest, code: str, baseline_id: int) -> Any:
    """Take one's own proposal back."""
    who = viewer(request)
    made = operations.withdraw_baseline(who, portfolio.project(who, code).id, baseline_id, now=clock.now())
    return queries.shown_baseline(who, made)
