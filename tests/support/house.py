"""An empty repository with a year file and all deliveries of a year, good ones unless a test says otherwise."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from missions import paths
from missions.declared import year_file as year
from missions.dictionary import deliveries
from missions.keyed import keyed
from missions.sources.receive import receive_all
from support.deliveries import GOOD, put

REAL = year.load_year(2025, "real")
YEAR_FILE = paths.year_path(2025).read_text(encoding="utf-8")


def rooted_at(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have every module of ours take a folder for the repository, with its results and its state in it."""
    places = {"ROOT": folder, "BUILD": folder / "_build", "STATE": folder / ".state"}
    before = {name: getattr(paths, name) for name in places}
    for module in [found for name, found in sys.modules.items() if name.startswith(("missions.", "missions_book."))]:
        for name, place in places.items():
            if getattr(module, name, None) == before[name]:
                monkeypatch.setattr(module, name, place)


def put_year(house: Path, **contents: str | bytes) -> year.YearFile:
    """All deliveries (good ones unless given) and the year that declares them; microdata are confidential."""
    found = {}
    for name, text in GOOD.items():
        found[name] = put(house, name, contents.get(name, text), sensitivity=deliveries()[name].sensitivity)
    return replace(REAL, deliveries=found, not_delivered=frozenset())


def messages_of(a_year: year.YearFile) -> list[str]:
    return [str(problem) for problem in receive_all(a_year, "real").problems]


def stored(house: Path) -> dict[str, bytes]:
    """Every file below `data`, without the key, which is made at the first need."""
    files = [path for path in (house / "data").rglob("*") if path.is_file() and path.name != ".key"]
    return {path.relative_to(house).as_posix(): path.read_bytes() for path in files}


def told_hash(house: Path, name: str, content: bytes) -> str:
    """What a record tells of a delivery: its hash, keyed where it is not public."""
    plain = hashlib.sha256(content).hexdigest()
    return plain if deliveries()[name].sensitivity == "public" else keyed(plain, str(house))


def write_year(house: Path, change) -> None:
    content = yaml.safe_load(YEAR_FILE)
    change(content)
    (house / "analysis" / "years" / "2025.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
