"""Does the data carry a sentence? Tests of the parts of the judging sentences of letter, note and annexes.

Every test takes the rows that a part of a sentence speaks of (columns value, low, high, n, population_n, ... as other estimates
return them, not rounded) and what it is held against, and returns one row: the figures of the row that decides, and `verdict`.
A part about several rows is carried only when each of them carries it: the row that does so least decides. A sentence is carried
when all of its parts are.
Source: Berger, Technometrics 24 (1982), 295-300: when all parts must hold, testing each at its own level keeps the level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd
from scipy import stats

from . import RESULT

SUPPORTED, CONTRADICTED, CANNOT_TELL = "supported", "contradicted", "cannot_tell"


def below(rows: pd.DataFrame, threshold: float, chances: int = 1) -> pd.DataFrame:
    """Carried when the whole interval of every row lies below the threshold; contradicted when that of any row lies above it.

    chances: of how many rows, those of other parts included, any one alone contradicts the sentence. The more there are the
    wider the interval that must lie above: else the chance of a false contradiction grows with each.
    """
    return _decided(rows, rows["high"] - threshold, rows["high"] < threshold, _widened(rows, "low", chances) > threshold)


def above(rows: pd.DataFrame, threshold: float, chances: int = 1) -> pd.DataFrame:
    """Carried when the whole interval of every row lies above the threshold; contradicted when that of any row lies below it.

    chances: as of `below`.
    """
    return _decided(rows, threshold - rows["low"], rows["low"] > threshold, _widened(rows, "high", chances) < threshold)


def value_above(rows: pd.DataFrame, threshold: float, chances: int = 1) -> pd.DataFrame:
    """Carried when every value lies above the threshold, contradicted when any does not. For figures as published."""
    return _decided(rows, threshold - rows["value"], rows["value"] > threshold, rows["value"] <= threshold)


def equals(rows: pd.DataFrame, threshold: float, chances: int = 1) -> pd.DataFrame:
    """Carried when every value is the threshold; contradicted when any is another. For counts and figures as published."""
    return _decided(rows, (rows["value"] - threshold).abs(), rows["value"] == threshold, rows["value"] != threshold)


def among_them(rows: pd.DataFrame, names: list[str], chances: int = 1) -> pd.DataFrame:
    """Carried when the column `name` of the rows holds all these names, and perhaps others; without any row it cannot be told.

    Returns value and n (names found of those said), population_n (names said).
    """
    found = set(rows["name"])
    n = len(found & set(names))
    table = pd.DataFrame([dict.fromkeys(RESULT) | {"value": float(n), "n": n, "population_n": len(names)}])
    return _row(table, CANNOT_TELL if not found else SUPPORTED if n == len(names) else CONTRADICTED)


TESTS: dict[str, Callable[..., pd.DataFrame]] = {test.__name__: test for test in (below, above, value_above, equals, among_them)}


def altogether(verdicts: Iterable[str]) -> str:
    """The verdict on a sentence, of those on its parts: carried when all are, contradicted when any is."""
    found = set(verdicts)
    return SUPPORTED if found == {SUPPORTED} else CONTRADICTED if CONTRADICTED in found else CANNOT_TELL


def _widened(rows: pd.DataFrame, bound: str, chances: int) -> pd.Series:
    """A bound of an interval, as far out as it lies when the chance that it errs is divided over so many chances.

    By the normal distribution, from the width that is there: for a t-distribution somewhat too narrow, at three chances and
    ten degrees of freedom by a twentieth.
    """
    if chances < 2:
        return rows[bound]
    level = pd.to_numeric(rows.get("interval_level", pd.Series(index=rows.index)), errors="coerce").fillna(0.95)
    ratio = stats.norm.ppf(1 - (1 - level) / 2 / chances) / stats.norm.ppf((1 + level) / 2)
    return rows["value"] + (rows[bound] - rows["value"]) * ratio


def _decided(rows: pd.DataFrame, distance: pd.Series, carried: pd.Series, broken: pd.Series) -> pd.DataFrame:
    """distance: how far a row is on the wrong side; the largest decides."""
    known = rows["value"].notna() & distance.notna()
    if not len(rows) or not known.all():
        empty = pd.DataFrame([dict.fromkeys(RESULT)])
        return _row(empty if known.all() else rows[~known].reindex(columns=RESULT).head(1), CANNOT_TELL)
    decides = rows.loc[[distance.astype(float).idxmax()]].reindex(columns=RESULT)
    return _row(decides, SUPPORTED if carried.all() else CONTRADICTED if broken.any() else CANNOT_TELL)


def _row(table: pd.DataFrame, verdict: str) -> pd.DataFrame:
    return table.reset_index(drop=True).assign(verdict=verdict)[[*RESULT, "verdict"]]
