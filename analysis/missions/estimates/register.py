"""Counts from the mission register: missions, organisations and persons, never added up across kinds."""

from __future__ import annotations

import numpy as np
import pandas as pd

COUNTS = ("companies_n", "knowledge_institutes_n", "persons_n")


def missions_of_year(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """The missions that began in a year, in order of their first day."""
    return register[register["start_on"].dt.year == year].sort_values(["start_on", "mission_id"], ignore_index=True)


def totals(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """Totals of a year: measure, value, n and population_n (company participations); low and high empty: a full count.

    Measures: missions_n, the three of COUNTS (participations: a company on two missions counts twice) and
    independent_sme_share (percent of company participations; CBS definition of independent SME).
    """
    of_year = missions_of_year(register, year)
    values = {"missions_n": float(len(of_year))} | {name: float(of_year[name].sum()) for name in COUNTS}
    companies = values["companies_n"]
    values["independent_sme_share"] = 100 * of_year["independent_sme_n"].sum() / companies if companies else np.nan
    return pd.DataFrame(
        [
            {
                "measure": measure,
                "value": value,
                "low": np.nan,
                "high": np.nan,
                "n": int(companies),
                "population_n": int(companies),
            }
            for measure, value in values.items()
        ]
    )


def mission_sizes(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """The missions of a year with `value` and `n` = participating companies, and the other counts beside it."""
    of_year = missions_of_year(register, year)
    return of_year.assign(
        value=of_year["companies_n"].astype(float), low=np.nan, high=np.nan, n=of_year["companies_n"], population_n=pd.NA
    )


def since(register: pd.DataFrame, first_year: int) -> pd.DataFrame:
    """The missions that began in `first_year` or later."""
    return register[register["start_on"].dt.year >= first_year].reset_index(drop=True)


def led_by_minister(register: pd.DataFrame) -> pd.DataFrame:
    """The missions led by a member of government (minister, state secretary or prime minister)."""
    return register[register["leader_office"] != "none"].reset_index(drop=True)
