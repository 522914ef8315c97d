"""An empty repository with small deliveries, years and corrections."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from missions import paths
from missions.declared import year_file as year
from missions.dictionary import deliveries
from missions.sources.receive import receive_all
from support.deliveries import GOOD, put


def rooted_at(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have every module of ours take a folder for the repository."""
    for name, module in list(sys.modules.items()):
        is_ours = name.startswith(("missions.", "missions_book.")) and module is not paths
        if is_ours and getattr(module, "ROOT", None) == paths.ROOT:
            monkeypatch.setattr(module, "ROOT", folder)
    monkeypatch.setattr(paths, "ROOT", folder)


REAL = year.load_year(2025, "real")


def put_year(house: Path, **contents: str | bytes) -> year.YearFile:
    """All deliveries (good ones unless given) and the year that declares them; microdata are confidential."""
    found = {}
    for name, text in GOOD.items():
        found[name] = put(house, name, contents.get(name, text), sensitivity=deliveries()[name].sensitivity)
    return replace(REAL, deliveries=found, not_delivered=frozenset())


def messages_of(a_year: year.YearFile) -> list[str]:
    return [str(problem) for problem in receive_all(a_year, "real").problems]


def stored(house: Path) -> dict[str, bytes]:
    return {p.relative_to(house).as_posix(): p.read_bytes() for p in (house / "data").rglob("*") if p.is_file()}


YEAR_FILE = paths.year_path(2025).read_text(encoding="utf-8")


# --- the year file --------------------------------------------------------------------------------------------------
def write_year(house: Path, change) -> None:
    content = yaml.safe_load(YEAR_FILE)
    change(content)
    (house / "analysis" / "years" / "2025.yml").write_text(yaml.safe_dump(content), encoding="utf-8")


PUBLIC, CONFIDENTIAL = "data/corrections/2025.yml", "data/confidential/corrections/2025.yml"


ENTRY = {
    "file": "record_series.csv",
    "key": {"indicator": "sme_share", "period_start": 2008, "period_end": 2022, "qualifier": "about"},
    "column": "value",
    "old": "66.7",
    "new": "66.6",
    "reason": "typed over wrongly from the source",
    "confirmed_by": "editor of the record",
}


GRADE = ENTRY | {"file": "survey_answers.csv", "key": {"answer_id": 1}, "column": "grade", "old": 8, "new": 7}


def write_entries(house: Path, *entries: dict, place: str = PUBLIC) -> None:
    path = house / place
    path.parent.mkdir(parents=True, exist_ok=True)
    # One by one, or YAML would write what two of them share only once.
    path.write_text("corrections:\n" + "".join(yaml.safe_dump([entry]) for entry in entries), encoding="utf-8")
