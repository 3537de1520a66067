"""MPP, MPX and P6 XML → PlanDocument by MPXJ. Runs inside the child process that holds the Java machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.mpxj import machine
from watchfloor.exchange.formats.mpxj.plans import convert_projects
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.tidy import tidied
from watchfloor.exchange.formats.whole_days import with_times
from watchfloor.plans.document import PlanDocument

# One reader per format, never MPXJ's universal one: what a file may be is decided before, and its forty other
# formats (some of them databases) stay out of reach.
_READERS = {
    "mpp": "org.mpxj.mpp.MPPReader",
    "mpx": "org.mpxj.mpx.MPXReader",
    "pmxml": "org.mpxj.primavera.PrimaveraPMFileReader",
    # Only for cross-checks of our own readers.
    "xer": "org.mpxj.primavera.PrimaveraXERFileReader",
    "mspdi": "org.mpxj.mspdi.MSPDIReader",
}
PRIMAVERA = frozenset({"pmxml", "xer"})


def read_with_mpxj(path: Path, file_format: str, *, name: str, limits: Limits) -> PlanDocument:
    """Every project of the file, with the links between them. Raises UnreadableFile."""
    remarks = Remarks(limits.remarks)
    with tempfile.TemporaryDirectory(prefix="watchfloor-java-") as temporary:
        jpype = machine.start(heap_bytes=limits.java_heap_bytes, temporary=Path(temporary))
        reader = jpype.JClass(_READERS[file_format])()
        if file_format in PRIMAVERA:
            reader.setLinkCrossProjectRelations(True)
        if file_format == "mpp":
            # Views and filters are no part of a plan, and much of an MPP file's hostile surface.
            reader.setReadPresentationData(False)
        projects = _read_all(jpype, reader, path)
        primavera = file_format in PRIMAVERA
        plans = convert_projects(
            jpype,
            projects,
            source_name=name,
            primavera=primavera,
            # Where P6 sent no baseline, MPXJ shows the planned dates as one.
            has_baselines=not primavera or _mentions(path, b"<BaselineProject"),
            limits=limits,
            remarks=remarks,
        )
    if file_format == "mpx":
        plans = tuple(with_times(plan) for plan in plans)
    if not plans:
        raise UnreadableFile("file.not_a_plan", "The file holds no project.", "Export a project, not only a library.")
    return tidied(PlanDocument(file_format, name, plans, tool=_tool(projects), remarks=remarks.rows()))


def _mentions(path: Path, mark: bytes) -> bool:
    overlap = b""
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            if mark in overlap + chunk:
                return True
            overlap = chunk[-len(mark) :]
    return False


def _read_all(jpype: Any, reader: Any, path: Path) -> list[Any]:
    file = jpype.JClass("java.io.File")(str(path))
    try:
        projects = reader.readAll(file)
    except jpype.JException as error:
        raise _refusal(error) from error
    return [project for project in projects or () if project is not None]


def _refusal(error: Any) -> UnreadableFile:
    messages = []
    cause = error
    for _ in range(10):
        if cause is None:
            break
        messages.append(str(cause.getMessage() or cause.getClass().getSimpleName()))
        cause = cause.getCause()
    text = " · ".join(dict.fromkeys(messages))
    if "password" in text.lower():
        return UnreadableFile(
            "file.password",
            "The file is protected by a password.",
            "Open it in MS Project, remove the read password (Save As, Tools, General Options) and import it again.",
        )
    return UnreadableFile(
        "file.broken",
        f"The file cannot be read: {text:.300}",
        "Open it in the tool that wrote it, save it again, or export MS Project XML or XER instead.",
    )


def _tool(projects: list[Any]) -> str:
    if not projects:
        return ""
    properties = projects[0].getProjectProperties()
    name = properties.getFullApplicationName() or properties.getFileApplication()
    return str(name) if name is not None else ""
