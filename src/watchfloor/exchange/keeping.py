"""Copies of the files given, until they are read: in the data folder, under names of our own."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from watchfloor.kit.errors import Invalid

_CHUNK = 1024 * 1024


def imports_folder() -> Path:
    folder = Path(settings.HOME) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def kept(file: Path | IO[bytes]) -> tuple[Path, int, str]:
    """A copy of ours under a name of ours; the name the file came with never touches the disk."""
    target = imports_folder() / secrets.token_hex(16)
    try:
        with target.open("xb") as copy:
            if isinstance(file, Path):
                with file.open("rb") as source:
                    size, digest = _copy(source, copy)
            else:
                size, digest = _copy(file, copy)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target, size, digest


def _copy(source: IO[bytes], copy: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
            raise Invalid(
                _("The file is larger than %(limit)d MB.") % {"limit": limit},
                remedy=_("Export fewer projects, or raise WATCHFLOOR_MAX_UPLOAD_MB."),
                place="file",
            )
        digest.update(chunk)
        copy.write(chunk)
    if size == 0:
        raise Invalid(_("The file is empty."), remedy=_("Export it again."), place="file")
    return size, digest.hexdigest()
