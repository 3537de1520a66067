"""Reading files of strangers: in a child process with limits on memory, time and size, and without a network."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import watchfloor
from watchfloor.exchange.formats.codec import BadDocument, document_from_json
from watchfloor.exchange.formats.detect import BY_MPXJ, detect
from watchfloor.exchange.formats.errors import RowError, RowErrors, UnreadableFile
from watchfloor.exchange.formats.limits import DEFAULT_LIMITS, MEGABYTE, Limits
from watchfloor.exchange.formats.sheet.raw import TABLE_LIMITS, RawTable, table_from_json
from watchfloor.kit.errors import WatchfloorError
from watchfloor.plans.document import PlanDocument

_LOOK_SECONDS = 0.1
_FRAME_HEAD_BYTES = 9
_KEPT_ENVIRONMENT = ("PATH", "JAVA_HOME", "WATCHFLOOR_JAVA_HOME", "LD_LIBRARY_PATH", "SYSTEMROOT")

Progress = Callable[[float, str], None]


class ReaderFailed(WatchfloorError):
    """The reader itself broke on this file: an error of ours, not of the file's owner. ``trace`` is for the log."""

    code = "file.reader_failed"
    status = 500

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message, remedy="Report it with the file, or export another format meanwhile.")
        self.trace = trace


def read_in_child(
    path: Path,
    *,
    limits: Limits = DEFAULT_LIMITS,
    source_name: str = "",
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PlanDocument:
    """Everything a plan file holds, read where it can do no harm.

    The child may use ``limits.memory_bytes`` of memory and ``cpu_seconds`` of processor time, has no network, works
    in a folder of its own that is removed afterwards, and dies with this process.

    Args:
        source_name: the name the file had where it came from, when ``path`` is a temporary copy.
        on_progress: called with a fraction from 0 to 1 and a step's name.
        cancelled: asked ten times a second; True ends the reading.

    Raises:
        UnreadableFile: the file is refused, or the reading was cancelled (code ``file.cancelled``).
        ReaderFailed: the reader broke.
    """
    path = Path(path)
    file_format = detect(path, limits=limits, name=source_name)
    with (
        tempfile.TemporaryDirectory(prefix="watchfloor-read-") as folder,
        _started(path, file_format, source_name or path.name, Path(folder), limits) as child,
    ):
        answer = _Answer(child, limits=limits, uses_java=file_format in BY_MPXJ, on_progress=on_progress)
        kind, body = answer.wait(cancelled)
    return _result(kind, body)


def read_table_in_child(
    path: Path, *, sheet: str = "", limits: Limits = TABLE_LIMITS, source_name: str = ""
) -> RawTable:
    """The cells of a CSV file or of one sheet of a workbook, read under the same locks as a plan.

    Raises:
        UnreadableFile: the file is refused, or is no table.
        ReaderFailed: the reader broke.
    """
    path = Path(path)
    file_format = detect(path, limits=limits, name=source_name)
    if file_format not in ("csv", "xlsx"):
        raise UnreadableFile("file.not_a_table", "The file is a plan, not a table.", "Save the report as CSV or XLSX.")
    with (
        tempfile.TemporaryDirectory(prefix="watchfloor-read-") as folder,
        _started(path, file_format, source_name or path.name, Path(folder), limits, sheet=sheet) as child,
    ):
        kind, body = _Answer(child, limits=limits, uses_java=False, on_progress=None).wait(None)
    if kind == "T":
        return table_from_json(body)
    _result(kind, body)
    raise ReaderFailed("The reader answered with something else than a table.")


@functools.cache
def network_isolation() -> str:
    """How readings are kept from the network here: ``namespace+filter``, ``namespace``, ``filter`` or ``none``.

    Tried once in a child, as a reading would; for ``doctor`` and the import page.
    """
    command = "from watchfloor.exchange.formats import isolation; print(isolation.cut_network())"
    try:
        # The command is a constant and the program our own interpreter.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-s", "-P", "-c", command],
            capture_output=True,
            text=True,
            timeout=30,
            env=_environment(Path(tempfile.gettempdir())),
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "none"
    return done.stdout.strip() or "none"


@contextlib.contextmanager
def _started(path: Path, file_format: str, name: str, folder: Path, limits: Limits, *, sheet: str | None = None) -> Any:
    """``sheet`` asks for the cells of a table instead of a plan; empty is its first sheet."""
    order: dict[str, Any] = {
        "path": str(path.resolve()),
        "format": file_format,
        "name": name,
        "parent": os.getpid(),
        "limits": dataclasses.asdict(limits),
    }
    if sheet is not None:
        order["sheet"] = sheet
    with (folder / "errors.log").open("wb") as errors:
        # No shell; what comes from outside (the file name) travels inside one JSON argument.
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-s", "-P", "-m", "watchfloor.exchange.formats.child", json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
            close_fds=True,
        )
    try:
        yield child
    finally:
        _end(child)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours that the child does not need: no secrets, no settings."""
    kept = {name: value for name in _KEPT_ENVIRONMENT if (value := os.environ.get(name))}
    package_parent = str(Path(watchfloor.__file__).resolve().parent.parent)
    return {
        **kept,
        "PYTHONPATH": package_parent,
        "PYTHONUTF8": "1",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    child.wait()


class _Answer:
    """Waits for the child's answer, and for everything that may come instead."""

    def __init__(
        self, child: subprocess.Popen[bytes], *, limits: Limits, uses_java: bool, on_progress: Progress | None
    ) -> None:
        assert child.stdout is not None
        self._child = child
        self._pipe: IO[bytes] = child.stdout
        self._limits = limits
        self._uses_java = uses_java
        self._on_progress = on_progress
        self._held = bytearray()

    def wait(self, cancelled: Callable[[], bool] | None) -> tuple[str, bytes]:
        """(kind, body) of the final frame; kind is empty when the child died without one."""
        os.set_blocking(self._pipe.fileno(), False)
        end = time.monotonic() + self._limits.wall_seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            while True:
                if cancelled is not None and cancelled():
                    raise UnreadableFile("file.cancelled", "The reading was cancelled.", "Start it again if you like.")
                if time.monotonic() > end:
                    raise _over("time", f"{self._limits.wall_seconds} seconds")
                self._watch_memory()
                if selector.select(_LOOK_SECONDS) and (final := self._take()) is not None:
                    return final

    def _take(self) -> tuple[str, bytes] | None:
        chunk = self._pipe.read(MEGABYTE)
        if chunk is None:
            return None
        if not chunk:
            return "", b""
        self._held += chunk
        if len(self._held) > self._limits.output_bytes + _FRAME_HEAD_BYTES:
            raise _over("result", f"{self._limits.output_bytes // MEGABYTE} MB")
        while len(self._held) >= _FRAME_HEAD_BYTES:
            length = int.from_bytes(self._held[1:_FRAME_HEAD_BYTES], "big")
            if length > self._limits.output_bytes:
                raise _over("result", f"{self._limits.output_bytes // MEGABYTE} MB")
            if len(self._held) < _FRAME_HEAD_BYTES + length:
                return None
            kind = chr(self._held[0])
            body = bytes(self._held[_FRAME_HEAD_BYTES : _FRAME_HEAD_BYTES + length])
            del self._held[: _FRAME_HEAD_BYTES + length]
            if kind != "P":
                return kind, body
            if self._on_progress is not None:
                said = json.loads(body)
                self._on_progress(float(said["fraction"]), str(said["step"]))
        return None

    def _watch_memory(self) -> None:
        """What the child really holds in memory; only Linux says so."""
        try:
            pages = int(Path(f"/proc/{self._child.pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            return
        if pages * os.sysconf("SC_PAGE_SIZE") > self._limits.memory_bytes:
            raise _over("memory", f"{self._limits.memory_bytes // MEGABYTE} MB")


def _over(what: str, bound: str) -> UnreadableFile:
    return UnreadableFile(
        "file.limit", f"Reading the file needs more {what} than the {bound} allowed.", "Export fewer projects at once."
    )


def _result(kind: str, body: bytes) -> PlanDocument:
    if kind == "D":
        try:
            return document_from_json(body)
        except BadDocument as error:
            raise ReaderFailed(f"The reader answered with a broken document ({error}).") from error
    if kind == "R":
        raise _refusal(json.loads(body))
    if kind == "F":
        said = json.loads(body)
        raise ReaderFailed(f"The reader failed on this file ({said['kind']}).", trace=said["trace"])
    raise UnreadableFile(
        "file.limit",
        "The reader ended without an answer: the file needs more memory or time than allowed, or is built to break it.",
        "Export fewer projects at once, or another format.",
    )


def _refusal(said: dict[str, Any]) -> UnreadableFile:
    if "rows" in said:
        return RowErrors(tuple(RowError(**row) for row in said["rows"]), said["total"])
    return UnreadableFile(said["code"], said["message"], said["remedy"], said["place"])
