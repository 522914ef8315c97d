"""What goes together with the rating of the minister, and how strongly. Association only: drivers are not levers.

The same person answers all questions at the same moment, so who is content answers high on everything: every link is too strong.
Answers are weighted to the participants of their mission, as in `ordinal`, so that a page speaks of the same people throughout.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.random import PCG64, Generator
from scipy import stats

from . import RESULT
from .ordinal import answered
from .survey import year_means
from .trend import no_spread
from .valuation import INTERVAL_KIND, goes_with

BOOTSTRAP_KIND = "percentile_bootstrap_of_missions"
LINE, DUMMIES, NONE = "line", "dummies", "none"  # how the year enters a comparison of missions


def _sums(given: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Per mission the weighted sums of all products of (1, question, drivers); given: as `_given`."""
    values = given[columns].to_numpy(float)
    # From the mean, so that no digits are lost where the covariance is a small difference of large sums.
    values = np.column_stack([np.ones(len(values)), values - (values.mean(axis=0) if len(values) else 0.0)])
    products = values[:, :, None] * values[:, None, :] * given["weight"].to_numpy(float)[:, None, None]
    starts = np.flatnonzero(~given["mission_id"].duplicated().to_numpy())
    return np.add.reduceat(products, starts, axis=0) if len(starts) else products


def _given(answers: pd.DataFrame, register: pd.DataFrame, question: str, drivers: list[str]) -> pd.DataFrame:
    """Answers with all of the questions and their weight, in order of mission_id."""
    return answered(answers, register, [question, *drivers]).sort_values("mission_id", kind="stable", ignore_index=True)


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
) -> pd.DataFrame:
    """Share of each driver in what all of them together explain of the answers to `question`.

    answers: mission_id, <question>, <drivers>; only rows with all of them. register: mission_id and invited_n of the missions
    that count. Returns driver and RESULT: value in percent (adds up to 100 over the drivers), low, high, n
    (answers), population_n (missions); beside them explained_pct: what the drivers explain together, percent of the variance.

    Formula: LMG, the R2 that a driver adds averaged over all orders of entry (the Shapley value), with answers weighted by
    `ordinal.answered`; quantiles of `resamples` samples of missions, drawn with replacement.
    Not valid as an effect, and no test: a share is never below zero, so no interval shows that a driver goes with nothing, and
    where nothing goes together one driver still seems to be three quarters of it: show it only where `joint_test` rejects.
    With fewer than 3 missions, or nothing explained, all results are empty. Intervals are too short with few missions: coverage
    86% with 6, 89% with 10, 91% with 20, 94% with 48.
    Source: Lindeman, Merenda & Gold (1980), p. 119; Groemping, Journal of Statistical Software 17 (2006), issue 1.
    """
    drivers = list(drivers)
    given = _given(answers, register, question, drivers)
    sums = _sums(given, [question, *drivers])
    table = pd.DataFrame({"driver": drivers, "value": np.nan, "low": np.nan, "high": np.nan, "explained_pct": np.nan})
    if len(sums) >= 3:
        parts = _explained(sums.sum(axis=0, keepdims=True))[0]
        if parts.sum() > 1e-12:
            drawn = _resampled(sums, resamples, seed)
            with np.errstate(invalid="ignore"):
                shares = 100 * drawn / drawn.sum(axis=1, keepdims=True)
            bounds = np.nanquantile(shares, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
            table["value"], table["explained_pct"] = 100 * parts / parts.sum(), 100 * parts.sum()
            table[["low", "high"]] = bounds.T
    table = table.assign(n=len(given), population_n=len(sums))
    table = table.assign(interval_kind=BOOTSTRAP_KIND, interval_level=confidence)
    return table[["driver", *RESULT, "explained_pct"]]


def joint_test(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, drivers: list[str], permutations: int = 999, seed: int = 1
) -> tuple[float, float]:
    """Do the drivers together explain more of the answers to `question` than chance? R2 in percent, and a p-value.

    answers, register: as `importance`. The p-value is empty (NaN) where `importance` is.

    Formula: the R2 of `importance`, among those with the answers to `question` permuted within missions (seeded); p = (1 + as
    large) / (1 + permutations). What missions have in common stays as it is, so only people on the same mission are compared.
    Not valid as a test of one driver, nor of a link between missions.
    Source: Winkler et al., NeuroImage 92 (2014), 381-397 (permutation within blocks); Phipson & Smyth, Statistical Applications
    in Genetics and Molecular Biology 9 (2010), article 39 (the added one).
    """
    drivers = list(drivers)
    given = _given(answers, register, question, drivers)
    mission, weight = given["mission_id"].factorize()[0], given["weight"].to_numpy(float)
    if len(np.unique(mission)) < 3:
        return np.nan, np.nan
    share = weight / weight.sum()
    y, x = given[question].to_numpy(float), given[drivers].to_numpy(float)
    y, x = y - share @ y, x - share @ x
    total, among = share @ y**2, x.T @ (share[:, None] * x)
    if total <= 1e-12 or np.trace(among) <= 1e-12:
        return np.nan, np.nan
    inverse, weighted = np.linalg.pinv(among, rcond=1e-9, hermitian=True), share[:, None] * x
    draw = Generator(PCG64(seed))

    def explained(answered_as: np.ndarray) -> np.ndarray:
        links = answered_as @ weighted
        return np.einsum("bi,ij,bj->b", links, inverse, links) / total

    # Within a mission all weights are the same, so the total stays what it is.
    order = [np.lexsort((draw.uniform(size=len(y)), mission)) for _ in range(permutations)]
    permuted = explained(y[np.array(order)])
    found = float(explained(y[None, :])[0])
    # 1e-12: an order that is the same up to rounding error explains as much.
    return 100 * found, float((1 + (permuted >= found - 1e-12).sum()) / (1 + permutations))


def rank_probability(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, drivers: list[str], resamples: int = 500, seed: int = 1
) -> pd.DataFrame:
    """How sure is it that one driver outranks another in `importance`? The same samples of missions as there, for the same seed.

    Returns a row per ordered pair: driver, other, and RESULT: value (percent of the samples in which driver has the larger share;
    a tie counts half), no interval, n (answers), population_n (missions). Empty where `importance` is.
    Not valid as a p-value. Around 50 the data do not say which of the two comes first.
    """
    drivers = list(drivers)
    given = _given(answers, register, question, drivers)
    sums = _sums(given, [question, *drivers])
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
    table = table.assign(interval_kind=None, interval_level=np.nan, n=len(given), population_n=len(sums))
    return table[["driver", "other", *RESULT]]


def performance(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    drivers: dict[str, tuple[int, int]],
    year: int | None = None,
    confidence: float = 0.95,
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
        means = year_means(answers, chosen, driver, scale, confidence)[RESULT]
        empty = dict.fromkeys(RESULT, np.nan) | {"n": 0, "population_n": 0}
        rows.append((means if len(means) else pd.DataFrame([empty])).assign(driver=driver))
    return pd.concat(rows, ignore_index=True)[["driver", *RESULT]]


def within_between(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    driver: str,
    confidence: float = 0.95,
    years: str = LINE,
) -> pd.DataFrame:
    """Two links in one: between people on the same mission, and between missions of the same year.

    answers: mission_id, <question>, <driver>; only rows with both. register: mission_id and start_on of the missions that count.
    years: how the year enters the second: "line", "dummies" (each year its own level) or "none".
    Returns two rows: part (within, between) and RESULT: value (points per point), low, high, n (answers), population_n
    (missions). within: answers against the mean of their mission; between: means of missions, the year held equal.

    Formula: least squares on the deviation from the mission's mean and on that mean (Mundlak). The two are uncorrelated, so
    within is `valuation.goes_with`, and between the regression of the missions' means on that mean and the year, weighted by
    their answers, with a jackknife over missions (CR3): (G - 1) / G * sum (slope without a mission - slope)^2. t(G - 1) within
    and t(G - k) between, for G missions and k columns of the model beside the driver.
    Without the year, two series that both fall seem linked: of a slope of 0.47 in the first sample 0.32 was left.
    Not valid as an effect. A mission's mean over few answers holds chance, which draws between towards within. between is
    empty with fewer than three missions more than columns, without spread, or when one mission alone decides the slope.
    Source: Mundlak, Econometrica 46 (1978), 69-85; Cameron & Miller, Journal of Human Resources 50 (2015), 317-372.
    """
    within = goes_with(answers, register, question, driver, confidence)
    both = answers.loc[answers["mission_id"].isin(register["mission_id"]), ["mission_id", question, driver]].dropna()
    both = both.astype({question: float, driver: float})
    means = both.groupby("mission_id").agg(n=(question, "size"), y=(question, "mean"), x=(driver, "mean"))
    n, missions_n = means["n"].to_numpy(float), len(means)
    row = dict.fromkeys(("value", "low", "high"), np.nan) | {"n": int(n.sum()), "population_n": missions_n}
    design = np.ones((missions_n, 1))
    if years != NONE and missions_n:
        year = register.set_index("mission_id")["start_on"].dt.year.reindex(means.index).to_numpy(float)
        of_year = year[:, None] == np.unique(year)
        design = of_year.astype(float) if years == DUMMIES else np.column_stack([design, year - year.mean()])
        design = design if np.ptp(year) > 0 else design[:, :1]
    freedom = missions_n - design.shape[1]
    if freedom >= 3:
        root = np.sqrt(n)
        scaled = np.column_stack([design, means["x"].to_numpy()]) * root[:, None]
        # What of the driver the year leaves; the slope is that on it alone.
        left = scaled[:, -1] - scaled[:, :-1] @ np.linalg.lstsq(scaled[:, :-1], scaled[:, -1], rcond=None)[0]
        spread = float(left @ left)
        if spread > 1e-9:
            y = means["y"].to_numpy() * root
            coefficients = np.linalg.lstsq(scaled, y, rcond=None)[0]
            # What the model misses by at a mission, and would miss by were the mission not there to pull at it.
            missed, pull = y - scaled @ coefficients, (np.linalg.qr(scaled)[0] ** 2).sum(axis=1)
            # A year with one mission is fitted by its own level: without it the slope is the same.
            alone = np.abs(left) < 1e-9 * np.sqrt(spread)
            if (pull[~alone] < 1 - 1e-9).all():
                moved = np.where(alone, 0.0, left * missed / np.where(alone, 1.0, 1 - pull)) / spread
                error = np.sqrt((missions_n - 1) / missions_n * (moved**2).sum())
                half = stats.t.ppf((1 + confidence) / 2, freedom) * error
                row["value"] = float(coefficients[-1])
                if error > no_spread(coefficients[-1]):
                    row |= {"low": coefficients[-1] - half, "high": coefficients[-1] + half}
    between = pd.DataFrame([row | {"interval_kind": INTERVAL_KIND, "interval_level": confidence}])
    return pd.concat([within.assign(part="within"), between.assign(part="between")], ignore_index=True)[["part", *RESULT]]
