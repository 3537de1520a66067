"""How a reading child locks itself in: resources, network, and dying with its parent.

All of it is done by the child to itself after it started, so that nothing has to run between fork and exec of a
process with threads. Linux first; on other systems what exists there is used and the rest says so.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path

from watchfloor.exchange.formats.limits import MEGABYTE, Limits

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_SECCOMP_MODE_FILTER = 2
_WRITTEN_BYTES_MAX = 64 * MEGABYTE
_FILES_MAX = 256

# (name of machine) → audit architecture, numbers of socket, connect and io_uring_setup.
_CALLS = {"x86_64": (0xC000003E, 41, 42, 425), "aarch64": (0xC00000B7, 198, 203, 425)}
_X32_BIT = 0x4000_0000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def die_with_parent(parent: int) -> None:
    """Be killed when the parent dies (Linux); elsewhere the closed standard input does it."""
    if not sys.platform.startswith("linux"):
        return
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(3)  # It died before we asked.


def limit_self(limits: Limits, *, address_space: bool) -> None:
    """Bounds on processor time, written bytes, open files and core dumps, and on memory for readers without Java.

    A Java machine reserves gigabytes of address space that it never touches; its heap has a bound of its own, and
    the parent watches what it really uses.
    """
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 5)
    _limit(resource.RLIMIT_FSIZE, _WRITTEN_BYTES_MAX, _WRITTEN_BYTES_MAX)
    _limit(resource.RLIMIT_NOFILE, _FILES_MAX, _FILES_MAX)
    _limit(resource.RLIMIT_CORE, 0, 0)
    if address_space:
        _limit(resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes)


def _limit(kind: int, soft: int, hard: int) -> None:
    _, ceiling = resource.getrlimit(kind)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    # Some systems refuse a limit they do not keep (macOS: address space).
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, hard))


def cut_network() -> str:
    """Leave the network for good; returns how: ``namespace+filter``, ``namespace``, ``filter`` or ``none``."""
    if not sys.platform.startswith("linux"):
        return "none"
    namespace = _enter_empty_namespace()
    filtered = _filter_sockets()
    if namespace and filtered:
        return "namespace+filter"
    return "namespace" if namespace else "filter" if filtered else "none"


def _enter_empty_namespace() -> bool:
    """A network namespace without any interface, inside a user namespace where we are not root."""
    user, group = os.getuid(), os.getgid()
    libc = _libc()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return bool(libc.unshare(_CLONE_NEWNET) == 0)
    # Without a mapping of our own user, no file could be created, not even a temporary one.
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
    for name, number in (("uid_map", user), ("gid_map", group)):
        with contextlib.suppress(OSError):
            Path(f"/proc/self/{name}").write_text(f"{number} {number} 1")
    return True


def _filter_sockets() -> bool:
    """Forbid opening sockets of any family by a filter on system calls; local socket pairs stay possible."""
    machine = platform.machine()
    if machine not in _CALLS:
        return False
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    program = _socket_program(machine)
    holder = _Program(len(program) // 8, program)
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(holder), 0, 0) == 0)


def _socket_program(machine: str) -> bytes:
    """Classic BPF over ``seccomp_data`` (number at 0, architecture at 4): refuse with EPERM, else allow."""
    architecture, *calls = _CALLS[machine]
    load, jump_equal, jump_set, give = 0x20, 0x15, 0x45, 0x06
    allow, refuse = 0x7FFF_0000, 0x0005_0000 | 1
    body = [(jump_equal, call) for call in calls]
    lines: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4),
        # Another calling convention has other numbers: refuse it whole. The jump leads to the last line.
        (jump_equal, 0, len(body) + 3, architecture),
        (load, 0, 0, 0),
        (jump_set, len(body) + 1, 0, _X32_BIT),
    ]
    lines += [(code, len(body) - at, 0, value) for at, (code, value) in enumerate(body)]
    lines += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
