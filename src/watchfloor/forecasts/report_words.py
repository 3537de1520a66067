"""Words and number formats of the check reports. They are files for any reader, so English and ISO dates. Pure.

Pages use the words of points and practices too, in the reader's language: ``_`` marks them for that.
"""

from __future__ import annotations

from babel.numbers import get_currency_precision


def _(text: str) -> str:
    return text


POINTS = {
    "missing_logic": _("Missing logic"),
    "leads": _("Leads (negative lags)"),
    "lags": _("Lags"),
    "finish_start": _("Finish-to-start share"),
    "hard_constraints": _("Hard constraints"),
    "high_float": _("High float (> 44 d)"),
    "negative_float": _("Negative float"),
    "high_duration": _("High duration (> 44 d)"),
    "invalid_dates": _("Invalid dates"),
    "unloaded": _("Without resource or cost"),
    "missed": _("Missed against baseline"),
    "critical_path_test": _("Critical path test"),
    "cpli": _("Critical path length index"),
    "bei": _("Baseline execution index"),
}
PRACTICES = {
    "captured": _("All activities captured"),
    "sequenced": _("All activities sequenced"),
    "resourced": _("Resources assigned"),
    "durations": _("Durations established"),
    "traceable": _("Traceable horizontally and vertically"),
    "critical_path": _("Critical path valid"),
    "float": _("Float reasonable"),
    "risk": _("Risk analysis conducted"),
    "updated": _("Updated with progress"),
    "baselined": _("Baseline maintained"),
}
MEASURES = {
    "wbs_filled": _("elements of the WBS that hold work"),
    "named_apart": _("activities with a name of their own"),
    "linked": _("with predecessor and successor"),
    "tied_at_both_ends": _("tied at the start and from the finish"),
    "without_leads": _("links without a lead"),
    "without_lags": _("links without a lag"),
    "loaded": _("with a resource or cost"),
    "short_enough": _("not longer than the limit"),
    "has_duration": _("with a duration"),
    "leads_to_the_finish": _("from which a chain leads to the finish"),
    "within_the_wbs": _("that belong to the WBS"),
    "delay_moves_the_finish": _("of a test delay arrives at the finish"),
    "path_without_constraints": _("of the longest path without hard constraint"),
    "path_without_lags": _("of the longest path not driven over a lag"),
    "float_reasonable": _("with float within the limit"),
    "float_not_negative": _("without negative float"),
    "own_estimates_of_uncertainty": _("with a three-point estimate of their own"),
    "dates_valid": _("with valid dates"),
    "in_sequence": _("of started work in sequence"),
    "in_the_baseline": _("that the baseline holds"),
    "on_time": _("of what was due by the baseline on time"),
}
RATINGS = {
    "met": _("met"),
    "substantially_met": _("substantially met"),
    "partially_met": _("partially met"),
    "minimally_met": _("minimally met"),
    "not_met": _("not met"),
    "not_assessed": _("not assessed"),
}
COUNTED_POINTS = frozenset({"leads", "negative_float", "invalid_dates"})
INDEX_POINTS = frozenset({"cpli", "bei"})
WITHHELD = {
    "no_baseline": "no baseline",
    "no_baseline_due": "no baseline dates due yet",
    "no_baseline_dates": "no baseline dates",
    "no_data_date": "no data date",
    "no_target": "neither an imposed finish nor a baseline",
    "no_relationships": "no relationships",
    "no_activities": "nothing unfinished",
    "no_critical_path": "no critical path",
    "not_loaded": "the schedule carries no resources or costs",
    "finished": "finished",
    "nothing_started": "nothing started yet",
    "no_wbs": "no work breakdown structure",
    "horizon": "the calendars do not reach far enough",
    "no_actual_cost": "no actual cost",
    "no_budget": "no budget",
    "no_effort": "no level of effort with a budget",
    "nothing_planned": "nothing planned yet",
    "nothing_earned": "nothing earned yet",
    "nothing_spent": "nothing spent yet",
    "no_history": "there are too few data dates to look back over",
    "no_plan": "no planned value over time",
    "not_started": "not started yet",
    "budget_spent": "the budget is used up",
    "overdue": "the planned duration is used up",
    "dates_differ": "EV and AC are of different dates",
    "no_remaining_cost": "the plan carries no remaining cost",
}
EARNED_SHOWN = {
    "percent_complete": "Earned",
    "bac_minor": "Budget at completion (BAC)",
    "pv_minor": "Planned value (PV)",
    "ev_minor": "Earned value (EV)",
    "ac_minor": "Actual cost (AC)",
    "cpi": "CPI",
    "spi": "SPI",
    "eac_minor": "Estimate at completion (EAC)",
    "eac_cpi_minor": "EAC by CPI",
    "eac_remaining_minor": "EAC, rest as planned",
    "eac_cpi_spi_minor": "EAC by CPI · SPI",
    "eac_cpi_spi_t_minor": "EAC by CPI · SPI(t)",
    "eac_weighted_minor": "EAC by 0.8 CPI + 0.2 SPI",
    "eac_recent_minor": "EAC by recent CPI",
    "eac_bottom_up_minor": "EAC from the plan",
    "vac_minor": "Variance at completion",
    "tcpi_bac": "TCPI to budget",
    "es_periods": "Earned schedule (periods)",
    "spi_t": "SPI(t)",
    "ieac_t_periods": "IEAC(t) by SPI(t) (periods)",
    "ieac_t_as_planned_periods": "IEAC(t), rest as planned",
    "ieac_t_sci_periods": "IEAC(t) by CPI · SPI(t)",
}


def shown_value(code: str, value: float) -> str:
    """A point's value in its own unit: a count, an index, or a share in percent."""
    if code in COUNTED_POINTS:
        return f"{value:g}"
    return f"{value:.2f}" if code in INDEX_POINTS else f"{value:.1%}"


def shown_figure(name: str, value: float, currency: str) -> str:
    """An earned-value figure: money in its currency, percent, or a ratio."""
    if name.endswith("_minor"):
        digits = get_currency_precision(currency) if currency else 2
        return f"{value / 10**digits:,.{digits}f} {currency}".rstrip()
    if name == "percent_complete":
        return f"{value:.1f} %"
    return f"{value:.3f}"
