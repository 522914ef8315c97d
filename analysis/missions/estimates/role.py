"""The tables of the annex on the role of the bewindspersoon that put several estimates side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from . import RESULT, drivers


def importance_and_performance(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    asked: dict[str, tuple[int, int]],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """`drivers.importance` (percent, RESULT) beside `drivers.performance` (other, other_low, other_high; scale points).

    asked: driver -> its scale. A row per driver, the most important first.
    """
    performed = drivers.performance(answers, register, asked, None, confidence).set_index("driver")[["value", "low", "high"]]
    performed.columns = ["other", "other_low", "other_high"]
    table = drivers.importance(answers, register, question, list(asked), confidence)[["driver", *RESULT]]
    return table.join(performed, on="driver").sort_values("value", ascending=False, ignore_index=True)


def within_and_between(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, asked: Sequence[str], confidence: float = 0.95
) -> pd.DataFrame:
    """`drivers.within_between` of several drivers: driver, part (within, between) and RESULT in points per point."""
    rows = [drivers.within_between(answers, register, question, one, confidence).assign(driver=one) for one in asked]
    return pd.concat(rows, ignore_index=True)[["driver", "part", *RESULT]]
