"""Text of one cell → a value, or what is wrong with it and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from watchfloor.exchange.formats.values import DURATION_TICKS_MAX, FIRST_YEAR, LAST_YEAR, in_years, minor, number
from watchfloor.plans.document import TICKS_PER_HOUR, TICKS_PER_MINUTE, DependencyKind, Earning
from watchfloor.plans.earning import earning_of

DAY_START, DAY_END = time(8), time(17)
_DURATION = re.compile(
    r"(?P<amount>\d+(?:[.,]\d+)?)\s*(?P<unit>e?(?:mins?|m|hours?|hrs?|h|days?|d|weeks?|w))?", re.IGNORECASE
)
_LINK = re.compile(
    r"(?P<code>.+?)\s*(?P<kind>FS|SS|FF|SF)?\s*"
    r"(?:(?P<sign>[+-])\s*(?P<amount>\d+(?:[.,]\d+)?)\s*(?P<unit>e?(?:m|h|d|w|%))?)?",
    re.IGNORECASE,
)
_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si"})
_NO = frozenset({"", "no", "n", "false", "0", "nein", "non"})


class BadCell(Exception):
    """What is wrong with a cell, and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the predecessors cell."""

    code: str
    project: str = ""
    kind: DependencyKind = DependencyKind.FS
    lag_ticks: int = 0
    elapsed: bool = False
    percent: float | None = None


def moment(text: str, at: time) -> datetime | None:
    """``2026-11-02`` or ``2026-11-02 08:00``; a day alone gets the time ``at``."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadCell(
            f"“{text:.40}” is not a date", "Write year-month-day, like 2026-11-02 or 2026-11-02 08:00."
        ) from None
    if found.tzinfo is not None:
        raise BadCell("The time carries a zone", "Write the local time of the project, without a zone.")
    if not in_years(found):
        raise BadCell(f"The year {found.year} is not plausible", f"Dates lie between {FIRST_YEAR} and {LAST_YEAR}.")
    return datetime.combine(found.date(), at) if len(text) <= 10 else found


def day(text: str) -> date | None:
    found = moment(text, DAY_START)
    return found.date() if found else None


def duration(text: str, *, hours_per_day: float, days_per_week: int) -> tuple[int, bool] | None:
    """(ticks, elapsed) of ``5d``, ``12h``, ``2w``, ``30m``, ``3ed`` or a bare number of days; None when empty."""
    if not text:
        return None
    match = _DURATION.fullmatch(text)
    if match is None:
        raise BadCell(f"“{text:.40}” is not a duration", "Write 5d for days, 12h for hours, 2w for weeks.")
    unit = (match["unit"] or "d").lower()
    elapsed = unit.startswith("e")
    unit = unit.removeprefix("e")[0]
    ticks = _ticks(match["amount"], unit, elapsed=elapsed, hours_per_day=hours_per_day, days_per_week=days_per_week)
    return ticks, elapsed


def _ticks(amount: str, unit: str, *, elapsed: bool, hours_per_day: float, days_per_week: int) -> int:
    hours = 24.0 if elapsed else hours_per_day
    per_unit = {
        "m": float(TICKS_PER_MINUTE),
        "h": float(TICKS_PER_HOUR),
        "d": hours * TICKS_PER_HOUR,
        "w": hours * TICKS_PER_HOUR * (7 if elapsed else days_per_week),
    }[unit]
    ticks = round(float(amount.replace(",", ".")) * per_unit)
    if ticks > DURATION_TICKS_MAX:
        raise BadCell(f"{amount} is too long", "No duration or lag is longer than 400 years.")
    return ticks


def links(text: str, *, known: Iterable[str], hours_per_day: float, days_per_week: int) -> tuple[Link, ...]:
    """Entries of a predecessors cell. A code that looks like a link type or lag is taken as the code it is."""
    codes = known if isinstance(known, (set, frozenset, dict)) else set(known)
    found = []
    for part in re.split(r"[,;\n]", text):
        entry = part.strip()
        if not entry:
            continue
        project, _, rest = entry.rpartition("/")
        if entry in codes:
            found.append(Link(entry))
            continue
        match = _LINK.fullmatch(rest.strip())
        if match is None or not match["code"].strip():
            raise BadCell(f"“{entry:.60}” is no predecessor", "Write A100, A100FS+2d or A110SS.")
        sign = -1 if match["sign"] == "-" else 1
        unit = (match["unit"] or "d").lower()
        elapsed = unit.startswith("e")
        unit = unit.removeprefix("e")
        lag, percent = 0, None
        if match["amount"] and unit == "%":
            percent = sign * float(match["amount"].replace(",", "."))
        elif match["amount"]:
            lag = sign * _ticks(
                match["amount"], unit, elapsed=elapsed, hours_per_day=hours_per_day, days_per_week=days_per_week
            )
        code = match["code"].strip()
        kind = DependencyKind(match["kind"].upper()) if match["kind"] else DependencyKind.FS
        if not project and code not in codes:
            code, kind = _known_code(rest.strip(), match, codes, kind)
        found.append(Link(code, project.strip(), kind, lag, elapsed, percent))
    return tuple(found)


def _known_code(entry: str, match: re.Match[str], codes: object, kind: DependencyKind) -> tuple[str, DependencyKind]:
    """A code that ends like a link type (“PASS”), or the refusal that names the code not found."""
    assert isinstance(codes, (set, frozenset, dict))
    whole = (match["code"] + (match["kind"] or "")).strip()
    if whole in codes:
        return whole, DependencyKind.FS
    raise BadCell(
        f"Activity “{match['code'].strip():.60}” is not in the sheet",
        "Correct the code, or add the activity; a code of another project is written PROJECT/CODE.",
    )


def percent(text: str) -> float | None:
    if not text:
        return None
    value = number(text.rstrip("% "))
    if value is None or not 0 <= value <= 100:
        raise BadCell(f"“{text:.40}” is no percentage", "Write a number from 0 to 100.")
    return value


def money(text: str, currency: str) -> int | None:
    if not text:
        return None
    plain = text.replace(" ", "").replace("\u00a0", "").replace("'", "")
    if re.fullmatch(r"-?\d+,\d{1,3}", plain):
        plain = plain.replace(",", ".")
    value = minor(plain, currency)
    if value is None:
        raise BadCell(f"“{text:.40}” is no amount", "Write digits and a decimal point, like 12000.50.")
    if value < 0:
        raise BadCell("The amount is negative", "Write amounts of cost as positive numbers.")
    return value


def earning(text: str) -> Earning | None:
    try:
        return earning_of(text)
    except ValueError:
        raise BadCell(
            f"“{text:.40}” is no way to earn value",
            "Write 0/100, 25/75, 50/50, units, level of effort, or as and the code of another activity.",
        ) from None


def yes(text: str) -> bool:
    word = text.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadCell(f"“{text:.40}” is neither yes nor no", "Write yes or no.")
