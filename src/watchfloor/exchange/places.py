"""Where feeds may read: paths of the server, kept inside the folders they were allowed for. Knows no tables."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import has_magic
from io import BufferedReader
from pathlib import Path

from django.utils.translation import gettext as _

from watchfloor.kit.errors import Invalid

FILES_MAX = 1_000  # plan files in one folder; more is a mistake, or an archive
_ENTRIES_MAX = 20_000  # of any kind, looked at in one folder
_DEPTH_MAX = 4  # folders below the feed's own
PLAN_ENDINGS = frozenset({".mpp", ".mpx", ".xml", ".xer", ".pmxml", ".csv", ".xlsx"})
_UNFINISHED = ("~$", ".", "~")  # names that programs give to files they still write, and hidden ones


class OutsideFolder(Invalid):
    """The path leads out of the folders that feeds may read."""

    code = "feed.outside"


@dataclass(frozen=True, slots=True)
class Seen:
    """A plan file as it lies there now."""

    name: str  # below the feed's folder
    path: Path
    size_bytes: int
    modified_ns: int


def located(path: str) -> Path:
    """The path a person typed, absolute and without links, as far as it exists.

    Raises:
        Invalid: it is relative, too long or holds a zero byte; or a pattern has its signs in a folder's name.
    """
    if not path or len(path) > 400 or "\0" in path:
        raise Invalid(_("Give a path of at most 400 characters."), place="path")
    plain = Path(path)
    if not plain.is_absolute():
        raise Invalid(_("Give the whole path, from the root of the server."), place="path")
    if has_magic(str(plain.parent)):
        raise Invalid(_("Signs like * are for the name of the file, not for its folder."), place="path")
    return plain.parent.resolve() / plain.name if has_magic(plain.name) else plain.resolve()


def check_inside(path: Path, folders: Sequence[Path]) -> None:
    """Refuse a path that is in none of the folders, links followed.

    Raises:
        OutsideFolder: it leads out of them.
    """
    where = path.resolve()
    if not any(where.is_relative_to(folder.resolve()) for folder in folders):
        raise OutsideFolder(
            _("This path is in no folder that feeds may read."),
            remedy=_("The folders are named in WATCHFLOOR_FEED_FOLDERS on the server."),
            place="path",
        )


def open_inside(path: Path, folder: Path) -> BufferedReader:
    """The file, opened without following a link out of the folder, and only if it is an ordinary file.

    Raises:
        OutsideFolder: a link leads out of the folder, or was put in its place meanwhile.
        OSError: it cannot be opened.
    """
    where = path.resolve(strict=True)
    check_inside(where, (folder,))
    # Never wait for the other end of a pipe, and never follow what became a link since it was resolved.
    handle = os.open(where, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        opened = os.fstat(handle)
        same = os.path.samestat(opened, path.resolve(strict=True).stat())
        if not stat.S_ISREG(opened.st_mode) or not same:
            raise OutsideFolder(_("This is no ordinary file any more."), place="path")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def newest_match(pattern: Path) -> Seen | None:
    """Of the files beside each other whose name fits, the one changed last; of equals the last by name."""
    found = [each for each in _files(pattern.parent, depth=0) if fnmatchcase(each.name, pattern.name)]
    return max(found, key=lambda each: (each.modified_ns, each.name), default=None)


def plan_files(folder: Path) -> tuple[Seen, ...]:
    """Every plan file in the folder and those below, by name. Links to folders are not followed.

    Raises:
        Invalid: more than ``FILES_MAX``.
        OSError: the folder cannot be read.
    """
    found: list[Seen] = []
    for each in _files(folder, depth=_DEPTH_MAX):
        if each.path.suffix.lower() in PLAN_ENDINGS:
            found.append(each)
        if len(found) > FILES_MAX:
            raise Invalid(
                _("The folder holds more than %(limit)d plan files.") % {"limit": FILES_MAX},
                remedy=_("Move old ones away, or set up a feed for each of its folders."),
                place="path",
            )
    return tuple(sorted(found, key=lambda each: each.name))


def one_file(path: Path) -> Seen:
    """The file as it lies there now; raises OSError when it is gone."""
    return _seen(path, path.name)


def unchanged(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """Those that look the same as when they were seen: nobody is writing them."""
    kept = []
    for each in seen:
        try:
            if _seen(each.path, each.name) == each:
                kept.append(each)
        except OSError:
            continue  # gone, or not ours to read: the next look says so
    return tuple(kept)


def _files(folder: Path, *, depth: int) -> Iterator[Seen]:
    entries = 0
    waiting = [(folder, 0)]
    while waiting:
        current, level = waiting.pop()
        with os.scandir(current) as found:
            for entry in found:
                entries += 1
                if entries > _ENTRIES_MAX:
                    raise Invalid(
                        _("The folder holds more than %(limit)d things.") % {"limit": _ENTRIES_MAX},
                        remedy=_("Name a folder that holds plans only."),
                        place="path",
                    )
                if entry.name.startswith(_UNFINISHED):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if level < depth:
                        waiting.append((Path(entry.path), level + 1))
                elif entry.is_file():
                    path = Path(entry.path)
                    yield _seen(path, path.relative_to(folder).as_posix()[:400])


def _seen(path: Path, name: str) -> Seen:
    facts = path.stat()
    return Seen(name, path, facts.st_size, facts.st_mtime_ns)
