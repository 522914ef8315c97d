"""What strikes many answers at once, where a claim is just not true, and what comes after a first edition: each as planted.

Bounds as in test_scenarios.py: four standard errors, plus what rounding and the ends of a scale take away.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from missions import sample
from support.worlds import SEEDS, generated, minister_coefficients, quiet

DEFAULT = sample.DEFAULT_SEED
BASE = sample.SCENARIOS["base"]
FEW_SEEDS = SEEDS[:4]


# --- what strikes many answers at once --------------------------------------------------------------------------------
def test_what_strikes_a_year_is_as_large_as_planted():
    """The same draws in both worlds: of a year's mean only the shock differs, by 0.15 times a standard normal draw."""
    for question in ("grade", "minister_added_value", "matchmaking_quality", "minister_role_known"):
        moved = []
        for seed in SEEDS:
            large, base = (
                generated(seed, name).everybody.groupby("year")[question].mean() for name in ("year_shock_large", "base")
            )
            moved += (large - base).tolist()
        # 42 years: 0.15 / sqrt(2 x 42) = 0.016; rounding and the ends of a scale take up to a tenth off. The value of the
        # minister follows the shock of how known the role is too, with 0.3: 4% more.
        assert np.std(moved) == pytest.approx(0.15, abs=0.02 + 4 * 0.016), question


@pytest.mark.parametrize(("scenario", "planted"), [("base", 0.1), ("size_matters", 0.3), ("size_matters_much", 0.6)])
def test_the_grade_rises_with_size_as_planted(scenario, planted):
    slopes, raised = [], []
    for seed in FEW_SEEDS:
        made = generated(seed, scenario)
        people, went = made.everybody, made.tables["participations"].set_index("participation_id")
        size = people["participation_id"].map(went["size_class"]).map({"micro": 0, "small": 1, "medium": 2, "large": 3})
        slopes.append(np.polyfit(size, people["grade"], 1)[0])
        of_year = people[people["year"] == 2025]
        raised.append(of_year.loc[of_year["has_answered"], "grade"].mean() - of_year["grade"].mean())
    # 3800 grades that differ by 1.2 and sizes that differ by 1.05: 0.019 for one seed. The end of the scale takes up to 15% off.
    assert np.mean(slopes) == pytest.approx(0.93 * planted, abs=0.08 * planted + 4 * 0.019 / 2)
    if scenario == "size_matters_much":
        # Large firms answer more (0.7 for 0.44), so that who answers grades higher than all do.
        assert np.mean(raised) > 0.05


def test_who_is_content_answers_high_on_everything_and_nothing_else_goes_together():
    """Within missions the covariance of two questions about the minister is what people and firms bring along."""
    for scenario, mood in (("halo", 0.5), ("base", 0.2)):
        found = []
        for seed in FEW_SEEDS:
            people = generated(seed, scenario).everybody.dropna(subset="minister_informed")
            questions = ["minister_interaction", "minister_informed", "minister_visible"]
            within = people[questions] - people.groupby("mission_id")[questions].transform("mean")
            found += within.cov().to_numpy()[np.triu_indices(3, 1)].tolist()
        # 3000 people: 1 / sqrt(3000) = 0.018 for a pair of questions, less over 12; the ends of the scale take up to a fifth off.
        planted = mood**2 + (0.4 * 0.3) ** 2
        assert 0.8 * planted - 0.03 < np.mean(found) < planted + 0.03
    # In a world without moods and links nothing goes together, so what is found with moods is theirs alone.
    assert sample.SCENARIOS["halo"].minister_on_interaction == sample.SCENARIOS["halo"].minister_on_role_known == 0
    alone = np.mean([minister_coefficients(quiet(seed, "halo")) for seed in FEW_SEEDS], axis=0)
    with_moods = np.mean([minister_coefficients(generated(seed, "halo")) for seed in FEW_SEEDS], axis=0)
    assert np.abs(alone[:3]).max() < 4 * 0.02 / 2 and with_moods[:3].min() > 0.08


def pairs_of_firms(scenario: str) -> pd.DataFrame:
    """Each two participations in a row of one firm that was invited to both: grades from the mission's mean, and answered."""
    parts = []
    for seed in FEW_SEEDS:
        people = generated(seed, scenario).everybody.query("is_invited")
        people = people.assign(grade=people["grade"] - people.groupby("mission_id")["grade"].transform("mean"))
        following = people.groupby("company_id")[["grade", "has_answered"]].shift(-1).add_suffix("_next")
        parts.append(people.join(following).dropna(subset="grade_next"))
    return pd.concat(parts)


def test_firms_that_return_grade_alike_and_answer_alike():
    for scenario, firm in (("base", 0.3), ("firm_repeat", 0.6)):
        pairs = pairs_of_firms(scenario)
        # Some 7000 pairs that differ by 1.2: 1.44 / sqrt(7000) = 0.017. Sizes add (0.1 x 1.05)^2 = 0.01.
        assert (pairs["grade"] * pairs["grade_next"]).mean() == pytest.approx(firm**2 + 0.01, abs=0.1 * firm**2 + 4 * 0.017)
    alike = (pairs_of_firms("base").eval("has_answered == has_answered_next")).mean()
    # Half of what decides is the firm's: of two at 55% that correlate by a half, two in three are alike, for half without.
    assert alike == pytest.approx(0.5 + np.arcsin(0.5) / np.pi, abs=0.03)
    made = generated(DEFAULT, "firm_repeat")
    small = made.tables["mission_register"].query("companies_n == 12")["mission_id"]  # of which no more than seven may answer
    people = made.everybody[made.everybody["is_invited"] & ~made.everybody["mission_id"].isin(small)]
    answered = people.groupby("company_id")["has_answered"]
    assert (answered.nunique() == 1).all() and (answered.size() > 1).sum() > 500


def test_fewer_answer_about_a_worse_mission_only_where_that_is_planted():
    for scenario, planted in (("base", 0.15), ("silent_by_mission", 1.5)):
        slopes = []
        for seed in FEW_SEEDS:
            missions = generated(seed, scenario).everybody.query("is_invited").groupby("mission_id")
            known = missions.agg(share=("has_answered", "mean"), grade=("grade", "mean"), n=("grade", "size")).query("n > 20")
            # Groups of destinations differ too, and nobody is silent because of these.
            register = generated(seed).tables["mission_register"].set_index("mission_id")
            grade = known["grade"] - known.index.map(register["destination_group"]).map(BASE.grade_by_group)
            slopes.append(np.polyfit(grade, np.log(known["share"] / (1 - known["share"])), 1)[0])
        # Some 65 missions with a logit that is 0.3 off: 0.3 / (0.35 x sqrt(65)) = 0.11. The mean of a mission holds chance
        # (0.17), which takes a fifth off the slope; firms that decide once take some too.
        assert np.mean(slopes) == pytest.approx(0.75 * planted, abs=0.25 * planted + 4 * 0.11 / 2), scenario


# --- edges of claims, and second editions ------------------------------------------------------------------------------
def test_the_edges_are_where_they_say():
    def of_year(part: str) -> dict:
        return generated(DEFAULT, f"edge_{part}").truth["years"]["2025"]

    high, low = of_year("effect_mostly_positive_high"), of_year("effect_mostly_positive_low")
    assert high["share_grade_seven_or_more"] == pytest.approx(0.5, abs=0.002) and high["share_grade_five_or_less"] < 0.08
    assert low["share_grade_five_or_less"] == pytest.approx(0.15, abs=0.002) and low["share_grade_seven_or_more"] > 0.6
    share, mean = of_year("role_often_little_known_share"), of_year("role_often_little_known_mean")
    assert share["share_role_below_middle"] == pytest.approx(0.5, abs=0.02) and share["means"]["minister_role_known"] < 2.7
    assert mean["means"]["minister_role_known"] == pytest.approx(3.0, abs=0.2) and mean["share_role_below_middle"] > 0.53
    ordinary = ("organisation_quality", "preparation_useful", "information_beforehand", "imvo_information_useful")
    for one in ("matchmaking_quality", "networking_enough", "networking_effective"):
        means = of_year(f"effect_two_points_lowest_{one}")["means"]
        lowest = min(means[name] for name in ordinary)
        others = {"matchmaking_quality", "networking_enough", "networking_effective"} - {one}
        # 700 people of whom each answers both: 0.9 x sqrt(2 / 700) = 0.05 for a difference.
        assert means[one] == pytest.approx(lowest, abs=4 * 0.05) and max(means[name] for name in others) < lowest - 0.3


@pytest.mark.parametrize("part", ["fall", "known", "link"])
def test_one_part_of_what_goes_with_the_role_is_null_and_two_hold(part):
    name = f"edge_valuation_fall_goes_with_unknown_role_{part}"
    planted, truth = generated(DEFAULT, name).truth["planted"], sample.SCENARIOS[name]
    nulls = {
        "fall": planted["minister_added_value_per_year"] == 0,
        "known": planted["minister_role_known_per_year"] == 0,
        "link": truth.minister_on_role_known == 0,
    }
    assert [one for one, is_null in nulls.items() if is_null] == [part]


def test_a_second_edition_differs_by_one_form_one_grade_or_one_company():
    base = generated(DEFAULT).tables
    late = generated(DEFAULT, "late_form").tables
    assert late["survey_answers"].iloc[:-1].equals(base["survey_answers"])
    assert len(late["survey_answers"]) == len(base["survey_answers"]) + 1
    struck = late["survey_answers"]["mission_id"].iloc[-1]
    responses = [one["mission_register"].set_index("mission_id")["responses_n"] for one in (base, late)]
    assert (responses[1] - responses[0]).loc[lambda more: more != 0].to_dict() == {struck: 1}
    # The mission with the fewest answers that may be told of: one answer moves its mean most.
    of_year = responses[0][responses[0].index.str.startswith("2025")]
    assert of_year[struck] == of_year[of_year >= 10].min()

    corrected = generated(DEFAULT, "corrected_answer").tables["survey_answers"]
    differs = (corrected != base["survey_answers"]) & ~(corrected.isna() & base["survey_answers"].isna())
    assert differs.sum().loc[lambda n: n > 0].to_dict() == {"grade": 1}
    row = corrected[differs["grade"]].iloc[0]
    assert row["mission_id"] == struck and row["grade"] == "5"

    without = generated(DEFAULT, "withdrawn_company").tables
    for table in ("participations", "survey_answers", "imvo_steps"):
        gone = base[table][~base[table].iloc[:, 0].isin(without[table].iloc[:, 0])]
        assert len(gone) == 1 and gone["mission_id"].item() == struck, table
    register, was = (one["mission_register"].set_index("mission_id") for one in (without, base))
    for counted in ("companies_n", "invited_n", "responses_n"):
        fewer = was[counted] - register[counted]
        assert fewer.loc[fewer != 0].to_dict() == {struck: 1}, counted
