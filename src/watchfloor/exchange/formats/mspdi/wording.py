"""Words and numbers of MSPDI as they are written; the other way round is ``values``."""

from __future__ import annotations

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement

from watchfloor.plans.document import TICKS_PER_DAY, TICKS_PER_MINUTE


def duration_text(ticks: int) -> str:
    minutes, tenths = divmod(abs(ticks), TICKS_PER_MINUTE)
    return f"{'-' if ticks < 0 else ''}PT{minutes // 60}H{minutes % 60}M{tenths * 6}S"


def amount_text(minor: object, digits: int) -> str | None:
    """Hundredths of the currency's main unit, whatever its minor unit is."""
    if not isinstance(minor, int):
        return None
    return str(minor * 10 ** (2 - digits)) if digits <= 2 else f"{minor / 10 ** (digits - 2):.{digits - 2}f}"


def fill(item: Element, **values: object) -> None:
    """Child elements in the order given; what is None is left out."""
    for name, value in values.items():
        if value is None:
            continue
        if isinstance(value, bool):
            text = str(int(value))
        elif isinstance(value, datetime):
            text = value.strftime("%Y-%m-%dT%H:%M:%S")
        else:
            text = "".join(sign for sign in str(value) if sign >= " " or sign in "\t\n")
        SubElement(item, name).text = text


def clock_text(ticks: int) -> str:
    minutes = ticks % TICKS_PER_DAY // TICKS_PER_MINUTE  # a night shift ends on the next day's clock
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"
