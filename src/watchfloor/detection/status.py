"""The computed status: worse at once, better only after two consecutive forecasts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from watchfloor.detection.scale import Severity

FORECASTS_TO_GET_BETTER = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a project stands, and how close it is to standing better.

    ``forecast_id`` is the last forecast that was counted; ``better_to`` the worst of what the ``better_seen``
    forecasts counted so far would allow.
    """

    severity: Severity
    forecast_id: int | None
    better_seen: int = 0
    better_to: Severity | None = None


def step(before: Standing | None, severity: Severity, forecast_id: int | None) -> Standing:
    """The standing after looking once more, with what the findings say now.

    Looking twice at one forecast counts once, so that a day without news cannot improve a status.
    """
    if before is None or severity >= before.severity:
        return Standing(severity, forecast_id)
    if forecast_id == before.forecast_id:
        # Same forecast: what it allows may have become worse, never more of a recovery than was counted.
        if before.better_to is None:
            return before
        return replace(before, better_to=max(before.better_to, severity))
    seen = before.better_seen + 1
    allowed = severity if before.better_to is None else max(before.better_to, severity)
    if seen >= FORECASTS_TO_GET_BETTER:
        return Standing(allowed, forecast_id)
    return Standing(before.severity, forecast_id, better_seen=seen, better_to=allowed)
