"""A small process tree: children are restarted when they fall over and never outlive their parent."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

import click

from watchfloor.kit.process import signal_at_parents_death

_STOP_PATIENCE_S = 8.0
_LOG_KEPT_BYTES = 20 * 1024 * 1024
_RESTARTS_PER_MINUTE = 5


class _StopAsked(Exception):
    """SIGINT or SIGTERM reached the parent."""


@dataclass(slots=True)
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    restart: bool
    started: list[float]


class ProcessTree:
    """Starts ``watchfloor`` subcommands as children, logs to one file each, restarts and stops them."""

    def __init__(self, *, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._children: list[_Child] = []

    @contextlib.contextmanager
    def stopped_at_the_end(self) -> Iterator[None]:
        """Whatever ends the block, no child is left; being asked to stop is a good end."""
        before = {number: signal.signal(number, _raise_stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        except _StopAsked:
            click.echo("\nStopping …")
        finally:
            for number in before:
                signal.signal(number, signal.SIG_IGN)
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, name: str, *arguments: str, restart: bool = False) -> None:
        """Start ``watchfloor name arguments…`` in the background."""
        self._children.append(_Child(name, self._spawn(name, *arguments, log=True), restart, [time.monotonic()]))

    def run(self, name: str, *arguments: str) -> int | None:
        """Run ``watchfloor name arguments…`` on our terminal, minding the others; returns its exit status."""
        child = _Child(name, self._spawn(name, *arguments, log=False), False, [])
        self._children.append(child)
        while child.process.poll() is None:
            self._mind()
            time.sleep(0.2)
        self._children.remove(child)
        return child.process.returncode

    def watch(self) -> None:
        """Mind the children until asked to stop."""
        while True:
            self._mind()
            time.sleep(0.5)

    def wait_for_port(self, host: str, port: int, *, patience_s: float) -> None:
        """Return as soon as somebody answers there."""
        target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what to connect to instead
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            self._mind()
            with contextlib.suppress(OSError), socket.create_connection((target, port), timeout=1):
                return
            time.sleep(0.05)
        raise click.ClickException(f"Nothing answers at {host}:{port}. See {self._log_folder}/web.log.")

    def stop(self) -> None:
        """Ask all children to end, wait a little, then insist."""
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + _STOP_PATIENCE_S
        for child in self._children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self._children.clear()

    def _spawn(self, name: str, *arguments: str, log: bool) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "watchfloor.cli.main", name, *arguments]
        output = self._log(name) if log else None
        if log:
            command.append("--with-parent")
        try:
            # A group of its own: Ctrl-C reaches the parent alone, which then stops everything in order.
            return subprocess.Popen(  # noqa: S603 - our own interpreter and fixed words
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
                preexec_fn=signal_at_parents_death,  # noqa: PLW1509 - the parent has no threads
            )
        finally:
            if output is not None:
                output.close()

    def _log(self, name: str) -> IO[bytes]:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        path = self._log_folder / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_KEPT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _mind(self) -> None:
        """Restart who fell over; give up when that happens again and again."""
        for child in self._children:
            if not child.restart or child.process.poll() is None:
                continue
            now = time.monotonic()
            child.started = [moment for moment in child.started if now - moment < 60]
            log = self._log_folder / f"{child.name}.log"
            if len(child.started) >= _RESTARTS_PER_MINUTE or now - child.started[-1] < 2:
                raise click.ClickException(f"{child.name} does not stay up. Its last words:\n{_last_words(log)}")
            click.echo(
                f"{child.name} ended unexpectedly (status {child.process.returncode}); starting it again", err=True
            )
            child.process = self._spawn(child.name, log=True)
            child.started.append(now)


def _last_words(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2000))
        return file.read().decode(errors="replace").strip()


def _raise_stop(number: int, frame: FrameType | None) -> None:
    raise _StopAsked
