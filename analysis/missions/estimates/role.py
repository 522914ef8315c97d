"""The tables of the annex on the role of the bewindspersoon that put several estimates side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from . import RESULT, drivers, fall, mix, shares, survey, trend

SHARE_BELOW_MIDDLE, MEAN = "share_below_middle", "mean"


def importance_and_performance(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    asked: dict[str, tuple[int, int]],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """`drivers.importance` (percent, RESULT) beside `drivers.performance` (other, other_low, other_high; scale points).

    asked: driver -> its scale. A row per driver, the most important first. Where `drivers.joint_test` does not reject at
    1 - confidence, there is nothing to share out: all results of importance are empty.
    """
    performed = drivers.performance(answers, register, asked, None, confidence).set_index("driver")[["value", "low", "high"]]
    performed.columns = ["other", "other_low", "other_high"]
    table = drivers.importance(answers, register, question, list(asked), confidence)[["driver", *RESULT]]
    if not _goes_together(answers, register, question, list(asked), confidence):
        table[["value", "low", "high"]] = float("nan")
    return table.join(performed, on="driver").sort_values("value", ascending=False, ignore_index=True)


def often_low(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, scale: tuple[int, int], year: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Do participants of a year often answer low? The share below the middle of the scale, and the mean.

    Returns name (share_below_middle: percent, to hold against half; mean: scale points, to hold against the middle of the scale)
    and RESULT, as `shares.year_shares` and `survey.year_means`; empty where nobody answered.
    """
    middle = (scale[0] + scale[1]) / 2
    below = [answer for answer in range(scale[0], scale[1] + 1) if answer < middle]
    share = shares.year_shares(answers, register, {SHARE_BELOW_MIDDLE: (question, below)}, year, confidence)
    mean = survey.questions_of_year(answers, register, {question: scale}, year, confidence).assign(question=MEAN)
    return pd.concat([share, mean], ignore_index=True).rename(columns={"question": "name"})[["name", *RESULT]]


def explained(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, asked: Sequence[str], confidence: float = 0.95
) -> pd.DataFrame:
    """What all drivers together explain of the answers to a question, in percent: one row, RESULT without interval.

    Beside it p_value of `drivers.joint_test` and goes_together ("yes" where it rejects at 1 - confidence, else "no").
    """
    share, p_value = drivers.joint_test(answers, register, question, list(asked))
    both = answers.loc[answers["mission_id"].isin(register["mission_id"]), ["mission_id", question, *asked]].dropna()
    row = dict.fromkeys(RESULT, float("nan")) | {"value": share, "interval_kind": None, "n": len(both)}
    row |= {"population_n": both["mission_id"].nunique(), "p_value": p_value}
    return pd.DataFrame([row | {"goes_together": "yes" if p_value < 1 - confidence else "no"}])


def _goes_together(answers: pd.DataFrame, register: pd.DataFrame, question: str, asked: Sequence[str], confidence: float) -> bool:
    return explained(answers, register, question, asked, confidence)["goes_together"].iloc[0] == "yes"


def within_and_between(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, asked: Sequence[str], confidence: float = 0.95
) -> pd.DataFrame:
    """`drivers.within_between` of several drivers: driver, part (within, between) and RESULT in points per point."""
    rows = [drivers.within_between(answers, register, question, one, confidence).assign(driver=one) for one in asked]
    return pd.concat(rows, ignore_index=True)[["driver", "part", *RESULT]]


def ranks(
    answers: pd.DataFrame, register: pd.DataFrame, question: str, asked: Sequence[str], confidence: float = 0.95
) -> pd.DataFrame:
    """`drivers.rank_probability` of each pair once, the driver first that comes first more often: driver, other and RESULT.

    Empty where `drivers.joint_test` does not reject: there is no order then.
    """
    table = drivers.rank_probability(answers, register, question, list(asked))
    if not _goes_together(answers, register, question, asked, confidence):
        table["value"] = float("nan")
    order = {driver: place for place, driver in enumerate(asked)}
    first = table["driver"].map(order) < table["other"].map(order)
    ahead = table["value"].gt(50) | (table["value"].eq(50) & first) | (table["value"].isna() & first)
    return table[ahead].sort_values("value", ascending=False, ignore_index=True)[["driver", "other", *RESULT]]


def changes(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    group: str,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The change per year in four ways: way and RESULT in scale points per year.

    change_by_mission and change_by_year: `fall.slopes`; change_by_answers: `trend.knapp_hartung`; change_within_groups:
    `mix.yearly_change_within` the groups of a column of the register.
    """
    means = survey.mission_means(answers, register, question, scale, confidence)
    over = fall.slopes(means, confidence)
    ways = {
        "change_by_mission": over[over["name"] == fall.OVER_MISSIONS],
        "change_by_year": over[over["name"] == fall.OVER_YEARS],
        "change_by_answers": trend.knapp_hartung(trend.means_with_variance(answers, register, question), confidence),
        "change_within_groups": mix.yearly_change_within(mix.with_group(means, register, [group]), "group", confidence),
    }
    return pd.concat([table[RESULT].assign(way=way) for way, table in ways.items()], ignore_index=True)[["way", *RESULT]]


def mix_and_rate(
    answers: pd.DataFrame,
    register: pd.DataFrame,
    question: str,
    scale: tuple[int, int],
    group: str,
    years: tuple[int, int],
) -> pd.DataFrame:
    """`mix.kitagawa` between two years, its total alone: part (mix, rate, mix_and_rate) and RESULT in scale points."""
    table = mix.with_group(survey.mission_means(answers, register, question, scale), register, [group])
    split = mix.kitagawa(table, "group", *years)
    return split.loc[split["group"] == "total", ["part", *RESULT]].reset_index(drop=True)
