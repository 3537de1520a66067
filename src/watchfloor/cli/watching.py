"""``watchfloor import FOLDER --watch``: goes on importing what is new or changed in a folder until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
from django.db import close_old_connections

from watchfloor.exchange import feed_queries, operations
from watchfloor.exchange.feed_records import FeedRecord
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM

_LOOK_EVERY_S = 2.0
_BAD = frozenset({"refused", "failed"})


def watch(folder: Path, *, programme_code: str) -> bool:
    """Import the folder's files as they come and settle; returns whether none of them was refused.

    What was imported is kept as a feed that only this command reads, so that a restart imports nothing again.
    """
    record = _feed_of(folder, programme_code)
    click.echo(f"Watching {record.path}; Ctrl-C ends. {record.files} files are known from before.")
    refused: dict[str, str] = {}
    error = ""
    with _until_told() as stop:
        while not stop.is_set():
            close_old_connections()
            run = operations.read_feed(
                record.id, beat=lambda done, total, note: not stop.is_set(), now=clock.now(), settle=stop.wait
            )
            if run.error and run.error != error:
                click.echo(run.error, err=True)
            error = run.error
            _say(record.id, dict(run.read), refused)
            stop.wait(_LOOK_EVERY_S)
    click.echo("Stopped watching." + (f" {len(refused)} files were refused." if refused else ""))
    return not refused


def _feed_of(folder: Path, programme_code: str) -> FeedRecord:
    path = str(folder.resolve())
    for row in feed_queries.feeds(SYSTEM, now=clock.now()):
        if row.path == path and row.kind == "folder" and row.programme_code == programme_code:
            if row.by_command:
                return row
            raise click.UsageError(f"Feed {row.id} reads this folder already, while the pipeline runs.")
    return operations.add_feed(
        SYSTEM,
        path,
        programme_code=programme_code,
        every=timedelta(hours=1),
        makes_projects=True,  # as an import of the same files by hand would
        by_command=True,
        now=clock.now(),
    )


def _say(feed_id: int, read: dict[str, str], refused: dict[str, str]) -> None:
    """One line per file that was read; ``refused`` keeps those that were not taken."""
    if not read:
        return
    for each in feed_queries.feed_files(SYSTEM, feed_id, limit=feed_queries.FILES_SHOWN):
        if each.name not in read:
            continue
        whose = f" → {', '.join(each.project_codes)}" if each.project_codes else ""
        said = f"{clock.now():%H:%M:%S} {each.name}{whose}: {each.outcome}"
        if each.outcome in _BAD:
            refused[each.name] = each.error
            click.echo(f"{said}: {each.error} {each.remedy}".rstrip(), err=True)
        else:
            refused.pop(each.name, None)
            click.echo(said)


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event set by Ctrl-C or a supervisor's SIGTERM; the file in hand is finished or left as it was."""
    stop = threading.Event()
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        for each in before:
            signal.signal(each, lambda *_: stop.set())
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
