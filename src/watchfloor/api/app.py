"""REST API v1: the same queries and operations as the pages, with a token and JSON.

Answers are the rooms' records as they are; the OpenAPI document lists them. Within v1 fields are added, never
renamed or removed.
"""

from __future__ import annotations

from watchfloor.api import (
    accounts,
    alertmanager,
    alerts,
    baselines,
    calendars,
    classification,
    costs,
    exchange,
    feeds,
    field_rules,
    forecasts,
    incidents,
    interfaces,
    metrics,
    plans,
    portfolio,
    problems,
    rules,
    submissions,
    system,
    watch,
)
from watchfloor.api.auth import AUTH
from watchfloor.api.document import ExactDocument

api = ExactDocument(
    title="Watchfloor",
    version="1.0.0",
    description="Projects, plans, forecasts, findings and alerts. Errors are problem+json with a stable code.",
    openapi_url="/openapi.json",
    docs_url=None,  # the built-in page loads scripts from elsewhere; docs/user/api.md and the JSON serve instead
    auth=AUTH,
    urls_namespace="api-v1",
)
problems.register(api)
for room in (
    portfolio,
    plans,
    baselines,
    classification,
    submissions,
    costs,
    incidents,
    interfaces,
    forecasts,
    alerts,
    rules,
    watch,
    metrics,
    alertmanager,
    exchange,
    feeds,
    field_rules,
    calendars,
    accounts,
    system,
):
    api.add_router("", room.router)
