"""Every estimate at completion, of cost and of time, each by its own method and never without its name.

Costs in minor units, times in periods of the planned-value curve. Sources: PMI Practice Standard for Earned Value
Management; Christensen, "The estimate at completion problem" (1993); Lipke (2003) for time. Formulas:
docs/methods/earned-value.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from watchfloor_engine.earned import EarnedSchedule, EarnedValue, Figure, Withheld

COST_SHARE, TIME_SHARE = 0.8, 0.2  # of CPI and SPI in the weighted index
RECENT = 3  # periods


class EacMethod(StrEnum):
    """What the rest is expected to cost."""

    CPI = "cpi"  # as the past did: BAC / CPI
    REMAINING_AS_PLANNED = "remaining_as_planned"  # AC + (BAC - EV)
    CPI_SPI = "cpi_spi"  # late work is bought back: AC + (BAC - EV) / (CPI · SPI)
    WEIGHTED = "weighted"  # AC + (BAC - EV) / (0.8 CPI + 0.2 SPI)
    RECENT_CPI = "recent_cpi"  # as the last three periods did
    CPI_SPI_T = "cpi_spi_t"  # AC + (BAC - EV) / (CPI · SPI(t))
    OWN = "own"  # the manager's own


class TimeMethod(StrEnum):
    """How long the rest is expected to take."""

    SPI_T = "spi_t"  # as the past did: PD / SPI(t), which is AT + (PD - ES) / SPI(t)
    AS_PLANNED = "as_planned"  # AT + (PD - ES)
    SCI = "sci"  # AT + (PD - ES) / (CPI · SPI(t))


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate by one method, and the performance needed from now on to end there."""

    method: str
    value: Figure
    needed: Figure  # TCPI for cost, TSPI for time


def cost_estimates(
    value: EarnedValue,
    *,
    spi_t: Figure | None = None,
    history: Sequence[tuple[float, float]] = (),
    own: float | None = None,
) -> tuple[Estimate, ...]:
    """The EAC by every method, in the order of :class:`EacMethod`.

    Args:
        value: the figures at the data date.
        spi_t: schedule performance in time.
        history: cumulative (EV, AC) at period ends, oldest first, the data date last; see :func:`recent_cpi`.
        own: what the manager says the whole will cost.
    """
    both = _product(value.cpi, value.spi)
    in_time = _product(value.cpi, spi_t or Figure(None, Withheld.NO_PLAN))
    found = {
        EacMethod.CPI: value.eac_cpi,
        EacMethod.REMAINING_AS_PLANNED: value.eac_remaining,
        EacMethod.CPI_SPI: _cost_by(value, both),
        EacMethod.WEIGHTED: _cost_by(value, _weighted(value.cpi, value.spi)),
        EacMethod.RECENT_CPI: _cost_by(value, recent_cpi(history)),
        EacMethod.CPI_SPI_T: _cost_by(value, in_time),
        EacMethod.OWN: Figure(None, Withheld.NOT_SAID) if own is None else Figure(float(own)),
    }
    return tuple(Estimate(method, found[method], _to_cost(value, found[method])) for method in EacMethod)


def recent_cpi(history: Sequence[tuple[float, float]], periods: int = RECENT) -> Figure:
    """CPI of the last periods alone: what they earned by what they cost.

    ``history`` are cumulative (EV, AC), oldest first: one entry more than periods. A project that was followed from its
    start begins with (0, 0).
    """
    if len(history) <= periods:
        return Figure(None, Withheld.NO_HISTORY)
    (ev, ac), (ev_before, ac_before) = history[-1], history[-1 - periods]
    if ac - ac_before <= 0:
        return Figure(None, Withheld.NOTHING_SPENT)
    if ev - ev_before <= 0:
        return Figure(None, Withheld.NOTHING_EARNED)
    return Figure(float((ev - ev_before) / (ac - ac_before)))


def time_estimates(time: EarnedSchedule, cpi: Figure) -> tuple[Estimate, ...]:
    """The duration at completion by every method, in the order of :class:`TimeMethod`, in periods."""
    found = {
        TimeMethod.SPI_T: time.ieac_t,
        TimeMethod.AS_PLANNED: _time_by(time, Figure(1.0)),
        TimeMethod.SCI: _time_by(time, _product(cpi, time.spi_t)),
    }
    return tuple(Estimate(method, found[method], _to_time(time, found[method])) for method in TimeMethod)


def _cost_by(value: EarnedValue, index: Figure) -> Figure:
    """AC + (BAC - EV) / index."""
    if value.ac is None or value.eac_remaining.value is None:
        return Figure(None, value.eac_remaining.withheld)
    if index.value is None:
        return index
    return Figure(float(value.ac + (value.bac - value.ev) / index.value))


def _time_by(time: EarnedSchedule, index: Figure) -> Figure:
    """AT + (PD - ES) / index."""
    if time.es.value is None:
        return time.es
    if index.value is None:
        return index
    return Figure(float(time.at + (time.pd - time.es.value) / index.value))


def _product(one: Figure, other: Figure) -> Figure:
    """Both indices multiplied; withheld where one is, or is zero so that nothing may be divided by it."""
    if one.value is None or other.value is None:
        return Figure(None, one.withheld or other.withheld)
    product = one.value * other.value
    return Figure(product) if product > 0 else Figure(None, Withheld.NOTHING_EARNED)


def _weighted(cpi: Figure, spi: Figure) -> Figure:
    if cpi.value is None or spi.value is None:
        return Figure(None, cpi.withheld or spi.withheld)
    index = COST_SHARE * cpi.value + TIME_SHARE * spi.value
    return Figure(index) if index > 0 else Figure(None, Withheld.NOTHING_EARNED)


def _to_cost(value: EarnedValue, eac: Figure) -> Figure:
    return Figure(None, eac.withheld) if eac.value is None else value.tcpi_to(eac.value)


def _to_time(time: EarnedSchedule, duration: Figure) -> Figure:
    if duration.value is None or time.es.value is None:
        return Figure(None, duration.withheld or time.es.withheld)
    left = duration.value - time.at
    return Figure(float((time.pd - time.es.value) / left)) if left > 0 else Figure(None, Withheld.OVERDUE)


__all__ = [
    "EacMethod", "Estimate", "TimeMethod", "cost_estimates", "recent_cpi", "time_estimates",
]  # fmt: skip
