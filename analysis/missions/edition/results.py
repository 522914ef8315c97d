"""`_build`: a finished edition takes the place of the last one in a single step, and can tell whether it is still whole.

Every edition has a folder of its own below `_build/.editions`; `current` points at one of them, and `html`, `pdf` and the others
point at what is in `current`. Replacing that one pointer is a step that happens or does not.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path

from ..choice import COMMIT_PLACE, PUBLIC
from ..machine.snapshot import digest, seen, tree
from ..paths import ROOT

BUILD = ROOT / "_build"
EDITIONS = BUILD / ".editions"
RECORD = "build.json"
SEAL = ".seal"
RUN = "ro-crate-metadata.json"
FINAL, PREVIEW = "current", "preview"
NAMES = ("html", "pdf", "facts.json", "annexes", RUN)  # what an edition consists of; a preview is a site alone
_SEALED = ("options", "sources", "environment", "commit")  # what of a record says from what everything was made
_NOT_FOR_READERS = ("typst", ".buildinfo")  # the PDF builder's own files, Sphinx's bookkeeping


def fresh() -> Path:
    """A folder for the results of one build."""
    import tempfile  # only where something is made

    EDITIONS.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=EDITIONS))


def put(source: Path, folder: Path, name: str, pointer: str, commit: str = "") -> None:
    """Copy what was made into the folder of an edition, as `name`; every page says of which commit it is, where there is one.

    A file that the edition before has too is linked and not written again: a file system that just removed many files is slow at
    making new ones. Nothing may write into a file of an edition from then on. commit: a + says that something was not committed.
    """
    before = (BUILD / pointer).resolve() / name
    words = f", vastgelegd als {commit.removesuffix('+')}{' met latere wijzigingen' if commit.endswith('+') else ''}"
    filled = COMMIT_PLACE.replace("><", f">{words}<").encode()
    for place, folders, files in os.walk(source):
        folders[:] = [one for one in folders if one not in _NOT_FOR_READERS]
        inner = Path(place).relative_to(source)
        (folder / name / inner).mkdir(parents=True, exist_ok=True)
        for file in files:
            if file.startswith(_NOT_FOR_READERS):
                continue
            content = Path(place, file).read_bytes()
            if commit and file.endswith(".html"):
                content = content.replace(COMMIT_PLACE.encode(), filled)
            _write_or_link(content, folder / name / inner / file, before / inner / file)


def _write_or_link(content: bytes, path: Path, before: Path) -> None:
    with contextlib.suppress(OSError):  # it is not there, or the file system has no links
        if before.read_bytes() == content:
            os.link(before, path)
            return
    path.write_bytes(content)


def contents(folder: Path) -> dict[str, str]:
    """Every file of an edition -> hash, without the records about it."""
    return {name: known for name, known in tree(str(folder)).items() if name not in (RECORD, RUN)}


def _has_parts(pointer: str) -> bool:
    return all((BUILD / name).exists() for name in (NAMES if pointer == FINAL else ()))


def _seal(folder: Path, made_from: dict) -> str:
    return digest([[made_from[name] for name in _SEALED], seen(str(folder))])


def is_sealed(pointer: str, made_from: dict) -> bool:
    """Whether the results that are there were made from just this, and nothing was written to them since.

    Looks at the times of files and reads none: where it is False, `last` may still find that everything is as it was.
    """
    try:
        return _has_parts(pointer) and (BUILD / pointer / SEAL).read_text(encoding="utf-8") == _seal(BUILD / pointer, made_from)
    except OSError:  # also when another build replaces it just now
        return False


def put_in_place(folder: Path, pointer: str, record: dict) -> None:
    """Make a folder of results the edition that readers see, and throw away the one before."""
    (folder / RECORD).write_text(json.dumps(record | {"results": contents(folder)}, indent=1), encoding="utf-8")
    (folder / SEAL).write_text(_seal(folder, record), encoding="utf-8")
    folder.chmod(0o755)  # a temporary folder is for its owner alone
    before = (BUILD / pointer).resolve()
    _point(BUILD / pointer, folder.relative_to(BUILD))
    for name in NAMES if pointer == FINAL else ():
        target = Path(FINAL) / name
        if not (BUILD / name).is_symlink() or Path(os.readlink(BUILD / name)) != target:
            _point(BUILD / name, target)
    if before.parent == EDITIONS and before != folder:
        shutil.rmtree(before, ignore_errors=True)


def renew_record(pointer: str, record: dict) -> None:
    """Note that the results that are there were also made from these inputs."""
    path = (BUILD / pointer).resolve() / RECORD
    beside = path.with_name(f".{RECORD}.new")
    beside.write_text(json.dumps(record, indent=1), encoding="utf-8")
    os.replace(beside, path)
    path.with_name(SEAL).write_text(_seal(path.parent, record), encoding="utf-8")


def told(pointer: str) -> str:
    """Where an edition is, in words."""
    if pointer == PREVIEW:
        return f"  site   _build/{PREVIEW}/html/index.html"
    pdfs = [f"  PDF    _build/pdf/{path.name}" for path in sorted((BUILD / "pdf").glob("*.pdf"))]
    return "\n".join(["  site   _build/html/index.html", *pdfs, "  facts  _build/facts.json"])


def throw_away(folder: Path, pointer: str) -> None:
    """Remove the folder of a build, unless it is what readers see now."""
    if (BUILD / pointer).resolve() != folder.resolve():
        shutil.rmtree(folder, ignore_errors=True)


def _point(link: Path, target: Path) -> None:
    beside = link.with_name(f".{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)  # of a version of this program that had folders here
    os.replace(beside, link)


def clear_left_overs() -> None:
    """Remove the folders of builds that broke off. Only for who has the lock of the build."""
    used = {(BUILD / pointer).resolve() for pointer in (FINAL, PREVIEW)}
    for folder in EDITIONS.glob("*"):
        if folder not in used:
            shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(BUILD / ".scratch", ignore_errors=True)


def holds_internal_preview() -> bool:
    """Whether a preview lies here that is not for the public, or may be so."""
    folder = BUILD / PREVIEW
    try:
        return folder.exists() and json.loads((folder / RECORD).read_text(encoding="utf-8"))["options"][2] != PUBLIC
    except (OSError, ValueError, LookupError, TypeError):
        return True


def remove_internal_preview() -> None:
    """PRIVACY: what only an internal edition shows does not lie beside a public one, in a folder that may be copied whole."""
    if holds_internal_preview():
        folder = (BUILD / PREVIEW).resolve()
        (BUILD / PREVIEW).unlink()
        shutil.rmtree(folder, ignore_errors=True)


def last(pointer: str) -> dict:
    """The record of the last good build; empty when there is none, or when its results are no longer what was built."""
    folder = BUILD / pointer
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        intact = _has_parts(pointer) and record["results"] == contents(folder)
    except (OSError, ValueError, KeyError, TypeError):  # also when another build replaces it just now
        return {}
    return record if intact else {}
