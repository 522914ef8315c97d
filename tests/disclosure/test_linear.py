"""Programmes that are asked again under other bounds give what scipy's own door to the solver gives."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_matrix

from missions.disclosure.linear import LinearProgramme


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_the_same_least_under_ever_other_bounds(seed: int):
    random = np.random.default_rng(seed)
    lines, size = random.integers(2, 12, 2)
    matrix = csc_matrix(random.integers(-2, 3, (lines, size)).astype(float))
    low = -random.integers(0, 6, lines).astype(float)
    high, price = low + random.integers(0, 9, lines), random.normal(size=size)
    least, most = np.zeros(size), random.integers(1, 9, size).astype(float)
    programme = LinearProgramme(price, matrix, low, high, least, most)
    for upper in (most, np.minimum(most, 1.0), np.minimum(most, 4.0)):
        x = programme.solve(least, upper)
        limits = {"bounds": Bounds(least, upper), "constraints": LinearConstraint(matrix, low, high)}
        beside = milp(price, **limits, options={"presolve": False})
        assert (x is None) == (beside.x is None)
        if x is not None:
            assert abs(price @ x - beside.fun) < 1e-7
            assert (matrix @ x >= low - 1e-7).all() and (matrix @ x <= high + 1e-7).all()
