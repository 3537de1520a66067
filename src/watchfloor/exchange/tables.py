"""A table somebody gave: copied under a limit, read in a child, with the digest that tells the same file again."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from watchfloor.exchange.formats.sheet.raw import TABLE_LIMITS, RawTable
from watchfloor.exchange.sandbox import read_table_in_child
from watchfloor.kit.errors import Invalid

_CHUNK = 1024 * 1024


def given_table(file: Path | IO[bytes], *, source_name: str, sheet: str = "") -> tuple[RawTable, str]:
    """The cells and the SHA-256 of a CSV file or workbook.

    Raises:
        Invalid: the file is larger than a table may be.
        UnreadableFile: it is no table, or is built to break its reader.
    """
    with tempfile.NamedTemporaryFile(prefix="watchfloor-table-") as copy:
        if isinstance(file, Path):
            with file.open("rb") as source:
                digest = _copied(source, copy)
        else:
            digest = _copied(file, copy)
        return read_table_in_child(Path(copy.name), sheet=sheet, source_name=source_name), digest


def _copied(source: IO[bytes], copy: IO[bytes]) -> str:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > TABLE_LIMITS.file_bytes:
            limit = TABLE_LIMITS.file_bytes // (1024 * 1024)
            raise Invalid(
                _("The file is larger than %(limit)d MB.") % {"limit": limit}, remedy=_("Split it."), place="file"
            )
        digest.update(chunk)
        copy.write(chunk)
    copy.flush()
    return digest.hexdigest()
