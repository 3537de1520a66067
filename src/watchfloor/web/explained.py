"""How each figure comes about, in words: its formula, what went in, and why it may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from watchfloor.forecasts.report_words import COUNTED_POINTS, INDEX_POINTS, MEASURES, POINTS, PRACTICES

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure's name, its formula, one sentence on how to read it, and its unit (``money``, ``days`` …)."""

    title: Text
    formula: Text
    reading: Text
    unit: str


_EXPLAINED: Mapping[str, Explained] = {
    "slip_days": Explained(
        _lazy("Slip of the finish"),
        _lazy("slip = scheduled finish − baseline finish, in working days"),
        _lazy("Positive is late. The rows are the longest path: what the finish hangs on."),
        "days",
    ),
    "original_slip_days": Explained(
        _lazy("Slip against the original baseline"),
        _lazy("slip = scheduled finish − finish of the first approved baseline, in working days"),
        _lazy("Stays when a project is re-baselined."),
        "days",
    ),
    "float_days": Explained(
        _lazy("Project float"),
        _lazy("float = promised finish − scheduled finish, in working days"),
        _lazy("The promised finish is the committed date, else the baseline's. Below zero the promise cannot be kept."),
        "days",
    ),
    "confidence": Explained(
        _lazy("Confidence"),
        _lazy("confidence = simulated futures that finish by the promised date ÷ all simulated futures"),
        _lazy("Durations without estimates of their own get a triangular spread by class, shown as assumed."),
        "percent",
    ),
    "cpi": Explained(
        _lazy("Cost performance index"),
        _lazy("CPI = EV ÷ AC, both of one date"),
        _lazy("Below 1, each unit of money earns less than planned."),
        "ratio",
    ),
    "spi": Explained(
        _lazy("Schedule performance index"),
        _lazy("SPI = EV ÷ PV"),
        _lazy("It returns to 1 at the end even when late; SPI(t) does not."),
        "ratio",
    ),
    "spi_measured": Explained(
        _lazy("SPI without level of effort"),
        _lazy("SPI = EV ÷ PV, of measured work"),
        _lazy("Level of effort has always earned what was planned, and draws SPI towards 1."),
        "ratio",
    ),
    "spi_t": Explained(
        _lazy("Schedule performance in time"),
        _lazy("SPI(t) = ES ÷ AT"),
        _lazy("ES is the time at which the plan had earned what is earned now; AT the time gone."),
        "ratio",
    ),
    "eac_minor": Explained(
        _lazy("Cost at completion"),
        _lazy("from 20 % earned: EAC = BAC ÷ CPI; before: EAC = AC + (BAC − EV)"),
        _lazy("The method used is named beside the figure."),
        "money",
    ),
    "eac_cpi_minor": Explained(
        _lazy("EAC at the efficiency so far"),
        _lazy("EAC = BAC ÷ CPI"),
        _lazy("The rest costs as the past did."),
        "money",
    ),
    "eac_remaining_minor": Explained(
        _lazy("EAC with the rest as planned"),
        _lazy("EAC = AC + (BAC − EV)"),
        _lazy("What went wrong does not go on."),
        "money",
    ),
    "eac_cpi_spi_minor": Explained(
        _lazy("EAC under schedule pressure"),
        _lazy("EAC = AC + (BAC − EV) ÷ (CPI × SPI)"),
        _lazy("Catching up costs extra."),
        "money",
    ),
    "eac_cpi_spi_t_minor": Explained(
        _lazy("EAC under pressure of time"),
        _lazy("EAC = AC + (BAC − EV) ÷ (CPI × SPI(t))"),
        _lazy("As under schedule pressure, with performance in time, which does not return to 1."),
        "money",
    ),
    "eac_weighted_minor": Explained(
        _lazy("EAC by weighted performance"),
        _lazy("EAC = AC + (BAC − EV) ÷ (0.8 CPI + 0.2 SPI)"),
        "",
        "money",
    ),
    "eac_recent_minor": Explained(
        _lazy("EAC at the efficiency of late"),
        _lazy("EAC = AC + (BAC − EV) ÷ (ΔEV ÷ ΔAC), since three data dates ago"),
        _lazy("What changed lately counts more than what is long past."),
        "money",
    ),
    "eac_bottom_up_minor": Explained(
        _lazy("EAC from the plan"), _lazy("EAC = AC + Σ remaining cost of activities"), "", "money"
    ),
    "ieac_t_periods": Explained(_lazy("Duration at the pace so far"), _lazy("IEAC(t) = PD ÷ SPI(t)"), "", "number"),
    "ieac_t_as_planned_periods": Explained(
        _lazy("Duration with the rest as planned"), _lazy("IEAC(t) = AT + (PD − ES)"), "", "number"
    ),
    "ieac_t_sci_periods": Explained(
        _lazy("Duration by cost and time performance"), _lazy("IEAC(t) = AT + (PD − ES) ÷ (CPI × SPI(t))"), "", "number"
    ),
    "bac_minor": Explained(_lazy("Budget"), _lazy("BAC = Σ budget of activities in the baseline"), "", "money"),
    "pv_minor": Explained(
        _lazy("Planned value"), _lazy("PV = Σ budget of the work planned by the data date"), "", "money"
    ),
    "ev_minor": Explained(_lazy("Earned value"), _lazy("EV = Σ budget × progress"), "", "money"),
    "ac_minor": Explained(
        _lazy("Actual cost"),
        _lazy("AC = booked + accrued in the cost ledger; without one, Σ actual cost of activities"),
        _lazy("Its own newest date. Ratios are made of EV and AC of the newest date they share."),
        "money",
    ),
    "booked_minor": Explained(_lazy("Booked"), _lazy("Σ actual cost in the ledger up to its day"), "", "money"),
    "accrued_minor": Explained(
        _lazy("Accrued"),
        _lazy("Σ accruals at the ledger's newest day"),
        _lazy("Used, but not booked yet. The next booking takes its place."),
        "money",
    ),
    "committed_minor": Explained(
        _lazy("Commitments"),
        _lazy("Σ commitments at their newest day"),
        _lazy("Ordered, but not used yet; stands beside the actual cost and is no part of it."),
        "money",
    ),
    "ev_compared_minor": Explained(
        _lazy("Earned value at the common date"),
        _lazy("EV at the newest date for which AC is known too"),
        "",
        "money",
    ),
    "ac_compared_minor": Explained(
        _lazy("Actual cost at the common date"),
        _lazy("AC at the newest date for which EV is known too"),
        "",
        "money",
    ),
    "vac_minor": Explained(_lazy("Variance at completion"), _lazy("VAC = BAC − EAC"), "", "money"),
    "cv_minor": Explained(_lazy("Cost variance"), _lazy("CV = EV − AC"), "", "money"),
    "sv_minor": Explained(_lazy("Schedule variance"), _lazy("SV = EV − PV"), "", "money"),
    "tcpi_bac": Explained(
        _lazy("Efficiency needed for the budget"), _lazy("TCPI = (BAC − EV) ÷ (BAC − AC)"), "", "ratio"
    ),
    "p50_cost_minor": Explained(
        _lazy("Likely cost"), _lazy("median of AC + price factor × simulated remaining cost"), "", "money"
    ),
    "p80_cost_minor": Explained(
        _lazy("80 % cost"), _lazy("80 % quantile of AC + price factor × simulated remaining cost"), "", "money"
    ),
    "critical_count": Explained(
        _lazy("Critical activities"), _lazy("unfinished activities with total float ≤ the plan's limit"), "", "count"
    ),
    "negative_float_count": Explained(
        _lazy("Activities with negative float"), _lazy("unfinished activities with total float < 0"), "", "count"
    ),
    "overdue_count": Explained(
        _lazy("Overdue activities"), _lazy("unfinished activities whose baseline finish is past"), "", "count"
    ),
    "bei": Explained(
        _lazy("Baseline execution index"),
        _lazy("BEI = finished activities ÷ activities whose baseline finish is past"),
        _lazy("Early finishes mask late ones: the hit rate counts only those finished by their baseline date."),
        "ratio",
    ),
    "hit_rate": Explained(
        _lazy("Hit rate"),
        _lazy("finished on or before the baseline finish ÷ activities whose baseline finish is past"),
        "",
        "percent",
    ),
    "missed_count": Explained(
        _lazy("Missed activities"),
        _lazy("activities whose baseline finish is past, and that finished or will finish later"),
        "",
        "count",
    ),
    "out_of_sequence_count": Explained(
        _lazy("Out of sequence"), _lazy("activities that went on before a predecessor allowed"), "", "count"
    ),
    "complete_count": Explained(_lazy("Finished activities"), _lazy("activities with an actual finish"), "", "count"),
    "activities": Explained(
        _lazy("Activities"), _lazy("activities without summaries and level of effort"), "", "count"
    ),
}

_METHODS: Mapping[str, Text] = {
    "cpi": _lazy("by CPI"),
    "remaining_as_planned": _lazy("rest as planned"),
    "cpi_spi": _lazy("by CPI and SPI"),
    "actual": _lazy("actual cost"),
    "bottom_up": _lazy("bottom-up"),
}
_REASONS: Mapping[str, Text] = {
    "no_baseline": _lazy("there is no baseline"),
    "no_original_baseline": _lazy("there is no original baseline"),
    "no_target": _lazy("there is neither a committed date nor a baseline"),
    "no_budget": _lazy("the plan carries no budget"),
    "no_actual_cost": _lazy("no source of actual cost"),
    "dates_differ": _lazy("earned value and actual cost share no date yet"),
    "currency_differs": _lazy("the plan and the ledger are in different currencies"),
    "no_ledger": _lazy("the cost ledger has none"),
    "no_baseline_due": _lazy("no baseline date is past yet"),
    "no_eac": _lazy("no cost at completion"),
    "no_data_date": _lazy("the plan has no data date"),
    "no_remaining_cost": _lazy("the plan carries no remaining cost"),
    "no_effort": _lazy("no level of effort carries a budget"),
    "not_said": _lazy("the manager gave none"),
    "no_history": _lazy("there are too few data dates to look back over"),
    "no_plan": _lazy("no planned value over time"),
    "not_loaded": _lazy("the plan carries neither resources nor costs"),
    "no_relationships": _lazy("there are no links"),
    "no_activities": _lazy("nothing is left to do"),
    "no_critical_path": _lazy("there is no critical path"),
    "nothing_started": _lazy("nothing has started yet"),
    "no_wbs": _lazy("there is no work breakdown structure"),
    "horizon": _lazy("the calendars do not reach far enough"),
    "finished": _lazy("the project is finished"),
    "not_finite": _lazy("the formula divides by zero"),
}


def explained(name: str) -> Explained:
    """The explanation of a reading; its own name where there is none yet."""
    if name.startswith("quality_") and (code := name.removeprefix("quality_")) in POINTS:
        unit = "count" if code in COUNTED_POINTS else "ratio" if code in INDEX_POINTS else "percent"
        return Explained(_(POINTS[code]), _("A point of schedule quality; the rows are what offends."), "", unit)
    if name.startswith("practice_") and (code := name.removeprefix("practice_")) in PRACTICES:
        formula = _("The share of what is as it should be, by the weakest of its measures; the rows are the rest.")
        return Explained(_(PRACTICES[code]), formula, "", "percent")
    return _EXPLAINED.get(name) or Explained(name.replace("_", " "), "", "", _unit(name))


def method_words(method: str) -> str:
    """How an EAC was computed, to stand beside it."""
    return str(_METHODS.get(method, method))


def reason_words(reason: str) -> str:
    """Why there is no value."""
    if not reason:
        return ""
    return str(_REASONS.get(reason) or _("not available: %(reason)s") % {"reason": reason.replace("_", " ")})


def input_label(name: str) -> str:
    """The name of something that went in."""
    if name in MEASURES:
        return _(MEASURES[name])
    known = _EXPLAINED.get(name)
    return (
        str(known.title)
        if known
        else name.removesuffix("_minor").replace("_", " ").upper()[:1]
        + name.removesuffix("_minor").replace("_", " ")[1:]
    )


def _unit(name: str) -> str:
    for ending, unit in (("_minor", "money"), ("_days", "days"), ("_count", "count"), ("_periods", "number")):
        if name.endswith(ending):
            return unit
    return "number"
