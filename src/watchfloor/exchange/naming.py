"""Names that differ from week to week only by a date or a number of the issue: what stays the same of them.

``series_update_20251121.xer`` and ``series_update_20251204.xer`` are one pattern, ``series_update_*.xer``;
``HB-03.xml`` and ``HB-04.xml`` are two. No Django.
"""

from __future__ import annotations

import re

_PARTS = (
    r"(?<!\d)(?:19|20)\d{2}[-_. ]?(?:0[1-9]|1[0-2])[-_. ]?(?:0[1-9]|[12]\d|3[01])(?!\d)",  # 2025-12-04, 20251204
    r"(?<!\d)(?:0[1-9]|[12]\d|3[01])[-_. ](?:0[1-9]|1[0-2])[-_. ](?:19|20)?\d{2}(?!\d)",  # 04.12.2025, 04-12-25
    r"(?<!\d)(?:19|20)\d{2}[-_ ]?(?:w|kw|cw|wk|week)[-_ ]?\d{1,2}(?!\d)",  # 2025-W49
    r"(?<![a-z])(?:kw|cw|wk|week|woche|update|upd|revision|rev|version|ver|issue|v)[-_. ]?\d{1,4}(?!\d)",  # rev 3, wk49
    r"[ _]?\(\d{1,3}\)",  # a browser's second download
)
_CHANGING = re.compile("|".join(_PARTS), re.IGNORECASE)
_STARS = re.compile(r"\*(?:[-_. ]*\*)+")


def pattern_of(name: str) -> str:
    """The name in lower case with every date, week or issue number in it as ``*``.

    A name that is nothing but such a number (``2025-12-04.xer``) stays as it is: it says nothing about the project.
    """
    plain = name.strip().casefold()
    found = _STARS.sub("*", _CHANGING.sub("*", plain))
    stem, _dot, _ending = found.rpartition(".")
    return found if any(each.isalnum() for each in stem or found) else plain
