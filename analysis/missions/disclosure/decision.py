"""Which rows are shown: decided once, over all rows of all annexes together.

Every quantity that needs protection gets, to both sides, a world that prints the same. Where there is none, a world is sought in
which little prints something else, and that little is withheld. Afterwards what proved superfluous is shown again, dearest
first, and what is dear is exchanged for what is cheaper. What it costs to withhold a row depends on its kind and never on its
value, and ties are broken by key, so that somebody who knows the rules learns nothing from the choice.
"""

from __future__ import annotations

import math
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
_SEARCHES, _SWAPS = 100, 40  # after so many searches the rest stays withheld: a count stops in the same place on every machine
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
        self.changes = changes
        self.showing: dict[str, list[str]] = {}
        for key, row in self.rows.items():
            for cell in row.cells:
                if cell.kind == "count":
                    self.showing.setdefault(cell.population.key, []).append(key)
        self.derived = [(key, row.parents) for key, row in self.rows.items() if row.parents]
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
            more = {key for key, parents in self.derived if key not in withheld and not withheld.isdisjoint(parents)}
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

    def cheaper_than(self, limit: float) -> Callable[[Unit], float]:
        """Costs of what is cheaper; what is not has none, and must hold."""
        return lambda unit: cost if (cost := self.cost(unit)) < limit else 0.0

    def price(self, chosen: set[Unit]) -> float:
        """What it costs to withhold some units and all that follows from them."""
        pattern = self.pattern(chosen)
        total = sum(cost_of_row(self.rows[key]) for key in pattern.withheld - self.primary)
        shown = [(key, row) for key in pattern.blank for row in self.showing[key] if pattern.shows_row(row)]
        return total + sum(self._cost_of_blank(key, self.rows[row]) for key, row in shown)

    def _cost_of_blank(self, key: str, row: Row) -> float:
        if row.headline:
            return _BLANK_HEADLINE if ",".join(key.split(";")[1:]).strip(")") else _BLANK_WHOLE
        return _BLANK

    def cost(self, unit: Unit) -> float:
        kind, key = unit
        if kind == "row":
            return cost_of_row(self.rows[key])
        showing = [self.rows[name] for name in self.showing[key]]
        return sum(cost_of_row(row) if _is_only_counts(row) else self._cost_of_blank(key, row) for row in showing)


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
    state, search, printed = _State(rows, world, threshold, changed), Search(rows, world), Printed(rows, world)
    wanted = [
        _Wanted(target, side, need)
        for target in (*targets(rows, world, threshold), *changed.targets)
        for side, need in ((-1, target.below), (1, target.above))
        if need
    ]
    proofs = _Proofs(world, search, printed, wanted)
    for witness in first_worlds([target for target, _, _ in wanted], search, printed, state.pattern()):
        proofs.keep(witness)
    is_exact = True
    for number in range(len(wanted)):
        if not proofs.has(number, state.pattern()):
            is_exact = is_exact and time.monotonic() < deadline
            state.chosen |= _to_withhold(number, state, proofs, is_exact)
    is_exact = is_exact and _give_back(state, proofs, deadline)
    pattern = state.pattern()
    notes = [f"headline '{key}' is withheld" for key in sorted(pattern.withheld) if state.rows[key].headline]
    unproven = {target.key for number, (target, _, _) in enumerate(wanted) if not proofs.has(number, pattern)}
    notes += [f"{key}: no pattern protects it" for key in sorted(unproven)]
    return replace(state.pattern(notes=notes, is_exact=is_exact), witnesses=proofs.fewest(pattern))


class _Wanted(NamedTuple):
    target: Target
    side: int
    need: int


class _Proof(NamedTuple):
    witness: Witness
    told: frozenset[Unit]  # what must be withheld for it
    proven: frozenset[int]


class _Proofs:
    """Worlds that were found and checked, each with what it proves and with what prints something else in it."""

    def __init__(self, world: World, search: Search, printed: Printed, wanted: Sequence[_Wanted]) -> None:
        self.world, self.search, self.printed, self.wanted = world, search, printed, wanted
        self.pool: list[_Proof] = []
        self._shown: dict[tuple, frozenset[Unit]] = {}

    def shown(self, pattern: Pattern) -> frozenset[Unit]:
        key = pattern.withheld, pattern.blank
        if key not in self._shown:
            self._shown = {key: self.printed.shown(pattern)}
        return self._shown[key]

    def has(self, number: int, pattern: Pattern) -> bool:
        shown = self.shown(pattern)
        return any(number in proof.proven and shown.isdisjoint(proof.told) for proof in self.pool)

    def open(self, pattern: Pattern) -> list[int]:
        """What has no proof under a pattern."""
        shown, known = self.shown(pattern), set()
        for proof in self.pool:
            if shown.isdisjoint(proof.told):
                known |= proof.proven
        return [number for number in range(len(self.wanted)) if number not in known]

    def fewest(self, pattern: Pattern) -> tuple[tuple[tuple[tuple, int], ...], ...]:
        """Worlds that together prove all that is proven, those that prove most first."""
        shown = self.shown(pattern)
        holding = [proof for proof in self.pool if shown.isdisjoint(proof.told)]
        open_numbers = {number for proof in holding for number in proof.proven}
        chosen = []
        for proof in sorted(holding, key=lambda proof: -len(proof.proven)):
            if proof.proven & open_numbers:
                open_numbers -= proof.proven
                chosen.append(as_moves(self.world, proof.witness))
        return tuple(chosen)

    def find(self, number: int, pattern: Pattern, cost: Callable[[Unit], float] | None = None) -> _Proof | None:
        """A world that proves one target, if what it tells is withheld too."""
        target, side, _ = self.wanted[number]
        witness, _ = self.search.find(target, side, pattern, cost)
        proof = None if witness is None else self.keep(witness)
        return proof if proof is not None and number in proof.proven else None

    def keep(self, witness: Witness) -> _Proof | None:
        """A world that was found, in whatever way, is kept if it could be."""
        if self.printed.impossible(witness) is not None:
            return None
        proven = frozenset(
            number
            for number, (target, side, need) in enumerate(self.wanted)
            if reaches(target, side, self.world, witness) >= need
        )
        proof = _Proof(witness, self.printed.told(witness), proven)
        self.pool.append(proof)
        return proof


def _to_withhold(number: int, state: _State, proofs: _Proofs, is_patient: bool) -> set[Unit]:
    """The cheapest that was found to be withheld so that one target is proven."""
    pattern = state.pattern()
    shown = proofs.shown(pattern)

    def lacks(proof: _Proof | None) -> set[Unit] | None:
        return None if proof is None else set(proof.told & shown)

    proofs.search.hurry(True)
    if (lacking := lacks(proofs.find(number, pattern))) == set():
        return set()
    proofs.search.hurry(False)
    found = [] if lacking is None else [lacking]
    if is_patient and (lacking := lacks(proofs.find(number, pattern, state.cost))) is not None:
        found.append(lacking)
    found += [set(proof.told & shown) for proof in proofs.pool if number in proof.proven]
    dear = _HEADLINE / 3 if is_patient else math.inf

    def price(units: set[Unit]) -> tuple[float, list[Unit]]:
        return state.price(state.chosen | units) - state.price(state.chosen), sorted(units)

    if is_patient and (not found or min(map(price, found))[0] >= dear):
        lacking = lacks(proofs.find(number, pattern, state.cheaper_than(_HEADLINE)))
        found += [] if lacking is None else [lacking]
    if not found or min(map(price, found))[0] >= dear:
        wide: set[Unit] = set()
        for widen in _wider(proofs.wanted[number].target, proofs.world, state):
            wide |= widen()
            if (lacking := lacks(proofs.find(number, state.pattern(state.chosen | wide)))) is not None:
                found.append(lacking)
                if lacking <= wide:
                    break
    return min(found, key=price) if found else wide


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


def _give_back(state: _State, proofs: _Proofs, deadline: float) -> bool:
    """Show again, dearest first, what no target needs to be withheld, or what something cheaper does for. False when the time
    ran out."""
    never = set(proofs.open(state.pattern()))
    searches = 0
    for unit in sorted(state.chosen, key=lambda unit: (-state.cost(unit), unit)):
        if time.monotonic() > deadline:
            return False
        if searches >= _SEARCHES:
            break
        proofs.search.hurry(state.cost(unit) < _OTHER_WEIGHTS)
        chosen = state.chosen - {unit}
        pattern = state.pattern(chosen)
        for number in proofs.open(pattern):
            if number in never or proofs.has(number, pattern):
                continue
            searches += 1
            if proofs.find(number, pattern) is None or not proofs.has(number, pattern):
                break
        else:
            state.chosen = chosen
    proofs.search.hurry(False)
    return _swap(state, proofs, never, deadline)


def _swap(state: _State, proofs: _Proofs, never: set[int], deadline: float) -> bool:
    """Exchange what is dear for what is cheaper, dearest first. False when the time ran out."""
    searches = 0
    for unit in sorted(state.chosen, key=lambda unit: (-state.cost(unit), unit)):
        if time.monotonic() > deadline:
            return False
        if searches >= _SWAPS or state.cost(unit) < _SIZE:
            break
        if unit not in state.chosen:
            continue
        proofs.search.hurry(state.cost(unit) < _OTHER_WEIGHTS)
        chosen, before = state.chosen - {unit}, state.price(state.chosen)
        for number in proofs.open(state.pattern(chosen)):
            pattern = state.pattern(chosen)
            if number in never or proofs.has(number, pattern):
                continue
            searches += 1
            proof = proofs.find(number, pattern, state.cheaper_than(state.cost(unit)))
            if proof is None or unit in proof.told:
                break
            chosen |= proof.told & proofs.shown(pattern)
            if state.price(chosen) >= before:
                break
        else:
            for other in sorted(chosen, key=lambda unit: (-state.cost(unit), unit)):
                if set(proofs.open(state.pattern(chosen - {other}))) <= never:
                    chosen -= {other}
            state.chosen = chosen
    return True
