"""Rules that people write over readings."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.detection.rules import operations as rules
from watchfloor.detection.rules.operations import Draft, RuleRecord, Trial
from watchfloor.kit import clock

router = Router(tags=["watch"])


class RuleIn(Schema):
    """What a rule asks (CEL over readings), and what it says when it speaks."""

    name: str
    expression: str
    finding_class: str = "notice"  # alarm, notice, record
    severity: int = 1  # 1 watch, 2 at risk, 3 critical
    hold_for: int = 1
    clear_after: int = 1


class RuleMade(RuleIn):
    """Of a project, a programme, or with neither the organisation."""

    project: str = ""
    programme: str = ""


class RuleChanged(RuleIn):
    expected_version: int | None = None


class SwitchIn(Schema):
    on: bool


@router.get("/rules", response=responses(Page[RuleRecord]))
def list_rules(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Rules over what the caller works inside of."""
    return page(rules.rules(viewer(request)), limit=limit, offset=offset)


@router.post("/rules", response=responses(RuleRecord, status=201))
def make_rule(request: HttpRequest, body: RuleMade) -> Any:
    """Write a rule and try it on history. It is off until it is switched on."""
    made = rules.make(
        viewer(request), _draft(body), project_code=body.project, programme_code=body.programme, now=clock.now()
    )
    return Status(201, made)


@router.post("/rules/trial", response=responses(Trial))
def try_rule(request: HttpRequest, body: RuleMade) -> Any:
    """What a rule would have said in the last weeks, without keeping it."""
    return rules.try_out(
        viewer(request), _draft(body), project_code=body.project, programme_code=body.programme, now=clock.now()
    )


@router.get("/rules/{watch_rule_id}", response=responses(RuleRecord))
def read_rule(request: HttpRequest, watch_rule_id: int) -> Any:
    """One rule."""
    return rules.rule(viewer(request), watch_rule_id)


@router.put("/rules/{watch_rule_id}", response=responses(RuleRecord))
def change_rule(request: HttpRequest, watch_rule_id: int, body: RuleChanged) -> Any:
    """Write it anew. Where it asks something else than before, it is off again."""
    return rules.change(
        viewer(request), watch_rule_id, _draft(body), now=clock.now(), expected_version=body.expected_version
    )


@router.put("/rules/{watch_rule_id}/switch", response=responses(RuleRecord))
def switch_rule(request: HttpRequest, watch_rule_id: int, body: SwitchIn) -> Any:
    """Let it speak, or no longer."""
    return rules.switch(viewer(request), watch_rule_id, on=body.on, now=clock.now())


@router.delete("/rules/{watch_rule_id}", response=responses(None, status=204))
def remove_rule(request: HttpRequest, watch_rule_id: int) -> Any:
    """Take it away; what it said clears."""
    rules.remove(viewer(request), watch_rule_id, now=clock.now())
    return Status(204, None)


def _draft(body: RuleIn) -> Draft:
    return Draft(body.name, body.expression, body.finding_class, body.severity, body.hold_for, body.clear_after)
