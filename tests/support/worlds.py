"""Synthetic worlds with a planted truth."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from missions import sample
from missions.estimates.register import led_by_minister

SEEDS = (sample.DEFAULT_SEED, 1, 2, 3, 4, 5)
VALUE = "minister_added_value"
DRIVERS = {name: (1, 5) for name in ("minister_interaction", "minister_informed", "minister_role_known")}  # question -> scale


@cache
def generated(seed: int, scenario: str = "base") -> sample.Sample:
    return sample.generate(seed, 2025, scenario)


def numbers(answers: pd.Series) -> pd.Series:
    return pd.to_numeric(answers, errors="coerce").dropna()


def world(seed: int = SEEDS[0], scenario: str = "base") -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Answers, missions led by a minister and all missions of one synthetic world, typed as they come from the store."""
    tables = generated(seed, scenario).tables
    answers, register = tables["survey_answers"].copy(), tables["mission_register"].copy()
    for question in (VALUE, *DRIVERS, "grade"):
        answers[question] = pd.to_numeric(answers[question], errors="coerce")
    register["start_on"] = pd.to_datetime(register["start_on"])
    register["invited_n"] = pd.to_numeric(register["invited_n"])
    return answers, led_by_minister(register), register


def frames(mission: np.ndarray, **columns: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = np.char.add("m", np.asarray(mission).astype(str))
    return pd.DataFrame({"mission_id": names, **columns}), pd.DataFrame({"mission_id": np.unique(names)})
