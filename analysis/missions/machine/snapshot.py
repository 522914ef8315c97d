"""What everything is made from, by content: the hash of every file that a build may depend on, and of the installed programs.

Only small modules are imported here: this is all that runs when nothing has changed.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import sys
import time

from ..files import sha256_of
from ..keyed import keyed
from ..paths import CONFIDENTIAL, GENERATED, REDACTED, ROOT, SOURCE_FILES, SOURCE_FOLDERS, STATE

COMMIT = "MISSIONS_COMMIT"  # gives the commit where git does not, as in a copy that is built to compare
_SETTLED_NS = 2_000_000_000  # longer than a tick of the clock of any file system
_hashes: dict[str, tuple[list[int], str]] = {}  # path -> its stamp when it was read, and its hash
_PIN = re.compile(rb"^([A-Za-z0-9_.-]+)==[^\s;\\]+(?: *;([^\\\n]*))?", re.MULTILINE)


def digest(content: object) -> str:
    """Hash of a value that JSON can hold; the order of keys does not matter."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def tree(folder: str) -> dict[str, str]:
    """File below a folder, with slashes -> hash of its content; what begins with a dot or holds byte code does not count."""
    return {name: sha256_of(os.path.join(folder, name)) for name in _below(folder)}


def seen(folder: str) -> str:
    """Hash of when and where every file below a folder was last written: another one after any writing. Reads none of them."""
    names = [""] if os.path.isfile(folder) else _below(folder)  # a file is all that there is of it
    known = {name: os.stat(os.path.join(folder, name) if name else folder) for name in names}
    return digest({name: [found.st_size, found.st_mtime_ns, found.st_ino] for name, found in known.items()})


def _below(folder: str) -> list[str]:
    found, waiting = [], [""]
    while waiting:
        place = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(os.path.join(folder, place)) as entries:  # it may not be there
            for entry in entries:
                if entry.name[0] != "." and entry.name != "__pycache__":
                    (waiting if entry.is_dir() else found).append(f"{place}{entry.name}" + ("/" if entry.is_dir() else ""))
    return sorted(found)


def _names(data: str, root: str) -> list[str]:
    names = [name for name in SOURCE_FILES if os.path.isfile(os.path.join(root, name))]
    for folder in (*SOURCE_FOLDERS, CONFIDENTIAL if data == "real" else REDACTED):
        names += [f"{folder}/{name}" for name in _below(os.path.join(root, folder))]
    return [name for name in names if not name.startswith(GENERATED)]


def sources(data: str, root: str = str(ROOT)) -> dict[str, str]:
    """Every file of the repository that a build may read -> hash, keyed where it is confidential: records of builds tell of it.

    Confidential deliveries only in a build with real ones.
    """
    found = {name: _hash(os.path.join(root, name), stamp) for name, stamp in stamps(data, root).items()}
    return {name: keyed(known, root) if name.startswith(f"{CONFIDENTIAL}/") else known for name, known in found.items()}


def _hash(path: str, stamp: list[int]) -> str:
    """The hash of a file, which is read once in the life of this process and again whenever it was written.

    TRAP: two writings within one tick of the clock may leave the same stamp. What was written just now is not remembered.
    """
    known = _hashes.get(path)
    if known and known[0] == stamp:
        return known[1]
    is_settled = time.time_ns() - stamp[2] > _SETTLED_NS
    found = sha256_of(path)
    if is_settled:
        _hashes[path] = stamp, found
    return found


def differing(now: dict, before: dict) -> list[str]:
    """The files that are new, gone or have other content."""
    return sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))


class Changed(Exception):
    """A file was saved while it was used; nothing that was made meanwhile may be kept."""


def stamps(data: str, root: str = str(ROOT)) -> dict[str, list[int]]:
    """When and where every source was last written, as the file system has it: different after any writing, also of the same."""
    found = {}
    for name in _names(data, root):
        with contextlib.suppress(FileNotFoundError):  # an editor's own file, which comes and goes
            known = os.stat(os.path.join(root, name))
            found[name] = [known.st_size, known.st_mtime_ns, known.st_ctime_ns, known.st_ino]
    return found


def require_untouched(before: dict[str, list[int]], data: str, root: str = str(ROOT)) -> None:
    """Errors: Changed when any source was written, made or removed since `before` (stamps)."""
    if changed := differing(stamps(data, root), before):
        raise Changed(changed[0])


def commit(root: str = str(ROOT)) -> str:
    """The commit of the sources, 12 hex digits, with a + when any of them is not as it is there; empty where there is no git."""
    given = os.environ.get(COMMIT)
    if given is not None or not os.path.exists(os.path.join(root, ".git")):
        return given or ""
    import subprocess  # not for a build of what is no repository

    try:
        told = [
            subprocess.run(["git", "-C", root, *words], capture_output=True, text=True, check=True).stdout.strip()
            for words in (["rev-parse", "--short=12", "HEAD"], ["status", "--porcelain", "--", *SOURCE_FILES, *SOURCE_FOLDERS])
        ]
    except (OSError, subprocess.CalledProcessError):  # no git, no commit yet, or a folder of somebody else
        return ""
    return told[0] + ("+" if told[1] else "")


def environment(root: str = str(ROOT)) -> dict[str, str]:
    """The programs that a build runs on: Python, and the version of every locked library that belongs on this machine."""
    with open(os.path.join(root, "requirements.txt"), "rb") as file:
        locked = file.read()
    installed = {}
    for place in sys.path:
        if place.endswith(("site-packages", "dist-packages")) and os.path.isdir(place):
            for name in os.listdir(place):
                if name.endswith(".dist-info"):
                    project, _, version = name.removesuffix(".dist-info").partition("-")
                    installed.setdefault(_normal(project), version)
    known = {name: installed.get(name, "not installed") for name in _wanted_here(locked)}
    return {"Python": sys.version, "machine": os.uname().machine if hasattr(os, "uname") else sys.platform, **known}


@functools.cache
def _wanted_here(locked: bytes) -> list[str]:
    """The projects of a lock whose markers hold on this machine."""
    pinned = [(_normal(name.decode()), marker.decode().strip()) for name, marker in _PIN.findall(locked)]
    plain, marked = [name for name, marker in pinned if not marker], [pin for pin in pinned if pin[1]]
    path = STATE / f"markers-{digest([sys.version, sys.platform, marked])[:16]}.json"
    try:
        holding = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        from packaging.markers import Marker  # slower to import than all that runs when nothing has changed

        holding = [name for name, marker in marked if Marker(marker).evaluate()]
        with contextlib.suppress(OSError):  # it is only looked up faster the next time
            STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(json.dumps(holding), encoding="utf-8")
    return sorted({*plain, *holding})


def environment_as_a_job(root: str, tell: object) -> dict[str, str]:
    """The same as a job."""
    return environment(root)


def _normal(project: str) -> str:
    return re.sub(r"[-_.]+", "-", project).lower()
