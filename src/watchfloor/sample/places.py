"""Where the sample works: countries with their weekends and holidays, companies, clients and exchange rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np


@dataclass(frozen=True, slots=True)
class Place:
    country: str
    region: str
    time_zone: str
    currency: str
    town: str
    language: str = "en"


# Saudi Arabia and Egypt rest on Friday and Saturday. The Egyptian project is donor-funded, in euro.
PLACES: dict[str, Place] = {
    "NL": Place("NL", "", "Europe/Amsterdam", "EUR", "Rotterdam", "nl"),
    "ES": Place("ES", "CT", "Europe/Madrid", "EUR", "Barcelona", "es"),
    "DE": Place("DE", "HH", "Europe/Berlin", "EUR", "Hamburg", "de"),
    "GB": Place("GB", "ENG", "Europe/London", "GBP", "Hull"),
    "PL": Place("PL", "", "Europe/Warsaw", "PLN", "Gdańsk", "pl"),
    "SA": Place("SA", "", "Asia/Riyadh", "SAR", "Jeddah", "ar"),
    "EG": Place("EG", "", "Africa/Cairo", "EUR", "Alexandria", "ar"),
    "SG": Place("SG", "", "Asia/Singapore", "SGD", "Singapore"),
    "CA": Place("CA", "BC", "America/Vancouver", "CAD", "Vancouver"),
}

REPORTING_CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Party:
    code: str
    name: str
    country: str = ""
    currency: str = ""


ENTITIES: tuple[Party, ...] = (
    Party("MI-NL", "Meridian Infrastructure B.V.", "NL", "EUR"),
    Party("MI-GB", "Meridian Infrastructure (UK) Ltd", "GB", "GBP"),
    Party("MI-DE", "Meridian Anlagenbau GmbH", "DE", "EUR"),
    Party("MI-PL", "Meridian Polska sp. z o.o.", "PL", "PLN"),
    Party("MI-ME", "Meridian Gulf Contracting LLC", "SA", "SAR"),
    Party("MI-AP", "Meridian Asia Pte Ltd", "SG", "SGD"),
    Party("MI-CA", "Meridian Canada Ltd", "CA", "CAD"),
)
ENTITY_OF: dict[str, str] = {
    "NL": "MI-NL",
    "ES": "MI-NL",
    "DE": "MI-DE",
    "GB": "MI-GB",
    "PL": "MI-PL",
    "SA": "MI-ME",
    "EG": "MI-ME",
    "SG": "MI-AP",
    "CA": "MI-CA",
}

CLIENTS: tuple[Party, ...] = (
    Party("PORT", "Joint Port Authority"),
    Party("METRO", "Metro West Transport"),
    Party("AQUA", "Aqua Regional Water"),
    Party("CARE", "Northern Care Trust"),
    Party("MI", "Meridian Infrastructure (own account)"),
    Party("GRIDCO", "GridCo Transmission"),
    Party("DONOR", "Coastal Cities Fund"),
)


@dataclass(frozen=True, slots=True)
class RateRow:
    base: str
    quote: str
    on: date
    value: Decimal


_LEVELS: dict[str, float] = {"GBP": 1.165, "PLN": 0.2345, "SAR": 0.2415, "SGD": 0.678, "CAD": 0.652}
_WEEKLY_SWING = 0.0022


def euro_rate(currency: str) -> float:
    """Euros one unit of the currency costs, roughly: to size budgets, never to convert figures."""
    return _LEVELS.get(currency, 1.0)


def weekly_rates(
    rng: np.random.Generator, first: date, weeks: int, *, swing_currency: str, swing_week: int, swing: float
) -> tuple[RateRow, ...]:
    """One dated rate per currency and week: a small random walk, and one jump that stays inside tolerance."""
    rows: list[RateRow] = []
    for currency, usual in _LEVELS.items():
        level = usual
        steps = rng.normal(0.0, _WEEKLY_SWING if currency != "SAR" else _WEEKLY_SWING / 2, weeks)
        for week in range(weeks):
            pull = 0.15 * (np.log(level / usual))
            level *= float(np.exp(steps[week] - pull))
            shown = level * (1 + swing) if currency == swing_currency and week >= swing_week else level
            rows.append(RateRow(currency, REPORTING_CURRENCY, first + timedelta(weeks=week), Decimal(f"{shown:.6f}")))
    return tuple(sorted(rows, key=lambda row: (row.on, row.base)))
