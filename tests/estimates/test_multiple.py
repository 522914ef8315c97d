"""Several tests at once: what R gives, and what adjusting may never do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.estimates.multiple import benjamini_hochberg, holm

DETERMINISTIC = settings(max_examples=60, deadline=None, derandomize=True)
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_worked_example():
    # Sorted 0.01, 0.02, 0.04. Holm: 3 * 0.01, 2 * 0.02, 1 * 0.04, never falling: 0.03, 0.04, 0.04.
    assert holm([0.02, 0.04, 0.01]) == pytest.approx([0.04, 0.04, 0.03])
    # Benjamini-Hochberg: 3/1 * 0.01, 3/2 * 0.02, 3/3 * 0.04, from the largest down never rising: 0.03, 0.03, 0.04.
    assert benjamini_hochberg([0.02, 0.04, 0.01]) == pytest.approx([0.03, 0.04, 0.03])


def test_is_that_of_r():
    p = [0.01, 0.04, 0.03, 0.005, 0.5, np.nan, 0.04]
    # R 4.2.2: p.adjust(c(.01, .04, .03, .005, .5, NA, .04), "holm") and "BH"; what is not known does not count.
    np.testing.assert_allclose(holm(p), [0.05, 0.12, 0.12, 0.03, 0.50, np.nan, 0.12], atol=1e-12)
    np.testing.assert_allclose(benjamini_hochberg(p), [0.030, 0.048, 0.048, 0.030, 0.500, np.nan, 0.048], atol=1e-12)


@DETERMINISTIC
@given(P_VALUES, st.randoms(use_true_random=False))
def test_adjusting_never_helps_and_keeps_the_order(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    for adjust in (holm, benjamini_hochberg):
        adjusted = adjust(p)
        assert (adjusted >= np.array(p) - 1e-12).all() and (adjusted <= 1).all()
        sorted_by_p = adjusted[np.argsort(p, kind="stable")]
        assert (np.diff(sorted_by_p) >= -1e-12).all()
        np.testing.assert_allclose(adjust(np.array(p)[order]), adjusted[order], atol=1e-12)
    assert (benjamini_hochberg(p) <= holm(p) + 1e-12).all()


def test_one_test_alone_stays_as_it_is_and_none_is_none():
    for adjust in (holm, benjamini_hochberg):
        assert adjust([0.03]).tolist() == [0.03] and adjust([]).tolist() == []
        assert np.isnan(adjust([np.nan, np.nan])).all()


def test_what_is_given_stays_as_it_was():
    given_p = pd.Series([0.02, 0.01], index=["a", "b"])
    assert holm(given_p).tolist() == [0.02, 0.02] and given_p.tolist() == [0.02, 0.01]


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_no_probability_is_refused(adjust):
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjust([0.5, 1.2])


def test_false_alarms_among_named_questions():
    """2000 histories of four true nulls: any alarm in 5% (two standard errors 1 point); unadjusted it would be 18.5%."""
    p = np.random.Generator(np.random.PCG64(61)).random((2000, 4))
    assert np.mean([holm(row).min() < 0.05 for row in p]) == pytest.approx(0.05, abs=0.01)
    assert np.mean(p.min(axis=1) < 0.05) > 0.15
