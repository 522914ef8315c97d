"""Would the sentence stand if somebody else had chosen? One statistical claim, judged in every way that is as defensible.

A row per variant: which years, what counts as one, and what is held equal; carried says whether the sentence holds in it. A
sentence that stands in fewer than half hangs on a choice, which then must be named. No variant is a test of its own: they share
their data.
Source: Simonsohn, Simmons & Nelson, Nature Human Behaviour 4 (2020), 1208-1214.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from . import RESULT, fall
from .trend import no_spread

FALLS, LOWER, TOGETHER = "falls_over_series", "lower_than_before", "falls_together"
UNITS = ("missions", "answers", "participants", "years")  # what counts as one
NONE = "none"
COLUMNS = ["claim", "first_year", "left_out", "unit", "adjusted", *RESULT, "carried"]
_FEWEST_YEARS = 4


def specifications(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    year: int,
    claim: str,
    other: str | None = None,
    groups: Sequence[str] = ("destination_group", "leader_office"),
    confidence: float = 0.95,
    resamples: int = 500,
) -> pd.DataFrame:
    """Every variant of a claim that a question fell, and whether it carries the sentence.

    answers: mission_id, <question>, <other>. register: mission_id, start_on, invited_n, <groups> of the missions that count.
    claim: falls_over_series (slope on year), lower_than_before (`year` against all years before it) or falls_together (the rows
    of `fall.falls_together` with `other`; the row that lies highest is told).
    Returns COLUMNS: first_year and left_out (a year, or empty) say which years; unit: missions alike, by their answers, by their
    invited participants, or means of years alike; adjusted: the column of the register held equal, or "none"; value, low, high in
    scale points (per year for a slope), n = population_n: missions, or years; carried ("yes" or "no"): the interval lies below
    zero. A variant without an interval is left out: it cannot carry or fail.

    Formula: least squares with an intercept per group, weighted by the unit, t(k - parameters). Years are left out one at a time,
    never `year` itself where the claim is about it; at least 4 years (2 where two sides are compared) remain.
    Errors: ValueError for another claim.
    """
    if claim not in (FALLS, LOWER, TOGETHER):
        raise ValueError(f"claim must be {FALLS}, {LOWER} or {TOGETHER}, not {claim}")
    missions = register.assign(year=register["start_on"].dt.year)
    missions = missions[missions["year"] <= year]
    rows = []
    for first_year, left_out, chosen in _choices(missions, year, claim):
        about = {"claim": claim, "first_year": first_year, "left_out": left_out}
        if claim == TOGETHER:
            parts = fall.falls_together(answers, chosen, question, other, confidence, resamples)
            highest = parts.loc[parts["high"].astype(float).fillna(np.inf).idxmax(), RESULT].to_dict()
            rows.append(about | {"unit": "missions", "adjusted": NONE} | highest)
            continue
        means = _means(answers, chosen, question, groups)
        for unit, adjusted in _ways(groups, claim):
            rows.append(about | {"unit": unit, "adjusted": adjusted} | _estimate(means, year, claim, unit, adjusted, confidence))
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    table = table[table["high"].notna()].reset_index(drop=True)
    return table.assign(carried=(table["high"] < 0).map({True: "yes", False: "no"})).astype({"left_out": "Int64"})


def held(table: pd.DataFrame) -> pd.DataFrame:
    """In how many variants a claim stands: one row of RESULT, value = n (carried) out of population_n (variants)."""
    carried = int((table["carried"] == "yes").sum())
    row = dict.fromkeys(RESULT) | {"value": float(carried), "n": carried, "population_n": len(table)}
    return pd.DataFrame([row])


def standing(answers: pd.DataFrame, register: pd.DataFrame, question: str, year: int, confidence: float = 0.95) -> pd.DataFrame:
    """In how many variants of `specifications` the claims on one question stand: claim and RESULT as `held`, a row per claim."""
    rows = [
        held(specifications(answers, register, question, year, one, confidence=confidence)).assign(claim=one)
        for one in (FALLS, LOWER)
    ]
    return pd.concat(rows, ignore_index=True)[["claim", *RESULT]]


def _choices(missions: pd.DataFrame, year: int, claim: str) -> Iterator[tuple[int, int | None, pd.DataFrame]]:
    """First year, the year left out (or None), and the missions that remain."""
    years = sorted(missions["year"].unique())
    fewest = 2 if claim == LOWER else _FEWEST_YEARS
    for first_year in years:
        inside = [one for one in years if one >= first_year]
        for left_out in (None, *(one for one in inside if claim == FALLS or one != year)):
            kept = [one for one in inside if one != left_out]
            # A series without its first year is one that begins a year later: that is a variant already.
            if len(kept) >= fewest and left_out != first_year and (claim != LOWER or year in kept):
                yield int(first_year), None if left_out is None else int(left_out), missions[missions["year"].isin(kept)]


def _ways(groups: Sequence[str], claim: str) -> Iterator[tuple[str, str]]:
    for unit in UNITS[:3]:
        for adjusted in (NONE, *groups):
            yield unit, adjusted
    if claim == FALLS:
        yield UNITS[3], NONE


def _means(answers: pd.DataFrame, missions: pd.DataFrame, question: str, groups: Sequence[str]) -> pd.DataFrame:
    given = answers[["mission_id", question]].dropna().astype({question: float})
    found = given.groupby("mission_id")[question].agg(value="mean", answers="size").reset_index()
    return found.merge(missions[["mission_id", "year", "invited_n", *groups]], on="mission_id", validate="one_to_one")


def _estimate(
    means: pd.DataFrame, year: int, claim: str, unit: str, adjusted: str, confidence: float
) -> dict[str, float | int | str]:
    """Value and bounds of one variant by least squares; without bounds where nothing is left to tell chance by."""
    if unit == "years":
        means = means.groupby("year", as_index=False)["value"].mean()
    n = len(means)
    row = dict.fromkeys(RESULT, np.nan) | {"n": n, "population_n": n, "interval_level": confidence}
    row["interval_kind"] = "t_between_years" if unit == "years" else "t_between_missions"
    of_years = means["year"].to_numpy(float)
    x = (of_years == year).astype(float) if claim == LOWER else of_years - of_years.mean()
    inside = pd.get_dummies(means[adjusted].astype(str)).to_numpy(float) if adjusted != NONE else np.ones((n, 1))
    weight = {"answers": "answers", "participants": "invited_n"}.get(unit)
    root = np.sqrt(means[weight].to_numpy(float) if weight else np.ones(n))
    design, y = np.column_stack([inside, x]) * root[:, None], means["value"].to_numpy(float) * root
    freedom = n - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return row
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    variance = ((y - design @ coefficients) ** 2).sum() / freedom * np.linalg.inv(design.T @ design)[-1, -1]
    row["value"], error = float(coefficients[-1]), float(np.sqrt(variance))
    if error > no_spread(row["value"]):
        half = stats.t.ppf((1 + confidence) / 2, freedom) * error
        row |= {"low": row["value"] - half, "high": row["value"] + half}
    return row
