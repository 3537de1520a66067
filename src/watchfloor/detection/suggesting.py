"""What the numbers would report: the computed status by dimension, for whoever wants to report as computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchfloor.detection import queries
from watchfloor.detection.submissions import Computed, computed
from watchfloor.kit.viewer import Viewer

# The dimension each detector speaks of; others speak of the reporting itself.
_DIMENSION: Mapping[str, str] = {
    "finish_slip": "time",
    "milestone_at_risk": "time",
    "float_exhausted": "time",
    "float_erosion": "time",
    "work_overdue": "time",
    "no_schedule": "time",
    "cost_over_budget": "cost",
}


def as_computed(viewer: Viewer, project_id: int) -> Mapping[str, Any] | None:
    """What would be reported if the manager said what the numbers say; None while nothing is computed.

    Scope, risk and people have no numbers behind them: they are left to the manager.
    """
    numbers = computed(viewer, project_id)
    if numbers.status is None or numbers.forecast is None:
        return None
    worst = {"time": 0, "cost": 0}
    for finding in queries.findings(viewer, project_id):
        dimension = _DIMENSION.get(finding.detector)
        if dimension is not None and finding.affects_status:
            worst[dimension] = max(worst[dimension], finding.severity)
    return {
        "reported": {
            "overall": queries.DISPLAYS[numbers.status.severity],
            **{dimension: queries.DISPLAYS[severity] for dimension, severity in worst.items()},
        },
        "forecast_finish": _finish(numbers),
        "eac_minor": numbers.forecast.eac_minor,
    }


def _finish(numbers: Computed) -> Any:
    record = numbers.forecast
    assert record is not None
    moment = record.p50_finish or record.schedule_finish
    return moment.date() if moment is not None else None
