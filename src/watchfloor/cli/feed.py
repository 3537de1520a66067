"""``watchfloor feed``: files, patterns and folders that are read again and again."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import click

from watchfloor.exchange import feed_queries, operations
from watchfloor.exchange.feed_records import FeedFileRecord, FeedRecord
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM

_EVERY = re.compile(r"(\d{1,5})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SIZES = ((604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m"))
_FILES_SHOWN = 50


class _Every(click.ParamType[timedelta, object]):
    """A time between plans: ``15m``, ``2h``, ``1d``, ``1w``."""

    name = "interval"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = _EVERY.fullmatch(str(value).strip().lower())
        if match is None:
            self.fail(f"“{value}” is no interval; write 15m, 2h, 1d or 1w.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.group()
def feed() -> None:
    """Files that bring new plans by themselves.

    A feed reads a file, the newest file of a pattern, or a folder, while `watchfloor up` or `watchfloor pipeline` runs;
    only a changed file makes a new revision. What should have come and did not is listed.
    """


@feed.command("list")
def listing() -> None:
    """All feeds, when they were last read, what went wrong and what did not come."""
    rows = feed_queries.feeds(SYSTEM, now=clock.now())
    if not rows:
        click.echo("There is no feed. `watchfloor feed add PATH --project CODE` sets one up.")
    for row in rows:
        click.echo(_line(row))


@feed.command()
@click.argument("feed_id", type=int)
def show(feed_id: int) -> None:
    """One feed with its files and what became of each."""
    click.echo(_line(feed_queries.feed(SYSTEM, feed_id, now=clock.now())))
    for each in feed_queries.feed_files(SYSTEM, feed_id, limit=_FILES_SHOWN):
        click.echo(_file_line(each))


@feed.command()
@click.argument("path")
@click.option("--project", "project_code", default="", help="Code of the project a file or pattern belongs to.")
@click.option("--programme", "programme_code", default="", help="Code of the programme a folder belongs to.")
@click.option(
    "--every",
    type=_Every(),
    default="1w",
    show_default=True,
    help="How often a new plan is expected: 15m, 2h, 1d, 1w. It is looked for every hour at least.",
)
@click.option("--new-projects", is_flag=True, help="In a folder: a plan like none we hold becomes a new project.")
def add(path: str, project_code: str, programme_code: str, every: timedelta, new_projects: bool) -> None:
    """Read PATH from now on: a file, a pattern such as "/plans/HB-01_*.xer" (its newest file), or a folder.

    A folder without --programme belongs to the organisation; its files find their projects as imports do.
    """
    record = operations.add_feed(
        SYSTEM,
        # A person at a terminal names files from where they stand.
        Path(path).expanduser() if Path(path).is_absolute() else Path.cwd() / path,
        project_code=project_code,
        programme_code=programme_code,
        every=every,
        makes_projects=new_projects,
        now=clock.now(),
    )
    click.echo(f"Added feed {record.id}: {record.path} every {interval(record.every_seconds)}.")


@feed.command()
@click.argument("feed_id", type=int)
def remove(feed_id: int) -> None:
    """Read this feed no longer; what it brought stays."""
    operations.remove_feed(SYSTEM, feed_id, now=clock.now())
    click.echo(f"Removed feed {feed_id}. `watchfloor feed restore {feed_id}` takes that back.")


@feed.command()
@click.argument("feed_id", type=int)
def restore(feed_id: int) -> None:
    """Take the removing of a feed back."""
    click.echo(_line(operations.restore_feed(SYSTEM, feed_id, now=clock.now())))


@feed.command()
@click.argument("feed_id", type=int)
def pause(feed_id: int) -> None:
    """Leave this feed alone until `feed resume`."""
    click.echo(_line(operations.change_feed(SYSTEM, feed_id, active=False, now=clock.now())))


@feed.command()
@click.argument("feed_id", type=int)
def resume(feed_id: int) -> None:
    """Read a paused feed again."""
    click.echo(_line(operations.change_feed(SYSTEM, feed_id, active=True, now=clock.now())))


@feed.command()
@click.argument("feed_id", type=int, required=False)
def run(feed_id: int | None) -> None:
    """Read one feed, or all of them, now. Exit status 1 when a feed or one of its files cannot be read."""
    now = clock.now()
    one = None if feed_id is None else feed_queries.feed(SYSTEM, feed_id, now=now)
    rows = (one,) if one is not None else tuple(row for row in feed_queries.feeds(SYSTEM, now=now) if row.active)
    failed = False
    for row in rows:
        done = operations.read_feed(row.id, beat=lambda done, total, note: True, now=clock.now(), again=True)
        click.echo(_line(feed_queries.feed(SYSTEM, row.id, now=clock.now())))
        read = dict(done.read)
        for each in feed_queries.feed_files(SYSTEM, row.id, limit=len(read) + _FILES_SHOWN):
            if each.name in read:
                click.echo(_file_line(each))
        failed = failed or bool(done.error) or any(outcome in ("refused", "failed") for outcome in read.values())
    if failed:
        raise SystemExit(1)


def _line(row: FeedRecord) -> str:
    whose = row.project_code or row.programme_code or "organisation"
    read = f"read {row.last_run_at:%Y-%m-%d %H:%M} UTC" if row.last_run_at else "not read yet"
    changed = f", changed {row.last_change_at:%Y-%m-%d %H:%M} UTC" if row.last_change_at else ""
    state = "" if row.active else " [paused]"
    lines = [f"{row.id:4} {whose:16} every {interval(row.every_seconds):6} {row.path}  {read}{changed}{state}"]
    if row.last_error:
        lines.append(f"      {row.last_error}")
    if row.bad_files:
        lines.append(f"      files refused: {row.bad_files}; `watchfloor feed show {row.id}` says why")
    lines += [f"      did not come: {each.project_code}, due {each.due_at:%Y-%m-%d %H:%M} UTC" for each in row.missing]
    return "\n".join(lines)


def _file_line(each: FeedFileRecord) -> str:
    whose = f" → {', '.join(each.project_codes)}" if each.project_codes else ""
    said = f"     {each.name}{whose}: {each.outcome}"
    if each.error:
        said += f"\n        {each.error} {each.remedy}".rstrip()
    if each.outcome in ("asks", "held") and each.import_id is not None:
        said += f" (import {each.import_id} waits for an answer)"
    return said


def interval(seconds: int) -> str:
    for size, unit in _SIZES:
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
