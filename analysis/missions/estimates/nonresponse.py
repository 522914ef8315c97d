"""How much the silent could change: bounds, the answer that would tip a sentence, late answers, and another weighting."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import RESULT, survey

INTERVAL_KIND_WORST_CASE = "worst_case"
INTERVAL_KIND_OF_DIFFERENCE = "t_two_waves"
EARLY, LATE, DIFFERENCE = "first", "reminder", "difference"


def worst_case(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, scale: tuple[int, int], everybody: str = "companies_n"
) -> pd.DataFrame:
    """The mean of all participants of a year if all silent had given the lowest, or the highest, answer of the scale.

    Returns year, value (scale points, as `survey.year_means`), low, high (the two bounds), n
    (answers), population_n (all participations of the year, also those that were never invited and those on missions that nobody
    answered about); years with an answer. everybody: the column of the register that counts them.

    Formula: (sum of answers + silent * end of the scale) / participations. These are bounds and no interval: they hold whatever
    the silent think, so their level is 1. Who said "not applicable" is among the silent: that makes them wider.
    Source: Horowitz & Manski, Journal of Econometrics 84 (1998), 37-58.
    """
    means = survey.year_means(answers, register, question, scale)
    given = answers[["mission_id", question]].dropna().merge(register[["mission_id", "start_on"]], on="mission_id")
    observed = given[question].astype(float).groupby(given["start_on"].dt.year).sum()
    went = register[everybody].groupby(register["start_on"].dt.year).sum()
    population, total = means["year"].map(went).astype(int), means["year"].map(observed).astype(float)
    silent = population - means["n"].astype(int)
    lowest, highest = ((total + silent * end) / population for end in scale)
    means = means.assign(population_n=population, lowest_possible=lowest, highest_possible=highest)
    means = survey._interval(means, np.full(len(means), np.inf))
    return means.assign(interval_kind=INTERVAL_KIND_WORST_CASE, interval_level=1.0)[["year", *RESULT]]


def tipping_point(mean: float, response_share: float, threshold: float, scale: tuple[float, float]) -> float:
    """The mean of the silent under which the mean of all participants falls below `threshold`, in scale points.

    mean: of those who answered. response_share: 0-1. Formula: (threshold - response_share * mean) / (1 - response_share).
    Empty (NaN) when there are no silent, when no answer on the scale is low enough, or when none is high enough to stay above.
    With a mean over missions that differ in response it tells how much the silent of each mission must lie below those who
    answered: `mean` minus the outcome.
    Not a finding about the silent: the reader judges whether they can differ so much.
    Source: Rubin, JASA 72 (1977), 538-543, on what respondents cannot tell of nonrespondents.
    Errors: ValueError for a response outside 0-1.
    """
    if not 0 <= response_share <= 1:
        raise ValueError(f"a response share lies between 0 and 1, not {response_share}")
    if response_share == 1:
        return float("nan")
    tips = (threshold - response_share * mean) / (1 - response_share)
    # At the lowest answer itself all participants are at the threshold and not below it.
    return float(tips) if scale[0] < tips <= scale[1] else float("nan")


def _widest(
    parts: np.ndarray, variances: np.ndarray, counts: np.ndarray, pooled: float, pooled_freedom: float, confidence: float
) -> float:
    """Half width for sum(parts * variance): own variances (Satterthwaite) or the pooled one, whichever is wider."""
    own = parts * np.where(counts > 1, variances, pooled)
    several = counts > 1
    squares = (own[several] ** 2 / (counts[several] - 1)).sum()
    own_freedom = own.sum() ** 2 / squares if squares > 0 else pooled_freedom
    both = survey._half_width(np.array([own.sum(), parts.sum() * pooled]), np.array([own_freedom, pooled_freedom]), confidence)
    return float(np.fmax(*both))


def _empty_row(confidence: float) -> dict:
    return dict.fromkeys(RESULT, np.nan) | {"n": 0, "population_n": 0, "interval_level": confidence}


def by_wave(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    year: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Means of those who answered at once and of those who answered after a reminder, and late minus early.

    answers: mission_id, wave (first or reminder), <question>. Returns wave (first, reminder, difference), value (scale points),
    low, high, n (answers), population_n (invited). Only
    missions with answers in both waves, weighted by participants, so that the difference is that within missions. Without
    such a mission the rows have no value.

    Formula: the means are `survey.year_means`. Variance of the difference: sum W_h^2 * (s2_late/n_late + s2_early/n_early), once
    with each own variance, once with the pooled one; the wider stands. No finite population correction: two groups of one draw
    differ by chance even when everybody answered.
    Late answers stand for the silent only if the silent are like those who needed a reminder: a hint and no proof.
    Source: Armstrong & Overton, Journal of Marketing Research 14 (1977), 396-402; Cochran, Sampling Techniques (1977),
    section 2.14 (comparison of means of domains).
    """
    given = answers[["mission_id", "wave", question]].dropna(subset=question)
    of_wave = {wave: given[given["wave"] == wave] for wave in (EARLY, LATE)}
    heard = set(of_wave[EARLY]["mission_id"]) & set(of_wave[LATE]["mission_id"])
    of_year = register[(register["start_on"].dt.year == year) & register["mission_id"].isin(heard)]
    if of_year.empty:
        rows = [{"wave": wave} | _empty_row(confidence) for wave in (EARLY, LATE, DIFFERENCE)]
        return pd.DataFrame(rows)[["wave", *RESULT]].assign(interval_kind=INTERVAL_KIND_OF_DIFFERENCE)
    missions = [survey._answers_per_mission(rows, of_year, question) for rows in of_wave.values()]
    means = [survey._stratified_means(cells, "year", scale, confidence) for cells in missions]
    table = pd.concat(means, ignore_index=True).assign(wave=[EARLY, LATE])
    cells = pd.concat(missions, ignore_index=True)
    pooled, freedom = survey._pooled_variance(cells)
    counts = cells["n"].to_numpy(float)
    weight = cells["population_n"].to_numpy(float) / float(of_year["invited_n"].sum())
    half = _widest(weight**2 / counts, cells["variance"].to_numpy(), counts, pooled, freedom, confidence)
    width = scale[1] - scale[0]
    row = {
        "wave": DIFFERENCE,
        "value": table["value"][1] - table["value"][0],
        "interval_kind": INTERVAL_KIND_OF_DIFFERENCE,
        "interval_level": confidence,
        "n": int(cells["n"].sum()),
        "population_n": int(of_year["invited_n"].sum()),
        "lowest_possible": -width,
        "highest_possible": width,
    }
    half = float(survey._half_of(False, pooled, half))
    difference = survey._interval(pd.DataFrame([row]), np.array([half]))
    return pd.concat([table, difference], ignore_index=True)[["wave", *RESULT]]


def two_ways(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    year: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The mean of a year in which each participation counts once, beside that in which each mission counts once.

    Returns counts_once (participations, missions), value (scale points), low, high, n (answers),
    population_n (invited by the missions with an answer). Without an answer in the year the rows have no value.

    Formula: `survey.year_means`, and the plain mean of mission means with variance sum (1 - n_h/N_h) * s2_h/n_h / missions^2,
    once with each own variance, once with the pooled one; the wider stands. The two differ when large missions are judged
    differently from small ones. Both speak of the missions of this year only.
    Source: Cochran, Sampling Techniques (1977), sections 5.3 and 5.4 (any fixed weights of strata).
    """
    of_year = register[register["start_on"].dt.year == year]
    participations = survey.year_means(answers, of_year, question, scale, confidence)
    if participations.empty:
        rows = [{"counts_once": name} | _empty_row(confidence) for name in ("participations", "missions")]
        return pd.DataFrame(rows)[["counts_once", *RESULT]].assign(interval_kind=survey.INTERVAL_KIND)
    cells = survey._answers_per_mission(answers, of_year, question)
    pooled, freedom = survey._pooled_variance(cells)
    n, population = cells["n"].to_numpy(float), cells["population_n"].to_numpy(float)
    parts = (1 - n / population) / n / len(cells) ** 2
    half = _widest(parts, cells["variance"].to_numpy(), n, pooled, freedom, confidence)
    half = float(survey._half_of((n == population).all(), pooled, half))
    silent, total = population - n, cells["total"].to_numpy()
    row = participations[["interval_kind", "interval_level", "n", "population_n"]].iloc[0].to_dict() | {
        "value": float(cells["mean"].mean()),
        "lowest_possible": float(((total + silent * scale[0]) / population).mean()),
        "highest_possible": float(((total + silent * scale[1]) / population).mean()),
    }
    missions = survey._interval(pd.DataFrame([row]), np.array([half]))
    table = pd.concat([participations, missions], ignore_index=True).assign(counts_once=["participations", "missions"])
    return table[["counts_once", *RESULT]]
