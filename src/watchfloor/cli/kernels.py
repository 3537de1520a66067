"""Compiling the engine's kernels ahead of time, in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click

from watchfloor.kit.home import home, kernel_cache, place_kernel_cache
from watchfloor.kit.process import signal_at_parents_death


def kernels_are_ready() -> bool:
    """Whether the kernels of this engine, Numba and Python were compiled on this machine before."""
    return _mark().exists()


def compile_kernels(report: Callable[[str], None]) -> None:
    """Compile all kernels into the data folder, reporting a line per step; takes up to a minute."""
    place_kernel_cache()
    here = _mark().parent
    for old in here.parent.glob("*"):
        if old != here and old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
    here.mkdir(parents=True, exist_ok=True)
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
    _mark().touch()


def _mark() -> Path:
    return kernel_cache(home()) / ".warm"


if __name__ == "__main__":
    if kernels_are_ready():
        click.echo("kernels are compiled already")
    else:
        compile_kernels(click.echo)
