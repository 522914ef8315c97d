"""Other worlds that would print the same: what somebody who reads everything cannot tell from the truth.

A world is found in two steps: counts that agree with every printed count (means held at the truth), then sums of answers that
agree with every printed mean (counts held at those of the first step). What is found proves that a quantity is protected only
after `audit` has recomputed every printed number from it; what is not found proves nothing.
TRAP: scipy's `milp` with its default presolve gives wrong optima and calls feasible systems infeasible: presolve stays off.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_matrix

from .cells import UNITS, Cell, Row
from .pattern import Pattern
from .primary import Target
from .world import Stratum, World

Unit = tuple[str, str]  # ("count", key of a population) or ("row", key of a row): what can be withheld
_FIRM = 1e-6  # a world keeps this part of a step away from where a printed number would change
_TRIES = 3


@dataclass(frozen=True)
class Witness:
    """A complete world: a count per atom, a sum of answers per stratum."""

    counts: tuple[int, ...]
    sums: Mapping[Stratum, int]


@dataclass
class Statement:
    """What one printed number tells: low <= sum of coefficient * (count - truth) <= high."""

    unit: Unit
    terms: dict[int, float]
    low: float
    high: float
    scale: float = 1.0  # how much of it is one step of what it counts, for the cost of giving it up


@dataclass
class Ratio:
    """A printed mean, or share, over missions. parts: positions of answers and invited, and stratum or position of the yeses."""

    unit: Unit
    cell: Cell
    parts: list[tuple[int, int | None, Stratum | int]]
    truth: float
    bounds: list[tuple[str, float, float]] = field(default_factory=list)


def rounded(value: float, step: float) -> float:
    return math.floor(value / step + 0.5 + 1e-9) * step


def _between(value: float, step: float) -> tuple[float, float]:
    """The unrounded numbers that print as this one does; always with the number itself."""
    printed, firm = rounded(value, step), _FIRM * step
    return min(value, printed - step / 2 + firm), max(value, printed + step / 2 - firm)


class Search:
    """Statements of all rows of one world, and the search for other worlds under a pattern."""

    def __init__(self, rows: Sequence[Row], world: World) -> None:
        self.world = world
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
        elif cell.value is None or math.isnan(cell.value) or not cell.population.missions:
            return
        elif cell.kind == "share" and cell.weights == "answers":
            low, high = (bound / 100 for bound in _between(cell.value, cell.step))
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
        elif cell.kind in ("share", "mean"):
            self._tell_ratio(row, cell)

    def _tell_ratio(self, row: Row, cell: Cell) -> None:
        world, parts = self.world, []
        if cell.kind == "mean":
            for stratum in world.strata_of(cell):
                n = world.strata[stratum].n
                parts.append((n, self._invited(stratum[2]), stratum))
        else:
            for mission in cell.of.missions:
                n = world.index[cell.of.unit, mission, cell.of.where]
                yes = world.index.get((cell.population.unit, mission, cell.population.where))
                if yes is not None:
                    parts.append((n, self._invited(mission), yes))
        ratio = Ratio(("row", row.key), cell, parts, 0.0)
        ratio.truth = self.value(ratio, world.true, {s: a.total for s, a in world.strata.items()})
        if math.isnan(ratio.truth):
            return
        per = 100 if cell.kind == "share" else 1
        low, high = (bound / per - cell.value / per for bound in _between(cell.value, cell.step))
        ratio.bounds.append(("value", ratio.truth + low, ratio.truth + high))
        if cell.kind == "mean" and cell.low is not None and not math.isnan(cell.low):
            ratio.bounds += self._end_bounds(ratio)
        self.ratios[row.key].append(ratio)

    def _invited(self, mission: str) -> int | None:
        return self.world.index.get(("invited", mission, ()))

    def _end_bounds(self, ratio: Ratio) -> list[tuple[str, float, float]]:
        """What the printed ends of an interval tell beside the mean: its middle, or what the silent leave possible."""
        cell, firm = ratio.cell, _FIRM * ratio.cell.ends_step
        low, high, step = cell.low, cell.high, cell.ends_step
        sums = {s: a.total for s, a in self.world.strata.items()}
        lowest, highest = (self.possible(ratio, self.world.true, sums, end) for end in cell.scale)
        at_low = not math.isnan(lowest) and abs(math.floor(lowest / step + 1e-9) * step - low) < 1e-6
        at_high = not math.isnan(highest) and abs(math.ceil(highest / step - 1e-9) * step - high) < 1e-6
        bounds = []
        if at_low and low > cell.scale[0] + 1e-9:
            bounds.append(("lowest", min(lowest, low), max(lowest, low + step - firm)))
        if at_high and high < cell.scale[1] - 1e-9:
            bounds.append(("highest", min(highest, high - step + firm), max(highest, high)))
        open_low, open_high = at_low or low <= cell.scale[0] + 1e-9, at_high or high >= cell.scale[1] - 1e-9
        middle = (low + high) / 2
        under = -math.inf if open_high else min(ratio.truth, middle - step / 2 + firm)
        over = math.inf if open_low else max(ratio.truth, middle + step / 2 - firm)
        return [*bounds, ("value", under, over)]

    # What a world would print.

    def _weights(self, ratio: Ratio, counts: Sequence[int]) -> list[float]:
        chosen = ratio.cell.weights
        if chosen == "answers":
            return [float(counts[n]) for n, _, _ in ratio.parts]
        if chosen == "missions":
            return [1.0 if counts[n] > 0 else 0.0 for n, _, _ in ratio.parts]
        return [float(counts[n] if of is None else counts[of]) if counts[n] > 0 else 0.0 for n, of, _ in ratio.parts]

    def value(self, ratio: Ratio, counts: Sequence[int], sums: Mapping[Stratum, int]) -> float:
        weights = self._weights(ratio, counts)
        total = sum(weights)
        if total <= 0:
            return math.nan
        return sum(
            weight * (counts[of] if isinstance(of, int) else sums[of]) / counts[n]
            for weight, (n, _, of) in zip(weights, ratio.parts, strict=True)
            if weight > 0
        ) / total

    def possible(self, ratio: Ratio, counts: Sequence[int], sums: Mapping[Stratum, int], end: float) -> float:
        """The mean of all invited by missions with an answer if all silent had given `end`."""
        heard = [(n, of, stratum) for n, of, stratum in ratio.parts if counts[n] > 0 and of is not None]
        invited = sum(counts[of] for _, of, _ in heard)
        if not invited:
            return math.nan
        return sum(sums[stratum] + (counts[of] - counts[n]) * end for n, of, stratum in heard) / invited

    # The search.

    def visible(self, pattern: Pattern) -> tuple[list[Statement], list[Ratio]]:
        rows = [key for key in self.rows if pattern.shows_row(key)]
        shown = set(rows)
        statements = [
            statement
            for key, statement in self.counts.items()
            if key not in pattern.blank and any(row in shown for row in self.shown_by[key])
        ]
        statements += [statement for key in rows for statement in self.shares.get(key, ())]
        return statements, [ratio for key in rows for ratio in self.ratios.get(key, ())]

    def find(
        self, target: Target, side: int, pattern: Pattern, cost: Callable[[Unit], float] | None = None
    ) -> tuple[Witness | None, list[Unit]]:
        """A world in which the target lies far enough to one side (-1 or 1), and what must be given up for it.

        cost: what giving up a unit costs; without it nothing is given up.
        """
        statements, ratios = self.visible(pattern)
        given_up: list[Unit] = []
        counts: Sequence[int] | None = self.world.true
        for attempt in range(_TRIES):
            if target.terms:
                counts, lost = self._counts(target, side, statements, ratios, cost, firm=attempt)
                given_up += lost
                if counts is None:
                    return None, given_up
                ratios = [ratio for ratio in ratios if ratio.unit not in given_up]
                statements = [statement for statement in statements if statement.unit not in given_up]
            sums, lost = self._sums(target, side, counts, ratios, cost)
            given_up += lost
            if sums is not None:
                return Witness(tuple(counts), sums), given_up
            if not target.terms:
                break
        return None, given_up

    def _counts(self, target, side, statements, ratios, cost, firm):
        rows = [(terms, low, high, None, 1.0) for terms, low, high in self._base]
        rows += [(s.terms, s.low, s.high, s.unit, s.scale) for s in statements]
        rows += [row for ratio in ratios for row in self._linear(ratio, firm)]
        wanted = target.above if side > 0 else target.below
        goal = {position: side * factor for position, factor in target.terms}
        found = _solve(goal, wanted, rows, self.world.true, cost, spread=3 * wanted + 12)
        if found is None:
            return None, []
        moved, lost = found
        counts = list(self.world.true)
        for position, by in moved.items():
            counts[position] += by
        return counts, lost

    def _linear(self, ratio: Ratio, firm: int):
        """A printed mean or share as counts change: missions keep their mean; yeses count to the first order."""
        true, totals = self.world.true, {s: a.total for s, a in self.world.strata.items()}
        weights = self._weights(ratio, true)
        everything = sum(weights)
        terms: dict[int, float] = defaultdict(float)
        for weight, (n, invited, of) in zip(weights, ratio.parts, strict=True):
            if not weight:
                continue
            mean = (true[of] if isinstance(of, int) else totals[of]) / true[n]
            moved = {"answers": n, "missions": None}.get(ratio.cell.weights, invited if invited is not None else n)
            if moved is not None:
                terms[moved] += (mean - ratio.truth) / everything
            if isinstance(of, int):
                terms[of] += weight / true[n] / everything
                terms[n] -= weight * mean / true[n] / everything
        tight = 0.5**firm
        for name, low, high in ratio.bounds:
            if name == "value":
                step = ratio.cell.step / (100 if ratio.cell.kind == "share" else 1)
                yield dict(terms), (low - ratio.truth) * tight, (high - ratio.truth) * tight, ratio.unit, step / 10

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

    def _sums(self, target, side, counts, ratios, cost):
        """Sums of answers for given counts; only of questions of which something printed would else change."""
        sums = {}
        for stratum, answers in self.world.strata.items():
            n, was = counts[answers.n], len(answers.given)
            low, high = answers.scale
            kept = answers.total if n == was else round((answers.total / was if was else (low + high) / 2) * n)
            sums[stratum] = min(max(kept, math.ceil(low * n)), math.floor(high * n))
        by_question = defaultdict(list)
        for ratio in ratios:
            if ratio.cell.kind == "mean":
                by_question[ratio.cell.question].append(ratio)
            elif not self._agrees(ratio, counts, sums):
                if cost is None:
                    return None, []
        lost: list[Unit] = []
        goal_question = target.strata[0][0] if target.strata else None
        touched = {question for question in by_question if not all(self._agrees(r, counts, sums) for r in by_question[question])}
        touched |= {question for question in self._groups if not self._fits(question, counts, sums)}
        if goal_question is not None:
            touched.add(goal_question)
        for question in sorted(touched):
            goal, wanted = {}, 0
            if question == goal_question:
                goal, wanted = dict.fromkeys(target.strata, side), target.above if side > 0 else target.below
            found = self._solve_question(question, goal, wanted, counts, sums, by_question[question], cost)
            if found is None:
                return None, lost
            moved, given_up = found
            lost += given_up
            for stratum, by in moved.items():
                sums[stratum] += by
        return sums, lost

    def _agrees(self, ratio: Ratio, counts, sums) -> bool:
        for name, low, high in ratio.bounds:
            if name == "value":
                found = self.value(ratio, counts, sums)
            else:
                found = self.possible(ratio, counts, sums, ratio.cell.scale[name == "highest"])
            if not low - 1e-9 <= found <= high + 1e-9:
                return False
        return True

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

    def _solve_question(self, question, goal, wanted, counts, sums, ratios, cost):
        names = [stratum for stratum in self.world.strata if stratum[0] == question]
        at = {stratum: position for position, stratum in enumerate(names)}
        now = [sums[stratum] for stratum in names]
        rows = []
        for stratum in names:
            (low, high), n = self.world.strata[stratum].scale, counts[self.world.strata[stratum].n]
            rows.append(({at[stratum]: 1.0}, low * n - sums[stratum], high * n - sums[stratum], None, 1.0))
        for terms, low, high in self._between_strata(question, counts):
            value = sum(factor * sums[stratum] for stratum, factor in terms.items())
            rows.append(({at[s]: f for s, f in terms.items()}, low - value, high - value, None, 1.0))
        for ratio in ratios:
            weights = self._weights(ratio, counts)
            everything = sum(weights)
            if everything <= 0:
                return None
            value = self.value(ratio, counts, sums)
            slopes = {
                at[of]: weight / counts[n] / everything for weight, (n, _, of) in zip(weights, ratio.parts, strict=True) if weight > 0
            }
            for name, low, high in ratio.bounds:
                if name == "value":
                    rows.append((slopes, low - value, high - value, ratio.unit, ratio.cell.step))
                else:
                    heard = [(counts[of], at[stratum]) for n, of, stratum in ratio.parts if counts[n] > 0 and of is not None]
                    invited = sum(n for n, _ in heard)
                    is_value = self.possible(ratio, counts, sums, ratio.cell.scale[name == "highest"])
                    flat = {position: 1 / invited for _, position in heard}
                    rows.append((flat, low - is_value, high - is_value, ratio.unit, ratio.cell.ends_step))
        found = _solve({at[s]: side for s, side in goal.items()}, wanted, rows, now, cost, spread=None)
        if found is None:
            return None
        moved, lost = found
        return {names[position]: by for position, by in moved.items()}, lost


def _reduced(goal: Iterable[int], rows, may_give_up: bool):
    """Rows that can touch the goal, and the positions that are free: what a printed count alone fixes is left out."""
    fixed: set[int] = set()
    changed = not may_give_up
    while changed:
        changed = False
        for terms, low, high, _, _ in rows:
            free = [position for position in terms if position not in fixed]
            if len(free) == 1 and low == 0 == high and terms[free[0]]:
                fixed.add(free[0])
                changed = True
    kept, by_position = [], defaultdict(list)
    for row in rows:
        terms = {position: factor for position, factor in row[0].items() if position not in fixed and factor}
        if terms:
            for position in terms:
                by_position[position].append(len(kept))
            kept.append((terms, *row[1:]))
    reached, queue, chosen = set(goal) - fixed, sorted(set(goal) - fixed), set()
    while queue:
        for number in by_position[queue.pop()]:
            if number not in chosen:
                chosen.add(number)
                for position in kept[number][0]:
                    if position not in reached:
                        reached.add(position)
                        queue.append(position)
    return [kept[number] for number in sorted(chosen)], sorted(reached), fixed


def _solve(goal, wanted, rows, now, cost, spread):
    """Whole-number changes with goal >= wanted, as few as possible; and the units given up. None when none are found."""
    if not goal:
        goal_positions = {position for terms, low, high, _, _ in rows if low > 0 or high < 0 for position in terms}
    else:
        goal_positions = set(goal)
    rows, names, fixed = _reduced(goal_positions, rows, cost is not None)
    if goal and not set(goal) - fixed and wanted > 0:
        return None
    at = {position: column for column, position in enumerate(names)}
    units = sorted({unit for *_, unit, _ in rows if unit is not None}) if cost is not None else []
    penalty = {unit: cost(unit) for unit in units}
    given_up: list[Unit] = []
    for _ in range(4 if units else 1):
        moved, broken = _programme(goal, wanted, rows, at, now, penalty, spread, whole=not units)
        if moved is None:
            return None
        if not units:
            return {names[column]: by for column, by in enumerate(moved) if by}, []
        total = sum(cost(unit) for unit in broken)
        if not given_up or total <= sum(cost(unit) for unit in given_up):
            given_up = sorted(broken)
        if not broken:
            break
        penalty = {unit: cost(unit) / (broken.get(unit, 0.0) + 0.25) for unit in units}
    remaining = [row for row in rows if row[3] is None or row[3] not in given_up]
    moved, _ = _programme(goal, wanted, remaining, at, now, {}, spread, whole=True)
    if moved is None:
        return None
    return {names[column]: by for column, by in enumerate(moved) if by}, given_up


def _programme(goal, wanted, rows, at, now, penalty, spread, whole):
    """One linear or whole-number programme in ups and downs; returns changes per column and how far each unit is broken."""
    size, entries, lows, highs, soft = len(at), [], [], [], []
    for terms, low, high, unit, scale in rows:
        line = len(lows)
        for position, factor in terms.items():
            entries += [(line, at[position], factor), (line, size + at[position], -factor)]
        if unit is not None and unit in penalty:
            soft.append((line, unit, scale))
        lows.append(low)
        highs.append(high)
    if goal:
        line = len(lows)
        for position, factor in goal.items():
            if position in at:
                entries += [(line, at[position], factor), (line, size + at[position], -factor)]
        lows.append(wanted)
        highs.append(math.inf)
    width = 2 * size + 2 * len(soft)
    price = np.zeros(width)
    price[: 2 * size] = 1e-3
    for number, (line, unit, scale) in enumerate(soft):
        entries += [(line, 2 * size + 2 * number, scale), (line, 2 * size + 2 * number + 1, -scale)]
        price[2 * size + 2 * number : 2 * size + 2 * number + 2] = penalty[unit]
    line, column, value = (np.array(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    matrix = coo_matrix((value, (line, column)), shape=(len(lows), width)).tocsr()
    upper = np.full(width, np.inf)
    starts = np.array([now[position] for position in at], float)
    if spread is not None:
        upper[:size] = spread
        upper[size : 2 * size] = np.minimum(spread, starts)
    else:
        upper[size : 2 * size] = starts
    lows, highs = np.array(lows, float), np.array(highs, float)
    found = _linear_programme(price, matrix, lows, highs, upper)
    if found is None:
        return None, {}
    moved = found[:size] - found[size : 2 * size]
    broken: dict[Unit, float] = {}
    for number, (_, unit, _) in enumerate(soft):
        by = float(found[2 * size + 2 * number] + found[2 * size + 2 * number + 1])
        if by > 1e-6:
            broken[unit] = broken.get(unit, 0.0) + by
    if not whole:
        return moved, broken
    near = np.rint(moved)
    if np.abs(moved - near).max(initial=0.0) > 1e-6:
        integral = np.zeros(width)
        integral[: 2 * size] = 1
        outcome = milp(
            price,
            integrality=integral,
            bounds=Bounds(np.zeros(width), upper),
            constraints=LinearConstraint(matrix, lows, highs),
            options={"presolve": False, "node_limit": 400, "mip_rel_gap": 0.5},
        )
        if outcome.x is None:
            return None, {}
        near = np.rint(outcome.x[:size]) - np.rint(outcome.x[size : 2 * size])
    return [int(by) for by in near], broken


def _linear_programme(price, matrix, lows, highs, upper):
    same = lows == highs
    above, below = np.isfinite(highs) & ~same, np.isfinite(lows) & ~same
    one_sided = [part for part in (matrix[above], -matrix[below]) if part.shape[0]]
    limits = np.concatenate([highs[above], -lows[below]])
    from scipy.sparse import vstack

    outcome = linprog(
        price,
        A_ub=vstack(one_sided) if one_sided else None,
        b_ub=limits if one_sided else None,
        A_eq=matrix[same] if same.any() else None,
        b_eq=lows[same] if same.any() else None,
        bounds=np.column_stack([np.zeros(len(price)), upper]),
        method="highs",
        options={"presolve": False},
    )
    return outcome.x


_ = UNITS
