"""A process that has imported the libraries and forks a child for every job: an import is paid once, memory is shared, and
nothing that a job does reaches another. Here is the side of the caller; the process itself is machine/worker.py.

Rules: one thread until the fork (checked), no module of ours imported before it (it may change while the process lives), an
environment of its own (nothing of the caller's leaks into a result), and no child outlives its parent.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from socket import socketpair

# TRAP: frameworks of macOS do not survive a fork. Where it cannot be, jobs start from nothing: slower, with the same results.
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin" and os.environ.get("MISSIONS_FORK") != "no"
_UNDER_WAY = 2 * (os.cpu_count() or 1)
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "MISSIONS_FORK")


def fixed_environment(root: str) -> dict[str, str]:
    """The environment of everything that makes results: one thread, fixed order of sets, one language and time zone."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join(os.path.join(root, *place) for place in (("analysis",), ("book", "_ext"))),
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "2",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "DOCUTILSCONFIG": "",  # no settings from the home of whoever builds
        "SOURCE_DATE_EPOCH": str(_release_date(root)),
    }


def told_environment(root: str) -> dict[str, str]:
    """What of the fixed environment can show in results: an input of every step."""
    return {
        name: value
        for name, value in fixed_environment(root).items()
        if name not in (*_PASSED_ON, "PYTHONPATH", "SOURCE_DATE_EPOCH")
    }


def _release_date(root: str) -> int:
    """Seconds since 1970 of the day of release, as CITATION.cff has it: the only "now" that a result may know."""
    path = Path(root, "CITATION.cff")
    found = (
        re.search(r"^date-released: *['\"]?(\d{4}-\d\d-\d\d)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if path.is_file()
        else None
    )
    day = datetime.date.fromisoformat(found[1]) if found else datetime.date(1970, 1, 1)
    return (day - datetime.date(1970, 1, 1)).days * 86_400


class StepFailed(RuntimeError):
    """A job that failed; the message is what a person must know.

    problems_n: how many things are wrong with the input. cause: name of the error in the job. trace: its traceback where it is
    a fault in the program.
    """

    def __init__(self, message: str, problems_n: int = 0, cause: str = "", trace: str = ""):
        super().__init__(message)
        self.problems_n, self.cause, self.trace = problems_n, cause, trace


@dataclass
class Warm:
    """The caller's side: jobs go in by a name of their own; what they tell and return comes out of `events`."""

    process: subprocess.Popen
    connection: Connection
    modules: list[str] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    waiting: list[tuple | dict] = field(default_factory=list)  # jobs, and what is said to them, that were not sent yet
    ahead: dict[str, object] = field(default_factory=dict)  # job that waits to hear more -> what it was prepared for

    def prepare(self, modules: Iterable[str]) -> None:
        """Have more modules imported, after the previous ones."""
        new = [name for name in dict.fromkeys(modules) if name not in self.modules]
        self.modules += new
        self.connection.send(new)

    def leave_out(self, libraries: Iterable[str]) -> None:
        """Have these libraries replaced by stand-ins, before anything that imports them is prepared."""
        self.connection.send(frozenset(libraries))

    def submit(self, job: str, function: str, *arguments: object, needs: int | None = None, hears: bool = False) -> None:
        """function: "package.module:name", imported in the child; it gets the arguments and `tell=`.

        needs: how many of the modules must have been imported before the job may begin (all). hears: the function also gets
        `hear=`, which waits for what `say` sends.
        """
        self.running.add(job)
        self.waiting.append((job, function, arguments, needs, hears))
        self.send_waiting()

    def say(self, job: str, payload: object) -> None:
        """Send something to a job that was submitted with `hears`, whether it runs already or not."""
        self.waiting.append({"job": job, "payload": payload})
        self.send_waiting()

    def send_waiting(self) -> None:
        """TRAP: both sides wait for ever when each has more to send than the other reads; so few jobs are under way at once."""

        def sent() -> int:
            return len(self.running) - sum(isinstance(one, tuple) for one in self.waiting)

        while self.waiting and (isinstance(self.waiting[0], dict) or sent() < _UNDER_WAY):
            self.connection.send(self.waiting.pop(0))


@dataclass
class Processes:
    """The warm processes of a build, or of many builds in a row, by what they are for."""

    root: str
    keep_open: tuple[int, ...]
    known: dict[str, tuple[contextlib.ExitStack, Warm | subprocess.Popen]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    def get(self, purpose: str, libraries: Iterable[str], left_out: Iterable[str] = ()) -> Warm:
        """The warm process for a purpose, which imports these libraries. left_out: those that get a stand-in.

        One that died, or still runs jobs of a build that was given up, is replaced.
        """
        if purpose in self.known:
            ending, one = self.known[purpose]
            if one.process.poll() is None and one.running <= one.ahead.keys():
                one.prepare(libraries)
                return one
            ending.close()
        ending = contextlib.ExitStack()
        one = ending.enter_context(started(self.root, os.cpu_count() or 1, self.keep_open))
        if left_out:
            one.leave_out(left_out)
        one.prepare(libraries)
        self.known[purpose] = ending, one
        return one

    def renderer(self) -> str:
        """The address of a process that draws charts for all annexes (present/drawing.py), started when there is none."""
        code = Path(self.root, "analysis", "missions", "present", "drawing.py").read_bytes()
        fonts = sorted(path.stat().st_mtime_ns for path in Path(self.root, "book", "_static", "fonts").glob("*"))
        purpose = f"renderer {hash((code, *fonts))}"  # a resident one must not draw with the previous code or fonts
        if purpose not in self.known or self.known[purpose][1].poll() is not None:
            ending = contextlib.ExitStack()
            address = os.path.join(ending.enter_context(tempfile.TemporaryDirectory(prefix="missions-")), "renderer")
            command = [
                sys.executable,
                "-P",
                "-c",
                "import sys; from missions.present.drawing import serve; serve(sys.argv[1])",
                address,
            ]
            process = subprocess.Popen(
                command, cwd=self.root, env=fixed_environment(self.root), stdin=subprocess.PIPE, pass_fds=self.keep_open,
                start_new_session=True,  # control-C reaches the caller, who then ends this one
            )  # fmt: skip
            ending.callback(process.wait)
            ending.callback(process.kill)
            self.known[purpose] = ending, process
            self.addresses[purpose] = address
        return self.addresses[purpose]

    def close(self) -> None:
        for ending, _ in self.known.values():
            ending.close()
        self.known.clear()


@contextlib.contextmanager
def processes(root: str, keep_open: tuple[int, ...] = ()) -> Iterator[Processes]:
    """No process yet; leaving the block ends all that were started. keep_open: file descriptors that live as long as they do."""
    made = Processes(root, keep_open)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def started(root: str, jobs_at_once: int, keep_open: tuple[int, ...] = ()) -> Iterator[Warm]:
    """A warm process; leaving the block ends it and all its children."""
    ours, theirs = socketpair()
    command = [
        sys.executable,
        "-P",
        "-c",
        "from missions.machine.worker import main; main()",
        str(theirs.fileno()),
        str(jobs_at_once),
    ]
    environment = fixed_environment(root)
    # A group of its own: control-C reaches the caller, who then ends this one.
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        pass_fds=(theirs.fileno(), *keep_open),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    theirs.close()
    warm = Warm(process, Connection(ours.detach()))
    try:
        yield warm
    finally:
        warm.connection.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def result(
    warm: Warm,
    job: str,
    function: str,
    *arguments: object,
    needs: int | None = None,
    tell: Callable[[object], None] = lambda told: None,
) -> object:
    """Run one job and wait for what it returns. tell: hears what it tells meanwhile. Errors: StepFailed."""
    warm.submit(job, function, *arguments, needs=needs)
    for name, kind, payload in events(warm):
        if name == job and kind == "told":
            tell(payload)
        if name == job and kind == "failed":
            raise StepFailed(**payload)
        if name == job and kind == "done":
            return payload
    raise StepFailed(f"{job}: gave no answer")


def events(*warm: Warm) -> Iterator[tuple[str, str, object]]:
    """(job, "told" | "done" | "failed", payload) until no job is running any more; new jobs may be submitted meanwhile.

    The payload of a failure are the arguments of StepFailed.

    Errors: StepFailed when a warm process itself dies.
    """
    while busy := [one for one in warm if one.running]:
        for ready in wait([one.connection for one in busy]):
            one = next(one for one in busy if one.connection is ready)
            try:
                job, kind, payload = ready.recv()
            except (EOFError, OSError):
                code = one.process.wait()
                raise StepFailed(f"the process of {', '.join(sorted(one.running))} ended with code {code}") from None
            if kind != "told":
                one.running.discard(job)
                one.ahead.pop(job, None)
                one.send_waiting()
            yield job, kind, payload
