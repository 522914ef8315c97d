"""What every participant would answer, whether or not it does: one column of answers as a supplier writes them per question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .truth import FIRST_MISSION_YEAR, MEAN_SIZE, SIZES, Truth, minister_level

NOT_APPLICABLE, DO_NOT_KNOW, BLANK = "n.v.t.", "weet niet", ""
CANARY = "ZZKANARIE"  # a word in some remarks; where it turns up, a remark has leaked
_REMARKS = (
    "Goede organisatie en een vol programma.",
    "Het programma was te vol; meer tijd per gesprek graag.",
    "De gesprekken sloten niet aan op onze vraag.",
    "Wij gaan volgend jaar graag weer mee.",
    "Hotel lag ver van de bijeenkomsten.",
    "Meer voorbereiding vooraf zou helpen.",
    "Prettig dat de ambassade meedacht.",
    "Het vervolg laat op zich wachten.",
    "Veel nieuwe contacten, nog weinig concreets.",
    f"Neem contact op met {CANARY} BV.",
    f"Onze partner {CANARY} was er niet bij.",
)
_REVENUE_CLASSES = ("no_revenue", "under_50k", "from_50k_to_250k", "from_250k_to_1m", "over_1m")
_GOALS = {"goal_explore_market": 0.5, "goal_find_partner": 0.55, "goal_do_business": 0.45, "goal_learn": 0.3}


@dataclass(frozen=True)
class Participants:
    """The participations that took place, one array element per participation.

    mission: number of the mission, from 0. year: of the mission. size: place in SIZES. is_silent: does not answer.
    mission_effect and firm_effect: on the grade, the same for all of a mission or a firm. mood: of a person, on every question.
    """

    mission: np.ndarray
    missions_n: int
    year: np.ndarray
    group: np.ndarray
    office: np.ndarray
    size: np.ndarray
    has_earlier: np.ndarray
    is_silent: np.ndarray
    mission_effect: np.ndarray
    firm_effect: np.ndarray
    mood: np.ndarray

    def __len__(self) -> int:
        return len(self.mission)


def _scale(values: np.ndarray, high: int) -> np.ndarray:
    return np.clip(np.rint(values), 1, high).astype(int)


def _text(values: np.ndarray) -> np.ndarray:
    return values.astype(str).astype(object)


def _not_answered(rng: np.random.Generator, answers: np.ndarray, blank: float = 0.015, unknown: float = 0.02) -> np.ndarray:
    draw = rng.random(len(answers))
    return np.where(draw < blank, BLANK, np.where(draw < blank + unknown, DO_NOT_KNOW, answers))


def _yes(is_yes: np.ndarray) -> np.ndarray:
    return np.where(is_yes, "yes", "no").astype(object)


def _year_shock(rng: np.random.Generator, truth: Truth, people: Participants) -> np.ndarray:
    """What strikes all answers to one question about the missions of a year: another cabinet, another form."""
    years = people.year - FIRST_MISSION_YEAR
    return rng.normal(0, truth.year_shock_sd, years.max() + 1)[years]


def _moved(latent: np.ndarray, rows: np.ndarray, wanted: tuple[float, float] | None) -> np.ndarray:
    """These rows moved together, so that the wanted share of them lies below the wanted level: exact, whatever chance did."""
    if wanted is None:
        return latent
    level, share = wanted
    return np.where(rows, latent + level - np.quantile(latent[rows], share), latent)


def _grades(rng: np.random.Generator, truth: Truth, people: Participants, reporting_year: int) -> np.ndarray:
    """The grade that each participant gives or would have given."""
    group = np.array([truth.grade_by_group[one] for one in people.group])
    mean = truth.grade_mean + group + truth.grade_per_size * (people.size - MEAN_SIZE) + _year_shock(rng, truth, people)
    latent = mean + people.mission_effect + people.firm_effect + people.mood
    latent = latent + rng.normal(0, truth.grade_within_mission_sd, len(people))
    latent = _moved(latent, people.year == reporting_year, truth.grade_share_below)
    grade = _scale(latent + np.where(people.is_silent, truth.grade_of_silent, 0.0), 10)
    return grade if truth.same_grade is None else np.full(len(people), truth.same_grade)


def _five_points(rng: np.random.Generator, truth: Truth, people: Participants) -> dict[str, np.ndarray]:
    """Scores of the questions about the programme; of those that do not apply, nan."""
    effect = truth.question_per_grade * (people.mission_effect + people.firm_effect) + people.mood
    scores = {}
    for question, mean in truth.question_means.items():
        latent = mean + effect + _year_shock(rng, truth, people) + rng.normal(0, truth.question_sd, len(people))
        scores[question] = _scale(latent, 5).astype(float)
    for question, share in (("matchmaking_quality", 0.05), ("imvo_information_useful", 0.1)):
        scores[question][rng.random(len(people)) < share] = np.nan
    return scores


def _minister(rng: np.random.Generator, truth: Truth, people: Participants, reporting_year: int) -> dict[str, np.ndarray]:
    """Scores of the questions about the minister; of those about missions without one, nan."""
    effect = truth.question_per_grade * people.firm_effect + people.mood

    def latent(mean: float | np.ndarray, between: float, within: float) -> np.ndarray:
        mission = rng.normal(0, between, people.missions_n)[people.mission]
        return mean + effect + mission + rng.normal(0, within, len(people))

    between = truth.driver_between_missions_sd
    interaction = latent(truth.interaction_mean, between, 1.0)
    informed = latent(truth.informed_mean, between, 0.9)
    known_mean = truth.role_known_mean + truth.role_known_per_year * (people.year - FIRST_MISSION_YEAR)
    share, better = truth.role_known_well
    known_mean = known_mean + _year_shock(rng, truth, people) + np.where(rng.random(len(people)) < share, better, 0.0)
    role_known = latent(known_mean, between, truth.role_known_within_sd)
    is_asked = (people.office != "none") & (people.year == reporting_year)
    role_known = _moved(role_known, is_asked, truth.role_known_share_below)
    # The value follows what was answered, not what was felt: that is all that anyone who estimates can see.
    mean = minister_level(truth, people.year, reporting_year) + _year_shock(rng, truth, people)
    mean = mean + truth.minister_per_size * (people.size - MEAN_SIZE)
    mean = mean + np.array([truth.minister_by_office[one] for one in people.office])
    mean = mean + truth.minister_on_interaction * (_scale(interaction, 5) - truth.interaction_mean)
    mean = mean + truth.minister_on_informed * (_scale(informed, 5) - truth.informed_mean)
    mean = mean + truth.minister_on_role_known * (_scale(role_known, 5) - truth.role_known_mean)
    questions = {
        "minister_added_value": latent(mean, truth.minister_between_missions_sd, truth.minister_within_mission_sd),
        "minister_interaction": interaction,
        "minister_informed": informed,
        "minister_role_known": role_known,
        **{question: latent(mean, between, 0.9) for question, mean in truth.minister_question_means.items()},
    }
    does_not_apply = (people.office == "none") | (rng.random(len(people)) < 0.04)
    on_ten = truth.ten_points_until_years_back
    was_on_ten = people.year <= (0 if on_ten is None else reporting_year - on_ten)
    scores = {}
    for question, values in questions.items():
        given = np.where(was_on_ten, _scale(1 + (values - 1) * 9 / 4, 10), _scale(values, 5))
        scores[question] = np.where(does_not_apply, np.nan, given)
    return scores


def _written(rng: np.random.Generator, scores: np.ndarray) -> np.ndarray:
    """Scores as answers on a form, some of them left open."""
    applies = ~np.isnan(scores)
    answers = np.full(len(scores), NOT_APPLICABLE, object)
    answers[applies] = scores[applies].astype(int).astype(str)
    return np.where(applies, _not_answered(rng, answers), answers)


def _goals(rng: np.random.Generator, latent_grade: np.ndarray) -> dict[str, np.ndarray]:
    """Goals of which each has at least one; who skips the question skips all of it."""
    n = len(latent_grade)
    has_goal = {goal: rng.random(n) < share for goal, share in _GOALS.items()}
    has_goal["goal_explore_market"] |= ~np.any(list(has_goal.values()), axis=0)
    skipped = rng.random(n) < 0.015
    answers = {goal: np.where(skipped, BLANK, _yes(chosen)) for goal, chosen in has_goal.items()}
    reached = np.digitize(latent_grade + rng.normal(0, 1, n), [6.0, 7.6])
    answers["goal_reached"] = _not_answered(rng, np.array(["no", "partly", "yes"], object)[reached])
    return answers


def _business(rng: np.random.Generator, people: Participants) -> dict[str, np.ndarray]:
    """What came of it: contacts and leads are few for most and many for some."""
    n = len(people)
    contacts = np.minimum(rng.lognormal(1.8, 0.8, n), 80).astype(int)
    leads = rng.binomial(contacts, rng.beta(1, 5, n))
    signed = _not_answered(rng, _yes(rng.random(n) < np.minimum(0.04 + 0.05 * leads, 0.6)), blank=0.01, unknown=0.02)
    owed = _not_answered(rng, rng.choice(["no", "partly", "yes"], n, p=[0.25, 0.45, 0.3]).astype(object), blank=0.0)
    expected = np.digitize(0.35 * np.minimum(leads, 8) + 0.4 * people.size + rng.normal(0, 1, n), [0.8, 1.6, 2.5, 3.4])
    return {
        "new_contacts_n": _not_answered(rng, _text(contacts)),
        "serious_leads_n": _not_answered(rng, _text(leads)),
        "contract_signed": signed,
        "contract_owed_to_mission": np.where(signed == "yes", owed, NOT_APPLICABLE),
        "expected_revenue_class": _not_answered(rng, np.array(_REVENUE_CLASSES, object)[expected], unknown=0.04),
        "own_follow_up": _not_answered(rng, _yes(rng.random(n) < 0.68)),
        "earlier_trade": _not_answered(rng, _yes(rng.random(n) < 0.25 + 0.1 * people.size)),
        "size_class": _not_answered(rng, np.array(SIZES, object)[people.size], blank=0.01, unknown=0.0),
        "earlier_participation": _not_answered(rng, _yes(people.has_earlier), blank=0.01, unknown=0.01),
    }


def answers_of_everybody(
    rng: np.random.Generator, truth: Truth, people: Participants, reporting_year: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The form that each participant fills in or would have filled in, and beside it all scores without gaps.

    The second: grade and the questions on a scale; nan where a question does not apply.
    """
    grade = _grades(rng, truth, people, reporting_year)
    scores = _five_points(rng, truth, people) | _minister(rng, truth, people, reporting_year)
    remark = rng.choice(_REMARKS, len(people)).astype(object)
    columns = {
        "grade": _not_answered(rng, _text(grade), blank=0.01, unknown=0.005),
        **{question: _written(rng, given) for question, given in scores.items()},
        **_goals(rng, grade.astype(float)),
        **_business(rng, people),
        "remark": np.where(rng.random(len(people)) < 0.1, remark, BLANK),
    }
    return pd.DataFrame(columns), pd.DataFrame({"grade": grade, **scores})
