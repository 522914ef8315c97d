"""The step that decides, over the ledgers of all annexes together, what of an edition is shown."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

from ..choice import Choice
from ..disclosure import DisclosureError
from ..disclosure.audit import audit
from ..disclosure.cells import Cell, CellError, Row, from_record, said_of
from ..disclosure.decision import decide
from ..disclosure.pattern import Pattern, as_record
from ..machine import cache
from ..machine.guard import close_to
from ..paths import ROOT, table_files
from . import counts, earlier
from .steps import DECIDED_ON

# The decision ends by itself, after a fixed amount of work; a clock would make it differ per machine. This is for what hangs.
_EMERGENCY_SECONDS = 600.0


def merged(ledgers: dict[str, dict[str, dict]]) -> list[Row]:
    """The rows of all annexes, each once. ledgers: annex -> key of a row -> the row.

    Errors: CellError when two annexes say something else of the same row.
    """
    rows: dict[str, Row] = {}
    for annex, ledger in ledgers.items():
        for key, record in ledger.items():
            row = replace(from_record(record), annex=annex)
            known = rows.setdefault(key, row)
            if not all(map(_same, known.cells, row.cells)):
                raise CellError(f"{known.annex} and {annex}, {said_of(row)}: the same row with other numbers")
            rows[key] = replace(known, headline=known.headline or row.headline)
    return [rows[key] for key in sorted(rows)]


def _same(one: Cell, other: Cell) -> bool:
    """Whether two cells of one row print the same; what they count, the key of the row says."""
    pairs = [(getattr(one, part), getattr(other, part)) for part in ("value", "low", "high")]
    return all(a == b or (None not in (a, b) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)) for a, b in pairs)


def _slice(pattern: Pattern, ledger: dict[str, dict], before: dict) -> dict:
    """What one annex must know of the decision. before: row -> name -> what was printed."""
    counted = {cell.population.key for record in ledger.values() for cell in from_record(record).cells if cell.kind == "count"}
    hidden = pattern.withheld | pattern.structural
    frozen = {key: before[key] for key in sorted(set(pattern.frozen).intersection(ledger))}
    return {"rows": sorted(hidden.intersection(ledger)), "counts": sorted(pattern.blank & counted), "frozen": frozen}


def make(choice: Choice, threshold: int, keys: dict[str, str], readable: list[str], tell: Callable[[str], None]) -> str:
    """What is withheld of each annex, and what an attack on the whole finds, as JSON.

    threshold: fewest answers or companies that a number may rest on. keys: annex -> key of its ledger in the cache. readable: the
    files that may be read. Errors: CellError; UndeclaredRead for whatever else is touched.
    """
    tables = [str(path) for name in DECIDED_ON for path in table_files(name, choice.year, choice.data)]
    entries = [cache.folder("ledgers") / key for key in keys.values()] + earlier.paths(choice)
    closed = close_to([*readable, *tables, *entries], [cache.folder("ledgers"), earlier.FOLDER], ROOT)
    ledgers = {name: json.loads(cache.require("ledgers", key)) for name, key in keys.items()}
    rows, delivered = merged(ledgers), counts.delivered(choice)
    tell(f"{len(rows)} rows are decided together")
    # The earliest edition that printed a number decides on it.
    known = [counts.read(path) for path in earlier.paths(choice)]
    editions = [edition for edition, _ in known]
    before: dict = {}
    for _, printed in known:
        before = printed | before
    pattern = decide(rows, delivered, threshold, editions, seconds=_EMERGENCY_SECONDS)
    tell("attacked once more")
    report = audit(rows, delivered, pattern, threshold, editions)
    if found := closed.offences():
        raise DisclosureError(f"the decision {'; '.join(found)}")
    return json.dumps(
        {
            "withheld": {name: _slice(pattern, ledger, before) for name, ledger in ledgers.items()},
            "pattern": as_record(pattern),
            "findings": report.findings,
            # How long it took differs per machine, and what is published does not.
            "public": {name: known for name, known in report.public.items() if name != "seconds"},
        },
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    )
