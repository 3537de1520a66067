"""Rows that change keep what they said before, so that they can be read as of a moment.

An operation takes what a row says (:func:`taken`), changes and saves it, then calls :func:`keep`. A query that looks
from a moment asks :func:`earlier` once and puts the answers into the rows it read (:func:`as_it_was`), so that from
there on the past goes the same way as the present.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import connection, models

from watchfloor.journal.models import Version

Row = TypeVar("Row", bound=models.Model)
Said = Mapping[str, Any]  # field → plain value
_PART = 500  # ids in one query


def taken(row: models.Model) -> dict[str, Any]:
    """What the row says now, field by field; call it before changing the row."""
    return {each.attname: getattr(row, each.attname) for each in _fields(type(row))}


def keep(about: str, row: models.Model, was: Said | None, *, now: datetime, but: Collection[str] = ()) -> None:
    """Remember what the changed row said before; ``was`` is None for a row that was just made.

    ``but`` names fields whose past nobody asks for. Without a difference nothing is stored.
    """
    assert connection.in_atomic_block, "a version is kept in the transaction of the change"
    said = None
    if was is not None:
        said = {name: _plain(value) for name, value in was.items() if getattr(row, name) != value and name not in but}
        if not said:
            return
    Version.objects.create(about=about, subject_id=row.pk, until=now, said=said)


def save_with_past(about: str, row: models.Model, *, now: datetime, fields: Collection[str] | None = None) -> None:
    """Save the row, and remember what the database said of it until now."""
    stored = None if row.pk is None else type(row)._default_manager.filter(pk=row.pk).first()
    row.save(update_fields=fields)
    keep(about, row, taken(stored) if stored is not None else None, now=now)


def keep_gone(about: str, row: models.Model, *, now: datetime) -> None:
    """Remember everything a row says that is about to be deleted."""
    said = {name: _plain(value) for name, value in taken(row).items()}
    Version.objects.create(about=about, subject_id=row.pk, until=now, said=said)


def forget(about: str, subject_ids: Collection[int]) -> None:
    """Drop the versions of rows that are removed for good."""
    Version.objects.filter(about=about, subject_id__in=subject_ids).delete()


def earlier(about: str, at: datetime, subject_ids: Collection[int] | None = None) -> dict[int, Said | None]:
    """What rows that changed after the moment said at it: the fields that differ; None for rows made later."""
    rows = Version.objects.filter(about=about, until__gt=at)
    if subject_ids is not None and len(subject_ids) <= _PART:
        rows = rows.filter(subject_id__in=subject_ids)
    found: dict[int, dict[str, Any] | None] = {}
    # From the newest back to the moment: each version overwrites what a later one said of the same field.
    for subject_id, said in rows.order_by("-until", "-id").values_list("subject_id", "said"):
        if said is None:
            found[subject_id] = None
        else:
            found[subject_id] = {**(found.get(subject_id) or {}), **said}
    return dict(found)


def as_it_was(row: Row, said: Said) -> Row:
    """The row with what it said then; it is no longer to be saved."""
    for name, value in said.items():
        setattr(row, name, _value(type(row), name, value))
    return row


def rewound(about: str, rows: Iterable[Row], at: datetime) -> list[Row]:
    """The rows as they stood at the moment, without those made later. One query."""
    known = list(rows)
    changed = earlier(about, at, [row.pk for row in known])
    found = []
    for row in known:
        said = changed.get(row.pk, {})
        if said is not None:
            found.append(as_it_was(row, said))
    return found


def revived(about: str, model: type[Row], at: datetime, *, present: Collection[int]) -> list[Row]:
    """Rows that stood at the moment and were deleted since; ``present`` are the ids that still exist."""
    changed = earlier(about, at)
    names = {each.attname for each in _fields(model)}
    return [
        as_it_was(model(pk=pk), said)
        for pk, said in changed.items()
        if pk not in present and said is not None and names <= said.keys()
    ]


def _fields(model: type[models.Model]) -> list[Any]:
    return [each for each in model._meta.concrete_fields if not each.primary_key]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _value(model: type[models.Model], name: str, value: Any) -> Any:
    field = next(each for each in _fields(model) if each.attname == name)
    return value if value is None or isinstance(field, models.JSONField) else field.to_python(value)
