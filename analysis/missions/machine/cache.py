"""Results by key: what was made once from the same inputs is not made again, and what was damaged is not used."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from .. import paths
from ..files import is_ours, private_folder

KEPT = 2000  # entries per kind; the ones that were used last


def folder(kind: str) -> Path:
    return paths.STATE / "cache" / kind


def get(kind: str, key: str) -> bytes | None:
    """What was kept under a key; None when there is nothing, or when it is no longer what was written.

    TRAP: some of it is read back as Python objects, which can run code: what another user could have written is as good as none.
    """
    path = folder(kind) / key
    try:
        if not (is_ours(path) and is_ours(path.parent)):
            return None
        sealed = path.read_bytes()
    except FileNotFoundError:
        return None
    seal, content = sealed[:32], sealed[32:]
    if hashlib.sha256(content).digest() != seal:
        path.unlink(missing_ok=True)
        return None
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)
    return content


class Gone(RuntimeError):
    """What this build had made is not there any more."""


def require(kind: str, key: str) -> str:
    """The text that was kept under a key in this build. Errors: Gone."""
    content = get(kind, key)
    if content is None:
        raise Gone(f"{kind}: what was made for this build is gone; build again")
    return content.decode("utf-8")


def put(kind: str, key: str, content: bytes) -> None:
    write_whole(folder(kind) / key, hashlib.sha256(content).digest() + content)


def make_folder(path: Path) -> None:
    """A folder that is there; below the state of builds it is for its owner alone."""
    if not path.is_relative_to(paths.STATE):
        path.mkdir(parents=True, exist_ok=True)
        return
    # PRIVACY: tables of confidential deliveries lie here.
    for below in range(len(path.relative_to(paths.STATE).parts) + 1):
        private_folder(paths.STATE.joinpath(*path.relative_to(paths.STATE).parts[:below]))


class NotOurs(RuntimeError):
    """What builds remember belongs to another user; the message says what to do."""


def own_state() -> None:
    """See to it that nothing is read back that another user could have written; called before anything is. Errors: NotOurs."""
    state = paths.STATE.resolve()  # which may lie on another disk
    if state.exists() and not is_ours(state):
        if state.stat().st_uid != os.getuid():
            raise NotOurs(f"{paths.shown(paths.STATE)} belongs to another user; remove it and run it again")
        private_folder(state)
        for path in state.iterdir():  # the folder itself may be a disk of its own
            print(f"{paths.shown(path)} could be written to by others, and is thrown away", flush=True)
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    private_folder(state)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there completely or not at all, whenever the program is ended."""
    make_folder(path.parent)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with open(number, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_if_changed(path: Path, text: str) -> bool:
    """Write a file only when its content differs, so that what depends on it is not made again for nothing."""
    content = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return False
    write_whole(path, content)
    return True


def prune() -> None:
    """Forget the entries that were not used for longest, and what a broken-off run left half-written."""
    for kind in sorted(path.name for path in folder("").glob("*")):
        entries = list(folder(kind).glob("*"))
        for path in (path for path in entries if path.name.startswith(".")):
            path.unlink(missing_ok=True)
        entries = [path for path in entries if not path.name.startswith(".")]
        for path in sorted(entries, key=lambda path: path.stat().st_mtime)[:-KEPT]:
            path.unlink(missing_ok=True)
