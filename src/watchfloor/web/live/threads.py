"""Threads that ask the database for the event loop, each with a connection of its own that is kept healthy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Given = ParamSpec("Given")
Result = TypeVar("Result")


class DatabaseThreads:
    """A small pool. Work waits in line; connections are closed with the pool."""

    def __init__(self, count: int, *, name: str) -> None:
        self._connections: list[BaseDatabaseWrapper] = []
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name, initializer=self._remember_connection)

    def run(
        self, work: Callable[Given, Result], *arguments: Given.args, **named: Given.kwargs
    ) -> asyncio.Future[Result]:
        """Start ``work`` on a thread; call from the event loop."""

        def healthy() -> Result:
            # Requests do this by signals that nobody sends here; without it a restarted server is never found again.
            close_old_connections()
            return work(*arguments, **named)

        return asyncio.get_running_loop().run_in_executor(self._pool, healthy)

    def close(self) -> None:
        """Wait for what runs, drop what waits, close the connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for connection in self._connections:
            connection.inc_thread_sharing()
            connection.close()

    def _remember_connection(self) -> None:
        self._connections.append(connections["default"])
