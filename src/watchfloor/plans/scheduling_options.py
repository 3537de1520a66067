"""Scheduling options of a plan one by one: as text for the overlay, and set with a check. No Django."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Any

from watchfloor.plans.checks import InvalidPlan
from watchfloor.plans.document import ScheduleOptions

# What a person may set. Which tool the plan is from, and whether it is scheduled backwards, its source says.
SETTABLE = tuple(each.name for each in dataclasses.fields(ScheduleOptions) if each.name not in ("tool", "from_finish"))
MOST_CRITICAL_TICKS = 14_400 * 1_000
_DEFAULTS = ScheduleOptions()


def option_text(options: ScheduleOptions, name: str) -> str:
    """The value of an option as it is kept and compared."""
    return value_text(getattr(options, name))


def value_text(value: object) -> str:
    """A value as text: true and false as JSON has them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def with_option(options: ScheduleOptions, name: str, text: str) -> ScheduleOptions:
    """The options with one of them set.

    Raises:
        InvalidPlan: no such option, or no such value of it.
    """
    if name not in SETTABLE:
        raise InvalidPlan(f"{name} is no scheduling option that can be set.", place=f"options.{name}")
    changed: dict[str, Any] = {name: _value(name, text.strip())}
    return dataclasses.replace(options, **changed)


def _value(name: str, text: str) -> Any:
    default, place = getattr(_DEFAULTS, name), f"options.{name}"
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise InvalidPlan(f"{text!r} is neither true nor false.", place=place)
        return text == "true"
    if isinstance(default, StrEnum):
        known = [each.value for each in type(default)]
        if text not in known:
            raise InvalidPlan(f"{text!r} is none of {', '.join(known)}.", place=place)
        return type(default)(text)
    if not text.lstrip("-").isdecimal() or abs(int(text)) > MOST_CRITICAL_TICKS:
        raise InvalidPlan(f"{text!r} is no number of ticks up to {MOST_CRITICAL_TICKS:,}.", place=place)
    return int(text)
