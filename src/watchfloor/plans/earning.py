"""How an activity earns, as people write it: ``50/50``, ``units``, ``as A100``, ``milestones M1:30, M2:70`` and so on.

Empty: by percent complete. Milestones without a weight count 1 each.

Pure; the one notation of forms, sheets and pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from watchfloor.plans import codec
from watchfloor.plans.document import Earning, EarningTechnique, WeightedMilestone

# What a form offers; any other share and a followed activity can be written in a sheet.
OFFERED = ("", "0/100", "25/75", "50/50", "units", "level of effort")
_SHARES = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*/\s*(\d{1,3}(?:\.\d+)?)")
_WEIGHTED = re.compile(r"(.*?[^:\s])(?:\s*:\s*(\d{1,6}(?:\.\d{1,6})?))?")
MOST_MILESTONES = 100
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
    if said.lower().startswith("milestones "):
        return Earning(EarningTechnique.MILESTONES, milestones=_milestones(said[len("milestones ") :], said))
    raise ValueError(said)


def _milestones(text: str, said: str) -> tuple[WeightedMilestone, ...]:
    found = []
    for part in text.split(",")[: MOST_MILESTONES + 1]:
        weighted = _WEIGHTED.fullmatch(part.strip())
        if weighted is None:
            raise ValueError(said)
        found.append(WeightedMilestone(weighted[1].strip(), float(weighted[2] or 1.0)))
    if len(found) > MOST_MILESTONES or len({each.key for each in found}) < len(found):
        raise ValueError(said)
    return tuple(found)


def decoded_earning(value: Mapping[str, Any]) -> Earning:
    """An earning as change sets hold it."""
    return codec.decode(Earning, value, "earning")


def earning_text(earning: Earning | None) -> str:
    """The same in its shortest notation."""
    if earning is None:
        return ""
    if earning.technique is EarningTechnique.FIXED:
        return f"{earning.start_percent:g}/{100.0 - earning.start_percent:g}"
    if earning.technique is EarningTechnique.APPORTIONED:
        return f"as {earning.base}"
    if earning.technique is EarningTechnique.MILESTONES:
        named = (each.key if each.weight == 1 else f"{each.key}:{each.weight:g}" for each in earning.milestones)
        return f"milestones {', '.join(named)}"
    return earning.technique.value.replace("_", " ")
