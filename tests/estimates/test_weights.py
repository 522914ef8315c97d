"""Weights to the margins of the register: sums by hand, the same as R's survey package, and properties.

SOURCE of all numbers of R: survey 4.1-1 in R 4.2.2 (Debian), its data sets apisrs and apistrat, and the small example below.
The moments of a cell (n, sum, sum of squares) decide these means and standard errors, so each cell is rebuilt from its own.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.estimates import survey, weights
from support.small_tables import GRADE, outwards, register_of

DETERMINISTIC = settings(max_examples=20, deadline=None, derandomize=True)
FINE = 0.001
SCHOOLS = {
    "stype": pd.Series({"E": 4421.0, "H": 755.0, "M": 1018.0}),
    "sch_wide": pd.Series({"No": 1072.0, "Yes": 5122.0}),
}
# (stype, sch_wide): n, sum and sum of squares of api00.
APISRS = {
    ("E", "No"): (15, 8592, 5127344),
    ("E", "Yes"): (127, 86000, 60481944),
    ("H", "No"): (13, 7711, 4797715),
    ("H", "Yes"): (12, 7423, 4672763),
    ("M", "No"): (9, 4935, 2822583),
    ("M", "Yes"): (24, 16656, 11837226),
}
APISTRAT = {
    ("E", "No"): (9, 5641, 3663925),
    ("E", "Yes"): (91, 61802, 43374712),
    ("H", "No"): (24, 14294, 8765624),
    ("H", "Yes"): (26, 16997, 11402317),
    ("M", "No"): (15, 8228, 4676158),
    ("M", "Yes"): (35, 23602, 16264238),
}


def schools(cells: dict[tuple[str, str], tuple[int, int, int]]) -> pd.DataFrame:
    """Schools with the moments of each cell: two of them lie apart as far as its sum of squares asks, the others at its mean."""
    rows = []
    for (stype, sch_wide), (n, total, squares) in cells.items():
        apart = np.sqrt((squares - total**2 / n) / 2)
        values = [total / n + apart, total / n - apart, *[total / n] * (n - 2)]
        rows += [(stype, sch_wide, value) for value in values]
    return pd.DataFrame(rows, columns=["stype", "sch_wide", "api00"])


def mean_and_error(frame: pd.DataFrame, weight: pd.Series, margins: list[str], strata: str | None, population) -> tuple:
    """Mean and standard error of api00."""
    of = frame[strata] if strata else pd.Series(0, index=frame.index)
    return weights.calibrated_mean(frame["api00"], weight, frame[margins], of, population)[:2]


# --- the same as R ----------------------------------------------------------------------------------------------------
def test_post_stratification_agrees_with_r():
    """svymean(~api00, postStratify(svydesign(~1, weights=~pw, fpc=~fpc, data=apisrs), ~stype, ...))."""
    frame, types = schools(APISRS), SCHOOLS["stype"]
    weight = frame["stype"].map(types) / frame["stype"].map(frame["stype"].value_counts())
    value, error = mean_and_error(frame, weight, ["stype"], None, pd.Series({0: 6194.0}))
    assert value == pytest.approx(656.78158095253, abs=1e-8)
    assert error == pytest.approx(9.156538161647, abs=1e-8)
    row = weights.post_stratified_mean(frame["api00"], frame["stype"], types, (200, 1000)).iloc[0]
    assert row["value"] == pytest.approx(656.78158095253, abs=1e-8)
    # 1.972079 is t (97.5%) with 200 - 3 degrees of freedom: half 18.06; one variance for all types is a little wider: 18.13.
    assert row["high"] - row["value"] == pytest.approx(18.13, abs=0.005) and 1.972079 * 9.156538 < 18.06
    assert (row["n"], row["population_n"]) == (200, 6194)


def test_raking_agrees_with_r():
    """rake(..., list(~stype, ~sch.wide), ..., control=list(epsilon=1e-10)) of a plain draw."""
    frame = schools(APISRS)
    weight = weights.raked(frame[["stype", "sch_wide"]], SCHOOLS)
    of_cells = weight.groupby([frame["stype"], frame["sch_wide"]]).first()
    assert of_cells.to_numpy() == pytest.approx(
        [28.910768298, 31.396365949, 29.003102680, 31.496638762, 29.033126743, 31.529244138], abs=1e-6
    )
    value, error = mean_and_error(frame, weight, ["stype", "sch_wide"], None, pd.Series({0: 6194.0}))
    assert (value, error) == (pytest.approx(657.79154633217, abs=1e-5), pytest.approx(8.8256785439024, abs=1e-5))


def test_raking_of_a_stratified_draw_agrees_with_r():
    """The same with svydesign(~1, strata=~stype, weights=~pw, fpc=~fpc, data=apistrat)."""
    frame, types = schools(APISTRAT), SCHOOLS["stype"]
    start = frame["stype"].map(types) / frame["stype"].map(frame["stype"].value_counts())
    value, error = mean_and_error(frame, start, ["stype"], "stype", types)
    assert (value, error) == (pytest.approx(662.28736315932, abs=1e-5), pytest.approx(9.4089408027846, abs=1e-5))
    weight = weights.raked(frame[["stype", "sch_wide"]], SCHOOLS, start=start)
    of_cells = weight.groupby([frame["stype"], frame["sch_wide"]]).first()
    assert of_cells.to_numpy() == pytest.approx(
        [44.542566027, 44.177108854, 15.164699124, 15.040277732, 20.477608452, 20.309596378], abs=1e-6
    )
    value, error = mean_and_error(frame, weight, ["stype", "sch_wide"], "stype", types)
    assert (value, error) == (pytest.approx(662.21165035772, abs=1e-5), pytest.approx(9.2729150896296, abs=1e-5))


# Three missions a, b and c with 15, 20 and 10 participants, of which 18, 17 and 10 are small, medium and large.
MISSIONS = list("aaaaaabbbbbbbbccccc")
SIZES = ["small"] * 2 + ["medium"] * 3 + ["large"] + ["small"] * 3 + ["medium"] * 2 + ["large"] * 3
SIZES += ["small"] + ["medium"] * 2 + ["large"] * 2
GRADES = [7, 8, 6, 7, 9, 5, 8, 8, 9, 7, 6, 6, 7, 5, 9, 8, 7, 6, 7]
INVITED = {"a": 15, "b": 20, "c": 10}
OF_R = [2.9649799767, 2.4640480828, 1.6778957982, 3.1447456693, 2.6134424510, 1.7796260300]
OF_R += [2.6358030386, 2.1904854249, 1.4916130558]


def forms(missions=MISSIONS, sizes=SIZES, grades=GRADES) -> pd.DataFrame:
    frame = pd.DataFrame({"mission_id": missions, "size_class": sizes, "grade": grades})
    return frame.astype({"mission_id": "str", "size_class": "str", "grade": "Int64"})


def went(by_mission: dict[str, dict[str, int]], cancelled: dict[str, dict[str, int]] | None = None) -> pd.DataFrame:
    rows = [
        (mission, size, has_cancelled)
        for has_cancelled, table in ((False, by_mission), (True, cancelled or {}))
        for mission, sizes in table.items()
        for size, n in sizes.items()
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["mission_id", "size_class", "has_cancelled"])


THREE = went(
    {
        "a": {"small": 6, "medium": 6, "large": 3},
        "b": {"small": 8, "medium": 7, "large": 5},
        "c": {"small": 4, "medium": 4, "large": 2},
    }
)


def year(answers: pd.DataFrame, participations: pd.DataFrame, **options) -> pd.Series:
    missions = dict.fromkeys([*answers["mission_id"], *participations["mission_id"]], 0)
    table = weights.weighted_year_mean(answers, participations, register_of(missions), "grade", GRADE, 2025, **options)
    assert len(table) == 1
    return outwards(table, FINE).iloc[0]


def test_missions_and_size_classes_agree_with_r():
    """rake(svydesign(~1, strata=~mission, fpc=~N), list(~mission, ~size), ..., epsilon=1e-12): weights, mean, standard error."""
    targets = {"mission_id": pd.Series(INVITED), "size_class": pd.Series({"small": 18, "medium": 17, "large": 10})}
    answers = forms()
    start = answers["mission_id"].map(INVITED) / answers["mission_id"].map(answers["mission_id"].value_counts())
    weight = weights.raked(answers[["mission_id", "size_class"]], targets, start=start)
    assert weight.drop_duplicates().to_numpy() == pytest.approx(OF_R, abs=1e-6)
    value, error, half = weights.calibrated_mean(
        answers["grade"].astype(float), weight, answers[["mission_id", "size_class"]], answers["mission_id"], pd.Series(INVITED)
    )
    assert (value, error) == (pytest.approx(7.2815639343452, abs=1e-7), pytest.approx(0.15312599833474, abs=1e-7))
    row = year(answers, THREE)
    assert row["value"] == pytest.approx(7.2815639343452, abs=1e-7)
    assert row["low"] == pytest.approx(7.2816 - half, abs=FINE + 1e-4) and row["high"] == pytest.approx(
        7.2816 + half, abs=FINE + 1e-4
    )
    assert (row["n"], row["population_n"]) == (19, 45)
    assert row["effective_n"] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())


# --- weights ----------------------------------------------------------------------------------------------------------
def test_effective_number_of_answers():
    assert weights.effective_n([2, 2, 2]) == pytest.approx(3)
    assert weights.effective_n([1, 1, 4]) == pytest.approx(2)  # 6^2 / (1 + 1 + 16)
    assert np.isnan(weights.effective_n([]))


def sample_of(*cells: tuple[str, str, int]) -> pd.DataFrame:
    rows = [(mission, size) for mission, size, n in cells for _ in range(n)]
    return pd.DataFrame(rows, columns=["mission_id", "size_class"])


def test_one_margin_is_target_by_respondents():
    sample = sample_of(("a", "x", 2), ("a", "y", 3))
    weight = weights.raked(sample, {"size_class": pd.Series({"x": 10, "y": 30})})
    assert weight.tolist() == pytest.approx([5, 5, 10, 10, 10])


def test_two_margins_by_hand():
    # One respondent in each of a-x, a-y, b-x and b-y; missions 40 and 60, sizes 30 and 70: 40 * 30 / 100 and so on.
    sample = sample_of(("a", "x", 1), ("a", "y", 1), ("b", "x", 1), ("b", "y", 1))
    targets = {"mission_id": pd.Series({"a": 40, "b": 60}), "size_class": pd.Series({"x": 30, "y": 70})}
    assert weights.raked(sample, targets).tolist() == pytest.approx([12, 28, 18, 42])


def test_weights_are_trimmed_and_still_fit():
    # The one respondent in b-y would weigh 3.09 times the median. Trimmed, b-y weighs three times what a-y and b-x do:
    # 5 * 5.5 + 16.5 = 44 in b and in y, and a-x fills the rest: 36 - 5 * 5.5 = 8.5, which is 5 * 1.7.
    sample = sample_of(("a", "x", 5), ("a", "y", 5), ("b", "x", 5), ("b", "y", 1))
    targets = {"mission_id": pd.Series({"a": 36, "b": 44}), "size_class": pd.Series({"x": 36, "y": 44})}
    free = weights.raked(sample, targets, cap=100)
    assert free.max() / free.median() == pytest.approx(3.0893, abs=1e-4)
    assert weights.raked(sample, targets, cap=3).tolist() == pytest.approx([1.7] * 5 + [5.5] * 10 + [16.5])


def test_weights_that_cannot_fit_say_where():
    sample = sample_of(("a", "x", 10), ("a", "y", 1))
    with pytest.raises(ValueError, match="at most 3 times their median that fit: size_class 'y'"):
        weights.raked(sample, {"size_class": pd.Series({"x": 10, "y": 40})})
    # Nobody is b-y: b can only be filled from x, and 30 do not fit into 20.
    unreachable = sample_of(("a", "x", 3), ("a", "y", 3), ("b", "x", 3))
    targets = {"mission_id": pd.Series({"a": 20, "b": 30}), "size_class": pd.Series({"x": 20, "y": 30})}
    with pytest.raises(ValueError, match="found no weights"):
        weights.raked(unreachable, targets, cap=1e9)


def test_margins_that_make_no_sense_are_refused_by_name():
    sample = sample_of(("a", "x", 2))
    with pytest.raises(ValueError, match="no respondents in size_class 'z', which stands for 7 participants"):
        weights.raked(sample, {"size_class": pd.Series({"x": 10, "z": 7, "nobody": 0})})
    with pytest.raises(ValueError, match="respondents in size_class 'x', which has no target"):
        weights.raked(sample, {"size_class": pd.Series({"x": 0})})
    with pytest.raises(ValueError, match="different totals: size_class 10, mission_id 11"):
        weights.raked(sample, {"size_class": pd.Series({"x": 10}), "mission_id": pd.Series({"a": 11})})


def test_a_respondent_without_a_category_cannot_be_weighted():
    with pytest.raises(ValueError, match="respondents without size_class"):
        weights.raked(pd.DataFrame({"size_class": ["x", None]}), {"size_class": pd.Series({"x": 10})})


# --- means ------------------------------------------------------------------------------------------------------------
def test_post_stratified_mean_by_hand():
    values, sizes = pd.Series([6, 8, 9, 9, None], dtype="Int64"), pd.Series(list("xxyyy"))
    row = weights.post_stratified_mean(values, sizes, pd.Series({"x": 4, "y": 6}), GRADE).iloc[0]
    # (4 * 7 + 6 * 9) / 10 = 8.2. Weights 2, 2, 3, 3; residuals -1, 1, 0, 0, so x = -0.2, 0.2, 0, 0:
    # own 6/10 * 4/3 * 0.08 = 0.064; 3.182 * 0.253 = 0.805. One variance 2 / (4 - 2) = 1: 6/10 * 0.26 = 0.156;
    # t(2): 4.303 * 0.395 = 1.70, the wider: 6.501; but the silent six can bring 32 / 10 no higher than 92 / 10.
    assert row["value"] == pytest.approx(8.2)
    assert (row["low"], row["high"]) == (pytest.approx(6.5006, abs=1e-4), pytest.approx(9.2))
    assert row["effective_n"] == pytest.approx(100 / 26)


def test_post_stratification_refuses_more_answers_than_participants_and_empty_categories():
    values, sizes = pd.Series([6, 8, 9]), pd.Series(list("xxy"))
    with pytest.raises(ValueError, match="no respondents in category 'z'"):
        weights.post_stratified_mean(values, sizes, pd.Series({"x": 4, "y": 6, "z": 1}), GRADE)
    with pytest.raises(ValueError, match="more answers than participants"):
        weights.post_stratified_mean(values, sizes, pd.Series({"x": 1, "y": 1}), GRADE)


def test_a_year_is_weighted_to_size_classes():
    # One mission of 4 small and 6 large participants, the same sum as the example by hand; 2 cancelled and do not count.
    table = went({"a": {"small": 4, "large": 6}}, {"a": {"small": 2}})
    row = year(forms(list("aaaa"), ["small"] * 2 + ["large"] * 2, [6, 8, 9, 9]), table)
    assert row["value"] == pytest.approx(8.2) and (row["low"], row["high"]) == (6.5, 9.2)
    assert (row["n"], row["population_n"]) == (4, 10)


def test_an_answer_without_a_size_class_keeps_the_weight_of_its_mission():
    table = went({"a": {"small": 4, "large": 6}})
    row = year(forms(list("aaaaa"), ["small", "small", "large", "large", None], [6, 8, 9, 9, 1]), table)
    # Each answer stands for 2; the four with a class stand for 8, of which 40% small: 3.2 * 7 + 4.8 * 9 + 2 * 1 = 67.6.
    assert row["value"] == pytest.approx(6.76)
    unknown = year(forms(list("aaaaa"), [None] * 5, [6, 8, 9, 9, 1]), table)
    assert unknown["value"] == pytest.approx(6.6)  # no class at all: the plain mean
    wrong = year(forms(list("aaaaa"), ["small", "small", "large", "large", "giant"], [6, 8, 9, 9, 1]), table)
    assert wrong["value"] == pytest.approx(6.76)  # a class that no participant has is no class


def test_a_size_class_that_nobody_answered_for_is_represented_by_the_others():
    answers = forms(list("aaaa"), ["small"] * 2 + ["large"] * 2, [6, 8, 9, 9])
    row = year(answers, went({"a": {"small": 4, "large": 6, "medium": 10}}))
    assert row["value"] == pytest.approx(8.2) and row["population_n"] == 20


def test_no_weighted_mean_without_answers_or_without_weights_that_fit():
    table = went({"a": {"small": 20, "large": 30}})
    assert np.isnan(year(forms([], [], []), table)["value"])
    # One of 20 small answered and 20 of 30 large: its weight, 20, would be 13 times the median.
    answers = forms(["a"] * 21, ["small"] + ["large"] * 20, [1] + [8] * 20)
    row = year(answers, table)
    assert np.isnan(row["value"]) and np.isnan(row["effective_n"]) and row["n"] == 21
    assert year(answers, table, cap=20)["value"] == pytest.approx((20 * 1 + 30 * 8) / 50)


def test_weighted_shares_agree_with_the_mean_of_zeros_and_ones():
    missions = register_of(dict.fromkeys(THREE["mission_id"], 0))
    between = {"high": (8, 10), "low": (1, 5), "none": (1, 4), "all": (1, 10)}
    table = weights.weighted_year_shares(forms(), THREE, missions, "grade", between, 2025).set_index("name")
    ones = forms(grades=[int(grade >= 8) for grade in GRADES])
    mean = weights.weighted_year_mean(ones, THREE, missions, "grade", (0, 1), 2025).iloc[0]
    assert table.loc["high", "value"] == pytest.approx(100 * mean["value"])
    assert table.loc["high", "low"] <= 100 * mean["low"] + 0.01 and table.loc["high", "high"] >= 100 * mean["high"] - 0.01
    # Nobody graded below 5, and 26 of 45 said nothing: no interval of width zero, and none beyond what they could have said.
    assert table.loc["none", ["value", "low"]].tolist() == [0, 0] and 0 < table.loc["none", "high"] <= 100 * 26 / 45
    assert table.loc["all", ["value", "high"]].tolist() == [100, 100] and 100 * 19 / 45 <= table.loc["all", "low"] < 100
    assert (table["n"] == 19).all() and (table["population_n"] == 45).all()


def test_a_census_of_shares_is_a_point_and_no_answers_are_no_share():
    answers, missions = forms(["a"] * 4, ["small"] * 4, [8, 5, 7, 8]), register_of({"a": 4})
    row = weights.weighted_year_shares(answers, went({"a": {"small": 4}}), missions, "grade", {"high": (7, 10)}, 2025).iloc[0]
    assert row[["value", "low", "high"]].tolist() == [75, 75, 75]
    empty = weights.weighted_year_shares(answers.head(0), THREE, missions, "grade", {"high": (7, 10)}, 2025).iloc[0]
    assert empty["n"] == 0 and np.isnan(empty["value"])


def test_more_answers_than_participations_is_an_error():
    with pytest.raises(ValueError, match="more answers to grade than participations"):
        year(forms(list("aa"), ["small"] * 2, [6, 8]), went({"a": {"small": 1}}, {"a": {"small": 9}}))


def test_answers_that_fit_exactly_have_no_interval():
    row = year(forms(list("aa"), ["small", "large"], [6, 8]), went({"a": {"small": 5, "large": 5}}))
    assert row["value"] == pytest.approx(7) and np.isnan(row["low"])  # two margins, two answers: no spread is left to see


def test_where_the_answers_resemble_the_register_weighting_changes_nothing():
    # Of each cell half answered; participants as many as were invited.
    table = went({"a": {"small": 4, "large": 8}, "b": {"small": 6, "large": 2}})
    answers = forms(list("aaaaaabbbb"), ["small"] * 2 + ["large"] * 4 + ["small"] * 3 + ["large"], [6, 7, 8, 8, 9, 7, 5, 6, 8, 9])
    plain = survey.year_means(answers, register_of({"a": 12, "b": 8}), "grade", GRADE).iloc[0]
    row = year(answers, table)
    assert row["value"] == pytest.approx(plain["value"]) and row["n"] == plain["n"]


@st.composite
def surveys(draw) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, participations = [], {}
    for number in range(draw(st.integers(1, 3))):
        of_mission = draw(st.lists(st.tuples(st.sampled_from(["small", "large"]), st.integers(*GRADE)), min_size=3, max_size=8))
        rows += [(f"m{number}", size, grade) for size, grade in of_mission]
        sizes = pd.Series([size for size, _ in of_mission]).value_counts()
        participations[f"m{number}"] = {size: int(n) + draw(st.integers(0, 4)) for size, n in sizes.items()}
    return forms(*zip(*rows, strict=True)), went(participations)


@DETERMINISTIC
@given(surveys(), st.randoms(use_true_random=False))
def test_row_order_and_empty_answers_change_nothing(drawn, random):
    answers, participations = drawn
    empty = answers.assign(grade=pd.array([None] * len(answers), "Int64"))
    order = list(range(2 * len(answers)))
    random.shuffle(order)
    expected, found = (
        year(table, participations, cap=50) for table in (answers, pd.concat([answers, empty]).iloc[order].reset_index(drop=True))
    )
    pd.testing.assert_series_equal(found, expected)


@DETERMINISTIC
@given(surveys())
def test_a_census_is_a_point_and_a_weighted_mean_lies_in_its_interval(drawn):
    answers, participations = drawn
    everybody = answers[["mission_id", "size_class"]].assign(has_cancelled=False)
    census = year(answers, everybody)
    assert census["value"] == pytest.approx(answers["grade"].mean()) and census["high"] - census["low"] <= FINE + 1e-9
    row = year(answers, participations, cap=50)
    if not np.isnan(row["low"]):
        assert GRADE[0] <= row["low"] <= row["value"] + 1e-9 and row["value"] - 1e-9 <= row["high"] <= GRADE[1]
    assert np.isnan(row["effective_n"]) or 1 <= row["effective_n"] <= row["n"] + 1e-9


def test_years_stand_apart():
    answers, table = forms(list("aabb"), ["small"] * 4, [6, 6, 9, 9]), went({"a": {"small": 4}, "b": {"small": 9}})
    register = register_of({"a": 4, "b": 9}, {"a": 2024, "b": 2025})
    values = [weights.weighted_year_mean(answers, table, register, "grade", GRADE, y)["value"].iloc[0] for y in (2024, 2025)]
    assert values == pytest.approx([6, 9])
