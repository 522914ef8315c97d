"""What the silent could change: sums by hand, R's survey package, and properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from missions.estimates import nonresponse, survey
from support.small_tables import GRADE, answers_of, outwards, register_of

DETERMINISTIC = settings(max_examples=20, deadline=None, derandomize=True)
FINE = 0.001
# Two missions with 20 and 60 participants, the waves of both: the example that R was given too.
EARLY = {"a": [8, 7, 9, 6], "b": [9, 8, 10, 7, 9]}
LATE = {"a": [7, 6, 8], "b": [6, 8, 7, 7]}
INVITED = {"a": 20, "b": 60}


def in_waves(early: dict[str, list], late: dict[str, list]) -> pd.DataFrame:
    tables = [answers_of(answers).assign(wave=wave) for wave, answers in (("first", early), ("reminder", late))]
    return pd.concat(tables, ignore_index=True)


def waves(early: dict[str, list], late: dict[str, list], invited: dict[str, int], **options) -> pd.DataFrame:
    table = nonresponse.by_wave(in_waves(early, late), register_of(invited), "grade", GRADE, 2025, **options)
    return outwards(table, FINE).set_index("wave")


def both_ways(answers: dict[str, list], invited: dict[str, int], step: float = FINE) -> pd.DataFrame:
    table = nonresponse.two_ways(answers_of(answers), register_of(invited), "grade", GRADE, 2025)
    return outwards(table, step).set_index("counts_once")


def interval(row: pd.Series) -> tuple[float, float]:
    return row["low"], row["high"]


# --- bounds -----------------------------------------------------------------------------------------------------------
def test_the_worst_case_by_hand():
    answers, register = answers_of({"a": [8, 8, 6, None], "b": [9]}), register_of({"a": 5, "b": 5, "silent": 10})
    row = nonresponse.worst_case(answers, register, "grade", GRADE).iloc[0]
    # Mean (5 * 22/3 + 5 * 9) / 10 = 8.167. The four answers add up to 31; sixteen silent, ten of them on a mission that
    # nobody answered about: (31 + 16 * 1) / 20 = 2.35 and (31 + 16 * 10) / 20 = 9.55.
    assert row["value"] == pytest.approx(49 / 6) and interval(row) == pytest.approx((2.35, 9.55))
    assert (row["year"], row["n"], row["population_n"], row["interval_level"]) == (2025, 4, 20, 1)


def test_who_was_never_invited_is_silent_too():
    register = register_of({"a": 4}).assign(companies_n=5)
    row = nonresponse.worst_case(answers_of({"a": [8, 8, 6]}), register, "grade", GRADE).iloc[0]
    # Three answers add up to 22; one invited and silent, one went without an address: (22 + 2) / 5 and (22 + 20) / 5.
    assert interval(row) == pytest.approx((4.8, 8.4)) and (row["n"], row["population_n"]) == (3, 5)


def test_the_worst_case_of_everybody_is_a_point_and_of_nobody_is_nothing():
    row = nonresponse.worst_case(answers_of({"a": [8, 7]}), register_of({"a": 2}), "grade", GRADE).iloc[0]
    assert interval(row) == (7.5, 7.5)
    assert nonresponse.worst_case(answers_of({"a": [None]}), register_of({"a": 2}), "grade", GRADE).empty


def test_years_stand_apart_in_the_worst_case():
    register = register_of({"a": 2, "b": 3}, {"a": 2024, "b": 2025})
    table = nonresponse.worst_case(answers_of({"a": [6, 6], "b": [9, 9]}), register, "grade", GRADE)
    assert table[["year", "value", "low", "high"]].round(3).values.tolist() == [[2024, 6, 6, 6], [2025, 9, 6.333, 9.333]]


@st.composite
def surveys(draw) -> tuple[dict[str, list[int]], dict[str, int], dict[str, list[int]]]:
    """Answers, invited, and answers that the silent could have given."""
    missions = [f"m{number}" for number in range(draw(st.integers(1, 4)))]
    answers = {m: draw(st.lists(st.integers(*GRADE), min_size=1, max_size=8)) for m in missions}
    silent = {m: draw(st.lists(st.integers(*GRADE), max_size=8)) for m in missions}
    return answers, {m: len(answers[m]) + len(silent[m]) for m in missions}, silent


@DETERMINISTIC
@given(surveys())
def test_the_worst_case_holds_whatever_the_silent_think(drawn):
    answers, invited, silent = drawn
    row = nonresponse.worst_case(answers_of(answers), register_of(invited), "grade", GRADE).iloc[0]
    truth = np.mean([grade for m in answers for grade in answers[m] + silent[m]])
    assert row["low"] <= truth + 1e-9 and truth - 1e-9 <= row["high"] and row["low"] <= row["value"] + 1e-9
    within = survey.year_means(answers_of(answers), register_of(invited), "grade", GRADE).iloc[0]
    if not np.isnan(within["low"]):
        assert row["low"] <= within["low"] and within["high"] <= row["high"]
    # One more answer of the same mean leaves less to guess.
    more = {m: answers[m] + silent[m][:1] for m in answers}
    known = nonresponse.worst_case(answers_of(more), register_of(invited), "grade", GRADE).iloc[0]
    assert row["low"] <= known["low"] and known["high"] <= row["high"]


# --- the tipping point ------------------------------------------------------------------------------------------------
def test_the_tipping_point_by_hand():
    # 8.0 at 55% response falls under 7.5 only if the silent gave under (7.5 - 0.55 * 8) / 0.45 = 3.1 / 0.45 = 6.89.
    tips = nonresponse.tipping_point(8, 0.55, 7.5, GRADE)
    assert tips == pytest.approx(3.1 / 0.45)
    assert 0.55 * 8 + 0.45 * tips == pytest.approx(7.5)
    assert nonresponse.tipping_point(7, 0.5, 7.5, GRADE) == pytest.approx(8)  # below it already: the silent would lift it
    assert nonresponse.tipping_point(8, 0, 7.5, GRADE) == 7.5  # nobody answered: the silent are everybody


@pytest.mark.parametrize(
    ("mean", "response_share", "threshold"),
    [(8, 1, 7.5), (9, 0.9, 7.5), (9, 0.8125, 7.5), (7, 0.9, 7.5)],
    ids=["nobody is silent", "no grade is low enough", "all ones end exactly at the threshold", "no grade is high enough"],
)
def test_no_tipping_point_where_the_silent_cannot_decide(mean, response_share, threshold):
    assert np.isnan(nonresponse.tipping_point(mean, response_share, threshold, GRADE))


@pytest.mark.parametrize("response_share", [-0.1, 1.1, 55])
def test_a_response_that_is_no_share_is_refused(response_share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        nonresponse.tipping_point(8, response_share, 7.5, GRADE)


# --- waves ------------------------------------------------------------------------------------------------------------
def test_waves_agree_with_r():
    """SOURCE: R survey 4.1-1: svycontrast(svyby(~g, ~wave, svydesign(~1, strata=~mission:wave, weights=N/n), svymean), ...):
    first 8.325, reminder 7, difference -1.325 with standard error 0.53560713214071."""
    table = waves(EARLY, LATE, INVITED)
    assert table["value"].tolist() == pytest.approx([8.325, 7.0, -1.325])
    # 0.25^2 * (5/3 / 4 + 1/3) + 0.75^2 * (1.3/5 + 2/3 / 4) = 0.0469 + 0.24 = 0.2869 = 0.5356^2. One variance for all:
    # (5 + 2 + 5.2 + 2) / 12 = 1.183; * (0.0625 * 7/12 + 0.5625 * 9/20) = 0.3427: 2.179 (12 degrees) * 0.585 = 1.276. Own:
    # Satterthwaite 8.2 degrees: 2.295 * 0.5356 = 1.229. The wider stands.
    parts = np.array([0.0625 * 5 / 3 / 4, 0.0625 / 3, 0.5625 * 1.3 / 5, 0.5625 * 2 / 3 / 4])
    assert np.sqrt(parts.sum()) == pytest.approx(0.53560713214071)
    own = stats.t.ppf(0.975, parts.sum() ** 2 / (parts**2 / [3, 2, 4, 3]).sum()) * 0.53560713
    shared = stats.t.ppf(0.975, 12) * np.sqrt(14.2 / 12 * (0.0625 * 7 / 12 + 0.5625 * 9 / 20))
    assert own < shared == pytest.approx(1.2755, abs=1e-4)
    assert interval(table.loc["difference"]) == (
        np.floor(1000 * (-1.325 - shared)) / 1000,
        np.ceil(1000 * (-1.325 + shared)) / 1000,
    )
    assert table["n"].tolist() == [9, 7, 16] and set(table["population_n"]) == {80}


def test_own_spread_decides_where_it_is_wider():
    # All the spread is in the larger mission, whose weight is 80 / 100.
    early, late = {"a": [7, 7, 7], "b": [6, 10]}, {"a": [7, 7, 7], "b": [5, 9]}
    row = waves(early, late, {"a": 20, "b": 80}).loc["difference"]
    # 0.64 * (8/2 + 8/2) = 5.12 with 2 degrees of freedom: 4.3027 * 2.2627 = 9.736; from -9, the width of the scale, to 8.936.
    assert row["value"] == pytest.approx(-0.8) and interval(row) == (-9, 8.936)


def test_only_missions_with_both_waves_are_compared():
    table = waves(EARLY | {"c": [1, 1, 1]}, LATE | {"d": [10, 10]}, INVITED | {"c": 90, "d": 90})
    pd.testing.assert_frame_equal(table, waves(EARLY, LATE, INVITED))


def test_without_both_waves_there_is_no_difference():
    table = waves(EARLY, {}, INVITED)
    assert table.index.tolist() == ["first", "reminder", "difference"] and table["value"].isna().all()
    assert table["n"].tolist() == [0, 0, 0]


def test_differences_between_missions_are_no_difference_between_waves():
    # A severe mission of which most answered late: over all answers late is 1.7 lower, within both missions it is the same.
    early, late = {"severe": [5, 7], "mild": [8, 10] * 5}, {"severe": [5, 7] * 5, "mild": [8, 10]}
    row = waves(early, late, {"severe": 40, "mild": 40}).loc["difference"]
    assert row["value"] == pytest.approx(0) and row["low"] < 0 < row["high"]


def test_waves_that_do_not_differ_seldom_seem_to():
    """100 years of four missions in which the reminder has nothing to do with the grade: about 5% false alarms.

    Two standard errors of a share of 100 are 4.4 points. Many more, from whole samples: tests/benchmarks/coverage.py.
    """
    rng, alarms = np.random.Generator(np.random.PCG64(31)), 0
    for _ in range(100):
        early, late = (
            {f"m{m}": np.clip(np.rint(rng.normal(7.5 + 0.4 * m, 1.3, n)), 1, 10).astype(int).tolist() for m in range(4)}
            for n in (12, 5)
        )
        row = waves(early, late, {f"m{m}": 40 for m in range(4)}).loc["difference"]
        alarms += not row["low"] <= 0 <= row["high"]
    assert 0.006 <= alarms / 100 <= 0.094


# --- participations or missions ---------------------------------------------------------------------------------------
def test_two_ways_to_weigh():
    """SOURCE of 7.5873015873016 and 0.25842140014989: R survey 4.1-1, svymean with strata, fpc and weights 1 / n per mission."""
    answers = {m: EARLY[m] + LATE[m] for m in EARLY}
    table = both_ways(answers, INVITED)
    # a: 51 / 7 = 7.2857; b: 71 / 9 = 7.8889. Participations: (20 * 7.2857 + 60 * 7.8889) / 80 = 7.7381; missions: their mean.
    assert table["value"].tolist() == pytest.approx([7.7380952380952, 7.5873015873016])
    parts = np.array([np.var(answers[m], ddof=1) * (1 - len(answers[m]) / INVITED[m]) / len(answers[m]) / 4 for m in "ab"])
    assert np.sqrt(parts.sum()) == pytest.approx(0.25842140014989)
    own = stats.t.ppf(0.975, parts.sum() ** 2 / (parts**2 / [6, 8]).sum()) * 0.2584214
    pooled = (6 * np.var(answers["a"], ddof=1) + 8 * np.var(answers["b"], ddof=1)) / 14
    shared = stats.t.ppf(0.975, 14) * np.sqrt(pooled / 4 * (0.65 / 7 + 0.85 / 9))
    half = max(own, shared)
    assert interval(table.loc["missions"]) == (pytest.approx(7.5873 - half, abs=FINE), pytest.approx(7.5873 + half, abs=FINE))
    assert table["n"].tolist() == [16, 16] and table["population_n"].tolist() == [80, 80]


def test_large_missions_decide_only_where_participations_count():
    table = both_ways({"small": [10] * 5, "large": [5] * 10}, {"small": 5, "large": 95})
    assert table["value"].tolist() == pytest.approx([5.25, 7.5])  # (5 * 10 + 95 * 5) / 100 and (10 + 5) / 2


def test_nobody_answered_in_the_year():
    table = both_ways({"a": [None]}, {"a": 9})
    assert table["value"].isna().all() and table["n"].tolist() == [0, 0]


def test_one_answer_in_a_year_has_no_interval():
    assert both_ways({"a": [8]}, {"a": 9})["low"].isna().all()
    assert waves({"a": [8]}, {"a": [7]}, {"a": 9})["low"].isna().all()


@DETERMINISTIC
@given(surveys(), st.randoms(use_true_random=False))
def test_row_order_and_empty_answers_change_nothing(drawn, random):
    answers, invited, late = drawn
    table = in_waves(answers, {m: given_answers for m, given_answers in late.items() if given_answers})
    more = pd.concat([table, table.assign(grade=pd.array([None] * len(table), "Int64"))])
    order = list(range(len(more)))
    random.shuffle(order)
    register = register_of(invited)
    for estimate in (
        lambda t, r: nonresponse.worst_case(t, r, "grade", GRADE),
        lambda t, r: nonresponse.by_wave(t, r, "grade", GRADE, 2025),
        lambda t, r: nonresponse.two_ways(t, r, "grade", GRADE, 2025),
    ):
        pd.testing.assert_frame_equal(estimate(more.iloc[order], register[::-1]), estimate(table, register))


@DETERMINISTIC
@given(surveys())
def test_a_census_is_a_point_both_ways(drawn):
    answers, _, _ = drawn
    table = both_ways(answers, {m: len(given_answers) for m, given_answers in answers.items()})
    assert (table["high"] - table["low"] <= FINE + 1e-9).all()
    assert ((table["low"] <= table["value"] + 1e-9) & (table["value"] - 1e-9 <= table["high"])).all()
