"""Results by key: what was made once from the same inputs is not made again, and what was damaged is not used."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

from ..paths import ROOT, validated_folder
from .snapshot import tree

KEPT = 2000  # entries per kind; the ones that were used last


def folder(kind: str) -> Path:
    return ROOT / "_build" / ".cache" / kind


def get(kind: str, key: str) -> bytes | None:
    """What was kept under a key; None when there is nothing, or when it is no longer what was written."""
    path = folder(kind) / key
    try:
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


def seal_tables(reporting_year: int, world: str, keys: dict[str, str], missions: list[str]) -> None:
    """Note from which inputs the validated tables of a year were made. keys: delivery -> key. missions: of the year."""
    state = [keys, tree(str(validated_folder(reporting_year, world))), missions]
    write_whole(_seal_of(reporting_year, world), json.dumps(state).encode())


def has_tables(reporting_year: int, world: str, keys: dict[str, str]) -> bool:
    """Whether the validated tables of a year are whole and were made from these inputs."""
    return missions(reporting_year, world, keys) is not None


def missions(reporting_year: int, world: str, keys: dict[str, str]) -> list[str] | None:
    """The missions of a year, as the validated register has them; None when the tables are not there from these inputs."""
    try:
        made_from, tables, found = json.loads(_seal_of(reporting_year, world).read_bytes())
    except (OSError, ValueError):
        return None
    return found if [made_from, tables] == [keys, tree(str(validated_folder(reporting_year, world)))] else None


def _seal_of(reporting_year: int, world: str) -> Path:
    return folder("tables") / f"{world}-{reporting_year}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there completely or not at all, whenever the program is ended."""
    path.parent.mkdir(parents=True, exist_ok=True)
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
