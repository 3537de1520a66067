"""Words and number formats of the check reports. They are files for any reader, so English and ISO dates. Pure."""

from __future__ import annotations

from babel.numbers import get_currency_precision

POINTS = {
    "missing_logic": "Missing logic",
    "leads": "Leads (negative lags)",
    "lags": "Lags",
    "finish_start": "Finish-to-start share",
    "hard_constraints": "Hard constraints",
    "high_float": "High float (> 44 d)",
    "negative_float": "Negative float",
    "high_duration": "High duration (> 44 d)",
    "invalid_dates": "Invalid dates",
    "unloaded": "Without resource or cost",
    "missed": "Missed against baseline",
    "critical_path_test": "Critical path test",
    "cpli": "Critical path length index",
    "bei": "Baseline execution index",
}
PRACTICES = {
    "captured": "All activities captured",
    "sequenced": "All activities sequenced",
    "resourced": "Resources assigned",
    "durations": "Durations established",
    "traceable": "Traceable horizontally and vertically",
    "critical_path": "Critical path valid",
    "float": "Float reasonable",
    "risk": "Risk analysis conducted",
    "updated": "Updated with progress",
    "baselined": "Baseline maintained",
}
MEASURES = {
    "wbs_filled": "elements of the WBS that hold work",
    "named_apart": "activities with a name of their own",
    "linked": "with predecessor and successor",
    "tied_at_both_ends": "tied at the start and from the finish",
    "without_leads": "links without a lead",
    "without_lags": "links without a lag",
    "loaded": "with a resource or cost",
    "short_enough": "not longer than the limit",
    "has_duration": "with a duration",
    "leads_to_the_finish": "from which a chain leads to the finish",
    "within_the_wbs": "that belong to the WBS",
    "delay_moves_the_finish": "of a test delay arrives at the finish",
    "path_without_constraints": "of the longest path without hard constraint",
    "path_without_lags": "of the longest path not driven over a lag",
    "float_reasonable": "with float within the limit",
    "float_not_negative": "without negative float",
    "own_estimates_of_uncertainty": "with a three-point estimate of their own",
    "dates_valid": "with valid dates",
    "in_sequence": "of started work in sequence",
    "in_the_baseline": "that the baseline holds",
    "on_time": "of what was due by the baseline on time",
}
RATINGS = {
    "met": "met",
    "substantially_met": "substantially met",
    "partially_met": "partially met",
    "minimally_met": "minimally met",
    "not_met": "not met",
    "not_assessed": "not assessed",
}
_COUNTS = frozenset({"leads", "negative_float", "invalid_dates"})
_INDICES = frozenset({"cpli", "bei"})
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
    "nothing_planned": "nothing planned yet",
    "nothing_earned": "nothing earned yet",
    "nothing_spent": "nothing spent yet",
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
    "vac_minor": "Variance at completion",
    "tcpi_bac": "TCPI to budget",
    "es_periods": "Earned schedule (periods)",
    "spi_t": "SPI(t)",
    "ieac_t_periods": "IEAC(t) (periods)",
}


def shown_value(code: str, value: float) -> str:
    """A point's value in its own unit: a count, an index, or a share in percent."""
    if code in _COUNTS:
        return f"{value:g}"
    return f"{value:.2f}" if code in _INDICES else f"{value:.1%}"


def shown_figure(name: str, value: float, currency: str) -> str:
    """An earned-value figure: money in its currency, percent, or a ratio."""
    if name.endswith("_minor"):
        digits = get_currency_precision(currency) if currency else 2
        return f"{value / 10**digits:,.{digits}f} {currency}".rstrip()
    if name == "percent_complete":
        return f"{value:.1f} %"
    return f"{value:.3f}"
