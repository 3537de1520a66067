"""Notebooks of P6 that MPXJ read."""

from __future__ import annotations

from typing import Any

from watchfloor.exchange.formats.mpxj.java import text
from watchfloor.plans.document import Note
from watchfloor.plans.notebooks import shown


def convert_notebooks(holder: Any) -> tuple[Note, ...]:
    """One note per topic, its text as P6 keeps it."""
    notes = holder.getNotesObject()
    if notes is None:
        return ()
    found = []
    for each in notes.getChildNotes() if hasattr(notes, "getChildNotes") else (notes,):
        topic = each.getNotesTopic() if hasattr(each, "getNotesTopic") else None
        said = each.getNotes() if topic is not None else each
        written = text(said.getHtml()) if hasattr(said, "getHtml") else text(said.toString())
        note = Note(text(topic.getName()) if topic is not None else "", written)
        if shown(note):
            found.append(note)
    return tuple(found)
