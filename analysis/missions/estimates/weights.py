"""Weights that make answers resemble all participants in what the register knows of them, and means with such weights."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pandas as pd
from scipy import stats

from . import RESULT, shares, survey

INTERVAL_KIND = "t_raked"
INTERVAL_KIND_POST_STRATIFIED = "t_post_stratified"
_FITS = 1e-8  # part of a margin that may be missing
_ROUNDS_N = 2000
_NOT_SAID = "not_said"  # size class of an answer that leaves it open
# Answers of a year; weights: None when none under the cap fit. size: mission -> its participations.
_Weighted = namedtuple("_Weighted", "values weights margins missions size population_n")


def effective_n(weights: pd.Series | np.ndarray) -> float:
    """So many equally weighted answers would be as precise: (sum w)^2 / sum w^2; empty without weights.

    Not valid when weights follow what is asked: then they may make a mean more precise and not less.
    Source: Kish, Survey Sampling (1965), section 11.7.
    """
    weights = np.asarray(weights, dtype=float)
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else float("nan")


def raked(sample: pd.DataFrame, targets: dict[str, pd.Series], cap: float = 3.0, start: pd.Series | None = None) -> pd.Series:
    """Weight of each respondent, so that the weights of each category add up to its count in the population.

    sample: one row per respondent, a column per margin. targets: column -> count per category, all with the same total.
    start: weights to begin with (default 1). Returns weights with the index of `sample`. None is more than `cap` times the
    median, after division by `start`: what is capped is the adjustment, because `start` is the design.

    Formula: iterative proportional fitting: margin by margin, weights times target / sum; then trimmed, until all margins fit to
    1e-8 of their target. Not valid when within a category those who answer differ from the silent.
    Source: Deming & Stephan, Annals of Mathematical Statistics 11 (1940), 427-444; trimming: Potter, ASA Proceedings of the
    Section on Survey Research Methods (1990), 225-230.
    Errors: ValueError that names a category with a target and no respondents, or with respondents and no target; when totals of
    margins differ; and, with the category that is furthest off, when no weights under the cap are found that fit.
    """
    _require_full(sample, targets)
    start = pd.Series(1.0, index=sample.index) if start is None else start.astype(float)
    weights, column, category, gap = _fitted(sample, targets, cap, start)
    if gap > _FITS:
        raise ValueError(
            f"found no weights of at most {cap:g} times their median that fit: {column} '{category}' stays {100 * gap:.2g}% off"
        )
    return weights


def _require_full(sample: pd.DataFrame, targets: dict[str, pd.Series]) -> None:
    for column, target in targets.items():
        if sample[column].isna().any():
            raise ValueError(f"respondents without {column}")
        found, wanted = set(sample[column]), set(target.index[target > 0])
        if missing := sorted(wanted - found, key=str):
            raise ValueError(f"no respondents in {column} '{missing[0]}', which stands for {target[missing[0]]:g} participants")
        if extra := sorted(map(str, found - wanted)):
            raise ValueError(f"respondents in {column} '{extra[0]}', which has no target")
    totals = [float(target.sum()) for target in targets.values()]
    if totals and max(totals) - min(totals) > _FITS * max(totals):
        raise ValueError(
            f"margins have different totals: {', '.join(f'{name} {t:g}' for name, t in zip(targets, totals, strict=True))}"
        )


def _fitted(
    sample: pd.DataFrame, targets: dict[str, pd.Series], cap: float, start: pd.Series
) -> tuple[pd.Series, str, str, float]:
    """Weights after fitting, and the margin that is furthest off: column, category and part of its target (0-1)."""
    margins = []
    for column, target in targets.items():
        names, codes = np.unique(sample[column].to_numpy(object), return_inverse=True)
        margins.append((column, names, codes, target.reindex(names).to_numpy(float)))
    design = start.to_numpy(float)
    weights, worst = design.copy(), ("", "", 0.0)
    for _ in range(_ROUNDS_N):
        for _, names, codes, target in margins:
            weights = weights * (target / np.bincount(codes, weights, len(names)))[codes]
        if len(weights):
            weights = np.minimum(weights, cap * np.median(weights / design) * design)
        worst = ("", "", 0.0)
        for column, names, codes, target in margins:
            gaps = np.abs(np.bincount(codes, weights, len(names)) / target - 1)
            if len(gaps) and gaps.max() > worst[2]:
                worst = (column, str(names[gaps.argmax()]), float(gaps.max()))
        if worst[2] <= _FITS:
            break
    return pd.Series(weights, index=sample.index), *worst


def calibrated_mean(
    values: pd.Series,
    weights: pd.Series,
    margins: pd.DataFrame,
    strata: pd.Series,
    population: pd.Series,
    confidence: float = 0.95,
) -> tuple[float, float, float]:
    """Mean with weights that fit margins: its value, its standard error and the half width of its interval.

    values, weights, margins (a column per margin), strata: a row per respondent. population: stratum -> its participants.

    Formula: value = sum w y / sum w. With e = y minus its least squares fit on the margins and x = w e / sum w, the variance is
    sum over strata of (1 - n_h/N_h) * n_h/(n_h - 1) * sum (x - mean_h x)^2: only what the margins leave open is uncertain.
    Half width: the wider of that (Satterthwaite degrees of freedom) and the same with one variance of e for all respondents,
    which also serves strata with one respondent.
    Not valid when weights came about by looking at the answers.
    Source: Deville, Sarndal & Sautory, JASA 88 (1993), 1013-1020; R survey 4.1-1 (`rake`, `postStratify`) gives the same.
    """
    y, share = values.to_numpy(float), (weights / weights.sum()).to_numpy(float)
    value = float((share * y).sum())
    design = np.column_stack([pd.get_dummies(margins[column].astype(str)).to_numpy(float) for column in margins])
    fit, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ fit
    freedom = len(y) - int(rank)
    pooled = float((residual**2).sum() / freedom) if freedom > 0 else float("nan")
    rows = pd.DataFrame({"x": share * residual, "square": share**2, "stratum": strata.to_numpy()}).groupby("stratum")
    n, size = rows.size().to_numpy(float), rows.size().index.map(population).to_numpy(float)
    open_part, spread = 1 - n / size, rows["x"].var().to_numpy(float)
    shared_parts = open_part * rows["square"].sum().to_numpy(float) * pooled
    own_parts = np.where(n > 1, open_part * n * spread, shared_parts)
    several = n > 1
    squares = (own_parts[several] ** 2 / (n[several] - 1)).sum()
    own_freedom = own_parts.sum() ** 2 / squares if squares > 0 else freedom
    quantiles = stats.t.ppf((1 + confidence) / 2, [max(own_freedom, 1), max(freedom, 1)])
    half = np.fmax(quantiles[0] * np.sqrt(own_parts.sum()), quantiles[1] * np.sqrt(shared_parts.sum()))
    if (n == size).all():
        half = 0.0
    elif freedom <= 0:
        half = np.nan  # every answer fits exactly, because there are as many margins as answers
    elif pooled <= 1e-12:
        half = np.inf  # nobody differs from what the margins say: how far chance reaches is not known
    return value, float(np.sqrt(own_parts.sum())), float(half)


def post_stratified_mean(
    values: pd.Series,
    categories: pd.Series,
    population: pd.Series,
    scale: tuple[float, float],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Mean of a plain random draw, weighted afterwards to the known sizes of categories.

    values: answers (empty = no answer), categories: of the same respondents. population: category -> its participants.
    Returns one row: value (scale points), low, high, n (answers), population_n, effective_n.

    Formula: sum N_g/N * mean_g; variance by `calibrated_mean` with one stratum. Not valid for a draw per mission.
    Source: Cochran, Sampling Techniques (1977), section 5A.9. R survey 4.1-1 (`postStratify`) gives the same standard error.
    Errors: ValueError that names a category with participants and no answers, or with answers and no participants.
    """
    answered = values.notna()
    values, categories = values[answered].astype(float), categories[answered]
    margins = pd.DataFrame({"category": categories})
    _require_full(margins, {"category": population})
    weights = categories.map(population) / categories.map(categories.value_counts())
    everybody = pd.Series({0: float(population.sum())})
    if len(values) > everybody[0]:
        raise ValueError("more answers than participants")
    value, _, half = calibrated_mean(values, weights, margins, pd.Series(0, index=values.index), everybody, confidence)
    row = {"value": value, "n": len(values), "population_n": int(everybody[0]), "effective_n": effective_n(weights)}
    row |= _possible(values, everybody[0], value, scale)
    row |= {"interval_kind": INTERVAL_KIND_POST_STRATIFIED, "interval_level": confidence}
    return survey._interval(pd.DataFrame([row]), np.array([half]))[[*RESULT, "effective_n"]]


def _possible(values: pd.Series, population_n: float, value: float, scale: tuple[float, float]) -> dict[str, float]:
    """What the silent could still make of the mean. A weight under 1 may bring the weighted mean itself outside of it."""
    silent = population_n - len(values)
    lowest, highest = ((float(values.sum()) + silent * end) / population_n for end in scale)
    return {"lowest_possible": min(lowest, value), "highest_possible": max(highest, value)}


def weighted_year_mean(
    answers: pd.DataFrame,
    participations: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    year: int,
    cap: float = 3.0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Mean answer of all participants of a year, weighted to missions and size classes of the register of participations.

    answers: mission_id, size_class (may be empty), <question>. participations: mission_id, size_class, has_cancelled.
    register: mission_id, start_on. Returns one row: value (scale points), low, high, n (answers),
    population_n (participations that were not cancelled, of the missions with an answer), effective_n.

    Formula: start with N_h / n_h, as `survey.year_means`; rake to the margins mission and size class (`raked`, `calibrated_mean`
    with missions as strata). An answer without a size class keeps the weight of its mission. A size class that nobody answered
    for is represented by the others. Without an answer in the year, or without weights under the cap that fit: no value.
    Not valid as a repair of all non-response: only of what goes together with size.
    Errors: ValueError when a mission has more answers than participations.
    """
    row = dict.fromkeys(RESULT, np.nan) | {"interval_kind": INTERVAL_KIND, "interval_level": confidence}
    found = _weighted(answers, participations, register, question, year, cap)
    frame = pd.DataFrame([row | {"n": len(found.values), "population_n": found.population_n, "effective_n": np.nan}])
    if found.weights is None:
        return frame[[*RESULT, "effective_n"]]
    value, _, half = calibrated_mean(found.values, found.weights, found.margins, found.missions, found.size, confidence)
    frame = frame.assign(value=value, effective_n=effective_n(found.weights))
    frame = frame.assign(**_possible(found.values, found.population_n, value, scale))
    return survey._interval(frame, np.array([half]))[[*RESULT, "effective_n"]]


def weighted_year_shares(
    answers: pd.DataFrame,
    participations: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    between: dict[str, tuple[float, float]],
    year: int,
    cap: float = 3.0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Shares of all participants of a year whose answer lies from a to b, weighted as `weighted_year_mean`.

    between: name -> (lowest, highest answer that counts). answers, participations, register, cap: see there.
    Returns name and RESULT: value, low, high in percent (0-100), n (answers), population_n (participations that were not
    cancelled, of the missions with an answer); a row per name. Empty where `weighted_year_mean` is.

    Formula: `calibrated_mean` of 0/1 answers; the interval is the wider of its own and `shares.hypergeometric_interval` for a
    plain draw of `effective_n` answers, so that a share of 0 or 100 keeps one, within what those who answered make certain.
    Source: as `weighted_year_mean`; Korn & Graubard, Survey Methodology 24 (1998), 193-201.
    """
    found = _weighted(answers, participations, register, question, year, cap)
    about = {"n": len(found.values), "population_n": found.population_n}
    rows = []
    for name, (lowest, highest) in between.items():
        row = dict.fromkeys(RESULT, np.nan) | about | {"name": name}
        if found.weights is not None:
            yes = found.values.between(lowest, highest).astype(float)
            value, _, half = calibrated_mean(yes, found.weights, found.margins, found.missions, found.size, confidence)
            row |= {"value": 100 * value} | _share_bounds(yes, value, half, found, confidence)
        rows.append(row | {"interval_kind": INTERVAL_KIND, "interval_level": confidence})
    return pd.DataFrame(rows)[["name", *RESULT]]


def _share_bounds(yes: pd.Series, value: float, half: float, found: _Weighted, confidence: float) -> dict[str, float]:
    """Percent bounds of a weighted share (0-1)."""
    everybody, n = found.population_n, len(yes)
    if n == everybody:
        return {"low": 100 * value, "high": 100 * value}
    effective = min(max(int(effective_n(found.weights) + 1e-9), 1), everybody - 1)
    # 1e-9: a whole number that multiplication left just beside itself is that number.
    drawn = np.array([np.floor(value * effective + 1e-9), np.ceil(value * effective - 1e-9)])
    low, high = shares.hypergeometric_interval(drawn, np.full(2, effective), np.full(2, everybody), confidence)
    possible = _possible(yes, everybody, value, (0.0, 1.0))
    low, high = np.fmin(low[0], 100 * (value - half)), np.fmax(high[1], 100 * (value + half))
    return {
        "low": max(float(low), 100 * possible["lowest_possible"]),
        "high": min(float(high), 100 * possible["highest_possible"]),
    }


def _weighted(
    answers: pd.DataFrame, participations: pd.DataFrame, register: pd.DataFrame, question: str, year: int, cap: float
) -> _Weighted:
    """The answers of a year with their weights. Errors: ValueError when a mission has more answers than participations."""
    of_year = register.loc[register["start_on"].dt.year == year, "mission_id"]
    given = answers.loc[answers["mission_id"].isin(of_year), ["mission_id", "size_class", question]].dropna(subset=question)
    given = given.reset_index(drop=True)
    went = participations[~participations["has_cancelled"] & participations["mission_id"].isin(given["mission_id"])]
    size, n = went.groupby("mission_id").size(), given.groupby("mission_id").size()
    if (n > size.reindex(n.index, fill_value=0)).any():
        raise ValueError(f"more answers to {question} than participations")
    weights = _weights_of_year(given, went, cap) if len(given) else None
    margins = given[["mission_id", "size_class"]].fillna({"size_class": _NOT_SAID})
    return _Weighted(given[question].astype(float), weights, margins, given["mission_id"], size, len(went))


def _weights_of_year(given: pd.DataFrame, went: pd.DataFrame, cap: float) -> pd.Series | None:
    """Weights of the answers to both margins; None when none under the cap are found."""
    mission = given["mission_id"]
    design = mission.map(went.groupby("mission_id").size()) / mission.map(mission.value_counts())
    # A class on a form that no participant of these missions has is as good as none.
    known = given[given["size_class"].isin(went["size_class"].dropna())]
    weights = design.astype(float)
    if known.empty:
        return weights
    by_mission = weights[known.index].groupby(known["mission_id"]).sum()
    like = went[went["mission_id"].isin(by_mission.index) & went["size_class"].isin(known["size_class"])]
    by_size = like.groupby("size_class").size().astype(float)
    targets = {"mission_id": by_mission, "size_class": by_size * by_mission.sum() / by_size.sum()}
    fitted, _, _, gap = _fitted(known[["mission_id", "size_class"]], targets, cap, weights[known.index])
    if gap > _FITS:
        return None
    weights[known.index] = fitted
    return weights
