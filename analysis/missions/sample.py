"""A synthetic delivery with a known truth, so that anyone can build the publication without confidential data.

TRAP: the truth is far from every figure of the public record on purpose, and its countries (XAA, XAB, ...) do not exist,
so that no synthetic figure can pass for a finding about a real mission.
"""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from .contracts import IMVO_CHAIN
from .sources.delivery import SYNTHETIC_HEADER, column_map
from .sources.sidecar import write_sidecar

DEFAULT_SEED = 20250101
YEARS_BACK = 4
TRUTH = {
    "grade": {"mean": 7.4, "between_missions_sd": 0.35, "within_mission_sd": 1.2},
    "questions": {"matchmaking_quality": 3.3, "networking_enough": 3.4, "networking_effective": 3.5},
    "minister": {"start": 3.9, "per_year": -0.12, "interaction": 0.6, "informed": 0.4, "role_known": 2.9},
}
FILES = {
    "mission_register": ("synthetisch_missieregister.csv", "Missieregister (synthetisch)"),
    "survey_answers": ("synthetisch_effectmeting.csv", "Effectmeting onder deelnemers (synthetisch)"),
    "imvo_steps": ("synthetisch_imvo_stappen.csv", "IMVO-stappen per deelname (synthetisch)"),
}
_SECTORS = ("agrifood", "energie", "gezondheid", "hightech", "logistiek", "water")


def _register(rng: np.random.Generator, reporting_year: int) -> pd.DataFrame:
    missions = []
    for year in range(reporting_year - YEARS_BACK, reporting_year + 1):
        for number in range(int(rng.integers(8, 12))):
            last = year == reporting_year
            # The last year has one tiny mission (withheld from tables) and two under extra IMVO attention.
            companies = 12 if last and number == 5 else int(np.clip(rng.lognormal(3.85, 0.45), 27, 165))
            companies = max(companies, 60) if last and number in (1, 3) else companies
            institutes = int(rng.integers(1, 9))
            without = number % 5 == 4
            start = datetime.date(year, 1 + number, int(rng.integers(2, 20)))
            end = start + datetime.timedelta(days=int(rng.integers(2, 7)))
            missions.append(
                {
                    "mission_id": f"{year}-XA{chr(65 + number)}-01",
                    "countries_iso3": f"XA{chr(65 + number)}",
                    "start_on": start.isoformat(),
                    "end_on": end.isoformat(),
                    "mission_type": "without_minister"
                    if without
                    else str(rng.choice(["own", "alongside_visit", "incoming"], p=[0.6, 0.3, 0.1])),
                    "leader_office": "none" if without else str(rng.choice(["minister", "state_secretary"])),
                    "destination_group": str(rng.choice(["oecd", "brics", "developing", "other"])),
                    "sectors": str(rng.choice(_SECTORS)),
                    "companies_n": companies,
                    "knowledge_institutes_n": institutes,
                    "organisations_n": companies + institutes,
                    "persons_n": companies + institutes + int(companies * rng.uniform(0.2, 0.7)),
                    "independent_sme_n": int(companies * rng.uniform(0.55, 0.85)),
                    "imvo_regime": "extra_attention" if last and number in (1, 3) else "standard",
                    "survey_on": (end + datetime.timedelta(days=int(rng.integers(60, 150)))).isoformat(),
                    "invited_n": companies,
                }
            )
    return pd.DataFrame(missions)


def _scale(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.clip(np.rint(values), low, high).astype(int)


def _survey(rng: np.random.Generator, register: pd.DataFrame, reporting_year: int) -> pd.DataFrame:
    parts = []
    grade, minister = TRUTH["grade"], TRUTH["minister"]
    for mission in register.itertuples():
        n = int(rng.binomial(mission.invited_n, rng.uniform(0.45, 0.75)))
        n = min(n, 7) if mission.invited_n < 20 else n
        years = int(mission.mission_id[:4]) - (reporting_year - YEARS_BACK)
        effect = rng.normal(0, grade["between_missions_sd"])
        answers = {"mission_id": np.repeat(mission.mission_id, n)}
        answers["grade"] = _scale(grade["mean"] + effect + rng.normal(0, grade["within_mission_sd"], n), 1, 10)
        for question, mean in TRUTH["questions"].items():
            answers[question] = _scale(mean + 0.4 * effect + rng.normal(0, 0.9, n), 1, 5)
        interaction = _scale(3.3 + rng.normal(0, 0.2) + rng.normal(0, 1.0, n), 1, 5)
        informed = _scale(3.5 + rng.normal(0, 0.2) + rng.normal(0, 0.9, n), 1, 5)
        known = _scale(minister["role_known"] + rng.normal(0, 1.0, n), 1, 5)
        value = minister["start"] + minister["per_year"] * years + rng.normal(0, 0.15)
        value = value + minister["interaction"] * (interaction - 3.3) + minister["informed"] * (informed - 3.5)
        value = _scale(value + rng.normal(0, 0.6, n), 1, 5)
        not_applicable = np.ones(n, bool) if mission.leader_office == "none" else rng.random(n) < 0.05
        for question, scores in (
            ("minister_added_value", value),
            ("minister_interaction", interaction),
            ("minister_informed", informed),
            ("minister_role_known", known),
        ):
            answers[question] = np.where(not_applicable, "n.v.t.", scores.astype(str))
        for question in TRUTH["questions"]:
            missing = rng.choice(["", "weet niet", "answered"], n, p=[0.02, 0.03, 0.95])
            answers[question] = np.where(missing == "answered", answers[question].astype(str), missing)
        parts.append(pd.DataFrame(answers))
    answers = pd.concat(parts, ignore_index=True)
    answers.insert(0, "answer_id", np.arange(1, len(answers) + 1))
    return answers


def _imvo(rng: np.random.Generator, register: pd.DataFrame, reporting_year: int) -> pd.DataFrame:
    of_year = register[register["mission_id"].str.startswith(str(reporting_year))]
    mission = np.repeat(of_year["mission_id"].to_numpy(), of_year["companies_n"])
    extra = np.repeat((of_year["imvo_regime"] == "extra_attention").to_numpy(), of_year["companies_n"])
    n = len(mission)
    steps = pd.DataFrame({"participation_id": np.arange(1, n + 1), "mission_id": mission})
    steps["self_scan"] = rng.random(n) < 0.88
    steps["signal"] = steps["self_scan"] & (rng.random(n) < np.where(extra, 0.36, 0.16))
    steps["talk"] = steps["signal"] & (rng.random(n) < np.where(extra, 0.5, 0.3))
    steps["agreement"] = steps["talk"] & (rng.random(n) < 0.45)
    steps["excluded"] = False
    for step in IMVO_CHAIN:
        steps[step] = np.where(steps[step], "ja", "nee")
    return steps


def generate(seed: int, reporting_year: int) -> dict[str, pd.DataFrame]:
    """The synthetic deliveries of one reporting year: name -> table with our names; one child seed per table."""
    register_rng, survey_rng, imvo_rng = (
        np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(3)
    )
    register = _register(register_rng, reporting_year)
    return {
        "mission_register": register,
        "survey_answers": _survey(survey_rng, register, reporting_year),
        "imvo_steps": _imvo(imvo_rng, register, reporting_year),
    }


def write_sample(folder: Path, seed: int, reporting_year: int) -> list[Path]:
    """Write the deliveries as their suppliers would (headers, codes, semicolons), labelled in name, first line and every row."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in generate(seed, reporting_year).items():
        file_name, title = FILES[name]
        supplied = pd.DataFrame()
        for rule in column_map(name, reporting_year):
            codes = {ours: theirs for theirs, ours in rule.codes.items()}
            supplied[rule.header] = table[rule.name].map(codes) if codes else table[rule.name]
        supplied[SYNTHETIC_HEADER] = "ja"
        path = folder / file_name
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write("# SYNTHETISCHE VOORBEELDGEGEVENS: geen echte missies, bedrijven of antwoorden\n")
            supplied.to_csv(file, sep=";", index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        write_sidecar(
            path,
            producer="voorbeeldgenerator van deze publicatie",
            title=title,
            received_on=datetime.date(reporting_year + 1, 1, 1),
            period=f"{reporting_year - YEARS_BACK}-{reporting_year}",
            licence="CC0-1.0",
            sensitivity="public",
            obtained=f"missions sample --year {reporting_year} --seed {seed}",
            synthetic=True,
        )
        written.append(path)
    return written
