"""Several tests at once: p-values that stay honest when many questions are asked. An unknown p (NaN) stays unknown, uncounted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats


def holm(p_values: np.ndarray | pd.Series | list[float]) -> np.ndarray:
    """Adjusted p-values in the given order: below alpha for the tests that together make any false alarm with at most alpha.

    For the questions that were named beforehand. Formula: sorted p times (m, m - 1, ..., 1), never falling, at most 1.
    Source: Holm, Scandinavian Journal of Statistics 6 (1979), 65-70. Errors: ValueError for p outside 0 to 1.
    """
    p, known = _checked(p_values)
    order = np.argsort(p[known], kind="stable")
    stepped = np.maximum.accumulate(p[known][order] * np.arange(len(order), 0, -1))
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(stepped, 1.0)
    p[known] = adjusted
    return p


def holm_levels(p_values: np.ndarray | pd.Series | list[float], confidence: float = 0.95) -> np.ndarray:
    """The level of an interval for each test, so that it leaves out zero exactly where `holm` rejects at 1 - confidence.

    Formula: 1 - (1 - confidence) / (m - k + 1) for the test with the k-th smallest p; after the first that Holm does not reject
    all have the level of that one. Never below `confidence`. NaN where p is.
    """
    p, known = _checked(p_values)
    order = np.argsort(p[known], kind="stable")
    steps = np.arange(len(order), 0, -1)
    rejected = p[known][order] * steps < 1 - confidence
    first = int(np.argmin(rejected)) if not rejected.all() else len(order)
    at = np.empty(len(order))
    at[order] = 1 - (1 - confidence) / steps[np.minimum(np.arange(len(order)), first)] if len(order) else at
    p[known] = at
    return p


def benjamini_hochberg(p_values: np.ndarray | pd.Series | list[float]) -> np.ndarray:
    """Adjusted p-values in the given order: of the tests below alpha on average at most a share alpha is a false alarm.

    For exploration: it says what is worth a second look, not that any one of them is real.
    Not valid for tests that depend on each other negatively.
    Source: Benjamini & Hochberg, JRSS B 57 (1995), 289-300. Errors: ValueError for p outside 0 to 1.
    """
    p, known = _checked(p_values)
    if known.any():
        p[known] = stats.false_discovery_control(p[known], method="bh")
    return p


def _checked(p_values: np.ndarray | pd.Series | list[float]) -> tuple[np.ndarray, np.ndarray]:
    """A copy as numbers, and which of them are known."""
    p = np.array(p_values, dtype=float).reshape(-1)
    known = ~np.isnan(p)
    if ((p[known] < 0) | (p[known] > 1)).any():
        raise ValueError("a p-value lies between 0 and 1")
    return p, known
