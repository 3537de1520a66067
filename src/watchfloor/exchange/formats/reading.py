"""The one door to plan files: ``read(path) → PlanDocument``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from watchfloor.exchange import sandbox
from watchfloor.exchange.formats.detect import BY_MPXJ, detect
from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import DEFAULT_LIMITS, Limits
from watchfloor.exchange.formats.python_readers import read_in_python
from watchfloor.plans.document import PlanDocument

__all__ = ["Limits", "UnreadableFile", "read"]


def read(path: Path, *, limits: Limits = DEFAULT_LIMITS, source_name: str = "") -> PlanDocument:
    """Everything a plan file holds: its projects, their links, and remarks on what was not understood.

    XER, MS Project XML, CSV and XLSX are read in this process; MPP, MPX and P6 XML in a child that holds the Java
    machine. For files of strangers use ``exchange.sandbox.read_in_child``, which puts every reader into a child.

    Args:
        source_name: the name the file had where it came from, when ``path`` is a temporary copy.

    Raises:
        UnreadableFile: nothing is read then; its code says why and its remedy what to do.
    """
    path = Path(path)
    file_format = detect(path, limits=limits, name=source_name)
    if file_format in BY_MPXJ:
        return sandbox.read_in_child(path, limits=limits, source_name=source_name)
    document = read_in_python(path, file_format, limits=limits, name=source_name or path.name)
    return document if not source_name else replace(document, source_name=source_name)
