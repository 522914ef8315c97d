"""Programmes in whole numbers: the fewest changes of a world that keep what must be kept.

Whole numbers are found by asking for fractions under ever narrower bounds (linear.py), nearly whole ones first. Whoever uses
what is found recomputes it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags_array, hstack, vstack

from .linear import LinearProgramme

Unit = tuple[str, str]  # ("count", key of a population) or ("row", key of a row): what can be withheld
NODES = 50  # how many questions to ask for whole numbers
_ROUNDS = 3
_LITTLE = 0.05
_GOAL = "goal"
_NEARLY = 0.15


@dataclass(frozen=True)
class System:
    """low <= matrix @ change <= high; scale: one step of what a row tells, for the cost of giving it up."""

    matrix: csr_matrix
    low: np.ndarray
    high: np.ndarray
    scale: np.ndarray


def matrix_of(rows: Sequence[Mapping[int, float]], width: int) -> csr_matrix:
    entries = [(line, column, factor) for line, terms in enumerate(rows) for column, factor in terms.items() if factor]
    line, column, value = zip(*entries, strict=True) if entries else ((), (), ())
    return coo_matrix((value, (line, column)), shape=(len(rows), width)).tocsr()


def system_of(rows: Sequence[tuple[Mapping[int, float], float, float, float]], width: int) -> System:
    """rows: (coefficients, low, high, scale). Each row is brought to the size of a count, so that the solver's tolerance is
    small beside the step to which the number is printed."""
    matrix = matrix_of([row[0] for row in rows], width)
    size = abs(matrix).max(axis=1).toarray().ravel()
    by = 1 / np.where(size > 0, size, 1.0)
    low, high, scale = (np.array([row[number] for row in rows], float) * by for number in (1, 2, 3))
    return System(diags_array(by, format="csr") @ matrix, low, high, scale)


def _touching(system: System, soft: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns that can touch what must change; what firm rows fix on their own is not among the columns."""
    links = system.matrix.copy()
    links.data = np.ones_like(links.data)
    back = links.T.tocsr()
    free = np.ones(links.shape[1])
    tied = (system.low == 0) & (system.high == 0) & ~soft
    while True:
        alone = tied & (links @ free == 1)
        fixed = (back @ alone.astype(float) > 0) & (free > 0)
        if not fixed.any():
            break
        free[fixed] = 0
    broken = (system.low > 0) | (system.high < 0)
    reached = (back @ broken.astype(float) > 0).astype(float) * free
    while True:
        rows = links @ reached > 0
        more = ((back @ rows.astype(float) > 0) & (free > 0)).astype(float)
        if more.sum() <= reached.sum():
            return np.flatnonzero(rows | broken), np.flatnonzero(reached)
        reached = np.maximum(reached, more)


def solve(
    system: System,
    goals: Sequence[tuple[Mapping[int, float], float]],
    now: np.ndarray,
    penalty: np.ndarray,
    units: Sequence[Unit | None],
    spread: float | None,
    is_firm: bool,
    nodes: int = NODES,
    parts: np.ndarray | None = None,
) -> tuple[list[int], list[Unit]] | None:
    """Whole-number changes, as few as possible, that meet the goals, and the units given up; None when none are found.

    goals: (coefficients, least sum); firm, or as many as go together. penalty: what giving up each row costs (0: it must hold).
    now: no change goes below its opposite. spread: how far anything may move. parts: of each column the part of the world that
    it belongs to: whole numbers are sought first in the parts in which fractions were found.
    """
    if goals:
        wishes, needs = matrix_of([terms for terms, _ in goals], len(now)), np.array([need for _, need in goals], float)
        system = System(
            vstack([system.matrix, wishes], format="csr"),
            np.append(system.low, needs),
            np.append(system.high, np.full(len(needs), np.inf)),
            np.append(system.scale, np.maximum(needs, 1.0)),
        )
        penalty = np.append(penalty, np.full(len(needs), 0.0 if is_firm else 1.0))
        units = [*units, *(None if is_firm else (_GOAL, str(number)) for number in range(len(needs)))]
    rows, columns = _touching(system, penalty > 0)
    if not len(columns):
        return None if ((system.low > 0) | (system.high < 0)).any() else ([0] * len(now), [])
    part = _part(system, rows, columns)
    labels, price, start = [units[row] for row in rows], penalty[rows], now[columns]
    of_part = None if parts is None else parts[columns]
    given_up: list[Unit] = []
    if price.any():
        weights, best = price, math.inf
        for _ in range(_ROUNDS if is_firm else 1):
            found = _fractions(part, start, weights, spread)
            if found is None:
                return None
            broken: dict[Unit, float] = defaultdict(float)
            for number in np.flatnonzero(found[1] > 1e-6):
                broken[labels[number]] += found[1][number]
            total = sum({labels[number]: price[number] for number in np.flatnonzero(found[1] > 1e-6)}.values())
            if total < best:
                best, given_up, moved, priced = total, sorted(broken), found[0], weights
            if not broken:
                break
            # Next time a row that was given up costs about its price, however little it was broken.
            weights = np.array([p / (broken.get(unit, 0.0) + _LITTLE) for p, unit in zip(price, labels, strict=True)])
        kept = np.flatnonzero([unit is None or unit not in given_up for unit in labels])
    else:
        found, kept = _fractions(part, start, price, spread), np.arange(len(rows))
        if found is None:
            return None
        moved = found[0]
    whole = _whole(_part(part, kept), start, spread, moved, nodes, of_part)
    if whole is None and price.any() and is_firm:
        # What is enough for fractions is not always enough for whole numbers: once more, with both at once.
        whole = _dived(_stated(part, start, priced, spread), moved, nodes)
        given_up = [] if whole is None else sorted({labels[row] for row in _broken(part, whole) if labels[row] is not None})
    if whole is None:
        return None
    changes = np.zeros(len(now), int)
    changes[columns] = np.rint(whole).astype(int)
    return changes.tolist(), [unit for unit in given_up if unit[0] != _GOAL]


def _part(system: System, rows: np.ndarray, columns: np.ndarray | None = None) -> System:
    matrix = system.matrix[rows] if columns is None else system.matrix[rows][:, columns]
    return System(matrix, system.low[rows], system.high[rows], system.scale[rows])


# A programme is stated in ups, downs and, of each row with a price, how far it is broken to either side.


def _stated(system: System, now: np.ndarray, penalty: np.ndarray, spread: float | None) -> LinearProgramme:
    size, soft = len(now), np.flatnonzero(penalty)
    slack = coo_matrix((system.scale[soft], (soft, np.arange(len(soft)))), shape=(len(penalty), len(soft)))
    matrix = hstack([system.matrix, -system.matrix, slack, -slack], format="csc")
    price = np.concatenate([np.full(2 * size, 1e-3), penalty[soft], penalty[soft]])
    limit = np.inf if spread is None else spread
    upper = np.concatenate([np.full(size, limit), np.minimum(limit, now), np.full(2 * len(soft), np.inf)])
    return LinearProgramme(price, matrix, system.low, system.high, np.zeros(len(upper)), upper)


def _broken(system: System, moved: np.ndarray) -> np.ndarray:
    held = system.matrix @ moved
    return np.flatnonzero((held < system.low - 1e-6) | (held > system.high + 1e-6))


def _changes(x: np.ndarray, size: int) -> np.ndarray:
    return x[:size] - x[size : 2 * size]


def _fractions(system: System, now, penalty, spread) -> tuple[np.ndarray, np.ndarray] | None:
    """The changes, in fractions, and how far each row is broken."""
    x = _stated(system, now, penalty, spread).solve()
    if x is None:
        return None
    soft, size = np.flatnonzero(penalty), len(now)
    broken = np.zeros(len(penalty))
    broken[soft] = x[2 * size : 2 * size + len(soft)] + x[2 * size + len(soft) :]
    return _changes(x, size), broken


def _fraction(moved: np.ndarray) -> np.ndarray:
    return np.abs(moved - np.rint(moved))


def _whole(system: System, now: np.ndarray, spread, moved: np.ndarray, nodes: int, parts: np.ndarray | None) -> np.ndarray | None:
    """Whole-number changes that keep all rows, from fractional ones that do; nodes: how far to look."""
    if _fraction(moved).max(initial=0.0) <= 1e-6:
        return moved
    every = np.arange(len(now))
    near = every if parts is None else np.flatnonzero(np.isin(parts, np.unique(parts[np.abs(moved) > 1e-6])))
    for columns in [near] if len(near) == len(every) or nodes < NODES else [near, every]:
        part = _part(system, np.flatnonzero(np.diff(system.matrix[:, columns].indptr)), columns)
        found = _dived(_stated(part, now[columns], np.zeros(len(part.low)), spread), moved[columns], nodes)
        if found is not None:
            changes = np.zeros(len(now))
            changes[columns] = found
            return changes
    return None


def _dived(programme: LinearProgramme, moved: np.ndarray, nodes: int) -> np.ndarray | None:
    """Whole numbers by fixing what is nearly whole and asking again, and going back where that leads nowhere; None when `nodes`
    questions were not enough."""
    size, left = len(moved), nodes

    def below(moved: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray | None:
        nonlocal left
        fraction = _fraction(moved)
        broken = np.flatnonzero(fraction > 1e-6)
        if not len(broken):
            return moved
        nearest = broken[np.argsort(fraction[broken], kind="stable")]
        many, one = nearest[fraction[nearest] < _NEARLY], nearest[:1]
        other = np.ceil(moved) + np.floor(moved) - np.rint(moved)
        ways = [(many, np.rint(moved))] if len(many) > 1 else []
        for fixed, to in (*ways, (one, np.rint(moved)), (one, other)):
            low, high = least.copy(), most.copy()
            low[fixed] = high[fixed] = np.maximum(to[fixed], 0)
            low[size + fixed] = high[size + fixed] = np.maximum(-to[fixed], 0)
            if (low > programme.most).any():
                continue
            if left <= 0:
                return None
            left -= 1
            x = programme.solve(low, high)
            found = None if x is None else below(_changes(x, size), low, high)
            if found is not None:
                return found
        return None

    return below(moved, programme.least, programme.most)
