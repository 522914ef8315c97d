"""Who answers the survey, the answers that come in, and what all participants would have said."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtr

from .answers import Participants, answers_of_everybody
from .editions import with_corrected_answer, with_late_form
from .truth import CORRECTED_ANSWER, LATE_FORM, SIZES, Truth


def _order_within(rng: np.random.Generator, mission: np.ndarray) -> np.ndarray:
    """A random order of the participants of each mission, from 0."""
    draw = rng.random(len(mission))
    return pd.Series(draw).groupby(mission).rank().to_numpy().astype(int) - 1


def _chances(rng: np.random.Generator, truth: Truth, firm: np.ndarray) -> np.ndarray:
    """A number from 0 to 1 for each participation, and much the same one each time that a firm takes part."""
    of_firm, alone = rng.normal(size=firm.max() + 1)[firm], rng.normal(size=len(firm))
    return ndtr(np.sqrt(truth.response_of_firm) * of_firm + np.sqrt(1 - truth.response_of_firm) * alone)


def _who_answers(
    rng: np.random.Generator,
    truth: Truth,
    went: pd.DataFrame,
    missions: pd.DataFrame,
    mission: np.ndarray,
    mission_effect: np.ndarray,
    last_year: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each participant is invited, and whether it answers."""
    of = missions.iloc[mission]
    is_invited = _order_within(rng, mission) < of["invited_n"].to_numpy()
    share = went["size_class"].map(truth.response_share).to_numpy(float)
    share = expit(logit(share) + truth.response_per_grade * mission_effect)
    answers = is_invited & (_chances(rng, truth, went["firm"].to_numpy()) < share)
    # A small mission stays below the number of answers from which a mean may be published.
    place = pd.Series(np.where(answers, rng.random(len(mission)), 2.0)).groupby(mission).rank().to_numpy()
    is_small = of["companies_n"].to_numpy() <= max(truth.small_missions, default=0)
    answers &= ~is_small | (place <= truth.small_mission_answers_max)
    if not truth.has_answers_in_reporting_year:
        answers &= of["year"].to_numpy() != last_year
    return is_invited, answers


def _anonymous(rng: np.random.Generator, answers: pd.DataFrame, year: np.ndarray) -> pd.DataFrame:
    """Answers in an order that tells nothing within the year, numbered in that order; person: the row of the participant."""
    order = np.lexsort((rng.random(len(answers)), year))
    shuffled = answers.iloc[order].rename_axis("person").reset_index()
    shuffled.insert(0, "answer_id", np.arange(1, len(shuffled) + 1))
    return shuffled


def survey(
    rng: np.random.Generator, truth: Truth, missions: pd.DataFrame, participations: pd.DataFrame, reporting_year: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers that came in, and one row per participant with its scores, given or not.

    The first: with person, the row of the second. The second: participation_id, company_id, mission_id, year, grade and the
    questions on a scale, is_invited, has_answered.
    """
    went = participations[~participations["has_cancelled"]]
    mission = pd.Index(missions["mission_id"]).get_indexer(went["mission_id"])
    of = missions.iloc[mission]
    mission_effect = rng.normal(0, truth.grade_between_missions_sd, len(missions))[mission]
    firm_effect = rng.normal(0, truth.firm_sd, went["firm"].max() + 1)[went["firm"]]
    mood = rng.normal(0, truth.person_sd, len(went))
    is_invited, has_answered = _who_answers(rng, truth, went, missions, mission, mission_effect, reporting_year)
    year = of["year"].to_numpy()
    people = Participants(
        mission=mission,
        missions_n=len(missions),
        year=year,
        group=of["destination_group"].to_numpy(),
        office=of["leader_office"].to_numpy(),
        size=pd.Index(SIZES).get_indexer(went["size_class"]),
        has_earlier=(went["earlier_participations_n"] > 0).to_numpy(),
        is_silent=~has_answered,
        mission_effect=mission_effect,
        firm_effect=firm_effect,
        mood=mood,
    )
    forms, scores = answers_of_everybody(rng, truth, people, reporting_year)
    forms.insert(0, "mission_id", went["mission_id"].to_numpy())
    forms.insert(1, "wave", np.where(rng.random(len(forms)) < truth.reminder_share, "reminder", "first"))
    everybody = scores.assign(
        participation_id=went["participation_id"].to_numpy(),
        company_id=went["company_id"].to_numpy(),
        mission_id=forms["mission_id"],
        year=year,
        is_invited=is_invited,
        has_answered=has_answered,
    )
    answers = _anonymous(rng, forms[has_answered], year[has_answered])
    if truth.since == LATE_FORM:
        return with_late_form(answers, everybody, forms)
    if truth.since == CORRECTED_ANSWER:
        return with_corrected_answer(answers, everybody)
    return answers, everybody
