"""A copy of the repository in which a test may build and break anything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from missions.edition import results
from missions.sources import sidecar

ROOT = Path(__file__).resolve().parents[2]
SURVEY = "data/sample/2025/synthetisch_effectmeting.csv"
REGISTER = "data/sample/2025/synthetisch_missieregister.csv"


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository in which a test may do anything."""

    root: Path

    def environment(self, **changes: str) -> dict[str, str]:
        # TRAP: without PYTHONPATH the installed library would look at the checkout that it was installed from.
        return os.environ | {"PYTHONPATH": str(self.root / "analysis")} | changes

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(command, cwd=self.root, env=self.environment(**environment), capture_output=True, text=True)

    def missions(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        return self.run(sys.executable, "-m", "missions", *arguments, **environment)

    def build(self, *arguments: str) -> subprocess.CompletedProcess:
        result = self.missions("build", *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result

    def copied_to(self, target: Path) -> Checkout:
        shutil.copytree(self.root, target, symlinks=True)
        return Checkout(target)

    @property
    def html(self) -> Path:
        return self.root / "_build" / "html"

    @property
    def pdf(self) -> Path:
        return self.root / "_build" / "pdf"

    def facts(self) -> dict[str, dict]:
        content = json.loads((self.root / "_build" / "facts.json").read_text(encoding="utf-8"))
        return {fact["key"]: fact for fact in content["facts"]}

    def waive(self, *claims: str, year: int = 2025) -> None:
        """Decide in the year file that these sentences are published all the same."""
        path = self.root / "analysis" / "years" / f"{year}.yml"
        about = "reason: zo besloten\n    role: directeur\n    date: 2026-04-20"
        entries = "".join(f"  - claim: {claim}\n    {about}\n" for claim in claims)
        path.write_text(f"{path.read_text(encoding='utf-8')}\nwaivers:\n{entries}", encoding="utf-8")

    def reseal(self, delivery: str, **fields: object) -> None:
        """Give a changed delivery the sidecar that a newly received file would have."""
        path = self.root / delivery
        beside = sidecar.sidecar_path(path)
        content = yaml.safe_load(beside.read_text(encoding="utf-8")) | fields | {"sha256": sidecar.sha256_of(path)}
        beside.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def copy_repository(target: Path) -> Checkout:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    return Checkout(target)


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file that readers see in a folder of results -> hash; without the records of the build, which hold times."""
    return results.contents(folder)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
