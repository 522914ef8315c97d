"""Secondary suppression of single tables, beside textbooks and beside trying everything."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.disclosure.tables import TableError, derived_range, is_protected, suppress, with_margins

# Fischetti & Salazar-González (2000), figure 1: investment of enterprises by activity and region, in millions; total 1,000-odd.
INVESTMENT = [[20, 50, 10], [8, 19, 22], [17, 32, 12]]
PATTERN = [(1, 2), (1, 0), (2, 0), (2, 2)]  # figure 2: activity II region C, and three partners


def test_the_published_range_of_a_published_pattern():
    # Figure 2: the attacker finds that the enterprises of activity II in region C invested 5 to 30: z - x with
    # row II: a + c = 30, row III: a' + c' = 29, column A: a + a' = 25, column C: c + c' = 34, all zero or more.
    table = with_margins(INVESTMENT)
    assert derived_range(table, PATTERN, (1, 2)) == pytest.approx((5, 30))
    assert derived_range(table, PATTERN, (0, 0)) == (20, 20)


def test_one_withheld_cell_is_no_secret():
    table = with_margins([5, 40, 60])
    assert derived_range(table, [(0,)], (0,)) == pytest.approx((5, 5))
    assert suppress(table, {(0,): (3, 3)}) == ((0,), (1,))


def test_a_table_is_protected_with_three_partners():
    table = with_margins(INVESTMENT)
    withheld = suppress(table, {(1, 2): (5, 5)})
    assert len(withheld) == 4 and (1, 2) in withheld
    assert is_protected(table, withheld, {(1, 2): (5, 5)})


def test_what_is_no_table_is_said():
    with pytest.raises(TableError, match="below zero"):
        suppress([5.0, -5.0], {(0,): (3, 3)})
    with pytest.raises(TableError, match=r"no cell \(7,\)"):
        suppress([5.0, 5.0, 10.0], {(7,): (3, 3)})


def _least_by_trying(table: np.ndarray, needs: dict, costs: np.ndarray) -> float:
    places = [place for place in np.ndindex(table.shape) if place not in needs]
    sets = [chosen for n in range(len(places) + 1) for chosen in combinations(places, n)]
    priced = sorted((sum(costs[place] for place in (*needs, *chosen)), chosen) for chosen in sets)
    return next(price for price, chosen in priced if is_protected(table, [*needs, *chosen], needs))


@settings(max_examples=4, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=4), st.integers(0, 3))
def test_nothing_cheaper_protects_small_tables(numbers, which):
    table = with_margins(np.array(numbers).reshape(2, 2))
    place = (which // 2, which % 2)
    needs, costs = {place: (3.0, 3.0)}, np.where(np.indices(table.shape).max(axis=0) == 2, 9.0, 1.0)
    withheld = suppress(table, needs, costs)
    assert is_protected(table, withheld, needs)
    assert sum(costs[cell] for cell in withheld) == pytest.approx(_least_by_trying(table, needs, costs))
