"""Who answers the survey, the answers that come in, and what all participants would have said."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .answers import Participants, answers_of_everybody
from .truth import Truth


def _order_within(rng: np.random.Generator, mission: np.ndarray) -> np.ndarray:
    """A random order of the participants of each mission, from 0."""
    draw = rng.random(len(mission))
    return pd.Series(draw).groupby(mission).rank().to_numpy().astype(int) - 1


def _who_answers(
    rng: np.random.Generator, truth: Truth, size_class: np.ndarray, missions: pd.DataFrame, mission: np.ndarray, last_year: int
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each participant is invited, and whether it answers."""
    of = missions.iloc[mission]
    is_invited = _order_within(rng, mission) < of["invited_n"].to_numpy()
    would = rng.random(len(mission)) < np.array([truth.response_share[size] for size in size_class])
    answers = is_invited & would
    # A small mission stays below the number of answers from which a mean may be published.
    place = pd.Series(np.where(answers, rng.random(len(mission)), 2.0)).groupby(mission).rank().to_numpy()
    is_small = of["companies_n"].to_numpy() <= max(truth.small_missions, default=0)
    answers &= ~is_small | (place <= truth.small_mission_answers_max)
    if not truth.has_answers_in_reporting_year:
        answers &= of["year"].to_numpy() != last_year
    return is_invited, answers


def _anonymous(rng: np.random.Generator, answers: pd.DataFrame, year: np.ndarray) -> pd.DataFrame:
    """Answers in an order that tells nothing within the year, numbered in that order."""
    order = np.lexsort((rng.random(len(answers)), year))
    shuffled = answers.iloc[order].reset_index(drop=True)
    shuffled.insert(0, "answer_id", np.arange(1, len(shuffled) + 1))
    return shuffled


def survey(
    rng: np.random.Generator, truth: Truth, missions: pd.DataFrame, participations: pd.DataFrame, reporting_year: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers that came in, and one row per participant with its grade, given or not.

    The second: mission_id, year, grade, is_invited, has_answered.
    """
    went = participations[~participations["has_cancelled"]]
    mission = pd.Index(missions["mission_id"]).get_indexer(went["mission_id"])
    of = missions.iloc[mission]
    size_class = went["size_class"].to_numpy()
    is_invited, has_answered = _who_answers(rng, truth, size_class, missions, mission, reporting_year)
    year = of["year"].to_numpy()
    people = Participants(
        mission=mission,
        missions_n=len(missions),
        year=year,
        group=of["destination_group"].to_numpy(),
        has_minister=(of["leader_office"] != "none").to_numpy(),
        size_class=size_class,
        has_earlier=(went["earlier_participations_n"] > 0).to_numpy(),
        is_silent=~has_answered,
    )
    forms, grade = answers_of_everybody(rng, truth, people, reporting_year)
    forms.insert(0, "mission_id", went["mission_id"].to_numpy())
    forms.insert(1, "wave", np.where(rng.random(len(forms)) < truth.reminder_share, "reminder", "first"))
    everybody = forms[["mission_id"]].assign(year=year, grade=grade, is_invited=is_invited, has_answered=has_answered)
    return _anonymous(rng, forms[has_answered], year[has_answered]), everybody
