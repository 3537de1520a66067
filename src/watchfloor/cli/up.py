"""``watchfloor up``: web and pipeline as one process tree, with the sample organisation on first start."""

from __future__ import annotations

import fcntl
import time
from datetime import timedelta
from pathlib import Path
from typing import IO

import click
from django.conf import settings
from django.db import connections

from watchfloor.accounts.operations import create_sign_in_link, first_administrator
from watchfloor.accounts.queries import UserRecord
from watchfloor.cli.kernels import compile_kernels, kernels_are_ready
from watchfloor.cli.preparing import collect_assets, migrate
from watchfloor.cli.tree import ProcessTree
from watchfloor.kit import clock
from watchfloor.portfolio.queries import organisation

_LINK_LIFE = timedelta(hours=12)


@click.command()
@click.option(
    "--sample",
    type=click.Choice(["full", "small", "none"]),
    default="full",
    show_default=True,
    help="What to load on the very first start: 48 projects, 6 projects, or nothing.",
)
def up(sample: str) -> None:
    """Start everything on this machine; Ctrl-C stops it.

    Creates the database on first start, brings it up to date later, serves at WATCHFLOOR_HOST:WATCHFLOOR_PORT and
    prints a link that signs the administrator in once. Data stays in WATCHFLOOR_HOME.
    """
    began = time.monotonic()
    settings.HOME.mkdir(parents=True, exist_ok=True)
    with _only_one():
        migrated = migrate()
        if migrated:
            _say(f"Database brought up to date ({migrated} steps)", began)
        collect_assets()
        administrator = first_administrator(clock.now())
        connections.close_all()  # the children have their own; ours is opened again when it is needed
        tree = ProcessTree(log_folder=settings.HOME / "log")
        with tree.stopped_at_the_end():
            if not kernels_are_ready():
                # Before the web server, too: pages import the engine, and a request must never wait for a compiler.
                _say("Compiling the engine's kernels (once per machine)", began)
                compile_kernels(lambda line: _say(f"  {line}", began))
            tree.start("web", restart=True)
            tree.start("pipeline", restart=True)
            tree.wait_for_port(settings.HOST, settings.PORT, patience_s=120)
            _announce(administrator, began)
            if _wants_sample(sample):
                _load_sample(tree, sample, began)
            tree.watch()
    click.echo("Stopped.")


def _announce(administrator: UserRecord, began: float) -> None:
    secret = create_sign_in_link(administrator, clock.now(), life=_LINK_LIFE)
    connections.close_all()
    click.echo(
        f"\n  Watchfloor is up after {time.monotonic() - began:.1f} s:  {settings.PUBLIC_URL}\n"
        f"  Sign in once with:  {settings.PUBLIC_URL}/sign-in/link/{secret}\n"
        f"  Data: {settings.HOME}   Logs: {settings.HOME / 'log'}   Stop with Ctrl-C\n"
    )


def _wants_sample(sample: str) -> bool:
    """On the first start, and after one whose sample did not arrive whole."""
    marks = settings.HOME / "sample-offered"
    wanted = sample != "none" and not marks.exists() and (organisation() is None or _sample_begun().exists())
    connections.close_all()
    return wanted


def _load_sample(tree: ProcessTree, size: str, began: float) -> None:
    """Load it beside the running floor; its progress is ours to show, its failure is not our end."""
    _sample_begun().touch()
    click.echo("Loading the sample organisation; the floor answers meanwhile.")
    finished = tree.run("sample", "load", "--size", size)
    if finished == 0:
        (settings.HOME / "sample-offered").touch()
        _sample_begun().unlink(missing_ok=True)
        _say("Sample organisation loaded", began)
    elif finished is not None:
        click.echo("The sample organisation could not be loaded; `watchfloor sample load` tries again.", err=True)


def _sample_begun() -> Path:
    mark: Path = settings.HOME / "sample-begun"
    return mark


def _say(line: str, began: float) -> None:
    click.echo(f"[{time.monotonic() - began:6.1f} s] {line}")


class _only_one:  # noqa: N801 - reads as a phrase where it is used
    """One ``up`` per data folder: two would fight over the port and the log files."""

    _file: IO[str]

    def __enter__(self) -> None:
        self._file = (settings.HOME / "up.lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"Watchfloor is already up on {settings.HOME}. Stop that one, or name another WATCHFLOOR_HOME."
            ) from None

    def __exit__(self, *_: object) -> None:
        self._file.close()
