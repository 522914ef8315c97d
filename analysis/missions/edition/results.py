"""Results: real files and folders that can be copied, archived and served; those of the next build replace them in one step.

A build gathers its results in a folder beside them. When all is there, `html`, `pdf` and the others change places with the ones
before. That is written down first, so that a build that is ended in between is carried through by whatever comes next.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .. import paths
from ..choice import COMMIT_PLACE, PUBLIC, Choice
from ..files import sha256_of
from ..machine import snapshot
from ..machine.snapshot import digest, seen, tree

RECORD = ".build.json"
SEAL = ".seal"
RUN = "ro-crate-metadata.json"
NAMES = ("html", "pdf", "facts.json", "annexes", RUN)  # what an edition consists of; a preview is a site alone
_MAKING, _NEXT, _PLACES = ".making", ".next", ".places.json"
_SEALED = ("options", "sources", "environment", "commit")  # what of a record says from what everything was made
_NOT_FOR_READERS = ("typst", ".buildinfo")  # the PDF builder's own files, Sphinx's bookkeeping
_EXCHANGE = 2  # SOURCE: RENAME_EXCHANGE of renameat2(2)
_HERE = -100  # AT_FDCWD


def where(preview: bool = False) -> Path:
    """The folder in which results lie."""
    return paths.BUILD / "preview" if preview else paths.BUILD


def names_in(folder: Path) -> tuple[str, ...]:
    """What must lie in a folder of results."""
    return ("html",) if folder == where(preview=True) else NAMES


def commit(choice: Choice) -> str:
    """The commit that every page of an edition names; a preview is a draft, and names none."""
    return "" if choice.preview else snapshot.commit()


@dataclass
class Gathering:
    """The results of one build before they take their place.

    folder: where they lie now. place: where they will. before: the record of the results that are there, if they are whole.
    known: file -> hash. stamps: file -> size, time and place of what it was copied from.
    """

    folder: Path
    place: Path
    before: dict
    known: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, list] = field(default_factory=dict)

    def copy(self, source: Path, name: str, commit: str = "") -> None:
        """Copy what was made, as `name`; every page says of which commit it is, where there is one.

        A file that the edition before has too is linked and not written again: a file system that just removed many files is slow
        at making new ones. Nothing may write into a file of an edition from then on. What was not written since it was copied the
        last time is not read either. commit: a + says that something was not committed.
        """
        words = f", vastgelegd als {commit.removesuffix('+')}{' met latere wijzigingen' if commit.endswith('+') else ''}"
        filled = COMMIT_PLACE.replace("><", f">{words}<").encode()
        stamps, results = self.before.get("stamps", {}), self.before.get("results", {})
        for here, folders, files in os.walk(source):
            folders[:] = [one for one in folders if one not in _NOT_FOR_READERS]
            inner = os.path.join(name, os.path.relpath(here, source)).removesuffix(f"{os.sep}.")
            os.makedirs(self.folder / inner, exist_ok=True)
            for file in files:
                if file.startswith(_NOT_FOR_READERS):
                    continue
                path, target = os.path.join(here, file), os.path.join(inner, file)
                key = target.replace(os.sep, "/")
                found = os.stat(path)
                self.stamps[key] = [found.st_size, found.st_mtime_ns, found.st_ino, commit]
                if stamps.get(key) == self.stamps[key] and key in results and self._link(target):
                    self.known[key] = results[key]
                    continue
                content = Path(path).read_bytes()
                if commit and file.endswith(".html"):
                    content = content.replace(COMMIT_PLACE.encode(), filled)
                self.write(key, content)

    def write(self, key: str, content: bytes) -> None:
        """Put one file among the results."""
        self.known[key] = hashlib.sha256(content).hexdigest()
        if self.before.get("results", {}).get(key) != self.known[key] or not self._link(key):
            (self.folder / key).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / key).write_bytes(content)

    def _link(self, name: str) -> bool:
        try:
            os.link(self.place / name, self.folder / name)
        except OSError:  # the file system has no links
            return False
        return True


def fresh(place: Path, before: dict) -> Gathering:
    """Room for the results of one build, that will lie in `place`."""
    folder = place / _MAKING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return Gathering(folder, place, before)


def contents(folder: Path) -> dict[str, str]:
    """Every file of an edition -> hash, without the record of the run, which tells of times."""
    found: dict[str, str] = {}
    for name in (name for name in NAMES if name != RUN):
        path = folder / name
        inside = tree(str(path)) if path.is_dir() else {"": sha256_of(path)} if path.is_file() else {}
        found |= {f"{name}/{inner}" if inner else name: known for inner, known in inside.items()}
    return found


def _seal(folder: Path, made_from: dict) -> dict:
    """From what results were made, and when and where every file of them was last written."""
    known = {name: seen(str(folder / name)) for name in names_in(folder)}
    return {"made_from": digest([made_from[name] for name in _SEALED]), "seen": digest(known)}


def _read_seal(folder: Path) -> dict:
    try:
        return json.loads((folder / SEAL).read_bytes())
    except (OSError, ValueError):
        return {}


def _is_whole(folder: Path) -> bool:
    return not (folder / _NEXT / _PLACES).exists() and all((folder / name).exists() for name in names_in(folder))


def is_sealed(folder: Path, made_from: dict) -> bool:
    """Whether the results that are there were made from just this, and nothing was written to them since.

    Looks at the times of files and reads none: where it is False, `last` may still find that everything is as it was.
    """
    try:
        return _is_whole(folder) and _read_seal(folder) == _seal(folder, made_from)
    except OSError:  # also when another build replaces it just now
        return False


def put_in_place(gathered: Gathering, record: dict) -> None:
    """Make the results of a build the ones that readers see, and throw away those before."""
    folder, place = gathered.folder, gathered.place
    text = json.dumps(record | {"results": gathered.known, "stamps": gathered.stamps})
    (folder / RECORD).write_text(text, encoding="utf-8")
    moving = [*names_in(place), RECORD]
    numbers = {name: os.stat(folder / name).st_ino for name in moving}
    (folder / _PLACES).write_text(json.dumps(numbers), encoding="utf-8")
    os.rename(folder, place / _NEXT)  # from here on it is certain what readers will see
    finish(place)
    _put_seal(place, record)


def _put_seal(place: Path, record: dict) -> None:
    (place / SEAL).write_text(json.dumps(_seal(place, record)), encoding="utf-8")


def finish(place: Path) -> None:
    """Carry through what a build that was ended had begun to replace. Only for whoever has the lock of the build."""
    coming = place / _NEXT
    try:
        numbers = json.loads((coming / _PLACES).read_bytes())
    except FileNotFoundError:
        shutil.rmtree(coming, ignore_errors=True)  # what was there before, and was being thrown away
        return
    for name, number in numbers.items():
        there = place / name
        if there.is_symlink():
            there.unlink()  # of a version of this program that had links here
        if not there.exists() or os.stat(there).st_ino != number:
            _exchange(coming / name, there)
    (coming / _PLACES).unlink()
    shutil.rmtree(coming, ignore_errors=True)


def _exchange(new: Path, old: Path) -> None:
    """Have two files or folders change places, in one step where the system can."""
    if not old.exists():
        os.rename(new, old)
        return
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if hasattr(libc, "renameat2") and libc.renameat2(_HERE, os.fsencode(new), _HERE, os.fsencode(old), _EXCHANGE) == 0:
            return
    aside = new.with_name(f"{new.name}.old")
    os.rename(old, aside)
    os.rename(new, old)
    os.rename(aside, new)


def renew_record(place: Path, record: dict) -> None:
    """Note that the results that are there were also made from these inputs."""
    beside = place / f"{RECORD}.new"
    beside.write_text(json.dumps(record), encoding="utf-8")
    os.replace(beside, place / RECORD)
    _put_seal(place, record)


def told(place: Path) -> str:
    """Where an edition is, in words."""
    shown = paths.shown(place)
    if names_in(place) != NAMES:
        return f"  site   {shown}/html/index.html"
    pdfs = [f"  PDF    {shown}/pdf/{path.name}" for path in sorted((place / "pdf").glob("*.pdf"))]
    return "\n".join([f"  site   {shown}/html/index.html", *pdfs, f"  facts  {shown}/facts.json"])


def clear_left_overs() -> None:
    """Finish or remove what builds that broke off left behind. Only for whoever has the lock of the build."""
    for page in where().glob("check/real-*.html"):  # PRIVACY: an older version left pages of deliveries beside its results
        page.unlink()
    for place in (where(), where(preview=True)):
        finish(place)
        shutil.rmtree(place / _MAKING, ignore_errors=True)
    shutil.rmtree(paths.STATE / "scratch", ignore_errors=True)


def holds_internal_preview() -> bool:
    """Whether a preview lies here that is not for the public, or may be so."""
    folder = where(preview=True)
    try:
        return folder.exists() and json.loads((folder / RECORD).read_text(encoding="utf-8"))["options"][2] != PUBLIC
    except (OSError, ValueError, LookupError, TypeError):
        return True


def remove_internal_preview() -> None:
    """PRIVACY: what only an internal edition shows does not lie beside a public one, in a folder that may be copied whole."""
    if holds_internal_preview():
        shutil.rmtree(where(preview=True), ignore_errors=True)


def last(folder: Path) -> dict:
    """The record of the last good build; empty when there is none, or when its results are no longer what was built."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
        untouched = _read_seal(folder).get("seen") == _seal(folder, record)["seen"]
        intact = _is_whole(folder) and (untouched or record["results"] == contents(folder))
    except (OSError, ValueError, KeyError, TypeError):  # also when another build replaces it just now
        return {}
    return record if intact else {}


def is_of(record: dict, choice: Choice) -> bool:
    """Whether an edition is the one that is meant."""
    return bool(record) and record["options"] == choice.options
