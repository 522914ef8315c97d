"""What was released before, with the counts behind it: an edition that differs from it by few forms tells of those forms.

PRIVACY: kept at the desk that releases, outside git, for its owner alone. Without it no edition of real deliveries that were
released is made, because nobody could tell what the two of them say together.
"""

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
from ..keyed import keyed
from ..machine import cache
from ..machine.snapshot import sha256_of
from ..paths import RELEASED, ROOT, shown, table_files
from ..present.outputs import UNDECIDED
from ..present.renderer import MIME
from ..published import published_path
from .steps import DECIDED_ON

FOLDER = ROOT / RELEASED


class NotKept(RuntimeError):
    """A release whose counts are not here; the message says what to do."""


def path_of(year: int, data: str) -> Path:
    return FOLDER / f"{data}-{year}.json"


def paths(choice: Choice) -> list[Path]:
    """What is kept of releases of this year and of years before, which it shares answers with. Errors: NotKept."""
    path = path_of(choice.year, choice.data)
    if choice.data == "real" and published_path(choice.year, choice.data).is_file() and not path.is_file():
        raise NotKept(
            f"{choice.year} was released, and {shown(path)} is not here: it tells what may not be published anew. "
            "Put it back from where that release was made"
        )
    found = sorted(FOLDER.glob(f"{choice.data}-*.json"))
    return [one for one in found if one.stem.rpartition("-")[2] <= str(choice.year)]


def states(choice: Choice) -> dict[str, str]:
    """Of each, what the decision rests on."""
    return {f"release {path.stem}": keyed(sha256_of(path), str(ROOT)) for path in paths(choice)}


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
