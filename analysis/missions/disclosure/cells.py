"""What an annex wants to show, as cells: which population each rests on, and how it would be printed.

Nobody lists relations between cells. They follow from the populations: a population is a set of units of some missions that meet
conditions, so that equal, nested and disjoint ones are found by comparing them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

# Unit -> the delivery and the column that count it per mission; None: a row of that delivery is a unit.
UNITS = {
    "companies": ("mission_register", "companies_n"),
    "independent_sme": ("mission_register", "independent_sme_n"),
    "knowledge_institutes": ("mission_register", "knowledge_institutes_n"),
    "persons": ("mission_register", "persons_n"),
    "invited": ("mission_register", "invited_n"),
    "forms": ("survey_answers", None),
    "participations": ("imvo_steps", None),
}
KINDS = ("count", "mean", "share", "rests_on")
WEIGHTS = ("invited", "missions", "answers", "size")
ENDS = ("interval", "possible")


class CellError(ValueError):
    """A cell that cannot be what it says; the message names it."""


@dataclass(frozen=True, order=True)
class Population:
    """Units of missions that meet conditions.

    unit: see UNITS. missions: their ids, sorted. where: (column of the delivery of the unit, the values that count as text), all
    of which must hold, sorted by column; without values any answer counts, an empty field does not. A condition on `imvo_steps`
    is (step, ("True",)).
    """

    unit: str
    missions: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise CellError(f"unit '{self.unit}' is not one of {', '.join(UNITS)}")

    @property
    def key(self) -> str:
        """A text that two populations share only when they are the same."""
        conditions = ",".join(f"{column}={'|'.join(values)}" for column, values in self.where)
        return f"{self.unit}({' '.join(self.missions)};{conditions})"


def population(unit: str, missions: Iterable[str], **where: Iterable[object] | None) -> Population:
    """where: column=values that count; None: any answer."""
    conditions = sorted((column, tuple(sorted(map(str, values or ())))) for column, values in where.items())
    return Population(unit, tuple(sorted(set(missions))), tuple(conditions))


@dataclass(frozen=True)
class Cell:
    """One number of a row, as it would be printed if nothing were withheld.

    kind: "count" of `population`; "mean" of `question` over it; "share" of it in `of` (percent); "rests_on" for a figure of a
    model, a comparison or a test, of which only the population is known.
    weights: how missions count in a mean or share. value, low, high: unrounded where the estimate gives it so; low and high
    are None without an interval. step, ends_step: what value and interval ends are printed to. scale: its answers go from, to.
    ends: "possible" when low and high are what the mean of all participations would be if all who are silent gave the lowest or
    highest answer, rounded to nearest; then `value` is not told.
    column: of a count, where it stands in its table.
    """

    kind: str
    population: Population
    of: Population | None = None
    question: str = ""
    weights: str = "answers"
    value: float | None = None
    low: float | None = None
    high: float | None = None
    step: float = 1.0
    ends_step: float = 1.0
    scale: tuple[float, float] | None = None
    ends: str = "interval"
    column: str = field(default="", compare=False)

    @property
    def silent_among(self) -> str:
        """The unit of which those without an answer are silent: a worst case is over all who went, invited or not."""
        return "companies" if self.ends == "possible" else "invited"

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.weights not in WEIGHTS or self.ends not in ENDS:
            raise CellError(f"a cell is one of {', '.join(KINDS)}, weighted by {', '.join(WEIGHTS)}, with ends {', '.join(ENDS)}")
        if self.kind == "mean" and self.value is not None and not self.scale[0] - 1e-9 <= self.value <= self.scale[1] + 1e-9:
            raise CellError(f"mean of {self.question}: {self.value} lies outside its scale {self.scale[0]} to {self.scale[1]}")
        if self.kind == "share" and self.of is None:
            raise CellError("a share needs the population that it is a share of")


@dataclass(frozen=True)
class Row:
    """Cells that are shown or withheld together.

    key: stable, and the same wherever the same numbers are shown; holds no value. parents: keys of rows that this one is computed
    from: it is shown only if they are. headline: a number that the letter needs. promise: "not per mission" for counts of which
    that was promised. largest_share: of a sum, the part of its largest contributor (0-1); dominance:
    the largest that it may be. annex: who registered it, for messages.
    """

    key: str
    cells: tuple[Cell, ...]
    parents: tuple[str, ...] = ()
    headline: bool = False
    promise: str = ""
    largest_share: float | None = None
    dominance: float = 0.5
    annex: str = ""


def said_of(row: Row) -> str:
    """A row as a person finds it back: its key, what it counts or asks, with which conditions, and on which missions."""
    counted = [found for cell in row.cells for found in (cell.population, cell.of) if found is not None]
    about = {cell.question for cell in row.cells} | {column for found in counted for column, _ in found.where}
    units, missions = sorted({found.unit for found in counted}), sorted({one for found in counted for one in found.missions})
    where = missions[0] if len(missions) == 1 else f"{len(missions)} missions"
    told = ", ".join([*units, *sorted(about - {""})])
    return f"row '{row.key}' ({told or 'computed'}; {where})"


def as_record(row: Row) -> dict:
    """A row as plain values, for JSON."""
    return asdict(row)


def _population_of(record: dict | None) -> Population | None:
    if record is None:
        return None
    where = tuple((column, tuple(values)) for column, values in record["where"])
    return Population(record["unit"], tuple(record["missions"]), where)


def from_record(record: dict) -> Row:
    cells = tuple(
        Cell(
            **{
                **cell,
                "population": _population_of(cell["population"]),
                "of": _population_of(cell["of"]),
                "scale": None if cell["scale"] is None else tuple(cell["scale"]),
            }
        )
        for cell in record["cells"]
    )
    return Row(**{**record, "cells": cells, "parents": tuple(record["parents"])})
