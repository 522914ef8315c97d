"""How a build begins: it gets the lock, and Sphinx is on its way while most of the program has still to be imported."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ..machine import cache, warm
from ..paths import ROOT, STATE
from . import site

WORK = STATE / "sphinx"  # what Sphinx builds upon; kept so that the next build is incremental


@contextlib.contextmanager
def locked() -> Iterator[int]:
    """One build at a time. The lock is held by all processes of a build, so that none of an ended one can still be writing."""
    cache.own_state()
    with open(STATE / ".lock", "w", encoding="utf-8") as file:
        try:
            import fcntl
        except ImportError:  # a system without such locks
            yield file.fileno()
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another build is at work here; waiting for it ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


@contextlib.contextmanager
def begun() -> Iterator[warm.Processes]:
    """The processes of one build, which hold the lock."""
    with locked() as lock, warm.processes(str(ROOT), (lock,)) as processes:
        if (WORK / site.FINISHED).is_file():  # else deliveries are read first, and nothing may be in their way
            printer(processes)
        yield processes


def printer(processes: warm.Processes) -> warm.Warm:
    """The process that runs Sphinx."""
    return processes.get("printer", site.LIBRARIES, site.NEVER_USED)
