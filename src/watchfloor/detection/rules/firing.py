"""When a rule speaks: it must hold for some statuses in a row, and be over for some before it falls silent. Pure."""

from __future__ import annotations

from collections.abc import Sequence

STATUSES_MAX = 8  # that a rule may be made to wait for, either way


def firing(answers: Sequence[bool | None], hold_for: int, clear_after: int) -> tuple[bool, ...]:
    """Whether the rule speaks at each status, oldest first.

    An answer that is not known neither counts for nor against: the rule stays as it was, and so do the counts.
    """
    found = []
    is_on, run = False, 0
    for answer in answers:
        if answer is not None:
            run = run + 1 if answer != is_on else 0
            if run >= (clear_after if is_on else hold_for):
                is_on, run = not is_on, 0
        found.append(is_on)
    return tuple(found)
