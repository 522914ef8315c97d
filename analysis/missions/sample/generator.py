"""All tables of a sample and their truth, from one seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from ..dictionary import variables
from .firms import firm_pool
from .imvo import imvo_steps
from .missions import mission_register, planned_missions
from .participations import participations
from .survey import survey
from .trade import trade_panel
from .truth import FIRST_MISSION_YEAR, LOWER_GROUPS, UPPER_GROUPS, Truth, truth_of

# Each has random numbers of its own, so that a change in one leaves those of the others alone. Add new ones at the end.
_STREAMS = ("firms", "missions", "participations", "survey", "register", "imvo", "trade")
_WARNING = "Known truth of a SYNTHETIC sample, for tests only. No analysis, annex or page may read it."


@dataclass(frozen=True)
class Sample:
    """Synthetic deliveries and what is known of them.

    tables: delivery -> table with our names and codes; answers are texts, as a supplier writes them.
    truth: what was planted, and what came of it in this sample; all of it can be written as JSON.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict


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


def _planted(truth: Truth, reporting_year: int) -> dict:
    """What follows from the parameters and is not one of them."""
    years = max(reporting_year - FIRST_MISSION_YEAR, 1)
    share_per_year = (truth.lower_group_share_last - truth.lower_group_share_first) / years
    lower, upper = (
        sum(share * truth.grade_by_group[group] for group, share in groups.items()) for groups in (LOWER_GROUPS, UPPER_GROUPS)
    )
    return {
        "grade_per_year_within_group": 0.0,
        "grade_per_year_from_mix": 0.0 if truth.same_grade else share_per_year * (lower - upper) + 0.0,  # no "-0.0"
        "minister_added_value_per_year": truth.minister_per_year + truth.minister_on_role_known * truth.role_known_per_year,
        "start_effect_pp": truth.start_effect_pp,
        "start_effect_developing_pp": truth.start_effect_developing_pp,
        "start_effect_minister_pp": truth.start_effect_minister_pp,
        "growth_effect_pct": truth.growth_effect_pct,
    }


def _described(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with exactly the variables of the dictionary, in its order."""
    return {name: table[[variable.name for variable in variables(name)]].reset_index(drop=True) for name, table in tables.items()}


def generate(seed: int, reporting_year: int, scenario: str = "base") -> Sample:
    """The synthetic deliveries of one reporting year and their truth.

    Errors: ValueError for an unknown scenario or a year before the first mission.
    """
    truth = truth_of(scenario)
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
    known = {
        "WARNING": _WARNING,
        "scenario": scenario,
        "seed": seed,
        "reporting_year": reporting_year,
        "parameters": asdict(truth),
        "planted": _planted(truth, reporting_year),
        "missions": {str(mission): _population(rows) for mission, rows in everybody.groupby("mission_id")},
        "years": {str(year): _population(rows) for year, rows in everybody.groupby("year")},
        "trade": trade,
    }
    return Sample(_described(tables), known)
