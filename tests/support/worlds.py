"""Synthetic worlds with a planted truth."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from missions import sample
from missions.estimates.register import led_by_minister

SEEDS = (sample.DEFAULT_SEED, 1, 2, 3, 4, 5)
VALUE = "minister_added_value"
DRIVERS = {name: (1, 5) for name in ("minister_interaction", "minister_informed", "minister_role_known")}  # question -> scale
_BASE = sample.SCENARIOS["base"]
# What drives the value of the minister -> what it is measured from.
DRIVEN_BY = {
    "interaction": _BASE.interaction_mean,
    "informed": _BASE.informed_mean,
    "role_known": _BASE.role_known_mean,
}


@cache
def generated(seed: int, scenario: str = "base") -> sample.Sample:
    return sample.generate(seed, 2025, scenario)


@cache
def quiet(seed: int, scenario: str = "base") -> sample.Sample:
    """The same where nothing but the mission strikes several answers at once: no shocks of years, no firms, no moods."""
    return sample.generate(seed, 2025, replace(sample.SCENARIOS[scenario], year_shock_sd=0.0, firm_sd=0.0, person_sd=0.0))


def numbers(answers: pd.Series) -> pd.Series:
    return pd.to_numeric(answers, errors="coerce").dropna()


def world(seed: int = SEEDS[0], scenario: str = "base", made=generated) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Answers, missions led by a minister and all missions of one synthetic world, typed as they come from the store."""
    tables = made(seed, scenario).tables
    answers, register = tables["survey_answers"].copy(), tables["mission_register"].copy()
    for question in (VALUE, *DRIVERS, "grade"):
        answers[question] = pd.to_numeric(answers[question], errors="coerce")
    register["start_on"] = pd.to_datetime(register["start_on"])
    register["invited_n"] = pd.to_numeric(register["invited_n"])
    return answers, led_by_minister(register), register


def frames(mission: np.ndarray, **columns: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = np.char.add("m", np.asarray(mission).astype(str))
    register = pd.DataFrame({"mission_id": np.unique(names)})
    # As many invited as answered: everybody weighs the same, in one year.
    register["invited_n"] = register["mission_id"].map(pd.Series(names).value_counts())
    return pd.DataFrame({"mission_id": names, **columns}), register.assign(start_on=pd.Timestamp(2025, 3, 1))


def minister_coefficients(made: sample.Sample) -> np.ndarray:
    """Least squares on the answers: on direct contact, on being informed, on the role being known, per class of size, for a state
    secretary, for the prime minister, and the level in each year."""
    answers = made.tables["survey_answers"].set_index("mission_id")
    size = answers["size_class"].map({"micro": 0, "small": 1, "medium": 2, "large": 3})
    answers = answers.filter(like="minister_").apply(pd.to_numeric, errors="coerce").assign(size=size).dropna()
    office = answers.index.map(made.tables["mission_register"].set_index("mission_id")["leader_office"])
    year = answers.index.str[:4].astype(int).to_numpy()
    drivers = [answers[f"minister_{name}"] - mean for name, mean in DRIVEN_BY.items()]
    offices = [office == "state_secretary", office == "prime_minister"]
    years = [year == one for one in range(2019, 2026)]
    columns = np.column_stack([*drivers, answers["size"] - 1.3, *offices, *years]).astype(float)
    return np.linalg.lstsq(columns, answers["minister_added_value"].to_numpy(), rcond=None)[0]
