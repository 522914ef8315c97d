"""What goes together with the rating of the minister, and how strongly. Association only: drivers are not levers.

The same person answers all questions at the same moment, so who is content answers high on everything: every link is too strong.
All answers to all questions at hand count once, whatever the response of their mission.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.random import PCG64, Generator
from scipy import stats

from . import RESULT
from .survey import year_means
from .trend import outwards
from .valuation import INTERVAL_KIND, goes_with

BOOTSTRAP_KIND = "percentile_bootstrap_of_missions"


def _sums(answers: pd.DataFrame, register: pd.DataFrame, question: str, drivers: list[str]) -> np.ndarray:
    """Per mission, in order of mission_id, the sums of all products of (1, question, drivers); only answers with all of them."""
    columns = [question, *drivers]
    given = answers.loc[answers["mission_id"].isin(register["mission_id"]), ["mission_id", *columns]].dropna()
    given = given.sort_values("mission_id", kind="stable")
    values = given[columns].to_numpy(float)
    # From the mean, so that no digits are lost where the covariance is a small difference of large sums.
    values = np.column_stack([np.ones(len(values)), values - (values.mean(axis=0) if len(values) else 0.0)])
    products = values[:, :, None] * values[:, None, :]
    starts = np.flatnonzero(~given["mission_id"].duplicated().to_numpy())
    return np.add.reduceat(products, starts, axis=0) if len(starts) else products


def _explained(sums: np.ndarray) -> np.ndarray:
    """R2 (0 to 1) that each driver adds, averaged over all orders of entry: one row per sample in `sums`, a column per driver.

    Formula (LMG): sum over sets S without the driver of |S|! (k - |S| - 1)! / k! times (R2 of S with the driver - R2 of S), with
    R2 of S = c' C^-1 c for the correlations C among the drivers of S and c of each with the question.
    """
    means = sums[:, 0, 1:] / sums[:, :1, 0]
    covariance = sums[:, 1:, 1:] / sums[:, :1, :1] - means[:, :, None] * means[:, None, :]
    spread = np.sqrt(np.clip(np.diagonal(covariance, axis1=1, axis2=2), 0, None))
    # Who does not vary goes with nothing: correlation 0. 1e-7: what rounding leaves of no spread.
    scale = np.where(spread > 1e-7, spread, np.inf)
    correlation = covariance / (scale[:, :, None] * scale[:, None, :])
    k = correlation.shape[1] - 1
    link, among = correlation[:, 1:, 0], correlation[:, 1:, 1:]
    # A set of drivers as the bits of a number: bit j is set when driver j is in it.
    explained = np.zeros((2**k, len(sums)))
    for chosen in range(1, 2**k):
        inside = [j for j in range(k) if chosen >> j & 1]
        # The pseudo-inverse shares fairly between drivers that are the same question twice.
        inverse = np.linalg.pinv(among[:, inside][:, :, inside], rcond=1e-9, hermitian=True)
        explained[chosen] = np.einsum("bi,bij,bj->b", link[:, inside], inverse, link[:, inside])
    parts = np.zeros((len(sums), k))
    for chosen in range(2**k):
        size = chosen.bit_count()
        for j in range(k):
            if not chosen >> j & 1:
                weight = math.factorial(size) * math.factorial(k - size - 1) / math.factorial(k)
                parts[:, j] += weight * (explained[chosen | 1 << j] - explained[chosen])
    return parts


def _resampled(sums: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """`_explained` of as many samples of missions, drawn with replacement; missions as a whole, because they share a fate."""
    missions_n = len(sums)
    counts = Generator(PCG64(seed)).multinomial(missions_n, np.full(missions_n, 1 / missions_n), size=resamples)
    return _explained(np.tensordot(counts.astype(float), sums, axes=1))


def importance(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    drivers: list[str],
    confidence: float = 0.95,
    resamples: int = 500,
    seed: int = 1,
    step: float = 1.0,
) -> pd.DataFrame:
    """Share of each driver in what all of them together explain of the answers to `question`.

    answers: mission_id, <question>, <drivers>; only rows with all of them. register: mission_id of the missions that count.
    Returns driver and RESULT: value in percent (adds up to 100 over the drivers), low, high (rounded outwards to `step`), n
    (answers), population_n (missions); beside them explained_pct: what the drivers explain together, percent of the variance.

    Formula: LMG, the R2 that a driver adds averaged over all orders of entry (the Shapley value); quantiles of `resamples`
    samples of missions, drawn with replacement.
    Not valid as an effect, and no test: a share is never below zero, so no interval shows that a driver goes with nothing.
    With fewer than 3 missions, or nothing explained, all results are empty. Intervals are too short with few missions: coverage
    85 to 88% with 6, 90 to 93% with 10, 93 to 96% with 20 and 48.
    Source: Lindeman, Merenda & Gold (1980), p. 119; Groemping, Journal of Statistical Software 17 (2006), issue 1.
    """
    drivers = list(drivers)
    sums = _sums(answers, register, question, drivers)
    table = pd.DataFrame({"driver": drivers, "value": np.nan, "low": np.nan, "high": np.nan, "explained_pct": np.nan})
    if len(sums) >= 3:
        parts = _explained(sums.sum(axis=0, keepdims=True))[0]
        if parts.sum() > 1e-12:
            drawn = _resampled(sums, resamples, seed)
            with np.errstate(invalid="ignore"):
                shares = 100 * drawn / drawn.sum(axis=1, keepdims=True)
            bounds = np.nanquantile(shares, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
            table["value"], table["explained_pct"] = 100 * parts / parts.sum(), 100 * parts.sum()
            table[["low", "high"]] = [outwards(low, high, step) for low, high in bounds.T]
    table = table.assign(n=int(sums[:, 0, 0].sum()), population_n=len(sums))
    table = table.assign(interval_kind=BOOTSTRAP_KIND, interval_level=confidence)
    return table[["driver", *RESULT, "explained_pct"]]


def rank_probability(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, drivers: list[str], resamples: int = 500, seed: int = 1
) -> pd.DataFrame:
    """How sure is it that one driver outranks another in `importance`? The same samples of missions as there, for the same seed.

    Returns a row per ordered pair: driver, other, and RESULT: value (percent of the samples in which driver has the larger share;
    a tie counts half), no interval, n (answers), population_n (missions). Empty where `importance` is.
    Not valid as a p-value. Around 50 the data do not say which of the two comes first.
    """
    drivers = list(drivers)
    sums = _sums(answers, register, question, drivers)
    known = len(sums) >= 3 and _explained(sums.sum(axis=0, keepdims=True)).sum() > 1e-12
    # Rounded, because drivers that are the same question twice differ in the last digit only.
    drawn = _resampled(sums, resamples, seed).round(12) if known else np.full((1, len(drivers)), np.nan)
    rows = []
    for at, driver in enumerate(drivers):
        for beside, other in enumerate(drivers):
            if other != driver:
                larger, same = drawn[:, at] > drawn[:, beside], drawn[:, at] == drawn[:, beside]
                value = 100 * float(larger.mean() + same.mean() / 2) if known else np.nan
                rows.append({"driver": driver, "other": other, "value": value})
    table = pd.DataFrame(rows, columns=["driver", "other", "value"]).assign(low=np.nan, high=np.nan)
    table = table.assign(interval_kind=None, interval_level=np.nan, n=int(sums[:, 0, 0].sum()), population_n=len(sums))
    return table[["driver", "other", *RESULT]]


def performance(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    drivers: dict[str, tuple[int, int]],
    year: int | None = None,
    confidence: float = 0.95,
    step: float = 0.1,
) -> pd.DataFrame:
    """How high each driver itself is answered, the other axis beside `importance`: by the participants of a year or of all years.

    drivers: each with its scale. register: mission_id, invited_n, start_on of the missions that count.
    Returns driver and RESULT in scale points; n (answers), population_n (invited by the missions with an answer). A driver that
    nobody answered has an empty row.

    Formula: `survey.year_means`; without a year all missions are taken together as if they were of one year.
    Not valid for "did it get better": see there.
    """
    if year is None:
        # Any date: together they are one year.
        chosen = register.assign(start_on=pd.Timestamp(1970, 1, 1))
    else:
        chosen = register[register["start_on"].dt.year == year]
    rows = []
    for driver, scale in drivers.items():
        means = year_means(answers, chosen, driver, scale, confidence, step)[RESULT]
        empty = dict.fromkeys(RESULT, np.nan) | {"n": 0, "population_n": 0}
        rows.append((means if len(means) else pd.DataFrame([empty])).assign(driver=driver))
    return pd.concat(rows, ignore_index=True)[["driver", *RESULT]]


def within_between(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, driver: str, confidence: float = 0.95, step: float = 0.01
) -> pd.DataFrame:
    """Two links in one: between people on the same mission, and between missions.

    answers: mission_id, <question>, <driver>; only rows with both. register: mission_id of the missions that count.
    Returns two rows: part (within, between) and RESULT: value (points per point), low, high (rounded outwards to `step`), n
    (answers), population_n (missions). within: answers against the mean of their mission; between: means of missions.

    Formula: least squares on the deviation from the mission's mean and on that mean (Mundlak). The two are uncorrelated, so
    within is `valuation.goes_with`, and between the line through the missions' means weighted by their answers, with a jackknife
    over missions (CR3): (G - 1) / G * sum (slope without a mission - slope)^2. Both t(G - 1) for G missions.
    The correction of `goes_with` would do for between only with many missions: 81, 86, 90 and 93% coverage with 5, 10, 20 and 48;
    the jackknife has 95, 94, 94 and 94%.
    Not valid as an effect. A mission's mean over few answers holds chance, which draws between towards within. between is
    empty with fewer than 4 missions, the same mean everywhere, or when one mission alone decides the line.
    Source: Mundlak, Econometrica 46 (1978), 69-85; Cameron & Miller, Journal of Human Resources 50 (2015), 317-372.
    """
    within = goes_with(answers, register, question, driver, confidence, step)
    both = answers.loc[answers["mission_id"].isin(register["mission_id"]), ["mission_id", question, driver]].dropna()
    means = (
        both.astype({question: float, driver: float})
        .groupby("mission_id")
        .agg(n=(question, "size"), y=(question, "mean"), x=(driver, "mean"))
    )
    n, y = means["n"].to_numpy(float), means["y"].to_numpy()
    answers_n, missions_n = int(n.sum()), len(n)
    row = dict.fromkeys(("value", "low", "high"), np.nan) | {"n": answers_n, "population_n": missions_n}
    if missions_n >= 4 and np.ptp(means["x"]) > 1e-9:
        x = means["x"].to_numpy() - np.average(means["x"], weights=n)
        spread = (n * x**2).sum()
        slope = (n * x * y).sum() / spread
        # What the line misses by at a mission, and would miss by were the mission not there to pull at it.
        missed, pull = y - np.average(y, weights=n) - slope * x, n * (1 / n.sum() + x**2 / spread)
        if pull.max() < 1 - 1e-9:
            moved = n * x * missed / (1 - pull) / spread
            error = np.sqrt((missions_n - 1) / missions_n * (moved**2).sum())
            half = stats.t.ppf((1 + confidence) / 2, missions_n - 1) * error
            low, high = outwards(slope - half, slope + half, step)
            row |= {"value": slope, "low": low, "high": high}
    between = pd.DataFrame([row | {"interval_kind": INTERVAL_KIND, "interval_level": confidence}])
    return pd.concat([within.assign(part="within"), between.assign(part="between")], ignore_index=True)[["part", *RESULT]]
