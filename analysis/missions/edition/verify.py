"""Whether an edition can be made again: a second build in another folder, and every byte compared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..choice import Choice
from ..files import private_folder
from ..keyed import KEY
from ..machine import cache, snapshot
from ..paths import BUILD_VARIABLE, RELEASED, ROOT, STATE, shown
from . import results

CHECKSUMS = "checksums.txt"
_SHOWN = 10
_VERIFIED = STATE / "verified"  # the mark of the edition that was found to come out the same


class NotTheSame(RuntimeError):
    """An edition that is not what its sources give; the message names the files."""


def verify(choice: Choice) -> str:
    """Build the edition again from the same sources in an empty folder, compare it with the results, and write its checksums.

    Errors: NotTheSame when a file differs, when the sources have changed since the build, or when they no longer build.
    """
    place = results.where()
    record = results.last(place)
    if not results.is_of(record, choice):
        raise NotTheSame(f"{shown(place)} holds no whole edition of these choices; run: missions build")
    if record["sources"] != snapshot.sources(choice.data):
        raise NotTheSame(f"{shown(place)} was made from other sources than those that are here now; run: missions build")
    cache.make_folder(STATE)
    for left in STATE.glob("verify-*"):
        shutil.rmtree(left, ignore_errors=True)
    # PRIVACY: below the state, where what a killed run leaves is not forgotten: it may hold confidential deliveries.
    with tempfile.TemporaryDirectory(dir=STATE, prefix="verify-") as elsewhere:
        copy_sources(choice, Path(elsewhere))
        choices = ["--year", str(choice.year), "--deliveries", choice.data, "--edition", choice.edition]
        command = [sys.executable, "-m", "missions", "build", *choices]
        environment = environment_of(Path(elsewhere), record["commit"])
        made = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True)
        if made.returncode:
            raise NotTheSame(f"the same sources do not build in another folder:\n{made.stderr}")
        again = results.contents(Path(elsewhere, "_build"))
    different = sorted(name for name in set(again) | set(record["results"]) if again.get(name) != record["results"].get(name))
    if different:
        more = f"\n  and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
        listed = "\n".join(f"  {name}" for name in different[:_SHOWN])
        raise NotTheSame(f"{len(different)} of {len(again)} files differ after a second build:\n{listed}{more}")
    lines = "".join(f"{known}  {name}\n" for name, known in sorted(again.items()))
    cache.write_whole(place / CHECKSUMS, lines.encode())
    cache.write_whole(_VERIFIED, _mark_of(record).encode())
    return (
        f"{len(again)} files are the same, byte for byte, after a second build in another folder.\n"
        f"Their checksums: {shown(place)}/{CHECKSUMS} (compare with: cd {shown(place)} && sha256sum --check {CHECKSUMS})"
    )


def _mark_of(record: dict) -> str:
    """Hash of what an edition was made from and of every file of it."""
    return snapshot.digest([record[name] for name in ("options", "sources", "environment", "commit", "results")])


def is_verified(record: dict) -> bool:
    """Whether `verify` has found just this edition to come out the same."""
    return _VERIFIED.is_file() and _VERIFIED.read_bytes() == _mark_of(record).encode()


def copy_sources(choice: Choice, target: Path) -> None:
    """Copy all that a build may read, and nothing else, with the key and what is kept of releases; what is there stays."""
    if (ROOT / KEY).is_file():
        private_folder((target / KEY).parent)
        shutil.copy2(ROOT / KEY, target / KEY)
    for path in sorted((ROOT / RELEASED).glob(f"{choice.data}-*.json")):
        private_folder(target / RELEASED)
        shutil.copy2(path, target / RELEASED / path.name)
    there = snapshot.sources(choice.data, str(target))
    for name, known in snapshot.sources(choice.data).items():
        if there.get(name) != known:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def environment_of(root: Path, commit: str) -> dict[str, str]:
    """The environment of a build in a copy of this repository, which is no repository of git itself."""
    kept = {name: value for name, value in os.environ.items() if name != BUILD_VARIABLE}
    return kept | {"PYTHONPATH": str(root / "analysis"), snapshot.COMMIT: commit}
