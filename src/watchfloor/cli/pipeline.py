"""``watchfloor pipeline``: the worker that turns facts into forecasts, findings, alerts and deliveries."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from watchfloor.cli.preparing import need_current_database
from watchfloor.kit.process import die_with_parent
from watchfloor.pipeline.worker import run_forever
from watchfloor.sample.work import LONG_JOBS


@click.command()
@click.option("--with-parent", is_flag=True, hidden=True, help="End when the starting process ends.")
def pipeline(with_parent: bool) -> None:
    """Run the pipeline until stopped; the job in hand is finished first.

    Several may run on one PostgreSQL database: each job is claimed under a lease by one of them, and the work of one
    that dies returns by itself.
    """
    if with_parent:
        die_with_parent()
    need_current_database()
    stop = threading.Event()

    def _stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    run_forever(stop, more_jobs=LONG_JOBS)
