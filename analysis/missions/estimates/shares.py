"""Shares and totals of all participants of missions, from a survey that not everybody answered."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy import stats

from . import RESULT, survey

INTERVAL_KIND = "hypergeometric"
INTERVAL_KIND_OF_YEAR = "hypergeometric_effective_n"
INTERVAL_KIND_OF_DOMAIN = "ratio_effective_n"
_NO_CEILING = 1e9  # no participant counts so many of anything: a total is bounded by its interval and not by a scale


def _fewest(yes_n: np.ndarray, n: np.ndarray, population_n: np.ndarray, tail: float) -> np.ndarray:
    """The smallest number of yeses in the population with which `yes_n` or more of `n` answers have a chance of `tail`."""
    low, high = yes_n, population_n - n + yes_n
    while (low < high).any():
        middle = (low + high) // 2
        # 1e-9: a chance that equals the tail up to rounding error is kept, on every machine.
        kept = stats.hypergeom.sf(yes_n - 1, population_n, middle, n) >= tail * (1 - 1e-9)
        low, high = np.where(kept, low, middle + 1), np.where(kept, middle, high)
    return low


def hypergeometric_interval(
    yes_n: np.ndarray, n: np.ndarray, population_n: np.ndarray, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the share of yeses in a population, in percent (0-100), when `yes_n` of `n` answers out of it are yes.

    Exact: low is the smallest and high the largest share under which the chance of so many, or so few, yeses is at least
    (1 - confidence) / 2. n = population_n gives a point; while anybody is silent, it is never a point; n = 0 gives empty bounds.
    Not valid when those who answer are not like a random draw from the population.
    Source: Cochran, Sampling Techniques (1977), section 3.6; Clopper & Pearson, Biometrika 26 (1934), for inverting the test.
    Errors: ValueError when there are more yeses than answers or more answers than participants.
    """
    yes_n, n, population_n = np.broadcast_arrays(*(np.asarray(part, dtype=np.int64) for part in (yes_n, n, population_n)))
    if ((yes_n < 0) | (yes_n > n) | (n > population_n)).any():
        raise ValueError("a share needs 0 <= yes_n <= n <= population_n")
    tail, silent = (1 - confidence) / 2, population_n > n
    low = _fewest(yes_n, n, population_n, tail)
    high = population_n - _fewest(n - yes_n, n, population_n, tail)
    # Of 200 the one who is silent may be the only yes: the exact set is a point there, and a point reads as a census.
    low = np.where(silent & (yes_n == n), np.minimum(low, population_n - 1), low)
    high = np.where(silent & (yes_n == 0), np.maximum(high, 1), high)
    whole = np.where(n > 0, population_n, np.nan)
    return 100 * low / whole, 100 * high / whole


def _yes(answers: pd.DataFrame, question: str, counts_as: Collection) -> pd.DataFrame:
    """1 for an answer that counts and 0 for another one; empty stays empty."""
    given = answers[question]
    return answers[["mission_id"]].assign(yes=given.isin(list(counts_as)).astype(float).where(given.notna()))


def _in_year(register: pd.DataFrame, year: int) -> pd.DataFrame:
    return register[register["start_on"].dt.year == year]


def mission_shares(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    counts_as: Collection,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of the participants of each mission whose answer is one of `counts_as`, in percent of those with an answer.

    answers: columns mission_id, <question> (empty = no answer). register: mission_id, invited_n, start_on.
    Returns mission_id, year, value (0-100), low, high, n (answers), population_n (invited);
    sorted by mission_id; missions with at least one answer.

    Formula: yeses / answers; `hypergeometric_interval`, so the interval holds the true share at least as often as it says.
    "Not applicable" is outside the denominator, while population_n counts all invited: the interval is then a little too wide.
    Not valid as a statement about missions in general: only about the participants of this mission.
    Source: see `hypergeometric_interval`. Errors: ValueError when a mission has more answers than were invited.
    """
    table = survey.mission_means(_yes(answers, question, counts_as), register, "yes", (0, 1), confidence)
    n, population = table["n"].to_numpy(np.int64), table["population_n"].to_numpy(np.int64)
    yes = np.rint(table["value"].to_numpy(float) * n).astype(np.int64)
    low, high = hypergeometric_interval(yes, n, population, confidence)
    table = table.assign(value=100 * table["value"], low=low, high=high, interval_kind=INTERVAL_KIND)
    return table[["mission_id", "year", *RESULT]]


def year_shares(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    questions: dict[str, tuple[str, Collection]],
    year: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Shares of the participants of a year, in percent: each mission counts by its number of participants.

    questions: name -> (column, answers that count). Returns question (the name), value (0-100), low, high, n (answers),
    population_n (invited by the missions with an answer); a row per question, in the given order. A question without an answer
    in the year is a row without a value.

    Formula: `survey.year_means` of a 0/1 answer. The interval is the wider of two: that of `survey.year_means`, and
    `hypergeometric_interval` for a plain draw of n* = 1 / sum(W_h^2 / n_h) answers out of N, which is as precise as these strata
    when all missions have the same share; yeses that are no whole number are rounded to both sides. For one mission that is the
    interval of `mission_shares`. So a year in which all answers are no keeps an interval unless everybody answered.
    Not valid for "did the share get better": that error holds the differences between missions (see trend); nor for a question
    that applies to few (a contract that was owed to the mission): N_h is then not the number of those to whom it applies.
    Source: Korn & Graubard, Survey Methodology 24 (1998), 193-201 (exact interval with an effective sample size).
    """
    rows, of_year = [], _in_year(register, year)
    for name, (column, counts_as) in questions.items():
        yes = _yes(answers[answers["mission_id"].isin(of_year["mission_id"])], column, counts_as)
        means = survey.year_means(yes, of_year, "yes", (0, 1), confidence)
        if means.empty:
            rows.append(dict.fromkeys(RESULT, np.nan) | {"question": name, "n": 0, "population_n": 0})
            continue
        row = means.iloc[0].to_dict()
        low, high = _as_one_draw(survey.mission_means(yes, of_year, "yes", (0, 1), confidence), row["value"], confidence)
        if not yes.groupby("mission_id")["yes"].nunique().gt(1).any():
            row |= {
                "low": row["value"],
                "high": row["value"],
            }  # nobody differs: only the exact interval tells how far chance reaches
        row |= {"value": 100 * row["value"], "low": np.fmin(low, 100 * row["low"]), "high": np.fmax(high, 100 * row["high"])}
        rows.append(row | {"question": name})
    table = pd.DataFrame(rows, columns=["question", *RESULT])
    return table.assign(interval_kind=INTERVAL_KIND_OF_YEAR, interval_level=confidence)


def _as_one_draw(missions: pd.DataFrame, share: float, confidence: float) -> tuple[float, float]:
    """Percent bounds of a share (0-1) from missions with n answers out of population_n, as if drawn from all of them at once."""
    n, population = missions["n"].to_numpy(float), missions["population_n"].to_numpy(float)
    everybody = int(population.sum())
    # 1e-9: a whole number that division left just beside itself is that number.
    effective = int(np.floor(1 / ((population / everybody) ** 2 / n).sum() + 1e-9))
    yes = [int(np.floor(share * effective + 1e-9)), int(np.ceil(share * effective - 1e-9))]
    low, high = hypergeometric_interval(np.array(yes), np.array(effective), np.array(everybody), confidence)
    # What was answered is certain: it cannot lie outside the interval.
    answered_yes = float((missions["value"] * n).sum())
    possible = 100 * np.array([answered_yes, answered_yes + everybody - n.sum()]) / everybody
    return max(low[0], possible[0]), min(high[1], possible[1])


def domain_share(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    counts_as: Collection,
    within: pd.Series,
    year: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share among the participants of a year that belong to a part of them, which only their own answers tell, in percent.

    within: of each answer, whether it belongs to that part (empty = not known). Returns one row: value (0-100), low, high,
    n (answers in the part), population_n (estimated participants in it). Without an answer in the
    part the row has no value.

    Formula: ratio sum w d y / sum w d with w = N_h / n_h of a mission, d = belongs, y = counts; variance of the linearised
    w d (y - ratio) per mission with finite population correction, t(answers - missions). The interval is the wider of that and
    `hypergeometric_interval` for a plain draw of (sum w d)^2 / sum (w d)^2 answers, so that a share of 0 or 100 keeps one.
    Source: Cochran, Sampling Techniques (1977), sections 5A.14 and 6.11 (ratios within subpopulations).
    """
    of_year = _in_year(register, year).set_index("mission_id")["invited_n"]
    given = answers[question].where(answers[question].notna())
    known = within.notna() & (~within.fillna(False).astype(bool) | given.notna()) & answers["mission_id"].isin(of_year.index)
    forms = answers.loc[known, ["mission_id"]].assign(
        d=within[known].astype(float), y=given[known].isin(list(counts_as)).astype(float)
    )
    row = dict.fromkeys(RESULT) | {"n": int(forms["d"].sum()), "population_n": 0}
    row |= {"interval_kind": INTERVAL_KIND_OF_DOMAIN, "interval_level": confidence}
    if row["n"] == 0:
        return pd.DataFrame([row])
    answered = forms.groupby("mission_id")["d"].transform("size")
    invited = forms["mission_id"].map(of_year).astype(float)
    if (answered > invited).any():
        raise ValueError(f"more answers to {question} than were invited")
    weight = invited / answered
    domain = (weight * forms["d"]).sum()
    share = (weight * forms["d"] * forms["y"]).sum() / domain
    rest = (forms["d"] * (forms["y"] - share)).groupby(forms["mission_id"])
    n_h, of_h = rest.size(), of_year.reindex(rest.size().index).astype(float)
    variance = (of_h**2 * (1 - n_h / of_h) * rest.var().fillna(0.0) / n_h).sum() / domain**2
    freedom = max(int((n_h - 1).sum()), 1)
    half = stats.t.ppf((1 + confidence) / 2, freedom) * np.sqrt(variance)
    if (n_h < of_h).any():
        effective = max(int(domain**2 / ((weight * forms["d"]) ** 2).sum()), 1)
        whole = max(round(domain), effective + 1)
        yes = np.array([np.floor(share * effective + 1e-9), np.ceil(share * effective - 1e-9)])
        low, high = hypergeometric_interval(yes, np.full(2, effective), np.full(2, whole), confidence)
        low, high = min(low[0], 100 * (share - half)), max(high[1], 100 * (share + half))
    else:
        low = high = 100 * share
    row |= {"value": 100 * share, "low": max(float(low), 0.0), "high": min(float(high), 100.0), "population_n": round(domain)}
    return pd.DataFrame([row])


def answer_distribution(answers: pd.DataFrame, register: pd.DataFrame, question: str, order: Collection[str]) -> pd.DataFrame:
    """How the answers to a question with fixed answers are spread, in percent of the answers given.

    order: all answers that can be given, in the order of the rows. Only answers about the missions in `register`.
    Returns answer, value (0-100), n (answers in this class), population_n (all answers); a class that nobody chose has 0. It
    describes the answers themselves, so low, high and their kind are empty; it is no statement about who did not answer.
    Errors: ValueError when an answer is not in `order`.
    """
    given = answers.loc[answers["mission_id"].isin(register["mission_id"]), question].dropna()
    unknown = sorted(set(given) - set(order))
    if unknown:
        raise ValueError(f"answers to {question} that are not among the known ones: {', '.join(map(str, unknown))}")
    counted = given.value_counts().reindex(list(order), fill_value=0)
    table = pd.DataFrame({"answer": list(order), "n": counted.to_numpy(int), "population_n": len(given)})
    table["value"] = 100 * table["n"] / table["population_n"].where(table["population_n"] > 0)
    return table.assign(low=np.nan, high=np.nan, interval_kind=None, interval_level=np.nan)[["answer", *RESULT]]


def year_totals(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, year: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Total of a counted answer (leads, contacts) over all participants of a year.

    Returns one row: value (a count), low, high, n (answers), population_n (invited by the
    missions with an answer), largest_share (0-1: part of the observed sum that the largest single answer is; empty when the sum
    is 0). A total in which one answer weighs heavily tells of that company, and its interval cannot be trusted: the caller
    refuses it. Without an answer in the year the row has no value.

    Formula: sum N_h * mean_h, which is N times `survey.year_means` with its interval; never below the sum that was observed.
    Who left the question empty counts as silent, as if it had the mean of its mission.
    Not valid for amounts of money that a few companies dominate, nor as a count of anything but what participants say.
    Source: Cochran, Sampling Techniques (1977), sections 5.3 and 5.4 (stratified expansion); 2.15 on skewed populations.
    """
    of_year = _in_year(register, year)
    missions = survey.mission_means(answers, of_year, question, (0, _NO_CEILING), confidence)
    row = dict.fromkeys(RESULT, np.nan) | {"n": 0, "population_n": 0, "largest_share": np.nan}
    if len(missions):
        everybody = int(missions["population_n"].sum())
        mean = survey.year_means(answers, of_year, question, (0, _NO_CEILING), confidence).iloc[0]
        counted = answers.loc[answers["mission_id"].isin(of_year["mission_id"]), question].dropna().astype(float)
        row |= mean[RESULT].to_dict() | {"value": mean["value"] * everybody}
        row |= {bound: mean[bound] * everybody for bound in ("low", "high")}
        row["largest_share"] = counted.max() / counted.sum() if counted.sum() > 0 else np.nan
    row |= {"interval_kind": survey.INTERVAL_KIND, "interval_level": confidence}
    return pd.DataFrame([row])[[*RESULT, "largest_share"]]
