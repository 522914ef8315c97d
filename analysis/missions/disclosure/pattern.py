"""What is shown and what is withheld: the outcome of the decision, as every page reads it."""

from __future__ import annotations

from dataclasses import dataclass

from .cells import Cell, Row


@dataclass(frozen=True)
class Pattern:
    """withheld: keys of rows of which nothing is shown but their name.

    blank: keys of populations (`Population.key`) whose count is printed nowhere: in rows that are shown, the cells of kind
    "count"
    of these populations are left empty. structural: keys of rows of which nothing could be counted; they are no cells.
    frozen: keys of rows that keep value and status of an earlier edition. notes: confidential sentences.
    witnesses: for the audit, worlds that print the same: changes of (unit, mission, conditions) and of (question, conditions,
    mission). PRIVACY: two of them around a count give the count: they stay with the deliveries.
    is_exact: False when the time ran out and the pattern was completed in the plain way; it is safe, but withholds more.
    """

    withheld: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()
    structural: frozenset[str] = frozenset()
    frozen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_exact: bool = True
    witnesses: tuple[tuple[tuple[tuple, int], ...], ...] = ()

    def shows_row(self, key: str) -> bool:
        return key not in self.withheld and key not in self.structural

    def shows(self, row: Row, cell: Cell) -> bool:
        """Whether a number of a row is printed."""
        return self.shows_row(row.key) and not (cell.kind == "count" and cell.population.key in self.blank)


def as_record(pattern: Pattern) -> dict:
    """A pattern as plain values, for JSON; in one order."""
    return {
        "withheld": sorted(pattern.withheld),
        "blank": sorted(pattern.blank),
        "structural": sorted(pattern.structural),
        "frozen": sorted(pattern.frozen),
        "notes": list(pattern.notes),
        "is_exact": pattern.is_exact,
        "witnesses": [[[*key, by] for key, by in moves] for moves in pattern.witnesses],
    }


def from_record(record: dict) -> Pattern:
    sets = {name: frozenset(record[name]) for name in ("withheld", "blank", "structural")}
    witnesses = tuple(tuple((_key(line[:-1]), line[-1]) for line in moves) for moves in record["witnesses"])
    others = {"frozen": tuple(record["frozen"]), "notes": tuple(record["notes"]), "is_exact": record["is_exact"]}
    return Pattern(**sets, **others, witnesses=witnesses)


def _key(parts: list) -> tuple:
    """JSON knows no tuples: conditions come back as lists."""
    return tuple(part if isinstance(part, str) else tuple((column, tuple(values)) for column, values in part) for part in parts)
