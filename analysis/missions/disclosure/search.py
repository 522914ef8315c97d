"""Other worlds that would print the same: what somebody who reads everything cannot tell from the truth.

A world is found in two steps: counts that agree with every printed count (means held at the truth), then sums of answers that
agree with every printed mean (counts held at those of the first step). What is found proves that a quantity is protected only
after `audit` has recomputed every printed number from it; what is not found proves nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import vstack

from .cells import Cell, Row
from .pattern import Pattern
from .primary import Target
from .programme import NODES, System, Unit, solve, system_of
from .statements import Ratio, Statement, between, ratio_of
from .witness import Witness, witness_of
from .world import Stratum, World

_TRIES = 3
_FEW_NODES = 25
_OF_ONE_QUESTION = 6  # the programme of one question is small: look so much further


class Search:
    """Statements of all rows of one world, and the search for other worlds under a pattern."""

    def __init__(self, rows: Sequence[Row], world: World) -> None:
        self.world = world
        self.nodes = NODES
        self.rows = {row.key: row for row in sorted(rows, key=lambda row: row.key)}
        self.counts: dict[str, Statement] = {}
        self.shown_by: dict[str, list[str]] = defaultdict(list)
        self.shares: dict[str, list[Statement]] = defaultdict(list)
        self.ratios: dict[str, list[Ratio]] = defaultdict(list)
        for row in self.rows.values():
            for cell in row.cells:
                self._tell(row, cell)
        self._base = [self._of_truth(dict(relation.terms), relation.low, relation.high) for relation in world.relations]
        self._groups = self._linked_strata()
        self._positions: dict[str, set[int]] = defaultdict(set)
        for (question, _, _), answers in world.strata.items():
            self._positions[question].add(answers.n)
        self._compile()

    def _of_truth(self, terms: dict[int, float], low: float, high: float) -> tuple[dict[int, float], float, float]:
        truth = sum(factor * self.world.true[position] for position, factor in terms.items())
        return terms, low - truth, high - truth

    def _tell(self, row: Row, cell: Cell) -> None:
        world = self.world
        if cell.kind == "count":
            key = cell.population.key
            self.counts.setdefault(key, Statement(("count", key), dict(world.terms(cell.population)), 0, 0))
            if row.key not in self.shown_by[key]:
                self.shown_by[key].append(row.key)
        elif not cell.population.missions or (cell.ends == "interval" and (cell.value is None or math.isnan(cell.value))):
            return
        elif cell.kind == "share" and cell.weights == "answers":
            low, high = (bound / 100 for bound in between(cell.value, cell.step))
            yes, of = world.terms(cell.population), world.terms(cell.of)
            size, whole = world.size(cell.population), world.size(cell.of)
            for share, is_low in ((low, True), (high, False)):
                terms = defaultdict(float)
                for position in yes:
                    terms[position] += 1.0
                for position in of:
                    terms[position] -= share
                gap = share * whole - size
                said = (min(gap, 0.0), math.inf) if is_low else (-math.inf, max(gap, 0.0))
                self.shares[row.key].append(Statement(("row", row.key), dict(terms), *said))
        elif cell.kind in ("share", "mean") and (ratio := ratio_of(row.key, cell, world)) is not None:
            self.ratios[row.key].append(ratio)

    # The search.

    def _compile(self) -> None:
        """All that printed counts and shares tell, as one system of rows; a pattern chooses among them."""
        world, totals = self.world, {stratum: answers.total for stratum, answers in self.world.strata.items()}
        rows = [(terms, low, high, None, 1.0, False) for terms, low, high in self._base]
        rows += [(s.terms, s.low, s.high, s.unit, 1.0, False) for s in self.counts.values()]
        rows += [(s.terms, s.low, s.high, s.unit, 1.0, False) for told in self.shares.values() for s in told]
        rows += [(*row, True) for told in self.ratios.values() for ratio in told for row in ratio.linear(world.true, totals)]
        self._units = [row[3] for row in rows]
        self._system = system_of([(row[0], row[1], row[2], row[4]) for row in rows], len(self.world.atoms))
        self._is_ratio = np.array([row[5] for row in rows], bool)
        self._part_of = np.unique([mission for _, mission, _ in self.world.atoms], return_inverse=True)[1]
        self._is_held = np.zeros(len(self.world.atoms), bool)
        for ratio in (ratio for told in self.ratios.values() for ratio in told):
            self._is_held[[at for n, invited, _ in ratio.parts for at in (n, invited) if at is not None]] = True

    def hurry(self, is_hurried: bool) -> None:
        """Look less far for whole numbers: for questions of which the answer no costs little."""
        self.nodes = _FEW_NODES if is_hurried else NODES

    def visible(self, pattern: Pattern) -> set[Unit]:
        """The units of which something is printed."""
        # What an earlier edition printed tells nothing of this one; how the two differ is a target of its own.
        shown = {key for key in self.rows if pattern.shows_row(key) and key not in pattern.frozen}
        units = {("count", key) for key, by in self.shown_by.items() if key not in pattern.blank and not shown.isdisjoint(by)}
        return units | {("row", key) for key in shown}

    def find(
        self, target: Target, side: int, pattern: Pattern, cost: Callable[[Unit], float] | None = None
    ) -> tuple[Witness | None, list[Unit]]:
        """A world in which the target lies far enough to one side (-1 or 1), and what must be given up for it.

        cost: what giving up a unit costs; without it nothing is given up.
        """
        return self._world([(target, side)], self.visible(pattern), cost, is_firm=True)

    def find_many(self, wishes: Sequence[tuple[Target, int]], pattern: Pattern) -> Witness | None:
        """A world that meets many wishes at once, as far as they go together: all of them about counts, or all about means."""
        return self._world(wishes, self.visible(pattern), None, is_firm=False)[0]

    def _world(self, wishes: Sequence[tuple[Target, int]], units: set[Unit], cost, is_firm: bool):
        given_up: list[Unit] = []
        counts: Sequence[int] = self.world.true
        of_counts = [wish for wish in wishes if wish[0].terms]
        of_means = [wish for wish in wishes if wish[0].strata]
        for attempt in range(_TRIES if of_counts and self.nodes == NODES else 1):
            if of_counts:
                found = self._counts(of_counts, units, cost, (1.0, 2.0, 0.5)[attempt], is_firm)
                if found is None:
                    return None, given_up
                counts, lost = found
                given_up += lost
                units = units - set(lost)
                found = self._yeses(of_counts, counts, units, cost, is_firm)
                if found is None:
                    continue
                counts, lost = found
                given_up += lost
                units = units - set(lost)
            sums, lost = self._sums(of_means, counts, units, cost, is_firm)
            given_up += lost
            units = units - set(lost)
            if sums is not None:
                return witness_of(self.world, counts, sums), given_up
        return None, given_up

    def _counts(self, wishes: Sequence[tuple[Target, int]], units: set[Unit], cost, tight: float, is_firm: bool):
        system = self._system
        chosen = np.array([number for number, unit in enumerate(self._units) if unit is None or unit in units])
        factor = np.where(self._is_ratio, tight, 1.0)[chosen]
        labels = [self._units[number] for number in chosen]
        prices = {unit: cost(unit) for unit in units} if cost is not None else {}
        penalty = np.array([0.0 if unit is None else prices.get(unit, 0.0) for unit in labels])
        goals = [({position: side * by for position, by in target.terms}, _need(target, side)) for target, side in wishes]
        part = System(
            system.matrix[chosen], system.low[chosen] * factor, system.high[chosen] * factor, system.scale[chosen]
        )  # fmt: skip
        spread = 3 * max(need for _, need in goals) + 40
        now = np.array(self.world.true, float)
        found = solve(part, goals, now, penalty, labels, spread, is_firm, self.nodes, self._part_of)
        if found is None:
            return None
        moved, lost = found
        return [count + by for count, by in zip(self.world.true, moved, strict=True)], lost

    def _yeses(self, wishes: Sequence[tuple[Target, int]], counts: list[int], units: set[Unit], cost, is_firm: bool):
        """Counts from which every printed share comes out exactly, with all that shares and means are taken of held as it is."""
        shares = [r for key, told in self.ratios.items() if ("row", key) in units for r in told if r.cell.kind == "share"]
        if all(ratio.agrees(counts, {}) for ratio in shares):
            return counts, []
        chosen = np.array([n for n, unit in enumerate(self._units) if not self._is_ratio[n] and (unit is None or unit in units)])
        free, moved = np.flatnonzero(~self._is_held), np.array(counts, float) - self.world.true
        at = {int(column): place for place, column in enumerate(free)}
        system = self._system
        so_far = system.matrix[chosen] @ moved
        low, high = system.low[chosen] - so_far, system.high[chosen] - so_far
        labels = [self._units[number] for number in chosen]
        rows = []
        for ratio in shares:
            weights, value = ratio.weights(counts), ratio.value(counts, {})
            if math.isnan(value):
                return None
            terms = {
                at[of]: w / counts[n] / sum(weights) for w, (n, _, of) in zip(weights, ratio.parts, strict=True) if w and of in at
            }
            rows += [(terms, lo - value, hi - value, ratio.cell.step / 100) for _, lo, hi in ratio.bounds]
            labels += [ratio.unit] * len(ratio.bounds)
        exact = system_of(rows, len(free))
        part = System(
            vstack([system.matrix[chosen][:, free], exact.matrix], format="csr"),
            np.append(np.minimum(low, 0), exact.low),
            np.append(np.maximum(high, 0), exact.high),
            np.append(system.scale[chosen], exact.scale),
        )
        penalty = np.array([0.0 if unit is None or cost is None else cost(unit) for unit in labels])
        goals = []
        for target, side in wishes:
            reached = side * sum(factor * moved[position] for position, factor in target.terms)
            if reached >= _need(target, side):
                goals.append(({at[p]: side * f for p, f in target.terms if p in at}, _need(target, side) - reached))
        now = np.array(counts, float)[free]
        found = solve(part, goals, now, penalty, labels, None, True, self.nodes, self._part_of[free])
        if found is None:
            return None
        by, lost = found
        for column, change in zip(free, by, strict=True):
            counts[column] += change
        return counts, lost

    def _linked_strata(self) -> dict[str, list[tuple[tuple[Stratum, ...], Stratum, bool]]]:
        """Per question the strata that lie within a wider one: parts that do not overlap, the whole, whether they fill it."""
        linked = defaultdict(list)
        strata = self.world.strata
        for question, where, mission in strata:
            parts = defaultdict(list)
            for other in strata:
                extra = [item for item in other[1] if item not in where]
                if other[0] == question and other[2] == mission and len(extra) == 1 and len(other[1]) == len(where) + 1:
                    parts[extra[0][0]].append(other)
            for of_column in parts.values():
                linked[question].append((tuple(sorted(of_column)), (question, where, mission), True))
        return linked

    def _sums(self, wishes: Sequence[tuple[Target, int]], counts, units: set[Unit], cost, is_firm: bool):
        """Sums of answers for given counts; only of questions of which something printed would else change."""
        sums = {}
        for stratum, answers in self.world.strata.items():
            n, was = counts[answers.n], len(answers.given)
            low, high = answers.scale
            kept = answers.total if n == was else round((answers.total / was if was else (low + high) / 2) * n)
            sums[stratum] = min(max(kept, math.ceil(low * n)), math.floor(high * n))
        by_question = defaultdict(list)
        lost: list[Unit] = []
        for key, told in self.ratios.items():
            for ratio in told if ("row", key) in units else ():
                if ratio.cell.kind == "mean":
                    by_question[ratio.cell.question].append(ratio)
        asked = {target.strata[0][0] for target, _ in wishes}
        moved = {at for at, (count, true) in enumerate(zip(counts, self.world.true, strict=True)) if count != true}
        changed = {q: [r for r in told if not r.rests_on.isdisjoint(moved)] for q, told in by_question.items()}
        touched = {question for question, told in changed.items() if not all(r.agrees(counts, sums) for r in told)}
        linked = {question for question in self._groups if not self._positions[question].isdisjoint(moved)}
        touched |= {question for question in linked if not self._fits(question, counts, sums)}
        for question in sorted(touched | asked):
            goals = [(target.strata, side, _need(target, side)) for target, side in wishes if target.strata[0][0] == question]
            found = self._solve_question(question, goals, counts, sums, by_question[question], cost, is_firm)
            if found is None and not is_firm:
                # Wishes to one question that do not go together do not stand in the way of those to another.
                found = self._solve_question(question, [], counts, sums, by_question[question], cost, is_firm)
            if found is None:
                return None, lost
            moved, given_up = found
            lost += given_up
            for stratum, by in moved.items():
                sums[stratum] += by
        return sums, lost

    def _between_strata(self, question, counts):
        for parts, whole, _ in self._groups.get(question, ()):
            answers = self.world.strata[whole]
            others = counts[answers.n] - sum(counts[self.world.strata[part].n] for part in parts)
            yield {whole: 1.0} | dict.fromkeys(parts, -1.0), answers.scale[0] * others, answers.scale[1] * others

    def _fits(self, question, counts, sums) -> bool:
        return all(
            low <= sum(factor * sums[stratum] for stratum, factor in terms.items()) <= high
            for terms, low, high in self._between_strata(question, counts)
        )

    def _solve_question(self, question, wishes, counts, sums, ratios, cost, is_firm):
        names = [stratum for stratum in self.world.strata if stratum[0] == question]
        at = {stratum: position for position, stratum in enumerate(names)}
        rows = []
        for stratum in names:
            (low, high), n = self.world.strata[stratum].scale, counts[self.world.strata[stratum].n]
            rows.append(({at[stratum]: 1.0}, low * n - sums[stratum], high * n - sums[stratum], None, 1.0))
        for terms, low, high in self._between_strata(question, counts):
            value = sum(factor * sums[stratum] for stratum, factor in terms.items())
            rows.append(({at[s]: f for s, f in terms.items()}, low - value, high - value, None, 1.0))
        for ratio in ratios:
            weights = ratio.weights(counts)
            everything = sum(weights)
            if everything <= 0:
                return None
            value = ratio.value(counts, sums)
            slopes = {
                at[of]: weight / counts[n] / everything
                for weight, (n, _, of) in zip(weights, ratio.parts, strict=True)
                if weight > 0
            }
            for name, low, high in ratio.bounds:
                if name == "value":
                    rows.append((slopes, low - value, high - value, ratio.unit, ratio.cell.step))
                else:
                    heard = [(counts[of], at[stratum]) for _, of, stratum in ratio.asked(counts)]
                    invited = sum(n for n, _ in heard)
                    is_value = ratio.possible(counts, sums, ratio.cell.scale[name == "highest"])
                    flat = {position: 1 / invited for _, position in heard}
                    rows.append((flat, low - is_value, high - is_value, ratio.unit, ratio.cell.ends_step))
        labels = [row[3] for row in rows]
        penalty = np.array([0.0 if unit is None or cost is None else cost(unit) for unit in labels])
        goals = [({at[stratum]: float(side) for stratum in strata}, need) for strata, side, need in wishes]
        now = np.array([sums[stratum] for stratum in names], float)
        system = system_of([(row[0], row[1], row[2], row[4]) for row in rows], len(names))
        found = solve(system, goals, now, penalty, labels, None, is_firm, _OF_ONE_QUESTION * self.nodes)
        if found is None:
            return None
        moved, lost = found
        return dict(zip(names, moved, strict=True)), lost


def _need(target: Target, side: int) -> int:
    return target.above if side > 0 else target.below
