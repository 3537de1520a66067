"""``watchfloor doctor``: what is wrong with this installation, and what to do about each."""

from __future__ import annotations

import json
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.db import DatabaseError, connection

from watchfloor.cli.kernels import kernels_are_ready
from watchfloor.cli.preparing import migrate as bring_up_to_date
from watchfloor.cli.preparing import steps_behind
from watchfloor.exchange.sandbox import network_isolation
from watchfloor.jobs.queries import oldest_overdue_s, unfinished
from watchfloor.journal.queries import head
from watchfloor.journal.verifying import first_broken_fact
from watchfloor.kit import clock

_DISK_LOW_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing looked at; ``state`` is ok, note or bad, and ``remedy`` says what to do unless it is ok."""

    what: str
    state: str
    found: str
    remedy: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array instead of lines.")
@click.option("--migrate", is_flag=True, help="Bring the database up to date first.")
@click.option("--mail", is_flag=True, help="Also connect to the mail server; nothing is sent.")
def doctor(as_json: bool, migrate: bool, mail: bool) -> None:
    """Look at database, journal, files, kernels, sandbox and settings, and say what is wrong.

    Exit status: 0 nothing is bad, 1 something is. Nothing is changed unless --migrate is given.
    """
    if migrate:
        click.echo(f"{bring_up_to_date()} migration steps ran.", err=True)
    checks: list[Callable[[], Iterator[Diagnosis]]] = [
        _python,
        _home,
        _database,
        _journal,
        _pipeline,
        _kernels,
        _imports,
        _addresses,
        _assets,
    ]
    if mail:
        checks.append(_mail)
    found = [diagnosis for check in checks for diagnosis in _shielded(check)]
    if as_json:
        click.echo(json.dumps([asdict(diagnosis) for diagnosis in found], indent=2))
    else:
        for diagnosis in found:
            mark = {"ok": "  ok ", "note": "note ", "bad": "BAD  "}[diagnosis.state]
            click.echo(f"{mark} {diagnosis.what}: {diagnosis.found}")
            if diagnosis.remedy:
                click.echo(f"      → {diagnosis.remedy}")
    sys.exit(1 if any(diagnosis.state == "bad" for diagnosis in found) else 0)


def _shielded(check: Callable[[], Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
    """One check that cannot be made must not hide the others."""
    try:
        yield from check()
    except (DatabaseError, OSError, ImproperlyConfigured, click.ClickException) as fault:
        yield Diagnosis(
            check.__name__.strip("_"), "bad", f"could not be looked at: {fault}", "Mend what is named first."
        )


def _python() -> Iterator[Diagnosis]:
    yield Diagnosis("python", "ok", f"{platform.python_version()} on {platform.platform()}")


def _home() -> Iterator[Diagnosis]:
    if not settings.HOME.exists():
        yield Diagnosis("data folder", "bad", f"{settings.HOME} does not exist", "Run `watchfloor up` once.")
        return
    free = shutil.disk_usage(settings.HOME).free
    low = free < _DISK_LOW_BYTES
    yield Diagnosis(
        "data folder",
        "bad" if low else "ok",
        f"{settings.HOME}, {free / 1024**3:.1f} GB free",
        "Make room, or name a larger disk in WATCHFLOOR_HOME." if low else "",
    )
    key = settings.HOME / "secret-key"
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Diagnosis("secret key", "bad", "others on this machine may read it", f"chmod 600 {key}")


def _database() -> Iterator[Diagnosis]:
    behind = steps_behind()
    yield Diagnosis(
        "migrations",
        "bad" if behind else "ok",
        f"{behind} steps behind" if behind else "current",
        "`watchfloor doctor --migrate`, or start `watchfloor up`." if behind else "",
    )
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchall()[0][0]
            cursor.execute("PRAGMA synchronous")
            synchronous = cursor.fetchall()[0][0]
            safe = mode == "wal" and synchronous >= 2
            yield Diagnosis(
                "sqlite",
                "ok" if safe else "bad",
                f"journal {mode}, synchronous {synchronous}",
                "" if safe else "Put the file on a local disk; WAL does not work on network shares.",
            )
            cursor.execute("PRAGMA quick_check(1)")
            health = cursor.fetchall()[0][0]
            yield Diagnosis(
                "sqlite file",
                "ok" if health == "ok" else "bad",
                str(health),
                "" if health == "ok" else "Stop Watchfloor and restore the last backup of the data folder.",
            )
        else:
            cursor.execute("SHOW server_version")
            yield Diagnosis("postgresql", "ok", str(cursor.fetchall()[0][0]))


def _journal() -> Iterator[Diagnosis]:
    broken = first_broken_fact()
    yield Diagnosis(
        "journal",
        "bad" if broken else "ok",
        f"fact {broken} does not follow from the one before" if broken else f"{head()} facts, chain unbroken",
        "Somebody changed the database by hand; compare with a backup from before." if broken else "",
    )


def _pipeline() -> Iterator[Diagnosis]:
    waiting_s = oldest_overdue_s(clock.now())
    silent = waiting_s > 300
    yield Diagnosis(
        "pipeline",
        "bad" if silent else "ok",
        f"{unfinished()} jobs unfinished, the oldest due for {waiting_s:.0f} s",
        "No worker takes them: start `watchfloor pipeline` or `watchfloor up`, and read its log." if silent else "",
    )


def _kernels() -> Iterator[Diagnosis]:
    ready = kernels_are_ready()
    yield Diagnosis(
        "engine kernels",
        "ok" if ready else "note",
        "compiled" if ready else "not compiled for this engine yet",
        "" if ready else "The next `watchfloor up` compiles them before it computes anything.",
    )


def _imports() -> Iterator[Diagnosis]:
    found = network_isolation()
    alone = found not in ("", "none")
    yield Diagnosis(
        "import sandbox",
        "ok" if alone else "note",
        f"network isolation: {found or 'none'}",
        "" if alone else "Files are read without network isolation; allow user namespaces or seccomp.",
    )


def _addresses() -> Iterator[Diagnosis]:
    open_to_all = settings.HOST in ("0.0.0.0", "::")  # noqa: S104 - it is looked for, not bound
    plain = settings.PUBLIC_URL.startswith("http://")
    risky = open_to_all and plain
    yield Diagnosis(
        "address",
        "note" if risky else "ok",
        f"listens on {settings.HOST}:{settings.PORT}, known as {settings.PUBLIC_URL}",
        "Anybody on the network can read along: put TLS in front and set WATCHFLOOR_PUBLIC_URL=https://…"
        if risky
        else "",
    )
    yield Diagnosis(
        "mail",
        "ok" if settings.MAIL_CONFIGURED else "note",
        "configured" if settings.MAIL_CONFIGURED else "not configured",
        "" if settings.MAIL_CONFIGURED else "Alerts reach people in the page only; set WATCHFLOOR_SMTP_URL.",
    )
    if settings.DEBUG:
        yield Diagnosis("debug", "bad", "WATCHFLOOR_DEBUG is on", "Error pages show source code; unset it.")


def _assets() -> Iterator[Diagnosis]:
    built = (settings.PACKAGE / "web" / "static" / "build" / "app.js").exists()
    yield Diagnosis(
        "front end", "ok" if built else "bad", "built" if built else "missing", "" if built else "make frontend"
    )


def _mail() -> Iterator[Diagnosis]:
    if not settings.MAIL_CONFIGURED:
        return
    server = get_connection()
    server.open()
    server.close()
    yield Diagnosis("mail server", "ok", "answers")
