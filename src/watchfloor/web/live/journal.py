"""Follows the journal from one thread per process, however many viewers there are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, connection

from watchfloor.journal.queries import FactRecord, facts, head
from watchfloor.kit.db import FACTS_CHANNEL
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.web.fragments import touched

_log = logging.getLogger("watchfloor.live")
_SQLITE_POLL_S = 0.02
_POSTGRESQL_WAIT_S = 1.0
_AFTER_FAULT_S = 1.0
_BATCH = 500
_RIGHTS = frozenset({"access.changed", "project.created", "project.removed", "programme.created", "programme.changed"})
_PLACES = frozenset({"programme_id", "client_id", "legal_entity_id"})


@dataclass(frozen=True, slots=True)
class Touch:
    """What one fact means for open pages.

    ``names`` are the live parts whose content may have changed; ``moves_rights`` says that somebody may see more or
    less than before. A fact of no project concerns whoever did it, whoever sees everything, those who see the
    programme it is about, or (``for_all``) everybody.
    """

    fact_id: int
    project_id: int | None
    names: tuple[str, ...]
    moves_rights: bool
    actor_id: int | None = None
    programme_id: int | None = None
    for_all: bool = False

    def concerns(self, viewer: Viewer) -> bool:
        """Whether the viewer may notice that something happened; nobody is woken by what they may not see."""
        if self.for_all or viewer.may("project.view"):
            return True
        if self.project_id is not None:
            return viewer.may("project.view", self.project_id)
        did_it = self.actor_id is not None and self.actor_id == viewer.user_id
        return did_it or viewer.may_in_programme("project.view", self.programme_id)


class JournalFollower(threading.Thread):
    """Hands new facts to ``publish`` in order, at most ``_BATCH`` at a time, soon after their commit.

    SQLite is asked every 20 ms whether another connection wrote (a few microseconds); PostgreSQL wakes us.
    """

    def __init__(self, publish: Callable[[tuple[Touch, ...]], None]) -> None:
        super().__init__(name="journal-follower", daemon=True)
        self._publish = publish
        self._stopping = threading.Event()
        self._seen_version = -1
        self.position = head()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._something_written():
                    self._read()
            except DatabaseError:
                _log.exception("The journal cannot be read; live pages wait")
                connection.close()
                self._seen_version = -1
                self._stopping.wait(_AFTER_FAULT_S)
        connection.close()

    def _read(self) -> None:
        while not self._stopping.is_set():
            batch = touches(self.position, _BATCH)
            if not batch:
                return
            self.position = batch[-1].fact_id
            self._publish(batch)
            if len(batch) < _BATCH:
                return

    def _something_written(self) -> bool:
        if connection.vendor == "postgresql":
            return self._notified()
        self._stopping.wait(_SQLITE_POLL_S)
        with connection.cursor() as cursor:
            # The pragma tells of other connections' commits only, which is what we want; fetchall ends the statement.
            version = cursor.execute("PRAGMA data_version").fetchall()[0][0]
        changed = version != self._seen_version
        self._seen_version = version
        return bool(changed)

    def _notified(self) -> bool:
        connection.ensure_connection()
        driver = connection.connection
        if self._seen_version < 0:
            driver.execute(f"LISTEN {FACTS_CHANNEL}")
            self._seen_version = 0
            return True
        for _ in driver.notifies(timeout=_POSTGRESQL_WAIT_S, stop_after=1):
            pass
        # Silence is no proof, a notification may be lost with a connection: the journal is read once a second anyway.
        return True


def touches(after: int, limit: int) -> tuple[Touch, ...]:
    """The facts after one, as what they touch."""
    return tuple(_touch(fact) for fact in facts(SYSTEM, after=after, limit=limit))


def _touch(fact: FactRecord) -> Touch:
    about_programme = fact.subject_kind == "programme" and fact.project_id is None
    return Touch(
        fact.id,
        fact.project_id,
        touched(fact),
        _moves_rights(fact),
        actor_id=fact.actor_id,
        programme_id=fact.subject_id if about_programme else None,
        for_all=fact.project_id is None and fact.subject_kind == "organisation",
    )


def _moves_rights(fact: FactRecord) -> bool:
    if fact.kind == "project.changed":
        # A project that moves to another programme or client is seen by others; its other fields move nobody's rights.
        return not _PLACES.isdisjoint(fact.data.get("fields", ()))
    return fact.kind in _RIGHTS
