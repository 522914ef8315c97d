"""Estimates for other designs than our own: a rate without an end to the population, a mean with strata and clusters, pooled
effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from . import RESULT
from .trend import between_variance

KIND_OF_RATE, KIND_OF_CLUSTERS, KIND_OF_POOLED = "clopper_pearson", "t_strata_and_clusters", "knapp_hartung"


def rate(yes_n: int, n: int, confidence: float = 0.95) -> pd.DataFrame:
    """A rate in a population without an end, of which `n` were drawn: one row of RESULT in percent (0-100), population_n empty.

    Formula: exact, from the quantiles of the beta distribution; holds the truth at least as often as it says, and no answers
    leave 0 to 100. For a population with an end: `shares.hypergeometric_interval`.
    Not valid when answers come in clusters: then `clustered_mean`.
    Source: Clopper & Pearson, Biometrika 26 (1934), 404-413. Errors: ValueError when there are more yeses than answers.
    """
    if not 0 <= yes_n <= n:
        raise ValueError("a rate needs 0 <= yes_n <= n")
    tail = (1 - confidence) / 2
    low = stats.beta.ppf(tail, yes_n, n - yes_n + 1) if yes_n else 0.0
    high = stats.beta.ppf(1 - tail, yes_n + 1, n - yes_n) if yes_n < n else 1.0
    row = dict.fromkeys(RESULT, np.nan) | {"value": 100 * yes_n / n if n else np.nan, "low": 100 * low, "high": 100 * high}
    return pd.DataFrame([row | {"n": n, "interval_kind": KIND_OF_RATE, "interval_level": confidence}])[RESULT]


def clustered_mean(rows: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Mean of a draw of clusters within strata, with weights: one row of RESULT in the unit of `value`, beside it clusters_n.

    rows: value, weight, stratum, cluster (a name is unique within its stratum), one per respondent; and, if the strata have an
    end, of_clusters: how many clusters the stratum has. population_n is the sum of weights.

    Formula: sum w y / sum w; with z = w (y - mean) / sum w per cluster, variance = sum over strata of (1 - m/M) * m / (m - 1) *
    sum (z - mean z)^2 for m of M clusters; t(clusters - strata). A stratum with one cluster cannot say how clusters differ: no
    interval, unless that is all of its clusters.
    Not valid with few clusters whose sizes differ much. Source: Cochran, Sampling Techniques (1977), sections 9A.1 and 11.19;
    Binder, International Statistical Review 51 (1983), 279-292; it is svymean of R survey.
    """
    given = rows.dropna(subset=["value"]).astype({"value": float, "weight": float})
    row = dict.fromkeys(RESULT, np.nan) | {"n": len(given), "clusters_n": 0, "population_n": 0.0}
    if len(given):
        total = given["weight"].sum()
        mean = float((given["weight"] * given["value"]).sum() / total)
        parts = given.assign(z=given["weight"] * (given["value"] - mean) / total)
        clusters = parts.groupby(["stratum", "cluster"]).agg(z=("z", "sum"))
        of_strata = clusters["z"].groupby("stratum").agg(["size", "var"])
        size = of_strata["size"].to_numpy(float)
        whole = given.groupby("stratum")["of_clusters"].first().to_numpy(float) if "of_clusters" in given else np.inf
        left = 1 - size / whole
        variance = np.where(left == 0, 0.0, left * size * of_strata["var"].to_numpy(float)).sum()
        row |= {"value": mean, "clusters_n": len(clusters), "population_n": float(total)}
        freedom = len(clusters) - len(of_strata)
        if not np.isnan(variance) and (freedom > 0 or variance == 0):
            half = stats.t.ppf((1 + confidence) / 2, freedom) * np.sqrt(variance) if variance > 0 else 0.0
            row |= {"low": mean - half, "high": mean + half}
    row |= {"interval_kind": KIND_OF_CLUSTERS, "interval_level": confidence}
    return pd.DataFrame([row])[[*RESULT, "clusters_n"]]


def pooled(effects: pd.DataFrame, confidence: float = 0.95, method: str = "reml") -> pd.DataFrame:
    """Effects of several studies pooled, when they need not have the same effect.

    effects: value, variance (of the value; all positive), one row per study. Returns one row: RESULT in the unit of value (n =
    population_n: studies), heterogeneity_sd (how much true effects differ), i2_pct (which part of the spread is not chance),
    next_low and next_high (where the effect of another study of this kind would lie).

    Formula: weights 1 / (tau2 + variance), tau2 by REML or ("dl") DerSimonian-Laird; Knapp-Hartung interval with t(k - 1); I2 =
    tau2 / (tau2 + typical variance); next study: value -+ t(k - 2) * sqrt(tau2 + error^2).
    Not valid as a test that all effects are alike: with few studies tau2 is uncertain. With fewer than 3 studies, or a variance
    that is not known, all results are empty. Source: Knapp & Hartung, Statistics in Medicine 22 (2003), 2693-2710; Higgins &
    Thompson, Statistics in Medicine 21 (2002), 1539-1558; Higgins, Thompson & Spiegelhalter, JRSS A 172 (2009), 137-159.
    """
    value, variance = effects["value"].to_numpy(float), effects["variance"].to_numpy(float)
    k = len(value)
    more = ("heterogeneity_sd", "i2_pct", "next_low", "next_high")
    row = dict.fromkeys([*RESULT, *more], np.nan) | {"n": k, "population_n": k}
    row |= {"interval_kind": KIND_OF_POOLED, "interval_level": confidence}
    if k >= 3 and (variance > 0).all():
        tau2 = between_variance(np.ones((k, 1)), value, variance, method)
        w, plain = 1 / (variance + tau2), 1 / variance
        mean = float((w * value).sum() / w.sum())
        error = np.sqrt((w * (value - mean) ** 2).sum() / (k - 1) / w.sum())
        half = stats.t.ppf((1 + confidence) / 2, k - 1) * error
        typical = (k - 1) * plain.sum() / (plain.sum() ** 2 - (plain**2).sum())
        further = stats.t.ppf((1 + confidence) / 2, k - 2) * np.sqrt(tau2 + error**2)
        row |= {"value": mean, "low": mean - half, "high": mean + half, "heterogeneity_sd": np.sqrt(tau2)}
        row |= {"i2_pct": 100 * tau2 / (tau2 + typical), "next_low": mean - further, "next_high": mean + further}
    return pd.DataFrame([row])[[*RESULT, *more]]
