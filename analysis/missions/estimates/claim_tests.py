"""Does the data carry a sentence? Tests of the judging sentences of letter, note and annexes.

Every test takes the rows that a sentence speaks of (columns value, low, high, n, population_n, ... as other estimates return
them) and what it is held against, and returns one row: the figures of the row that decides, and `verdict`. A sentence about
several rows is carried only when each of them carries it: the row that does so least decides.
Source: Berger, Technometrics 24 (1982), 295-300: when all parts must hold, testing each at its own level keeps the level.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from . import RESULT

SUPPORTED, CONTRADICTED, CANNOT_TELL = "supported", "contradicted", "cannot_tell"


def below(rows: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Carried when the whole interval of every row lies below the threshold; contradicted when that of any row lies above it."""
    return _decided(rows, rows["high"] - threshold, rows["high"] < threshold, rows["low"] > threshold)


def above(rows: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Carried when the whole interval of every row lies above the threshold; contradicted when that of any row lies below it."""
    return _decided(rows, threshold - rows["low"], rows["low"] > threshold, rows["high"] < threshold)


def equals(rows: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Carried when every value is the threshold; contradicted when any is another. For counts and figures as published."""
    return _decided(rows, (rows["value"] - threshold).abs(), rows["value"] == threshold, rows["value"] != threshold)


def mostly_above(rows: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Carried when more than half of the values as published lie above the threshold, contradicted when not.

    The row that is returned counts them: value and n (above), population_n (all). Any unknown value: cannot tell.
    """
    counted = {"value": float((rows["value"] > threshold).sum()), "population_n": len(rows)}
    table = pd.DataFrame([counted | dict.fromkeys(("low", "high", "interval_kind", "interval_level"))])
    table["n"] = table["value"].astype(int)
    known = len(rows) > 0 and rows["value"].notna().all()
    most = 2 * counted["value"] > len(rows)
    return _row(table, (SUPPORTED if most else CONTRADICTED) if known else CANNOT_TELL)


def exactly_these(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Carried when the column `name` of the rows holds these names and no others; without any row it cannot be told.

    Returns value and n (names found), population_n (names said).
    """
    found = set(rows["name"])
    table = pd.DataFrame([dict.fromkeys(RESULT) | {"value": float(len(found)), "n": len(found), "population_n": len(names)}])
    return _row(table, CANNOT_TELL if not found else SUPPORTED if found == set(names) else CONTRADICTED)


TESTS: dict[str, Callable[[pd.DataFrame, object], pd.DataFrame]] = {
    test.__name__: test for test in (below, above, equals, mostly_above, exactly_these)
}


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
