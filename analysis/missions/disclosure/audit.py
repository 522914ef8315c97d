"""Is a pattern safe? An independent check: it knows the cells, the world and what must be protected, and nothing of the decision.

For every quantity that needs protection, and to both sides, a witness is sought: a complete world of whole numbers that lies far
enough from the truth and from which every printed number comes out the same, recomputed here. What has no witness is ruled out.
Witnesses that come with the pattern are judged like any other: whoever found a world, it proves what it shows.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from .cells import Cell, Row, said_of
from .editions import Edition, changes
from .pattern import Pattern
from .primary import Target, primary_rows, targets
from .programme import Unit
from .search import Search
from .witness import Witness, from_moves
from .world import Stratum, World, build

_FEWEST_OF_A_KIND = 3
_BATCHES, _WORTH = 12, 2
_NAMES = {
    "answers": "answers",
    "register": "invited and companies",
    "chain": "chain",
    "difference": "differences",
    "mean": "means",
}


@dataclass(frozen=True)
class Report:
    """findings: confidential sentences that name cells; empty when the pattern is safe. public: figures that name none.

    public: cells, rows, rows_withheld, targets, ruled_out, seconds and kinds: name -> targets, ruled_out and narrowest, the range
    that is proven at least, as a multiple of the required protection, rounded down to 0.5.
    """

    findings: list[str]
    public: dict


class Printed:
    """Recomputes what is printed from another world, and compares it with what is printed of this one."""

    def __init__(self, rows: Sequence[Row], world: World) -> None:
        self.world = world
        self.cells: list[tuple[Row, Cell, frozenset, float | None, str]] = []
        self.by_item: dict[object, list[int]] = defaultdict(list)
        relations = world.relations
        entries = [(line, *term) for line, relation in enumerate(relations) for term in relation.terms]
        line, column, factor = np.array(entries, np.int64).reshape(-1, 3).T
        self.related = csr_matrix((factor, (line, column)), shape=(len(relations), len(world.true)), dtype=np.int64)
        self.low, self.high = (np.array([getattr(r, end) for r in relations]) for end in ("low", "high"))
        sums = {stratum: answers.total for stratum, answers in world.strata.items()}
        self.counted: dict[str, set[str]] = {}
        for row in sorted(rows, key=lambda row: row.key):
            self.counted[row.key] = {cell.population.key for cell in row.cells if cell.kind == "count"}
            for cell in row.cells:
                truth = None if cell.kind in ("count", "rests_on") else self._value(cell, world.true, sums)
                rests_on = self._rests_on(cell)
                for item in rests_on:
                    self.by_item[item].append(len(self.cells))
                self.cells.append((row, cell, rests_on, None if truth is None else float(truth), cell.population.key))

    def _rests_on(self, cell: Cell) -> frozenset:
        """Positions of counts, and strata, that the cell is computed from."""
        world = self.world
        found: set = set(world.terms(cell.population))
        if cell.kind == "mean":
            strata = world.strata_of(cell)
            found |= set(strata) | {world.strata[stratum].n for stratum in strata}
        if cell.of is not None:
            found |= set(world.terms(cell.of))
        if cell.kind in ("mean", "share"):
            everybody = ((cell.silent_among, mission, ()) for mission in cell.population.missions)
            found |= {world.index[one] for one in everybody if one in world.index}
        return frozenset(found)

    def _parts(self, cell: Cell, counts: Sequence[int], sums: Mapping[Stratum, int]) -> list[tuple[int, int, int]]:
        """Per mission with an answer: answers, their sum (or yeses), invited."""
        world, parts = self.world, []
        if cell.kind == "mean":
            held = [(counts[world.strata[s].n], sums[s], s[2]) for s in world.strata_of(cell)]
        else:
            missions = set(cell.population.missions)
            held = [
                (
                    counts[world.index[cell.of.unit, mission, cell.of.where]],
                    counts[world.index[cell.population.unit, mission, cell.population.where]] if mission in missions else 0,
                    mission,
                )
                for mission in cell.of.missions
            ]
        for n, total, mission in held:
            if n > 0 or cell.ends == "possible":
                position = world.index.get((cell.silent_among, mission, ()))
                parts.append((n, total, n if position is None else counts[position]))
        return parts

    def _value(self, cell: Cell, counts: Sequence[int], sums: Mapping[Stratum, int]) -> Fraction | None:
        parts = self._parts(cell, counts, sums)
        per = 100 if cell.kind == "share" else 1
        if cell.weights == "answers":
            weights = [n for n, _, _ in parts]
        else:
            weights = [1 if cell.weights == "missions" else invited for _, _, invited in parts]
        if not sum(weights):
            return None
        return per * sum(w * Fraction(total, n) for w, (n, total, _) in zip(weights, parts, strict=True) if w) / sum(weights)

    def _same_number(self, cell: Cell, value: Fraction | None, truth: float | None) -> tuple[bool, float]:
        if cell.value is None or math.isnan(cell.value):
            return value is None, math.nan
        if value is None or truth is None:
            return False, math.nan
        # What the estimate adds to the plain formula (another weighting) is the same in both worlds.
        found = float(value) + (cell.value - truth)
        printed = math.floor(cell.value / cell.step + 0.5 + 1e-9) * cell.step
        return abs(found - cell.value) < 1e-9 or abs(found - printed) < cell.step / 2 - 1e-9, found

    def _same_ends(self, cell: Cell, value: float, counts: Sequence[int], sums: Mapping[Stratum, int]) -> bool:
        """Whether some half width makes the printed ends out of this value, clipped to what the silent leave possible."""
        if cell.kind != "mean" or cell.low is None or math.isnan(cell.low) or cell.high is None:
            return True
        parts, step = self._parts(cell, counts, sums), cell.ends_step
        invited = sum(of for _, _, of in parts)
        if cell.ends == "possible":
            low, high = (
                (sum(total + (of - n) * end for n, total, of in parts) / invited) if invited else end for end in cell.scale
            )
            low, high = (math.floor(end / step + 0.5 + 1e-9) * step for end in (low, high))
            return abs(low - cell.low) < 1e-6 and abs(high - cell.high) < 1e-6
        least, most = 0.0, math.inf
        for end, sign in ((cell.low, 1), (cell.high, -1)):
            scale_end = cell.scale[0] if sign > 0 else cell.scale[1]
            total = sum(total + (of - n) * scale_end for n, total, of in parts)
            possible = float(Fraction(total) / invited) if invited else scale_end
            # Mirrored, so that both ends are a lower one: printed = floor(max(value - half, possible)), not under the scale.
            shown, here, limit = sign * end, sign * value, sign * possible
            floored = math.floor(limit / step + 1e-9) * step
            if floored > shown + 1e-6:
                return False
            least = max(least, here - shown - step)
            if abs(floored - shown) > 1e-6 and abs(shown - sign * scale_end) > 1e-6:
                most = min(most, here - shown)
        return least < most + 1e-9

    def told(self, witness: Witness) -> frozenset[Unit]:
        """What would print something else in another world if all were shown: rows, and counts."""
        counts, sums = witness.counts, witness.sums
        found: set[Unit] = set()
        for number in sorted({number for item in witness.moved for number in self.by_item.get(item, ())}):
            row, cell, _, truth, key = self.cells[number]
            if cell.kind == "rests_on":
                continue
            if cell.kind == "count":
                if ("count", key) not in found and sum(
                    counts[at] - self.world.true[at] for at in self.world.terms(cell.population)
                ):
                    found.add(("count", key))
            elif ("row", row.key) not in found:
                same, value = True, math.nan
                if cell.ends != "possible":
                    same, value = self._same_number(cell, self._value(cell, counts, sums), truth)
                if not same or not self._same_ends(cell, value, counts, sums):
                    found.add(("row", row.key))
        return frozenset(found)

    def shown(self, pattern: Pattern) -> frozenset[Unit]:
        """What a pattern prints anew: rows, and counts. What an earlier edition printed tells nothing of this one."""
        units: set[Unit] = set()
        for key, counted in self.counted.items():
            if pattern.shows_row(key) and key not in pattern.frozen:
                units.add(("row", key))
                units.update(("count", name) for name in counted if name not in pattern.blank)
        return frozenset(units)

    def differs(self, pattern: Pattern, witness: Witness) -> bool:
        """Whether something shows that a witness is not the truth."""
        return self.impossible(witness) is not None or not self.shown(pattern).isdisjoint(self.told(witness))

    def impossible(self, witness: Witness) -> str | None:
        """What everybody knows cannot be; None when it can."""
        return self._known_differs(witness.counts, witness.sums)

    def _known_differs(self, counts: Sequence[int], sums: Mapping[Stratum, int]) -> str | None:
        if any(not isinstance(count, int) or count < 0 for count in counts):
            return "a count below zero"
        held = self.related @ np.array(counts, np.int64)
        if (held < self.low).any() or (held > self.high).any():
            return "a relation that everybody knows"
        return self._strata_differ(counts, sums)

    def _strata_differ(self, counts: Sequence[int], sums: Mapping[Stratum, int]) -> str | None:
        strata = self.world.strata
        for stratum, answers in strata.items():
            low, high = answers.scale
            if not isinstance(sums[stratum], int) or not low * counts[answers.n] <= sums[stratum] <= high * counts[answers.n]:
                return "answers outside their scale"
        for (question, where, mission), narrow in strata.items():
            # Who did not answer the narrower question answered within the scale too.
            for dropped in where if len(where) > 1 else ():
                wide = (question, tuple(item for item in where if item != dropped), mission)
                if wide in strata:
                    others = counts[strata[wide].n] - counts[narrow.n]
                    rest = sums[wide] - sums[question, where, mission]
                    if not strata[wide].scale[0] * others <= rest <= strata[wide].scale[1] * others:
                        return "answers outside their scale"
        return None


def reaches(target: Target, side: int, world: World, witness: Witness) -> float:
    """How far a witness lies on one side of the truth, in units of the target; below zero on the other side."""
    if target.strata:
        value = sum(witness.sums[stratum] for stratum in target.strata)
        held = all(witness.counts[world.strata[s].n] == len(world.strata[s].given) for s in target.strata)
        return side * (value - target.value) if held else -math.inf
    return side * (sum(factor * witness.counts[position] for position, factor in target.terms) - target.value)


def audit(
    rows: Sequence[Row],
    tables: Mapping[str, pd.DataFrame],
    pattern: Pattern,
    threshold: int,
    earlier: Sequence[Edition | tuple] = (),
) -> Report:
    """Judge a pattern. rows: all that was registered; tables: the deliveries; threshold: fewest answers or companies; earlier:
    what was printed before.

    Errors: CellError when the rows are not those of the deliveries.
    """
    started = time.monotonic()
    world = build(rows, tables)
    findings = _plain_findings(rows, world, pattern, threshold)
    printed, search = Printed(rows, world), Search(rows, world)
    wanted = [*targets(rows, world, threshold), *changes(rows, tables, world, threshold, earlier).targets]
    kept = [from_moves(world, moves) for moves in pattern.witnesses]
    pool = [witness for witness in kept if witness is not None and not printed.differs(pattern, witness)]
    pool += first_worlds(_unproven(wanted, pool, world), search, printed, pattern)
    kinds: dict[str, list[tuple[float, int]]] = {}
    for target in wanted:
        proven, ruled_out = math.inf, 0
        for side, need in ((-1, target.below), (1, target.above)):
            if not need:
                continue
            if not any(reaches(target, side, world, witness) >= need for witness in pool):
                # The second way leaves open which of two readings of an interval's ends holds; what it finds is checked all
                # the same.
                for cost in (None, _any_row):
                    witness, _ = search.find(target, side, pattern, cost)
                    if witness is not None and not printed.differs(pattern, witness):
                        pool.append(witness)
                        break
            furthest = max((reaches(target, side, world, witness) for witness in pool), default=-math.inf)
            if furthest < need:
                ruled_out += 1
                findings.append(f"{target.key}: nothing shows that it may be {need} {'more' if side > 0 else 'less'} than it is")
            proven = min(proven, furthest / need)
        kinds.setdefault(target.kind, []).append((proven, ruled_out))
    public = {
        "cells": sum(len(row.cells) for row in rows),
        "rows": len({row.key for row in rows} - pattern.structural),
        "rows_withheld": len(pattern.withheld),
        "counts_blank": len(pattern.blank),
        "targets": sum((target.below > 0) + (target.above > 0) for target in wanted),
        "ruled_out": sum(ruled_out for found in kinds.values() for _, ruled_out in found),
        "kinds": _public_kinds(kinds),
        "seconds": round(time.monotonic() - started, 1),
    }
    return Report(findings, public)


def _unproven(wanted: Sequence[Target], pool: Sequence[Witness], world: World) -> list[Target]:
    def is_proven(target: Target, side: int, need: int) -> bool:
        return not need or any(reaches(target, side, world, witness) >= need for witness in pool)

    return [t for t in wanted if not (is_proven(t, -1, t.below) and is_proven(t, 1, t.above))]


def first_worlds(wanted: Sequence[Target], search: Search, printed: Printed, pattern: Pattern) -> list[Witness]:
    """A few worlds that are each a witness for many targets, to save as many searches."""
    pool: list[Witness] = []
    for is_mean in (False, True):
        open_wishes = [
            (target, side)
            for side in (1, -1)
            for target in wanted
            if (target.kind == "mean") == is_mean and (target.above if side > 0 else target.below)
        ]
        for _ in range(_BATCHES):
            if not open_wishes:
                break
            witness = search.find_many(open_wishes, pattern)
            if witness is None or printed.differs(pattern, witness):
                break
            pool.append(witness)
            left = [
                (target, side)
                for target, side in open_wishes
                if reaches(target, side, search.world, witness) < (target.above if side > 0 else target.below)
            ]
            if len(left) > len(open_wishes) - _WORTH:
                break
            open_wishes = left
    return pool


def _any_row(unit: tuple[str, str]) -> float:
    return 1.0 if unit[0] == "row" else 0.0


def _plain_findings(rows: Sequence[Row], world: World, pattern: Pattern, threshold: int) -> list[str]:
    findings = []
    unsafe = primary_rows(rows, world, threshold)
    keys = {row.key for row in rows}
    for row in sorted(rows, key=lambda row: row.key):
        if not pattern.shows_row(row.key) or row.key in pattern.frozen:
            continue
        if row.key in unsafe:
            findings.append(f"{said_of(row)} is shown and {unsafe[row.key]}")
        for parent in row.parents:
            if parent in keys and not pattern.shows_row(parent):
                findings.append(f"{said_of(row)} is shown and rests on '{parent}', which is withheld")
    return findings


def _public_kinds(kinds: Mapping[str, list[tuple[float, int]]]) -> dict[str, dict]:
    """Kinds with few targets together: a kind with one target would say that there is one."""
    merged: dict[str, list[tuple[float, int]]] = {}
    for kind, found in sorted(kinds.items()):
        merged.setdefault(_NAMES[kind] if len(found) >= _FEWEST_OF_A_KIND else "other", []).extend(found)
    public = {}
    for kind, found in sorted(merged.items()):
        narrowest = min(proven for proven, _ in found)
        multiple = 0.0 if narrowest < 0 else math.floor(2 * min(narrowest, 10.0)) / 2
        many = len(found) if len(found) >= _FEWEST_OF_A_KIND else f"fewer than {_FEWEST_OF_A_KIND}"
        public[kind] = {"targets": many, "ruled_out": sum(ruled for _, ruled in found), "narrowest": multiple}
    return public
