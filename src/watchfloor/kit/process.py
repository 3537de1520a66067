"""Children die with their parent, also when the parent is killed outright."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_GRACE_S = 3


def signal_at_parents_death() -> None:
    """Have the kernel send SIGTERM when the parent dies; does nothing outside Linux.

    Fit for ``preexec_fn`` of a process without threads: the request survives the exec.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def die_with_parent(*, check_every_s: float = 1.0) -> None:
    """End this process soon after its parent has gone: by the kernel's signal, and by a thread that looks.

    The thread is what works outside Linux, and what ends a process that does not heed SIGTERM.
    """
    parent = os.getppid()
    signal_at_parents_death()
    threading.Thread(target=_watch, args=(parent, check_every_s), name="parent-watch", daemon=True).start()


def _watch(parent: int, check_every_s: float) -> None:
    while os.getppid() == parent and parent != 1:
        time.sleep(check_every_s)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(1)
