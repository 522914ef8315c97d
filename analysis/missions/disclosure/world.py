"""The world behind the cells: per mission how many units meet which conditions, what is known to relate them, and the truth.

Nobody lists relations: sums, nested and disjoint populations, answers <= forms <= invited <= companies and the IMVO chain follow
from the populations of the cells. A relation is taken to be known to everybody when it holds for every mission that was
delivered.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from .cells import UNITS, Cell, CellError, Population, Row, said_of

Where = tuple[tuple[str, tuple[str, ...]], ...]
Atom = tuple[str, str, Where]  # unit, mission, conditions
Stratum = tuple[str, Where, str]  # question, conditions (the question itself among them), mission
# Of two units, the first never outnumbers the second; and no step of the IMVO chain the step that it needs.
_WITHIN_UNITS = (
    ("forms", "invited"),
    ("invited", "companies"),
    ("participations", "companies"),
    ("independent_sme", "companies"),
)
_CHAIN = (
    ("signal", "self_scan"),
    ("talk", "signal"),
    ("agreement", "talk"),
    ("excluded", "talk"),
    ("followed_up", "agreement"),
)
_MANY = 10**9


@dataclass(frozen=True)
class Relation:
    """low <= sum of coefficient * count <= high; terms: (position of the count, coefficient)."""

    terms: tuple[tuple[int, int], ...]
    low: float
    high: float


@dataclass(frozen=True)
class Answers:
    """The answers of one stratum: where its number stands among the counts, their sum, the answers, and the ends of the scale."""

    n: int
    total: int
    given: tuple[int, ...]
    scale: tuple[float, float]


@dataclass(frozen=True)
class World:
    """atoms: what is counted, per mission; true: how many there are; relations: what everybody knows of them.

    strata: the answers behind every mean. missions: mission -> who led it.
    """

    atoms: tuple[Atom, ...]
    true: tuple[int, ...]
    relations: tuple[Relation, ...]
    strata: Mapping[Stratum, Answers]
    missions: Mapping[str, str]
    index: Mapping[Atom, int]

    def terms(self, population: Population) -> dict[int, int]:
        """Position of each count that a population adds up -> 1."""
        return {self.index[population.unit, mission, population.where]: 1 for mission in population.missions}

    def size(self, population: Population) -> int:
        """How many units it truly holds."""
        return sum(self.true[position] for position in self.terms(population))

    def strata_of(self, cell: Cell) -> list[Stratum]:
        """The strata of a mean, one per mission in order of missions."""
        answered = answered_by(cell)
        return [(cell.question, answered.where, mission) for mission in answered.missions]


def answered_by(cell: Cell) -> Population:
    """Those of the population of a mean who answered its question."""
    found = cell.population
    if any(column == cell.question for column, _ in found.where):
        return found
    return Population(found.unit, found.missions, tuple(sorted((*found.where, (cell.question, ())))))


def implies(narrow: Where, wide: Where) -> bool:
    """Whether who meets `narrow` always meets `wide`."""
    narrow_by = dict(narrow)
    return all(
        column in narrow_by and (not values or (narrow_by[column] and set(narrow_by[column]) <= set(values)))
        for column, values in wide
    )


def as_text(value: object) -> str | None:
    """An answer as conditions name it: a whole number without its decimals; None for an empty field."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return text if text else None


class _Tables:
    """The deliveries, with the units of every condition counted once."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.tables = tables
        self.register = tables["mission_register"].set_index(tables["mission_register"]["mission_id"].astype(str))
        self._texts: dict[tuple[str, str], list[str | None]] = {}
        self._meets: dict[tuple[str, Where], list[bool]] = {}
        self._ids = {name: table["mission_id"].astype(str).tolist() for name, table in tables.items() if "mission_id" in table}
        self._counted: dict[tuple[str, Where], dict[str, int]] = {}

    def texts(self, delivery: str, column: str) -> list[str | None]:
        if (delivery, column) not in self._texts:
            if column not in self.tables[delivery]:
                raise CellError(f"{delivery} has no column '{column}'")
            self._texts[delivery, column] = [as_text(value) for value in self.tables[delivery][column].tolist()]
        return self._texts[delivery, column]

    def meets(self, delivery: str, where: Where) -> list[bool]:
        if (delivery, where) not in self._meets:
            kept = [True] * len(self.tables[delivery])
            for column, values in where:
                texts, wanted = self.texts(delivery, column), set(values)
                kept = [a and text is not None and (not wanted or text in wanted) for a, text in zip(kept, texts, strict=True)]
            self._meets[delivery, where] = kept
        return self._meets[delivery, where]

    def count(self, unit: str, mission: str, where: Where) -> int:
        delivery, column = UNITS[unit]
        if column is not None:
            return int(self.register.at[mission, column])
        if (unit, where) not in self._counted:
            counted: dict[str, int] = defaultdict(int)
            for name, kept in zip(self._ids[delivery], self.meets(delivery, where), strict=True):
                counted[name] += kept
            self._counted[unit, where] = counted
        return self._counted[unit, where].get(mission, 0)

    def answers(self, stratum_where: Where, question: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        rows = zip(
            self._ids["survey_answers"],
            self.meets("survey_answers", stratum_where),
            self.texts("survey_answers", question),
            strict=True,
        )
        for mission, kept, text in rows:
            if kept:
                found[mission].append(int(text))
        return found


def _said_by(row: Row) -> str:
    return f"{row.annex or 'no annex'}, {said_of(row)}"


def _check(rows: Sequence[Row], deliveries: _Tables) -> None:
    """Errors: CellError for the first cell that is not what the deliveries hold."""
    known: dict[str, Row] = {}
    values: dict[tuple[str, str], set] = {}
    for row in rows:
        if row.key in known and known[row.key].cells != row.cells:
            raise CellError(f"{_said_by(row)}: {_said_by(known[row.key])} has the same key and other cells")
        known.setdefault(row.key, row)
        for cell in row.cells:
            for found in (cell.population, cell.of):
                if found is None:
                    continue
                delivery, column = UNITS[found.unit]
                if delivery not in deliveries.tables:
                    raise CellError(f"{_said_by(row)}: {delivery} was not delivered")
                for mission in found.missions:
                    if mission not in deliveries.register.index:
                        raise CellError(f"{_said_by(row)}: the register has no mission '{mission}'")
                if column is not None and found.where:
                    raise CellError(f"{_said_by(row)}: {found.unit} are counted in the register, where no condition is known")
                try:
                    for name, wanted in found.where:
                        if (delivery, name) not in values:
                            values[delivery, name] = set(deliveries.texts(delivery, name))
                        numeric = any(text is not None and text.isdigit() for text in values[delivery, name])
                        unknown = sorted(set(wanted) - values[delivery, name])
                        # An answer that nobody gave is no mistake, a word among numbers is.
                        if unknown and numeric and not all(value.isdigit() for value in unknown):
                            raise CellError(f"column '{name}' has no value '{unknown[0]}'")
                except CellError as error:
                    raise CellError(f"{_said_by(row)}: {error}") from None
            if cell.kind == "count" and cell.value is not None:
                held = sum(deliveries.count(cell.population.unit, m, cell.population.where) for m in cell.population.missions)
                if held != cell.value:
                    raise CellError(f"{_said_by(row)}: says {cell.value:g} {cell.population.unit}, its population holds {held}")
            if cell.kind == "mean" and cell.scale is None:
                raise CellError(f"{_said_by(row)}: a mean of '{cell.question}' needs its scale")


def _value_atoms(sets: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Disjoint sets of values of which every given set is a union."""
    by_membership: dict[tuple[bool, ...], list[str]] = defaultdict(list)
    for value in sorted({value for values in sets for value in values}):
        by_membership[tuple(value in values for values in sets)].append(value)
    return sorted(tuple(values) for values in by_membership.values())


def _needed(rows: Sequence[Row]) -> tuple[dict[tuple[str, Where], set[str]], dict[tuple[str, Where], tuple[set[str], tuple]]]:
    """(unit, conditions) -> missions of which they are counted; (question, conditions) -> missions and scale of means."""
    counted: dict[tuple[str, Where], set[str]] = defaultdict(set)
    means: dict[tuple[str, Where], tuple[set[str], tuple]] = {}
    for row in rows:
        for cell in row.cells:
            found = [cell.population] if cell.of is None else [cell.population, cell.of]
            if cell.kind == "mean":
                answered = answered_by(cell)
                found.append(answered)
                missions, _ = means.setdefault((cell.question, answered.where), (set(), cell.scale))
                missions.update(answered.missions)
            of_invited = cell.weights != "answers" or cell.ends == "possible"
            if cell.kind in ("mean", "share") and of_invited and UNITS[cell.population.unit][1] is None:
                found.append(Population(cell.silent_among, cell.population.missions))
            for part in found:
                counted[part.unit, part.where].update(part.missions)
    for (unit, where), missions in list(counted.items()):
        if UNITS[unit][1] is None:
            counted[unit, ()].update(missions)
            for column, values in where:
                rest = tuple(item for item in where if item[0] != column)
                counted[unit, rest].update(missions)
                if values:
                    counted[unit, tuple(sorted((*rest, (column, ()))))].update(missions)
    for unit, wider in _WITHIN_UNITS:
        if (unit, ()) in counted and (unit != "participations" or (wider, ()) in counted):
            counted[wider, ()].update(counted[unit, ()])
    return counted, means


def build(rows: Sequence[Row], tables: Mapping[str, pd.DataFrame]) -> World:
    """The world that rows speak of, in one order whatever the order of the rows.

    tables: delivery -> table with mission_id; mission_register has companies_n, invited_n, ..., leader_office; survey_answers one
    row per form, imvo_steps one per participation. Errors: CellError, in one sentence that names annex and row.
    """
    rows = sorted(rows, key=lambda row: row.key)
    deliveries = _Tables(tables)
    _check(rows, deliveries)
    counted, means = _needed(rows)
    groups: dict[tuple[str, Where, str], set[tuple[str, ...]]] = defaultdict(set)
    for unit, where in list(counted):
        for column, values in where:
            if values:
                groups[unit, tuple(item for item in where if item[0] != column), column].add(values)
    partitions = []
    for (unit, rest, column), sets in sorted(groups.items()):
        parts = _value_atoms(sorted(sets))
        missions: set[str] = set()
        for values in sets:
            missions |= counted[unit, tuple(sorted((*rest, (column, values))))]
        for values in parts:
            counted[unit, tuple(sorted((*rest, (column, values))))].update(missions)
        partitions.append((unit, rest, column, sorted(sets), parts))
    atoms = sorted((unit, mission, where) for (unit, where), missions in counted.items() for mission in missions)
    index = {atom: position for position, atom in enumerate(atoms)}
    true = tuple(deliveries.count(*atom) for atom in atoms)
    relations = _relations(counted, partitions, index, true, deliveries)
    strata = {}
    for (question, where), (missions, scale) in sorted(means.items()):
        given = deliveries.answers(where, question)
        for mission in sorted(missions):
            answers = tuple(given.get(mission, ()))
            if answers and not (scale[0] <= min(answers) and max(answers) <= scale[1]):
                raise CellError(f"{_asks(rows, question)}: an answer to '{question}' lies outside its scale")
            strata[question, where, mission] = Answers(index["forms", mission, where], sum(answers), answers, scale)
    leaders = deliveries.register.get("leader_office")
    names = sorted({mission for _, mission, _ in atoms})
    led = {name: "" if leaders is None else str(leaders[name]) for name in names}
    return World(tuple(atoms), true, tuple(relations), strata, led, index)


def _asks(rows: Sequence[Row], question: str) -> str:
    return next(_said_by(row) for row in rows for cell in row.cells if cell.question == question)


def _relations(counted, partitions, index, true, deliveries: _Tables) -> list[Relation]:
    relations = []

    def say(unit_terms: list[tuple[Atom, int]], low: float, high: float) -> None:
        relations.append(Relation(tuple(sorted((index[atom], factor) for atom, factor in unit_terms)), low, high))

    def within(narrow: tuple[str, Where], wide: tuple[str, Where], same: bool = False) -> None:
        for mission in sorted(counted[narrow] & counted[wide]):
            terms = [((wide[0], mission, wide[1]), 1), ((narrow[0], mission, narrow[1]), -1)]
            say(terms, 0, 0 if same else _MANY)

    def holds(narrow: tuple[str, Where], wide: tuple[str, Where], same: bool = False) -> bool:
        both = sorted(counted[narrow] & counted[wide])
        pairs = [(true[index[narrow[0], m, narrow[1]]], true[index[wide[0], m, wide[1]]]) for m in both]
        return all(a == b if same else a <= b for a, b in pairs)

    for unit, wider in _WITHIN_UNITS:
        if (unit, ()) in counted and (wider, ()) in counted and holds((unit, ()), (wider, ())):
            within((unit, ()), (wider, ()))
    for step, needs in _CHAIN:
        narrow, wide = (("participations", ((name, ("True",)),)) for name in (step, needs))
        if narrow in counted and wide in counted and holds(narrow, wide):
            within(narrow, wide)
    for unit, rest, column, sets, parts in partitions:
        of_part = [(unit, tuple(sorted((*rest, (column, values))))) for values in parts]
        answered = (unit, tuple(sorted((*rest, (column, ())))))
        for values in sets:
            if values in parts:
                continue
            whole = (unit, tuple(sorted((*rest, (column, values)))))
            inside = [part for part, of_values in zip(of_part, parts, strict=True) if set(of_values) <= set(values)]
            for mission in sorted(counted[whole]):
                terms = [(_at(whole, mission), 1), *((_at(part, mission), -1) for part in inside)]
                say(terms, 0, 0)
        delivery = UNITS[unit][0]
        every = {value for values in parts for value in values}
        texts = deliveries.texts(delivery, column)
        complete = all(
            text in every for text, kept in zip(texts, deliveries.meets(delivery, rest), strict=True) if kept and text is not None
        )
        for mission in sorted(set.intersection(*(counted[part] for part in of_part), counted[answered])):
            terms = [(_at(answered, mission), 1), *((_at(part, mission), -1) for part in of_part)]
            say(terms, 0, 0 if complete else _MANY)
    _nested(counted, within, deliveries)
    for unit, where in sorted(counted):
        for condition in where if len(where) > 1 else ():
            rest, alone = tuple(item for item in where if item != condition), (condition,)
            if (unit, rest) in counted and (unit, alone) in counted:
                # Who meets both are at least as many as do not fit beside each other (Frechet).
                for mission in sorted(counted[unit, where] & counted[unit, rest] & counted[unit, alone] & counted[unit, ()]):
                    terms = [((unit, mission, where), 1), ((unit, mission, rest), -1), ((unit, mission, alone), -1)]
                    say([*terms, ((unit, mission, ()), 1)], 0, _MANY)
    return relations


def _at(part: tuple[str, Where], mission: str) -> Atom:
    return part[0], mission, part[1]


def _nested(counted, within, deliveries: _Tables) -> None:
    """Each population lies within the nearest wider ones of its unit; a column without an empty field changes nothing."""
    for unit in sorted({unit for unit, _ in counted}):
        if UNITS[unit][1] is not None:
            continue
        wheres = sorted(where for other, where in counted if other == unit)
        for narrow in wheres:
            wider = [where for where in wheres if where != narrow and implies(narrow, where)]
            nearest = [where for where in wider if not any(other != where and implies(other, where) for other in wider)]
            for where in nearest:
                added = [item for item in narrow if item not in where]
                delivery = UNITS[unit][0]
                full = len(added) == 1 and not added[0][1] and None not in deliveries.texts(delivery, added[0][0])
                within((unit, narrow), (unit, where), same=full)
