"""``watchfloor web``: pages, API and live events in one process."""

from __future__ import annotations

import click
from django.conf import settings

from watchfloor.cli.preparing import collect_assets, need_current_database
from watchfloor.kit.process import die_with_parent

_SECONDS_FOR_OPEN_STREAMS = 2


@click.command()
@click.option("--host", default=None, help="Address to listen on (default: WATCHFLOOR_HOST, 127.0.0.1).")
@click.option("--port", default=None, type=click.IntRange(1, 65535), help="Port (default: WATCHFLOOR_PORT, 8400).")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when the starting process ends.")
def web(host: str | None, port: int | None, with_parent: bool) -> None:
    """Serve pages, API and live events.

    Run as many as you like on one PostgreSQL database, each with a `watchfloor pipeline` somewhere. With SQLite use
    `watchfloor up`, which starts both.
    """
    if with_parent:
        die_with_parent()
    need_current_database()
    collect_assets()
    serve(host or settings.HOST, port or settings.PORT)


def serve(host: str, port: int) -> None:
    """Run Granian until told to stop. Open event streams get two seconds, then the process ends regardless."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "watchfloor.config.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        backlog=2048,
        log_level=LogLevels.warning,
        workers_kill_timeout=_SECONDS_FOR_OPEN_STREAMS,
    ).serve()
