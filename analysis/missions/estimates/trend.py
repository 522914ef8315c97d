"""Is it really lower? A trend over missions, because people on the same mission share what happened to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import optimize, stats

from . import RESULT


def no_spread(slope: float) -> float:
    """A standard error up to which a slope has none: missions on a line leave rounding error as their only spread.

    How far chance reaches is then not known, and an interval of width zero would promise certainty.
    """
    return 1e-9 * max(1.0, abs(slope))


def yearly_change(mission_means: pd.DataFrame, confidence: float = 0.95, power: float = 0.8) -> pd.DataFrame:
    """Change per year in the mean of a mission of this programme.

    mission_means: year, value (one row per mission).
    Returns one row: value (scale points per year), low, high, detectable (the smallest true change per year that this many
    missions would show with the given power), n (missions), population_n (missions), p_value (two-sided, of no change at all).

    Formula: least squares of mission means on year, each mission counting once; interval with t(missions - 2);
    detectable = (t(1 - alpha/2) + t(power)) * standard error.
    Not valid across a change of question, scale or moment of asking, nor when something strikes all missions of a year at once
    (another minister, another questionnaire): a shock with half the spread of missions makes 1 in 5 null trends look real; see
    `fall.slopes`. Missions that lie on a straight line exactly have a slope and no interval.
    With fewer than 3 years or 4 missions there is no trend: all results are empty.
    Source: Draper & Smith, Applied Regression Analysis (1998), chapter 1; false alarms 5% where a test per respondent gives
    17 to 38%, because missions and not respondents are the independent units.
    """
    year = mission_means["year"].to_numpy(float)
    value = mission_means["value"].to_numpy(float)
    n = len(value)
    row = dict.fromkeys(("value", "low", "high", "detectable", "p_value"), np.nan) | {"n": n, "population_n": n}
    if n >= 4 and len(np.unique(year)) >= 3:
        centred = year - year.mean()
        slope = (centred * value).sum() / (centred**2).sum()
        residuals = value - value.mean() - slope * centred
        error = np.sqrt((residuals**2).sum() / (n - 2) / (centred**2).sum())
        quantile = stats.t.ppf((1 + confidence) / 2, n - 2)
        row["value"] = slope
        if error > no_spread(slope):
            row |= {"low": slope - quantile * error, "high": slope + quantile * error}
            row["detectable"] = (quantile + stats.t.ppf(power, n - 2)) * error
            row["p_value"] = 2 * stats.t.sf(abs(slope) / error, n - 2)
    row |= {"interval_kind": "t_between_missions", "interval_level": confidence}
    return pd.DataFrame([row])[[*RESULT, "detectable", "p_value"]]


def _per_mission(answers: pd.DataFrame, register: pd.DataFrame, question: str) -> pd.DataFrame:
    """Missions of the register with an answer: mission_id, year, n, mean, within (sum of squares from its mean)."""
    given = answers[["mission_id", question]].dropna().astype({question: float})
    given = given.assign(within=(given[question] - given.groupby("mission_id")[question].transform("mean")) ** 2)
    found = given.groupby("mission_id").agg(n=(question, "size"), mean=(question, "mean"), within=("within", "sum"))
    found = found.join(register.set_index("mission_id")["start_on"], how="inner", validate="one_to_one").reset_index()
    found["year"] = found["start_on"].dt.year
    return found.sort_values("mission_id", ignore_index=True)[["mission_id", "year", "n", "mean", "within"]]


def means_with_variance(answers: pd.DataFrame, register: pd.DataFrame, question: str) -> pd.DataFrame:
    """Mean of each mission with the variance that answers alone give it, as `knapp_hartung` takes them.

    Returns mission_id, year, value (scale points), variance (scale points squared), n (answers); sorted by mission_id.

    Formula: variance = s2 / n, s2 pooled over all missions: a mission's own s2 rests on few answers, and one that happens to be
    small would give its mission far too much weight. No finite population correction: a trend speaks of missions of this kind,
    not of these participants. NaN when every mission has one answer.
    """
    found = _per_mission(answers, register, question)
    freedom = float((found["n"] - 1).sum())
    pooled = found["within"].sum() / freedom if freedom > 0 else np.nan
    table = found.rename(columns={"mean": "value"}).assign(variance=pooled / found["n"])
    return table[["mission_id", "year", "value", "variance", "n"]]


def between_variance(x: np.ndarray, value: np.ndarray, variance: np.ndarray, method: str) -> float:
    """tau2: what missions differ more than x and the variances explain; never below zero."""
    n, p = x.shape
    residuals = value - x @ np.linalg.lstsq(x, value, rcond=None)[0]
    left = float((residuals**2).sum() / (n - p))
    if not variance.any():
        return left

    def weighted(tau2: float) -> tuple[np.ndarray, np.ndarray, float]:
        w = 1 / (variance + tau2)
        cross = x.T @ (w[:, None] * x)
        residuals = value - x @ np.linalg.solve(cross, x.T @ (w * value))
        return w, cross, float((w * residuals**2).sum())

    if method == "dl":
        w, cross, q = weighted(0.0)
        trace = w.sum() - np.trace(np.linalg.solve(cross, x.T @ ((w**2)[:, None] * x)))
        return max(0.0, (q - (n - p)) / trace)

    def criterion(tau2: float) -> float:
        w, cross, q = weighted(tau2)
        return float(q - np.log(w).sum() + np.linalg.slogdet(cross)[1])

    # Far above all the spread that least squares leaves; the top lies below it.
    largest = 10 * left + variance.max()
    found = optimize.minimize_scalar(criterion, bounds=(0, largest), method="bounded", options={"xatol": 1e-10 * largest})
    return 0.0 if criterion(0.0) <= found.fun else float(found.x)


def knapp_hartung(mission_means: pd.DataFrame, confidence: float = 0.95, method: str = "reml") -> pd.DataFrame:
    """Change per year in the mean of a mission, where missions with more answers count more.

    mission_means: year, value, variance (of the mean; all positive, or all zero), one row per mission: `means_with_variance`.
    Returns one row: value (scale points per year), low, high, n = population_n (missions), and
    between_missions_sd (scale points): how much missions differ when year and chance in the answers are taken off.

    Formula: weighted least squares on year with weights 1 / (tau2 + variance); tau2 by REML or ("dl") DerSimonian-Laird; variance
    of the slope times sum w (value - fitted)^2 / (k - 2) and t(k - 2) for k missions (Knapp-Hartung).
    Not valid where `yearly_change` is not: a break in the series, or something that strikes all missions of a year at once.
    With fewer than 3 years or 4 missions, or a variance that is not known, all results are empty.
    Source: Knapp & Hartung, Statistics in Medicine 22 (2003), 2693-2710; the metafor package, rma(test = "knha").
    Errors: ValueError for another method.
    """
    if method not in ("reml", "dl"):
        raise ValueError(f"method must be reml or dl, not {method}")
    year = mission_means["year"].to_numpy(float)
    value, variance = mission_means["value"].to_numpy(float), mission_means["variance"].to_numpy(float)
    n = len(value)
    row = dict.fromkeys(("value", "low", "high", "between_missions_sd"), np.nan) | {"n": n, "population_n": n}
    if n >= 4 and len(np.unique(year)) >= 3 and ((variance > 0).all() or (variance == 0).all()):
        x = np.column_stack([np.ones(n), year - year.mean()])
        tau2 = between_variance(x, value, variance, method)
        # Without any spread at all every mission counts the same.
        w = 1 / (variance + tau2) if (variance + tau2 > 0).all() else np.ones(n)
        inverse = np.linalg.inv(x.T @ (w[:, None] * x))
        coefficients = inverse @ (x.T @ (w * value))
        error = np.sqrt(inverse[1, 1] * (w * (value - x @ coefficients) ** 2).sum() / (n - 2))
        half = stats.t.ppf((1 + confidence) / 2, n - 2) * error
        row |= {"value": coefficients[1], "between_missions_sd": np.sqrt(tau2)}
        if error > no_spread(coefficients[1]):
            row |= {"low": coefficients[1] - half, "high": coefficients[1] + half}
    row |= {"interval_kind": "knapp_hartung", "interval_level": confidence}
    return pd.DataFrame([row])[[*RESULT, "between_missions_sd"]]


def _random_intercept(missions: pd.DataFrame) -> tuple[float, float, float, float]:
    """Overall mean, its standard error, variance between and variance within missions, by REML."""
    n, mean = missions["n"].to_numpy(float), missions["mean"].to_numpy(float)
    within, freedom = float(missions["within"].sum()), n.sum() - 1
    if within <= 1e-12 * max(1.0, float((mean**2).sum())):
        # Nobody differs within a mission: the likelihood has no top, and the means are all there is.
        between = float(mean.var(ddof=1))
        return float(mean.mean()), float(np.sqrt(between / len(mean))), between, 0.0

    def at(share: float) -> tuple[float, float, float, float]:
        """-2 log restricted likelihood, mean, its information and the variance within, at this share of spread between."""
        ratio = share / (1 - share)
        w = n / (1 + ratio * n)
        middle = (w * mean).sum() / w.sum()
        variance = (within + (w * (mean - middle) ** 2).sum()) / freedom
        return freedom * np.log(variance) + np.log1p(ratio * n).sum() + np.log(w.sum()), middle, w.sum(), variance

    found = optimize.minimize_scalar(lambda share: at(share)[0], bounds=(0, 1 - 1e-9), method="bounded", options={"xatol": 1e-12})
    share = 0.0 if at(0.0)[0] <= found.fun else float(found.x)
    _, middle, information, variance = at(share)
    return float(middle), float(np.sqrt(variance / information)), variance * share / (1 - share), float(variance)


def between_missions(answers: pd.DataFrame, register: pd.DataFrame, question: str, confidence: float = 0.95) -> pd.DataFrame:
    """How much missions differ, and people on the same mission: a random intercept per mission.

    Returns three rows: quantity (between_missions_sd, within_missions_sd, mean) and RESULT in scale points; n (answers),
    population_n (missions). Only the mean, that of a mission of this kind, has an interval.

    Formula: restricted likelihood (REML), profiled to the one share of the variance that lies between missions; the mean weighs
    a mission by n / (1 + n tau2 / s2); interval with t(missions - 1).
    Not valid when missions change over the years: a trend then counts as difference between missions.
    With fewer than 3 missions or no mission with two answers all results are empty.
    Source: Searle, Casella & McCulloch, Variance Components (1992), chapter 6; checked against lmer of the lme4 package.
    """
    missions = _per_mission(answers, register, question)
    names = ("between_missions_sd", "within_missions_sd", "mean")
    table = pd.DataFrame({"quantity": names, "value": np.nan, "low": np.nan, "high": np.nan})
    if len(missions) >= 3 and missions["n"].max() > 1:
        middle, error, between, within = _random_intercept(missions)
        half = stats.t.ppf((1 + confidence) / 2, len(missions) - 1) * error
        table["value"] = [np.sqrt(between), np.sqrt(within), middle]
        table.loc[2, ["low", "high"]] = middle - half, middle + half
    table = table.assign(n=int(missions["n"].sum()), population_n=len(missions), interval_level=confidence)
    # Only the mean has an interval, so only the mean has its kind and level.
    table["interval_kind"] = [None, None, "t_between_missions"]
    table["interval_level"] = table["interval_level"].where(table["quantity"] == "mean")
    return table[["quantity", *RESULT]]


def shrunken_means(answers: pd.DataFrame, register: pd.DataFrame, question: str) -> pd.DataFrame:
    """Mean of each mission, drawn to the overall mean the more the fewer answers it rests on.

    Returns mission_id, year and RESULT; value in scale points, no interval, n (answers), population_n (missions).

    Formula: mean + tau2 / (tau2 + s2 / n) * (mission's mean - mean), both variances as in `between_missions`.
    Not valid as the grade of a mission (that is `survey.mission_means`) nor for a ranking: only for a display of the spread.
    Source: Robinson, Statistical Science 6 (1991), 15-32.
    """
    missions = _per_mission(answers, register, question)
    value = np.full(len(missions), np.nan)
    if len(missions) >= 3 and missions["n"].max() > 1:
        middle, _, between, within = _random_intercept(missions)
        noise = within / missions["n"]
        # Without any spread at all there is nothing to draw: every mean is the overall mean.
        kept = between / (between + noise) if between + within > 0 else 0.0
        value = middle + kept * (missions["mean"] - middle)
    table = missions.assign(value=value, low=np.nan, high=np.nan, interval_kind=None, interval_level=np.nan)
    return table.assign(population_n=len(missions))[["mission_id", "year", *RESULT]]
