"""What deliveries say of themselves: the public record, a sample that nobody takes for real, sidecars, and secrets."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import pandas as pd
import pytest
import yaml
from test_deliveries import GOOD, edited, put, read, table_of

from missions import sample, store
from missions.sources import sidecar
from missions.sources.delivery import receive_all
from missions.year import ROOT, load_year

RAW = ROOT / "data" / "raw" / "2025"
COMMITTED = ROOT / "data" / "sample" / "2025"
SEEDS = (sample.DEFAULT_SEED, 1, 2, 3, 4, 5, 6, 7)


@cache
def generated(seed: int) -> dict[str, pd.DataFrame]:
    return sample.generate(seed, 2025)


def numbers(answers: pd.Series) -> pd.Series:
    return pd.to_numeric(answers, errors="coerce").dropna()


# --- public record and sample as they lie in the repository ----------------------------------------------------------
def test_public_record_and_sample_keep_their_contracts(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "ROOT", tmp_path)
    a_year = load_year(2025, "sample")
    rows = receive_all(a_year, "sample")
    # No cell of these files holds a line break, so their lines can be counted without the reader.
    for name, path in a_year.deliveries.items():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert rows[name] == len(lines) - 1 - lines[0].startswith("#")


@pytest.mark.parametrize("path", sorted(RAW.glob("*.csv")), ids=lambda path: path.name)
def test_public_record_is_byte_for_byte_what_was_received_and_belongs_to_the_year(path):
    fields = yaml.safe_load(path.with_name(f"{path.stem}.source.yml").read_text(encoding="utf-8"))
    assert fields["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert fields["sensitivity"] == "public" and fields["synthetic"] is False
    assert path in load_year(2025, "real").deliveries.values()


def test_the_committed_sample_is_what_the_generator_writes(tmp_path):
    written = sample.write_sample(tmp_path, sample.DEFAULT_SEED, 2025)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in COMMITTED.iterdir()}
    assert {path.name for path in written} == {name for name in made if name.endswith(".csv")}


def test_a_seed_gives_one_sample_and_another_seed_another(tmp_path):
    files = {}
    for run, seed in enumerate((1, 1, 2)):
        folder = tmp_path / str(run)
        sample.write_sample(folder, seed, 2025)
        files[run] = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert files[0] == files[1]
    assert all(files[0][name] != files[2][name] for name in files[0])


# --- nobody takes it for real ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", sorted(COMMITTED.glob("*.csv")), ids=lambda path: path.name)
def test_a_synthetic_file_says_so_in_its_name_first_line_every_row_and_sidecar(path):
    assert path.name.startswith("synthetisch_")
    first, header, *rows = path.read_text(encoding="utf-8").splitlines()
    assert first == "# SYNTHETISCHE VOORBEELDGEGEVENS: geen echte missies, bedrijven of antwoorden"
    column = header.split(";").index("synthetisch")
    assert {row.split(";")[column] for row in rows} == {"ja"}
    assert yaml.safe_load(path.with_name(f"{path.stem}.source.yml").read_text(encoding="utf-8"))["synthetic"] is True


@pytest.mark.parametrize("seed", SEEDS)
def test_its_countries_do_not_exist(seed):
    register = generated(seed)["mission_register"]
    # ISO 3166 leaves the codes XAA to XZZ free for users: no country will ever have one.
    assert register["countries_iso3"].str.fullmatch(r"XA[A-Z]").all()
    assert (register["mission_id"].str[5:8] == register["countries_iso3"]).all()
    public = pd.read_csv(RAW / "missions_public.csv")["mission_id"]
    assert not set(register["mission_id"]) & set(public)


def test_it_has_no_effect_on_trade_and_no_percentage_that_cbs_published():
    assert set(generated(sample.DEFAULT_SEED)) == {"mission_register", "survey_answers", "imvo_steps"}
    tables = generated(sample.DEFAULT_SEED)
    register = tables["mission_register"].assign(year=tables["mission_register"]["mission_id"].str[:4])
    answers = tables["survey_answers"].assign(year=tables["survey_answers"]["mission_id"].str[:4])
    by_year = register.groupby("year")[["invited_n", "companies_n", "independent_sme_n"]].sum()
    steps = tables["imvo_steps"][["self_scan", "signal", "talk", "agreement"]] == "ja"
    percentages = [
        *(100 * answers.groupby("year").size() / by_year["invited_n"]),
        *(100 * by_year["independent_sme_n"] / by_year["companies_n"]),
        *(100 * steps.mean()),
    ]
    effects = set(pd.read_csv(RAW / "cbs_effect_2024.csv")["effect"])
    assert 7.2 in effects and len(percentages) == 14
    assert not effects & {round(percentage, 1) for percentage in percentages}


@pytest.mark.parametrize("seed", SEEDS)
def test_its_mean_grade_is_not_the_published_grade(seed):
    answers = generated(seed)["survey_answers"]
    of_year = answers["mission_id"].str.startswith("2025")
    series = pd.read_csv(RAW / "series.csv").set_index("indicator")
    assert abs(answers["grade"][of_year].mean() - series.loc["mean_grade", "value"]) > 0.2


# --- the truth that was planted is found again -----------------------------------------------------------------------
@pytest.mark.parametrize("seed", SEEDS)
def test_the_planted_means_are_found_again(seed):
    answers = generated(seed)["survey_answers"]
    missions = answers["mission_id"].nunique()
    truth = sample.TRUTH["grade"]
    # Standard error: 45 missions that differ by 0.35, and some 1300 answers that differ by 1.2 within one: 0.06.
    # Four of them leave one seed in 15,000 outside. Whole grades that stop at 10 take less than 0.01 off the mean.
    error = np.sqrt(truth["between_missions_sd"] ** 2 / missions + truth["within_mission_sd"] ** 2 / len(answers))
    assert abs(answers.groupby("mission_id")["grade"].mean().mean() - truth["mean"]) < 4 * error + 0.01
    for question, mean in sample.TRUTH["questions"].items():
        # The same on a scale of 1 to 5: spread 0.9 within and 0.4 x 0.35 between missions; its ends cost under 0.02.
        error = np.sqrt((0.4 * truth["between_missions_sd"]) ** 2 / missions + 0.9**2 / len(answers))
        assert abs(numbers(answers[question]).mean() - mean) < 4 * error + 0.02
    known = numbers(answers["minister_role_known"])
    assert abs(known.mean() - sample.TRUTH["minister"]["role_known"]) < 4 / np.sqrt(len(known)) + 0.02


# The bounds of the next two tests: what whole answers and the ends of a scale take away, plus four standard errors of
# eight seeds together. Both were measured over 150 other seeds.
def test_the_planted_spreads_are_found_again():
    grades = pd.concat(generated(seed)["survey_answers"].assign(seed=seed) for seed in SEEDS)
    groups = grades.groupby(["seed", "mission_id"])["grade"]
    count, mean = groups.size(), groups.mean()
    within = ((count - 1) * groups.var()).sum() / (count - 1).sum()
    between = mean.var() - (within / count).mean()
    truth = sample.TRUTH["grade"]
    assert np.sqrt(between) == pytest.approx(truth["between_missions_sd"], abs=0.016 + 4 * 0.018)
    # Rounding to whole grades adds a variance of 1/12.
    assert np.sqrt(within - 1 / 12) == pytest.approx(truth["within_mission_sd"], abs=0.016 + 4 * 0.007)


def test_the_planted_value_of_the_minister_is_found_again():
    truth = sample.TRUTH["minister"]
    found = []
    for seed in SEEDS:
        answers = generated(seed)["survey_answers"].set_index("mission_id").filter(like="minister_")
        answers = answers[answers["minister_added_value"] != "n.v.t."].astype(float)
        year = answers.index.str[:4].astype(int).to_numpy() - 2021
        interaction, informed = answers["minister_interaction"] - 3.3, answers["minister_informed"] - 3.5
        columns = np.column_stack([np.ones(len(answers)), year, interaction, informed])
        found.append(np.linalg.lstsq(columns, answers["minister_added_value"].to_numpy(), rcond=None)[0])
    start, per_year, interaction, informed = np.mean(found, axis=0)
    assert start == pytest.approx(truth["start"], abs=0.051 + 4 * 0.018)
    assert per_year == pytest.approx(truth["per_year"], abs=0.012 + 4 * 0.0074)
    assert interaction == pytest.approx(truth["interaction"], abs=0.031 + 4 * 0.0063)
    assert informed == pytest.approx(truth["informed"], abs=0.028 + 4 * 0.0069)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mission_without_minister_has_no_opinion_about_the_minister_and_one_mission_is_tiny(seed):
    tables = generated(seed)
    register, answers = tables["mission_register"], tables["survey_answers"]
    without = register.loc[register["leader_office"] == "none", "mission_id"]
    about = answers.loc[answers["mission_id"].isin(without)].filter(like="minister_")
    assert len(about) and (about == "n.v.t.").all(axis=None)
    per_mission = answers[answers["mission_id"].str.startswith("2025")].groupby("mission_id").size()
    assert (per_mission < 10).sum() == 1  # below the publication threshold: the sample shows what is withheld


# --- the sidecar of a delivery --------------------------------------------------------------------------------------
# World, what stands in the sidecar, what stands there instead, message.
SIDECARS = """
real | licence: CC0-1.0 | licence: [CC0 | : is not valid YAML (line 6)
real | licence: CC0-1.0 | # no licence | , column licence: field is missing
real | licence: CC0-1.0 | licence: CC0-1.0; colour: red | , column colour: unknown field
real | period: '2025' | period: 2025 | , column period: must be of type str (found: 2025)
real | 2026-01-01 | 1-1-2026 | , column received_on: must be of type date (found: '1-1-2026')
real | synthetic: false | synthetic: nee | , column synthetic: must be of type bool (found: 'nee')
real | public | secret | , column sensitivity: must be one of: public, internal, confidential (found: secret)
real | sha256: | sha256: '0' # | , column sha256: does not fit a.csv; was the file changed after it was received?
real | synthetic: false | synthetic: true | , column synthetic: synthetic delivery in a build with real deliveries
sample | public | internal | , column sensitivity: only public deliveries may be in the sample
sample | public | confidential | , column sensitivity: only public deliveries may be in the sample
"""


@pytest.mark.parametrize(("world", "old", "new", "message"), table_of(SIDECARS))
def test_a_broken_sidecar_is_told_with_its_field(tmp_path, world, old, new, message):
    path = put(tmp_path, "a", "x\n")
    text = sidecar.sidecar_path(path).read_text(encoding="utf-8")
    assert old in text
    sidecar.sidecar_path(path).write_text(text.replace(old, new.replace("; ", "\n"), 1), encoding="utf-8")
    known, problems = sidecar.read_sidecar(path, world)
    assert known is None
    assert [str(problem) for problem in problems] == [f"a.source.yml{message}"]


@pytest.mark.parametrize(
    ("content", "rule"),
    [(None, "sidecar of a.csv is missing"), (b"", "holds no keys"), (b"\xff", "is not UTF-8 text")],
)
def test_a_missing_or_unreadable_sidecar_is_told(tmp_path, content, rule):
    path = put(tmp_path, "a", "x\n")
    sidecar.sidecar_path(path).unlink()
    if content is not None:
        sidecar.sidecar_path(path).write_bytes(content)
    known, problems = sidecar.read_sidecar(path, "real")
    assert known is None and [str(problem) for problem in problems] == [f"a.source.yml: {rule}"]


def test_messages_name_files_below_the_repository_and_never_the_path_of_a_machine(tmp_path):
    assert sidecar.relative(RAW / "series.csv") == "data/raw/2025/series.csv"
    assert sidecar.relative(tmp_path / "series.csv") == "series.csv"


def test_a_file_that_changed_after_it_was_received_is_refused(tmp_path):
    path = put(tmp_path, "a", "x\n")
    known, problems = sidecar.read_sidecar(path, "real")
    assert problems == [] and known.sha256 == hashlib.sha256(b"x\n").hexdigest()
    path.write_bytes(b"x \n")
    rule = "does not fit a.csv; was the file changed after it was received?"
    assert [str(p) for p in sidecar.read_sidecar(path, "real")[1]] == [f"a.source.yml, column sha256: {rule}"]


# --- labels and secrets in deliveries of other people ----------------------------------------------------------------
def labelled(label: str) -> str:
    return GOOD["imvo_steps"].replace("\n", f";{label}\n").replace(label, "synthetisch", 1)


def test_a_synthetic_delivery_says_so_in_every_row_and_no_other_delivery_does(tmp_path):
    assert read(tmp_path, "imvo_steps", labelled("ja"), "sample", synthetic=True)[0]["synthetic"].all()
    assert not read(tmp_path, "imvo_steps", GOOD["imvo_steps"], "sample")[0]["synthetic"].any()
    place = "imvo_steps.csv, row"
    _, messages = read(tmp_path, "imvo_steps", labelled("nee"), "sample", synthetic=True)
    rule = "column synthetisch: must be ja in a synthetic delivery (found: nee)"
    assert messages == [f"{place} 2, {rule}", f"{place} 3, {rule}"]
    _, messages = read(tmp_path, "imvo_steps", GOOD["imvo_steps"], "sample", synthetic=True)
    assert messages == [f"{place} 1, column synthetisch: column is missing"]
    _, messages = read(tmp_path, "imvo_steps", labelled("ja"), "sample")
    assert messages == [f"{place} 1, column synthetisch: unknown column"]


@pytest.mark.parametrize("sensitivity", ["internal", "confidential"])
@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("mission_register", {"begindatum": "8888", "soort": "8888", "personen": "8888.8", "imvo_regime": "8888"}),
        ("mission_register", {"missie_id": "8888", "personen": "-8888"}),
        ("survey_answers", {"rapportcijfer": "888", "antwoord_nr": "-8888"}),
        ("imvo_steps", {"signaal": "8888", "deelname_nr": "8888.8"}),
    ],
)
def test_values_of_a_delivery_that_is_not_public_stay_out_of_messages(tmp_path, sensitivity, name, cells):
    _, messages = read(tmp_path, name, edited(name, **cells), sensitivity=sensitivity)
    assert {c for m in messages for c in cells if f"column {c}:" in m} == set(cells)
    assert "888" not in "\n".join(messages) and "found" not in "\n".join(messages)
