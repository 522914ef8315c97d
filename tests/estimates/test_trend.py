"""A trend over missions: the sum by hand, and how often it cries wolf or misses a change that was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from missions.estimates import survey, trend

DETERMINISTIC = settings(max_examples=50, deadline=None, derandomize=True)
YEARS, PER_YEAR = np.repeat(np.arange(2021, 2026), 9), 9  # five years of nine missions, as in the sample
BETWEEN, WITHIN = 0.4, 1.2  # standard deviation between missions and within one
NUMBERS = ["value", "low", "high", "detectable"]


def change(years, values, **levels: float) -> pd.Series:
    return trend.yearly_change(pd.DataFrame({"year": years, "value": values}), **levels).iloc[0]


def numbers(table: pd.DataFrame) -> np.ndarray:
    return trend.yearly_change(table).iloc[0][NUMBERS].to_numpy(float)


def test_worked_example():
    row = change([2021, 2022, 2023, 2024], [4.0, 3.0, 3.0, 2.0])
    # Years from their mean: -1.5, -0.5, 0.5, 1.5 with sum of squares 5; values from theirs: 1, 0, 0, -1.
    # Slope (-1.5 * 1 + 1.5 * -1) / 5 = -0.6. Fitted 3.9, 3.3, 2.7, 2.1; residuals 0.1, -0.3, 0.3, -0.1; squares 0.2.
    # Standard error sqrt(0.2 / 2 / 5) = 0.141421; t with 2 degrees of freedom: 4.302653 (97.5%) and 1.060660 (80%).
    assert row["value"] == pytest.approx(-0.6)
    assert row["low"] == pytest.approx(-0.6 - 0.608487, abs=1e-5)  # 4.302653 * 0.141421
    assert row["high"] == pytest.approx(-0.6 + 0.608487, abs=1e-5)
    assert row["detectable"] == pytest.approx(0.758487, abs=1e-5)  # (4.302653 + 1.060660) * 0.141421
    assert (row["n"], row["population_n"], row["interval_level"]) == (4, 4, 0.95)


def test_missions_on_a_line_have_a_slope_and_no_interval():
    # No spread says nothing of how far chance reaches: an interval of width zero would promise certainty.
    for values in ([8.0] * 4, [4.0, 3.9, 3.8, 3.7]):
        row = change([2021, 2022, 2023, 2024], values)
        assert row["value"] == pytest.approx((values[-1] - values[0]) / 3, abs=1e-12)
        assert row[["low", "high", "detectable", "p_value"]].isna().all()


def test_levels_are_those_asked_for():
    row = change([2021, 2022, 2023, 2024], [4.0, 3.0, 3.0, 2.0], confidence=0.9, power=0.5)
    # t with 2 degrees of freedom: 2.919986 (95%) and 0 (50%): both are 2.919986 * 0.141421.
    assert row["high"] + 0.6 == pytest.approx(0.412948, abs=1e-5)
    assert row["detectable"] == pytest.approx(0.412948, abs=1e-5)
    assert row["interval_level"] == 0.9


def test_each_mission_counts_once():
    # Two missions in 2023 pull the line down; a mean per year first, (3 + 2) / 2, would give the slope of 3, 3, 2.5.
    # Years from their mean 2022.25: -1.25, -0.25, 0.75, 0.75 with sum of squares 2.75; values from 2.75: 0.25, 0.25,
    # 0.25, -0.75; slope (-0.3125 - 0.0625 + 0.1875 - 0.5625) / 2.75 = -0.75 / 2.75.
    assert change([2021, 2022, 2023, 2023], [3.0, 3.0, 3.0, 2.0])["value"] == pytest.approx(-3 / 11)


@pytest.mark.parametrize(
    "years", [[], [2021], [2021, 2022, 2023], [2021, 2022] * 5], ids=["none", "one", "three missions", "two years"]
)
def test_too_few_years_or_missions_give_no_trend(years):
    row = change(years, np.linspace(7, 8, len(years)))
    assert row[NUMBERS].isna().all() and row["n"] == len(years)


@st.composite
def missions(draw) -> pd.DataFrame:
    years = [2021, 2022, 2023, *draw(st.lists(st.integers(2019, 2026), min_size=1, max_size=10))]
    values = draw(st.lists(st.integers(10, 100), min_size=len(years), max_size=len(years)))
    return pd.DataFrame({"year": years, "value": np.array(values) / 10})


@DETERMINISTIC
@given(missions())
def test_equals_the_closed_form(table):
    # Normal equations and the covariance matrix s2 (X'X)^-1, written out independently of the library's routine.
    design = np.column_stack([np.ones(len(table)), table["year"] - 2022])
    inverse = np.linalg.inv(design.T @ design)
    slope = (inverse @ design.T @ table["value"])[1]
    residuals = table["value"] - design @ (inverse @ design.T @ table["value"])
    error = np.sqrt((residuals**2).sum() / (len(table) - 2) * inverse[1, 1])
    assume(error > 1e-6)  # on a line there is no interval
    t = stats.t(len(table) - 2)
    expected = [slope, slope - t.ppf(0.975) * error, slope + t.ppf(0.975) * error, (t.ppf(0.975) + t.ppf(0.8)) * error]
    np.testing.assert_allclose(numbers(table), expected, atol=1e-6)


@DETERMINISTIC
@given(missions(), st.randoms(use_true_random=False))
def test_order_level_and_direction(table, random):
    slope, low, high, detectable = numbers(table)
    order = list(range(len(table)))
    random.shuffle(order)
    for other in (table.iloc[order], table.assign(value=table["value"] + 3), table.assign(year=table["year"] + 100)):
        np.testing.assert_allclose(numbers(other), [slope, low, high, detectable], atol=1e-7)
    turned = numbers(table.assign(value=11 - table["value"]))
    np.testing.assert_allclose(turned, [-slope, -high, -low, detectable], atol=1e-7)


def simulated_means(rng: np.random.Generator, change_per_year: float = 0.0) -> np.ndarray:
    noise = np.hypot(BETWEEN, WITHIN / np.sqrt(15))  # missions differ, and 15 people answer
    return 8 + change_per_year * (YEARS - 2021) + rng.normal(0, noise, len(YEARS))


def test_false_alarms_without_a_trend():
    """600 histories in which missions differ but nothing changes, from single answers to verdict.

    Nominal 5%; two standard errors of a share of 600 are 1.8 points. Counting every answer as its own witness would cry
    wolf far more often in the same histories, so this simulation is able to notice a wrong error.
    """
    rng, histories = np.random.Generator(np.random.PCG64(21)), 600
    number = np.arange(histories * len(YEARS))
    mission = np.char.add("m", number.astype(str))
    answered = rng.integers(5, 40, len(number))
    level = np.repeat(8 + rng.normal(0, BETWEEN, len(number)), answered)
    answers = pd.DataFrame({"mission_id": np.repeat(mission, answered)})
    answers["grade"] = np.clip(np.rint(level + rng.normal(0, WITHIN, len(level))), 1, 10)
    start = np.char.add(np.tile(YEARS, histories).astype(str), "-03-01").astype("datetime64[s]")
    register = pd.DataFrame({"mission_id": mission, "invited_n": answered * 2, "start_on": start})
    means = survey.mission_means(answers, register, "grade", (1, 10)).set_index("mission_id").loc[mission]
    history = number // len(YEARS)
    alarms, naive = 0, 0
    answer_years, answer_history = np.repeat(np.tile(YEARS, histories), answered), np.repeat(history, answered)
    borders = np.searchsorted(answer_history, np.arange(histories + 1))
    for at in range(histories):
        row = trend.yearly_change(means[history == at]).iloc[0]
        alarms += not row["low"] <= 0 <= row["high"]
        part = slice(borders[at], borders[at + 1])
        naive += stats.linregress(answer_years[part], answers["grade"].to_numpy()[part]).pvalue < 0.05
    assert 0.032 <= alarms / histories <= 0.068
    assert naive / histories > 0.2


def test_a_detectable_change_is_detected_four_times_out_of_five():
    """Planted: the change that the formula calls detectable, at the true spread; 600 histories.

    80% with two standard errors of 1.6 points. What the function calls detectable lies around what was planted: its own
    estimate of the spread has 43 degrees of freedom, so its mean over 600 histories is good to 1%; that of the slope to
    1.5%, half the bound.
    """
    rng, t = np.random.Generator(np.random.PCG64(22)), stats.t(len(YEARS) - 2)
    squares = (4 + 1 + 0 + 1 + 4) * PER_YEAR  # of the years from their mean
    error = np.hypot(BETWEEN, WITHIN / np.sqrt(15)) / np.sqrt(squares)
    planted = (t.ppf(0.975) + t.ppf(0.8)) * error
    rows = [change(YEARS, simulated_means(rng, -planted)) for _ in range(600)]
    detected = np.mean([row["high"] < 0 for row in rows])
    assert 0.767 <= detected <= 0.833
    assert np.mean([row["detectable"] for row in rows]) == pytest.approx(planted, rel=0.02)
    assert np.mean([row["value"] for row in rows]) == pytest.approx(-planted, rel=0.03)
