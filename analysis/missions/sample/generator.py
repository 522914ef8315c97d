"""All tables of a sample and their truth, from one seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from ..dictionary import variables
from .editions import without_company
from .firms import firm_pool
from .imvo import imvo_steps
from .missions import mission_register, planned_missions
from .participations import participations
from .scenarios import truth_of
from .survey import survey
from .trade import trade_panel
from .truth import FIRST_MISSION_YEAR, LOWER_GROUPS, UPPER_GROUPS, WITHDRAWN_COMPANY, Truth, minister_level

# Each has random numbers of its own, so that a change in one leaves those of the others alone. Add new ones at the end.
_STREAMS = ("firms", "missions", "participations", "survey", "register", "imvo", "trade")
_WARNING = "Known truth of a SYNTHETIC sample, for tests only. No analysis, annex or page may read it."


@dataclass(frozen=True)
class Sample:
    """Synthetic deliveries and what is known of them.

    tables: delivery -> table with our names and codes; answers are texts, as a supplier writes them.
    truth: what was planted, and what came of it in this sample; all of it can be written as JSON.
    everybody: one row per participant with the scores that it gave or would have given; never written.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict
    everybody: pd.DataFrame


def _mean(grades: np.ndarray) -> float | None:
    return float(grades.mean()) if len(grades) else None


def _population(rows: pd.DataFrame) -> dict:
    grade, is_invited, has_answered = (rows[column].to_numpy() for column in ("grade", "is_invited", "has_answered"))
    return {
        "companies_n": len(rows),
        "invited_n": int(is_invited.sum()),
        "responses_n": int(has_answered.sum()),
        "mean_grade": _mean(grade),
        "mean_grade_invited": _mean(grade[is_invited]),
        "mean_grade_respondents": _mean(grade[has_answered]),
        "mean_grade_silent": _mean(grade[~has_answered]),
    }


def _questions(rows: pd.DataFrame) -> dict[str, float]:
    """Of the questions on a scale: the mean over all participants to whom it applies, the silent included."""
    scores = rows[[variable.name for variable in variables("survey_answers") if variable.type == "score"]]
    return {question: float(mean) for question, mean in scores.mean().items() if not np.isnan(mean)}


def _year(rows: pd.DataFrame) -> dict:
    return _population(rows) | {
        "share_grade_seven_or_more": float((rows["grade"] >= 7).mean()),
        "share_grade_five_or_less": float((rows["grade"] <= 5).mean()),
        "share_role_below_middle": float((rows["minister_role_known"].dropna() < 3).mean()),
        "means": _questions(rows),
    }


def _slope(values: np.ndarray, years: np.ndarray) -> float:
    """Least squares, per year; 0 where there is but one."""
    passed = years - years.mean()
    return round(float((passed * values).sum() / max((passed**2).sum(), 1.0)), 12) + 0.0  # no "-0.0"


def _series(truth: Truth, missions: pd.DataFrame, reporting_year: int) -> dict:
    """What is planted in the value of the minister over the missions with one: chance and shocks of years are no part of it."""
    led = missions.loc[missions["leader_office"] != "none", "year"].to_numpy()
    years = np.unique(led)
    passed = years - FIRST_MISSION_YEAR
    level = minister_level(truth, years, reporting_year) + truth.minister_on_role_known * truth.role_known_per_year * passed
    of_mission = level[np.searchsorted(years, led)]

    def below(rows: np.ndarray, others: np.ndarray) -> float:
        if not (rows.any() and others.any()):
            return 0.0
        return round(float(of_mission[rows].mean() - of_mission[others].mean()), 12) + 0.0

    last, before = led == reporting_year, led == reporting_year - 1
    return {
        "minister_added_value_per_year": _slope(of_mission, led),
        "minister_added_value_per_year_over_years": _slope(level, years),
        "minister_added_value_last_minus_earlier": below(last, led < reporting_year),
        "minister_added_value_last_minus_year_before": below(last, before),
        "minister_added_value_year_before_minus_earlier": below(before, led < reporting_year - 1),
        "minister_role_known_per_year": truth.role_known_per_year,
    }


def _planted(truth: Truth, missions: pd.DataFrame, reporting_year: int) -> dict:
    """What follows from the parameters and is not one of them."""
    years = max(reporting_year - FIRST_MISSION_YEAR, 1)
    share_per_year = (truth.lower_group_share_last - truth.lower_group_share_first) / years
    lower, upper = (
        sum(share * truth.grade_by_group[group] for group, share in groups.items()) for groups in (LOWER_GROUPS, UPPER_GROUPS)
    )
    return {
        "grade_per_year_within_group": 0.0,
        "grade_per_year_from_mix": 0.0 if truth.same_grade else share_per_year * (lower - upper) + 0.0,  # no "-0.0"
        **_series(truth, missions, reporting_year),
        "start_effect_pp": truth.start_effect_pp,
        "start_effect_developing_pp": truth.start_effect_developing_pp,
        "start_effect_minister_pp": truth.start_effect_minister_pp,
        "growth_effect_pct": truth.growth_effect_pct,
    }


def _described(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with exactly the variables of the dictionary, in its order."""
    return {name: table[[variable.name for variable in variables(name)]].reset_index(drop=True) for name, table in tables.items()}


def generate(seed: int, reporting_year: int, scenario: str | Truth = "base") -> Sample:
    """The synthetic deliveries of one reporting year and their truth. scenario: a name, or what is planted itself.

    Errors: ValueError for an unknown scenario or a year before the first mission.
    """
    truth = scenario if isinstance(scenario, Truth) else truth_of(scenario)
    if reporting_year < FIRST_MISSION_YEAR:
        raise ValueError(f"the sample begins in {FIRST_MISSION_YEAR}; there is none for {reporting_year}")
    children = np.random.SeedSequence(seed).spawn(len(_STREAMS))
    rng = {name: np.random.Generator(np.random.PCG64(child)) for name, child in zip(_STREAMS, children, strict=True)}
    firms = firm_pool(rng["firms"])
    missions = planned_missions(rng["missions"], truth, reporting_year)
    went = participations(rng["participations"], missions, firms, truth.cancelled_share)
    answers, everybody = survey(rng["survey"], truth, missions, went, reporting_year)
    panel, trade = trade_panel(rng["trade"], truth, firms, missions, went, reporting_year)
    tables = {
        "mission_register": mission_register(rng["register"], missions, went, answers),
        "participations": went,
        "survey_answers": answers,
        "imvo_steps": imvo_steps(rng["imvo"], truth, went, missions[missions["year"] == reporting_year]),
        "trade_panel": panel,
    }
    if truth.since == WITHDRAWN_COMPANY:
        tables, everybody = without_company(tables, everybody)
    known = {
        "WARNING": _WARNING,
        "scenario": scenario if isinstance(scenario, str) else None,
        "seed": seed,
        "reporting_year": reporting_year,
        "parameters": asdict(truth),
        "planted": _planted(truth, missions, reporting_year),
        "missions": {str(mission): _population(rows) for mission, rows in everybody.groupby("mission_id")},
        "years": {str(year): _year(rows) for year, rows in everybody.groupby("year")},
        "trade": trade,
    }
    return Sample(_described(tables), known, everybody)
