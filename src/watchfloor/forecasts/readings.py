"""Gathering the readings of one forecast: a value or a reason, and what opens it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from watchfloor.forecasts.records import ReadingRecord
from watchfloor_engine.earned import Figure

ROWS_SHOWN = 60


class Readings:
    """Readings by name, in the order they were taken."""

    def __init__(self) -> None:
        self.taken: dict[str, ReadingRecord] = {}

    def take(
        self,
        name: str,
        value: float | None,
        *,
        reason: str = "",
        formula: str = "",
        inputs: Mapping[str, Any] | None = None,
        rows: Sequence[str] = (),
    ) -> None:
        """Record a value, or with None the reason why there is none. ``rows`` are activity keys to look at."""
        if value is not None and not math.isfinite(value):
            value, reason = None, "not_finite"
        value = None if value is None else float(value)
        assert (value is None) == bool(reason), name
        detail: dict[str, Any] = {"formula": formula or name}
        if inputs:
            detail["inputs"] = dict(inputs)
        if rows:
            detail["rows"] = list(rows[:ROWS_SHOWN])
            detail["rows_total"] = len(rows)
        self.taken[name] = ReadingRecord(name, value, reason, detail)

    def figure(self, name: str, figure: Figure, **more: Any) -> None:
        """Record an engine figure, which carries its own reason."""
        self.take(name, figure.value, reason=str(figure.withheld or ""), **more)

    def tell(self, name: str, **inputs: Any) -> None:
        """Add inputs to a reading that was taken."""
        taken = self.taken[name]
        detail = {**taken.detail, "inputs": {**taken.detail.get("inputs", {}), **inputs}}
        self.taken[name] = ReadingRecord(name, taken.value, taken.reason, detail)

    def value(self, name: str) -> float | None:
        """A value taken before; None when it was withheld or not taken."""
        reading = self.taken.get(name)
        return reading.value if reading is not None else None
