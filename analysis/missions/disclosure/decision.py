"""Which rows are shown: decided once, over all rows of all annexes together.

Every quantity that needs protection gets, to both sides, a world that prints the same. Where there is none, the cheapest rows
that
stand in the way are withheld; afterwards each row that proved superfluous is shown again. What it costs to withhold a row depends
on its kind and never on its value, and ties are broken by key, so that somebody who knows the rules learns nothing from the
choice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from .audit import Printed, first_worlds, reaches
from .cells import Row
from .editions import Changes, Edition, changes
from .pattern import Pattern
from .primary import Target, is_structural_zero, primary_rows, targets
from .programme import Unit
from .search import Search
from .witness import Witness, as_moves
from .world import World, build

SECONDS = 10.0  # for 20 missions; a clock decides only in an emergency, because it differs per machine
_SEARCHES = 100  # after so many searches the rest stays withheld: a count stops in the same place on every machine
_NAMED = 5
_HEADLINE, _OF_YEAR, _PROMISED, _OTHER_WEIGHTS, _OF_MISSION, _SIZE = 600, 80, 60, 30, 10, 6
_BLANK, _BLANK_HEADLINE, _BLANK_WHOLE = 0.25, 20, 60


def cost_of_row(row: Row) -> int:
    """What it costs to withhold a row: fixed by its kind."""
    if row.headline:
        return _HEADLINE
    if row.promise:
        return _PROMISED
    if any(cell.weights in ("missions", "size") for cell in row.cells if cell.kind in ("mean", "share")):
        return _OTHER_WEIGHTS
    if any(len(cell.population.missions) > 1 for cell in row.cells):
        return _OF_YEAR
    return _SIZE if all(cell.kind == "count" for cell in row.cells) else _OF_MISSION


def _is_only_counts(row: Row) -> bool:
    return all(cell.kind == "count" for cell in row.cells)


class _State:
    """What is withheld so far, and what follows from it."""

    def __init__(self, rows: Sequence[Row], world: World, threshold: int, changes: Changes) -> None:
        self.rows = {row.key: row for row in sorted(rows, key=lambda row: row.key)}
        self.structural = frozenset(key for key, row in self.rows.items() if is_structural_zero(row, world))
        self.primary = frozenset(primary_rows(rows, world, threshold))
        self.chosen: set[Unit] = set()  # what was withheld to protect something else
        self.causes: dict[Unit, int] = {}  # the target for which it was
        self.changes = changes
        self.showing: dict[str, list[str]] = {}
        for key, row in self.rows.items():
            for cell in row.cells:
                if cell.kind == "count":
                    self.showing.setdefault(cell.population.key, []).append(key)
        self.rivals = {key: self._rivals(row) for key, row in self.rows.items()}
        self.sized = [key for key, row in self.rows.items() if any(cell.weights == "size" for cell in row.cells)]

    def _rivals(self, row: Row) -> list[tuple[str, frozenset[str]]]:
        return [(cell.question, frozenset(cell.population.missions)) for cell in row.cells if cell.kind == "mean"]

    def pattern(self, chosen: set[Unit] | None = None, notes: Sequence[str] = (), is_exact: bool = True) -> Pattern:
        chosen = self.chosen if chosen is None else chosen
        blank = {key for kind, key in chosen if kind == "count"}
        withheld = set(self.primary) | {key for kind, key in chosen if kind == "row"}
        for key in blank:
            withheld |= {row for row in self.showing[key] if _is_only_counts(self.rows[row])}
        # What was shown before stays: withholding it now undoes nothing.
        frozen = self.changes.frozen
        withheld = (withheld | self.changes.withheld) - frozen
        while True:
            # Shown only if all parents are; two weightings of one mean only beside an unbroken set of other means. The one by
            # size gives way, but where it is the headline: then all others of these missions do.
            more = {key for key, row in self.rows.items() if key not in withheld and any(p in withheld for p in row.parents)}
            for key in self.sized:
                if key not in withheld and self._is_broken(key, withheld):
                    more |= set(self._other_weightings(key)) - withheld if self.rows[key].headline else {key}
            more -= frozen
            if not more:
                break
            withheld |= more
        kept = frozenset(withheld - self.structural)
        return Pattern(kept, frozenset(blank), self.structural, tuple(sorted(frozen)), tuple(notes), is_exact)

    def _is_broken(self, key: str, withheld: set[str]) -> bool:
        for question, missions in self.rivals[key]:
            for other in withheld - self.structural:
                if any(asked == question and within <= missions for asked, within in self.rivals[other]):
                    return True
        return False

    def _other_weightings(self, key: str) -> list[str]:
        """Rows with a mean of the same question over the same missions, weighted otherwise."""
        told = set(self.rivals[key])
        return [other for other, means in self.rivals.items() if other != key and other not in self.sized and told & set(means)]

    def cost(self, unit: Unit) -> float:
        kind, key = unit
        if kind == "row":
            return cost_of_row(self.rows[key])
        total = 0.0
        for name in self.showing[key]:
            row = self.rows[name]
            if _is_only_counts(row):
                total += cost_of_row(row)
            elif row.headline:
                total += _BLANK_HEADLINE if ",".join(key.split(";")[1:]).strip(")") else _BLANK_WHOLE
            else:
                total += _BLANK
        return total


def decide(
    rows: Sequence[Row],
    tables: Mapping[str, pd.DataFrame],
    threshold: int,
    earlier: Sequence[Edition | tuple] = (),
    seconds: float = SECONDS,
) -> Pattern:
    """What is shown of all registered rows, so that nothing that needs protection can be derived closely.

    rows: of all annexes. tables: delivery -> table, as in data/validated. threshold: fewest answers or companies.
    earlier: what was printed before about the same year, as (rows with values, pattern) or `editions.Edition`.
    The outcome is the same for the same rows, in whatever order. Errors: CellError when rows and deliveries do not agree.
    Source: Fischetti & Salazar-González (2000) for the attacker's programmes; Kelly, Golden & Assad, Networks 22 (1992), for
    protecting one cell after the other and dropping what proves superfluous.
    """
    deadline = time.monotonic() + seconds
    world = build(rows, tables)
    changed = changes(rows, tables, world, threshold, earlier)
    state, search = _State(rows, world, threshold, changed), Search(rows, world)
    wanted = [
        _Wanted(target, side, need)
        for target in (*targets(rows, world, threshold), *changed.targets)
        for side, need in ((-1, target.below), (1, target.above))
        if need
    ]
    proofs = _Proofs(world, search, Printed(rows, world), wanted)
    for witness in first_worlds([target for target, _, _ in wanted], search, proofs.printed, state.pattern()):
        proofs.accepts(witness, 0, state.pattern())
    is_exact = True
    for number, (target, side, _) in enumerate(wanted):
        if proofs.has(number):
            continue
        search.hurry(True)
        if proofs.find(number, state.pattern()):
            continue
        search.hurry(False)
        is_exact = is_exact and time.monotonic() < deadline
        if is_exact:
            witness, lost = search.find(target, side, state.pattern(), state.cost)
            if proofs.accepts(witness, number, state.pattern()):
                continue
            state.chosen |= set(lost)
            for unit in lost:
                state.causes.setdefault(unit, number)
            if proofs.accepts(witness, number, state.pattern()):
                continue
        for _ in range(_NAMED):
            if proofs.blamed is None or state.rows[proofs.blamed].headline or proofs.has(number):
                break
            state.chosen.add(("row", proofs.blamed))
            state.causes.setdefault(("row", proofs.blamed), number)
            proofs.find(number, state.pattern())
        for widen in _wider(target, world, state) if not proofs.has(number) else ():
            if proofs.find(number, state.pattern()):
                break
            state.chosen |= widen()
        if not proofs.has(number):
            proofs.find(number, state.pattern())
    is_exact = is_exact and _drop_superfluous(state, search, proofs, deadline)
    notes = [f"headline '{key}' is withheld" for key in sorted(state.pattern().withheld) if state.rows[key].headline]
    unproven = [target for number, (target, _, _) in enumerate(wanted) if not proofs.has(number)]
    notes += [f"{key}: no pattern protects it" for key in sorted({target.key for target in unproven})]
    return replace(state.pattern(notes=notes, is_exact=is_exact), witnesses=proofs.fewest())


class _Wanted(NamedTuple):
    target: Target
    side: int
    need: int


class _Proofs:
    """Worlds that were found and checked, each with the numbers of what it proves; withholding more never makes one wrong."""

    def __init__(self, world: World, search: Search, printed: Printed, wanted: Sequence[_Wanted]) -> None:
        self.world, self.search, self.printed, self.wanted = world, search, printed, wanted
        self.pool: list[tuple[Witness, frozenset[int]]] = []
        self.blamed: str | None = None  # the row in which the latest world that was refused prints something else

    def has(self, number: int) -> bool:
        return any(number in proven for _, proven in self.pool)

    def fewest(self) -> tuple[tuple[tuple[tuple, int], ...], ...]:
        """Worlds that together prove all that is proven, those that prove most first."""
        open_numbers = {number for _, proven in self.pool for number in proven}
        chosen = []
        for witness, proven in sorted(self.pool, key=lambda proof: -len(proof[1])):
            if proven & open_numbers:
                open_numbers -= proven
                chosen.append(as_moves(self.world, witness))
        return tuple(chosen)

    def find(self, number: int, pattern: Pattern) -> bool:
        target, side, _ = self.wanted[number]
        witness, _ = self.search.find(target, side, pattern)
        return self.accepts(witness, number, pattern)

    def accepts(self, witness: Witness | None, number: int, pattern: Pattern) -> bool:
        """Whether a world that was found, in whatever way, is a proof; then it is kept."""
        reason = None if witness is None else self.printed.differs(pattern, witness)
        self.blamed = reason if reason in self.search.rows else None
        if witness is None or reason is not None:
            return False
        proven = frozenset(
            other for other, (target, side, need) in enumerate(self.wanted) if reaches(target, side, self.world, witness) >= need
        )
        self.pool.append((witness, proven))
        return number in proven


def _wider(target: Target, world: World, state: _State) -> list[Callable[[], set[Unit]]]:
    """Ever more of what could stand in the way of one target, for when the cheapest choice did not do."""
    atoms = [world.atoms[position] for position, _ in target.terms]
    missions = {mission for _, mission, _ in atoms} | {stratum[2] for stratum in target.strata}
    questions = {stratum[0] for stratum in target.strata}

    def units(keeps: Callable[[Row], bool], also_rows: bool = True) -> set[Unit]:
        kept = [row for row in state.rows.values() if keeps(row) and row.key not in state.structural]
        chosen: set[Unit] = {("row", row.key) for row in kept if also_rows}
        blank = [row for row in kept if also_rows or not _is_only_counts(row)]
        return chosen | {("count", cell.population.key) for row in blank for cell in row.cells if cell.kind == "count"}

    def touches(row: Row) -> bool:
        return any(missions & set(cell.population.missions) for cell in row.cells)

    def is_of_one(row: Row) -> bool:
        return all(len(cell.population.missions) == 1 for cell in row.cells)

    return [
        lambda: units(lambda row: touches(row) and is_of_one(row), also_rows=False),
        lambda: units(lambda row: touches(row) and not row.headline and any(cell.question in questions for cell in row.cells)),
        lambda: units(lambda row: is_of_one(row) and not row.headline, also_rows=False),
        lambda: units(lambda row: touches(row) and not row.headline, also_rows=False),
        lambda: units(lambda row: touches(row) and not row.headline),
        lambda: units(touches),
        lambda: units(lambda row: True),
    ]


def _drop_superfluous(state: _State, search: Search, proofs: _Proofs, deadline: float) -> bool:
    """Show again, dearest first, what no target needs to be withheld. False when the time ran out."""
    proven = sorted({number for _, numbers in proofs.pool for number in numbers})
    ordered = sorted(state.chosen, key=lambda unit: (-state.cost(unit), unit))
    # What was withheld in bulk goes in halves, the rest one by one.
    bulk = [unit for unit in ordered if unit not in state.causes]
    groups = [bulk] if bulk else []
    groups += [[unit] for unit in ordered if unit in state.causes]
    searches = 0
    while groups and searches < _SEARCHES:
        if time.monotonic() > deadline:
            return False
        group = groups.pop(0)
        search.hurry(max(map(state.cost, group)) < _OF_MISSION)
        before, pattern = state.pattern(), state.pattern(state.chosen - set(group))
        newly = frozenset(key for key in state.rows if pattern.shows_row(key) and not before.shows_row(key))
        newly |= {key for name in before.blank - pattern.blank for key in state.showing[name]}
        kept = proofs.pool
        proofs.pool = [proof for proof in kept if proofs.printed.differs(pattern, proof[0], newly) is None]
        for number in sorted(proven, key=lambda number: (number != state.causes.get(group[0]), number)):
            if proofs.has(number):
                continue
            searches += 1
            if not proofs.find(number, pattern):
                proofs.pool = kept
                if len(group) > 1:
                    middle = len(group) // 2
                    groups[:0] = [group[:middle], group[middle:]]
                break
        else:
            state.chosen -= set(group)
    return True
