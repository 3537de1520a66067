"""Every detector there is. Adding one: a file in ``detectors`` and a line here; the contract suite then tests it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from watchfloor.detection.detectors import (
    bow_wave,
    calendar_against_country,
    common_cause,
    contingency_burn,
    contingency_cover,
    cost_over_budget,
    critical_path_changed,
    delay_damages,
    due_then_deleted,
    estimate_not_credible,
    execution_low,
    finish_held_by_edits,
    finish_slip,
    float_burn,
    float_erosion,
    float_exhausted,
    handover_late,
    history_rewritten,
    hold_review_due,
    milestone_at_risk,
    missed_cut_off,
    near_critical_growth,
    no_schedule,
    out_of_sequence,
    outside_alert,
    performance_trend,
    progress_stalled,
    quality_worse,
    reported_against_computed,
    user_rule,
    work_overdue,
    work_stuck,
)
from watchfloor.detection.template import Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances


@dataclass(frozen=True, slots=True)
class Detector:
    """One condition worth a statement.

    ``group`` names the cause that its alarms share with others of the project: one slip, one alert. ``after_status``
    detectors look at the status that the others lead to, so they run once it is known. Of one that is ``apart`` each
    subject is a cause of its own.
    """

    name: str
    detect: Callable[[ProjectView, Tolerances], Iterator[Found]]
    messages: Mapping[str, Message]
    group: str
    after_status: bool = False
    apart: bool = False


DETECTORS: tuple[Detector, ...] = (
    Detector("finish_slip", finish_slip.detect, finish_slip.MESSAGES, group="time"),
    Detector("float_exhausted", float_exhausted.detect, float_exhausted.MESSAGES, group="time"),
    Detector("milestone_at_risk", milestone_at_risk.detect, milestone_at_risk.MESSAGES, group="time"),
    Detector("float_erosion", float_erosion.detect, float_erosion.MESSAGES, group="time"),
    Detector("common_cause", common_cause.detect, common_cause.MESSAGES, group="time"),
    Detector("work_overdue", work_overdue.detect, work_overdue.MESSAGES, group="time"),
    Detector("no_schedule", no_schedule.detect, no_schedule.MESSAGES, group="plan"),
    Detector("cost_over_budget", cost_over_budget.detect, cost_over_budget.MESSAGES, group="cost"),
    Detector("finish_held_by_edits", finish_held_by_edits.detect, finish_held_by_edits.MESSAGES, group="edits"),
    Detector("history_rewritten", history_rewritten.detect, history_rewritten.MESSAGES, group="history"),
    Detector("progress_stalled", progress_stalled.detect, progress_stalled.MESSAGES, group="progress"),
    Detector("work_stuck", work_stuck.detect, work_stuck.MESSAGES, group="progress"),
    Detector("due_then_deleted", due_then_deleted.detect, due_then_deleted.MESSAGES, group="progress"),
    Detector("out_of_sequence", out_of_sequence.detect, out_of_sequence.MESSAGES, group="progress"),
    Detector("execution_low", execution_low.detect, execution_low.MESSAGES, group="progress"),
    Detector("bow_wave", bow_wave.detect, bow_wave.MESSAGES, group="time"),
    Detector("critical_path_changed", critical_path_changed.detect, critical_path_changed.MESSAGES, group="time"),
    Detector("near_critical_growth", near_critical_growth.detect, near_critical_growth.MESSAGES, group="time"),
    Detector("float_burn", float_burn.detect, float_burn.MESSAGES, group="time"),
    Detector("delay_damages", delay_damages.detect, delay_damages.MESSAGES, group="time"),
    Detector(
        "calendar_against_country", calendar_against_country.detect, calendar_against_country.MESSAGES, group="quality"
    ),
    Detector("quality_worse", quality_worse.detect, quality_worse.MESSAGES, group="quality"),
    Detector("handover_late", handover_late.detect, handover_late.MESSAGES, group="handover"),
    Detector("performance_trend", performance_trend.detect, performance_trend.MESSAGES, group="trend"),
    Detector("estimate_not_credible", estimate_not_credible.detect, estimate_not_credible.MESSAGES, group="cost"),
    Detector("contingency_cover", contingency_cover.detect, contingency_cover.MESSAGES, group="cost"),
    Detector("contingency_burn", contingency_burn.detect, contingency_burn.MESSAGES, group="cost"),
    Detector("missed_cut_off", missed_cut_off.detect, missed_cut_off.MESSAGES, group="silence"),
    Detector("outside_alert", outside_alert.detect, outside_alert.MESSAGES, group="outside"),
    Detector("user_rule", user_rule.detect, user_rule.MESSAGES, group="rule", apart=True),
    Detector("hold_review_due", hold_review_due.detect, hold_review_due.MESSAGES, group="hold"),
    Detector(
        "reported_against_computed",
        reported_against_computed.detect,
        reported_against_computed.MESSAGES,
        group="report",
        after_status=True,
    ),
)


def detector(name: str) -> Detector | None:
    """The detector of that name; None when it was removed since its finding was stored."""
    return next((each for each in DETECTORS if each.name == name), None)
