"""The truth that a scenario plants is found again in its sample, and every scenario has the shape that it promises.

Bounds are four standard errors of what is compared (one honest sample in 15,000 lies outside), plus, where answers are rounded
and stop at the ends of a scale, what that takes away. Where no sum is given, both were measured over 120 other seeds.
"""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from missions import sample
from missions.sample.truth import minister_level
from support.worlds import DRIVEN_BY, SEEDS, generated, minister_coefficients, numbers, quiet

DEFAULT = sample.DEFAULT_SEED
BASE = sample.SCENARIOS["base"]
FEW_SEEDS = SEEDS[:4]


def year_of(table: pd.DataFrame) -> pd.Series:
    return table["mission_id"].str[:4].astype(int)


def mission_means(seed: int, scenario: str) -> pd.DataFrame:
    """Per mission with answers: mean grade, year and group of destination."""
    tables = generated(seed, scenario).tables
    answers = tables["survey_answers"]
    mean = pd.to_numeric(answers["grade"], errors="coerce").groupby(answers["mission_id"]).mean().rename("mean")
    register = tables["mission_register"]
    return register.assign(year=year_of(register)).set_index("mission_id").join(mean).dropna(subset="mean")


# --- scenarios --------------------------------------------------------------------------------------------------------
def test_an_unknown_scenario_is_refused_with_the_names_of_the_known_ones():
    with pytest.raises(ValueError, match="unknown scenario 'nul'; known: base, null, silent_lower, mix_shift"):
        sample.generate(1, 2025, "nul")


def test_every_scenario_says_what_it_is_and_changes_something():
    known = list(sample.SCENARIOS.values())
    assert len({truth.description for truth in known}) == len(known) == 42
    for name, truth in sample.SCENARIOS.items():
        assert "\n" not in truth.description
        same = dataclasses.replace(truth, description=BASE.description) == BASE
        assert same == (name == "base"), name


@pytest.mark.parametrize("scenario", sample.SCENARIOS)
def test_a_scenario_is_small_and_the_same_every_time(tmp_path, scenario):
    """That files are written the same every time is tested with base; here, that what is in them is."""
    sample.write_sample(tmp_path, DEFAULT, 2025, scenario)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2_500_000
    known, again = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")), generated(DEFAULT, scenario)
    assert known["scenario"] == scenario and known["trade"]["start"]["all"] == pytest.approx(again.truth["trade"]["start"]["all"])
    for name in ("survey_answers", "participations"):
        table = pd.read_csv(tmp_path / sample.FILES[name][0], sep=";", comment="#", dtype=str)
        column = "mission_id" if name == "survey_answers" else "company_id"
        header = {"mission_id": "missie_id", "company_id": "kvk_nr"}[column]
        assert table[header].tolist() == again.tables[name][column].tolist()
    panel = pd.read_parquet(tmp_path / sample.FILES["trade_panel"][0])
    assert (panel["uitvoer_eur"] == again.tables["trade_panel"]["export_value_eur"]).all()


# What a scenario changes; all other tables are those of base, byte for byte: each table has random numbers of its own. Those that
# are not here change who goes: the companies of a mission, or how many missions there are to a group.
ANSWERS, RESPONSE, STEPS = {"survey_answers"}, {"survey_answers", "mission_register"}, {"imvo_steps", "mission_register"}
CHANGED = {
    "null": {"survey_answers", "imvo_steps", "trade_panel"},
    "silent_lower": set(),  # only the truth: the same answers come in, so from these alone nobody could know
    "trend_selection": {"trade_panel"},
    "dip": {"trade_panel"},
    "dominating_firm": {"trade_panel"},
    "zero_response": RESPONSE,
    **dict.fromkeys(("same_grade", "scale_change", "halo", "rebound", "one_step"), ANSWERS),
    **dict.fromkeys(("year_shock_small", "year_shock_large", "size_matters", "size_matters_much"), ANSWERS),
    **dict.fromkeys(("firm_repeat", "silent_by_mission"), RESPONSE),
    **dict.fromkeys(("regime_of_one", "imvo_missions"), STEPS),
    "one_without_minister": {"mission_register", "survey_answers", "trade_panel"},
    "late_form": RESPONSE,
    "corrected_answer": ANSWERS,
    "withdrawn_company": {"mission_register", "participations", "survey_answers", "imvo_steps"},
    **{name: ANSWERS for name in sample.SCENARIOS if name.startswith("edge_")},
    "edge_effect_mostly_positive_high": RESPONSE,  # missions differ less, and so does who answers
}


@pytest.mark.parametrize("scenario", CHANGED)
def test_a_scenario_changes_only_its_own_tables(scenario):
    tables, base = generated(DEFAULT, scenario).tables, generated(DEFAULT).tables
    assert {name for name in tables if not tables[name].equals(base[name])} == CHANGED[scenario]


# --- the survey -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scenario", sample.SCENARIOS)
def test_the_truth_of_a_finite_population_adds_up(scenario):
    """All companies are those that answered and the silent; a year is its missions."""
    made = generated(DEFAULT, scenario)
    register = made.tables["mission_register"].set_index("mission_id")
    for mission, known in made.truth["missions"].items():
        assert [known[n] for n in ("companies_n", "invited_n", "responses_n")] == [
            register.loc[mission, n] for n in ("companies_n", "invited_n", "responses_n")
        ]
        silent_n = known["companies_n"] - known["responses_n"]
        parts = [(known["responses_n"], known["mean_grade_respondents"]), (silent_n, known["mean_grade_silent"])]
        total = sum(n * mean for n, mean in parts if n)
        assert total == pytest.approx(known["companies_n"] * known["mean_grade"])
    for year, known in made.truth["years"].items():
        of_year = [one for mission, one in made.truth["missions"].items() if mission.startswith(year)]
        total = sum(one["companies_n"] * one["mean_grade"] for one in of_year)
        assert total == pytest.approx(known["companies_n"] * known["mean_grade"])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_planted_means_are_found_again(seed):
    everybody = generated(seed).everybody
    register = generated(seed).tables["mission_register"].set_index("mission_id")
    n, firms_n, missions_n = len(everybody), everybody["company_id"].nunique(), len(register)
    in_groups = everybody["mission_id"].map(register["destination_group"]).map(BASE.grade_by_group)
    grade = (everybody["grade"] - in_groups).groupby(everybody["mission_id"]).mean()
    # Some 70 missions that differ by 0.35, 7 years by 0.05, 1900 firms by 0.3 and 3800 people by 1.12 (1.1 and 0.2): 0.05.
    # Grades that stop at 10 take 0.03 off the mean.
    parts = [(BASE.grade_between_missions_sd, missions_n), (BASE.year_shock_sd, 7), (BASE.firm_sd, firms_n), (1.12, n)]
    error = np.sqrt(sum(sd**2 / of for sd, of in parts))
    assert abs(grade.mean() - BASE.grade_mean) < 4 * error + 0.03
    for question, mean in (BASE.question_means | BASE.minister_question_means).items():
        # The same on a scale of 1 to 5: spread 0.92 within and 0.4 x 0.35 or 0.2 between missions; its ends take under 0.09 off.
        error = np.sqrt(0.2**2 / (0.8 * missions_n) + 0.05**2 / 7 + (0.4 * 0.3) ** 2 / firms_n + 0.92**2 / (0.8 * n))
        assert abs(everybody[question].mean() - mean) < 4 * error + 0.09, question
    known = everybody.dropna(subset="minister_role_known")
    planted = BASE.role_known_mean + BASE.role_known_per_year * (known["year"] - 2019).mean()
    # Missions differ by 0.2, years by 0.05 and people by 1.02. Who cannot answer less than 1 raises the mean, by under 0.05.
    error = np.sqrt(0.2**2 / known["mission_id"].nunique() + 0.05**2 / 7 + 1.03**2 / len(known))
    assert abs(known["minister_role_known"].mean() - planted) < 4 * error + 0.05


def test_the_planted_spreads_are_found_again():
    people = pd.concat(generated(seed).everybody.assign(seed=seed) for seed in SEEDS)
    groups = people.groupby(["seed", "mission_id"])["grade"]
    count = groups.size()
    within = ((count - 1) * groups.var()).sum() / (count - 1).sum()
    # Firm, person and rest, sizes that differ by 1.05 classes, and rounding to whole grades (1/12).
    planted = BASE.firm_sd**2 + BASE.person_sd**2 + BASE.grade_within_mission_sd**2 + (1.05 * BASE.grade_per_size) ** 2 + 1 / 12
    # The end of the scale takes 0.05 off the spread; of some 22,000 grades its standard error is 1.2 / sqrt(2 x 22,000) = 0.006.
    assert np.sqrt(within) == pytest.approx(np.sqrt(planted) - 0.05, abs=0.02 + 4 * 0.006)
    register = pd.concat(generated(seed).tables["mission_register"].assign(seed=seed) for seed in SEEDS)
    group = register.set_index(["seed", "mission_id"])["destination_group"].map(BASE.grade_by_group)
    between = (groups.mean() - group).var() - (within / count).mean()
    # About 420 missions: the standard error is 0.39 / sqrt(2 x 420) x 0.39 / 0.35 = 0.015.
    assert np.sqrt(between) == pytest.approx(BASE.grade_between_missions_sd, abs=0.02 + 4 * 0.015)


@pytest.mark.parametrize("scenario", ["base", "null", "rebound", "one_step", "edge_valuation_again_lower_year_before"])
def test_the_planted_value_of_the_minister_is_found_again(scenario):
    seeds = SEEDS if scenario == "base" else FEW_SEEDS
    found = np.mean([minister_coefficients(quiet(seed, scenario)) for seed in seeds], axis=0)
    truth, of_few = sample.SCENARIOS[scenario], np.sqrt(len(seeds))
    # Measured: the ends of the scale take at most 0.04 off a slope; one seed differs by 0.02, and by 0.05 and 0.1 for an office.
    for at, name in enumerate(DRIVEN_BY):
        assert found[at] == pytest.approx(getattr(truth, f"minister_on_{name}"), abs=0.04 + 4 * 0.02 / of_few), name
    assert found[3] == pytest.approx(truth.minister_per_size, abs=0.005 + 4 * 0.01 / of_few)
    assert found[4] == pytest.approx(truth.minister_by_office["state_secretary"], abs=0.02 + 4 * 0.05 / of_few)
    assert found[5] == pytest.approx(truth.minister_by_office["prime_minister"], abs=0.02 + 4 * 0.1 / of_few)
    level = minister_level(truth, np.arange(2019, 2026), 2025)
    # Seven missions with a minister a year differ by 0.15 and hold 190 answers that differ by 0.6: 0.07.
    assert found[6:] == pytest.approx(level, abs=0.07 + 4 * 0.07 / of_few)


def test_what_the_truth_says_of_the_series_follows_from_what_is_planted():
    """Base: 0.06 less a year, 0.15 from 2024 and 0.25 from 2025 on; 0.3 of what the role is known less, which is 0.06 a year."""
    known = generated(DEFAULT).truth["planted"]
    per_year = 0.06 + 0.3 * 0.06
    assert known["minister_added_value_last_minus_year_before"] == pytest.approx(-(per_year + 0.25))
    # Over the seven years the steps add (2 x 0.15 + 3 x 0.40) / 28.
    assert known["minister_added_value_per_year_over_years"] == pytest.approx(-per_year - 1.5 / 28)
    one_step = generated(DEFAULT, "one_step").truth["planted"]
    assert one_step["minister_added_value_last_minus_year_before"] == 0
    rebound = generated(DEFAULT, "rebound").truth["planted"]
    # Up from 0.5 below the first year to the first year; a slope of (3 x -0.1 + ... ) / 28 = -0.1 + 3 x 0.6 / 28.
    assert rebound["minister_added_value_last_minus_year_before"] == pytest.approx(0.5)
    assert rebound["minister_added_value_per_year_over_years"] == pytest.approx(-0.1 + 1.8 / 28)


def test_response_and_reminders_are_as_planted():
    answered, asked, reminded = {}, {}, []
    for seed in SEEDS:
        tables = generated(seed).tables
        went = tables["participations"].query("~has_cancelled")
        for size, n in went.groupby("size_class").size().items():
            asked[size] = asked.get(size, 0) + n
        for size, n in tables["survey_answers"].groupby("size_class").size().items():
            answered[size] = answered.get(size, 0) + n
        reminded += (tables["survey_answers"]["wave"] == "reminder").tolist()
    for size, share in BASE.response_share.items():
        # Binomial error, twice: a firm that goes more often answers much the same each time. One form in a hundred leaves its
        # size empty, one company in a hundred was not invited, and small missions answer less: together up to 0.025 off.
        error = np.sqrt(2 * share * (1 - share) / asked[size])
        assert share - 0.025 - 4 * error < answered[size] / asked[size] < share + 4 * error
    assert min(answered[size] / asked[size] for size in asked) == answered["micro"] / asked["micro"]
    error = np.sqrt(0.3 * 0.7 / len(reminded))
    assert np.mean(reminded) == pytest.approx(BASE.reminder_share, abs=4 * error)


def chains(scenario: str, seeds: tuple[int, ...]) -> pd.DataFrame:
    """Per mission of the reporting year: regime, companies and how many of them are at each step."""
    parts = []
    for seed in seeds:
        tables = generated(seed, scenario).tables
        steps = tables["imvo_steps"].assign(companies=True).drop(columns=["participation_id", "talk_with"])
        register = tables["mission_register"].set_index("mission_id")["imvo_regime"]
        parts.append(steps.groupby("mission_id").sum().join(register).assign(seed=seed))
    return pd.concat(parts)


def test_steps_and_cancellations_are_as_planted():
    of_missions = chains("base", SEEDS)
    extra = of_missions[of_missions["imvo_regime"] == "extra_attention"]
    standard = of_missions[of_missions["imvo_regime"] == "standard"]
    for rows, before, step, share, between in (
        (of_missions, "companies", "self_scan", BASE.self_scan_share, 0.2),
        (standard, "self_scan", "signal", BASE.signal_share, 0.2),
        (extra, "self_scan", "signal", BASE.signal_share_extra, 0.2),
        (standard, "signal", "talk", BASE.talk_share, 0.2),
        (extra, "signal", "talk", BASE.talk_share_extra, 0.2),
        (of_missions, "talk", "agreement", BASE.agreement_share, 0.0),
        (of_missions, "agreement", "followed_up", BASE.followed_up_share, 0.0),
    ):
        # Binomial, and missions that differ by 0.2 on the logit scale, which is 0.2 x share x (1 - share) in shares.
        spread = share * (1 - share)
        error = np.sqrt(spread / rows[before].sum() + (between * spread) ** 2 / len(rows))
        assert rows[step].sum() / rows[before].sum() == pytest.approx(share, abs=4 * error), step
    went = pd.concat(generated(seed).tables["participations"]["has_cancelled"] for seed in SEEDS)
    assert went.sum() / (~went).sum() == pytest.approx(BASE.cancelled_share, abs=4 * np.sqrt(0.06 / (~went).sum()))


def test_missions_differ_in_the_steps_and_regimes_do_not_only_where_that_is_planted():
    seeds = SEEDS + tuple(range(6, 12))
    made = chains("imvo_missions", seeds)
    share = made["signal"] / made["self_scan"]
    # Of a mission with n scans the share differs by its own logit (0.5 x 0.2 x 0.8 = 0.08) and by chance, 0.2 x 0.8 / n.
    chance = (0.16 / made["self_scan"]).mean()
    # Over some 150 missions; the spread of a variance is sqrt(2 / 150) of it, and of the mission under chance.
    assert share.var() - chance == pytest.approx(0.08**2, abs=4 * np.sqrt(2 / len(made)) * share.var())
    assert share.var() > 1.5 * chance
    is_extra = made["imvo_regime"] == "extra_attention"
    assert (is_extra.groupby(made["seed"]).sum() == 5).all()
    error = np.sqrt(share.var() * (1 / is_extra.sum() + 1 / (~is_extra).sum()))
    assert share[is_extra].mean() == pytest.approx(share[~is_extra].mean(), abs=4 * error)
    base = chains("base", seeds)
    of_regime = base.groupby("imvo_regime")[["signal", "self_scan"]].sum()
    seen = of_regime["signal"] / of_regime["self_scan"]
    assert seen["extra_attention"] > 1.5 * seen["standard"]


def test_who_is_silent_grades_lower_only_where_that_is_planted():
    def gap(seed: int, scenario: str) -> float:
        """Silent minus respondents, over missions, each weighted by its companies."""
        known = pd.DataFrame(generated(seed, scenario).truth["missions"]).T.astype(float).dropna()
        return np.average(known["mean_grade_silent"] - known["mean_grade_respondents"], weights=known["companies_n"])

    for seed in FEW_SEEDS:
        # About 3300 companies of which half answer, spread 1.23: 1.23 x sqrt(2 / 1650) = 0.043. The scale ends at 10, and
        # fewer of the silent are there: under 0.02.
        assert gap(seed, "base") == pytest.approx(0, abs=4 * 0.05)
        assert gap(seed, "silent_lower") == pytest.approx(-0.7, abs=4 * 0.05 + 0.02)
        true, seen = (
            generated(seed, "silent_lower").truth["years"]["2025"][name] for name in ("mean_grade", "mean_grade_respondents")
        )
        assert true < seen - 0.2


def test_a_shift_in_the_mix_lowers_the_mean_and_no_group():
    slopes, slopes_within = [], []
    for seed in SEEDS:
        means = mission_means(seed, "mix_shift")
        group = pd.get_dummies(means["destination_group"]).to_numpy(float)
        slopes.append(np.polyfit(means["year"], means["mean"], 1)[0])
        columns = np.column_stack([group, means["year"] - 2022])
        slopes_within.append(np.linalg.lstsq(columns, means["mean"].to_numpy(), rcond=None)[0][-1])
        share = means["destination_group"].isin(["brics", "developing"]).groupby(means["year"]).mean()
        # Quotas of 0.15 and 0.85 of 6 to 14 missions, rounded to whole missions.
        assert share[2019] < 0.25 and share[2025] > 0.75
    planted = generated(DEFAULT, "mix_shift").truth["planted"]
    # 0.7 of the missions move in six years to groups that are 1.02 lower: 0.7 / 6 x -1.02.
    assert planted["grade_per_year_from_mix"] == pytest.approx(-0.119)
    # Measured: one seed's slopes differ by 0.026 and 0.030, and the end of the scale takes 0.008 off the fall.
    assert np.mean(slopes) == pytest.approx(-0.119, abs=0.01 + 4 * 0.026 / np.sqrt(len(SEEDS)))
    assert np.mean(slopes_within) == pytest.approx(0, abs=0.006 + 4 * 0.03 / np.sqrt(len(SEEDS)))
    assert np.mean(slopes) < np.mean(slopes_within) - 0.05


def test_without_a_shift_there_is_no_trend():
    slopes = [np.polyfit(*mission_means(seed, "base")[["year", "mean"]].to_numpy().T, 1)[0] for seed in SEEDS]
    assert np.mean(slopes) == pytest.approx(0, abs=0.005 + 4 * 0.03 / np.sqrt(len(SEEDS)))


def test_the_small_scenarios_have_the_promised_shape():
    of_year = generated(DEFAULT, "tiny_mission").tables["mission_register"]
    of_year = of_year[year_of(of_year) == 2025]
    assert sorted(of_year["companies_n"])[:2] == [3, 12] and of_year["companies_n"].nlargest(len(of_year) - 2).min() >= 27
    several = generated(DEFAULT, "tiny_missions").tables["mission_register"].query("mission_id.str.startswith('2025')")
    assert sorted(several["companies_n"])[:4] == [3, 4, 6, 12]
    assert (generated(DEFAULT, "regime_of_one").tables["mission_register"]["imvo_regime"] == "extra_attention").sum() == 1
    alone = generated(DEFAULT, "one_without_minister").tables["mission_register"].query("mission_id.str.startswith('2025')")
    alone = alone[alone["leader_office"] == "none"]
    assert alone["companies_n"].tolist() == [12] and alone["responses_n"].tolist() == [3]
    grades = generated(DEFAULT, "same_grade").tables["survey_answers"]["grade"]
    assert set(numbers(grades)) == {7}
    silent = generated(DEFAULT, "zero_response")
    register = silent.tables["mission_register"]
    assert (register.loc[year_of(register) == 2025, "responses_n"] == 0).all()
    assert (register.loc[year_of(register) == 2025, "invited_n"] > 0).all()
    assert set(year_of(silent.tables["survey_answers"])) == set(range(2019, 2025))
    assert silent.truth["years"]["2025"]["mean_grade_respondents"] is None
    assert silent.truth["years"]["2025"]["mean_grade"] == generated(DEFAULT).truth["years"]["2025"]["mean_grade"]


def test_a_change_of_scale_changes_the_questions_about_the_minister_and_no_others():
    new, base = (generated(DEFAULT, scenario).tables["survey_answers"] for scenario in ("scale_change", "base"))
    was = year_of(new) <= 2022
    about = [column for column in new if column.startswith("minister_")]
    assert new.drop(columns=about).equals(base.drop(columns=about))
    assert new.loc[~was, about].equals(base.loc[~was, about])
    for column in about:
        assert numbers(new.loc[was, column]).max() > 5 and numbers(new.loc[was, column]).between(1, 10).all()
        # 1 stays 1 and 5 becomes 10: a mean m on five points is 1 + (m - 1) x 9/4 on ten; the ends cost a little.
        expected = 1 + (numbers(base.loc[was, column]).mean() - 1) * 9 / 4
        assert numbers(new.loc[was, column]).mean() == pytest.approx(expected, abs=0.1)
