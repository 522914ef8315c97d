"""A claim in every defensible way: which variants there are, sums by hand, and worlds in which the answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from missions.estimates import fall, specifications


def world(levels: dict[int, float], per_year: int = 6, seed: int = 1, spread: float = 0.1) -> tuple[pd.DataFrame, pd.DataFrame]:
    draw = np.random.default_rng(seed)
    years = np.repeat(list(levels), per_year)
    register = pd.DataFrame(
        {"mission_id": [f"m{at}" for at in range(len(years))], "invited_n": draw.integers(20, 60, len(years))}
    )
    register["start_on"] = pd.to_datetime(years.astype(str))
    register["group"], register["leader"] = (draw.choice(list(names), len(years)) for names in ("xyz", ["minister", "none"]))
    level = np.array([levels[year] for year in years]) + draw.normal(0, spread, len(years))
    mission = np.repeat(np.arange(len(years)), 10)
    y = level[mission] + draw.normal(0, 0.3, len(mission))
    answers = pd.DataFrame({"mission_id": register["mission_id"].to_numpy()[mission], "y": y, "x": y})
    return answers, register


def variants(made, claim, **options) -> pd.DataFrame:
    return specifications.specifications(*made, "y", 2025, claim, groups=("group", "leader"), **options)


STEADY = {year: 5 - 0.3 * (year - 2019) for year in range(2019, 2026)}
FLAT = dict.fromkeys(range(2019, 2026), 4.0)


def test_which_variants_there_are():
    table = variants(world(STEADY), specifications.FALLS)
    # From 2019 nothing or one of six later years left out (7); from 2020 6; from 2021 5 (four remain); from 2022 nothing.
    assert table.groupby("first_year")["left_out"].apply(lambda of: of.nunique(dropna=False)).to_dict() == {
        2019: 7, 2020: 6, 2021: 5, 2022: 1,
    }  # fmt: skip
    # 3 units times 3 adjustments, and years.
    assert len(table) == 19 * 10 and set(table["unit"]) == set(specifications.UNITS)
    assert not table.duplicated(["first_year", "left_out", "unit", "adjusted"]).any()


def test_the_plain_variants_are_the_estimates_of_the_page():
    made = world(STEADY)
    means = made[0].groupby("mission_id")["y"].mean().rename("value").reset_index()
    means["year"] = means["mission_id"].map(made[1].set_index("mission_id")["start_on"].dt.year)
    table = variants(made, specifications.FALLS)
    whole = table[(table["first_year"] == 2019) & table["left_out"].isna() & (table["adjusted"] == "none")].set_index("unit")
    of_page = fall.slopes(means).set_index("name")
    for unit, name in (("missions", fall.OVER_MISSIONS), ("years", fall.OVER_YEARS)):
        got = whole.loc[unit, ["value", "low", "high"]].astype(float)
        assert got.tolist() == pytest.approx(of_page.loc[name, ["value", "low", "high"]].astype(float).tolist())


def test_a_year_against_those_before_by_hand():
    made = world(FLAT, spread=0.4)
    table = variants(made, specifications.LOWER)
    row = table[(table["first_year"] == 2024) & (table["unit"] == "missions") & (table["adjusted"] == "none")].iloc[0]
    # Two years of six missions: the t-test of Student.
    of_year = made[1].set_index("mission_id")["start_on"].dt.year
    means = made[0].groupby("mission_id")["y"].mean()
    last, before = (means[means.index.map(of_year) == year] for year in (2025, 2024))
    test = stats.ttest_ind(last, before).confidence_interval(0.95)
    assert (row["low"], row["high"]) == (pytest.approx(test.low), pytest.approx(test.high))
    assert not (table["left_out"] == 2025).any()


def test_a_steady_fall_stands_in_nearly_all_and_one_step_does_not():
    steady = specifications.held(variants(world(STEADY), specifications.FALLS)).iloc[0]
    assert steady["n"] == steady["value"] and steady["n"] > 0.9 * steady["population_n"]
    step = specifications.held(variants(world({year: 4.6 if year < 2020 else 4 for year in FLAT}), specifications.FALLS)).iloc[0]
    assert step["n"] < 0.5 * step["population_n"]
    flat = specifications.held(variants(world(FLAT), specifications.FALLS)).iloc[0]
    assert flat["n"] < 0.2 * flat["population_n"]


def test_together_tells_the_part_that_lies_highest():
    table = variants(world(FLAT), specifications.TOGETHER, other="x", resamples=50)
    assert (table["carried"] == "no").all() and (table["high"] > 0).all() and (table["unit"] == "missions").all()


def test_without_missions_there_is_no_variant_and_another_claim_is_refused():
    answers, register = world(FLAT)
    assert variants((answers, register.head(0)), specifications.FALLS).empty
    with pytest.raises(ValueError, match="not rises"):
        variants((answers, register), "rises")
