"""Where Watchfloor keeps its data: one folder, chosen by ``WATCHFLOOR_HOME``."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The data folder: database, secret key, kernel cache, uploads, logs. It may not exist yet."""
    named = os.environ.get("WATCHFLOOR_HOME")
    return Path(named).expanduser() if named else Path.home() / ".local" / "share" / "watchfloor"


def place_kernel_cache() -> None:
    """Keep the engine's compiled kernels in the data folder; call before anything imports the engine.

    Otherwise they would lie beside the installed code, which the user running the server may not write.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(home() / "kernels"))
