"""Means over the participants of missions, from a survey that not everybody answered."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from . import RESULT

INTERVAL_KIND = "t_finite_population"
NO_OPINION = ("not_applicable", "do_not_know")


def _answers_per_mission(answers: pd.DataFrame, register: pd.DataFrame, question: str) -> pd.DataFrame:
    """Per mission with at least one answer: n, mean, variance, total, invited (population_n), target_n, start_on and year.

    target_n: to how many of the invited the question applies, as far as the forms tell: who answered "not applicable" stands for
    others of the same mission to whom it does not apply.
    """
    given = answers[question].to_numpy(float, na_value=np.nan)
    is_given = ~np.isnan(given)
    answered = pd.Series(given[is_given]).groupby(answers["mission_id"][is_given].reset_index(drop=True))
    n = answered.size()
    if not register["mission_id"].is_unique:
        raise ValueError("a mission stands in the register twice")
    place = pd.Index(register["mission_id"]).get_indexer(n.index)
    known = place >= 0  # the answers of other missions are left out
    invited = register[["invited_n", "start_on"]].take(place[known])
    per_mission = pd.DataFrame(
        {
            "mission_id": n.index[known],
            "n": n.to_numpy()[known],
            "mean": answered.mean().to_numpy()[known],
            # A mission with one answer has no spread of its own; it adds nothing to the pooled sum of squares.
            "variance": np.nan_to_num(answered.var().to_numpy()[known]),
            "total": answered.sum().to_numpy()[known],
            "population_n": invited["invited_n"].array,
            "start_on": invited["start_on"].array,
            "year": invited["start_on"].dt.year.array,
        }
    )
    if (per_mission["n"] > per_mission["population_n"]).any():
        raise ValueError(f"more answers to {question} than were invited")
    return per_mission.assign(target_n=_target(answers, per_mission, question))


def _target(answers: pd.DataFrame, per_mission: pd.DataFrame, question: str) -> np.ndarray:
    invited, n = per_mission["population_n"].to_numpy(float), per_mission["n"].to_numpy(float)
    if f"{question}_no_answer" not in answers:
        return invited
    is_outside = answers[f"{question}_no_answer"].eq(NO_OPINION[0]).fillna(False)
    outside = per_mission["mission_id"].map(answers.loc[is_outside, "mission_id"].value_counts()).fillna(0).to_numpy(float)
    # Where all invited said which of the two it is, it is known of whom the mean speaks: a census.
    return np.where(n + outside >= invited, n, invited * (n / (n + outside)))


def _pooled_variance(per_mission: pd.DataFrame) -> tuple[float, float]:
    """Variance within missions over all missions, and its degrees of freedom."""
    return _pooled(per_mission["n"].to_numpy(), per_mission["variance"].to_numpy())


def _pooled(n: np.ndarray, variance: np.ndarray) -> tuple[float, float]:
    freedom = float((n - 1).sum())
    if freedom <= 0:
        return float("nan"), 0.0
    return float(((n - 1) * variance).sum() / freedom), freedom


def _half_width(variance_of_mean: np.ndarray, freedom: np.ndarray, confidence: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        # The quantile of Student's t: what stats.t.ppf gives, without its checks, which take longer than all other sums here.
        quantile = special.stdtrit(np.where(freedom > 0, freedom, np.nan), (1 + confidence) / 2)
        return quantile * np.sqrt(variance_of_mean)


def _interval(frame: pd.DataFrame, half: np.ndarray) -> pd.DataFrame:
    """Interval around `value`, clipped to what the silent could still have answered; a half width of zero is a census."""
    value, lowest, highest = (frame[name].to_numpy(float) for name in ("value", "lowest_possible", "highest_possible"))
    frame["low"] = np.where(half == 0, value, np.maximum(value - half, lowest))
    frame["high"] = np.where(half == 0, value, np.minimum(value + half, highest))
    return frame


def _half_of(everybody: np.ndarray | bool, pooled: np.ndarray | float, half: np.ndarray | float) -> np.ndarray:
    """The half width that stands: none in a census, and any where nobody differs, because then chance is not known.

    In that last case only what the silent could have answered bounds the mean.
    """
    return np.where(everybody, 0.0, np.where(pooled <= 1e-12, np.inf, half))


def mission_means(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Mean answer of each mission, for its participants.

    answers: columns mission_id, <question> (empty = no answer). register: mission_id, invited_n, start_on.
    Returns mission_id, year, value (scale points), low, high, n (answers), population_n (invited); sorted by mission_id.

    Formula: mean +- t * sqrt((1 - n/N) * s2 / n), once with the mission's own s2 and t(n-1), once with the s2 pooled over
    all missions of its year and t(sum n - missions); the wider of the two stands. Other years do not count, so that a mission has
    the same interval on every page. n = N is a census: low and high
    are the value. Where no mission has any spread, chance is not known: then the bounds are what the silent could have answered.
    Not valid as a statement about missions in general: only about the participants of this mission.
    Source: Cochran, Sampling Techniques (1977), sections 2.6 to 2.8 (finite population correction, confidence limits).
    Errors: ValueError when a mission has more answers than were invited.
    """
    frame = _answers_per_mission(answers, register, question)
    n, population = frame["n"].to_numpy(float), frame["target_n"].to_numpy(float)
    of_years = {year: _pooled_variance(part) for year, part in frame.groupby("year")}
    pooled, pooled_freedom = np.array([of_years[year] for year in frame["year"]]).reshape(-1, 2).T
    correction = 1 - n / population
    own = _half_width(correction * frame["variance"] / n, n - 1, confidence)
    shared = _half_width(correction * pooled / n, pooled_freedom, confidence)
    frame["value"] = frame["mean"]
    frame["lowest_possible"] = (frame["total"] + (population - n) * scale[0]) / population
    frame["highest_possible"] = (frame["total"] + (population - n) * scale[1]) / population
    frame = _interval(frame, _half_of(n == population, pooled, np.fmax(own, shared)))
    frame = frame.assign(interval_kind=INTERVAL_KIND, interval_level=confidence)
    return frame[["mission_id", "year", *RESULT]]


def year_means(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Mean answer of all participants of a year: each mission counts by its number of participants.

    Returns year, value, low, high, n (answers), population_n (invited by the missions with an answer); sorted by year.

    Formula: sum W_h * mean_h with W_h = N_h / N; variance sum W_h^2 * (1 - n_h/N_h) * s2_h / n_h, once with each mission's own
    s2 (Satterthwaite degrees of freedom), once with the pooled s2 of that year; the wider of the two stands.
    N_h counts the invited to whom the question applies: all, less the share of the forms of mission h that says "not applicable"
    (the column <question>_no_answer, where the answers have it). population_n counts all invited.
    A mission without any answer is not in the estimate: it speaks of the missions that were heard.
    Not valid for "did the programme get better": that error holds the differences between missions (see trend).
    Source: Cochran, Sampling Techniques (1977), sections 5.3 and 5.4 (stratified sampling).
    """
    per_mission = _answers_per_mission(answers, register, question)
    return _stratified_means(per_mission, "year", scale, confidence).astype({"year": int})


def every_year(table: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """A table of years with a row for each year of the register: one without answers has n = 0 and no value."""
    years = register["start_on"].dt.year.rename("year")
    invited = register["invited_n"].groupby(years).sum()
    missing = invited[~invited.index.isin(table["year"])]
    empty = pd.DataFrame({"year": missing.index, "n": 0, "population_n": missing.to_numpy()}).reindex(columns=table.columns)
    if empty.empty:
        return table
    return pd.concat([table, empty.astype(table.dtypes.to_dict())] if len(table) else [empty]).sort_values(
        "year", ignore_index=True
    )


def group_means(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    group: str,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """`year_means` of all missions with the same value in a column of the register, whatever their year: <group> and RESULT."""
    per_mission = _answers_per_mission(answers, register, question)
    per_mission = per_mission.join(register.set_index("mission_id")[group], on="mission_id")
    return _stratified_means(per_mission, group, scale, confidence)


def _stratified_means(per_mission: pd.DataFrame, by: str, scale: tuple[int, int], confidence: float) -> pd.DataFrame:
    names = ("n", "target_n", "mean", "variance", "total", "population_n")
    numbers = {name: per_mission[name].to_numpy(float) for name in names}
    of, names = pd.factorize(per_mission[by], sort=True)
    rows = []
    for number, name in enumerate(names):
        n, population, mean, variance, total, invited = (values[of == number] for values in numbers.values())
        weight = population / population.sum()
        pooled, pooled_freedom = _pooled(n, variance)
        several = n > 1
        part = weight**2 * (1 - n / population) / n
        own_parts = part * np.where(several, variance, pooled)
        own_square_sum = ((own_parts[several] ** 2) / (n[several] - 1)).sum()
        own_freedom = own_parts.sum() ** 2 / own_square_sum if own_square_sum > 0 else pooled_freedom
        widths = _half_width(
            np.array([own_parts.sum(), part.sum() * pooled]), np.array([own_freedom, pooled_freedom]), confidence
        )
        silent = population.sum() - n.sum()
        rows.append(
            {
                by: name,
                "value": float((weight * mean).sum()),
                "half": float(_half_of(silent == 0, pooled, np.fmax(*widths))),
                "lowest_possible": float((total.sum() + silent * scale[0]) / population.sum()),
                "highest_possible": float((total.sum() + silent * scale[1]) / population.sum()),
                "n": int(n.sum()),
                "population_n": int(invited.sum()),
            }
        )
    frame = pd.DataFrame(rows, columns=[by, "value", "half", "lowest_possible", "highest_possible", "n", "population_n"])
    frame = _interval(frame, frame["half"].to_numpy(float))
    return frame.assign(interval_kind=INTERVAL_KIND, interval_level=confidence)[[by, *RESULT]]


def questions_of_year(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    scales: dict[str, tuple[int, int]],
    year: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """`year_means` of several questions in one year: question, value, low, high, n, population_n; lowest mean first.

    A question without an answer in the year is a row with n = 0 and no value.
    """
    means = [
        year_means(answers, register, question, scale, confidence).assign(question=question) for question, scale in scales.items()
    ]
    table = pd.concat(means, ignore_index=True)
    table = table.loc[table["year"] == year, ["question", *RESULT]].set_index("question")
    silent = [question for question in scales if question not in table.index]
    empty = pd.DataFrame({"n": 0, "population_n": 0}, index=pd.Index(silent, name="question")).reindex(columns=RESULT)
    table = (pd.concat([table, empty]) if silent and len(table) else empty if silent else table).reset_index()
    return table.sort_values(["value", "question"], ignore_index=True)


def questions_per_mission(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    scales: dict[str, tuple[int, int]],
    year: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """`mission_means` of several questions for every mission of a year: mission_id, question, value, low, high, n, population_n.

    A mission without an answer to a question is a row with n = 0 and no value, so that nothing is missing where one is asked for.
    """
    of_year = register.loc[register["start_on"].dt.year == year, ["mission_id", "invited_n"]]
    rows = []
    for question, scale in scales.items():
        means = mission_means(answers, register, question, scale, confidence).drop(columns=["year", "population_n"])
        rows.append(of_year.merge(means, on="mission_id", how="left").assign(question=question))
    table = pd.concat(rows, ignore_index=True).rename(columns={"invited_n": "population_n"})
    return table.fillna({"n": 0}).astype({"n": int})[["mission_id", "question", *RESULT]]


def differences_of_year(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    named: tuple[str, ...],
    others: tuple[str, ...],
    scale: tuple[int, int],
    year: int,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Every named question against every other one, within participants that answered both: named minus other.

    Returns named, other and the columns of `year_means` (value, low, high in scale points), a row per pair. The level of each
    interval is 1 - (1 - confidence) / pairs, so that all of them hold together (Bonferroni; at least as strict as Holm).
    A pair without an answer in the year is a row without a value.
    """
    pairs = [(one, other) for one in named for other in others]
    width = scale[1] - scale[0]
    together = 1 - (1 - confidence) / len(pairs)
    rows = []
    for one, other in pairs:
        difference = answers[["mission_id"]].assign(difference=answers[one].astype(float) - answers[other].astype(float))
        means = year_means(difference, register, "difference", (-width, width), together)
        of_year = means.loc[means["year"] == year, RESULT]
        rows.append((of_year if len(of_year) else pd.DataFrame([dict.fromkeys(RESULT)])).assign(named=one, other=other))
    return pd.concat(rows, ignore_index=True)[["named", "other", *RESULT]]


def response(answers: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Response per year in percent: year, value (0-100), n (answers), population_n (invited). A count: no interval."""
    invited = register.assign(year=register["start_on"].dt.year)[["mission_id", "year", "invited_n"]]
    counted = answers.groupby("mission_id").size().rename("n")
    per_mission = invited.join(counted, on="mission_id").fillna({"n": 0})
    table = per_mission.groupby("year", as_index=False).agg(n=("n", "sum"), population_n=("invited_n", "sum"))
    # A year in which nobody was invited has no response, not a response of zero.
    table["value"] = 100 * table["n"] / table["population_n"].where(table["population_n"] > 0)
    return table.assign(low=np.nan, high=np.nan, n=table["n"].astype(int))[["year", "value", "low", "high", "n", "population_n"]]


def around_middle(answers: pd.DataFrame, question: str, scale: tuple[int, int]) -> dict[str, list]:
    """Class of `answer_classes` -> the answers in it: below the middle of the scale, the middle, above it."""
    given, middle = answers[question].dropna().unique(), (scale[0] + scale[1]) / 2
    return {
        "low_answers": [answer for answer in given if answer < middle],
        "middle_answers": [answer for answer in given if answer == middle],
        "high_answers": [answer for answer in given if answer > middle],
    }


def answer_classes(answers: pd.DataFrame, register: pd.DataFrame, question: str, scale: tuple[int, int]) -> pd.DataFrame:
    """How the answers to one question are spread over low, middle and high, in percent of the answers given.

    Low is below the middle of the scale, high above it. Only answers of the missions in `register`.
    Returns answer, value (0-100), n (answers in this class), population_n (all answers). It describes the answers themselves, so
    there is no interval; it is no statement about participants who did not answer.
    """
    given = answers.loc[answers["mission_id"].isin(register["mission_id"]), question].dropna().astype(float)
    middle = (scale[0] + scale[1]) / 2
    classes = {"low_answers": given < middle, "middle_answers": given == middle, "high_answers": given > middle}
    table = pd.DataFrame(
        [{"answer": name, "n": int(inside.sum()), "population_n": len(given)} for name, inside in classes.items()]
    )
    table["value"] = 100 * table["n"] / table["population_n"].where(table["population_n"] > 0)
    return table.assign(low=np.nan, high=np.nan)[["answer", "value", "low", "high", "n", "population_n"]]


def no_answer_share(answers: pd.DataFrame, register: pd.DataFrame, question: str) -> pd.DataFrame:
    """Answers "not applicable" or "do not know" in percent of all forms about the missions in `register`.

    Returns one row: value (0-100), n, population_n (forms); a description of the forms, so no interval.
    """
    forms = answers[answers["mission_id"].isin(register["mission_id"])]
    n = int(forms[f"{question}_no_answer"].isin(NO_OPINION).sum())
    value = 100 * n / len(forms) if len(forms) else np.nan
    row = {
        "value": value,
        "low": np.nan,
        "high": np.nan,
        "n": n,
        "population_n": len(forms),
    }
    return pd.DataFrame([row])
