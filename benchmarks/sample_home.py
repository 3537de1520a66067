"""A data folder with the sample organisation in it, for benchmarks that look at a whole product."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def sample_home(options: argparse.Namespace) -> Iterator[Path]:
    if options.home:
        yield options.home.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="watchfloor-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(options: argparse.Namespace) -> None:
    """Database and sample; a folder that has them stays as it is."""
    import django

    django.setup()
    from watchfloor.cli.preparing import collect_assets, migrate
    from watchfloor.sample.removal import is_whole

    migrate()
    collect_assets()
    if not is_whole():
        print(f"loading the {options.size} sample …", file=sys.stderr)
        subprocess.run(
            [sys.executable, "-m", "watchfloor.cli.main", "sample", "load", "--size", options.size],
            check=True,
            stdout=sys.stderr,
        )
