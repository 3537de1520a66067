"""Which revisions touched which activity between two states of a plan: who moved what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from watchfloor.plans.difference import Change, unpack
from watchfloor.plans.models import Revision
from watchfloor.plans.records import RevisionRecord, revision_record

MAX_REVISIONS = 300  # looked through; of a longer story the newest


def revisions_between(
    project_id: int, first: int, last: int
) -> tuple[tuple[RevisionRecord, ...], Mapping[str, Sequence[int]]]:
    """Revisions with ``first < number <= last``, oldest first, and the numbers that touched each activity.

    A link counts as a change of the activity after it, an assignment as one of its activity.
    """
    newest = Revision.objects.filter(project_id=project_id, number__gt=first, number__lte=last).order_by("-number")
    rows = list(reversed(newest[:MAX_REVISIONS]))
    touched: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        for key in _activities(unpack(row.changes).changes):
            touched[key].append(row.number)
    return tuple(revision_record(row) for row in rows), touched


def last_touching(project_id: int, after: int, key: str) -> int | None:
    """The newest revision after a number that changed the row with this key; None if none did."""
    rows = Revision.objects.filter(project_id=project_id, number__gt=after).order_by("-number")
    for number, changes in rows.values_list("number", "changes")[:MAX_REVISIONS]:
        if any(change.key == key for change in unpack(changes).changes):
            return int(number)
    return None


def _activities(changes: Iterable[Change]) -> set[str]:
    found = set()
    for change in changes:
        if change.table == "activities":
            found.add(change.key)
        elif change.table == "dependencies":
            said = change.after or change.before or {}
            found.add(str(said.get("successor") or change.key.rpartition(":")[0].rpartition(">")[2]))
        elif change.table == "assignments":
            found.add(change.key.partition("@")[0])
    return found
