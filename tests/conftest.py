"""One copy of the repository, built once, that all tests of the built publication read."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from missions.declared import assumptions
from missions.declared import year_file as year
from missions.sources import sidecar

ROOT = Path(__file__).resolve().parents[1]
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


def _copy_repository(target: Path) -> Checkout:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    return Checkout(target)


def _built_once(tmp_path_factory, name: str, prepare: Callable[[Checkout], None]) -> Checkout:
    """A built copy that all processes of a test run share: the first that asks makes it, the others wait."""
    here = tmp_path_factory.getbasetemp()
    shared = here.parent if os.environ.get("PYTEST_XDIST_WORKER") else here
    target, ready = shared / name, shared / f"{name}.ready"
    with open(shared / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            shutil.rmtree(target, ignore_errors=True)
            checkout = _copy_repository(target)
            prepare(checkout)
            checkout.build()
            ready.touch()
    return Checkout(target)


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Checkout:
    """The publication as a newcomer builds it. Tests read it and leave it as it is."""
    return _built_once(tmp_path_factory, "built", lambda checkout: None)


def _drop_factsheets(checkout: Checkout) -> None:
    year = checkout.root / "analysis" / "years" / "2025.yml"
    year.write_text(year.read_text(encoding="utf-8").replace(FACTSHEETS, ""), encoding="utf-8")
    contents = checkout.root / "_toc.yml"
    contents.write_text(contents.read_text(encoding="utf-8").replace(THEIR_PAGES, ""), encoding="utf-8")
    (checkout.root / "book" / "factsheets.md").unlink()
    for page in (checkout.root / "book").glob("*.md"):
        lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
        page.write_text("".join(line for line in lines if "(factsheets.md)" not in line), encoding="utf-8")


@pytest.fixture(scope="session")
def without_factsheets(tmp_path_factory) -> Checkout:
    """The publication without the page per mission, which takes half of the time of a build (see test_factsheets.py)."""
    return _built_once(tmp_path_factory, "without", _drop_factsheets)


@pytest.fixture
def workshop(without_factsheets, tmp_path) -> Checkout:
    """A copy of the built publication that a test may change and build again."""
    target = tmp_path / "workshop"
    shutil.copytree(without_factsheets.root, target, symlinks=True)
    return Checkout(target)


@pytest.fixture
def house(tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty repository of its own."""
    for module in (year, sidecar, assumptions):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "analysis" / "years").mkdir(parents=True)
    assumptions._all.cache_clear()
    yield tmp_path
    assumptions._all.cache_clear()
