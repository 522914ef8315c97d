"""The counts behind a release: kept when an edition is released, read when what a later one shows is decided."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from .. import store
from ..choice import Choice
from ..disclosure.cells import from_record
from ..disclosure.draft import packed, printed, unpacked
from ..disclosure.editions import Edition
from ..disclosure.pattern import from_record as pattern_of
from ..files import private_folder
from ..machine import cache
from ..paths import table_files
from ..present.outputs import UNDECIDED
from ..present.renderer import MIME
from .earlier import path_of
from .steps import DECIDED_ON


def keep(choice: Choice, annexes: dict[str, str], decision: str) -> Path:
    """Keep what the edition that is released printed. annexes: name -> key of its draft; decision: its key."""
    made = json.loads(cache.require("decisions", decision))
    pattern = pattern_of(made["pattern"])
    rows, values = {}, {}
    for key in annexes.values():
        rows |= json.loads(cache.require("ledgers", key))
        page = json.loads(cache.require("annexes", key))
        for payload in (output["data"][MIME] for cell in page["cells"] for output in cell.get("outputs", [])):
            for draft in payload["drafts"] if payload["kind"] == UNDECIDED else ():
                for row, groups, columns in printed(draft):
                    if pattern.shows_row(row):
                        values.setdefault(row, {})[groups] = columns
    tables = {name: packed(table) for name, table in delivered(choice).items()}
    content = {"rows": rows, "pattern": made["pattern"], "printed": values, "tables": tables}
    path = path_of(choice.year, choice.data)
    private_folder(path.parent)
    cache.write_whole(path, (json.dumps(content, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8"))
    return path


def read(path: Path) -> tuple[Edition, dict]:
    """An edition as the decision compares with it, and what it printed: row -> groups -> column -> value."""
    content = json.loads(path.read_bytes())
    rows = [from_record(record) for record in content["rows"].values()]
    tables = {name: unpacked(table) for name, table in content["tables"].items()}
    return Edition(rows, pattern_of(content["pattern"]), tables), content["printed"]


def delivered(choice: Choice) -> dict[str, pd.DataFrame]:
    """The tables in which the decision counts; a year without a survey has annexes too."""
    there = [name for name in DECIDED_ON if all(path.is_file() for path in table_files(name, choice.year, choice.data))]
    return {name: store.read(name, choice.year, choice.data) for name in there}
