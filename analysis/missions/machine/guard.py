"""Closes a process to everything that it did not declare, so that the key of a step cannot lie.

Two locks. Python's audit events name the culprit in words that help, on every system. Where Linux has Landlock, the kernel
refuses too, also what libraries open past Python (Parquet files, databases). Neither can be opened again in the same process.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Programs, not inputs: the key of a step holds the version of Python and of every locked library.
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/dev", "/sys", "/opt", "/System", "/Library", "C:\\Windows")
_FORBIDDEN = {
    "socket.connect": "connects to another machine",
    "subprocess.Popen": "starts another program",
    "os.system": "starts another program",
    "os.exec": "starts another program",
    "os.posix_spawn": "starts another program",
}
_ROOM = 65_536  # bytes for the words of all offences
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class UndeclaredRead(PermissionError):
    """A step touches what is not among its declared inputs."""


@dataclass(frozen=True)
class Closed:
    """What is known of a process that was closed.

    offences: tells every one so far, also one whose error the code under guard swallows, and one in a process that was forked
    since. only: a context in which even fewer files may be read than the process may.
    """

    offences: Callable[[], list[str]]
    only: Callable[[Iterable[str | Path]], contextlib.AbstractContextManager[None]]


def close_to(
    readable: Iterable[str | Path],
    writable: Iterable[str | Path],
    root: str | Path,
    strict: bool = True,
    listable: Iterable[str | Path] = (),
) -> Closed:
    """From here on this process reads these files and folders only, and the programs that are installed; it writes to `writable`.

    root: of the repository; messages name files below it. strict: also by Landlock, and no listing of folders but those that are
    `listable`, to see whether a file was written meanwhile.
    """
    root = os.path.realpath(root)
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, sysconfig.get_paths()["stdlib"], *_SYSTEM}
    # A repository below a folder of the system is no program.
    prefixes = {place for place in places if not (root + os.sep).startswith(os.path.realpath(place) + os.sep)}
    programs = tuple(sorted({place for prefix in prefixes for place in (prefix, os.path.realpath(prefix))}))
    files = {os.path.realpath(path) for path in readable}
    fewer: list[set[str]] = []  # what may be read of these just now
    # Where Python looks for modules it lists folders; the files in them stay closed.
    code = {os.path.dirname(path) for path in files if path.endswith(".py")} | {
        os.path.realpath(path) for path in sys.path if path
    }
    lists = [os.path.realpath(path) for path in listable]
    outputs = tuple(os.path.realpath(path) for path in writable)
    is_output, is_listed = _below(outputs), _below([*programs, *lists, *files])
    is_program, is_input, is_ours = _below(programs), _below(files), _below([root])
    offences = mmap.mmap(-1, _ROOM)  # memory that forked processes share
    # When two of them offend in the same moment, one may hide the other: enough to be told that there was any.

    def refuse(what: str) -> None:
        words, place = f"{what}\n".encode(), offences.find(b"\0")
        if place + len(words) < _ROOM:
            offences[place : place + len(words)] = words
        raise UndeclaredRead(what)

    def shown(path: str) -> str:
        return os.path.relpath(path, root).replace(os.sep, "/") if is_ours(path) else path

    def judge(event: str, arguments: tuple) -> None:
        if event in _FORBIDDEN:
            refuse(_FORBIDDEN[event])
        if event not in ("open", "os.listdir", "os.scandir"):
            return
        given = arguments[0]
        if given is None or isinstance(given, int):
            return  # a file that is open already, or the working folder
        path = os.path.realpath(os.fsdecode(given))
        if is_output(path) or _byte_code_of(path) in files or path in code or path == "/dev/null":
            return
        if event != "open":
            if strict and not is_listed(path):
                refuse(f"lists the folder {shown(path)}, whose files are not all declared as inputs")
        elif arguments[2] & _WRITING or (arguments[1] or "r")[0] in "wax":
            refuse(f"writes to {shown(path)}; an annex shows what it found and writes nothing")
        elif not (is_program(path) or is_input(path)) or (fewer and path in files and path not in fewer[-1]):
            refuse(f"reads {shown(path)}, which is not among its declared inputs")

    @contextlib.contextmanager
    def only(chosen: Iterable[str | Path]) -> Iterator[None]:
        fewer.append({os.path.realpath(path) for path in chosen})
        try:
            yield
        finally:
            fewer.pop()

    sys.dont_write_bytecode = True  # of libraries that were not compiled when they were installed: it is no result
    if strict:
        _landlock([*programs, *files], sorted({*code, *lists}), outputs)
    sys.addaudithook(judge)
    return Closed(lambda: list(dict.fromkeys(offences[: offences.find(b"\0")].decode().splitlines())), only)


def _below(places: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path is one of these places, or lies below it. Every file that is opened is asked for, so it must be quick."""
    same, below = frozenset(places), tuple(place + os.sep for place in places)
    return lambda path: path in same or path.startswith(below)


def _byte_code_of(path: str) -> str:
    """The source of a file with byte code, also of one that is being written."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.dirname(folder), f"{name.partition('.')[0]}.py") if folder.endswith("__pycache__") else ""


# SOURCE: linux/landlock.h and Documentation/userspace-api/landlock.rst of the Linux kernel (ABI 1).
_EXECUTE, _WRITE, _READ_FILE, _READ_FOLDER, _ALL = 1, 2, 4, 8, (1 << 13) - 1
_CONNECT_TCP, _BIND_TCP = 2, 1
_CREATE, _ADD_RULE, _RESTRICT, _NO_NEW_PRIVILEGES = 444, 445, 446, 38


def _landlock(readable: list[str], listed: list[str], writable: tuple[str, ...]) -> bool:
    """Have the kernel refuse the rest: files and, where it is new enough, the network. False where it cannot."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, ctypes.c_size_t(0), 1)
    handled = struct.pack("QQ", _ALL, _CONNECT_TCP | _BIND_TCP) if version >= 4 else struct.pack("Q", _ALL)
    ruleset = libc.syscall(_CREATE, handled, ctypes.c_size_t(len(handled)), 0)
    if ruleset < 0:
        return False
    rules = {path: _READ_FILE | (_READ_FOLDER | _EXECUTE if os.path.isdir(path) else 0) for path in readable}
    # A folder with code is listed by Python's import; its files are allowed one by one, its byte code as a folder.
    rules |= {folder: _READ_FOLDER | rules.get(folder, 0) for folder in listed}
    caches = {os.path.join(os.path.dirname(path), "__pycache__") for path in readable if path.endswith(".py")}
    rules |= {folder: _ALL & ~_EXECUTE for folder in caches}
    rules |= {path: _ALL & ~_EXECUTE for path in (*writable, "/dev")}
    for path, allowed in rules.items():
        if not os.path.exists(path):
            continue
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        if not os.path.isdir(path):
            allowed &= _READ_FILE | _WRITE | _EXECUTE
        libc.syscall(_ADD_RULE, ruleset, 1, struct.pack("=Qi", allowed, place), 0)
        os.close(place)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    closed = libc.syscall(_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return closed
