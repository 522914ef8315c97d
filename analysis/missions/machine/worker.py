"""The warm process itself, and the children that it forks: the other side of machine/warm.py."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from socket import socketpair

from .faults import as_failure
from .stand_ins import leave_out
from .warm import CAN_FORK


def main() -> None:
    """The warm process itself. Arguments: file descriptor of the connection, jobs at once.

    What comes in over the connection: lists of modules to import, in order; sets of libraries that are left out; jobs, and
    what is said to them.
    """
    control, at_once = Connection(int(sys.argv[1])), int(sys.argv[2])
    gc.set_threshold(200_000, 50, 50)  # short lives: what a child leaves behind is the system's to clean
    modules, imported = [], 0
    waiting, children, said = [], {}, []
    while True:
        able = [job for job in waiting if imported >= (len(modules) if job[3] is None else job[3])]
        for chosen in able[: at_once - len(children)]:
            waiting.remove(chosen)
            begin = _fork if CAN_FORK else _start
            job, function, arguments, _, hears = chosen
            connection, pid = begin(function, arguments, hears, [control, *children])
            children[connection] = (job, pid)
        # What was said to a job that is over is dropped: a later job of that name must not hear it.
        waited_for = {job[0] for job in waiting}
        said = [message for message in said if not _passed_on(message, children) and message["job"] in waited_for]
        for ready in wait([control, *children], timeout=0 if imported < len(modules) else None):
            if ready is control:
                try:
                    told = control.recv()
                except (EOFError, OSError):
                    return  # the caller is gone; the children die with this process
                {list: modules.extend, tuple: waiting.append, dict: said.append, frozenset: leave_out}[type(told)](told)
            elif answer := _finished(ready, *children[ready], control):
                children.pop(ready)
                ready.close()
                control.send(answer)
        if imported < len(modules) and not CAN_FORK:
            imported = len(modules)
        elif imported < len(modules):
            with contextlib.suppress(ImportError):  # a name in a module need not be a module itself
                importlib.import_module(modules[imported])
            imported += 1
            if imported == len(modules):
                gc.freeze()  # what is imported is never looked at again, so that its memory stays shared


def _passed_on(message: dict, children: dict[Connection, tuple[str, int]]) -> bool:
    """Hand what was said to its job; False when the job does not run."""
    for connection, (job, _) in children.items():
        if job == message["job"]:
            with contextlib.suppress(OSError):
                connection.send(message["payload"])
            return True
    return False


def _finished(child: Connection, job: str, pid: int, control: Connection) -> tuple[str, str, object] | None:
    """The answer of a child, which is then no more; None when it only told something, which is passed on."""
    try:
        kind, payload = child.recv()
    except (EOFError, OSError):
        _, status = os.waitpid(pid, 0)
        return job, "failed", {"message": f"{job}: was ended from outside ({_cause(status)})"}
    if kind == "told":
        control.send((job, kind, payload))
        return None
    os.waitpid(pid, 0)
    return job, kind, payload


def _cause(status: int) -> str:
    number = os.waitstatus_to_exitcode(status)
    return f"signal {signal.Signals(-number).name}" if number < 0 else f"exit code {number}"


def _fork(function: str, arguments: tuple, hears: bool, others: list[Connection]) -> tuple[Connection, int]:
    if threads := _threads():
        raise RuntimeError(f"threads before a fork ({', '.join(threads)}): a library starts them when it is imported")
    ours, theirs = socketpair()
    parent, pid = os.getpid(), os.fork()
    if pid:
        theirs.close()
        return Connection(ours.detach()), pid
    try:
        die_with_parent()
        if os.getppid() != parent:
            os._exit(1)  # it ended before that was agreed
        ours.close()
        for other in others:
            other.close()
        _run(function, arguments, hears, Connection(theirs.detach()))
    finally:
        os._exit(0)


def _start(function: str, arguments: tuple, hears: bool, others: list[Connection]) -> tuple[Connection, int]:
    """The same in a process that imports everything itself."""
    ours, theirs = socketpair()
    code = "from missions.machine.worker import alone; alone()"
    process = subprocess.Popen([sys.executable, "-P", "-c", code, str(theirs.fileno())], pass_fds=(theirs.fileno(),))
    theirs.close()
    connection = Connection(ours.detach())
    connection.send((function, arguments, hears))
    process.returncode = 0  # waited for by its number, as a fork is
    return connection, process.pid


def alone() -> None:
    """A child that was started and not forked. Argument: file descriptor of the connection."""
    connection = Connection(int(sys.argv[1]))
    die_with_parent()
    _run(*connection.recv(), connection)


def _threads() -> list[str]:
    """The names of other threads that a fork would lose. jemalloc, in pyarrow, has one that it stops and starts around forks."""
    if not os.path.isdir("/proc/self/task"):
        return []
    others = [number for number in os.listdir("/proc/self/task") if int(number) != os.getpid()]
    names = [Path(f"/proc/self/task/{number}/comm").read_text(encoding="utf-8").strip() for number in others]
    return [name for name in names if name != "jemalloc_bg_thd"]


def _run(function: str, arguments: tuple, hears: bool, connection: Connection) -> None:
    """The child: one job, one answer."""
    try:
        module, _, name = function.partition(":")
        call: Callable = getattr(importlib.import_module(module), name)
        told = {"tell": lambda payload: connection.send(("told", payload))} | ({"hear": connection.recv} if hears else {})
        answer = ("done", call(*arguments, **told))
    except BaseException as error:
        answer = ("failed", as_failure(error))
    connection.send(answer)


def die_with_parent() -> None:
    """On Linux: the kernel ends this process when the one that started it ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
