"""Which reader of ours reads which format."""

from __future__ import annotations

from pathlib import Path

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.mspdi.reader import read_mspdi
from watchfloor.exchange.formats.sheet.reader import read_csv, read_xlsx
from watchfloor.exchange.formats.tidy import tidied
from watchfloor.exchange.formats.xer.reader import read_xer
from watchfloor.plans.document import PlanDocument

_READERS = {"xer": read_xer, "mspdi": read_mspdi, "csv": read_csv, "xlsx": read_xlsx}


def read_in_python(path: Path, file_format: str, *, limits: Limits, name: str) -> PlanDocument:
    """Read in this process, with the refusals that a reader does not raise itself."""
    try:
        return tidied(_READERS[file_format](path, name=name, limits=limits))
    except MemoryError as error:
        raise UnreadableFile(
            "file.limit", "The file needs more memory than a reading may use.", "Export fewer projects at once."
        ) from error
    except OSError as error:
        raise UnreadableFile("file.missing", f"The file cannot be read: {error.strerror}.", "Try again.") from error
