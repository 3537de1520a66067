"""Where Watchfloor keeps its data: one folder, chosen by ``WATCHFLOOR_HOME``."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import sys
from pathlib import Path


def home() -> Path:
    """The data folder: database, secret key, kernel cache, uploads, logs. It may not exist yet."""
    named = os.environ.get("WATCHFLOOR_HOME")
    return Path(named).expanduser() if named else Path.home() / ".local" / "share" / "watchfloor"


def kernel_cache(data: Path) -> Path:
    """Where the engine's compiled kernels lie in a data folder: one folder per engine, Python, Numba and machine.

    Numba looks only at a kernel's own file to see whether it must compile again, but kernels are built into each
    other: with one folder for all, an update of the engine could leave old arithmetic inside a new pass.
    """
    digest = hashlib.sha256(f"{sys.version}{platform.machine()}{importlib.metadata.version('numba')}".encode())
    engine = importlib.util.find_spec("watchfloor_engine")
    assert engine is not None and engine.origin is not None
    for source in sorted(Path(engine.origin).parent.rglob("*.py")):
        digest.update(f"{source.name}:{source.stat().st_mtime_ns}:{source.stat().st_size}".encode())
    return data / "kernels" / digest.hexdigest()[:16]


def place_kernel_cache() -> None:
    """Keep the engine's compiled kernels in the data folder; call before anything imports the engine.

    Otherwise they would lie beside the installed code, which the user running the server may not write.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(kernel_cache(home())))
