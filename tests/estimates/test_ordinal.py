"""Regression on ordered answers: tables worked by hand, figures that R gives, planted truths, and what never may crash.

R: version 4.2.2 with MASS 7.3-58.2 (polr), ordinal 2022.11-16 (clm) and sandwich 3.0-2 (vcovCL). R is not needed to run this.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from missions.estimates import ordinal
from missions.estimates.ordinal import fit, predicted_probability, proportional_odds_test, share_high_by
from support.small_tables import outwards
from support.worlds import DRIVERS, VALUE, quiet, world

DETERMINISTIC = settings(max_examples=25, deadline=None, derandomize=True)

# The wine data of the ordinal package (Randall 1989): bitterness 1 to 5 by nine judges, cold or warm, without or with contact.
BITTER = np.array([int(one) for one in "233444551213235423325544323232532343333332322454112223232223333412323244"])
WARM, CONTACT, JUDGE = np.tile([0, 0, 0, 0, 1, 1, 1, 1], 9), np.tile([0, 0, 1, 1], 18), np.repeat(np.arange(9), 8)
WINE = np.column_stack([WARM, CONTACT])

# The housing data of MASS (Madsen 1976): how many tenants are satisfied little, fairly or much, by influence, type and contact.
TENANTS = np.array([
    21, 21, 28, 34, 22, 36, 10, 11, 36, 61, 23, 17, 43, 35, 40, 26, 18, 54, 13, 9, 10, 8, 8, 12,
    6, 7, 9, 18, 6, 7, 15, 13, 13, 7, 5, 11, 14, 19, 37, 17, 23, 40, 3, 5, 23, 78, 46, 43,
    48, 45, 86, 15, 25, 62, 20, 23, 20, 10, 22, 24, 7, 10, 21, 57, 23, 13, 31, 21, 13, 5, 6, 13,
])  # fmt: skip
SATISFIED, INFLUENCE = np.tile([1, 2, 3], 24), np.tile(np.repeat([0, 1, 2], 3), 8)
HOUSE, NEIGHBOURS = np.tile(np.repeat([0, 1, 2, 3], 9), 2), np.repeat([0, 1], 36)
HOUSING = np.column_stack([INFLUENCE == 1, INFLUENCE == 2, HOUSE == 1, HOUSE == 2, HOUSE == 3, NEIGHBOURS]).astype(float)


def errors(fitted: ordinal.Fit) -> np.ndarray:
    return np.sqrt(np.diag(fitted.covariance))


# --- the regression ---------------------------------------------------------------------------------------------------
def test_worked_example_of_two_by_two():
    """One split and one driver of two values is a table: the coefficient is the log of its odds ratio."""
    y, x = np.array([4, 3, 3, 3, 4, 4, 4, 3]), np.repeat([0.0, 1.0], 4)
    fitted = fit(y, x)
    # Odds 3 / 1 against 1 / 3: log 9 = 2.197225. Standard error sqrt(1/1 + 1/3 + 1/3 + 1/1) = 1.632993 (Woolf).
    assert fitted.coefficients == pytest.approx([2.197225], abs=1e-6)
    # P(answer >= 4) at 0 is 1/4: threshold log 3, with standard error sqrt(1/1 + 1/3).
    assert fitted.thresholds == pytest.approx([np.log(3)]) and errors(fitted) == pytest.approx([np.sqrt(4 / 3), 1.632993])
    value, low, high = predicted_probability(fitted, [1.0], 4)
    # 75%; logit log 3 = 1.098612, error sqrt(4/3) = 1.154701: 1.098612 -+ 1.959964 * 1.154701 = -1.164560 and 3.361784.
    assert value == pytest.approx(75) and low == pytest.approx(100 / (1 + np.exp(1.164560)), abs=1e-4)
    assert high == pytest.approx(100 / (1 + np.exp(-3.361784)), abs=1e-4)


def test_clusters_of_one_are_told_apart_by_hand():
    """Every answer its own cluster: sum of squared scores, times 8/7."""
    y, x = np.array([4, 3, 3, 3, 4, 4, 4, 3]), np.repeat([0.0, 1.0], 4)
    fitted = fit(y, x, clusters=np.arange(8))
    # The logit at 0 alone: information 4 * 1/4 * 3/4 = 3/4; squared scores (3/4)^2 + 3 * (1/4)^2 = 3/4; 1 / (3/4) * 8/7.
    assert fitted.covariance[0, 0] == pytest.approx(4 / 3 * 8 / 7)


def test_wine_is_that_of_clm():
    fitted = fit(BITTER, WINE)
    # R: clm(rating ~ temp + contact, data = wine)
    assert fitted.thresholds == pytest.approx([-1.344383411, 1.250808798, 3.466886926, 5.006404204], abs=1e-8)
    assert fitted.coefficients == pytest.approx([2.503102008, 1.527797658], abs=1e-8)
    expected = [0.5171020453, 0.4378802030, 0.5977604246, 0.7309063437, 0.5286801008, 0.4766226296]
    assert errors(fitted) == pytest.approx(expected, abs=1e-8)
    assert fitted.log_likelihood == pytest.approx(-86.49192337, abs=1e-7) and (fitted.n, fitted.clusters_n) == (72, 0)


def test_wine_clustered_on_judges_is_that_of_sandwich():
    fitted = fit(BITTER, WINE, clusters=JUDGE)
    # R: vcovCL(clm(...), cluster = wine$judge, type = "HC0", cadjust = TRUE); order as above
    expected = [0.6883797149, 0.5504875772, 0.6297905712, 0.7494089925, 0.3539015210, 0.4343977575]
    assert errors(fitted) == pytest.approx(expected, abs=1e-7) and fitted.clusters_n == 9


def test_housing_with_weights_is_that_of_polr():
    fitted = fit(SATISFIED, HOUSING, TENANTS)
    # R: polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing); also printed in Venables & Ripley (2002), section 7.3
    assert fitted.thresholds == pytest.approx([-0.4961351384, 0.6907082601], abs=1e-6)
    expected = [0.5663937380, 1.2888191110, -0.5723500019, -0.3661863704, -1.0910146587, 0.3602840043]
    assert fitted.coefficients == pytest.approx(expected, abs=1e-6)
    expected = [0.12484724, 0.12547194, 0.10465278, 0.12715614, 0.11923801, 0.15517333, 0.15148602, 0.09553580]
    assert errors(fitted) == pytest.approx(expected, abs=1e-7) and fitted.log_likelihood == pytest.approx(-1739.57465, abs=1e-5)


@pytest.mark.parametrize(
    ("at", "expected"), [([1, 0], (27.61210314, 14.00007697, 47.19578914)), ([1, 1], (63.73805014, 44.15491373, 79.62310742))]
)
def test_predicted_probability_is_that_of_r(at, expected):
    # R: plogis(eta) and plogis(eta -+ qnorm(.975) * se), eta = coefficients - threshold "3|4", se from vcov(clm(...))
    assert predicted_probability(fit(BITTER, WINE), at, 4) == pytest.approx(expected, abs=1e-6)


def test_outside_of_what_was_answered_there_is_no_probability():
    fitted = fit(BITTER, WINE)
    assert all(np.isnan(predicted_probability(fitted, [0, 0], category)).all() for category in (1, 6))


@st.composite
def worlds(draw) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Answers 1 to 4, two drivers, weights 1 to 3 and six clusters, all from a seed."""
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(1, 10_000))))
    x = rng.integers(1, 6, (90, 2)).astype(float)
    latent = x @ np.array([0.5, -0.3]) + rng.logistic(size=90)
    return np.digitize(latent, [-0.5, 0.8, 2.0]) + 1, x, rng.integers(1, 4, 90).astype(float), rng.integers(0, 6, 90)


@DETERMINISTIC
@given(worlds())
def test_a_reversed_scale_turns_the_signs(made):
    y, x, weights, clusters = made
    fitted, turned = fit(y, x, weights, clusters), fit(5 - y, x, weights, clusters)
    np.testing.assert_allclose(turned.coefficients, -fitted.coefficients, atol=1e-7)
    np.testing.assert_allclose(turned.thresholds, -fitted.thresholds[::-1], atol=1e-7)
    order = [*range(len(fitted.thresholds))[::-1], *range(len(fitted.thresholds), len(fitted.covariance))]
    np.testing.assert_allclose(turned.covariance, fitted.covariance[np.ix_(order, order)], atol=1e-7)
    value, low, high = predicted_probability(fitted, [3.0, 3.0], 3)
    # P(answer >= 3) is 1 - P(turned answer >= 3), for 5 - 3 = 2 is the highest turned answer below it.
    np.testing.assert_allclose(predicted_probability(turned, [3.0, 3.0], 3), [100 - value, 100 - high, 100 - low], atol=1e-5)


@DETERMINISTIC
@given(worlds())
def test_weights_are_copies_and_order_and_units_do_not_matter(made):
    y, x, weights, clusters = made
    fitted = fit(y, x, weights, clusters)
    copies = np.repeat(np.arange(90), weights.astype(int))
    # Copies of an answer stand in the same cluster, so that the clustered covariance is the same too.
    for other in (
        fit(y[copies], x[copies], None, clusters[copies]),
        fit(y[::-1], x[::-1], weights[::-1], clusters[::-1]),
        fit(10 * y, x, weights, clusters + 7),
    ):
        np.testing.assert_allclose(other.coefficients, fitted.coefficients, atol=1e-7)
        np.testing.assert_allclose(other.covariance, fitted.covariance, atol=1e-7)
    moved = fit(y, 10 * x + 100, weights, clusters)
    np.testing.assert_allclose(10 * moved.coefficients, fitted.coefficients, atol=1e-7)
    expected = predicted_probability(fitted, [2.0, 4.0], 3)
    np.testing.assert_allclose(predicted_probability(moved, [120.0, 140.0], 3), expected, atol=1e-5)


Y, X = np.array([1, 1, 2, 2, 3, 3]), np.array([1.0, 2.0, 1.0, 2.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("y", "x"),
    [
        (np.full(6, 4), X),
        (Y, np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0])),
        (np.array([0, 0, 0, 1, 1, 1]), np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0])),
        (Y, np.full(6, 3.0)),
        (Y, np.column_stack([X, 2 * X])),
        (np.array([]), np.zeros((0, 2))),
        (np.array([3.0]), np.array([[1.0]])),
    ],
    ids=["one category", "separation", "partial separation", "no spread", "the same driver twice", "nobody", "one answer"],
)
def test_what_cannot_be_estimated_is_empty_and_does_not_crash(y, x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = fit(y, x, clusters=np.arange(len(y)) % 3)
        assert np.isnan(fitted.coefficients).all() and np.isnan(fitted.covariance).all() and np.isnan(fitted.thresholds).all()
        assert fitted.n == len(y) and np.isnan(predicted_probability(fitted, np.ones(len(fitted.coefficients)), 3)).all()
        assert np.isnan(proportional_odds_test(y, x, None, np.arange(len(y)) % 3).p_value)


# --- does one coefficient do for every split? -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("weights", "statistic", "p"), [(None, 0.7388391290, 0.5115332682), (np.tile([1.0, 2, 3], 24), 0.4516348778, 0.6539120200)]
)
def test_the_test_of_proportional_odds_is_that_of_r(weights, statistic, p):
    # R: glm(binomial) per split; b and the clustered sum of (X'WX)^-1 x (y - p) w of both; F = (8 - 2 + 1) / (8 * 2) W.
    # Splits at 3 and 4 only: 5 answers lie below 2 and 7 at 5.
    found = proportional_odds_test(BITTER, WINE, weights, JUDGE)
    assert found.statistic == pytest.approx(statistic, abs=1e-8) and found.p_value == pytest.approx(p, abs=1e-8)
    assert (found.freedom, found.residual_freedom) == (2, 7)


def odds_world(rng: np.random.Generator, bend: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answers 1 to 4 of 30 missions; with a bend the driver moves the highest split more than the others."""
    mission = np.repeat(np.arange(30), rng.integers(8, 30, 30))
    x = rng.integers(-2, 3, len(mission)).astype(float)
    noise = rng.logistic(size=len(mission))
    above = [0.5 * x + noise > cut for cut in (-1.5, 0.0)]
    # The same noise for all splits: the highest can only be reached by those that reach the one below.
    return 1 + sum(above) + ((0.5 + bend) * x + noise > 1.8) * above[1], x, mission


def test_proportional_odds_is_rejected_as_often_as_it_should():
    """Planted: 300 worlds in which it holds, at 5% (two standard errors: 2.5 points), and 50 in which it does not."""
    rng = np.random.Generator(np.random.PCG64(41))

    def rejected(bend: float) -> bool:
        y, x, mission = odds_world(rng, bend)
        return proportional_odds_test(y, x, None, mission).p_value < 0.05

    assert 0.025 <= np.mean([rejected(0.0) for _ in range(300)]) <= 0.075
    assert np.mean([rejected(0.6) for _ in range(50)]) > 0.9


def test_too_few_missions_for_the_test_is_no_verdict():
    # Two drivers and two splits: two restrictions, so three clusters just do.
    assert np.isfinite(proportional_odds_test(BITTER, WINE, None, JUDGE % 3).p_value)
    assert np.isnan(proportional_odds_test(BITTER, WINE, None, JUDGE % 2).p_value)


# --- shares -----------------------------------------------------------------------------------------------------------
def wine_frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The judges as missions; invited 8 to 40 for 8 answers each, so weights 1 to 5, cut off at 3 times the median 1.5."""
    answers = pd.DataFrame({"mission_id": np.char.add("m", JUDGE.astype(str)), "bitter": BITTER})
    answers["temp"], answers["contact"] = 1 + 2 * WARM, 1 + 2 * CONTACT
    register = pd.DataFrame({"mission_id": [f"m{n}" for n in range(9)], "invited_n": [8, 16, 24, 12, 10, 20, 8, 40, 9]})
    return answers, register


def test_shares_are_the_margins_that_r_gives():
    table = share_high_by(*wine_frames(), "bitter", {"temp": (1, 3), "contact": (1, 3)}, 4).set_index(["driver", "answer"])
    # R: clm(rating ~ temp + contact, weights = w); weighted mean of plogis with one driver set for all 72; clustered sandwich
    # and gradient by central differences; plogis(qlogis(value) -+ qt(.975, 8) * se). Scores differ from ours under 1e-6.
    expected = {
        ("temp", "low_answers"): (5.637445576, 1.437829969, 19.656959219),
        ("temp", "high_answers"): (47.022163032, 23.801107310, 71.608126430),
        ("contact", "low_answers"): (16.363844014, 4.134674407, 47.021841208),
        ("contact", "high_answers"): (36.295764589, 23.858862498, 50.883232141),
    }
    for key, numbers in expected.items():
        assert table.loc[key, ["value", "low", "high"]].astype(float).tolist() == pytest.approx(numbers, abs=1e-5)
        assert table.loc[key, ["n", "population_n", "model"]].tolist() == [36, 72, "proportional_odds"]
    nobody = table.xs("middle_answers", level="answer")
    assert nobody[["value", "low", "high"]].isna().all(axis=None) and (nobody["n"] == 0).all()


def test_bounds_in_whole_percents():
    table = share_high_by(*wine_frames(), "bitter", {"temp": (1, 3), "contact": (1, 3)}, 4)
    assert outwards(table, 1)[["low", "high"]].dropna().to_numpy().tolist() == [[1, 20], [23, 72], [4, 48], [23, 51]]


def test_the_split_alone_with_one_driver_is_the_share_as_counted(monkeypatch):
    """Three classes and three probabilities: a logit of one split has nothing left to smooth."""
    monkeypatch.setattr(ordinal, "SMALLEST_SIDE", 1000)  # no split can be tested, so the split alone speaks
    answers, register, _ = world()
    table = share_high_by(answers, register, VALUE, {"minister_interaction": (1, 5)}, 4).set_index("answer")
    assert (table["model"] == "split").all() and table["p_value"].isna().all()
    given_both = answers.dropna(subset=[VALUE, "minister_interaction"]).merge(register, on="mission_id")
    weight = given_both["invited_n"] / given_both.groupby("mission_id")["mission_id"].transform("size")
    weight = weight.clip(upper=3 * weight.median())
    for answer, sign in (("low_answers", -1), ("middle_answers", 0), ("high_answers", 1)):
        of_class = np.sign(given_both["minister_interaction"] - 3) == sign
        share = 100 * np.average(given_both.loc[of_class, VALUE] >= 4, weights=weight[of_class])
        assert table.loc[answer, "value"] == pytest.approx(share, abs=1e-6) and table.loc[answer, "n"] == of_class.sum()
        assert table.loc[answer, "low"] < share < table.loc[answer, "high"]


def test_where_proportional_odds_fails_the_split_speaks():
    y, x, mission = odds_world(np.random.Generator(np.random.PCG64(42)), 1.5)
    answers = pd.DataFrame({"mission_id": mission.astype(str), "rating": y, "driver": x + 3})
    register = pd.DataFrame({"mission_id": np.unique(mission).astype(str), "invited_n": 2 * np.bincount(mission)})
    table = share_high_by(answers, register, "rating", {"driver": (1, 5)}, 4)
    assert set(table["model"]) == {"split"} and (table["p_value"] < 0.05).all()
    counted = 100 * (y >= 4)[np.sign(x) == 1].mean()  # everywhere the same response, so no weights
    assert table.loc[2, "value"] == pytest.approx(counted, abs=1e-6)


def test_planted_drivers_are_found_and_their_order_does_not_matter():
    answers, register, _ = world()
    table = share_high_by(answers, register, VALUE, DRIVERS, 4)
    by_class = table.pivot(index="driver", columns="answer", values="value")
    for driver in DRIVERS:
        of_driver = table[table["driver"] == driver].set_index("answer")
        assert of_driver.loc["low_answers", "high"] < of_driver.loc["high_answers", "low"]
    # Planted per point: 0.6, 0.4 and 0.3.
    rise = by_class["high_answers"] - by_class["low_answers"]
    assert rise["minister_interaction"] > rise["minister_informed"] > rise["minister_role_known"] > 15
    turned = share_high_by(answers, register, VALUE, dict(reversed(DRIVERS.items())), 4)
    both = table.merge(turned, on=["driver", "answer"], suffixes=("", "_turned"))
    np.testing.assert_allclose(both["value_turned"], both["value"], atol=1e-7)


def test_without_drivers_there_is_no_difference():
    # Who is content with everything answers all questions alike, without a driver: nobody is here.
    answers, register, _ = world(scenario="null", made=quiet)
    table = share_high_by(answers, register, VALUE, DRIVERS, 4)
    rise = table.pivot(index="driver", columns="answer", values="value").eval("high_answers - low_answers")
    assert rise.abs().max() < 12  # 200 answers on each side: standard error under 5


def test_who_did_not_answer_a_question_is_outside():
    answers, register = wine_frames()
    more = pd.concat([answers, answers.assign(temp=np.nan), answers.assign(mission_id="elsewhere")])
    pd.testing.assert_frame_equal(
        share_high_by(more, register, "bitter", {"temp": (1, 3)}, 4),
        share_high_by(answers, register, "bitter", {"temp": (1, 3)}, 4),
    )


@pytest.mark.parametrize("keep", [0, 1, 2], ids=["no missions", "one mission", "two missions"])
def test_too_few_missions_are_empty(keep):
    answers, register = wine_frames()
    table = share_high_by(answers, register.head(keep), "bitter", {"temp": (1, 3)}, 4)
    assert len(table) == 3 and table[["value", "low", "high"]].isna().all(axis=None) and (table["population_n"] == 8 * keep).all()


def test_everybody_content_is_empty_and_not_a_hundred_percent():
    answers, register = wine_frames()
    assert share_high_by(answers.assign(bitter=5), register, "bitter", {"temp": (1, 3)}, 4)["value"].isna().all()


def test_intervals_cover_what_they_should():
    """200 worlds of 25 missions with logit 0.5 x + 0.2; 95%, two standard errors 3 points."""
    rng, x = np.random.Generator(np.random.PCG64(43)), np.array([1.0])
    covered, truth = 0, 100 / (1 + np.exp(-0.7))
    for _ in range(200):
        mission = np.repeat(np.arange(25), rng.integers(8, 30, 25))
        driver = rng.integers(-1, 2, len(mission)).astype(float)
        y = 1 + (0.5 * driver + 0.2 + rng.logistic(size=len(mission)) > np.array([[-1.0], [0.0], [1.5]])).sum(axis=0)
        _, low, high = predicted_probability(fit(y, driver, clusters=mission), x, 3)
        covered += low <= truth <= high
    assert logit(truth / 100) == pytest.approx(0.7) and 0.915 <= covered / 200 <= 0.985
