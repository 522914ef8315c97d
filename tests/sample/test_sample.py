"""The synthetic sample: the same for a seed, taken for real by nobody, with exactly the variables of the dictionary."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from missions import sample
from missions.declared.year_file import load_year
from missions.dictionary import variables
from missions.paths import ROOT
from missions.sources.column_map import column_map
from support.worlds import SEEDS, generated

RAW = ROOT / "data" / "raw" / "2025"
COMMITTED = ROOT / "data" / "sample" / "2025"
LIBRARY = ROOT / "analysis" / "missions"
LABEL = "SYNTHETISCHE VOORBEELDGEGEVENS: geen echte missies, bedrijven of antwoorden"
NO_ANSWER = {"n.v.t.", "weet niet", ""}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    sample.write_sample(folder, sample.DEFAULT_SEED, 2025)
    return folder


# --- public record and sample as they lie in the repository ----------------------------------------------------------
@pytest.mark.parametrize("path", sorted(RAW.glob("*.csv")), ids=lambda path: path.name)
def test_public_record_is_byte_for_byte_what_was_received_and_belongs_to_the_year(path):
    fields = yaml.safe_load(path.with_name(f"{path.stem}.source.yml").read_text(encoding="utf-8"))
    assert fields["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert fields["sensitivity"] == "public" and fields["synthetic"] is False
    assert path in load_year(2025, "real").deliveries.values()


def test_the_committed_sample_is_what_the_generator_writes(written):
    made = {path.name: path.read_bytes() for path in written.iterdir()}
    assert made == {path.name: path.read_bytes() for path in COMMITTED.iterdir()}


def test_a_seed_gives_one_sample_and_another_seed_another(tmp_path, written):
    paths = sample.write_sample(tmp_path, 1, 2025)
    assert [path.name for path in paths] == [file_name for file_name, _ in sample.FILES.values()]
    other = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    # Into the same folder: files of an earlier call are overwritten.
    sample.write_sample(tmp_path, sample.DEFAULT_SEED, 2025)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert files == {path.name: path.read_bytes() for path in written.iterdir()}
    assert set(files) == set(other) and all(files[name] != other[name] for name in files)
    assert len(files) == 2 * len(sample.FILES) + 1  # each with its sidecar, and the truth


def test_the_generator_looks_at_no_clock_and_shares_no_random_numbers():
    """What would make a sample differ between two days or two machines; random numbers come only from the seed's children."""
    for path in (LIBRARY / "sample").glob("*.py"):
        names = {getattr(node, "attr", None) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))}
        assert not names & {"now", "today", "default_rng", "seed", "RandomState"}, path.name


def test_a_sample_can_be_made_for_other_years_but_not_before_the_first_mission():
    for year in (2019, 2027):
        made = sample.generate(1, year)
        assert made.tables["mission_register"]["start_on"].str[:4].astype(int).max() == year
        assert made.tables["trade_panel"]["year"].max() == year
    with pytest.raises(ValueError, match="the sample begins in 2019; there is none for 2018"):
        sample.generate(1, 2018)


# --- nobody takes it for real ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [name for name, (file_name, _) in sample.FILES.items() if file_name.endswith(".csv")])
def test_a_synthetic_file_says_so_in_its_name_first_line_every_row_and_sidecar(written, name):
    path = written / sample.FILES[name][0]
    assert path.name.startswith("synthetisch_")
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    assert first == f"# {LABEL}"
    header, *rows = csv.reader(lines, delimiter=";")
    assert header == [*(rule.header for rule in column_map(name, 2025)), "synthetisch"]
    assert len(rows) == len(generated(sample.DEFAULT_SEED).tables[name])
    assert {row[-1] for row in rows} == {"ja"} and {len(row) for row in rows} == {len(header)}


def test_a_synthetic_panel_says_so_in_its_name_schema_and_every_row(written):
    table = pq.read_table(written / sample.FILES["trade_panel"][0])
    assert table.schema.metadata == {b"remark": LABEL.encode()}
    assert set(table["synthetisch"].to_pylist()) == {"ja"}
    assert table.column_names == [*(rule.header for rule in column_map("trade_panel", 2025)), "synthetisch"]
    types = {field.name: str(field.type) for field in table.schema}
    assert types["uitvoer_eur"] == types["invoer_eur"] == "int64" and types["dochter_in_land"] == "bool"
    assert set(table["grootteklasse"].to_pylist()) == {"micro", "klein", "middelgroot", "groot"}


def test_sidecars_say_that_deliveries_are_synthetic_and_public_and_when_they_came(written):
    for file_name, title in sample.FILES.values():
        path = written / file_name
        fields = yaml.safe_load(path.with_name(f"{path.stem}.source.yml").read_text(encoding="utf-8"))
        assert fields["synthetic"] is True and fields["sensitivity"] == "public" and fields["title"] == title
        assert str(fields["received_on"]) == "2026-01-01"  # of the year after, not of the day on which it was made
        assert fields["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert fields["obtained"] == f"missions sample --year 2025 --seed {sample.DEFAULT_SEED}"


def test_the_files_are_as_suppliers_write_them(written):
    """Codes, decimals and yes and no of the supplier; lists in one cell."""
    register = pd.read_csv(written / sample.FILES["mission_register"][0], sep=";", comment="#", dtype=str, keep_default_na=False)
    assert register["vrouwen_pct"].str.fullmatch(r"\d+,\d|").all() and (register["vrouwen_pct"] == "").any()
    assert register["verwachte_omzet_eur"].str.fullmatch(r"\d+|").all()
    assert set(register["demissionair"]) == {"ja", "nee"}
    assert "zonder bewindspersoon" in set(register["soort"]) and "creatieve industrie" in set(
        ";".join(register["sectoren"]).split(";")
    )
    answers = pd.read_csv(written / sample.FILES["survey_answers"][0], sep=";", comment="#", dtype=str, keep_default_na=False)
    assert set(answers["doel_bereikt"]) == {"nee", "deels", "ja", "weet niet", ""}
    assert "minder dan 50.000" in set(answers["verwachte_omzet"])


@pytest.mark.parametrize("seed", SEEDS)
def test_its_countries_and_companies_do_not_exist(seed):
    tables = generated(seed).tables
    register = tables["mission_register"]
    # ISO 3166 leaves the codes XAA to XZZ free for users: no country will ever have one.
    assert register["countries_iso3"].str.fullmatch(r"XA[A-K](;XA[A-K])?").all()
    assert (register["mission_id"].str[5:8] == register["countries_iso3"].str[:3]).all()
    assert tables["trade_panel"]["country_iso3"].str.fullmatch(r"XA[A-K]").all()
    public = pd.read_csv(RAW / "missions_public.csv")["mission_id"]
    assert not set(register["mission_id"]) & set(public)
    # Numbers of the Chamber of Commerce are eight digits. The panel has other numbers: joined by accident, nothing fits.
    companies = [set(tables[name]["company_id"]) for name in ("participations", "trade_panel")]
    assert all(company.startswith("SYN") for company in set.union(*companies)) and not set.intersection(*companies)


def percentages(tables: dict[str, pd.DataFrame]) -> Iterator[float]:
    """Shares that a publication would tell: response and independent SMEs per year; steps, of all and of the step before."""
    register = tables["mission_register"]
    by_year = register.groupby(register["mission_id"].str[:4])[
        ["responses_n", "invited_n", "independent_sme_n", "companies_n"]
    ].sum()
    yield from 100 * by_year["responses_n"] / by_year["invited_n"]
    yield from 100 * by_year["independent_sme_n"] / by_year["companies_n"]
    steps = tables["imvo_steps"]
    regime = steps["mission_id"].map(register.set_index("mission_id")["imvo_regime"])
    for rows in (steps, *(of_regime for _, of_regime in steps.groupby(regime))):
        taken = rows[["self_scan", "signal", "talk", "agreement", "followed_up"]].sum()
        yield from 100 * taken / len(rows)
        yield from (100 * taken / taken.shift()).dropna()


def test_it_has_no_percentage_and_no_effect_on_trade_that_cbs_published():
    published = pd.read_csv(RAW / "cbs_effect_2024.csv")
    effects = set(published["effect"])
    # Of a handful of talks a share can be as small as the effects on investing (2 to 5) without being like them.
    on_trade = set(published.loc[published["outcome"] == "start_trade", "effect"]) - {0}
    shares = list(percentages(generated(sample.DEFAULT_SEED).tables))
    assert {7.2, 8.9, 15.4} < on_trade and len(shares) == 7 + 7 + 3 * (5 + 4)
    assert not on_trade & {round(share, 1) for share in shares}
    start = generated(sample.DEFAULT_SEED).truth["trade"]["start"]
    assert not on_trade & {round(group[key], 1) for group in start.values() for key in group if key.endswith("_pp")}
    for name in set(sample.SCENARIOS) - {"null"}:
        truth = sample.SCENARIOS[name]
        assert not effects & {truth.start_effect_pp, truth.start_effect_developing_pp, truth.growth_effect_pct}, name


# --- the tables are what the dictionary and the other tables say --------------------------------------------------------
@pytest.mark.parametrize("name", sample.FILES)
def test_a_table_has_the_variables_and_codes_of_the_dictionary(name):
    table = generated(sample.DEFAULT_SEED).tables[name]
    assert list(table.columns) == [variable.name for variable in variables(name)]
    for variable in variables(name):
        values = table[variable.name]
        if not variable.may_be_empty:
            assert values.notna().all(), variable.name
        if variable.type in ("category", "choice"):
            # Every code occurs: what nobody generates, nobody tests.
            assert set(values.dropna()) - NO_ANSWER == set(variable.values) - NO_ANSWER, variable.name
        if variable.type == "categories":
            assert set(";".join(values).split(";")) == set(variable.values)
        if variable.type == "score":
            assert set(values) - NO_ANSWER <= {str(score) for score in range(1, 11 if variable.name == "grade" else 6)}
        if variable.type == "yes_no" and variable.name != "excluded":
            assert set(values.dropna()) == {True, False}, variable.name


@pytest.mark.parametrize("scenario", sample.SCENARIOS)
def test_the_register_counts_what_the_other_tables_hold(scenario):
    tables = generated(sample.DEFAULT_SEED, scenario).tables
    register, joined = tables["mission_register"].set_index("mission_id"), tables["participations"]
    went = joined[~joined["has_cancelled"]]
    for column, rows in (
        ("companies_n", went),
        ("independent_sme_n", went[went["is_independent_sme"]]),
        ("large_n", went[went["size_class"] == "large"]),
        ("responses_n", tables["survey_answers"]),
    ):
        counted = rows.groupby("mission_id").size().reindex(register.index, fill_value=0)
        assert (counted == register[column]).all(), column
    assert (register["organisations_n"] == register["companies_n"] + register["knowledge_institutes_n"]).all()
    assert (register["persons_n"] >= register["organisations_n"]).all()
    assert (register["responses_n"] <= register["invited_n"]).all() and (register["invited_n"] <= register["companies_n"]).all()
    assert (register["invited_n"] < register["companies_n"]).any()
    steps = tables["imvo_steps"].merge(went, on="participation_id", suffixes=("", "_of"), validate="one_to_one")
    assert (steps["mission_id"] == steps["mission_id_of"]).all()
    assert set(steps["participation_id"]) == set(went.loc[went["mission_id"].str.startswith("2025"), "participation_id"])


@pytest.mark.parametrize("seed", SEEDS)
def test_missions_are_in_order_and_of_the_promised_sizes(seed):
    register = generated(seed).tables["mission_register"]
    year = register["mission_id"].str[:4]
    assert register["mission_id"].is_unique and set(year) == {str(year) for year in range(2019, 2026)}
    by_year = register.groupby(year).size()
    assert by_year.between(6, 14).all()
    # What the public record counts for these years, and about as many in the year after.
    assert (by_year["2023"], by_year["2024"]) == (14, 6) and by_year["2025"] in (12, 13)
    assert (register["start_on"].str[:4] == year).all() and (register["end_on"] >= register["start_on"]).all()
    # The deliveries are received on 1 January: nothing in them lies after.
    assert (register["survey_on"] > register["end_on"]).all() and register["survey_on"].max() < "2026"
    number = register["mission_id"].str[-2:].astype(int)
    assert (number == register.groupby([year, register["mission_id"].str[5:8]]).cumcount() + 1).all()
    assert ((register["sector_scope"] == "narrow") == ~register["sectors"].str.contains(";")).all()
    assert ((register["mission_type"] == "without_minister") == (register["leader_office"] == "none")).all()
    # Whole missions of 6 to 14: one in five is one to three.
    assert (register["leader_office"] == "none").groupby(year).sum().between(1, 3).all()
    small = register["companies_n"] == 12
    assert register.loc[~small, "companies_n"].between(27, 165).all()
    assert year[small].tolist() == ["2025"] and (register.loc[small, "responses_n"] <= 7).all()
    extra = register[register["imvo_regime"] == "extra_attention"]
    assert extra["mission_id"].str.startswith("2025").sum() == len(extra) == 2 and (extra["companies_n"] >= 60).all()
    assert register["countries_iso3"].str.contains(";").any()


@pytest.mark.parametrize("seed", SEEDS)
def test_firms_recur_and_keep_what_they_are(seed):
    joined = generated(seed).tables["participations"].sort_values("participation_id")
    assert joined["participation_id"].is_unique and not joined.duplicated(["company_id", "mission_id"]).any()
    assert (joined.groupby("company_id")[["size_class", "is_independent_sme", "sector"]].nunique() == 1).all(axis=None)
    assert not (joined["is_independent_sme"] & (joined["size_class"] == "large")).any()
    missions = generated(seed).tables["mission_register"].set_index("mission_id")
    assert (joined["registered_on"] < joined["mission_id"].map(missions["start_on"])).all()
    # Each mission that a firm did not cancel counts from the next on; missions before 2019 come on top, the same for all rows.
    went = (~joined["has_cancelled"]).astype(int)
    in_data = went.groupby(joined["company_id"]).cumsum() - went
    before = joined["earlier_participations_n"] - in_data
    assert (before >= 0).all() and (before.groupby(joined["company_id"]).nunique() == 1).all()
    assert 1.5 < went.groupby(joined["company_id"]).sum().mean() < 3


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_agree_with_each_other_and_carry_no_order(seed):
    tables = generated(seed).tables
    answers = tables["survey_answers"]
    assert (answers["answer_id"] == np.arange(1, len(answers) + 1)).all()
    year = answers["mission_id"].str[:4]
    assert year.is_monotonic_increasing
    # A random order has a new mission in most rows: with 6 missions or more of at most 165, seven in ten and above.
    assert (answers["mission_id"] != answers["mission_id"].shift()).mean() > 0.7
    without = tables["mission_register"].loc[tables["mission_register"]["leader_office"] == "none", "mission_id"]
    about = answers.loc[answers["mission_id"].isin(without)].filter(like="minister_")
    assert len(about) and (about == "n.v.t.").all(axis=None)
    not_signed = answers["contract_signed"] != "yes"
    assert ((answers["contract_owed_to_mission"] == "n.v.t.") == not_signed).all()
    goals = answers.filter(regex="^goal_(?!reached)")
    assert ((goals == "yes").any(axis=1) | (goals == "").all(axis=1)).all()
    both = answers[["new_contacts_n", "serious_leads_n"]].apply(pd.to_numeric, errors="coerce").dropna()
    assert (both["serious_leads_n"] <= both["new_contacts_n"]).all() and both["new_contacts_n"].skew() > 1
    has_remark = answers["remark"] != ""
    assert 0.06 < has_remark.mean() < 0.14 and 0 < answers["remark"].str.contains("ZZKANARIE").sum() < has_remark.sum() / 2
    assert 0.005 < (answers["grade"] == "").mean() + (answers["grade"] == "weet niet").mean() < 0.03


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_follow_each_other_and_the_panel_is_complete(seed):
    tables = generated(seed).tables
    steps, panel = tables["imvo_steps"], tables["trade_panel"]
    chain = ["self_scan", "signal", "talk", "agreement", "followed_up"]
    assert all((~steps[step] | steps[before]).all() for before, step in pairwise(chain))
    assert (steps["talk_with"].notna() == steps["talk"]).all() and not steps["excluded"].any()
    pair = panel.groupby(["company_id", "country_iso3"], as_index=False)
    assert (pair.size()["size"] == 11).all() and not panel.duplicated(["company_id", "country_iso3", "year"]).any()
    columns = ["size_class", "is_independent_sme", "sector", "first_mission_year", "is_with_minister"]
    assert (pair[columns].nunique(dropna=False)[columns] == 1).all(axis=None)
    assert (panel["first_mission_year"].isna() == panel["is_with_minister"].isna()).all()
    # A pair per firm and country that it went to, in the year of its first mission there; about as many never went.
    missions = tables["mission_register"].set_index("mission_id")
    went = tables["participations"].query("~has_cancelled")[["company_id", "mission_id"]]
    went = went.assign(country=went["mission_id"].map(missions["countries_iso3"]).str.split(";")).explode("country")
    first = went["mission_id"].str[:4].astype(int).groupby([went["company_id"], went["country"]]).min()
    of_pair = panel[panel["year"] == 2025]
    counted = of_pair.groupby(["country_iso3", "first_mission_year"]).size()
    assert counted.to_dict() == first.groupby([first.index.get_level_values("country"), first]).size().to_dict()
    assert of_pair["first_mission_year"].isna().mean() == pytest.approx(0.5, abs=0.05)
    assert (panel["export_value_eur"] == 0).mean() > 0.5 and panel["export_value_eur"].skew() > 5


# --- the truth is for tests only --------------------------------------------------------------------------------------
def test_the_truth_beside_the_files_is_the_truth_of_the_sample_and_warns(written):
    text = (written / "truth.json").read_text(encoding="utf-8")
    known = json.loads(text)
    assert next(iter(known)) == "WARNING" and "SYNTHETIC" in known["WARNING"]
    assert text == json.dumps(known, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    truth = generated(sample.DEFAULT_SEED).truth
    assert (known["seed"], known["scenario"], known["reporting_year"]) == (sample.DEFAULT_SEED, "base", 2025)
    assert known["parameters"] == json.loads(json.dumps(truth["parameters"]))
    mission = next(iter(truth["missions"]))
    assert known["missions"][mission]["mean_grade"] == pytest.approx(truth["missions"][mission]["mean_grade"], abs=1e-9)


def test_nothing_but_the_generator_knows_of_the_truth():
    """An estimate that could read the truth would find it again without estimating anything."""
    files = [path for path in (ROOT / "analysis").rglob("*") if path.suffix in (".py", ".yml", ".csv", ".json", ".ipynb")]
    files += [path for path in (ROOT / "book").rglob("*") if path.suffix in (".py", ".md", ".yml", ".html")]
    others = [path for path in files if (LIBRARY / "sample") not in path.parents]
    assert len(others) > 40
    assert [path.name for path in others if "truth.json" in path.read_text(encoding="utf-8")] == []
