"""Shares and totals: sums by hand, R's own hypergeometric distribution, every small population counted out, and properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from missions.estimates import shares, survey
from support.small_tables import outwards, register_of

DETERMINISTIC = settings(max_examples=40, deadline=None, derandomize=True)
FEW = settings(DETERMINISTIC, max_examples=20)  # where each example makes several tables
GOAL = {"goal": ("goal", ("yes",))}


def answers_of(given_answers: dict[str, list[str | None]]) -> pd.DataFrame:
    rows = [(mission, answer) for mission, answers in given_answers.items() for answer in answers]
    return pd.DataFrame(rows, columns=["mission_id", "goal"]).astype({"goal": "str"})


def yes_and_no(yes_n: int, no_n: int) -> list[str]:
    return ["yes"] * yes_n + ["no"] * no_n


def by_mission(answers: dict[str, list], invited: dict[str, int], step: float = 1.0, **options) -> pd.DataFrame:
    options = {"counts_as": ("yes",), **options}
    table = shares.mission_shares(answers_of(answers), register_of(invited), "goal", **options)
    return outwards(table, step).set_index("mission_id")


def of_year(answers: dict[str, list], invited: dict[str, int], step: float = 1.0, **options) -> pd.Series:
    table = shares.year_shares(answers_of(answers), register_of(invited), GOAL, 2025, **options)
    assert len(table) == 1
    return outwards(table, step).iloc[0]


def interval(row: pd.Series) -> tuple[float, float]:
    return row["low"], row["high"]


def in_counts(yes_n, n, population_n, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    bounds = shares.hypergeometric_interval(yes_n, n, population_n, confidence)
    return tuple(np.rint(bound * population_n / 100).astype(int) for bound in bounds)


# --- the exact interval -----------------------------------------------------------------------------------------------
def test_worked_example():
    # None of 5 answers out of 10 is yes. With 3 yeses among the 10 that has a chance of C(7,5) / C(10,5) = 21/252 = 8.3%;
    # with 4 yeses C(6,5) / 252 = 2.4%, less than 2.5%. So at most 3 of 10; at least none.
    assert shares.hypergeometric_interval(0, 5, 10) == (0, 30)
    # 6 of 8 out of 10: between 6 and 8 are possible, and both ends have a chance of at least 13%: C(4,2) / C(10,8) = 6/45.
    assert shares.hypergeometric_interval(6, 8, 10) == (60, 80)


# SOURCE: R 4.2.2, phyper: range of K with phyper(k-1, K, N-K, n, lower.tail=FALSE) >= 0.025 and phyper(k, K, N-K, n) >= 0.025.
@pytest.mark.parametrize(
    ("yes_n", "n", "population_n", "low", "high"),
    [(0, 8, 40, 0, 13), (3, 8, 40, 5, 28), (20, 45, 80, 28, 44), (130, 398, 789, 232, 284), (17, 30, 63, 27, 44)],
)
def test_bounds_are_those_of_r(yes_n, n, population_n, low, high):
    assert in_counts(yes_n, n, population_n) == (low, high)


def test_a_higher_level_is_wider_as_in_r():
    assert in_counts(20, 45, 80, 0.99) == (26, 46)  # SOURCE: as above with 0.005


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_truth_is_held_often_enough_in_every_population_of_at_most_24(confidence):
    """Every size, number of answers and true number of yeses; the chance of each outcome is known, so nothing is simulated."""
    lowest = 1.0
    for population_n in range(1, 25):
        truth = np.arange(population_n + 1)
        for n in range(1, population_n + 1):
            yes_n = np.arange(n + 1)
            low, high = in_counts(yes_n, n, population_n, confidence)
            held = (low[:, None] <= truth) & (truth <= high[:, None])
            chance = stats.hypergeom.pmf(yes_n[:, None], population_n, truth, n)
            lowest = min(lowest, (held * chance).sum(axis=0).min())
    assert confidence <= lowest < confidence + 0.005  # and not far above it everywhere: the interval is no wider than needed


def test_everybody_answered_is_a_point_and_nobody_is_nothing():
    assert shares.hypergeometric_interval(3, 12, 12) == (25, 25)
    assert np.isnan(shares.hypergeometric_interval(0, 0, 12)).all()


def test_never_a_point_while_anybody_is_silent():
    # 199 of 200 said no. That the last one says yes and is missed has a chance of 1/200, so the exact set is "nobody".
    assert in_counts(0, 199, 200) == (0, 1) and in_counts(199, 199, 200) == (199, 200)


def test_impossible_counts_are_refused():
    for impossible in ((3, 2, 5), (1, 6, 5), (-1, 2, 5)):
        with pytest.raises(ValueError, match="yes_n <= n <= population_n"):
            shares.hypergeometric_interval(*impossible)


@st.composite
def outcomes(draw) -> tuple[int, int, int]:
    population_n = draw(st.integers(1, 300))
    n = draw(st.integers(1, population_n))
    return draw(st.integers(0, n)), n, population_n


@DETERMINISTIC
@given(outcomes())
def test_an_interval_holds_the_share_mirrors_and_is_possible(drawn):
    yes_n, n, population_n = drawn
    low, high = shares.hypergeometric_interval(yes_n, n, population_n)
    assert low <= 100 * yes_n / n <= high
    assert 100 * yes_n / population_n <= low and high <= 100 * (yes_n + population_n - n) / population_n
    mirrored = shares.hypergeometric_interval(n - yes_n, n, population_n)
    np.testing.assert_allclose(mirrored, [100 - high, 100 - low], atol=1e-9)


@DETERMINISTIC
@given(outcomes(), st.integers(2, 4))
def test_more_answers_with_the_same_share_do_not_widen(drawn, times):
    yes_n, n, population_n = drawn
    low, high = in_counts(yes_n, n, population_n * times)
    of_many = in_counts(yes_n * times, n * times, population_n * times)
    # One yes more or less, as bounds are whole counts.
    assert of_many[1] - of_many[0] <= high - low + 1


# --- per mission ------------------------------------------------------------------------------------------------------
def test_shares_of_missions():
    table = by_mission({"a": [*yes_and_no(0, 5), None], "b": ["yes", "partly", "no"], "silent": [None]}, {"a": 10, "b": 3})
    # a as in the first example; b: everybody answered, 1 of 3 is 33.3%, outwards 33 .. 34.
    assert table[["value", "low", "high"]].round(4).values.tolist() == [[0, 0, 30], [33.3333, 33, 34]]
    assert table[["n", "population_n", "year"]].values.tolist() == [[5, 10, 2025], [3, 3, 2025]]
    assert set(table["interval_kind"]) == {"hypergeometric"}
    several = by_mission({"b": ["yes", "partly", "no"]}, {"b": 3}, counts_as=("yes", "partly"))
    assert interval(several.loc["b"]) == (66, 67)


def test_bounds_of_a_share_are_rounded_outwards():
    # 17 of 30 out of 63 is 27 to 44 of 63 (as R says): 42.86 to 69.84 percent.
    answers, invited = {"a": yes_and_no(17, 13)}, {"a": 63}
    assert interval(by_mission(answers, invited).loc["a"]) == (42, 70)
    assert interval(by_mission(answers, invited, step=0.1).loc["a"]) == (42.8, 69.9)


def test_more_answers_than_invited_is_an_error():
    with pytest.raises(ValueError, match="more answers"):
        by_mission({"a": yes_and_no(2, 2)}, {"a": 3})


def test_scores_can_count_too():
    answers = pd.DataFrame({"mission_id": "a", "score": pd.array([1, 4, 5, None], "Int64")})
    row = shares.mission_shares(answers, register_of({"a": 3}), "score", (4, 5)).iloc[0]
    assert row["value"] == pytest.approx(200 / 3) and row["n"] == 3


# --- per year ---------------------------------------------------------------------------------------------------------
def test_a_year_weighs_missions_by_participants():
    row = of_year({"small": yes_and_no(5, 0), "large": yes_and_no(2, 8)}, {"small": 5, "large": 95})
    assert row["value"] == pytest.approx(24)  # (5 * 100 + 95 * 20) / 100; by answers it would be 7 of 15, 47
    assert (row["question"], row["n"], row["population_n"]) == ("goal", 15, 100)


def test_a_year_of_one_mission_is_that_mission():
    # Except where the t interval is wider: 6 of 8 out of 10 is 75 +- 2.365 * sqrt(0.2 * 0.2143 / 8) = 75 +- 17, which the
    # silent two cut down to 60 .. 80, the same as the exact one.
    answers, invited = {"a": yes_and_no(6, 2)}, {"a": 10}
    assert interval(of_year(answers, invited)) == interval(by_mission(answers, invited).loc["a"]) == (60, 80)


def test_a_year_is_as_precise_as_its_effective_number_of_answers():
    # Weights 0.4 and 0.6: 1 / (0.16/4 + 0.36/12) = 14.29, so 14 answers out of 100, none of them yes. With K yeses among 100
    # the chance of none is C(100-K,14) / C(100,14): 2.8% for 21 and 2.3% for 22, so at most 21 (plain counting: 16 answers).
    row = of_year({"a": yes_and_no(0, 4), "b": yes_and_no(0, 12)}, {"a": 40, "b": 60})
    assert stats.hypergeom.pmf(0, 100, [21, 22], 14).round(3).tolist() == [0.028, 0.023]
    assert interval(row) == (0, 21)


def test_yeses_that_are_no_whole_number_are_rounded_to_both_sides():
    # Weights 0.4 and 0.6, shares 1/10 and 2/30: 8%; 1 / (0.16/10 + 0.36/30) = 35.7, so of 35 answers 2.8 are yes: low from 2
    # of 35, 2%; high from 3 of 35, 20%. The t interval: parts 0.16 * 0.75/10 * 0.1 = 0.0012 and 0.36 * 0.5/30 * 0.0644 =
    # 0.000386 leave 15 degrees of freedom: 8 +- 2.13 * 3.98 = 8 +- 8.5, narrower above; and 3 of 100 did say yes, so low is 3.
    row = of_year({"a": yes_and_no(1, 9), "b": yes_and_no(2, 28)}, {"a": 40, "b": 60})
    assert (in_counts(2, 35, 100)[0], in_counts(3, 35, 100)[1]) == (2, 20)
    assert row["value"] == pytest.approx(8) and interval(row) == (3, 20)


def test_the_interval_of_unlike_missions_is_the_wider_one():
    # All the doubt is in one large mission of which few answered: there the strata are less precise than a plain draw is.
    answers = {"even": yes_and_no(3, 3), "never": yes_and_no(0, 60)}
    row, invited = of_year(answers, {"even": 300, "never": 60}, step=1e-6), register_of({"even": 300, "never": 60})
    yes = pd.DataFrame({"mission_id": ["even"] * 6 + ["never"] * 60, "yes": [1.0] * 3 + [0.0] * 63})
    t = survey.year_means(yes, invited, "yes", (0, 1)).iloc[0]
    assert (row["low"], row["high"]) == (pytest.approx(100 * t["low"], abs=1e-5), pytest.approx(100 * t["high"], abs=1e-5))


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_year_of_the_same_answers_is_a_point_only_when_everybody_gave_it(answer):
    end = 100 if answer == "yes" else 0
    everybody = of_year({"a": [answer] * 6, "b": [answer] * 9}, {"a": 6, "b": 9})
    assert interval(everybody) == (end, end)
    for invited in ({"a": 7, "b": 9}, {"a": 300, "b": 9}):
        row = of_year({"a": [answer] * 6, "b": [answer] * 9}, invited)
        assert row["high"] - row["low"] >= 1 and end in interval(row)
    one = of_year({"a": [answer]}, {"a": 20})  # one answer has no spread, yet its interval is the exact one
    assert end in interval(one) and one["high"] - one["low"] >= 90


def test_several_questions_keep_their_order_and_one_without_answers_has_no_value():
    answers = answers_of({"a": ["yes", "no", None, "yes"], "old": ["no"]})
    answers["other"] = pd.array([None, None, None, None, "yes"], "str")
    register = register_of({"a": 4, "old": 1}, {"a": 2025, "old": 2024})
    asked = {"z": ("goal", ("yes",)), "unheard": ("other", ("yes",)), "a": ("goal", ("no",))}
    table = shares.year_shares(answers, register, asked, 2025)
    assert table["question"].tolist() == ["z", "unheard", "a"] and table["n"].tolist() == [3, 0, 3]
    assert table["value"].round(3).fillna(-1).tolist() == [66.667, -1, 33.333]
    assert shares.year_shares(answers, register, asked, 2023)["value"].isna().all()


@st.composite
def surveys(draw) -> tuple[dict[str, list[str]], dict[str, int]]:
    missions = [f"m{number}" for number in range(draw(st.integers(1, 4)))]
    answers = {m: draw(st.lists(st.sampled_from(["yes", "partly", "no"]), min_size=1, max_size=8)) for m in missions}
    return answers, {m: len(answers[m]) + draw(st.integers(0, 20)) for m in missions}


@FEW
@given(surveys(), st.randoms(use_true_random=False))
def test_row_order_and_empty_answers_change_nothing(drawn, random):
    answers, invited = drawn
    rows = [(m, a) for m, given_answers in answers.items() for a in [*given_answers, None]]
    random.shuffle(rows)
    shuffled = pd.DataFrame(rows, columns=["mission_id", "goal"]).astype({"goal": "str"})
    register, order = register_of(invited), ("no", "partly", "yes")
    for estimate in (
        lambda table, of: shares.mission_shares(table, of, "goal", ("yes",)),
        lambda table, of: shares.year_shares(table, of, GOAL, 2025),
        lambda table, of: shares.answer_distribution(table, of, "goal", order),
    ):
        pd.testing.assert_frame_equal(estimate(shuffled, register[::-1]), estimate(answers_of(answers), register))


@FEW
@given(surveys())
def test_a_share_of_a_year_lies_in_its_interval_and_mirrors(drawn):
    answers, invited = drawn
    row = of_year(answers, invited, step=0.01)
    assert 0 <= row["low"] <= row["value"] + 1e-9 and row["value"] - 1e-9 <= row["high"] <= 100
    turned = {"yes": "no", "no": "yes", "partly": "yes"}
    mirrored = of_year({m: [turned[a] for a in given_answers] for m, given_answers in answers.items()}, invited, step=0.01)
    np.testing.assert_allclose(
        [mirrored[name] for name in ("value", "low", "high")], [100 - row[name] for name in ("value", "high", "low")], atol=1e-6
    )
    census = of_year(answers, {m: len(given_answers) for m, given_answers in answers.items()}, step=0.01)
    assert census["high"] - census["low"] <= 0.01 + 1e-9


# --- how answers are spread -------------------------------------------------------------------------------------------
def test_the_distribution_of_answers_keeps_its_order_and_shows_classes_that_nobody_chose():
    answers = answers_of({"a": ["no", "yes", "no", None], "b": ["yes"], "elsewhere": ["partly"]})
    table = shares.answer_distribution(answers, register_of({"a": 9, "b": 9}), "goal", ("no", "partly", "yes"))
    assert table[["answer", "value", "n", "population_n"]].values.tolist() == [
        ["no", 50, 2, 4],
        ["partly", 0, 0, 4],
        ["yes", 50, 2, 4],
    ]
    assert table[["low", "high", "interval_kind", "interval_level"]].isna().all(axis=None)


def test_an_answer_outside_the_order_is_refused_and_no_answers_have_no_shares():
    with pytest.raises(ValueError, match="not among the known ones: partly"):
        shares.answer_distribution(answers_of({"a": ["partly", "no"]}), register_of({"a": 9}), "goal", ("no", "yes"))
    table = shares.answer_distribution(answers_of({"a": [None]}), register_of({"a": 9}), "goal", ("no", "yes"))
    assert table["n"].tolist() == [0, 0] and table["value"].isna().all()


# --- totals -----------------------------------------------------------------------------------------------------------
def leads(counted: dict[str, list[int | None]], invited: dict[str, int], **options) -> pd.Series:
    rows = [(mission, count) for mission, counts in counted.items() for count in counts]
    answers = pd.DataFrame(rows, columns=["mission_id", "leads_n"]).astype({"leads_n": "Int64"})
    return shares.year_totals(answers, register_of(invited), "leads_n", 2025, **options).iloc[0]


def test_a_total_expands_each_mission_to_its_participants():
    row = leads({"a": [0, 1, 1, 2, None], "b": [2, 4]}, {"a": 16, "b": 3})
    # 16 * 1 + 3 * 3 = 25. Variance: a 16^2 * 12/16 * (2/3)/4 = 32, b 3^2 * 1/3 * 2/2 = 3; degrees of freedom
    # 35^2 / (32^2/3 + 3^2/1) = 3.497, t = 2.945: 25 +- 17.42. Pooled variance (2 + 2)/4 = 1: (48 + 1.5) * 1, t(4) = 2.776:
    # 25 +- 19.53, the wider: 5.47 .. 44.53. But 10 were counted already.
    assert row["value"] == pytest.approx(25) and interval(row) == (10, pytest.approx(44.53, abs=0.01))
    assert (row["n"], row["population_n"]) == (6, 19)
    assert row["largest_share"] == 0.4  # one answer of 4 in an observed sum of 10


def test_a_total_agrees_with_r():
    """SOURCE: R survey 4.1-1, svytotal with strata and fpc: 619.04761904762, standard error 24.367276670478."""
    row = leads({"a": [8, 7, 9, 6, 7, 6, 8], "b": [9, 8, 10, 7, 9, 6, 8, 7, 7]}, {"a": 20, "b": 60})
    assert row["value"] == pytest.approx(619.04761904762)
    # 16 answers of two missions: own spread with Satterthwaite's 9.59 degrees of freedom.
    parts = [20**2 * (1 - 7 / 20) * np.var([8, 7, 9, 6, 7, 6, 8], ddof=1) / 7]
    parts.append(60**2 * (1 - 9 / 60) * np.var([9, 8, 10, 7, 9, 6, 8, 7, 7], ddof=1) / 9)
    assert np.sqrt(sum(parts)) == pytest.approx(24.367276670478)
    half = stats.t.ppf(0.975, sum(parts) ** 2 / (parts[0] ** 2 / 6 + parts[1] ** 2 / 8)) * 24.367276670478
    assert interval(row) == (pytest.approx(619.0476 - half, abs=1e-3), pytest.approx(619.0476 + half, abs=1e-3))


def test_a_total_of_everybody_is_a_point_and_of_nobody_is_nothing():
    assert interval(leads({"a": [3, 0, 9], "b": [1]}, {"a": 3, "b": 1})) == (13, 13)
    row = leads({"a": [None, None]}, {"a": 9})
    assert np.isnan(row["value"]) and np.isnan(row["largest_share"]) and row["n"] == 0
    assert np.isnan(leads({"a": [0, 0]}, {"a": 9})["largest_share"])  # no share of a sum of nothing


def test_one_firm_that_dominates_a_total_shows():
    assert leads({"a": [97, 1, 1, 1]}, {"a": 40})["largest_share"] == pytest.approx(0.97)


# --- a part of the participants ---------------------------------------------------------------------------------------
def domain(answers: pd.DataFrame, invited: dict[str, int]) -> pd.Series:
    return shares.domain_share(answers, register_of(invited), "reached", ["yes"], answers["has_goal"], 2025).iloc[0]


def test_a_share_within_a_part_counts_that_part_and_not_whole_missions():
    """Mission a: 4 of 8 answered, 1 of them with the goal (reached): 2 participants with it. Mission b: 4 of 8 answered, 3 with
    the goal (1 reached): 6 with it, 2 reached. Together (2 + 2) / (2 + 6) = 50%; missions alone would give (100 + 33) / 2."""
    answers = pd.DataFrame({
        "mission_id": list("aaaabbbb"),
        "has_goal": [True, False, False, False, True, True, True, False],
        "reached": ["yes", "no", "yes", "no", "yes", "no", "no", "yes"],
    })  # fmt: skip
    row = domain(answers, {"a": 8, "b": 8})
    assert (row["value"], row["n"], row["population_n"]) == (50, 4, 8)
    assert row["low"] < 50 < row["high"]
    census = domain(answers, {"a": 4, "b": 4})  # 2 of 4 with the goal, and everybody answered
    assert (census["value"], census["low"], census["high"]) == (50, 50, 50)


def test_a_part_that_holds_everybody_gives_the_share_of_the_year():
    rng = np.random.default_rng(3)
    answers = pd.DataFrame(
        {"mission_id": rng.choice(list("abc"), 60), "reached": rng.choice(["yes", "no"], 60), "has_goal": True}
    )
    invited = {"a": 40, "b": 60, "c": 80}
    whole = shares.year_shares(answers, register_of(invited), {"x": ("reached", ["yes"])}, 2025).iloc[0]
    assert domain(answers, invited)["value"] == pytest.approx(whole["value"])


def test_a_part_without_answers_has_no_value_and_an_unknown_part_does_not_count():
    answers = pd.DataFrame({"mission_id": ["a"] * 3, "reached": ["yes", "no", "yes"], "has_goal": [False, False, False]})
    row = domain(answers, {"a": 9})
    assert row["n"] == 0 and pd.isna(row["value"])
    unknown = answers.assign(has_goal=[True, True, None])
    assert domain(unknown, {"a": 9})[["value", "n"]].tolist() == [50, 2]


def test_the_interval_within_a_part_holds_the_truth_as_often_as_it_says():
    """200 populations of 5 missions, a third with the goal; at least 93% of 200 intervals hold the true share."""
    rng, held = np.random.default_rng(11), 0
    invited = {name: size for name, size in zip("abcde", (20, 35, 50, 65, 90), strict=True)}
    for _ in range(200):
        everybody = pd.concat([
            pd.DataFrame({"mission_id": name, "has_goal": rng.random(size) < 0.33, "reached": rng.random(size) < 0.4})
            for name, size in invited.items()
        ], ignore_index=True)  # fmt: skip
        everybody["reached"] = np.where(everybody["reached"], "yes", "no")
        truth = 100 * everybody.loc[everybody["has_goal"], "reached"].eq("yes").mean()
        row = domain(everybody.sample(frac=0.5, random_state=int(rng.integers(1e6))), invited)
        held += row["low"] <= truth <= row["high"]
    assert held >= 186
