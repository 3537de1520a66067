"""How an activity earns, as people write it: ``50/50``, ``units``, ``level of effort``, ``as A100``; empty: by percent.

Pure; the one notation of forms, sheets and pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from watchfloor.plans.document import Earning, EarningTechnique

# What a form offers; any other share and a followed activity can be written in a sheet.
OFFERED = ("", "0/100", "25/75", "50/50", "units", "level of effort")
_SHARES = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*/\s*(\d{1,3}(?:\.\d+)?)")
_WORDS = {
    "units": EarningTechnique.UNITS,
    "level of effort": EarningTechnique.LEVEL_OF_EFFORT,
    "loe": EarningTechnique.LEVEL_OF_EFFORT,
}


def earning_of(text: str) -> Earning | None:
    """What was written, as the plan holds it.

    Raises:
        ValueError: it is none of the notations, or two shares that are not 100 together.
    """
    said = text.strip()
    if not said or said.lower() in {"percent", "%"}:
        return None
    if (shares := _SHARES.fullmatch(said)) is not None:
        start, rest = float(shares[1]), float(shares[2])
        if abs(start + rest - 100.0) > 1e-9:
            raise ValueError(said)
        return Earning(EarningTechnique.FIXED, start)
    if said.lower() in _WORDS:
        return Earning(_WORDS[said.lower()])
    if said.lower().startswith("as ") and said[3:].strip():
        return Earning(EarningTechnique.APPORTIONED, base=said[3:].strip())
    raise ValueError(said)


def decoded_earning(value: Mapping[str, Any]) -> Earning:
    """An earning as change sets hold it."""
    return Earning(
        EarningTechnique(value["technique"]), float(value.get("start_percent", 0.0)), str(value.get("base", ""))
    )


def earning_text(earning: Earning | None) -> str:
    """The same in its shortest notation."""
    if earning is None:
        return ""
    if earning.technique is EarningTechnique.FIXED:
        return f"{earning.start_percent:g}/{100.0 - earning.start_percent:g}"
    if earning.technique is EarningTechnique.APPORTIONED:
        return f"as {earning.base}"
    return earning.technique.value.replace("_", " ")
