"""Model fields the rooms share."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models


class WallClockField(models.CharField):  # type: ignore[type-arg]
    """A moment on a plan's own wall clock: a naive datetime, stored as ISO text so that it sorts and reads in SQL.

    Plans from tools that know no time zones keep the clock they were drawn with; a ``DateTimeField`` would claim an
    instant that nobody promised.
    """

    if TYPE_CHECKING:  # what the type checker's Django plugin lets such a field be set to and read as
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any
        _pyi_lookup_exact_type: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 26
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> datetime | None:
        return self.to_python(value)

    def to_python(self, value: Any) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value
        return datetime.fromisoformat(value) if value else None

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, str):
            return value
        assert value.tzinfo is None, "a wall-clock time carries no zone"
        return str(value.isoformat())


# PostgreSQL wakes whoever follows the journal over this channel.
FACTS_CHANNEL = "watchfloor_facts"
