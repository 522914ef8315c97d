"""Secondary suppression of one table: which further cells must go so that margins do not give away the cells that must.

For tables that stand alone. What the annexes publish together is decided by `decision`, of which this is the textbook case.
TRAP: scipy's `milp` with its default presolve gives wrong optima on such systems: presolve stays off, and what it returns is
accepted only after the attacker's ranges were computed anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import lil_matrix

Place = tuple[int, ...]


class TableError(ValueError):
    """What is no table, or a cell that it does not have."""


def _as_table(values: Sequence | np.ndarray) -> np.ndarray:
    table = np.asarray(values, float)
    if table.ndim not in (1, 2) or table.size == 0 or (table < 0).any() or not np.isfinite(table).all():
        raise TableError("a table has one or two dimensions and no number below zero")
    return table


def with_margins(values: Sequence | np.ndarray) -> np.ndarray:
    """The table with its totals as last row and column (one dimension: last number)."""
    table = _as_table(values)
    for axis in range(table.ndim):
        table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
    return table


def _sums(shape: tuple[int, ...]) -> np.ndarray:
    """Equations among the cells of a table with margins: each line adds up to its total. A row per equation."""
    numbers = np.arange(math.prod(shape)).reshape(shape)
    lines = [numbers] if len(shape) == 1 else [*numbers, *numbers.T]
    equations = np.zeros((len(lines), numbers.size))
    for row, line in enumerate(lines):
        equations[row, line[:-1]] = 1
        equations[row, line[-1]] = -1
    return equations


def derived_range(
    table: Sequence | np.ndarray, withheld: Sequence[Place], place: Place, low: float = 0.0, high: float = math.inf
) -> tuple[float, float]:
    """What somebody can derive about a withheld cell of a table with margins (see `with_margins`), all other cells being shown.

    withheld: places of withheld cells, margins included. low, high: what is known of every cell beforehand.
    Two linear programmes: the least and the largest value that agree with all sums.
    Source: Hundepool et al., Statistical Disclosure Control (2012), section 4.4.1 (feasibility interval).
    """
    values = _as_table(table)
    free = sorted({int(np.ravel_multi_index(cell, values.shape)) for cell in withheld})
    number = int(np.ravel_multi_index(place, values.shape))
    if number not in free:
        return float(values[place]), float(values[place])
    known = values.ravel().copy()
    known[free] = 0
    equations = _sums(values.shape)
    ends = []
    for sign in (1, -1):
        price = np.zeros(len(free))
        price[free.index(number)] = sign
        found = linprog(
            price, A_eq=equations[:, free], b_eq=-equations @ known, bounds=[(low, None if math.isinf(high) else high)] *
            len(free),
            method="highs", options={"presolve": False},
        )  # fmt: skip
        ends.append(sign * found.fun if found.status == 0 else -sign * math.inf)
    return ends[0], ends[1]


def is_protected(table: Sequence | np.ndarray, withheld: Sequence[Place], needs: Mapping[Place, tuple[float, float]]) -> bool:
    """Whether the derived range of each cell in `needs` reaches so far below and above its value; zero is a natural end."""
    values = _as_table(table)
    for place, (below, above) in needs.items():
        low, high = derived_range(values, withheld, place)
        if low > max(0.0, values[place] - below) + 1e-6 or high < values[place] + above - 1e-6:
            return False
    return True


def suppress(
    table: Sequence | np.ndarray,
    needs: Mapping[Place, tuple[float, float]],
    costs: np.ndarray | None = None,
    node_limit: int = 2000,
) -> tuple[Place, ...]:
    """Cells to withhold from a table with margins, at the least cost, so that every cell in `needs` keeps its protection.

    needs: place of a primary cell -> how far the derived range must reach below and above it. costs: of withholding each cell;
    without it each cell costs one and a margin as much as all others. Returns the places in order, primary cells included.

    For each primary cell and side one copy of the attacker's table (Fischetti & Salazar-González, Journal of the American
    Statistical Association 95 (2000), 916-928, direct form); then cells that prove superfluous are shown again, dearest first.
    Ties are broken by place. Errors: TableError for what is no table, or a need of a cell that it does not have.
    """
    values = _as_table(table)
    flat, size = values.ravel(), values.size
    equations = _sums(values.shape)
    every = [tuple(int(i) for i in place) for place in np.ndindex(values.shape)]
    if not set(needs) <= set(every):
        raise TableError(f"the table has no cell {min(set(needs) - set(every))}")
    if costs is None:
        costs = np.ones(values.shape)
        for axis in range(values.ndim):
            costs[tuple(-1 if other == axis else slice(None) for other in range(values.ndim))] = size
    primary = [every.index(place) for place in sorted(needs)]
    copies = [
        (every.index(place), sign, need) for place in sorted(needs) for sign, need in zip((-1, 1), needs[place], strict=True)
    ]
    by_place = costs.ravel() * (1 + 1e-6 * np.arange(size))
    withheld = _programme(flat, equations, primary, copies, by_place, node_limit)
    places = every if withheld is None else [every[number] for number in withheld]
    if not is_protected(values, places, needs):
        places = every
    for place in sorted(places, key=lambda cell: (-costs[cell], cell)):
        fewer = [other for other in places if other != place]
        if place not in needs and is_protected(values, fewer, needs):
            places = fewer
    return tuple(sorted(places))


def _programme(flat, equations, primary, copies, costs, node_limit) -> list[int] | None:
    """Numbers of withheld cells, or None when no solution was found within the limit."""
    size, lines = len(flat), len(equations)
    width = size * (1 + len(copies))
    spread = max([need for _, _, need in copies], default=0.0) * 4 + flat.max(initial=1.0)
    matrix = lil_matrix((len(copies) * (lines + 2 * size + 1), width))
    low, high = [], []

    def add(terms: Sequence[tuple[int, float]], least: float, most: float) -> None:
        for column, factor in terms:
            matrix[len(low), column] = factor
        low.append(least)
        high.append(most)

    for copy, (number, sign, need) in enumerate(copies):
        start = size * (1 + copy)
        for line in equations:
            add([(start + cell, line[cell]) for cell in np.flatnonzero(line)], 0, 0)
        for cell in range(size):
            add([(start + cell, 1), (cell, -spread)], -np.inf, 0)
            add([(start + cell, 1), (cell, min(spread, flat[cell]))], 0, np.inf)
        add([(start + number, sign)], min(need, flat[number]) if sign < 0 else need, np.inf)
    lower = np.concatenate([np.zeros(size), np.tile(-flat, len(copies))])
    upper = np.concatenate([np.ones(size), np.full(size * len(copies), spread)])
    lower[primary] = 1
    outcome = milp(
        np.concatenate([costs, np.zeros(width - size)]),
        integrality=np.concatenate([np.ones(size), np.zeros(width - size)]),
        bounds=Bounds(lower, upper),
        constraints=LinearConstraint(matrix.tocsr(), low, high),
        options={"presolve": False, "node_limit": node_limit, "mip_rel_gap": 0.0},
    )
    return None if outcome.x is None else [int(cell) for cell in np.flatnonzero(np.rint(outcome.x[:size]))]
