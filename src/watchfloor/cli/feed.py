"""``watchfloor feed``: files that are read again and again."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import click

from watchfloor.exchange import operations, queries
from watchfloor.exchange.records import FeedRecord
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM

_EVERY = re.compile(r"(\d{1,5})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class _Every(click.ParamType[timedelta, object]):
    """A time between readings: ``90s``, ``15m``, ``2h``, ``1d``."""

    name = "interval"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = _EVERY.fullmatch(str(value).strip().lower())
        if match is None:
            self.fail(f"“{value}” is no interval; write 15m, 2h or 1d.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.group()
def feed() -> None:
    """Files that bring new plans by themselves.

    A feed reads one file for one project every so often while `watchfloor up` or `watchfloor pipeline` runs; only a
    changed file makes a new revision.
    """


@feed.command("list")
def listing() -> None:
    """All feeds, when they were last read, and what went wrong."""
    rows = queries.feeds(SYSTEM)
    if not rows:
        click.echo("There is no feed. `watchfloor feed add FILE --project CODE` sets one up.")
    for row in rows:
        click.echo(_line(row))


@feed.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--project", "project_code", required=True, help="Code of the project the file belongs to.")
@click.option("--every", type=_Every(), default="1h", show_default=True, help="Time between readings: 15m, 2h, 1d.")
def add(path: Path, project_code: str, every: timedelta) -> None:
    """Read this file for this project from now on."""
    record = operations.add_feed(SYSTEM, path, project_code=project_code, every=every, now=clock.now())
    click.echo(f"Added feed {record.id}: {record.path} every {_interval(record.every_seconds)}.")


@feed.command()
@click.argument("feed_id", type=int)
def remove(feed_id: int) -> None:
    """Read this feed no longer; what it brought stays."""
    operations.remove_feed(SYSTEM, feed_id, now=clock.now())
    click.echo(f"Removed feed {feed_id}.")


@feed.command()
@click.argument("feed_id", type=int, required=False)
def run(feed_id: int | None) -> None:
    """Read one feed, or all of them, now. Exit status 1 when one cannot be read."""
    rows = [row for row in queries.feeds(SYSTEM) if row.active and feed_id in (None, row.id)]
    if feed_id is not None and not rows:
        raise NotFound(f"There is no feed {feed_id}.", remedy="`watchfloor feed list` shows them.")
    failed = 0
    for row in rows:
        operations.read_feed(row.id, beat=lambda done, total, note: True, now=clock.now())
        (after,) = (each for each in queries.feeds(SYSTEM) if each.id == row.id)
        click.echo(_line(after))
        failed += bool(after.last_error)
    if failed:
        raise SystemExit(1)


def _line(row: FeedRecord) -> str:
    read = f"read {row.last_run_at:%Y-%m-%d %H:%M} UTC" if row.last_run_at else "not read yet"
    changed = f", changed {row.last_change_at:%Y-%m-%d %H:%M} UTC" if row.last_change_at else ""
    error = f"\n      {row.last_error}" if row.last_error else ""
    return f"{row.id:4} {row.project_code:16} every {_interval(row.every_seconds):6} {row.path}  {read}{changed}{error}"


def _interval(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
