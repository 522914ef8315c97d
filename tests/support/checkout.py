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


FACTSHEETS = "  factsheet:\n    notebook: mission_factsheet\n    for_each_mission: true\n"


THEIR_PAGES = "      - file: book/factsheets\n        sections:\n          - glob: book/annexes/factsheet-*\n"


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository in which a test may do anything."""

    root: Path

    def run(self, *command: str) -> subprocess.CompletedProcess:
        # TRAP: without it the installed library would look at the checkout that it was installed from.
        environment = os.environ | {"PYTHONPATH": str(self.root / "analysis")}
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)

    def missions(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run(sys.executable, "-m", "missions", *arguments)

    def build(self, *arguments: str) -> subprocess.CompletedProcess:
        result = self.missions("build", *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result

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


def drop_factsheets(checkout: Checkout) -> None:
    year = checkout.root / "analysis" / "years" / "2025.yml"
    year.write_text(year.read_text(encoding="utf-8").replace(FACTSHEETS, ""), encoding="utf-8")
    contents = checkout.root / "_toc.yml"
    contents.write_text(contents.read_text(encoding="utf-8").replace(THEIR_PAGES, ""), encoding="utf-8")
    (checkout.root / "book" / "factsheets.md").unlink()
    for page in (checkout.root / "book").glob("*.md"):
        lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
        page.write_text("".join(line for line in lines if "(factsheets.md)" not in line), encoding="utf-8")


SURVEY = "data/sample/2025/synthetisch_effectmeting.csv"


REGISTER = "data/sample/2025/synthetisch_missieregister.csv"


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of the edition that readers see -> hash; without the records of the build, which hold times."""
    return results.contents(folder / results.FINAL)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
