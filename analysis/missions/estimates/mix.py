"""Other missions or other grades? A mean over the years, taken apart into the mix of missions and the grades within groups.

A mission table has a row per mission: year, value (its mean), n (answers), population_n (invited) and a column with its group.
Every mean here weighs a mission by population_n, as `survey.year_means` does, but for `yearly_change_within`; that
alone has an interval, the others describe.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from . import RESULT
from .trend import no_spread

TOTAL = "total"
CRUDE, STANDARDISED, ADJUSTED = "crude", "standardised", "adjusted"


def with_group(mission_means: pd.DataFrame, register: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The mission table: `survey.mission_means` with a column group, made of these columns of the register ("brics x own")."""
    named = register.set_index("mission_id")[columns].astype(str).agg(" x ".join, axis=1).rename("group")
    return mission_means.join(named, on="mission_id", how="inner", validate="one_to_one")


def _per_group(mission_table: pd.DataFrame, group_column: str) -> pd.DataFrame:
    """Per year and group: mean (weighted by population_n), missions_n, n and population_n."""
    counted = mission_table.assign(
        population_n=mission_table["population_n"].astype(float), total=mission_table["value"] * mission_table["population_n"]
    )
    found = counted.groupby(["year", group_column]).agg(
        total=("total", "sum"), missions_n=("value", "size"), n=("n", "sum"), population_n=("population_n", "sum")
    )
    return found.assign(mean=found["total"].astype(float) / found["population_n"])


def kitagawa(mission_table: pd.DataFrame, group_column: str, year_a: int, year_b: int) -> pd.DataFrame:
    """Difference between two years (b minus a) in the mean over participants: from the mix of groups, and within groups.

    Returns group, part (mix, rate) and RESULT in scale points per group, then group "total" with mix, rate and mix_and_rate.
    n (answers) and population_n (invited) of both years. mix and rate add up to mix_and_rate exactly, over and within groups.

    Formula, with p the share of participants and r the mean of a group, bars the mean of both years, R the mean of all groups:
    mix = (p_b - p_a) (r_bar - R_bar); rate = (r_b - r_a) p_bar. Subtracting R_bar leaves the sum as it is; without it a group
    that grows would always push upwards, however low its grades.
    A group without a mission in one of the years has no change within; all it does is mix. Empty when a year has no missions.
    Not valid as a cause: a group with other grades may differ in more than its destination. No interval: few missions per group.
    Source: Kitagawa, Journal of the American Statistical Association 50 (1955), 1168-1194.
    """
    found = _per_group(mission_table, group_column)
    counts = found[["n", "population_n"]].reset_index()
    counts = counts[counts["year"].isin([year_a, year_b])].groupby(group_column)[["n", "population_n"]].sum()
    share_a, share_b = (_of_year(found, year, "population_n", counts.index).fillna(0.0) for year in (year_a, year_b))
    share_a, share_b = share_a / share_a.sum(), share_b / share_b.sum()
    mean_a, mean_b = (_of_year(found, year, "mean", counts.index) for year in (year_a, year_b))
    mean_a, mean_b = mean_a.fillna(mean_b), mean_b.fillna(mean_a)
    overall = ((share_a * mean_a).sum() + (share_b * mean_b).sum()) / 2
    mix = (share_b - share_a) * ((mean_a + mean_b) / 2 - overall)
    rate = (mean_b - mean_a) * (share_a + share_b) / 2
    known = share_a.notna().any() and share_b.notna().any()
    rows = []
    for name in counts.index:
        size = {"group": name, "n": int(counts.loc[name, "n"]), "population_n": int(counts.loc[name, "population_n"])}
        rows += [size | {"part": "mix", "value": mix[name]}, size | {"part": "rate", "value": rate[name]}]
    size = {"group": TOTAL, "n": int(counts["n"].sum()), "population_n": int(counts["population_n"].sum())}
    for part, value in (("mix", mix.sum()), ("rate", rate.sum()), ("mix_and_rate", mix.sum() + rate.sum())):
        rows.append(size | {"part": part, "value": float(value) if known else np.nan})
    table = pd.DataFrame(rows).assign(low=np.nan, high=np.nan, interval_kind=None, interval_level=np.nan)
    return table[["group", "part", *RESULT]]


def _of_year(found: pd.DataFrame, year: int, column: str, groups: pd.Index) -> pd.Series:
    """One column of a year, for all these groups; NaN for a group without missions."""
    if year not in found.index.get_level_values("year"):
        return pd.Series(np.nan, index=groups)
    return found.loc[year, column].reindex(groups).astype(float)


def standardised(mission_table: pd.DataFrame, group_column: str) -> pd.DataFrame:
    """Mean per year as it was, and as it would be with the same mix of groups every year.

    Returns year, series (crude, standardised, adjusted) and RESULT in scale points, n (answers) and population_n (invited) that
    each rests on; dropped (groups outside the standard, joined by ";") and standard_pct (percent of the participants of that year
    that are in groups inside it).

    Formula: sum over groups of w * mean of the group in that year; w = share of participants over all years together.
    standardised: the mix must be the same every year, so a group that is absent in a year is dropped from the standard of every
    year. Dropping it from that year alone would bring back what is taken out: low groups are absent early when the mix shifts.
    adjusted: no group is dropped; the mean of an absent group is that of the additive model year + group (least squares,
    weights population_n), so as if it had moved along with the others. Empty when years and groups do not hang together.
    Both are the same when no group is absent. With no group left standardised is empty: take fewer, larger groups.
    Not valid for the level of a year (that is crude): the standard is nobody's mission. Only the comparison between years counts.
    Source: Rothman, Greenland & Lash, Modern Epidemiology (2008), chapter 3 (standardization).
    """
    found = _per_group(mission_table, group_column)
    means, sizes, answered = (found[column].unstack(group_column).sort_index() for column in ("mean", "population_n", "n"))
    means, sizes, answered = means.astype(float), sizes.fillna(0.0), answered.fillna(0)
    kept = means.columns[means.notna().all()]
    dropped = ";".join(str(name) for name in means.columns if name not in kept)
    share, filled = sizes.sum() / sizes.to_numpy().sum(), means.fillna(_additive(means, sizes))
    everybody, inside = sizes.sum(axis=1), sizes[kept].sum(axis=1)
    whole = {"n": answered.sum(axis=1), "population_n": everybody, "dropped": "", "standard_pct": 100.0}
    within = {
        "n": answered[kept].sum(axis=1),
        "population_n": inside,
        "dropped": dropped,
        "standard_pct": 100 * inside / everybody,
    }
    fixed = means[kept] @ (share[kept] / share[kept].sum()) if len(kept) else np.nan
    table = pd.concat(
        [
            pd.DataFrame({"series": CRUDE, "value": (means * sizes).sum(axis=1) / everybody, **whole}, index=means.index),
            pd.DataFrame({"series": STANDARDISED, "value": fixed, **within}, index=means.index),
            pd.DataFrame({"series": ADJUSTED, "value": filled @ share, **whole}, index=means.index),
        ]
    )
    table = table.rename_axis("year").reset_index().sort_values("year", kind="stable", ignore_index=True)
    table = table.astype({"n": int, "population_n": int})
    table = table.assign(low=np.nan, high=np.nan, interval_kind=None, interval_level=np.nan)
    return table[["year", "series", *RESULT, "dropped", "standard_pct"]]


def _additive(means: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """Means of the additive model year + group for every year and group; NaN when absent ones cannot be told from the others."""
    years_n, groups_n = means.shape
    if means.empty:
        return means
    year, group = np.divmod(np.arange(years_n * groups_n), groups_n)
    x = np.column_stack([np.eye(years_n)[year], np.eye(groups_n)[group]])
    seen, root = means.notna().to_numpy().ravel(), np.sqrt(sizes.to_numpy().ravel())
    coefficients, _, rank, _ = np.linalg.lstsq(
        x[seen] * root[seen, None], means.to_numpy().ravel()[seen] * root[seen], rcond=None
    )
    # One less than years and groups: a constant can move between them.
    fitted = x @ coefficients if rank == years_n + groups_n - 1 else np.full(len(x), np.nan)
    return pd.DataFrame(fitted.reshape(means.shape), means.index, means.columns)


def yearly_change_within(mission_table: pd.DataFrame, group_column: str, confidence: float = 0.95) -> pd.DataFrame:
    """Change per year in the mean of a mission, among missions of the same group: what is left when the mix is taken out.

    Returns one row: value (scale points per year), low, high, n = population_n (missions).

    Formula: least squares of mission means on year with an intercept per group, each mission counting once; t(k - groups - 1)
    for k missions. With one group it is `trend.yearly_change`.
    Not valid where that is not, nor when groups change in different directions: it is their average.
    Empty with fewer than 3 years, fewer than 4 missions, or fewer than 2 missions more than groups.
    Source: Draper & Smith, Applied Regression Analysis (1998), chapter 14 (dummy variables).
    """
    group = mission_table[group_column]
    year, value = mission_table["year"].astype(float), mission_table["value"].astype(float)
    n, groups_n = len(mission_table), group.nunique()
    row = dict.fromkeys(("value", "low", "high"), np.nan) | {"n": n, "population_n": n}
    x = (year - year.groupby(group).transform("mean")).to_numpy()
    freedom = n - groups_n - 1
    if n >= 4 and year.nunique() >= 3 and freedom > 0 and (x**2).sum() > 0:
        y = (value - value.groupby(group).transform("mean")).to_numpy()
        slope = (x * y).sum() / (x**2).sum()
        error = np.sqrt(((y - slope * x) ** 2).sum() / freedom / (x**2).sum())
        half = stats.t.ppf((1 + confidence) / 2, freedom) * error
        row["value"] = slope
        if error > no_spread(slope):
            row |= {"low": slope - half, "high": slope + half}
    return pd.DataFrame([row | {"interval_kind": "t_between_missions", "interval_level": confidence}])[RESULT]
