"""Figures of the public record, put in the shape of an estimate. Nothing is computed from them."""

from __future__ import annotations

import numpy as np
import pandas as pd

_UNITS = {"count": "count", "percent": "pct", "EUR": "eur", "grade_1_10": "grade"}
_EMPTY = {"low": np.nan, "high": np.nan, "n": pd.NA, "population_n": pd.NA}


def series(record: pd.DataFrame, indicator: str | None = None, year: int | None = None) -> pd.DataFrame:
    """Figures on record: indicator, period (text), unit, qualifier, source_id, value; all, or one indicator or end year."""
    keep = pd.Series(True, index=record.index)
    if indicator is not None:
        keep &= record["indicator"] == indicator
    if year is not None:
        keep &= record["period_end"] == year
    chosen = record[keep].reset_index(drop=True)
    start, end = chosen["period_start"].astype(str), chosen["period_end"].astype(str)
    period = start.where(start == end, start + "-" + end)
    return chosen.assign(period=period, unit=chosen["unit"].map(_UNITS), **_EMPTY)


def figure(record: pd.DataFrame, indicator: str, year: int | None = None) -> pd.DataFrame:
    """The one figure on record of an indicator (of an end year), in the shape of `series`.

    A figure that is not on record is a row without a value: readers see that it is not known, and nothing is invented.
    Errors: ValueError when the record holds several.
    """
    found = series(record, indicator, year)
    if len(found) > 1:
        raise ValueError(f"the record holds {len(found)} figures of {indicator}; say of which year")
    if len(found):
        return found
    period = "" if year is None else str(year)
    return pd.DataFrame([{"indicator": indicator, "period": period, "qualifier": "exact", "value": np.nan, **_EMPTY}])


def missions(record: pd.DataFrame, year: int) -> pd.DataFrame:
    """Missions of a year with publicly known dates: value is the size on record, in the unit of column size_unit."""
    return _with_sizes(record[record["start_on"].dt.year == year])


def missions_before(record: pd.DataFrame, year: int) -> pd.DataFrame:
    """Missions before a year with publicly known dates, in the same shape as `missions`; oldest first."""
    return _with_sizes(record[record["start_on"].dt.year < year])


def _with_sizes(chosen: pd.DataFrame) -> pd.DataFrame:
    in_order = chosen.sort_values(["start_on", "mission_id"], ignore_index=True)
    renamed = in_order.rename(columns={"size_value": "value", "size_qualifier": "qualifier"})
    # A size that was not found is an empty value; "not found" itself is no qualifier of a number.
    return renamed.assign(qualifier=renamed["qualifier"].replace("not found", "exact"), **_EMPTY)


def extra_attention(record: pd.DataFrame, year: int) -> pd.DataFrame:
    """The missions of a year that the decision note names as missions with extra IMVO attention."""
    of_year = missions(record, year)
    return of_year[of_year["note"].str.contains("extra IMVO attention", na=False)].reset_index(drop=True)


def destinations(chosen: pd.DataFrame) -> pd.DataFrame:
    """The countries of missions in the shape of `missions`, each once: name (ISO code)."""
    countries = chosen["countries_iso3"].str.split(";").explode().dropna().str.strip().unique()
    return pd.DataFrame({"name": sorted(countries)})


def cbs_effects(table: pd.DataFrame, outcome: str | None = None, group: str | None = None) -> pd.DataFrame:
    """The published CBS effects (percent as published): outcome, group, value; all, or one outcome and group.

    Beside it first_year, last_year (of the missions studied) and horizon_years (in which a start was looked for).
    """
    keep = pd.Series(True, index=table.index)
    if outcome is not None:
        keep &= table["outcome"] == outcome
    if group is not None:
        keep &= table["group"] == group
    chosen = table[keep].rename(columns={"effect": "value"}).reset_index(drop=True)
    period = chosen["missions_period"]
    return chosen.assign(first_year=period.str[:4].astype(int), last_year=period.str[-4:].astype(int), **_EMPTY)
