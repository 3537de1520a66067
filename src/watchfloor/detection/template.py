"""Message templates: what a detector puts beside its codes, filled at the edge by ``messages``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise


class Figure(StrEnum):
    """How a parameter is written."""

    TEXT = "text"
    COUNT = "count"
    DAYS = "days"
    DATE = "date"
    MOMENT = "moment"
    MONEY = "money"  # minor units; the currency is the parameter ``currency``
    SHARE = "share"  # 0.05 is five per cent
    INDEX = "index"  # an index such as CPI, with two decimals
    NUMBER = "number"  # of a point of schedule quality: a share, a count or an index
    POINT = "point"  # a code of a point of schedule quality
    STATUS = "status"  # a status code
    BASELINE = "baseline"  # a kind of baseline, so that a provisional one is never taken for an approved one


@dataclass(frozen=True, slots=True)
class Message:
    """Headline and explanation of one code, as templates with ``%(name)s``; ``figures`` says how names are written."""

    headline: str | Promise
    explanation: str | Promise
    figures: Mapping[str, Figure]
