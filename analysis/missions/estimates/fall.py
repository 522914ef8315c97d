"""Has it fallen? A series, a year against the years before it, and how much of a fall goes together with another one.

Missions are the units throughout: what happens to a mission happens to all of its participants. What strikes all missions of a
year counts once for each of them in a slope over missions; a slope over year means counts it once, so a fall needs both.
All bounds are unrounded. Rows are told apart by `name`; n and population_n count missions, or years in a slope over years.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import PCG64, Generator
from scipy import stats

from . import RESULT
from .trend import yearly_change

OVER_MISSIONS, OVER_YEARS = "slope_over_missions", "slope_over_years"
OTHER_OVER_MISSIONS, OTHER_OVER_YEARS, SHARED = "other_over_missions", "other_over_years", "slope_shared"
YEAR_BELOW_EARLIER, YEAR_BELOW_LAST = "year_against_earlier", "year_against_year_before"
LAST_BELOW_EARLIER = "year_before_against_earlier"
KIND_OF_YEARS, KIND_OF_DIFFERENCE, KIND_OF_SHARED = "t_between_years", "welch_between_missions", "bootstrap_within_years"
_COLUMNS = ["name", *RESULT, "detectable", "p_value"]
_OF_YEARS = ["year", "other_year"]
_FEWEST_DRAWN = 8  # missions in years with more than one: fewer leave a bootstrap nothing to draw from


def slopes(mission_means: pd.DataFrame, confidence: float = 0.95, power: float = 0.8) -> pd.DataFrame:
    """Change per year over missions, and over year means: a fall is carried only when both intervals lie below zero.

    mission_means: year, value (one row per mission). Returns name (slope_over_missions, slope_over_years), RESULT in scale points
    per year, detectable and p_value as `trend.yearly_change`; n = population_n: missions, and years.

    Formula: `trend.yearly_change` over missions, and the same over the plain mean of the missions of each year, with t(years -
    2). The first alone is wrong in 11% instead of 2.5% when years differ with a standard deviation of 0.2 (7 years of 6
    missions that differ 0.3), the second in 2.5%; the price is power: 60% where the first has 78%.
    Not valid across a change of question, scale or moment of asking. With fewer than 4 years the second row is empty.
    Source: Moulton, Review of Economics and Statistics 72 (1990), 334-338; Donald & Lang, same journal 89 (2007), 221-233.
    """
    years = mission_means.astype({"value": float}).groupby("year", as_index=False)["value"].mean()
    over_years = yearly_change(years, confidence, power).assign(interval_kind=KIND_OF_YEARS)
    rows = [yearly_change(mission_means, confidence, power).assign(name=OVER_MISSIONS), over_years.assign(name=OVER_YEARS)]
    return pd.concat(rows, ignore_index=True)[_COLUMNS]


def against_before(mission_means: pd.DataFrame, year: int, confidence: float = 0.95, power: float = 0.8) -> pd.DataFrame:
    """A year against the years before it: differences in the mean of a mission, first minus second.

    mission_means: year, value (one row per mission); later years are left out. Returns three rows: name
    (year_against_earlier: against all earlier missions of the series; year_against_year_before; year_before_against_earlier: the
    year before against the missions before that), RESULT in scale points, detectable (the smallest true difference that would be
    seen with the given power) and p_value (two-sided); n = population_n: the missions compared; year and other_year: the single
    years that are compared, empty for a side of several.

    Formula: difference of plain means over missions, t with Welch's degrees of freedom. Empty where a side has fewer than two
    missions, or where no mission differs from another: chance is then not known.
    Something that struck all missions of the year is part of the difference: it says that the year was lower, not why.
    Source: Welch, Biometrika 34 (1947), 28-35.
    """
    before = mission_means["year"] < year
    sides = {
        YEAR_BELOW_EARLIER: (mission_means["year"] == year, before),
        YEAR_BELOW_LAST: (mission_means["year"] == year, mission_means["year"] == year - 1),
        LAST_BELOW_EARLIER: (mission_means["year"] == year - 1, mission_means["year"] < year - 1),
    }
    values = mission_means["value"].astype(float)
    rows = [difference(values[one], values[other], confidence, power).assign(name=name) for name, (one, other) in sides.items()]
    years = {"year": [year, year, year - 1], "other_year": [None, year - 1, None]}
    return pd.concat(rows, ignore_index=True)[_COLUMNS].assign(**{name: pd.array(years[name], "Int64") for name in _OF_YEARS})


def difference(one: pd.Series, other: pd.Series, confidence: float = 0.95, power: float = 0.8) -> pd.DataFrame:
    """Mean of `one` minus mean of `other`, each value a mission: one row as in `against_before`, without name."""
    one, other = (np.asarray(side, float) for side in (one, other))
    n = len(one) + len(other)
    row = dict.fromkeys(("value", "low", "high", "detectable", "p_value"), np.nan) | {"n": n, "population_n": n}
    if min(len(one), len(other)) > 0:
        row["value"] = float(one.mean() - other.mean())
    if min(len(one), len(other)) > 1:
        parts = np.array([side.var(ddof=1) / len(side) for side in (one, other)])
        # 1e-12: the same mean everywhere leaves rounding error as its only spread.
        if parts.sum() > 1e-12:
            freedom = parts.sum() ** 2 / (parts**2 / [len(one) - 1, len(other) - 1]).sum()
            error = np.sqrt(parts.sum())
            half = stats.t.ppf((1 + confidence) / 2, freedom) * error
            row |= {"low": row["value"] - half, "high": row["value"] + half}
            row["detectable"] = float(half + stats.t.ppf(power, freedom) * error)
            row["p_value"] = float(2 * stats.t.sf(abs(row["value"]) / error, freedom))
    row |= {"interval_kind": KIND_OF_DIFFERENCE, "interval_level": confidence}
    return pd.DataFrame([row])[[*RESULT, "detectable", "p_value"]]


def paired_means(answers: pd.DataFrame, register: pd.DataFrame, question: str, other: str) -> pd.DataFrame:
    """Per mission the means of two questions, and what chance in the answers of the same people adds to their spread.

    answers: mission_id, <question>, <other>. register: mission_id, start_on of the missions that count; those with answers to
    both.
    Returns mission_id, year, value, other (means in scale points), noise (chance variance of `other`) and noise_shared (chance
    covariance of the two, which a person who answers high on everything adds), both in scale points squared; by mission_id.

    Formula: s_xx / n and s_yx * n_both / (n * n_other), with the variance and covariance within missions pooled over all of
    them. NaN when no mission has two people who answered both.
    """
    given = answers.loc[answers["mission_id"].isin(register["mission_id"]), ["mission_id", question, other]]
    given = given.astype({question: float, other: float}).rename(columns={question: "value", other: "other"})
    both = given.dropna()
    grouped = given.groupby("mission_id")
    table = grouped[["value", "other"]].mean().join(grouped[["value", "other"]].count().rename(columns="n_{}".format))
    table = table.join(both.groupby("mission_id").size().rename("n_both")).dropna().reset_index()
    within = both[["value", "other"]] - both.groupby("mission_id")[["value", "other"]].transform("mean")
    freedom = len(both) - both["mission_id"].nunique()
    pooled = (within[["value", "other"]].mul(within["other"], axis=0)).sum() / freedom if freedom > 0 else within.sum() * np.nan
    table["noise"] = pooled["other"] / table["n_other"]
    table["noise_shared"] = pooled["value"] * table["n_both"] / (table["n_value"] * table["n_other"])
    table["year"] = table["mission_id"].map(register.set_index("mission_id")["start_on"].dt.year).astype(int)
    return table.sort_values("mission_id", ignore_index=True)[["mission_id", "year", "value", "other", "noise", "noise_shared"]]


def shared_slope(mission_means: pd.DataFrame, confidence: float = 0.95, resamples: int = 2000, seed: int = 1) -> pd.DataFrame:
    """The part of a change per year that goes with another one: the slope minus the slope given the mission's other mean.

    mission_means: year, value, other, noise, noise_shared (one row per mission, as `paired_means`).
    Returns one row: RESULT in scale points per year, n = population_n (missions). Below zero: the fall is less steep among
    missions with the same `other`.

    Formula: slope of value on year, minus that of value on year and other (each mission once), which is the slope of `other` on
    year times the link of the two given the year. The link is between missions as they are: the chance variance and covariance of
    means of few answers are taken off its moments, because people with a halo would else make missions look linked (9 to 14%
    false alarms instead of 2.5% with a halo of 0.5 points). Interval: quantiles of `resamples` draws of missions within years,
    so that every draw has the same years; deviations from the estimate are stretched by sqrt(k / (k - 1 - years)) for k
    missions, because a draw within small years varies less than missions do, and by the ratio of the quantiles of t(k - 1 -
    years) and the normal.
    Not valid as an effect, nor with fewer than 3 years or 8 missions in years with more than one, nor when missions do not differ
    in `other` by more than chance: then all results are empty.
    Source: Gelbach, Journal of Labor Economics 34 (2016), 509-543 (the identity); Fuller, Measurement Error Models (1987),
    section 2.2 (moments without noise); Davison & Hinkley, Bootstrap Methods (1997), section 3.2 (draws within strata).
    """
    table = mission_means.sort_values(["year", "value", "other"], kind="stable")
    year, n = table["year"].to_numpy(float), len(table)
    row = dict.fromkeys(RESULT, np.nan) | {"n": n, "population_n": n}
    row |= {"interval_kind": KIND_OF_SHARED, "interval_level": confidence}
    years, sizes = np.unique(year, return_counts=True)
    if len(years) >= 3 and sizes[sizes > 1].sum() >= _FEWEST_DRAWN and table["noise"].notna().all():
        value, other = (table[name].to_numpy(float) for name in ("value", "other"))
        columns = np.column_stack([year - year.mean(), value - value.mean(), other - other.mean()])
        noise = table[["noise", "noise_shared"]].to_numpy(float)
        draw = Generator(PCG64(seed))
        counts = [draw.multinomial(size, np.full(size, 1 / size), size=resamples) for size in sizes]
        found = float(_shared(columns, noise, np.ones((1, n)))[0])
        drawn = _shared(columns, noise, np.column_stack(counts).astype(float))
        freedom, tail = n - 1 - len(years), (1 + confidence) / 2
        stretch = np.sqrt(n / freedom) * stats.t.ppf(tail, freedom) / stats.norm.ppf(tail) if freedom > 0 else np.nan
        stretched = found + (drawn - found) * stretch
        if not np.isnan(found) and not np.isnan(stretched).all():
            low, high = np.nanquantile(stretched, [(1 - confidence) / 2, (1 + confidence) / 2])
            row |= {"value": found, "low": float(low), "high": float(high)}
    return pd.DataFrame([row])[RESULT]


def _shared(columns: np.ndarray, noise: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Slope minus slope given the other, for every row of counts of missions; columns: year, value, other."""
    products = (columns[:, :, None] * columns[:, None, :]).reshape(len(columns), -1)
    total = counts.sum(axis=1, keepdims=True)
    means, chance = counts @ columns / total, counts @ noise / total
    spread = (counts @ products / total).reshape(-1, 3, 3) - means[:, :, None] * means[:, None, :]
    tt, ty, tx, yx, xx = (spread[:, i, j] for i, j in ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2)))
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = xx - tx**2 / tt  # spread of other that the year leaves, chance included
        # Never less than a fifth of it: a draw in which chance seems to be all would else have a link without end.
        free = np.maximum(apart - chance[:, 0], apart / 5)
        return np.where(apart > 1e-12, (tx / tt) * (yx - tx * ty / tt - chance[:, 1]) / free, np.nan)


def falls_together(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    other: str,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 1,
) -> pd.DataFrame:
    """Does the fall of a question partly go together with that of another? Every row must lie below zero for that sentence.

    answers, register: as `paired_means`. Returns name and RESULT in scale points per year: slope_over_missions and
    slope_over_years of the question, other_over_missions and other_over_years of the other (`slopes`), and slope_shared
    (`shared_slope`).

    Not valid as a cause. Each row holds at its own level: Berger, Technometrics 24 (1982), 295-300.
    """
    both = paired_means(answers, register, question, other)
    of_other = slopes(both.drop(columns="value").rename(columns={"other": "value"}), confidence)
    of_other = of_other.assign(name=of_other["name"].map({OVER_MISSIONS: OTHER_OVER_MISSIONS, OVER_YEARS: OTHER_OVER_YEARS}))
    shared = shared_slope(both, confidence, resamples, seed).assign(name=SHARED)
    return pd.concat([slopes(both, confidence), of_other, shared], ignore_index=True)[["name", *RESULT]]
