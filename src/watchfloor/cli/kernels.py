"""Compiling the engine's kernels ahead of time, in a process of its own."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click

from watchfloor.kit.home import home, place_kernel_cache
from watchfloor.kit.process import signal_at_parents_death


def kernels_are_ready() -> bool:
    """Whether the kernels of this engine, Numba and Python were compiled on this machine before."""
    mark = _mark()
    return mark.exists() and mark.read_text() == _digest()


def compile_kernels(report: Callable[[str], None]) -> None:
    """Compile all kernels into the data folder, reporting a line per step; takes up to a minute."""
    place_kernel_cache()
    _mark().parent.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [sys.executable, "-u", "-c", "from watchfloor_engine.warm import warm_up; warm_up(print)"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=signal_at_parents_death,  # noqa: PLW1509 - no thread runs yet where this is called
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            report(line.rstrip())
    if process.returncode:
        raise click.ClickException(f"The engine's kernels did not compile:\n{''.join(said[-20:])}")
    _mark().write_text(_digest())


def _mark() -> Path:
    return home() / "kernels" / ".warm"


def _digest() -> str:
    """Changes with whatever makes Numba compile again."""
    digest = hashlib.sha256(f"{sys.version}{platform.machine()}{importlib.metadata.version('numba')}".encode())
    engine = importlib.util.find_spec("watchfloor_engine")
    assert engine is not None and engine.origin is not None
    for source in sorted(Path(engine.origin).parent.rglob("*.py")):
        digest.update(f"{source.name}:{source.stat().st_mtime_ns}:{source.stat().st_size}".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    if kernels_are_ready():
        click.echo("kernels are compiled already")
    else:
        compile_kernels(click.echo)
