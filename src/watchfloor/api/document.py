"""The OpenAPI document, told exactly: problem+json for errors, CSV for tables, no zone on a plan's own clock."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

_AWARE = frozenset(
    {"at", "since", "acknowledge_by", "last_login", "begins", "ends", "snoozed_until"}
)  # moments beside those that end in "_at"
_TEXTS = {".csv": "text/csv", ".ics": "text/calendar", "/metrics": "application/openmetrics-text"}
_DOCUMENTS_MAX = 8  # addresses; there is one
_WALL_CLOCK = "A moment on the plan's own clock, without a zone, like 2026-03-02T08:00:00."


class ExactDocument(NinjaAPI):
    """An API whose document says what its answers really are; the framework cannot know any of the three.

    Making it takes seconds and anybody may ask for it, so it is made once for each address the API stands at.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._made: dict[str, OpenAPISchema] = {}

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        where = repr((args, sorted(kwargs.items())))
        if where not in self._made:
            if len(self._made) >= _DOCUMENTS_MAX:
                self._made.clear()
            self._made[where] = self._exact(super().get_openapi_schema(*args, **kwargs))
        return self._made[where]

    def _exact(self, document: OpenAPISchema) -> OpenAPISchema:
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _name_problems(operation["responses"])
                kind = next((kind for ending, kind in _TEXTS.items() if path.endswith(ending)), None)
                if kind is not None:
                    _name_text(operation["responses"], kind)
        for schema in document["components"]["schemas"].values():
            for name, field in schema.get("properties", {}).items():
                if not (name.endswith("_at") or name in _AWARE):
                    _drop_zone(field)
        return document


def _name_problems(responses: dict[Any, Any]) -> None:
    for status, response in responses.items():
        if int(status) >= 400 and "application/json" in response.get("content", {}):
            response["content"] = {"application/problem+json": response["content"]["application/json"]}


def _name_text(responses: dict[Any, Any], kind: str) -> None:
    for status, response in responses.items():
        if int(status) < 400 and "application/json" in response.get("content", {}):
            response["content"] = {kind: response["content"]["application/json"]}


def _drop_zone(field: Any) -> None:
    """Where a date-time stands in a field's schema, say that it has no zone, which that format demands."""
    if isinstance(field, dict):
        if field.get("format") == "date-time":
            del field["format"]
            field["description"] = _WALL_CLOCK
        for value in field.values():
            _drop_zone(value)
    elif isinstance(field, list):
        for value in field:
            _drop_zone(value)
