"""The tables of the annex on the effect measurement that put several estimates side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import RESULT, multiple, nonresponse, shares, survey, trend, weights

GOALS = ("goal_explore_market", "goal_find_partner", "goal_do_business", "goal_learn")
ANY_GOAL = "any_goal"
SHARE_HIGH, SHARE_LOW = "share_high", "share_low"
WEIGHTS = {"by_participation": "invited", "by_mission": "missions", "by_size": "size"}  # way -> how missions count
# Share -> the answers of those that it is a share of (None: any), and the answers that count.
GOALS_REACHED = {goal: ({goal: ["yes"], "goal_reached": None}, {"goal_reached": ["yes"]}) for goal in GOALS} | {
    ANY_GOAL: ({"goal_reached": None}, {"goal_reached": ["yes"]})
}


def other_ways(
    answers: pd.DataFrame,
    participations: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    year: int,
    cap: float,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One mean of a year in three ways: way (by_size, by_participation, by_mission) and RESULT in scale points.

    Beside it population: whom it speaks of (invited, or went: all participations that were not cancelled).
    by_participation: `survey.year_means`; by_mission: `nonresponse.two_ways`; by_size: `weights.weighted_year_mean`.
    """
    two = nonresponse.two_ways(answers, register, question, scale, year, confidence)
    two["way"] = two["counts_once"].map({"participations": "by_participation", "missions": "by_mission"})
    weighted = weights.weighted_year_mean(answers, participations, register, question, scale, year, cap, confidence)
    columns = ["way", "population", *RESULT]
    by_size = weighted.assign(way="by_size", population="went")[columns]
    return pd.concat([by_size, two.assign(population="invited")[columns]], ignore_index=True)


def weighted_years(
    answers: pd.DataFrame,
    participations: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    cap: float,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """`weights.weighted_year_mean` of every year of the register: year and RESULT in scale points.

    The headline: who answers depends on the size of the company, and where the grade does too, an unweighted mean misses.
    """
    years = sorted(register["start_on"].dt.year.unique())
    rows = [
        weights.weighted_year_mean(answers, participations, register, question, scale, year, cap, confidence).assign(year=year)
        for year in years
    ]
    return pd.concat(rows, ignore_index=True)[["year", *RESULT]]


def high_and_low(
    answers: pd.DataFrame,
    participations: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    year: int,
    cap: float,
    high: int = 7,
    low: int = 5,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Shares of the participants of a year with an answer of at least `high` and of at most `low`, in percent, weighted for size.

    Returns name (share_high, share_low) and RESULT, as `weights.weighted_year_shares`. "Mostly positive" needs both: many high
    answers alone leave room for as many bad ones. high, low: at school 7 is a good grade, 6 a bare pass and 5 a fail.
    """
    between = {SHARE_HIGH: (high, scale[1]), SHARE_LOW: (scale[0], low)}
    return weights.weighted_year_shares(answers, participations, register, question, between, year, cap, confidence)


def waves(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, scale: tuple[int, int], year: int, confidence: float = 0.95
) -> pd.DataFrame:
    """`nonresponse.by_wave` of a grade, with its unit per row (unit)."""
    table = nonresponse.by_wave(answers, register, question, scale, year, confidence)
    unit = table["wave"].map(lambda wave: "score_change" if wave == "difference" else "grade")
    return table.assign(unit=unit)


def tipping(mean: pd.DataFrame, threshold: float, scale: tuple[int, int]) -> pd.DataFrame:
    """`nonresponse.tipping_point` of one row of `survey.year_means`, in the shape of RESULT; empty where that row is."""
    row = mean[RESULT].iloc[:1].reset_index(drop=True)
    if row.empty or row[["value", "n", "population_n"]].isna().any(axis=None):
        return row.assign(value=float("nan"), low=float("nan"), high=float("nan"))
    response = float(row["n"].iloc[0]) / float(row["population_n"].iloc[0])
    point = nonresponse.tipping_point(float(row["value"].iloc[0]), response, threshold, scale)
    return row.assign(value=point, low=float("nan"), high=float("nan"), interval_kind=None, interval_level=float("nan"))


def reached_by_goal(answers: pd.DataFrame, register: pd.DataFrame, year: int, confidence: float = 0.95) -> pd.DataFrame:
    """Share that says to have reached its goal, among participants with each goal and among all: question and RESULT, percent.

    "Partly" is not reached.
    """
    reached = ("goal_reached", ["yes"])
    rows = [
        shares.domain_share(answers, register, *reached, _is(answers[goal], "yes"), year, confidence).assign(question=goal)
        for goal in GOALS
    ]
    everybody = shares.year_shares(answers, register, {ANY_GOAL: reached}, year, confidence)
    return pd.concat([*rows, everybody], ignore_index=True)[["question", *RESULT]]


def reported_as(answers: pd.DataFrame) -> dict[str, tuple[dict, dict]]:
    """Share of `reported` -> the answers of those that it is a share of (None: any), and the answers that count."""
    leads = [amount for amount in answers["serious_leads_n"].dropna().unique() if amount > 0]
    plain = {name: ({name: None}, {name: ["yes"]}) for name in ("contract_signed", "own_follow_up")}
    owed = {"contract_signed": ["yes"], "contract_owed_to_mission": None}
    return plain | {
        "has_lead": ({"serious_leads_n": None}, {"serious_leads_n": leads}),
        "contract_owed": (owed, {"contract_owed_to_mission": ["yes", "partly"]}),
    }


def reported(answers: pd.DataFrame, register: pd.DataFrame, year: int, confidence: float = 0.95) -> pd.DataFrame:
    """What participants say came of the mission, in percent of them: question and RESULT.

    has_lead: at least one serious lead; contract_signed; contract_owed: of those with a contract, (partly) owed to the mission;
    own_follow_up. Self-reported and checked by nobody.
    """
    leads = answers["serious_leads_n"].astype(float)
    with_lead = answers.assign(has_lead=leads.gt(0).map({True: "yes", False: "no"}).where(leads.notna()))
    asked = {name: (name, ["yes"]) for name in ("has_lead", "contract_signed", "own_follow_up")}
    owed = ("contract_owed_to_mission", ["yes", "partly"], _is(answers["contract_signed"], "yes"))
    rows = [
        shares.year_shares(with_lead, register, asked, year, confidence),
        shares.domain_share(answers, register, *owed, year, confidence).assign(question="contract_owed"),
    ]
    return pd.concat(rows, ignore_index=True)[["question", *RESULT]]


def _is(answers: pd.Series, answer: str) -> pd.Series:
    """Whether it is this answer; empty where nothing was answered."""
    return answers.eq(answer).where(answers.notna())


def yearly_changes(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    scales: dict[str, tuple[int, int]],
    confidence: float = 0.95,
    power: float = 0.8,
) -> pd.DataFrame:
    """`trend.yearly_change` of questions that were named beforehand, judged together: question, RESULT, detectable, is_shown.

    is_shown: "yes" where Holm's adjusted p-value is below 1 - confidence, so that the chance of any false alarm among all
    questions stays below that; "no" where it is not, and where there is no trend to judge. Intervals and detectable have the
    level of that test (`multiple.holm_levels`): an interval leaves out zero exactly where is_shown says "yes".
    """
    means = {question: survey.mission_means(answers, register, question, scale) for question, scale in scales.items()}
    p_values = [trend.yearly_change(table)["p_value"].iloc[0] for table in means.values()]
    levels = np.nan_to_num(multiple.holm_levels(p_values, confidence), nan=confidence)
    rows = [
        trend.yearly_change(table, level, power).assign(question=question)
        for (question, table), level in zip(means.items(), levels, strict=True)
    ]
    table = pd.concat(rows, ignore_index=True)
    shown = pd.Series(multiple.holm(p_values), index=table.index).lt(1 - confidence)
    return table.assign(is_shown=shown.map({True: "yes", False: "no"}))[["question", *RESULT, "detectable", "is_shown"]]
