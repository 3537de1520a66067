"""Compile or load every kernel now, so that no request ever waits for it."""

from __future__ import annotations

import importlib
from collections.abc import Callable

_PARTS = (
    ("watchfloor_engine.calendar_kernels", "working-time arithmetic"),
    ("watchfloor_engine.calendars", "calendars"),
    ("watchfloor_engine.ordering", "networks"),
    ("watchfloor_engine.passes", "forward and backward pass"),
    ("watchfloor_engine.floats", "floats and driving links"),
    ("watchfloor_engine.schedule", "schedules"),
    ("watchfloor_engine.propagation", "changes"),
    ("watchfloor_engine.simulate.streams", "random streams"),
    ("watchfloor_engine.simulate.kernels", "simulation"),
    ("watchfloor_engine.earned", "earned value"),
    ("watchfloor_engine.quality", "schedule quality"),
)


def warm_up(report: Callable[[str], None]) -> None:
    """Import every module with kernels; explicit signatures compile on import and are cached for the next start.

    ``report`` gets one short line per part before it is compiled or loaded.
    """
    for module, what in _PARTS:
        report(what)
        importlib.import_module(module)
