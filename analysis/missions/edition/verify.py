"""Whether an edition can be made again: a second build in another folder, and every byte compared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..machine import cache, snapshot
from ..paths import ROOT
from . import results

CHECKSUMS = "checksums.txt"
_SHOWN = 10


class NotTheSame(RuntimeError):
    """An edition that is not what its sources give; the message names the files."""


def verify(reporting_year: int, world: str, edition: str) -> str:
    """Build the edition again from the same sources in an empty folder, compare it with `_build`, and write its checksums.

    Errors: NotTheSame when a file differs, when the sources have changed since the build, or when they no longer build.
    """
    record = results.last(results.FINAL)
    if not record or record["options"] != [reporting_year, world, edition]:
        raise NotTheSame("_build holds no whole edition of these choices; run: missions build")
    sources = snapshot.sources(world)
    if record["sources"] != sources:
        raise NotTheSame("_build was made from other sources than those that are here now; run: missions build")
    for left in results.BUILD.glob(".verify-*"):
        shutil.rmtree(left, ignore_errors=True)
    # PRIVACY: below _build, where what a killed run leaves is not forgotten: it may hold confidential deliveries.
    with tempfile.TemporaryDirectory(dir=results.BUILD, prefix=".verify-") as elsewhere:
        for name in sources:
            target = Path(elsewhere, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
        choices = ["--year", str(reporting_year), "--deliveries", world, "--edition", edition]
        environment = os.environ | {"PYTHONPATH": str(Path(elsewhere, "analysis")), snapshot.COMMIT: record["commit"]}
        command = [sys.executable, "-m", "missions", "build", *choices]
        made = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True)
        if made.returncode:
            raise NotTheSame(f"the same sources do not build in another folder:\n{made.stderr}")
        again = results.contents(Path(elsewhere, "_build", results.FINAL))
    different = sorted(name for name in set(again) | set(record["results"]) if again.get(name) != record["results"].get(name))
    if different:
        more = f"\n  and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
        listed = "\n".join(f"  {name}" for name in different[:_SHOWN])
        raise NotTheSame(f"{len(different)} of {len(again)} files differ after a second build:\n{listed}{more}")
    lines = "".join(f"{known}  {name}\n" for name, known in sorted(again.items()))
    cache.write_whole(results.BUILD / CHECKSUMS, lines.encode())
    return (
        f"{len(again)} files are the same, byte for byte, after a second build in another folder.\n"
        f"Their checksums: _build/{CHECKSUMS} (compare with: cd _build && sha256sum --check {CHECKSUMS})"
    )
