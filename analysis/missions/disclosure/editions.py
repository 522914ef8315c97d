"""Two editions of one year: a number that would differ by few forms from what was printed before keeps what was printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from .cells import UNITS, Cell, Population, Row
from .pattern import Pattern
from .primary import REACH_N, Target
from .world import World, answered_by, as_text


class Edition(NamedTuple):
    """What was printed before: its rows with values, its pattern and, to tell forms that left from forms that entered, its
    tables."""

    rows: Sequence[Row]
    pattern: Pattern
    tables: Mapping[str, pd.DataFrame] | None = None


class Changes(NamedTuple):
    """frozen: rows that keep the value that was printed. withheld: rows that stay withheld. targets: what changed by little."""

    frozen: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    targets: tuple[Target, ...] = ()


def _units(found: Population, question: str, tables: Mapping[str, pd.DataFrame]) -> set[tuple] | None:
    """Each unit of a population with its answer; None when the delivery has no numbers for them."""
    delivery, column = UNITS[found.unit]
    number = {"survey_answers": "answer_id", "imvo_steps": "participation_id"}.get(delivery)
    if column is not None or delivery not in tables or number not in tables[delivery]:
        return None
    table = tables[delivery]
    table = table[table["mission_id"].isin(found.missions)]
    for name, values in found.where:
        texts = table[name].map(as_text)
        table = table[texts.isin(values) if values else texts.notna()]
    answers = table[question].map(as_text) if question else [None] * len(table)
    return set(zip(table[number].tolist(), answers, strict=True))


def _populations(cell: Cell) -> list[tuple[Population, str]]:
    if cell.kind == "mean":
        return [(answered_by(cell), cell.question)]
    return [(cell.population, "")] + ([] if cell.of is None else [(cell.of, "")])


def changes(
    rows: Sequence[Row], tables: Mapping[str, pd.DataFrame], world: World, threshold: int, earlier: Sequence[Edition | tuple]
) -> Changes:
    """What an edition may not print anew because fewer than `threshold` units differ from an earlier one.

    Units that left and units that entered count both, and so does one whose answer was corrected, where both editions have
    their tables; else only the numbers of units are compared. The earliest edition that printed a row decides on it.
    """
    frozen, withheld, targets = set(), set(), {}
    for edition in (Edition(*item) for item in earlier):
        printed = {row.key: row for row in edition.rows}
        sizes = {
            c.population.key: c.value for row in edition.rows for c in row.cells if c.kind == "count" and c.value is not None
        }
        for row in sorted(rows, key=lambda row: row.key):
            if row.key not in printed or row.key in frozen | withheld:
                continue
            known = {(part.key, question) for cell in printed[row.key].cells for part, question in _populations(cell)}
            for part, question in {p: None for cell in row.cells for p in _populations(cell)}:
                if (part.key, question) not in known:
                    continue
                differ = _differ(part, question, tables, edition, world, sizes)
                if not 0 < differ < threshold:
                    continue
                (frozen if edition.pattern.shows_row(row.key) else withheld).add(row.key)
                if part.key in sizes and sizes[part.key] != world.size(part):
                    terms = tuple(sorted(world.terms(part).items()))
                    name = f"difference between editions {part.key}"
                    targets[name] = Target(name, "difference", world.size(part), REACH_N, REACH_N, terms)
    return Changes(frozenset(frozen), frozenset(withheld), tuple(targets[name] for name in sorted(targets)))


def _differ(part: Population, question: str, tables, edition: Edition, world: World, sizes: Mapping[str, float]) -> int:
    now = _units(part, question, tables)
    before = None if edition.tables is None else _units(part, question, edition.tables)
    if now is not None and before is not None:
        return len({unit for unit, _ in now ^ before}) if {u for u, _ in now} == {u for u, _ in before} else len(now ^ before)
    return 0 if part.key not in sizes else abs(int(sizes[part.key]) - world.size(part))
