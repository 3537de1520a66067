"""What a process needs before it may start: a current database and collected assets."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import click
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError


def migrate() -> int:
    """Bring the database up to date; returns how many migrations ran. A database newer than this program is refused."""
    settings.HOME.mkdir(parents=True, exist_ok=True)
    behind = steps_behind()
    if behind:
        call_command("migrate", interactive=False, verbosity=0)
    return behind


def need_current_database() -> None:
    """Stop with a way out when the database lacks migrations; only ``up`` changes it unasked."""
    if steps_behind():
        raise click.ClickException(
            "The database is not up to date. Run `watchfloor up` once, or `watchfloor doctor --migrate`."
        )


def collect_assets() -> None:
    """Copy the built assets with hashed names into the data folder, unless they lie there already.

    A process of its own does it: this one has read its settings before the names existed.
    """
    mark = settings.STATIC_ROOT / ".collected"
    digest = _assets_digest()
    if settings.DEBUG or (mark.exists() and mark.read_text() == digest):
        return
    command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--verbosity", "0"]
    done = subprocess.run(  # noqa: S603 - our own interpreter and fixed words
        command, env={**os.environ, "WATCHFLOOR_COLLECTING": "1"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise click.ClickException(f"The assets could not be collected: {done.stderr.strip()[-2000:]}")
    mark.write_text(digest)


def steps_behind() -> int:
    """How many migrations the database lacks; refuses one that is newer than this program."""
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as fault:
        raise click.ClickException(
            f"The database does not answer: {str(fault).strip()}\nCheck WATCHFLOOR_DATABASE_URL and WATCHFLOOR_HOME."
        ) from fault
    known = set(executor.loader.disk_migrations)
    ours = {app for app, _ in known}
    newer = sorted(step for step in executor.loader.applied_migrations if step[0] in ours and step not in known)
    if newer:
        raise click.ClickException(
            f"The database was written by a newer Watchfloor (it knows {newer[0][0]}.{newer[0][1]}). Install that one."
        )
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _assets_digest() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list(["*.map"]), key=lambda row: row[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}:{status.st_size}:{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
