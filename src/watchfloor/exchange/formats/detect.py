"""Which format a file is, by its content first: a name may lie, and a refusal should say what the file really is."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path
from xml.parsers import expat

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import MEGABYTE, Limits

PURE_PYTHON = frozenset({"xer", "mspdi", "csv", "xlsx"})
BY_MPXJ = frozenset({"mpp", "mpx", "pmxml"})
FORMATS = PURE_PYTHON | BY_MPXJ

_HEAD_BYTES = 64 * 1024
_ARCHIVE_ENTRIES_MAX = 5_000
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_MS_NAMESPACE = "http://schemas.microsoft.com/project"
_SUPPORTED = "XER, P6 XML, MS Project (.mpp, .mpx, .xml), or our CSV or XLSX template"
_FORMAT_REMEDY = f"Export one of these instead: {_SUPPORTED}."
# What the first bytes of well-known other files say.
_OTHER_MAGIC = (
    (b"SQLite format 3\0", "a SQLite database"),
    (b"\0\1\0\0Standard Jet DB", "an Access database"),
    (b"\0\1\0\0Standard ACE DB", "an Access database"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"BEGIN:VCALENDAR", "an iCalendar file"),
    (b"%!PS", "a PostScript document"),
    (b"{\\rtf", "a text document"),
)
# Root elements by which other tools' XML can be named. All in lower case.
_OTHER_ROOTS = {
    "html": "a web page",
    "svg": "a picture",
    "rss": "a news feed",
    "feed": "a news feed",
    "gantt": "a Gantt Designer file",
    "mindmap": "a mind map",
    "map": "a mind map",
    "workbook": "an Excel XML workbook",
    "ganttproject": "a GanttProject file",
    "projectx": "an Asta file",
    "newdataset": "a data set of another tool",
    "plist": "a property list",
}


def detect(path: Path, *, limits: Limits, name: str = "") -> str:
    """The format's word: xer, mspdi, mpp, mpx, pmxml, csv or xlsx. Raises UnreadableFile for everything else.

    Reads the first 64 kB, of compound files as much as needed to find out which program made them. ``name`` is what
    the file was called before it became ``path``.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except IsADirectoryError:
        raise UnreadableFile("file.missing", "This is a folder.", "Name a file.", place=path.name) from None
    except OSError as error:
        raise UnreadableFile(
            "file.missing", f"The file cannot be opened: {error.strerror}.", "Check its name and permissions."
        ) from error
    if not head.strip(b"\0 \t\r\n"):
        raise UnreadableFile("file.empty", "The file is empty.", "Export it again and check that it has content.")
    if size > limits.file_bytes:
        raise UnreadableFile(
            "file.too_big",
            f"The file has {size / MEGABYTE:.0f} MB; at most {limits.file_bytes / MEGABYTE:.0f} MB are read.",
            "Export fewer projects at once.",
        )
    suffix = Path(name or path.name).suffix.lower()
    if head.startswith(_OLE):
        return _of_compound(path, suffix)
    if head.startswith(b"PK\3\4"):
        return _of_archive(path)
    for magic, said in _OTHER_MAGIC:
        if head.startswith(magic):
            raise UnreadableFile("file.unknown", f"The file is {said}, not a project plan.", _FORMAT_REMEDY)
    text = _text(head)
    start = text.lstrip()
    if start.startswith("ERMHDR"):
        return "xer"
    if start.startswith("MPX") and len(start) > 3 and not start[3].isalnum():
        return "mpx"
    if start.startswith("<"):
        return _of_xml(head, start)
    return _of_text(suffix, head, start)


def _text(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def _of_compound(path: Path, suffix: str) -> str:
    """MS Project, Word, Excel and others share one container; the streams' names tell them apart."""
    marks = {
        "mpp": b"MSProject.",
        "project": "Props".encode("utf-16-le") + b"\0",
        "workbook": "Workbook".encode("utf-16-le"),
        "word": "WordDocument".encode("utf-16-le"),
        "slides": "PowerPoint Document".encode("utf-16-le"),
        "encrypted": "EncryptedPackage".encode("utf-16-le"),
    }
    found: set[str] = set()
    overlap = b""
    with path.open("rb") as stream:
        while chunk := stream.read(4 * MEGABYTE):
            window = overlap + chunk
            found.update(name for name, mark in marks.items() if mark in window)
            if "mpp" in found:
                return "mpp"
            overlap = window[-64:]
    if "encrypted" in found:
        raise UnreadableFile(
            "file.password", "The file is encrypted.", "Open it, remove the password, and import it again."
        )
    if "workbook" in found:
        raise UnreadableFile("file.unknown", "The file is an old Excel workbook.", "Save it as .xlsx in our template.")
    if "word" in found or "slides" in found:
        raise UnreadableFile("file.unknown", "The file is an Office document, not a project plan.", _FORMAT_REMEDY)
    if "project" in found or suffix in {".mpp", ".mpt"}:
        return "mpp"
    raise UnreadableFile("file.unknown", "The file is a compound document of an unknown program.", _FORMAT_REMEDY)


def _of_archive(path: Path) -> str:
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFile(
            "file.broken", "The file looks like a workbook, but its archive is broken.", "Save it again as .xlsx."
        ) from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise UnreadableFile("file.unknown", "The file is an Office document, not a project plan.", _FORMAT_REMEDY)
    raise UnreadableFile("file.unknown", "The file is a ZIP archive.", "Unpack it and import the plan inside.")


def _check_directory(path: Path) -> None:
    """Refuse an archive whose table of contents alone would fill the memory, before anything reads it."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 66_000))
        tail = stream.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + 16:
        raise UnreadableFile(
            "file.broken", "The file looks like a workbook, but is cut off.", "Save it again as .xlsx."
        )
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    listing_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
    if entries > _ARCHIVE_ENTRIES_MAX or listing_bytes > 4 * MEGABYTE:
        raise UnreadableFile("file.limit", f"The archive has more than {_ARCHIVE_ENTRIES_MAX:,} files.", _FORMAT_REMEDY)


def _of_xml(head: bytes, start: str) -> str:
    name, namespace = _root(head)
    if name == "Project" and namespace.startswith(_MS_NAMESPACE):
        return "mspdi"
    if name == "APIBusinessObjects":
        return "pmxml"
    if name == "Project" and "<ProjectInfo>" in start and ("<NAME>" in start or "<SavedWithMayorBuild>" in start):
        raise UnreadableFile(
            "file.protrack",
            "This is a ProTrack file (.p2x), which is not supported yet.",
            "Export MS Project XML or XER from the planning tool instead.",
        )
    if (
        name == "Project"
        and not namespace
        and any(mark in start for mark in ("<Tasks>", "<Calendars>", "<SaveVersion>"))
    ):
        return "mspdi"
    said = _OTHER_ROOTS.get(name.lower())
    if name.lower() == "project" and ("ganttproject" in start.lower() or 'view id="gantt-chart"' in start.lower()):
        said = "a GanttProject file"
    if name.lower() == "project" and "mrproject-version" in start:
        said = "a GNOME Planner file"
    what = said or f"XML of another kind (its root element is <{name:.60}>)"
    raise UnreadableFile("file.not_a_plan", f"The file is {what}, not a plan we can read.", _FORMAT_REMEDY)


class _Found(Exception):
    pass


def _root(head: bytes) -> tuple[str, str]:
    """Name and namespace of the root element, without reading further. No entity is ever expanded."""
    parser = expat.ParserCreate(namespace_separator=" ")
    root: list[str] = []

    def element(name: str, _attributes: dict[str, str]) -> None:
        root.append(name)
        raise _Found

    def entity(*_: object) -> None:
        raise UnreadableFile(
            "file.hostile",
            "The XML declares entities, which no project file needs.",
            "Save the project as XML from the planning tool itself.",
        )

    parser.StartElementHandler = element
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(head, False)
    except _Found:
        namespace, _, name = root[0].rpartition(" ")
        return name, namespace
    except expat.ExpatError as error:
        raise UnreadableFile(
            "file.broken", f"The file looks like XML but is broken: {error}.", "Save it again from its tool."
        ) from error
    raise UnreadableFile("file.broken", "The file looks like XML but has no root element.", "Save it again.")


def _of_text(suffix: str, head: bytes, start: str) -> str:
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile("file.unknown", "The file is of an unknown binary kind.", _FORMAT_REMEDY)
    # Lines before the headings of a sheet describe its project.
    first = next((line for line in start.splitlines() if not line.startswith(("#", '"#'))), "")
    if suffix in {".csv", ".tsv"} or (first.count(",") + first.count(";") + first.count("\t") >= 2):
        return "csv"
    raise UnreadableFile("file.unknown", "The file is text, but no plan in a format we know.", _FORMAT_REMEDY)
