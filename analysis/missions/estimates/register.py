"""Counts from the mission register: missions, organisations and persons, never added up across kinds."""

from __future__ import annotations

import numpy as np
import pandas as pd

# What a mission was.
DESCRIBED = ("mission_id", "countries_iso3", "start_on", "end_on", "mission_type", "leader_office", "sectors", "imvo_regime")
COUNTS = ("companies_n", "knowledge_institutes_n", "persons_n")
# Measure -> what it counts, and where: the column of the row, or the share that it is of companies.
COUNTED = {
    "missions_n": ("companies", "n"),
    "companies_n": ("companies", "n"),
    "knowledge_institutes_n": ("knowledge_institutes", "value"),
    "persons_n": ("persons", "value"),
    "independent_sme_share": ("independent_sme", "share"),
}


def missions_of_year(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """The missions that began in a year, in order of their first day."""
    return register[register["start_on"].dt.year == year].sort_values(["start_on", "mission_id"], ignore_index=True)


def totals(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """Totals of a year: measure, value, n and population_n; low and high empty: a full count.

    Measures: missions_n, the three of COUNTS (participations: a company on two missions counts twice) and
    independent_sme_share (percent of company participations; CBS definition of independent SME).
    n = population_n = company participations.
    """
    of_year = missions_of_year(register, year)
    counts = {name: int(of_year[name].sum()) for name in COUNTS}
    companies, independent = counts["companies_n"], int(of_year["independent_sme_n"].sum())
    rows = [{"measure": "missions_n", "value": float(len(of_year))}]
    rows += [{"measure": name, "value": float(count)} for name, count in counts.items()]
    share = 100 * independent / companies if companies else np.nan
    rows += [{"measure": "independent_sme_share", "value": share}]
    return pd.DataFrame(rows).assign(low=np.nan, high=np.nan, n=companies, population_n=companies)


def mission_sizes(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """The missions of a year: what they were, with `value` and `n` = participating companies; no other counts."""
    of_year = missions_of_year(register, year)
    companies = of_year["companies_n"]
    return of_year[list(DESCRIBED)].assign(
        value=companies.astype(float), low=np.nan, high=np.nan, n=companies, population_n=pd.NA
    )


def since(register: pd.DataFrame, first_year: int) -> pd.DataFrame:
    """The missions that began in `first_year` or later."""
    return register[register["start_on"].dt.year >= first_year].reset_index(drop=True)


def led_by_minister(register: pd.DataFrame) -> pd.DataFrame:
    """The missions led by a member of government (minister, state secretary or prime minister)."""
    return register[register["leader_office"] != "none"].reset_index(drop=True)
