"""Notebooks of an XER file: of activities, of WBS nodes, and of the project, which P6 keeps on its topmost node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from watchfloor.exchange.formats.xer.tables import XerFile
from watchfloor.plans.document import Note
from watchfloor.plans.notebooks import shown


class _Topic(NamedTuple):
    memo_type_id: str
    memo_type: str


class _ActivityMemo(NamedTuple):
    task_id: str
    memo_type_id: str
    task_memo: str


class _NodeMemo(NamedTuple):
    wbs_id: str
    memo_type_id: str
    wbs_memo: str


Notebooks = dict[str, tuple[Note, ...]]  # by the id of the activity or node


def activity_notebooks(file: XerFile) -> Notebooks:
    return _notebooks(file, file.records("TASKMEMO", _ActivityMemo))


def node_notebooks(file: XerFile) -> Notebooks:
    return _notebooks(file, file.records("WBSMEMO", _NodeMemo))


def _notebooks(file: XerFile, memos: Iterable[tuple[str, str, str]]) -> Notebooks:
    topics = {row.memo_type_id: row.memo_type for row in file.records("MEMOTYPE", _Topic)}
    found: dict[str, list[Note]] = defaultdict(list)
    for owner, topic, text in memos:
        # P6 writes each line break as two DEL characters.
        note = Note(topics.get(topic, ""), text.replace("\x7f\x7f", "\n").replace("\x7f", "\n"))
        if shown(note):
            found[owner].append(note)
    return {owner: tuple(notes) for owner, notes in found.items()}
