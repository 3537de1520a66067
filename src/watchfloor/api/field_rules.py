"""Codes and fields of files that fill fields of the product at each import."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.exchange import operations, queries
from watchfloor.exchange.fielding import FieldRuleRecord
from watchfloor.kit import clock

router = Router(tags=["exchange"])


class FieldRuleIn(Schema):
    """``target``: reported.overall (or time, cost, scope, risk, people), forecast_finish, path_to_green, client,
    legal_entity, country, stage, responsible. ``source``: code:NAME or field:NAME. ``values`` translate; none keeps
    values as they are. For one project, the projects of a programme, or all when neither is named.
    """

    target: str
    source: str
    values: dict[str, str] = {}
    project_code: str = ""
    programme_code: str = ""


@router.get("/field-rules", response=responses(Page[FieldRuleRecord]))
def list_field_rules(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Which codes and fields fill what; the nearest rule of a target counts."""
    return page(queries.field_rules(viewer(request)), limit=limit, offset=offset)


@router.put("/field-rules", response=responses(FieldRuleRecord))
def set_field_rule(request: HttpRequest, body: FieldRuleIn) -> Any:
    """Set the rule of one target in one place, from the next import on; it replaces the one that was there."""
    return operations.set_field_rule(viewer(request), now=clock.now(), **body.dict())


@router.delete("/field-rules/{rule_id}", response=responses(None, status=204))
def remove_field_rule(request: HttpRequest, rule_id: int) -> Any:
    """Take a rule away; what it set stays."""
    operations.remove_field_rule(viewer(request), rule_id, now=clock.now())
    return Status(204, None)
