"""The tables of the annex on the effect measurement that put several estimates side by side."""

from __future__ import annotations

import pandas as pd

from . import RESULT, nonresponse, shares, weights

GOALS = ("goal_explore_market", "goal_find_partner", "goal_do_business", "goal_learn")
ANY_GOAL = "any_goal"


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
    """One mean of a year in three ways: way (by_participation, by_mission, by_size) and RESULT in scale points.

    by_participation: `survey.year_means`; by_mission: `nonresponse.two_ways`; by_size: `weights.weighted_year_mean`.
    """
    two = nonresponse.two_ways(answers, register, question, scale, year, confidence)
    two["way"] = two["counts_once"].map({"participations": "by_participation", "missions": "by_mission"})
    weighted = weights.weighted_year_mean(answers, participations, register, question, scale, year, cap, confidence)
    return pd.concat([two[["way", *RESULT]], weighted.assign(way="by_size")[["way", *RESULT]]], ignore_index=True)


def waves(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, scale: tuple[int, int], year: int, confidence: float = 0.95
) -> pd.DataFrame:
    """`nonresponse.by_wave` of a grade, with its unit per row (unit) and the answers of the smaller wave (smallest_n).

    smallest_n judges all rows, because any two of them give the third.
    """
    table = nonresponse.by_wave(answers, register, question, scale, year, confidence)
    unit = table["wave"].map(lambda wave: "score_change" if wave == "difference" else "grade")
    return table.assign(unit=unit, smallest_n=table["n"].min())


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

    "Partly" is not reached. smallest_n: the smaller of both sides, because a share of 98% tells of the other 2%.
    """
    reached = {goal: answers.assign(reached=answers["goal_reached"].where(answers[goal] == "yes")) for goal in GOALS}
    reached[ANY_GOAL] = answers.assign(reached=answers["goal_reached"])
    rows = [
        shares.year_shares(with_goal, register, {goal: ("reached", ["yes"])}, year, confidence)
        for goal, with_goal in reached.items()
    ]
    return _with_smallest(pd.concat(rows, ignore_index=True))


def reported(answers: pd.DataFrame, register: pd.DataFrame, year: int, confidence: float = 0.95) -> pd.DataFrame:
    """What participants say came of the mission, in percent of them: question and RESULT, with smallest_n as `reached_by_goal`.

    has_lead: at least one serious lead; contract_signed; contract_owed: of those with a contract, (partly) owed to the mission;
    own_follow_up. Self-reported and checked by nobody.
    """
    leads = answers["serious_leads_n"].astype(float)
    with_lead = answers.assign(has_lead=leads.gt(0).map({True: "yes", False: "no"}).where(leads.notna()))
    asked = {
        "has_lead": ("has_lead", ["yes"]),
        "contract_signed": ("contract_signed", ["yes"]),
        "contract_owed": ("contract_owed_to_mission", ["yes", "partly"]),
        "own_follow_up": ("own_follow_up", ["yes"]),
    }
    return _with_smallest(shares.year_shares(with_lead, register, asked, year, confidence))


def _with_smallest(table: pd.DataFrame) -> pd.DataFrame:
    # The share is weighted by mission, so that the sides in answers are known only about.
    share = table["value"].astype(float) / 100
    return table.assign(smallest_n=(pd.concat([share, 1 - share], axis=1).min(axis=1) * table["n"].astype(float)).round(6))
