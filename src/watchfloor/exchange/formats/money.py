"""What an activity costs, shared by the formats."""

from __future__ import annotations

from typing import NamedTuple


class Money(NamedTuple):
    """Budget, actual and remaining cost in minor units; None where the plan says nothing about money."""

    budget: int | None = None
    actual: int | None = None
    remaining: int | None = None
