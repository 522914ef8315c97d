"""A series, a year against the years before it, and a fall that goes with another one: sums by hand and planted worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from missions.estimates import fall

YEARS = np.repeat(np.arange(2019, 2026), [6, 7, 5, 6, 7, 5, 12])
WITHIN, BETWEEN = 1.2, 0.3  # standard deviation of answers within a mission, and of missions


def means_of(years, values) -> pd.DataFrame:
    return pd.DataFrame({"year": years, "value": values})


def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("name")


def test_a_slope_over_years_counts_a_year_once():
    table = rows(fall.slopes(means_of([2021, 2022, 2022, 2023, 2023, 2024], [4.0, 2.0, 4.0, 2.5, 3.5, 2.0])))
    # Year means 4, 3, 3, 2: slope -0.6, standard error sqrt(0.2 / 2 / 5), t(2): the worked example of test_trend.
    years = table.loc[fall.OVER_YEARS]
    assert years[["value", "low", "high"]].tolist() == pytest.approx([-0.6, -0.6 - 0.608487, -0.6 + 0.608487], abs=1e-5)
    assert (years["n"], years["interval_kind"]) == (4, "t_between_years")
    # Missions: years from their mean -1.5, -0.5, -0.5, 0.5, 0.5, 1.5 (squares 5.5); sum -1.5*4 -0.5*6 +0.5*6 +1.5*2 = -3.
    assert table.loc[fall.OVER_MISSIONS, "value"] == pytest.approx(-3 / 5.5) and table.loc[fall.OVER_MISSIONS, "n"] == 6


def test_a_difference_by_hand():
    row = fall.difference(pd.Series([3.0, 4.0, 5.0]), pd.Series([2.0, 2.0, 3.0, 5.0])).iloc[0]
    # Means 4 and 3; variances 1 and 2; 1/3 + 2/4 = 5/6, error 0.912871. Welch: (5/6)^2 / ((1/9)/2 + (1/4)/3) = 5 exactly.
    # t(5): 2.570582 (97.5%) and 0.919544 (80%).
    assert row["value"] == 1 and (row["n"], row["population_n"]) == (7, 7)
    assert (row["low"], row["high"]) == (pytest.approx(1 - 2.346609, abs=1e-5), pytest.approx(1 + 2.346609, abs=1e-5))
    assert row["detectable"] == pytest.approx(2.346609 + 0.919544 * 0.912871, abs=1e-5)


def test_each_year_stands_against_the_right_ones():
    years, values = [2021, 2021, 2022, 2022, 2023, 2023, 2024, 2024], [4.0, 4.2, 3.9, 4.1, 3.0, 3.2, 3.5, 3.7]
    table = rows(fall.against_before(means_of([*years, 2025], [*values, 1.0]), 2024))
    # 3.6 - mean(4.1, 4, 3.1) = 3.6 - 3.733; 3.6 - 3.1; 3.1 - 4.05. A later year is left out.
    assert table["value"].tolist() == pytest.approx([3.6 - 11.2 / 3, 0.5, -0.95])
    assert table.index.tolist() == [fall.YEAR_BELOW_EARLIER, fall.YEAR_BELOW_LAST, fall.LAST_BELOW_EARLIER]
    assert table["n"].tolist() == [8, 4, 6]
    # 0.5 and -0.95, each with errors of about 0.13 but on two missions and four: only the second is beyond chance.
    assert table.loc[fall.YEAR_BELOW_LAST, "low"] < 0 and table.loc[fall.LAST_BELOW_EARLIER, "high"] < 0


def test_what_chance_cannot_be_judged_of_has_no_interval():
    one = rows(fall.against_before(means_of([2023, 2024, 2025, 2025], [4.0, 3.5, 3.0, 3.2]), 2025))
    assert one.loc[fall.YEAR_BELOW_LAST, "value"] == pytest.approx(-0.4) and one["low"].isna().tolist() == [False, True, True]
    gap = rows(fall.against_before(means_of([2022, 2022, 2025, 2025], [4.0, 4.1, 3.0, 3.2]), 2025))
    assert gap["value"].isna().tolist() == [False, True, True]  # nobody went the year before
    alike = fall.difference(pd.Series([3.0, 3.0]), pd.Series([4.0, 4.0])).iloc[0]
    assert alike["value"] == -1 and np.isnan(alike["low"]) and np.isnan(alike["detectable"])
    assert fall.slopes(means_of([], []))["value"].isna().all()


def paired(seed: int, slope=-0.2, other_slope=-0.2, link=0.0, halo=0.0, answers_n=(5, 40)) -> pd.DataFrame:
    """Missions as `paired_means` has them; link: correlation of missions given the year; halo: SD of a person on both."""
    draw = np.random.default_rng(seed)
    n, year = draw.integers(*answers_n, len(YEARS)), YEARS - 2022.0
    at = draw.normal(0, BETWEEN, (2, len(YEARS)))
    chance = draw.normal(0, 1, (2, len(YEARS))) * np.sqrt((WITHIN**2 - halo**2) / n) + draw.normal(0, halo, len(YEARS)) / np.sqrt(
        n
    )
    other = 2.5 + other_slope * year + at[0] + chance[0]
    value = 3.5 + slope * year + link * at[0] + np.sqrt(1 - link**2) * at[1] + chance[1]
    return pd.DataFrame({"year": YEARS, "value": value, "other": other, "noise": WITHIN**2 / n, "noise_shared": halo**2 / n})


def test_without_chance_it_is_the_slope_minus_the_slope_given_the_other():
    table = paired(1, link=0.7).assign(noise=0.0, noise_shared=0.0)
    year, one = table["year"] - 2022.0, np.ones(len(table))
    alone = np.linalg.lstsq(np.column_stack([one, year]), table["value"], rcond=None)[0][1]
    given = np.linalg.lstsq(np.column_stack([one, year, table["other"]]), table["value"], rcond=None)[0][1]
    row = fall.shared_slope(table).iloc[0]
    assert row["value"] == pytest.approx(alone - given) and row["low"] < row["value"] < row["high"]
    pd.testing.assert_frame_equal(fall.shared_slope(table.sample(frac=1, random_state=1)), fall.shared_slope(table))


def carried(worlds, **planted) -> float:
    return np.mean([fall.shared_slope(paired(seed, **planted), resamples=300)["high"].iloc[0] < 0 for seed in worlds])


@pytest.mark.parametrize("planted", [{"halo": 0.5}, {"halo": 0.5, "answers_n": (3, 12)}, {"other_slope": 0.0, "link": 0.7}])
def test_a_halo_or_one_half_of_the_sentence_is_not_enough(planted):
    # At the edge at most 2.5%, one-sided, and two standard errors of 150 worlds (1.3%).
    assert carried(range(150), **planted) <= 0.025 + 2 * 0.013


def test_a_fall_that_goes_with_another_is_found_without_being_shrunk_by_chance():
    assert carried(range(60), link=0.9) > 0.7
    some = [paired(seed, link=0.9, answers_n=(20, 60)) for seed in range(200)]
    values = [fall.shared_slope(table, resamples=2)["value"].iloc[0] for table in some]
    # Planted: -0.2 * 0.9; the median, as a ratio has no mean. With the chance left in it would be two thirds.
    assert np.median(values) == pytest.approx(-0.18, abs=0.02)


def test_the_link_needs_missions_that_differ():
    table = paired(1)
    assert fall.shared_slope(table.assign(other=2.0))["value"].isna().all()
    assert fall.shared_slope(table.assign(noise=np.nan))["value"].isna().all()
    assert fall.shared_slope(table.drop_duplicates("year"))["value"].isna().all()


def test_means_and_their_chance_by_hand():
    answers = pd.DataFrame(
        {"mission_id": list("aaabbb"), "y": [1.0, 3.0, np.nan, 2.0, 4.0, 3.0], "x": [2.0, 4.0, 3.0, 5.0, 5.0, np.nan]}
    )
    register = pd.DataFrame({"mission_id": ["a", "b"], "start_on": pd.to_datetime(["2024-03-01", "2025-03-01"])})
    table = fall.paired_means(answers, register, "y", "x").set_index("mission_id")
    assert table.loc["a", ["year", "value", "other"]].tolist() == [2024, 2, 3]
    assert table.loc["b", ["value", "other"]].tolist() == [3, 5]
    # Both answered: a (1, 2), (3, 4); b (2, 5), (4, 5). From their means -1 and 1 on y; -1 and 1, 0 and 0 on x.
    # Sum of squares of x 2, of products 2, freedom 4 - 2: both 1. a: 1/3 and 1 * 2 / (2 * 3); b: 1/2 and 1 * 2 / (3 * 2).
    assert table["noise"].tolist() == pytest.approx([1 / 3, 1 / 2])
    assert table["noise_shared"].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert fall.falls_together(answers, register, "y", "x")["low"].isna().all()  # two missions tell of no fall


def test_a_fall_together_has_all_its_parts():
    draw = np.random.default_rng(2)
    mission = np.repeat(np.arange(len(YEARS)), 20)
    x = 3 - 0.3 * (YEARS[mission] - 2022) + draw.normal(0, 0.3, len(YEARS))[mission] + draw.normal(0, 1, len(mission))
    answers = pd.DataFrame({"mission_id": mission, "x": x, "y": x + draw.normal(0, 0.5, len(x))})
    register = pd.DataFrame({"mission_id": range(len(YEARS)), "start_on": pd.to_datetime(YEARS.astype(str), format="%Y")})
    table = rows(fall.falls_together(answers, register, "y", "x", resamples=500))
    assert table.index.tolist() == [
        "slope_over_missions", "slope_over_years", "other_over_missions", "other_over_years", "slope_shared",
    ]  # fmt: skip
    assert (table["high"] < 0).all()
