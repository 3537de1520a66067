"""Lists come in pages: at most 200 items, and the offset of the next page while there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from ninja import Query, Schema

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=200, description="Items per page.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Items to skip.")]


class Page(Schema, Generic[Item]):
    """``next_offset`` is null on the last page."""

    items: list[Item]
    next_offset: int | None = None


def page(items: Sequence[Item], *, limit: int, offset: int) -> dict[str, object]:
    """One page cut from a list that is at hand as a whole."""
    end = offset + limit
    return {"items": list(items[offset:end]), "next_offset": end if end < len(items) else None}


def fetched(items: Sequence[Item], *, limit: int, offset: int) -> dict[str, object]:
    """One page of a list that was fetched from ``offset`` with ``limit + 1``, to know whether more follows."""
    return {"items": list(items[:limit]), "next_offset": offset + limit if len(items) > limit else None}
